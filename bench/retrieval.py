"""retrieval.py - does kith find what people judged relevant?

Each text of a judged collection is one chunk, embedded, stored and searched by kith: by meaning (exactly, and with the index that kith chooses by
itself), by words, and by both in each fusion. On SciFact the reference is what sentence-transformers gives on the same files. The files of
chunking-eval and squad-docs (as squad-chunks) are ingested with kith's own default chunks.

--half takes only every other query: a half chooses a default, the other reports it.
"""

import argparse
import hashlib
import pathlib
import tempfile
import time

from kithbench import chunked, collections, data, metrics, peers, report
from kithbench.library import Database, Embedder, Library

DEPTH = 100
BATCH = 256
REFERENCE = "sentence-transformers (recorded)"
WAYS = {
    "meaning, exact": {"ranking": "meaning", "exact": True},
    "meaning": {"ranking": "meaning"},
    "words": {"ranking": "words"},
    "both, scores": {"ranking": "both", "fusion": "scores"},
    "both, ranks": {"ranking": "both", "fusion": "ranks"},
}


def embed_all(embedder: Embedder, texts: list[str], label: str, keep: pathlib.Path | None = None):
    """The vectors, and the seconds that they took; kept in the folder `keep`, and taken from there the next time."""
    import numpy

    started = time.monotonic()
    kept = keep / f"{hashlib.sha256(chr(0).join([embedder.precision(), *texts]).encode()).hexdigest()[:16]}.npy" if keep else None
    if kept and kept.exists():
        return numpy.load(kept), 0.0
    parts = []
    for start in range(0, len(texts), BATCH):
        parts.append(embedder.embed(texts[start:start + BATCH])[0])
        done = min(start + BATCH, len(texts))
        print(f"\r{label}: {done}/{len(texts)} embedded, {done / (time.monotonic() - started):.0f}/s", end="", flush=True)
    print("\r" + " " * 60 + "\r", end="")
    vectors = numpy.concatenate(parts)
    if kept:
        numpy.save(kept, vectors)
    return vectors, time.monotonic() - started


def check_metrics(grades: metrics.Judgements, rankings: metrics.Rankings) -> str:
    """Compares our arithmetic with trec_eval's."""
    trec = peers.need("pytrec_eval-terrier", "pytrec_eval")
    run = {query: {document: float(len(ranking) - rank) for rank, document in enumerate(ranking)} for query, ranking in rankings.items()}
    results = trec.RelevanceEvaluator(grades, {"ndcg_cut.10", "recall.100"}).evaluate(run)
    theirs = [sum(result[name] for result in results.values()) / len(grades) for name in ("ndcg_cut_10", "recall_100")]
    ours = (metrics.ndcg(grades, rankings, 10), metrics.recall(grades, rankings, 100))
    difference = max(abs(a - b) for a, b in zip(theirs, ours))
    return f"trec_eval computes the same figures (largest difference {difference:.1e})"


def measure(table: report.Report, database: Database, system: str, name: str, queries: dict[str, str], grades: metrics.Judgements, vectors,
            way: str, settings: dict) -> metrics.Rankings:
    rankings: metrics.Rankings = {}
    started = time.process_time()
    for (query, text), vector in zip(queries.items(), vectors):
        wants_text = settings["ranking"] != "meaning"
        hits, _ = database.search("default", vector, DEPTH, text=text if wants_text else None, **settings)
        rankings[query] = [identifier for identifier, _ in hits]
    seconds = time.process_time() - started
    case = f"{name}: {way}"
    table.add(case, system, "nDCG@10", 100 * metrics.ndcg(grades, rankings, 10), "%")
    table.add(case, system, "hit@1", 100 * metrics.hit(grades, rankings, 1), "%")
    table.add(case, system, "hit@5", 100 * metrics.hit(grades, rankings, 5), "%")
    table.add(case, system, "recall@100", 100 * metrics.recall(grades, rankings, 100), "%")
    table.add(case, system, "search, k = 100", 1000 * seconds / len(rankings), "CPU-ms/query")
    return rankings


def ways(weights: list[float]) -> dict[str, dict]:
    """The ways to search, and both fusions with each of the weights."""
    weighted = {f"both, {fusion}, {weight:.2f}": {"ranking": "both", "fusion": fusion, "weight": weight}
                for fusion in ("scores", "ranks") for weight in weights}
    return WAYS | weighted


def bench_collection(table: report.Report, library: Library, embedder: Embedder, system: str, name: str, chosen: argparse.Namespace) -> None:
    collection = collections.COLLECTIONS[name]()
    queries = half_of(collection.queries, chosen.half)
    grades = {query: collection.grades[query] for query in queries}
    vectors, seconds = embed_all(embedder, collection.texts, name, chosen.keep)
    if seconds:
        table.add(name, system, "embedding", len(collection.texts) / seconds, "texts/s")
    query_vectors, _ = embed_all(embedder, list(queries.values()), "queries", chosen.keep)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch, Database(library, pathlib.Path(scratch) / "db") as database:
        database.create("default", vectors.shape[1])
        started = time.monotonic()
        database.add("default", collection.ids, vectors, collection.texts)
        table.add(name, system, "insertion", len(collection.ids) / (time.monotonic() - started), "points/s")
        for way, settings in ways(chosen.weights).items():
            rankings = measure(table, database, system, name, queries, grades, query_vectors, way, settings)
            if name == "scifact" and way == "meaning, exact" and not chosen.half:
                verify_metrics(table, grades, rankings)


def bench_chunked(table: report.Report, library: Library, embedder: Embedder, system: str, name: str, chosen: argparse.Namespace) -> None:
    asked = chunked.CHUNKED[name]()
    asked.queries = half_of(asked.queries, chosen.half)
    asked.wanted = {query: asked.wanted[query] for query in asked.queries}
    query_vectors, _ = embed_all(embedder, list(asked.queries.values()), "queries", chosen.keep)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch, \
            chunked.ingested(library, embedder, asked.files, pathlib.Path(scratch), chosen.keep and chosen.keep / name) as database:
        points = database.points("default")
        table.add(name, system, "chunks", len(points), "chunks")
        spans, texts = chunked.judge(asked, points)
        for way, settings in ways(chosen.weights).items():
            case = f"{name}: {way}"
            rankings = measure(table, database, system, name, asked.queries, spans, query_vectors, way, settings)
            table.add(case, system, "recall of spans@5", 100 * chunked.span_recall(asked, points, rankings, 5), "%")
            if asked.gold:
                table.add(case, system, "answer's text in hit 1", 100 * metrics.hit(texts, rankings, 1), "%")
                table.add(case, system, "answer's text in 5 hits", 100 * metrics.hit(texts, rankings, 5), "%")


def half_of(queries: dict[str, str], half: str | None) -> dict[str, str]:
    return {query: text for number, (query, text) in enumerate(queries.items()) if half is None or number % 2 == (half == "odd")}


def verify_metrics(table: report.Report, grades: metrics.Judgements, rankings: metrics.Rankings) -> None:
    table.add("scifact: meaning, exact", REFERENCE, "nDCG@10", 64.51, "%")
    table.add("scifact: meaning, exact", REFERENCE, "recall@100", 92.5, "%")
    try:
        print(check_metrics(grades, rankings))
    except peers.Missing as why:
        table.missing("scifact", "trec_eval", str(why))


def main() -> None:
    options = report.parser("Retrieval quality on judged collections.")
    options.add_argument("--threads", type=int, default=0, help="of the embedder; 0: all")
    options.add_argument("--precision", choices=("auto", "f32"), default="auto", help="of the embedder")
    options.add_argument("--sets", default="scifact,cranfield,codebase-chunks,docs-qa,chunking-eval",
                         help=f"of {', '.join([*collections.COLLECTIONS, *chunked.CHUNKED])} (default: all but those of squad, which take long)")
    options.add_argument("--weights", default=[], type=lambda text: [float(weight) for weight in text.split(",")],
                         help="also fuse with these weights of meaning, such as 0.4,0.5,0.6")
    options.add_argument("--half", choices=("even", "odd"), help="only the queries at even or at odd places")
    options.add_argument("--keep", type=pathlib.Path, metavar="DIR",
                         help="keep vectors and data directories here, and take them from here the next time: for trying variants of search")
    chosen = options.parse_args()
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    library = Library()
    table = report.Report("retrieval", chosen.json)
    embedder = Embedder(library, str(data.model_directory()), chosen.threads, chosen.precision)
    system = f"kith {library.version()} {library.kernels()}" + (" f32" if chosen.precision == "f32" else "")
    for name in chosen.sets.split(","):
        bench = bench_chunked if name in chunked.CHUNKED else bench_collection
        bench(table, library, embedder, system, name, chosen)


if __name__ == "__main__":
    main()
