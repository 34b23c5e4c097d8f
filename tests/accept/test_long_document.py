"""A long document is embedded for minutes before it is stored: what a kill or Ctrl-C interrupts is not embedded again."""

import signal
import sqlite3
import threading
import time

import pytest
from patience import patience

CHUNKS = 420  # a group takes 256, a request 128
SLICE = 128


def write_long(folder):
    folder.mkdir()
    paragraphs = (f"Paragraph {i} of a long report. " + f"word{i} " * 110 for i in range(CHUNKS))
    (folder / "report.txt").write_text("\n\n".join(paragraphs))
    return folder


class Counter:
    """Counts the texts that the endpoint embeds, and holds it up behind `limit` of them."""

    def __init__(self, endpoint, limit=None):
        self.texts, self.limit = 0, limit
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.vector = type(endpoint).vector.__get__(endpoint)
        endpoint.vector = self

    def __call__(self, text):
        self.texts += 1
        if self.limit and self.texts > self.limit:
            self.reached.set()
            self.go_on.wait(patience(60))
        return self.vector(text)


def pending(kith) -> int:
    with sqlite3.connect(f"file:{kith.directory}/kith.db?mode=ro", uri=True) as db:
        return db.execute("SELECT count(*) FROM pending_vectors").fetchone()[0]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_document_goes_on_where_it_ended(kith, tmp_path, endpoint, how):
    folder = write_long(tmp_path / "long")
    embedder = ("--embedder", "openai", "--embed-model", "embed-small")
    counter = Counter(endpoint, limit=2 * SLICE + 1)  # and the short text that asks for the dimension
    process = kith.start("add", *embedder, folder, **endpoint.variables)
    assert counter.reached.wait(patience(60))
    process.send_signal(how)
    if how == signal.SIGINT:
        counter.go_on.set()
    process.communicate(timeout=patience(60))
    counter.go_on.set()
    assert process.returncode != 0
    done = pending(kith)
    assert done >= 2 * SLICE
    assert kith("stats", "--json", status=None).lines[0].get("documents", 0) == 0

    time.sleep(0.1)  # the endpoint's thread lets go of what was interrupted
    counter = Counter(endpoint)
    added = kith("add", *embedder, "--json", folder, **endpoint.variables).lines
    chunks = added[-1]["summary"]["chunks_created"]
    assert chunks > 3 * SLICE
    assert counter.texts == chunks - done + 1
    assert pending(kith) == 0
    hit = kith("search", *embedder, "--json", "word77", **endpoint.variables).lines
    assert hit
