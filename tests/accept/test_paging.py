"""Long lists, limits in time, and the state of what is not in memory, as a user sees them."""
import pathlib
import socket
import threading


def test_files_of_more_than_one_page_are_all_listed_once_and_in_order(kith, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    names = [f"f{i:04}.txt" for i in range(2100)]
    for name in names:
        (folder / name).write_text("the same words in every file\n")
    kith("add", folder)
    listed = [pathlib.Path(line["source"]).name for line in kith("files", "--json").lines]
    assert listed == names
    assert "files: 2100, 1 indexed, 2099 duplicate" in kith("files", "--text").out


def test_a_question_ends_with_its_timeout_though_the_endpoint_is_silent(added):
    listener = socket.create_server(("127.0.0.1", 0))
    held = []

    def accept():
        try:
            while True:
                held.append(listener.accept())
        except OSError:
            pass

    threading.Thread(target=accept, daemon=True).start()
    added.environment["OPENAI_BASE_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
    result = added("ask", "--no-cache", "--timeout", 1, "When are the tomato plants watered?", status=5)
    assert "timeout_ms, 1000 ms" in result.err and result.out == ""
    listener.close()


def test_an_ingestion_that_ends_by_its_timeout_goes_on_with_the_next(kith, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for i in range(60):
        (folder / f"f{i}.txt").write_text(" ".join(f"word{i}n{n}" for n in range(3000)))
    stopped = kith("add", "--timeout", 1, folder, status=5)
    assert "timeout_ms" in stopped.err
    # All may be stored by then, since that comes first, but not embedded.
    stored = len(kith("files", "--json").lines) if (kith.directory / "kith.db").exists() else 0
    assert stored < 60 or kith("stats", "--json").lines[0]["chunks_waiting"] > 0
    for i in range(60):
        (folder / f"f{i}.txt").write_text(f"File number {i} is short by now.\n")
    kith("add", folder)
    assert [line["state"] for line in kith("files", "--json").lines] == ["indexed"] * 60
    assert kith("stats", "--json").lines[0]["chunks_waiting"] == 0


def test_statistics_load_the_index_of_the_collection_that_is_named_alone(added):
    (listed, _) = added("stats").lines
    assert (listed["index"], listed["index_state"], listed["bytes_memory"]) == ("not loaded", "current", 0)
    (named,) = added("stats", "--collection", "default").lines
    assert (named["index"], named["index_state"]) == ("flat", "current") and named["bytes_memory"] > 0
