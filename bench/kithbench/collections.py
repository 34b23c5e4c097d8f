"""collections.py - the judged collections: texts, queries and what people (or the makers of the data) called relevant."""

import dataclasses
import gzip
import json
import pathlib
import tarfile
from collections.abc import Callable

from . import data, metrics


@dataclasses.dataclass
class Collection:
    """Texts as one chunk each. grades: query -> text -> grade."""

    ids: list[str]
    texts: list[str]
    queries: dict[str, str]
    grades: metrics.Judgements


def _beir(name: str) -> Collection:
    folder = data.folder(name)
    grades: metrics.Judgements = {}
    for line in (folder / "qrels/test.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        grades.setdefault(query, {})[document] = int(grade)
    corpus = folder / "corpus.jsonl"
    entries = data.json_lines(corpus if corpus.exists() else folder / "corpus.jsonl.gz")
    queries = {entry["_id"]: entry["text"] for entry in data.json_lines(folder / "queries.jsonl") if entry["_id"] in grades}
    return Collection([entry["_id"] for entry in entries], [f"{entry['title']} {entry['text']}" for entry in entries], queries, grades)


def _codebase() -> Collection:
    folder = data.folder("codebase-chunks")
    ids, texts = [], []
    for document in json.loads(gzip.open(folder / "codebase_chunks.json.gz", "rt", encoding="utf-8").read()):
        for chunk in document["chunks"]:
            ids.append(f"{document['original_uuid']}/{chunk['original_index']}")
            texts.append(chunk["content"])
    queries, grades = {}, {}
    for number, entry in enumerate(data.json_lines(folder / "evaluation_set.jsonl.gz")):
        queries[str(number)] = entry["query"]
        grades[str(number)] = {f"{uuid}/{index}": 1 for uuid, index in entry["golden_chunk_uuids"]}
    return Collection(ids, texts, queries, grades)


def _docs() -> Collection:
    folder = data.folder("docs-qa")
    sections = json.loads((folder / "anthropic_docs.json").read_text())
    questions = json.loads((folder / "docs_evaluation_dataset.json").read_text())
    return Collection([section["chunk_link"] for section in sections],
                      [f"{section['chunk_heading']}\n{section['text']}" for section in sections],
                      {question["id"]: question["question"] for question in questions},
                      {question["id"]: {link: 1 for link in question["correct_chunks"]} for question in questions})


def _squad() -> Collection:
    """Paragraphs; relevant is every paragraph of the article that holds the answer's text."""
    folder = data.folder("squad-docs")
    ids, texts, by_article = [], [], {}
    with tarfile.open(folder / "articles.tar.gz") as archive:
        for member in archive:
            if not member.isfile():
                continue
            name = pathlib.PurePath(member.name).name
            paragraphs = [line for line in archive.extractfile(member).read().decode().split("\n") if line.strip()]
            for number, paragraph in enumerate(paragraphs):
                ids.append(f"{name}/{number}")
                texts.append(paragraph)
                by_article.setdefault(name, []).append((ids[-1], paragraph))
    queries, grades = {}, {}
    for entry in data.json_lines(folder / "questions.jsonl"):
        queries[entry["_id"]] = entry["text"]
        grades[entry["_id"]] = {identifier: 1 for identifier, paragraph in by_article[entry["doc"]]
                                if any(answer in paragraph for answer in entry["answers"])}
    return Collection(ids, texts, queries, grades)


COLLECTIONS: dict[str, Callable[[], Collection]] = {
    "scifact": lambda: _beir("scifact"),
    "cranfield": lambda: _beir("cranfield"),
    "codebase-chunks": _codebase,
    "docs-qa": _docs,
    "squad-docs": _squad,
}
