"""grounding.py - how well the support of a cited sentence tells what its passage bears out from what it does not.

Claims are made from squad-docs (kithbench/claims.py). Half of the articles, the even ones in order of their names, are what the weights were fitted on (--fit does it again and prints them); the figures are
of the other half: docs/decisions/011. The articles are added as files, for the words to weigh by (--data reuses a directory where they are).
"""

import json
import pathlib
import subprocess
import tarfile
import tempfile

import numpy
from kithbench import claims, data, report
from kithbench.library import Database, Embedder, Library

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED = 11
SIGNALS = ("meaning", "words", "near_words", "numbers_missing", "names_missing", "denial")
MARKED_TRUE = 0.05  # of the true claims of the fitted half may be marked
RIDGE = 1e-3


def articles() -> dict[str, str]:
    with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
        return {pathlib.PurePath(member.name).name: archive.extractfile(member).read().decode() for member in archive if member.isfile()}


def measure(made: list[claims.Claim], directory: pathlib.Path, collection: str) -> list[dict]:
    driver = subprocess.run([ROOT / "build/bench/grounding_driver", data.model_directory(), directory, collection], input="".join(map(claims.record, made)), text=True,
                            stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in driver.stdout.splitlines()]


def capped(signals: list[float]) -> list[float]:
    """As grounding.c weighs them: more than two of a kind say no more than two."""
    return [min(value, 2.0) if name.endswith("missing") else value for name, value in zip(SIGNALS, signals)]


def fit(rows: numpy.ndarray, truth: numpy.ndarray, weights: numpy.ndarray) -> numpy.ndarray:
    """Logistic regression by Newton's method; the bias comes first."""
    x = numpy.hstack([numpy.ones((len(rows), 1)), rows])
    beta = numpy.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + numpy.exp(-x @ beta))
        gradient = x.T @ (weights * (truth - p)) - RIDGE * beta
        beta = beta + numpy.linalg.solve((x * (weights * p * (1 - p))[:, None]).T @ x + RIDGE * numpy.eye(len(beta)), gradient)
    return beta


def balanced(made: list[claims.Claim]) -> numpy.ndarray:
    """True and false weigh the same, and so do the kinds of each."""
    counts = {kind: sum(claim.kind == kind for claim in made) for kind in {claim.kind for claim in made}}
    kinds = {truth: len({claim.kind for claim in made if claim.is_true == truth}) for truth in (True, False)}
    return numpy.array([len(made) / 2 / kinds[claim.is_true] / counts[claim.kind] for claim in made])


def print_fit(made: list[claims.Claim], rows: numpy.ndarray) -> numpy.ndarray:
    truth = numpy.array([claim.is_true for claim in made], float)
    weights = balanced(made)
    beta = fit(rows, truth, weights)
    odds = beta[0] + rows @ beta[1:]
    order = numpy.argsort(odds[truth == 1])
    cumulated = numpy.cumsum(weights[truth == 1][order]) / weights[truth == 1].sum()
    beta[0] -= odds[truth == 1][order][numpy.searchsorted(cumulated, MARKED_TRUE)]
    print("bias", round(beta[0], 2), {name: round(value, 2) for name, value in zip(SIGNALS, beta[1:])})
    return beta


def auc(support: numpy.ndarray, truth: numpy.ndarray) -> float:
    ranks = numpy.argsort(numpy.argsort(support)) + 1
    n = truth.sum()
    return (ranks[truth].sum() - n * (n + 1) / 2) / (n * (len(truth) - n))


def add_figures(table: report.Report, system: str, made: list[claims.Claim], support: numpy.ndarray) -> None:
    kinds = {claim.kind: claim.is_true for claim in made}
    shares = {}
    for kind, is_true in sorted(kinds.items(), key=lambda pair: not pair[1]):
        marked = [value < 0.5 for claim, value in zip(made, support) if claim.kind == kind]
        shares[kind] = 100 * sum(marked) / len(marked)
        table.add("true" if is_true else "false", system, f"{kind} ({len(marked)}): marked", shares[kind], "%")
    for is_true in (True, False):
        table.add("true" if is_true else "false", system, "mean of the kinds: marked", sum(shares[kind] for kind, value in kinds.items() if value == is_true) /
                  sum(value == is_true for value in kinds.values()), "%")
    table.add("all", system, "area under the curve", 100 * auc(support, numpy.array([claim.is_true for claim in made])), "%")


def ingest(texts: dict[str, str], scratch: pathlib.Path, collection: str) -> pathlib.Path:
    """A new data directory that holds the articles."""
    (scratch / "files").mkdir()
    for name, text in texts.items():
        (scratch / "files" / name).write_text(text)
    library = Library()
    with Database(library, scratch / "db", embedder=Embedder(library, str(data.model_directory()))) as database:
        database.ingest(collection, [str(scratch / "files")])
    return scratch / "db"


def main() -> None:
    options = report.parser("Support of cited sentences on claims made from squad-docs.")
    options.add_argument("--data", type=pathlib.Path, metavar="DIR", help="a data directory that holds squad-docs' articles, instead of ingesting them")
    options.add_argument("--collection", default="default", help="the collection that holds them (default: default)")
    options.add_argument("--fit", action="store_true", help="fit the weights on the even half, print them, and report by them")
    chosen = options.parse_args()
    texts = articles()
    made = claims.make(texts, data.json_lines(data.folder("squad-docs") / "questions.jsonl"), SEED)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch:
        found = measure(made, chosen.data or ingest(texts, pathlib.Path(scratch), chosen.collection), chosen.collection)
    judged = [(claim, line["claims"][0], line["cpu_ms"]) for claim, line in zip(made, found) if line["claims"]]
    number = {article: i for i, article in enumerate(sorted(texts))}
    halves = [[row for row in judged if number[row[0].article] % 2 == half] for half in (0, 1)]
    table = report.Report("grounding", chosen.json)
    support = numpy.array([row[1]["support"] for row in halves[1]])
    if chosen.fit:
        rows = [numpy.array([capped(row[1]["signals"]) for row in half]) for half in halves]
        beta = print_fit([row[0] for row in halves[0]], rows[0])
        support = 1 / (1 + numpy.exp(-(beta[0] + rows[1] @ beta[1:])))
    add_figures(table, "kith", [row[0] for row in halves[1]], support)
    table.add("all", "kith", "mean CPU time of a claim", sum(row[2] for row in judged) / len(judged), "ms")


if __name__ == "__main__":
    main()
