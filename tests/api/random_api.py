"""random_api.py - random requests of all dialects to one `kith serve`, of which it may fail none.

Half of them are made from /openapi.json: for an operation a body of its schema, and then what a schema would never say: values of other types, numbers at
the limits, bytes that are no JSON, files that are no files, paths that leave. The other half are Chroma's (tests/chroma/random_requests.py). Whatever
comes, the answer has a status below 500 (501 where Chroma itself has nothing), and the server lives and ends in order.

Run by ./dev test-api with a few thousand; by hand with any number:
    ./dev test-api --random 100000
"""

import argparse
import collections
import http.client
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests/chroma"))
import random_requests as chroma_requests  # noqa: E402

CLIENTS, SHOWN = 4, 20
ODD = [None, True, False, 0, -1, 1, 2**31, 2**32, 2**63, 2**64, -(2**63), 1.5, -0.0, 1e39, 1e308, "", "x", "default", "kith", "kith/default",
       "all-MiniLM-L6-v2", [], {}, [[]], [None], {"": 1}, {"$eq": 1}, [1, "a"], "\u0000", "[a-", "\u00e9" * 50, "a" * 3000,
       {"role": "user", "content": "x"}, [{"role": "user", "content": "How?"}], "\ud800"]
NAMES = ["default", "c1", "c2", "fox", "1", "2"]
ODD_NAMES = ["new", "no", "%00", "..", "%2e%2e", "a%2Fb", "99", "-1", "%ff", "kith", "default/x", "all-MiniLM-L6-v2", ""]
FILES = ["a.txt", "b.html", "c.json", "", "..", "x/y.md", "d.csv", "e.pdf", "f.docx", "\\z.eml", "n" * 300 + ".txt"]
SENTENCE = b"A red fox hunts mice at dusk, said the owl."
# Values that get past the first check, by the name of the member.
KNOWN = {
    "query": ["fox", "a red fox hunts", '"red fox" +mice', ""], "question": ["What hunts?", "How?", ""], "k": [1, 5, 10000, 0],
    "where": [{"n": 1}, {"n": {"$gt": 0}}, {"$and": [{"n": 1}, {"x": {"$in": [1, 2]}}]}, {"#document": {"$regex": "f.x"}},
              {"#document": {"$regex": "(a|b){999}"}}, {"source": {"$glob": "*"}}],
    "vector": [[0.1] * 384, [0] * 384, [1, 2], [1e38] * 384], "input": ["a text", ["a", "b"], [1, 2], [[1]], [""]],
    "model": ["kith", "kith/default", "all-MiniLM-L6-v2", "no"],
    "messages": [[{"role": "user", "content": "What hunts?"}], [{"role": "assistant", "content": "x"}],
                 [{"role": "system", "content": "x"}, {"role": "user", "content": [{"type": "text", "text": "fox?"}]}]],
    "documents": [[{"id": "d", "content": "A red fox hunts mice at dusk."}],
                  [{"id": "e/f", "content": "Water boils at a hundred degrees.", "metadata": {"n": 1}}] * 2],
    "name": ["c1", "c2", "new", "a b"], "stream": [True, False],
}


class Described:
    """Makes requests from a description and a seed."""

    def __init__(self, description: dict, seed: int):
        self.random = random.Random(seed)
        self.description = description
        self.operations = [(method.upper(), path, operation) for path, methods in description["paths"].items() for method, operation in methods.items()
                           if path != "/control/stop" and method in ("get", "post", "put", "patch", "delete")]

    def resolved(self, schema: dict) -> dict:
        while "$ref" in schema:
            at = self.description
            for part in schema["$ref"][2:].split("/"):
                at = at[part]
            schema = at
        return schema

    def value(self, schema: dict, name: str | None = None) -> object:
        r = self.random
        if r.random() < 0.08:
            return r.choice(ODD)
        if name in KNOWN and r.random() < 0.8:
            return r.choice(KNOWN[name])
        schema = self.resolved(schema)
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.value(r.choice(schema[choice]), name)
        if "enum" in schema:
            return r.choice(schema["enum"])
        kind = schema.get("type")
        return self.of_kind(r.choice(kind) if isinstance(kind, list) else kind, schema)

    def of_kind(self, kind: str | None, schema: dict) -> object:
        r = self.random
        plain = {"integer": [0, 1, 2, 10, 100, -1, 2**31, 2**63], "number": [0, 0.5, 1, -1, 1e308], "boolean": [True, False],
                 "string": ["x", "", "fox", "What hunts?", "\u00e9" * 9, "a" * 2000]}
        if kind == "object":
            members, required = schema.get("properties", {}), schema.get("required", [])
            made = {name: self.value(each, name) for name, each in members.items() if r.random() < (0.97 if name in required else 0.25)}
            return made | ({r.choice(["x", "", "$and", "stream"]): r.choice(ODD)} if r.random() < 0.03 else {})
        if kind == "array":
            return [self.value(schema.get("items", {})) for _ in range(r.choice([0, 1, 1, 2, 3]))]
        return r.choice(plain.get(kind, ODD))

    def upload(self) -> bytes:
        r = self.random
        content = r.randbytes(r.randint(0, 400)) if r.random() < 0.4 else SENTENCE
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + r.choice(FILES).encode() + b'"\r\n\r\n' + content + b"\r\n--b--\r\n"
        return self.spoiled(body) if r.random() < 0.2 else body

    def spoiled(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data))
        return data[:at] + self.random.randbytes(1) + data[at + self.random.randint(0, 2):]

    def path(self, path: str, operation: dict) -> str:
        r = self.random
        while "{" in path:
            begin, end = path.index("{"), path.index("}")
            path = path[:begin] + r.choice(NAMES if r.random() < 0.7 else ODD_NAMES) + path[end + 1:]
        query = {each["name"]: r.choice(["1", "0", "x", "", "-1", "99999999999999999999", "%00", "\u00e9"])
                 for each in operation.get("parameters", []) if each.get("in") == "query" and r.random() < 0.4}
        return urllib.parse.quote(path + ("?" + urllib.parse.urlencode(query) if query else ""), safe="/?=&%+-._~")

    def next(self) -> tuple[str, str, bytes | None, dict[str, str]]:
        r = self.random
        method, path, operation = r.choice(self.operations)
        headers, data = {}, None
        if method not in ("GET", "DELETE"):
            forms = operation.get("requestBody", {}).get("content", {})
            data = json.dumps(self.value(forms.get("application/json", {}).get("schema", {}))).encode()
            headers["Content-Type"] = "application/json"
            if r.random() < 0.04:
                data = self.spoiled(data)
            if "multipart/form-data" in forms and r.random() < 0.3:
                headers["Content-Type"], data = "multipart/form-data; boundary=b", self.upload()
        if r.random() < 0.2:
            headers["Accept"] = "text/event-stream"
        return method, self.path(path, operation), data, headers


class Client(threading.Thread):
    """Sends its share of the requests from the description over one connection."""

    def __init__(self, process: subprocess.Popen, port: int, made: Described, count: int):
        super().__init__()
        self.process, self.port, self.made, self.count = process, port, made, count
        self.statuses: collections.Counter[int] = collections.Counter()
        self.faults: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        for n in range(self.count):
            method, path, data, headers = self.made.next()
            fault, text = None, b""
            try:
                connection.request(method, path, data, headers)
                reply = connection.getresponse()
                text = reply.read()
                self.statuses[reply.status] += 1
                may_refuse = reply.status == 501 and any(part in path for part in chroma_requests.UNSUPPORTED)
                fault = f"status {reply.status}" if reply.status >= 500 and not may_refuse else None
            except (OSError, http.client.HTTPException) as error:
                fault = repr(error)
                connection.close()
            if fault:
                self.faults.append(f"request {n}: {method} {path} {(data or b'')[:2000]!r} {headers}\n  {fault}: {text[:500]!r}")
            if self.process.poll() is not None:
                self.faults.append("the server has ended")
                return


class Running:
    """What Chroma's client of tests/chroma needs of a server."""

    def __init__(self, process: subprocess.Popen, port: int):
        self.process, self.port = process, port


def run(kith: str, count: int, seed: int) -> bool:
    """True: no fault."""
    with tempfile.TemporaryDirectory(prefix="kith-random-") as folder:
        process = subprocess.Popen([kith, "serve", "--dir", f"{folder}/data", "--port", "0", "--json", "--no-llm"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        try:
            port = int(json.loads(process.stdout.readline())["listening"].rsplit(":", 1)[1])
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/openapi.json")
            description = json.loads(connection.getresponse().read())
            share = count // CLIENTS
            clients = [Client(process, port, Described(description, seed * 1000 + n), share) for n in range(0, CLIENTS, 2)]
            clients += [chroma_requests.Client(Running(process, port), seed * 1000 + n, share) for n in range(1, CLIENTS, 2)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
        finally:
            process.terminate()
            status = process.wait()
    statuses = sum((client.statuses for client in clients), collections.Counter())
    faults = [fault for client in clients for fault in client.faults]
    print(*faults[:SHOWN], sep="\n")
    shown = ", ".join(f"{n} of {status}" for status, n in sorted(statuses.items()))
    print(f"{sum(statuses.values())} random requests (seed {seed}): {shown}; {len(faults)} faults; the server ended with {status}")
    return not faults and status == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kith", default=str(ROOT / "build/kith"))
    chosen = parser.parse_args()
    return 0 if run(chosen.kith, chosen.count, chosen.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
