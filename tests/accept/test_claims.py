"""The sentences of an LLM's answer, each judged by the passages that it cites: what is borne out, what is marked, and where the marks are kept."""

import json

import pytest
from terminal import run_on_terminal

QUESTION = "How long are backups kept?"


@pytest.fixture
def variables(endpoint) -> dict[str, str]:
    return {**endpoint.variables, "KITH_LLM_MODEL": "chat-small"}


@pytest.fixture
def answer_with(added, endpoint, variables):
    """Asks, and lets the LLM answer the given text; [1] is the passage about backups."""
    def ask(text: str, *arguments, status: int | None = 0) -> dict:
        endpoint.pieces = [text[i:i + 7] for i in range(0, len(text), 7)]
        (answer,) = added("ask", QUESTION, "--json", *arguments, status=status, **variables).lines
        return answer
    return ask


def verdicts(answer: dict) -> list[str]:
    return [claim["verdict"] for claim in answer["claims"]]


# ---- what is borne out ----


@pytest.mark.parametrize("text", [
    "Backups are kept for thirty days [1].",
    "Each backup is kept for 30 days [1].",
    "Backups, which run at night, are stored for thirty days [1].",
    "They run every night at two o'clock and are written to a second building [1].",
])
def test_an_honest_paraphrase_is_borne_out(answer_with, text):
    answer = answer_with(text)
    assert verdicts(answer) == ["supported"] and answer["claims"][0]["support"] >= 0.5


@pytest.mark.parametrize("text", [
    pytest.param("Backups are kept for ninety days [1].", id="made-up number"),
    pytest.param("Backups are kept for 45 days [1].", id="made-up number in digits"),
    pytest.param("Backups are not kept for thirty days [1].", id="the opposite"),
    pytest.param("Backups aren't kept for thirty days [1].", id="the opposite, contracted"),
    pytest.param("Backups are kept for thirty days [2].", id="another passage cited"),
    pytest.param("Backups are encrypted with a key of the company Veeam [1].", id="made up"),
])
def test_what_the_cited_passage_does_not_bear_out_is_marked(answer_with, text):
    answer = answer_with(text)
    assert verdicts(answer) == ["unsupported"] and answer["claims"][0]["support"] < 0.5


def test_a_sentence_without_a_citation_is_judged_by_all_passages(answer_with):
    answer = answer_with("Backups are kept for thirty days. The magnetic tape was invented by Fritz Pfleumer in 1928.")
    assert [claim["cited"] for claim in answer["claims"]] == [False, False]
    assert verdicts(answer) == ["supported", "uncited"]


def test_what_claims_nothing_is_not_judged(answer_with):
    answer = answer_with("# Backups\n\nWhat is known:\n\n- Backups are kept for thirty days [1].\n\nThe passages do not say who reads them.")
    assert [claim["text"] for claim in answer["claims"]] == ["- Backups are kept for thirty days [1]."]


def test_each_sentence_is_judged_by_itself_and_told_by_place(answer_with):
    answer = answer_with("Zürich – so far. Backups are kept for thirty days [1]. They are read by 12 people [1].")
    assert verdicts(answer)[1:] == ["supported", "unsupported"]
    for claim in answer["claims"]:
        assert answer["answer"][claim["start"]:claim["end"]] == claim["text"]
    kept = answer["claims"][1]
    passage = answer["passages"][kept["n"] - 1]
    assert "thirty days" in kept["evidence"]
    assert passage["content"][kept["evidence_start"] - passage["start"]:kept["evidence_end"] - passage["start"]] == kept["evidence"]


def test_an_answer_that_is_broken_off_or_quoted_is_not_judged(answer_with, added, endpoint):
    endpoint.cut_after = 2
    assert answer_with("Backups are kept for ninety days [1]. And more.", status=5)["claims"] == []
    (quoted,) = added("ask", QUESTION, "--no-llm", "--json").lines
    assert quoted["claims"] == [] and quoted["citations"]


def test_only_so_many_sentences_are_judged_and_the_rest_is_told(added, answer_with, variables):
    text = "".join(f"Backups are kept for thirty days [1], as rule {n} says. " for n in range(30))
    answer = answer_with(text)
    assert len(answer["claims"]) == 30
    assert verdicts(answer)[24:] == ["unchecked"] * 6 and answer["claims"][24]["support"] is None
    assert "unchecked" not in verdicts(answer)[:24]
    assert "6 sentences of the answer were not checked" in added("ask", QUESTION, "--text", **variables).err


# ---- where the marks are shown and kept ----

MIXED = "Backups are kept for thirty days [1]. They are kept in 14 vaults [1]. Whales sing in the Arctic Ocean."


def marked(text: str) -> list[str]:
    return [line.split("  support")[0] for line in text.splitlines() if line.startswith("[") and not line.startswith("[1]")]


def test_the_marks_come_behind_the_answer_in_a_pipe_and_on_a_terminal(added, answer_with, variables):
    answer_with(MIXED, "--no-cache")
    expected = ["[unsupported] They are kept in 14 vaults [1].", "[uncited] Whales sing in the Arctic Ocean."]
    out = added("ask", QUESTION, "--text", "--no-cache", **variables).out
    assert marked(out) == expected
    assert out.index(MIXED) < out.index("[unsupported]") < out.index("Sources")
    screen = run_on_terminal(added, "ask", QUESTION, "--no-cache", NO_COLOR="1", **variables)
    assert marked(screen.text.replace("\r", "")) == expected
    assert "[supported] Backups are kept for thirty days [1]." in marked(added("ask", QUESTION, "--text", "--explain", **variables).out)


def test_the_claims_are_an_event_after_the_citations(added, answer_with, variables):
    answer = answer_with(MIXED, "--no-cache")
    stream = added("ask", QUESTION, "--events", "--no-cache", **variables).lines
    kinds = [event["event"] for event in stream if event["event"] != "text"]
    assert kinds == ["passages", "citations", "claims", "usage", "done"]
    assert stream[-3]["claims"] == answer["claims"]
    assert stream[-1]["timings"]["check_ms"] > 0


def test_a_kept_answer_has_its_marks(added, answer_with, variables):
    first, second = answer_with(MIXED), answer_with(MIXED)
    assert not first["cached"] and second["cached"]
    assert first["claims"] == second["claims"] and verdicts(second) == ["supported", "unsupported", "uncited"]
    assert len(marked(added("ask", QUESTION, "--text", **variables).out)) == 2


def test_a_conversation_keeps_the_marks(added, endpoint, variables):
    endpoint.pieces = [MIXED]
    added("chat", stdin=f"{QUESTION}\n", **variables)
    (turn,) = json.loads(added("conversations", "export", 1, "--format", "json").out)["turns"]
    assert verdicts(turn) == ["supported", "unsupported", "uncited"]
    assert len(marked(added("conversations", "show", 1, "--text").out)) == 2
    markdown = added("conversations", "export", 1).out
    assert "*Unsupported:* They are kept in 14 vaults [1]." in markdown and "*Uncited:* Whales sing" in markdown


def test_control_characters_in_a_marked_sentence_do_not_reach_the_terminal(added, endpoint, variables):
    endpoint.pieces = ["Backups cost 99 \x1b[31mgold coins\x1b[0m [1]."]
    assert "\x1b" not in added("ask", QUESTION, "--text", **variables).out
