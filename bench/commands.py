"""commands.py - what a command costs that needs no model: CPU of the whole process, its start included.

A small folder is added and one question asked; then each command runs --rounds times. None of them embeds a text, so none should load
the model, which takes 0.08 s of CPU and more: above 0.03 s it fails. With --base the same commands of another build run in between, on a directory of its own.
"""

import pathlib
import statistics
import sys
import tempfile

from kithbench import drivers, process, report
from kithbench.library import ROOT

LIMIT_S = 0.03
QUESTION = "When do backups run?"
NOTES = {"backup.md": "# Backups\n\nBackups run every night at two o'clock and are kept for thirty days.\n",
         "garden.md": "# Garden\n\nThe tomato plants need water twice a day in July.\n"}


def prepare(kith: pathlib.Path, scratch: pathlib.Path) -> dict[str, list[str]]:
    """The data directory of one build, and the commands that are measured on it."""
    folder = scratch / "notes"
    folder.mkdir(parents=True)
    for name, text in NOTES.items():
        (folder / name).write_text(text)
    directory = ["--dir", str(scratch / "data")]
    commands = {
        "version": ["--version"],
        "stats": ["stats", *directory],
        "search by words": ["search", "--rank", "words", *directory, "tomato"],
        "kept answer": ["ask", "--no-llm", *directory, QUESTION],
        "add, unchanged": ["add", *directory, str(folder)],
    }
    whole = {case: [str(kith), *command] for case, command in commands.items()}
    process.run(whole["add, unchanged"])
    process.run(whole["kept answer"])
    return whole


def main() -> int:
    options = drivers.parser(__doc__.splitlines()[0], rounds=20)
    given = options.parse_args()
    builds = {"kith": ROOT} | ({"base": given.base} if given.base else {})
    shown = report.Report("commands", given.json)
    with tempfile.TemporaryDirectory() as scratch:
        commands = {name: prepare(tree / "build/kith", pathlib.Path(scratch, name)) for name, tree in builds.items()}
        worst = 0.0
        for case in commands["kith"]:
            taken = {name: [] for name in builds}
            for _ in range(given.rounds):
                for name in builds:
                    taken[name].append(process.run(commands[name][case]).cpu_seconds)
            for name in builds:
                shown.add(case, name, "CPU, median", statistics.median(taken[name]) * 1000, "ms")
            worst = max(worst, statistics.median(taken["kith"]))
    if worst > LIMIT_S:
        print(f"kith: a command took {worst * 1000:.1f} ms, the limit is {LIMIT_S * 1000:.0f}: does it load the model?", file=sys.stderr)
    return 1 if worst > LIMIT_S else 0


if __name__ == "__main__":
    raise SystemExit(main())
