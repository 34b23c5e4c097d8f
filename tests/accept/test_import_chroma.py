"""kith import chroma: data directories as Chroma writes them, made here without it, sound, old and damaged."""

import base64
import json
import math
import pathlib
import pickle
import random
import sqlite3
import struct
import sys
import types
import uuid

import pytest
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


def test_changes_that_chroma_has_not_applied_are_told(kith, tmp_path):
    chroma = Chroma(tmp_path / "chroma")
    chroma.queue(ADD, "a", [1.0, 2.0, 3.0, 4.0])
    chroma.record("a")
    chroma.applied(chroma.records, chroma.sequence)
    chroma.queue(ADD, "b", [1.0, 2.0, 3.0, 4.0])
    result = kith("import", "chroma", chroma.close(), status=1)
    assert result.lines[0]["unapplied"] == 1 and "newest changes" in result.err


def test_what_is_no_data_directory_of_chroma_is_refused(kith, tmp_path):
    assert "chroma.sqlite3" in kith("import", "chroma", tmp_path, status=4).err
    assert not kith.directory.exists()
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database" * 100)
    assert "not a database" in kith("import", "chroma", tmp_path, status=2).err
    (tmp_path / "chroma.sqlite3").unlink()
    sqlite3.connect(tmp_path / "chroma.sqlite3").execute("CREATE TABLE x (y)").connection.close()
    assert "no such table" in kith("import", "chroma", tmp_path, status=2).err


def test_a_running_server_is_not_there_yet(kith):
    assert "not there yet" in kith("import", "chroma", "http://127.0.0.1:1", status=2).err
