"""budget.py - vectors in lists on the disk beside vectors in memory with a graph: recall, what is read, time and memory.

A collection is filled twice, without a limit of memory and with one of an eighth of what its vectors take in memory. Held-out queries are searched for with each
target of recall, a call a query through ctypes, both collections in turns, the files in the page cache; the thread's CPU is told, the median over rounds. Recall@10
is held against a comparison with every vector by numpy.

Sets: SIFT descriptors of CIFAR-10 (128 dimensions) and MNIST images (784), squared L2.
"""

import argparse
import ctypes
import statistics
import tempfile
import time
from ctypes import POINTER, byref, c_float, c_uint64, sizeof

import numpy

from ann import bytes_of
from kithbench import data
from kithbench.library import Database, Library
from kithbench.structures import CollectionOptions, Hits, IndexMemory, Query, SearchPlan

K, ROUNDS = 10, 3
TARGETS = (0.9, 0.95, 0.99)


def sift(rows: int, queries: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    folder = data.folder("ann-cifar-sift128")
    return bytes_of(folder / "base250k.u8bin.gz", 8, rows, 128), bytes_of(folder / "query2k.u8bin.gz", 8, queries, 128)


def mnist(rows: int, queries: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    folder = data.folder("ann-mnist")
    return bytes_of(folder / "train-images-idx3-ubyte.gz", 16, rows, 784), bytes_of(folder / "t10k-images-idx3-ubyte.gz", 16, queries, 784)


class Collection:
    """One of them, with what its searches found and took."""

    def __init__(self, library: Library, database: Database, name: str, base: numpy.ndarray, limit: int):
        self._library, self._handle, self.name = library, database._handle, name.encode()
        options = CollectionOptions(metric=1, dimension=base.shape[1])
        library.call("kith_collection_create", self._handle, self.name, byref(options))
        library.call("kith_collection_limit_memory", self._handle, self.name, c_uint64(limit))
        started = time.process_time()
        database.add(name, [str(i) for i in range(len(base))], base)
        self.search(base[0], 0.9)
        self.build_s = time.process_time() - started

    def memory(self) -> IndexMemory:
        out = IndexMemory(size=sizeof(IndexMemory))
        self._library.call("kith_collection_memory", self._handle, self.name, byref(out))
        return out

    def search(self, vector: numpy.ndarray, target: float) -> tuple[list[int], str, int, int, int]:
        query = Query(vector=vector.ctypes.data_as(POINTER(c_float)), dimension=len(vector), k=K, explain=True, target_recall=target, without_content=True, without_metadata=True)
        out = POINTER(Hits)()
        self._library.call("kith_search", self._handle, self.name, byref(query), byref(out))
        found = out.contents
        plan = ctypes.cast(found.explained, POINTER(SearchPlan)).contents
        result = [int(found.hits[i].id) for i in range(found.count)], found.plan.decode(), plan.lists, plan.bytes_read, plan.distances
        self._library.free("kith_hits_free", out)
        return result


def measure(collection: Collection, queries: numpy.ndarray, truth: numpy.ndarray, base: numpy.ndarray, target: float) -> dict:
    found, lists, bytes_read, distances, plans = 0, 0, 0, 0, set()
    started = time.thread_time()
    results = [collection.search(query, target) for query in queries]
    taken = time.thread_time() - started
    for query, nearest, (ids, plan, lists_read, read, computed) in zip(queries, truth, results, strict=True):
        own = ((base[ids].astype(float) - query) ** 2).sum(1)
        found += int((own <= nearest * (1 + 1e-9)).sum())
        lists, bytes_read, distances = lists + lists_read, bytes_read + read, distances + computed
        plans.add(plan)
    count = len(queries)
    return {"recall": found / count / K, "us": taken / count * 1e6, "lists": lists / count, "read_kb": bytes_read / count / 1000, "distances": distances / count, "plan": "/".join(sorted(plans))}


def tenth_distance(base: numpy.ndarray, queries: numpy.ndarray) -> numpy.ndarray:
    norms = (base.astype(float) ** 2).sum(1)
    out = []
    for query in queries.astype(float):
        near = numpy.argpartition(norms - 2 * (base @ query.astype(numpy.float32)), 3 * K)[:3 * K]
        out.append(numpy.sort(((base[near].astype(float) - query) ** 2).sum(1))[K - 1])
    return numpy.array(out)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--set", choices=("sift", "mnist"), default="sift")
    options.add_argument("--rows", type=int, default=100000)
    options.add_argument("--queries", type=int, default=300)
    asked = options.parse_args()
    base, queries = (sift if asked.set == "sift" else mnist)(asked.rows, asked.queries)
    truth = tenth_distance(base, queries)
    library = Library()
    with tempfile.TemporaryDirectory() as folder, Database(library, folder) as database:
        free = Collection(library, database, "free", base, 0)
        wait_until_measured(free, queries)
        limit = max(free.memory().used // 8, 1 << 20)
        limited = Collection(library, database, "limited", base, limit)
        wait_until_measured(limited, queries)
        for collection in (free, limited):
            m = collection.memory()
            print(f"{collection.name.decode()}: limit {m.limit}, used {m.used}, lists {m.lists}, put and first search {collection.build_s:.1f} CPU s")
        for target in (0.0, *TARGETS):
            rounds = [[measure(collection, queries, truth, base, target) for collection in (free, limited)] for _ in range(ROUNDS)]
            for i, name in enumerate(("free", "limited")):
                last = rounds[-1][i]
                print(f"target {target or 'none'} {name}: recall {last['recall']:.4f}, {statistics.median(r[i]['us'] for r in rounds):.0f} us, lists {last['lists']:.0f}, "
                      f"read {last['read_kb']:.0f} kB, distances {last['distances']:.0f}, {last['plan']}")


def wait_until_measured(collection: Collection, queries: numpy.ndarray) -> None:
    """Until the index has its final form and its recall is known: a search with a target is no comparison with every vector any more."""
    while collection.search(queries[0], 0.9)[1] not in ("graph", "lists"):
        time.sleep(1)


if __name__ == "__main__":
    main()
