"""What a person sees, and what a program gets: the terminal, the pipe, colour, progress, a reader that goes away, a full disk."""

import contextlib
import http.server
import json
import os
import re
import signal
import subprocess
import threading

import pytest
from fake_openai import FakeOpenAI
from patience import patience
from terminal import run_on_terminal

ESCAPE = "\x1b"


def test_a_terminal_gets_text_and_a_pipe_gets_json(added):
    screen = run_on_terminal(added, "search", "tomato plants", "-k", 1)
    assert screen.status == 0
    assert "garden.txt:1" in screen.text and "distance" in screen.text
    assert not screen.text.lstrip().startswith("{")
    (hit,) = added("search", "tomato plants", "-k", 1).lines
    assert "tomato" in hit["content"]


def test_text_in_a_pipe_and_json_on_a_terminal_on_request(added):
    text = added("search", "tomato plants", "-k", 1, "--text").out
    assert text.startswith("1. ") and ESCAPE not in text
    screen = run_on_terminal(added, "search", "tomato plants", "-k", 1, "--json")
    assert json.loads(screen.text)["distance"] >= 0
    assert ESCAPE not in screen.text


def test_a_terminal_gets_colour_and_links(added):
    screen = run_on_terminal(added, "search", "tomato plants", "-k", 1)
    assert f"{ESCAPE}[1mtomato{ESCAPE}[0m" in screen.text
    assert f"{ESCAPE}]8;;file:///" in screen.text


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_and_a_dumb_terminal_get_no_escapes(added, notes, variables):
    (notes / "new.txt").write_text("A new document, long enough to be kept.\n")
    for arguments in (("search", "tomato"), ("ask", "How long are backups kept?"), ("add", notes), ("stats",), ("add", "--help")):
        screen = run_on_terminal(added, *arguments, **variables)
        assert ESCAPE not in screen.text, arguments


def test_lines_keep_to_the_width_of_the_terminal(added):
    screen = run_on_terminal(added, "search", "water", columns=60, NO_COLOR="1")
    body = [line for line in screen.text.splitlines() if line.startswith("    ")]
    assert body and max(map(len, body)) <= 60


def test_adding_shows_a_bar_with_speed_and_time_left_on_a_terminal(kith, tmp_path):
    """Complaint 8: a long ingestion shows no progress."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"Document {number}. " + "Some words about rivers and bridges. " * 60)
    screen = run_on_terminal(kith, "add", folder, columns=100)
    assert re.search(r"\[=*>? *\]  \d+/12 files  \d+\.\d chunks/s", screen.text)
    assert "left" in screen.text
    last = screen.text.split("\r")[-1]
    assert "files: 12 added" in last


def test_adding_elsewhere_shows_plain_lines(kith, notes):
    result = kith("add", notes, "--text")
    assert "\r" not in result.err and ESCAPE not in result.err
    assert "files: 6 added" in result.out
    assert "0 errors" in result.out


def test_control_characters_of_a_document_do_not_reach_the_terminal(kith, tmp_path):
    nasty = tmp_path / "nasty.txt"
    nasty.write_text("Harmless words about cheese \x1b]0;owned\x07 and \x1b[31mred\u202e wine, long enough.\n")
    kith("add", nasty)
    document = kith("search", "cheese", "-k", 1).lines[0]["document"]
    for arguments in (("search", "cheese"), ("ask", "What words about cheese are harmless?"), ("get", document), ("chunk", nasty)):
        screen = run_on_terminal(kith, *arguments, NO_COLOR="1")
        assert "cheese" in screen.text
        assert ESCAPE not in screen.text and "\x07" not in screen.text and "\u202e" not in screen.text, arguments


def test_the_words_that_carry_the_answer_are_bold_where_the_terminal_can(kith, tmp_path):
    (tmp_path / "tower.txt").write_text("The old tower of\nGrünau was built in 1734 by Anna Weiß.\n")
    kith("add", tmp_path / "tower.txt")
    screen = run_on_terminal(kith, "ask", "When was the old tower built?")
    assert "\x1b[1m1734\x1b[0m" in screen.text
    assert "\x1b[1m" not in run_on_terminal(kith, "ask", "When was the old tower built?", NO_COLOR="1").text


def test_an_llm_answer_streams_to_the_terminal_with_its_sources_after_it(added):
    endpoint = FakeOpenAI()
    try:
        screen = run_on_terminal(added, "ask", "How long are backups kept?", "--llm", "chat-small", NO_COLOR="1", **endpoint.variables)
    finally:
        endpoint.close()
    assert screen.status == 0
    answer, sources = screen.text.split("Sources")
    assert "Backups are kept for thirty days [1]" in answer
    assert re.search(r"\[1\] .*backup\.md:\d+\n +\"", sources)


def test_a_refusal_shows_the_nearest_passages_with_scores(added):
    """Complaint 22: a threshold hides everything and shows no score."""
    screen = run_on_terminal(added, "ask", "What is the melting point of tungsten?", NO_COLOR="1")
    assert screen.status == 1
    assert "Nearest passages" in screen.text
    assert re.search(r"relevance \d\.\d\d, distance \d\.\d{4}", screen.text)


def test_dropping_a_collection_asks_on_a_terminal(added):
    refused = run_on_terminal(added, "rm", "--collection", "default", "--all", keys="n\n")
    assert "[y/N]" in refused.text and refused.status == 1
    assert added("collections").lines
    agreed = run_on_terminal(added, "rm", "--collection", "default", "--all", keys="y\n")
    assert agreed.status == 0
    assert added("collections").lines == []


def test_texts_can_be_typed(kith):
    screen = run_on_terminal(kith, "embed", keys="hello world\n\x04", NO_COLOR="1", KITH_PRECISION="f32")
    assert screen.status == 0
    assert "Ctrl-D" in screen.text
    assert "[-0.0345, 0.0310, 0.0067, " in screen.text and "384 dimensions, 4 tokens" in screen.text


def test_raw_floats_are_not_written_to_a_terminal(kith):
    screen = run_on_terminal(kith, "embed", "--format", "f32", "-")
    assert screen.status == 2 and "--format f32" in screen.text


def test_a_reader_that_goes_away_ends_the_program_quietly(added):
    with subprocess.Popen([added.binary, "embed"], cwd=added.home, env=added.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.close()
        try:
            process.stdin.write(b"some text\n" * 500)
            process.stdin.close()
        except BrokenPipeError:
            pass
        err = process.stderr.read()
        assert process.wait(60) == 141
        assert err == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [("--help",), ("stats",), ("search", "tomato"), ("ask", "How long are backups kept?")])
def test_a_full_disk_is_an_error(added, arguments):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([added.binary, *arguments], cwd=added.home, env=added.environment, stdout=full, stderr=subprocess.PIPE,
                              text=True, timeout=patience(60))
    assert done.returncode == 6
    assert "No space left" in done.stderr


def test_ctrl_c_during_an_ingestion_keeps_what_is_committed(kith, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(600):  # more than are stored at one go
        (folder / f"{number:03}.txt").write_text(f"Words about river {number}.")
    process = kith.start("add", folder, "--threads", 1)
    first = json.loads(process.stdout.readline())  # told once it is stored
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=patience(120))
    assert first["outcome"] == "added"
    assert process.returncode == 130
    assert "interrupted" in err
    summary = json.loads(out.splitlines()[-1])["summary"]
    stored = summary["files_added"]
    assert 0 < stored < 600
    stats, *_ = kith("stats").lines
    assert (stats["documents"], stats["chunks"]) == (stored, summary["chunks_created"])
    again = kith("add", folder).lines[-1]["summary"]
    assert (again["files_unchanged"], again["files_added"]) == (stored, 600 - stored)


class Answers(http.server.BaseHTTPRequestHandler):
    """Says what Ollama says to a request for "/"."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Ollama is running")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def ollama():
    try:
        server = http.server.HTTPServer(("127.0.0.1", 11434), Answers)
    except OSError:
        pytest.skip("port 11434 is taken")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_language_model_of_this_machine_is_mentioned_on_a_terminal_alone(added):
    question = "How long are backups kept?"
    with ollama():
        assert "http://localhost:11434/v1" in " ".join(run_on_terminal(added, "ask", question, columns=1000).text.split())
        assert "11434" not in run_on_terminal(added, "ask", "--no-llm", question, columns=1000).text
        assert "11434" not in added("ask", question).err
    assert "11434" not in run_on_terminal(added, "ask", question, columns=1000).text
