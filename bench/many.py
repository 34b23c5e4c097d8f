"""many.py - a great many tiny files: does any step take more than its share of time, or hold much for each file?

A folder of --files text files of one line is dealt with four times: a dry run, `kith add` into a new data directory, the same again
(nothing changed), and with --sync. Then a tenth of the files goes, and --sync once more. All of it first with a tenth of the files, so
that growth can be told from size: "time growth" is 10 for what is linear, "memory for a file" is what the other files added.

Most files are duplicates of --distinct contents, since embedding a million texts takes the model hours and says nothing of the rest.
With --endpoint all contents differ, and an endpoint in this process gives vectors of 16 numbers: every step but the model's.
"""

import functools
import os
import pathlib
import shutil
import tempfile

from kithbench import process, report
from kithbench.endpoint import endpoint
from kithbench.library import ROOT, Library

FILES_IN_A_FOLDER = 1000


def write_files(folder: pathlib.Path, count: int, distinct: int) -> None:
    for number in range(count):
        part = folder / f"{number // FILES_IN_A_FOLDER:04}"
        if number % FILES_IN_A_FOLDER == 0:
            part.mkdir(parents=True)
        (part / f"{number % FILES_IN_A_FOLDER:03}.txt").write_text(f"Note number {number % distinct}: the red fox hunts mice at dusk.\n")


def remove_tenth(folder: pathlib.Path) -> None:
    parts = sorted(folder.iterdir())
    for part in parts[:max(1, len(parts) // 10)]:
        shutil.rmtree(part)


def run_steps(scratch: pathlib.Path, count: int, distinct: int, base_url: str | None) -> dict[str, process.Usage]:
    folder, directory = scratch / f"files-{count}", scratch / f"data-{count}"
    write_files(folder, count, distinct)
    remote = ["--embedder", "openai", "--embed-model", "digest"] if base_url else []
    variables = {"OPENAI_BASE_URL": base_url} if base_url else {}
    command = [str(ROOT / "build/kith"), "add", "--dir", str(directory), *remote]
    add = functools.partial(process.run, **variables)
    usages = {
        "dry run": add([*command, "--dry-run", str(folder)]),
        "first run": add([*command, str(folder)]),
        "second run": add([*command, str(folder)]),
        "--sync": add([*command, "--sync", str(folder)]),
    }
    remove_tenth(folder)
    usages["--sync, a tenth gone"] = add([*command, "--sync", str(folder)])
    shutil.rmtree(folder)
    shutil.rmtree(directory)
    return usages


def main() -> None:
    options = report.parser("A great many tiny files.")
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--distinct", type=int, default=1000, help="contents; the other files are duplicates (1000)")
    options.add_argument("--endpoint", action="store_true", help="all contents differ, and an endpoint in this process embeds")
    chosen = options.parse_args()
    os.environ.pop("OPENAI_API_KEY", None)
    library = Library()
    table = report.Report("many", chosen.json)
    system = f"kith {library.version()} {library.kernels()}"
    small = chosen.files // 10
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as name, endpoint() as base_url:
        usages = [run_steps(pathlib.Path(name), count, count if chosen.endpoint else chosen.distinct, base_url if chosen.endpoint else None)
                  for count in (small, chosen.files)]
    contents = "all distinct, no model" if chosen.endpoint else f"{chosen.distinct} contents"
    for step, usage in usages[1].items():
        before = usages[0][step]
        case = f"{chosen.files:,} files, {contents}: {step}"
        table.add(case, system, "wall", usage.seconds, "s")
        table.add(case, system, "CPU", usage.cpu_seconds, "s")
        table.add(case, system, "time growth", usage.cpu_seconds / before.cpu_seconds, "of 10")
        table.add(case, system, "peak memory", usage.peak_mib, "MiB")
        table.add(case, system, "memory for a file", (usage.peak_mib - before.peak_mib) * 2**20 / (chosen.files - small), "bytes")


if __name__ == "__main__":
    main()
