"""A BERT with random weights, written as its families are published, and computed by numpy in float64: the oracle of what kith makes of it.

Texts are words of the vocabulary with blanks between them, so that a token is a word and no tokenizer is needed to say what the ids are.
"""

import dataclasses
import json
import math
import pathlib
import struct

import numpy

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["query", "passage", ":", "river", "brook", "feeds", "the", "a", "water", "Paris", "tower", "bread", "dough", "rests", "night"]
CLS, SEP = 2, 3


@dataclasses.dataclass
class SmallBert:
    """Sizes and habits of one family; `tensors` as published."""

    hidden: int = 64
    layers: int = 2
    heads: int = 2
    intermediate: int = 96
    positions: int = 24
    labels: int = 0  # of a classifier on top: a cross-encoder
    prefix: str = ""
    outliers: bool = True
    seed: int = 1
    pieces: tuple = ()  # of words, "##x", which the oracle's tokens do not have

    def __post_init__(self):
        draw = numpy.random.default_rng(self.seed)
        self.vocabulary = [*SPECIAL, *WORDS, *self.pieces]
        self.tensors: dict[str, numpy.ndarray] = {}

        def add(name, *shape, scale=0.15, base=0.0):
            self.tensors[self.prefix + name] = (base + scale * draw.standard_normal(shape)).astype(numpy.float32)

        def add_norm(name):
            add(name + ".weight", self.hidden, base=1.0)
            add(name + ".bias", self.hidden)
            if self.outliers:  # a few channels that are many times the others, as trained models have them
                self.tensors[f"{self.prefix}{name}.weight"][3] *= 25
                self.tensors[f"{self.prefix}{name}.bias"][5] += 6

        add("embeddings.word_embeddings.weight", len(self.vocabulary), self.hidden, scale=1)
        add("embeddings.position_embeddings.weight", self.positions, self.hidden, scale=0.3)
        add("embeddings.token_type_embeddings.weight", 2, self.hidden, scale=0.5)
        add_norm("embeddings.LayerNorm")
        for i in range(self.layers):
            for name, rows, columns in (("attention.self.query", self.hidden, self.hidden), ("attention.self.key", self.hidden, self.hidden),
                                        ("attention.self.value", self.hidden, self.hidden), ("attention.output.dense", self.hidden, self.hidden),
                                        ("intermediate.dense", self.intermediate, self.hidden), ("output.dense", self.hidden, self.intermediate)):
                add(f"encoder.layer.{i}.{name}.weight", rows, columns)
                add(f"encoder.layer.{i}.{name}.bias", rows)
            add_norm(f"encoder.layer.{i}.attention.output.LayerNorm")
            add_norm(f"encoder.layer.{i}.output.LayerNorm")
        add("pooler.dense.weight", self.hidden, self.hidden)
        add("pooler.dense.bias", self.hidden)
        if self.labels:
            self.tensors["classifier.weight"] = draw.standard_normal((self.labels, self.hidden)).astype(numpy.float32)
            self.tensors["classifier.bias"] = draw.standard_normal(self.labels).astype(numpy.float32)

    # ---- the oracle ----

    def ids(self, text: str) -> list[int]:
        return [self.vocabulary.index(word) if word in self.vocabulary else 1 for word in text.replace(":", " : ").split()]

    def states(self, ids: list[int], types: list[int]) -> numpy.ndarray:
        """[tokens][hidden] after the last layer."""
        def tensor(name):
            return self.tensors[self.prefix + name].astype(numpy.float64)

        def linear(x, name):
            return x @ tensor(name + ".weight").T + tensor(name + ".bias")

        def norm(x, name):
            centred = x - x.mean(axis=1, keepdims=True)
            return centred / numpy.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12) * tensor(name + ".weight") + tensor(name + ".bias")

        def gelu(x):
            return x * 0.5 * (1 + numpy.vectorize(math.erf)(x / math.sqrt(2)))

        x = norm(tensor("embeddings.word_embeddings.weight")[ids] + tensor("embeddings.position_embeddings.weight")[:len(ids)]
                 + tensor("embeddings.token_type_embeddings.weight")[types], "embeddings.LayerNorm")
        size = self.hidden // self.heads
        for i in range(self.layers):
            name = f"encoder.layer.{i}."
            query, key, value = (linear(x, f"{name}attention.self.{part}").reshape(len(ids), self.heads, size) for part in ("query", "key", "value"))
            scores = numpy.einsum("qhd,khd->hqk", query, key) / math.sqrt(size)
            weights = numpy.exp(scores - scores.max(axis=2, keepdims=True))
            weights /= weights.sum(axis=2, keepdims=True)
            context = numpy.einsum("hqk,khd->qhd", weights, value).reshape(len(ids), self.hidden)
            x = norm(linear(context, name + "attention.output.dense") + x, name + "attention.output.LayerNorm")
            x = norm(linear(gelu(linear(x, name + "intermediate.dense")), name + "output.dense") + x, name + "output.LayerNorm")
        return x

    def vector(self, text: str, pooling: str, normalize: bool) -> numpy.ndarray:
        ids = [CLS, *self.ids(text), SEP]
        states = self.states(ids, [0] * len(ids))
        vector = states[0] if pooling == "cls" else states.mean(axis=0)
        return vector / numpy.linalg.norm(vector) if normalize else vector

    def logits(self, question: str, text: str) -> numpy.ndarray:
        """[labels] of a cross-encoder."""
        first, second = [CLS, *self.ids(question), SEP], [*self.ids(text), SEP]
        state = self.states(first + second, [0] * len(first) + [1] * len(second))[0]
        pooled = numpy.tanh(state @ self.tensors[self.prefix + "pooler.dense.weight"].astype(numpy.float64).T
                            + self.tensors[self.prefix + "pooler.dense.bias"])
        return pooled @ self.tensors["classifier.weight"].astype(numpy.float64).T + self.tensors["classifier.bias"]

    # ---- the files ----

    def config(self) -> dict:
        config = {"architectures": ["BertForSequenceClassification" if self.labels else "BertModel"], "model_type": "bert", "hidden_act": "gelu",
                  "hidden_size": self.hidden, "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
                  "intermediate_size": self.intermediate, "vocab_size": len(self.vocabulary), "max_position_embeddings": self.positions,
                  "type_vocab_size": 2, "layer_norm_eps": 1e-12}
        if self.labels:
            config["id2label"] = {str(i): f"LABEL_{i}" for i in range(self.labels)}
        return config

    def write(self, directory: pathlib.Path, tokenizer: dict | None = None) -> pathlib.Path:
        """Network and tokenizer alone, without modules.json."""
        directory.mkdir(parents=True, exist_ok=True)
        write_safetensors(directory / "model.safetensors", self.tensors)
        (directory / "config.json").write_text(json.dumps(self.config()))
        (directory / "vocab.txt").write_text("\n".join(self.vocabulary) + "\n")
        (directory / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "model_max_length": self.positions, **(tokenizer or {})}))
        return directory

    def write_sentence_encoder(self, directory: pathlib.Path, pooling: str, normalize: bool, prompts: dict | None = None,
                               form: int = 5, **other) -> pathlib.Path:
        """As sentence-transformers saves it; form: its major version, 5 or 6."""
        self.write(directory)
        modules = ["Transformer", "Pooling"] + ["Normalize"] * normalize
        (directory / "modules.json").write_text(json.dumps(
            [{"idx": i, "name": str(i), "path": f"{i}_{name}" if i else "", "type": f"sentence_transformers.models.{name}"} for i, name in enumerate(modules)]))
        (directory / "1_Pooling").mkdir(exist_ok=True)
        flags = {f"pooling_mode_{name}_token{'s' if name == 'mean' else ''}": name == pooling for name in ("cls", "mean")}
        (directory / "1_Pooling/config.json").write_text(json.dumps(
            {"word_embedding_dimension": self.hidden, **flags} if form == 5 else {"embedding_dimension": self.hidden, "pooling_mode": pooling, "include_prompt": True}))
        (directory / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts or {}, "default_prompt_name": None, **other}))
        return directory


def write_safetensors(path: pathlib.Path, tensors: dict[str, numpy.ndarray]) -> None:
    kinds = {"float32": "F32", "float16": "F16", "int64": "I64", "float64": "F64", "int32": "I32", "int8": "I8"}
    header, data = {}, b""
    for name, values in tensors.items():
        raw = numpy.ascontiguousarray(values).tobytes()
        header[name] = {"dtype": kinds[values.dtype.name], "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
