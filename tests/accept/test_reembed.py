"""kith reembed: a collection gets another model while it is searched, asked and written, by any process; killed, it goes on."""

import json
import os
import pathlib
import shutil
import signal
import struct
import threading
import time

import pytest
from patience import patience, until
from program import Kith
from serving import serving

pytestmark = pytest.mark.alone  # timings of several processes


MODEL = pathlib.Path(os.environ.get("KITH_MODEL") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "kith/models/all-MiniLM-L6-v2")


def shorter_model(directory, layers: int):
    """The model without its last layers: another one, which gives other vectors."""
    shutil.copytree(MODEL, directory, ignore=shutil.ignore_patterns(".kith*"))
    raw = (directory / "model.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    kept, body = {}, b""
    for name, tensor in json.loads(raw[8 : 8 + size]).items():
        parts = name.split(".")
        if name == "__metadata__" or ("layer" in parts and int(parts[parts.index("layer") + 1]) >= layers):
            continue
        first, end = tensor["data_offsets"]
        kept[name] = {**tensor, "data_offsets": [len(body), len(body) + end - first]}
        body += raw[8 + size + first : 8 + size + end]
    header = json.dumps(kept).encode()
    (directory / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + body)
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps({**config, "num_hidden_layers": layers}))
    return directory


@pytest.fixture(scope="session")
def short_model(tmp_path_factory):
    return shorter_model(tmp_path_factory.mktemp("models") / "three-layers", 3)


def stats(kith, collection: str = "default") -> dict:
    return kith("stats", "--json", "--collection", collection).lines[0]


def write_many(folder, count: int):
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.txt").write_text(f"Note {number}: valve {number} of the pump is checked on day {number}.\n")
    return folder


def vectors_of(kith, collection: str = "default") -> dict:
    """Content and vector of every chunk."""
    found = {}

    def walk(value) -> None:
        if isinstance(value, dict) and "vector" in value:
            found[value["content"]] = value["vector"]
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(part)

    for line in kith("export", collection).out.split("\n"):
        if line:
            walk(json.loads(line))
    assert found
    return found


def fresh_vectors(tmp_path, name: str, folder, model) -> dict:
    """What a collection has that was embedded with the model from the beginning."""
    (tmp_path / name).mkdir()
    other = Kith(tmp_path / name)
    other("add", folder, "--model-dir", model)
    return vectors_of(other)


def test_the_vectors_are_those_of_a_collection_that_was_made_with_the_model(kith, notes, tmp_path, short_model):
    kith("add", notes)
    before = stats(kith)
    old = vectors_of(kith)
    done = kith("reembed", "--model", short_model, "--json").lines[0]
    assert done["embedded"] == done["chunks"] == before["chunks"] and not done["was_done"]
    after = stats(kith)
    assert (after["id"], after["created"], after["chunks"], after["documents"]) == tuple(before[key] for key in ("id", "created", "chunks", "documents"))
    assert after["model_name"] == "three-layers" and after["model"] != before["model"]
    new = vectors_of(kith)
    assert new == fresh_vectors(tmp_path, "fresh", notes, short_model) and new.keys() == old.keys() and new != old
    kith("check")
    # Without a word of it, the collection is embedded with its own model from now on.
    (notes / "later.txt").write_text("The lighthouse keeper paints the railing in spring.\n")
    kith("add", notes)
    assert "lighthouse" in kith("search", "somebody paints a fence by the sea", "--json").lines[0]["content"]
    assert stats(kith)["chunks_waiting"] == 0 and vectors_of(kith) == fresh_vectors(tmp_path, "fresher", notes, short_model)
    assert kith("reembed", "--model", short_model, "--json").lines[0]["was_done"]


def test_collections_of_several_models_in_one_directory(kith, notes, short_model):
    for name in ("one", "two"):
        kith("add", notes, "--collection", name)
    kith("reembed", "--collection", "two", "--model", short_model)
    assert stats(kith, "one")["model"] != stats(kith, "two")["model"]
    for name in ("one", "two"):
        assert "tomato" in kith("search", "plants that need water", "--json", "--collection", name).lines[0]["content"]
    with serving(kith) as server:
        for name in ("one", "two"):
            hits = server("POST", f"/v1/collections/{name}/search", {"query": "plants that need water"}).json["hits"]
            assert "tomato" in hits[0]["content"]
    kith("check")


def test_a_model_that_is_gone_is_named(kith, notes, tmp_path, short_model):
    moved = tmp_path / "moved"
    shutil.copytree(short_model, moved)
    kith("add", notes)
    kith("reembed", "--model", moved)
    shutil.rmtree(moved)
    failed = kith("search", "plants", status=None)
    assert failed.status != 0 and str(moved) in failed.err
    assert "tomato" in kith("search", "tomato", "--rank", "words", "--json").lines[0]["content"]


def test_the_same_command_embeds_what_a_kill_after_the_exchange_leaves(kith, notes, short_model):
    """The points of the last step wait in the collection that the image has become; here some that were added wait."""
    kith("add", notes)
    kith("reembed", "--model", short_model)
    (notes / "late.txt").write_text("The lighthouse keeper paints the railing in spring.\n")
    kith("add", notes, "--no-wait")
    assert stats(kith)["chunks_waiting"] == 1
    done = kith("reembed", "--model", short_model, "--json").lines[0]
    assert done["was_done"] and done["embedded"] == 1 and stats(kith)["chunks_waiting"] == 0


def test_a_model_that_is_back_is_found_again(kith, notes, tmp_path, short_model):
    moved = tmp_path / "moved"
    shutil.copytree(short_model, moved)
    kith("add", notes)
    kith("reembed", "--model", moved)
    moved.rename(tmp_path / "away")
    with serving(kith) as server:
        path, request = "/v1/collections/default/search", {"query": "plants that need water"}
        for _ in range(2):  # the second time as it is remembered
            failed = server("POST", path, request, status=None)
            assert failed.status >= 400 and str(moved) in failed.error["message"]
        (tmp_path / "away").rename(moved)
        until(lambda: server("POST", path, request, status=None).status == 200)


@pytest.mark.parametrize("rounds", [4])
def test_killed_anywhere_the_old_vectors_answer_and_it_goes_on(kith, tmp_path, short_model, rounds):
    folder = write_many(tmp_path / "many", 400)
    kith("add", folder)
    old = vectors_of(kith)
    new = fresh_vectors(tmp_path, "fresh", folder, short_model)
    for number in range(rounds):
        process = kith.start("reembed", "--model", short_model, "--threads", 1)
        time.sleep(0.05 + 0.12 * number)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kith("check")
        assert vectors_of(kith) in (old, new)
        assert "valve 7 " in kith("search", "valve 7", "--json").lines[0]["content"]
    # What is written in between is not lost.
    (folder / "late.txt").write_text("Note late: the lighthouse is painted in spring.\n")
    kith("add", folder)
    kith("reembed", "--model", short_model)
    assert vectors_of(kith) == fresh_vectors(tmp_path, "later", folder, short_model)
    assert stats(kith)["chunks_waiting"] == 0
    kith("check")


def test_abandoned_it_leaves_the_collection_as_it_was(kith, tmp_path, short_model):
    folder = write_many(tmp_path / "many", 2000)
    kith("add", folder)
    old = vectors_of(kith)
    process = kith.start("reembed", "--model", short_model, "--threads", 1)
    time.sleep(0.2)
    process.kill()
    process.communicate()
    begun = stats(kith)["reembedding"]  # null, when the machine was too slow to begin
    assert begun is None or begun["chunks"] == 2000 >= begun["waiting"] and begun["model"] != stats(kith)["model"]
    kith("reembed", "--abandon")
    assert vectors_of(kith) == old and stats(kith)["reembedding"] is None and stats(kith)["precision"]
    kith("check")


def test_served_it_is_searched_and_written_without_a_failure(kith, tmp_path, short_model):
    folder = write_many(tmp_path / "many", 300)
    kith("add", folder)
    failures, searched, stop = [], [0], threading.Event()
    with serving(kith) as server:

        def search() -> None:
            while not stop.is_set():
                reply = server("POST", "/v1/collections/default/search", {"query": "valve 7 of the pump"}, status=None)
                searched[0] += 1
                if reply.status != 200 or "valve" not in reply.json["hits"][0]["content"]:
                    failures.append(reply.body)

        searchers = [threading.Thread(target=search) for _ in range(2)]
        for thread in searchers:
            thread.start()
        process = kith.start("reembed", "--model", short_model)
        written = 0
        while process.poll() is None:
            content = f"Written meanwhile {written}: the lighthouse is painted in year {written}."
            server("POST", "/v1/collections/default/documents", {"documents": [{"id": f"w{written}", "content": content}]})
            written += 1
            time.sleep(0.05)
        out, err = process.communicate(timeout=patience(60))
        assert process.returncode == 0, err
        stop.set()
        for thread in searchers:
            thread.join()
        assert not failures and searched[0] > 0
        until(lambda: stats(kith)["chunks_waiting"] == 0)
        assert stats(kith)["model_name"] == "three-layers"
        assert stats(kith)["chunks"] == 300 + written
        hits = server("POST", "/v1/collections/default/search", {"query": "the lighthouse is painted in year 0"}).json["hits"]
        assert "lighthouse" in hits[0]["content"]
    kith("check")


def test_two_at_once_end_alike(kith, tmp_path, short_model):
    folder = write_many(tmp_path / "many", 200)
    kith("add", folder)
    processes = [kith.start("reembed", "--model", short_model) for _ in range(2)]
    statuses = []
    for process in processes:
        process.communicate(timeout=patience(60))
        statuses.append(process.returncode)
    kith("reembed", "--model", short_model)
    assert stats(kith)["model_name"] == "three-layers" and 0 in statuses
    kith("check")


def test_what_cannot_be_embedded_is_refused(kith, tmp_path, short_model):
    result = kith("reembed", status=None)
    assert result.status == 2 and "--model DIR" in result.err
    with serving(kith) as server:
        base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        own = server("POST", base, {"name": "own"}).json["id"]
        server("POST", f"{base}/{own}/add", {"ids": ["a"], "embeddings": [[1, 2, 3]], "documents": ["a text"]}, status=None)
    result = kith("reembed", "--collection", "own", "--model", short_model, status=None)
    assert result.status != 0 and "come from its clients" in result.err
    result = kith("reembed", "--collection", "none", "--model", short_model, status=None)
    assert result.status != 0 and "does not exist" in result.err
    result = kith("reembed", "--collection", "own", "--model", tmp_path / "nothing", status=None)
    assert result.status != 0
