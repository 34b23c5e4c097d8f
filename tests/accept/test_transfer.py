"""kith export and kith import: what comes out goes in again, exactly, whole or told."""

import base64
import json
import random
import struct
import time

import pytest
from patience import patience
from program import Kith

METADATA = {"year": 2020, "ratio": 1.0, "tiny": 1e-320, "big": -9007199254740993, "name": "Zoë \"q\" \\ \u2028", "ok": True,
            "tags": ["a", "b"], "numbers": [1, 2.0, -3.5]}


def vector_text(numbers) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def point(key: str, numbers, content="text", metadata=None) -> dict:
    return {"point": {"id": key, "content": content, "metadata": metadata or {}, "vector": vector_text(numbers)}}


def collection(name="c", dimension=3, **others) -> dict:
    return {"collection": {"name": name, "metric": "l2", "dimension": dimension, "model": "", "metadata": None, "configuration": None,
                           **others}}


def export_of(points, documents=(), head=None, **others) -> list[dict]:
    """The lines of an export of one collection."""
    count = len(points) + sum(line["document"]["chunks"] for line in documents if "document" in line)
    documents_count = sum("document" in line for line in documents)
    counts = {"documents": documents_count, "points": count}
    return [head or {"kith_export": {"format": 1, "written_by": "test"}}, {"database": {"tenant": "acme", "name": "prod"}},
            collection(**others), *points, *documents, {"collection_end": counts}, {"end": {"collections": 1, **counts}}]


def text_of(lines) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def exported(kith, *arguments) -> list[dict]:
    # Not by splitlines(), which also splits at U+2028 within a text.
    return [json.loads(line) for line in kith("export", *arguments).out.split("\n") if line]


def without_versions(lines) -> list[dict]:
    return [line for line in lines if "kith_export" not in line]


@pytest.fixture
def other(tmp_path) -> Kith:
    """A second data directory."""
    (tmp_path / "other").mkdir()
    return Kith(tmp_path / "other")


def odd_points(count: int) -> list[dict]:
    """Vectors of bit patterns that no rounding survives: denormals, the least bit, negative zero."""
    rng = random.Random(7)
    points = []
    for i in range(count):
        numbers = [rng.uniform(-1, 1), struct.unpack("<f", struct.pack("<I", rng.randrange(1, 1 << 23)))[0], -0.0]
        points.append(point(f"id {i} ü", numbers, content=[None, "", "a\tb\nc \u0001"][i % 3], metadata=METADATA if i % 2 else {}))
    return points


@pytest.mark.smoke
def test_what_is_imported_is_exported_bit_for_bit_in_the_same_order(kith, other):
    lines = export_of(odd_points(1203), metadata={"owner": "me", "n": 1, "x": 1.0}, configuration='{ "hnsw" : {"ef": 1e2} }')
    result = kith("import", "-", stdin=text_of(lines))
    assert result.lines[0] == {"imported": "collection", "tenant": "acme", "database": "prod", "id": "c", "created": True,
                               "documents": 0, "points": 1203, "documents_kept": 0, "points_kept": 0, "without_vector": 0,
                               "refused": 0, "unapplied": 0}
    assert result.lines[-1]["summary"]["points"] == 1203
    out = exported(kith, "--tenant", "acme", "--database", "prod")
    assert without_versions(out) == without_versions(lines)
    assert repr(out[3:-2]) == repr(lines[3:-2])  # 1 and 1.0 are equal, but not the same
    other("import", "-", stdin=kith("export").out)
    assert other("export").out == kith("export").out


@pytest.mark.smoke
def test_documents_keep_text_chunks_places_and_citations(added, other):
    file = added.home / "notes.jsonl"
    summary = added("export", "-o", file).lines[-1]["summary"]
    stats = added("stats").lines[0]
    assert (summary["documents"], summary["points"]) == (stats["documents"], stats["chunks"])
    imported = other("import", file).lines[0]
    assert (imported["documents"], imported["points"]) == (stats["documents"], stats["chunks"])
    assert [other("get", name).out for name in ("fox", "paris")] == [added("get", name).out for name in ("fox", "paris")]
    question = ("ask", "How long are backups kept?", "--no-llm", "--json")
    ours, theirs = (k(*question).lines[0] for k in (added, other))
    assert theirs["citations"] and theirs["citations"] == ours["citations"]
    assert theirs["answer"] == ours["answer"]
    assert without_versions(exported(other)) == without_versions(exported(added))
    assert {f["source"] for f in other("files").lines} == {f["source"] for f in added("files").lines}
    assert other("check").status == 0


def test_the_files_of_imported_documents_can_be_added_again(added, other, notes):
    other("import", "-", stdin=added("export").out)
    (notes / "garden.txt").write_text("The cherry tree bears fruit in June and is netted against birds.\n")
    summary = other("add", notes).lines[-1]["summary"]
    assert summary["files_failed"] == 0
    stats = other("stats").lines[0]
    assert other("search", "cherry tree", "-k", 1).lines[0]["content"].startswith("The cherry tree")
    other("add", notes)
    assert other("stats").lines[0]["chunks"] == stats["chunks"]
    assert other("check").status == 0


def test_an_import_that_is_repeated_adds_nothing(kith):
    text = text_of(export_of(odd_points(20)))
    kith("import", "-", stdin=text)
    before = kith("export").out
    again = kith("import", "-", stdin=text).lines[0]
    assert (again["created"], again["points"], again["points_kept"]) == (False, 0, 20)
    assert kith("export").out == before


def test_a_document_that_is_there_stays(added):
    before = added("export").out
    again = added("import", "-", stdin=before).lines[0]
    assert again["documents"] == 0 and again["points"] == 0 and again["documents_kept"] > 0
    assert added("export").out == before


def test_an_import_that_was_killed_goes_on_with_nothing_twice_and_nothing_lost(kith):
    points = odd_points(6000)
    file = kith.home / "many.jsonl"
    file.write_text(text_of(export_of(points)))
    process = kith.start("import", "-")
    process.stdin.write(text_of(export_of(points)[:2503]))  # the head and 2,500 points
    process.stdin.flush()
    deadline = time.monotonic() + patience(60)
    while not stored(kith) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    kept = stored(kith)
    assert 0 < kept < 6000
    result = kith("import", file).lines[0]
    assert (result["points_kept"], result["points"]) == (kept, 6000 - kept)
    assert exported(kith, "--tenant", "acme", "--database", "prod")[2:-2] == export_of(points)[2:-2]


def stored(kith) -> int:
    result = kith("export", status=None)
    return sum('{"point":' in line for line in result.out.split("\n")) if result.status == 0 else 0


def bad(line: dict, **changes) -> list[dict]:
    """An export whose line 5 is a point with changed members."""
    lines = export_of(odd_points(6))
    lines[4] = {"point": {**lines[4]["point"], **changes}} if changes else line
    return lines


@pytest.mark.parametrize("lines, words", [
    (bad({}, vector="AAAA"), "float32"),
    (bad({}, vector="!!!!"), "base64"),
    (bad({}, vector=vector_text([1, 2])), "dimensions"),
    (bad({}, vector=vector_text([float("nan"), 1, 2])), "NaN"),
    (bad({}, id=""), "id"),
    (bad({}, id="x" * 1025), "1025 bytes"),
    (bad({}, id="a\u0000b"), "NUL"),
    (bad({}, id=7), "no text"),
    (bad({}, metadata=[1]), "no object"),
    (bad({}, metadata={"a": {"b": 1}}), "'a'"),
    (bad({}, unheard="of"), "unknown member 'unheard'"),
    (bad({"bogus": {}}), "unknown kind"),
    (bad({"point": {}, "and": {}}), "one member"),
    (bad({"chunk": {"id": "x", "content": "", "metadata": {}, "vector": ""}}), "wrong place"),
    (bad({"end": {"collections": 1, "documents": 0, "points": 6}}), "wrong place"),
    (bad({"database": {"tenant": "a", "name": "b"}}), "wrong place"),
    (bad(collection("d")), "wrong place"),
    (bad({"collection_end": {"documents": 0, "points": 9}}), "should be 9 points, 1 were read"),
    (bad({"document": {"id": "d", "title": "", "source": "", "metadata": {}, "text": "", "chunks": 2}}), "should have 2 chunks, 0 follow"),
    (bad({"document": {"id": "d", "title": "", "source": "", "metadata": {}, "text": "", "chunks": -2}}), "no count"),
    (bad({"document": {"id": "d", "title": "", "source": "", "metadata": {}, "text": "", "chunks": 1 << 30}}), "the limit is"),
])
def test_a_damaged_line_is_named_and_what_came_before_is_stored(kith, lines, words):
    result = kith("import", "-", stdin=text_of(lines), status=2)
    number = 6 if "chunks, 0 follow" in words else 5
    assert f"standard input:{number}: " in result.err and words in result.err
    assert [line["point"]["id"] for line in exported(kith) if "point" in line] == ["id 0 ü"]


def test_a_line_that_is_no_json_is_named(kith):
    lines = [json.dumps(line) + "\n" for line in export_of(odd_points(6))]
    result = kith("import", "-", stdin="".join(lines[:6]) + lines[6][:40] + "\n" + "".join(lines[7:]), status=2)
    assert "standard input:7: " in result.err
    assert len([line for line in exported(kith) if "point" in line]) == 3


@pytest.mark.parametrize("cut", [1, 2, 4, 7, 9, 10])
def test_an_export_that_was_cut_off_is_told(kith, cut):
    lines = export_of(odd_points(6))
    result = kith("import", "-", stdin=text_of(lines[:cut]), status=2)
    assert "cut off" in result.err


@pytest.mark.parametrize("text, status, words", [
    ("", 2, "no export in it"),
    ('{"id": "a"}\n', 2, "standard input:1: "),
    ("[]\n", 2, "one member"),
    ('{"kith_export": {"format": 2, "new": 1}}\n', 2, "newer kith"),
    ("\n", 2, "standard input:1: "),
])
def test_what_is_no_export_is_refused_and_nothing_is_stored(kith, text, status, words):
    assert words in kith("import", "-", stdin=text, status=status).err
    assert exported(kith)[-1]["end"]["collections"] == 0


def test_a_collection_that_is_there_must_fit(kith):
    kith("import", "-", stdin=text_of(export_of(odd_points(2))))
    other_metric = export_of([], metadata={"a": 1})
    other_metric[2]["collection"]["metric"] = "ip"
    assert "metric" in kith("import", "-", stdin=text_of(other_metric), status=2).err
    assert "dimension" in kith("import", "-", stdin=text_of(export_of([], dimension=4)), status=2).err
    assert "caller's own" in kith("import", "-", stdin=text_of(export_of([], model="bert")), status=5).err
    assert "keeps its own metadata" in kith("import", "-", stdin=text_of(export_of([], metadata={"a": 1}))).err


def test_only_what_is_named_is_exported(kith):
    for name in ("a", "b", "c"):
        kith("collections", "create", name)
    assert [line["collection"]["name"] for line in exported(kith, "c", "a") if "collection" in line] == ["c", "a"]
    assert kith("export", "a", "missing", status=4).out == ""
    assert kith("export", "a", "a", status=2).out == ""
    assert kith("export", "--tenant", "nobody", status=4).out == ""


def test_a_file_that_exists_is_replaced_with_force_only(kith):
    kith("collections", "create", "a")
    file = kith.home / "out.jsonl"
    file.write_text("mine")
    assert "--force" in kith("export", "-o", file, status=2).err
    assert file.read_text() == "mine"
    kith("export", "-o", file, "--force")
    assert len(file.read_text().splitlines()) == 5
    assert not (kith.home / "out.jsonl.tmp").exists()
    kith("export", "-o", kith.home / "no/where.jsonl", status=4)


@pytest.mark.alone
def test_a_missing_file_leaves_no_data_directory(kith):
    assert "no/such" in kith("import", kith.home / "no/such", status=4).err
    assert not kith.directory.exists()


def test_damaged_codes_of_an_index_are_set_aside_and_made_again(kith):
    """Of an index large enough for a graph, whose nodes have codes."""
    rng, count = random.Random(5), 4200
    points = [point(f"p{i}", [rng.gauss(0, 1) for _ in range(64)]) for i in range(count)]
    lines = export_of(points, dimension=64)
    lines[1] = {"database": {"tenant": "default_tenant", "name": "default_database"}}
    kith("import", "-", stdin=text_of(lines))
    (saved,) = (kith.directory / "derived/1").iterdir()
    damaged = bytearray((saved / "codes.0").read_bytes())
    damaged[4096 + 77] ^= 4
    (saved / "codes.0").write_bytes(damaged)
    named = kith("check", status=6).out
    assert "part codes.0: page 1 fails its checksum" in named
    again = kith("stats", "--collection", "c")
    assert "damaged index (part codes.0: page 1 fails its checksum) set aside as derived/1/" in again.err
    assert again.lines[0]["chunks"] == count and again.lines[0]["index_state"] == "rebuilt"
    (kept,) = (path for path in (kith.directory / "derived/1").iterdir() if path.name.endswith(".damaged"))
    assert (kept / "codes.0").read_bytes() == damaged
    assert kith("stats", "--collection", "c").err == ""
