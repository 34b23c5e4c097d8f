"""reader.py - fits the weights by which kith chooses what an answer quotes, and writes them.

A conditional logit: of the units of a question's passages, the one that answers gets the largest probability. What trains is the even half of squad-docs (sentences of articles) and made-up manuals
(kithbench/made_manuals.py: options, tables, settings, FAQs, changes); the odd half of squad-docs and the set `manuals` only report. Two sets of weights are fitted: without token states, over all units
(which of them are embedded, and all that there is for another encoder), and with them, over those that are embedded. --write puts them into src/answer/reader_weights.h; --check says whether they are
what is there. docs/decisions/046, 092 and 056 have the figures.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

import numpy
from kithbench import data, made_manuals

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = ROOT / "src/answer/reader_weights.h"
SEED = 46
# For the weights without token states and those with them: of those that are embedded the first set finds an answer for 92.9 % of the even half with this ridge and for 92.3 % with that of the second.
RIDGES = (2e-3, 5e-4)
# How much a set weighs in the fit: people's questions more than made-up ones. With 1, 2 and 4 for the made-up ones the first unit holds the answer of 74.1, 74.5 and 73.6 % of the even half, and of 61.5,
# 64.2 and 66.8 % of the made-up questions.
WEIGHTS = {"squad-docs, even": 5.0, "made-up manuals": 2.0}
# What is tried for the second unit (extractive.c): below which share of e^score of the first, above which of its own, and how many bytes both may have.
SURE, UNLIKELY, TOGETHER = (0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99), (0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1), (420, 460, 500, 550, 600, 700, 800)
MEAN_LENGTH = 285  # of an answer, at most: with what a first sentence refers to, which is quoted too, and in other questions it is some twenty more
FOLDS = 10
TOLERANCE = 0.3  # of a weight, of --check
MARK = 4  # bytes of " [1]"
TOKEN_SIGNALS = 7  # the first signals come from token states
SIGNALS = ("WORDS", "TOKENS", "WEAKEST", "FAR", "ASKS", "ASKED", "MARK", "SHARE", "JOINT", "WHOLE", "HEAD", "HEADING", "MISSING", "ABSENT", "FORM_ABSENT", "KIND", "PASSAGE", "LENGTH", "FIRST", "ANSWERS", "KEY", "NAMED", "SIDE", "HOW", "AROUND", "REFERS", "OPTION", "ENTRY", "DEFINITION", "ROW",
           "SETTING", "CODE")


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_units(directory: pathlib.Path, questions: list[str]) -> list[dict]:
    driver = subprocess.run([ROOT / "build/bench/reader_driver", data.model_directory(), directory, "default"], input="".join(json.dumps({"question": text}) + "\n" for text in questions), text=True,
                            stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in driver.stdout.splitlines()]


def made_questions(directory: pathlib.Path, seed: int) -> tuple[list[dict], list[list[bool]]]:
    questions = [question for question in made_manuals.make(seed)[1] if question.answers]
    found = read_units(made_manuals.database(directory, seed), [question.text for question in questions])
    holds = [[pathlib.PurePath(unit["source"]).name == question.document and any(fold(answer) in fold(unit["said"]) for answer in question.answers) and fold(question.also) in fold(unit["said"])
              for unit in row["units"]]
             for question, row in zip(questions, found)]
    return found, holds


def squad_questions(directory: pathlib.Path, half: int) -> tuple[list[dict], list[list[bool]]]:
    questions = data.json_lines(data.folder("squad-docs") / "questions.jsonl")[half::2]
    found = read_units(directory, [question["text"] for question in questions])
    holds = [[any(answer in unit["said"] for answer in question["answers"]) for unit in row["units"]] for question, row in zip(questions, found)]
    return found, holds


def manuals_questions(directory: pathlib.Path) -> tuple[list[dict], list[list[bool]]]:
    questions = [row for row in data.json_lines(data.folder("manuals") / "questions.jsonl") if "text" in row]
    found = read_units(directory, [question["question"] for question in questions])
    holds = [[any(fold(text) in fold(unit["said"]) for text in question["text"]) for unit in row["units"]] for question, row in zip(questions, found)]
    return found, holds


class Choice:
    """A question's units as a matrix of signals, and which of them are right."""

    def __init__(self, row: dict, holds: list[bool], embedded_only: bool, weight: float):
        kept = [i for i, unit in enumerate(row["units"]) if unit["embedded"] or not embedded_only]
        self.signals = numpy.array([row["units"][i]["signals"] for i in kept], float).reshape(len(kept), len(SIGNALS))
        if not embedded_only:
            self.signals[:, :TOKEN_SIGNALS] = 0
        self.right = numpy.array([holds[i] for i in kept], bool)
        self.bytes = numpy.array([len(row["units"][i]["said"].encode()) + MARK for i in kept], int)
        self.weight = weight

    def teaches(self) -> bool:
        return bool(self.right.any()) and not self.right.all()


class Stacked:
    """The units of all choices in one matrix, so that a step of the fit is a few operations on it."""

    def __init__(self, choices: list[Choice]):
        sizes = numpy.array([len(choice.right) for choice in choices])
        self.signals = numpy.vstack([choice.signals for choice in choices])
        self.right = numpy.concatenate([choice.right for choice in choices])
        self.weight = numpy.array([choice.weight for choice in choices])
        self.first = numpy.concatenate([[0], numpy.cumsum(sizes)[:-1]])
        self.of = numpy.repeat(numpy.arange(len(choices)), sizes)

    def loss_and_slope(self, weights: numpy.ndarray, ridge: float) -> tuple[float, numpy.ndarray]:
        scores = self.signals @ weights
        share = numpy.exp(scores - numpy.maximum.reduceat(scores, self.first)[self.of])
        share /= numpy.add.reduceat(share, self.first)[self.of]
        right = numpy.maximum(numpy.add.reduceat(numpy.where(self.right, share, 0), self.first), 1e-12)
        posterior = numpy.where(self.right, share / right[self.of], 0)
        mass = self.weight.sum()
        slope = self.signals.T @ (self.weight[self.of] * (share - posterior)) / mass
        return -(self.weight @ numpy.log(right)) / mass + ridge / 2 * weights @ weights, slope + ridge * weights


def fit(choices: list[Choice], ridge: float) -> numpy.ndarray:
    """Gradient descent by L-BFGS, from zero."""
    stacked = Stacked([choice for choice in choices if choice.teaches()])
    weights, history = numpy.zeros(len(SIGNALS)), []
    value, slope = stacked.loss_and_slope(weights, ridge)
    for _ in range(200):
        direction, kept = slope.copy(), []
        for step, change in reversed(history):
            a = step @ direction / (change @ step)
            kept.append(a)
            direction -= a * change
        if history:
            step, change = history[-1]
            direction *= (step @ change) / (change @ change)
        for (step, change), a in zip(history, reversed(kept)):
            direction += step * (a - change @ direction / (change @ step))
        rate = 1.0
        while rate > 1e-8:
            tried = weights - rate * direction
            tried_value, tried_slope = stacked.loss_and_slope(tried, ridge)
            if tried_value <= value - 1e-4 * rate * (direction @ slope):
                break
            rate /= 2
        if rate <= 1e-8 or value - tried_value < 1e-9:
            break
        if (tried_slope - slope) @ (tried - weights) > 1e-12:
            history = [*history[-9:], (tried - weights, tried_slope - slope)]
        weights, value, slope = tried, tried_value, tried_slope
    return weights


def share_right(choices: list[Choice], weights: numpy.ndarray, best: int = 1) -> float:
    """Per cent of all questions whose `best` units hold the answer."""
    hits = [choice.right[numpy.argsort(-(choice.signals @ weights), kind="stable")[:best]].any() for choice in choices if len(choice.right)]
    return 100 * sum(hits) / max(1, len(choices))


def held_out(sets: dict[str, list[Choice]]) -> dict[str, float]:
    """share_right of each training set, of questions that did not train: FOLDS fits, each without every FOLDS-th question."""
    right = {name: 0.0 for name in sets}
    for fold in range(FOLDS):
        weights = fit([choice for choices in sets.values() for i, choice in enumerate(choices) if i % FOLDS != fold], RIDGES[True])
        for name, choices in sets.items():
            tested = choices[fold::FOLDS]
            right[name] += share_right(tested, weights) * len(tested) / len(choices)
    return right


def best_two(choice: Choice, weights: numpy.ndarray) -> tuple[list[float], list[int], list[bool]]:
    """Of the two best units: the shares of e^score, the bytes, and which are right; the second is a unit that is never quoted when there is one alone."""
    scores = choice.signals @ weights
    best = numpy.argsort(-scores, kind="stable")[:2]
    shares = numpy.exp(scores - scores.max())
    shares /= shares.sum()
    pad = [0] * (2 - len(best))
    return [*shares[best], *pad], [*choice.bytes[best], *pad], [*choice.right[best], *pad]


def fit_second(choices: list[Choice], weights: numpy.ndarray) -> tuple[float, tuple[float, float, int], float]:
    """The rule with which most answers hold the answer while their mean length is at most MEAN_LENGTH; of equals, that with the shorter answers."""
    shares, sizes, right = (numpy.array(column) for column in zip(*(best_two(choice, weights) for choice in choices if len(choice.right))))
    tried = []
    for rule in ((sure, unlikely, together) for sure in SURE for unlikely in UNLIKELY for together in TOGETHER):
        two = (shares[:, 0] < rule[0]) & (shares[:, 1] > rule[1]) & (sizes.sum(1) - 2 * MARK <= rule[2])
        length = numpy.mean(sizes[:, 0] + two * sizes[:, 1])
        if length <= MEAN_LENGTH:
            tried.append((100 * numpy.sum(right[:, 0] | (two & right[:, 1])) / len(choices), -length, rule))
    held, length, rule = max(tried)
    return held, rule, -length


def choices_of(measured: tuple[list[dict], list[list[bool]]], embedded_only: bool, weight: float = 1) -> list[Choice]:
    found, holds = measured
    return [Choice(row, right, embedded_only, weight / len(found)) for row, right in zip(found, holds)]


def header(fingerprint: str, sets: list[numpy.ndarray], rules: list[tuple[float, float, int]]) -> str:
    lines = ["/* reader_weights.h - the weights of reader.c, by reader_signal, the encoder that the second set belongs to,", " * and when a second unit is quoted in articles and in manuals. Written by bench/reader.py: do not edit. size-check: table */", "#ifndef KITH_ANSWER_READER_WEIGHTS_H",
             "#define KITH_ANSWER_READER_WEIGHTS_H", "", "// clang-format off", f'static const char reader_fingerprint[] = "{fingerprint}";', "static const reader_rule reader_rules[2] = {" + ", ".join(f"{{{sure}, {unlikely}, {together}}}" for sure, unlikely, together in rules) + "};", "static const float reader_weights[2][READER_SIGNALS] = {"]
    for title, weights in zip(("without token states", "with them"), sets):
        lines += [f"    {{ // {title}", *(f"        [READER_{name}] = {weight:.4f}F," for name, weight in zip(SIGNALS, weights)), "    },"]
    return "\n".join([*lines, "};", "// clang-format on", "", "#endif", ""])


def agree(kept: str, made: str) -> bool:
    """The weights decide which units are embedded, so that a fit over what they chose differs a little from them."""
    number = re.compile(r"-?\d+\.\d{4}F")
    pairs = zip(number.findall(kept), number.findall(made))
    return number.sub("", kept) == number.sub("", made) and all(abs(float(one[:-1]) - float(other[:-1])) <= TOLERANCE for one, other in pairs)


def main() -> None:
    options = argparse.ArgumentParser(description="Fits the reader's weights on squad-docs' even half and made-up manuals.")
    options.add_argument("--data", type=pathlib.Path, required=True, metavar="DIR", help="a data directory that holds squad-docs' articles (bench answers --data)")
    options.add_argument("--manuals", type=pathlib.Path, metavar="DIR", help="a data directory that holds the documents of `manuals`: report on them")
    options.add_argument("--made", type=pathlib.Path, metavar="DIR", help="where the made-up manuals are, or shall be, kept")
    options.add_argument("--write", action="store_true", help="write src/answer/reader_weights.h")
    options.add_argument("--check", action="store_true", help="fail when that file holds other weights, or another rule for a second unit")
    options.add_argument("--report-odd", action="store_true", help="report on squad-docs' odd half")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="kith-reader-") as scratch:
        training = {"squad-docs, even": squad_questions(chosen.data, 0), "made-up manuals": made_questions(chosen.made or pathlib.Path(scratch), SEED)}
    reports = dict(training)
    if chosen.report_odd:
        reports["squad-docs, odd"] = squad_questions(chosen.data, 1)
    if chosen.manuals:
        reports["manuals"] = manuals_questions(chosen.manuals)
    sets = []
    for embedded_only in (False, True):
        weights = fit([choice for name, measured in training.items() for choice in choices_of(measured, embedded_only, WEIGHTS[name])], RIDGES[embedded_only])
        sets.append(weights)
        print("with token states" if embedded_only else "without token states")
        print("  " + " ".join(f"{name.lower()} {weight:.2f}" for name, weight in zip(SIGNALS, weights)))
        for name, measured in reports.items():
            choices = choices_of(measured, embedded_only)
            print(f"  {name}: 1 of them {share_right(choices, weights):.1f} %, 2 {share_right(choices, weights, 2):.1f} %, 8 {share_right(choices, weights, 8):.1f} %, any {share_right(choices, weights, 999):.1f} %")
    kept = {name: choices_of(measured, True, WEIGHTS[name]) for name, measured in training.items()}
    for name, share in held_out(kept).items():
        fitted = share_right(kept[name], sets[1])
        print(f"{name}: 1 of them {share:.1f} % of questions that did not train ({FOLDS} folds), {fitted:.1f} % of those that did: the choice of weights itself gains {fitted - share:.1f}")
    rules = []
    for name, measured in training.items():
        held, rule, length = fit_second(choices_of(measured, True), sets[1])
        rules.append(rule)
        print(f"{name}: a second unit: first below {rule[0]}, second above {rule[1]}, both at most {rule[2]} bytes: {held:.1f} % hold the answer, mean length {length:.0f}")
    text = header(training["squad-docs, even"][0][0]["fingerprint"], sets, rules)
    if chosen.check and not agree(HEADER.read_text(), text):
        sys.exit(f"{os.path.relpath(HEADER)} holds other weights, or another rule for a second unit")
    if chosen.write:
        HEADER.write_text(text)


if __name__ == "__main__":
    main()
