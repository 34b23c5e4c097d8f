"""Writing commands beside `kith serve`: the server does their work, and a person or a script sees no difference.

The tests that are imported from other files run here a second time, on a directory that a server has. KITH_TEST_OWNER=1 does so with all
tests of a file.
"""

import contextlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest
from patience import patience
from program import Kith
from serving import Server, serving
from terminal import run_on_terminal
from test_chat import (  # noqa: F401
    test_a_conversation_is_gone_on_with_by_its_number,
    test_ctrl_c_empties_the_line_and_then_ends,
    test_lines_are_edited_on_a_terminal,
    test_the_commands_of_a_chat,
)
from test_commands import (  # noqa: F401
    test_a_collection_is_dropped_with_yes,
    test_a_file_name_that_is_not_utf8_is_added_and_shown,
    test_a_missing_id_to_remove_keeps_back_no_other,
    test_adding_gives_a_line_for_each_file_and_a_summary,
    test_collections_are_created_listed_and_deleted,
    test_removing_by_filter_counts_what_went,
)
from test_import_chroma import (  # noqa: F401
    filled,
    source,
    test_a_change_that_nobody_can_apply_is_told,
    test_a_running_server_is_read_page_by_page_and_again_without_loss,
    test_changes_that_chroma_has_not_applied_are_applied_in_their_order,
    test_vectors_come_from_the_index_and_what_follows_from_the_queue,
    test_what_a_server_lacks_or_sends_amiss_is_counted_and_told,
    test_what_kith_does_not_take_is_named_and_costs_no_other,
)
from test_sync import (  # noqa: F401
    folder,
    test_a_renamed_directory_moves_all_its_files,
    test_files_that_each_fill_a_group_are_all_stored,
    test_the_state_of_each_file_can_be_asked_for_later_with_its_reason,
)
from test_watch import Watch

LIMIT_S = 120
REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")
COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
REQUEST, OUTPUT_FAILED, ACCEPTED, REFUSED = 1, 3, 9, 8


@pytest.fixture
def server(tmp_path):
    with serving(Kith(tmp_path)) as running:
        yield running


@pytest.fixture
def kith(tmp_path, server) -> Kith:
    return Kith(tmp_path)


def handed(server: Server) -> list[tuple[str, int]]:
    """(name, exit status) of the commands that the server has run to their end."""
    found = [re.search(r"event=command name=(\S+) exit_status=(\d+)", line) for line in list(server.log)]
    return [(match[1], int(match[2])) for match in found if match]


def wait_until(condition, what: str) -> None:
    end = time.monotonic() + patience(LIMIT_S)
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.02)


def test_writing_commands_are_the_servers_work_and_reading_ones_are_not(kith, notes, server):
    kith("add", notes)
    kith("files")
    kith("collections")
    kith("collections", "create", "other")
    kith("rm", "fox")
    kith("rm", "no-such-id", status=4)
    kith("add", "--dry-run", notes)
    wait_until(lambda: len(handed(server)) == 4, "the server has logged them")
    assert handed(server) == [("add", 0), ("collections", 0), ("rm", 0), ("rm", 4)]


def test_an_import_is_the_servers_work_wherever_its_bytes_come_from(tmp_path, kith, notes, server):
    """The client reads the file, standard input, Chroma; the server stores what comes."""
    other = Kith(tmp_path)
    other.environment["KITH_DIR"] = str(tmp_path / "other")
    other("add", notes)
    other("export", "-o", tmp_path / "whole.jsonl")
    lines = (tmp_path / "whole.jsonl").read_text()
    (tmp_path / "cut.jsonl").write_text(lines[:-10])
    kith("collections", "create", "x")
    assert "no data directory of Chroma" in kith("import", "chroma", "no-such-directory", status=4).err
    assert kith("import", "cut.jsonl", status=2).err.startswith("kith: cut.jsonl:")
    again = kith("import", "whole.jsonl").lines
    assert again[-1]["summary"]["points"] == 0 and again[-1]["summary"]["points_kept"] > 0
    assert again == kith("import", "-", stdin=lines).lines == kith("import", "/dev/stdin", stdin=lines).lines
    assert "standard input:" in kith("import", "-", stdin="{}", status=2).err
    assert "Rome" in kith("search", "capital of Italy").out
    wait_until(lambda: len(handed(server)) == 7, "the server has logged them")
    assert handed(server) == [("collections", 0), ("import", 4), ("import", 2), ("import", 0), ("import", 0), ("import", 0), ("import", 2)]


def test_chroma_is_parsed_in_the_client(kith, tmp_path, server):
    """A pickle that is no index: whatever reads it must not be the server."""
    chroma, _ = filled(tmp_path / "chroma")
    (chroma.path / chroma.vectors / "index_metadata.pickle").write_bytes(b"\x80\x03cos\nsystem\nX\x02\0\0\0id\x85R.")
    chroma.database.commit()
    assert "its index is damaged" in kith("import", "chroma", chroma.close(), status=1).err
    wait_until(lambda: handed(server) == [("import", 1)], "the server stored what came")


@pytest.mark.parametrize("form", [("import", "-"), ("import", "pipe")])
def test_a_signal_ends_an_import_that_waits_for_its_input(kith, tmp_path, server, form):
    os.mkfifo(tmp_path / "pipe")
    process = kith.start(*form)
    with contextlib.ExitStack() as stack:
        if form[1] == "pipe":
            stack.enter_context((tmp_path / "pipe").open("w"))
        wait_until(lambda: catches(process.pid), "it catches signals")
        process.send_signal(signal.SIGINT)
        assert process.wait(patience(LIMIT_S)) == 130
    assert "interrupted" in process.stderr.read()
    wait_until(lambda: handed(server) == [("import", 130)], "the server has ended it")


def catches(pid: int) -> bool:
    """Does the process have a handler for SIGINT?"""
    with open(f"/proc/{pid}/status") as status:
        mask = next(line.split()[1] for line in status if line.startswith("SigCgt"))
    return bool(int(mask, 16) & 1 << (signal.SIGINT - 1))


def test_stopping_the_server_ends_an_import_that_waits_for_its_input(kith, server):
    process = kith.start("import", "-")
    wait_until(lambda: catches(process.pid), "the server wants its input")
    kith("stop")
    assert process.wait(patience(LIMIT_S)) == 130
    assert server.wait() == 0 and handed(server) == [("import", 130)]


def test_a_file_that_a_process_has_open_is_handed_over_by_its_path(kith, notes, server):
    with (notes / "garden.txt").open() as standard_input:
        added = subprocess.run([kith.binary, "add", "/dev/stdin"], stdin=standard_input, cwd=kith.home, env=kith.environment,
                               stdout=subprocess.PIPE, text=True, timeout=patience(LIMIT_S), check=True)
    assert json.loads(added.stdout.splitlines()[0]) == {"outcome": "added", "source": str(notes / "garden.txt")}
    assert "'/dev/stdin': No such file" in kith("add", "/dev/stdin", status=4).err  # a pipe is no file, with a server or without
    kith("collections", "create", "last")
    wait_until(lambda: len(handed(server)) == 2, "the server has logged it")
    assert handed(server) == [("add", 0), ("collections", 0)]


def test_output_and_status_are_those_of_the_command_alone(tmp_path, notes):
    """Each step with a server and without one, in the same words. Times are left out."""
    (notes / "bad.json").write_text("[{")
    steps = (("add", "notes", "--text"), ("add", "nothing-here"), ("add", "notes", "--json"), ("rm", "garden.txt"), ("rm", "fox", "cow"),
             ("collections", "create", "x"), ("collections", "create", "x"), ("collections", "delete", "x"), ("rm", "--k"),
             ("collections", "rename", "default", "notes"), ("key", "create", "--name", "a", "--scope", "none"))

    def told(kith: Kith) -> list[tuple]:
        results = [kith(*step, status=None) for step in steps]
        return [(result.status, *(re.sub(r"\d+\.\d+", "N", text) for text in (result.out, result.err))) for result in results]

    alone, beside = Kith(tmp_path), Kith(tmp_path)
    alone.directory, beside.directory = tmp_path / "alone", tmp_path / "beside"
    for kith in (alone, beside):
        kith.environment["KITH_DIR"] = str(kith.directory)
    with serving(beside) as server:
        assert told(alone) == told(beside)
        wait_until(lambda: len(handed(server)) >= 9, "the server has logged them")


def test_paths_are_those_of_the_client_wherever_the_server_was_started(kith, notes, server):
    kith.home = notes / "sub"
    assert kith("add", "sort.c", "--json").lines[0]["source"] == str(notes / "sub/sort.c")


def test_a_question_is_answered_on_the_clients_terminal(kith, notes, server):
    kith("add", notes)
    assert "nothing was removed" in run_on_terminal(kith, "rm", "--all", "--collection", "default", keys="n\n").text
    assert run_on_terminal(kith, "rm", "--all", "--collection", "default", keys="y\n").status == 0
    assert kith("collections").lines == []
    wait_until(lambda: ("rm", 0) in handed(server), "the server did it")


@pytest.fixture
def adding(kith, tmp_path, endpoint):
    """A kith add that has stored its first group and waits for the endpoint."""
    many = tmp_path / "many"
    many.mkdir()
    for number in range(600):
        (many / f"{number:03}.txt").write_text(f"Note number {number} of six hundred.\n")
    endpoint.gate.clear()
    process = kith.start("add", many, *REMOTE, "--text", **endpoint.variables)
    wait_until(lambda: endpoint.requests, "the endpoint is asked")
    yield process
    endpoint.gate.set()
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=patience(LIMIT_S))


def test_a_long_add_keeps_no_other_write_waiting(kith, server, adding, endpoint):
    """The add is at its first group all the time: the other write waits for no end of one."""
    made = server("POST", COLLECTIONS, {"name": "other"}).json
    server("POST", f"{COLLECTIONS}/{made['id']}/add", {"ids": ["a"], "embeddings": [[1, 2]]}, status=201)
    kith("collections", "create", "third")
    assert adding.poll() is None
    endpoint.gate.set()
    out, err = adding.communicate(timeout=patience(LIMIT_S))
    assert (adding.returncode, err) == (0, "") and "600 processed" in out


def test_a_signal_to_the_client_ends_the_command_and_its_request_to_an_endpoint(server, adding):
    adding.send_signal(signal.SIGINT)
    out, err = adding.communicate(timeout=patience(LIMIT_S))
    assert adding.returncode == 130 and "interrupted: the documents counted above are stored" in err
    wait_until(lambda: handed(server) == [("add", 130)], "the server has ended it")


def test_a_client_that_is_killed_ends_its_command(server, adding):
    adding.kill()
    wait_until(lambda: handed(server) == [("add", 130)], "the server has ended it")


def test_stopping_the_server_ends_an_add_in_order(kith, server, adding):
    stopping = kith.start("stop")
    wait_until(lambda: "event=stopping" in "".join(server.log), "the server stops")
    assert stopping.wait(patience(LIMIT_S)) == 0
    out, err = adding.communicate(timeout=patience(LIMIT_S))
    assert adding.returncode == 130 and "the same command goes on from here" in err
    assert server.wait() == 0
    assert ("add", 130) in handed(server)


def test_a_server_that_is_killed_is_told_and_the_add_goes_on_afterwards(tmp_path, notes):
    kith = Kith(tmp_path)
    with pytest.raises(AssertionError), serving(kith) as server:  # the end of the server is no orderly one
        watch = kith.start("watch", notes)
        while "in_step" not in watch.stderr.readline():
            pass
        server.process.kill()
        out, err = watch.communicate(timeout=patience(LIMIT_S))
        assert watch.returncode == 6 and "the server ended before this command had" in err
    assert "Rome" in kith("search", "capital of Italy").out
    assert kith("add", notes).lines[-1]["summary"]["files_unchanged"] == 6


def test_a_watch_runs_in_the_server_until_its_client_goes(kith, notes, server):
    watch = Watch(kith, notes)
    watch.until_in_step()
    (notes / "bridge.txt").write_text("The old bridge over the Limmat was rebuilt in 1913.\n")
    watch.until("file_added", notes / "bridge.txt")
    kith("rm", "fox")
    assert watch.stop(signal.SIGTERM) == 0
    wait_until(lambda: handed(server) == [("rm", 0), ("watch", 0)], "both ended")


def test_a_reader_that_goes_away_ends_the_command_with_its_status(kith, notes, server):
    process = kith.start("add", notes, "--json")
    process.stdout.close()
    assert process.wait(patience(LIMIT_S)) == 141


def test_a_command_above_the_limit_waits_and_tells(kith, notes, server):
    kith("add", notes)
    watches = [Watch(kith, notes) for _ in range(16)]
    for watch in watches:
        watch.until_in_step()
    waiting = kith.start("rm", "fox")
    assert "the server runs as many commands as it takes" in waiting.stderr.readline()
    assert watches[0].stop() == 0
    assert waiting.wait(patience(LIMIT_S)) == 0
    for watch in watches[1:]:
        assert watch.stop() == 0


def receive_all(connection):
    answer = b""
    with contextlib.suppress(ConnectionResetError):  # the other end did not read all before it refused
        while piece := connection.recv(65536):
            answer += piece
    return answer


def send(kith: Kith, *pieces: bytes) -> bytes:
    """Sends bytes to the server's socket, and gives what it answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(patience(LIMIT_S))
        connection.connect(str(kith.directory / "command.sock"))
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return receive_all(connection)


@pytest.mark.parametrize("bytes_sent", [
    b"", b"\0", b"\xff" * 8, struct.pack("<II", 99, 0), struct.pack("<II", REQUEST, 0xffffffff), struct.pack("<II", REQUEST, 4) + b"\1\0\0\0",
    struct.pack("<II", OUTPUT_FAILED, 4) + b"\1\0\0\0", struct.pack("<II", REQUEST, 100) + b"x" * 100, b"GET / HTTP/1.1\r\n\r\n",
], ids=range(9))
def test_what_is_no_request_is_refused(kith, notes, server, bytes_sent):
    answer = send(kith, bytes_sent)
    assert struct.unpack_from("<I", answer)[0] == REFUSED
    kith("add", notes)


def test_another_version_is_refused_with_both_named(kith, server):
    version = b"9.9.9\0"
    body = struct.pack("<II", 1, len(version)) + version
    head = struct.pack("<II", REQUEST, len(body))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(kith.directory / "command.sock"))
        here = os.open("/", os.O_PATH)
        socket.send_fds(connection, [head], [here])
        os.close(here)
        connection.sendall(body)
        answer = receive_all(connection)
    assert b"9.9.9" in answer and kith("--version", "--json").lines[0]["version"].encode() in answer


def test_the_socket_is_for_its_user_alone_and_goes_with_the_server(tmp_path):
    kith = Kith(tmp_path)
    with serving(kith):
        assert (kith.directory / "command.sock").stat().st_mode & 0o777 == 0o600
        assert kith("check").status == 0
    assert not (kith.directory / "command.sock").exists()
