"""Drives the program as a person or a script does: `kith` is the binary under test, on a data directory of its own."""

import dataclasses
import json
import os
import pathlib
import subprocess

import pytest
from fake_openai import FakeOpenAI

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT_S = 300


def pytest_configure(config):
    config.addinivalue_line("markers", "smoke: quick enough to run on the sanitized binary too")


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
        out, err = process.communicate(stdin, timeout=LIMIT_S)
        result = Result(process.returncode, out, err)
        assert status is None or result.status == status, f"{arguments}: {result}"
        return result


@pytest.fixture
def kith(tmp_path) -> Kith:
    return Kith(tmp_path)


@pytest.fixture
def notes(tmp_path) -> pathlib.Path:
    """A small folder with one file of each kind."""
    folder = tmp_path / "notes"
    files = {
        "backup.md": "# Operations\n\n## Backups\n\nBackups run every night at two o'clock and are kept for thirty days.\n"
                     "They are written to a second building.\n",
        "garden.txt": "The tomato plants need water twice a day in July.\nApple trees are pruned in late winter.\n",
        "bread.html": "<html><head><title>Bread</title></head><body><h1>Sourdough</h1>"
                      "<p>The dough rests for twelve hours before it is baked.</p><script>var hidden = 1;</script></body></html>",
        "animals.json": json.dumps([
            {"id": "fox", "title": "Foxes", "category": "wild", "content": "A red fox hunts mice at dusk along the hedges."},
            {"id": "cow", "title": "Cows", "category": "farm", "content": "A dairy cow drinks about a hundred litres a day."}]),
        "cities.csv": "id,content,country\nparis,Paris is the capital of France and lies on the Seine.,France\n"
                      "rome,Rome is the capital of Italy and lies on the Tiber.,Italy\n",
        "sub/sort.c": "/* Sorts numbers in place. */\nvoid sort_numbers(int *numbers, int count)\n{\n    (void)numbers;\n    (void)count;\n}\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def added(kith, notes):
    """kith with the notes in it."""
    kith("add", notes)
    return kith


@pytest.fixture
def endpoint():
    """A scripted endpoint, embeddings and chat."""
    fake = FakeOpenAI()
    yield fake
    fake.close()
