"""The runner must never count a test that failed, crashed, hung or did not run as a passed one."""

import pathlib
import time

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


def test_a_program_that_falls_silent_is_killed_and_its_tests_count_as_failed(program, monkeypatch):
    monkeypatch.setattr(run, "SILENCE_LIMIT_S", 0.5)
    outcome = run.run_unit(program("echo '1..2\nok 1 - a'\nsleep 60\n"))
    assert counts(outcome) == (1, 1, 0)
    assert "hung: nothing was printed for" in outcome.report[0]
    assert outcome.seconds < 30


def test_a_slow_program_whose_tests_end_one_by_one_is_left_alone(program, monkeypatch):
    monkeypatch.setattr(run, "SILENCE_LIMIT_S", 2)
    outcome = run.run_unit(program("echo 1..6\nfor n in 1 2 3 4 5 6; do sleep 0.5; echo \"ok $n - a\"; done\n"))
    assert counts(outcome) == (6, 0, 0)
    assert outcome.seconds > 2


def test_a_slow_machine_gets_more_time(monkeypatch):
    monkeypatch.setattr(run, "SILENCE_LIMIT_S", 10)
    monkeypatch.setenv("KITH_TEST_SLOWNESS", "5.5")
    assert run.silence_limit_s() == 55


def test_the_machine_is_never_said_to_be_faster_than_a_good_one(monkeypatch):
    monkeypatch.setattr(run, "SLOWNESS_PROBE", ["true"])
    assert run.measure_slowness() == 1
    monkeypatch.setattr(run, "SLOWNESS_PROBE", ["sleep", "1"])
    assert run.measure_slowness() > 2


def test_a_long_silence_gets_a_line_that_says_what_is_running(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "SECONDS_FILE", tmp_path / "seconds.json")
    monkeypatch.setattr(run, "PROGRESS_EVERY_S", 0.2)

    def slow() -> run.Outcome:
        time.sleep(0.5)
        return run.Outcome("slow", passed=1)

    assert len(run.run_jobs([run.Job("slow", slow)])) == 1
    assert "...  1 to go, running: slow (0 s)" in capsys.readouterr().out


def test_every_job_counts_in_the_last_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "SECONDS_FILE", tmp_path / "seconds.json")
    jobs = [run.Job(str(n), lambda n=n: run.Outcome(str(n), passed=n, skipped=1)) for n in range(1, 9)]
    assert run.close(run.run_jobs(jobs)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "36 passed, 0 failed, 8 skipped"


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
