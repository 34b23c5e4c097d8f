"""kith add stores a folder before it embeds it: what is found meanwhile, who goes on, and what is never done twice."""

import json
import signal
import time

import pytest
from patience import patience, until
from program import Kith
from serving import serving

pytestmark = pytest.mark.alone  # a server would embed what is to wait

REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")


def stats(kith, collection: str = "default") -> dict:
    return kith("stats", "--json", "--collection", collection).lines[0]


def write_many(folder, count: int):
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.txt").write_text(f"Note {number}: valve {number} of the pump is checked on day {number}.\n")
    return folder


def test_no_wait_leaves_the_meaning_for_later(kith, notes):
    result = kith("add", "--no-wait", notes)
    assert "found by their words alone until" in result.err
    before = stats(kith)
    assert before["chunks_waiting"] == before["chunks"] > 0
    found = kith("search", "tomato", "--json")
    assert "tomato" in found.lines[0]["content"]
    assert "0 % of the chunks have their meaning yet" in found.err
    answer = kith("ask", "How long are backups kept?", status=None)
    assert "0 % of the chunks have their meaning yet" in answer.err
    assert answer.lines[0]["meaning"] == {"chunks": before["chunks"], "waiting": before["chunks"]}
    kith("check")
    kith("add", notes)
    assert stats(kith)["chunks_waiting"] == 0
    found = kith("search", "plants that need water", "--json")
    assert "tomato" in found.lines[0]["content"] and "meaning yet" not in found.err
    kith("check")


def test_what_waits_is_exported_as_waiting(kith, notes, tmp_path):
    kith("add", notes)
    (notes / "later.txt").write_text("The lighthouse keeper paints the railing in spring.\n")
    kith("add", "--no-wait", notes)
    kith("export", "-o", tmp_path / "partly.jsonl")
    (tmp_path / "other").mkdir()
    other = Kith(tmp_path / "other")
    other("import", tmp_path / "partly.jsonl")
    assert stats(other)["chunks_waiting"] == stats(kith)["chunks_waiting"] == 1
    assert "lighthouse" in other("search", "lighthouse", "--json").lines[0]["content"]
    other("check")
    (tmp_path / "empty").mkdir()
    for each in (kith, other):  # whoever adds goes on
        each("add", tmp_path / "empty", status=None)
        assert stats(each)["chunks_waiting"] == 0
        each("export", "-o", each.directory / "whole.jsonl")
    assert points_of(kith.directory / "whole.jsonl") == points_of(other.directory / "whole.jsonl")


def test_what_waits_is_not_imported_where_nobody_embeds(kith, notes, tmp_path):
    kith("add", "--no-wait", notes)
    lines = [json.loads(line) for line in kith("export").out.split("\n") if line]
    for line in lines:
        if "collection" in line:
            line["collection"].update(model="")
    (tmp_path / "bare.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "other").mkdir()
    result = Kith(tmp_path / "other")("import", tmp_path / "bare.jsonl", status=None)
    assert result.status != 0 and "has no model" in result.err


def test_a_server_embeds_what_waits(kith, notes):
    kith("add", "--no-wait", notes)
    with serving(kith) as server:
        until(lambda: stats(kith)["chunks_waiting"] == 0)
        until(lambda: any("embedded" in line for line in server.log))
    kith("check")


def test_a_watcher_embeds_what_waits(kith, notes, tmp_path):
    kith("add", "--no-wait", notes)
    (tmp_path / "other").mkdir()
    watcher = kith.start("watch", tmp_path / "other")
    try:
        until(lambda: stats(kith)["chunks_waiting"] == 0)
    finally:
        watcher.send_signal(signal.SIGINT)
        watcher.communicate(timeout=patience(60))
    kith("check")


def test_a_chroma_client_that_asks_for_embeddings_is_told(kith, notes):
    """Nobody reads an empty embedding as one."""
    kith("add", "--no-wait", notes)
    with serving(kith, "--embed-model", "none", "--embedder", "openai", OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:9/v1") as server:
        base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        (collection,) = server("GET", base).json
        reply = server("POST", f"{base}/{collection['id']}/get", {"include": ["embeddings"]}, status=None)
        assert reply.status >= 400 and "not embedded yet" in reply.body.decode()
        reply = server("POST", f"{base}/{collection['id']}/get", {"include": ["documents"]})
        assert len(reply.json["ids"]) == stats(kith)["chunks"]


def test_a_reply_tells_how_much_has_its_meaning(kith, notes):
    kith("add", notes)
    chunks = stats(kith)["chunks"]
    whole = {"chunks": chunks, "waiting": 0}
    (notes / "later.txt").write_text("The lighthouse keeper paints the railing in spring.\n")
    with serving(kith) as server:
        question = {"question": "How long are backups kept?"}
        for _ in range(2):  # the second comes from the cache
            assert server("POST", "/v1/collections/default/ask", question).json["meaning"] == whole
        assert server("POST", "/v1/collections/default/search", {"query": "tomato"}).json["meaning"] == whole
        chat = {"model": "kith", "messages": [{"role": "user", "content": question["question"]}]}
        assert server("POST", "/v1/chat/completions", chat).json["choices"][0]["message"]["kith"]["meaning"] == whole
    kith("add", "--no-wait", notes)
    with serving(kith, "--embed-model", "none", "--embedder", "openai", OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:9/v1") as server:
        reply = server("POST", "/v1/collections/default/search", {"query": "lighthouse", "rank": "words"}).json
        assert reply["meaning"] == {"chunks": chunks + 1, "waiting": 1} and "lighthouse" in reply["hits"][0]["content"]


def embedded_texts(endpoint) -> list[str]:
    return [text for path, body in endpoint.requests if path == "/v1/embeddings" for text in body["input"]]


def test_nothing_is_embedded_twice(kith, tmp_path, endpoint):
    folder = write_many(tmp_path / "many", 12)
    kith("add", folder, *REMOTE, **endpoint.variables)
    first = len(embedded_texts(endpoint))
    # Cut in another way, the files give the same chunks; so does the folder moved elsewhere, another collection, and a folder around it.
    kith("add", folder, *REMOTE, "--chunk-size", 800, **endpoint.variables)
    folder.rename(tmp_path / "moved")
    kith("add", tmp_path / "moved", *REMOTE, **endpoint.variables)
    kith("add", tmp_path / "moved", "--collection", "other", *REMOTE, **endpoint.variables)
    kith("add", tmp_path, "--collection", "third", *REMOTE, **endpoint.variables)
    texts = embedded_texts(endpoint)
    probes = [text for text in texts if not text.startswith(("Note", "0"))]
    assert len(texts) - len(probes) == first - 1
    assert stats(kith)["chunks_waiting"] == 0


@pytest.mark.parametrize("rounds", [4])
def test_killed_anywhere_it_goes_on_and_nothing_is_lost(kith, tmp_path, rounds):
    folder = write_many(tmp_path / "many", 300)
    begun = time.monotonic()
    kith("add", folder, "--collection", "whole")
    whole_s = time.monotonic() - begun
    kith("export", "whole", "-o", tmp_path / "whole.jsonl")
    kith("collections", "delete", "whole", "--yes")
    waiting = []
    for number in range(rounds):
        process = kith.start("add", folder)
        time.sleep(whole_s * (number + 1) / (rounds + 2))
        process.kill()
        process.communicate()
        lines = kith("stats", "--json", status=None).lines
        if lines and "chunks" in lines[0]:
            waiting.append(lines[0]["chunks_waiting"] + 300 - lines[0]["chunks"])
        kith("check", status=None)
    assert waiting == sorted(waiting, reverse=True)
    kith("add", folder)
    assert (stats(kith)["documents"], stats(kith)["chunks"], stats(kith)["chunks_waiting"]) == (300, 300, 0)
    kith("check")
    kith("export", "-o", tmp_path / "killed.jsonl")
    assert points_of(tmp_path / "killed.jsonl") == points_of(tmp_path / "whole.jsonl")


def points_of(path) -> list[tuple[str, str]]:
    """Content and vector of every chunk in an export."""
    found = []

    def walk(value) -> None:
        if isinstance(value, dict) and "vector" in value:
            found.append((value["content"], value["vector"]))
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(part)

    for line in path.read_text().splitlines():
        walk(json.loads(line))
    assert found
    return sorted(found)
