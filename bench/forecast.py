"""forecast.py - is the time left, as `kith add` shows it on a terminal, right?

`kith add` of a folder runs on a terminal of its own, and each estimate that it shows is held against what was really left. Counted are
those after the first tenth of the run, as long as a twentieth and 5 seconds are left: the share within 30 %, the median of said / left,
and its ends. The first estimate that counts is shown by itself. --shuffle gives the files other names, and so another order, in each
round but the first.

On a machine that other programs use too, the speed changes under way, which nobody can foresee. So the same is shown by CPU time: what
was said, times the share of the CPUs that the process had by then, against the CPU time that it still took.

The folder is --folder, or is made of documents under /usr/share/doc: those of --kinds, chosen by a fixed seed, up to --megabytes.
"""

import dataclasses
import fcntl
import os
import pathlib
import pty
import random
import re
import shutil
import statistics
import struct
import sys
import tempfile
import termios
import time

from kithbench import report
from kithbench.library import ROOT

DOCUMENTS = pathlib.Path("/usr/share/doc")
FILE_BYTES_MAX = 400_000
LEAST_LEFT_S = 5
SHOWN = re.compile(rb"(?:(\d+):)?(\d+):(\d\d) left")


@dataclasses.dataclass(frozen=True)
class Estimate:
    seconds: float  # since the beginning
    cpu_seconds: float
    said: float


def cpu_seconds(pid: int) -> float:
    """Of all threads of the process so far; 0 when it has ended."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def make_folder(folder: pathlib.Path, kinds: list[str], megabytes: float) -> None:
    found = sorted(path for path in DOCUMENTS.rglob("*") if path.suffix.lower().lstrip(".") in kinds and path.is_file() and not path.is_symlink())
    random.Random(1).shuffle(found)
    left = megabytes * 1e6
    for path in found:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            continue
        target = folder / path.relative_to(DOCUMENTS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        left -= size
        if left <= 0:
            return
    sys.exit(f"kith: {DOCUMENTS} has too few documents; install some -doc packages, or name a folder")


def shuffle(folder: pathlib.Path, target: pathlib.Path, seed: int) -> None:
    """The same files under numbers, in one directory."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    random.Random(seed).shuffle(files)
    target.mkdir()
    for number, path in enumerate(files):
        shutil.copyfile(path, target / f"{number:06}{path.suffix}")


def add(directory: pathlib.Path, folder: pathlib.Path) -> tuple[list[Estimate], float, float]:
    """The estimates, and the seconds and CPU seconds of the whole run."""
    started = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(ROOT / "build/kith", ["kith", "add", "--dir", str(directory), str(folder)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    estimates: list[Estimate] = []
    output = b""
    while True:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # the other end was closed
            break
        if not shown:
            break
        output = (output + shown)[-2000:]
        for hours, minutes, seconds in SHOWN.findall(shown):
            said = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
            estimates.append(Estimate(time.monotonic() - started, cpu_seconds(pid), said))
    _, status, usage = os.wait4(pid, 0)
    os.close(terminal)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"kith add: status {os.waitstatus_to_exitcode(status)}\n{output.decode(errors='replace')}")
    return estimates, time.monotonic() - started, usage.ru_utime + usage.ru_stime


def show(table: report.Report, case: str, estimates: list[Estimate], seconds: float, cpu: float) -> None:
    counted = [e for e in estimates if e.seconds >= seconds / 10 and seconds - e.seconds >= max(LEAST_LEFT_S, seconds / 20)]
    table.add(case, "kith", "the run took", seconds, "s")
    if not counted:
        table.missing(case, "kith", "the run was too short to be judged: give it more to do")
        return
    ratios = {
        "": [e.said / (seconds - e.seconds) for e in counted],
        ", by CPU time": [e.said * e.cpu_seconds / e.seconds / (cpu - e.cpu_seconds) for e in counted if 0 < e.cpu_seconds < cpu],
    }
    table.add(case, "kith", "estimates", len(counted), "estimates")
    for how, found in ratios.items():
        table.add(case, "kith", f"within 30 %{how}", 100 * sum(0.7 <= ratio <= 1.3 for ratio in found) / len(found), "%")
        for name, value in (("first", found[0]), ("median", statistics.median(found)), ("lowest", min(found)), ("highest", max(found))):
            table.add(case, "kith", f"said / left, {name}{how}", value, "x")


def main() -> None:
    options = report.parser(__doc__)
    options.add_argument("--folder", type=pathlib.Path, help="what is added; else a folder of Debian's documentation")
    options.add_argument("--kinds", default="html,txt,md,rst,pdf", help="suffixes of what is taken from /usr/share/doc")
    options.add_argument("--megabytes", type=float, default=2, help="how much is taken")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--shuffle", action="store_true", help="another order of the files in each round but the first")
    asked = options.parse_args()
    table = report.Report("forecast", asked.json)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as name:
        scratch = pathlib.Path(name)
        folder = asked.folder
        if not folder:
            folder = scratch / "documents"
            make_folder(folder, asked.kinds.split(","), asked.megabytes)
        for number in range(asked.rounds):
            added = folder
            if asked.shuffle and number:
                added = scratch / f"shuffled-{number}"
                shuffle(folder, added, number)
            show(table, f"round {number + 1}", *add(scratch / f"data-{number}", added))


if __name__ == "__main__":
    main()
