"""What LLMs and embedding endpoints do in the wild, and what reaches the user of it."""

import json

import pytest

REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")
ASK = ("ask", "When does the gate open?", "--llm", "chat-small")


@pytest.fixture
def gate(kith, tmp_path):
    (tmp_path / "gate.md").write_text("The gate opens at seven in the morning.\n\nKeys hang by the door of the depot.\n")
    kith("add", tmp_path / "gate.md")


def answer_of(kith, endpoint, *pieces: str, **more) -> dict:
    endpoint.pieces = list(pieces)
    for name, value in more.items():
        setattr(endpoint, name, value)
    return json.loads(kith(*ASK, "--json", "--no-cache", **endpoint.variables).out)


REFUSALS = [
    "batch size is invalid, it should not be larger than 10",
    "Too many inputs: 30 exceeds the limit of 10 per request",
    "array too long. Expected an array with maximum length 10",
    "input: List should have at most 10 items",
    "model embed-small accepts at most 10 texts",
    "la liste contient trop d'éléments",
    "批量大小不能超过 10",
]


@pytest.mark.parametrize("message", REFUSALS)
def test_fault_60_a_limit_of_texts_told_by_400_in_any_words_is_met(kith, tmp_path, endpoint, message):
    records = [{"id": f"n{i}", "content": f"Note number {i} says that valve {i} is open on day {i}."} for i in range(30)]
    (tmp_path / "notes.jsonl").write_text("\n".join(map(json.dumps, records)))
    endpoint.most_texts, endpoint.most_texts_message = 10, message
    result = kith("add", tmp_path / "notes.jsonl", *REMOTE, "--json", **endpoint.variables)
    assert result.lines[-1]["summary"]["documents_processed"] == 30


@pytest.mark.parametrize("message", ["Incorrect API key provided", "The model `embed-small` does not exist", "Unsupported model: embed-small"])
def test_a_wrong_key_or_model_told_by_400_is_an_error_at_once(kith, notes, endpoint, message):
    endpoint.refuses_all_with, endpoint.message = 400, message
    result = kith("add", notes, *REMOTE, status=None, **endpoint.variables)
    assert result.status and message in result.err
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("tag", ["think", "thinking", "thought", "reasoning", "seed:think"])
def test_fault_61_thoughts_in_the_text_are_neither_shown_nor_judged(kith, gate, endpoint, tag):
    pieces = (f"<{tag[:2]}", f"{tag[2:]}>The passage says ", f"seven.</{tag}>\n\n", "The gate opens at seven [1].")
    answer = answer_of(kith, endpoint, *pieces)
    assert answer["answer"] == "The gate opens at seven [1]."
    assert [claim["text"] for claim in answer["claims"]] == ["The gate opens at seven [1]."]
    shown = kith(*ASK, "--no-cache", **endpoint.variables).out
    assert "passage says" not in shown and f"<{tag}" not in shown


def test_a_thought_without_its_opening_tag_is_none_of_the_answer(kith, gate, endpoint):
    answer = answer_of(kith, endpoint, "The passage [1] says", " seven.\n</thi", "nk>\nThe gate opens at seven [1].")
    assert answer["answer"] == "The gate opens at seven [1]."
    assert len(answer["citations"]) == 1


def test_thoughts_that_never_end_are_no_answer(kith, gate, endpoint):
    endpoint.pieces = ["<think>The passage ", "says"]
    endpoint.finish_reason = "length"
    result = kith(*ASK, "--json", "--no-cache", status=None, **endpoint.variables)
    answer = json.loads(result.out)
    assert answer["answer"] == "" and "thoughts" in answer["llm_error"]["message"]


def test_fault_63_a_cut_answer_is_told(kith, gate, endpoint):
    answer = answer_of(kith, endpoint, "Keys hang by the door of the depot [1]. The gate opens at", finish_reason="length")
    assert answer["truncated"] is True
    assert answer["claims"][-1]["verdict"] == "unchecked"
    assert "cut" in kith(*ASK, "--no-cache", **endpoint.variables).err
    assert answer_of(kith, endpoint, "The gate opens at seven [1].", finish_reason="stop")["truncated"] is False


@pytest.mark.parametrize("cited", ["【1】", "【1†source】", "[^1]", "[Source 1]", "［1］"])
def test_fault_64_other_forms_of_citation_are_citations(kith, gate, endpoint, cited):
    answer = answer_of(kith, endpoint, f"The gate opens at seven {cited[:2]}", f"{cited[2:]}.")
    assert answer["answer"] == "The gate opens at seven [1]."
    assert [citation["n"] for citation in answer["citations"]] == [1]
    assert answer["claims"][0]["cited"] is True


MANUAL = """TOOL(1)                      General Commands Manual                      TOOL(1)

OPTIONS
       -n, --dry-run
              Print what would be changed and change nothing.

EXIT STATUS
       0      All is well.

       11     Another run of tool holds the lock.
"""


def test_the_units_and_what_is_missing_are_in_the_prompt(kith, tmp_path, endpoint):
    (tmp_path / "tool.1.txt").write_text(MANUAL)
    kith("add", tmp_path / "tool.1.txt")
    prompts = []
    for question in ("What does exit status 11 of tool mean?", "What does exit status 17 of tool mean?"):
        kith("ask", question, "--llm", "chat-small", "--json", "--no-cache", status=None, **endpoint.variables)
        prompts.append(endpoint.requests[-1][1]["messages"][1]["content"])
    assert "- 11: Another run of tool holds the lock.\n" in prompts[0] and "None of the passages" not in prompts[0]
    assert 'None of the passages mentions "17"' in prompts[1]
