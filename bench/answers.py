"""answers.py - extractive answers and refusals, without an LLM.

All articles of squad-docs are added as files (--data keeps them); each question of the odd half is asked, once with all articles and once with a filter that leaves out the article that answers it,
which stands for its removal (word statistics stay those of the whole); and so are the questions of other collections, which nothing there answers. docs-qa and chunking-eval answer their own questions
too, by the same defaults, and refuse those of others. Refusal must not depend on the size of a collection: filters make small ones of squad-docs, one article and 47 of them, with the one that answers
and without. The even half is what the defaults were fitted on: docs/decisions/006. The questions of manuals are about manual pages, FAQs, changelogs and tables; nothing is fitted on them. For squad-docs
and manuals a table compares `support` with the share of answers that are right.
"""

import csv
import json
import pathlib
import random
import shutil
import sys
import tarfile
import tempfile
import time

from kithbench import collections, data, manuals, reliability, report
from kithbench.library import Database, Embedder, Library

FOREIGN = ("docs-qa", "codebase-chunks", "scifact")
PART_ARTICLES = 47
PART_STEP = 3  # every third question is asked to parts
SHOWN, SHOWN_SEED, SHOWN_CHARACTERS = 20, 46, 170  # of --show


def unpack(folder: pathlib.Path) -> None:
    with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
        for member in archive:
            if member.isfile():
                (folder / pathlib.PurePath(member.name).name).write_bytes(archive.extractfile(member).read())


def article_names() -> list[str]:
    with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
        return sorted(pathlib.PurePath(member.name).name for member in archive if member.isfile())


def write_sections(folder: pathlib.Path) -> None:
    """The sections of docs-qa, a file each."""
    for number, section in enumerate(json.loads((data.folder("docs-qa") / "anthropic_docs.json").read_text())):
        (folder / f"{number:03}.md").write_text(f"# {section['chunk_heading']}\n\n{section['text']}\n")


def chunking_questions() -> list[str]:
    csv.field_size_limit(sys.maxsize)
    with open(data.folder("chunking-eval") / "questions_df.csv", newline="") as lines:
        return [row["question"] for row in csv.DictReader(lines)]


def ask_all(database: Database, collection: str, questions: list[str], wheres: list[dict | None] | None = None) -> list[dict]:
    """A question whose syntax asks for words that nothing holds finds nothing, which is a refusal."""
    return [database.ask(collection, text, where) for text, where in zip(questions, wheres or [None] * len(questions))]


def share(values) -> float:
    values = list(values)
    return 100 * sum(values) / max(1, len(values))


def measure_squad(table, system: str, database: Database, collection: str) -> None:
    questions = data.json_lines(data.folder("squad-docs") / "questions.jsonl")[1::2]
    texts = [question["text"] for question in questions]
    database.ask(collection, texts[0])
    cpu = time.process_time()
    answers = ask_all(database, collection, texts)
    cpu = time.process_time() - cpu
    measure_own(table, system, questions, answers)
    times = sorted(answer["ms"] for answer in answers)
    table.add("squad-docs", system, "median time", times[len(times) // 2], "ms")
    table.add("squad-docs", system, "mean CPU time of all threads", 1000 * cpu / len(texts), "ms")
    folder = pathlib.PurePath(answers[0]["sources"][0]).parent
    judged = [(answer, any(gold in text for gold in question["answers"] for text in (answer["text"], *answer["quotes"]))) for question, answer in zip(questions, answers)]
    reliability.add(table, "squad-docs", system, [(answer["support"], right) for answer, right in judged if not answer["refused"]])
    removed = ask_all(database, collection, texts, [{"source": {"$ne": str(folder / question["doc"])}} for question in questions])
    table.add("squad-docs, article left out", system, "refused", share(answer["refused"] for answer in removed), "%")
    measure_parts(table, system, database, collection, folder, questions[::PART_STEP])
    groups = {name: list(collections.COLLECTIONS[name]().queries.values())[1::2] for name in FOREIGN}
    groups["chunking-eval"] = chunking_questions()[1::2]
    refused = {name: [answer["refused"] for answer in ask_all(database, collection, group)] for name, group in groups.items()}
    for name, values in refused.items():
        table.add(f"foreign: {name}", system, "refused", share(values), "%")
    table.add("foreign: all", system, "refused", share(value for values in refused.values() for value in values), "%")


def measure_parts(table, system: str, database: Database, collection: str, folder: pathlib.PurePath, questions: list[dict]) -> None:
    names = article_names()
    chosen = random.Random(11)
    others = [chosen.sample([name for name in names if name != question["doc"]], PART_ARTICLES - 1) for question in questions]
    parts = {
        "one article, the answering one": [[question["doc"]] for question in questions],
        "one article, another": [other[:1] for other in others],
        f"{PART_ARTICLES} articles with the answering one": [[question["doc"], *other] for question, other in zip(questions, others)],
        f"{PART_ARTICLES - 1} articles without it": others,
    }
    for name, articles in parts.items():
        wheres = [{"source": {"$in": [str(folder / article) for article in part]}} for part in articles]
        answers = ask_all(database, collection, [question["text"] for question in questions], wheres)
        table.add(f"squad-docs, {name}", system, "refused", share(answer["refused"] for answer in answers), "%")


def measure_own(table, system: str, questions: list[dict], answers: list[dict]) -> None:
    """Containment over all questions (a refusal is a miss), and over the answered ones."""
    first, both = [], []
    for question, answer in zip(questions, answers):
        holds = [any(gold in quote for gold in question["answers"]) for quote in answer["quotes"]]
        first.append(any(holds[:1]))
        both.append(any(holds))
    answered = [not answer["refused"] for answer in answers]
    retrieved = [any(gold in passage for gold in question["answers"] for passage in answer["passages"]) for question, answer in zip(questions, answers)]
    lengths = [len(answer["text"]) for answer in answers if not answer["refused"]]
    table.add("squad-docs", system, "a passage of 5 has the answer", share(retrieved), "%")
    table.add("squad-docs", system, "refused", 100 - share(answered), "%")
    for name, values in (("one sentence", first), ("two sentences", both)):
        table.add("squad-docs", system, f"{name} contain the answer, refusals missed", share(values), "%")
        table.add("squad-docs", system, f"{name} contain the answer, of those answered", share(value for value, ok in zip(values, answered) if ok), "%")
    table.add("squad-docs", system, "mean length of an answer", sum(lengths) / max(1, len(lengths)), "characters")


def measure_manuals(table, system: str, database: Database, collection: str) -> None:
    """Where nothing answers a question, an answer is wrong whatever it says."""
    questions = manuals.questions()
    asked = list(zip(questions, ask_all(database, collection, [question.text for question in questions])))
    answerable = [(question, answer) for question, answer in asked if question.texts]
    groups = {"manuals": answerable}
    for key in ("kind", "language"):
        for value in sorted({getattr(question, key) for question, _ in answerable}):
            groups[f"manuals, {key} {value}"] = [(question, answer) for question, answer in answerable if getattr(question, key) == value]
    for name, group in groups.items():
        if name != "manuals":
            table.add(name, system, "questions", len(group), "")
        table.add(name, system, "expected text in the answer", share(manuals.holds(answer["text"], question.texts) for question, answer in group), "%")
        table.add(name, system, "expected text in a passage", share(any(manuals.holds(text, question.texts) for text in answer["passages"]) for question, answer in group), "%")
        table.add(name, system, "refused though answerable", share(answer["refused"] for _, answer in group), "%")
    table.add("manuals", system, "refused of the unanswerable", share(answer["refused"] for question, answer in asked if not question.texts), "%")
    given = [(question, answer) for question, answer in asked if not answer["refused"]]
    table.add("manuals", system, "mean length of an answer", sum(len(answer["text"]) for _, answer in given) / max(1, len(given)), "characters")
    reliability.add(table, "manuals", system, [(answer["support"], manuals.holds(answer["text"], question.texts)) for question, answer in given])


def show_manuals(database: Database, collection: str) -> None:
    """Prints what is answered to some of the questions on manuals, as a table in Markdown; what holds the expected text is marked."""
    asked = random.Random(SHOWN_SEED).sample([question for question in manuals.questions() if question.texts], SHOWN)
    print("| question | answer |\n|---|---|")
    for question, answer in zip(asked, ask_all(database, collection, [question.text for question in asked])):
        text = " ".join(answer["text"].split()).replace("|", "\\|")
        cut = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
        print(f"| {question.text} | {'**right:** ' if manuals.holds(answer['text'], question.texts) else ''}{cut} |")


def measure_mixed(table, system: str, database: Database, collection: str, name: str) -> None:
    """The questions of a collection to itself, and those of the others."""
    own = {"docs": list(collections.COLLECTIONS["docs-qa"]().queries.values())[1::2], "chunking": chunking_questions()[1::2]}
    claims = list(collections.COLLECTIONS["scifact"]().queries.values())[1::2]
    other = "chunking" if name == "docs" else "docs"
    for kind, questions in (("own", own[name]), ("foreign", own[other] + claims)):
        refused = share(answer["refused"] for answer in ask_all(database, collection, questions))
        table.add(f"own collection: {name}", system, f"{kind} questions refused", refused, "%")


SETS = {  # what measures a set, and what writes its files or says where they are
    "squad": (measure_squad, unpack),
    "docs": (lambda *arguments: measure_mixed(*arguments, "docs"), write_sections),
    "chunking": (lambda *arguments: measure_mixed(*arguments, "chunking"), lambda _: data.folder("chunking-eval") / "corpora"),
    "manuals": (measure_manuals, lambda _: data.folder("manuals") / "docs"),
}
COLLECTION = "default"


def main() -> None:
    options = report.parser("Extractive answers and refusals on squad-docs, docs-qa, chunking-eval and manuals.")
    options.add_argument("--data", type=pathlib.Path, metavar="DIR", help="keep a data directory a set in DIR, and use what is there instead of ingesting it (delete it to ingest anew)")
    options.add_argument("--show", action="store_true", help=f"only print the answers to {SHOWN} questions of `manuals`, the same each time")
    options.add_argument("--set", action="append", choices=SETS, help="only this set, several times for several (default: all)")
    chosen = options.parse_args()
    library = Library()
    embedder = Embedder(library, str(data.model_directory()))
    table = report.Report("answers", chosen.json)
    system = f"kith {library.version()} {library.kernels()}"
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch:
        for name in ["manuals"] if chosen.show else chosen.set or SETS:
            measure, files = SETS[name]
            directory = made(library, embedder, (chosen.data or pathlib.Path(scratch)) / name, files)
            with Database(library, directory, must_exist=True, embedder=embedder) as database:
                if chosen.show:
                    show_manuals(database, COLLECTION)
                else:
                    measure(table, system, database, COLLECTION)


def made(library, embedder, directory: pathlib.Path, files) -> pathlib.Path:
    """The data directory, which is new unless it is there. It gets its name when it is complete."""
    if directory.exists():
        return directory
    partial = directory.with_name(f"{directory.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch:
        folder = files(pathlib.Path(scratch)) or pathlib.Path(scratch)
        with Database(library, partial, embedder=embedder) as database:
            database.ingest(COLLECTION, [str(folder)])
    return partial.rename(directory)


if __name__ == "__main__":
    main()
