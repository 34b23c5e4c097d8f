"""chunked.py - sets whose files kith itself cuts into chunks: which chunk holds the answer, and how much of the wanted spans is found?

The files are ingested with kith's defaults; offsets are code points into the file, as kith's metadata gives them.
"""

import csv
import dataclasses
import json
import pathlib
import shutil
import tarfile
from collections.abc import Callable

from . import data, metrics
from .library import Database, Embedder, Library


@dataclasses.dataclass
class Chunked:
    """files: name -> text. queries and wanted: query -> text, (document, code points, gold texts)."""

    files: dict[str, str]
    queries: dict[str, str]
    wanted: dict[str, list[tuple[str, int, int]]]
    gold: dict[str, list[str]]


def _chunking() -> Chunked:
    folder = data.folder("chunking-eval")
    files = {path.name: path.read_bytes().decode() for path in sorted((folder / "corpora").glob("*.md"))}
    queries, wanted = {}, {}
    with (folder / "questions_df.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            queries[str(number)] = row["question"]
            wanted[str(number)] = [(row["corpus_id"], span["start_index"], span["end_index"]) for span in json.loads(row["references"])]
    return Chunked(files, queries, wanted, {})


def _squad() -> Chunked:
    folder = data.folder("squad-docs")
    files = {}
    with tarfile.open(folder / "articles.tar.gz") as archive:
        for member in archive:
            if member.isfile():
                files[pathlib.PurePath(member.name).name] = archive.extractfile(member).read().decode()
    queries, wanted, gold = {}, {}, {}
    for entry in data.json_lines(folder / "questions.jsonl"):
        start = entry["answer_start"]
        queries[entry["_id"]] = entry["text"]
        wanted[entry["_id"]] = [(pathlib.PurePath(entry["doc"]).stem, start, start + len(entry["answers"][0]))]
        gold[entry["_id"]] = entry["answers"]
    return Chunked(files, queries, wanted, gold)


CHUNKED: dict[str, Callable[[], Chunked]] = {"chunking-eval": _chunking, "squad-chunks": _squad}


def ingested(library: Library, embedder: Embedder, files: dict[str, str], scratch: pathlib.Path, kept: pathlib.Path | None) -> Database:
    """A database under `scratch` with the files in its collection "default"; its directory is kept at `kept`, and copied from there the next time."""
    directory, folder = scratch / "db", scratch / "files"
    if kept and kept.exists():
        shutil.copytree(kept, directory)
        return Database(library, directory, must_exist=True, embedder=embedder)
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_bytes(text.encode())
    with Database(library, directory, embedder=embedder) as database:
        database.ingest("default", [str(folder)])
    if kept:
        shutil.copytree(directory, kept)
    return Database(library, directory, must_exist=True, embedder=embedder)


def judge(chunked: Chunked, points: list[dict]) -> tuple[metrics.Judgements, metrics.Judgements]:
    """The chunks that hold a wanted span whole, and those of the same document that hold a gold text anywhere."""
    by_document: dict[str, list[dict]] = {}
    for point in points:
        by_document.setdefault(point["document"], []).append(point)
    spans: metrics.Judgements = {}
    texts: metrics.Judgements = {}
    for query, wanted in chunked.wanted.items():
        spans[query] = {point["id"]: 1 for document, start, end in wanted for point in by_document[document]
                        if point["metadata"]["char_start"] <= start and end <= point["metadata"]["char_end"]}
        texts[query] = {point["id"]: 1 for document, _, _ in wanted for point in by_document[document]
                        if any(answer in point["content"] for answer in chunked.gold.get(query, []))}
    return spans, texts


def span_recall(chunked: Chunked, points: list[dict], rankings: metrics.Rankings, cutoff: int) -> float:
    """Mean over the queries of the share of their wanted code points that the first `cutoff` chunks cover."""
    places = {point["id"]: (point["document"], point["metadata"]["char_start"], point["metadata"]["char_end"]) for point in points}
    total = 0.0
    for query, wanted in chunked.wanted.items():
        found = [places[identifier] for identifier in rankings[query][:cutoff]]
        needed = {(document, at) for document, start, end in wanted for at in range(start, end)}
        covered = sum(any(document == other and start <= at < end for other, start, end in found) for document, at in needed)
        total += covered / len(needed)
    return total / len(chunked.wanted)
