"""What others may do to a data directory, or to the process that has it open: no signal ends kith, and nothing outside is written."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess

import pytest
from patience import patience
from test_watch import Watch

LIMIT_S = 60


def make_fifo(path: pathlib.Path, victim: pathlib.Path) -> None:
    os.mkfifo(path)


def make_link(path: pathlib.Path, victim: pathlib.Path) -> None:
    path.symlink_to(victim)


@pytest.fixture
def victim(tmp_path) -> pathlib.Path:
    made = tmp_path / "victim"
    made.write_text("precious\n")
    return made


@pytest.mark.parametrize("plant", [make_fifo, make_link])
@pytest.mark.parametrize("name, command", [("LOCK", ("rm", "garden")), ("kith.db", ("search", "--rank", "words", "tomato"))],
                         ids=["LOCK", "kith.db"])  # who only reads has no use for LOCK
def test_a_link_or_a_pipe_in_place_of_a_file_is_refused(added, victim, name, command, plant):
    (added.directory / name).rename(added.directory / "kept")
    plant(added.directory / name, victim)
    assert name in added(*command, status=6).err
    assert victim.read_text() == "precious\n"
    (added.directory / name).unlink()
    (added.directory / "kept").rename(added.directory / name)
    assert added("search", "--rank", "words", "tomato").lines


def make_link_to_folder(path: pathlib.Path, victim: pathlib.Path) -> None:
    path.symlink_to(victim.parent)


@pytest.mark.parametrize("plant", [make_fifo, make_link, make_link_to_folder])
@pytest.mark.parametrize("names", [("1",), ("1.index", "1.index.tmp"), ("1/7", "1/8.tmp"), ("1/7/manifest",), ("1/7/words.0",)],
                         ids=["home", "old", "generation", "manifest", "part"])
def test_a_link_or_a_pipe_anywhere_in_an_index_is_replaced_and_not_followed(added, notes, victim, names, plant):
    derived = added.directory / "derived"
    (derived / "1.index").write_bytes(b"KITHDRV5 and whatever that format had")
    assert "rebuilt" in added("search", "--rank", "words", "tomato").err
    (saved,) = (derived / "1").iterdir()
    saved.rename(derived / "1/7")
    for name in names:
        if (derived / name).is_dir():
            shutil.rmtree(derived / name)
        (derived / name).unlink(missing_ok=True)
        plant(derived / name, victim)
    (notes / "new.txt").write_text("A heron waits for frogs at the edge of the pond.\n")
    added("add", notes)
    assert added("search", "--rank", "words", "heron").lines
    assert added("search", "--rank", "words", "heron").err == ""
    assert victim.read_text() == "precious\n" and victim.parent.is_dir()
    if names[0] != "1.index":  # which nobody looks at while there is a generation; the next save removes it
        assert not [path for path in derived.rglob("*") if path.is_symlink() and ".damaged" not in str(path)]


def test_a_limit_on_the_size_of_files_is_an_error_and_no_signal(kith, notes):
    (notes / "long.txt").write_text("".join(f"Line {i} tells of apples and of the river.\n" for i in range(400)))
    kith("add", notes / "garden.txt")
    limited = subprocess.run([kith.binary, "add", str(notes)], env=kith.environment, cwd=kith.home, capture_output=True, text=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)), timeout=patience(LIMIT_S))
    assert limited.returncode == 6 and "File too large" in limited.stderr, limited
    assert kith("search", "--rank", "words", "tomato").lines
    kith("add", notes)


@pytest.fixture
def watch(kith, notes):
    started = Watch(kith, notes)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()


@pytest.mark.parametrize("loss", ["directory", "kith.db"])
def test_a_watch_ends_when_its_data_directory_is_taken_away(kith, notes, watch, loss):
    watch.until_in_step()
    if loss == "directory":
        shutil.rmtree(kith.directory)
    else:
        (kith.directory / loss).unlink()
    (notes / "new.txt").write_text("A heron waits for frogs at the edge of the pond.\n")
    ended = watch.until_event("ended")
    assert not any(event["event"] == "file_added" and event["path"].endswith("new.txt") for event in ended), ended
    assert watch.process.wait(timeout=patience(LIMIT_S)) == 6


def test_a_watch_goes_on_when_lock_was_deleted_since_each_turn_takes_it_anew(kith, notes, watch):
    watch.until_in_step()
    (kith.directory / "LOCK").unlink()
    (notes / "new.txt").write_text("A heron waits for frogs at the edge of the pond.\n")
    watch.until_event("file_added", notes / "new.txt")
    assert kith("search", "--rank", "words", "heron", "--json").lines
    assert watch.stop() == 0


def test_a_folder_whose_ignore_file_is_too_long_fails_and_keeps_what_it_had(added, notes):
    (notes / "sub/.gitignore").write_text("private.txt\n" + "#" * (1 << 20))
    (notes / "sub/private.txt").write_text("The password of the safe is swordfish.\n")
    result = added("add", "--sync", notes, status=1)
    (failed,) = [line for line in result.lines if line.get("outcome") == "failed"]
    assert failed["source"] == str(notes / "sub") and ".gitignore" in failed["reason"]
    assert added("search", "--rank", "words", "swordfish", status=1).lines == []
    assert added("search", "--rank", "words", "sorts numbers").lines
    (notes / "sub/.gitignore").write_text("private.txt\n")
    added("add", "--sync", notes)
    assert added("search", "--rank", "words", "swordfish", status=1).lines == []
    assert added("search", "--rank", "words", "sorts numbers").lines
    assert not any(line["state"] == "failed" for line in added("files", "--json").lines)


def test_no_core_file_holds_a_key(kith, notes):
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern")
    if not pattern.exists() or pattern.read_text().strip() not in ("core", "core.%p"):
        pytest.skip("core files do not go to the working directory here")
    for variables, expected in (({}, True), ({"OPENAI_API_KEY": "sk-secret-value"}, False)):
        folder = kith.home / f"core-{expected}"
        folder.mkdir()
        process = subprocess.Popen([kith.binary, "watch", str(notes), "--log-format", "json"], cwd=folder, env={**kith.environment, **variables},
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
        for line in process.stderr:
            if json.loads(line)["event"] == "in_step":
                break
        process.send_signal(signal.SIGABRT)
        process.wait(timeout=patience(LIMIT_S))
        process.stderr.close()
        if expected and not list(folder.glob("core*")):
            pytest.skip("no core file is written here at all")
        assert bool(list(folder.glob("core*"))) == expected
