"""Sync that stays true: what becomes of each file, and of what it held before."""

import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

FOX = "The red fox hunts mice at dusk along the hedges of the old farm.\n"
TIDE = "Spring tides come with the new moon and with the full moon, every month.\n"
BREAD = "Sourdough rests for twelve hours before it is baked in a hot stone oven.\n"


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def sync(kith, folder, *arguments, status: int | None = 0, **variables: str) -> dict[str, dict]:
    """Runs kith add --sync; by the file's path below the folder, its line."""
    lines = kith("add", "--sync", folder, "--json", *arguments, status=status, **variables).lines
    start = str(folder) + "/"
    return {line["source"].removeprefix(start): line for line in lines if "outcome" in line}


def outcomes(events: dict[str, dict]) -> dict[str, str]:
    return {name: line["outcome"] for name, line in events.items()}


def files(kith, folder) -> dict[str, dict]:
    start = str(folder) + "/"
    return {line["source"].removeprefix(start): line for line in kith("files", "--json").lines}


def states(kith, folder) -> dict[str, str]:
    return {name: line["state"] for name, line in files(kith, folder).items()}


def best(kith, query: str) -> str:
    """Where the best hit came from."""
    return json.loads(kith("search", query, "-k", 1, "--json").out.splitlines()[0])["metadata"]["source"]


# ---- groups ----

LOCAL = ()
REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")


@pytest.mark.smoke
@pytest.mark.parametrize("embedder", [LOCAL, REMOTE], ids=["local", "remote"])
def test_files_that_each_fill_a_group_are_all_stored(kith, folder, endpoint, embedder):
    """A group is stored at 256 chunks and its memory freed, while the file that filled it is still at hand."""
    for name in "abc":
        (folder / f"{name}.txt").write_text("".join(f"{name} {i} rains.\n\n" for i in range(300)))
    events = sync(kith, folder, "--chunk-size", 12, "--chunk-overlap", 0, *embedder, **endpoint.variables)
    assert outcomes(events) == {"a.txt": "added", "b.txt": "added", "c.txt": "added"}
    assert kith("stats", "--json").lines[0]["chunks"] == 3 * 300
    again = sync(kith, folder, "--chunk-size", 12, "--chunk-overlap", 0, *embedder, **endpoint.variables)
    assert outcomes(again) == {"a.txt": "unchanged", "b.txt": "unchanged", "c.txt": "unchanged"}


# ---- duplicates ----


def test_the_same_content_twice_is_embedded_once_and_says_duplicate_of_what(kith, folder):
    """Complaint 14: the same file twice is embedded twice."""
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(FOX)
    events = sync(kith, folder)
    assert outcomes(events) == {"a.txt": "added", "b.txt": "duplicate"}
    assert events["b.txt"]["duplicate_of"] == str(folder / "a.txt")
    assert files(kith, folder)["b.txt"]["duplicate_of"] == str(folder / "a.txt")
    assert kith("stats", "--json").lines[0]["chunks"] == 1


def test_a_duplicate_is_told_to_a_person_too(kith, folder):
    """Complaint 15: a renamed copy silently does nothing."""
    (folder / "a.txt").write_text(FOX)
    kith("add", folder)
    (folder / "copy.txt").write_text(FOX)
    assert f"copy.txt: same content as {folder}/a.txt" in kith("add", folder).err


def test_a_duplicate_takes_the_place_of_its_original_when_that_vanishes(kith, folder):
    """Complaint 14: a dedupe by content must not lose one of two paths."""
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(FOX)
    sync(kith, folder)
    (folder / "a.txt").unlink()
    assert outcomes(sync(kith, folder)) == {"b.txt": "renamed"}
    assert best(kith, "fox") == str(folder / "b.txt")
    assert states(kith, folder) == {"b.txt": "indexed"}


def test_a_duplicate_elsewhere_takes_the_place_too(kith, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (folder / "a.txt").write_text(FOX)
    (other / "b.txt").write_text(FOX)
    kith("add", folder)
    kith("add", other)
    (folder / "a.txt").unlink()
    sync(kith, folder)
    assert best(kith, "fox") == str(other / "b.txt")


@pytest.mark.parametrize("changed, kept", [("a.txt", "b.txt"), ("b.txt", "a.txt")])
def test_when_one_of_two_equals_changes_the_other_keeps_the_content(kith, folder, changed, kept):
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(FOX)
    sync(kith, folder)
    (folder / changed).write_text(TIDE)
    sync(kith, folder)
    assert states(kith, folder) == {"a.txt": "indexed", "b.txt": "indexed"}
    assert best(kith, "fox hunts mice") == str(folder / kept)
    assert best(kith, "spring tides and the moon") == str(folder / changed)


def test_when_the_original_changes_alone_a_duplicate_elsewhere_keeps_the_content(kith, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (folder / "a.txt").write_text(FOX)
    (other / "b.txt").write_text(FOX)
    kith("add", folder)
    kith("add", other)
    (folder / "a.txt").write_text(TIDE)
    kith("add", folder)
    assert best(kith, "fox hunts mice") == str(other / "b.txt")


def test_two_files_that_swap_their_content_are_both_right_afterwards(kith, folder):
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(TIDE)
    sync(kith, folder)
    (folder / "a.txt").write_text(TIDE)
    (folder / "b.txt").write_text(FOX)
    sync(kith, folder)
    assert states(kith, folder) == {"a.txt": "indexed", "b.txt": "indexed"}
    assert best(kith, "fox hunts mice") == str(folder / "b.txt")
    assert best(kith, "spring tides and the moon") == str(folder / "a.txt")


def test_a_changed_file_may_become_a_duplicate(kith, folder):
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(TIDE)
    sync(kith, folder)
    (folder / "b.txt").write_text(FOX)
    assert outcomes(sync(kith, folder))["b.txt"] == "duplicate"
    assert kith("stats", "--json").lines[0]["documents"] == 1


def test_the_same_bytes_in_another_format_are_another_document(kith, folder):
    (folder / "a.txt").write_text("# Fox\n\n" + FOX)
    (folder / "a.md").write_text("# Fox\n\n" + FOX)
    assert set(outcomes(sync(kith, folder)).values()) == {"added"}


def test_documents_that_differ_only_in_white_space_are_documents_of_their_own(kith, folder):
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(FOX.replace(" ", "  "))
    (folder / "c.txt").write_text(FOX + "\n\n")
    assert set(outcomes(sync(kith, folder)).values()) == {"added"}
    assert kith("stats", "--json").lines[0]["documents"] == 3


# ---- renames, replacements, removals ----


def test_a_renamed_file_keeps_its_chunks_without_being_embedded_again(kith, folder):
    (folder / "old.txt").write_text(FOX)
    sync(kith, folder)
    before = kith("get", "old_0", "--kind", "chunk", "--json").lines[0]
    (folder / "old.txt").rename(folder / "new.txt")
    *events, last = kith("add", "--sync", folder, "--json").lines
    assert [event["outcome"] for event in events] == ["renamed"]
    assert events[0]["renamed_from"] == str(folder / "old.txt")
    assert last["summary"]["documents_processed"] == 1 and last["summary"]["chunks_created"] == 0
    after = kith("get", "new_0", "--kind", "chunk", "--json").lines[0]
    assert after["content"] == before["content"]
    assert best(kith, "fox") == str(folder / "new.txt")
    assert kith("get", "old", status=4)


def test_a_renamed_directory_moves_all_its_files(kith, folder):
    (folder / "one").mkdir()
    for number in range(20):
        (folder / f"one/{number}.txt").write_text(f"Note {number}: {FOX}")
    sync(kith, folder)
    (folder / "one").rename(folder / "two")
    assert set(outcomes(sync(kith, folder)).values()) == {"renamed"}
    assert set(outcomes(sync(kith, folder)).values()) == {"unchanged"}


def test_a_file_renamed_away_from_the_paths_given_is_cited_by_its_new_path(kith, folder):
    """mv m1 m2; kith add m2: nobody names m1 any more, so the run finds out by itself that it is gone."""
    (folder / "m1.txt").write_text(FOX)
    kith("add", folder / "m1.txt")
    (folder / "m1.txt").rename(folder / "m2.txt")
    (line,) = [line for line in kith("add", folder / "m2.txt", "--json").lines if "outcome" in line]
    assert (line["outcome"], line["renamed_from"]) == ("renamed", str(folder / "m1.txt"))
    assert states(kith, folder) == {"m2.txt": "indexed"}
    assert str(folder / "m2.txt") in kith("ask", "What does the fox hunt?").out


def test_a_renamed_root_takes_documents_and_duplicates_along(kith, folder, tmp_path):
    for name, text in (("a.txt", FOX), ("b.txt", FOX), ("c.txt", TIDE)):
        (folder / name).write_text(text)
    sync(kith, folder)
    moved = folder.rename(tmp_path / "moved")
    assert outcomes(sync(kith, moved)) == {"a.txt": "renamed", "b.txt": "duplicate", "c.txt": "renamed"}
    assert {line["source"] for line in kith("files", "--json").lines} == {str(moved / name) for name in ("a.txt", "b.txt", "c.txt")}
    assert files(kith, moved)["b.txt"]["duplicate_of"] == str(moved / "a.txt")


def test_a_file_moved_over_an_indexed_one_keeps_its_chunks(kith, folder):
    (folder / "c.txt").write_text(FOX)
    (folder / "d.txt").write_text(TIDE)
    sync(kith, folder)
    (folder / "c.txt").rename(folder / "d.txt")
    assert outcomes(sync(kith, folder)) == {"d.txt": "renamed"}
    assert best(kith, "what does the fox hunt?") == str(folder / "d.txt")
    assert states(kith, folder) == {"d.txt": "indexed"}


def test_a_file_that_the_endpoint_refuses_waits_with_its_copy(kith, folder, endpoint):
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("x" * 500 + "\n")
    (folder / "c.txt").write_text(TIDE)
    endpoint.too_long = 400
    assert outcomes(sync(kith, folder, *REMOTE, status=1, **endpoint.variables)) == {"a.txt": "added", "b.txt": "duplicate", "c.txt": "added"}
    endpoint.too_long = None
    assert outcomes(sync(kith, folder, *REMOTE, **endpoint.variables)) == {"a.txt": "unchanged", "b.txt": "duplicate", "c.txt": "unchanged"}
    assert kith("stats", "--json").lines[0]["chunks_waiting"] == 0


def test_what_a_changed_file_held_before_answers_no_more(kith, folder):
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(BREAD)
    sync(kith, folder)
    (folder / "a.txt").write_text(TIDE)
    assert outcomes(sync(kith, folder)) == {"a.txt": "updated", "b.txt": "unchanged"}
    assert "fox" not in kith("search", "red fox", "-k", 5, "--json").out


def test_what_a_vanished_file_held_answers_no_more(kith, folder):
    """Complaint 12: deleted documents still answer, since their vectors are left behind."""
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(BREAD)
    sync(kith, folder)
    (folder / "a.txt").unlink()
    assert outcomes(sync(kith, folder)) == {"a.txt": "removed", "b.txt": "unchanged"}
    assert "fox" not in kith("search", "red fox", "-k", 5, "--json").out
    assert states(kith, folder) == {"b.txt": "indexed"}


def test_without_sync_nothing_is_removed(kith, folder):
    (folder / "a.txt").write_text(FOX)
    kith("add", folder)
    (folder / "a.txt").unlink()
    kith("add", folder)
    assert "fox" in kith("search", "red fox", "-k", 5, "--json").out


def test_what_a_file_held_before_goes_when_it_cannot_be_read_any_more(kith, folder):
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").write_text(BREAD)
    sync(kith, folder)
    (folder / "a.txt").write_text("short")
    events = sync(kith, folder)
    assert events["a.txt"]["outcome"] == "skipped" and "is removed" in events["a.txt"]["reason"]
    assert "fox" not in kith("search", "red fox", "-k", 5, "--json").out


# ---- states ----


def test_the_state_of_each_file_can_be_asked_for_later_with_its_reason(kith, folder):
    """Complaints 34 and 35: sync spins for hours without a state per file; files are dropped silently, by size or type."""
    (folder / "good.txt").write_text(FOX)
    (folder / "copy.txt").write_text(FOX)
    (folder / "short.txt").write_text("short")
    (folder / "program.bin").write_bytes(b"\x7fELF\x02\x01\x01\x00" * 64)
    (folder / "large.txt").touch()
    os.truncate(folder / "large.txt", 1 << 30)
    sync(kith, folder, status=1)
    found = files(kith, folder)
    assert {name: line["state"] for name, line in found.items()} == {
        "copy.txt": "indexed", "good.txt": "duplicate", "large.txt": "failed", "program.bin": "skipped", "short.txt": "skipped"}
    assert "limit" in found["large.txt"]["reason"]
    assert "at least 10" in found["short.txt"]["reason"]
    assert "binary" in found["program.bin"]["reason"]
    text = kith("files", "--text").out
    assert "failed" in text and "files: 5, 1 indexed, 2 skipped, 1 failed, 1 duplicate" in text


def test_a_state_goes_when_the_file_is_repaired_or_gone(kith, folder):
    (folder / "a.txt").write_text("short")
    (folder / "b.txt").write_text("short")
    sync(kith, folder)
    assert states(kith, folder) == {"a.txt": "skipped", "b.txt": "skipped"}
    (folder / "a.txt").write_text(FOX)
    (folder / "b.txt").unlink()
    sync(kith, folder)
    assert states(kith, folder) == {"a.txt": "indexed"}


def test_undecodable_text_does_not_end_the_batch_and_is_told(kith, folder):
    """Complaint 36: UnicodeDecodeError kills the batch, or errors="ignore" corrupts text silently."""
    (folder / "a.txt").write_bytes("Grüße aus der Straße, lang genug. ".encode() * 30 + b"\xff\xfe\xfa")
    (folder / "b.txt").write_text(TIDE)
    events = sync(kith, folder)
    assert outcomes(events) == {"a.txt": "added", "b.txt": "added"}
    assert "replaced" in events["a.txt"]["reason"]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(kith, folder):
    (folder / "kept.txt").write_text(FOX)
    (folder / "moved.txt").write_text(BREAD)
    (folder / "gone.txt").write_text("Apple trees are pruned in late winter, before the buds open.\n")
    sync(kith, folder)
    before = (kith("stats", "--json").lines[0], states(kith, folder))
    (folder / "gone.txt").unlink()
    (folder / "moved.txt").rename(folder / "there.txt")
    (folder / "new.txt").write_text(TIDE)
    (folder / "copy.txt").write_text(FOX)
    (folder / "bad.json").write_text("[{")
    told = sync(kith, folder, "--dry-run", status=1)
    assert (kith("stats", "--json").lines[0], states(kith, folder)) == before
    assert outcomes(told) == outcomes(sync(kith, folder, status=1))
    assert outcomes(told) == {"kept.txt": "unchanged", "there.txt": "renamed", "new.txt": "added", "gone.txt": "removed",
                              "copy.txt": "duplicate", "bad.json": "failed"}


@pytest.mark.alone
def test_a_dry_run_makes_no_data_directory(kith, folder):
    (folder / "a.txt").write_text(FOX)
    assert outcomes(sync(kith, folder, "--dry-run")) == {"a.txt": "added"}
    assert not kith.directory.exists()
