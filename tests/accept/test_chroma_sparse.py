"""Sparse vectors in Chroma's Search API: stored in metadata, found by their inner product, fused with dense ones.

What is expected is computed here, by comparing with every vector."""

import math
import random
import struct

import chromadb
import pytest
from chromadb import K, Knn, Rrf, Schema, Search, SparseVector
from chromadb.api.types import SparseVectorIndexConfig
from chromadb.config import Settings
from chromadb.errors import InvalidArgumentError
from chromadb.execution.expression.operator import GroupBy, MinK
from program import Kith
from serving import Server, serving

DATABASE = "/api/v2/tenants/default_tenant/databases/default_database"


def client_of(server: Server) -> chromadb.ClientAPI:
    return chromadb.HttpClient(host=server.host, port=server.port, settings=Settings(anonymized_telemetry=False))


def f32(number: float) -> float:
    return struct.unpack("<f", struct.pack("<f", number))[0]


def sparse(pairs: dict[int, float], tokens: bool = False) -> SparseVector:
    indices = sorted(pairs)
    return SparseVector(indices=indices, values=[pairs[i] for i in indices], **({"labels": [f"t{i}" for i in indices]} if tokens else {}))


def create(client, name="sparse", **config):
    schema = Schema()
    schema.create_index(config=SparseVectorIndexConfig(**config), key="lexical")
    return client.create_collection(name, schema=schema, embedding_function=None)


class Model:
    """What the server should have: a dense and perhaps a sparse vector, and a group, by id in the order of writing."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.records: dict[str, dict] = {}

    def pairs(self) -> dict[int, float]:
        count = self.random.randint(0, 12)
        return {i: f32(self.random.uniform(-1, 2)) for i in self.random.sample([*range(40), 2**32 - 1], count)}

    def record(self) -> dict:
        made = {"vector": [self.random.uniform(-1, 1) for _ in range(4)], "group": self.random.randint(0, 4)}
        return made | ({"lexical": self.pairs()} if self.random.random() < 0.9 else {})

    def ranked(self, query: dict[int, float], limit: int, idf: bool = False, group: int | None = None) -> list[tuple[str, float]]:
        def weight(i: int) -> float:
            holders = sum(i in r.get("lexical", {}) for r in self.records.values())
            return math.log1p((len(self.records) - holders + 0.5) / (holders + 0.5)) if idf else 1.0

        found = []
        for key, record in self.records.items():
            common = query.keys() & record.get("lexical", {}).keys()
            if common and group in (None, record["group"]):
                found.append((key, 1 - sum(query[i] * weight(i) * record["lexical"][i] for i in sorted(common))))
        return sorted(found, key=lambda each: each[1])[:limit]


def fill(collection, model: Model, count: int) -> None:
    new = {f"id{len(model.records) + i}": model.record() for i in range(count)}
    model.records |= new
    collection.add(ids=list(new), embeddings=[r["vector"] for r in new.values()],
                   metadatas=[{"g": r["group"]} | ({"lexical": sparse(r["lexical"])} if "lexical" in r else {}) for r in new.values()])


def check(collection, model: Model, idf: bool = False) -> None:
    for _ in range(6):
        query, limit = model.pairs() or {1: 1.0}, model.random.randint(1, 30)
        knn = Knn(query=sparse(query), key="lexical", limit=limit)
        for group in (None, model.random.randint(0, 4)):
            search = Search().rank(knn).limit(1000).select(K.SCORE)
            found = collection.search(search if group is None else search.where(K("g") == group))
            expected = model.ranked(query, 10**6, idf, group)
            assert found["scores"][0] == pytest.approx([score for _, score in expected[:limit]], rel=1e-4, abs=1e-5)
            assert found["scores"][0] == pytest.approx([dict(expected)[i] for i in found["ids"][0]], rel=1e-4, abs=1e-5)


@pytest.fixture
def server(kith):
    with serving(kith, "--allow-reset") as server:
        yield server


@pytest.mark.parametrize("idf", [False, True])
def test_searches_by_sparse_vectors_are_exact_after_every_kind_of_write_and_a_restart(kith, idf):
    model = Model(7)
    config = {"bm25": True} if idf else {}
    with serving(kith) as server:
        made = create(client_of(server), **config)
        for count in (1, 40, 3):
            fill(made, model, count)
        check(made, model, idf)
        changed, gone, replaced = list(model.records)[3:9], list(model.records)[20:25], list(model.records)[10:14]
        for key in changed:
            model.records[key]["lexical"] = model.pairs()
        made.update(ids=changed, metadatas=[{"lexical": sparse(model.records[key]["lexical"])} for key in changed])
        for key in replaced:
            model.records[key].pop("lexical", None)
        made.update(ids=replaced, metadatas=[{"lexical": None} for _ in replaced])
        made.delete(ids=gone)
        for key in gone:
            del model.records[key]
        check(made, model, idf)
    with serving(kith) as server:
        check(client_of(server).get_collection("sparse", embedding_function=None), model, idf)


def test_a_sparse_vector_comes_back_as_it_was(server):
    made = create(client_of(server), bm25=True)
    vectors = [sparse({3: 0.1, 4294967295: -2.5}, tokens=True), sparse({}), sparse({7: 1.0})]
    made.add(ids=["a", "b", "c"], embeddings=[[1, 0]] * 3, metadatas=[{"lexical": v, "n": i} for i, v in enumerate(vectors)])
    got = made.get()["metadatas"]
    assert [m["lexical"].indices for m in got] == [[3, 4294967295], [], [7]]
    assert got[0]["lexical"].labels == ["t3", "t4294967295"] and got[0]["lexical"].values == pytest.approx([0.1, -2.5])
    raw = server("POST", f"{DATABASE}/collections/{made.id}/get", {}).json["metadatas"][0]["lexical"]
    assert raw == {"#type": "sparse_vector", "indices": [3, 4294967295], "values": [0.1, -2.5], "tokens": ["t3", "t4294967295"]}
    # A filter takes it for a value that is equal to none.
    assert made.get(where={"lexical": {"$ne": 1}})["ids"] == ["a", "b", "c"] and made.get(where={"lexical": 1})["ids"] == []
    told = server("GET", f"{DATABASE}/collections/sparse").json["schema"]["keys"]["lexical"]["sparse_vector"]["sparse_vector_index"]
    assert told["enabled"] and told["config"]["bm25"] is True


def test_dense_and_sparse_are_fused_grouped_and_paged(server):
    model, made = Model(3), create(client_of(server))
    fill(made, model, 60)
    query, vector = {i: 1.0 for i in range(0, 40, 3)}, [1.0, 0.0, 0.0, 0.0]
    dense = [i for i, _ in sorted(((i, sum((a - b) ** 2 for a, b in zip(r["vector"], vector))) for i, r in model.records.items()),
                                  key=lambda each: each[1])]
    lexical = [i for i, _ in model.ranked(query, 100)]
    expected = {i: -(1 / (60 + dense.index(i)) + 1 / (60 + lexical.index(i))) for i in lexical}
    rrf = Rrf([Knn(query=vector, return_rank=True, limit=100), Knn(query=sparse(query), key="lexical", return_rank=True, limit=100)])
    found = made.search(Search().rank(rrf).limit(100).select(K.SCORE, "g"))
    assert dict(zip(found["ids"][0], found["scores"][0])) == pytest.approx(expected, rel=1e-5)
    assert found["metadatas"][0] == [{"g": model.records[i]["group"]} for i in found["ids"][0]]
    page = made.search(Search().rank(rrf).limit(5, offset=3))
    assert page["ids"][0] == found["ids"][0][3:8]
    best = made.search(Search().rank(rrf).group_by(GroupBy(keys=[K("g")], aggregate=MinK(keys=[K.SCORE], k=1))).limit(100))["ids"][0]
    assert best == [i for n, i in enumerate(found["ids"][0])
                    if model.records[i]["group"] not in {model.records[j]["group"] for j in found["ids"][0][:n]}]
    weighed = made.search(Search().rank(Knn(query=vector, limit=100) * 0.5 + Knn(query=sparse(query), key="lexical", limit=100, default=2.0))
                          .limit(100).select(K.SCORE))
    sums = {i: 0.5 * sum((a - b) ** 2 for a, b in zip(r["vector"], vector)) + dict(model.ranked(query, 100)).get(i, 2.0)
            for i, r in model.records.items()}
    assert dict(zip(weighed["ids"][0], weighed["scores"][0])) == pytest.approx(sums, rel=1e-4, abs=1e-5)


def test_copies_exports_and_backups_have_them(kith, other, tmp_path):
    model = Model(5)
    with serving(kith) as server:
        made = create(client_of(server))
        fill(made, model, 30)
        check(made.fork("copy"), model)
    lines = kith("export", "sparse").out
    assert '"sparse_vector"' in lines
    other("import", "-", stdin=lines)
    kith("backup", tmp_path / "kept")
    kith("restore", tmp_path / "kept", "--dir", tmp_path / "restored")
    kith.environment["KITH_DIR"] = str(tmp_path / "restored")
    for program in (other, kith):
        with serving(program) as server:
            check(client_of(server).get_collection("sparse", embedding_function=None), model)


@pytest.fixture
def other(tmp_path):
    home = tmp_path / "other"
    home.mkdir()
    return Kith(home)


def post(server, made, route, body, status):
    return server("POST", f"{DATABASE}/collections/{made.id}/{route}", body, status=status).json


@pytest.mark.parametrize("vector, words", [
    ({"indices": [1, 1], "values": [1, 2]}, "indices[1]"), ({"indices": [2, 1], "values": [1, 2]}, "ascend"),
    ({"indices": [-1], "values": [1]}, "indices[0]"), ({"indices": [2**32], "values": [1]}, "indices[0]"),
    ({"indices": [1.5], "values": [1]}, "indices[0]"), ({"indices": [1], "values": []}, "1 indices and 0 values"),
    ({"indices": [1], "values": ["x"]}, "values[0]"), ({"indices": [1], "values": [1e39]}, "values[0]"), ({"indices": [1]}, "'values'"),
    ({"indices": [1], "values": [1], "tokens": []}, "'tokens'"), ({"indices": [1], "values": [1], "tokens": [1]}, "tokens[0]"),
    ({"indices": [1], "values": [1], "x": 1}, "'x'"), ({"indices": list(range(4097)), "values": [1] * 4097}, "4096"),
])
def test_bad_sparse_vectors_are_refused(server, vector, words):
    made = create(client_of(server))
    bad = {"#type": "sparse_vector", **vector}
    assert words in post(server, made, "add", {"ids": ["z"], "embeddings": [[1]], "metadatas": [{"lexical": bad}]}, 400)["message"]
    assert words in post(server, made, "search", {"searches": [{"rank": {"$knn": {"query": bad, "key": "lexical"}}}]}, 400)["message"]
    assert made.count() == 0


def test_searches_that_cannot_be_are_refused(server):
    made = create(client_of(server))
    good = {"#type": "sparse_vector", "indices": [1], "values": [1]}
    for knn, words in (({"query": good}, "needs the key"), ({"query": good, "key": "other"}, "indexing is disabled"),
                       ({"query": [1.0], "key": "lexical"}, "sparse vector"), ({"query": "fox", "key": "lexical"}, "embedded by the client")):
        assert words in post(server, made, "search", {"searches": [{"rank": {"$knn": knn}}]}, 400)["message"]
    with pytest.raises(ValueError):
        made.search(Search().rank(Knn(query="fox", key="lexical")))


def test_strict_refuses_sparse_vectors_as_chroma_does(kith):
    with serving(kith) as server:
        fill(create(client_of(server)), Model(1), 3)
    with serving(kith, "--strict-chroma") as server:
        client = client_of(server)
        with pytest.raises(InvalidArgumentError, match="not enabled in local"):
            create(client, "another")
        kept = client.get_collection("sparse", embedding_function=None)
        assert kept.count() == 3
        body = {"ids": ["z"], "embeddings": [[1, 0, 0, 0]], "metadatas": [{"k": {"#type": "sparse_vector", "indices": [1], "values": [1]}}]}
        assert "Sparse vector" in post(server, kept, "add", body, 501)["message"]
