"""What a new user stumbles over beside the documents themselves: finding by path, folder, type and date, text in a pipe, standard
input, an endpoint that is not there."""

import json

import pytest


def ids(result) -> list[str]:
    return [hit["document"] for hit in result.lines]


@pytest.mark.parametrize("word", ["-V", "version", "--version"])
def test_the_version_is_told_by_each_of_its_usual_names(kith, word):
    assert kith(word).out.startswith("kith ")


def test_text_in_a_pipe_by_the_environment(added):
    assert not added("search", "backups", KITH_OUTPUT="text").out.startswith("{")
    assert added("search", "backups", "--json", KITH_OUTPUT="text").lines
    assert "KITH_OUTPUT" in added("search", "backups", KITH_OUTPUT="txt", status=2).err


@pytest.mark.alone
def test_words_need_no_model_and_the_message_names_where_one_is_to_be_had(added):
    assert ids(added("search", "--rank", "words", "backups", KITH_MODEL="/nowhere")) == ["backup"]
    message = added("search", "backups", KITH_MODEL="/nowhere", status=5).err
    assert "/nowhere" in message and "https://huggingface.co/" in message and "./dev" not in message


def test_a_path_names_the_documents_of_its_file(added, notes):
    (shown,) = added("get", notes / "sub" / ".." / "backup.md").lines
    assert shown["id"] == "backup"
    assert len(added("get", "notes/animals.json").lines) == 2
    result = added("rm", "notes/backup.md")
    assert [line["id"] for line in result.lines] == ["backup"] and "still there" in result.err
    added("get", "notes/backup.md", status=4)


def test_a_path_that_is_gone_can_be_removed(added, notes):
    (notes / "garden.txt").unlink()
    result = added("rm", "--path", "notes/garden.txt")
    assert [line["id"] for line in result.lines] == ["garden"] and "still there" not in result.err
    assert {line["id"] for line in added("rm", "--path", "notes/sub").lines} == {"sort"}
    added("rm", "--path", "notes/sub", status=4)
    assert added("rm", "--path", "notes", "--all", status=2).out == ""


def test_files_are_listed_with_the_ids_of_their_documents(added):
    of = {line["source"].rsplit("/", 1)[1]: line["ids"] for line in added("files").lines}
    assert of["backup.md"] == ["backup"] and sorted(of["animals.json"]) == ["cow", "fox"]
    assert "backup.md  [backup]" in added("files", "--text").out


def test_a_search_is_narrowed_by_folder_type_and_date(added, notes):
    assert ids(added("search", "numbers", "--in", "notes/sub")) == ["sort"]
    assert ids(added("search", "anything", "--in", notes / "backup.md")) == ["backup"]
    assert set(ids(added("search", "anything", "--type", ".md"))) == {"backup"}
    assert set(ids(added("search", "anything", "--type", "markdown"))) == {"backup"}
    (notes / "old.md").write_text("---\ndate: 1999-05-02\n---\n\nThe ferry to Bergen sailed twice a week that year.\n")
    added("add", notes)
    assert ids(added("search", "ferry", "--until", "1999-05", "--since", "1999")) == ["old"]
    assert "old" not in ids(added("search", "ferry", "--since", "2000"))
    answer = added("ask", "--no-llm", "Where did the ferry sail to?", "--in", "notes/old.md", "--json").lines[0]
    assert {passage["document"] for passage in answer["passages"]} == {"old"}
    assert "no point passes the filter" in added("search", "ferry", "--in", "elsewhere", status=1).err
    for option in ("--since", "--until"):
        told = added("search", "ferry", option, "yesterday", status=2).err
        assert f"{option} takes a day, a month or a year, such as 2024-06-01" in told and "'yesterday'" in told


def test_far_hits_are_marked_and_left_out_by_a_floor(added):
    hits = added("search", "backups every night").lines
    assert "weak" not in hits[0] and hits[-1]["weak"] is True
    near = added("search", "backups every night", "--floor", "30").lines
    assert near and all(hit["distance"] <= 0.7 for hit in near)
    assert "--floor" in added("search", "backups", "--floor", "100", status=1).err


def test_a_perfect_hit_by_meaning_has_no_score_of_zero(added):
    text = added("get", "garden").lines[0]["text"].strip()
    best = added("search", "--rank", "meaning", text, "-k", "2").lines[0]
    assert best["distance"] < 0.01 and best["score"] > 0.99


def test_standard_input_is_a_file_with_a_name(kith):
    kith("add", "-", "--name", "walrus.md", stdin="# Walruses\n\nA walrus has two tusks and lives by the sea.\n")
    (hit,) = kith("search", "tusks").lines
    assert hit["metadata"]["source"] == "walrus.md" and hit["metadata"]["type"] == "markdown"
    assert kith("get", "walrus.md").lines[0]["title"] == "Walruses"
    assert "--name" in kith("add", "-", stdin="text", status=2).err


@pytest.mark.alone
def test_a_data_directory_within_a_folder_is_no_document(kith, notes):
    kith("add", notes / "backup.md", "--dir", notes / "data")
    kith("add", notes)
    assert not [line for line in kith("files").lines if "/notes/data/" in line["source"]]


def test_a_dead_endpoint_of_this_machine_is_tried_once_and_the_answer_is_quoted(added):
    result = added("ask", "How long are backups kept?", "--json", status=5, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    answer = result.lines[0]
    assert "attempts" not in answer["llm_error"]["message"] and answer["engine"] == "extractive"
    assert "thirty days" in answer["answer"] and answer["citations"] and "quoted from the documents instead" in result.err


def test_questions_may_carry_fields_of_their_own(added, tmp_path):
    questions = tmp_path / "q.jsonl"
    questions.write_text(json.dumps({"question": "How long are backups kept?", "document": "backup", "kind": "short", "note": 7}) + "\n")
    added("eval", questions, status=None)
    questions.write_text(json.dumps({"question": "How long are backups kept?", "documents": "backup"}) + "\n")
    assert 'did you mean "document"' in added("eval", questions, status=2).err
