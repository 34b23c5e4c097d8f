"""encoder.py - texts per second and core: kith's encoder beside ONNX Runtime, float32, in the same run.

Each system has one thread; what counts is the CPU time of the whole process (a shared machine stretches wall time), in rounds that
alternate between the systems, and the median of the rounds. Kith's time includes tokenizing, pooling and normalising; ONNX Runtime's
is the bare graph on ready token ids, in the better of two batch sizes, so that the comparison never flatters kith. The texts have exactly
32, 128 and 256 tokens, built from words that are whole entries of the vocabulary.

Then the vectors: the smallest cosine to the reference vectors that sentence-transformers made, for both systems.
"""

import pathlib
import random
import shutil
import statistics
import time

import numpy

from kithbench import data, peers, report
from kithbench.library import ROOT, Embedder, Library

TOKENS = (32, 128, 256)
MAX_TOKENS = 256
SEED = 20240601


def texts_of(tokens: int, count: int, model: pathlib.Path) -> list[str]:
    """Texts of exactly this many tokens, [CLS] and [SEP] included."""
    words = [word for word in (model / "vocab.txt").read_text(encoding="utf-8").split("\n") if word.isascii() and word.isalpha() and len(word) > 2]
    draw = random.Random(SEED + tokens)
    return [" ".join(draw.choices(words, k=tokens - 2)) for _ in range(count)]


class OnnxRuntime:
    """The graph of the reference data, its weights read from model.safetensors laid beside it."""

    def __init__(self, model: pathlib.Path):
        runtime = peers.need("onnxruntime")
        tokenizers = peers.need("tokenizers")
        home = ROOT / "build/bench-onnx"
        home.mkdir(parents=True, exist_ok=True)
        for source in (data.folder("minilm-vectors") / "minilm.onnx", model / "model.safetensors"):
            if not (home / source.name).exists():
                shutil.copyfile(source, home / source.name)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = runtime.InferenceSession(str(home / "minilm.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.name = f"onnxruntime {runtime.__version__}"

    def tokenize(self, texts: list[str]) -> numpy.ndarray:
        """Token ids [count][tokens] of texts of one length."""
        return numpy.array([encoding.ids for encoding in self._tokenizer.encode_batch(texts)], dtype=numpy.int64)

    def run(self, ids: numpy.ndarray) -> numpy.ndarray:
        return self._session.run(None, {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)})[0]

    def embed(self, text: str) -> numpy.ndarray:
        pooled = self.run(self.tokenize([text.strip()]))[0].mean(axis=0)
        return pooled / numpy.linalg.norm(pooled)


def cpu_seconds(work) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def compare_speed(table: report.Report, kith: Embedder, kith_name: str, onnx: OnnxRuntime | None, model: pathlib.Path, rounds: int) -> None:
    for tokens in TOKENS:
        texts = texts_of(tokens, max(8, 2048 // tokens), model)
        counted = kith.embed(texts)[1]
        if not (counted == tokens).all():
            raise SystemExit(f"kith: a text made to have {tokens} tokens has {counted.min()} to {counted.max()}")
        systems = {kith_name: lambda: kith.embed(texts)}
        if onnx:
            ids = onnx.tokenize(texts)
            for batch in (1, 8):
                parts = [ids[start:start + batch] for start in range(0, len(ids), batch)]
                systems[f"{onnx.name}, batch {batch}"] = lambda parts=parts: [onnx.run(part) for part in parts]
        rates = {name: [] for name in systems}
        for _ in range(rounds):
            for name, work in systems.items():
                rates[name].append(len(texts) / cpu_seconds(work))
        for name, values in rates.items():
            table.add(f"{tokens} tokens", name, "throughput", statistics.median(values), "texts/s/core")
        if onnx:
            best = max(statistics.median(values) for name, values in rates.items() if name != kith_name)
            table.add(f"{tokens} tokens", kith_name, "ratio to onnxruntime", statistics.median(rates[kith_name]) / best, "x")


def compare_vectors(table: report.Report, kith: Embedder, kith_name: str, onnx: OnnxRuntime | None) -> None:
    folder = data.folder("minilm-vectors")
    texts = [entry["text"] for entry in data.json_lines(folder / "texts.jsonl")]
    reference = numpy.fromfile(folder / "vectors.f32", dtype="<f4").reshape(len(texts), -1).astype(numpy.float64)
    ours = kith.embed(texts)[0].astype(numpy.float64)
    table.add(f"{len(texts)} reference texts", kith_name, "minimum", float((ours * reference).sum(axis=1).min()), "cosine")
    if onnx:
        theirs = numpy.array([onnx.embed(text) for text in texts], dtype=numpy.float64)
        table.add(f"{len(texts)} reference texts", onnx.name, "minimum", float((theirs * reference).sum(axis=1).min()), "cosine")


def main() -> None:
    options = report.parser("Encoder speed and exactness beside ONNX Runtime.")
    options.add_argument("--rounds", type=int, default=7, help="alternations between the systems")
    options.add_argument("--kernels", choices=("avx512", "avx2", "scalar"), help="force kith's instruction set")
    chosen = options.parse_args()
    model = data.model_directory()
    library = Library()
    if chosen.kernels:
        library.select_kernels(chosen.kernels)
    kith = Embedder(library, str(model), threads=1)
    kith_name = f"kith {library.version()} {library.kernels()}"
    table = report.Report("encoder", chosen.json)
    try:
        onnx = OnnxRuntime(model)
    except peers.Missing as why:
        onnx = None
        table.missing("all", "onnxruntime", str(why))
    compare_speed(table, kith, kith_name, onnx, model, chosen.rounds)
    compare_vectors(table, kith, kith_name, onnx)


if __name__ == "__main__":
    main()
