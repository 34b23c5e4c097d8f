"""kith's own API over HTTP, by the standard library alone."""

import json
import pathlib
import re
import shlex
import sqlite3
import subprocess

import pytest
from patience import until
from program import Kith
from serving import form, serving

HTML = b"<html><head><title>Bread</title></head><body><p>The dough rests for twelve hours before it is baked.</p></body></html>"
TEXT = b"The kettle boils at a hundred degrees.\n"
DOCUMENTS = "/v1/collections/default/documents"


@pytest.fixture
def server(added):
    with serving(added) as server:
        yield server


@pytest.fixture
def empty(kith):
    with serving(kith) as server:
        yield server


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A server over nothing, for requests that must leave nothing behind."""
    with serving(Kith(tmp_path_factory.mktemp("bare"))) as server:
        yield server


def test_what_a_server_has_counted_is_seen_beside_it(added):
    with serving(added) as server:
        for count in (1, 2):
            server("POST", "/v1/collections/default/search", {"query": "tomato"})
            added("search", "tomato")
            assert added("stats").lines[-1]["metrics"]["searches"] == 2 * count


def test_a_server_without_a_model_says_so_when_a_text_comes(kith, tmp_path):
    with serving(kith, KITH_MODEL="", HOME=str(tmp_path), XDG_CACHE_HOME="") as server:
        for path, body in ((DOCUMENTS, {"documents": [{"id": "a", "content": "A text."}]}), ("/v1/collections/default/ask", {"question": "What?"})):
            assert "this server has no model" in server("POST", path, body, status=400).error["message"]


# ---- collections ----


def test_collections_are_made_changed_and_deleted(empty):
    made = empty("POST", "/v1/collections", {"name": "trips", "metric": "squared_l2", "dimension": 3, "metadata": {"n": 1, "x": 1.0}},
                 status=201)
    assert made.json["metric"] == "squared_l2" and made.json["dimension"] == 3 and b'{"n":1,"x":1.0}' in made.body
    assert empty("POST", "/v1/collections", {"name": "trips"}, status=409).error["code"]
    renamed = empty("PATCH", "/v1/collections/trips", {"name": "tours", "metadata": {"a": "b"}}).json
    assert renamed["name"] == "tours" and renamed["id"] == made.json["id"] and renamed["metadata"] == {"a": "b"}
    assert empty("GET", f"/v1/collections/{made.json['id']}").json["name"] == "tours"
    assert [c["name"] for c in empty("GET", "/v1/collections").json["collections"]] == ["tours"]
    assert empty("GET", "/v1/collections?offset=1").json["collections"] == []
    assert empty("DELETE", "/v1/collections/tours").json == {"deleted": "tours"}
    assert empty("GET", "/v1/collections/tours", status=404).error["code"] == "not_found"


@pytest.mark.parametrize(("body", "param"), [
    ({}, "name"), ({"name": 5}, "name"), ({"name": "a", "metric": "taxicab"}, "metric"), ({"name": "a", "dimension": 0}, "dimension"),
    ({"name": "a", "dimension": 65537}, "dimension"), ({"name": "a", "metadata": []}, "metadata"), ({"name": "a", "colour": 1}, "colour"),
    ({"name": "a/b"}, None), ({"name": "a", "metadata": {"x": {"y": 1}}}, None),
])
def test_a_wrong_collection_is_refused_and_not_made(bare, body, param):
    assert bare("POST", "/v1/collections", body, status=400).error["param"] == param
    assert bare("GET", "/v1/collections").json["collections"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "limit=-1", "offset=1.5"])
def test_a_wrong_page_is_refused_by_name(bare, query):
    error = bare("GET", f"/v1/collections?{query}", status=400).error
    assert error["param"] == query.split("=")[0] and error["param"] in error["message"]


# ---- documents ----


def test_documents_come_as_json_with_a_result_each(empty):
    documents = [{"id": "fox/1", "title": "Foxes", "content": "A red fox hunts mice at dusk.", "metadata": {"n": 1, "x": 2.0}},
                 {"id": "short", "content": "too short"}]
    reply = empty("POST", DOCUMENTS, {"documents": documents, "chunk": {"size": 100, "overlap": 0}}).json
    results = {result["source"]: result for result in reply["results"]}
    assert results["fox/1"]["outcome"] == "added" and results["fox/1"]["code"] is None
    assert results["short"]["outcome"] == "failed" and "at least 10" in results["short"]["reason"]
    assert reply["summary"]["processed"] == 1 and reply["summary"]["errors"] == 1
    listed = empty("GET", DOCUMENTS).json
    assert [d["id"] for d in listed["documents"]] == ["fox/1"] and listed["next"] is None
    one = empty("GET", f"{DOCUMENTS}/fox/1")
    assert one.json["text"] == "A red fox hunts mice at dusk." and one.json["title"] == "Foxes"
    assert b'"n":1,"x":2.0' in one.body
    assert empty("DELETE", f"{DOCUMENTS}/fox%2F1").json == {"deleted": "fox/1"}
    empty("GET", f"{DOCUMENTS}/fox/1", status=404)


def test_an_overlap_of_null_is_one_that_was_left_out(empty):
    text = " ".join(f"word{i}" for i in range(1000))
    chunks = []
    for chunk in ({"size": 500}, {"size": 500, "overlap": None}, {"size": 500, "overlap": 0}):
        body = {"documents": [{"id": "words", "content": text}], "chunk": chunk}
        chunks.append(empty("POST", f"/v1/collections/c{len(chunks)}/documents", body).json["summary"]["chunks"])
    assert chunks[0] == chunks[1] > chunks[2]


def test_files_come_as_a_form_and_are_known_by_their_names(server):
    body, kind = form(("file", "dough.html", HTML), ("file", "C:\\docs\\kettle.txt", TEXT), ("file", "image.png", b"\x89PNG\r\n\x1a\n\0\0"),
                      ("chunk_size", None, b"500"), ("chunk_unit", None, b"characters"), ("ocr_language", None, b"eng"))
    reply = server("POST", DOCUMENTS, body, Content_Type=kind).json
    outcomes = {result["source"]: result["outcome"] for result in reply["results"]}
    assert outcomes == {"dough.html": "added", "kettle.txt": "added", "image.png": "skipped"}
    document = server("GET", f"{DOCUMENTS}/dough").json
    assert document["source"] == "dough.html" and document["title"] == "Bread"
    # The same name replaces it; the same content under another name is another document.
    body, kind = form(("file", "dough.html", HTML.replace(b"The dough rests for twelve", b"A ciabatta rests for twenty")),
                      ("file", "copy.txt", TEXT))
    outcomes = {result["source"]: result["outcome"] for result in server("POST", DOCUMENTS, body, Content_Type=kind).json["results"]}
    assert outcomes["dough.html"] == "updated" and outcomes["copy.txt"] == "added"
    assert "twenty hours" in server("GET", f"{DOCUMENTS}/dough").json["text"]
    answer = server("POST", "/v1/collections/default/ask", {"question": "How long does a ciabatta rest?"}).json
    assert answer["citations"][0]["source"] == "dough.html"
    files = {file["path"]: file for file in server("GET", "/v1/collections/default/files").json["files"]}
    assert files["dough.html"]["state"] == "indexed" and files["image.png"]["state"] == "skipped"


def test_an_upload_leaves_nothing_behind(added, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with serving(added, TMPDIR=str(temporary)) as server:
        body, kind = form(("file", "kettle.txt", TEXT))
        server("POST", DOCUMENTS, body, Content_Type=kind)
        server("POST", DOCUMENTS, body, Content_Type=kind, Accept="text/event-stream")
        body, kind = form(("file", "kettle.txt", TEXT), ("file", "x/kettle.txt", TEXT))
        server("POST", DOCUMENTS, body, Content_Type=kind, status=400)
        assert not [path for path in temporary.iterdir() if "upload" in path.name]


def test_progress_comes_as_events(empty):
    documents = [{"id": f"d{i}", "content": f"Document number {i} tells of the {i}th day of the journey."} for i in range(20)]
    events = empty("POST", DOCUMENTS, {"documents": documents}, Accept="text/event-stream").events
    kinds = [kind for kind, _ in events]
    assert kinds.count("result") == 20 and kinds[-1] == "done" and "progress" in kinds
    assert {json.loads(data)["outcome"] for kind, data in events if kind == "result"} == {"added"}
    assert json.loads(events[-1][1])["summary"]["processed"] == 20


@pytest.mark.parametrize(("parts", "words"), [
    ([], "no file"),
    ([("file", "", TEXT)], "name is empty"),
    ([("file", "..", TEXT)], "name is empty"),
    ([("file", "a.txt", TEXT), ("file", "b/a.txt", TEXT)], "two files are called 'a.txt'"),
    ([("file", "a.txt", TEXT), ("chunk_size", None, b"many")], "chunk.size must be an integer"),
    ([("file", "a.txt", TEXT), ("chunk_unit", None, b"feet")], "chunk.unit is 'feet'"),
    ([("file", "a.txt", TEXT), ("colour", None, b"red")], "chunk.colour is not known"),
    ([("file", "a.txt", TEXT), ("ocr_language", None, b"xxx")], "xxx"),
    ([("file", "a.txt", TEXT), ("ocr_language", None, b"eng\0x")], "ocr_language must be names"),
    ([("file", "a.txt", TEXT), ("ocr_language", None, b"")], "ocr_language must be names"),
])
def test_a_wrong_form_is_refused_and_nothing_stored(bare, parts, words):
    body, kind = form(*parts)
    assert words in bare("POST", DOCUMENTS, body, Content_Type=kind, status=400).error["message"]
    bare("GET", "/v1/collections/default", status=404)


def test_a_form_that_is_no_form_is_refused_with_the_place(bare):
    error = bare("POST", DOCUMENTS, b"--x\r\nnonsense", Content_Type="multipart/form-data; boundary=x", status=400).error
    assert "multipart body, byte 5" in error["message"] and error["code"] == "malformed"


@pytest.mark.parametrize(("body", "param"), [
    ({}, "documents"), ({"documents": []}, "documents"), ({"documents": [{"content": "no id, but long enough"}]}, "documents[0].id"),
    ({"documents": [{"id": "a", "content": "x" * 20}], "chunk": {"size": 0}}, "chunk.size"),
    ({"documents": [{"id": "a", "content": "x" * 20}], "chunks": {}}, "chunks"),
    ({"documents": [{"id": "a", "content": "x" * 20, "metadata": "x"}]}, "documents[0].metadata"),
])
def test_wrong_documents_are_refused_by_name(bare, body, param):
    assert bare("POST", DOCUMENTS, body, status=400).error["param"] == param


def test_documents_are_read_in_pages(standing):
    whole = [d["id"] for d in standing("GET", DOCUMENTS).json["documents"]]
    paged, cursor = [], ""
    while cursor is not None:
        page = standing("GET", f"{DOCUMENTS}?limit=3" + (f"&cursor={cursor}" if cursor else "")).json
        assert len(page["documents"]) <= 3
        paged += [d["id"] for d in page["documents"]]
        cursor = page["next"]
    assert paged == whole and len(whole) > 3
    assert standing("GET", f"{DOCUMENTS}?cursor=forged", status=400).error["code"] == "invalid"


# ---- search and answers ----


def test_a_search_finds_by_meaning_words_and_filter(standing):
    search = "/v1/collections/default/search"
    hits = standing("POST", search, {"query": "an animal that hunts", "k": 3}).json["hits"]
    assert hits[0]["document"] == "fox" and len(hits) == 3 and hits[0]["score"] >= hits[1]["score"]
    only = standing("POST", search, {"query": "city", "where": {"country": "Italy"}, "k": 5}).json
    assert [hit["document"] for hit in only["hits"]] == ["rome"] and only["matching"] == 1
    words = standing("POST", search, {"query": "tomato", "rank": "words", "explain": True}).json["hits"]
    assert words[0]["distance"] is None and words[0]["matched"][0]["word"] == "tomato"
    assert standing("POST", search, {"vector": [0.5] * 384, "k": 1}).json["hits"][0]["distance"] is not None


def test_explain_tells_how_a_search_was_planned(standing):
    search = "/v1/collections/default/search"
    assert "explain" not in standing("POST", search, {"query": "city"}).json
    plan = standing("POST", search, {"query": "city", "where": {"country": "Italy"}, "explain": True}).json["explain"]
    assert plan["points"] > 1 and plan["rounds"] == 1 and plan["hops"] == 0 and plan["distances"] >= 1
    expected = {strategy["name"]: strategy["expected_us"] for strategy in plan["strategies"]}
    assert expected["scan"] > 0 and expected["walk"] is None  # of a few chunks there is no graph


def test_a_search_is_told_by_what_it_kept_candidates(standing):
    search = "/v1/collections/default/search"
    for more, told in (({}, (0, "default", None)), ({"ef": 70}, (70, "ef", None)), ({"target_recall": 0.9}, (0, "exact", 0.9)), ({"exact": True}, (0, "exact", None))):
        plan = standing("POST", search, {"query": "city", "explain": True, **more}).json["explain"]
        assert (plan["ef"], plan["ef_source"], plan["target_recall"]) == told
        assert plan["vectors_us"] > 0 and plan["filter_us"] >= 0


def test_an_empty_collection_is_searched_in_every_way(empty):
    empty("POST", "/v1/collections", {"name": "new"}, status=201)
    for more in ({}, {"diversity": 0.5}, {"per_document": 1}, {"explain": True}, {"rank": "words"}, {"rank": "meaning", "diversity": 1}):
        assert empty("POST", "/v1/collections/new/search", {"query": "a fox", **more}).json["hits"] == []


@pytest.mark.parametrize(("body", "words"), [
    ({}, "empty"), ({"query": "a", "k": 0}, "from 1 to"), ({"vector": [1, 2]}, "2 dimensions, the collection has 384"), ({"vector": [1, "a"]}, "vector[1]"),
    ({"query": "a", "where": {"x": {"$near": 1}}}, "$near"), ({"query": "a", "rank": "magic"}, "'meaning'"),
    ({"query": "a", "ef": 0}, "from 1 to 10000"), ({"query": "a", "ef": 10001}, "from 1 to 10000"), ({"query": "a", "target_recall": 2}, "from 0 to 1"),
    ({"query": "a", "target_recall": 0.3}, "0.5 to 0.999"), ({"query": "a", "target_recall": 0.9, "ef": 9}, "exclude"),
    ({"query": "a", "diversity": 2}, "from 0 to 1"), ({"query": "a", "limit": 3}, "limit is not known"),
])
def test_a_wrong_search_is_refused_in_words_that_help(standing, body, words):
    assert words in standing("POST", "/v1/collections/default/search", body, status=400).error["message"]


def test_an_answer_is_that_of_the_command_line(server, added):
    question = "How long are backups kept?"
    over_http = server("POST", "/v1/collections/default/ask", {"question": question, "no_cache": True}).json
    (on_the_line,) = added("ask", "--json", "--no-cache", question).lines
    for member in ("question", "searched", "answer", "refused", "support", "engine", "citations", "claims", "passages"):
        assert over_http[member] == on_the_line[member], member
    assert over_http.keys() == on_the_line.keys()


def test_an_answer_comes_as_the_events_of_the_command_line(server, added):
    events = server("POST", "/v1/collections/default/ask", {"question": "How long are backups kept?"}, Accept="text/event-stream").events
    assert [kind for kind, _ in events] == ["passages", "text", "citations", "done"]
    for kind, data in events:
        assert json.loads(data)["event"] == kind


def test_what_was_said_before_completes_a_question(standing):
    ask = {"question": "And where are they written?", "before": [{"question": "How long are backups kept?"}]}
    answer = standing("POST", "/v1/collections/default/ask", ask).json
    assert answer["searched"] == "And where are they written? backups kept" and "second building" in answer["answer"]


def test_a_question_to_no_collection_is_not_found_also_as_a_stream(bare):
    for headers in ({}, {"Accept": "text/event-stream"}):
        bare("POST", "/v1/collections/nothing/ask", {"question": "Is anybody there?"}, status=404, **headers)


def test_conversations_are_kept_below_their_collection(server):
    conversations = "/v1/collections/default/conversations"
    number = server("POST", conversations, status=201).json["conversation"]
    server("POST", f"{conversations}/{number}/ask", {"question": "How long are backups kept?"})
    second = server("POST", f"{conversations}/{number}/ask", {"question": "And where are they written?"}).json
    assert second["searched"] == "And where are they written? backups kept"
    whole = server("GET", f"{conversations}/{number}").json
    assert [turn["question"] for turn in whole["turns"]] == ["How long are backups kept?", "And where are they written?"]
    assert server("GET", conversations).json["conversations"][0]["title"] == "How long are backups kept?"
    server("POST", "/v1/collections", {"name": "other"}, status=201)
    for path in (f"/v1/collections/other/conversations/{number}", f"{conversations}/99", f"{conversations}/x"):
        assert server("GET", path, status=404).error["code"] == "not_found"
    said = {"question": "And why?", "before": [{"question": "How?"}]}
    assert "record of conversation" in server("POST", f"{conversations}/{number}/ask", said, status=400).error["message"]
    server("DELETE", f"{conversations}/{number}")
    assert server("GET", conversations).json["conversations"] == []


@pytest.mark.parametrize(("option", "path", "fits", "exceeds"), [
    ("--max-k", "search", {"query": "a", "k": 2}, {"query": "a", "k": 3}),
    ("--max-filter", "search", {"query": "a", "where": {"x": {"$gt": 2}}}, {"query": "a", "where": {"x": {"$gt": 2, "$lt": 3}}}),
    ("--max-filter", "ask", {"question": "a b c", "where": {"x": {"$gt": 2}}}, {"question": "a", "where": {"x": {"$gt": 2, "$lt": 3}}}),
    ("--max-dimension", "search", None, {"vector": [1, 2, 3]}),
    ("--max-batch", "documents", {"documents": [{"id": i, "content": "long enough"} for i in "ab"]},
     {"documents": [{"id": i, "content": "long enough"} for i in "abc"]}),
    ("--max-metadata", "documents", None, {"documents": [{"id": "a", "content": "long enough", "metadata": {"abc": 1}}]}),
])
def test_a_limit_of_the_server_is_kept_and_named(added, option, path, fits, exceeds):
    with serving(added, option, "2") as server:
        where = f"/v1/collections/default/{path}"
        if fits:
            server("POST", where, fits)
        assert option in server("POST", where, exceeds, status=400).error["message"]


# ---- operation ----


def test_an_operator_sees_health_stats_and_metrics(server):
    assert server("GET", "/healthz").json == {"live": True, "ready": True, "status": "ready", "reasons": [], "notices": []}
    server("POST", "/v1/collections/default/search", {"query": "a"})
    stats = server("GET", "/v1/stats").json
    assert stats["collections"][0]["name"] == "default" and stats["metrics"]["searches"] == 1
    counted = r'kith_http_request_duration_seconds_count\{method="POST",route="/v1/collections/\{collection\}/search"\} 1'
    until(lambda: re.search(counted, server("GET", "/metrics").body.decode()))  # a request is counted after its reply was sent
    reply = server("GET", "/metrics")
    assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = reply.body.decode()
    assert "kith_searches_total 1" in text
    rows = stats["collections"][0]["chunks"]
    for figure, value in (("rows", rows), ("live_rows", rows), ("bytes", r"\d{3,}")):
        assert re.search(rf'^kith_index_{figure}\{{collection="default"\}} {value}$', text, re.MULTILINE), figure
    assert "kith_index_series_left_out 0" in text
    names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), "a metric is there twice"


def test_the_recall_of_searches_is_told_once_some_were_sampled(added):
    with serving(added, "--sample-every", 1) as server:
        assert server("GET", "/v1/stats").json["collections"][0]["recall"] is None
        assert "kith_recall{" not in server("GET", "/metrics").body.decode()
        assert "no search was sampled yet" in added("stats", "--text").out
        for count in range(1, 8):
            server("POST", "/v1/collections/default/search", {"query": "tomato"})
        recall = server("GET", "/v1/stats").json["collections"][0]["recall"]
        assert recall["recall"] == 1 and recall["searches"] == count and recall["low"] < 1 == recall["high"]  # all is compared: there is no graph
        assert 'kith_recall{collection="default"} 1.000000' in server("GET", "/metrics").body.decode()
        assert added("stats", "--collection", "default").lines[0]["recall"]["searches"] == count
        assert "in 7 searches" in added("stats", "--text").out
    with serving(added, "--sample-every", 0) as server:
        server("POST", "/v1/collections/default/search", {"query": "tomato"})
        assert server("GET", "/v1/stats").json["collections"][0]["recall"]["searches"] == count


def test_each_collection_has_the_recall_of_its_own_searches(kith):
    with serving(kith, "--sample-every", 1) as server:
        for number, name in enumerate(("b", "a", "c"), 1):
            server("POST", "/v1/collections", {"name": name}, status=201)
            server("POST", f"/v1/collections/{name}/documents", {"documents": [{"id": "d", "content": "A text of some words."}]})
            for _ in range(number):
                server("POST", f"/v1/collections/{name}/search", {"query": "text"})
        server("POST", "/v1/collections", {"name": "d"}, status=201)
        told = {c["name"]: c["recall"] and c["recall"]["searches"] for c in server("GET", "/v1/stats").json["collections"]}
        assert told == {"a": 2, "b": 1, "c": 3, "d": None}
        assert kith("stats", "--collection", "c").lines[0]["recall"]["searches"] == 3


def test_a_damaged_counter_costs_no_metrics(added):
    with serving(added, "--sample-every", 1) as server:
        server("POST", "/v1/collections/default/search", {"query": "tomato"})
    database = sqlite3.connect(pathlib.Path(added.directory) / "kith.db")
    assert database.execute("UPDATE counters SET value = value + 1 WHERE name LIKE 'recall.%.found'").rowcount == 1
    database.commit()
    database.close()
    with serving(added, "--sample-every", 0) as server:
        assert "kith_searches_total 1" in server("GET", "/metrics").body.decode()
        assert server("GET", "/v1/stats").json["metrics"]["searches"] == 1
        server("POST", "/v1/collections/default/search", {"query": "tomato"})
    assert added("check").status == 0  # whoever counted next has dropped it


def test_a_key_for_one_collection_sees_nothing_else(added):
    added("collections", "create", "other")
    key = added("key", "create", "--name", "k", "--scope", "write", "--collection", "other", "--json").lines[0]["key"]
    with serving(added) as server:
        own = {"Authorization": f"Bearer {key}"}
        assert server("GET", "/healthz").json["ready"]
        server("GET", "/v1/collections", status=401)
        assert [c["name"] for c in server("GET", "/v1/collections", **own).json["collections"]] == ["other"]
        assert server("GET", "/v1/collections?offset=1", **own).json["collections"] == []
        server("GET", "/v1/collections/other", **own)
        for path in ("", "/documents", "/files", "/conversations"):
            server("GET", f"/v1/collections/default{path}", status=403, **own)
        for path in ("search", "ask"):
            server("POST", f"/v1/collections/default/{path}", {"query": "a", "question": "a"}, status=403, **own)
        server("POST", "/v1/collections", {"name": "third"}, status=403, **own)
        server("PATCH", "/v1/collections/other", {"name": "third"}, status=403, **own)
        server("GET", "/metrics", status=403, **own)
        assert [c["name"] for c in server("GET", "/v1/stats", **own).json["collections"]] == ["other"]
        assert "metrics" not in server("GET", "/v1/stats", **own).json


# ---- the description ----


def fits(value, schema: dict, schemas: dict) -> bool:
    """Whether the value is as the JSON Schema says, as far as our descriptions go."""
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if "anyOf" in schema:
        return any(fits(value, each, schemas) for each in schema["anyOf"])
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list, "null": type(None)}
    allowed = schema.get("type", list(kinds))
    allowed = [allowed] if isinstance(allowed, str) else allowed
    if not any(isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in allowed):
        return False
    if value is not None and "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, list):
        return all(fits(each, schema.get("items", {}), schemas) for each in value)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return (set(schema.get("required", [])) <= set(value)
                and (schema.get("additionalProperties", True) or set(value) <= set(known))
                and all(fits(each, known.get(name, {}), schemas) for name, each in value.items()))
    return True


def test_the_description_is_true_of_every_answer(server):
    described = server("GET", "/openapi.json").json
    schemas = described["components"]["schemas"]
    server("POST", "/v1/collections/default/conversations", status=201)
    bodies = {
        "/v1/embeddings": {"model": "all-MiniLM-L6-v2", "input": "a"},
        "/v1/chat/completions": {"model": "kith", "messages": [{"role": "user", "content": "How long are backups kept?"}]},
        "/v1/responses": {"model": "kith", "input": "How long are backups kept?"},
        "/v1/collections": {"name": "made"},
        "/v1/collections/{collection}": {"metadata": {"a": 1}},
        "/v1/collections/{collection}/documents": {"documents": [{"id": "d", "content": "A text that is long enough."}]},
        "/v1/collections/{collection}/search": {"query": "a", "explain": True},
        "/v1/collections/{collection}/ask": {"question": "How long are backups kept?"},
        "/v1/collections/{collection}/conversations/{conversation}/ask": {"question": "How long are backups kept?"},
    }
    values = {"{collection}": "default", "{conversation}": "1", "{document}": "backup", "{model}": "kith"}
    deleted_last = sorted(((path, method) for path in described["paths"] for method in described["paths"][path]),
                          key=lambda pair: (pair[1] == "delete", -len(pair[0])))
    assert len(deleted_last) >= 25
    for path, method in deleted_last:
        operation = described["paths"][path][method]
        where = re.sub(r"\{\w+\}", lambda match: values[match[0]], path)
        (status,) = set(operation["responses"]) - {"default"}
        body = bodies.get(path) if "requestBody" in operation else None
        reply = server(method.upper(), where, body, status=int(status))
        content = operation["responses"][status]["content"]
        if "application/json" in content:
            assert fits(reply.json, content["application/json"]["schema"], schemas), f"{method} {path}: {reply.body[:1000]}"
        refused = server(method.upper(), where, b"{", status=None, Content_Type="application/json")
        if refused.status >= 400:
            assert fits(refused.json, operation["responses"]["default"]["content"]["application/json"]["schema"], schemas)


# ---- the README ----


def test_the_examples_of_the_readme_do_what_they_say(added, tmp_path):
    readme = (pathlib.Path(__file__).resolve().parent.parent.parent / "README.md").read_text()
    section = readme.split("\n## HTTP\n", 1)[1].split("\n## ", 1)[0]
    commands = [line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
                for line in block.replace("\\\n", " ").splitlines() if line.startswith("curl")]
    assert 5 <= len(commands) == readme.count("\ncurl ")  # there is none in another section
    (tmp_path / "report.txt").write_bytes(TEXT)
    with serving(added) as server:
        for command in commands:
            words = shlex.split(command.split("   #")[0].replace("http://localhost:8000", server.url))
            result = subprocess.run([*words, "--fail-with-body", "--silent", "--show-error", "--max-time", "100"], cwd=tmp_path,
                                    capture_output=True, text=True)
            assert result.returncode == 0 and result.stdout, f"{command}: {result}"
