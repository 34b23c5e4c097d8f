"""run.py - runs the tests and closes with one line over all of them: N passed, N failed[, N skipped].

Jobs: each cmocka program of a build directory (TAP is what it prints), and each pytest file, the acceptance tests against a build's
`kith` and the tests of the tools. Jobs run side by side, one more than there are processors since many of them wait for something, the
slowest of the last run first. A crash, a hang, a sanitizer's report, a program that stops before its plan is done or runs no test: each
counts as a failed test. Only what failed is printed in full.

Nothing limits how long a job may take: a slow machine is no failure. A job that prints nothing (no test of it ends) for
SILENCE_LIMIT_S times the machine's slowness has hung and is killed. The slowness is measured at the start and handed to the tests as
KITH_TEST_SLOWNESS, which their own limits are multiplied by (tests/accept/patience.py, tests/unit/patience.h).

Invariant: the sum of the last line is the number of tests that exist in the jobs that ran, so nothing is lost silently.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import pty
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tty
import xml.etree.ElementTree
from collections.abc import Callable, Iterable

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS_FILE = ROOT / "build/test-seconds.json"  # of the last run: the slowest start first
SILENCE_LIMIT_S = 600
PROGRESS_EVERY_S = 30  # without a job that ended
# The work that tells how slow the machine is, on each of its processors at once, and the seconds that it takes on an idle 2024 server core.
SLOWNESS_PROBE = [sys.executable, "-c", "sum(i * i for i in range(4_000_000))"]
SLOWNESS_PROBE_S = 0.4
# What a person has set for their own use of kith must not reach the tests.
PERSONAL_VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "KITH_LLM_MODEL", "KITH_DIR", "NO_COLOR")
SANITIZER_OPTIONS = {
    # Not detect_stack_use_after_return, under which gcc 12 misaligns AVX-512 locals so that they crash; not strict_string_checks, under
    # which each strcspn of md4c must end in a NUL (it ends at a line break) and becomes a walk to the end of the document.
    "ASAN_OPTIONS": "allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


@dataclasses.dataclass
class Outcome:
    """What became of one job: counts, and what a person must see of it."""

    label: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    report: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    hung: bool
    out: str
    err: str

    def __str__(self) -> str:
        if self.hung:
            return f"hung: nothing was printed for {silence_limit_s():.0f} s"
        return f"killed by {signal.Signals(-self.status).name}" if self.status < 0 else f"exit status {self.status}"


@dataclasses.dataclass(frozen=True)
class Job:
    """Tests that run in one process."""

    label: str
    run: Callable[[], Outcome]


# ---- running ----


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in PERSONAL_VARIABLES}
    return {"KITH_SHARED": str(ROOT.parent / "shared"), **SANITIZER_OPTIONS, **kept, **more}


def silence_limit_s() -> float:
    return SILENCE_LIMIT_S * float(os.environ.get("KITH_TEST_SLOWNESS", "1"))


def measure_slowness() -> float:
    """How many times longer than on a good idle machine a processor needs now, when all of them work; at least 1."""
    started = time.monotonic()
    probes = [subprocess.Popen(SLOWNESS_PROBE) for _ in os.sched_getaffinity(0)]
    for probe in probes:
        probe.wait()
    return max(1.0, (time.monotonic() - started) / SLOWNESS_PROBE_S)


def run_command(command: list[str], env: dict[str, str]) -> Ended:
    """Runs a command in a process group of its own, until it ends or falls silent.

    Its standard output is a terminal's, so that the C library writes it line by line and a test that ends can be seen."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=theirs,
                               stderr=subprocess.PIPE, start_new_session=True)
    os.close(theirs)
    out, err = bytearray(), bytearray()
    hung = not _read_until_silent({ours: out, process.stderr.fileno(): err})
    if hung:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    os.close(ours)
    process.stderr.close()
    return Ended(process.returncode, hung, out.decode(errors="replace"), err.decode(errors="replace"))


def _read_until_silent(into: dict[int, bytearray]) -> bool:
    """Reads these descriptors to their ends; false when nothing came for longer than the limit."""
    with selectors.DefaultSelector() as selector:
        for descriptor in into:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(silence_limit_s())
            if not ready:
                return False
            for key, _ in ready:
                try:
                    piece = os.read(key.fd, 1 << 16)
                except OSError:  # what a terminal gives when its other side was closed
                    piece = b""
                into[key.fd] += piece
                if not piece:
                    selector.unregister(key.fd)
    return True


# ---- cmocka programs ----


@dataclasses.dataclass(frozen=True)
class Program:
    """One cmocka program of one build directory."""

    build: pathlib.Path
    path: pathlib.Path
    room: str

    @property
    def label(self) -> str:
        return f"{self.build.relative_to(ROOT)} {self.room}/{self.path.name}"


def count_tap(text: str, outcome: Outcome) -> int:
    """Counts cmocka's TAP lines; returns how many planned tests never reported. A line that a test itself printed is no result: the
    numbers must follow each other."""
    planned = reported = number = 0
    failing = False
    for line in text.splitlines():
        if plan := re.fullmatch(r"1\.\.(\d+)", line):
            planned += int(plan[1])
            number = 0
            continue
        result = re.match(r"(ok|not ok) (\d+) (# SKIP|-) (.*)", line)
        if result and int(result[2]) in (0, number + 1):
            number = int(result[2])
            failing = result[1] == "not ok" and result[3] != "# SKIP"
            if failing:
                outcome.report.append(f"  failed: {result[4]}")
            if number > 0:  # 0 is a group's set-up: its tests do not report
                reported += 1
                outcome.skipped += result[3] == "# SKIP"
                outcome.failed += failing
                outcome.passed += result[1] == "ok" and result[3] != "# SKIP"
        elif failing and line.startswith("# ") and not line.startswith("# not ok"):
            outcome.report.append(f"    {line[2:]}")
    return planned - reported


def run_unit(program: Program) -> Outcome:
    outcome = Outcome(program.label)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kith-test-") as scratch:
        ended = run_command([str(program.path)], environment(CMOCKA_MESSAGE_OUTPUT="TAP", TMPDIR=scratch))
    outcome.seconds = time.monotonic() - started
    unreported = count_tap(ended.out, outcome)
    if unreported > 0:
        outcome.failed += unreported
        outcome.report.append(f"  {unreported} tests did not report: {ended}")
    elif outcome.failed == 0 and (ended.status != 0 or outcome.passed + outcome.skipped == 0):
        outcome.failed += 1
        outcome.report.append(f"  {ended} after {outcome.passed} passed tests")
    if outcome.failed > 0 and ended.err.strip():
        outcome.report += ["  stderr:", *(f"    {line}" for line in ended.err.splitlines()[-60:])]
    return outcome


def unit_programs(build: pathlib.Path) -> list[Program]:
    """The programs that the build directory knows under tests/unit (a file left there by an older build is none)."""
    programs = []
    for target in json.loads((build / "meson-info/intro-targets.json").read_text()):
        if target["type"] != "executable":
            continue
        source = pathlib.Path(target["target_sources"][0]["sources"][0])
        if ROOT / "tests/unit" in source.parents:
            programs.append(Program(build, pathlib.Path(target["filename"][0]), source.parent.name))
    return programs


def unit_jobs(builds: Iterable[pathlib.Path], names: list[str]) -> list[Job]:
    return [Job(program.label, lambda program=program: run_unit(program)) for build in builds for program in unit_programs(build)
            if not names or any(name in program.path.name for name in names)]


# ---- pytest files ----


def run_pytest(label: str, arguments: list[str], may_be_empty: bool, **variables: str) -> Outcome:
    outcome = Outcome(label)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kith-test-") as scratch:
        results = pathlib.Path(scratch) / "results.xml"
        command = [sys.executable, "-u", "-m", "pytest", "-v", "--color=no", "-p", "no:cacheprovider", f"--junitxml={results}",
                   f"--basetemp={scratch}/files", *arguments]
        ended = run_command(command, environment(**variables))
        if results.exists():
            suite = xml.etree.ElementTree.parse(results).getroot().find("testsuite")
            count = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
            outcome.failed = count["failures"] + count["errors"]
            outcome.skipped = count["skipped"]
            outcome.passed = count["tests"] - outcome.failed - outcome.skipped
    outcome.seconds = time.monotonic() - started
    if outcome.failed == 0 and ended.status != 0 and not (ended.status == 5 and may_be_empty):
        outcome.failed = 1
        outcome.report.append(f"  pytest: {ended}")
    if outcome.failed > 0:
        outcome.report += [f"  {line}" for line in (ended.out + ended.err).splitlines() if " PASSED " not in line]
    return outcome


def pytest_jobs(folder: str, build: str, names: list[str], marked: str | None = None) -> list[Job]:
    """A job for each file of tests in the folder, against a build; `marked`: only the tests with this mark."""
    chosen = [*(["-m", marked] if marked else []), *(["-k", " or ".join(names)] if names else [])]
    jobs = []
    for path in sorted((ROOT / folder).glob("test_*.py")):
        if marked and f"mark.{marked}" not in path.read_text():
            continue
        label = f"{build} {path.parent.name}/{path.stem}"
        arguments = [str(path.relative_to(ROOT)), *chosen]
        jobs.append(Job(label, lambda label=label, arguments=arguments: run_pytest(
            label, arguments, bool(names), KITH=str(ROOT / build / "kith"))))
    return jobs


# ---- all of them ----


def show(outcome: Outcome) -> None:
    verdict = "FAIL" if outcome.failed else "ok  "
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    failed = f", {outcome.failed} failed" if outcome.failed else ""
    print(f"{verdict} {outcome.label}: {outcome.passed} passed{failed}{skipped} ({outcome.seconds:.1f} s)", flush=True)
    for line in outcome.report:
        print(line, flush=True)


class Progress:
    """Says now and then what is running, when no job has ended for a while."""

    def __init__(self, jobs: int):
        self._left = jobs
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    def run(self, job: Job) -> Outcome:
        with self._lock:
            self._since[job.label] = time.monotonic()
        try:
            return job.run()
        finally:
            with self._lock:
                del self._since[job.label]
                self._left -= 1

    def show(self) -> None:
        with self._lock:
            running = ", ".join(f"{label} ({time.monotonic() - since:.0f} s)" for label, since in self._since.items())
            print(f"...  {self._left} to go, running: {running}", flush=True)


def run_jobs(jobs: list[Job]) -> list[Outcome]:
    seconds = json.loads(SECONDS_FILE.read_text()) if SECONDS_FILE.exists() else {}
    slowest_first = sorted(jobs, key=lambda job: -seconds.get(job.label, float("inf")))
    progress = Progress(len(jobs))
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)) + 1) as pool:
        waiting = {pool.submit(progress.run, job) for job in slowest_first}
        while waiting:
            done, waiting = concurrent.futures.wait(waiting, PROGRESS_EVERY_S, concurrent.futures.FIRST_COMPLETED)
            if not done:
                progress.show()
            for future in done:
                outcome = future.result()
                outcomes.append(outcome)
                if outcome.passed + outcome.failed + outcome.skipped > 0:  # else no test was asked for by name
                    show(outcome)
                seconds[outcome.label] = round(outcome.seconds, 2)
    SECONDS_FILE.parent.mkdir(exist_ok=True)
    SECONDS_FILE.write_text(json.dumps(seconds, indent=0, sort_keys=True))
    return outcomes


def close(outcomes: list[Outcome]) -> int:
    """Prints the last line; returns the exit status."""
    passed, failed, skipped = (sum(getattr(outcome, field) for outcome in outcomes) for field in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the tests.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only tests whose program or name contains one of these")
    parser.add_argument("--unit", action="append", type=pathlib.Path, metavar="DIR",
                        help="only the unit tests of this build directory (repeatable)")
    parser.add_argument("--office", action="store_true", help="only the tests on files that LibreOffice and other programs write")
    options = parser.parse_args()

    if options.office:
        jobs = pytest_jobs("tests/office", "build", options.names)
    else:
        jobs = []  # the long ones first, for a run that knows no times yet
        if not options.unit:
            jobs += pytest_jobs("tests/accept", "build", options.names)
            jobs += pytest_jobs("tests/accept", "build/asan", options.names, marked="smoke")
        jobs += unit_jobs([build.resolve() for build in options.unit or [ROOT / "build/asan", ROOT / "build"]], options.names)
        if not options.unit:
            jobs += pytest_jobs("tests/tools", "build", options.names)
    os.environ["KITH_TEST_SLOWNESS"] = f"{measure_slowness():.2f}"
    return close(run_jobs(jobs))


if __name__ == "__main__":
    sys.exit(main())
