"""record_demo.py - puts what `build/kith demo` prints into the README, between its marks.

Run it when the demo, or what kith ask and kith search print, has changed; an acceptance test compares.
"""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "```console\n$ kith demo\n", "```\n"


def main() -> None:
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    after = rest.split(END, 1)[1]
    shown = subprocess.run([ROOT / "build/kith", "demo"], env={**os.environ, "TMPDIR": "/tmp"}, check=True, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    readme.write_text(before + BEGIN + shown.stdout.strip("\n") + "\n" + END + after)


if __name__ == "__main__":
    main()
