"""An OpenAI-compatible endpoint on the loopback address, that can be told to fail."""

import hashlib
import http.server
import json
import random
import threading
import time

DIMENSION = 16
KEY = "key-for-tests"


class FakeOpenAI:
    """Answers /v1/embeddings and /v1/chat/completions; records what it was asked."""

    def __init__(self):
        self.requests: list[tuple[str, dict]] = []
        self.statuses: list[int] = []  # what the next requests get instead of an answer; 0: the answer
        self.models = {"embed-small", "chat-small"}
        self.pieces = ["Backups are kept ", "for thirty days [1", "]. More is said nowhere [42]."]
        self.cut_after: int | None = None  # pieces, then the connection is lost
        self.answers: list[list[str]] = []  # pieces of the next answers, before `pieces` holds again
        self.cuts: list[int | None] = []  # cut_after of the next answers
        self.finish_reason = "stop"
        self.headers: dict[str, str] = {}  # of a refusal
        self.message = "told to fail"      # of a refusal
        self.raw: bytes | None = None      # the whole body of a chat's answer, instead of pieces
        self.content_type = "text/event-stream"
        self.refuses_all_with = 0          # a status that every request gets; 0: none
        self.too_long: int | None = None   # texts of so many characters are refused
        self.most_texts: int | None = None  # a request with more is refused with 400
        self.most_texts_message = ""
        self.salt = ""             # another one makes another model of the same name
        self.noise = 0.0           # by which no vector is the same twice
        self.confused_by: str | None = None  # a word in a text that makes the answer one without embeddings
        self.gate = threading.Event()  # embeddings wait while it is not set
        self.gate.set()
        self.pause_s = 0.0         # that each of them takes
        self._server = None
        self.come_back(port=0)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def come_back(self, port: int | None = None) -> None:
        """Listens, again on the port that it had."""
        port = self._server.server_port if port is None else port
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """From now on connections are refused."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def variables(self) -> dict[str, str]:
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": KEY}

    def vector(self, text: str) -> list[float]:
        """A direction that depends on the words of the text, so that equal words are near."""
        sums = [0.01 + self.noise * random.random() for _ in range(DIMENSION)]
        for word in text.lower().split():
            sums[hashlib.sha256((self.salt + word).encode()).digest()[0] % DIMENSION] += 1
        return sums

    def _handler(fake):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.requests.append((self.path, body))
                if self.headers["Authorization"] != f"Bearer {KEY}":
                    return self.refuse(401, "the key is wrong")
                status = fake.statuses.pop(0) if fake.statuses else fake.refuses_all_with
                if status:
                    return self.refuse(status, fake.message)
                if body["model"] not in fake.models:
                    return self.refuse(404, f"the model {body['model']} does not exist")
                if self.path == "/v1/embeddings":
                    return self.embed(body["input"])
                return self.chat()

            def refuse(self, status: int, message: str):
                self.reply(status, {"error": {"message": message}})

            def embed(self, texts: list[str]):
                fake.gate.wait()
                time.sleep(fake.pause_s)
                if fake.too_long and max(map(len, texts)) >= fake.too_long:
                    return self.refuse(400, "This model's maximum context length is smaller")
                if fake.most_texts and len(texts) > fake.most_texts:
                    return self.refuse(400, fake.most_texts_message)
                if fake.confused_by and any(fake.confused_by in text for text in texts):
                    return self.reply(200, {"data": []})
                rows = [{"index": i, "embedding": fake.vector(text)} for i, text in enumerate(texts)]
                self.reply(200, {"data": rows, "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)}})

            def chat(self):
                self.send_response(200)
                self.send_header("Content-Type", fake.content_type)
                self.end_headers()
                if fake.raw is not None:
                    return self.wfile.write(fake.raw)
                pieces = fake.answers.pop(0) if fake.answers else fake.pieces
                cut_after = fake.cuts.pop(0) if fake.cuts else fake.cut_after
                for number, piece in enumerate(pieces):
                    if number == cut_after:
                        return
                    self.event({"choices": [{"delta": {"content": piece}, "finish_reason": None}]})
                self.event({"choices": [{"delta": {}, "finish_reason": fake.finish_reason}]})
                self.wfile.write(b"data: [DONE]\n\n")

            def event(self, value: dict):
                self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
                self.wfile.flush()

            def reply(self, status: int, value: dict):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                for name, header in fake.headers.items():
                    self.send_header(name, header)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        return Handler
