"""churn.py - all points replaced, ten times over: what is left of recall, memory and speed.

POINTS vectors are put and turned over --turns times through the public API, with searches beside: by upserts of the same ids, and by deletions and puts of new
ids. After each turn: recall@10 at a fixed ef and what a search computes for it, memory of the index, the CPU of the turn. In the end the same of a fresh
collection of the last vectors, and the CPU of a deletion and of an insertion, all upkeep included.

Vectors: SIFT descriptors of CIFAR-10 (128 dimensions, squared L2), of the shared data; and, of a directory that --vectors names, base.f32 and queries.f32,
sentences embedded in 384 dimensions, by cosine. --copies makes so many per cent of them copies of a few, and asks for these too. The driver (churn_driver.c) is compiled against the tree that is measured; --base names another one.
"""

import json
import pathlib
import subprocess
import tempfile

import numpy

from ann import SQUARED_L2, COSINE, bytes_of
from kithbench import data, drivers, report

BATCH, EF = 256, 64
GROUPS = 20  # vectors that have copies


def sift() -> tuple[numpy.ndarray, numpy.ndarray, int]:
    folder = data.folder("ann-cifar-sift128")
    return bytes_of(folder / "base250k.u8bin.gz", 8, 250000, 128), bytes_of(folder / "query2k.u8bin.gz", 8, 500, 128), SQUARED_L2


def sentences(directory: pathlib.Path) -> tuple[numpy.ndarray, numpy.ndarray, int]:
    base, queries = (numpy.fromfile(directory / name, numpy.float32).reshape(-1, 384) for name in ("base.f32", "queries.f32"))
    return base, queries[:500], COSINE


def with_copies(base: numpy.ndarray, queries: numpy.ndarray, percent: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Every vector is another's copy with that chance; a tenth of the queries are vectors that have copies, or lie near one."""
    random = numpy.random.default_rng(1)
    base, queries = base.copy(), queries.copy()
    copied = numpy.flatnonzero(random.integers(100, size=len(base)) < percent)
    base[copied] = base[copied % GROUPS]
    near = random.integers(GROUPS, size=len(queries) // 10)
    queries[: len(near)] = base[near]
    queries[: len(near) // 2] += random.normal(scale=numpy.abs(base).mean() / 20, size=queries[: len(near) // 2].shape)
    return base, queries


def run(driver: pathlib.Path, scratch: pathlib.Path, way: str) -> list[dict]:
    with tempfile.TemporaryDirectory() as home:
        command = [driver, scratch / "base.f32", scratch / "queries.f32", pathlib.Path(home) / "kith", way]
        lines = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                lines.append(json.loads(line))
                print("   ", line.strip(), flush=True)
        if process.returncode != 0:
            raise SystemExit(f"{driver} ended with {process.returncode}")
        return lines


def show(table: report.Report, case: str, system: str, lines: list[dict]) -> None:
    *turns, opened, fresh, costs = lines
    for line in turns:
        name = f"turn {line['turn']}"
        table.add(case, system, f"{name}, recall@10", line["recall"] * 1000, "thousandths")
        table.add(case, system, f"{name}, distances a search", line["distances"], "")
        table.add(case, system, f"{name}, CPU", line["cpu"], "s")
        table.add(case, system, f"{name}, memory / fresh", line["bytes"] / fresh["bytes"], "x")
        if "search_ms" in line:
            table.add(case, system, f"{name}, highest memory / fresh", line["peak_bytes"] / fresh["bytes"], "x")
            table.add(case, system, f"{name}, search beside, median", line["search_ms"], "ms")
            table.add(case, system, f"{name}, search beside, p99", line["search_p99_ms"], "ms")
    last = turns[-1]
    table.add(case, system, "fresh, recall@10", fresh["recall"] * 1000, "thousandths")
    table.add(case, system, "fresh, distances a search", fresh["distances"], "")
    table.add(case, system, "fresh, CPU", fresh["cpu"], "s")
    table.add(case, system, "recall lost after the last turn", (fresh["recall"] - last["recall"]) * 1000, "thousandths")
    table.add(case, system, "memory after the last turn / fresh", last["bytes"] / fresh["bytes"], "x")
    table.add(case, system, "graph read again and verified", float(opened["state"] == "current"), "")
    table.add(case, system, "deletion", costs["deletion_us"], "us")
    table.add(case, system, "insertion", costs["insertion_us"], "us")
    table.add(case, system, "deletion / insertion", costs["deletion_us"] / costs["insertion_us"], "x")


def main() -> int:
    options = drivers.parser(__doc__, rounds=1)
    options.add_argument("--points", type=int, default=20000)
    options.add_argument("--turns", type=int, default=10)
    options.add_argument("--vectors", type=pathlib.Path, metavar="DIRECTORY", help="sentences in place of descriptors: base.f32 and queries.f32")
    options.add_argument("--copies", type=int, default=0, metavar="PERCENT")
    options.add_argument("--ways", nargs="+", default=["replace", "delete"], choices=["replace", "delete"])
    asked = options.parse_args()
    base, queries, metric = sentences(asked.vectors) if asked.vectors else sift()
    name = "sentences" if asked.vectors else "descriptors"
    if asked.copies:
        base, queries = with_copies(base, queries, asked.copies)
        name += f", {asked.copies} % copies"
    numbers = {"POINTS": asked.points, "TURNS": asked.turns, "BATCH": BATCH, "DIM": base.shape[1], "METRIC": metric, "EF": EF}
    table = report.Report("churn", asked.json)
    with tempfile.TemporaryDirectory() as scratch:
        home = pathlib.Path(scratch)
        base.tofile(home / "base.f32")
        queries.tofile(home / "queries.f32")
        for system, tree in drivers.trees(asked).items():
            driver = drivers.compile_driver("churn", tree, numbers, home / system.replace(" ", "-"))
            for way in asked.ways:
                show(table, f"{len(queries)} queries, {asked.points} {name}, {way}", system, run(driver, home, way))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
