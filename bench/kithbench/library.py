"""library.py - kith from Python, as far as the benchmarks need it.

What a call returns is copied into numpy arrays and Python objects, and freed, before the method returns.
"""

import ctypes
import json
import pathlib
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_size_t, c_uint64, c_void_p, sizeof

import numpy

from .structures import (Answer, AskOptions, Citation, CollectionList, CollectionOptions, Embeddings, EmbedderOptions, EmbedOptions, Error, Hits, ModelInfo, Options, Point, Query, Records,
                         Selection)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BATCH_MAX_POINTS = 10000
RANKINGS = ("default", "meaning", "words", "both")  # in the order of kith_ranking
FUSIONS = ("scores", "ranks")                       # in the order of kith_fusion


class KithError(Exception):
    """A call failed; the text is kith's message."""


class Library:
    """The shared library; every call that can fail raises KithError."""

    def __init__(self, path: pathlib.Path = ROOT / "build/libkith.so"):
        self._functions = ctypes.CDLL(str(path))
        for name in ("kith_version", "kith_kernels", "kith_status_name"):
            getattr(self._functions, name).restype = c_char_p

    def version(self) -> str:
        return self._functions.kith_version().decode()

    def kernels(self) -> str:
        return self._functions.kith_kernels().decode()

    def select_kernels(self, name: str) -> None:
        self.call("kith_select_kernels", name.encode())

    def call(self, name: str, *arguments) -> None:
        error = Error()
        if getattr(self._functions, name)(*arguments, byref(error)) != 0:
            raise KithError(f"{name}: {error.message.decode(errors='replace')}")

    def free(self, name: str, pointer) -> None:
        function = getattr(self._functions, name)
        function.restype = None
        function(pointer)


class Embedder:
    """A local model."""

    def __init__(self, library: Library, directory: str, threads: int = 0, precision: str = "auto"):
        self._library = library
        self.handle = c_void_p()
        options = EmbedderOptions(size=sizeof(EmbedderOptions), directory=directory.encode(), threads=threads, precision=precision.encode())
        library.call("kith_embedder_open", byref(options), byref(self.handle))

    def embed(self, texts: list[str]) -> tuple[numpy.ndarray, numpy.ndarray]:
        """The vectors [count][dimension] of the texts, and how many tokens each has before truncation."""
        encoded = [text.encode() for text in texts]
        sizes = (c_size_t * len(texts))(*map(len, encoded))
        out = POINTER(Embeddings)()
        self._library.call("kith_embed", self.handle, (c_char_p * len(texts))(*encoded), c_size_t(len(texts)), byref(EmbedOptions(sizes=sizes)), byref(out))
        found = out.contents
        vectors = numpy.ctypeslib.as_array(found.vectors, (found.count, found.dimension)).copy()
        tokens = numpy.ctypeslib.as_array(found.tokens, (found.count,)).copy()
        self._library.free("kith_embeddings_free", out)
        return vectors, tokens

    def precision(self) -> str:
        """In which precision it runs: "f32", "int8", "int8, 6 of 24 products bf16"."""
        out = ModelInfo()
        self._library.call("kith_model_describe", self.handle, byref(out))
        return out.precision.decode()

    def close(self) -> None:
        self._library.free("kith_embedder_free", self.handle)


class Database:
    """An open data directory."""

    def __init__(self, library: Library, directory: pathlib.Path, must_exist: bool = False, embedder: Embedder | None = None):
        self._library = library
        self._handle = c_void_p()
        library.call("kith_open", str(directory).encode(), byref(Options(must_exist=must_exist, embedder=embedder.handle if embedder else None)), byref(self._handle))

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *exception) -> None:
        self._library.call("kith_close", self._handle)

    def create(self, collection: str, dimension: int) -> None:
        options = CollectionOptions(metric=0, dimension=dimension)
        self._library.call("kith_collection_create", self._handle, collection.encode(), byref(options))

    def add(self, collection: str, ids: list[str], vectors: numpy.ndarray, contents: list[str] | None = None) -> None:
        vectors = numpy.ascontiguousarray(vectors, dtype=numpy.float32)
        for start in range(0, len(ids), BATCH_MAX_POINTS):
            batch = range(start, min(start + BATCH_MAX_POINTS, len(ids)))
            points = (Point * len(batch))(*(
                Point(id=ids[i].encode(), content=contents[i].encode() if contents else None, vector=vectors[i].ctypes.data_as(POINTER(c_float)), dimension=vectors.shape[1]) for i in batch))
            self._library.call("kith_put", self._handle, collection.encode(), c_int(0), points, c_size_t(len(batch)))

    def search(self, collection: str, vector: numpy.ndarray, k: int, exact: bool = False, ef: int = 0, text: str | None = None,
               ranking: str = "meaning", fusion: str = "scores", weight: float = 0) -> tuple[list[tuple[str, float]], str]:
        """The best (id, distance), best first, and the plan that found them."""
        vector = numpy.ascontiguousarray(vector, dtype=numpy.float32)
        query = Query(vector=vector.ctypes.data_as(POINTER(c_float)), dimension=vector.shape[0], k=k, exact=exact, ef=ef,
                      text=text.encode() if text else None, ranking=RANKINGS.index(ranking), fusion=FUSIONS.index(fusion), meaning_weight=weight)
        out = POINTER(Hits)()
        self._library.call("kith_search", self._handle, collection.encode(), byref(query), byref(out))
        found = out.contents
        hits = [(found.hits[i].id.decode(), found.hits[i].distance) for i in range(found.count)]
        plan = found.plan.decode()
        self._library.free("kith_hits_free", out)
        return hits, plan

    def ingest(self, collection: str, paths: list[str]) -> None:
        encoded = (c_char_p * len(paths))(*(path.encode() for path in paths))
        self._library.call("kith_ingest_paths", self._handle, collection.encode(), encoded, c_size_t(len(paths)), None, None)

    def ask(self, collection: str, question: str, where: dict | None = None) -> dict:
        """The extractive answer, never a kept one, and what it rests on. where: a filter on metadata."""
        options = AskOptions(no_cache=True, where=json.dumps(where).encode() if where else None)
        out = POINTER(Answer)()
        self._library.call("kith_ask", self._handle, collection.encode(), question.encode(), byref(options), byref(out))
        return self._take_answer(out)

    def converse(self, collection: str, questions: list[str]) -> list[dict]:
        """The answers, as of ask, to questions asked one after the other in a new conversation."""
        conversation = c_uint64()
        self._library.call("kith_conversation_create", self._handle, collection.encode(), byref(conversation))
        answers = []
        for question in questions:
            out = POINTER(Answer)()
            self._library.call("kith_conversation_ask", self._handle, conversation, question.encode(), byref(AskOptions(no_cache=True)), byref(out))
            answers.append(self._take_answer(out))
        return answers

    def _take_answer(self, out) -> dict:
        found = out.contents
        passages = [found.passages[i] for i in range(found.passage_count)]
        citations = ctypes.cast(found.citations, POINTER(Citation))
        answer = {"text": found.text.decode(), "searched": found.searched.decode(), "refused": found.refused, "support": found.support,
                  "quotes": [citations[i].quote.decode() for i in range(found.citation_count)],
                  "passages": [passage.content.decode() for passage in passages],
                  "documents": [passage.document.decode() for passage in passages],
                  "sources": [passage.source.decode() for passage in passages],
                  "ms": found.retrieve_ms + found.answer_ms}
        self._library.free("kith_answer_free", out)
        return answer

    def stats(self, collection: str) -> dict[str, int]:
        out = POINTER(CollectionList)()
        self._library.call("kith_collections", self._handle, collection.encode(), byref(out))
        found = out.contents.collections[0]
        stats = {"documents": found.documents, "chunks": found.chunks, "bytes_disk": found.bytes_disk}
        self._library.free("kith_collection_list_free", out)
        return stats

    def points(self, collection: str) -> list[dict]:
        """id, document, content and metadata of every point."""
        out = POINTER(Records)()
        self._library.call("kith_get", self._handle, collection.encode(), byref(Selection()), byref(out))
        found = out.contents
        points = []
        for record in found.records[:found.count]:
            points.append({"id": record.id.decode(), "document": (record.document or b"").decode(), "content": (record.content or b"").decode(),
                           "metadata": json.loads(record.metadata)})
        self._library.free("kith_records_free", out)
        return points

    def contents(self, collection: str) -> list[tuple[str, str]]:
        """(id, content) of every point."""
        return [(point["id"], point["content"]) for point in self.points(collection)]
