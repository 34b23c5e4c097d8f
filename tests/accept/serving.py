"""`kith serve` as a program meets it: on a port of its own, stopped at the end, asked by the standard library."""

import contextlib
import http.client
import json
import signal
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator

from patience import patience, until
from program import Kith

LIMIT_S = 120


class Reply:
    """One answer: status, headers and body."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self) -> dict:
        return self.json["error"]

    @property
    def events(self) -> list[tuple[str | None, str]]:
        """The server-sent events: (name, data)."""
        events = []
        for block in self.body.decode().split("\n\n"):
            fields = [line.split(": ", 1) for line in block.splitlines()]
            data = "\n".join(value for name, value in fields if name == "data")
            if fields:
                events.append((dict(fields).get("event"), data))
        return events


class Server:
    """A running server. Its log is read all the time, because one that nobody reads would stop it once the pipe is full."""

    def __init__(self, process: subprocess.Popen, url: str):
        self.process = process
        self.url = url
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.log: list[str] = []
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()

    def read_log(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def log_so_far(self) -> str:
        """The log of all that was answered until now: a line comes a moment after its reply."""
        marker = f"/marker-{time.monotonic_ns()}"
        self("GET", marker, status=None)
        until(lambda: any(marker in line for line in list(self.log)))
        return "".join(self.log)

    def wait(self) -> int:
        """Waits for its end; the exit status. The log is whole then."""
        status = self.process.wait(timeout=patience(LIMIT_S))
        self.reader.join(patience(LIMIT_S))
        return status

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=patience(LIMIT_S))

    def __call__(self, method: str, path: str, body=None, status: int | None = 200, **headers: str) -> Reply:
        """Sends a request; a body that is no bytes is sent as JSON. `status` is the one expected, None for any."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content_Type", "application/json")
        connection = self.connect()
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = Reply(connection.getresponse())
        connection.close()
        assert status is None or reply.status == status, f"{method} {path}: {reply.status} {reply.body[:2000]!r}"
        return reply


def form(*parts: tuple[str, str | None, bytes]) -> tuple[bytes, str]:
    """A multipart body of (field, file name or None, content), and its content type."""
    boundary = "a-boundary-of-tests"
    body = b""
    for field, filename, content in parts:
        file = f'; filename="{filename}"' if filename is not None else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{file}\r\n\r\n'.encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@contextlib.contextmanager
def serving(kith: Kith, *arguments, **variables: str) -> Iterator[Server]:
    """A server on the program's data directory; ends with an orderly stop, which must succeed."""
    process = kith.start("serve", "--port", "0", "--json", *arguments, **variables)
    first = process.stdout.readline()
    if not first:
        raise AssertionError(f"the server did not start: {process.communicate()}")
    server = Server(process, json.loads(first)["listening"])
    try:
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        status = server.wait()
    assert status == 0, f"{status}: {''.join(server.log)[-4000:]}"
