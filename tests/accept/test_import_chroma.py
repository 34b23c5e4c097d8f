"""kith import chroma: data directories as Chroma writes them, made here without it, sound, old and damaged."""

import base64
import http.server
import json
import math
import pathlib
import pickle
import random
import sqlite3
import struct
import subprocess
import sys
import threading
import types
import uuid

import pytest
from patience import patience
from program import Kith
from serving import serving

DIMENSION = 4
SCHEMA = """
CREATE TABLE tenants (id TEXT PRIMARY KEY);
CREATE TABLE databases (id TEXT PRIMARY KEY, name TEXT, tenant_id TEXT);
CREATE TABLE collections (id TEXT PRIMARY KEY, name TEXT, dimension INTEGER, database_id TEXT, config_json_str TEXT, schema_str TEXT);
CREATE TABLE collection_metadata (collection_id TEXT, key TEXT, str_value TEXT, int_value INTEGER, float_value REAL, bool_value INTEGER,
                                  PRIMARY KEY (collection_id, key));
CREATE TABLE segments (id TEXT PRIMARY KEY, type TEXT, scope TEXT, collection TEXT);
CREATE TABLE embeddings (id INTEGER PRIMARY KEY, segment_id TEXT, embedding_id TEXT, seq_id BLOB, created_at TIMESTAMP);
CREATE TABLE embedding_metadata (id INTEGER, key TEXT, string_value TEXT, int_value INTEGER, float_value REAL, bool_value INTEGER,
                                 PRIMARY KEY (id, key));
CREATE TABLE embedding_metadata_array (id INTEGER, key TEXT, string_value TEXT, int_value INTEGER, float_value REAL, bool_value INTEGER);
CREATE TABLE max_seq_id (segment_id TEXT PRIMARY KEY, seq_id BLOB);
CREATE TABLE embeddings_queue (seq_id INTEGER PRIMARY KEY, created_at TIMESTAMP, operation INTEGER, topic TEXT, id TEXT, vector BLOB,
                               encoding TEXT, metadata TEXT);
"""
# What files of before version 0.5 lack.
OLD_SCHEMA = (SCHEMA.replace(", database_id TEXT, config_json_str TEXT, schema_str TEXT", ", topic TEXT").replace(", bool_value INTEGER", "")
              .replace("CREATE TABLE tenants (id TEXT PRIMARY KEY);", "")
              .replace("CREATE TABLE databases (id TEXT PRIMARY KEY, name TEXT, tenant_id TEXT);", "")
              .replace("CREATE TABLE embedding_metadata_array (id INTEGER, key TEXT, string_value TEXT, int_value INTEGER, float_value REAL);", ""))
ADD, UPDATE, UPSERT, DELETE = range(4)


def packed(vector) -> bytes:
    return struct.pack(f"<{len(vector)}f", *vector)


def rounded(vector) -> list[float]:
    return list(struct.unpack(f"<{len(vector)}f", packed(vector)))


def pickled_by_python(names: dict, last: int) -> bytes:
    """As Chroma's Python versions wrote it: an object of one class."""
    name = "chromadb.segment.impl.vector.local_persistent_hnsw"
    parts = name.split(".")
    modules = {".".join(parts[:n]): types.ModuleType(".".join(parts[:n])) for n in range(1, len(parts) + 1)}
    module = modules[name]
    module.PersistentData = type("PersistentData", (), {"__module__": name})
    sys.modules.update(modules)
    data = module.PersistentData()
    data.__dict__ = {"dimensionality": DIMENSION, "total_elements_added": len(names), "max_seq_id": last, "id_to_label": names,
                     "label_to_id": {label: key for key, label in names.items()}, "id_to_seq_id": {}}
    try:
        return pickle.dumps(data)
    finally:
        for each in modules:
            del sys.modules[each]


def pickled(names: dict, last: int | None) -> bytes:
    return pickle.dumps({"dimensionality": DIMENSION, "total_elements_added": len(names), "max_seq_id": last, "id_to_label": names,
                         "label_to_id": {label: key for key, label in names.items()}, "id_to_seq_id": {}}, protocol=3)


class Chroma:
    """A data directory with one collection, as Chroma lays it out."""

    def __init__(self, path: pathlib.Path, schema: str = SCHEMA, space: str = "l2"):
        path.mkdir()
        self.path, self.old, self.space = path, schema is OLD_SCHEMA, space
        self.database = sqlite3.connect(path / "chroma.sqlite3")
        self.database.executescript(schema)
        self.collection, self.records, self.vectors = (str(uuid.uuid4()) for _ in range(3))
        self.sequence = self.count = 0
        if self.old:
            self.insert("collections", self.collection, "things", DIMENSION, "topic")
        else:
            home = str(uuid.uuid4())
            self.insert("tenants", "acme")
            self.insert("databases", home, "prod", "acme")
            configuration = json.dumps({"hnsw": {"space": space}, "embedding_function": {"type": "known", "name": "default", "config": {}}})
            self.insert("collections", self.collection, "things", DIMENSION, home, configuration, None)
        self.insert("segments", self.records, "urn:chroma:segment/metadata/sqlite", "METADATA", self.collection)
        self.insert("segments", self.vectors, "urn:chroma:segment/vector/hnsw-local-persisted", "VECTOR", self.collection)

    def insert(self, table: str, *values) -> None:
        self.database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)

    def sequence_of(self, number: int):
        return struct.pack(">Q", number) if self.old else number

    def queue(self, operation: int, key: str, vector=None, encoding: str = "FLOAT32", metadata=None) -> int:
        self.sequence += 1
        self.insert("embeddings_queue", self.sequence, None, operation, f"persistent://default/default/{self.collection}", key,
                    packed(vector) if vector else None, encoding if vector else None, metadata)
        return self.sequence

    def record(self, key: str, document: str | None = "text", **metadata) -> None:
        self.count += 1
        self.insert("embeddings", self.count, self.records, key, self.sequence_of(self.sequence), None)
        columns = "id, key, string_value, int_value, float_value" + ("" if self.old else ", bool_value")
        for name, value in {"chroma:document": document, **metadata}.items():
            for element in value if isinstance(value, list) else [value]:
                kinds = [element if isinstance(element, str) else None, element if type(element) is int else None,
                         element if isinstance(element, float) else None] + ([] if self.old else
                                                                             [element if isinstance(element, bool) else None])
                table = "embedding_metadata_array" if isinstance(value, list) else "embedding_metadata"
                self.database.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * (len(kinds) + 2))})",
                                      (self.count, name, *kinds))

    def applied(self, segment: str, number: int) -> None:
        self.insert("max_seq_id", segment, self.sequence_of(number))

    def index(self, vectors: dict, last: int, deleted=(), by_python: bool = False) -> pathlib.Path:
        """Writes the folder of the index; its elements are in another order than that of the labels."""
        folder = self.path / self.vectors
        folder.mkdir()
        names = {key: label for label, key in enumerate(vectors)}
        order = list(vectors)
        random.Random(3).shuffle(order)
        links, lengths, level0 = 32, [], b""
        for key in order:
            length = math.sqrt(sum(x * x for x in vectors[key]))
            lengths.append(length)
            stored = [x / length for x in vectors[key]] if self.space == "cosine" else vectors[key]
            level0 += struct.pack("<HBB", 1, key in deleted, 0) + b"\1" * 4 * links + packed(stored) + struct.pack("<Q", names[key])
        size = 4 + 4 * links + 4 * DIMENSION + 8
        header = struct.pack("<iQQQQQQiIQQQdQ", 1, 0, len(order) + 5, len(order), size, size - 8, 4 + 4 * links, 0, 0, 16, links, 16, 0.36, 100)
        assert len(header) == 100
        (folder / "header.bin").write_bytes(header)
        (folder / "data_level0.bin").write_bytes(level0 + bytes(5 * size))
        (folder / "length.bin").write_bytes(packed(lengths))
        (folder / "link_lists.bin").write_bytes(bytes(4 * len(order)))
        (folder / "index_metadata.pickle").write_bytes((pickled_by_python if by_python else pickled)(names, last))
        return folder

    def close(self) -> pathlib.Path:
        self.database.commit()
        self.database.close()
        return self.path


def vectors_of(count: int, seed: int = 1) -> dict:
    rng = random.Random(seed)
    return {f"id {i} ä": [rng.uniform(-2, 2) for _ in range(DIMENSION)] for i in range(count)}


def points_of(kith, tenant="acme", database="prod") -> dict:
    """Exported points by id, in their order, with vectors as numbers."""
    lines = [json.loads(line) for line in kith("export", "--tenant", tenant, "--database", database).out.split("\n") if line]
    found = {}
    for line in lines:
        if "point" in line:
            p = line["point"]
            raw = base64.b64decode(p["vector"])
            found[p["id"]] = (list(struct.unpack(f"<{len(raw) // 4}f", raw)), p["content"], p["metadata"])
    return found


def contents(path: pathlib.Path) -> dict:
    return {file: file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def filled(path: pathlib.Path, **how) -> tuple[Chroma, dict]:
    """800 vectors in the index, of whose changes the last 100 are in the queue too; then changes that are in the queue alone."""
    chroma = Chroma(path, **{key: value for key, value in how.items() if key != "by_python"})
    vectors = vectors_of(800)
    for number, (key, vector) in enumerate(vectors.items()):
        chroma.sequence = number if number < 700 else chroma.sequence
        if number >= 700:
            chroma.queue(ADD, key, vector)
    chroma.index(vectors, last=800, by_python=how.get("by_python", False))
    chroma.applied(chroma.vectors, 800)
    chroma.sequence = 800
    later = vectors_of(850, seed=2)
    for key in list(later)[800:]:
        vectors[key] = later[key]
        chroma.queue(ADD, key, later[key])
    names = list(vectors)
    chroma.queue(ADD, names[0], [9.0] * DIMENSION)  # it exists: ignored
    chroma.queue(UPDATE, names[1], [1.0, 2.0, 3.0, 4.0])
    chroma.queue(UPDATE, names[2])  # without a vector
    chroma.queue(DELETE, names[3])
    chroma.queue(DELETE, names[4])
    chroma.queue(ADD, names[4], [5.0, 6.0, 7.0, 8.0])
    chroma.queue(UPSERT, names[5], [-1.0, 0.5, 0.25, 3.0])
    vectors[names[1]], vectors[names[4]], vectors[names[5]] = [1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [-1.0, 0.5, 0.25, 3.0]
    del vectors[names[3]]
    again = vectors.pop(names[4])
    vectors[names[4]] = again  # the deletion has moved it to the end
    for key in vectors:
        chroma.record(key)
    chroma.applied(chroma.records, chroma.sequence)
    return chroma, vectors


@pytest.mark.smoke
@pytest.mark.parametrize("how", [{}, {"by_python": True}, {"space": "cosine"}, {"space": "ip"}])
def test_vectors_come_from_the_index_and_what_follows_from_the_queue(kith, tmp_path, how):
    chroma, vectors = filled(tmp_path / "chroma", **how)
    path = chroma.close()
    before = contents(path)
    result = kith("import", "chroma", path).lines[0]
    assert result == {"imported": "collection", "tenant": "acme", "database": "prod", "id": "things", "created": True, "documents": 0,
                      "points": len(vectors), "documents_kept": 0, "points_kept": 0, "without_vector": 0, "refused": 0, "unapplied": 0}
    found = points_of(kith)
    assert list(found) == list(vectors)
    for key, vector in vectors.items():
        assert found[key][0] == (pytest.approx(vector, rel=1e-6) if how.get("space") == "cosine" else rounded(vector))
    assert contents(path) == before
    again = kith("import", "chroma", path).lines[0]
    assert (again["points"], again["points_kept"]) == (0, len(vectors))


def test_metadata_keeps_its_kinds_and_the_document_is_the_content(kith, tmp_path):
    chroma = Chroma(tmp_path / "chroma")
    chroma.insert("collection_metadata", chroma.collection, "owner", "me", None, None, None)
    chroma.insert("collection_metadata", chroma.collection, "ratio", None, None, 1.0, None)
    given = {"n": 7, "x": 1.0, "s": "t\u2028", "yes": True, "no": False, "tags": ["b", "a"], "numbers": [3, 1], "flags": [True, False],
             "chroma:uri": "file:///a"}
    for key, document in (("full", "words\n"), ("empty", ""), ("none", None)):
        chroma.queue(ADD, key, [1.0, 2.0, 3.0, 4.0])
        chroma.record(key, document, **(given if key == "full" else {}))
    chroma.applied(chroma.records, chroma.sequence)
    kith("import", "chroma", chroma.close())
    found = points_of(kith)
    assert [found[key][1] for key in ("full", "empty", "none")] == ["words\n", "", None]
    assert found["full"][2] == given
    assert {name: type(value) for name, value in found["full"][2].items()} == {name: type(value) for name, value in given.items()}
    line = next(json.loads(line) for line in kith("export", "--tenant", "acme", "--database", "prod").out.split("\n") if '"collection":' in line)
    assert line["collection"]["metadata"] == {"owner": "me", "ratio": 1.0}
    assert line["collection"]["metric"] == "l2"


@pytest.mark.alone
def test_a_client_of_chroma_finds_the_collection_as_it_was(kith, tmp_path):
    chroma = Chroma(tmp_path / "chroma", space="cosine")
    chroma.queue(ADD, "a", [1.0, 2.0, 3.0, 4.0])
    chroma.record("a", "words", n=1)
    chroma.applied(chroma.records, chroma.sequence)
    kith("import", "chroma", chroma.close())
    with serving(kith) as server:
        place = "/api/v2/tenants/acme/databases/prod/collections"
        found = server("GET", f"{place}/things").json
        assert found["configuration_json"]["hnsw"]["space"] == "cosine"
        assert found["configuration_json"]["embedding_function"] == {"type": "known", "name": "default", "config": {}}
        got = server("POST", f"{place}/{found['id']}/get", {"include": ["documents", "metadatas"]}).json
        assert (got["ids"], got["documents"], got["metadatas"]) == (["a"], ["words"], [{"n": 1}])


def test_files_of_early_versions_are_read(kith, tmp_path):
    chroma = Chroma(tmp_path / "chroma", OLD_SCHEMA, space="ip")
    chroma.insert("collection_metadata", chroma.collection, "hnsw:space", "ip", None, None)
    vectors = vectors_of(20)
    chroma.index(dict(list(vectors.items())[:10]), last=10, by_python=True)
    for key, vector in vectors.items():
        chroma.queue(ADD, key, vector)
        chroma.record(key, n=1)
    whole = [1.0, -2.0, 3.0, 70000.0]
    chroma.queue(UPSERT, "integers", whole)
    chroma.database.execute("UPDATE embeddings_queue SET encoding = 'INT32', vector = ? WHERE id = 'integers'",
                            (struct.pack("<4i", *map(int, whole)),))
    chroma.record("integers")
    chroma.applied(chroma.vectors, 10)
    chroma.applied(chroma.records, chroma.sequence)
    assert kith("import", "chroma", chroma.close()).lines[0]["points"] == 21
    found = points_of(kith, "default_tenant", "default_database")
    assert {key: value[0] for key, value in found.items()} == {**{k: rounded(v) for k, v in vectors.items()}, "integers": whole}


def damage_nothing(folder):
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


@pytest.mark.parametrize("damage, words", [
    (damage_nothing, None),
    (lambda folder: (folder / "index_metadata.pickle").unlink(), None),
    (lambda folder: (folder / "header.bin").write_bytes(b""), None),
    (lambda folder: (folder / "header.bin").write_bytes(b"\1\0\0\0" + b"\xff" * 96), "header.bin"),
    (lambda folder: (folder / "header.bin").write_bytes(b"\1" * 99), "header.bin"),
    (lambda folder: (folder / "data_level0.bin").write_bytes(b"short"), "data_level0.bin"),
    (lambda folder: (folder / "index_metadata.pickle").write_bytes(b"\x80\x03cos\nsystem\nX\x02\0\0\0id\x85R."), "os.system"),
    (lambda folder: (folder / "index_metadata.pickle").write_bytes(b"\x80\x03}."), "no labels"),
    (lambda folder: (folder / "index_metadata.pickle").write_bytes(b"\x80\x03}X\xff\xff\xff\xff"), "too early"),
])
def test_where_the_index_is_of_no_use_the_queue_is_read_and_what_lacks_is_told(kith, tmp_path, damage, words):
    chroma, vectors = filled(tmp_path / "chroma")
    damage(chroma.path / chroma.vectors)
    queued = {row[0] for row in chroma.database.execute("SELECT id FROM embeddings_queue WHERE vector IS NOT NULL")} & set(vectors)
    result = kith("import", "chroma", chroma.close(), status=1)
    counts = result.lines[0]
    assert (counts["points"], counts["without_vector"]) == (len(queued), len(vectors) - len(queued))
    assert "has no vector" in result.err and "more records were left out" in result.err
    assert words is None or ("its index is damaged" in result.err and words in result.err)
    assert set(points_of(kith)) == queued


def test_what_kith_does_not_take_is_named_and_costs_no_other(kith, tmp_path):
    chroma = Chroma(tmp_path / "chroma", space="cosine")
    good = [1.0, 0.0, 0.0, 0.0]
    for key, vector, extra in (("a", good, {}), ("zero", [0.0] * 4, {}), ("b", good, {}), ("long", good, {"x": "y" * 70000}),
                               ("x" * 1100, good, {}), ("c", good, {})):
        chroma.queue(ADD, key, vector)
        chroma.record(key, **extra)
    chroma.applied(chroma.records, chroma.sequence)
    result = kith("import", "chroma", chroma.close(), status=1)
    assert (result.lines[0]["points"], result.lines[0]["refused"]) == (3, 3)
    assert "zero length" in result.err and "1100 bytes" in result.err
    assert list(points_of(kith)) == ["a", "b", "c"]


def waiting(path: pathlib.Path) -> Chroma:
    """Four records in the tables, with their vectors in the queue, from which Chroma took them; what follows it has not applied."""
    chroma = Chroma(path)
    for number, key in enumerate(("a", "b", "c", "d")):
        chroma.queue(ADD, key, [float(number + 1)] * DIMENSION, metadata=json.dumps({"chroma:document": "text", "n": number}))
        chroma.record(key, n=number, s="stays", tags=["x", "y"])
    chroma.applied(chroma.records, chroma.sequence)
    return chroma


def test_changes_that_chroma_has_not_applied_are_applied_in_their_order(kith, tmp_path):
    chroma = waiting(tmp_path / "chroma")
    new = [9.0] * DIMENSION
    chroma.queue(ADD, "a", new, metadata='{"n": 100}')  # it is there: ignored
    chroma.queue(UPSERT, "a", [5.0] * DIMENSION, metadata='{"n": 1.5, "s": null, "tags": ["z"], "chroma:document": "words", "more": true}')
    chroma.queue(UPDATE, "b", metadata='{"n": "a text", "chroma:uri": "file:///b"}')
    chroma.queue(UPDATE, "b", [6.0] * DIMENSION)
    chroma.queue(DELETE, "c")
    chroma.queue(UPDATE, "c", new, metadata='{"n": 3}')  # it is not there: ignored
    chroma.queue(ADD, "c", [7.0] * DIMENSION, metadata='{"again": 1}')
    chroma.queue(DELETE, "d")
    chroma.queue(UPDATE, "nobody", new, metadata='{"n": 4}')
    chroma.queue(ADD, "nobody", [8.0] * DIMENSION)
    chroma.queue(UPSERT, "e", [1.5] * DIMENSION, metadata='{"x": null, "empty": [], "chroma:document": "fifth", "k": -0.0}')
    chroma.queue(DELETE, "never")
    chroma.queue(ADD, "gone", new)
    chroma.queue(DELETE, "gone")
    counts = kith("import", "chroma", chroma.close()).lines[0]
    assert (counts["points"], counts["refused"], counts["without_vector"], counts["unapplied"]) == (5, 0, 0, 0)
    found = points_of(kith)
    assert list(found) == ["a", "b", "c", "nobody", "e"]
    assert found["a"] == ([5.0] * DIMENSION, "words", {"n": 1.5, "tags": ["z"], "more": True})
    assert found["b"] == ([6.0] * DIMENSION, "text", {"n": "a text", "s": "stays", "tags": ["x", "y"], "chroma:uri": "file:///b"})
    assert found["c"] == ([7.0] * DIMENSION, None, {"again": 1})
    assert found["nobody"] == ([8.0] * DIMENSION, None, {})
    assert found["e"][:2] == ([1.5] * DIMENSION, "fifth") and set(found["e"][2]) == {"k"}


def test_where_chroma_noted_no_end_of_its_tables_the_whole_queue_is_applied_once_more(kith, tmp_path):
    chroma = waiting(tmp_path / "chroma")
    chroma.database.execute("DELETE FROM max_seq_id")
    chroma.queue(UPSERT, "a", [5.0] * DIMENSION, metadata='{"n": 7}')
    chroma.queue(ADD, "e", [5.0] * DIMENSION)
    kith("import", "chroma", chroma.close())
    found = points_of(kith)
    assert list(found) == ["a", "b", "c", "d", "e"] and found["a"][2] == {"n": 7, "s": "stays", "tags": ["x", "y"]}
    assert found["b"][2] == {"n": 1, "s": "stays", "tags": ["x", "y"]}


def test_a_change_that_nobody_can_apply_is_told(kith, tmp_path):
    chroma = waiting(tmp_path / "chroma")
    chroma.queue(7, "a", [1.0] * DIMENSION)
    chroma.queue(ADD, "", [1.0] * DIMENSION)
    chroma.queue(UPDATE, "b", metadata="[1]")
    chroma.queue(UPDATE, "c", metadata='{"n": ')
    result = kith("import", "chroma", chroma.close(), status=1)
    counts = result.lines[0]
    assert (counts["points"], counts["unapplied"], counts["refused"]) == (2, 2, 2)
    assert "2 changes" in kith("import", "chroma", chroma.path, "--text", status=1).out and "its metadata is damaged" in result.err


@pytest.mark.alone
def test_what_is_no_data_directory_of_chroma_is_refused(kith, tmp_path):
    assert "chroma.sqlite3" in kith("import", "chroma", tmp_path, status=4).err
    assert not kith.directory.exists()
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database" * 100)
    assert "not a database" in kith("import", "chroma", tmp_path, status=2).err
    (tmp_path / "chroma.sqlite3").unlink()
    sqlite3.connect(tmp_path / "chroma.sqlite3").execute("CREATE TABLE x (y)").connection.close()
    assert "no such table" in kith("import", "chroma", tmp_path, status=2).err


# ---- a running server: kith's own speaks as Chroma does, and a scripted one says what that never would ----

PLACE = "/api/v2/tenants/{}/databases/{}"


@pytest.fixture
def source(tmp_path):
    """A directory of its own, to be served to the importer."""
    other = Kith(tmp_path)
    other.environment["KITH_DIR"] = str(tmp_path / "source")
    return other


def filled_server(server, headers=None, tenant="acme") -> dict:
    """Two databases; in one of them more collections and records than a page has. The points by collection."""
    headers = headers or {}
    rng = random.Random(5)
    made = {}
    server("POST", "/api/v2/tenants", {"name": tenant}, **headers)
    for database, names in (("first", [f"c{n:03}" for n in range(103)]), ("second", ["large"])):
        server("POST", f"/api/v2/tenants/{tenant}/databases", {"name": database}, **headers)
        place = PLACE.format(tenant, database) + "/collections"
        for name in names:
            configuration = {"hnsw": {"space": "ip"}, "embedding_function": {"type": "known", "name": "default", "config": {}}}
            collection = server("POST", place, {"name": name, "metadata": {"owner": "me"}, "configuration": configuration}, **headers).json["id"]
            count = 450 if name == "large" else 1
            ids = [f"{name} {n} ä" for n in range(count)]
            vectors = [rounded([rng.uniform(-2, 2) for _ in range(DIMENSION)]) for _ in ids]
            metadatas = [{"n": n, "x": n / 4, "s": "t\u2028", "tags": ["a", "b"], "yes": True} if n % 3 else None for n in range(count)]
            documents = ["words\n" if n % 2 else None for n in range(count)]
            server("POST", f"{place}/{collection}/add", {"ids": ids, "embeddings": vectors, "metadatas": metadatas, "documents": documents,
                                                        "uris": ["file:///a" if n == 1 else None for n in range(count)]}, status=201, **headers)
            for n, key in enumerate(ids):
                uri = {"chroma:uri": "file:///a"} if n == 1 else {}
                made[(database, name, key)] = (vectors[n], documents[n], {**(metadatas[n] or {}), **uri})
    return made


def everything(kith) -> dict:
    found, database, collection = {}, None, None
    for line in map(json.loads, filter(None, kith("export").out.split("\n"))):
        database = line.get("database", {}).get("name", database)
        collection = line.get("collection", {}).get("name", collection)
        if "point" in line:
            p = line["point"]
            raw = base64.b64decode(p["vector"])
            found[(database, collection, p["id"])] = (list(struct.unpack(f"<{len(raw) // 4}f", raw)), p["content"], p["metadata"])
    return found


def test_a_running_server_is_read_page_by_page_and_again_without_loss(kith, source):
    with serving(source) as server:
        made = filled_server(server)
        result = kith("import", "chroma", server.url, "--tenant", "acme")
        assert result.err == "" and result.lines[-1]["summary"]["collections"] == 104
        assert result.lines[-1]["summary"]["points"] == len(made) == 553
        assert everything(kith) == made
        assert list(everything(kith))[-450:] == list(made)[-450:]
        again = kith("import", "chroma", server.url + "/api/v2/", "--tenant", "acme", "--database", "second").lines
        assert (len(again), again[0]["id"], again[0]["points"], again[0]["points_kept"]) == (2, "large", 0, 450)
        line = next(json.loads(line) for line in kith("export").out.split("\n") if '"collection":' in line)["collection"]
        assert (line["metric"], line["metadata"]) == ("ip", {"owner": "me"}) and '"default"' in line["configuration"]
        assert kith("import", "chroma", server.url).lines[-1]["summary"]["points"] == 0  # the default tenant has nothing
        missing = kith("import", "chroma", server.url, "--tenant", "acme", "--database", "third")
        assert missing.lines[-1]["summary"]["collections"] == 0


def test_a_token_comes_from_a_file_and_tls_is_checked(kith, source, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True,
                   capture_output=True)
    secret = source("key", "create", "--name", "reader", "--scope", "read").lines[0]["key"]
    (tmp_path / "token").write_text(secret + "\n")
    (tmp_path / "empty").write_text("\n")
    process = source.start("serve", "--port", "0", "--json", "--tls-cert", certificate, "--tls-key", key)
    try:
        url = json.loads(process.stdout.readline())["listening"]
        assert kith("import", "chroma", url, "--tls-ca", certificate, "--token-file", tmp_path / "token").err == ""
        refused = kith("import", "chroma", url, "--tls-ca", certificate, status=5)
        assert "401" in refused.err and secret not in refused.err
        assert "certificate" in kith("import", "chroma", url, "--token-file", tmp_path / "token", status=5).err
        assert "holds no token" in kith("import", "chroma", url, "--token-file", tmp_path / "empty", status=2).err
        kith("import", "chroma", url, "--token-file", tmp_path / "none", status=4)
    finally:
        process.terminate()
        process.communicate(timeout=patience(120))


class Scripted:
    """A server that answers each path with what the test says: a status, a body and headers, or what a function of the request gives."""

    def __init__(self, answers: dict):
        self.answers, self.asked = answers, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.split("?")[0].removeprefix("/api/v2")
                outer.asked.append((path, dict(self.headers)))
                answer = outer.answers.get(path, (404, {"error": "NotFoundError", "message": "not there"}))
                if callable(answer):
                    answer = answer(json.loads(body) if body else None)
                status, content, *headers = answer
                content = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


COLLECTIONS = PLACE.format("default_tenant", "default_database").removeprefix("/api/v2") + "/collections"
ID = "6f2c3b1e-0000-4000-8000-000000000001"


def scripted(**more) -> dict:
    return {"/auth/identity": (200, {"user_id": "", "tenant": "default_tenant", "databases": ["default_database"]}),
            "/tenants/default_tenant/databases": (200, [{"id": "x", "name": "default_database", "tenant": "default_tenant"}]),
            COLLECTIONS: (200, [{"id": ID, "name": "things", "dimension": 2, "metadata": None, "configuration_json": {}, "schema": None}]),
            f"{COLLECTIONS}/{ID}/count": (200, 3),
            f"{COLLECTIONS}/{ID}/get": lambda body: (200, page(["a", "b", "c"], body)), **more}


def page(ids: list[str], body: dict) -> dict:
    ids = ids[body["offset"]:body["offset"] + body["limit"]]
    return {"ids": ids, "embeddings": [[1, 2.5]] * len(ids), "documents": ["text"] * len(ids), "metadatas": [{"n": 1}] * len(ids),
            "uris": [None] * len(ids), "include": []}


def test_what_a_server_lacks_or_sends_amiss_is_counted_and_told(kith):
    def odd(body):
        found = page(["a", "b", "c", "d\0", "e", "f"], body)
        if found["ids"]:
            found["embeddings"] = [[1, 2.5], None, [1, 2, 3], [1, 2], [1, "2"], [1, 2]]
            found["metadatas"][5] = {"x": "y" * 70000}
        return 200, found
    counts = iter((6, 7))
    with Scripted(scripted(**{f"{COLLECTIONS}/{ID}/get": odd, f"{COLLECTIONS}/{ID}/count": lambda _: (200, next(counts))})) as server:
        result = kith("import", "chroma", server.url, status=1)
    counts = result.lines[0]
    assert (counts["points"], counts["without_vector"], counts["refused"]) == (1, 3, 2)
    for words in ("'b' has no vector", "NUL byte", "written to while it was read"):
        assert words in result.err


@pytest.mark.parametrize("path, answer, status, words", [
    ("/auth/identity", (404, b"<html>nothing here</html>"), 4, "404"),
    ("/auth/identity", (200, b"<html>a page</html>"), 2, "the reply of the server"),
    ("/auth/identity", (403, {"error": "AuthError", "message": "Permission denied."}), 5, "403: Permission denied."),
    ("/tenants/default_tenant/databases", (200, {"a": 1}), 2, "not as Chroma replies"),
    (COLLECTIONS, (200, [{"name": "no id"}]), 2, "not as Chroma replies"),
    (COLLECTIONS, (200, [{"id": ID, "name": "x", "dimension": 1 << 40}]), 2, "dimensions"),
    (f"{COLLECTIONS}/{ID}/count", (200, -1), 2, "collection 'things': the server's count"),
    (f"{COLLECTIONS}/{ID}/get", (200, {"ids": None}), 2, "page of records"),
    (f"{COLLECTIONS}/{ID}/get", (200, b"[" * 100000), 2, "things"),
    (f"{COLLECTIONS}/{ID}/get", (500, {"error": "InternalError", "message": "it broke"}), 5, "500: it broke"),
    (f"{COLLECTIONS}/{ID}/get", (200, {"ids": ["x"] * 500}), 2, "page of records"),
])
def test_a_server_that_does_not_reply_as_chroma_does_is_named(kith, path, answer, status, words):
    with Scripted(scripted(**{path: answer})) as server:
        assert words in kith("import", "chroma", server.url, status=status).err


def test_a_token_is_not_taken_to_another_server(kith, tmp_path):
    (tmp_path / "token").write_text("a-secret")
    with Scripted({}) as thief, Scripted({"/auth/identity": (307, b"", ("Location", thief.url + "/api/v2/auth/identity"))}) as server:
        result = kith("import", "chroma", server.url, "--token-file", tmp_path / "token", status=5)
        assert "a request with a token is not repeated" in result.err and thief.asked == []
        assert server.asked[0][1]["X-Chroma-Token"] == "a-secret" and server.asked[0][1]["Authorization"] == "Bearer a-secret"


def test_nobody_at_the_address_is_said_at_once(kith):
    assert "cannot connect" in kith("import", "chroma", "http://127.0.0.1:1", status=5).err
    assert "is no URL" in kith("import", "chroma", "somewhere", "--tenant", "acme", status=2).err
