"""updates.py - what it costs to give points other metadata while their vectors stay as they are.

POINTS SIFT descriptors (128 dimensions, squared L2) are put, UPDATES of them then get other metadata, --batch at a time: by updates that name no vector, and
by upserts of the same vectors. The CPU of the process, until nothing is done any more, for each of them. The driver (updates_driver.c) is compiled against
the tree that is measured; --base names another one.
"""

import json
import pathlib
import subprocess
import tempfile

from churn import sift
from kithbench import drivers, report


def main() -> int:
    options = drivers.parser(__doc__, rounds=1)
    options.add_argument("--points", type=int, default=100000)
    options.add_argument("--updates", type=int, default=10000)
    options.add_argument("--batch", type=int, default=100)
    asked = options.parse_args()
    base, _, _ = sift()
    numbers = {"POINTS": asked.points, "UPDATES": asked.updates, "BATCH": asked.batch, "DIM": base.shape[1]}
    table = report.Report("updates", asked.json)
    case = f"{asked.updates} of {asked.points} points, {asked.batch} a call"
    with tempfile.TemporaryDirectory() as scratch:
        home = pathlib.Path(scratch)
        base[: asked.points].tofile(home / "base.f32")
        trees = drivers.trees(asked)
        made = {system: drivers.compile_driver("updates", tree, numbers, home / system.replace(" ", "-")) for system, tree in trees.items()}
        for round_number in range(asked.rounds):
            for system, driver in made.items():
                command = [driver, home / "base.f32", home / f"{system}-{round_number}".replace(" ", "-")]
                for line in map(json.loads, subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()):
                    table.add(case, system, f"{line['mode']}, CPU", line["cpu_us"], "us each")
                    table.add(case, system, f"{line['mode']}, CPU of the calls", line["calls_us"], "us each")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
