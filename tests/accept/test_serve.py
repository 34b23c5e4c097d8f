"""kith serve, kith key and kith stop: the program as it is run, from its first line to its end."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import urllib.parse

import pytest
from patience import patience, until
from program import ROOT
from serving import LIMIT_S, Server, form, serving

WITHOUT_MODEL = {"KITH_MODEL": ""}


def start(kith, *arguments, **variables):
    """The process and the first line of its output."""
    process = kith.start("serve", "--port", "0", *arguments, **{**WITHOUT_MODEL, **variables})
    return process, process.stdout.readline()


def end(process, with_signal=signal.SIGTERM) -> tuple[int, str, str]:
    process.send_signal(with_signal)
    out, err = process.communicate(timeout=patience(LIMIT_S))
    return process.returncode, out, err


def key_of(kith, name: str, *arguments) -> str:
    return kith("key", "create", "--name", name, *arguments).lines[0]["key"]


# ---- starting and ending ----


@pytest.mark.smoke
def test_the_first_line_is_the_address_and_a_signal_ends_it_in_order(kith):
    for form, with_signal in (("--text", signal.SIGTERM), ("--json", signal.SIGINT)):
        process, first = start(kith, form)
        address = json.loads(first)["listening"] if form == "--json" else first.removeprefix("listening on ").strip()
        host, port = address.removeprefix("http://").split(":")
        assert host == "127.0.0.1"
        connection = http.client.HTTPConnection(host, int(port), timeout=patience(LIMIT_S))
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        status, out, err = end(process, with_signal)
        assert (status, out) == (0, "")
        assert "event=started" in err and "event=stopped " in err


def test_a_second_server_of_a_directory_is_refused_and_the_first_goes_on(kith):
    with serving(kith, **WITHOUT_MODEL) as server:
        assert "serve.sock" in kith("serve", "--port", "0", status=2, **WITHOUT_MODEL).err
        server("GET", "/healthz")


def test_a_port_that_is_taken_is_named(kith, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in kith("serve", "--port", port, status=2, **WITHOUT_MODEL).err


def test_stop_ends_the_server_and_returns_when_the_directory_is_closed(kith):
    assert "no server has" in kith("stop", status=4).err
    process, _ = start(kith)
    assert kith("stop").lines == [{"stopped": str(kith.directory), "process": process.pid}]
    assert process.wait(timeout=patience(LIMIT_S)) == 0
    process.communicate()
    assert not (kith.directory / "serve.sock").exists()
    kith("stop", status=4)
    kith("check")


def test_a_server_that_was_killed_leaves_nothing_in_the_way(kith):
    process, _ = start(kith)
    end(process, signal.SIGKILL)
    assert (kith.directory / "serve.sock").exists()
    assert "no server has" in kith("stop", status=4).err
    with serving(kith, **WITHOUT_MODEL) as server:
        server("GET", "/healthz")


def test_a_directory_that_lies_deep_has_its_socket_too(kith, tmp_path):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    process, _ = start(kith, "--dir", deep)
    assert (deep / "serve.sock").is_socket()
    kith("stop", "--dir", deep)
    process.communicate(timeout=patience(LIMIT_S))


def test_what_is_under_way_is_finished_before_the_end(kith):
    """A request whose body is still coming when the signal comes is answered."""
    process, first = start(kith, "--json")
    server = Server(process, json.loads(first)["listening"])
    with socket.create_connection((server.host, server.port), timeout=patience(LIMIT_S)) as client:
        body = json.dumps({"name": "late"}).encode()
        client.sendall(f"POST /v1/collections HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
        until(lambda: "kith_http_requests_waiting 1\n" in server("GET", "/metrics").body.decode())
        process.send_signal(signal.SIGTERM)
        until(lambda: any("event=stopping" in line for line in server.log))
        client.sendall(body[5:])
        assert b" 201 " in client.recv(4096).split(b"\r\n")[0]
    assert server.wait() == 0
    assert kith("collections").lines[0]["name"] == "late"


def test_a_directory_is_checked_backed_up_and_written_while_it_is_served(kith, tmp_path):
    backup = tmp_path / "backup.db"
    with serving(kith, **WITHOUT_MODEL) as server:
        server("POST", "/v1/collections", {"name": "by-server"}, status=201)
        kith("collections", "create", "by-command")
        listed = server("GET", "/v1/collections").json
        assert {"by-server", "by-command"} == {collection["name"] for collection in next(iter(listed.values()))}
        assert kith("check").lines[-1]["summary"]["notes"] == 0
        kith("backup", backup)
    kith("restore", backup, "--dir", tmp_path / "other")
    assert len(kith("collections", "--dir", tmp_path / "other").lines) == 2


def test_without_a_model_it_serves_what_needs_none(kith):
    with serving(kith, **{"KITH_MODEL": "", "XDG_CACHE_HOME": str(kith.home)}) as server:
        server("POST", "/v1/collections", {"name": "c"}, status=201)
    assert any("texts cannot be embedded" in line for line in server.log)
    missing = kith("serve", "--port", "0", "--model-dir", kith.home / "none", status=5)
    assert "no embedding model" in missing.err


# ---- who may ----


def test_a_public_address_without_a_key_is_refused_and_told_what_to_do(kith):
    assert "kith key create" in kith("serve", "--host", "0.0.0.0", "--port", "0", status=2, **WITHOUT_MODEL).err
    key_of(kith, "one")
    process, first = start(kith, "--host", "0.0.0.0", "--json")
    assert json.loads(first)["listening"].startswith("http://0.0.0.0:")
    assert end(process)[0] == 0


@pytest.mark.parametrize("site", ["app.example", "https://app.example/", "https://"])
def test_a_site_that_no_browser_sends_is_refused(kith, site):
    assert f"--cors: '{site}'" in kith("serve", "--port", "0", "--cors", site, status=2, **WITHOUT_MODEL).err


def test_keys_are_made_listed_and_removed(kith):
    secret = key_of(kith, "app", "--scope", "write", "--tenant", "acme", "--database", "prod")
    assert secret.startswith("kith_") and len(secret) == 69
    text = kith("key", "create", "--name", "me", "--scope", "admin", "--text")
    assert text.out.startswith("kith_") and "only time" in text.err
    listed = kith("key", "list")
    assert [{name: line[name] for name in line if name != "created"} for line in listed.lines] == [
        {"name": "app", "scope": "write", "tenant": "acme", "database": "prod"}, {"name": "me", "scope": "admin"}]
    assert secret not in listed.out and secret.encode() not in (kith.directory / "kith.db").read_bytes()
    assert kith("key", "rm", "app").lines == [{"removed": "key", "name": "app"}]
    kith("key", "rm", "app", status=4)


@pytest.mark.parametrize("arguments", [["create"], ["create", "--name", "a b"], ["create", "--name", "me"], ["rm"], ["list", "x"], ["make"],
                                       ["create", "--name", "x", "--scope", "admin", "--collection", "c"], ["rm", "me", "--scope", "read"],
                                       ["create", "--name", "x", "--scope", "root"]])
def test_a_wrong_key_command_changes_nothing(kith, arguments):
    key_of(kith, "me")
    before = kith("key", "list").out
    kith("key", *arguments, status=2)
    assert kith("key", "list").out == before


def test_keys_made_and_removed_while_it_serves_count(kith):
    with serving(kith, **WITHOUT_MODEL) as server:
        server("GET", "/v1/collections")
        reader, writer = key_of(kith, "reader"), key_of(kith, "writer", "--scope", "write")
        until(lambda: server("GET", "/v1/collections", status=None).status == 401)
        server("GET", "/healthz")
        server("GET", "/v1/collections", X_Chroma_Token=reader)
        server("POST", "/v1/collections", {"name": "c"}, status=403, Authorization=f"Bearer {reader}")
        server("POST", "/v1/collections", {"name": "c"}, status=201, Authorization=f"Bearer {writer}")
        server("POST", "/control/stop", status=403, Authorization=f"Bearer {writer}")
        kith("key", "rm", "reader")
        until(lambda: server("GET", "/v1/collections", status=None, X_Chroma_Token=reader).status == 401)
        # The last key's removal does not open the server.
        kith("key", "rm", "writer")
        until(lambda: server("GET", "/v1/collections", status=None, X_Chroma_Token=writer).status == 401)
        server("GET", "/v1/collections", status=401)
    log = "".join(server.log)
    assert reader not in log and writer not in log


def test_whether_it_lives_is_told_with_a_key_whose_tenant_does_not_exist(kith):
    key = key_of(kith, "early", "--scope", "admin", "--tenant", "not_yet")
    with serving(kith, **WITHOUT_MODEL) as server:
        without = server("GET", "/healthz").json
        assert server("GET", "/healthz", X_Chroma_Token=key).json == without
        server("GET", "/api/v2/heartbeat", X_Chroma_Token=key)
        server("GET", "/v1/collections", X_Chroma_Token=key, status=404)


def test_a_key_for_one_tenant_sees_nothing_of_another(kith):
    kith("collections", "create", "of-all")
    acme = key_of(kith, "acme", "--scope", "admin", "--tenant", "acme")
    with serving(kith, **WITHOUT_MODEL) as server:
        # The tenant does not exist, and nobody else's collections are shown instead.
        server("GET", "/v1/collections", status=404, X_Chroma_Token=acme)
        server("GET", "/v1/collections/of-all", status=404, X_Chroma_Token=acme)
        server("POST", "/control/stop", status=403, X_Chroma_Token=acme)


def test_a_key_is_told_what_it_is_for(kith):
    """Chroma's clients take tenant and database from it when there is one of each."""
    keys = {name: key_of(kith, name, "--scope", "admin", *scope) for name, scope in {"all": (), "acme": ("--tenant", "acme"), "one": ("--tenant", "acme", "--database", "one")}.items()}
    with serving(kith, **WITHOUT_MODEL) as server:
        def identity(name):
            answer = server("GET", "/api/v2/auth/identity", X_Chroma_Token=keys[name]).json
            assert answer["user_id"] == name
            return answer["tenant"], answer["databases"]

        assert identity("all") == ("default_tenant", ["default_database"])
        assert identity("acme") == ("acme", []) and identity("one") == ("acme", ["one"])
        server("POST", "/api/v2/tenants", {"name": "acme"}, X_Chroma_Token=keys["all"])
        for database in ("first", "second"):
            server("POST", "/api/v2/tenants/acme/databases", {"name": database}, X_Chroma_Token=keys["acme"])
        assert identity("acme") == ("acme", ["first", "second"])


def test_a_browsers_page_cannot_use_it(kith):
    with serving(kith, **WITHOUT_MODEL) as server:
        server("GET", "/v1/collections", status=403, Host="evil.example")
        server("POST", "/v1/collections", {"name": "c"}, status=403, Origin="https://evil.example")
        server("POST", "/v1/collections", {"name": "c"}, status=415, Content_Type="text/plain")
    with serving(kith, "--cors", "https://app.example", "--allow-host", "kith.example", **WITHOUT_MODEL) as server:
        reply = server("GET", "/v1/collections", Host="kith.example", Origin="https://app.example")
        assert reply.headers["Access-Control-Allow-Origin"] == "https://app.example"


# ---- limits, log, sockets, TLS ----


def test_limits_are_what_the_options_say(kith):
    limits = ["--max-body", "1", "--json-depth", "2", "--rate", "5"]
    with serving(kith, *limits, **WITHOUT_MODEL) as server:
        assert "1048576 bytes (--max-body)" in server("POST", "/v1/collections", b" " * (1 << 20 | 1), status=413).body.decode()
        server("POST", "/v1/collections", {"name": "c", "metadata": {"a": [1]}}, status=400)
        until(lambda: server("GET", "/v1/collections", status=None).status == 429)
        server("GET", "/healthz")
    for option, value in (("--max-body", "0"), ("--json-depth", "65"), ("--port", "65536"), ("--max-k", "10001"), ("--rate", "x")):
        assert option in kith("serve", option, value, status=2).err


def test_limits_of_records_and_queries_hold_at_the_limit_and_above(kith):
    limits = ["--max-batch", "2", "--max-dimension", "3", "--max-metadata", "20", "--max-filter", "3", "--max-k", "2"]
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    with serving(kith, *limits, **WITHOUT_MODEL) as server:
        collection = f"{base}/{server('POST', base, {'name': 'limits'}).json['id']}"

        def refused(route: str, body: dict) -> str:
            return server("POST", f"{collection}/{route}", body, status=400).json["message"]

        vector = [1, 2, 3]
        server("POST", f"{collection}/add", {"ids": ["a", "b"], "embeddings": [vector] * 2}, status=201)
        assert "2" in refused("add", {"ids": ["c", "d", "e"], "embeddings": [vector] * 3})
        assert "limit of 3" in refused("add", {"ids": ["c"], "embeddings": [[*vector, 4]]})
        server("POST", f"{collection}/add", {"ids": ["c"], "embeddings": [vector], "metadatas": [{"a": "x" * 12}]}, status=201)
        assert "20 bytes" in refused("add", {"ids": ["d"], "embeddings": [vector], "metadatas": [{"a": "x" * 13}]})
        server("POST", f"{collection}/get", {"where": {"$or": [{"a": "x"}] * 2}})
        assert "3 conditions" in refused("get", {"where": {"$or": [{"a": "x"}] * 3}})
        server("POST", f"{collection}/query", {"query_embeddings": [vector], "n_results": 2})
        assert "limit of 2" in refused("query", {"query_embeddings": [vector], "n_results": 3})
        server("POST", "/v1/collections/limits/search", {"vector": vector, "k": 2})
        assert "k is 3" in server("POST", "/v1/collections/limits/search", {"vector": vector, "k": 3}, status=400).error["message"]


def test_the_log_is_a_line_a_request_as_text_or_json(kith):
    with serving(kith, "--log-format", "json", **WITHOUT_MODEL) as server:
        reply = server("POST", "/v1/collections?secret=hidden", {"name": "c"}, status=None)
        server("GET", "/nowhere", status=404)
    events = [json.loads(line) for line in server.log]
    # The two requests may come to different threads, and their lines in either order.
    request = next(event for event in events if event["event"] == "request" and event["method"] == "POST")
    assert request["id"] == reply.headers["x-request-id"] == reply.headers["chroma-trace-id"]
    assert (request["method"], request["path"], request["status"]) == ("POST", "/v1/collections", reply.status)
    assert request["ms"] >= 0 and request["peer"] == "127.0.0.1"
    assert "hidden" not in "".join(server.log)
    assert [event["action"] for event in events if event["event"] == "audit"] == ["create a collection"]
    with serving(kith, "--log-level", "error", **WITHOUT_MODEL) as server:
        server("GET", "/healthz")
    assert server.log == []


def test_a_log_that_nobody_reads_stops_no_reading_and_loses_no_write(kith):
    """Reading goes on without the lines of it; what changes something is refused as long as its line would have no room."""
    process = kith.start("serve", "--port", "0", "--json", **WITHOUT_MODEL)
    url = urllib.parse.urlsplit(json.loads(process.stdout.readline())["listening"])
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=patience(60))

    def ask(method, path, body=None):
        connection.request(method, path, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        return reply.status, reply.read()

    def create(number):
        return ask("POST", "/api/v2/tenants/default_tenant/databases/default_database/collections", {"name": f"made{number}"})

    many = f"GET /{'x' * 1000} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode() * 50
    made, answer = 0, (200, b"")
    while answer[0] == 200 and made < 1000:
        with socket.create_connection((url.hostname, url.port), timeout=patience(60)) as other:
            other.sendall(many)
            received = b""
            while received.count(b"HTTP/1.1 404") < 50:
                received += other.recv(1 << 16)
        answer = create(made)
        made += answer[0] == 200
    assert answer[0] == 503 and b"log is not being read" in answer[1]
    assert ask("GET", "/api/v2/tenants/default_tenant/databases/default_database/collections_count") == (200, str(made).encode())
    server = Server(process, url.geturl())  # reads
    until(lambda: create(made)[0] == 200)
    process.send_signal(signal.SIGTERM)
    assert server.wait() == 0
    assert sum("event=audit" in line for line in server.log) == made + 1
    assert sum("event=lines_dropped" in line for line in server.log) == 1


def test_a_unix_socket_of_choice_is_served(kith, tmp_path):
    path = tmp_path / "chosen.sock"
    with serving(kith, "--unix", path, **WITHOUT_MODEL):
        assert path.stat().st_mode & 0o777 == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert not path.exists()


def test_a_socket_of_choice_needs_a_key_as_a_port_does(kith, tmp_path):
    """A proxy may be behind it; only the directory's own socket shows by itself who asks."""
    path, key = tmp_path / "chosen.sock", key_of(kith, "reader")

    def ask(socket_path, request: str, headers: str = "") -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(patience(LIMIT_S))
            client.connect(str(socket_path))
            client.sendall(f"{request} HTTP/1.1\r\nHost: any\r\nConnection: close\r\n{headers}\r\n".encode())
            return client.recv(4096).split(b" ")[1]

    with serving(kith, "--unix", path, **WITHOUT_MODEL):
        assert ask(path, "GET /v1/collections") == b"401"
        assert ask(path, "POST /control/stop") == b"401"
        assert ask(path, "GET /healthz") == b"200"
        assert ask(path, "GET /v1/collections", f"X-Chroma-Token: {key}\r\n") == b"200"
        assert ask(kith.directory / "serve.sock", "GET /v1/collections") == b"200"


def test_it_speaks_tls_with_a_certificate_and_its_key(kith, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True,
                   capture_output=True)
    process, first = start(kith, "--json", "--tls-cert", certificate, "--tls-key", key)
    address = json.loads(first)["listening"]
    assert address.startswith("https://127.0.0.1:")
    port = int(address.rsplit(":", 1)[1])
    trust = ssl.create_default_context(cafile=certificate)
    connection = http.client.HTTPSConnection("localhost", port, timeout=patience(LIMIT_S), context=trust)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    assert end(process)[0] == 0
    assert "go together" in kith("serve", "--port", "0", "--tls-cert", certificate, status=2, **WITHOUT_MODEL).err
    kith("serve", "--port", "0", "--tls-cert", key, "--tls-key", tmp_path / "none", status=4, **WITHOUT_MODEL)


def test_systemd_is_told_when_it_serves_and_when_it_stops(kith, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(patience(LIMIT_S))
        process, _ = start(kith, NOTIFY_SOCKET=str(path))
        assert listener.recv(100) == b"READY=1"
        assert end(process)[0] == 0
        assert listener.recv(100) == b"STOPPING=1"


def test_many_clients_at_once_are_all_answered(kith):
    kith("collections", "create", "c")
    with serving(kith, "--log-level", "warn", **WITHOUT_MODEL) as server:
        def ask(_) -> int:
            connection = server.connect()
            for _ in range(20):
                connection.request("GET", "/v1/collections")
                reply = connection.getresponse()
                assert json.loads(reply.read())
                assert reply.status == 200
            connection.close()
            return 20

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(ask, range(32))) == 640


@pytest.mark.parametrize("limits", ["ulimit -n 200", "ulimit -Sn 200"])
def test_idle_connections_leave_others_the_files_that_they_need(kith, tmp_path, limits):
    """Where the system lets a process have 200 open files, or raise that."""
    program = tmp_path / "limited"
    program.write_text(f"#!/bin/sh\n{limits}\nexec {kith.binary} \"$@\"\n")
    program.chmod(0o755)
    kith.binary = str(program)
    with serving(kith) as server, contextlib.ExitStack() as idle:
        standing = server.connect()
        standing.connect()
        for _ in range(250):
            connection = idle.enter_context(socket.create_connection((server.host, server.port)))
            with contextlib.suppress(OSError):  # above its limit the server closes connections
                connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode())
        for number in range(10):
            standing.request("POST", "/v1/collections", json.dumps({"name": f"c{number}"}), {"Content-Type": "application/json"})
            reply = standing.getresponse()
            assert (reply.status, json.loads(reply.read())["name"]) == (201, f"c{number}")
        body, kind = form(("file", "bread.html", b"<p>The dough rests for twelve hours before it is baked.</p>"))
        standing.request("POST", "/v1/collections/c1/documents", body, {"Content-Type": kind})
        reply = json.loads(standing.getresponse().read())
        assert reply["results"][0]["outcome"] == "added", reply
        standing.close()


@pytest.mark.skipif(not os.path.exists("/usr/bin/systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_unit_is_one_that_systemd_takes(kith, tmp_path):
    unit = tmp_path / "kith.service"
    text = (ROOT / "packaging" / "kith.service").read_text()
    unit.write_text(text.replace("/usr/local/bin/kith", kith.binary))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
