"""retrieval.py - does kith find what people judged relevant? SciFact (BEIR), dense retrieval with all-MiniLM-L6-v2.

Title, a space and text of each abstract are one text; queries and abstracts are embedded by kith, stored by kith, and searched exactly
and by the index that kith chooses by itself. The reference is what sentence-transformers gives on the same files.
"""

import pathlib
import tempfile
import time

from kithbench import data, metrics, peers, report
from kithbench.library import Database, Embedder, Library

DEPTH = 100
BATCH = 256
REFERENCE = "sentence-transformers (recorded)"


def judgements(path: pathlib.Path) -> metrics.Judgements:
    found: metrics.Judgements = {}
    for line in path.read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        found.setdefault(query, {})[document] = int(grade)
    return found


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


def check_metrics(grades: metrics.Judgements, rankings: metrics.Rankings, ndcg: float, recall: float) -> str:
    """Compares our arithmetic with trec_eval's."""
    trec = peers.need("pytrec_eval-terrier", "pytrec_eval")
    run = {query: {document: float(len(ranking) - rank) for rank, document in enumerate(ranking)} for query, ranking in rankings.items()}
    results = trec.RelevanceEvaluator(grades, {"ndcg_cut.10", "recall.100"}).evaluate(run)
    theirs = [sum(result[name] for result in results.values()) / len(grades) for name in ("ndcg_cut_10", "recall_100")]
    difference = max(abs(theirs[0] - ndcg), abs(theirs[1] - recall))
    return f"trec_eval computes the same figures (largest difference {difference:.1e})"


def main() -> None:
    options = report.parser("Retrieval quality on SciFact.")
    options.add_argument("--threads", type=int, default=0, help="of the embedder; 0: all")
    chosen = options.parse_args()
    folder = data.folder("scifact")
    corpus = data.json_lines(folder / "corpus.jsonl.gz")
    grades = judgements(folder / "qrels/test.tsv")
    queries = [query for query in data.json_lines(folder / "queries.jsonl") if query["_id"] in grades]

    library = Library()
    system = f"kith {library.version()} {library.kernels()}"
    table = report.Report("retrieval", chosen.json)
    embedder = Embedder(library, str(data.model_directory()), chosen.threads)
    vectors, seconds = embed_all(embedder, [f"{entry['title']} {entry['text']}" for entry in corpus], "abstracts")
    table.add("scifact", system, "embedding", len(corpus) / seconds, "texts/s")
    query_vectors, _ = embed_all(embedder, [query["text"] for query in queries], "queries")

    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch, Database(library, pathlib.Path(scratch) / "db") as database:
        database.create("scifact", vectors.shape[1])
        started = time.monotonic()
        database.add("scifact", [entry["_id"] for entry in corpus], vectors)
        table.add("scifact", system, "insertion", len(corpus) / (time.monotonic() - started), "points/s")
        exact = measure(table, database, system, grades, queries, query_vectors, exact=True)
        measure(table, database, system, grades, queries, query_vectors, exact=False)
    table.add("scifact exact", REFERENCE, "nDCG@10", 64.51, "%")
    table.add("scifact exact", REFERENCE, "recall@100", 92.5, "%")
    try:
        print(check_metrics(grades, exact, metrics.ndcg(grades, exact, 10), metrics.recall(grades, exact, 100)))
    except peers.Missing as why:
        table.missing("scifact", "trec_eval", str(why))


def measure(table, database, system, grades, queries, vectors, exact: bool) -> metrics.Rankings:
    rankings: metrics.Rankings = {}
    started = time.process_time()
    for query, vector in zip(queries, vectors):
        hits, plan = database.search("scifact", vector, DEPTH, exact=exact)
        rankings[query["_id"]] = [identifier for identifier, _ in hits]
    seconds = time.process_time() - started
    case = "scifact exact" if exact else f"scifact {plan}"
    table.add(case, system, "nDCG@10", 100 * metrics.ndcg(grades, rankings, 10), "%")
    table.add(case, system, "recall@100", 100 * metrics.recall(grades, rankings, 100), "%")
    table.add(case, system, "search, k = 100", 1000 * seconds / len(queries), "CPU-ms/query")
    return rankings


if __name__ == "__main__":
    main()
