"""process.py - one run of a program and what it took, its peak memory above all.

ru_maxrss of a child says more than the child used: a process begins with the peak of the one that it was forked from, so that every
program which Python starts has at least Python's. VmHWM belongs to the address space, which is new at exec: it is read while the program
runs. What it grows by after the last look, INTERVAL_S before its end at the most, goes unseen.
"""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

INTERVAL_S = 0.01


@dataclasses.dataclass(frozen=True)
class Usage:
    """What one run of a process took."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def peak_kib(pid: int) -> int:
    """The most that the running process has had in memory; 0 when it has ended."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) if found else 0


def run(command: list[str], kill_after_s: float | None = None, **variables: str) -> Usage:
    """Runs the program to its end, or kills it after a time. Another failure ends this program with what it printed."""
    peak = 0
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **variables})
        pid, status, usage = 0, 0, None
        while not pid:
            peak = max(peak, peak_kib(process.pid))
            if kill_after_s is not None and time.monotonic() - started >= kill_after_s:
                os.kill(process.pid, signal.SIGKILL)  # send_signal would reap a process that has ended
            time.sleep(INTERVAL_S)
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0 and kill_after_s is None:
            output.seek(0)
            sys.exit(f"kith: {' '.join(command)}: exit status {process.returncode}\n{output.read()[-2000:]}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, peak / 1024)
