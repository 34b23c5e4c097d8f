"""Conversations: questions that lean on the one before, the record of them, and the terminal."""

import json

import pytest
from terminal import run_on_terminal

FIRST, FOLLOWUP = "How long are backups kept?", "And where are they written?"
CHAT = {"KITH_LLM_MODEL": "chat-small"}


def chat(kith, *lines: str, arguments=(), status: int | None = 0, **variables: str) -> list[dict]:
    return kith("chat", *arguments, "--json", stdin="".join(f"{line}\n" for line in lines), status=status, **variables).lines


def conversation(kith, number: int = 1) -> dict:
    return kith("conversations", "show", number).lines[0]


# ---- without an LLM ----


def test_a_follow_up_finds_what_it_refers_to(added):
    first, second = chat(added, FIRST, FOLLOWUP)
    assert first["searched"] is None and "thirty days" in first["answer"]
    assert second["question"] == FOLLOWUP
    assert second["searched"] == "And where are they written? backups kept"
    assert second["citations"][0]["source"].endswith("backup.md") and "second building" in second["answer"]


def test_a_question_that_stands_alone_is_searched_for_as_it_is(added):
    _, second = chat(added, FIRST, "How much does a dairy cow drink?")
    assert second["searched"] is None and "hundred litres" in second["answer"]


def test_the_first_question_leans_on_nothing(added):
    (only,) = chat(added, "And where are they written?")
    assert only["searched"] is None


def test_what_was_searched_for_is_shown_before_the_answer(added):
    out = added("chat", "--text", stdin=f"{FIRST}\n{FOLLOWUP}\n").out
    _, answer = out.split("searched for: And where")
    assert "second building" in answer


def test_a_repeated_question_of_another_conversation_comes_from_the_cache(added):
    chat(added, FIRST, FOLLOWUP)
    first, second = chat(added, FIRST, FOLLOWUP)
    assert first["cached"] and second["cached"]
    assert second["searched"] == "And where are they written? backups kept"


TOWERS = {"tower.txt": "Ada Brook built the Harbour Tower. A strike delayed the construction for nineteen months.\n",
          "bridge.txt": "A flood delayed the construction of the bridge for months. The bridge was delayed again.\n"}


def test_what_the_words_do_not_tell_the_passages_do(kith, tmp_path):
    for name, text in TOWERS.items():
        (tmp_path / name).write_text(text)
    kith("add", *(tmp_path / name for name in TOWERS))
    delayed = "How many months was the construction delayed?"
    alone, = chat(kith, delayed)
    _, second, other = chat(kith, "Who built the Harbour Tower?", delayed, "What delayed the bridge again?")
    assert alone["citations"][0]["source"].endswith("bridge.txt")
    assert second["searched"] == f"{delayed} built Harbour Tower" and "nineteen months" in second["answer"]
    assert other["searched"] is None


def test_what_nothing_knows_is_not_taken_for_a_follow_up(added):
    _, second = chat(added, FIRST, "Which queen reigned longest in England?")
    assert second["searched"] is None and second["refused"]


# ---- the record ----


def test_a_conversation_is_kept_with_all_that_was_said(added):
    answers = chat(added, FIRST, FOLLOWUP)
    (listed,) = added("conversations").lines
    assert listed["conversation"] == 1 and listed["title"] == FIRST and listed["turns"] == 2 and listed["collection"] == "default"
    kept = conversation(added)
    assert [turn["n"] for turn in kept["turns"]] == [1, 2]
    for turn, answer in zip(kept["turns"], answers):
        assert turn.pop("n") and turn.pop("asked").endswith("Z")
        assert turn == answer


def test_a_conversation_is_gone_on_with_by_its_number(added):
    chat(added, FIRST)
    (second,) = chat(added, FOLLOWUP, arguments=("--conversation", 1))
    assert second["searched"] == "And where are they written? backups kept"
    assert len(conversation(added)["turns"]) == 2


def test_new_begins_a_conversation_that_knows_nothing_of_the_last(added):
    _, second = chat(added, FIRST, "/new", FOLLOWUP)
    assert second["searched"] is None
    assert [c["turns"] for c in added("conversations").lines] == [1, 1]


def test_without_a_question_nothing_is_kept(added):
    chat(added, "/help", "", "/quit")
    assert added("conversations").lines == []


def test_the_record_outlives_documents_and_collection(added):
    chat(added, FIRST)
    added("rm", "--all", "--collection", "default", "--yes")
    assert "thirty days" in conversation(added)["turns"][0]["answer"]


def test_a_deleted_conversation_is_gone(added):
    chat(added, FIRST)
    assert added("conversations", "delete", 1).lines == [{"removed": "conversation", "id": 1}]
    assert added("conversations", "show", 1, status=4).err
    assert added("conversations").lines == []
    assert added("chat", "--conversation", 1, stdin=f"{FIRST}\n", status=4).out == ""


def test_a_conversation_is_exported_as_markdown_and_json(added, notes):
    (notes / "image.md").write_text("# Leak\n\nThe leak looks like ![picture](http://example.com/?q=secret) in the wild.\n")
    added("add", notes)
    chat(added, FIRST, FOLLOWUP, "What does the leak look like in the wild?")
    text = added("conversations", "export", 1).out
    assert text.startswith(f"# {FIRST}\n") and f"\n## {FOLLOWUP}\n" in text
    assert "*Searched for: And where are they written? backups kept*" in text
    assert "> Backups run every night" in text and "backup.md:5" in text
    assert "![" not in text
    assert json.loads(added("conversations", "export", 1, "--format", "json").out) == conversation(added)


def test_a_conversation_can_be_read_on_a_screen(added):
    chat(added, FIRST, FOLLOWUP)
    text = added("conversations", "show", 1, "--text").out
    assert f"> {FIRST}\n" in text and "searched for: " in text and "Sources" in text


def test_questions_in_a_conversation_are_counted(added):
    chat(added, FIRST, FOLLOWUP)
    assert added("stats").lines[-1]["metrics"]["questions"] == 2


# ---- commands ----


def test_the_commands_of_a_chat(added):
    result = added("chat", "--text", stdin="/sources\n/nonsense\n/model\n/model x\n/help\n/quit\nnever asked\n")
    assert "nothing was asked yet" in result.err
    assert "unknown command '/nonsense'" in result.err
    assert "no LLM: answers are quoted" in result.err
    assert "there is no endpoint" in result.err
    for name in ("/sources", "/filter JSON", "/model NAME", "/new", "/quit"):
        assert name in result.err
    assert result.out == ""


def test_sources_shows_the_passages_behind_the_last_answer(added):
    out = added("chat", "--text", stdin=f"{FIRST}\n/sources\n").out
    assert "Passages" in out.split("Sources")[1] and "relevance" in out


def test_a_filter_holds_until_it_is_lifted(added):
    first, second = chat(added, '/filter {"type": "csv"}', "Which city lies on the Seine?", "/filter", "Which city lies on the Tiber?")
    assert {p["source"].rsplit(".", 1)[1] for p in first["passages"]} == {"csv"}
    assert len({p["source"].rsplit(".", 1)[1] for p in second["passages"]}) > 1


@pytest.mark.parametrize("bad", ["{", "x", '{"type": {"$like": "csv"}}', '["csv"]'])
def test_what_is_no_filter_is_refused_and_the_one_before_stays(added, bad):
    result = added("chat", "--json", stdin=f'/filter {{"type": "csv"}}\n/filter {bad}\nWhich city lies on the Seine?\n')
    assert "no filter, the one before stays" in result.err
    (answer,) = result.lines
    assert {p["source"].rsplit(".", 1)[1] for p in answer["passages"]} == {"csv"}


def test_a_bad_filter_is_told_and_the_conversation_goes_on(added):
    result = added("chat", "--json", stdin=f"/filter {{\n{FIRST}\n/filter\n{FIRST}\n")
    assert "filter" in result.err and len(result.lines) == 2


def test_a_follow_up_with_a_name_replaces_the_name_before(kith, tmp_path):
    for name, grade in (("Adams", "3.1"), ("Jefferson", "3.8")):
        (tmp_path / f"{name}.txt").write_text(f"The GPA of {name} was {grade} in the last year.\n")
    kith("add", tmp_path)
    first, second = chat(kith, "What is the GPA of Adams?", "and of Jefferson?")
    assert "3.1" in first["answer"] and second["searched"] == "and of Jefferson? GPA"
    assert second["citations"][0]["source"].endswith("Jefferson.txt")


def test_a_line_that_is_too_long_is_passed_over(added):
    (only,) = chat(added, "x" * (1 << 20) + "y", FIRST)
    assert only["question"] == FIRST


def test_a_last_line_without_an_end_counts_and_carriage_returns_do_not(added):
    result = added("chat", "--json", stdin=f"{FIRST}\r\n{FOLLOWUP}")
    assert [line["question"] for line in result.lines] == [FIRST, FOLLOWUP]


def test_a_missing_collection_ends_it_and_nothing_is_kept(kith, notes):
    kith("add", notes)
    result = kith("chat", "--collection", "missing", stdin=f"{FIRST}\n", status=4)
    assert result.out == "" and "missing" in result.err
    assert kith("conversations").lines == []


# ---- with an LLM ----


def asked(endpoint, number: int) -> str:
    return endpoint.requests[number][1]["messages"][-1]["content"]


def test_an_llm_rewrites_a_follow_up_from_what_was_said(added, endpoint):
    endpoint.answers = [["Thirty days [1]."], ['"Where are the nightly ', 'backups written?"\n'], ["To a second building [1]."]]
    first, second = chat(added, FIRST, FOLLOWUP, **endpoint.variables, **CHAT)
    assert second["searched"] == "Where are the nightly backups written?"
    assert second["answer"] == "To a second building [1]."
    assert len(endpoint.requests) == 3
    assert FIRST in asked(endpoint, 1) and "Thirty days" in asked(endpoint, 1) and FOLLOWUP in asked(endpoint, 1)
    assert endpoint.requests[1][1]["max_tokens"] <= 200 and endpoint.requests[1][1]["temperature"] == 0
    assert "Where are the nightly backups written?" in asked(endpoint, 2)


def test_an_llm_is_not_asked_to_rewrite_what_stands_alone(added, endpoint):
    chat(added, FIRST, "How much does a dairy cow drink?", **endpoint.variables, **CHAT)
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("fault", ["refused", "empty", "cut"])
def test_a_rewriting_that_fails_falls_back_to_the_words_before(added, endpoint, fault):
    endpoint.answers = [["Thirty days [1]."], [" \n"] if fault == "empty" else ["Where", "?"], ["To a second building [1]."]]
    if fault == "refused":
        endpoint.statuses = [0, 400]
    elif fault == "cut":
        endpoint.cuts = [None, 1, None]
    first, second = chat(added, FIRST, FOLLOWUP, **endpoint.variables, **CHAT)
    assert second["searched"] == "And where are they written? backups kept"
    assert second["llm_error"] is None and second["answer"]


def test_the_model_is_changed_within_a_chat(added, endpoint):
    endpoint.models.add("chat-large")
    answers = chat(added, FIRST, "/model chat-large", FIRST, "/model none", FIRST, **endpoint.variables, **CHAT)
    assert [answer["engine"] for answer in answers] == ["chat-small", "chat-large", "extractive"]


def test_an_llm_that_fails_is_told_and_the_conversation_goes_on(added, endpoint):
    endpoint.statuses = [400]
    result = added("chat", "--json", stdin=f"{FIRST}\nHow much does a dairy cow drink?\n", **endpoint.variables, **CHAT)
    first, second = result.lines
    assert first["llm_error"] and first["passages"] and second["llm_error"] is None
    assert "chat-small failed" in result.err
    assert conversation(added)["turns"][0]["llm_error"] == first["llm_error"]


# ---- on a terminal ----


def test_lines_are_edited_on_a_terminal(added):
    # A letter too many, taken back; then the arrow up brings the line back; then the end of input.
    screen = run_on_terminal(added, "chat", "--no-llm", keys=[f"{FIRST}x\x7f\r", "\x1b[A\r", "\x04"], prompt="> ", columns=100)
    assert screen.status == 0
    assert screen.text.count("thirty days") >= 2 and "from the cache" in screen.text
    assert "kith chat --conversation 1 goes on" in screen.text
    assert [turn["question"] for turn in conversation(added)["turns"]] == [FIRST, FIRST]


def test_ctrl_c_empties_the_line_and_then_ends(added):
    screen = run_on_terminal(added, "chat", "--no-llm", keys=["half a question\x03", "/new\r", "\x03"], prompt="> ", columns=100)
    assert screen.status == 0
    assert "a new conversation" in screen.text
    assert added("conversations").lines == []


def test_a_line_with_a_nul_byte_is_refused_and_the_next_one_is_read(added):
    out = added("chat", "--json", stdin=f"{FIRST}\0 {FIRST}\n{FIRST}\n", status=None)
    assert "NUL byte at byte 27" in out.err
    (only,) = out.lines
    assert "thirty days" in only["answer"]
