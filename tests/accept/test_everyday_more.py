"""More of what a new user stumbled over: narrow terminals, evaluations, offsets, dry runs."""

import json

import pytest
from terminal import run_on_terminal

STORY = ("The bearings of the bridge wear out after thirty years, and the town has to replace them before winter. "
         "The engineer measured each of them twice and wrote the results into a long report for the council.")


@pytest.fixture
def story(kith, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bridge.md").write_text(STORY)
    return folder


def test_answers_and_summaries_are_wrapped_in_a_narrow_terminal(kith, story):
    added = run_on_terminal(kith, "add", story, columns=46, NO_COLOR="1")
    summary = [line for line in added.text.splitlines() if "chunks created" in line or line.startswith("documents:")]
    assert summary and all(len(line) <= 46 for line in summary)
    assert "documents: 1 processed, 1 chunks created, 0 errors;" in " ".join(added.text.split())
    asked = run_on_terminal(kith, "ask", "What wears out after thirty years?", columns=46, NO_COLOR="1")
    answer = asked.text.split("Sources")[0]
    assert all(len(line) <= 46 for line in answer.splitlines() if not line.startswith("kith:"))
    assert "has to replace them before winter." in " ".join(answer.split())


def test_a_line_in_a_pipe_stays_one_line(kith, story):
    kith("add", story)
    result = kith("ask", "What wears out after thirty years?", "--text")
    assert any("thirty years, and the town has to replace them before winter" in line for line in result.out.splitlines())


def test_a_dry_run_after_a_rename_tells_what_the_run_does(kith, story):
    kith("add", story)
    (story / "bridge.md").rename(story / "renamed.md")
    dry, real = (kith("add", "--sync", *options, story).lines for options in (("--dry-run",), ()))
    assert dry[0] == real[0] and dry[0]["outcome"] == "renamed"
    counts = [{key: value for key, value in lines[-1]["summary"].items() if key != "seconds"} for lines in (dry, real)]
    assert counts[0] == counts[1] and counts[0]["chunks_created"] == 0


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_chunks_of_a_file_with_crlf_have_their_bytes(kith, tmp_path, mark):
    path = tmp_path / "notes.md"
    path.write_bytes(mark + "\r\n".join(f"Größe {i}: the bearing of part {i} is worn.\r\n" for i in range(80)).encode())
    content = path.read_bytes()
    chunks = kith("chunk", "--json", "--chunk-size", "300", "--chunk-overlap", "60", path).lines
    assert len(chunks) > 10
    for chunk in chunks:
        assert content[chunk["byte_start"]:chunk["byte_end"]].decode().replace("\r\n", "\n") == chunk["content"]


def test_chunks_whose_text_is_not_the_files_have_no_bytes(kith, tmp_path):
    (tmp_path / "a.html").write_text("<p>The bearing is worn out.</p>")
    (tmp_path / "b.txt").write_bytes("Die Größe des Lagers ist falsch.".encode("cp1252"))
    for name in ("a.html", "b.txt"):
        assert "byte_start" not in kith("chunk", "--json", tmp_path / name).lines[0]


QUESTIONS = [{"question": "What wears out?", "document": "bridge.md", "kind": "fact"},
             {"question": "zebra quagga okapi", "document": "bridge.md", "kind": "nonsense"},
             {"question": "Who measured the bearings?", "document": "bridge.md", "kind": "fact"},
             {"question": "What does the report hold?", "document": "bridge.md"}]


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text("\n" + "".join(json.dumps(question) + "\n" for question in QUESTIONS))
    return path


def test_eval_by_words_counts_only_what_words_found(kith, story, questions):
    kith("add", story)
    lines = kith("eval", questions, "--rank", "words").lines
    by_question = {line["question"]: line for line in lines if "question" in line}
    assert by_question["zebra quagga okapi"]["rank"] is None and by_question["zebra quagga okapi"]["problem"] == "not_found"
    assert by_question["What wears out?"]["rank"] == 1
    assert {line["question"]: line for line in kith("eval", questions).lines if "question" in line}["zebra quagga okapi"]["rank"] == 1


def test_eval_by_a_field_of_the_questions_own(kith, story, questions):
    kith("add", story)
    lines = kith("eval", questions, "--rank", "words", "--by", "kind").lines
    groups = {line["group"]["value"]: line["group"] for line in lines if "group" in line}
    assert {name: (group["questions"], group["hit_1"]["mean"]) for name, group in groups.items()} == {
        "fact": (2, 1), "nonsense": (1, 0), "(none)": (1, 1)}
    text = kith("eval", questions, "--rank", "words", "--by", "kind", "--text").out
    assert "By kind" in text and "nonsense" in text
    assert "no question has a field" in kith("eval", questions, "--by", "sort", status=2).err
