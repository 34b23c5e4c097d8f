#!/usr/bin/env python3
"""Compares kith's tokenizer with the Hugging Face one, id by id: a minute, about 4 million texts.

    pip install tokenizers
    tests/accept/tokenizer_conformity.py --driver build/tests/accept/tokenizer_driver --model MODEL [--shared SHARED] [--seed N]

Texts: the conformity vectors; every scalar value alone and between letters, through the model and through made-up models that have
a token for each assigned character, with all settings of the normaliser; random mixtures of what is hard; real documents; invalid
UTF-8. Exit status 1 when any differs.
"""

import argparse
import array
import itertools
import json
import os
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import unicodedata

from tokenizers import Tokenizer, __version__

NO_LIMIT = 1 << 20
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


class Comparison:
    def __init__(self, driver):
        self.driver = driver
        self.differences = 0

    def run(self, name, model, texts, max_tokens=NO_LIMIT):
        """`texts` are str, or bytes that may not be UTF-8."""
        raw = [t if isinstance(t, bytes) else t.encode() for t in texts]
        records = b"".join(struct.pack("<I", len(r)) + r for r in raw)
        with tempfile.NamedTemporaryFile() as f:
            f.write(records)
            f.flush()
            done = subprocess.run([self.driver, model, f.name, str(max_tokens)], stdout=subprocess.PIPE, check=True)
        answers = array.array("I", done.stdout)
        reference = Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
        reference.no_padding()
        reference.no_truncation()
        expected = reference.encode_batch([r.decode(errors="replace") for r in raw])
        at = bad = 0
        for text, encoding in zip(raw, expected):
            untruncated, count = answers[at], answers[at + 1]
            ids = answers[at + 2 : at + 2 + count].tolist()
            at += 2 + count
            wanted = encoding.ids
            if len(wanted) > max_tokens:
                wanted = wanted[: max_tokens - 1] + wanted[-1:]
            if ids != wanted or untruncated != len(encoding.ids):
                bad += 1
                if bad <= 3:
                    print("  differs: %r\n    kith      %s\n    reference %s" % (text[:80], ids[:20], wanted[:20]))
        assert at == len(answers)
        self.differences += bad
        print("%-44s %8d texts, %d differ" % (name, len(raw), bad), flush=True)


def write_alphabet_model(directory, clean, chinese, strip, lower):
    """A model with a token for each assigned character, first in a word and later, so that nothing hides in [UNK]."""
    characters = [chr(c) for c in SCALARS if unicodedata.category(chr(c)) not in ("Cn", "Co")]
    tokens = ["[UNK]", "[CLS]", "[SEP]"] + characters + ["##" + c for c in characters]
    special = {t: {"id": t, "ids": [i], "tokens": [t]} for i, t in enumerate(tokens[:3])}
    model = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for i, t in enumerate(tokens[:3])
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": clean,
            "handle_chinese_chars": chinese,
            "strip_accents": strip,
            "lowercase": lower,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": special,
        },
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {t: i for i, t in enumerate(tokens)},
        },
    }
    with open(os.path.join(directory, "tokenizer.json"), "w", encoding="utf-8") as f:
        json.dump(model, f)


def random_texts(seed, count):
    """Mixtures of what is hard: marks, jamo, ideographs, controls, added tokens, long words, capitals of all scripts."""
    rng = random.Random(seed)
    words = ["the", "tokenization", "Unaffordable", "[SEP]", "[CLS]", "[MASK]", "[UNK]", "[PAD]", "[sep]", "[SE", "P]", "##ing", "x" * 99]
    pools = [
        lambda: rng.choice(words),
        lambda: chr(rng.randrange(0x20, 0x7F)),
        lambda: chr(rng.randrange(0x20)),
        lambda: chr(rng.randrange(0x80, 0x250)),
        lambda: chr(rng.randrange(0x300, 0x370)),
        lambda: chr(rng.randrange(0x370, 0x600)),
        lambda: chr(rng.randrange(0x900, 0x1200)),
        lambda: chr(rng.randrange(0x1E00, 0x2070)),
        lambda: chr(rng.randrange(0x3000, 0x3100)),
        lambda: chr(rng.randrange(0x4E00, 0x9FFF)),
        lambda: chr(rng.randrange(0xAC00, 0xD7A4)),
        lambda: chr(rng.randrange(0xF900, 0x10000)),
        lambda: chr(rng.randrange(0x1F300, 0x1FA00)),
        lambda: chr(rng.choice(SCALARS)),
        lambda: rng.choice("abeiIou ") * rng.randrange(1, 120),
    ]
    for _ in range(count):
        chosen = rng.sample(pools, rng.randrange(1, 6))
        space = rng.choice(["", "", " ", "\n", "\u3000"])
        yield space.join(rng.choice(chosen)() for _ in range(rng.randrange(1, 40)))


def invalid_texts(seed, count):
    rng = random.Random(seed)
    for text in random_texts(seed, count):
        raw = bytearray(text.encode())
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(raw) + 1)
            if rng.random() < 0.5:
                raw[at:at] = bytes([rng.randrange(0x80, 0x100)])
            else:
                del raw[at : at + 1]
        yield bytes(raw)


def shared_texts(shared):
    found = []
    data = os.path.join(shared, "data")
    for root, _, files in os.walk(data):
        for name in sorted(files):
            path = os.path.join(root, name)
            if name.endswith((".md", ".txt", "README", ".csv", ".jsonl")):
                with open(path, "rb") as f:
                    found += f.read().splitlines(keepends=True)
            elif name.endswith(".tar.gz"):
                with tarfile.open(path) as tar:
                    found += [tar.extractfile(m).read() for m in tar if m.isfile()]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--shared")
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    print("tokenizers %s, seed %d" % (__version__, options.seed))
    compare = Comparison(options.driver)

    if options.shared:
        path = os.path.join(options.shared, "reference", "wordpiece-vectors.jsonl")
        with open(path, encoding="utf-8") as f:
            vectors = [json.loads(line)["text"] for line in f]
        compare.run("conformity vectors", options.model, vectors)
        compare.run("conformity vectors, at most 5 tokens", options.model, vectors, 5)
        documents = shared_texts(options.shared)
        compare.run("real documents", options.model, documents)
        compare.run("real documents, at most 256 tokens", options.model, documents, 256)
    compare.run("each code point", options.model, [chr(c) for c in SCALARS])
    compare.run("each code point between letters", options.model, ["a" + chr(c) + "b" for c in SCALARS])
    mixtures = list(random_texts(options.seed, 100000))
    compare.run("mixtures", options.model, mixtures)
    compare.run("mixtures, at most 8 tokens", options.model, mixtures, 8)
    compare.run("invalid UTF-8", options.model, list(invalid_texts(options.seed, 50000)))
    between = ["X" + chr(c) + "y" for c in SCALARS if unicodedata.category(chr(c)) not in ("Cn", "Co")]
    for clean, chinese, strip, lower in itertools.product((True, False), (True, False), (None, True, False), (True, False)):
        if strip == lower:
            continue  # the same as None
        with tempfile.TemporaryDirectory() as directory:
            write_alphabet_model(directory, clean, chinese, strip, lower)
            name = "clean %d chinese %d strip %s lower %d" % (clean, chinese, strip, lower)
            compare.run(name, directory, between + mixtures[:10000])
    print("%d differences" % compare.differences)
    return 1 if compare.differences else 0


if __name__ == "__main__":
    sys.exit(main())
