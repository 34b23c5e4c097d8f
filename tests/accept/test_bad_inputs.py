"""Each bad input that a person can give, and what it gets: a reason, an honest count, an exit status; never a crash or silence."""

import json
import signal
import subprocess
import time

import pytest
from patience import patience

pytestmark = pytest.mark.smoke


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "inputs"
    made.mkdir()
    return made


def events_of(result) -> dict[str, dict]:
    """By the file's name, what became of it."""
    return {line["source"].rsplit("/", 1)[-1]: line for line in result.lines if "outcome" in line}


# ---- files ----


@pytest.mark.parametrize("name, content, outcome, reason", [
    ("empty.txt", b"", "skipped", "has no text"),
    ("empty.json", b"", "skipped", "has no text"),
    ("empty.docx", b"", "skipped", "has no text"),
    ("empty-list.json", b"[]", "skipped", "has no text"),
    ("blank.ipynb", b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "skipped", "has no text"),
    ("short.txt", b"too short", "skipped", "9 characters of text, at least 10"),
    ("short.csv", b"a,b\n1,2\n", "skipped", "9 characters of text, at least 10"),
    ("blank.txt", b" \n\t \n" * 20, "skipped", "has no text"),
    ("binary.txt", b"\x7fELF\x02\x01\x01\x00\x00\x00" * 40, "skipped", "binary"),
    ("paper.pdf", b"%PDF-1.7 and so on, more than ten characters", "failed", "damaged PDF"),
    ("letter.docx", b"PK\x03\x04 and so on, more than ten characters", "failed", "not a ZIP file"),
    ("letter.odt", b"PK\x03\x04 and so on, more than ten characters", "failed", "not a ZIP file"),
    ("broken.json", b'{"content": "a document without its end', "failed", "JSON"),
    ("nothing.json", b'[{"content": 5}, {"title": "no content here"}]', "failed", "content"),
    ("broken.jsonl", b"not json at all, but a line", "failed", "JSON"),
])
def test_a_bad_file_is_reported_with_its_reason_and_does_not_stop_the_rest(kith, folder, name, content, outcome, reason):
    (folder / name).write_bytes(content)
    (folder / "good.txt").write_text("A good document that is long enough to be kept.\n")
    result = kith("add", folder, "--json", status=None)
    events = events_of(result)
    event = next(value for key, value in events.items() if key.startswith(name))
    assert event["outcome"] == outcome
    assert reason.lower() in event["reason"].lower()
    assert events["good.txt"]["outcome"] == "added"
    assert name in result.err
    assert result.status == (1 if outcome == "failed" else result.status)


def test_one_bad_record_does_not_stop_the_others_of_its_file(kith, folder):
    (folder / "records.jsonl").write_text("\n".join([
        json.dumps({"id": "first", "content": "The first record is a good document."}),
        json.dumps({"id": "second", "content": "short"}),
        json.dumps({"id": "third", "content": "The third record is a good document too."})]))
    result = kith("add", folder, "--json", status=1)
    assert result.lines[-1]["summary"]["documents_processed"] == 2
    assert result.lines[-1]["summary"]["errors"] == 1
    assert "records.jsonl:2" in result.err


def test_a_short_row_of_a_table_is_left_out_and_told(kith, folder):
    (folder / "codes.csv").write_text("k,v\nalpha,the pump is blocked\nb,2\nc,3\ndelta,the lamp is broken\n")
    event = events_of(kith("add", folder, "--json"))["codes.csv"]
    assert event["outcome"] == "added"
    assert event["notices"] == ["rows that are left out: 2, the first in line 3; a row needs at least 10 characters"]
    assert [line["documents"] for line in kith("files", "--json").lines] == [2]


def test_invalid_bytes_are_replaced_and_counted(kith, folder):
    (folder / "mixed.txt").write_bytes("Grüße aus der Straße, lang genug. ".encode() * 30 + b"\xff\xfe\xfa")
    event = events_of(kith("add", folder, "--json"))["mixed.txt"]
    assert event["outcome"] == "added"
    assert "replaced" in event["reason"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
def test_an_encoding_other_than_plain_utf8_is_read(kith, folder, encoding):
    text = "Die Straße führt über den Fluß nach Köln, wo die Gäste warten."
    (folder / "text.txt").write_bytes((("\ufeff" if encoding == "utf-16-be" else "") + text).encode(encoding))
    kith("add", folder)
    assert kith("search", "Straße", "--k", 1, "--json").lines[0]["content"].strip() == text


def test_a_path_that_does_not_exist_is_named(kith):
    result = kith("add", "/nowhere/at/all", status=4)
    assert "/nowhere/at/all" in result.err


# ---- options and arguments ----


@pytest.mark.parametrize("arguments", [
    ("add",),
    ("search",),
    ("ask", ""),
    ("search", "query", "--k", "0"),
    ("search", "query", "--k", "10001"),
    ("search", "query", "--k", "many"),
    ("search", "query", "--unknown"),
    ("search", "query", "--where", "{"),
    ("search", "query", "--where", '{"a": {"$near": 1}}'),
    ("add", ".", "--chunk-size", "0"),
    ("add", ".", "--chunk-size", "100", "--chunk-overlap", "100"),
    ("add", ".", "--chunk-size", "100", "--chunk-overlap", "150"),
    ("search", "query", "--collection", "../escape"),
    ("search", "query", "--collection", ""),
    ("frobnicate",),
])
def test_a_bad_option_or_argument_is_refused_before_anything_happens(kith, notes, arguments):
    kith("add", notes)
    before = kith("collections", "--json").out
    result = kith(*arguments, status=2)
    assert result.err.strip()
    assert kith("collections", "--json").out == before


def test_a_filter_that_is_no_json_is_refused_with_the_place(added):
    result = added("search", "backups", "--where", '{"year": 2020,}', status=2)
    assert "line 1, column 15: a key in double quotes is expected" in result.err


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_longer_than_the_model_is_taken_and_the_cut_is_told(added, command):
    question = "How long are backups kept? " + "And what about the other things that we keep? " * 60
    result = added(command, question, "--json", status=None)
    assert "longer than the model reads" in result.err
    assert "longer" not in added(command, "How long are backups kept?", "--json").err


def test_a_question_above_the_limit_is_refused_with_both_sizes(added):
    result = added("ask", "x" * 70_000, status=2)
    assert "70000 bytes" in result.err and "65536" in result.err


def test_more_hits_than_there_are_points_are_all_of_them(added):
    assert len(added("search", "backups", "--rank", "meaning", "--k", 10_000, "--json").lines) == added("stats", "--json").lines[0]["chunks"]


def test_an_unknown_collection_is_named(kith, notes):
    kith("add", notes)
    assert "elsewhere" in kith("search", "query", "--collection", "elsewhere", status=4).err


def test_a_data_directory_that_is_not_there_is_named(kith):
    result = kith("search", "query", status=4)
    assert str(kith.directory) in result.err


def test_an_id_that_is_not_there_is_named(kith, notes):
    kith("add", notes)
    assert "no-such-id" in kith("get", "no-such-id", status=4).err


def test_a_missing_model_is_named_with_what_to_do(kith, notes):
    result = kith("add", notes, status=5, KITH_MODEL="/nowhere/model")
    assert "/nowhere/model" in result.err and "huggingface.co/" in result.err and "dev setup" not in result.err


# ---- two processes, and one that dies ----


@pytest.fixture
def many(tmp_path):
    """Enough text to keep a process busy for a while."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        sentences = [f"Entry {number} of part {part} tells about river {number * part} and its bridges." for part in range(15)]
        (folder / f"entry{number:03}.txt").write_text("\n".join(sentences))
    return folder


def wait_for_data(kith, process) -> None:
    deadline = time.monotonic() + patience(60)
    while time.monotonic() < deadline and process.poll() is None:
        if kith("stats", "--json", status=None).status == 0:
            return
        time.sleep(0.05)
    raise AssertionError("the first process never made the directory")


def test_a_second_process_reads_at_once(kith, many):
    first = kith.start("add", many)
    try:
        wait_for_data(kith, first)
        started = time.monotonic()
        kith("stats")
        assert time.monotonic() - started < patience(10)
    finally:
        first.kill()
        first.communicate()


def test_what_a_killed_run_left_is_completed_by_the_next_one(kith, many):
    """Complaint 11: all vectors of a file are held in memory before they are inserted, and half a file stays when it fails."""
    small_chunks = ("--chunk-size", 100, "--chunk-overlap", 0)  # more than two groups of 256
    first = kith.start("add", many, "--json", *small_chunks)
    assert json.loads(first.stdout.readline())["outcome"] == "added"  # with the first group
    first.send_signal(signal.SIGKILL)
    first.communicate()
    kith("add", many, *small_chunks)
    disturbed = kith("stats", "--json").lines

    kith("add", many, *small_chunks, "--dir", kith.home / "undisturbed")
    undisturbed = kith("stats", "--json", "--dir", kith.home / "undisturbed").lines
    for key in ("documents", "chunks"):
        assert disturbed[0][key] == undisturbed[0][key]


def test_an_interrupted_run_ends_in_order(kith, many):
    first = kith.start("add", many)
    wait_for_data(kith, first)
    first.send_signal(signal.SIGINT)
    try:
        first.communicate(timeout=patience(60))
    except subprocess.TimeoutExpired:
        first.kill()
        raise
    assert first.returncode in (0, 130)
    kith("stats", "--json")
