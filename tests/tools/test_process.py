"""What a benchmark says that a program took."""

import sys

import pytest
from kithbench import process


def test_the_peak_is_the_programs_own_and_not_that_of_the_process_that_starts_it():
    ballast = bytearray(200 << 20)
    assert process.run(["sleep", "0.2"]).peak_mib < 50
    del ballast


def test_memory_that_is_given_back_counts_too():
    usage = process.run([sys.executable, "-c", "import time; x = bytearray(b'x') * (100 << 20); del x; time.sleep(0.1)"])
    assert 100 <= usage.peak_mib < 200
    assert usage.seconds >= 0.1 and usage.cpu_seconds > 0


def test_a_program_that_fails_ends_the_benchmark_with_what_it_printed():
    with pytest.raises(SystemExit, match="exit status 3\ntoo bad"):
        process.run(["sh", "-c", "echo too bad; exit 3"])


def test_a_program_is_killed_when_asked_for():
    assert process.run(["sleep", "10"], kill_after_s=0.1).seconds < 5
