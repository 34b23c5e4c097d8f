"""puts.py - points put one by one: how many a second, and what one costs.

Single points of 384 dimensions with a line of text go into an empty collection, by one thread and by four, on the disk and in memory (tmpfs).
Each put returns when its point is stored and can be found. On the disk it ends with a sync, which no library can save: so how often the disk
syncs a page at all is measured in the same rounds.

With --base another tree's build (DIRECTORY/build/libkith.so, DIRECTORY/include) is measured too, in rounds that alternate with this one's, and
the ratios are printed. Each round is a process of its own, of a driver (puts_driver.c) that is compiled against the tree it measures. Medians
over the rounds are printed. On a machine that other programs use too, CPU time says more than time: that of the threads that put, and that of
the whole process, in microseconds a point.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from kithbench import report
from kithbench.report import ROOT

THREADS, PAGE_BYTES = (1, 4), 8192
METRICS = (("rate", "puts", "points/s"), ("thread_us", "CPU of the threads", "us/point"), ("process_us", "CPU of the process", "us/point"))


def compile_driver(tree: pathlib.Path, threads: int, puts: int, out: pathlib.Path) -> pathlib.Path:
    build = tree / "build"
    defined = [f"-DTHREADS={threads}", f"-DPUTS={puts}"]
    linked = [f"-L{build}", f"-Wl,-rpath,{build}", "-lkith", "-lpthread"]
    source = ROOT / "bench/puts_driver.c"
    subprocess.run(["cc", "-std=gnu17", "-O2", *defined, f"-I{tree / 'include'}", source, "-o", out, *linked], check=True)
    return out


def run(driver: pathlib.Path, where: str | None) -> dict:
    with tempfile.TemporaryDirectory(dir=where) as scratch:
        return json.loads(subprocess.run([driver, pathlib.Path(scratch) / "kith"], check=True, stdout=subprocess.PIPE).stdout)


def sync_rate(where: str | None, syncs: int) -> float:
    """How often a second a page is written and synced, each behind the one before, in a file that has its whole length already."""
    with tempfile.TemporaryFile(dir=where, buffering=0) as file:
        file.write(bytes(syncs * PAGE_BYTES))
        os.fsync(file.fileno())
        page, start = b"k" * PAGE_BYTES, time.perf_counter()
        for number in range(syncs):
            os.pwrite(file.fileno(), page, number * PAGE_BYTES)
            os.fdatasync(file.fileno())
        return syncs / (time.perf_counter() - start)


def main() -> int:
    options = report.parser(__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--puts", type=int, default=4000, help="points that a round puts")
    options.add_argument("--base", type=pathlib.Path, metavar="DIRECTORY", help="another tree, built, to measure in the same run")
    asked = options.parse_args()
    trees = {"this build": ROOT} | ({"base": asked.base.resolve()} if asked.base else {})
    places = {"disk": None} | ({"memory": "/dev/shm"} if os.access("/dev/shm", os.W_OK) else {})
    table = report.Report("puts", asked.json)
    found: dict[tuple[str, int, str], list[dict]] = {}
    syncs: dict[str, list[float]] = {place: [] for place in places}
    with tempfile.TemporaryDirectory() as scratch:
        drivers = {(system, threads): compile_driver(tree, threads, asked.puts, pathlib.Path(scratch) / f"{system.replace(' ', '-')}-{threads}")
                   for threads in THREADS for system, tree in trees.items()}
        for number in range(asked.rounds):
            # A disk that many share has good and bad moments, and pays for a burst later: so the order alternates.
            for place, where in places.items():
                for (system, threads), driver in list(drivers.items())[::-1 if number % 2 else 1]:
                    found.setdefault((place, threads, system), []).append(run(driver, where))
                syncs[place].append(sync_rate(where, asked.puts))
    for place in places:
        table.add(place, "a page written and synced", "syncs", statistics.median(syncs[place]), "syncs/s")
        for threads in THREADS:
            case = f"{place}, {threads} thread{'s' if threads > 1 else ''}"
            median = {system: {key: statistics.median(round[key] for round in found[place, threads, system]) for key, _, _ in METRICS}
                      for system in trees}
            for system, figures in median.items():
                for key, name, unit in METRICS:
                    table.add(case, system, name, figures[key], unit)
            if "base" in median:
                for key, name, _ in METRICS:
                    table.add(case, "this build / base", name, median["this build"][key] / median["base"][key], "x")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
