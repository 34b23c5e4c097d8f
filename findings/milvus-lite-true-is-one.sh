#!/bin/sh
# milvus-lite-true-is-one.sh - milvus-lite takes booleans for numbers in its dynamic fields, and what is no list for an empty one.
#
# milvus-lite 3.2.2 with pymilvus 3.0.2 (PyPI). Records of a collection made with a dimension alone, so that all other fields are dynamic:
#   n == 1, n in [1] and n + 1 == 2     find the record whose n is true, beside 1 and 1.0
#   n == true                           finds the records whose n is 1 and 1.0
#   n < 1                               finds false
#   array_contains(l, 1)                finds the list [true] beside [1] and [1.0]
#   array_length(l) == 0                finds the empty list, and also a null, a text of four letters, and records that have no l
# So a flag and a count under one name cannot be told apart, and "has an empty list" cannot be asked. kith keeps booleans and numbers apart
# (include/kith/filters.h), so moving a program over changes these answers.
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install milvus-lite==3.2.2 pymilvus==3.0.2
"$folder/venv/bin/python" - "$folder/records.db" <<'END'
import sys

from pymilvus import MilvusClient

RECORDS = {
    "one": {"n": 1, "l": [1]},
    "one point zero": {"n": 1.0, "l": [1.0]},
    "true": {"n": True, "l": [True]},
    "false": {"n": False, "l": []},
    "text": {"n": "1", "l": "text"},
    "null": {"n": 2, "l": None},
    "without": {"n": 3},
}
EXPECTED = {
    "n == 1": {"one", "one point zero", "true"},
    "n in [1]": {"one", "one point zero", "true"},
    "n + 1 == 2": {"one", "one point zero", "true"},
    "n == true": {"one", "one point zero", "true"},
    "n < 1": {"false"},
    "array_contains(l, 1)": {"one", "one point zero", "true"},
    "array_length(l) == 0": {"false", "text", "null", "without"},
}

client = MilvusClient(sys.argv[1])
client.create_collection("records", dimension=2, auto_id=False)
names = list(RECORDS)
client.insert("records", [{"id": i, "vector": [1.0, float(i)], **RECORDS[name]} for i, name in enumerate(names)])
changed = False
for expression, expected in EXPECTED.items():
    found = {names[row["id"]] for row in client.query("records", filter=expression, output_fields=["id"])}
    changed |= found != expected
    print(f"{expression:24} -> {sorted(found)}", "" if found == expected else f"(was {sorted(expected)})")
raise SystemExit("the behaviour has changed" if changed else 0)
END
