"""sentences.py - sentences of squad-docs with their vectors, and its questions as queries.

Vectors of real texts, because an index is judged by them: random vectors of 384 dimensions have no neighbours to speak of. They are made by kith's embedder
once and kept in build/.
"""

import dataclasses
import pathlib
import random
import tarfile

import numpy

from . import data
from .claims import sentences_of
from .library import Embedder, Library
from .report import ROOT

SEED = 384
EMBED_AT_ONCE = 256


@dataclasses.dataclass(frozen=True)
class Sentences:
    """texts[i] is of articles[i] and has vectors[i], unit length; query_vectors: of the questions."""

    texts: list[str]
    articles: list[str]
    vectors: numpy.ndarray
    query_vectors: numpy.ndarray


def _texts(count: int) -> list[tuple[str, str]]:
    found = []
    with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
        for member in archive:
            if member.isfile():
                lines = archive.extractfile(member).read().decode().split("\n")
                found += [(text, pathlib.PurePath(member.name).stem) for line in lines for text in sentences_of(line)]
    return random.Random(SEED).sample(sorted(set(found)), count)


def _embedded(name: str, texts: list[str]) -> numpy.ndarray:
    kept = ROOT / f"build/bench-{name}-{len(texts)}.npy"
    if kept.exists():
        return numpy.load(kept)
    embedder = Embedder(Library(), str(data.model_directory()))
    vectors = numpy.concatenate([embedder.embed(texts[start:start + EMBED_AT_ONCE])[0] for start in range(0, len(texts), EMBED_AT_ONCE)])
    embedder.close()
    numpy.save(kept, vectors)
    return vectors


def load(count: int, queries: int) -> Sentences:
    texts, articles = map(list, zip(*_texts(count)))
    questions = [entry["text"] for entry in data.json_lines(data.folder("squad-docs") / "questions.jsonl")][:queries]
    return Sentences(texts, articles, _embedded("sentences", texts), _embedded("questions", questions))
