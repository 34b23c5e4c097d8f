"""encoder.py - texts per second and core: kith's encoder beside ONNX Runtime, ctranslate2 and OpenVINO, in the same run.

Each system has one thread; what counts is the CPU time of the whole process (a shared machine stretches wall time), in rounds that
alternate between the systems, and the median of the rounds. Kith's time includes tokenizing, pooling and normalising; the others'
is the bare network on ready token ids, ONNX Runtime's in the better of two batch sizes, so that the comparison never flatters kith. The texts have exactly
32, 128 and 256 tokens, built from words that are whole entries of the vocabulary. Kith runs in the precision that it chooses and in float32.

With --threads N also kith's rate by the clock with N threads over that with one, on this machine as busy as it is; how much more CPU time
N threads take for the same texts, which is what sharing caches and memory costs; and the CPU time with one thread over that of the busiest of N,
the speedup that processors give which have nothing else to do. And the time from
the start of a process to its first vector, with the packed weights kept, by the clock and in CPU time.

Then the vectors: the smallest cosine to the reference vectors that sentence-transformers made, for every system; and with --scifact the
retrieval of SciFact by the vectors alone, kith's precision against its float32.
And the tokenizer by itself, on the Markdown of this repository, beside Hugging Face's.
"""

import json
import pathlib
import random
import resource
import shutil
import statistics
import struct
import subprocess
import tempfile
import time

import numpy

from kithbench import collections, data, metrics, peers, report
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


class OpenVino:
    """The same graph, compiled by OpenVINO for one thread; None when it cannot be had."""

    def __init__(self, onnx: OnnxRuntime):
        openvino = peers.need("openvino")
        core = openvino.Core()
        settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "bf16"}
        self._request = core.compile_model(str(ROOT / "build/bench-onnx/minilm.onnx"), "CPU", settings).create_infer_request()
        self._onnx = onnx
        self.name = f"openvino {openvino.__version__.split('-')[0]} bf16"

    def run(self, ids: numpy.ndarray) -> numpy.ndarray:
        feed = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
        return next(iter(self._request.infer(feed).values()))

    def embed(self, text: str) -> numpy.ndarray:
        pooled = self.run(self._onnx.tokenize([text.strip()]))[0].mean(axis=0)
        return pooled / numpy.linalg.norm(pooled)


class CTranslate2:
    """The model converted to ctranslate2's own format (no converter of it reads this directory without torch, so the weights are
    written here), in int8."""

    def __init__(self, onnx: OnnxRuntime, model: pathlib.Path):
        self._library = peers.need("ctranslate2")
        tensors = peers.need("safetensors", "safetensors.numpy").load_file(str(model / "model.safetensors"))
        home = ROOT / "build/bench-ctranslate2"
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "model.bin").exists():
            self._convert(tensors, model, home)
        self._encoder = self._library.Encoder(str(home), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1)
        self._onnx = onnx
        self.name = f"ctranslate2 {self._library.__version__} int8"

    def _convert(self, tensors: dict, model: pathlib.Path, home: pathlib.Path) -> None:
        from ctranslate2.specs import common_spec, transformer_spec
        config = json.loads((model / "config.json").read_text())
        spec = transformer_spec.TransformerEncoderModelSpec(transformer_spec.TransformerEncoderSpec(
            config["num_hidden_layers"], config["num_attention_heads"], pre_norm=False, activation=common_spec.Activation.GELU,
            layernorm_embedding=True, num_source_embeddings=2, embeddings_merge=common_spec.EmbeddingsMerge.ADD))
        encoder = spec.encoder

        def linear(to, *names):
            to.weight = numpy.concatenate([tensors[f"{name}.weight"] for name in names])
            to.bias = numpy.concatenate([tensors[f"{name}.bias"] for name in names])

        def norm(to, name):
            to.gamma, to.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]

        encoder.embeddings[0].weight = tensors["embeddings.word_embeddings.weight"]
        encoder.embeddings[1].weight = tensors["embeddings.token_type_embeddings.weight"]
        encoder.position_encodings.encodings = tensors["embeddings.position_embeddings.weight"]
        encoder.scale_embeddings = False
        norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
        for i, layer in enumerate(encoder.layer):
            name = f"encoder.layer.{i}"
            linear(layer.self_attention.linear[0], *(f"{name}.attention.self.{part}" for part in ("query", "key", "value")))
            linear(layer.self_attention.linear[1], f"{name}.attention.output.dense")
            norm(layer.self_attention.layer_norm, f"{name}.attention.output.LayerNorm")
            linear(layer.ffn.linear_0, f"{name}.intermediate.dense")
            linear(layer.ffn.linear_1, f"{name}.output.dense")
            norm(layer.ffn.layer_norm, f"{name}.output.LayerNorm")
        spec.config.unk_token, spec.config.layer_norm_epsilon = "[UNK]", config["layer_norm_eps"]
        spec.register_vocabulary((model / "vocab.txt").read_text(encoding="utf-8").split("\n")[:config["vocab_size"]])
        spec.validate()
        spec.optimize()
        spec.save(str(home))

    def run(self, ids: numpy.ndarray) -> numpy.ndarray:
        return numpy.array(self._encoder.forward_batch(ids.tolist(), token_type_ids=numpy.zeros_like(ids).tolist()).last_hidden_state)

    def embed(self, text: str) -> numpy.ndarray:
        pooled = self.run(self._onnx.tokenize([text.strip()]))[0].mean(axis=0)
        return pooled / numpy.linalg.norm(pooled)


def cpu_seconds(work) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def compare_speed(table: report.Report, kith: dict[str, Embedder], onnx: OnnxRuntime | None, others: list, model: pathlib.Path, rounds: int) -> None:
    for tokens in TOKENS:
        texts = texts_of(tokens, max(8, 2048 // tokens), model)
        systems = {}
        for name, embedder in kith.items():
            counted = embedder.embed(texts)[1]
            if not (counted == tokens).all():
                raise SystemExit(f"kith: a text made to have {tokens} tokens has {counted.min()} to {counted.max()}")
            systems[name] = lambda embedder=embedder: embedder.embed(texts)
        if onnx:
            ids = onnx.tokenize(texts)
            for system, batch in [(onnx, 1), (onnx, 8), *((other, 8) for other in others)]:
                parts = [ids[start:start + batch] for start in range(0, len(ids), batch)]
                systems[f"{system.name}, batch {batch}"] = lambda system=system, parts=parts: [system.run(part) for part in parts]
        rates = {name: [] for name in systems}
        for _ in range(rounds):
            for name, work in systems.items():
                rates[name].append(len(texts) / cpu_seconds(work))
        for name, values in rates.items():
            table.add(f"{tokens} tokens", name, "throughput", statistics.median(values), "texts/s/core")
        if onnx:
            best = max(statistics.median(values) for name, values in rates.items() if name.startswith(onnx.name))
            for name, values in rates.items():
                if not name.startswith(onnx.name):
                    table.add(f"{tokens} tokens", name, "ratio to onnxruntime", statistics.median(values) / best, "x")


def thread_seconds() -> dict[str, float]:
    """The time that each thread of this process has run."""
    return {entry.name: int((entry / "schedstat").read_text().split()[0]) / 1e9 for entry in pathlib.Path("/proc/self/task").iterdir()}


def compare_threads(table: report.Report, library: Library, model: pathlib.Path, threads: int, rounds: int) -> None:
    texts = texts_of(128, 64 * threads, model)
    embedders = {count: Embedder(library, str(model), threads=count) for count in (1, threads)}
    wall, cpu, busiest = ({count: [] for count in embedders} for _ in range(3))
    for _ in range(rounds):
        for count, embedder in embedders.items():
            started, before = time.perf_counter(), thread_seconds()
            cpu[count].append(cpu_seconds(lambda embedder=embedder: embedder.embed(texts)))
            wall[count].append(time.perf_counter() - started)
            busiest[count].append(max(seconds - before.get(thread, 0) for thread, seconds in thread_seconds().items()))
    name = f"kith, {threads} threads against 1"
    table.add("128 tokens", name, "speedup by the clock", statistics.median(wall[1]) / statistics.median(wall[threads]), "x")
    table.add("128 tokens", name, "best speedup by the clock", min(wall[1]) / min(wall[threads]), "x")
    table.add("128 tokens", name, "speedup of the busiest thread", statistics.median(busiest[1]) / statistics.median(busiest[threads]), "x")
    table.add("128 tokens", name, "CPU time", statistics.median(cpu[threads]) / statistics.median(cpu[1]), "x")


def time_first_vector(table: report.Report, model: pathlib.Path, rounds: int) -> None:
    def children() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    wall, cpu = [], []
    for _ in range(2 * rounds + 1):
        started, before = time.perf_counter(), children()
        subprocess.run([ROOT / "build/kith", "embed", "--model-dir", model], input=b"a sentence of a few words\n", stdout=subprocess.DEVNULL, check=True)
        wall.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (children() - before))
    for kind, values in (("by the clock", wall), ("CPU time", cpu)):
        table.add("a new process", "kith embed, one short text", f"first vector, {kind}, median", statistics.median(values[1:]), "ms")
        table.add("a new process", "kith embed, one short text", f"first vector, {kind}, least", min(values[1:]), "ms")


def compare_vectors(table: report.Report, kith: dict[str, Embedder], others: list) -> None:
    folder = data.folder("minilm-vectors")
    texts = [entry["text"] for entry in data.json_lines(folder / "texts.jsonl")]
    reference = numpy.fromfile(folder / "vectors.f32", dtype="<f4").reshape(len(texts), -1).astype(numpy.float64)
    for name, embedder in kith.items():
        ours = embedder.embed(texts)[0].astype(numpy.float64)
        table.add(f"{len(texts)} reference texts", name, "minimum", float((ours * reference).sum(axis=1).min()), "cosine")
    for system in others:
        theirs = numpy.array([system.embed(text) for text in texts], dtype=numpy.float64)
        table.add(f"{len(texts)} reference texts", system.name, "minimum", float((theirs * reference).sum(axis=1).min()), "cosine")


def compare_retrieval(table: report.Report, kith: dict[str, Embedder]) -> None:
    """SciFact by the vectors alone: every document compared with every question."""
    scifact = collections.COLLECTIONS["scifact"]()
    for name, embedder in kith.items():
        parts = [embedder.embed(scifact.texts[start:start + 512])[0] for start in range(0, len(scifact.texts), 512)]
        nearest = numpy.argsort(-(embedder.embed(list(scifact.queries.values()))[0] @ numpy.concatenate(parts).T), axis=1)[:, :10]
        rankings = {query: [scifact.ids[i] for i in row] for query, row in zip(scifact.queries, nearest)}
        table.add("scifact", name, "nDCG@10", 100 * metrics.ndcg(scifact.grades, rankings, 10), "%")


def compare_tokenizer(table: report.Report, model: pathlib.Path, rounds: int) -> None:
    """English Markdown, kith's own, in pieces of a chunk's size; CPU time of one thread."""
    text = b"".join(path.read_bytes() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])
    pieces = [text[start:start + 1000].decode(errors="ignore") for start in range(0, len(text), 1000)]
    case = f"{len(text) / 1e6:.1f} MB of Markdown"
    with tempfile.NamedTemporaryFile() as records:
        for piece in (piece.encode() for piece in pieces):
            records.write(struct.pack("<I", len(piece)) + piece)
        records.flush()
        command = [str(ROOT / "build/tests/accept/tokenizer_driver"), str(model), records.name, "256", str(rounds)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    table.add(case, "kith tokenizer", "median", float(said.rsplit("median ", 1)[1].split()[0]), "MB/s/core")
    try:
        tokenizers = peers.need("tokenizers")
    except peers.Missing as why:
        table.missing(case, "tokenizers", str(why))
        return
    theirs = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
    theirs.no_padding()
    theirs.no_truncation()
    rates = [len(text) / 1e6 / cpu_seconds(lambda: [theirs.encode(piece) for piece in pieces]) for _ in range(rounds)]
    table.add(case, f"tokenizers {tokenizers.__version__}", "median", statistics.median(rates), "MB/s/core")


def find_peers(table: report.Report, model: pathlib.Path) -> tuple[OnnxRuntime | None, list]:
    others = []
    try:
        onnx = OnnxRuntime(model)
    except peers.Missing as why:
        table.missing("all", "onnxruntime", str(why))
        return None, others
    for name, make in (("openvino", lambda: OpenVino(onnx)), ("ctranslate2", lambda: CTranslate2(onnx, model))):
        try:
            others.append(make())
        except peers.Missing as why:
            table.missing("all", name, str(why))
    return onnx, others


def main() -> None:
    options = report.parser("Encoder speed and exactness beside ONNX Runtime, OpenVINO and ctranslate2.")
    options.add_argument("--rounds", type=int, default=7, help="alternations between the systems")
    options.add_argument("--kernels", choices=("amx", "avx512", "avx2", "scalar"), help="force kith's instruction set")
    options.add_argument("--scifact", action="store_true", help="also the retrieval of SciFact by kith's vectors (minutes)")
    options.add_argument("--threads", type=int, default=0, help="also this many threads against one, and the first vector")
    chosen = options.parse_args()
    model = data.model_directory()
    library = Library()
    if chosen.kernels:
        library.select_kernels(chosen.kernels)
    kith = {}
    for precision in ("auto", "f32"):
        embedder = Embedder(library, str(model), threads=1, precision=precision)
        kith[f"kith {library.version()} {library.kernels()} {embedder.precision()}"] = embedder
    table = report.Report("encoder", chosen.json)
    onnx, others = find_peers(table, model)
    compare_speed(table, kith, onnx, others, model, chosen.rounds)
    if chosen.threads:
        compare_threads(table, library, model, chosen.threads, chosen.rounds)
        time_first_vector(table, model, chosen.rounds)
    compare_tokenizer(table, model, chosen.rounds)
    compare_vectors(table, kith, ([onnx] if onnx else []) + others)
    if chosen.scifact:
        compare_retrieval(table, kith)


if __name__ == "__main__":
    main()
