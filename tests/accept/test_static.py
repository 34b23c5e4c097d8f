"""Models of static embeddings, a table of token vectors: their vectors against numpy, in each layout that is published, and what is refused."""

import json

import numpy
import pytest
from serving import serving
from small_bert import write_safetensors
from small_static import MERGES, SmallStatic, pairs_tokenizer, unigram_tokenizer

TEXTS = ["the river feeds the brook", "A dough rests. The night: bread", "water", "quartz xylophone", "The xylophone feeds a brook", "a " * 700]
LETTERS = ["the river", "  the   river  ", "rivers at the brook", "aaaaa aab abab", "é 漢字 ü the\ttheir", "a\u2581the", "x" * 900 + " the", "theriver" * 60]


def embed(kith, directory, texts) -> numpy.ndarray:
    lines = kith("embed", "--model-dir", directory, "--json", stdin="\n".join(texts) + "\n").lines
    return numpy.array([line["embedding"] for line in lines])


def assert_same(ours: numpy.ndarray, reference: list[numpy.ndarray]) -> None:
    for mine, other in zip(ours, reference, strict=True):
        assert mine @ other / numpy.linalg.norm(mine) / numpy.linalg.norm(other) >= 0.99999
        assert numpy.linalg.norm(mine) == pytest.approx(numpy.linalg.norm(other), rel=1e-4)


@pytest.mark.parametrize(("layout", "dtype", "mapped", "normalize"), [
    ("model2vec", "float32", False, True),               # potion
    ("model2vec", "float16", False, False),
    ("model2vec", "int8", True, True),                   # a quantised vocabulary
    ("bare", "float32", True, True),                     # before model2vec wrote modules.json
    ("sentence-transformers", "float32", False, True),
    ("wordllama", "float16", False, False),
])
def test_each_layout_gives_the_mean_of_its_rows(kith, tmp_path, layout, dtype, mapped, normalize):
    model = SmallStatic(dtype=dtype, mapped=mapped)
    directory = model.write(tmp_path / "model", layout, normalize)
    known = TEXTS if layout != "wordllama" else [TEXTS[i] for i in (0, 1, 2, 5)]  # wordllama's unknown token counts
    # The beginning of the longest is read, but for wordllama, which cuts no text.
    expected = [model.vector(" ".join(text.split()[:512]) if layout != "wordllama" else text, normalize) for text in known]
    for _ in range(2):  # the second time by the record of the first
        assert_same(embed(kith, directory, known), expected)
    said = kith("model", "--model-dir", directory, "--json").lines[0]
    assert said["precision"] == {"float32": "f32", "float16": "f16", "int8": "int8"}[dtype] and said["dimension"] == model.dim
    assert said["max_tokens"] == (65536 if layout == "wordllama" else 512) and " static " in said["fingerprint"]


def test_byte_pairs_are_merged_as_the_definition_says(kith, tmp_path):
    model = SmallStatic("pairs")
    directory = model.write(tmp_path / "model", "wordllama", False)
    assert_same(embed(kith, directory, LETTERS), [model.vector(text, False) for text in LETTERS])
    # The names of added tokens are tokens, and what stands between them is a text by itself.
    ids = kith("embed", "--model-dir", directory, "--json", stdin="the</s>the\n").lines[0]["tokens"]
    assert ids == 3


def test_words_of_a_unigram_have_the_best_sum_of_scores(kith, tmp_path):
    model = SmallStatic("unigram")
    directory = model.write(tmp_path / "model")
    texts = ["the river", "  rivers\tthe   brook ", "therivertheriver", "\uff41\ufb01x \u00bd\u0301", "\u2581the a\u2581the", "漢字 xx漢x", "the\u00a0river\u3000the"]
    assert_same(embed(kith, directory, texts), [model.vector(text, True) for text in texts])


def test_limits_come_from_the_configuration(kith, tmp_path):
    model = SmallStatic()
    short = model.write(tmp_path / "short", max_length=3)
    whole = model.write(tmp_path / "whole", max_length=None)
    assert_same(embed(kith, short, [TEXTS[0]]), [model.vector("the river feeds", True)])
    line = kith("embed", "--model-dir", short, "--json", stdin=TEXTS[0] + "\n").lines[0]
    assert line["truncated"] and line["tokens"] == 5
    assert kith("embed", "--model-dir", short, "--truncate", "error", stdin=TEXTS[0] + "\n", status=None).status not in (0, 1)
    assert_same(embed(kith, whole, [TEXTS[5]]), [model.vector(TEXTS[5], True)])


def test_a_collection_is_added_searched_served_and_re_embedded(kith, tmp_path):
    first = SmallStatic().write(tmp_path / "first")
    second = SmallStatic("pairs", seed=2).write(tmp_path / "second", "wordllama", False)
    notes = ["the river feeds the brook", "a dough rests the night", "bread : water", "xylophone quartz"]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps({"id": str(i), "content": text}) + "\n" for i, text in enumerate(notes)))
    kith("add", tmp_path / "notes.jsonl", "--min-chars", "1", "--model-dir", first)
    hits = kith("search", "the brook", "--rank", "meaning", "--model-dir", first, "--json").lines
    assert [hit["content"] for hit in hits][0] == notes[0] and len(hits) == 4
    assert kith("search", "quartz", "--model-dir", first, "--json").lines[0]["content"] == notes[3]
    with serving(kith, "--model-dir", first) as server:
        found = server("POST", "/v1/collections/default/search", {"query": "bread", "k": 1}).json
        assert found["hits"][0]["content"] == notes[2]
    kith("reembed", "--model-dir", second)
    hits = kith("search", "a dough", "--rank", "meaning", "--model-dir", first, "--json").lines  # each collection has its own
    assert hits[0]["content"] == notes[1] and len(hits) == 4
    assert kith("check").status == 0


NOTHING = ["\u200b\u200b", "river", "brook feeds", ""]  # no token, a row of zeros, rows whose sum is zero, no text


def assert_says_nothing(vectors: numpy.ndarray, direction: numpy.ndarray) -> None:
    assert vectors @ direction == pytest.approx([numpy.linalg.norm(direction)] * len(vectors), rel=1e-5)
    assert numpy.linalg.norm(vectors, axis=1) == pytest.approx(1, rel=1e-5)


def without_direction(scale: float = 1, **unknown) -> SmallStatic:
    model = SmallStatic()
    model.rows[2] = 0
    model.rows[4] = -model.rows[3]
    model.rows = (model.rows * scale).astype(numpy.float32)
    if unknown:
        model.rows[1] = unknown["row"]
    return model


def test_a_text_without_a_direction_has_that_of_the_unknown_token(kith, tmp_path):
    """A vector of zeros has no cosine: its chunk would wait for ever, and a question would be an error."""
    model = without_direction()
    directory = model.write(tmp_path / "model")
    texts = [json.dumps({"text": text}) for text in NOTHING]
    lines = kith("embed", "--model-dir", directory, "--json", stdin="\n".join(texts) + "\n").lines
    assert_says_nothing(numpy.array([line["embedding"] for line in lines]), model.rows[1].astype(numpy.float64))
    assert [line["tokens"] for line in lines] == [0, 1, 2, 0]
    even = without_direction(row=0).write(tmp_path / "even")
    assert_says_nothing(embed(kith, even, texts), numpy.ones(32))
    faint = without_direction(scale=1e-43, row=1e-44).write(tmp_path / "faint")  # not brought to length 1 by the reference either
    assert_says_nothing(embed(kith, faint, [*texts, json.dumps({"text": "the water"})]), numpy.ones(32))


def test_chunks_without_a_direction_are_embedded_and_re_embedded(kith, tmp_path):
    directory = without_direction().write(tmp_path / "model")
    other = without_direction(row=0).write(tmp_path / "other", "wordllama", False)
    notes = ["\u200b\u200b", "river", "brook feeds", "water mill"]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps({"id": str(i), "content": text}) + "\n" for i, text in enumerate(notes)))
    assert kith("add", tmp_path / "notes.jsonl", "--min-chars", "1", "--model-dir", directory).err.count("found by words alone") == 0
    assert kith("search", "river", "--model-dir", directory, "--json").lines[0]["content"] == "river"
    assert kith("reembed", "--model", other, "--json").lines[0]["embedded"] >= 3
    assert kith("search", "water mill", "--rank", "meaning", "--model-dir", other, "--json").lines[0]["content"] == "water mill"


def test_a_vector_that_is_not_finite_is_an_error(kith, tmp_path):
    model = SmallStatic()
    model.rows[2:] = numpy.float32(3e38)
    directory = model.write(tmp_path / "model")
    assert embed(kith, directory, ["river"]).shape == (1, 32)
    refused = kith("embed", "--model-dir", directory, "--json", stdin="the river\n", status=None)
    assert refused.status not in (0, 1) and not refused.out and "not finite" in refused.err


def spoil(directory, tensors: dict) -> None:
    write_safetensors(directory / "model.safetensors", tensors)


ROWS = numpy.ones((15, 4), dtype=numpy.float32)
LIST = numpy.ones(15, dtype=numpy.float32)


@pytest.mark.parametrize(("tensors", "word"), [
    ({"other": ROWS}, "embedding.weight"),
    ({"embeddings": ROWS.astype(numpy.float64)}, "F32, F16, BF16 or I8"),
    ({"embeddings": LIST}, "no table"),
    ({"embeddings": ROWS * numpy.float32("nan")}, "NaN"),
    ({"embeddings": ROWS[:3]}, "tokens"),
    ({"embeddings": ROWS, "weights": LIST[:14]}, "15 tokens"),
    ({"embeddings": ROWS, "weights": LIST.astype(numpy.float64)}, "'weights' is not of"),
    ({"embeddings": ROWS, "weights": LIST * numpy.float32("inf")}, "'weights' holds"),
    ({"embeddings": ROWS, "mapping": LIST}, "'mapping' is not of"),
    ({"embeddings": ROWS, "mapping": numpy.full(15, 15)}, "row 15"),
    ({"embeddings": ROWS, "mapping": numpy.full(15, -1, dtype=numpy.int32)}, "row -1"),
    ({"embeddings": ROWS, "mapping": numpy.zeros(15, dtype=numpy.int64), "weights": LIST[:3]}, "no list"),
])
def test_a_damaged_table_is_refused_by_name(kith, tmp_path, tensors, word):
    directory = SmallStatic().write(tmp_path / "model")
    spoil(directory, tensors)
    refused = kith("embed", "--model-dir", directory, stdin="bread\n", status=None)
    assert refused.status not in (0, 1) and word in refused.err and "model.safetensors" in refused.err or "tokens" in word, refused


def test_a_table_that_is_cut_short_is_an_error(kith, tmp_path):
    directory = SmallStatic().write(tmp_path / "model")
    assert embed(kith, directory, ["bread"]).shape == (1, 32)
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-8])
    assert kith("embed", "--model-dir", directory, stdin="bread\n", status=None).status not in (0, 1)


@pytest.mark.parametrize(("change", "word"), [
    ({"model": {"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 0}}, "normalizer of a Unigram"),
    (unigram_tokenizer() | {"pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581"}}, "pre_tokenizer of a Unigram"),
    (unigram_tokenizer(charsmap="AAAA"), "map of characters"),
    (unigram_tokenizer(charsmap="?"), "map of characters"),
    (unigram_tokenizer(unk_id=None), "unk_id"),
    (unigram_tokenizer(unk_id=99), "unk_id"),
    (unigram_tokenizer(byte_fallback=True), "byte_fallback"),
    (unigram_tokenizer(vocab=[["a", "b"]]), "token 0"),
    (unigram_tokenizer(vocab=[]), "no list"),
    ({"model": {"type": "WordLevel", "vocab": {"a": 0}}}, "WordLevel"),
    (pairs_tokenizer(byte_fallback=False), "byte_fallback"),
    (pairs_tokenizer(ignore_merges=True), "ignore_merges"),
    (pairs_tokenizer(dropout=0.1), "dropout"),
    (pairs_tokenizer(continuing_subword_prefix="##"), "continuing_subword_prefix"),
    (pairs_tokenizer(merges=None), "merges"),
    (pairs_tokenizer(merges=["a"]), "no pair"),
    (pairs_tokenizer(merges=["a zz"]), "no token"),
    (pairs_tokenizer(merges=[["a"]]), "no pair"),
    (pairs_tokenizer() | {"normalizer": None}, "Prepend"),
    (pairs_tokenizer() | {"pre_tokenizer": {"type": "Whitespace"}}, "pre_tokenizer"),
])
def test_another_tokenizer_is_refused_by_name(kith, tmp_path, change, word):
    directory = SmallStatic().write(tmp_path / "model")
    path = directory / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    refused = kith("embed", "--model-dir", directory, stdin="bread\n", status=None)
    assert refused.status not in (0, 1) and word in refused.err and "tokenizer.json" in refused.err, refused


def test_a_merge_that_reaches_over_a_space_is_refused(kith, tmp_path):
    model = SmallStatic("pairs")
    vocabulary = model.tokenizer["model"]["vocab"]
    vocabulary["a\u2581"] = len(vocabulary)
    model.tokenizer["model"]["merges"] = [*MERGES, "a \u2581"]
    model.rows = numpy.ones((len(vocabulary), 4), dtype=numpy.float32)
    directory = model.write(tmp_path / "model")
    refused = kith("embed", "--model-dir", directory, stdin="bread\n", status=None)
    assert refused.status not in (0, 1) and "over a space" in refused.err


def test_two_tables_in_one_folder_are_refused(kith, tmp_path):
    directory = SmallStatic().write(tmp_path / "model", "wordllama")
    (directory / "weights/small_64.safetensors").write_bytes(b"")
    refused = kith("embed", "--model-dir", directory, stdin="bread\n", status=None)
    assert refused.status not in (0, 1) and "2 files" in refused.err
