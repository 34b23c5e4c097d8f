"""mixed.py - does a search wait for a write? The time of searches alone, and while batches of points go in.

5,000 points of 384 dimensions are there. One thread searches, alone and while another puts 12 batches of 1,000; each batch that was
acknowledged must be found at once by an exact search. The bound that the longest search is held against is 5 times the idle median and
5 ms. Then points are put one by one, on the disk and in memory (tmpfs).

With --base another tree's build (DIRECTORY/build/libkith.so, DIRECTORY/include) is measured too, in rounds that alternate with this one's.
On a machine that other programs use too, the thread's CPU time says what a search itself took, and not how long it waited for a CPU.
Each round is a process of its own, of a driver (mixed_driver.c) that is compiled against the tree it measures. Medians over the rounds are
printed, and of the longest search the longest too.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from kithbench import drivers, report

POINTS, BATCHES, BATCH, SETTLE_MS = 5000, 12, 1000, 6000
ALLOWED_FACTOR, ALLOWED_MS = 5, 5


def compile_driver(tree: pathlib.Path, puts: int, out: pathlib.Path) -> pathlib.Path:
    numbers = {"POINTS": POINTS, "BATCHES": BATCHES, "BATCH": BATCH, "SETTLE_MS": SETTLE_MS, "PUTS": puts}
    return drivers.compile_driver("mixed", tree, numbers, out)


def run(driver: pathlib.Path, what: str, where: str | None = None) -> dict:
    with tempfile.TemporaryDirectory(dir=where) as scratch:
        command = [str(driver), what, str(pathlib.Path(scratch) / "kith")]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def show_searches(table: report.Report, system: str, rounds: list[dict]) -> None:
    case = f"{POINTS} + {BATCHES} x {BATCH}, {len(rounds)} rounds"
    for name, metric in ((name, metric) for name in ("idle", "mixed") for metric in ("median", "p99", "longest")):
        table.add(case, system, f"search {name}, {metric}", statistics.median(found[name][metric] for found in rounds), "ms")
    for name, metric in (("idle_cpu", "median"), ("mixed_cpu", "p99"), ("mixed_cpu", "longest")):
        table.add(case, system, f"{name.replace('_', ' ')}, {metric}", statistics.median(found[name][metric] for found in rounds), "ms")
    table.add(case, system, "longest of all rounds", max(found["mixed"]["longest"] for found in rounds), "ms")
    share = [found["mixed"]["longest"] / (ALLOWED_FACTOR * found["idle"]["median"] + ALLOWED_MS) for found in rounds]
    table.add(case, system, "longest / allowed", statistics.median(share), "x")
    table.add(case, system, "longest / allowed, worst", max(share), "x")
    table.add(case, system, "searches beside", statistics.median(found["mixed"]["count"] for found in rounds), "searches")
    table.add(case, system, "putting took", statistics.median(found["seconds"] for found in rounds), "s")
    table.add(case, system, "acknowledged, not found", sum(found["missed"] for found in rounds), "points")


def main() -> int:
    options = drivers.parser(__doc__, rounds=3)
    options.add_argument("--puts", type=int, default=2000, help="points that are put one by one; 0: none")
    asked = options.parse_args()
    trees = drivers.trees(asked)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    table = report.Report("mixed", asked.json)
    with tempfile.TemporaryDirectory() as scratch:
        compiled = {system: compile_driver(tree, asked.puts, pathlib.Path(scratch) / system.replace(" ", "-"))
                   for system, tree in trees.items()}
        searches = {system: [] for system in compiled}
        puts = {(system, place): [] for system in compiled for place in ("disk", "memory")}
        for _ in range(asked.rounds):
            for system, driver in compiled.items():
                searches[system].append(run(driver, "search"))
                for place in ("disk", "memory") if asked.puts else ():
                    found = run(driver, "put", where=memory if place == "memory" else None)
                    puts[system, place].append(found["puts_per_second"])
        for system, rounds in searches.items():
            show_searches(table, system, rounds)
        for (system, place), rates in puts.items():
            if rates:
                table.add(f"{asked.puts} single puts, {place}", system, "puts", statistics.median(rates), "points/s")
    return 0 if all(found["missed"] == 0 for found in searches["this build"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
