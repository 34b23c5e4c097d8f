"""ann.py - searches by vector: how many a second at equal recall, beside other indexes.

Recall@10 and queries a second of one thread, by its CPU time, for a range of ef: of kith's index, of a compact one of the same vectors (graph and codes in
memory, vectors on the disk), of kith_search over the same vectors (without content and metadata), and of other indexes where these Python packages can be
installed (ann_peers.py): hnswlib, faiss, zvec and qdrant-edge (M 16, ef_construction 200), and SymphonyQG (rabitqlib's SymqgIndex, of degree 32 with 0 and 8
bits, and of degree 64). zvec and qdrant-edge are asked a query a call, with Python's part in their time. Sets: MNIST (784 dimensions) and 100,000 SIFT
descriptors of CIFAR-10 (128), both by squared L2, of the shared data; and, of a directory that --vectors names, base.f32 and queries.f32, sentences embedded in
384 dimensions, by cosine. Queries are no points of the set. Memory is counted by the index, and, as "resident", what the process has more of than before the
index was built, of kith without pages of files: of a compact index the system keeps as many of these as it has room for. "cold": after it was asked to forget
them.

Every system measures every ef once a round, one after the other, and the best round counts: other programs on the machine only ever add time. Queries a
second at a recall are interpolated between the two nearest points of the curve. Below the highest recall that a system reaches there are figures; above it none.
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

import ann_peers
from kithbench import data, peers, report

ROOT = pathlib.Path(__file__).resolve().parent.parent
K, QUERIES = 10, 1000
EFS = (10, 12, 16, 20, 24, 32, 40, 52, 64, 84, 112, 160, 240, 360, 560)
RECALLS = (0.90, 0.95, 0.99)
COLD_EFS = (16, 64)
SQUARED_L2, COSINE = 1, 0  # of kith_metric


def bytes_of(path: pathlib.Path, header: int, count: int, dim: int) -> numpy.ndarray:
    with gzip.open(path) as file:
        file.read(header)
        return numpy.frombuffer(file.read(count * dim), numpy.uint8).reshape(count, dim).astype(numpy.float32)


def mnist(rows: int) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    folder = data.folder("ann-mnist")
    return bytes_of(folder / "train-images-idx3-ubyte.gz", 16, rows, 784), bytes_of(folder / "t10k-images-idx3-ubyte.gz", 16, QUERIES, 784), SQUARED_L2


def sift(rows: int) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    folder = data.folder("ann-cifar-sift128")
    return bytes_of(folder / "base250k.u8bin.gz", 8, rows, 128), bytes_of(folder / "query2k.u8bin.gz", 8, QUERIES, 128), SQUARED_L2


def sentences(directory: pathlib.Path) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    base, queries = (numpy.fromfile(directory / name, numpy.float32).reshape(-1, 384) for name in ("base.f32", "queries.f32"))
    return base, queries[:QUERIES], COSINE


class Judge:
    """Knows the K nearest of each query, and what share of them an answer has; those as far as the last count too."""

    def __init__(self, base: numpy.ndarray, queries: numpy.ndarray):
        self._base, self._queries = base.astype(numpy.float32), queries
        norms = (self._base ** 2).sum(1)
        self._limits = numpy.empty(len(queries))
        for start in range(0, len(queries), 100):
            part = queries[start:start + 100]
            order = numpy.argpartition(norms - 2 * part @ self._base.T, K, axis=1)[:, :K + 5]
            for i, rows in enumerate(order):
                self._limits[start + i] = numpy.sort(self._distances(start + i, rows))[K - 1]

    def _distances(self, query: int, rows: numpy.ndarray) -> numpy.ndarray:
        return ((self._base[rows].astype(float) - self._queries[query]) ** 2).sum(1)

    def recall(self, rows: numpy.ndarray) -> float:
        found = [(self._distances(i, numpy.unique(row)) <= self._limits[i] * (1 + 1e-6)).sum() for i, row in enumerate(rows)]
        return float(numpy.minimum(found, K).sum() / (K * len(rows)))


class Kith:
    """The driver, which has built both the index and the collection."""

    def __init__(self, base: pathlib.Path, queries: pathlib.Path, dim: int, metric: int, directory: pathlib.Path):
        self._driver = subprocess.Popen([ROOT / "build/bench/ann_driver", str(metric), str(dim), base, queries, str(K), directory], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.built = self._read()

    def _read(self) -> dict:
        line = self._driver.stdout.readline()
        if not line:
            sys.exit("kith: ann_driver ended")
        return json.loads(line)

    def search(self, what: str, ef: int) -> tuple[float, numpy.ndarray, dict]:
        self._driver.stdin.write(f"{what} {ef}\n")
        self._driver.stdin.flush()
        answer = self._read()
        rows = numpy.array(answer.pop("rows")).reshape(-1, K)
        return answer.pop("us"), rows, answer

    def close(self) -> None:
        self._driver.stdin.close()
        self._driver.wait()


def at_recall(curve: list[tuple[float, float]], wanted: float) -> float | None:
    """Queries a second at that recall, on the best points: what is slower and finds no more does not count."""
    best: list[tuple[float, float]] = []
    for recall, us in sorted(curve, key=lambda point: (-point[0], point[1])):
        if not best or us < best[-1][1]:
            best.append((recall, us))
    best.reverse()
    for (low, fast), (high, slow) in zip(best, best[1:]):
        if low <= wanted <= high:
            return 1e6 / float(numpy.exp(numpy.interp(wanted, (low, high), (numpy.log(fast), numpy.log(slow)))))
    return 1e6 / best[0][1] if best[0][0] >= wanted else None


def measure(table: report.Report, case: str, sets: tuple[numpy.ndarray, numpy.ndarray, int], asked, scratch: pathlib.Path) -> None:
    base, queries, metric = sets
    if metric == COSINE:
        base, queries = (vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (base, queries))
    judge = Judge(base, queries)
    base.tofile(scratch / "base.f32")
    queries.tofile(scratch / "queries.f32")
    kith = Kith(scratch / "base.f32", scratch / "queries.f32", base.shape[1], metric, scratch / "kith")
    table.add(case, "kith index", "build CPU", kith.built["seconds"], "s")
    table.add(case, "kith index", "memory", kith.built["bytes"] / len(base), "bytes/vector")
    table.add(case, "kith compact", "memory", kith.built["compact_bytes"] / len(base), "bytes/vector")
    table.add(case, "kith compact", "resident", kith.built["resident"] / len(base), "bytes/vector")
    systems = {"kith index": lambda ef: kith.search("index", ef), "kith compact": lambda ef: kith.search("compact", ef),
               "kith_search": lambda ef: kith.search("search", ef)}
    for name in asked.peers:
        try:
            built = ann_peers.PEERS[name](base, queries, K, metric, scratch)
        except peers.Missing as why:
            table.missing(case, name, str(why))
            continue
        for system, index in built.items():
            systems[system] = index.search
            table.add(case, system, "build CPU", index.seconds, "s")
            if system == "hnswlib":
                table.add(case, "kith index", "build to hnswlib's", kith.built["seconds"] / index.seconds, "x")
            table.add(case, system, "resident", index.resident, "bytes/vector")
    points: dict[tuple[str, int], list] = {}
    for _ in range(asked.rounds):
        for ef in EFS:
            for system, search in systems.items():
                us, rows, *counters = search(ef)
                point = points.setdefault((system, ef), [judge.recall(rows) if (system, ef) not in points else points[system, ef][0], us, counters])
                point[1] = min(point[1], us)
    for ef in COLD_EFS:
        us, rows, counters = kith.search("cold", ef)
        table.add(f"{case}, ef {ef}", "kith compact, cold", f"us at recall {judge.recall(rows):.4f}", us, "us")
        table.add(f"{case}, ef {ef}", "kith compact, cold", "wall", counters["wall_us"], "us")
    kith.close()
    for (system, ef), (recall, us, counters) in points.items():
        if asked.curves:
            table.add(f"{case}, ef {ef}", system, f"us at recall {recall:.4f}", us, "us")
            for name, value in (counters[0] if counters else {}).items():
                table.add(f"{case}, ef {ef}", system, name, value, "a query")
    for wanted in RECALLS:
        rates = {system: at_recall([point[:2] for (name, _), point in points.items() if name == system], wanted) for system in systems}
        for system, rate in rates.items():
            if rate is None:
                table.missing(f"{case}, recall {wanted}", system, "not reached")
                continue
            table.add(f"{case}, recall {wanted}", system, "queries", rate, "queries/s")
            if rates.get("hnswlib") and system != "hnswlib":
                table.add(f"{case}, recall {wanted}", system, "to hnswlib", rate / rates["hnswlib"], "x")


def main() -> int:
    options = report.parser(__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--vectors", type=pathlib.Path, metavar="DIRECTORY", help="base.f32 and queries.f32 of 384 dimensions, measured by cosine")
    options.add_argument("--only", choices=("mnist", "sift", "sentences"), help="one set")
    options.add_argument("--curves", action="store_true", help="also every point of the curves")
    options.add_argument("--images", type=int, default=60000, metavar="N")
    options.add_argument("--descriptors", type=int, default=100000, metavar="N")
    options.add_argument("--peers", nargs="*", choices=tuple(ann_peers.PEERS), default=tuple(ann_peers.PEERS), help="which others; none: kith alone")
    asked = options.parse_args()
    sets = {"mnist": lambda: mnist(asked.images), "sift": lambda: sift(asked.descriptors)} | ({"sentences": lambda: sentences(asked.vectors)} if asked.vectors else {})
    table = report.Report("ann", asked.json)
    for case, read in sets.items():
        if asked.only in (None, case):
            with tempfile.TemporaryDirectory() as scratch:
                measure(table, case, read(), asked, pathlib.Path(scratch))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
