"""refusals.py - fits the weights by which an answer is refused, and the table from which its support is read (src/answer/support.c), and prints both.

Questions that a collection answers are those of the even halves of squad-docs, docs-qa and chunking-eval. Questions that it does not answer are made of them: with the answering article left out by a
filter; asked to another collection; and with one word exchanged for the same kind of word of another question (a number, a name, any other content word), which stands for a question on the topic of a
document that lacks the one thing asked for. What the tool quotes is right when it holds the gold answer (squad-docs) or a part of the reference (chunking-eval). Nothing here reads the odd halves or the
questions on manuals. The data directories are those of answers.py --data.
"""

import argparse
import csv
import json
import pathlib
import random
import re
import subprocess
import sys

import numpy
from answers import PART_ARTICLES, PART_STEP, article_names, chunking_questions
from kithbench import collections, data

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED = 11
OWN_REFUSED = 0.085  # of squad-docs' own questions
RIDGE = 1e-2
STOP = set("the a an of in on at to for and or is are was were be been did do does has have had what which who whom whose when where why how many much that this these those it its by with from as not".split())


def exchanged(text: str, donors: dict[str, list[str]], chance: random.Random) -> str | None:
    """The question with one word exchanged for one of its kind; None when it has none."""
    words = list(re.finditer(r"[A-Za-z0-9][A-Za-z0-9'.,-]*[A-Za-z0-9]|[A-Za-z0-9]", text))
    kinds = {}
    for place, word in enumerate(words):
        kind = kind_of(word.group(), place)
        if kind:
            kinds.setdefault(kind, []).append(word)
    if not kinds:
        return None
    kind = chance.choice(sorted(kinds))
    word = chance.choice(kinds[kind])
    other = chance.choice([donor for donor in donors[kind] if donor.lower() not in text.lower()])
    return text[:word.start()] + other + text[word.end():]


def kind_of(word: str, place: int) -> str | None:
    if any(character.isdigit() for character in word):
        return "number"
    if word[0].isupper():
        return "name" if place > 0 else None
    return "word" if len(word) > 3 and word not in STOP else None


def donors_of(texts: list[str]) -> dict[str, list[str]]:
    donors = {"number": [], "name": [], "word": []}
    for text in texts:
        for place, word in enumerate(re.finditer(r"[A-Za-z0-9][A-Za-z0-9'.,-]*[A-Za-z0-9]|[A-Za-z0-9]", text)):
            kind = kind_of(word.group(), place)
            if kind:
                donors[kind].append(word.group())
    return donors


def line(group: str, text: str, golds: list[str] | None, where: dict | None = None) -> dict:
    """golds: texts of which the quote must hold one, or be part of one; empty where nothing answers; None where it is not known."""
    return {"group": group, "question": text, "golds": golds, **({"where": json.dumps(where)} if where else {})}


def squad_lines(directory: pathlib.Path) -> list[dict]:
    questions = data.json_lines(data.folder("squad-docs") / "questions.jsonl")[::2]
    first = run(directory, [line("", questions[0]["text"], None)])[0]
    folder = pathlib.PurePath(first["source"]).parent
    chance = random.Random(SEED)
    donors = donors_of([question["text"] for question in questions])
    lines = []
    for number, question in enumerate(questions):
        text = question["text"]
        lines.append(line("own", text, question["answers"]))
        lines.append(line("left out", text, [], {"source": {"$ne": str(folder / question["doc"])}}))
        other = exchanged(text, donors, chance)
        if other:
            lines.append(line("exchanged", other, []))
        if number % (2 * PART_STEP) == 0:
            names = chance.sample([name for name in article_names() if name != question["doc"]], PART_ARTICLES - 1)
            parts = {"own small": [question["doc"]], "own middle": [question["doc"], *names], "left out small": names[:1], "left out middle": names}
            for group, part in parts.items():
                lines.append(line(group, text, question["answers"] if group.startswith("own") else [], {"source": {"$in": [str(folder / name) for name in part]}}))
    return lines


def mixed_lines(name: str) -> list[dict]:
    questions = {"docs": list(collections.COLLECTIONS["docs-qa"]().queries.values())[::2], "chunking": chunking_questions()[::2]}
    golds = [None] * len(questions[name])
    if name == "chunking":
        with open(data.folder("chunking-eval") / "questions_df.csv", newline="") as rows:
            csv.field_size_limit(sys.maxsize)
            golds = [[reference["content"] for reference in json.loads(row["references"])] for row in csv.DictReader(rows)][::2]
    chance = random.Random(SEED)
    donors = donors_of(questions[name])
    lines = [line(f"own {name}", text, gold) for text, gold in zip(questions[name], golds)]
    lines += [line("exchanged", other, []) for text in questions[name] if (other := exchanged(text, donors, chance))]
    claims = list(collections.COLLECTIONS["scifact"]().queries.values())[::2]
    return lines + [line("foreign", text, []) for text in questions["chunking" if name == "docs" else "docs"] + claims[:100]]


def run(directory: pathlib.Path, lines: list[dict]) -> list[dict]:
    driver = subprocess.run([ROOT / "build/bench/refusals_driver", data.model_directory(), directory, "default"], input="".join(json.dumps(entry) + "\n" for entry in lines), text=True,
                            stdout=subprocess.PIPE, check=True)
    return [{**asked, **json.loads(answer)} for asked, answer in zip(lines, driver.stdout.splitlines())]


SIGNALS = ("FIT", "WORDS", "MEANING", "LENGTH", "SIZE", "CODES", "NAMES", "COUNTED", "MISSING", "GAP")
SHARES = {  # of the weight of all that is answered, and of all that is not
    True: {"own": 0.5, "own small": 0.05, "own middle": 0.1, "own chunking": 0.25, "own docs": 0.1},
    False: {"left out": 0.4, "exchanged": 0.3, "foreign": 0.1, "left out small": 0.05, "left out middle": 0.15},
}


def fit(rows: numpy.ndarray, truth: numpy.ndarray, weights: numpy.ndarray) -> numpy.ndarray:
    """Logistic regression by Newton's method; the bias comes first and is not held small."""
    x = numpy.hstack([numpy.ones((len(rows), 1)), rows])
    ridge = RIDGE * numpy.diag([0.0] + [1.0] * rows.shape[1])
    beta = numpy.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + numpy.exp(-x @ beta))
        beta = beta + numpy.linalg.solve((x * (weights * p * (1 - p))[:, None]).T @ x + ridge, x.T @ (weights * (truth - p)) - ridge @ beta)
    return beta


def weights_of(rows: list[dict]) -> numpy.ndarray:
    counts = {}
    for row in rows:
        counts[row["group"]] = counts.get(row["group"], 0) + 1
    return numpy.array([len(rows) * SHARES[row["group"].startswith("own")][row["group"]] / counts[row["group"]] for row in rows])


def fit_refusals(rows: list[dict]) -> numpy.ndarray:
    signals = numpy.array([row["signals"] for row in rows])
    truth = numpy.array([row["group"].startswith("own") for row in rows], float)
    beta = fit(signals, truth, weights_of(rows))
    own = numpy.array([row["signals"] for row in rows if row["group"] == "own"])
    beta[0] -= numpy.quantile(beta[0] + own @ beta[1:], OWN_REFUSED)
    return beta


def is_right(row: dict) -> bool | None:
    if row["golds"] is None:
        return None
    quotes = [" ".join(quote.split()) for quote in row["quotes"]]
    golds = [" ".join(gold.split()) for gold in row["golds"]]
    return any(gold in quote or (row["group"] == "own chunking" and quote in gold) for gold in golds for quote in quotes)
