#!/bin/sh
# lancedb-cosine-leaves-zero-vectors-out.sh - under cosine LanceDB leaves rows with a zero vector out of the result, and finds nothing for one.
#
# lancedb 0.40.0 (PyPI). A table of three rows, one of them with the vector (0, 0), no index, limit 10:
#   cosine, query (1, 0)    two rows; the row with the zero vector is missing, although the limit has room, without an error or a warning
#   cosine, query (0, 0)    no row
#   l2 and dot              all three rows for either query
# So a search is not a ranking of the whole table, and an embedder that gives zeros for an empty text (model2vec does) loses these rows
# without a word. kith refuses a zero vector under cosine when it is put, and as a query, and names its place.
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install lancedb==0.40.0
"$folder/venv/bin/python" - "$folder/rows" <<'END'
import sys

import lancedb

EXPECTED = {
    ("cosine", (1.0, 0.0)): [0, 2],
    ("cosine", (0.0, 0.0)): [],
    ("l2", (1.0, 0.0)): [0, 1, 2],
    ("l2", (0.0, 0.0)): [0, 1, 2],
    ("dot", (1.0, 0.0)): [0, 1, 2],
    ("dot", (0.0, 0.0)): [0, 1, 2],
}

rows = [{"id": 0, "vector": [1.0, 0.0]}, {"id": 1, "vector": [0.0, 0.0]}, {"id": 2, "vector": [-1.0, 0.0]}]
table = lancedb.connect(sys.argv[1]).create_table("rows", rows)
print("lancedb", lancedb.__version__)
changed = False
for (metric, query), expected in EXPECTED.items():
    found = sorted(row["id"] for row in table.search(list(query)).distance_type(metric).limit(10).to_list())
    changed |= found != expected
    print(f"{metric:6} {query} -> rows {found}", "" if found == expected else f"(was {expected})")
raise SystemExit("the behaviour has changed" if changed else 0)
END
