"""kith ask --lines: many questions, one load."""

import json

QUESTIONS = ("How long are backups kept?", "How much does a dairy cow drink?")


def ask(kith, lines: list, *arguments, status: int | None = 0) -> list[dict]:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    return kith("ask", "--lines", "--no-llm", *arguments, stdin=text, status=status).lines


def test_fifty_questions_get_fifty_answers_in_their_order(added):
    asked = [QUESTIONS[i % 2] if i < 2 else f"{QUESTIONS[i % 2][:-1]} at least, in case {i}?" for i in range(50)]
    answers = ask(added, asked, "--no-cache", status=None)
    assert [answer["question"] for answer in answers] == asked
    assert "thirty days" in answers[0]["answer"] and "hundred litres" in answers[1]["answer"]
    alone = added("ask", "--no-llm", "--no-cache", "--json", asked[1]).lines[0]
    assert {key: answers[1][key] for key in ("answer", "support", "citations")} == {key: alone[key] for key in ("answer", "support", "citations")}


def test_a_line_may_be_an_object_with_a_filter_and_k(added):
    narrow, all_of_it = ask(added, [{"question": QUESTIONS[0], "filter": {"source": {"$glob": "*backup.md"}}, "k": 1}, {"question": QUESTIONS[0], "filter": None}])
    assert [passage["source"].rsplit("/", 1)[1] for passage in narrow["passages"]] == ["backup.md"]
    assert len(all_of_it["passages"]) > 1


def test_a_line_that_fails_is_told_and_the_next_one_is_read(added):
    wrong = [{"question": 5}, {"q": "x"}, '{"question": ', {"question": QUESTIONS[0], "k": 0}, {"question": QUESTIONS[0], "filter": "x"},
             {"question": QUESTIONS[0], "filter": {"$no": 1}}]
    *failed, last = ask(added, [*wrong, "", QUESTIONS[0]], status=1)
    assert [(failure["line"], failure["status"]) for failure in failed] == [(1, "invalid"), (2, "invalid"), (3, "malformed"), (4, "invalid"), (5, "invalid"), (6, "invalid")]
    assert all(failure["error"] for failure in failed)
    assert "thirty days" in last["answer"]


def test_a_nul_character_is_refused_and_cuts_nothing(added):
    *failed, last = ask(added, [f"{QUESTIONS[1]}\0 {QUESTIONS[0]}", {"question": f"{QUESTIONS[1]}\0"}, QUESTIONS[0]], status=1)
    assert [(failure["line"], failure["status"]) for failure in failed] == [(1, "invalid"), (2, "invalid")]
    assert all("NUL" in failure["error"] for failure in failed)
    assert "thirty days" in last["answer"]


def test_a_refusal_makes_the_exit_status_one(added):
    (refused,) = ask(added, ["Which colour has the flag of Peru?"], status=1)
    assert refused["refused"]


def test_the_command_line_gives_what_a_line_leaves_out(added):
    (answer,) = ask(added, [QUESTIONS[0]], "-k", "1")
    assert len(answer["passages"]) == 1


def test_a_question_on_the_command_line_is_one_too_many(added):
    assert "too many" in added("ask", "--lines", "Who?", status=2).err
    assert "--lines" in added("ask", status=2).err
