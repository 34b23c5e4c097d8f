"""What a folder can hold that a sync must survive: each gets a reason, and the rest of the folder is dealt with."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest
from patience import patience

FOX = "The red fox hunts mice at dusk along the hedges of the old farm.\n"
# A process begins with the peak of the one that started it, which here would be the test run's own.
TELL_PEAK_KIB = """import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)"""
TIDE = "Spring tides come with the new moon and with the full moon, every month.\n"


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    made = tmp_path / "folder"
    made.mkdir()
    (made / "good.txt").write_text(FOX)
    return made


def outcomes(result) -> dict[str, str]:
    return {line["source"].rsplit("/", 1)[-1]: line["outcome"] for line in result.lines if "outcome" in line}


def summary(result) -> dict:
    return result.lines[-1]["summary"]


def states(kith) -> dict[str, str]:
    return {line["source"].rsplit("/", 1)[-1]: line["state"] for line in kith("files", "--json").lines}


# ---- names ----


NAMES = [b"new\nline.txt", b"bad\xff\xfe.txt", b"bell\x07.txt", b"quote\"back\\slash.txt", "Grüße aus Köln.txt".encode(), b"-dash.txt",
         b"a" * 251 + b".txt"]


@pytest.mark.parametrize("name", NAMES, ids=["newline", "invalid-utf8", "control", "quotes", "umlauts", "dash", "longest"])
def test_any_name_that_the_file_system_allows_is_stored_told_and_removed(kith, folder, name):
    path = os.fsencode(folder) + b"/" + name
    with open(path, "w") as out:
        out.write(TIDE)
    assert summary(kith("add", "--sync", folder, "--json"))["files_added"] == 2
    assert summary(kith("add", "--sync", folder, "--json"))["files_unchanged"] == 2
    listed = kith("files", "--text").out
    assert len(listed.splitlines()) == 3 and "\x07" not in listed and "\udcff" not in listed
    assert kith("search", "spring tides", "-k", 1, "--json").lines[0]["content"].strip() == TIDE.strip()
    os.unlink(path)
    assert summary(kith("add", "--sync", folder, "--json"))["files_removed"] == 1
    assert states(kith) == {"good.txt": "indexed"}


def test_names_that_look_the_same_once_repaired_are_two_files(kith, folder):
    for name in (b"x\xff.txt", b"x\xfe.txt"):
        with open(os.fsencode(folder) + b"/" + name, "wb") as out:
            out.write(TIDE.encode() + name[1:2].hex().encode())
    assert summary(kith("add", "--sync", folder, "--json"))["files_added"] == 3
    assert summary(kith("add", "--sync", folder, "--json"))["files_unchanged"] == 3


# ---- links ----


def test_links_are_not_followed_so_that_a_loop_ends(kith, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(TIDE)
    (folder / "sub").mkdir()
    (folder / "sub/loop").symlink_to(folder)
    (folder / "self").symlink_to("self")
    (folder / "out").symlink_to(outside)
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    result = kith("add", "--sync", folder, "--json")
    assert outcomes(result) == {"good.txt": "added", "loop": "skipped", "self": "skipped", "out": "skipped", "link.txt": "skipped"}
    assert "Spring tides" not in kith("search", "spring tides", "-k", 5, "--json").out


def test_what_is_neither_file_nor_directory_is_skipped(kith, folder):
    os.mkfifo(folder / "pipe.txt")
    assert outcomes(kith("add", "--sync", folder, "--json")) == {"good.txt": "added", "pipe.txt": "skipped"}


# ---- permission ----


@pytest.fixture
def bound(kith):
    """Runs kith as someone whom permissions bind, also when the tests run as root."""
    prefix = []
    if os.geteuid() == 0:
        prefix = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
            pytest.skip("setpriv, which takes root's rights away, does not work here")

    def run(*arguments, status=0) -> list[dict]:
        process = subprocess.run([*prefix, kith.binary, *map(str, arguments)], env=kith.environment, capture_output=True, text=True, check=False)
        assert process.returncode == status, process.stderr
        return [json.loads(line) for line in process.stdout.splitlines()]

    return run


def test_what_may_not_be_read_fails_with_the_reason_and_is_not_taken_for_vanished(bound, folder):
    (folder / "closed").mkdir()
    (folder / "secret.txt").write_text(TIDE)
    (folder / "closed/inside.txt").write_text("Sourdough rests for twelve hours before it is baked.\n")
    assert bound("add", "--sync", folder, "--json")[-1]["summary"]["files_added"] == 3
    (folder / "secret.txt").chmod(0)
    (folder / "closed").chmod(0)
    lines = bound("add", "--sync", folder, "--json", status=1)
    events = {line["source"].rsplit("/", 1)[-1]: line for line in lines if "outcome" in line}
    assert {name: event["outcome"] for name, event in events.items()} == {"good.txt": "unchanged", "secret.txt": "failed", "closed": "failed"}
    assert "ermission denied" in events["secret.txt"]["reason"] and "ermission denied" in events["closed"]["reason"]
    found = {line["source"].rsplit("/", 1)[-1]: line for line in bound("files", "--json")}
    assert found["secret.txt"]["state"] == "failed" and found["secret.txt"]["documents"] == 1
    assert found["inside.txt"]["state"] == "indexed"
    (folder / "secret.txt").chmod(0o600)
    (folder / "closed").chmod(0o700)
    assert bound("add", "--sync", folder, "--json")[-1]["summary"]["files_unchanged"] == 3
    assert {line["state"] for line in bound("files", "--json")} == {"indexed"}


# ---- sizes ----


def run_for_peak(kith, *arguments, status: int = 0, **variables: str) -> tuple[list[dict], int]:
    """The lines that a run of kith gives, and its peak memory in KiB."""
    command = [sys.executable, "-c", TELL_PEAK_KIB, kith.binary, *map(str, arguments), "--json"]
    process = subprocess.run(command, cwd=kith.home, env={**kith.environment, **variables}, capture_output=True, text=True)
    assert process.returncode == status
    return [json.loads(line) for line in process.stdout.splitlines()], int(process.stderr.splitlines()[-1])


def test_a_text_of_a_gigabyte_fails_by_the_limit_in_bounded_memory(kith, folder):
    (folder / "large.txt").touch()
    os.truncate(folder / "large.txt", 1 << 30)
    events, peak_kib = run_for_peak(kith, "add", "--sync", folder, status=1)
    large = next(event for event in events if event.get("source", "").endswith("large.txt"))
    assert large["outcome"] == "failed" and large["status"] == "over a limit"
    assert peak_kib < (900 if "asan" in kith.binary else 300) * 1024


def test_twenty_thousand_tiny_files_cost_little_memory_each(kith, endpoint, tmp_path):
    few, many, contents = 2000, 20_000, 20
    for number in range(many):
        part = tmp_path / f"files/{number // 1000:02}"
        if number % 1000 == 0:
            part.mkdir(parents=True)
        (part / f"{number % 1000:03}.txt").write_text(f"Tiny note number {number % contents} of not so many.\n")
    peaks = {}
    for count, paths in ((few, ["files/00", "files/01"]), (many, ["files"])):
        directory = tmp_path / f"data-{count}"
        for step, outcome in ((["--dry-run"], "files_added"), ([], "files_added"), (["--sync"], "files_unchanged")):
            # By an endpoint: what loading a model takes would hide what the files take.
            lines, peaks[count, *step] = run_for_peak(kith, "add", "--dir", directory, "--embedder", "openai", "--embed-model", "embed-small",
                                                      *step, *(tmp_path / path for path in paths), **endpoint.variables)
            told = lines[-1]["summary"]
            assert told[outcome] == contents and told["files_duplicate"] == count - contents and told["errors"] == 0
    if "asan" not in kith.binary:  # which keeps what was freed
        for step in ((), ("--dry-run",), ("--sync",)):
            assert peaks[many, *step] - peaks[few, *step] < 1.0 * (many - few), peaks


def test_many_tiny_files_take_few_transactions(kith, folder):
    for number in range(600):
        (folder / f"{number}.txt").write_text(f"Tiny note number {number}.\n")
    if not shutil.which("strace"):
        assert summary(kith("add", "--sync", folder, "--json"))["files_added"] == 601
        pytest.skip("strace, which counts the syncs, is not installed")
    log = kith.home / "strace"
    traced = subprocess.run(["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", log, kith.binary, "add", "--sync", folder, "--json"],
                            env=kith.environment, capture_output=True, text=True)
    if traced.returncode != 0:
        pytest.skip("strace may not trace here")
    calls = sum(int(line.split()[3]) for line in log.read_text().splitlines() if "sync" in line)
    assert calls < 100


# ---- stopping ----


@pytest.fixture
def many(tmp_path) -> pathlib.Path:
    made = tmp_path / "many"
    made.mkdir()
    for number in range(300):
        sentences = [f"Entry {number} of part {part} tells about river {number * part} and its bridges." for part in range(12)]
        (made / f"entry{number:03}.txt").write_text("\n".join(sentences))
    return made


SMALL_CHUNKS = ("--chunk-size", 100, "--chunk-overlap", 0)  # a group of 256 is quickly full, and a file is still many of them


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_was_done_before_a_stop_is_kept_and_the_next_run_goes_on_from_there(kith, many, with_signal):
    process = kith.start("add", "--sync", many, "--json", *SMALL_CHUNKS)
    first = json.loads(process.stdout.readline())
    assert first["outcome"] == "added"
    process.send_signal(with_signal)
    process.communicate(timeout=patience(60))
    if with_signal != signal.SIGKILL:
        assert process.returncode == 130
    kept = states(kith)
    assert 0 < len(kept) < 300 and set(kept.values()) == {"indexed"}
    # All of a file or nothing of it: its chunks are as many as each of them says.
    for record in kith("get", first["source"].rsplit("/", 1)[-1].removesuffix(".txt") + "_0", "--kind", "chunk", "--json").lines:
        assert record["metadata"]["total_chunks"] > 1
    # The rest is cut short, for it would only cost time.
    for path in sorted(many.iterdir()):
        if path.name not in kept and path.name > "entry060.txt":
            path.unlink()
    last = summary(kith("add", "--sync", many, "--json", *SMALL_CHUNKS))
    assert last["files_unchanged"] == len(kept)
    assert set(states(kith)) == {path.name for path in many.iterdir()}
