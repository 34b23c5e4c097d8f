"""claims.py - claims that a passage bears out, and claims that it does not, made from squad-docs.

True claims: a sentence as it stands, shortened, with other common words, two sentences in one, and a question of the data set said together with its answer (people
wrote the question in their own words). False ones: the same cited to another paragraph of the article; with a number or a name of another paragraph in place of its own; with "not"
put in or taken out; a question said with the answer of another question of the same kind.
"""

import dataclasses
import json
import random
import re

PARAGRAPHS_OF_AN_ARTICLE = 1
SYNONYMS = {
    "began": "started", "large": "big", "many": "numerous", "often": "frequently", "also": "too", "however": "though", "because": "since", "important": "significant",
    "first": "initially", "used": "employed", "made": "produced", "called": "named", "known": "recognised", "including": "among them", "several": "a number of",
    "became": "turned into", "major": "main", "usually": "normally", "built": "constructed", "created": "established", "largest": "biggest", "about": "around", "during": "in the course of",
    "through": "by way of", "various": "different", "although": "even though", "such as": "for example", "was born": "came into the world", "died": "passed away", "between": "from within",
    "number": "count", "people": "persons", "located": "situated", "small": "little", "old": "ancient", "new": "recent", "show": "display", "shows": "displays", "showed": "displayed",
    "help": "assist", "helped": "assisted", "need": "require", "needs": "requires", "get": "obtain", "buy": "purchase", "bought": "purchased", "end": "finish", "ended": "finished", "said": "stated",
    "says": "states", "area": "region", "areas": "regions", "city": "town", "war": "conflict", "country": "nation", "countries": "nations", "due to": "owing to", "therefore": "so", "within": "inside",
    "movie": "film", "won": "gained", "led": "headed", "common": "widespread", "most": "the greater part of", "nearly": "almost", "almost": "nearly", "increase": "rise", "decrease": "fall",
}
AUXILIARIES = r"\b(is|was|are|were|has|have|had|can|could|will|would|may|must|should)\b"
NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")


@dataclasses.dataclass(frozen=True)
class Claim:
    kind: str
    is_true: bool
    text: str
    passage: str
    article: str


def sentences_of(paragraph: str) -> list[str]:
    found = re.split(r"(?<=[a-z0-9)\"]{2}[.!?]) (?=[A-Z\"])", paragraph)
    return [text for text in found if 40 <= len(text) <= 400 and text[-1] in ".!\""]


def with_other_words(text: str) -> str | None:
    changed = text
    for word, other in SYNONYMS.items():
        changed = re.sub(rf"\b{word}\b", other, changed)
    return changed if changed != text else None


def shortened(text: str) -> str | None:
    """Without what stands in brackets, without an opening phrase, without the last part after a comma."""
    short = re.sub(r" ?\([^()]*\)", "", text)
    head, comma, rest = short.partition(", ")
    if comma and len(head.split()) <= 6 and len(rest.split()) >= 6:
        short = rest[0].upper() + rest[1:]
    head, comma, rest = short.rpartition(", ")
    if comma and len(head.split()) >= 6:
        short = head + "."
    return short if short != text else None


def said_with(question: str, answer: str) -> str:
    """The question as a statement, word order aside."""
    text = question.strip().rstrip("?").strip()
    for pattern, form in ((r"^(?:what|which|who|where|when)(?: \w+)? (is|was|are|were) (.+)$", "{1} {0} {a}"),
                          (r"^(?:when|where|why|how) (?:did|does|do) (.+)$", "{0} {a}"),
                          (r"^(?:what|which|who|whom|whose|how many|how much|how|when|where|why)\b(.*)$", "{a}{0}")):
        match = re.match(pattern, text, re.IGNORECASE)
        if match:
            said = form.format(*match.groups(), a=answer)
            return said[0].upper() + said[1:] + "."
    return f"{text}: {answer}."


def negated(text: str) -> str | None:
    if re.search(r"\b(not|never|no)\b", text):
        return None
    changed = re.sub(AUXILIARIES, r"\1 not", text, count=1)
    return changed if changed != text else None


def affirmed(text: str) -> str | None:
    changed = re.sub(r" not\b", "", text, count=1)
    return changed if changed != text and not re.search(r"\b(not|never|no)\b", changed) else None


def swapped(text: str, passage: str, others: str, pattern: re.Pattern, rng: random.Random) -> str | None:
    own = pattern.findall(text)
    foreign = sorted({found for found in pattern.findall(others) if found not in passage})
    if not own or not foreign:
        return None
    return text.replace(rng.choice(own), rng.choice(foreign))


def from_paragraphs(article: str, paragraphs: list[str], rng: random.Random) -> list[Claim]:
    claims = []
    usable = [paragraph for paragraph in paragraphs if len(sentences_of(paragraph)) >= 3]
    for passage in rng.sample(usable, min(PARAGRAPHS_OF_AN_ARTICLE, max(0, len(usable) - 1))):
        others = [paragraph for paragraph in usable if paragraph != passage]
        elsewhere = "\n".join(others)
        sentences = sentences_of(passage)
        text = rng.choice(sentences)
        said = shortened(text) or text
        said = with_other_words(said) or said
        first, second = rng.sample(sentences, 2)
        joined = (shortened(first) or first).rstrip(".") + ", and " + (shortened(second) or second)
        denied = [affirmed(sentence) for sentence in sentences]
        made = (("as it stands", True, text), ("shortened", True, shortened(text)), ("other words", True, with_other_words(text)), ("shortened, other words", True, said),
                ("two sentences in one", True, joined), ("number swapped", False, swapped(said, passage, elsewhere, NUMBER, rng)),
                ("name swapped", False, swapped(said, passage, elsewhere, NAME, rng)), ("not put in", False, negated(said)),
                ("not taken out", False, next(filter(None, denied), None)))
        claims += [Claim(kind, is_true, claim, passage, article) for kind, is_true, claim in made if claim]
        claims.append(Claim("another passage cited", False, said, rng.choice(others), article))
    return claims


def answer_kind(answer: str) -> str:
    if re.search(r"\d", answer):
        return "number"
    return "name" if answer[:1].isupper() else "words"


def from_questions(questions: list[dict], texts: dict[str, str], paragraphs: dict[str, list[str]], rng: random.Random) -> list[Claim]:
    claims = []
    for question in questions:
        article, answer = question["doc"], question["answers"][0]
        passage = texts[article][question["para_start"]:question["para_start"] + question["para_len"]]
        said = said_with(question["text"], answer)
        claims.append(Claim("question with its answer", True, said, passage, article))
        others = [paragraph for paragraph in paragraphs[article] if paragraph != passage and answer not in paragraph and len(paragraph) > 300]
        claims.append(Claim("question with its answer, another passage cited", False, said, rng.choice(others), article))
        wrong = [other["answers"][0] for other in questions if other["doc"] == article and answer_kind(other["answers"][0]) == answer_kind(answer)]
        for kind, candidates in (("question with another's answer", [text for text in wrong if text not in passage]),
                                 ("question with another's answer of the passage", [text for text in wrong if text in passage and text not in answer and answer not in text])):
            if candidates:
                claims.append(Claim(kind, False, said_with(question["text"], rng.choice(candidates)), passage, article))
    return claims


def make(texts: dict[str, str], questions: list[dict], seed: int) -> list[Claim]:
    """texts: each article's file name and content, a paragraph a line."""
    rng = random.Random(seed)
    paragraphs = {article: [line for line in text.split("\n") if line.strip()] for article, text in texts.items()}
    claims = [claim for article in sorted(texts) for claim in from_paragraphs(article, paragraphs[article], rng)]
    return claims + from_questions(questions, texts, paragraphs, rng)


def record(claim: Claim) -> str:
    """For grounding_driver."""
    return json.dumps({"answer": claim.text.rstrip(".") + " [1].", "passages": [claim.passage]}) + "\n"
