"""kith eval: figures that a second computation gives too, the worst first and why, and settings side by side."""

import json
import math
import pathlib
import random

import pytest
from fake_openai import FakeOpenAI
from patience import patience

QUESTIONS = [
    {"id": "backup", "question": "How long are backups kept?", "document": "backup.md", "text": "thirty days"},
    {"id": "bread", "question": "How long does the dough rest before it is baked?", "document": "notes/bread.html", "text": ["12 hours", "TWELVE  hours"]},
    {"id": "fox", "question": "What does a red fox hunt?", "document": "fox", "text": "mice"},
    {"id": "both", "question": "Which capital lies on the Seine, and which on the Tiber?", "document": ["paris", "rome"]},
    {"id": "only text", "question": "When are apple trees pruned?", "text": "late winter"},
    {"id": "wrong text", "question": "How much does a dairy cow drink?", "document": "cow", "text": "forty litres"},
    {"id": "missing", "question": "Who sorts numbers in place?", "document": "handbook.pdf"},
    {"id": "foreign", "question": "Which proteins regulate the mitosis of yeast cells?", "refuse": True},
    {"id": "should refuse", "question": "How long are backups kept, and where are they written?", "refuse": True},
    {"id": "free", "question": "Are there apple trees?"},
]


def write(path: pathlib.Path, questions: list[dict]) -> pathlib.Path:
    path.write_text("".join(json.dumps(question) + "\n" for question in questions))
    return path


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "questions.jsonl", QUESTIONS)


def parts(lines: list[dict]) -> tuple[dict, list[dict], list[dict]]:
    """Questions by id (of the first setting), summaries, differences."""
    questions = {}
    for line in lines:
        if "question" in line:
            questions.setdefault(line["id"], line)
    return questions, [line["summary"] for line in lines if "summary" in line], [line["difference"] for line in lines if "difference" in line]


# ---- the figures ----


def names(expected: str, passage: dict) -> bool:
    source = passage["source"] or ""
    return expected in (passage["document"], source) or source.endswith("/" + expected)


def expected_figures(question: dict, answer: dict, k: int) -> dict:
    """From the answer that kith ask gives, by definitions of our own."""
    def folded(text: str) -> str:
        return " ".join(text.casefold().split())

    def holds(text: str) -> bool:
        return any(folded(one) in folded(text) for one in texts)

    documents, texts = question.get("document", []), question.get("text", [])
    documents = [documents] if isinstance(documents, str) else documents
    texts = [texts] if isinstance(texts, str) else texts
    passages = answer["passages"]
    if documents:
        places = [next((n for n, passage in enumerate(passages, 1) if names(document, passage)), None) for document in documents]
    elif texts:
        places = [next((n for n, passage in enumerate(passages, 1) if holds(passage["content"])), None)]
    else:
        return {}
    found = [place for place in places if place]
    ideal = sum(1 / math.log2(1 + n) for n in range(1, min(k, len(places)) + 1))
    figures = {
        "hit_1": float(1 in found), "hit_k": float(bool(found)), "recall_k": len(found) / len(places),
        "mrr_k": 1 / min(found) if found else 0.0, "ndcg_k": sum(1 / math.log2(1 + n) for n in found) / ideal,
    }
    if texts:
        figures |= {"text_found": float(any(holds(passage["content"]) for passage in passages)), "text_answer": float(holds(answer["answer"]))}
    return figures


def test_the_figures_are_those_of_a_second_computation(added, file):
    k = 5
    questions, [summary], differences = parts(added("eval", file, "--json").lines)
    assert len(questions) == len(QUESTIONS) == summary["questions"] and summary["k"] == k and not differences
    answers = {question["id"]: added("ask", question["question"], "--json", "--no-cache", status=None).lines[0] for question in QUESTIONS}
    sums: dict[str, list[float]] = {}
    for question in QUESTIONS:
        line, answer = questions[question["id"]], answers[question["id"]]
        assert line["answer"] == answer["answer"] and line["refused"] == answer["refused"]
        for name, value in expected_figures(question, answer, k).items():
            assert line[name] == pytest.approx(value), (question, name)
            sums.setdefault(name, []).append(value)
    for name, values in sums.items():
        assert summary[name] == {"mean": pytest.approx(sum(values) / len(values)), "questions": len(values)}
    own = [answers[question["id"]]["refused"] for question in QUESTIONS if "document" in question or "text" in question]
    foreign = [answers[question["id"]]["refused"] for question in QUESTIONS if question.get("refuse")]
    assert summary["refused"] == {"mean": sum(own) / len(own), "questions": len(own)}
    assert summary["refused_rightly"] == {"mean": sum(foreign) / len(foreign), "questions": len(foreign)} == {"mean": 0.5, "questions": 2}
    cited = [line for line in questions.values() if line["citations_valid"] is not None]
    assert summary["citations_valid"] == {"mean": 1.0, "questions": len(cited)} and len(cited) == sum(not answer["refused"] for answer in answers.values())
    times = sorted(line["ms"] for line in questions.values())
    assert summary["p50_ms"] == pytest.approx(times[math.ceil(len(times) * 0.5) - 1]) and summary["p95_ms"] == pytest.approx(times[-1])


def test_the_worst_come_first_and_say_why(added, file):
    lines = [line for line in added("eval", file, "--json").lines if "question" in line]
    order = ["failed", "answered", "not_found", "refused", "text_missing", "citation", "ranked_low", None]
    problems = [line["problem"] for line in lines]
    assert problems == sorted(problems, key=order.index)
    why = {line["id"]: (line["problem"], line["why"]) for line in lines}
    assert why["should refuse"][0] == "answered" and "although it should refuse" in why["should refuse"][1]
    assert why["missing"] == ("not_found", "the collection has no document 'handbook.pdf'") or "handbook.pdf'; refused" in why["missing"][1]
    assert why["wrong text"][0] == "text_missing"
    assert why["backup"] == (None, "") and why["foreign"] == (None, "")
    text = added("eval", file, "--text").out
    assert text.index("line 9:") < text.index("line 7:") and "the collection has no document 'handbook.pdf'" in text
    assert "hit@1" in text and "MRR@5" in text and "citations that hold" in text and "p95" in text


def test_k_decides_what_is_among_the_passages(added, tmp_path):
    file = write(tmp_path / "q.jsonl", [{"id": "q", "question": "Which capital lies on the Tiber?", "document": ["paris", "rome"]}])
    one, many = (parts(added("eval", file, "--json", "-k", k).lines)[0]["q"] for k in (1, 8))
    assert (one["recall_k"], many["recall_k"]) == (0.5, 1.0)
    assert one["ndcg_k"] == 1.0 and many["ndcg_k"] <= 1.0


def test_an_evaluation_leaves_no_trace_in_metrics_and_cache(added, file):
    def metrics() -> dict:
        return next(line["metrics"] for line in added("stats", "--json").lines if "metrics" in line)

    before = metrics()
    added("eval", file)
    assert metrics() == before
    assert not added("ask", QUESTIONS[0]["question"], "--json").lines[0]["cached"]


def test_an_llm_is_evaluated_too_and_its_failure_is_the_worst(added, tmp_path):
    file = write(tmp_path / "q.jsonl", QUESTIONS[:2])
    endpoint = FakeOpenAI()
    try:
        lines = added("eval", file, "--json", "--llm", "chat-small", **endpoint.variables).lines
        questions, [summary], _ = parts(lines)
        assert questions["backup"]["problem"] is None and questions["bread"]["problem"] == "text_missing"
        assert "thirty days [1]" in questions["backup"]["answer"] and summary["citations_valid"] == {"mean": 1.0, "questions": 2}
        failed = added("eval", file, "--json", "--llm", "no-such-model", status=5, **endpoint.variables)
    finally:
        endpoint.close()
    assert {line["problem"] for line in failed.lines if "question" in line} == {"failed"} and "failed to answer 2 times" in failed.err


# ---- bad input ----


@pytest.mark.parametrize(("line", "message"), [
    ('{"question": ', "q.jsonl:2: "), ('{"question": "x", "documents": "y"}', 'q.jsonl:2: unknown key "documents"'),
    ('{"document": "y"}', 'q.jsonl:2: "question" is missing'), ('{"question": "x", "refuse": true, "text": "y"}', "q.jsonl:2: a refusal"),
])
def test_a_bad_line_is_named_before_anything_runs(added, tmp_path, line, message):
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "Who?"}\n' + line + "\n")
    result = added("eval", file, status=2)
    assert result.out == "" and message in result.err


def test_what_cannot_be_evaluated_is_an_error(added, file, tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n")
    assert "no question" in added("eval", tmp_path / "empty.jsonl", status=2).err
    assert "nowhere.jsonl" in added("eval", tmp_path / "nowhere.jsonl", status=4).err
    assert "absent" in added("eval", file, "--collection", "absent", status=4).err
    assert "rerank" in added("eval", file, "--compare", "rerank=on", status=2).err
    assert "--rerank DIR" in added("eval", file, "--compare", "rerank=20", status=2).err
    assert "did you mean 'chunk'" in added("eval", file, "--compare", "chunks=100", status=2).err
    assert "over the model's" in added("eval", file, "--compare", "k=3; chunk=4000t", status=2).err
    added("eval", status=2)


def test_an_empty_collection_is_evaluated_as_one_that_finds_nothing(kith, tmp_path):
    kith("collections", "create", "empty")
    file = write(tmp_path / "q.jsonl", QUESTIONS[:1] + QUESTIONS[7:8])
    questions, [summary], _ = parts(kith("eval", file, "--collection", "empty", "--json").lines)
    assert summary["hit_k"]["mean"] == 0 and summary["refused_rightly"]["mean"] == 1
    assert questions["backup"]["problem"] == "not_found"


# ---- settings side by side ----


@pytest.fixture
def many(kith, tmp_path):
    """Forty documents, whose subject the question names only in other words for half of them: meaning finds all, words half."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    pairs = [("automobile", "car"), ("physician", "doctor"), ("infant", "baby"), ("ocean", "sea"), ("cemetery", "graveyard"), ("attorney", "lawyer"),
             ("canine", "dog"), ("feline", "cat"), ("currency", "money"), ("journal", "diary"), ("vessel", "ship"), ("aircraft", "plane"),
             ("residence", "house"), ("beverage", "drink"), ("garment", "clothes"), ("student", "pupil"), ("forest", "wood"), ("meal", "dinner"),
             ("stone", "rock"), ("illness", "disease")]
    questions = []
    for number, (written, asked) in enumerate(pairs):
        filler = " ".join(f"Line {n} of the note, which says nothing of use." for n in range(12))
        (folder / f"note{number}.txt").write_text(f"The {written} is what this note is about.\n\n{filler}\n")
        questions += [{"id": f"a{number}", "question": asked, "document": f"note{number}.txt"}]
        questions += [{"id": f"b{number}", "question": written, "document": f"note{number}.txt"}]
    kith("add", folder)
    return kith, write(tmp_path / "q.jsonl", questions), folder


def test_settings_are_compared_and_only_what_is_clear_is_called_so(many):
    kith, file, _ = many
    lines = kith("eval", file, "--json", "--compare", "rank=words k=3; rank=meaning k=3", "-k", 3).lines
    _, summaries, differences = parts(lines)
    assert [summary["setting"] for summary in summaries] == ["as it is", "rank=words k=3", "rank=meaning k=3"]
    by = {(row["setting"], row["measure"]): row for row in differences}
    hits = {setting: [line["hit_1"] for line in lines if line.get("setting") == setting and "question" in line] for setting in
            ("as it is", "rank=words k=3")}
    ids = {setting: [line["id"] for line in lines if line.get("setting") == setting and "question" in line] for setting in hits}
    first, second = (dict(zip(ids[setting], hits[setting])) for setting in hits)
    pairs = [second[name] - first[name] for name in first]
    row = by["rank=words k=3", "hit_1"]
    assert row["difference"] == pytest.approx(sum(pairs) / len(pairs)) and row["questions"] == 40 and row["against"] == "as it is"
    # A bootstrap of our own, with another generator.
    generator = random.Random(3)
    means = sorted(sum(generator.choices(pairs, k=40)) / 40 for _ in range(4000))
    assert row["low"] == pytest.approx(means[100], abs=0.03) and row["high"] == pytest.approx(means[3899], abs=0.03)
    far = sum(abs(mean - row["difference"]) >= abs(row["difference"]) - 1e-9 for mean in means) / len(means)
    assert row["p"] == pytest.approx(far, abs=0.03)
    assert row["clear"] and row["difference"] < 0
    assert not any(row["clear"] for row in differences if row["measure"] == "ms")
    text = kith("eval", file, "--text", "--compare", "rank=words k=3", "-k", 3).out
    assert "rank=words k=3: hit@1 -" in text and "as it is" in text


def stored(kith):
    """What `kith stats` says of the collection, but for the recall of searches: one in so many is drawn for it, by chance."""
    (row,) = kith("stats", "--json", "--collection", "default").lines
    return {key: value for key, value in row.items() if key != "recall"}


def test_the_same_chunks_give_the_same_figures_and_the_scratch_is_removed(many, tmp_path):
    kith, file, folder = many
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = stored(kith)
    lines = kith("eval", file, "--json", "--compare", "chunk=1000/200; chunk=120/20; chunk=120/20,k=3", TMPDIR=str(scratch)).lines
    _, summaries, differences = parts(lines)
    assert list(scratch.iterdir()) == [] and stored(kith) == before
    same = [row for row in differences if row["setting"] == "chunk=1000/200" and row["measure"] != "ms"]
    assert same and all(row["difference"] == 0 and row["p"] == 1 for row in same)
    assert summaries[3]["k"] == 3


def test_documents_whose_file_is_gone_or_changed_are_cut_from_their_stored_text(many):
    kith, file, folder = many
    (folder / "note0.txt").unlink()
    (folder / "note1.txt").write_text("Another text by now, of nothing that was asked for.\n")
    (folder / "note2.txt").write_text((folder / "note2.txt").read_text())
    result = kith("eval", file, "--json", "--compare", "chunk=1000/200")
    _, _, differences = parts(result.lines)
    assert "2 documents are cut from their stored text" in result.err
    # Title and heading are put before a text in another way, so places may differ, but all is there and found.
    hit = next(row for row in differences if row["measure"] == "hit_k")
    assert not hit["clear"]


def test_an_interrupted_comparison_leaves_nothing_behind(many, tmp_path):
    import signal
    import time
    kith, file, _ = many
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = kith.start("eval", str(file), "--compare", "chunk=60/10; chunk=50/10; chunk=40/10", TMPDIR=str(scratch))
    deadline = time.monotonic() + patience(60)
    while not list(scratch.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=patience(120))
    assert process.returncode == 130 and list(scratch.iterdir()) == []
