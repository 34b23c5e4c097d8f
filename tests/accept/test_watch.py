"""kith watch: a folder and a collection stay in step, and the log says so."""

import contextlib
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest
from patience import patience
from test_processes import mounted

FOX = "The red fox hunts mice at dusk along the hedges of the old farm.\n"
TIDE = "Spring tides come with the new moon and with the full moon, every month.\n"
LIMIT_S = 60


class Watch:
    """A running kith watch, whose log lines can be waited for."""

    def __init__(self, kith, *arguments, **variables):
        self.process = kith.start("watch", *arguments, "--json", "--log-format", "json", "--log-level", "debug", **variables)
        self.lines: queue.Queue = queue.Queue()
        self.seen: list[dict] = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.drain.start()

    def read(self) -> None:
        for line in self.process.stderr:
            self.lines.put(line)
        self.lines.put(None)

    def until_event(self, name: str, path=None) -> list[dict]:
        """All events up to and with the next of that name, about that path if one is given."""
        events = []
        deadline = time.monotonic() + patience(LIMIT_S)
        while not events or events[-1]["event"] != name or (path and events[-1].get("path") != str(path)):
            line = self.lines.get(timeout=max(0.1, deadline - time.monotonic()))
            assert line is not None, f"kith watch ended: {self.seen + events}"
            events.append(json.loads(line))
        self.seen += events
        return events

    def until_in_step(self) -> list[dict]:
        """All events up to and with the next in_step."""
        return self.until_event("in_step")

    def until(self, event: str, path) -> dict:
        """The next event of that name about that path."""
        for _ in range(20):
            for found in self.until_in_step():
                if found["event"] == event and found.get("path") == str(path):
                    self.settle()
                    return found
        raise AssertionError(f"no {event} of {path}: {self.seen}")

    def settle(self) -> None:
        """What a change told in two halves may still bring."""
        time.sleep(0.1)

    def stop(self, with_signal=signal.SIGINT) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=patience(LIMIT_S))


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    made.mkdir()
    (made / "fox.txt").write_text(FOX)
    return made


@pytest.fixture
def watch(kith, folder):
    started = Watch(kith, folder)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()


def states(kith) -> dict[str, str]:
    return {line["source"]: line["state"] for line in kith("files", "--json").lines}


def test_what_is_there_is_indexed_first(kith, folder, watch):
    events = watch.until_in_step()
    assert [event["event"] for event in events if event["event"].startswith("file_")] == ["file_added"]
    assert watch.stop() == 0
    assert states(kith) == {str(folder / "fox.txt"): "indexed"}


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_new_changed_renamed_and_removed_files_follow(kith, folder, watch, with_signal):
    """Complaint 13: the index is stale after files change."""
    watch.until_in_step()
    (folder / "tide.txt").write_text(TIDE)
    watch.until("file_added", folder / "tide.txt")
    (folder / "tide.txt").write_text(TIDE + "And neap tides in between.\n")
    watch.until("file_updated", folder / "tide.txt")
    (folder / "fox.txt").rename(folder / "vixen.txt")
    assert watch.until("file_renamed", folder / "vixen.txt")["renamed_from"] == str(folder / "fox.txt")
    (folder / "tide.txt").unlink()
    watch.until("file_removed", folder / "tide.txt")
    assert watch.stop(with_signal) == 0
    assert states(kith) == {str(folder / "vixen.txt"): "indexed"}


def test_a_file_saved_by_renaming_over_it_is_updated(kith, folder, watch):
    watch.until_in_step()
    (folder / ".fox.txt.swp").write_text(TIDE)
    (folder / ".fox.txt.swp").rename(folder / "fox.txt")
    watch.until("file_updated", folder / "fox.txt")


def test_new_directories_are_watched_with_what_is_in_them(kith, folder, watch):
    watch.until_in_step()
    (folder / "one/two").mkdir(parents=True)
    (folder / "one/two/tide.txt").write_text(TIDE)
    watch.until("file_added", folder / "one/two/tide.txt")
    (folder / "one/two/later.txt").write_text("A later file in a directory that is new.\n")
    watch.until("file_added", folder / "one/two/later.txt")
    (folder / "one").rename(folder / "three")
    watch.until("file_renamed", folder / "three/two/tide.txt")
    (folder / "three/two/last.txt").write_text("A last file in a directory that was moved.\n")
    watch.until("file_added", folder / "three/two/last.txt")
    shutil.rmtree(folder / "three")
    watch.until("file_removed", folder / "three/two/last.txt")
    watch.stop()
    assert states(kith) == {str(folder / "fox.txt"): "indexed"}


def test_a_duplicate_takes_the_place_of_an_original_that_changes_or_goes(kith, folder, watch):
    watch.until_in_step()
    for name in ("copy.txt", "other.txt"):
        (folder / name).write_text(FOX)
        watch.until("file_duplicate", folder / name)
    (folder / "fox.txt").write_text(TIDE)
    watch.until("file_added", folder / "copy.txt")
    (folder / "copy.txt").unlink()
    watch.until("file_renamed", folder / "other.txt")
    assert watch.stop() == 0
    assert states(kith) == {str(folder / "fox.txt"): "indexed", str(folder / "other.txt"): "indexed"}


@pytest.mark.parametrize("name", ["mv", "cp and rm", "editor"])
def test_a_file_that_takes_the_place_of_an_indexed_one_is_indexed(kith, folder, watch, name):
    (folder / "tide.txt").write_text(TIDE)
    watch.until("file_added", folder / "tide.txt")
    if name == "mv":
        (folder / "tide.txt").rename(folder / "fox.txt")
    elif name == "cp and rm":
        shutil.copy(folder / "tide.txt", folder / "fox.txt")
        (folder / "tide.txt").unlink()
    else:
        (folder / "tide.txt").unlink()
        watch.until("file_removed", folder / "tide.txt")
        (folder / "fox.new.txt").write_text(TIDE)
        watch.until("file_added", folder / "fox.new.txt")
        (folder / "fox.new.txt").rename(folder / "fox.txt")
    watch.until("file_renamed", folder / "fox.txt")
    assert watch.stop() == 0
    assert states(kith) == {str(folder / "fox.txt"): "indexed"}
    assert "Spring tides" in kith("search", "tides").out and "red fox" not in kith("search", "fox").out


def test_a_file_that_failed_and_goes_is_forgotten(kith, folder, watch):
    (folder / "sub").mkdir()
    (folder / "sub/bad.json").write_text("[{")
    watch.until("file_failed", folder / "sub/bad.json")
    shutil.rmtree(folder / "sub")
    (folder / "tide.txt").write_text(TIDE)
    watch.until("file_added", folder / "tide.txt")
    assert watch.stop() == 0
    assert str(folder / "sub/bad.json") not in states(kith)


def test_ignore_rules_that_change_are_obeyed(kith, folder, watch):
    watch.until_in_step()
    (folder / ".gitignore").write_text("fox.*\n")
    watch.until("file_removed", folder / "fox.txt")
    (folder / ".gitignore").unlink()
    watch.until("file_added", folder / "fox.txt")


def test_a_file_named_outright_is_followed_alone(kith, folder, tmp_path):
    watch = Watch(kith, folder / "fox.txt")
    watch.until_in_step()
    (folder / "other.txt").write_text(TIDE)
    (folder / "fox.txt").write_text(FOX + FOX)
    watch.until("file_updated", folder / "fox.txt")
    (folder / "fox.txt").unlink()
    watch.until("file_removed", folder / "fox.txt")
    assert watch.stop() == 0
    assert states(kith) == {}


def test_more_changes_than_are_told_apart_are_all_found(kith, folder, watch):
    watch.until_in_step()
    (folder / "many").mkdir()
    for number in range(5000):
        (folder / "many" / f"{number}.bin").write_bytes(b"\x7fELF\x00\x00\x00\x00")
    (folder / "many/last.txt").write_text(TIDE)
    watch.until("file_added", folder / "many/last.txt")


def test_changes_that_the_kernel_could_not_hold_are_found_by_looking_at_everything(kith, folder, watch):
    (folder / "sub").mkdir()
    watch.until_in_step()
    watch.process.send_signal(signal.SIGSTOP)
    held = int(pathlib.Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    noise = [folder / ".one", folder / ".two"]  # in turn, since the kernel merges an event with its like; hidden, so that they say nothing
    for path in noise:
        path.touch()
    for number in range(held + 1):
        os.utime(noise[number % 2])
    (folder / "sub/tide.txt").write_text(TIDE)  # from here on the queue is full: nobody is told
    (folder / "new/deep").mkdir(parents=True)
    (folder / "new/deep/one.txt").write_text("A file in a directory that nobody was told of.\n")
    (folder / "fox.txt").unlink()
    watch.process.send_signal(signal.SIGCONT)
    events = {(event["event"], event.get("path")) for event in watch.until_in_step()}
    assert {("file_added", str(folder / "sub/tide.txt")), ("file_added", str(folder / "new/deep/one.txt")),
            ("file_removed", str(folder / "fox.txt"))} <= events
    (folder / "new/deep/two.txt").write_text("A later file there: the directory is watched now.\n")
    watch.until("file_added", folder / "new/deep/two.txt")
    assert watch.stop() == 0
    assert set(states(kith)) == {str(folder / name) for name in ("sub/tide.txt", "new/deep/one.txt", "new/deep/two.txt")}


def test_what_is_watched_can_be_searched_meanwhile(kith, folder, watch):
    watch.until_in_step()
    assert "red fox" in kith("search", "fox").out


def test_a_watched_directory_that_goes_away_ends_the_watch_and_removes_nothing(kith, folder, watch):
    watch.until_in_step()
    folder.rename(folder.with_name("elsewhere"))
    assert watch.process.wait(timeout=patience(LIMIT_S)) == 4
    assert states(kith) == {str(folder / "fox.txt"): "indexed"}


def test_what_was_missed_between_two_watches_is_made_up_for(kith, folder, watch):
    watch.until_in_step()
    watch.stop()
    (folder / "fox.txt").unlink()
    (folder / "tide.txt").write_text(TIDE)
    again = Watch(kith, folder)
    events = {event["event"]: event.get("path") for event in again.until_in_step()}
    assert events["file_added"] == str(folder / "tide.txt")
    assert events["file_removed"] == str(folder / "fox.txt")
    assert again.stop() == 0


def test_a_full_disk_is_waited_for_and_what_changed_meanwhile_is_made_up_for(kith, folder, tmp_path):
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=40m", "tmpfs"):
        kith.directory = tmp_path / "disk/data"
        kith.environment["KITH_DIR"] = str(kith.directory)
        watch = Watch(kith, folder)
        try:
            watch.until_in_step()
            filler = tmp_path / "disk/filler"
            for size in (1 << 20, 1024):
                with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
                    while True:
                        file.write(bytes(size))
            long = " ".join(f"word{n}" for n in range(400_000))  # more than what a data directory holds back
            (folder / "long.txt").write_text(long)
            told = watch.until_event("disk_full")[-1]
            assert told["status"] == "disk full" and told["failures"] == 1 and "full" in told["reason"], told
            (folder / "tide.txt").write_text(TIDE)
            assert watch.until_event("disk_full")[-1]["failures"] == 2
            filler.unlink()
            added = {event["path"] for event in watch.until_in_step() if event["event"] == "file_added"}
            assert added == {str(folder / "long.txt"), str(folder / "tide.txt")}
            assert watch.stop() == 0
        finally:
            if watch.process.poll() is None:
                watch.process.kill()
                watch.process.wait()
        assert set(states(kith).values()) == {"indexed"} and len(states(kith)) == 3


def lines_until(process: subprocess.Popen, ending: str) -> list[str]:
    """The lines of its log up to and with the first that holds `ending`."""
    lines = []
    while not lines or ending not in lines[-1]:
        lines.append(process.stderr.readline().rstrip("\n"))
        assert lines[-1], f"kith watch ended: {lines}"
    return lines


def test_the_log_is_key_value_lines_without_the_text_of_a_document(kith, folder):
    (folder / "odd name\n.txt").write_text(TIDE)
    process = kith.start("watch", folder)
    lines = lines_until(process, "event=in_step")
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=patience(LIMIT_S))
    lines += rest.splitlines()
    log = "\n".join(lines)
    for line in lines:
        assert re.fullmatch(r'time=\S+ level=(info|warn|error) event=[a-z_]+( [a-z_]+=("(\\.|[^"\\])*"|[^\s"]+))*', line), line
    assert any("event=started" in line for line in lines) and "event=stopped" in lines[-1]
    assert r'odd name\n.txt' in log
    assert "hunts mice" not in log and "Spring tides" not in log


def test_an_index_that_is_rebuilt_is_a_line_of_the_log(kith, folder, watch):
    watch.until_in_step()
    assert watch.stop() == 0
    (kith.directory / "derived/1/1").mkdir(parents=True)
    (kith.directory / "derived/1/1/manifest").write_bytes(b"KITHDRV2 and whatever that format had")
    again = Watch(kith, folder)
    (folder / "tide.txt").write_text(TIDE)
    notice = again.until_event("notice")[-1]
    assert notice["level"] == "warn" and "format 2 is older" in notice["reason"]
    assert again.stop() == 0


def test_the_level_says_what_is_logged(kith, folder):
    (folder / "bad.json").write_text("[{")
    process = kith.start("watch", folder, "--log-level", "warn")
    lines = lines_until(process, "event=file_failed")
    time.sleep(1)  # for lines that ought not to come
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=patience(LIMIT_S))
    assert [re.search("event=([a-z_]+)", line)[1] for line in lines + rest.splitlines()] == ["file_failed"]


def test_a_data_directory_below_the_watched_one_is_left_alone(kith, folder):
    watch = Watch(kith, folder, "--dir", folder / "data")
    watch.until_in_step()
    (folder / "tide.txt").write_text(TIDE)
    watch.until("file_added", folder / "tide.txt")
    time.sleep(1.5)
    assert watch.stop() == 0
    assert not any("kith.db" in event.get("path", "") for event in watch.seen)
    assert watch.lines.qsize() < 10


# ---- an endpoint that fails ----

REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")


@pytest.fixture
def remote(kith, folder, endpoint):
    """A watch that embeds through an endpoint, in step with the folder."""
    started = Watch(kith, folder, *REMOTE, **endpoint.variables)
    started.until_in_step()
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()


def test_an_endpoint_that_goes_away_is_waited_for_and_its_files_are_made_up_for(kith, folder, endpoint, remote):
    endpoint.close()
    (folder / "tide.txt").write_text(TIDE)
    (failed,) = [event for event in remote.until_event("endpoint_failed") if event["event"] == "file_failed"]
    assert (failed["path"], failed["status"], failed["level"]) == (str(folder / "tide.txt"), "network", "warn")
    waiting = remote.seen[-1]
    assert waiting["level"] == "warn" and waiting["status"] == "network" and waiting["reason"] and waiting["waiting"] == 1
    (folder / "later.txt").write_text("A later file, written while nobody answers.\n")
    remote.until_event("file_failed", folder / "later.txt")
    (folder / "fox.txt").rename(folder / "vixen.txt")
    remote.until_event("file_renamed", folder / "vixen.txt")
    endpoint.come_back()
    added = {event["path"] for event in remote.until_in_step() if event["event"] == "file_added"}
    assert added == {str(folder / "tide.txt"), str(folder / "later.txt")}
    assert remote.stop() == 0
    assert states(kith) == dict.fromkeys((str(folder / name) for name in ("later.txt", "tide.txt", "vixen.txt")), "indexed")


def test_a_copy_of_a_file_that_waits_for_the_endpoint_waits_too(kith, folder, endpoint, remote):
    endpoint.close()
    for name in ("tide.txt", "tide2.txt"):
        (folder / name).write_text(TIDE)
    events = [event for event in remote.until_event("endpoint_failed") if event["event"].startswith("file_")]
    assert [(event["event"], event["path"]) for event in events] == [("file_failed", str(folder / name)) for name in ("tide.txt", "tide2.txt")]
    endpoint.come_back()
    events = [event for event in remote.until_in_step() if event["event"].startswith("file_")]
    assert [event["event"] for event in events] == ["file_added", "file_duplicate"]
    assert remote.stop() == 0


def test_a_file_that_waits_for_the_endpoint_is_failed_with_the_reason_until_the_next_watch(kith, folder, endpoint, remote):
    endpoint.close()
    (folder / "tide.txt").write_text(TIDE)
    remote.until_event("endpoint_failed")
    assert remote.stop() == 0
    (file,) = [line for line in kith("files", "--json").lines if line["source"].endswith("tide.txt")]
    assert file["state"] == "failed" and file["status"] == "network" and "127.0.0.1" in file["reason"]
    endpoint.come_back()
    again = Watch(kith, folder, *REMOTE, **endpoint.variables)
    again.until_event("file_added", folder / "tide.txt")
    assert again.stop() == 0
    assert set(states(kith).values()) == {"indexed"}


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_no_refusal_of_the_endpoint_ends_the_watch(kith, folder, endpoint, remote, status):
    endpoint.refuses_all_with = status
    (folder / "fox.txt").write_text(FOX + TIDE)
    remote.until_event("endpoint_failed")
    endpoint.refuses_all_with = 0
    remote.until_event("file_updated", folder / "fox.txt")
    assert remote.stop() == 0
    assert states(kith) == {str(folder / "fox.txt"): "indexed"}


def test_an_endpoint_that_fails_is_not_asked_for_every_file(folder, endpoint, remote):
    endpoint.refuses_all_with = 429
    asked = len(endpoint.requests)
    for number in range(600):
        (folder / f"{number}.txt").write_text(f"Note number {number} of six hundred.\n")
    events = remote.until_event("endpoint_failed")
    assert sum(event["event"] == "file_failed" for event in events) > 0
    attempts = 5  # of one request
    assert len(endpoint.requests) - asked == attempts
    endpoint.refuses_all_with = 0
    while sum(event["event"] == "file_added" for event in remote.seen) < 601:
        remote.until_in_step()


def test_a_file_renamed_while_its_content_waits_is_indexed_under_its_new_name_only(kith, folder, endpoint, remote):
    endpoint.close()
    (folder / "tide.txt").write_text(TIDE)
    remote.until_event("endpoint_failed")
    (folder / "tide.txt").rename(folder / "flood.txt")
    remote.until_event("file_failed", folder / "flood.txt")
    endpoint.come_back()
    remote.until_event("file_added", folder / "flood.txt")
    assert remote.stop() == 0
    assert states(kith) == {str(folder / "fox.txt"): "indexed", str(folder / "flood.txt"): "indexed"}


def test_a_text_that_the_endpoint_finds_too_long_costs_only_its_file(kith, folder, endpoint, remote):
    endpoint.too_long = 400
    (folder / "long.txt").write_text("x" * 500 + "\n")
    (folder / "tide.txt").write_text(TIDE)
    failed = remote.until_event("file_failed", folder / "long.txt")[-1]
    assert failed["status"] == "over a limit"
    endpoint.too_long = None
    remote.until_in_step()
    assert remote.stop() == 0
    assert states(kith) == {str(folder / "fox.txt"): "indexed", str(folder / "long.txt"): "failed", str(folder / "tide.txt"): "indexed"}


def test_a_text_that_confuses_the_endpoint_does_not_hold_up_the_others(kith, folder, endpoint, remote):
    endpoint.confused_by = "poison"
    (folder / "poison.txt").write_text("This text is poison to the endpoint.\n")
    (folder / "tide.txt").write_text(TIDE)
    events = remote.until_in_step()
    assert "endpoint_failed" not in {event["event"] for event in events}
    assert remote.stop() == 0
    assert states(kith) == {str(folder / "fox.txt"): "indexed", str(folder / "poison.txt"): "failed", str(folder / "tide.txt"): "indexed"}
