"""/healthz of `kith serve`: live, ready, degraded with the reason, and the library's notices for those who may see them."""

import contextlib
import time

from patience import patience
from serving import serving
from test_check import damage
from test_processes import mounted

REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")
LIMIT_S = 60


def health(server, **headers) -> dict:
    return server("GET", "/healthz", **headers).json


def wait_for(server, status: str, words: str = "") -> dict:
    """What was found is told for a second."""
    end = time.monotonic() + patience(LIMIT_S)
    while True:
        found = health(server)
        if found["status"] == status and words in " ".join(found["reasons"]):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.1)


def test_an_index_that_lacks_a_damaged_record_is_told_with_its_notice_and_no_name(added):
    damage(added, "UPDATE points SET content = content || '!' WHERE row = (SELECT min(row) FROM points)")
    secret = added("key", "create", "--name", "root", "--scope", "admin").lines[0]["key"]
    limited = added("key", "create", "--name", "some", "--scope", "admin", "--tenant", "default_tenant").lines[0]["key"]
    with serving(added) as server:
        assert health(server)["status"] == "ready"
        server("POST", "/v1/collections/default/search", {"query": "tomato"}, X_Chroma_Token=secret)
        found = wait_for(server, "degraded", "1 indexes lack damaged records")
        assert found["ready"] and found["live"] and found["notices"] == [] and "default" not in str(found)
        (notice,) = health(server, X_Chroma_Token=secret)["notices"]
        assert "left out of the index" in notice["text"] and "'default'" in notice["text"] and notice["at"].endswith("Z")
        assert health(server, X_Chroma_Token=limited)["notices"] == []
        stats = server("GET", "/v1/stats", X_Chroma_Token=secret).json["collections"][0]
        assert (stats["index_state"], stats["index_reason"]) == ("incomplete", "1 damaged records are left out of it")


def test_an_index_of_another_tenant_counts_too(kith):
    with serving(kith) as server:
        server("POST", "/api/v2/tenants", {"name": "acme"})
        server("POST", "/api/v2/tenants/acme/databases", {"name": "first"})
        place = "/api/v2/tenants/acme/databases/first/collections"
        made = server("POST", place, {"name": "things"}).json["id"]
        server("POST", f"{place}/{made}/add", {"ids": ["a", "b"], "embeddings": [[1, 2], [3, 4]], "documents": ["x", "y"]}, status=201)
    damage(kith, "UPDATE points SET content = content || '!' WHERE row = (SELECT min(row) FROM points)")
    with serving(kith) as server:
        server("POST", f"{place}/{made}/query", {"query_embeddings": [[1, 2]]}, status=None)
        wait_for(server, "degraded", "1 indexes lack damaged records")


def test_an_endpoint_that_cannot_be_reached_is_told_until_it_can(kith, notes, endpoint):
    kith("add", notes, *REMOTE, **endpoint.variables)
    with serving(kith, *REMOTE, **endpoint.variables) as server:
        ask = ("POST", "/v1/collections/default/search", {"query": "tomato"})
        server(*ask)
        assert wait_for(server, "ready")["reasons"] == []
        port = int(endpoint.base_url.rsplit(":", 1)[1].split("/")[0])
        endpoint.close()
        server(*ask, status=502)
        found = wait_for(server, "degraded", "the last request to the embedding endpoint failed")
        assert found["ready"] and "127.0.0.1" not in str(found["reasons"])
        endpoint.come_back(port)
        server(*ask)
        wait_for(server, "ready")


def test_a_full_disk_is_told_before_and_after_a_write_has_failed(kith, notes, tmp_path):
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=40m", "tmpfs"):
        kith.directory = tmp_path / "disk/data"
        kith.environment["KITH_DIR"] = str(kith.directory)
        kith("add", notes)
        with serving(kith) as server:
            assert health(server)["status"] == "ready"
            filler = tmp_path / "disk/filler"
            for size in (1 << 20, 1024):
                with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
                    while True:
                        file.write(bytes(size))
            wait_for(server, "degraded", "the disk has 0 KiB left")
            server("POST", "/v1/collections", {"name": "other"}, status=507)
            wait_for(server, "degraded", "the last write failed: the disk is full")
            filler.unlink()
            server("POST", "/v1/collections", {"name": "other"}, status=None)
            wait_for(server, "ready")


def test_a_notice_about_what_a_command_met_goes_to_the_command(added, notes):
    (added.directory / "derived/1.index").write_bytes(b"KITHDRV5 and whatever that format had")
    with serving(added) as server:
        (notes / "new.txt").write_text("A new note about bridges.\n")
        assert "rebuilt" in added("add", notes).err
        assert "rebuilt" in health(server)["notices"][0]["text"]
        assert "rebuilt" in server.log_so_far()


def test_a_deletion_that_does_not_fit_a_full_disk_says_what_does(kith, tmp_path):
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=40m", "tmpfs"):
        kith.directory = tmp_path / "disk/data"
        kith.environment["KITH_DIR"] = str(kith.directory)
        with serving(kith) as server:
            place = "/api/v2/tenants/default_tenant/databases/default_database/collections"
            made = server("POST", place, {"name": "things"}).json["id"]
            for first in range(0, 3000, 500):
                ids = [f"i{n}" for n in range(first, first + 500)]
                server("POST", f"{place}/{made}/add", {"ids": ids, "embeddings": [[n / 7, 1] * 200 for n in range(500)]}, status=201)
            filler = tmp_path / "disk/filler"
            for size in (1 << 20, 1024):
                with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
                    while True:
                        file.write(bytes(size))
            everything = {"ids": [f"i{n}" for n in range(3000)]}
            refused = server("POST", f"{place}/{made}/delete", everything, status=507)
            assert "nothing was deleted" in refused.json["message"] and "fewer at a time" in refused.json["message"]
            assert server("GET", f"{place}/{made}/count").json == 3000
            server("POST", f"{place}/{made}/delete", {"ids": ["i1", "i2"]})
            server("DELETE", f"{place}/things")
            assert server("GET", place).json == []
            filler.unlink()
