"""A long document is embedded for minutes after it was stored: what a kill or Ctrl-C interrupts is not embedded again."""

import signal
import threading
import time

import pytest
from patience import patience

CHUNKS = 420  # a request takes 128
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


def waiting(kith) -> int:
    return kith("stats", "--json").lines[0]["chunks_waiting"]


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
    stats = kith("stats", "--json").lines[0]
    assert stats["documents"] == 1
    done = stats["chunks"] - stats["chunks_waiting"]
    assert done >= 2 * SLICE
    found = kith("search", "--rank", "words", "--json", "word77").lines
    assert "word77" in found[0]["content"]

    time.sleep(0.1)  # the endpoint's thread lets go of what was interrupted
    counter = Counter(endpoint)
    kith("add", *embedder, folder, **endpoint.variables)
    assert counter.texts == stats["chunks"] - done + 1  # and the short text that asks for the dimension
    assert waiting(kith) == 0
    hit = kith("search", *embedder, "--json", "word77", **endpoint.variables).lines
    assert hit
