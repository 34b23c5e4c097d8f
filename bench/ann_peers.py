"""ann_peers.py - the other indexes of ann.py and filter_peer.py, each of them installed when it is first asked for (peers.txt).

A peer is a function of the vectors, the queries, the metric and a scratch directory, that builds its indexes with one thread, and gives of each by its name how
it is searched: with an ef, every query once, by one thread, giving the microseconds of the process's CPU that a query took and the rows found; what the build
took; and the bytes that the process has more of a vector, of which an index that is freed later than another one is built has the smaller share.
"""

import dataclasses
import pathlib
import resource
import time
from collections.abc import Callable

import numpy

from kithbench import peers

COSINE = 0  # of kith_metric
BATCH = 1000


@dataclasses.dataclass
class Index:
    search: Callable[[int], tuple[float, numpy.ndarray]]
    seconds: float  # of the process's CPU
    resident: float  # bytes a vector


def timed(call, queries: numpy.ndarray) -> tuple[float, numpy.ndarray]:
    # Of the process: a library may search in a thread of its own.
    start = time.process_time_ns()
    rows = call()
    return (time.process_time_ns() - start) / 1e3 / len(queries), rows


def resident() -> int:
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def built(build, rows: int, search: Callable) -> Index:
    """build() gives the index, and search(index, ef) is how it is searched."""
    before, start = resident(), time.process_time()
    index = build()
    return Index(lambda ef: search(index, ef), time.process_time() - start, (resident() - before) / rows)


def hnswlib(base: numpy.ndarray, queries: numpy.ndarray, k: int, metric: int, scratch: pathlib.Path) -> dict[str, Index]:
    library = peers.need("hnswlib")

    def build():
        index = library.Index("cosine" if metric == COSINE else "l2", base.shape[1])
        index.init_index(len(base), M=16, ef_construction=200, random_seed=1)
        index.add_items(base, num_threads=1)
        return index

    def search(index, ef: int):
        index.set_ef(ef)
        return timed(lambda: index.knn_query(queries, k, num_threads=1)[0], queries)
    return {"hnswlib": built(build, len(base), search)}


def symphony(base: numpy.ndarray, queries: numpy.ndarray, k: int, metric: int, scratch: pathlib.Path) -> dict[str, Index]:
    library = peers.need("rabitqlib")
    made = {}
    for degree, bits in ((32, 0), (32, 8), (64, 0)):
        def build(degree=degree, bits=bits):
            index = library.SymqgIndex(base.shape[1], degree, "l2", bits)
            index.build(base, 200, 1)
            return index

        def search(index, ef: int):
            def call():
                found = index.search(queries, k, ef, 1)
                return next(part for part in found if numpy.issubdtype(numpy.asarray(part).dtype, numpy.integer))
            return timed(call, queries)
        made[f"SymphonyQG {degree}, {bits} bits"] = built(build, len(base), search)
    return made


def faiss(base: numpy.ndarray, queries: numpy.ndarray, k: int, metric: int, scratch: pathlib.Path) -> dict[str, Index]:
    """By inner product under cosine, since the vectors have length 1."""
    library = peers.need("faiss-cpu", "faiss")
    library.omp_set_num_threads(1)
    by = library.METRIC_INNER_PRODUCT if metric == COSINE else library.METRIC_L2
    made = {}
    for name, kind in {"faiss HNSW": "HNSW16,Flat", "faiss HNSW, 8 bits": "HNSW16,SQ8", "faiss HNSW, 8 bits, refined": "HNSW16,SQ8,RFlat"}.items():
        def build(kind=kind):
            index = library.index_factory(base.shape[1], kind, by)
            graph = library.downcast_index(index.base_index) if kind.endswith("RFlat") else index
            graph.hnsw.efConstruction = 200
            index.train(base)
            index.add(base)
            if graph is not index:
                index.k_factor = 2
            return index, graph

        def search(made, ef: int):
            index, graph = made
            graph.hnsw.efSearch = ef
            return timed(lambda: index.search(queries, k)[1], queries)
        made[name] = built(build, len(base), search)
    return made


def zvec(base: numpy.ndarray, queries: numpy.ndarray, k: int, metric: int, scratch: pathlib.Path) -> dict[str, Index]:
    """A Python call a query, which gives ids and scores."""
    library = peers.need("zvec")
    by = library.MetricType.COSINE if metric == COSINE else library.MetricType.L2
    made = {}
    for name, kind, refined in (("zvec HNSW", library.QuantizeType.UNDEFINED, False), ("zvec HNSW, 8 bits, refined", library.QuantizeType.INT8, True)):
        def build(name=name, kind=kind):
            index = library.HnswIndexParam(metric_type=by, m=16, ef_construction=200, quantize_type=kind)
            vectors = library.VectorSchema("v", library.DataType.VECTOR_FP32, base.shape[1], index)
            collection = library.create_and_open(str(scratch / name.replace(" ", "-").replace(",", "")), library.CollectionSchema("c", vectors=[vectors]))
            for start in range(0, len(base), BATCH):
                collection.insert([library.Doc(id=str(i), vectors={"v": base[i]}) for i in range(start, min(start + BATCH, len(base)))])
            collection.optimize(library.OptimizeOption(concurrency=1))
            return collection

        def search(collection, ef: int, refined=refined):
            asked = [library.Query("v", vector=query, param=library.HnswQueryParam(ef=ef, is_using_refiner=refined)) for query in queries]
            return timed(lambda: numpy.array([[int(doc.id) for doc in collection.query(one, topk=k, output_fields=[])] for one in asked]), queries)
        made[name] = built(build, len(base), search)
    return made


def qdrant_edge(base: numpy.ndarray, queries: numpy.ndarray, k: int, metric: int, scratch: pathlib.Path) -> dict[str, Index]:
    """With scalar int8, a Python call a query."""
    library = peers.need("qdrant-edge-py", "qdrant_edge")

    def build():
        config = library.EdgeConfig(
            vectors={"": library.EdgeVectorParams(size=base.shape[1], distance=library.Distance.Cosine if metric == COSINE else library.Distance.Euclid)},
            quantization_config=library.ScalarQuantizationConfig(type=library.ScalarType.Int8, quantile=0.99, always_ram=True),
            hnsw_config=library.HnswIndexConfig(m=16, ef_construct=200, full_scan_threshold=10000),
            optimizers=library.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1000))
        (scratch / "qdrant").mkdir()
        shard = library.EdgeShard.create(str(scratch / "qdrant"), config)
        for start in range(0, len(base), BATCH):
            shard.update(library.UpdateOperation.upsert_points(
                [library.Point(i, base[i].tolist(), {}) for i in range(start, min(start + BATCH, len(base)))]))
        shard.optimize()
        return shard

    def search(shard, ef: int):
        params = library.SearchParams(hnsw_ef=ef, quantization=library.QuantizationSearchParams(rescore=True))
        asked = [library.SearchRequest(query=library.Query.Nearest(query.tolist()), limit=k, params=params) for query in queries]
        return timed(lambda: numpy.array([[hit.id for hit in shard.search(one)] for one in asked]), queries)
    return {"qdrant-edge, 8 bits, rescored": built(build, len(base), search)}


PEERS = {"hnswlib": hnswlib, "symphony": symphony, "faiss": faiss, "zvec": zvec, "qdrant-edge": qdrant_edge}
