"""kith check, backup and restore, as a user meets them."""

import contextlib
import os
import shutil
import sqlite3
import subprocess

import pytest


def data(kith):
    return kith.directory


def damage(kith, statement: str) -> None:
    database = sqlite3.connect(data(kith) / "kith.db")
    with database:
        database.execute(statement)
    database.close()


@pytest.mark.smoke
def test_a_sound_directory_is_well(added):
    result = added("check", "--text")
    assert result.out.endswith("all is well\n")
    summary = added("check", "--json").lines[-1]["summary"]
    assert summary["damages"] == summary["notes"] == 0 and summary["chunks"] == summary["index_rows"] > 0


def test_each_finding_says_what_to_do_and_the_status_says_how_bad(added):
    (data(added) / "stray.txt").write_text("x")
    result = added("check", "--text", status=1)
    assert "note: 'stray.txt'" in result.out and "to do: remove it" in result.out and "no damage" in result.out
    damage(added, "UPDATE points SET content = content || '!'")
    result = added("check", "--json", status=6)
    findings = [line for line in result.lines if "finding" in line]
    assert {line["finding"] for line in findings} == {"damage", "note"} and all(line["do"] and line["what"] for line in findings)
    summary = result.lines[-1]["summary"]
    assert summary["damages"] + summary["notes"] == len(findings) and summary["damages"] == summary["chunks"]


def test_a_short_index_page_makes_no_short_answer(added):
    """faults.md F3: 84 of 104 chunks, and KITH_OK."""
    database = sqlite3.connect(data(added) / "kith.db")
    (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'points_by_document'").fetchone()
    database.close()
    with open(data(added) / "kith.db", "r+b") as file:
        file.seek((page - 1) * 8192 + 3)
        file.write(b"\0\0")
    assert "kith check" in added("get", "garden", status=6).err
    assert "points_by_document" in added("check", "--text", status=6).out


def test_a_damaged_index_of_documents_is_told_by_whoever_needs_it(added, notes):
    database = sqlite3.connect(data(added) / "kith.db")
    (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'documents_by_source'").fetchone()
    database.close()
    with open(data(added) / "kith.db", "r+b") as file:
        file.seek((page - 1) * 8192)
        bytes_ = file.read(8192)
        file.seek((page - 1) * 8192 + bytes_.index(b"garden.txt"))
        file.write(b"harden.txt")
    (notes / "garden.txt").unlink()
    for command in (["files"], ["add", "--sync", notes]):
        error = added(*command, status=6).err
        assert "garden.txt' should have 1 rows, 0 were found" in error and "kith check" in error, error
    assert "documents_by_source" in added("check", "--text", status=6).out


def test_check_reads_a_directory_that_nobody_may_write_to(added):
    for name in ("kith.db", "LOCK"):
        os.chmod(data(added) / name, 0o400)
    os.chmod(data(added), 0o500)
    try:
        added("check")
    finally:
        os.chmod(data(added), 0o700)


def test_a_directory_that_nobody_may_write_to_says_what_works_all_the_same(kith, tmp_path):
    kith("collections", "create", "things")
    paths = [data(kith), data(kith) / "kith.db", data(kith) / "LOCK"]
    modes = {path: path.stat().st_mode & 0o777 for path in paths}
    for path in paths:
        os.chmod(path, 0o555)
    # Root may write everywhere: then the program runs as nobody, who may look into the folders above.
    above = [path for path in tmp_path.resolve().parents if os.geteuid() == 0 and path.stat().st_uid == 0 and path != path.parent]
    opened = {path: path.stat().st_mode & 0o7777 for path in [tmp_path, kith.home, *above]}
    for path, mode in opened.items():
        os.chmod(path, mode | 0o055)
    other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([kith.binary, *arguments], cwd="/", env=kith.environment, capture_output=True, text=True, check=False, **other)

    try:
        assert run("stats").returncode == 0
        for arguments in (["collections", "create", "more"], ["collections", "limit", "things", "--index-memory", "5"], ["key", "create", "--name", "a"]):
            refused = run(*arguments)
            assert refused.returncode == 6 and "data directory" in refused.stderr and "cannot be written to" in refused.stderr, refused
            assert "what only reads works all the same: kith search" in refused.stderr
    finally:
        for path, mode in (opened | modes).items():
            os.chmod(path, mode)


def test_a_restoration_that_fails_leaves_nothing(added, tmp_path):
    backup = tmp_path / "backup.db"
    added("backup", backup)
    with backup.open("r+b") as file:
        file.seek(5 * 8192)
        file.write(os.urandom(8192))
    target = tmp_path / "new"
    added("restore", backup, "--dir", target, status=6)
    assert not target.exists()
    target.mkdir()
    added("restore", backup, "--dir", target, status=6)
    assert list(target.iterdir()) == []
    # A directory that is in use keeps what it has.
    lock = (data(added) / "LOCK").stat().st_ino
    added("restore", backup, "--force", status=6)
    assert (data(added) / "LOCK").stat().st_ino == lock
    added("check")


def test_a_file_that_is_no_backup_is_a_wrong_argument(added, tmp_path):
    text, empty, other, target = tmp_path / "notes.txt", tmp_path / "empty", tmp_path / "other.db", tmp_path / "new"
    text.write_text("These are notes, and no database.\n")
    empty.touch()
    with contextlib.closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE things (name)")
        database.commit()
    for file in text, empty, other:
        refused = added("restore", file, "--dir", target, status=2)
        assert f"'{file}'" in refused.err and "no backup" in refused.err, refused
        assert not target.exists()


def test_a_backup_is_restored_and_found_in(added, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    added("backup", folder)
    (file,) = folder.iterdir()
    assert file.name.startswith("kith-") and file.name.endswith("Z.db") and file.stat().st_mode & 0o777 == 0o600
    before = added("search", "tomato plants", "--json").lines
    added("collections", "delete", "default", "--yes")
    result = added("restore", file, status=2)
    assert "--force" in result.err
    assert "restored" in added("restore", file, "--force", "--text").out
    assert added("search", "tomato plants", "--json").lines == before
    added("check")


def test_a_backup_replaces_a_file_by_force_alone(added, tmp_path):
    file = tmp_path / "backup.db"
    file.write_text("mine")
    assert "--force" in added("backup", file, status=2).err
    assert file.read_text() == "mine"
    added("backup", file, "--force")
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_a_copied_database_alone_is_no_backup_while_its_log_lies_there(added, tmp_path):
    shutil.copy(data(added) / "kith.db", tmp_path / "copy.db")
    (tmp_path / "copy.db-wal").write_bytes(b"x" * 100)
    assert "log beside it" in added("restore", tmp_path / "copy.db", "--force", status=2).err
