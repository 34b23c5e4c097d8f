"""Collections whose vectors may take little memory: the limit is kept, what is near is found, and it is told how.

budget_driver.c puts the vectors and knows which are near, by a comparison of its own with each of them.
"""

import base64
import json
import math
import os
import pathlib
import resource
import struct
import subprocess
import time

import pytest
from program import ROOT
from serving import serving

POINTS, DIMENSION = 40000, 256  # 41 MB of vectors, 136 MB with their graph
MIB = 1 << 20
LIMIT = 8 * MIB
DATA = 80_000_000  # bytes that the process may have for data: program, stacks of threads, store and all


def vector_of(i: int) -> list[float]:
    return [math.sin((i + 1) * 0.7 * (d + 1)) for d in range(64)]


def export_of(count: int) -> str:
    """As kith export writes it: points p0, p1, ... of a collection of the default database."""
    points = [{"point": {"id": f"p{i}", "content": None, "metadata": {},
                         "vector": base64.b64encode(struct.pack("<64f", *vector_of(i))).decode()}} for i in range(count)]
    counts = {"documents": 0, "points": count}
    lines = [{"kith_export": {"format": 1, "written_by": "test"}}, {"database": {"tenant": "default_tenant", "name": "default_database"}},
             {"collection": {"name": "things", "metric": "cosine", "dimension": 64, "model": "", "metadata": None, "configuration": None}},
             *points, {"collection_end": counts}, {"end": {"collections": 1, **counts}}]
    return "".join(json.dumps(line) + "\n" for line in lines)


def nearest(server, i: int) -> list[str]:
    found = server("POST", "/v1/collections/things/search", {"vector": vector_of(i), "k": 1}).json
    return [hit["id"] for hit in found["hits"]]


def wait_for_index(server, kind: str) -> dict:
    for _ in range(600):
        (stats,) = [one for one in server("GET", "/v1/stats").json["collections"] if one["name"] == "things"]
        if stats["index"] == kind:
            return server("GET", "/v1/collections/things").json
        time.sleep(0.1)
    raise AssertionError(stats)


def driver(directory: pathlib.Path, limit: int, *steps: str) -> subprocess.CompletedProcess:
    """Runs the steps in a process that gets no more than DATA bytes from the system."""
    program = pathlib.Path(os.environ.get("KITH", ROOT / "build/kith")).parent / "tests/accept/budget_driver"
    return subprocess.run([program, directory, str(POINTS), str(DIMENSION), str(limit), *steps], text=True, capture_output=True, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (DATA, DATA)))


def test_without_a_limit_the_vectors_do_not_fit(tmp_path):
    result = driver(tmp_path / "data", 0, "put", "search")
    assert result.returncode == 3 and "out of memory" in result.stdout


def test_a_limit_is_kept_while_points_are_put_searched_and_replaced(tmp_path):
    result = driver(tmp_path / "data", LIMIT, "put", "search", "filter", "churn", "search", "near", "filter", "exact")
    assert result.returncode == 0, result.stdout
    steps = [json.loads(line) for line in result.stdout.splitlines()]
    assert [step["step"] for step in steps] == ["put", "search", "filter", "churn", "search", "near", "filter", "exact"]
    for step in steps:
        assert step["index"] == "lists" and step["lists"] > 100 and step["limit"] == LIMIT
        assert 0 < step["used"] <= LIMIT
        # All of the process: program, store, ids and the index of metadata among it.
        assert step["peak_bytes"] < LIMIT + 40 * MIB
        # What is asked for is an average: of 100 queries near clusters a hundredth or two are chance.
        assert step.get("recall", 1) >= (0.95 if step["step"] == "near" else 0.92)
    assert steps[-1]["recall"] == 1 and steps[-1]["plan"] == "flat"
    assert steps[1]["plan"] == "lists" and 0 < steps[1]["lists_read"] < steps[1]["lists"] / 2
    assert steps[-1]["chunks"] == POINTS - POINTS // 10
    assert result.stderr == "", "nothing was built anew"


def test_a_limit_is_set_shown_and_lifted(kith):
    kith("collections", "create", "things", "--dimension", "3", "--index-memory", "64")
    assert kith("stats", "--collection", "things").lines[0]["index_memory"] == 64 * MIB
    (line,) = kith("collections", "limit", "things", "--index-memory", "2").lines
    assert line == {"limited": "collection", "id": "things", "index_memory": 2 * MIB, "memory": "full"}
    assert "2.0 MiB" in kith("stats", "--collection", "things", "--text").out
    kith("collections", "limit", "things", "--index-memory", "0")
    assert kith("stats", "--collection", "things").lines[0]["index_memory"] == 0


def test_vectors_are_on_the_disk_where_that_is_asked_for(kith):
    kith("collections", "create", "things", "--dimension", "3", "--memory", "compact")
    stats = kith("stats", "--collection", "things").lines[0]
    assert (stats["memory"], stats["index_memory"]) == ("compact", 0)
    assert "on the disk" in kith("stats", "--collection", "things", "--text").out
    (line,) = kith("collections", "limit", "things", "--index-memory", "2").lines  # the other stays as it is
    assert line == {"limited": "collection", "id": "things", "index_memory": 2 * MIB, "memory": "compact"}
    (line,) = kith("collections", "limit", "things", "--memory", "full").lines
    assert (line["index_memory"], line["memory"]) == (2 * MIB, "full")
    said = kith("collections", "limit", "things", "--memory", "compact", "--text").out  # an empty one has no graph yet
    assert "its vectors are on the disk, as soon as there is a graph" in said


def test_what_one_process_puts_on_the_disk_another_one_finds(kith):
    """5,000 points of 64 dimensions: each is nearest to itself, whichever process searches."""
    kith("import", "-", stdin=export_of(5000))
    kith("collections", "limit", "things", "--memory", "compact")
    with serving(kith) as server:
        assert nearest(server, 3210) == ["p3210"]
        wait_for_index(server, "compact")
        assert nearest(server, 3210) == ["p3210"]
    with serving(kith) as server:
        assert nearest(server, 17) == ["p17"]
        assert wait_for_index(server, "compact")["memory"] == "compact"
        server("PATCH", "/v1/collections/things", {"memory": "full"})
        wait_for_index(server, "graph")
        assert nearest(server, 17) == ["p17"]


def test_a_limit_and_what_is_in_memory_are_exported_and_imported(kith):
    def memory_of(name: str) -> tuple:
        stats = kith("stats", "--collection", name).lines[0]
        return stats["memory"], stats["index_memory"]

    kith("collections", "create", "things", "--dimension", "3", "--memory", "compact", "--index-memory", "2")
    kith("collections", "create", "others", "--dimension", "3")
    exported = kith("export").out
    heads = [line["collection"] for line in map(json.loads, exported.splitlines()) if "collection" in line]
    assert {head["name"]: head.get("memory") for head in heads} == {"things": "compact", "others": None}
    kith("collections", "delete", "things", "--yes")
    kith("collections", "delete", "others", "--yes")
    kith("import", "-", stdin=exported)
    assert (memory_of("things"), memory_of("others")) == (("compact", 2 * MIB), ("full", 0))
    wrong = kith("import", "-", stdin=exported.replace('"memory":"compact"', '"memory":"little"'), status=None)
    assert wrong.status != 0 and "none of full and compact" in wrong.out + wrong.err
    kith("collections", "delete", "things", "--yes")
    wrong = kith("import", "-", stdin=exported.replace(f'"index_memory":{2 * MIB}', '"index_memory":1000'), status=2)
    assert "index_memory is 1000 bytes" in wrong.err
    assert [line["name"] for line in kith("collections").lines] == ["others"]  # none that would be taken for imported


def test_a_limit_that_is_older_than_the_dimension_is_imported_as_the_least(kith):
    """The first vector may be so long that a limit that was allowed before is too small for it."""
    kith("collections", "create", "things", "--index-memory", "1")
    vector = base64.b64encode(struct.pack("<4000f", *([1.0] * 4000))).decode()
    lines = export_of(0).replace('"dimension": 64', '"dimension": 4000').replace('"points": 0', '"points": 1').splitlines()
    point = json.dumps({"point": {"id": "long", "content": None, "metadata": {}, "vector": vector}})
    kith("import", "-", stdin="\n".join([*lines[:3], point, *lines[3:], ""]))
    exported = kith("export").out
    assert '"index_memory":1048576' in exported
    for _ in range(2):  # an import that is repeated finds what it made
        assert "kept" not in kith("import", "-", "--dir", "copy", stdin=exported).err  # as what is there otherwise would be
    assert kith("stats", "--collection", "things", "--dir", "copy").lines[0]["index_memory"] == 4000 * 1024


@pytest.mark.parametrize("arguments, words", [
    (("limit", "things"), "needs --index-memory"),
    (("limit", "things", "--memory", "little"), "compact"),
    (("list", "--memory", "full"), "for kith collections create and limit"),
    (("limit", "others", "--index-memory", "2"), "others"),
    (("list", "--index-memory", "2"), "for kith collections create and limit"),
])
def test_a_wrong_limit_is_refused(kith, arguments, words):
    kith("collections", "create", "things", "--dimension", "3")
    result = kith("collections", *arguments, status=None)
    assert result.status != 0 and words in result.err


def test_a_server_takes_a_limit_and_shows_it(kith):
    with serving(kith) as server:
        made = server("POST", "/v1/collections", {"name": "things", "dimension": 3, "index_memory": 5 * MIB}, status=201).json
        assert made["index_memory"] == 5 * MIB
        assert server("PATCH", "/v1/collections/things", {"index_memory": 0}).json["index_memory"] == 0
        assert server("PATCH", "/v1/collections/things", {"index_memory": 1000}, status=400).error["param"] == "index_memory"
        for body in ({"index_memory": 1000}, {"index_memory": -1}):
            refused = server("PATCH", "/v1/collections/things", {**body, "name": "others"}, status=400)
            assert "index_memory" in refused.error["message"]
        assert server("GET", "/v1/collections/things").json["index_memory"] == 0
        server("POST", "/v1/collections", {"name": "taken"}, status=201)
        for name, status in (("taken", 409), (".hidden", 400)):  # what is refused for its name limits nothing
            server("PATCH", "/v1/collections/things", {"name": name, "index_memory": 7 * MIB}, status=status)
        assert server("GET", "/v1/collections/things").json["index_memory"] == 0
        both = server("PATCH", "/v1/collections/things", {"name": "renamed", "index_memory": 7 * MIB}).json
        assert (both["name"], both["index_memory"]) == ("renamed", 7 * MIB)
        assert both["memory"] == "full"
        compact = server("POST", "/v1/collections", {"name": "small", "memory": "compact"}, status=201).json
        assert (compact["memory"], compact["index_memory"]) == ("compact", 0)
        server("PATCH", "/v1/collections/small", {"memory": "little"}, status=400)
        server("POST", "/v1/collections", {"name": "more", "index_memory": 1000}, status=400)
        server("GET", "/v1/collections/more", status=404)


def test_an_estimate_tells_what_a_limit_saves(kith):
    (free,) = kith("estimate", "1000000", "384").lines
    (limited,) = kith("estimate", "1000000", "384", "--index-memory", "256").lines
    assert free["index"] == "graph" and limited["index"] == "lists"
    names = ("vectors", "slots", "graph", "codes", "neighbor codes", "sign codes", "lists")
    parts = {part["name"]: part for part in limited["components"]}
    assert sum(parts[name]["memory_bytes"] for name in names) < 256 * MIB
    assert parts["lists"]["disk_bytes"] > 1000000 * 384 * 4
    (compact,) = kith("estimate", "1000000", "384", "--index-memory", "1024").lines
    (asked,) = kith("estimate", "1000000", "384", "--memory", "compact").lines
    assert compact["index"] == asked["index"] == "compact"
    for estimate, most in ((compact, 768 * MIB), (asked, 570e6)):
        assert sum(part["memory_bytes"] for part in estimate["components"] if part["name"] in names) < most
    (fits,) = kith("estimate", "1000", "384", "--index-memory", "256").lines
    assert fits["index"] == "flat"


def test_a_limit_goes_with_an_export_and_is_listed(kith, tmp_path):
    kith("collections", "create", "things", "--dimension", "3", "--index-memory", "5")
    kith("collections", "create", "more")
    assert {line["name"]: line["index_memory"] for line in kith("collections", "list", "--json").lines} == {"things": 5 * MIB, "more": 0}
    lines = kith("export").out
    assert lines.count('"index_memory"') == 1
    other = tmp_path / "other"
    kith("import", "-", "--dir", other, stdin=lines)
    assert {line["name"]: line["index_memory"] for line in kith("collections", "list", "--json", "--dir", other).lines} == {"things": 5 * MIB, "more": 0}
    # What is there already stays, and is said to be different.
    kith("collections", "limit", "things", "--index-memory", "7", "--dir", other)
    kith("import", "-", "--dir", other, stdin=lines)
    assert {line["name"]: line["index_memory"] for line in kith("collections", "list", "--json", "--dir", other).lines}["things"] == 7 * MIB
    broken = lines.replace(f'"index_memory":{5 * MIB}', '"index_memory":5')
    assert "index_memory is 5 bytes" in kith("import", "-", "--dir", tmp_path / "third", stdin=broken, status=None).err


def test_vectors_of_many_dimensions_ask_for_a_larger_limit(kith):
    assert "2048 dimensions" in kith("collections", "create", "never", "--dimension", "2048", "--index-memory", "1", status=None).err
    assert not (kith.home / "data").exists()
    kith("collections", "create", "long", "--dimension", "65536")
    refused = kith("collections", "limit", "long", "--index-memory", "63", status=None)
    assert refused.status != 0 and "65536 dimensions" in refused.err and str(64 * MIB) in refused.err
    kith("collections", "limit", "long", "--index-memory", "64")
    with serving(kith) as server:
        reply = server("POST", "/v1/collections", {"name": "other", "dimension": 2048, "index_memory": MIB}, status=400)
        assert reply.error["param"] == "index_memory" and str(2 * MIB) in reply.error["message"]
        assert server("GET", "/v1/collections/other", status=404)
        reply = server("PATCH", "/v1/collections/long", {"index_memory": MIB}, status=400)
        assert reply.error["param"] == "index_memory"
        for body in ({"target_recall": 0.4}, {"target_recall": 0.9, "ef": 5}):
            reply = server("POST", "/v1/collections/long/search", {"vector": [1.0], **body}, status=400)
            assert reply.error["param"] == "target_recall", reply.error


def test_an_estimate_says_when_a_limit_cannot_be_kept(kith):
    for arguments in (["1000000", "384", "--index-memory", "1"], ["60", "65536", "--index-memory", "64"]):
        told = kith("estimate", *arguments, "--json")
        line = told.lines[0]
        assert ("cannot be kept" in told.err) == (line["vector_bytes"] > line["index_memory"]), told
    assert "cannot be kept" in kith("estimate", "1000000", "384", "--index-memory", "1").err
    assert "allowed for vectors of 65536 dimensions" in kith("estimate", "60", "65536", "--index-memory", "1").err
    assert kith("estimate", "1000000", "384", "--index-memory", "64").err == ""
