"""kith add --url: one page of the web, known by its address."""

import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
import unicodedata

import pytest

PAGE = "<html><head><title>Bridges</title></head><body><h1>Bridges</h1><p>The bearings of the bridge wear out.</p></body></html>"
RUSSIAN = "<html><body><p>Подшипники моста изнашиваются.</p></body></html>"

REPLIES = {
    "/guide.html": (200, {"Content-Type": "text/html; charset=utf-8"}, PAGE.encode()),
    "/": (200, {"Content-Type": "text/html"}, PAGE.encode()),
    "/russian?lang=ru": (200, {"Content-Type": 'text/html; charset="windows-1251"'}, RUSSIAN.encode("cp1251")),
    "/latin.txt": (200, {"Content-Type": "text/plain; charset=ISO-8859-1"}, "Die Größe kostet 5 €.".encode("cp1252")),
    "/data": (200, {"Content-Type": "application/json"}, b'[{"id": "one", "content": "The mill has a wheel of oak."}]'),
    "/picture": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n"),
    "/moved": (302, {"Location": "/guide.html"}, b""),
    "/circle": (302, {"Location": "/circle"}, b""),
    "/secret": (302, {"Location": "file:///etc/passwd"}, b""),
    "/local": (302, {"Location": "http://169.254.169.254/"}, b""),
    "/large": (200, {"Content-Type": "text/plain"}, b"x" * ((64 << 20) + 1)),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(30)
        status, headers, body = REPLIES.get(self.path, (404, {}, b"nothing here"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_page_is_added_and_known_by_its_address(kith, site):
    url = f"{site}/guide.html"
    assert kith("add", "--url", f"{url}#top").lines[0]["outcome"] == "added"
    (answer,) = kith("ask", "What of the bridge wears out?").lines
    assert answer["citations"][0]["source"] == url and "bearings" in answer["citations"][0]["quote"]
    assert kith("files").lines[0]["source"] == url
    assert kith("get", "--kind", "document", "guide").lines[0]["title"] == "Bridges"
    again = kith("add", "--url", url).lines
    assert again[0]["outcome"] == "unchanged"
    kith("rm", "guide")
    assert kith("files").lines == []


def test_a_redirect_leads_to_the_page_whose_source_is_what_was_asked_for(kith, site):
    kith("add", "--url", f"{site}/moved")
    assert kith("files").lines[0]["source"] == f"{site}/moved"
    assert "bearings" in kith("search", "--rank", "words", "bearings").lines[0]["content"]


# In a network of its own, where an address of documentation (RFC 5737) stands for one of the web.
REDIRECTS = """
import http.server, subprocess, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", TARGET)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"the wages of everybody")
    def log_message(self, *_):
        pass
servers = [http.server.ThreadingHTTPServer((host, 0), Handler) for host in ("203.0.113.5", "127.0.0.1", "10.1.2.3")]
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
first, last = int(sys.argv[1]), int(sys.argv[2])
TARGET = "http://%s:%d/wages" % servers[last].server_address
done = subprocess.run([*sys.argv[3:], "http://%s:%d/moved" % servers[first].server_address], capture_output=True, text=True)
print(done.stdout, done.stderr)
"""
NETWORK = "ip link set lo up && ip addr add 203.0.113.5/32 dev lo && ip addr add 10.1.2.3/32 dev lo"


@pytest.mark.parametrize("first, last, refused", [(0, 1, True), (0, 2, True), (0, 0, False), (1, 2, False), (2, 1, False)])
def test_a_redirect_leads_from_the_web_to_no_address_of_the_machine_or_its_network(kith, first, last, refused):
    def isolated(*command: str) -> list[str]:
        return ["unshare", "-rn", "sh", "-c", f'{NETWORK} && exec "$@"', "sh", *command]

    if not shutil.which("unshare") or subprocess.run(isolated("true"), capture_output=True).returncode:
        pytest.skip("no network of one's own can be made here")
    command = isolated(sys.executable, "-c", REDIRECTS, str(first), str(last), kith.binary, "add", "--url")
    done = subprocess.run(command, env={**os.environ, **kith.environment}, capture_output=True, text=True)
    assert ("of this machine or its network" in done.stdout) == refused, done
    assert len(kith("files", status=None).lines) == (0 if refused else 1)


TONES = "\u0300\u0301\u0303\u0309\u0323"


def in_windows_1258(text: str) -> bytes:
    """Letters as one byte, their tones as another one behind it."""
    coded = b""
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in parts if mark in TONES)
        whole = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES))
        try:
            coded += letter.encode("cp1258")
        except UnicodeEncodeError:
            coded += (whole + tones).encode("cp1258")
    return coded


LABELS = ["windows-1258", "windows-1258 ", '"windows-1258"', '"windows-1258" ; x=y', '"windows-\\1258"', " Windows-1258; x=y", 'windows-1258;q="a;charset=utf-8"']


@pytest.mark.parametrize("label", LABELS)
def test_a_charset_is_known_in_each_form_of_a_content_type_and_its_text_is_whole(kith, site, label):
    # In windows-1258 the last letter of a text waits for its accent.
    text = "Cây cầu Đà Nẵng mòn dần: gia"
    REPLIES["/label"] = (200, {"Content-Type": f"text/plain; boundary=x; charset={label}"}, in_windows_1258(text))
    kith("add", "--url", f"{site}/label")
    (hit,) = kith("search", "--rank", "words", "gia").lines
    assert unicodedata.normalize("NFC", hit["content"]) == text
    assert not kith("files").lines[0].get("notices")


@pytest.mark.parametrize("path, word, type", [("/russian?lang=ru", "Подшипники", "html"), ("/latin.txt", "Größe kostet 5 €", "text"),
                                              ("/data", "mill", "json"), ("/", "bearings", "html")])
def test_content_type_and_charset_are_the_servers(kith, site, path, word, type):
    kith("add", "--url", site + path)
    (hit,) = kith("search", "--rank", "words", word.split()[0]).lines
    assert word in hit["content"] and hit["metadata"]["type"] == type


@pytest.mark.parametrize("path, reason", [("/nothing", "404"), ("/picture", "image/png"), ("/circle", "redirect"), ("/secret", "file"),
                                          ("/local", "link-local"), ("/large", "larger")])
def test_what_cannot_be_had_is_told_and_nothing_is_added(kith, site, path, reason):
    result = kith("add", "--url", site + path, status=None)
    assert result.status != 0 and reason in result.err
    assert kith("files", status=None).lines == []


def test_a_page_that_does_not_come_ends_with_the_timeout(kith, site):
    start = time.monotonic()
    assert "1000 ms" in kith("add", "--url", f"{site}/slow", "--timeout", "1", status=None).err
    assert time.monotonic() - start < 25


@pytest.mark.parametrize("arguments", [("--url", "file:///etc/passwd"), ("--url", "ftp://localhost/x"), ("--url", "http://u:p@localhost/"),
                                       ("--url", "http://localhost:9/", "notes"), ("--url", "http://localhost:9/", "--sync"), ()])
def test_wrong_use_is_refused(kith, arguments):
    assert kith("add", *arguments, status=2).err
    assert kith("add", "http://localhost:9/", status=4).err  # an address without --url is a path
