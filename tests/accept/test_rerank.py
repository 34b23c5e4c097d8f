"""Reranking by a cross-encoder: kith's logits against a network computed by numpy, and the order that search, ask and the server give."""

import json
import math

import numpy
import pytest
from serving import serving
from small_bert import SmallBert

QUESTION = "the river feeds"
NOTES = ["the brook feeds the river", "a dough rests the night", "Paris tower", "water : the river water", "bread water the a brook"]
LONG = "the river " * 10  # a chunk by itself, but with the question longer than a pair may be


@pytest.fixture
def model(tmp_path):
    return SmallBert(labels=1, prefix="bert.", positions=24, outliers=False, seed=7)


@pytest.fixture
def reranker(model, tmp_path):
    return model.write(tmp_path / "reranker")


@pytest.fixture
def common(kith, tmp_path):
    """A collection of NOTES, embedded by a small model."""
    directory = SmallBert(seed=3).write_sentence_encoder(tmp_path / "model", "mean", True)
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps({"id": f"n{i}", "content": text}) + "\n" for i, text in enumerate([*NOTES, LONG])))
    options = ("--model-dir", directory)
    kith("add", tmp_path / "notes.jsonl", "--min-chars", "1", *options)
    return options


def logit(model: SmallBert, question: str, text: str) -> float:
    """With the longer side cut, as the reference cuts pairs."""
    first, second, most = question.split(), text.replace(":", " : ").split(), model.positions - 3
    if len(first) + len(second) > most:
        assert len(first) <= most // 2
        second = second[:most - len(first)]
    return float(model.logits(" ".join(first), " ".join(second))[0])


def assert_reranked(hits: list[dict], model: SmallBert) -> None:
    expected = {text.strip(): logit(model, QUESTION, text) for text in [*NOTES, LONG]}
    assert len(hits) == len(expected)
    for hit in hits:
        want = expected[hit["content"].strip()]
        assert hit["rerank"]["logit"] == pytest.approx(want, rel=1e-4, abs=1e-4)
        assert hit["rerank"]["score"] == pytest.approx(1 / (1 + math.exp(-want)), rel=1e-4, abs=1e-6)
    logits = [hit["rerank"]["logit"] for hit in hits]
    assert logits == sorted(logits, reverse=True)


def test_a_logit_that_is_not_finite_reranks_nothing(kith, common, model, tmp_path):
    model.tensors["classifier.weight"] = numpy.full_like(model.tensors["classifier.weight"], 3e38)
    model.tensors["bert.pooler.dense.weight"] *= 100  # so that tanh is 1 or -1
    model.tensors["bert.pooler.dense.bias"] += 1000
    broken = model.write(tmp_path / "broken")
    without = kith("search", QUESTION, *common, "--json").lines
    found = kith("search", QUESTION, *common, "--rerank", broken, "--json")
    assert found.lines == without and "nothing was reranked" in found.err


def test_a_search_is_ordered_by_the_cross_encoder(kith, common, model, reranker):
    without = kith("search", QUESTION, *common, "--json").lines
    assert not any("rerank" in hit for hit in without)
    hits = kith("search", QUESTION, *common, "--rerank", reranker, "--json").lines
    assert_reranked(hits, model)
    assert kith("search", QUESTION, *common, "--json", KITH_RERANK=str(reranker)).lines == hits
    # However few threads score, whatever is scored beside it.
    assert kith("search", QUESTION, *common, "--rerank", reranker, "--json", "--threads", "1").lines == hits
    alone = kith("search", QUESTION, *common, "--rerank", reranker, "--json", "-k", "1").lines
    assert alone == hits[:1]
    assert "reranked" in kith("search", QUESTION, *common, "--rerank", reranker, "--text").out


def test_two_sides_that_are_each_longer_than_a_pair_are_cut_as_the_reference_cuts_them(kith, model, reranker, tmp_path):
    directory = SmallBert(seed=3, positions=64).write_sentence_encoder(tmp_path / "model", "mean", True)
    text = " ".join(["brook feeds water"] * 10)
    (tmp_path / "long.jsonl").write_text(json.dumps({"id": "long", "content": text}) + "\n")
    kith("add", tmp_path / "long.jsonl", "--min-chars", "1", "--model-dir", directory)
    most = model.positions - 3
    assert most % 2 == 1
    # tokenizers' truncate_encodings, longest first: the longer side keeps the odd token, of equal ones the text.
    for words, first in [(26, most // 2), (30, most // 2), (32, most - most // 2)]:
        question = ("the river bread " * 11).split()[:words]
        [hit] = kith("search", " ".join(question), "--model-dir", directory, "--rerank", reranker, "--json").lines
        want = float(model.logits(" ".join(question[:first]), " ".join(text.split()[:most - first]))[0])
        assert hit["rerank"]["logit"] == pytest.approx(want, rel=1e-4, abs=1e-4), words


def test_the_server_reranks_when_a_search_asks_for_it(kith, common, model, reranker):
    path = "/v1/collections/default/search"
    with serving(kith, *common, "--rerank", reranker) as server:
        assert "reranked" not in server("POST", path, {"query": QUESTION}).json
        # As many as k are reranked at least: the bound of one is that of the other.
        refused = server("POST", path, {"query": QUESTION, "rerank": 1, "k": 1001}, status=400).error["message"]
        assert "1001" in refused and "1000" in refused
        assert server("POST", path, {"query": QUESTION, "rerank": 1, "k": 1000}).json["reranked"] == 6
        found = server("POST", path, {"query": QUESTION, "rerank": 20}).json
        assert found["reranked"] == 6
        assert_reranked(found["hits"], model)
        refused = server("POST", path, {"vector": [1.0] * 64, "rerank": 20}, status=400)
        assert "rerank" in refused.error["message"]
    with serving(kith, *common) as server:
        refused = server("POST", path, {"query": QUESTION, "rerank": 20}, status=None)
        assert refused.status >= 400 and "--rerank" in refused.error["message"]


def test_a_conversation_and_an_evaluation_are_reranked_too(kith, common, model, reranker, tmp_path):
    first = max([*NOTES, LONG], key=lambda text: logit(model, QUESTION, text)).strip()
    plain = kith("search", QUESTION, *common, "--json").lines[0]
    assert plain["content"].strip() != first
    chatted = kith("chat", *common, "--rerank", reranker, "-k", "1", "--json", "--no-llm", stdin=QUESTION + "\n").lines
    assert [passage["content"].strip() for passage in chatted[-1]["passages"]] == [first]
    # Beside a server without one, which the conversation is handed to.
    with serving(kith, *common):
        handed = kith("chat", *common, "--rerank", reranker, "-k", "1", "--json", "--no-llm", stdin=QUESTION + "\n").lines
        assert [passage["content"].strip() for passage in handed[-1]["passages"]] == [first]
    (tmp_path / "questions.jsonl").write_text(json.dumps({"question": QUESTION, "text": first}) + "\n")
    lines = kith("eval", tmp_path / "questions.jsonl", *common, "--rerank", reranker, "-k", "1", "--compare", "rerank=0; rerank=1", "--json").lines
    found = {line["summary"]["setting"]: line["summary"]["hit_1"]["mean"] for line in lines if "summary" in line}
    assert found == {"as it is": 1, "rerank=0": 0, "rerank=1": 0}


def test_a_question_is_answered_from_what_the_cross_encoder_puts_first(kith, common, model, reranker):
    best = max(NOTES, key=lambda text: logit(model, QUESTION, text))
    one = kith("ask", QUESTION, *common, "--rerank", reranker, "-k", "1", "--json", status=None)
    assert [passage["content"].strip() for passage in one.lines[-1]["passages"]] == [max([*NOTES, LONG], key=lambda text: logit(model, QUESTION, text)).strip()]
    assert best
    plain = kith("ask", QUESTION, *common, "-k", "1", "--json", status=None).lines[-1]
    again = kith("ask", QUESTION, *common, "--rerank", reranker, "-k", "1", "--json", status=None).lines[-1]
    assert [p["id"] for p in again["passages"]] == [p["id"] for p in one.lines[-1]["passages"]]
    assert plain["passages"]


def test_a_conversation_is_answered_from_it_too(kith, common, model, reranker):
    best = max([*NOTES, LONG], key=lambda text: logit(model, QUESTION, text)).strip()
    plain = kith("chat", *common, "-k", "1", "--json", stdin=f"{QUESTION}\n", status=None).lines[-1]
    for options, environment in ((("--rerank", reranker), {}), ((), {"KITH_RERANK": str(reranker)})):
        answer = kith("chat", *common, "-k", "1", "--json", *options, stdin=f"{QUESTION}\n", status=None, **environment).lines[-1]
        assert [passage["content"].strip() for passage in answer["passages"]] == [best]
    assert plain["passages"][0]["content"].strip() != best  # else this shows nothing


@pytest.mark.parametrize(("change", "word"), [
    ({"architectures": ["BertModel"]}, "BertForSequenceClassification"),
    ({"model_type": "roberta"}, "roberta"),
    ({"type_vocab_size": 1}, "token types"),
])
def test_what_is_no_cross_encoder_is_refused_by_name(kith, common, reranker, change, word):
    path = reranker / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    refused = kith("search", QUESTION, *common, "--rerank", reranker, status=None)
    assert refused.status not in (0, 1) and word in refused.err, refused


def test_several_labels_and_missing_files_are_refused(kith, common, tmp_path):
    several = SmallBert(labels=3, prefix="bert.").write(tmp_path / "several")
    refused = kith("search", QUESTION, *common, "--rerank", several, status=None)
    assert refused.status not in (0, 1) and "3 labels" in refused.err
    refused = kith("search", QUESTION, *common, "--rerank", tmp_path / "none", status=None)
    assert refused.status not in (0, 1) and "none" in refused.err
    headless = SmallBert(prefix="bert.").write(tmp_path / "headless")
    config = json.loads((headless / "config.json").read_text()) | {"architectures": ["BertForSequenceClassification"]}
    (headless / "config.json").write_text(json.dumps(config))
    refused = kith("search", QUESTION, *common, "--rerank", headless, status=None)
    assert refused.status not in (0, 1) and "classifier" in refused.err
