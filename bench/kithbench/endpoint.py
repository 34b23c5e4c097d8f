"""endpoint.py - an embeddings endpoint in this process, whose vectors cost nothing: for what is measured without the model."""

import contextlib
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator

DIMENSION = 16


class Embeddings(http.server.BaseHTTPRequestHandler):
    """POST /v1/embeddings: a vector for each text, from its digest."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        rows = [{"index": i, "embedding": [byte + 1 for byte in hashlib.sha256(text.encode()).digest()[:DIMENSION]]}
                for i, text in enumerate(texts)]
        body = json.dumps({"data": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def endpoint() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Embeddings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
