#!/bin/sh
# usearch-int8-forgets-length.sh - usearch's int8 index stores every vector with the same length, also for l2sq and ip.
#
# usearch 2.21.0 (PyPI). An index with dtype i8 scales each vector by its own length before it rounds it. For cosine that is right; l2sq and ip
# are about lengths, and accept i8 without a word too. Then a vector v, 3 v and -v / 5 are +v, +v and -v to it:
#   l2sq of v to 3 v  is 0 (true: 4 |v|^2), so 3 v is a tie for the nearest neighbor of v, before -v / 5 and all that is really near
#   ip of v with 3 v  equals ip of v with v, so the largest inner product is lost
# Distances come in squared units of 1/127, not of the data: scores of an i8 and a f32 index cannot be compared or given one threshold.
# f16 and bf16 keep lengths. So int8 there is for cosine alone; a program that changes dtype under another metric gets other neighbors.
#
# Prints what was seen; fails when it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install usearch==2.21.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'END'
import warnings

import numpy
import usearch
from usearch.index import Index

warnings.simplefilter("error")
v = numpy.random.default_rng(1).uniform(-1, 1, 32).astype(numpy.float32)
stored = {0: v, 1: 3 * v, 2: -v / 5}
print("usearch", usearch.__version__)
forgets = {}
for metric in ("l2sq", "ip"):
    for dtype in ("f32", "f16", "bf16", "i8"):
        index = Index(ndim=32, metric=metric, dtype=dtype)
        for key, vector in stored.items():
            index.add(key, vector)
        hits = index.search(v, 3, exact=True)
        distance = dict(zip(hits.keys.tolist(), hits.distances.tolist()))
        forgets[metric, dtype] = distance[0] == distance[1]
        print(f"{metric} {dtype}: from v to v {distance[0]:.2f}, to 3 v {distance[1]:.2f}, to -v/5 {distance[2]:.2f}")
as_seen = all(forgotten == (dtype == "i8") for (_, dtype), forgotten in forgets.items())
raise SystemExit(0 if as_seen else "the behaviour has changed")
END
