"""filter_peer.py - kith_search beside qdrant-edge-py with scalar int8, both through a Python binding, a call a query, filtered by an integer field and unfiltered.

Both are given the same vectors, with fields of random numbers below 10, 100 and 1,000 that the peer has an index for, and return ids and distances alone. Two times
are taken, binding included: the CPU of all threads of the process, and the clock, which a caller waits by. The peer searches with several threads, so the
two differ; "processors" is the one by the other. All settings one after another in each round, the best round of each time counts. kith is asked through ctypes with a prepared query
structure and its prepared references, the peer with a prepared request. Of the peer's settings (hnsw_ef, rescoring) the fastest that reaches kith's recall, or 0.95, counts, or else the one
with the highest recall. Unfiltered both go through a range of ef, and their queries a second are compared at equal recall (ann.py).

kith's work beside searches (linking, measuring the curve of recall, saving) has ended when the time begins, as has the peer's.
"""

import ctypes
import dataclasses
import json
import pathlib
import tempfile
import time

import numpy

import ann
import filter as filtered
from kithbench import peers, report
from kithbench.library import Database, KithError, Library
from kithbench.structures import CollectionInfo, CollectionOptions, Error, Hits, Point, Query, SearchPlan

BATCH, SHARES = 5000, (10, 100, 1000)
PEER_EFS = (40, 80, 160)
KITH_CURVE, PEER_CURVE = (10, 16, 24, 40, 64, 112, 200), (10, 20, 40, 80, 160, 320)
RECALLS = (0.95, 0.99)
UNMEASURED = b"not measured yet"  # kith_search_plan.ef_source until the curve is there


class Kith:
    def __init__(self, directory: pathlib.Path, base: numpy.ndarray, labels: dict[int, numpy.ndarray], metric: int):
        self._library = Library()
        self._functions = self._library._functions
        self._database = Database(self._library, directory)
        handle = self._handle = self._database._handle
        self._library.call("kith_collection_create", handle, b"c", ctypes.byref(CollectionOptions(metric=metric, dimension=base.shape[1])))
        base = numpy.ascontiguousarray(base, dtype=numpy.float32)
        for start in range(0, len(base), BATCH):
            rows = range(start, min(start + BATCH, len(base)))
            points = (Point * len(rows))(*(Point(
                id=str(i).encode(), metadata=json.dumps({f"n{count}": int(of[i]) for count, of in labels.items()}).encode(),
                vector=base[i].ctypes.data_as(ctypes.POINTER(ctypes.c_float)), dimension=base.shape[1]) for i in rows))
            self._library.call("kith_put", handle, b"c", ctypes.c_int(0), points, ctypes.c_size_t(len(points)))
        self._error, self._out = Error(), ctypes.POINTER(Hits)()
        self._functions.kith_hits_free.restype = None
        self._search, self._free = self._functions.kith_search, self._functions.kith_hits_free
        self._outputs = ctypes.byref(self._out), ctypes.byref(self._error)

    def _unlinked(self) -> int:
        out = ctypes.POINTER(CollectionInfo)()
        self._library.call("kith_collection_ensure", self._handle, b"c", None, None, ctypes.byref(out))
        unlinked = int(out.contents.unlinked)
        self._library.free("kith_collection_info_free", out)
        return unlinked

    def wait_until_quiet(self, query: numpy.ndarray) -> None:
        """Until all vectors are linked, and the curve of recall is measured, which comes after all else but saving; and until that takes no more time."""
        deadline = time.monotonic() + 1800
        while self._unlinked() > 0 or self._ef_source(query) == UNMEASURED:
            if time.monotonic() > deadline:
                raise RuntimeError("kith is not done after 1,800 s")
            time.sleep(1)
        quiet = 0
        while quiet < 3:
            before = time.process_time_ns()
            time.sleep(0.5)
            quiet = quiet + 1 if time.process_time_ns() - before < 2e6 else 0

    def _ef_source(self, query: numpy.ndarray) -> bytes:
        asked = self.prepare(query, {})
        asked.target_recall, asked.explain = 0.9, True
        self._library.call("kith_search", self._handle, b"c", ctypes.byref(asked), ctypes.byref(self._out))
        source = SearchPlan.from_address(self._out.contents.explained).ef_source
        self._functions.kith_hits_free(self._out)
        return source

    def prepare(self, query: numpy.ndarray, where: dict, ef: int = 0) -> Query:
        vector = numpy.ascontiguousarray(query, dtype=numpy.float32)
        made = Query(size=ctypes.sizeof(Query), vector=vector.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), dimension=len(vector), k=filtered.K, ef=ef,
                     where=json.dumps(where).encode() if where else None, ranking=1, without_content=True, without_metadata=True)
        made.kept = vector
        made.reference = ctypes.byref(made)
        return made

    def search(self, query: Query) -> list[tuple[bytes, float]]:
        if self._search(self._handle, b"c", query.reference, *self._outputs) != 0:
            raise KithError(self._error.message.decode())
        found = self._out.contents
        hits = [(hit.id, hit.distance) for hit in found.hits[:found.count]]
        self._free(self._out)
        return hits


class Peer:
    def __init__(self, directory: pathlib.Path, base: numpy.ndarray, labels: dict[int, numpy.ndarray], metric: int):
        q = self._q = peers.need("qdrant-edge-py", "qdrant_edge")
        distance = q.Distance.Cosine if metric == filtered.COSINE else q.Distance.Euclid
        config = q.EdgeConfig(
            vectors={"": q.EdgeVectorParams(size=base.shape[1], distance=distance)},
            quantization_config=q.ScalarQuantizationConfig(type=q.ScalarType.Int8, quantile=0.99, always_ram=True),
            hnsw_config=q.HnswIndexConfig(m=16, ef_construct=200, full_scan_threshold=10000),
            optimizers=q.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1000))
        directory.mkdir()
        self._shard = q.EdgeShard.create(str(directory), config)
        for count in labels:
            self._shard.update(q.UpdateOperation.create_field_index(f"n{count}", q.PayloadSchemaType.Integer))
        for start in range(0, len(base), BATCH):
            rows = range(start, min(start + BATCH, len(base)))
            self._shard.update(q.UpdateOperation.upsert_points(
                [q.Point(i, base[i].tolist(), {f"n{count}": int(of[i]) for count, of in labels.items()}) for i in rows]))
        start = time.process_time()
        self._shard.optimize()
        self.seconds = time.process_time() - start

    def prepare(self, query: numpy.ndarray, where: dict, ef: int, rescore: bool):
        q = self._q
        conditions = [q.FieldCondition(key, match=q.MatchValue(value)) for key, value in where.items()]
        return q.SearchRequest(query=q.Query.Nearest(query.tolist()), limit=filtered.K, filter=q.Filter(must=conditions) if conditions else None,
                               params=q.SearchParams(hnsw_ef=ef, quantization=q.QuantizationSearchParams(rescore=rescore)))

    def search(self, request) -> list[tuple[int, float]]:
        return [(hit.id, hit.score) for hit in self._shard.search(request)]


@dataclasses.dataclass
class Times:
    """Microseconds a call, each of its best round."""

    cpu: float
    clock: float
    recall: float

    def take(self, cpu: float, clock: float) -> None:
        self.cpu, self.clock = min(self.cpu, cpu), min(self.clock, clock)


TIMES = {"CPU": lambda times: times.cpu, "by the clock": lambda times: times.clock}


def timed(search, prepared: list) -> tuple[float, float, list]:
    """Microseconds of CPU and by the clock, and the rows found."""
    cpu, clock = time.process_time_ns(), time.perf_counter_ns()
    found = [search(one) for one in prepared]
    cpu, clock = time.process_time_ns() - cpu, time.perf_counter_ns() - clock
    return cpu / 1e3 / len(prepared), clock / 1e3 / len(prepared), [[int(hit[0]) for hit in hits] for hits in found]


def run_rounds(systems: dict, rounds: int, recall_of) -> dict:
    """The times of each of `systems`, (search, prepared queries) each, asked in turns."""
    measured: dict = {}
    for _ in range(rounds):
        for name, (search, prepared) in systems.items():
            cpu, clock, found = timed(search, prepared)
            if name not in measured:
                measured[name] = Times(cpu, clock, recall_of(found))
            measured[name].take(cpu, clock)
    return measured


def measure(table: report.Report, case: str, sets, rounds: int, scratch: pathlib.Path) -> None:
    base, queries, metric = sets
    random = numpy.random.default_rng(1)
    labels = {count: random.integers(0, count, len(base)) for count in SHARES}
    kith = Kith(scratch / "kith", base, labels, metric)
    kith.wait_until_quiet(queries[0])
    try:
        peer = Peer(scratch / "peer", base, labels, metric)
    except peers.Missing as why:
        peer = None
        table.missing(case, "qdrant-edge", str(why))
    for count, rows in labels.items():
        wanted = random.integers(0, count, len(queries)).astype(numpy.uint32)
        judge = filtered.Judge(base, queries, rows, wanted)
        wheres = [{f"n{count}": int(label)} for label in wanted]
        systems = {"kith_search": (kith.search, [kith.prepare(query, where) for query, where in zip(queries, wheres)])}
        for ef in PEER_EFS if peer else ():
            for rescore in (False, True):
                systems[f"qdrant-edge ef {ef}{', rescored' if rescore else ''}"] = (
                    peer.search, [peer.prepare(query, where, ef, rescore) for query, where in zip(queries, wheres)])
        measured = run_rounds(systems, rounds, judge.recall)
        point = f"{case}, {100 / count:g} %"
        for name, times in measured.items():
            for kind, of in TIMES.items():
                table.add(point, name, f"us a call, {kind}, recall {times.recall:.4f}", of(times), "us")
            table.add(point, name, "processors", times.cpu / times.clock, "")
        own = measured.pop("kith_search")
        for kind, of in TIMES.items() if measured else ():
            enough = [of(times) for times in measured.values() if times.recall >= min(own.recall, filtered.MATCH_RECALL)]
            theirs = min(enough) if enough else of(max(measured.values(), key=lambda times: times.recall))
            table.add(point, "kith_search", f"queries to the peer's, {kind}", theirs / of(own), "x")
    measure_unfiltered(table, case, kith, peer, queries, ann.Judge(base, queries), rounds)


def measure_unfiltered(table: report.Report, case: str, kith: Kith, peer: Peer | None, queries: numpy.ndarray, judge: ann.Judge, rounds: int) -> None:
    systems = {("kith_search", ef): (kith.search, [kith.prepare(query, {}, ef) for query in queries]) for ef in KITH_CURVE}
    for ef in PEER_CURVE if peer else ():
        for rescore in (False, True):
            systems["qdrant-edge", (ef, rescore)] = (peer.search, [peer.prepare(query, {}, ef, rescore) for query in queries])
    points = run_rounds(systems, rounds, lambda found: judge.recall(numpy.array(found)))
    for wanted in RECALLS:
        for kind, of in TIMES.items():
            rates: dict[str, float | None] = {}
            for name in ("kith_search", "qdrant-edge"):
                curve = [(times.recall, of(times)) for (system, _), times in points.items() if system == name]
                rates[name] = ann.at_recall(curve, wanted) if curve else None
                if rates[name] is None:
                    table.missing(f"{case}, unfiltered, recall {wanted}", name, "not reached")
                else:
                    table.add(f"{case}, unfiltered, recall {wanted}", name, f"us a call, {kind}", 1e6 / rates[name], "us")
            if rates["kith_search"] and rates["qdrant-edge"]:
                table.add(f"{case}, unfiltered, recall {wanted}", "kith_search", f"queries to the peer's, {kind}", rates["kith_search"] / rates["qdrant-edge"], "x")


def main() -> int:
    options = report.parser(__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--sentences", type=int, default=85000, metavar="N")
    options.add_argument("--descriptors", type=int, default=100000, metavar="N")
    options.add_argument("--only", choices=("sift", "sentences"), help="one set")
    asked = options.parse_args()
    table = report.Report("filter_peer", asked.json)
    for case, read in {"sift": lambda: filtered.sift(asked.descriptors), "sentences": lambda: filtered.embedded(asked.sentences)}.items():
        if asked.only in (None, case):
            with tempfile.TemporaryDirectory() as scratch:
                measure(table, case, read(), asked.rounds, pathlib.Path(scratch))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
