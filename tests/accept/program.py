"""Drives the program as a person or a script does: the binary under test, on a data directory of its own."""

import dataclasses
import json
import os
import pathlib
import subprocess

from patience import patience

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT_S = 300


@dataclasses.dataclass(frozen=True)
class Result:
    """What one run of the program gave."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Kith:
    """The program with a data directory and an environment that no personal setting reaches."""

    def __init__(self, home: pathlib.Path):
        self.binary = os.environ.get("KITH", str(ROOT / "build/kith"))
        self.home = home
        self.directory = home / "data"
        kept = ("PATH", "KITH_MODEL", "KITH_SHARED", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "XDG_CACHE_HOME")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        # The model may be in the real home's cache; everything else goes to this one.
        self.environment.setdefault("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
        self.environment |= {"HOME": str(home), "KITH_DIR": str(self.directory)}

    def start(self, *arguments, **variables: str) -> subprocess.Popen:
        return subprocess.Popen([self.binary, *map(str, arguments)], cwd=self.home, env={**self.environment, **variables}, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, errors="surrogateescape")

    def __call__(self, *arguments, stdin: str = "", status: int | None = 0, **variables: str) -> Result:
        """Runs the program to its end; `status` is the exit status expected, None for any."""
        process = self.start(*arguments, **variables)
        out, err = process.communicate(stdin, timeout=patience(LIMIT_S))
        result = Result(process.returncode, out, err)
        assert status is None or result.status == status, f"{arguments}: {result}"
        return result
