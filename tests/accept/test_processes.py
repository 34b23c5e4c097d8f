"""Many processes on one data directory: all read at any time, and take turns to write."""

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

import pytest
from patience import patience
from program import Kith


def text_of(i: int) -> str:
    return f"Note {i}: the marker word is zebra{i}, and the rest is about gardens, bread and night trains.\n"


def write_texts(folder: pathlib.Path, count: int, prefix: str = "n", first: int = 0) -> pathlib.Path:
    folder.mkdir(exist_ok=True)
    for i in range(first, first + count):
        (folder / f"{prefix}{i}.txt").write_text(text_of(i))
    return folder


def start_unread(kith: Kith, *arguments) -> subprocess.Popen:
    """Nobody reads what it reports: a full pipe would stop it."""
    return subprocess.Popen([kith.binary, *map(str, arguments)], cwd=kith.home, env=kith.environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(condition, what: str, seconds: float = 60):
    end = time.monotonic() + patience(seconds)
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)


def documents(kith: Kith) -> int:
    result = kith("stats", "--json", status=None)
    return result.lines[0].get("documents", 0) if result.status == 0 else 0


@contextlib.contextmanager
def turn_of_another(directory: pathlib.Path):
    """Has the turn to write, and keeps it, as a process that hangs would."""
    with (directory / "LOCK").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def mounted(target: pathlib.Path, *arguments: str):
    target.mkdir(exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", *arguments, str(target)], capture_output=True, check=False).returncode != 0:
        pytest.skip("cannot mount here")
    try:
        yield target
    finally:
        subprocess.run(["umount", str(target)], check=True)


READING = (("search", "tomato plants"), ("ask", "--no-llm", "How long are backups kept?"), ("get", "garden.txt"), ("stats",),
           ("files",), ("collections",), ("conversations",))


@pytest.mark.parametrize("command", READING, ids=lambda c: c[0])
def test_reading_waits_for_nobody_who_writes(added, command):
    alone = added(*command, "--json", status=None)
    with turn_of_another(added.directory):
        begun = time.monotonic()
        beside = added(*command, "--json", status=None)
        assert time.monotonic() - begun < patience(20)
    assert beside.status == alone.status
    assert beside.status in (0, 4)  # get: ids are absolute paths


def test_search_finds_what_add_has_stored_while_it_runs(kith, tmp_path):
    folder = write_texts(tmp_path / "many", 1200)
    kith("collections", "create", "default")
    adding = start_unread(kith, "add", folder)
    seen = []
    while adding.poll() is None:
        seen.append(documents(kith))
        kith("search", "--rank", "words", "zebra0", status=None)
    assert adding.wait() == 0
    assert seen == sorted(seen)
    assert any(0 < n < 1200 for n in seen), seen
    assert documents(kith) == 1200
    assert "zebra1199" in kith("search", "--rank", "words", "zebra1199", "--json").out


def test_what_watch_keeps_fresh_can_be_asked(added, notes):
    watching = added.start("watch", notes)
    try:
        wait_until(lambda: "in_step" in watching.stderr.readline(), "watch is in step")
        (notes / "bridge.txt").write_text("The old bridge over the Limmat was rebuilt in 1913 by the engineer Mara Voss.\n")
        wait_until(lambda: "bridge.txt" in watching.stderr.readline(), "watch reports the new file")
        assert "Mara Voss" in added("ask", "--no-llm", "Which engineer rebuilt the old bridge over the Limmat?").out
        (notes / "bridge.txt").unlink()
        wait_until(lambda: "bridge.txt" in watching.stderr.readline(), "watch reports the removal")
        assert "Mara Voss" not in added("search", "Mara Voss rebuilt the bridge", status=None).out
        other = write_texts(notes.parent / "other", 3)
        added("add", other)
        assert "zebra2" in added("search", "--rank", "words", "zebra2").out
    finally:
        watching.send_signal(signal.SIGTERM)
        assert watching.wait(patience(60)) == 0


def test_two_adds_at_once_both_store_all_their_files(kith, tmp_path):
    a, b = write_texts(tmp_path / "a", 700, "a"), write_texts(tmp_path / "b", 700, "b", 5000)
    both = [start_unread(kith, "add", a), start_unread(kith, "add", b)]
    for process in both:
        assert process.wait(timeout=patience(300)) == 0
    assert documents(kith) == 1400
    for word in ("zebra0", "zebra699", "zebra5000", "zebra5699"):
        assert word in kith("search", "--rank", "words", word).out


def test_readers_see_only_whole_states(kith, tmp_path):
    """Each write replaces one file of two documents, so that the number of documents is even in every committed state."""
    kith("collections", "create", "default")
    script = (f"i=0; while [ $i -lt 200 ]; do '{kith.binary}' stats --json; i=$((i+1)); [ -e '{tmp_path}/end' ] && break; done")
    readers = [subprocess.Popen(["sh", "-c", script], env=kith.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(8)]
    folder = tmp_path / "pairs"
    folder.mkdir()
    for i in range(20):
        for j in range(10):
            (folder / f"p{j}.csv").write_text(f"id,content\nfirst{j},{text_of(i * 1000 + j)[:-1].replace(',', '')}\n"
                                              f"second{j},{text_of(i * 1000 + 500 + j)[:-1].replace(',', '')}\n")
        kith("add", folder)
    (tmp_path / "end").touch()
    states = set()
    for reader in readers:
        out, err = reader.communicate(timeout=patience(120))
        assert reader.returncode == 0 and err == "", err
        states |= {json.loads(line).get("documents", 0) for line in out.splitlines()}
    assert states and all(n % 2 == 0 and n <= 20 for n in states), states
    kith("search", "zebra19000")


def test_a_killed_writer_leaves_its_turn_to_the_next(kith, tmp_path):
    folder = write_texts(tmp_path / "many", 600)
    adding = start_unread(kith, "add", folder)
    wait_until(lambda: (kith.directory / "kith.db").exists() and documents(kith) > 0, "something is stored")
    adding.kill()
    adding.wait()
    kith("add", "--wait", "0", folder)
    assert documents(kith) == 600


def test_without_waiting_a_write_ends_at_once_with_status_3(added, tmp_path):
    more = write_texts(tmp_path / "more", 1)
    with turn_of_another(added.directory):
        begun = time.monotonic()
        refused = added("add", "--wait", "0", more, status=3)
        assert time.monotonic() - begun < patience(20)
        assert "in use by process" in refused.err
        added("rm", "--wait", "0", "--all", "--yes", "--collection", "default", status=3)
    added("add", more)


def test_a_write_waits_for_its_turn_and_tells(added, tmp_path):
    more = write_texts(tmp_path / "more", 1)
    with turn_of_another(added.directory):
        waiting = added.start("add", more)
        assert "waiting for another process" in waiting.stderr.readline()
        assert waiting.poll() is None
    assert waiting.wait(patience(60)) == 0
    assert "zebra0" in added("search", "--rank", "words", "zebra0").out


def read_all(kith: Kith):
    assert "Rome" in kith("search", "capital of Italy").out
    assert "thirty days" in kith("ask", "--no-llm", "How long are backups kept?").out
    for command in ("stats", "files", "collections"):
        kith(command)


@pytest.mark.parametrize("log", ("without a log", "with a log", "with a log and nothing else"))
def test_a_read_only_directory_is_read(added, tmp_path, log):
    if log != "without a log":
        # A writer that was killed leaves its log and SQLite's shared memory.
        holding = sqlite3.connect(added.directory / "kith.db", isolation_level=None)
        holding.execute("SELECT count(*) FROM catalog").fetchone()
        added("rm", "--kind", "document", "fox", status=None)
        copy = tmp_path / "copy"
        subprocess.run(["cp", "-a", str(added.directory), str(copy)], check=True)
        holding.close()
        if log == "with a log and nothing else":
            (copy / "kith.db-shm").unlink()
        added.directory.rename(tmp_path / "was")
        copy.rename(added.directory)
    with mounted(tmp_path / "media", "--bind", str(added.directory)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(tmp_path / "media")], check=True)
        before = sorted(p.name for p in added.directory.rglob("*"))
        elsewhere = {"KITH_DIR": str(tmp_path / "media")}
        assert "Rome" in added("search", "capital of Italy", **elsewhere).out
        assert "thirty days" in added("ask", "--no-llm", "How long are backups kept?", **elsewhere).out
        for command in ("stats", "files", "collections"):
            added(command, **elsewhere)
        chat = added("chat", "--no-llm", stdin="How long are backups kept?\n", **elsewhere)
        assert "thirty days" in chat.out and "cannot be written" in chat.err
        refused = added("add", tmp_path / "notes", status=6, **elsewhere).err
        assert "cannot be written to" in refused and "Read-only file system" in refused and "what only reads works" in refused, refused
        assert sorted(p.name for p in added.directory.rglob("*")) == before


@pytest.mark.parametrize("kind", ("tmpfs", "ext4 with blocks of 1 KiB"))
@pytest.mark.parametrize("log", (False, True), ids=("closed in order", "killed while full"))
def test_a_full_disk_is_read(kith, notes, tmp_path, kind, log):
    arguments = ["-t", "tmpfs", "-o", "size=8m", "tmpfs"]
    if kind != "tmpfs":
        image = tmp_path / "image"
        with image.open("wb") as file:
            file.truncate(8 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-b", "1024", "-m", "0", str(image)], check=True)
        arguments = ["-o", "loop", str(image)]
    with mounted(tmp_path / "disk", *arguments):
        kith.directory = tmp_path / "disk/data"
        kith.environment["KITH_DIR"] = str(kith.directory)
        kith("add", notes)
        filler = tmp_path / "disk/filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1024))
        if log:
            many = write_texts(tmp_path / "many", 1500)
            assert kith("add", many, status=None).status in (1, 6)
        read_all(kith)
        kith("rm", "garden", "--yes")
        assert kith("get", "garden", status=4)
        kith("rm", "--all", "--yes", "--collection", "default")
        kith("search", "tomato", "--collection", "default", status=4)
        filler.unlink()
        kith("add", notes)
        read_all(kith)
