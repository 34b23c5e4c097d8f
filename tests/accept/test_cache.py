"""Answers that are given again: to the same question, of the same documents, under the same settings, and to nothing else."""

import pytest
from fake_openai import FakeOpenAI

QUESTION = "How long are backups kept?"


def ask(kith, *arguments, status: int | None = 0, **variables: str) -> dict:
    return kith("ask", *arguments, "--json", status=status, **variables).lines[0]


def without_times(answer: dict) -> dict:
    return {key: value for key, value in answer.items() if key not in ("timings", "cached", "question", "usage")}


def test_the_same_question_gets_the_same_answer_from_the_cache(added):
    first, second = ask(added, QUESTION), ask(added, QUESTION)
    assert not first["cached"] and second["cached"]
    assert without_times(first) == without_times(second)
    assert "thirty days" in second["answer"]


def test_a_person_is_told_that_it_comes_from_the_cache(added):
    assert "from the cache" not in added("ask", QUESTION, "--text").err
    again = added("ask", QUESTION, "--text")
    assert "from the cache" in again.err and "thirty days" in again.out and "Sources" in again.out


def test_white_space_does_not_make_another_question_but_case_and_words_do(added):
    ask(added, QUESTION)
    assert ask(added, f"  How long\tare \n backups\u00a0kept?  ")["cached"]
    assert not ask(added, QUESTION.lower())["cached"]


def test_the_opposite_question_gets_an_answer_of_its_own(added, endpoint):
    """Complaint 38: a semantic cache serves the answer of the opposite question, or of any."""
    variables = {**endpoint.variables, "KITH_LLM_MODEL": "chat-small"}
    endpoint.answers = [["They are kept [1]."], ["They are not kept [1]."]]
    assert ask(added, "Are backups kept?", **variables)["answer"] == "They are kept [1]."
    opposite = ask(added, "Are backups not kept?", **variables)
    assert not opposite["cached"] and opposite["answer"] == "They are not kept [1]."
    assert not ask(added, "Are backups kept at all?", **variables)["cached"]


@pytest.mark.parametrize("options", [
    ("-k", "3"), ("--where", '{"type": "markdown"}'), ("--collection", "other"), ("--no-cache",),
])
def test_other_settings_are_another_question(added, notes, options):
    added("add", notes, "--collection", "other")
    ask(added, QUESTION)
    assert not ask(added, QUESTION, *options)["cached"]
    assert ask(added, QUESTION)["cached"]


def test_a_filter_is_compared_by_its_meaning_not_by_its_spaces(added):
    ask(added, QUESTION, "--where", '{"type":"markdown"}')
    assert ask(added, QUESTION, "--where", '{ "type" : "markdown" }')["cached"]


def test_no_cache_neither_takes_nor_keeps(added):
    assert not ask(added, QUESTION, "--no-cache")["cached"]
    assert not ask(added, QUESTION)["cached"]


def test_any_write_makes_the_question_new(added, notes):
    ask(added, QUESTION)
    (notes / "backup.md").write_text("# Operations\n\nBackups are kept for ninety days since the new rule.\n")
    added("add", notes)
    answer = ask(added, QUESTION)
    assert not answer["cached"] and "ninety days" in answer["answer"]
    assert ask(added, QUESTION)["cached"]
    added("rm", answer["citations"][0]["document"])
    gone = ask(added, QUESTION, status=None)
    assert not gone["cached"] and "ninety" not in gone["answer"]


def test_adding_what_is_there_already_keeps_the_cache(added, notes):
    ask(added, QUESTION)
    added("add", notes)
    assert ask(added, QUESTION)["cached"]


def test_what_was_deleted_is_on_no_page_of_the_cache(added, notes):
    ask(added, QUESTION)
    added("rm", "--all", "--collection", "default", "--yes")
    assert b"thirty days" not in (added.directory / "kith.db").read_bytes()


def test_a_bad_filter_is_an_error_after_a_good_question(added):
    ask(added, QUESTION)
    assert added("ask", QUESTION, "--where", "{", status=2).err


# ---- with an LLM ----


def test_an_answer_of_an_llm_is_asked_for_once_and_costs_nothing_again(added, endpoint):
    variables = {**endpoint.variables, "KITH_LLM_MODEL": "chat-small"}
    first = ask(added, QUESTION, **variables)
    second = ask(added, QUESTION, **variables)
    assert len(endpoint.requests) == 1
    assert not first["cached"] and second["cached"]
    assert without_times(first) == without_times(second)
    assert second["engine"] == "chat-small"
    assert second["usage"] == {"prompt_tokens": 0, "completion_tokens": 0}


def test_another_model_or_none_is_another_question(added, endpoint):
    endpoint.models.add("chat-large")
    ask(added, QUESTION, "--llm", "chat-small", **endpoint.variables)
    assert not ask(added, QUESTION, "--llm", "chat-large", **endpoint.variables)["cached"]
    assert not ask(added, QUESTION, "--no-llm", **endpoint.variables)["cached"]
    assert ask(added, QUESTION, "--llm", "chat-small", **endpoint.variables)["cached"]


def test_the_same_model_elsewhere_is_another_question(added, endpoint):
    ask(added, QUESTION, "--llm", "chat-small", **endpoint.variables)
    elsewhere = FakeOpenAI()
    assert not ask(added, QUESTION, "--llm", "chat-small", **elsewhere.variables)["cached"]
    elsewhere.close()


@pytest.mark.parametrize("fault", ["refused", "cut", "length"])
def test_an_answer_that_is_not_whole_is_not_kept(added, endpoint, fault):
    variables = {**endpoint.variables, "KITH_LLM_MODEL": "chat-small"}
    if fault == "refused":
        endpoint.statuses = [400]
    elif fault == "cut":
        endpoint.cut_after = 1
    else:
        endpoint.finish_reason = "length"
    ask(added, QUESTION, status=None, **variables)
    endpoint.cut_after, endpoint.finish_reason = None, "stop"
    asked = len(endpoint.requests)
    assert not ask(added, QUESTION, **variables)["cached"]
    assert len(endpoint.requests) == asked + 1
    assert ask(added, QUESTION, **variables)["cached"]
