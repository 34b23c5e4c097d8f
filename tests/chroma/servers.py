"""Chroma's own server and `kith serve`, each on a port of its own, and requests to either."""

import dataclasses
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
START_LIMIT_S = 60


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a server said: the body as JSON, or as text where it is none."""

    status: int
    body: object

    @property
    def error(self) -> str | None:
        return self.body.get("error") if isinstance(self.body, dict) else None


class Server:
    """A running server, stopped by close()."""

    def __init__(self, process: subprocess.Popen, port: int):
        self.process = process
        self.port = port
        self.base = f"http://127.0.0.1:{port}/api/v2"
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            try:
                if self.send("GET", "/heartbeat").status == 200:
                    return
            except OSError:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server on port {port} did not start")
            time.sleep(0.05)

    def send(self, method: str, path: str, body: object = None, raw: bytes | None = None) -> Answer:
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                status, text = reply.status, reply.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            return Answer(status, json.loads(text))
        except ValueError:
            return Answer(status, text.decode(errors="replace"))

    def close(self) -> None:
        self.process.kill()  # Chroma's server waits for idle connections when it is asked to end
        self.process.wait()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_chroma(folder: pathlib.Path) -> Server:
    """Chroma's own server, from the package of this interpreter's environment."""
    port = free_port()
    config = folder / "chroma.yaml"
    config.write_text(f'port: {port}\nlisten_address: "127.0.0.1"\npersist_path: "{folder / "chroma"}"\nallow_reset: true\n')
    program = pathlib.Path(sys.executable).parent / "chroma"
    with open(folder / "chroma.log", "wb") as log:
        return Server(subprocess.Popen([program, "run", config], stdout=log, stderr=log), port)


def start_kith(folder: pathlib.Path, *options: str) -> Server:
    binary = os.environ.get("KITH", str(ROOT / "build/kith"))
    with open(folder / "kith.log", "wb") as log:
        process = subprocess.Popen([binary, "serve", "--dir", folder / "kith", "--port", "0", "--allow-reset", *options],
                                   stdout=subprocess.PIPE, stderr=log, text=True)
    line = process.stdout.readline()
    address = re.search(r":(\d+)\W*$", line)
    if not address:
        raise RuntimeError(f"kith serve said {line!r}")
    return Server(process, int(address.group(1)))
