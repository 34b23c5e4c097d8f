"""answers.py - extractive answers and refusals, without an LLM.

The articles of squad-docs that have questions (and some that have none) are added as files; each question is asked, and so are the questions of other collections,
which nothing there answers. Reported: how many answers contain a gold answer, how many of each kind are refused, how long it takes. Questions are
split by their position: refusal is calibrated on the even ones (--calibrate prints what a fit needs), the figures are those of the odd ones.
"""

import json
import pathlib
import tarfile
import tempfile
import time

from kithbench import collections, data, report
from kithbench.library import Database, Embedder, Library

FOREIGN = ("docs-qa", "codebase-chunks", "scifact")


def unpack(folder: pathlib.Path, wanted: set[str], others: int) -> None:
    """The articles that have questions, and the first `others` that have none."""
    with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
        for member in archive:
            name = pathlib.PurePath(member.name).name
            if not member.isfile() or (name not in wanted and others <= 0):
                continue
            others -= name not in wanted
            (folder / name).write_bytes(archive.extractfile(member).read())


def foreign_questions() -> list[str]:
    return [text for name in FOREIGN for text in collections.COLLECTIONS[name]().queries.values()]


def main() -> None:
    options = report.parser("Extractive answers and refusals on squad-docs.")
    options.add_argument("--others", type=int, default=52, help="articles without questions that stand among the rest (default: 52)")
    options.add_argument("--calibrate", type=pathlib.Path, metavar="FILE", help="write the signals of the even questions here, as JSON Lines")
    chosen = options.parse_args()
    questions = data.json_lines(data.folder("squad-docs") / "questions.jsonl")
    foreign = foreign_questions()
    library = Library()
    embedder = Embedder(library, str(data.model_directory()))
    table = report.Report("answers", chosen.json)
    system = f"kith {library.version()} {library.kernels()}"
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as scratch:
        folder = pathlib.Path(scratch) / "articles"
        folder.mkdir()
        unpack(folder, {question["doc"] for question in questions}, chosen.others)
        with Database(library, pathlib.Path(scratch) / "db", embedder=embedder) as database:
            started = time.monotonic()
            database.ingest("squad", [str(folder)])
            table.add("squad-docs", system, "files added", len(list(folder.iterdir())) / (time.monotonic() - started), "files/s")
            measure(table, system, database, questions, foreign, chosen.calibrate)


def measure(table, system: str, database: Database, questions: list[dict], foreign: list[str], calibrate: pathlib.Path | None) -> None:
    own = [database.ask("squad", question["text"]) for question in questions]
    others = [database.ask("squad", text) for text in foreign]
    if calibrate:
        rows = [{"own": True, **answer} for answer in own[::2]] + [{"own": False, **answer} for answer in others[::2]]
        calibrate.write_text("".join(json.dumps(row) + "\n" for row in rows))
    reported, gold = own[1::2], questions[1::2]
    answered = [any(text in answer["text"] for text in question["answers"]) for answer, question in zip(reported, gold)]
    retrieved = [any(text in passage for text in question["answers"] for passage in answer["passages"]) for answer, question in zip(reported, gold)]
    lengths = [len(answer["text"]) for answer in reported if not answer["refused"]]
    times = sorted(answer["ms"] for answer in reported)
    table.add("own questions", system, "a passage of 5 has the answer", 100 * sum(retrieved) / len(retrieved), "%")
    table.add("own questions", system, "answer contains the gold one", 100 * sum(answered) / len(answered), "%")
    table.add("own questions", system, "refused", 100 * sum(answer["refused"] for answer in reported) / len(reported), "%")
    table.add("foreign questions", system, "refused", 100 * sum(answer["refused"] for answer in others[1::2]) / len(others[1::2]), "%")
    table.add("own questions", system, "mean length of an answer", sum(lengths) / max(1, len(lengths)), "characters")
    table.add("own questions", system, "median time", times[len(times) // 2], "ms")


if __name__ == "__main__":
    main()
