"""What LangChain, LlamaIndex and Haystack do with Chroma in their quickstarts, against `kith serve`, each with its own integration.

Texts become vectors by a function of ours, so that no model has to be fetched: each of a few words has a direction of its own."""

import hashlib

import chromadb
import pytest
from chromadb import EmbeddingFunction

DIMENSION = 64


def vector_of(text: str) -> list[float]:
    vector = [0.0] * DIMENSION
    for word in text.lower().replace(".", "").replace("?", "").split():
        vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % DIMENSION] += 1.0
    return vector


@pytest.fixture
def client(server):
    return chromadb.HttpClient(host="127.0.0.1", port=server.port)


def test_langchain(client, server):
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings

    class Words(Embeddings):
        def embed_documents(self, texts):
            return [vector_of(text) for text in texts]

        def embed_query(self, text):
            return vector_of(text)

    store = Chroma(collection_name="langchain", embedding_function=Words(), host="127.0.0.1", port=server.port)
    documents = [Document(page_content="A red fox hunts mice", metadata={"source": "wild", "n": 1}, id="1"),
                 Document(page_content="The cake needs sugar", metadata={"source": "kitchen"}, id="2"),
                 Document(page_content="The fox sleeps", metadata={}, id="3")]
    assert store.add_documents(documents) == ["1", "2", "3"]
    assert [d.id for d in store.similarity_search("red fox", k=2)] == ["1", "3"]
    assert [d.page_content for d in store.similarity_search("fox", k=3, filter={"source": "kitchen"})] == ["The cake needs sugar"]
    found, score = store.similarity_search_with_relevance_scores("A red fox hunts mice", k=1)[0]
    assert found.metadata == {"source": "wild", "n": 1} and score == pytest.approx(1)
    assert store.similarity_search_by_vector(vector_of("cake sugar"), k=1)[0].id == "2"
    assert len(store.max_marginal_relevance_search("fox", k=2, fetch_k=3)) == 2
    assert [d.id for d in store.get_by_ids(["2"])] == ["2"]
    store.update_document("2", Document(page_content="The cake needs butter", metadata={"source": "oven"}))
    assert store.get(ids=["2"])["documents"] == ["The cake needs butter"] and store.get(ids=["2"])["metadatas"] == [{"source": "oven"}]
    assert store.as_retriever(search_kwargs={"k": 1}).invoke("butter")[0].id == "2"
    store.delete(["1"])
    assert set(store.get()["ids"]) == {"2", "3"}
    assert [d.id for d in store.similarity_search("cake", k=5, where_document={"$contains": "butter"})] == ["2"]
    store.delete_collection()
    assert client.list_collections() == []


def test_llama_index(client):
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.schema import TextNode
    from llama_index.core.vector_stores import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters
    from llama_index.vector_stores.chroma import ChromaVectorStore

    class Words(BaseEmbedding):
        def _get_text_embedding(self, text):
            return vector_of(text)

        def _get_query_embedding(self, query):
            return vector_of(query)

        async def _aget_query_embedding(self, query):
            return vector_of(query)

    store = ChromaVectorStore(chroma_collection=client.create_collection("llama", embedding_function=None))
    nodes = [TextNode(id_="fox", text="A red fox hunts mice", metadata={"place": "wood", "n": 3}),
             TextNode(id_="cake", text="The cake needs sugar", metadata={"place": "kitchen", "n": 5})]
    index = VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=Words())
    assert [hit.node.node_id for hit in index.as_retriever(similarity_top_k=1).retrieve("red fox")] == ["fox"]
    filters = MetadataFilters(filters=[MetadataFilter(key="place", value="kitchen"), MetadataFilter(key="n", value=4, operator=FilterOperator.GT)],
                              condition=FilterCondition.AND)
    hits = index.as_retriever(similarity_top_k=2, filters=filters).retrieve("fox")
    assert [hit.node.node_id for hit in hits] == ["cake"] and hits[0].node.metadata["n"] == 5
    again = VectorStoreIndex.from_vector_store(store, embed_model=Words())
    assert again.as_retriever(similarity_top_k=1).retrieve("the cake needs sugar")[0].node.get_content() == "The cake needs sugar"
    store.delete_nodes(["fox"])
    assert [node.node_id for node in store.get_nodes(node_ids=["fox", "cake"])] == ["cake"]
    store.clear()
    assert store.get_nodes(node_ids=["cake"]) == []


class Words(EmbeddingFunction):
    """For Haystack, which knows functions by name."""

    def __init__(self):
        pass

    def __call__(self, texts):
        return [vector_of(text) for text in texts]

    @staticmethod
    def name() -> str:
        return "words-of-a-test"

    def get_config(self):
        return {}

    @staticmethod
    def build_from_config(config):
        return Words()


def test_haystack(server, monkeypatch):
    from haystack import Document
    from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever
    from haystack_integrations.document_stores.chroma import ChromaDocumentStore, document_store

    monkeypatch.setattr(document_store, "get_embedding_function", lambda *_, **__: Words())
    store = ChromaDocumentStore(collection_name="haystack", host="127.0.0.1", port=server.port, distance_function="cosine")
    texts = ["A red fox hunts mice", "The cake needs sugar", "The fox sleeps"]
    documents = [Document(id=str(i), content=text, embedding=vector_of(text), meta={"n": i, "kind": "ab"[i % 2]}) for i, text in enumerate(texts)]
    assert store.write_documents(documents) == 3
    assert store.count_documents() == 3
    found = ChromaEmbeddingRetriever(store, top_k=2).run(query_embedding=vector_of("red fox hunts mice a"))["documents"]
    assert [d.id for d in found] == ["0", "2"] and found[0].score == pytest.approx(0, abs=1e-6)
    conditions = {"operator": "AND", "conditions": [{"field": "meta.kind", "operator": "==", "value": "a"}, {"field": "meta.n", "operator": ">", "value": 1}]}
    assert [d.id for d in store.filter_documents(conditions)] == ["2"]
    store.delete_documents(["0"])
    assert store.count_documents() == 2
