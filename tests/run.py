"""run.py - runs the tests and closes with one line over all of them: N passed, N failed[, N skipped].

Suites: each cmocka program of a build directory (TAP is what it prints), the acceptance tests against a build's `kith`, and the tests of
the tools, both with pytest. A crash, a time-out, a sanitizer's report, a program that stops before its plan is done or runs no test: each
counts as a failed test. Only what failed is printed in full.

Invariant: the sum of the last line is the number of tests that exist in the suites that ran, so nothing is lost silently.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS_FILE = ROOT / "build/test-seconds.json"  # of the last run: the slowest start first
UNIT_LIMIT_S = 300
SANITIZED_SLOWDOWN = 4
PYTEST_LIMIT_S = 1200
# What a person has set for their own use of kith must not reach the tests.
PERSONAL_VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "KITH_LLM_MODEL", "KITH_DIR", "NO_COLOR")
SANITIZER_OPTIONS = {
    # Not detect_stack_use_after_return, under which gcc 12 misaligns AVX-512 locals so that they crash; not strict_string_checks, under
    # which each strcspn of md4c must end in a NUL (it ends at a line break) and becomes a walk to the end of the document.
    "ASAN_OPTIONS": "allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


@dataclasses.dataclass(frozen=True)
class Program:
    """One cmocka program of one build directory."""

    build: pathlib.Path
    path: pathlib.Path
    module: str

    @property
    def label(self) -> str:
        return f"{self.build.relative_to(ROOT)} {self.module}/{self.path.name}"


@dataclasses.dataclass
class Outcome:
    """What became of one program: counts, and what a person must see of it."""

    label: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    report: list[str] = dataclasses.field(default_factory=list)


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in PERSONAL_VARIABLES}
    return {"KITH_SHARED": str(ROOT.parent / "shared"), **SANITIZER_OPTIONS, **kept, **more}


def run_limited(command: list[str], limit_s: float, env: dict[str, str]) -> tuple[int, bool, str, str]:
    """Runs a command in a process group of its own: (exit status, timed out, stdout, stderr)."""
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True, text=True, errors="replace")
    timed_out = False
    try:
        out, err = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        timed_out = True
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    return process.returncode, timed_out, out, err


def how_it_ended(status: int, timed_out: bool, limit_s: float) -> str:
    if timed_out:
        return f"no end after {limit_s:.0f} s"
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def count_tap(text: str, outcome: Outcome) -> int:
    """Counts cmocka's TAP lines; returns how many planned tests never reported. A line that a test itself printed is no result: the numbers must follow each other."""
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
    limit_s = UNIT_LIMIT_S * (1 if program.build == ROOT / "build" else SANITIZED_SLOWDOWN)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kith-test-") as scratch:
        env = environment(CMOCKA_MESSAGE_OUTPUT="TAP", TMPDIR=scratch)
        status, timed_out, out, err = run_limited([str(program.path)], limit_s, env)
    outcome.seconds = time.monotonic() - started
    unreported = count_tap(out, outcome)
    if unreported > 0:
        outcome.failed += unreported
        outcome.report.append(f"  {unreported} tests did not report: {how_it_ended(status, timed_out, limit_s)}")
    elif outcome.failed == 0 and (status != 0 or outcome.passed + outcome.skipped == 0):
        outcome.failed += 1
        outcome.report.append(f"  {how_it_ended(status, timed_out, limit_s)} after {outcome.passed} passed tests")
    if outcome.failed > 0 and err.strip():
        outcome.report += ["  stderr:", *(f"    {line}" for line in err.splitlines()[-60:])]
    return outcome


def run_pytest(label: str, arguments: list[str], may_be_empty: bool, **variables: str) -> Outcome:
    outcome = Outcome(label)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kith-test-") as scratch:
        results = pathlib.Path(scratch) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={results}",
                   f"--basetemp={scratch}/files", *arguments]
        status, timed_out, out, err = run_limited(command, PYTEST_LIMIT_S, environment(**variables))
        if results.exists():
            suite = xml.etree.ElementTree.parse(results).getroot().find("testsuite")
            count = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
            outcome.failed = count["failures"] + count["errors"]
            outcome.skipped = count["skipped"]
            outcome.passed = count["tests"] - outcome.failed - outcome.skipped
    outcome.seconds = time.monotonic() - started
    if outcome.failed == 0 and status != 0 and not (status == 5 and may_be_empty):
        outcome.failed = 1
        outcome.report.append(f"  pytest: {how_it_ended(status, timed_out, PYTEST_LIMIT_S)}")
    if outcome.failed > 0:
        outcome.report += [f"  {line}" for line in (out + err).splitlines()]
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


def show(outcome: Outcome) -> None:
    verdict = "FAIL" if outcome.failed else "ok  "
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    failed = f", {outcome.failed} failed" if outcome.failed else ""
    print(f"{verdict} {outcome.label}: {outcome.passed} passed{failed}{skipped} ({outcome.seconds:.1f} s)", flush=True)
    for line in outcome.report:
        print(line, flush=True)


def run_unit_suites(programs: list[Program]) -> list[Outcome]:
    seconds = json.loads(SECONDS_FILE.read_text()) if SECONDS_FILE.exists() else {}
    slowest_first = sorted(programs, key=lambda program: -seconds.get(program.label, UNIT_LIMIT_S))
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run_unit, program) for program in slowest_first]):
            outcomes.append(done.result())
            show(outcomes[-1])
            seconds[outcomes[-1].label] = round(outcomes[-1].seconds, 2)
    SECONDS_FILE.write_text(json.dumps(seconds, indent=0, sort_keys=True))
    return outcomes


# Acceptance tests on the release binary, those marked smoke on the sanitized one too, and the tests of the tools.
QUICK_SUITES = [("build accept", ["tests/accept"], "build"), ("build/asan accept", ["tests/accept", "-m", "smoke"], "build/asan"),
                ("tools", ["tests/tools"], "build")]
OFFICE_SUITES = [("build office", ["tests/office"], "build")]


def run_pytest_suites(suites: list[tuple[str, list[str], str]], names: list[str]) -> list[Outcome]:
    chosen = ["-k", " or ".join(names)] if names else []
    outcomes = []
    for label, arguments, build in suites:
        outcomes.append(run_pytest(label, [*arguments, *chosen], bool(names), KITH=str(ROOT / build / "kith")))
        show(outcomes[-1])
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
    parser.add_argument("--office", action="store_true", help="only the tests on files that LibreOffice writes")
    options = parser.parse_args()

    if options.office:
        return close(run_pytest_suites(OFFICE_SUITES, options.names))
    builds = [directory.resolve() for directory in options.unit or [ROOT / "build", ROOT / "build/asan"]]
    programs = [program for build in builds for program in unit_programs(build)
                if not options.names or any(name in program.path.name for name in options.names)]
    outcomes = run_unit_suites(programs)
    if not options.unit:
        outcomes += run_pytest_suites(QUICK_SUITES, options.names)
    return close(outcomes)


if __name__ == "__main__":
    sys.exit(main())
