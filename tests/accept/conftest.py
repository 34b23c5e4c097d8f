"""What the acceptance tests share: the program under test, a small folder, an endpoint."""

import contextlib
import json
import os
import pathlib
from collections.abc import Iterator

import pytest
from fake_openai import FakeOpenAI
from program import Kith
from serving import serving
from serving import Server, serving


def pytest_configure(config):
    config.addinivalue_line("markers", "smoke: quick enough to run on the sanitized binary too")
    config.addinivalue_line("markers", "alone: about a directory that is not there yet, or that no server has")


def pytest_collection_modifyitems(items):
    if os.environ.get("KITH_TEST_OWNER"):
        for item in items:
            if item.get_closest_marker("alone"):
                item.add_marker(pytest.mark.skip(reason="with KITH_TEST_OWNER a server has the directory"))


@pytest.fixture
def kith(tmp_path):
    """The program; with KITH_TEST_OWNER=1 a server has its directory, which then does its writing commands (test_owner.py)."""
    program = Kith(tmp_path)
    with serving(program) if os.environ.get("KITH_TEST_OWNER") else contextlib.nullcontext():
        yield program


def write_notes(folder: pathlib.Path) -> pathlib.Path:
    """A small folder with one file of each kind."""
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
def notes(tmp_path) -> pathlib.Path:
    return write_notes(tmp_path / "notes")


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Iterator[Server]:
    """A server over the notes that all tests of a file ask; none of them writes."""
    home = tmp_path_factory.mktemp("standing")
    kith = Kith(home)
    kith("add", write_notes(home / "notes"))
    with serving(kith) as server:
        yield server


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
