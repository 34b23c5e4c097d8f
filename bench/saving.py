"""saving.py - how much memory does it take to save an index?

--points points of 384 dimensions are put; some more follow, and the directory is closed, which saves the index. Memory in use before the
close and its peak during it are the process's (resident), from the kernel; "index" is what the library says that the index takes.

With --base another tree's build (DIRECTORY/build/libkith.so, DIRECTORY/include) is measured too, in rounds that alternate with this one's.
Each round is a process of its own, of a driver (saving_driver.c) that is compiled against the tree it measures. Medians over the rounds.
"""

import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from kithbench import drivers, report

DIMENSION, SETTLE_MS = 384, 8000


def compile_driver(tree: pathlib.Path, points: int, out: pathlib.Path) -> pathlib.Path:
    # More than a fiftieth of the rows, for which a close saves, and less than a tenth, for which it would be saved before.
    numbers = {"POINTS": points, "LATE": points // 30, "DIM": DIMENSION, "SETTLE_MS": SETTLE_MS}
    return drivers.compile_driver("saving", tree, numbers, out)


def memory(pid: int, name: str) -> float:
    """A number of the process's status, in MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024


def run(driver: pathlib.Path) -> dict:
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch:
        directory = pathlib.Path(scratch) / "kith"
        process = subprocess.Popen([str(driver), str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        index = process.stdout.readline()
        if not index:
            sys.exit(f"kith: {driver} ended with status {process.wait()}")
        found = {"index": int(index) / 2**20}
        pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # sets the peak back to what is in use now
        found["before"] = memory(process.pid, "VmRSS")
        process.stdin.write("c")
        process.stdin.flush()
        process.stdout.readline()
        found["peak"] = memory(process.pid, "VmHWM")
        process.communicate("e")
        if process.returncode:
            sys.exit(f"kith: {driver} ended with status {process.returncode}")
        saved_s = time.time() - max(path.stat().st_mtime for path in (directory / "derived").rglob("manifest"))
        if saved_s > SETTLE_MS / 1000:
            sys.exit("kith: the close did not save the index, so nothing was measured")
        found["disk"] = sum(path.stat().st_size for path in (directory / "derived").rglob("*") if path.is_file()) / 2**20
    return found


def main() -> None:
    options = drivers.parser(__doc__, rounds=3)
    options.add_argument("--points", type=int, default=17000)
    asked = options.parse_args()
    if asked.points < 4000:
        sys.exit("kith: of fewer than 4,000 points too few would follow for a close to save the index")
    trees = drivers.trees(asked)
    table = report.Report("saving", asked.json)
    with tempfile.TemporaryDirectory() as scratch:
        compiled = {system: compile_driver(tree, asked.points, pathlib.Path(scratch) / system.replace(" ", "-"))
                   for system, tree in trees.items()}
        rounds = {system: [] for system in compiled}
        for _ in range(asked.rounds):
            for system, driver in compiled.items():
                rounds[system].append(run(driver))
    case = f"{asked.points} x {DIMENSION}, {asked.rounds} rounds"
    for system, found in rounds.items():
        for metric, name in (("index", "index"), ("disk", "index on disk"), ("before", "in use before"), ("peak", "in use while saving")):
            table.add(case, system, name, statistics.median(one[metric] for one in found), "MiB")
        table.add(case, system, "added by saving", statistics.median(one["peak"] - one["before"] for one in found), "MiB")
        table.add(case, system, "while saving / before", statistics.median(one["peak"] / one["before"] for one in found), "x")
        table.add(case, system, "added / index", statistics.median((one["peak"] - one["before"]) / one["index"] for one in found), "x")


if __name__ == "__main__":
    main()
