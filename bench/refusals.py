"""refusals.py - what the demands of a question tell about refusals, and the fit of an answer's support (src/answer/support.c).

Questions that a collection answers are those of the even halves of squad-docs, docs-qa and chunking-eval. Questions that it does not answer are made of them: with the answering article left out by a
filter; asked to another collection; and with a number or a name exchanged for one of another question, which stands for a question on the topic of a document that lacks the one thing asked for. What
the tool quotes is right when it holds the gold answer (squad-docs) or a part of the reference (chunking-eval). Nothing here reads the odd halves or the questions on manuals. --data is the directory of
answers.py --data, which makes what lies in it. Printed: by group, how many have an unmet demand and how many are refused; the weights of a refusal, with the bias that refuses OWN_REFUSED of squad-docs' own;
and those of support.
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
OWN_REFUSED = 0.08  # of squad-docs' own questions: two points below what may be refused, for other questions are covered less well than those of the fit
RIDGE = 1e-2
ODDS_MOST = 6.0  # as in support.c
UNANSWERED = 0.2  # of the weight of all answers
TOLERANCE = 0.25  # of a weight, of --check: what is measured changes a little with the weights of the reader
DEMANDS = (-6.0, -1.25)  # of a strict demand that is not met, and of a name
# What the weights of a refusal are fitted on, and how much a question of it weighs. Questions in which a word was exchanged can in part still be answered.
TEACHING = {"own": 1, "own small": 1, "own middle": 1, "own docs": 3, "left out": 1, "left out small": 1, "left out middle": 1, "foreign": 0.5, "exchanged": 0.05}
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'.,-]*[A-Za-z0-9]|[A-Za-z0-9]")


def exchanged(text: str, donors: dict[str, list[str]], chance: random.Random) -> str | None:
    """The question with one word exchanged for one of its kind; None when it has none."""
    words = list(WORD.finditer(text))
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
    return "name" if word[0].isupper() and place > 0 else None


def donors_of(texts: list[str]) -> dict[str, list[str]]:
    donors = {"number": [], "name": []}
    for text in texts:
        for place, word in enumerate(WORD.finditer(text)):
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


def fit(rows: numpy.ndarray, truth: numpy.ndarray, weights: numpy.ndarray) -> numpy.ndarray:
    """Logistic regression by Newton's method; the bias comes first and is not held small."""
    x = numpy.hstack([numpy.ones((len(rows), 1)), rows])
    ridge = RIDGE * numpy.diag([0.0] + [1.0] * rows.shape[1])
    beta = numpy.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + numpy.exp(-x @ beta))
        beta = beta + numpy.linalg.solve((x * (weights * p * (1 - p))[:, None]).T @ x + ridge, x.T @ (weights * (truth - p)) - ridge @ beta)
    return beta


def is_right(row: dict) -> bool:
    quotes = [" ".join(quote.split()) for quote in row["quotes"]]
    golds = [" ".join(gold.split()) for gold in row["golds"]]
    return any(gold in quote or (row["group"] == "own chunking" and quote in gold) for gold in golds for quote in quotes)


def fit_support(rows: list[dict]) -> numpy.ndarray:
    """The two collections weigh the same, and UNANSWERED is the weight of what nothing answers."""
    answered = [row for row in rows if not row["refused"] and row["group"] in ("own", "own chunking", "left out", "exchanged")]
    shares = {"own": (1 - UNANSWERED) / 2, "own chunking": (1 - UNANSWERED) / 2, "left out": UNANSWERED / 2, "exchanged": UNANSWERED / 2}
    counts = {group: sum(row["group"] == group for row in answered) for group in shares}
    weights = numpy.array([len(answered) * shares[row["group"]] / counts[row["group"]] for row in answered])
    signals = numpy.array([[min(row["odds"], ODDS_MOST), row["share"]] for row in answered])
    return fit(signals, numpy.array([is_right(row) for row in answered], float), weights)


def fit_refusal(rows: list[dict]) -> numpy.ndarray:
    """Bias and weights of the first five signals, with those of the demands held."""
    kept = [row for row in rows if row["group"] in TEACHING]
    signals = numpy.array([row["signals"][:7] for row in kept])
    x = numpy.hstack([numpy.ones((len(kept), 1)), signals[:, :5]])
    held = signals[:, 5:] @ numpy.array(DEMANDS)
    truth = numpy.array([row["group"].startswith("own") for row in kept], float)
    weights = numpy.array([TEACHING[row["group"]] for row in kept])
    ridge, beta = RIDGE * numpy.diag([0.0] + [1.0] * 5), numpy.zeros(6)
    for _ in range(50):
        p = 1 / (1 + numpy.exp(-(x @ beta + held)))
        beta = beta + numpy.linalg.solve((x * (weights * p * (1 - p))[:, None]).T @ x + ridge, x.T @ (weights * (truth - p)) - ridge @ beta)
    own = numpy.array([row["group"] == "own" for row in kept])
    beta[0] -= numpy.quantile((x @ beta + held)[own], OWN_REFUSED)
    return beta


def kept_weights() -> tuple[list[float], list[float]]:
    """Of src/answer/support.c: bias and five weights of the model with token states, and the three of support."""
    text = (ROOT / "src/answer/support.c").read_text()
    model = text[text.rindex("{.bias", 0, text.index("answer_model")):]
    first = [float(number) for number in re.findall(r"(?:bias|\]) = (-?[\d.]+)", model)][:6]
    answer = text[text.index("answer_model ="):]
    return first, [float(re.search(rf"\.{name} = (-?[\d.]+)", answer).group(1)) for name in ("bias", "odds", "share")]


def main() -> None:
    options = argparse.ArgumentParser(description="What demands tell about refusals, and the fit of support.")
    options.add_argument("--data", type=pathlib.Path, metavar="DIR", required=True, help="the directory of answers.py --data")
    options.add_argument("--check", action="store_true", help="fail when src/answer/support.c holds other weights")
    chosen = options.parse_args()
    rows = run(chosen.data / "squad", squad_lines(chosen.data / "squad"))
    for name in ("docs", "chunking"):
        rows += run(chosen.data / name, mixed_lines(name))
    print(f"{'group':<18} {'questions':>9} {'refused':>8} {'unmet: strict':>14} {'name':>6}  %")
    for group in sorted({row["group"] for row in rows}):
        of = [row for row in rows if row["group"] == group]
        shares = [100 * numpy.mean([test(row) for row in of]) for test in (lambda row: row["refused"], lambda row: row["signals"][5] > 0, lambda row: row["signals"][6] > 0)]
        print(f"{group:<18} {len(of):>9} {shares[0]:>8.1f} {shares[1]:>14.1f} {shares[2]:>6.1f}")
    refusal = fit_refusal(rows)
    print("refusal: bias, fit, words, meaning, length, size " + " ".join(f"{value:.2f}" for value in refusal))
    bias, odds, share = fit_support(rows)
    print(f"support: bias {bias:.2f}, odds {odds:.2f}, share {share:.2f}")
    apart = [abs(one - other) for kept, made in zip(kept_weights(), (refusal, (bias, odds, share))) for one, other in zip(kept, made)]
    if chosen.check and max(apart) > TOLERANCE:
        sys.exit("src/answer/support.c holds other weights")


if __name__ == "__main__":
    main()
