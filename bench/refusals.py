"""refusals.py - fits when an answer is refused, and the support of an answer (src/answer/support.c).

Questions that a collection answers are those of the even halves of squad-docs, docs-qa and chunking-eval, and those of made-up manuals (kithbench/made_manuals.py). Questions that it does not answer are
made of the first: with the answering article left out by a filter; asked to another collection; and with a number or a name exchanged for one of another question, which stands for a question on the
topic of a document that lacks the one thing asked for. The made-up manuals have such questions of their own. What the tool quotes is right when it holds the gold answer (squad-docs, made-up manuals)
or a part of the reference (chunking-eval). Nothing here reads the odd halves or the questions on manuals. --data is the directory of answers.py --data, which makes what lies in it but for the made-up
manuals. Printed: by group, how many have an unmet demand and how many are refused, by the weights that serve and in FOLDS folds of questions that did not train; the weights of a refusal, with the bias
that refuses OWN_REFUSED of squad-docs' own; those of support, and how near support is to the share of right answers.
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
import reader
from answers import FOREIGN, PART_ARTICLES, PART_STEP, article_names, chunking_questions
from kithbench import collections, data, made_manuals

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED = 11
MADE_SEED = 46  # of reader.py
OWN_REFUSED = 0.085  # of squad-docs' own questions: what may be refused is 10 %, and other questions are covered less well than those of the fit; docs/decisions/101 has what shares of 7 to 9.25 % give
RIDGE = 0.5
FOLDS = 5
ODDS_MOST, FORM_MOST = 6.0, 0.4  # as in support.c
TOLERANCE = 0.25  # of a weight, of --check: what is measured changes a little with the weights of the reader
SIGNALS = ("fit", "words", "meaning", "length", "size", "strict", "names", "apart", "elsewhere", "form_names", "certainty", "unit", "together")
# Not fitted. A strict demand outweighs any fit, and fewer of the question's words never speak for a passage (free, their weight would be -0.2); groups of two sizes alone would say too little of the third;
# few questions have a code apart, and whether that speaks against an answer depends on the weights of the groups (0 to -0.5).
HELD = {"words": 0.3, "size": -0.65, "strict": -12.0, "apart": -0.5}
# What the weights of a refusal are fitted on, and how much a question of it weighs. Questions in which a word was exchanged can in part still be answered.
TEACHING = {"own": 1, "own small": 1, "own middle": 1, "own docs": 3, "own chunking": 0.5, "own made": 0.5, "left out": 1, "left out small": 1, "left out middle": 1, "foreign": 0.5, "foreign large": 3, "exchanged": 0.05, "not made": 1}
# The same of support, a group as a whole: articles and manuals alike, none of chunking-eval, whose references are narrower than what answers (58 % of what is quoted is in them); few of what nothing answers.
TEACHING_SUPPORT = {"own": 0.5, "own made": 0.35, "left out": 0.02, "not made": 0.15}
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
    articles, lines = article_names(), []
    for number, question in enumerate(questions):
        text = question["text"]
        lines.append(line("own", text, question["answers"]))
        lines.append(line("left out", text, [], {"source": {"$ne": str(folder / question["doc"])}}))
        other = exchanged(text, donors, chance)
        if other:
            lines.append(line("exchanged", other, []))
        if number % (2 * PART_STEP) == 0:
            names = chance.sample([name for name in articles if name != question["doc"]], PART_ARTICLES - 1)
            parts = {"own small": [question["doc"]], "own middle": [question["doc"], *names], "left out small": names[:1], "left out middle": names}
            for group, part in parts.items():
                lines.append(line(group, text, question["answers"] if group.startswith("own") else [], {"source": {"$in": [str(folder / name) for name in part]}}))
    foreign = [text for name in FOREIGN for text in list(collections.COLLECTIONS[name]().queries.values())[::2]] + chunking_questions()[::2]
    return lines + [line("foreign large", text, []) for text in foreign]


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


def made_lines() -> list[dict]:
    """Questions on made-up manuals; `also` is what the quote must hold, too."""
    return [{**line("own made" if question.answers else "not made", question.text, question.answers), "also": question.also} for question in made_manuals.make(MADE_SEED)[1]]


def run(directory: pathlib.Path, lines: list[dict]) -> list[dict]:
    driver = subprocess.run([ROOT / "build/bench/refusals_driver", data.model_directory(), directory, "default"], input="".join(json.dumps(entry) + "\n" for entry in lines), text=True,
                            stdout=subprocess.PIPE, check=True)
    return [{**asked, **json.loads(answer)} for asked, answer in zip(lines, driver.stdout.splitlines())]


def fit(signals: numpy.ndarray, held: dict[int, float], truth: numpy.ndarray, weights: numpy.ndarray) -> numpy.ndarray:
    """Logistic regression by Newton's method, with steps that never make it worse: the bias, which is not held small, then a weight a signal, of which some are held."""
    free = [i for i in range(signals.shape[1]) if i not in held]
    fixed = signals[:, list(held)] @ numpy.array(list(held.values())) if held else numpy.zeros(len(signals))
    x = numpy.hstack([numpy.ones((len(signals), 1)), signals[:, free]])
    ridge = RIDGE * numpy.diag([1e-6] + [1.0] * len(free))

    def loss(beta: numpy.ndarray) -> float:
        return float((weights * numpy.logaddexp(0, numpy.where(truth > 0, -1, 1) * (x @ beta + fixed))).sum() + beta @ ridge @ beta / 2)

    beta = numpy.zeros(x.shape[1])
    for _ in range(60):
        p = 1 / (1 + numpy.exp(-numpy.clip(x @ beta + fixed, -30, 30)))
        step = numpy.linalg.solve((x * (weights * p * (1 - p))[:, None]).T @ x + ridge + 0.05 * numpy.eye(len(beta)), x.T @ (weights * (truth - p)) - ridge @ beta)
        rate = 1.0
        while rate > 1e-6 and loss(beta + rate * step) > loss(beta):
            rate /= 2
        beta = beta + rate * step
    whole = numpy.zeros(1 + signals.shape[1])
    whole[[0] + [1 + i for i in free]] = beta
    for i, value in held.items():
        whole[1 + i] = value
    return whole


def odds_of(beta: numpy.ndarray, signals: numpy.ndarray) -> numpy.ndarray:
    return beta[0] + signals @ beta[1:]


def is_own(row: dict) -> bool:
    return row["group"].startswith("own")


def is_right(row: dict) -> bool:
    if row["group"] == "own made":
        return any(reader.fold(gold) in reader.fold(row["text"]) for gold in row["golds"]) and reader.fold(row["also"]) in reader.fold(row["text"])
    quotes = [" ".join(quote.split()) for quote in row["quotes"]]
    golds = [" ".join(gold.split()) for gold in row["golds"] or []]
    return any(gold in quote or (row["group"] == "own chunking" and quote in gold) for gold in golds for quote in quotes)


def fit_refusal(rows: list[dict]) -> numpy.ndarray:
    """Bias and weights; the bias refuses OWN_REFUSED of squad-docs' own questions among the rows."""
    kept = [row for row in rows if row["group"] in TEACHING]
    signals = numpy.array([row["signals"] for row in kept])
    beta = fit(signals, {SIGNALS.index(name): value for name, value in HELD.items()}, numpy.array([is_own(row) for row in kept], float), numpy.array([TEACHING[row["group"]] for row in kept]))
    own = numpy.array([row["group"] == "own" for row in kept])
    beta[0] -= numpy.quantile(odds_of(beta, signals)[own], OWN_REFUSED)
    return beta


def held_out(rows: list[dict]) -> numpy.ndarray:
    """The odds of each row by the weights that its fold, which all forms of a question share, did not train."""
    folds = numpy.array([sum(row["question"].encode()) % FOLDS for row in rows])
    odds = numpy.zeros(len(rows))
    for fold in range(FOLDS):
        beta = fit_refusal([row for row, its in zip(rows, folds) if its != fold])
        for i in numpy.flatnonzero(folds == fold):
            odds[i] = odds_of(beta, numpy.array(rows[i]["signals"]))
    return odds


def fit_support(rows: list[dict]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Bias and weights of odds, form and certainty; and by group (articles, manuals) the mean support and the share that is right, of what was answered."""
    answered = [row for row in rows if not row["refused"] and row["group"] in TEACHING_SUPPORT]
    counts = {group: sum(row["group"] == group for row in answered) for group in TEACHING_SUPPORT}
    weights = numpy.array([len(answered) * TEACHING_SUPPORT[row["group"]] / counts[row["group"]] for row in answered])
    signals = numpy.array([[min(row["odds"], ODDS_MOST), min(row["form"], FORM_MOST), row["certainty"]] for row in answered])
    right = numpy.array([is_right(row) for row in answered], float)
    beta = fit(signals, {}, right, weights)
    support = 1 / (1 + numpy.exp(-odds_of(beta, signals)))
    groups = [numpy.array([row["group"] in names for row in answered]) for names in (("own",), ("own made", "not made"))]
    return beta, numpy.array([[support[group].mean(), right[group].mean()] for group in groups])


def kept_weights() -> tuple[list[float], list[float]]:
    """Of src/answer/support.c: bias and weights of the model with token states, and those of support."""
    text = (ROOT / "src/answer/support.c").read_text()
    model = text[text.rindex("{.bias", 0, text.index("answer_model")):]
    first = [float(number) for number in re.findall(r"(?:bias|\]) = (-?[\d.]+)", model)][:1 + len(SIGNALS)]
    answer = text[text.index("answer_model ="):]
    return first, [float(re.search(rf"\.{name} = (-?[\d.]+)", answer).group(1)) for name in ("bias", "odds", "form", "certainty")]


def main() -> None:
    options = argparse.ArgumentParser(description="What demands tell about refusals, and the fit of refusals and of support.")
    options.add_argument("--data", type=pathlib.Path, metavar="DIR", required=True, help="the directory of answers.py --data")
    options.add_argument("--check", action="store_true", help="fail when src/answer/support.c holds other weights")
    chosen = options.parse_args()
    rows = run(chosen.data / "squad", squad_lines(chosen.data / "squad"))
    for name in ("docs", "chunking"):
        rows += run(chosen.data / name, mixed_lines(name))
    rows += run(made_manuals.database(chosen.data / "made", MADE_SEED), made_lines())
    tested = held_out(rows)
    print(f"{'group':<18} {'questions':>9} {'refused':>8} {'held out':>9} {'unmet: strict':>14} {'name':>6} {'apart':>6} {'elsewhere':>10}  %")
    for group in sorted({row["group"] for row in rows}):
        of = [i for i, row in enumerate(rows) if row["group"] == group]
        shares = [100 * numpy.mean([rows[i]["refused"] for i in of]), 100 * numpy.mean(tested[of] < 0)]
        shares += [100 * numpy.mean([rows[i]["signals"][SIGNALS.index(name)] > 0 for i in of]) for name in ("strict", "names", "apart", "elsewhere")]
        print(f"{group:<18} {len(of):>9} {shares[0]:>8.1f} {shares[1]:>9.1f} {shares[2]:>14.1f} {shares[3]:>6.1f} {shares[4]:>6.1f} {shares[5]:>10.1f}")
    refusal = fit_refusal(rows)
    print("refusal: " + ", ".join(f"{name} {value:.2f}" for name, value in zip(("bias", *SIGNALS), refusal)))
    support, means = fit_support(rows)
    print("support: " + ", ".join(f"{name} {value:.2f}" for name, value in zip(("bias", "odds", "form", "certainty"), support)))
    for name, (mean, right) in zip(("squad-docs' own", "made-up manuals"), means):
        print(f"  {name}: mean support {mean:.2f}, right {right:.2f}")
    apart = [abs(one - other) for kept, made in zip(kept_weights(), (refusal, support)) for one, other in zip(kept, made)]
    if chosen.check and max(apart) > TOLERANCE:
        sys.exit("src/answer/support.c holds other weights")


if __name__ == "__main__":
    main()
