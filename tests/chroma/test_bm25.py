"""Chroma's own BM25 function in its Python client: it makes sparse vectors of documents and of a query's text, and the server searches."""

import math

import chromadb
import pytest
from chromadb import K, Knn, Rrf, Schema, Search
from chromadb.api.types import SparseVectorIndexConfig, VectorIndexConfig
from chromadb.utils.embedding_functions import ChromaBm25EmbeddingFunction
from test_frameworks import vector_of

TEXTS = {"fox": "A red fox hunts mice in the forest at night.", "cake": "The cake needs sugar, flour and three eggs.",
         "engine": "The engine of the red car is loud at night.", "mice": "Mice, mice and more mice: the barn is full of mice."}


@pytest.fixture(params=[False, True], ids=["plain", "idf"])
def lexical(request, server):
    client = chromadb.HttpClient(host="127.0.0.1", port=server.port)
    schema = Schema()
    schema.create_index(config=SparseVectorIndexConfig(embedding_function=ChromaBm25EmbeddingFunction(), source_key=K.DOCUMENT, bm25=request.param),
                        key="lexical")
    schema.create_index(config=VectorIndexConfig(space="cosine", embedding_function=None))
    client.create_collection("bm25", schema=schema)
    made = client.get_collection("bm25")  # whose functions the client makes from what the server tells
    made.add(ids=list(TEXTS), documents=list(TEXTS.values()), embeddings=[vector_of(text) for text in TEXTS.values()])
    return made, request.param


def expected_scores(query: str, idf: bool) -> dict[str, float]:
    function = ChromaBm25EmbeddingFunction()
    documents = {i: dict(zip(v.indices, v.values)) for i, v in zip(TEXTS, function(list(TEXTS.values())))}
    (asked,) = function([query])
    scores = {}
    for key, document in documents.items():
        common = [(i, v) for i, v in zip(asked.indices, asked.values) if i in document]
        holders = {i: sum(i in each for each in documents.values()) for i, _ in common}
        weights = {i: math.log1p((len(documents) - holders[i] + 0.5) / (holders[i] + 0.5)) if idf else 1.0 for i, _ in common}
        if common:
            scores[key] = 1 - sum(v * weights[i] * document[i] for i, v in common)
    return scores


def test_a_text_is_found_by_its_words(lexical):
    made, idf = lexical
    assert made.schema.keys["lexical"].sparse_vector.sparse_vector_index.config.bm25 is idf
    found = made.search(Search().rank(Knn(query="mice at night", key="lexical")).select(K.SCORE, K.DOCUMENT))
    expected = expected_scores("mice at night", idf)
    assert dict(zip(found["ids"][0], found["scores"][0])) == pytest.approx(expected, rel=1e-4)
    assert found["ids"][0] == sorted(expected, key=expected.get)


def test_words_and_meaning_are_fused(lexical):
    made, idf = lexical
    fused = Rrf([Knn(query=vector_of("red"), return_rank=True, limit=10), Knn(query="mice", key="lexical", return_rank=True, limit=10)])
    found = made.search(Search().rank(fused).select(K.SCORE))
    assert set(found["ids"][0]) == set(expected_scores("mice", idf)) == {"fox", "mice"}
    made.update(ids=["cake"], documents=["Mice ate the cake."], embeddings=[vector_of("Mice ate the cake.")])
    assert "cake" in made.search(Search().rank(Knn(query="mice", key="lexical")))["ids"][0]
