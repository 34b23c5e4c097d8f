"""manuals.py - the questions of data/manuals on real technical documents, and how `kith eval` compares texts."""

import dataclasses
import re
import unicodedata

from . import data


@dataclasses.dataclass
class Question:
    """One question; without texts none of the documents answers it."""

    id: str
    text: str
    texts: list[str]
    kind: str
    language: str


def questions() -> list[Question]:
    folder = data.folder("manuals")
    kinds = {entry["id"]: entry for entry in data.json_lines(folder / "kinds.jsonl")}
    return [Question(entry["id"], entry["question"], entry.get("text", []), kinds[entry["id"]]["kind"], kinds[entry["id"]]["lang"])
            for entry in data.json_lines(folder / "questions.jsonl")]


def fold(text: str) -> str:
    """Without case and accents, white space as one blank."""
    plain = "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())


def holds(text: str, expected: list[str]) -> bool:
    folded = fold(re.sub(r" ?\[\d+\]", "", text))
    return any(fold(one) in folded for one in expected)
