"""docs/complaints.md and the tests that it names tell the same: each named test is there, and its docstring or comment has the number."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COUNT = 38
WITHOUT_A_TEST = {19}


def table() -> dict[int, list[str]]:
    """By number, the names of functions in its row."""
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| (.+) \|$", (ROOT / "docs/complaints.md").read_text(), re.MULTILINE)
    return {int(number): re.findall(r"`((?:test_|a_)\w+)`", text) for number, text in rows}


def numbers_in(text: str) -> set[int]:
    """Of "Complaint 5", "Complaints 7, 8 and 9"."""
    found = re.search(r"Complaints? ((?:\d+|, | and )+)", text)
    return set(map(int, re.findall(r"\d+", found[1]))) if found else set()


def written() -> dict[str, set[int]]:
    """By name of a test, the numbers in its docstring or in the comment above it."""
    tests = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name, docstring in re.findall(r'^def (test_\w+)\(.*\):\n    """(.+?)"""', path.read_text(), re.MULTILINE):
            tests[name] = numbers_in(docstring)
    for path in (ROOT / "tests").rglob("test_*.c"):
        for comment, name in re.findall(r"^/\* (.+?) \*/\nstatic void (\w+)\(", path.read_text(), re.MULTILINE):
            tests[name] = numbers_in(comment)
    return {name: numbers for name, numbers in tests.items() if numbers}


def test_every_complaint_has_a_row_and_a_test_or_a_reason():
    rows = table()
    assert sorted(rows) == list(range(1, COUNT + 1))
    assert {number for number, names in rows.items() if not names} == WITHOUT_A_TEST


def test_the_tests_that_the_table_names_have_its_numbers_and_no_other_test_does():
    expected: dict[str, set[int]] = {}
    for number, names in table().items():
        for name in names:
            expected.setdefault(name, set()).add(number)
    assert written() == expected
