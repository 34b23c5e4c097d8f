"""The SQL of the store, read by PostgreSQL's own parser (libpg_query, by pglast): it is one dialect, so that a second engine can serve it.

SQLite prepares every statement in tests/unit/store/test_store_statements.c. What only SQLite understands is named here, one by one.
"""

import os
import pathlib
import re
import subprocess

import pglast
import pytest
from program import ROOT

# A second driver begins a transaction, checks its files, and counts rows over another of its trees, in words of its own.
OF_SQLITE_ALONE = {"BEGIN IMMEDIATE", "PRAGMA integrity_check",
                   "SELECT count(*) FROM points INDEXED BY points_by_row WHERE collection = $1",
                   "SELECT count(*) FROM sources INDEXED BY sources_by_hash WHERE collection = $1",
                   "SELECT count(*) FROM files NOT INDEXED WHERE collection = $1"}
# The same column, as each engine calls its type; and what PostgreSQL has no word for, and does not need.
TYPES_OF_POSTGRESQL = {r"\bBLOB\b": "bytea", r"\bINTEGER PRIMARY KEY( AUTOINCREMENT)?": "bigint PRIMARY KEY", r"\) WITHOUT ROWID$": ")",
                       r"DEFAULT x''": "DEFAULT ''"}


def driver(*arguments) -> list[str]:
    build = pathlib.Path(os.environ.get("KITH", ROOT / "build/kith")).parent
    out = subprocess.run([build / "tests/accept/sql_driver", *arguments], check=True, capture_output=True, text=True).stdout
    return out.split("\0")[:-1]


def refused(text: str) -> str | None:
    try:
        pglast.parse_sql(text)
    except pglast.parser.ParseError as error:
        return str(error)
    return None


def test_postgresql_parses_every_statement():
    statements = driver("statements")
    assert len(statements) > 100
    assert {text for text in statements if refused(text)} == OF_SQLITE_ALONE, [(text, refused(text)) for text in statements if refused(text)]


def test_parameters_are_numbered_as_they_are_bound():
    for text in driver("statements"):
        numbers = [int(number) for number in re.findall(r"\$(\d+)", text)]
        first_uses = list(dict.fromkeys(numbers))
        assert first_uses == sorted(first_uses) == list(range(1, len(first_uses) + 1)), text


def test_postgresql_parses_the_schema_but_for_names_of_types(tmp_path):
    schema = driver("schema", tmp_path)
    assert any(text.startswith('CREATE TABLE "points"') for text in schema)
    for text in schema:
        for pattern, replacement in TYPES_OF_POSTGRESQL.items():
            text = re.sub(pattern, replacement, text)
        assert refused(text) is None, (text, refused(text))


@pytest.mark.parametrize("text", ["SELECT 1 FROM (SELECT 2) some", "INSERT OR REPLACE INTO t VALUES (1)", "SELECT a FROM t WHERE b = ?"])
def test_the_parser_refuses_what_postgresql_would(text):
    assert refused(text)
