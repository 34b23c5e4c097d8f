#!/bin/sh
# chroma-fraction-against-integers.sh - Chroma cuts the fraction off a number in a filter before it compares it with integers.
#
# chromadb 1.5.9 (PyPI). Two records have the integers n = 1 and n = 2, two others the floats 1.0 and 2.0. Asked with the operand 1.5:
#   n = 1.5    finds the record with the integer 1, which is not 1.5
#   n >= 1.5   finds the integer 1 as well as 2 and 2.0
#   n < 1.5    finds 1.0 but not the integer 1
#   n != 1.5   does not find the integer 1
# Floats are compared as they are, and 1 equals 1.0 in both directions. So the same number is found or not by how it was stored, and a
# lower bound with a fraction lets integers below it through. kith compares numbers by their value (include/kith/filters.h), so moving a
# program over changes these answers.
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install chromadb==1.5.9
"$folder/venv/bin/python" - <<'END'
import chromadb

EXPECTED = [
    ({"n": 1}, ["float 1.0", "integer 1"]),
    ({"n": 1.0}, ["float 1.0", "integer 1"]),
    ({"n": 1.5}, ["integer 1"]),
    ({"n": {"$in": [1.5]}}, ["integer 1"]),
    ({"n": {"$ne": 1.5}}, ["float 1.0", "float 2.0", "integer 2"]),
    ({"n": {"$gte": 1.5}}, ["float 2.0", "integer 1", "integer 2"]),
    ({"n": {"$lt": 1.5}}, ["float 1.0"]),
]

collection = chromadb.EphemeralClient().create_collection("numbers", embedding_function=None)
records = {"integer 1": 1, "integer 2": 2, "float 1.0": 1.0, "float 2.0": 2.0}
collection.add(ids=list(records), embeddings=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]],
               metadatas=[{"n": n} for n in records.values()])
print("chromadb", chromadb.__version__)
changed = False
for where, expected in EXPECTED:
    found = sorted(collection.get(where=where)["ids"])
    changed |= found != expected
    print(where, "->", found, "" if found == expected else f"(was {expected})")
raise SystemExit("the behaviour has changed" if changed else 0)
END
