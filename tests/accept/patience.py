"""How long a test waits before it gives up: what is generous on a good machine, times what this one has shown itself to be slower."""

import os
import time

SLOWNESS = float(os.environ.get("KITH_TEST_SLOWNESS", "1"))  # measured by tests/run.py; at least 1


def patience(seconds: float) -> float:
    """`seconds` are plenty on a good idle machine."""
    return seconds * SLOWNESS


def until(is_so) -> None:
    """Waits until the condition holds; that it does in time is what is tested."""
    deadline = time.monotonic() + patience(60)
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
