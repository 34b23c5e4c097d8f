"""The runner must never count a test that failed, crashed, hung or did not run as a passed one."""

import pathlib

import pytest
import run


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a shell script stand in for a cmocka program."""
    monkeypatch.setattr(run, "ROOT", tmp_path)

    def make(script: str) -> run.Program:
        path = tmp_path / "test_stand_in"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return run.Program(tmp_path / "build", path, "base")

    return make


def counts(outcome: run.Outcome) -> tuple[int, int, int]:
    return outcome.passed, outcome.failed, outcome.skipped


def test_passed_failed_and_skipped_tests_are_counted(program):
    outcome = run.run_unit(program("echo '1..3\nok 1 - a\nnot ok 2 - b\n# 1 != 2\nnot ok 3 # SKIP c'\nexit 1\n"))
    assert counts(outcome) == (1, 1, 1)
    assert outcome.report == ["  failed: b", "    1 != 2"]


def test_the_tests_after_a_crash_count_as_failed(program):
    outcome = run.run_unit(program("echo '1..3\nok 1 - a'\nkill -SEGV $$\n"))
    assert counts(outcome) == (1, 2, 0)
    assert outcome.report == ["  2 tests did not report: killed by SIGSEGV"]


def test_a_program_that_hangs_is_killed_and_its_tests_count_as_failed(program, monkeypatch):
    monkeypatch.setattr(run, "UNIT_LIMIT_S", 0.5)
    outcome = run.run_unit(program("echo '1..2\nok 1 - a'\nsleep 60\n"))
    assert counts(outcome) == (1, 1, 0)
    assert "no end after" in outcome.report[0]
    assert outcome.seconds < 30


def test_a_leak_reported_after_all_tests_passed_is_a_failure(program):
    outcome = run.run_unit(program("echo '1..1\nok 1 - a'\necho 'LeakSanitizer: 10 bytes' >&2\nexit 1\n"))
    assert counts(outcome) == (1, 1, 0)
    assert "    LeakSanitizer: 10 bytes" in outcome.report


def test_a_program_without_tests_is_a_failure(program):
    assert counts(run.run_unit(program("exit 0\n"))) == (0, 1, 0)


def test_a_result_that_a_test_printed_itself_is_not_counted(program):
    outcome = run.run_unit(program("echo '1..1\nok 7 - not from cmocka\nok 1 - a'\n"))
    assert counts(outcome) == (1, 0, 0)


def test_a_failed_set_up_fails_the_tests_of_its_group(program):
    outcome = run.run_unit(program("echo '1..2\nnot ok 0 - t [  FAILED  ] GROUP SETUP'\nexit 1\n"))
    assert counts(outcome) == (0, 2, 0)


@pytest.mark.parametrize("text, expected", [
    ("def test_a(): pass\ndef test_b(): assert False\n", (1, 1, 0)),
    ("import nothing_like_this\ndef test_a(): pass\n", (0, 1, 0)),
    ("", (0, 1, 0)),
])
def test_pytest_results_are_counted_and_no_test_is_a_failure(tmp_path, text, expected):
    (tmp_path / "test_stand_in.py").write_text(text)
    assert counts(run.run_pytest("stand-in", [str(tmp_path)], may_be_empty=False)) == expected


def test_personal_settings_do_not_reach_the_tests(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert "OPENAI_API_KEY" not in run.environment()
    assert pathlib.Path(run.environment()["KITH_SHARED"]).name == "shared"
