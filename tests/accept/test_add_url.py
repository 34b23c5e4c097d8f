"""kith add --url: one page of the web, known by its address."""

import http.server
import threading
import time

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
