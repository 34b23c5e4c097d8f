"""followups.py - is a question found that leans on the one before it?

bench/data/followups.jsonl has conversations of two questions about articles of squad-docs. Where a line has `whole`, the second question leans on the
first: it is asked alone, in the conversation as kith makes it whole without an LLM, and as a person put it, which is as good as it can get. A line
without `whole` changes the subject: there the conversation should do no harm; nor should it to questions of squad-docs, which were written to stand
alone, after one about another article and after one about the same. A hit is a passage of the article that holds the answer's text.

Improvements are chosen on what stands at even places, which is why the odd pairs are reported apart, and only odd questions of squad-docs at all.
"""

import json
import pathlib
import tempfile

from kithbench import chunked, data, report
from kithbench.library import Database, Embedder, Library

PAIRS = pathlib.Path(__file__).resolve().parent / "data/followups.jsonl"
STANDING_EVERY = 3  # of the odd questions of squad-docs: about 200


def place(answer: dict, pair: dict) -> int | None:
    """Of the first passage that holds the answer, from 1."""
    for number, (document, passage) in enumerate(zip(answer["documents"], answer["passages"]), 1):
        if f"{document}.txt" == pair["article"] and any(answer in passage for answer in pair["answers"]):
            return number
    return None


def written() -> dict[str, list[dict]]:
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    pairs = [{**pair, "answers": [pair["answer"]]} for pair in pairs]
    return {"follow-ups": [pair for pair in pairs if "whole" in pair], "changes of subject": [pair for pair in pairs if "whole" not in pair]}


def standing() -> dict[str, list[dict]]:
    """Questions of squad-docs, each after one about another article, and after one about its own; neighbours in the file are about one article."""
    questions = data.json_lines(data.folder("squad-docs") / "questions.jsonl")[1::2]
    found: dict[str, list[dict]] = {"after another article": [], "after the same article": []}
    for at in range(0, len(questions), STANDING_EVERY):
        question = questions[at]
        firsts = {"after another article": questions[(at + len(questions) // 2) % len(questions)], "after the same article": questions[at - 1]}
        for name, first in firsts.items():
            if (first["doc"] == question["doc"]) == (name == "after the same article"):
                found[name].append({"first": first["text"], "second": question["text"], "article": question["doc"], "answers": question["answers"]})
    return found


def ask(database: Database, pair: dict) -> dict[str, dict]:
    asked = {"alone": database.ask("default", pair["second"]),
             "in the conversation": database.converse("default", [pair["first"], pair["second"]])[1]}
    if "whole" in pair:
        asked["whole, by hand"] = database.ask("default", pair["whole"])
    return asked


def add_rows(table: report.Report, system: str, name: str, asked: list[dict[str, dict]], pairs: list[dict]) -> None:
    for way in asked[0]:
        places = [place(answers[way], pair) for answers, pair in zip(asked, pairs)]
        for cutoff in (1, 5):
            found = sum(at is not None and at <= cutoff for at in places)
            table.add(f"{name}: {way}", system, f"hit@{cutoff}", 100 * found / len(places), "%")
    rewritten = sum(bool(answers["in the conversation"]["searched"]) for answers in asked)
    table.add(name, system, "taken to lean on the first", 100 * rewritten / len(asked), "%")


def show(asked: list[dict[str, dict]], pairs: list[dict]) -> None:
    for answers, pair in zip(asked, pairs):
        places = ", ".join(f"{way} {place(answer, pair) or '-'}" for way, answer in answers.items())
        print(f"{pair['first']} | {pair['second']}\n    searched: {answers['in the conversation']['searched'] or '(as it is)'}\n    {places}")


def main() -> None:
    options = report.parser("Follow-up questions on squad-docs, without an LLM.")
    options.add_argument("--data", type=pathlib.Path, metavar="DIR",
                         help="a data directory with squad-docs' articles, copied instead of ingesting them; made when it is not there")
    options.add_argument("--show", choices=("even", "odd"), help="also print what became of each pair at even or at odd places")
    chosen = options.parse_args()
    library = Library()
    embedder = Embedder(library, str(data.model_directory()))
    table = report.Report("followups", chosen.json)
    system = f"kith {library.version()} {library.kernels()}"
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch, \
            chunked.ingested(library, embedder, chunked.CHUNKED["squad-chunks"]().files, pathlib.Path(scratch), chosen.data) as database:
        for name, pairs in written().items():
            asked = [ask(database, pair) for pair in pairs]
            add_rows(table, system, name, asked, pairs)
            add_rows(table, system, f"{name}, odd", asked[1::2], pairs[1::2])
            if chosen.show:
                start = chosen.show == "odd"
                show(asked[start::2], pairs[start::2])
        for name, pairs in standing().items():
            add_rows(table, system, name, [ask(database, pair) for pair in pairs], pairs)


if __name__ == "__main__":
    main()
