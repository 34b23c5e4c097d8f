"""An index too large to be read when it is opened, under `kith serve`: its files are damaged behind the server's back, and no search shows it."""

import os
import pathlib
import random

import pytest
from patience import until
from serving import serving
from test_transfer import collection, point, text_of

DIMENSION, POINTS, PAGE = 640, 7000, 4096  # vectors, links and codes: 23 MB


@pytest.fixture(scope="module")
def vectors():
    made = random.Random(5)
    return [[made.uniform(-1, 1) for _ in range(DIMENSION)] for _ in range(POINTS)]


def export_lines(vectors):
    counts = {"documents": 0, "points": POINTS}
    yield {"kith_export": {"format": 1, "written_by": "test"}}
    yield {"database": {"tenant": "default_tenant", "name": "default_database"}}
    yield collection(dimension=DIMENSION)
    yield from (point(f"k{number}", vector) for number, vector in enumerate(vectors))
    yield {"collection_end": counts}
    yield {"end": {"collections": 1, **counts}}


def find(server, vectors, number: int) -> None:
    hits = server("POST", "/v1/collections/c/search", {"vector": vectors[number], "k": 10}).json["hits"]
    assert len(hits) == 10
    assert hits[0]["id"] == f"k{number}" and hits[0]["distance"] < 1e-3


def generation(kith) -> pathlib.Path | None:
    """The newest."""
    found = [path for path in (pathlib.Path(kith.directory) / "derived/1").iterdir() if path.name.isdigit()]
    return max(found, key=lambda path: int(path.name), default=None)


def spoil(path: pathlib.Path) -> None:
    """A bit of each page but the first and the last ones."""
    with path.open("r+b") as file:
        for page in range(3, path.stat().st_size // (PAGE + 8) - 10):
            file.seek(page * PAGE + 100)
            byte = file.read(1)[0]
            file.seek(page * PAGE + 100)
            file.write(bytes([byte ^ 16]))


@pytest.mark.parametrize("how", ["spoiled", "cut off"])
def test_files_that_are_damaged_under_a_server_are_replaced_and_no_hit_is_wrong(kith, vectors, how):
    kith("import", "-", stdin=text_of(export_lines(vectors)))
    with serving(kith) as server:
        find(server, vectors, 1)
        damaged = generation(kith)
        for part in ("vectors.0", "graph.0", "codes.0"):
            path = damaged / part
            if how == "spoiled":
                spoil(path)
            else:
                os.truncate(path, 3 * PAGE)
        for number in range(100, 120):
            find(server, vectors, number)
        stats = server("GET", "/v1/stats").json["collections"][0]
        assert stats["index_state"] == "rebuilt", stats
        (notice,) = server("GET", "/healthz").json["notices"]
        assert "damaged index (" in notice["text"] and f"set aside as derived/1/{damaged.name}.damaged, rebuilt" in notice["text"]
        until(lambda: generation(kith) not in (None, damaged))
    assert not damaged.exists() and damaged.with_name(damaged.name + ".damaged").is_dir()
    with serving(kith) as server:
        for number in range(200, 210):
            find(server, vectors, number)
        assert server("GET", "/v1/stats").json["collections"][0]["index_state"] == "current"
        assert server("GET", "/healthz").json["notices"] == []
