"""retrieval.py - does kith find what people judged relevant?

Each text of a judged collection is one chunk, embedded, stored and searched by kith: by meaning (exactly, and with the index that kith chooses by
itself), by words, and by both in each fusion. On SciFact the reference is what sentence-transformers gives on the same files.
"""

import pathlib
import tempfile
import time

from kithbench import collections, data, metrics, peers, report
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


def embed_all(embedder: Embedder, texts: list[str], label: str):
    import numpy

    started = time.monotonic()
    parts = []
    for start in range(0, len(texts), BATCH):
        parts.append(embedder.embed(texts[start:start + BATCH])[0])
        done = min(start + BATCH, len(texts))
        print(f"\r{label}: {done}/{len(texts)} embedded, {done / (time.monotonic() - started):.0f}/s", end="", flush=True)
    print("\r" + " " * 60 + "\r", end="")
    return numpy.concatenate(parts), time.monotonic() - started


def check_metrics(grades: metrics.Judgements, rankings: metrics.Rankings) -> str:
    """Compares our arithmetic with trec_eval's."""
    trec = peers.need("pytrec_eval-terrier", "pytrec_eval")
    run = {query: {document: float(len(ranking) - rank) for rank, document in enumerate(ranking)} for query, ranking in rankings.items()}
    results = trec.RelevanceEvaluator(grades, {"ndcg_cut.10", "recall.100"}).evaluate(run)
    theirs = [sum(result[name] for result in results.values()) / len(grades) for name in ("ndcg_cut_10", "recall_100")]
    ours = (metrics.ndcg(grades, rankings, 10), metrics.recall(grades, rankings, 100))
    difference = max(abs(a - b) for a, b in zip(theirs, ours))
    return f"trec_eval computes the same figures (largest difference {difference:.1e})"


def measure(table: report.Report, database: Database, system: str, name: str, collection: collections.Collection, vectors,
            way: str, settings: dict) -> metrics.Rankings:
    rankings: metrics.Rankings = {}
    started = time.process_time()
    for (query, text), vector in zip(collection.queries.items(), vectors):
        wants_text = settings["ranking"] != "meaning"
        hits, _ = database.search(name, vector, DEPTH, text=text if wants_text else None, **settings)
        rankings[query] = [identifier for identifier, _ in hits]
    seconds = time.process_time() - started
    case = f"{name}: {way}"
    table.add(case, system, "nDCG@10", 100 * metrics.ndcg(collection.grades, rankings, 10), "%")
    table.add(case, system, "hit@1", 100 * metrics.hit(collection.grades, rankings, 1), "%")
    table.add(case, system, "hit@5", 100 * metrics.hit(collection.grades, rankings, 5), "%")
    table.add(case, system, "recall@100", 100 * metrics.recall(collection.grades, rankings, 100), "%")
    table.add(case, system, "search, k = 100", 1000 * seconds / len(rankings), "CPU-ms/query")
    return rankings


def bench_collection(table: report.Report, library: Library, embedder: Embedder, system: str, name: str, weights: list[float]) -> None:
    collection = collections.COLLECTIONS[name]()
    vectors, seconds = embed_all(embedder, collection.texts, name)
    table.add(name, system, "embedding", len(collection.texts) / seconds, "texts/s")
    query_vectors, _ = embed_all(embedder, list(collection.queries.values()), "queries")
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch, Database(library, pathlib.Path(scratch) / "db") as database:
        database.create(name, vectors.shape[1])
        started = time.monotonic()
        database.add(name, collection.ids, vectors, collection.texts)
        table.add(name, system, "insertion", len(collection.ids) / (time.monotonic() - started), "points/s")
        for way, settings in WAYS.items():
            rankings = measure(table, database, system, name, collection, query_vectors, way, settings)
            if name == "scifact" and way == "meaning, exact":
                verify_metrics(table, collection.grades, rankings)
        for fusion in ("scores", "ranks") if weights else ():
            for weight in weights:
                settings = {"ranking": "both", "fusion": fusion, "weight": weight}
                measure(table, database, system, name, collection, query_vectors, f"both, {fusion}, {weight:.2f}", settings)


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
    options.add_argument("--sets", default="scifact,cranfield,codebase-chunks,docs-qa",
                         help=f"of {', '.join(collections.COLLECTIONS)} (default: all but the last, which takes long)")
    options.add_argument("--weights", default="", help="also fuse with these weights of meaning, such as 0.4,0.5,0.6")
    chosen = options.parse_args()
    library = Library()
    table = report.Report("retrieval", chosen.json)
    embedder = Embedder(library, str(data.model_directory()), chosen.threads)
    system = f"kith {library.version()} {library.kernels()}"
    weights = [float(weight) for weight in chosen.weights.split(",") if weight]
    for name in chosen.sets.split(","):
        bench_collection(table, library, embedder, system, name, weights)


if __name__ == "__main__":
    main()
