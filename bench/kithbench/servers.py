"""servers.py - `kith serve` and Chroma's own server as programs, and a connection that costs a measurement little.

Wire sends bytes that were made before and reads an answer by its Content-Length, so that what is measured is the server and not the client: Chroma's
Python client takes about a millisecond for each call by itself.
"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from .report import ROOT

START_LIMIT_S, STOP_LIMIT_S = 60, 60
POLL_S = 0.0005
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as s:
        s.bind((HOST, 0))
        return s.getsockname()[1]


class Wire:
    """One connection, kept alive, and requests for it."""

    def __init__(self, port: int):
        self._host = f"{HOST}:{port}"
        self._socket = socket.create_connection((HOST, port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self, method: str, path: str) -> bytes:
        return f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode()

    def post(self, path: str, body: bytes) -> bytes:
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?im)^content-length: *(\d+)", head)[1])
        while len(body) < length:
            body += self._receive()
        return int(head.split(b" ", 2)[1]), body

    def _receive(self) -> bytes:
        received = self._socket.recv(1 << 18)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received

    def close(self) -> None:
        self._socket.close()


class Server:
    """A server with its data below `folder`; it can be stopped and started again."""

    def __init__(self, name: str, folder: pathlib.Path):
        self.name = name
        self._folder = folder
        self._process: subprocess.Popen | None = None
        self.port = 0

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> float:
        """Seconds from the start of the program to its first answer."""
        self.port = free_port()
        command = self.command()
        with open(self._folder / f"{self.name}.log", "ab") as log:
            started = time.perf_counter()
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in self._tries(started):
            try:
                wire = Wire(self.port)
            except ConnectionError:
                continue
            status, body = wire.send(wire.request("GET", "/api/v2/heartbeat"))
            seconds = time.perf_counter() - started
            wire.close()
            if status == 200:
                return seconds
            sys.exit(f"kith: {self.name} answered its heartbeat with {status}: {body[:500]!r}")
        sys.exit(f"kith: {self.name} did not start; its log ends with\n{self.log()[-2000:]}")

    def _tries(self, started: float) -> Iterator[None]:
        while self._process.poll() is None and time.perf_counter() - started < START_LIMIT_S:
            yield
            time.sleep(POLL_S)

    def stop(self) -> None:
        self._process.send_signal(self.stop_signal)
        self._process.wait(timeout=STOP_LIMIT_S)
        self._process = None

    def log(self) -> str:
        return (self._folder / f"{self.name}.log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def resident_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Kith(Server):
    stop_signal = signal.SIGTERM

    def command(self) -> list[str]:
        self.directory = self._folder / "kith"
        return [str(ROOT / "build/kith"), "serve", "--dir", str(self.directory), "--port", str(self.port)]


class Chroma(Server):
    stop_signal = signal.SIGKILL  # asked to end, it waits for connections that idle

    def command(self) -> list[str]:
        config = self._folder / "chroma.yaml"
        config.write_text(f'port: {self.port}\nlisten_address: "{HOST}"\npersist_path: "{self._folder / "chroma"}"\n')
        return [str(pathlib.Path(sys.executable).parent / "chroma"), "run", str(config)]
