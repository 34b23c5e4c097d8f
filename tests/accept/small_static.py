"""Small models of static embeddings, written as model2vec, sentence-transformers and wordllama lay them out, and computed by numpy.

The oracle of byte pairs is the definition: of the whole text, merge the pair that comes first in the list, of several the leftmost, until
there is none.
"""

import base64
import functools
import json
import pathlib
import re
import struct

import numpy
from small_bert import write_safetensors

WORDS = ["[PAD]", "[UNK]", "river", "brook", "feeds", "the", "a", "water", "mill", "bread", "dough", "rests", "night", ":", "."]
SPACE = "\u2581"


def words_tokenizer() -> dict:
    """WordPiece, as model2vec writes it: without special tokens around a text."""
    added = [{"id": i, "content": WORDS[i], "special": True, "normalized": i == 0, "single_word": i == 0} for i in range(2)]
    return {"version": "1.0", "added_tokens": added, "post_processor": None, "pre_tokenizer": {"type": "BertPreTokenizer"},
            "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                      "vocab": {word: i for i, word in enumerate(WORDS)}}}


def word_ids(text: str) -> list[int]:
    words = text.lower().replace(":", " : ").replace(".", " . ").split()
    return [WORDS.index(word) for word in words if word in WORDS[2:]]


MERGES = ["t h", "th e", f"{SPACE} the", f"{SPACE} {SPACE}", "e r", f"{SPACE} r", f"{SPACE}r i", f"{SPACE}ri v", f"{SPACE}riv er", "i v", "a a", "aa aa", "a b",
          "o o", "oo k"]


def pairs_vocabulary() -> dict[str, int]:
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), SPACE, *"abcdefghijklmnopqrstuvwxyz.:é漢"]
    for merge in MERGES:
        joined = merge.replace(" ", "")
        if joined not in tokens:
            tokens.append(joined)
    return {token: i for i, token in enumerate(tokens)}


def pairs_tokenizer(**changes) -> dict:
    """As Llama's tokenizer is converted."""
    added = [{"id": i, "content": name, "special": True, "normalized": False, "single_word": False} for i, name in enumerate(("<unk>", "<s>", "</s>"))]
    model = {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True,
             "byte_fallback": True, "ignore_merges": False, "vocab": pairs_vocabulary(), "merges": MERGES}
    return {"version": "1.0", "added_tokens": added, "pre_tokenizer": None, "model": model | changes,
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": SPACE},
                                                               {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}]}}


def pair_ids(text: str) -> list[int]:
    vocabulary, ranks = pairs_vocabulary(), {tuple(merge.split(" ")): i for i, merge in enumerate(MERGES)}
    symbols = []
    for character in SPACE + text.replace(" ", SPACE):
        symbols += [character] if character in vocabulary else [f"<0x{byte:02X}>" for byte in character.encode()]
    while True:
        pairs = [(ranks[pair], at) for at, pair in enumerate(zip(symbols, symbols[1:])) if pair in ranks]
        if not pairs:
            return [vocabulary[symbol] for symbol in symbols]
        at = min(pairs)[1]
        symbols[at:at + 2] = [symbols[at] + symbols[at + 1]]


UNIGRAM = {"<pad>": 0.0, "<unk>": 0.0, SPACE: -2.0, "t": -5.0, "h": -5.1, "e": -3.0, "th": -4.5, f"{SPACE}the": -3.5, "the": -4.0, "r": -4.2, "i": -4.1, "v": -6.0,
           "er": -4.4, "river": -6.5, f"{SPACE}river": -6.2, "s": -3.3, "b": -5.5, "o": -4.9, "k": -5.9, "ook": -7.0, "a": -3.9, "fi": -6.1, "1": -6.6, "\u2044": -8.0, "2": -6.7}
CHARACTERS = {"\uff41": "a", "\ufb01": "fi", "\u00bd": "1\u20442", "\u00a0": " ", "\u3000": " ", "\t": " ", "o\u0301": "o"}


def charsmap(replaced: dict[str, str]) -> str:
    """A double array as darts-clone lays it out, one block of 256 units for the children of each node."""
    children: list[dict[int, int]] = [{}]
    values: dict[int, int] = {}
    text = b""
    for key, to in replaced.items():
        node = 0
        for byte in key.encode():
            if byte not in children[node]:
                children.append({})
                children[node][byte] = len(children) - 1
            node = children[node][byte]
        values[node] = len(text)
        text += to.encode() + b"\0"
    units = [0] * (256 * (len(children) + 1))
    units[0] = 1 << 10 | 0x200
    base = {0: 256}  # of a node, in block number + 1: a child is at base ^ byte, a key's value at the base
    for node, below in enumerate(children):
        for byte, child in below.items():
            place = base[node] ^ byte
            base[child] = (child + 1) << 8 | place & 255
            units[place] = (place >> 8 ^ child + 1) << 10 | 0x200 | (0x100 if child in values else 0) | byte
        if node in values:
            units[base[node]] = 0x80000000 | values[node]
    trie = struct.pack(f"<{len(units)}I", *units)
    return base64.b64encode(struct.pack("<I", len(trie)) + trie + text).decode()


def unigram_tokenizer(charsmap: str | None = None, **changes) -> dict:
    added = [{"id": 0, "content": "<pad>", "special": True, "normalized": True, "single_word": True},
             {"id": 1, "content": "<unk>", "special": True, "normalized": False, "single_word": False}]
    model = {"type": "Unigram", "unk_id": 1, "byte_fallback": False, "vocab": [[token, score] for token, score in UNIGRAM.items()]}
    return {"version": "1.0", "added_tokens": added, "post_processor": None, "model": model | changes,
            "normalizer": {"type": "Precompiled", "precompiled_charsmap": CHARSMAP if charsmap is None else charsmap},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
                                                                    {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True}]}}


CHARSMAP = charsmap(CHARACTERS)


def unigram_ids(text: str) -> list[int]:
    """The known tokens of each word's best sum, by trying every way to cut it."""
    tokens, ids = list(UNIGRAM), []
    unknown = min(UNIGRAM.values()) - 10
    for key, to in CHARACTERS.items():
        text = text.replace(key, to)
    words = [part if part.startswith(SPACE) else SPACE + part for word in text.split() for part in re.split(f"(?={SPACE})", word) if part]

    @functools.cache
    def best(word: str) -> tuple[float, tuple[str, ...]]:
        if not word:
            return 0.0, ()
        ways = [(UNIGRAM[word[:size]], word[:size]) for size in range(1, len(word) + 1) if word[:size] in UNIGRAM]
        if word[0] not in UNIGRAM:
            ways.append((unknown, ""))
        return max((score + best(word[max(len(token), 1):])[0], (token, *best(word[max(len(token), 1):])[1])) for score, token in ways)

    for word in words:
        ids += [tokens.index(token) for token in best(word)[1] if token]
    return ids


class SmallStatic:
    """`rows` [rows][dim]; `weights` and `mapping` [tokens] or None."""

    def __init__(self, kind: str = "words", dtype: str = "float32", mapped: bool = False, dim: int = 32, seed: int = 1):
        draw = numpy.random.default_rng(seed)
        self.kind, self.dim = kind, dim
        self.tokenizer = {"words": words_tokenizer, "pairs": pairs_tokenizer, "unigram": unigram_tokenizer}[kind]()
        tokens = len(self.tokenizer["model"]["vocab"])
        rows = draw.standard_normal((7 if mapped else tokens, dim))
        self.rows = (rows * 40).round().clip(-127, 127).astype(numpy.int8) if dtype == "int8" else rows.astype(dtype)
        self.mapping = draw.integers(0, 7, tokens) if mapped else None
        self.weights = draw.random(tokens).astype(numpy.float32) if mapped else None

    def tensors(self, name: str) -> dict[str, numpy.ndarray]:
        return {name: self.rows} | ({"weights": self.weights, "mapping": self.mapping} if self.mapping is not None else {})

    def vector(self, text: str, normalize: bool) -> numpy.ndarray:
        ids = {"words": word_ids, "pairs": pair_ids, "unigram": unigram_ids}[self.kind](text)
        if not ids:
            ids = [1]  # [UNK], alone
        rows = self.rows[self.mapping[ids] if self.mapping is not None else ids].astype(numpy.float64)
        if self.weights is not None:
            rows = rows * self.weights[ids, None]
        vector = rows.mean(axis=0)
        return vector / numpy.linalg.norm(vector) if normalize else vector

    def write(self, folder: pathlib.Path, layout: str = "model2vec", normalize: bool = True, **config) -> pathlib.Path:
        """layout: model2vec, bare (without modules.json), sentence-transformers or wordllama."""
        nested = {"sentence-transformers": folder / "0_StaticEmbedding"}.get(layout, folder)
        nested.mkdir(parents=True)
        modules = [{"idx": 0, "name": "0", "path": "" if nested == folder else nested.name, "type": "sentence_transformers.models.StaticEmbedding"}]
        modules += [{"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"}] if normalize else []
        if layout == "wordllama":
            (folder / "weights").mkdir()
            (folder / "tokenizers").mkdir()
            write_safetensors(folder / "weights/small_32.safetensors", self.tensors("embedding.weight"))
            (folder / "tokenizers/small_tokenizer_config.json").write_text(json.dumps(self.tokenizer))
            return folder
        write_safetensors(nested / "model.safetensors", self.tensors("embeddings" if nested == folder else "embedding.weight"))
        (nested / "tokenizer.json").write_text(json.dumps(self.tokenizer))
        if nested == folder:
            (folder / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": normalize} | config))
        if layout != "bare":
            (folder / "modules.json").write_text(json.dumps(modules))
        return folder
