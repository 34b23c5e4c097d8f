"""Chroma's API, as its unmodified Python client and plain HTTP see it. tests/chroma compares it with Chroma's own server."""

import base64
import concurrent.futures
import struct

import chromadb
import pytest
from chromadb.config import Settings
from chromadb.errors import ChromaAuthError, ChromaError, InternalError, InvalidArgumentError, NotFoundError
from chromadb.execution.expression.operator import GroupBy, K, Knn, MinK, Rrf
from chromadb.execution.expression.plan import Search
from serving import Server, serving

DATABASE = "/api/v2/tenants/default_tenant/databases/default_database"
VECTORS = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]


def client_of(server: Server, **settings) -> chromadb.ClientAPI:
    return chromadb.HttpClient(host=server.host, port=server.port, settings=Settings(anonymized_telemetry=False), **settings)


@pytest.fixture
def server(kith):
    with serving(kith, "--allow-reset") as server:
        yield server


@pytest.fixture
def client(server):
    return client_of(server)


@pytest.fixture
def notes(client):
    """Five records whose third has neither text nor metadata."""
    collection = client.create_collection("notes", embedding_function=None)
    collection.add(ids=["a", "b", "c", "d", "e"], embeddings=VECTORS, documents=["red fox", "green tree", None, "red tree", "Blue sky"],
                   metadatas=[{"n": 1, "f": 1.0, "tags": ["x", "y"]}, {"n": 2}, None, {"n": 3, "g": True}, {"s": "é"}],
                   uris=["file:///a", None, None, None, None])
    return collection


def records_of(server: Server, collection) -> str:
    return f"{DATABASE}/collections/{collection.id}"


# ---- the server, tenants and databases ----


def test_a_client_finds_a_server(client, server):
    assert client.heartbeat() > 10**18
    assert client.get_version() == "1.0.0"
    assert client.get_max_batch_size() == 5461
    assert server("GET", "/api/v2/auth/identity").json == {"user_id": "", "tenant": "default_tenant", "databases": ["default_database"]}
    assert server("GET", "/api/v2/nothing", status=404).body == b""
    assert server("GET", "/api/v1/heartbeat", status=410).json["error"] == "Unimplemented"


def test_reset_leaves_nothing_and_has_to_be_allowed(client, notes, kith, server):
    admin = chromadb.AdminClient(Settings(chroma_api_impl="chromadb.api.fastapi.FastAPI", chroma_server_host=server.host,
                                          chroma_server_http_port=server.port, anonymized_telemetry=False))
    admin.create_tenant("shop")
    admin.create_database("orders", "shop")
    assert client.reset()
    assert client.list_collections() == []
    with pytest.raises(NotFoundError):
        admin.get_tenant("shop")
    admin.create_tenant("shop")


def test_a_reset_is_refused_unless_it_was_allowed(kith):
    with serving(kith) as server:
        assert server("POST", "/api/v2/reset", status=403).json == {"error": "ChromaError", "message": "Reset is disabled by config"}


def test_databases_are_apart(server, client, notes):
    server("POST", "/api/v2/tenants", {"name": "shop"})
    server("POST", "/api/v2/tenants/shop/databases", {"name": "orders"})
    assert server("POST", "/api/v2/tenants/shop/databases", {"name": "orders"}, status=409).json["error"] == "ChromaError"
    other = client_of(server, tenant="shop", database="orders")
    assert other.list_collections() == [] and other.count_collections() == 0
    other.create_collection("notes", embedding_function=None).add(ids=["z"], embeddings=[[1, 2]])
    assert client.get_collection("notes", embedding_function=None).count() == 5
    elsewhere = records_of(server, notes).replace("default_tenant/databases/default_database", "shop/databases/orders")
    assert server("GET", f"{elsewhere}/count", status=404).json["error"] == "NotFoundError"
    assert server("GET", "/api/v2/tenants/nobody/databases/nothing/collections").json == []
    assert [row["name"] for row in server("GET", "/api/v2/tenants/shop/databases").json] == ["orders"]
    server("DELETE", "/api/v2/tenants/shop/databases/orders")
    server("GET", "/api/v2/tenants/shop/databases/orders", status=404)


# ---- collections ----


def test_collections_are_created_found_changed_and_deleted(client):
    made = client.create_collection("first", metadata={"purpose": "test", "n": 1}, embedding_function=None)
    with pytest.raises(ChromaError, match="already exists"):
        client.create_collection("first", embedding_function=None)
    assert client.get_or_create_collection("first", metadata={"other": 2}, embedding_function=None).metadata == {"purpose": "test", "n": 1}
    made.modify(name="second", metadata={"new": 2.0})
    again = client.get_collection("second", embedding_function=None)
    assert again.id == made.id and again.metadata == {"new": 2.0}
    client.create_collection("third", embedding_function=None)
    with pytest.raises(ChromaError, match="already exists"):
        made.modify(name="third")
    ids = [str(collection.id) for collection in client.list_collections()]
    assert ids == sorted(ids) and len(ids) == client.count_collections() == 2
    assert client.list_collections(limit=1, offset=1)[0].id == client.list_collections()[1].id
    client.delete_collection("second")
    with pytest.raises(NotFoundError, match=r"Collection \[second\] does not exist"):
        client.get_collection("second", embedding_function=None)
    with pytest.raises(InvalidArgumentError, match="3-512 characters"):
        client.create_collection("no", embedding_function=None)


def test_configuration_comes_back_and_metadata_may_name_the_space(client, server):
    made = client.create_collection("made", embedding_function=None, configuration={"hnsw": {"space": "ip", "ef_search": 50}})
    assert made.configuration_json["hnsw"] == {"space": "ip", "ef_construction": 100, "ef_search": 50, "max_neighbors": 16,
                                               "resize_factor": 1.2, "sync_threshold": 1000}
    legacy = server("POST", f"{DATABASE}/collections",
                    {"name": "legacy", "metadata": {"hnsw:space": "cosine"},
                     "configuration": {"hnsw": None, "spann": None, "embedding_function": {"type": "known", "name": "mine", "config": {"a": [1]}}}}).json
    assert legacy["configuration_json"]["hnsw"]["space"] == "cosine"
    assert legacy["configuration_json"]["embedding_function"] == {"type": "known", "name": "mine", "config": {"a": [1]}}
    assert legacy["schema"]["keys"]["#embedding"]["float_list"]["vector_index"]["config"]["space"] == "cosine"
    made.modify(configuration={"hnsw": {"ef_search": 70}})
    assert client.get_collection("made", embedding_function=None).configuration_json["hnsw"]["ef_search"] == 70
    refused = server("POST", f"{DATABASE}/collections", {"name": "bad", "configuration": {"hnsw": {"wrong": 1}}}, status=422)
    assert refused.json["error"] == "ChromaError" and "unknown field `wrong`" in refused.json["message"]


def test_the_schema_grows_with_the_keys_that_are_seen(client, notes):
    keys = client.get_collection("notes", embedding_function=None).schema.keys
    assert set(keys) >= {"#document", "#embedding", "n", "f", "tags", "g", "s"}


def test_a_disabled_index_refuses_its_conditions(server):
    schema = {"defaults": {}, "keys": {"n": {"int": {"int_inverted_index": {"enabled": False, "config": {}}}},
                                       "#document": {"string": {"fts_index": {"enabled": False, "config": {}}}}}}
    made = server("POST", f"{DATABASE}/collections", {"name": "some", "schema": schema}).json
    records = f"{DATABASE}/collections/{made['id']}"
    server("POST", f"{records}/add", {"ids": ["a"], "embeddings": [[1]], "metadatas": [{"n": 1, "m": 1}]}, status=201)
    refused = server("POST", f"{records}/get", {"where": {"$and": [{"m": 1}, {"n": 1}]}}, status=400).json
    assert refused["message"] == "Cannot filter using metadata key 'n' with type 'Int' because indexing is disabled"
    refused = server("POST", f"{records}/delete", {"where_document": {"$contains": "x"}}, status=400).json
    assert "FTS indexing is disabled" in refused["message"]
    assert server("POST", f"{records}/get", {"where": {"m": 1}}).json["ids"] == ["a"]


# ---- records ----


def test_records_come_in_the_order_of_their_writing(notes):
    assert notes.get(ids=["e", "b", "nothing"])["ids"] == ["b", "e"]
    assert notes.get(limit=2, offset=1)["ids"] == ["b", "c"]
    assert notes.peek(2)["ids"] == ["a", "b"]
    whole = notes.get(include=["documents", "metadatas", "embeddings", "uris"])
    assert whole["documents"] == ["red fox", "green tree", None, "red tree", "Blue sky"]
    assert whole["metadatas"][:3] == [{"n": 1, "f": 1.0, "tags": ["x", "y"]}, {"n": 2}, None]
    assert isinstance(whole["metadatas"][0]["n"], int) and isinstance(whole["metadatas"][0]["f"], float)
    assert whole["uris"] == ["file:///a", None, None, None, None]
    assert whole["embeddings"].tolist() == VECTORS
    assert notes.get(include=[])["documents"] is None


@pytest.mark.parametrize("where, expected", [
    ({"n": 1}, ["a"]), ({"n": {"$ne": 1}}, ["b", "c", "d", "e"]), ({"n": {"$gte": 2.0}}, ["b", "d"]), ({"n": {"$in": [1, 3]}}, ["a", "d"]),
    ({"tags": {"$contains": "x"}}, ["a"]), ({"tags": {"$not_contains": "x"}}, ["b", "c", "d", "e"]), ({"s": "é"}, ["e"]),
    ({"$or": [{"g": True}, {"f": {"$lt": 2}}]}, ["a", "d"]), ({"$and": [{"n": {"$gt": 0}}, {"g": {"$ne": True}}]}, ["a", "b"]),
    ({"nothing": "x"}, []),
])
def test_where(notes, where, expected):
    assert notes.get(where=where)["ids"] == expected
    assert sorted(notes.query(query_embeddings=[[1, 0, 0]], where=where)["ids"][0]) == expected


@pytest.mark.parametrize("where, expected", [
    ({"$contains": "red"}, ["a", "d"]), ({"$not_contains": "red"}, ["b", "c", "e"]), ({"$regex": "^(?i)blue"}, ["e"]),
    ({"$not_regex": "tree$"}, ["a", "c", "e"]), ({"$and": [{"$contains": "tree"}, {"$contains": "red"}]}, ["d"]), ({"$contains": "%"}, []),
])
def test_where_document(notes, where, expected):
    assert notes.get(where_document=where)["ids"] == expected
    assert notes.get(where_document=where, ids=["a", "b", "c"])["ids"] == [i for i in expected if i in "abc"]


@pytest.mark.parametrize("body", [
    {"where": {}}, {"where": {"a": 1, "b": 2}}, {"where": {"a": None}}, {"where": {"a": {"$gt": "x"}}}, {"where": {"a": {"$in": []}}},
    {"where": {"a": {"$in": [1, 2.5]}}}, {"where": {"$not": [{"a": 1}]}}, {"where": [1]}, {"where_document": {}}, {"where_document": {"$x": "y"}},
    {"where_document": {"$contains": 1}}, {"where_document": {"$regex": "("}}, {"where_document": {"$regex": "a(?=b)"}},
])
def test_bad_filters_are_refused_by_name(notes, server, body):
    for route, more in (("get", {}), ("query", {"query_embeddings": [[1, 0, 0]]}), ("delete", {})):
        refused = server("POST", f"{records_of(server, notes)}/{route}", {**body, **more}, status=400)
        assert refused.json["error"] == "InvalidArgumentError" and refused.json["message"]
    assert notes.count() == 5


def test_distances_are_chromas(client):
    for space, expected in (("l2", [0.0, 2.0, 5.0]), ("cosine", [0.0, 1.0, 1 - 1 / 5**0.5]), ("ip", [0.0, 1.0, 0.0])):
        made = client.create_collection(f"by-{space}", embedding_function=None, configuration={"hnsw": {"space": space}})
        made.add(ids=["p", "q", "r"], embeddings=[[1, 0], [0, 1], [1, 2]] if space != "l2" else [[1, 0], [0, 1], [3, 1]])
        found = made.query(query_embeddings=[[1, 0]], n_results=100)
        assert dict(zip(found["ids"][0], found["distances"][0])) == pytest.approx(dict(zip("pqr", expected)), abs=1e-6)
        assert found["distances"][0] == sorted(found["distances"][0])


def test_a_query_gives_what_is_asked_for(notes, client, server):
    found = notes.query(query_embeddings=[[1, 0, 0], [0, 0, 1]], n_results=2, include=["distances", "embeddings", "uris"])
    assert [ids[0] for ids in found["ids"]] == ["a", "c"] and found["documents"] is None and found["metadatas"] is None
    assert found["uris"][0][0] == "file:///a" and list(found["embeddings"][1][0]) == VECTORS[2]
    assert notes.query(query_embeddings=[[1, 0, 0]], ids=["b", "c"])["ids"] == [["b", "c"]]
    with pytest.raises(InvalidArgumentError, match="Error finding id"):
        notes.query(query_embeddings=[[1, 0, 0]], ids=["b", "nothing"])
    assert notes.query(query_embeddings=[[1, 0, 0]], ids=["b", "nothing"], where={"n": 2})["ids"] == [["b"]]
    empty = client.create_collection("empty", embedding_function=None)
    assert empty.query(query_embeddings=[[1, 0, 0]], ids=["nothing"])["ids"] == [[]]
    with pytest.raises(InvalidArgumentError, match="dimension of 3, got 2"):
        notes.query(query_embeddings=[[1, 0]])
    records = records_of(server, notes)
    assert server("POST", f"{records}/query", {"query_embeddings": []}).json["ids"] == []
    assert server("POST", f"{records}/query", {"query_embeddings": [[1, 0, 0]], "n_results": 0}).json["ids"] == [[]]
    server("POST", f"{records}/query", {"query_embeddings": ["AAAA"]}, status=422)


def test_writes_follow_chromas_rules(notes, server):
    notes.add(ids=["a", "f"], embeddings=[[9, 9, 9], [5, 5, 5]], documents=["ignored", "new"])
    assert notes.get(ids=["a", "f"])["documents"] == ["red fox", "new"]
    notes.upsert(ids=["b", "g"], embeddings=[[0, 2, 0], [7, 7, 7]], metadatas=[{"m": 1}, {"m": 2}])
    notes.update(ids=["a", "nothing"], metadatas=[{"n": None, "f": "text"}, {"x": 1}])
    got = notes.get(ids=["a", "b", "g", "nothing"], include=["metadatas", "documents", "embeddings", "uris"])
    assert got["ids"] == ["a", "b", "g"]
    assert got["metadatas"] == [{"f": "text", "tags": ["x", "y"]}, {"n": 2, "m": 1}, {"m": 2}]
    assert got["documents"] == ["red fox", "green tree", None] and got["uris"][0] == "file:///a"
    assert got["embeddings"].tolist() == [[1, 0, 0], [0, 2, 0], [7, 7, 7]]
    records = records_of(server, notes)
    server("POST", f"{records}/update", {"ids": ["a", "a"], "embeddings": [[1, 1, 1], [2, 2, 2]]})
    assert notes.get(ids=["a"], include=["embeddings"])["embeddings"].tolist() == [[2, 2, 2]]


@pytest.mark.parametrize("body, status, words", [
    ({"ids": ["z"]}, 422, "missing field `embeddings`"),
    ({"ids": ["z"], "embeddings": [[1, 2]]}, 400, "dimension of 3, got 2"),
    ({"ids": ["z", "y"], "embeddings": [[1, 2, 3], [1, 2]]}, 400, "Inconsistent dimensions"),
    ({"ids": ["z", "y"], "embeddings": [[1, 2, 3]]}, 400, "Inconsistent number of IDs"),
    ({"ids": [""], "embeddings": [[1, 2, 3]]}, 400, "Empty ID"),
    ({"ids": ["z"], "embeddings": [[]]}, 400, "at least 1 dimension"),
    ({"ids": ["z"], "embeddings": [[1e39, 0, 0]]}, 400, "NaN or Infinity"),
    ({"ids": ["z"], "embeddings": ["AAA"]}, 400, "Invalid base64"),
    ({"ids": ["z"], "embeddings": ["AAAA"]}, 400, "divisible by 4"),
    ({"ids": ["z"], "embeddings": ["AADAfwAAwH8AAMB/"]}, 400, "index 0: NaN"),
    ({"ids": ["z", "y"], "embeddings": [[1, 2, 3], "AAAAAAAAAAAAAAAA"]}, 422, "EmbeddingsPayload"),
    ({"ids": ["z"], "embeddings": [[1, 2, 3]], "metadatas": [{"k": None}]}, 422, "metadatas[0].k"),
    ({"ids": ["z"], "embeddings": [[1, 2, 3]], "metadatas": [{"k": [1, "a"]}]}, 422, "metadatas[0].k"),
    ({"ids": ["z"], "embeddings": [[1, 2, 3]], "metadatas": [{"#k": 1}]}, 400, "Invalid metadata at index 0"),
    ({"ids": ["z"], "embeddings": [[1, 2, 3]], "metadatas": [{"k": {"#type": "sparse_vector", "indices": [1], "values": []}}]}, 400, "0 values"),
    ({"ids": ["z\0"], "embeddings": [[1, 2, 3]]}, 400, "ids[0]"),
    ([], 422, "expected a map"),
])
def test_a_bad_add_is_refused_and_adds_nothing(notes, server, body, status, words):
    refused = server("POST", f"{records_of(server, notes)}/add", body, status=status).json
    assert words in refused["message"]
    assert refused["error"] == ("InvalidArgumentError" if status == 400 else "ChromaError")
    assert notes.count() == 5


def test_base64_and_arrays_store_the_same_vector(notes, server):
    vector = [0.1, -2.5, 1e-30]
    text = base64.b64encode(struct.pack("<3f", *vector)).decode()
    records = records_of(server, notes)
    server("POST", f"{records}/add", {"ids": ["by array"], "embeddings": [vector]}, status=201)
    server("POST", f"{records}/add", {"ids": ["by text"], "embeddings": [text]}, status=201)
    got = server("POST", f"{records}/get", {"ids": ["by array", "by text"], "include": ["embeddings"]}).json["embeddings"]
    assert got[0] == got[1] == vector


def test_deletes_follow_chromas_rules(notes, server):
    records = records_of(server, notes)
    assert server("POST", f"{records}/delete", {}).json == {"deleted": 0}
    assert server("POST", f"{records}/delete", {"ids": ["a", "a", "nothing"]}).json == {"deleted": 3}
    server("POST", f"{records}/delete", {"ids": []}, status=400)
    server("POST", f"{records}/delete", {"ids": ["b"], "limit": 1}, status=400)
    assert server("POST", f"{records}/delete", {"where": {"n": {"$ne": 7}}, "limit": 2}).json == {"deleted": 2}
    assert notes.get()["ids"] == ["d", "e"]
    assert server("POST", f"{records}/delete", {"ids": None, "where": {"n": 3}, "where_document": None}).json == {"deleted": 1}
    assert server("POST", f"{records}/delete", {"where_document": {"$contains": "Blue"}}).json == {"deleted": 1}
    assert notes.count() == 0


def test_limits_are_named(kith):
    with serving(kith, "--max-batch", "2", "--max-k", "3", "--max-dimension", "4", "--max-filter", "3", "--max-metadata", "100") as server:
        notes = client_of(server).create_collection("notes", embedding_function=None)
        records = records_of(server, notes)
        for i in range(0, 4, 2):
            server("POST", f"{records}/add", {"ids": [str(i), str(i + 1)], "embeddings": [[1, 2, 3, i], [1, 2, 3, i + 1]]}, status=201)

        def refused(route, body):
            return server("POST", f"{records}/{route}", body, status=400).json["message"]

        assert "maximum batch size 2" in refused("add", {"ids": ["a", "b", "c"], "embeddings": [[1, 2, 3, 4]] * 3})
        assert "limit of 4" in refused("add", {"ids": ["a"], "embeddings": [[1, 2, 3, 4, 5]]})
        assert "limit of 4" in refused("query", {"query_embeddings": [[1, 2, 3, 4, 5]]})
        assert "limit of 3" in refused("query", {"query_embeddings": [[1, 2, 3, 4]], "n_results": 4})
        assert len(server("POST", f"{records}/query", {"query_embeddings": [[1, 2, 3, 4]], "n_results": 3}).json["ids"][0]) == 3
        assert "more than 3 conditions" in refused("get", {"where": {"$and": [{"a": 1}, {"a": 2}, {"a": 3}]}})
        assert server("POST", f"{records}/get", {"where": {"$or": [{"a": 1}, {"a": 2}]}}).json["ids"] == []
        assert "more than 100 bytes" in refused("add", {"ids": ["a"], "embeddings": [[1, 2, 3, 4]], "metadatas": [{"k": "x" * 100}]})
        assert server("GET", "/api/v2/pre-flight-checks").json["max_batch_size"] == 2


def test_many_clients_at_once_lose_nothing(server, client):
    notes = client.create_collection("notes", embedding_function=None)

    def write(n: int) -> None:
        client_of(server).get_collection("notes", embedding_function=None).add(
            ids=[f"{n}-{i}" for i in range(20)], embeddings=[[n, i, 1] for i in range(20)], metadatas=[{f"key{n}": i} for i in range(20)])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    assert notes.count() == 320
    assert len(notes.get(where={"key3": {"$gte": 0}})["ids"]) == 20


# ---- texts without vectors ----


def test_texts_are_embedded_where_the_function_is_the_default(server):
    made = server("POST", f"{DATABASE}/collections",
                  {"name": "texts", "configuration": {"embedding_function": {"type": "known", "name": "default", "config": {}}}}).json
    records = f"{DATABASE}/collections/{made['id']}"
    server("POST", f"{records}/add", {"ids": ["fox", "cake"], "documents": ["A red fox hunts mice.", "The cake needs sugar."]}, status=201)
    server("POST", f"{records}/upsert", {"ids": ["car"], "embeddings": None, "documents": ["The engine of the car is loud."]})
    got = server("POST", f"{records}/get", {"include": ["embeddings"]}).json["embeddings"]
    assert [len(vector) for vector in got] == [384] * 3
    found = server("POST", f"{records}/search", {"searches": [{"rank": {"$knn": {"query": "an animal", "limit": 3}}}]}).json
    assert found["ids"][0][0] == "fox"
    # Vectors of clients go beside them, and texts beside vectors of clients.
    server("POST", f"{records}/add", {"ids": ["by client"], "embeddings": [got[0]]}, status=201)
    server("POST", f"{records}/add", {"ids": ["bread"], "documents": ["Bread is baked at noon."]}, status=201)
    assert server("POST", f"{records}/query", {"query_embeddings": [got[0]], "n_results": 2}).json["ids"][0] == ["fox", "by client"]


def test_texts_alone_are_refused_elsewhere(notes, server):
    refused = server("POST", f"{records_of(server, notes)}/add", {"ids": ["z"], "documents": ["text"]}, status=422)
    assert "missing field `embeddings`" in refused.json["message"]


# ---- what Chroma's own server refuses ----


def test_the_search_api(notes):
    found = notes.search([Search().where(K("n") > 0).rank(Knn(query=[1, 0, 0], limit=10)).limit(2).select(K.DOCUMENT, K.SCORE, "n"),
                          Search().where(K.ID.is_in(["e", "b"])).select_all(), Search(limit=1)])
    assert found["ids"] == [["a", "d"], ["b", "e"], ["a"]]
    assert found["documents"][0] == ["red fox", "red tree"] and found["metadatas"][0] == [{"n": 1}, {"n": 3}]
    assert found["scores"][0] == pytest.approx([0, 1]) and found["documents"][2] is None
    assert found["select"] == [["#document", "#score", "n"], ["#document", "#embedding", "#metadata", "#score"], []]


def test_ranks_are_computed(notes):
    fused = notes.search(Search().rank(Rrf([Knn(query=[1, 0, 0], return_rank=True, limit=5), Knn(query=[0, 0, 1], return_rank=True, limit=5)]))
                         .select(K.SCORE))
    ranks = {i: [1 / (60 + notes.query(query_embeddings=[q], n_results=5)["ids"][0].index(i)) for q in ([1, 0, 0], [0, 0, 1])] for i in "abcde"}
    assert dict(zip(fused["ids"][0], fused["scores"][0])) == pytest.approx({i: -sum(parts) for i, parts in ranks.items()}, rel=1e-5)
    assert fused["scores"][0] == sorted(fused["scores"][0])
    only = notes.search(Search().rank(Knn(query=[1, 0, 0], limit=2) + Knn(query=[0, 1, 0], limit=2)).select(K.SCORE))
    assert only["ids"][0] == ["d"]  # the one that both found
    both = notes.search(Search().rank(Knn(query=[1, 0, 0], limit=1, default=9) * 2 + Knn(query=[0, 1, 0], limit=1, default=9)).select(K.SCORE))
    assert dict(zip(both["ids"][0], both["scores"][0])) == pytest.approx({"a": 9, "b": 18})


def test_groups_keep_their_best(client):
    made = client.create_collection("grouped", embedding_function=None)
    made.add(ids=[f"i{n}" for n in range(9)], embeddings=[[n, 0] for n in range(9)],
             metadatas=[{"g": "abc"[n % 3], "price": -n} if n < 8 else {"price": 1} for n in range(9)])

    def grouped(k, *keys):
        return made.search(Search().rank(Knn(query=[0, 0], limit=9)).group_by(GroupBy(keys=[K("g")], aggregate=MinK(keys=list(keys), k=k))))

    assert grouped(1, K.SCORE)["ids"] == [["i0", "i1", "i2", "i8"]]
    assert grouped(2, K("price"))["ids"] == [["i2", "i3", "i4", "i5", "i6", "i7", "i8"]]


@pytest.mark.parametrize("search, status", [
    ({"rank": {"$knn": {"query": [1, 0]}}}, 400), ({"rank": {"$knn": {"query": [1, 0, 0], "key": "sparse"}}}, 400),
    ({"rank": {"$knn": {"query": {"#type": "sparse_vector", "indices": [1], "values": [1]}}}}, 400), ({"rank": {"$sum": []}}, 422),
    ({"rank": {"$sub": {"left": {"$val": 1}}}}, 422), ({"rank": {"$x": 1}}, 422), ({"rank": {"$val": "x"}}, 422),
    ({"group_by": {"keys": ["a"], "aggregate": {"$min_k": {"keys": ["#score"], "k": 1}}}}, 400), ({"filter": {"a": {"$foo": 1}}}, 400),
    ({"rank": {"$knn": {"query": [1, 0, 0]}}, "group_by": {"keys": ["a"]}}, 400), ({"select": {"keys": ["#nothing"]}}, 400),
    ({"rank": {"$knn": {"query": [1, 0, 0]}}, "group_by": {"keys": ["a"], "aggregate": {"$min_k": {"keys": ["#score"], "k": 0}}}}, 400),
    ({"rank": {"$knn": {"query": [1, 0, 0], "limit": 0}}}, 400), (1, 422),
])
def test_bad_searches_are_refused(notes, server, search, status):
    assert server("POST", f"{records_of(server, notes)}/search", {"searches": [search]}, status=status).json["message"]


def test_a_fork_is_a_copy_of_its_own(client, notes):
    copy = notes.fork("copy")
    again = copy.fork("copy-of-copy")
    copy.delete(ids=["a"])
    assert (notes.count(), copy.count(), again.count()) == (5, 4, 5)
    assert again.get(include=["embeddings", "documents"])["documents"][0] == "red fox"
    assert notes.fork_count() == copy.fork_count() == again.fork_count() == 2


def test_indexing_is_told(notes):
    assert notes.get_indexing_status().op_indexing_progress == 1.0


def test_the_version_of_a_collection_grows_with_its_changes(client, notes, server):
    def version():
        return server("GET", f"{DATABASE}/collections/notes").json["version"]

    seen = [version()]
    notes.upsert(ids=["z"], embeddings=[[1, 0, 0]])
    seen.append(version())
    notes.delete(ids=["z"])
    assert sorted({*seen, version()}) == [*seen, version()]


def test_a_collection_is_found_by_its_full_name(client, notes, server):
    found = server("GET", "/api/v2/collections/default_tenant:default_database:notes").json
    assert found == server("GET", f"{DATABASE}/collections/notes").json
    for crn, status in (("default_tenant:default_database:other", 404), ("default_tenant:other:notes", 404), ("a:b", 400), ("::", 400),
                        ("default_tenant:default_database:", 400), (f"default_tenant:default_database:uuid:{notes.id}", 404)):
        assert server("GET", f"/api/v2/collections/{crn}", status=status).json["message"]


def test_there_are_no_functions(notes, server):
    server("POST", f"{records_of(server, notes)}/attached_functions/f/add_input", {}, status=501)
    server("POST", f"{records_of(server, notes)}/attached_functions/f/detach", {}, status=501)
    refused = server("POST", f"{records_of(server, notes)}/functions/attach", {"name": "f", "function_id": "record_counter", "output_collection": "out"}, status=501)
    assert "not implemented" in refused.json["message"]


def commit(server, notes, token, read, *operations, status=200):
    body = {"read_token": token, "read_ids": read, "operations": [{"operation": name, "payload": payload} for name, payload in operations]}
    return server("POST", f"{records_of(server, notes)}/conditional/commit", body, status=status).json


def read(server, notes, **body):
    answer = server("POST", f"{records_of(server, notes)}/conditional/get", body).json
    return answer["read_token"], answer


def test_a_transaction_is_committed_when_nothing_it_read_has_changed(notes, server):
    token, got = read(server, notes, ids=["a", "zz"])
    assert got["ids"] == ["a"] and got["documents"] == ["red fox"]
    done = commit(server, notes, token, ["a", "zz"], ("update", {"ids": ["a"], "metadatas": [{"n": 7}]}),
                  ("add", {"ids": ["zz", "b"], "embeddings": [[1, 2, 3], [9, 9, 9]], "documents": ["new", "kept"]}),
                  ("upsert", {"ids": ["zz"], "embeddings": [[3, 2, 1]], "metadatas": [{"k": "v"}]}), ("delete", {"ids": ["c", "nothing"]}),
                  ("add", {"ids": ["c"], "embeddings": [[0, 0, 1]], "documents": ["again"]}))
    assert done["record_count"] == 7 and done["first_inserted_record_offset"] > token
    got = notes.get(include=["documents", "metadatas", "embeddings"])
    assert got["ids"] == ["a", "b", "d", "e", "zz", "c"]
    assert got["documents"] == ["red fox", "green tree", "red tree", "Blue sky", "new", "again"]
    assert got["metadatas"][0] == {"n": 7, "f": 1.0, "tags": ["x", "y"]} and got["metadatas"][4] == {"k": "v"}
    assert got["embeddings"][4].tolist() == [3, 2, 1]
    assert notes.query(query_embeddings=[[3, 2, 1]], n_results=1)["ids"] == [["zz"]]
    # Without a token there is nothing to compare with.
    commit(server, notes, None, [], ("delete", {"ids": ["e"]}))
    assert "e" not in notes.get()["ids"]


def test_a_transaction_that_was_overtaken_writes_nothing(notes, server):
    write = ("upsert", {"ids": ["new"], "embeddings": [[1, 1, 1]]})
    for overtake, read_ids in ((lambda: notes.upsert(ids=["a"], embeddings=[[5, 5, 5]]), ["a"]), (lambda: notes.delete(ids=["b"]), ["b"]),
                               (lambda: notes.add(ids=["later"], embeddings=[[1, 2, 3]]), ["later"])):
        token, _ = read(server, notes, ids=read_ids)
        overtake()
        assert commit(server, notes, token, read_ids, write, status=409)["error"] == "ConditionalWriteConflictError"
        assert "new" not in notes.get()["ids"]
        commit(server, notes, token, ["d"], ("update", {"ids": ["d"], "metadatas": [{"seen": True}]}))  # what it rests on is as it was
    token, _ = read(server, notes)
    again, _ = read(server, notes, read_token=token - 1)
    assert again == token - 1
    # All or nothing: the second operation cannot be.
    commit(server, notes, token, [], write, ("add", {"ids": ["x"], "embeddings": [[1, 2]]}), status=400)
    assert "new" not in notes.get()["ids"]


@pytest.mark.parametrize("body, status", [
    ({}, 422), ({"operations": {}}, 422), ({"operations": [1]}, 422), ({"operations": [{"operation": "drop"}]}, 422), ({"read_ids": ["a"], "operations": []}, 400),
    ({"operations": [{"operation": "add"}]}, 422), ({"operations": [{"operation": "delete"}]}, 422), ({"operations": [{"operation": "delete", "payload": {}}]}, 400),
    ({"operations": [{"operation": "delete", "payload": {"ids": []}}]}, 400), ({"operations": [{"operation": "delete", "payload": {"ids": ["a"], "limit": 1}}]}, 400),
    ({"operations": [{"operation": "delete", "payload": {"where": {"n": {"$near": 1}}}}]}, 400),
    ({"operations": [{"operation": "delete", "payload": {"ids": ["a"]}}, {"operation": "delete", "payload": {"where_document": {"$regex": "("}}}]}, 400),
    ({"operations": [{"operation": "add", "payload": {"ids": ["z"]}}]}, 422), ({"read_token": -1, "operations": []}, 422),
    ({"read_token": 10**6, "operations": []}, 400), ({"operations": [{"operation": "delete", "payload": {"ids": ["x"]}}] * 1001}, 400),
])
def test_transactions_that_cannot_be_are_refused(notes, server, body, status):
    server("POST", f"{records_of(server, notes)}/conditional/commit", body, status=status)
    assert notes.count() == 5


def test_a_transaction_deletes_what_matches_when_it_is_committed(notes, server):
    """Also what has come to match since the reading, and what the transaction itself has written; not what matches no longer."""
    token, _ = read(server, notes, ids=["e"])
    notes.update(ids=["a", "d"], metadatas=[{"n": 70}, {"n": 2}])
    done = commit(server, notes, token, ["e"], ("add", {"ids": ["x", "y"], "embeddings": [[1, 1, 1], [2, 2, 2]], "metadatas": [{"n": 71}, {"n": 3}]}),
                  ("delete", {"where": {"n": {"$gte": 70}}}), ("upsert", {"ids": ["x"], "embeddings": [[3, 3, 3]], "metadatas": [{"n": 72}]}))
    assert done["record_count"] == 2 + 2 + 1  # "a" and "x" were deleted
    assert notes.get()["ids"] == ["b", "c", "d", "e", "y", "x"] and notes.count() == 6
    assert notes.query(query_embeddings=[[3, 3, 3]], n_results=6)["ids"][0][0] == "x"


def test_a_conditional_deletion_has_all_parts_of_another(notes, server):
    assert commit(server, notes, None, [], ("delete", {"where_document": {"$contains": "red"}, "limit": 1}))["record_count"] == 1  # of a and d the first
    assert notes.get()["ids"] == ["b", "c", "d", "e"]
    commit(server, notes, None, [], ("delete", {"ids": ["e", "b", "missing", "b"], "where_document": {"$not_contains": "tree"}}))
    assert notes.get()["ids"] == ["b", "c", "d"]
    commit(server, notes, None, [], ("delete", {"where": {"nowhere": 1}}), ("delete", {"where": {"n": {"$ne": 1}}, "limit": 0}),
           ("delete", {"ids": [], "where": {"n": {"$ne": 1}}}))
    assert notes.get()["ids"] == ["b", "c", "d"]
    commit(server, notes, None, [], ("delete", {"ids": ["d", "c"], "where": {"nowhere": {"$ne": 1}}, "limit": 1}))
    assert notes.get()["ids"] == ["b", "d"]  # the limit counts in stored order
    # A conflict, or another operation that cannot be, leaves all.
    token, _ = read(server, notes, ids=["d"])
    notes.update(ids=["d"], metadatas=[{"n": 9}])
    assert commit(server, notes, token, ["d"], ("delete", {"where": {"nowhere": {"$ne": 1}}}), status=409)["error"] == "ConditionalWriteConflictError"
    commit(server, notes, None, [], ("delete", {"where": {"nowhere": {"$ne": 1}}}), ("add", {"ids": ["z"], "embeddings": [[1, 2]]}), status=400)
    assert notes.get()["ids"] == ["b", "d"]


def test_texts_are_embedded_in_a_transaction(client, server):
    """As by the writes outside of one: in a collection that kith embeds, and in one whose vectors came from clients that name Chroma's default."""
    def create(name):
        configuration = {"embedding_function": {"type": "known", "name": "default", "config": {}}}
        server("POST", f"{DATABASE}/collections", {"name": name, "configuration": configuration, "get_or_create": True})
        return client.get_collection(name, embedding_function=None)

    made, plain, other = create("embedded"), create("plain"), create("beside")
    server("POST", f"{records_of(server, plain)}/add", {"ids": ["own"], "embeddings": [[0.05] * 384]}, status=201)
    texts = ["The invoice is due in thirty days.", "Penguins swim.", "Tomatoes want sun."]
    for collection in (made, plain):
        token, _ = read(server, collection, ids=["a"])
        commit(server, collection, token, ["a"], ("add", {"ids": ["a", "b"], "documents": texts[:2]}),
               ("upsert", {"ids": ["c", "d"], "documents": [texts[2], None], "embeddings": [None, [0.1] * 384]}))
        vectors = collection.get(ids=["a", "b", "c"], include=["embeddings"])["embeddings"]
        server("POST", f"{records_of(server, other)}/upsert", {"ids": ["a", "b", "c"], "documents": texts})
        assert vectors.tolist() == other.get(ids=["a", "b", "c"], include=["embeddings"])["embeddings"].tolist()
        # A change of a text changes its vector, by an update too; one that is overtaken changes nothing.
        commit(server, collection, None, [], ("update", {"ids": ["b", "missing"], "documents": [texts[0], "nothing"]}))
        got = collection.get(ids=["b"], include=["embeddings", "documents"])
        assert got["documents"] == [texts[0]] and got["embeddings"][0].tolist() == vectors[0].tolist()
        commit(server, collection, token, ["a"], ("update", {"ids": ["a"], "documents": ["Something else."]}), status=409)
        assert collection.get(ids=["a"])["documents"] == texts[:1]


def test_what_a_transaction_does_not_do_is_said(notes, server):
    def refused(operation, payload, status):
        return commit(server, notes, None, [], ("delete", {"ids": ["a"]}), (operation, payload), status=status)["message"]

    # Nobody knows by what the vectors of this collection were made.
    for operation in ("add", "upsert"):
        assert "missing field `embeddings`" in refused(operation, {"ids": ["z"], "documents": ["a text"]}, 422)
    assert "missing" not in notes.get()["ids"] and notes.count() == 5
    # An update without a vector leaves the one that is there.
    commit(server, notes, None, [], ("update", {"ids": ["a"], "documents": ["other words"]}))
    assert notes.get(ids=["a"])["documents"] == ["other words"]


def test_ids_are_counted(notes, server):
    many = [f"i{n}" for n in range(100_001)]
    for route, body in (("get", {}), ("query", {"query_embeddings": [[1, 0, 0]]}), ("delete", {})):
        refused = server("POST", f"{records_of(server, notes)}/{route}", {"ids": many, **body}, status=400).json["message"]
        assert "100001 ids are over the limit of 100000" in refused
    assert server("POST", f"{records_of(server, notes)}/get", {"ids": [*many[:99_999], "a"]}).json["ids"] == ["a"]


def test_conditions_on_texts_follow_every_change(client):
    """Texts that a condition has read stay in memory: a point that changes must be read anew."""
    made = client.create_collection("texts", embedding_function=None)
    texts = {f"i{n}": f"text {n} of {'red' if n % 3 else 'green'}" for n in range(1500)}

    def check():
        for word in ("red", "green", "blue", "text 7 "):
            assert made.get(where_document={"$contains": word}, include=[])["ids"] == [i for i, t in texts.items() if word in t]
            assert made.get(where_document={"$not_contains": word}, include=[])["ids"] == [i for i, t in texts.items() if word not in t]
        assert made.get(where_document={"$regex": "(?i)BLUE|text 9"}, include=[])["ids"] == [i for i, t in texts.items() if "blue" in t or "text 9" in t]

    made.add(ids=list(texts), embeddings=[[n, 1] for n in range(len(texts))], documents=list(texts.values()))
    check()
    changed = {f"i{n}": f"text {n} is blue" for n in range(0, 1500, 100)}
    made.update(ids=list(changed), embeddings=[[0, 1]] * len(changed), documents=list(changed.values()))
    texts |= changed
    check()
    made.delete(ids=["i7", "i100"])
    del texts["i7"], texts["i100"]
    made.add(ids=["i7"], embeddings=[[1, 1]], documents=["a blue one"])
    texts["i7"] = "a blue one"
    check()


def test_strict_refuses_what_chroma_refuses(kith):
    with serving(kith, "--strict-chroma") as server:
        notes = client_of(server).create_collection("notes", embedding_function=None)
        records = records_of(server, notes)
        server("POST", f"{records}/search", {"searches": [{}]}, status=501)
        server("POST", f"{records}/fork", {"new_name": "copy"}, status=501)
        server("GET", f"{records}/fork_count", status=501)
        server("GET", f"{records}/indexing_status", status=500)
        for route in ("get", "commit"):
            assert server("POST", f"{records}/conditional/{route}", {}, status=501).json["error"] == "TransactionsNotSupported"
        notes.add(ids=["a"], embeddings=[[1, 2]])
        with pytest.raises(InternalError, match="Error finding id"):
            notes.query(query_embeddings=[[1, 2]], ids=["nothing"])


# ---- beside the rest of kith ----


def test_a_collection_of_the_command_line_can_be_read(kith, notes_folder):
    kith("add", notes_folder)
    with serving(kith) as server:
        (collection,) = client_of(server).list_collections()
        got = collection.get(where_document={"$contains": "thirty days"}, include=["metadatas", "embeddings"])
        assert got["metadatas"][0]["source"].endswith("backup.md") and got["embeddings"].shape == (1, 384)
        assert collection.configuration_json["hnsw"]["space"] == "cosine"


@pytest.fixture
def notes_folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "backup.md").write_text("# Backups\n\nBackups run every night at two o'clock and are kept for thirty days.\n")
    return folder


def test_keys_are_for_what_they_say(kith):
    read = kith("key", "create", "--name", "reader", "--scope", "read", "--json").lines[0]["key"]
    admin = kith("key", "create", "--name", "boss", "--scope", "admin", "--json").lines[0]["key"]
    with serving(kith) as server:
        with pytest.raises(ChromaAuthError):
            client_of(server)
        boss = client_of(server, headers={"X-Chroma-Token": admin})
        boss.create_collection("notes", embedding_function=None).add(ids=["a"], embeddings=[[1, 2]])
        reader = client_of(server, headers={"Authorization": f"Bearer {read}"})
        seen = reader.get_collection("notes", embedding_function=None)
        assert seen.count() == 1 and seen.query(query_embeddings=[[1, 2]])["ids"] == [["a"]]
        with pytest.raises(ChromaError):
            seen.delete(ids=["a"])
        assert seen.count() == 1


def test_a_key_for_one_collection_finds_no_other(kith):
    admin = kith("key", "create", "--name", "boss", "--scope", "admin", "--json").lines[0]["key"]
    only = kith("key", "create", "--name", "one", "--scope", "write", "--collection", "mine", "--json").lines[0]["key"]
    with serving(kith) as server:
        boss = client_of(server, headers={"X-Chroma-Token": admin})
        mine, other = (boss.create_collection(name, embedding_function=None) for name in ("mine", "other"))
        for collection in (mine, other):
            collection.add(ids=["a"], embeddings=[[1, 2]])
        token = {"X_Chroma_Token": only}
        assert [row["name"] for row in server("GET", f"{DATABASE}/collections", **token).json] == ["mine"]
        assert server("GET", f"{records_of(server, mine)}/count", **token).json == 1
        server("POST", f"{records_of(server, mine)}/upsert", {"ids": ["b"], "embeddings": [[3, 4]]}, **token)
        for method, path, body in (("GET", f"{records_of(server, other)}/count", None), ("GET", f"{DATABASE}/collections/other", None),
                                   ("POST", f"{records_of(server, other)}/get", {}), ("DELETE", f"{DATABASE}/collections/other", None),
                                   ("GET", f"{DATABASE}/collections/by-id/{other.id}", None), ("POST", f"{DATABASE}/collections", {"name": "new"}),
                                   ("PUT", records_of(server, mine), {"new_name": "other2"}), ("POST", f"{records_of(server, mine)}/fork", {"new_name": "new"}),
                                   ("POST", "/api/v2/reset", {})):
            assert server(method, path, body, status=403, **token).json["error"] == "AuthError", path


def test_a_key_for_one_tenant_is_told_its_tenant_and_a_client_finds_its_databases(kith):
    admin = kith("key", "create", "--name", "boss", "--scope", "admin", "--json").lines[0]["key"]
    shop = kith("key", "create", "--name", "shop", "--scope", "write", "--tenant", "shop", "--json").lines[0]["key"]
    with serving(kith) as server:
        told = {"user_id": "shop", "tenant": "shop", "databases": []}
        assert server("GET", "/api/v2/auth/identity", X_Chroma_Token=shop).json == told  # before the tenant exists
        server("POST", "/api/v2/tenants", {"name": "shop"}, X_Chroma_Token=admin)
        server("POST", "/api/v2/tenants/shop/databases", {"name": "orders"}, X_Chroma_Token=admin)
        assert server("GET", "/api/v2/auth/identity", X_Chroma_Token=shop).json == {**told, "databases": ["orders"]}
        client = client_of(server, tenant="shop", database="orders", headers={"X-Chroma-Token": shop})
        client.create_collection("notes", embedding_function=None).add(ids=["a"], embeddings=[[1, 2]])
        assert [collection.name for collection in client.list_collections()] == ["notes"]
        server("GET", "/api/v2/auth/identity", status=401)


def test_an_administrator_of_one_tenant_touches_no_other(kith):
    admin = kith("key", "create", "--name", "boss", "--scope", "admin", "--json").lines[0]["key"]
    shop = kith("key", "create", "--name", "shop", "--scope", "admin", "--tenant", "shop", "--json").lines[0]["key"]
    with serving(kith) as server:
        for name in ("shop", "other"):
            server("POST", "/api/v2/tenants", {"name": name}, X_Chroma_Token=admin)
        server("POST", "/api/v2/tenants/other/databases", {"name": "orders"}, X_Chroma_Token=admin)
        server("POST", "/api/v2/tenants/shop/databases", {"name": "orders"}, X_Chroma_Token=shop)
        for method, path, body in (("POST", "", {"name": "third"}), ("POST", "", {"name": "shop"}), ("GET", "/other", None),
                                   ("PATCH", "/other", {"resource_name": "x"}), ("GET", "/other/databases", None),
                                   ("POST", "/other/databases", {"name": "new"}), ("GET", "/other/databases/orders", None),
                                   ("DELETE", "/other/databases/orders", None)):
            assert server(method, f"/api/v2/tenants{path}", body, status=403, X_Chroma_Token=shop).json["error"] == "AuthError", path
        assert server("GET", "/api/v2/tenants/shop/databases/orders", X_Chroma_Token=shop).json["tenant"] == "shop"
        server("DELETE", "/api/v2/tenants/shop/databases/orders", X_Chroma_Token=shop)
        server("GET", "/api/v2/tenants/other/databases/orders", X_Chroma_Token=admin)


def test_a_key_for_one_database_lists_pages_of_what_it_may_see(kith):
    admin = kith("key", "create", "--name", "boss", "--scope", "admin", "--json").lines[0]["key"]
    only = kith("key", "create", "--name", "one", "--scope", "read", "--tenant", "shop", "--database", "orders", "--json").lines[0]["key"]
    with serving(kith) as server:
        databases = "/api/v2/tenants/shop/databases"
        assert server("GET", databases, X_Chroma_Token=only).json == []
        server("POST", "/api/v2/tenants", {"name": "shop"}, X_Chroma_Token=admin)
        for name in ("archive", "orders", "returns"):
            server("POST", databases, {"name": name}, X_Chroma_Token=admin)
        for query, expected in (("", ["orders"]), ("?limit=1", ["orders"]), ("?limit=0", []), ("?offset=1", []), ("?limit=1&offset=1", [])):
            assert [row["name"] for row in server("GET", databases + query, X_Chroma_Token=only).json] == expected, query
        assert [row["name"] for row in server("GET", f"{databases}?limit=1&offset=1", X_Chroma_Token=admin).json] == ["orders"]
