"""Random file operations, mirrored into a collection by add, add --sync and watch, with kills: afterwards the collection is what a plain
look at the folder says it must be.

The model is the folder itself. After a run that was left to end: each content below the root is in exactly one document, whose path exists
and has that content; no document or note is of a path that does not exist (after --sync or watch); whatever else has a content is noted as
the duplicate of a path that has it. In every other state, killed ones included: what was reported is so.

KITH_MODEL_SEEDS (how many, default 3), KITH_MODEL_FIRST (the first, default 1) and KITH_MODEL_STEPS (default 14) make it longer."""

import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest
from patience import patience

SEEDS = int(os.environ.get("KITH_MODEL_SEEDS", "3"))
FIRST = int(os.environ.get("KITH_MODEL_FIRST", "1"))
STEPS = int(os.environ.get("KITH_MODEL_STEPS", "14"))
LIMIT_S = 60
REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")


class Folder:
    """A folder that changes at random; all names and texts come from the seed."""

    def __init__(self, home: pathlib.Path, chance: random.Random):
        self.home, self.chance = home, chance
        self.roots = self.texts = 0
        self.root = home / "root0"
        self.root.mkdir()
        self.log: list[str] = []

    def files(self) -> list[pathlib.Path]:
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def directories(self) -> list[pathlib.Path]:
        return [self.root, *sorted(path for path in self.root.rglob("*") if path.is_dir())]

    def text(self) -> str:
        self.texts += 1
        return "".join(f"Line {line} of text number {self.texts}.\n" for line in range(self.chance.choice([1, 1, 2, 5])))

    def a_file(self) -> pathlib.Path:
        return self.chance.choice(self.files() or [self.create()])

    def a_path(self) -> pathlib.Path:
        """Of a file, there or not; few, so that they meet."""
        return self.chance.choice(self.directories()) / f"f{self.chance.randrange(6)}.txt"

    def create(self) -> pathlib.Path:
        path = self.a_path()
        path.write_text(self.text())
        return path

    def append(self):
        with self.a_file().open("a") as out:
            out.write(self.text())

    def touch(self):
        os.utime(self.a_file())

    def delete(self):
        self.a_file().unlink()

    def rename(self):
        self.a_file().rename(self.a_path())

    def rename_over(self):
        one, other = self.a_file(), self.a_file()
        one.rename(other)

    def swap(self):
        one, other, aside = self.a_file(), self.a_file(), self.root / "aside.txt"
        if one != other:
            one.rename(aside)
            other.rename(one)
            aside.rename(other)

    def copy(self):
        one, other = self.a_file(), self.a_path()
        if one != other:
            shutil.copy(one, other)

    def copy_and_delete(self):
        one, other = self.a_file(), self.a_path()
        if one != other:
            shutil.copy(one, other)
            one.unlink()

    def save_by_hidden_name(self):
        path = self.a_file()
        hidden = path.with_name(f".{path.name}.swp")
        hidden.write_text(self.text())
        hidden.rename(path)

    def save_by_visible_name(self):
        path = self.a_file()
        visible = path.with_name("save.txt")
        visible.write_text(self.text())
        time.sleep(self.chance.choice([0, 0, 0.35]))
        visible.rename(path)

    def make_directory(self):
        (self.chance.choice(self.directories()[:3]) / f"d{self.chance.randrange(3)}").mkdir(exist_ok=True)

    def rename_directory(self):
        for path in self.directories()[1:]:
            target = self.root / f"d{self.chance.randrange(3)}"
            if not target.exists():
                path.rename(target)
                return

    def remove_directory(self):
        for path in self.directories()[-1:]:
            if path != self.root:
                shutil.rmtree(path)

    def change_mode(self):
        self.a_file().chmod(self.chance.choice([0o600, 0o644, 0o444]))

    def rename_root(self):
        self.roots += 1
        self.root = self.root.rename(self.home / f"root{self.roots}")

    def change(self, count: int) -> None:
        ordinary = [self.create, self.create, self.append, self.touch, self.delete, self.rename, self.rename_over, self.swap, self.copy, self.copy,
                    self.copy_and_delete, self.save_by_hidden_name, self.save_by_visible_name, self.make_directory, self.rename_directory,
                    self.remove_directory, self.change_mode]
        for _ in range(count):
            operation = self.chance.choice(ordinary)
            self.log.append(operation.__name__)
            operation()


def stored(kith) -> tuple[dict[str, str], dict[str, str]]:
    """The text of each source, and the original of each noted file ("" when it is no duplicate). Read without opening the directory
    as kith does, so that a killed one is looked at as it lies there."""
    if not (kith.directory / "kith.db").exists():
        return {}, {}
    database = sqlite3.connect(kith.directory / "kith.db")
    database.text_factory = str
    has_tables = database.execute("select 1 from sqlite_master where name = 'files'").fetchone()
    documents = database.execute("select cast(source as text), cast(text as text) from documents").fetchall() if has_tables else []
    notes = database.execute("select cast(path as text), cast(original as text) from files").fetchall() if has_tables else []
    database.close()
    assert len(documents) == len(dict(documents)), "a source has two documents"
    return dict(documents), dict(notes)


class Mirror:
    """Runs of kith on the folder, and what must hold after them."""

    def __init__(self, kith, folder: Folder, endpoint):
        self.kith, self.folder, self.endpoint = kith, folder, endpoint
        self.chance = folder.chance

    def start(self, command: str, *options: str) -> subprocess.Popen:
        self.folder.log.append(" ".join((command, *options)))
        return self.kith.start(command, *options, *REMOTE, "--json", self.folder.root, **self.endpoint.variables)

    def check_reports(self, out: str) -> None:
        """What an add reported is on disk, whether it was killed or not."""
        documents, notes = stored(self.kith)
        last = {}
        for line in out.splitlines(keepends=True):
            if line.endswith("\n") and line.startswith('{"outcome"'):
                event = json.loads(line)
                last[event["source"]] = event
        for source, event in last.items():
            if event["outcome"] in ("added", "updated", "renamed", "unchanged"):
                assert documents.get(source) == pathlib.Path(source).read_text(), event
            if event["outcome"] == "duplicate":
                assert documents[notes[source]] == pathlib.Path(source).read_text(), event

    def check_whole(self, removes: bool) -> None:
        """The state after a run that was left to end."""
        documents, notes = stored(self.kith)
        owners: dict[str, list[str]] = {}
        for source, content in documents.items():
            owners.setdefault(content, []).append(source)
        for path in self.folder.files():
            content = path.read_text()
            assert len(owners.get(content, [])) == 1, (str(path), owners.get(content), notes.get(str(path)))
            owner = owners[content][0]
            assert pathlib.Path(owner).is_file() and pathlib.Path(owner).read_text() == content, (str(path), owner)
            assert owner == str(path) or notes.get(str(path)) == owner, (str(path), owner, notes.get(str(path)))
        for path, original in notes.items():
            assert not original or original in documents, (path, original)
        for line in self.kith("files", "--json").lines if removes else []:
            assert pathlib.Path(line["source"]).is_file(), line

    def add(self, *options: str) -> None:
        """One that is left to end."""
        process = self.start("add", *options)
        out, err = process.communicate(timeout=patience(LIMIT_S))
        assert process.returncode == 0, err
        self.check_reports(out)
        self.check_whole(bool(options))

    def kill_add(self) -> None:
        process = self.start("add", *self.chance.choice([(), ("--sync",)]))
        time.sleep(self.chance.uniform(0, 0.12))
        process.kill()
        out, _ = process.communicate(timeout=patience(LIMIT_S))
        self.check_reports(out)

    def watch(self, kills: bool) -> None:
        """The folder changes while it is watched."""
        process = self.start("watch", "--log-format", "json")
        events: list[dict] = []
        reader = threading.Thread(target=lambda: events.extend(map(json.loads, process.stderr)), daemon=True)
        reader.start()
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        try:
            for _ in range(self.chance.choice([1, 2, 3])):
                if not kills or self.chance.random() < 0.5:
                    self.await_step(events)
                else:
                    time.sleep(self.chance.uniform(0, 0.2))
                self.folder.change(self.chance.choice([1, 2, 4]))
            if kills:
                time.sleep(self.chance.uniform(0, 0.6))
                process.kill()
            else:
                self.await_rest(events)
                process.send_signal(signal.SIGTERM)
            process.wait(timeout=patience(LIMIT_S))
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            reader.join()
            drain.join()
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()
        self.folder.log += [f"  {event['event']} {event.get('path', '')} {event.get('duplicate_of', event.get('renamed_from', ''))}" for event in events]
        if not kills:
            assert process.returncode == 0
            self.check_whole(True)

    def await_step(self, events: list[dict]) -> None:
        """The first of its runs, or the next."""
        deadline = time.monotonic() + patience(LIMIT_S)
        while not any(event["event"] == "in_step" for event in events):
            assert time.monotonic() < deadline, events
            time.sleep(0.02)

    def await_rest(self, events: list[dict]) -> None:
        """In step, and nothing since for longer than it waits for more changes."""
        count, since = len(events), time.monotonic()
        deadline = time.monotonic() + patience(LIMIT_S)
        while time.monotonic() - since < patience(1.0) or events[-1]["event"] != "in_step":
            assert time.monotonic() < deadline, events
            if len(events) != count:
                count, since = len(events), time.monotonic()
            time.sleep(0.02)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_the_collection_is_what_the_folder_says_after_random_changes_runs_and_kills(kith, tmp_path, endpoint, seed):
    chance = random.Random(seed)
    folder = Folder(tmp_path, chance)
    mirror = Mirror(kith, folder, endpoint)
    try:
        for step in range(STEPS):
            if step == STEPS // 2 or chance.random() < 0.08:
                mirror.add("--sync")
                folder.log.append("rename_root")
                folder.rename_root()
                mirror.add("--sync")
            folder.change(chance.choice([1, 3, 8]))
            what = chance.random()
            if what < 0.35:
                mirror.kill_add()
            elif what < 0.45:
                mirror.watch(kills=True)
            elif what < 0.55:
                mirror.watch(kills=False)
            elif what < 0.7:
                mirror.add()
            else:
                mirror.add("--sync")
        mirror.add("--sync")
    except BaseException:
        print(f"seed {seed}: {folder.log}")
        raise
