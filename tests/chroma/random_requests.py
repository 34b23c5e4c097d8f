"""random_requests.py - random requests to every route of Chroma's API, of which `kith serve` may fail none.

A request is mostly well formed, with ids, names, filters, vectors and expressions that fit what there is; then parts of it are replaced
by values of other types, or bytes of it are. Whatever comes, the answer must have a status below 500 (501 where Chroma itself has
nothing: attached functions), an error must have Chroma's form, and the server must live.

Run by ./dev test-chroma with a few thousand; by hand:
    python tests/chroma/random_requests.py [--seed N] [--count N] [--clients N]
"""

import argparse
import collections
import http.client
import json
import pathlib
import random
import sys
import tempfile
import threading
import urllib.parse

from servers import Server, start_kith

TENANTS = ["default_tenant", "acme", "näme", "x", "no-such"]
DATABASES = ["default_database", "orders", "ab", "no+such", "other"]
NAMES = [f"collection-{n}" for n in range(6)] + ["a", "..", "Ünname", "1.2.3.4"]
FIELDS = ["n", "f", "s", "b", "tags", "lexical", "missing", "#id", "#document", "$x", "chroma:uri", ""]
WORDS = ["alpha", "beta", "gamma", "delta", "épsilon", "100%", "", "(", "a" * 300, "\U0001f600"]
NO_IDS = ["11111111-1111-4111-8111-111111111111", "not-a-uuid", "00000000-0000-0000-0000-000000000000"]
UNSUPPORTED = ("/functions/", "/attached_functions/")
ODD = [None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 1.5, -0.0, 1e39, 1e308, "", "x", "default", [], {}, [[]], [None], {"": 1},
       {"$eq": 1}, [1, "a"], "\u0000", "[a-"]


class Requests:
    """Makes requests from a seed; knows the collections that it has seen."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.ids: list[str] = []

    # ---- parts ----

    def some(self, values: list, least: int = 0, most: int = 6) -> list:
        return [self.random.choice(values) for _ in range(self.random.randint(least, most))]

    def vector(self) -> list[float]:
        return [round(self.random.uniform(-2, 2), 3) for _ in range(self.random.choice([3] * 20 + [0, 1, 4]))]

    def embedding(self) -> object:
        return self.random.choice([self.vector(), self.vector(), self.vector(), None, "AACAPwAAAEAAAEBA", "AAAA", "!"])

    def sparse(self) -> dict:
        indices = sorted(self.random.sample(range(50), self.random.randint(0, 8)))
        made = {"#type": "sparse_vector", "indices": indices, "values": [self.random.uniform(-1, 3) for _ in indices]}
        if self.random.random() < 0.2:
            made["tokens"] = self.some(WORDS, len(indices), len(indices))
        return made

    def scalar(self) -> object:
        return self.random.choice([self.random.randint(-3, 3), self.random.uniform(-3, 3), self.random.choice(WORDS), True, False])

    def metadata(self) -> dict | None:
        fields = {"n": self.random.randint(-3, 3), "f": self.random.uniform(-3, 3), "s": self.random.choice(WORDS), "b": True,
                  "tags": self.some(WORDS, 1, 3), "lexical": self.sparse(), "missing": None}
        return {k: v for k, v in fields.items() if self.random.random() < 0.5}

    def record_ids(self) -> list[str]:
        return [f"id{self.random.randint(0, 40)}" for _ in range(self.random.randint(0, 6))]

    def where(self, depth: int = 3) -> dict:
        r = self.random
        if depth and r.random() < 0.4:
            return {r.choice(["$and", "$or"]): [self.where(depth - 1) for _ in range(r.randint(0, 3))]}
        if r.random() < 0.1:
            return {r.choice(FIELDS): r.choice([self.scalar(), {r.choice(["$regex", "$no", "$gt", "$in"]): self.scalar()}])}
        operator = r.choice(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$contains", "$not_contains"])
        operand = r.randint(-3, 3) if operator in ("$gt", "$gte", "$lt", "$lte") else self.scalar()
        operand = self.some([1, 2, 3], 1, 3) if operator in ("$in", "$nin") else operand
        return {r.choice(FIELDS[:7]): operand if operator == "$eq" else {operator: operand}}

    def where_document(self, depth: int = 2) -> dict:
        r = self.random
        if depth and r.random() < 0.3:
            return {r.choice(["$and", "$or"]): [self.where_document(depth - 1) for _ in range(r.randint(0, 2))]}
        return {r.choice(["$contains", "$not_contains", "$regex", "$not_regex"]): r.choice([*WORDS, "al.ha", "(?i)BETA", "\\p{Greek}", "a{999}"])}

    def rank(self, depth: int = 3) -> dict:
        r = self.random
        if depth == 0 or r.random() < 0.4:
            key = r.choice(["#embedding", "#embedding", "lexical", "lexical", "n"])
            query = self.vector() if key == "#embedding" else self.sparse()
            knn = {"query": query if r.random() < 0.9 else r.choice([self.vector(), self.sparse(), "a text"]), "key": key,
                   "limit": r.choice([1, 5, 100, 100, 0, 10**9]), "return_rank": r.random() < 0.5, "default": r.choice([None, 1.0])}
            return r.choice([{"$knn": {k: v for k, v in knn.items() if r.random() < 0.9}}, {"$val": r.choice([0, 1.5, -1, 1e38])}])
        operator = r.choice(["$abs", "$exp", "$log", "$sum", "$mul", "$max", "$min", "$sub", "$div"])
        if operator in ("$sub", "$div"):
            return {operator: {"left": self.rank(depth - 1), "right": self.rank(depth - 1)}}
        if operator in ("$abs", "$exp", "$log"):
            return {operator: self.rank(depth - 1)}
        return {operator: [self.rank(depth - 1) for _ in range(r.randint(0, 3))]}

    def search(self) -> dict:
        r = self.random
        keys = [*FIELDS[:5], "#document", "#embedding", "#metadata", "#score"]
        made = {"filter": self.where(), "rank": self.rank(), "limit": {"limit": r.choice([None, 0, 1, 10]), "offset": r.randint(0, 5)},
                "select": {"keys": self.some(keys)},
                "group_by": {"keys": self.some(FIELDS[:5], 1), "aggregate": {r.choice(["$min_k", "$max_k"]): {"keys": self.some(["n", "#score"], 1), "k": r.randint(0, 3)}}}}
        return {k: v for k, v in made.items() if r.random() < (0.2 if k == "group_by" else 0.7)}

    def conditions(self) -> dict:
        made = {"ids": self.record_ids(), "where": self.where(), "where_document": self.where_document()}
        return {k: v for k, v in made.items() if self.random.random() < 0.4}

    def include(self) -> list[str]:
        return self.some(["documents", "metadatas", "embeddings", "distances", "uris"] + ["data"] * (self.random.random() < 0.05))

    def schema(self) -> dict:
        r = self.random
        sparse = {"sparse_vector": {"sparse_vector_index": {"enabled": r.random() < 0.95, "config": {"bm25": r.random() < 0.5}}}}
        keys = {"lexical": sparse, "n": {"int": {"int_inverted_index": {"enabled": False, "config": {}}}},
                "#document": {"string": {"fts_index": {"enabled": r.random() < 0.5, "config": {}}}},
                "#embedding": {"float_list": {"vector_index": {"enabled": True, "config": {"space": r.choice(["l2", "cosine", "ip"])}}}}}
        return {"defaults": {}, "keys": {k: v for k, v in keys.items() if r.random() < 0.8}}

    def configuration(self) -> dict:
        hnsw = {"space": self.random.choice(["l2", "cosine", "ip", "no"]), "ef_search": self.random.randint(-1, 100)}
        return self.random.choice([{}, {"hnsw": hnsw}, {"spann": {"space": "l2"}}, {"hnsw": hnsw, "spann": {}}])

    # ---- bodies ----

    def records(self) -> dict:
        ids = self.record_ids()
        made = {"ids": ids, "embeddings": [self.embedding() for _ in ids], "documents": self.some([*WORDS, None], len(ids), len(ids)),
                "metadatas": [self.metadata() for _ in ids], "uris": self.some([None, "file:///a"], len(ids), len(ids))}
        if self.random.random() < 0.6:
            made["embeddings"] = [[1.0, self.random.uniform(-1, 1), 0.5] for _ in ids]
            made["metadatas"] = [{k: v for k, v in self.metadata().items() if v is not None} for _ in ids]
        return {k: v for k, v in made.items() if k in ("ids", "embeddings") or self.random.random() < 0.7}

    def body_of(self, route: str) -> object:
        r = self.random
        name = r.choice(NAMES)
        bodies = {
            "tenants": lambda: {"name": r.choice(TENANTS)}, "tenant": lambda: {"resource_name": "r"},
            "databases": lambda: {"name": r.choice(DATABASES)},
            "collections": lambda: {"name": name, "get_or_create": r.random() < 0.5} | r.choice(
                [{}, {"schema": self.schema()}, {"configuration": self.configuration()}, {"metadata": self.metadata()}]),
            "collection": lambda: r.choice([{"new_name": name}, {"new_metadata": self.metadata()}, {"new_configuration": self.configuration()}]),
            "fork": lambda: {"new_name": name}, "add": self.records, "upsert": self.records, "update": self.records,
            "get": lambda: self.conditions() | {"limit": r.choice([None, 0, 3]), "offset": r.randint(0, 3), "include": self.include()},
            "query": lambda: self.conditions() | {"query_embeddings": [self.vector() for _ in range(r.randint(0, 3))],
                                                  "n_results": r.choice([0, 1, 10, 2**32 - 1]), "include": self.include()},
            "delete": lambda: self.conditions() | r.choice([{}, {}, {"limit": r.randint(0, 2)}]),
            "transaction": lambda: {"read_token": r.choice([None, 0, 5, 10**6]), "read_ids": r.choice([None, [], self.record_ids()]), "operations": [
                {"operation": o, "payload": self.records() if o != "delete" else {"ids": self.record_ids()}}
                for o in self.some(["add", "update", "upsert", "delete", "drop"] if r.random() < 0.1 else ["add", "upsert", "delete"], 0, 3)]},
            "search": lambda: {"searches": [self.search() for _ in range(r.randint(0, 3))], "read_level": "index_and_wal"},
        }
        return bodies.get(route, dict)()

    def spoil(self, value: object) -> object:
        """The value with one part of it replaced, removed or repeated."""
        r = self.random
        if isinstance(value, dict) and value and r.random() < 0.8:
            key = r.choice(list(value))
            if r.random() < 0.15:
                return {k: v for k, v in value.items() if k != key}
            return {**value, key: self.spoil(value[key])}
        if isinstance(value, list) and value and r.random() < 0.8:
            at = r.randrange(len(value))
            if r.random() < 0.15:
                return value + value[:1]
            return [*value[:at], self.spoil(value[at]), *value[at + 1:]]
        return r.choice(ODD)

    # ---- requests ----

    def path(self) -> tuple[str, str, str]:
        """Method, path, and what its body is."""
        r = self.random
        tenant = r.choice(TENANTS[:1] * 200 + TENANTS)
        database = r.choice(DATABASES[:1] * 200 + DATABASES)
        below = f"/tenants/{tenant}/databases/{database}"
        name, one = r.choice(NAMES), r.choice(self.ids if self.ids and r.random() < 0.95 else NO_IDS)
        at = f"{below}/collections/{one}"
        page = r.choice(["", "?limit=2&offset=1", "?limit=x", "?offset=-1"])
        system = [("GET", "", ""), ("GET", "/heartbeat", ""), ("GET", "/version", ""), ("GET", "/healthcheck", ""), ("GET", "/pre-flight-checks", ""),
                  ("GET", "/auth/identity", ""), ("GET", f"/collections/{tenant}:{database}:{name}", ""), ("GET", "/nothing", ""),
                  ("POST", "/tenants", "tenants"), ("GET", f"/tenants/{tenant}", ""), ("PATCH", f"/tenants/{tenant}", "tenant"),
                  ("POST", f"/tenants/{tenant}/databases", "databases"), ("GET", f"/tenants/{tenant}/databases{page}", ""),
                  ("GET", below, ""), ("DELETE", f"/tenants/{tenant}/databases/other", "")]
        whole = [("GET", f"{below}/collections{page}", ""), ("GET", f"{below}/collections_count", ""), ("POST", f"{below}/collections", "collections"),
                 ("POST", f"{below}/collections", "collections"), ("GET", f"{below}/collections/{name}", ""), ("GET", f"{below}/collections/by-id/{one}", ""),
                 ("PUT", at, "collection"), ("DELETE", f"{below}/collections/{name}", ""), ("POST", f"{at}/fork", "fork"), ("GET", f"{at}/fork_count", ""),
                 ("GET", f"{at}/indexing_status", "")]
        few = [("POST", f"{at}/functions/attach", ""), ("GET", f"{at}/functions/f", ""), ("POST", f"{at}/attached_functions/f/detach", ""),
               ("POST", f"{at}/attached_functions/f/add_input", ""), ("POST", f"{at}/conditional/get", "get"), *[("POST", f"{at}/conditional/commit", "transaction")] * 4]
        records = [("POST", f"{at}/{route}", route) for route in ("add", "upsert", "update", "get", "query", "delete", "search", "add", "get", "query",
                                                                   "search")] + [("GET", f"{at}/count{r.choice(['', '?read_level=index_only', '?read_level=x'])}", "")]
        method, path, route = r.choice(r.choices([system, whole, records, few], weights=[2, 3, 14, 1])[0])
        return (r.choice(["GET", "POST", "PUT", "PATCH", "DELETE"]), path, route) if r.random() < 0.02 else (method, path, route)

    def next(self) -> tuple[str, str, bytes | None]:
        r = self.random
        method, path, route = self.path()
        path = urllib.parse.quote(f"/api/v2{path}", safe="/?=&:+")
        if method in ("GET", "DELETE"):
            return method, path, None
        body = self.body_of(route)
        for _ in range(r.choice([0, 0, 0, 1, 1, 2])):
            body = self.spoil(body)
        data = json.dumps(body).encode()
        if r.random() < 0.03 and data:
            at = r.randrange(len(data))
            data = data[:at] + bytes([r.randrange(256)]) + data[at + r.randint(0, 2):]
        return method, path, data

    def learn(self, answer: object) -> None:
        """Collections that a reply tells of are asked for from then on."""
        for each in answer if isinstance(answer, list) else [answer]:
            if isinstance(each, dict) and "configuration_json" in each and each["id"] not in self.ids:
                self.ids.append(each["id"])

    def forget(self, path: str) -> None:
        """What a reply says does not exist is asked for no more."""
        self.ids = [each for each in self.ids if each not in path]


def fault_of(path: str, status: int, text: bytes) -> str | None:
    """Why the answer may not be; None: it may."""
    if status == 501 and any(part in path for part in UNSUPPORTED):
        return None
    if status >= 500:
        return f"status {status}"
    if not text:
        return None if status in (404, 405) else "an empty answer"
    body = json.loads(text)
    if status >= 400 and (set(body) != {"error", "message"} or not all(isinstance(v, str) and v for v in body.values())):
        return "an error of another form"
    return None


class Client(threading.Thread):
    """Sends its share of the requests over one connection."""

    def __init__(self, server: Server, seed: int, count: int):
        super().__init__()
        self.server, self.count, self.made = server, count, Requests(seed)
        self.statuses: collections.Counter[int] = collections.Counter()
        self.faults: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=300)
        for n in range(self.count):
            method, path, data = self.made.next()
            try:
                connection.request(method, path, data, {"Content-Type": "application/json"} if data is not None else {})
                reply = connection.getresponse()
                text = reply.read()
                fault = fault_of(path, reply.status, text)
                self.statuses[reply.status] += 1
                if reply.status == 200 and b"configuration_json" in text:
                    self.made.learn(json.loads(text))
                if reply.status == 404:
                    self.made.forget(path)
            except (OSError, http.client.HTTPException, ValueError) as error:
                fault, text = f"{error!r}", b""
                connection.close()
            if fault:
                self.faults.append(f"request {n}: {method} {path} {(data or b'')[:2000]!r}\n  {fault}: {text[:500]!r}")
            if self.server.process.poll() is not None:
                self.faults.append("the server has ended")
                return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = start_kith(pathlib.Path(folder))
        try:
            clients = [Client(server, options.seed * 1000 + n, options.count // options.clients) for n in range(options.clients)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
        finally:
            server.close()
    statuses = sum((client.statuses for client in clients), collections.Counter())
    faults = [fault for client in clients for fault in client.faults]
    print("\n".join(faults[:20]))
    print(f"{sum(statuses.values())} requests (seed {options.seed}): " + ", ".join(f"{n} of {status}" for status, n in sorted(statuses.items()))
          + f"; {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
