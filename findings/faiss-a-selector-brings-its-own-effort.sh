#!/bin/sh
# faiss-a-selector-brings-its-own-effort.sh - a search of faiss with a filter forgets how thorough the index was told to be.
#
# faiss-cpu 1.15.1 (PyPI). A filter is an IDSelector inside a SearchParameters object. That object has an effort of its own (efSearch 16 for
# HNSW, nprobe 1 for IVF), and it counts instead of index.hnsw.efSearch and index.nprobe, also where the caller names the selector alone.
# 20,000 random vectors of 64 dimensions, 100 queries, recall of the 10 nearest, the selector lets every vector through:
#   HNSW, efSearch = 400        0.97 without the selector, 0.42 with it; 0.97 again when efSearch=400 is repeated beside it
#   IVF of 128, nprobe = 64     0.90 without the selector, 0.07 with it; 0.90 again when nprobe=64 is repeated beside it
# Ten results come back each time, with right distances, so nothing shows it. What looks like a cost of filtering is a setting that was lost.
# In kith the effort is a field of the query beside the filter (kith_query's ef, 0: as needed), so a filter does not touch it.
#
# Prints what was seen; fails when it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install faiss-cpu==1.15.1 numpy==2.3.5
"$folder/venv/bin/python" - <<'END'
import faiss
import numpy

faiss.omp_set_num_threads(1)
random = numpy.random.default_rng(0)
vectors = random.standard_normal((20_000, 64)).astype(numpy.float32)
queries = random.standard_normal((100, 64)).astype(numpy.float32)
everything = faiss.IDSelectorRange(0, len(vectors))
distances = ((queries[:, None, :] - vectors[None, :, :]) ** 2).sum(axis=2)
nearest = numpy.argsort(distances, axis=1)[:, :10]


def recall(index, parameters=None):
    found = index.search(queries, 10, params=parameters)[1]
    assert (found >= 0).all()
    return numpy.mean([len(set(right) & set(ids)) / 10 for right, ids in zip(nearest.tolist(), found.tolist())])


graph = faiss.IndexHNSWFlat(64, 16)
graph.add(vectors)
graph.hnsw.efSearch = 400
lists = faiss.index_factory(64, "IVF128,Flat")
lists.train(vectors)
lists.add(vectors)
lists.nprobe = 64
print("faiss", faiss.__version__)
as_seen = True
for name, index, selected, repeated in (
    ("HNSW", graph, faiss.SearchParametersHNSW(sel=everything), faiss.SearchParametersHNSW(sel=everything, efSearch=400)),
    ("IVF", lists, faiss.SearchParametersIVF(sel=everything), faiss.SearchParametersIVF(sel=everything, nprobe=64)),
):
    plain, filtered, again = recall(index), recall(index, selected), recall(index, repeated)
    print(f"{name}: recall {plain:.2f} without a selector, {filtered:.2f} with one, {again:.2f} with one and the effort repeated")
    as_seen &= plain > 0.85 and filtered < 0.6 * plain and abs(again - plain) < 0.02
raise SystemExit(0 if as_seen else "the behaviour has changed")
END
