"""filter.py - filtered searches by vector: time and recall by how many rows pass, and by how the filter goes with the query.

Every row has a label, and a query finds the rows with its own. With 1, 2, 10, 100, 1,000 and 10,000 labels 100 to 0.01 % of the rows pass. Labels are given at
random; or they are cells, each row having the nearest of as many random rows, and a query asks for its own cell (near) or for the farthest (far).

Measured are the index, by each single strategy and as it chooses itself (filter_driver), recall@10 against exact search and the thread's CPU time, all
strategies one after another in each round, in every second one the other way round, the best round counting. A strategy is given the fewest candidates
that reach recall 0.95, and the planner is compared with the best of them with as many: its default keeps more candidates and finds more, whatever is chosen.

--between measures at more shares of rows, where the best strategy changes from one to the other.

Sets: 100,000 SIFT descriptors of CIFAR-10 (128 dimensions, squared L2), and --sentences of squad-docs embedded in 384 dimensions (cosine), whose queries are its
questions; or, of a directory that --vectors names, base.f32 and queries.f32, as ann.py has them.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

from ann import COSINE, ROOT, SQUARED_L2, bytes_of, sentences as of_directory
from kithbench import data, report, sentences

K, QUERIES = 10, 200
LABELS = (1, 2, 10, 100, 1000, 10000)
BETWEEN = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 25, 33, 50, 70, 100, 200, 300, 1000, 3000, 10000)
KINDS = ("random", "near", "far")
STRATEGIES = {"planner": 0, "scan": 1, "scan of codes": 2, "walk": 3, "two hops": 4}
MATCH_RECALL = 0.95
WALK_LABELS = 100


def sift(rows: int) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    folder = data.folder("ann-cifar-sift128")
    return bytes_of(folder / "base250k.u8bin.gz", 8, rows, 128), bytes_of(folder / "query2k.u8bin.gz", 8, QUERIES, 128), SQUARED_L2


def cosine(vectors: numpy.ndarray, queries: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    unit = [rows / numpy.linalg.norm(rows, axis=1, keepdims=True) for rows in (vectors, queries[:QUERIES])]
    return unit[0], unit[1], COSINE


def embedded(count: int) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    made = sentences.load(count, 1000)
    return cosine(made.vectors, made.query_vectors)


def given(directory: pathlib.Path) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    base, queries, _ = of_directory(directory)
    return cosine(base, queries)


def make_labels(kind: str, count: int, base: numpy.ndarray, queries: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Of the rows, and of the queries."""
    random = numpy.random.default_rng(count)
    if kind == "random":
        return random.integers(0, count, len(base)).astype(numpy.uint32), random.integers(0, count, len(queries)).astype(numpy.uint32)
    centres = base[random.choice(len(base), count, replace=False)]
    norms = (centres ** 2).sum(1)

    def distances(vectors: numpy.ndarray) -> numpy.ndarray:
        return norms - 2 * vectors @ centres.T
    rows = numpy.concatenate([distances(base[start:start + 2000]).argmin(1) for start in range(0, len(base), 2000)])
    own = distances(queries)
    return rows.astype(numpy.uint32), (own.argmin(1) if kind == "near" else own.argmax(1)).astype(numpy.uint32)


class Judge:
    """Knows the nearest of each query among the rows with its label."""

    def __init__(self, base: numpy.ndarray, queries: numpy.ndarray, rows: numpy.ndarray, wanted: numpy.ndarray):
        self._base, self._queries = base, queries
        self._exact = []
        for query, label in zip(queries, wanted):
            passing = numpy.flatnonzero(rows == label)
            self._exact.append(numpy.sort(self._distances(query, passing))[:K])

    def _distances(self, query: numpy.ndarray, rows: numpy.ndarray) -> numpy.ndarray:
        return ((self._base[rows].astype(float) - query) ** 2).sum(1)

    def recall(self, found: list) -> float:
        """The share of the nearest that was found; as far as the last counts too. An answer with fewer hits than there are counts 0 for those."""
        hits = 0
        for query, rows, exact in zip(self._queries, found, self._exact):
            rows = numpy.unique([row for row in rows if row >= 0])
            if len(rows):
                hits += min((self._distances(query, rows.astype(int)) <= exact[-1] * (1 + 1e-6)).sum(), len(exact)) if len(exact) else 0
        wanted = sum(map(len, self._exact))
        return hits / wanted if wanted else 1.0


class Driver:
    def __init__(self, base: pathlib.Path, queries: pathlib.Path, dim: int, metric: int, kernels: str | None = None):
        self._driver = subprocess.Popen([ROOT / "build/bench/filter_driver", str(metric), str(dim), base, queries, str(K), *([kernels] if kernels else [])],
                                        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.built = self._read()

    def _read(self) -> dict:
        line = self._driver.stdout.readline()
        if not line:
            sys.exit("kith: filter_driver ended")
        return json.loads(line)

    def ask(self, line: str) -> dict:
        self._driver.stdin.write(line + "\n")
        self._driver.stdin.flush()
        return self._read()

    def close(self) -> None:
        self._driver.stdin.close()
        self._driver.wait()


def efs_of(strategy: str, labels: int) -> tuple[int, ...]:
    """What a walk, or the planner, may be given to reach the recall; 0 is the default. Among a hundredth of the rows and fewer no walk is worth its time."""
    if strategy in ("scan", "scan of codes") or (strategy == "planner" and labels > WALK_LABELS):
        return (0,)
    return (0, 40, 160, 400) if labels <= WALK_LABELS else ()


def measure_point(driver: Driver, judge: Judge, labels: int, rounds: int) -> dict[str, dict[int, tuple[float, float, dict]]]:
    """Of each strategy and ef: recall, microseconds, counters."""
    points: dict[str, dict] = {name: {} for name in STRATEGIES}
    for round_number in range(rounds):
        # Each is the first in turn, which finds in no cache what the one before has read.
        for name, number in list(STRATEGIES.items())[::-1 if round_number % 2 else 1]:
            for ef in efs_of(name, labels):
                answer = driver.ask(f"search {number} {ef}")
                found = numpy.array(answer.pop("rows")).reshape(-1, K)
                us = answer.pop("us")
                if round_number == 0:
                    points[name][ef] = (judge.recall(found), us, answer)
                else:
                    recall, best, counters = points[name][ef]
                    points[name][ef] = (recall, min(best, us), counters)
    return points


def measure(table: report.Report, case: str, sets: tuple[numpy.ndarray, numpy.ndarray, int], asked, scratch: pathlib.Path) -> None:
    base, queries, metric = sets
    base.astype(numpy.float32).tofile(scratch / "base.f32")
    queries.astype(numpy.float32).tofile(scratch / "queries.f32")
    driver = Driver(scratch / "base.f32", scratch / "queries.f32", base.shape[1], metric, asked.kernels)
    table.add(case, "kith index", "build CPU", driver.built["seconds"], "s")
    table.add(case, "kith index", "memory", driver.built["bytes"] / len(base), "bytes/vector")
    for count in BETWEEN if asked.between else LABELS:
        for kind in KINDS if count > 1 else ("random",):
            rows, wanted = make_labels(kind, count, base, queries)
            with (scratch / "labels").open("wb") as file:
                rows.tofile(file)
                wanted.tofile(file)
            share = driver.ask(f"labels {scratch / 'labels'}")["share"]
            judge = Judge(base, queries, rows, wanted)
            point = f"{case}, {100 / count:g} %, {kind}"
            table.add(point, "", "rows that pass", share * len(base), "rows")
            points = measure_point(driver, judge, count, asked.rounds)
            # Each at the least ef that reaches the recall; what never does is shown as it is.
            enough = {name: min((us, ef) for ef, (recall, us, _) in by_ef.items() if recall >= MATCH_RECALL)
                      for name, by_ef in points.items() if name != "planner" and any(recall >= MATCH_RECALL for recall, _, _ in by_ef.values())}
            best, ef_of_best = min(enough.values(), default=(0, 0))
            planned = ef_of_best if points["planner"].get(ef_of_best, (0,))[0] >= MATCH_RECALL else 0
            for name, by_ef in points.items():
                if name == "planner":
                    shown = sorted({0, planned})
                else:
                    shown = [enough[name][1] if name in enough else max((us, ef) for ef, (_, us, _) in by_ef.items())[1]] if by_ef else []
                for ef in shown:
                    recall, us, counters = by_ef[ef]
                    table.add(point, name, f"us at recall {recall:.4f}" + (f", ef {ef}" if ef else ""), us, "us")
                    if name == "planner" or asked.counters:
                        for what, value in counters.items():
                            if what == "plans":
                                print(" " * 26, name, value)
                            elif asked.counters:
                                table.add(point, name, what, value, "a query")
            if best:
                table.add(point, "planner", "to the best single one", points["planner"][planned][1] / best, "x")
    driver.close()


def main() -> int:
    options = report.parser(__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--sentences", type=int, default=85000, metavar="N", help="how many sentences to embed (kept in build/)")
    options.add_argument("--descriptors", type=int, default=100000, metavar="N")
    options.add_argument("--only", choices=("sift", "sentences"), help="one set")
    options.add_argument("--vectors", type=pathlib.Path, metavar="DIRECTORY", help="base.f32 and queries.f32 of 384 dimensions, in place of --sentences")
    options.add_argument("--between", action="store_true", help="at more shares of rows that pass")
    options.add_argument("--kernels", choices=("scalar", "avx2", "avx512"), help="others than the best of this processor")
    options.add_argument("--counters", action="store_true", help="also what each strategy did")
    asked = options.parse_args()
    sets = {"sift": lambda: sift(asked.descriptors), "sentences": lambda: given(asked.vectors) if asked.vectors else embedded(asked.sentences)}
    table = report.Report("filter", asked.json)
    for case, read in sets.items():
        if asked.only in (None, case):
            with tempfile.TemporaryDirectory() as scratch:
                measure(table, case, read(), asked, pathlib.Path(scratch))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
