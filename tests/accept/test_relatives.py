"""Relatives of MiniLM in the directories in which their families are published, against a network computed by numpy in float64."""

import json
import time

import numpy
import pytest
from serving import serving
from small_bert import SmallBert

TEXTS = ["the river feeds the brook", "Paris", "a dough rests the night : bread", "water " * 20]


def embed(kith, directory, *options, texts=TEXTS) -> numpy.ndarray:
    lines = kith("embed", "--model-dir", directory, "--precision", "f32", "--json", *options, stdin="\n".join(texts) + "\n").lines
    return numpy.array([line["embedding"] for line in lines])


def assert_same(ours: numpy.ndarray, reference: list[numpy.ndarray], normalize: bool) -> None:
    for mine, other in zip(ours, reference, strict=True):
        assert mine @ other / numpy.linalg.norm(mine) / numpy.linalg.norm(other) >= 0.99999
        assert numpy.linalg.norm(mine) == pytest.approx(numpy.linalg.norm(other), rel=1e-4)
        assert not normalize or numpy.linalg.norm(mine) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("pooling", "normalize", "form", "sizes"), [
    ("cls", True, 5, {"hidden": 96, "heads": 3, "layers": 3}),       # BGE; heads of 32
    ("mean", True, 5, {"hidden": 128, "heads": 2}),                  # E5, GTE; heads of 64
    ("mean", False, 5, {"hidden": 64, "heads": 2, "layers": 1}),     # paraphrase-MiniLM
    ("cls", False, 6, {"hidden": 256, "heads": 4}),                  # multi-qa for the dot product, saved by sentence-transformers 6
    ("mean", True, 6, {"hidden": 1024, "heads": 16, "layers": 1}),
    ("mean", True, 6, {"prefix": "bert."}),
])
def test_each_family_gives_the_vectors_of_its_network(kith, tmp_path, pooling, normalize, form, sizes):
    model = SmallBert(**sizes)
    directory = model.write_sentence_encoder(tmp_path / "model", pooling, normalize, form=form)
    (directory / "sentence_bert_config.json").write_text('{"max_seq_length": 24}')
    assert_same(embed(kith, directory), [model.vector(text, pooling, normalize) for text in TEXTS], normalize)


@pytest.mark.parametrize("normalize", [True, False])
def test_a_vector_that_is_not_finite_is_an_error(kith, tmp_path, normalize):
    """Of weights that are finite themselves."""
    model = SmallBert()
    model.tensors["encoder.layer.1.output.LayerNorm.weight"][:] = 3e38
    directory = model.write_sentence_encoder(tmp_path / "model", "mean", normalize)
    for precision in ("auto", "f32"):
        refused = kith("embed", "--model-dir", directory, "--precision", precision, "--json", stdin="the river\n", status=None)
        assert refused.status not in (0, 1) and not refused.out and "not finite" in refused.err


def test_a_prompt_stands_before_questions_and_another_before_documents(kith, tmp_path):
    model = SmallBert()
    directory = model.write_sentence_encoder(tmp_path / "model", "mean", True, {"query": "query: ", "passage": "passage: "})
    short = TEXTS[:3]
    for role, prompt in (("question", "query: "), ("document", "passage: "), ("text", "")):
        assert_same(embed(kith, directory, "--as", role, texts=short), [model.vector(prompt + text, "mean", True) for text in short], True)
    # What is stored and what is asked for get theirs by themselves.
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps({"id": str(i), "content": text}) + "\n" for i, text in enumerate(short)))
    common = ("--model-dir", directory, "--precision", "f32")
    kith("add", tmp_path / "notes.jsonl", "--min-chars", "1", *common)
    hits = kith("search", "the brook", "--rank", "meaning", "--json", *common).lines
    question = model.vector("query: the brook", "mean", True)
    expected = {text: 1 - question @ model.vector("passage: " + text, "mean", True) for text in short}
    assert len(hits) == len(short)
    for hit in hits:
        assert hit["distance"] == pytest.approx(expected[hit["content"]], abs=1e-5)
    # So is a text that a search of Chroma's brings.
    with serving(kith, *common) as server:
        base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        search = {"rank": {"$knn": {"query": "the brook", "limit": 3}}, "select": {"keys": ["#document", "#score"]}}
        found = server("POST", f"{base}/{server('GET', f'{base}/default').json['id']}/search", {"searches": [search]}).json
    assert sorted(found["documents"][0]) == sorted(short)
    for text, score in zip(found["documents"][0], found["scores"][0]):
        assert score == pytest.approx(expected[text], abs=1e-5)
    # A prompt takes from the tokens that a text may have, and is not counted as the text's.
    line = kith("embed", *common, "--as", "document", "--json", stdin="the river\n").lines[0]
    assert (line["tokens"], kith("model", *common, "--json").lines[0]["max_tokens"]) == (4, model.positions - 2)


def test_texts_beside_vectors_of_chroma_clients_get_the_documents_prompt(kith, tmp_path):
    model = SmallBert()
    directory = model.write_sentence_encoder(tmp_path / "model", "mean", True, {"query": "bread ", "passage": "water "})
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    default = {"embedding_function": {"type": "known", "name": "default", "config": {}}}
    with serving(kith, "--model-dir", directory) as server:
        records = f"{base}/{server('POST', base, {'name': 'texts', 'configuration': default}).json['id']}"
        own = model.vector("the", "mean", True).tolist()
        server("POST", f"{records}/add", {"ids": ["own"], "embeddings": [own]}, status=201)
        server("POST", f"{records}/add", {"ids": ["text"], "documents": ["the river"]}, status=201)
        operation = {"operation": "add", "payload": {"ids": ["one", "two"], "documents": ["the river", "the sea"]}}
        server("POST", f"{records}/conditional/commit", {"read_ids": [], "operations": [operation, operation | {"operation": "upsert"}]})
        got = server("POST", f"{records}/get", {"ids": ["text", "one", "two"], "include": ["embeddings"]}).json["embeddings"]
    for vector, text in zip(got, ("the river", "the river", "the sea")):
        with_prompt, without = (numpy.array(vector) @ model.vector(prompt + text, "mean", True) for prompt in ("water ", ""))
        assert with_prompt > 0.9999 > without


def test_a_default_prompt_holds_where_a_role_has_none(kith, tmp_path):
    model = SmallBert()
    directory = model.write_sentence_encoder(tmp_path / "model", "mean", True, {"query": "query: ", "water": "water "}, default_prompt_name="water")
    for role, prompt in (("question", "query: "), ("document", "water "), ("text", "water ")):
        assert_same(embed(kith, directory, "--as", role, texts=["bread"]), [model.vector(prompt + "bread", "mean", True)], True)


def test_another_prompt_is_another_model(kith, tmp_path):
    prints = set()
    for i, prompts in enumerate(({}, {"query": "query: "}, {"query": "passage: "}, {"document": "query: "})):
        directory = SmallBert().write_sentence_encoder(tmp_path / f"model{i}", "mean", True, prompts)
        prints |= {kith("model", "--model-dir", directory, "--json").lines[0]["fingerprint"] for _ in range(2)}
    assert len(prints) == 4


def test_stats_loads_no_model(kith, tmp_path):
    directory = SmallBert(outliers=False).write_sentence_encoder(tmp_path / "model", "mean", True)
    (tmp_path / "notes.jsonl").write_text(json.dumps({"id": "a", "content": TEXTS[0]}) + "\n")
    common = ("--model-dir", directory)
    kith("add", tmp_path / "notes.jsonl", "--min-chars", "1", *common)
    time.sleep(2.2)  # files that have just changed are read whole each time (model_record.h)
    ran = kith("model", *common, "--json").lines[0]["precision"]
    packed = list(directory.glob(".kith-packed-*"))
    assert packed and kith("stats", "--json", KITH_MODEL=str(directory)).lines[0]["precision"] == ran
    for path in packed:
        path.unlink()
    assert kith("stats", "--json", KITH_MODEL=str(directory)).lines[0]["precision"] is None
    assert not list(directory.glob(".kith-packed-*"))  # which loading it would have made again


def test_a_vocabulary_that_is_cut_otherwise_is_another_model(kith, tmp_path):
    # Without tokenizer.json, tokenizer_config.json says how words are cut.
    prints = {}
    for name, flags in (("cased", {"do_lower_case": False}), ("uncased", {"do_lower_case": True}), ("default", {}), ("cased again", {"do_lower_case": False})):
        directory = SmallBert().write(tmp_path / name)
        (directory / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 24} | flags))
        prints[name] = kith("model", "--model-dir", directory, "--json").lines[0]["fingerprint"]
    assert prints["cased"] == prints["cased again"] != prints["uncased"] == prints["default"]


@pytest.mark.parametrize(("name", "change", "word"), [
    ("config.json", {"model_type": "roberta"}, "roberta"),
    ("config.json", {"model_type": "mpnet"}, "mpnet"),
    ("config.json", {"model_type": "t5"}, "t5"),
    ("config.json", {"model_type": "distilbert"}, "distilbert"),
    ("config.json", {"hidden_act": "relu"}, "relu"),
    ("config.json", {"position_embedding_type": "relative_key"}, "relative_key"),
    ("1_Pooling/config.json", {"pooling_mode": "lasttoken"}, "lasttoken"),
    ("1_Pooling/config.json", {"pooling_mode": ["cls", "mean"]}, "2 pooling modes"),
    ("config_sentence_transformers.json", {"prompts": {"query": "q" * 2000}}, "2000 bytes"),
])
def test_what_would_give_other_vectors_is_refused_by_name(kith, tmp_path, name, change, word):
    directory = SmallBert().write_sentence_encoder(tmp_path / "model", "mean", True, form=6)
    path = directory / name
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    refused = kith("embed", "--model-dir", directory, stdin="bread\n", status=None)
    assert refused.status not in (0, 1) and word in refused.err and str(name).rsplit("/", 1)[-1] in refused.err, refused
