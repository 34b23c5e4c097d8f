"""open.py - how long until a collection that lies on disk has answered its first search, and what the second one costs.

A collection of --rows points of 128 dimensions, in clusters, is made once and closed, by this build. Then it is opened again and again, each time
by a new process, which searches twice by a vector and closes it. The files are in the page cache, as far as the machine has room for them.
CPU is the whole process's, until the first answer and between the two. --directory names a place that the collection is kept in: it is made there
unless it is there.

With --base another tree's build (DIRECTORY/build/libkith.so, DIRECTORY/include) is measured too, in rounds that alternate with this one's, on the
same files. Each round is a process of a driver (open_driver.c) that is compiled against the tree it measures. Medians over the rounds.
"""

import json
import pathlib
import statistics
import subprocess
import tempfile

from kithbench import drivers, report

METRICS = (
    ("first_cpu_ms", "first answer, CPU"),
    ("first_ms", "first answer"),
    ("second_cpu_ms", "second answer, CPU"),
    ("second_ms", "second answer"),
    ("close_cpu_ms", "close, CPU"),
)


def run(driver: pathlib.Path, directory: pathlib.Path, rows: int) -> dict:
    command = [driver, "open", directory, str(rows), "2"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> int:
    options = drivers.parser(__doc__, rounds=7)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--directory", type=pathlib.Path)
    asked = options.parse_args()
    trees = drivers.trees(asked)
    table = report.Report("open", asked.json)
    found: dict[str, list[dict]] = {system: [] for system in trees}
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch:
        compiled = {
            system: drivers.compile_driver("open", tree, {}, pathlib.Path(scratch) / system.replace(" ", "-"))
            for system, tree in trees.items()
        }
        directory = asked.directory or pathlib.Path(scratch) / "kith"
        if not directory.exists():
            subprocess.run([compiled["this build"], "make", directory, str(asked.rows)], check=True)
        for driver in compiled.values():
            run(driver, directory, asked.rows)  # reads the files into the page cache, and finishes what the close had left
        for number in range(asked.rounds):
            for system in list(trees)[:: -1 if number % 2 else 1]:
                found[system].append(run(compiled[system], directory, asked.rows))
    case = f"{asked.rows} x 128"
    median = {system: {key: statistics.median(round[key] for round in found[system]) for key, _ in METRICS} for system in trees}
    for system, figures in median.items():
        for key, name in METRICS:
            table.add(case, system, name, figures[key], "ms")
    if "base" in median:
        for key, name in METRICS:
            table.add(case, "this build / base", name, median["this build"][key] / median["base"][key], "x")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
