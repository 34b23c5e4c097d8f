"""puts.py - points put one by one: how many a second, and what one costs.

Single points of 384 dimensions with a line of text go into an empty collection, by one thread and by four, on the disk and in memory (tmpfs).
Each put returns when its point is stored and can be found. On the disk it ends with a sync, which no library can save: so how often the disk
syncs a page at all is measured in the same rounds.

With --base another tree's build (DIRECTORY/build/libkith.so, DIRECTORY/include) is measured too, in rounds that alternate with this one's, and
the ratios are printed. Each round is a process of its own, of a driver (puts_driver.c) that is compiled against the tree it measures. Medians
over the rounds are printed. On a machine that other programs use too, CPU time says more than time: that of the threads that put, and that of
the whole process, in microseconds a point.
"""

import itertools
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from kithbench import drivers, report

THREADS, PAGE_BYTES = (1, 4), 8192
METRICS = (("rate", "puts", "points/s"), ("thread_us", "CPU of the threads", "us/point"), ("process_us", "CPU of the process", "us/point"))


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
    options = drivers.parser(__doc__, rounds=5)
    options.add_argument("--puts", type=int, default=4000, help="points that a round puts")
    asked = options.parse_args()
    trees = drivers.trees(asked)
    places = {"disk": None} | ({"memory": "/dev/shm"} if os.access("/dev/shm", os.W_OK) else {})
    table = report.Report("puts", asked.json)
    found: dict[tuple[str, int, str], list[dict]] = {}
    syncs: dict[str, list[float]] = {place: [] for place in places}
    with tempfile.TemporaryDirectory() as scratch:
        compiled = {}
        for threads, (system, tree) in itertools.product(THREADS, trees.items()):
            driver = pathlib.Path(scratch) / f"{system.replace(' ', '-')}-{threads}"
            compiled[system, threads] = drivers.compile_driver("puts", tree, {"THREADS": threads, "PUTS": asked.puts}, driver)
        for number in range(asked.rounds):
            # A disk that many share has good and bad moments, and pays for a burst later: so the order alternates.
            for place, where in places.items():
                for (system, threads), driver in list(compiled.items())[::-1 if number % 2 else 1]:
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
