"""differential.py - sends the same requests to Chroma's own server and to `kith serve`, and compares what both say.

Compared are the status, the error's name, ids and their order, every column, and distances within 1e-5. Where kith differs on
purpose, DIFFERENCES says why; everything else that differs is a failure. Two parts: written requests, one behaviour each
(requests_of_both.py), and random sequences of writes, reads and searches.

Run by ./dev test-chroma; by hand: python tests/chroma/differential.py [--seed N] [--sequences N] [--strict]
"""

import argparse
import json
import math
import pathlib
import random
import sys
import tempfile

from requests_of_both import DATABASE, SCRIPT
from servers import Answer, Server, start_chroma, start_kith

TOLERANCE = 1e-5
MISSED_SHARE = 500  # of so many requests at most one may be a query of which Chroma's graph has missed a result

# What kith answers otherwise than Chroma 1.5.9, and why: by the name of a request in requests_of_both.py.
DIFFERENCES = {
    "name taken by a change": "409 as for a creation; Chroma passes its database's error on, as a 500",
    "infinite query": "a query that is no number is refused; Chroma answers distances of null",
    "id with a NUL": "ids are C strings for kith's other users: refused by name",
    "id with a line break": "ids without control characters: refused by name",
    "zero vector under cosine": "refused: a vector without length has no direction, and every distance from it would be made up",
    "query of zero under cosine": "refused, as above",
    "where on #id": "kith tests the id, as Chroma's Search API does; Chroma's get takes it for a metadata field",
    "fraction against integers": "compared by value; Chroma cuts the fraction off (its issue with int and float)",
    "count in another database": "a collection belongs to one database: 404; Chroma 1.5.9 does not look",
    "database of an unknown tenant": "404; Chroma makes a database that nobody can list",
    "id that does not exist": "an id that a query names and that is not there is the request's fault: 400, where Chroma fails with 500",
    "sparse vector": "kith stores and searches sparse vectors; Chroma's local server refuses them",
    "search": "kith answers the Search API; Chroma's local server refuses it",
    "fork": "kith copies; Chroma's local server refuses it",
    "fork count": "kith counts; Chroma's local server refuses it",
    "indexing status": "kith tells; Chroma's local server fails",
    "delete the default database": "kith's default database stays",
}

# Of them those that --strict-chroma takes away.
NOT_WHEN_STRICT = {"id that does not exist", "sparse vector", "search", "fork", "fork count", "indexing status"}


def records_equal(a: object, b: object) -> bool:
    """JSON values are equal; 1 and 1.0 are different, except within lists, whose numbers Chroma makes floats of one kind."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(records_equal(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(records_equal(x, y) or (is_number(x) and x == y) for x, y in zip(a, b))
    return type(a) is type(b) and a == b


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def distances_equal(a: list, b: list) -> bool:
    return len(a) == len(b) and all(x == y or (x is not None and y is not None and math.isclose(x, y, rel_tol=TOLERANCE, abs_tol=TOLERANCE))
                                    for x, y in zip(a, b))


def column_equal(name: str, a: object, b: object) -> bool:
    if name == "include":
        return sorted(a) == sorted(b)
    if a is None or b is None:
        return a is b
    if name == "distances":
        return len(a) == len(b) and all(distances_equal(x, y) for x, y in zip(a, b))
    if name == "embeddings":
        return len(a) == len(b) and all(embedding_equal(x, y) for x, y in zip(a, b))
    return records_equal(a, b)


def embedding_equal(a: object, b: object) -> bool:
    """A vector, or in a query's answer a list of them."""
    if a is None or b is None:
        return a is b
    if a and isinstance(a[0], list):
        return len(a) == len(b) and all(embedding_equal(x, y) for x, y in zip(a, b))
    return distances_equal(a, b)


def without_ids_of_collections(body: object) -> object:
    """A collection's answer without what each server chooses by itself."""
    if isinstance(body, list):
        return [without_ids_of_collections(element) for element in body]
    if isinstance(body, dict) and "configuration_json" in body:
        return {k: v for k, v in body.items() if k not in ("id", "log_position", "version")}
    if isinstance(body, dict) and set(body) == {"id", "name", "tenant"}:
        return {k: v for k, v in body.items() if k != "id"}
    return body


def difference(chroma: Answer, kith: Answer) -> str | None:
    """What differs; None: nothing."""
    if chroma.status != kith.status:
        return f"status {chroma.status} and {kith.status}"
    if chroma.error or kith.error:
        return None if chroma.error == kith.error else f"error {chroma.error} and {kith.error}"
    if isinstance(chroma.body, dict) and "include" in chroma.body:
        if chroma.body.keys() != kith.body.keys():
            return "columns"
        bad = [name for name in chroma.body if not column_equal(name, chroma.body[name], kith.body[name])]
        return "columns " + ", ".join(bad) if bad else None
    if isinstance(chroma.body, dict) and "nanosecond heartbeat" in chroma.body:
        return None if kith.body.keys() == chroma.body.keys() else "heartbeat"
    same = records_equal(without_ids_of_collections(chroma.body), without_ids_of_collections(kith.body))
    return None if same else "body"


def is_missing_id(chroma: Answer, kith: Answer) -> bool:
    """Do both say that an id of a query does not exist, each with its own status?"""
    return (chroma.status, kith.status) == (500, 400) and all("Error finding id" in answer.body["message"] for answer in (chroma, kith))


def only_missed(chroma: Answer, kith: Answer) -> bool:
    """Do the answers to a query differ only in that Chroma's graph has missed records that are nearer than others which it gives?

    It does so now and then after deletions. What both have must be in the same order and at the same distances, what Chroma alone
    has must be farther than all that kith has, and Chroma must not have more."""
    if not all(answer.status == 200 and isinstance(answer.body, dict) for answer in (chroma, kith)):
        return False
    if not chroma.body.get("distances") or not kith.body.get("distances"):
        return False
    for i, ids in enumerate(chroma.body["ids"]):
        theirs, ours = (dict(zip(body["ids"][i], body["distances"][i])) for body in (chroma.body, kith.body))
        common = [each for each in ids if each in ours]
        if len(theirs) > len(ours) or common != [each for each in kith.body["ids"][i] if each in theirs]:
            return False
        if not distances_equal([theirs[each] for each in common], [ours[each] for each in common]):
            return False
        if any(theirs[each] < max(ours.values()) - TOLERANCE for each in theirs if each not in ours):
            return False
    return True


class Pair:
    """Both servers; every request goes to both."""

    def __init__(self, chroma: Server, kith: Server):
        self.chroma, self.kith = chroma, kith
        self.failures: list[str] = []
        self.compared = self.missed = 0
        self.differed: set[str] = set()

    def reset(self) -> None:
        for server in (self.chroma, self.kith):
            assert server.send("POST", "/reset").status == 200

    def send(self, name: str, method: str, path: str, body: object = None, raw: bytes | None = None) -> tuple[Answer, Answer]:
        """`path` is one path for both, or a pair where a collection's id is in it."""
        paths = path if isinstance(path, tuple) else (path, path)
        answers = self.chroma.send(method, paths[0], body, raw), self.kith.send(method, paths[1], body, raw)
        self.compared += 1
        found = difference(*answers)
        if found and is_missing_id(*answers):
            self.differed.add("id that does not exist")
        elif found and name in DIFFERENCES:
            self.differed.add(name)
        elif found and only_missed(*answers):
            self.missed += 1
        elif found:
            self.failures.append(f"{name}: {method} {paths[0]} {str(raw if body is None else body)[:300]}\n  {found}\n"
                                 f"  chroma {answers[0].status} {json.dumps(answers[0].body, sort_keys=True)[:3000]}\n"
                                 f"  kith   {answers[1].status} {json.dumps(answers[1].body, sort_keys=True)[:3000]}")
        return answers

    def collection(self, **options) -> tuple[str, str]:
        """Creates a collection; the paths below which its records are."""
        answers = self.send("create", "POST", f"{DATABASE}/collections", options)
        return tuple(f"{DATABASE}/collections/{answer.body['id']}" for answer in answers)


def below(paths: tuple[str, str], rest: str) -> tuple[str, str]:
    return paths[0] + rest, paths[1] + rest


# ---- written requests ----


def run_script(pair: Pair) -> None:
    """Each request may name a collection that an earlier one has created: its path then begins with {NAME}."""
    pair.reset()
    made: dict[str, tuple[str, str]] = {}
    for name, method, path, *rest in SCRIPT:
        body = rest[0] if rest else None
        raw = body if isinstance(body, bytes) else None
        known = next((key for key in made if path.startswith("{" + key + "}")), None)
        paths = below(made[known], path[len(known) + 2:]) if known else path
        answers = pair.send(name, method, paths, None if raw is not None else body, raw)
        if path == f"{DATABASE}/collections" and method == "POST" and all(a.status == 200 for a in answers):
            made[body["name"]] = tuple(f"{DATABASE}/collections/{a.body['id']}" for a in answers)
    elsewhere = tuple(path.replace(DATABASE, "/tenants/some/databases/other") for path in below(made["empty"], "/count"))
    pair.send("count in another database", "GET", elsewhere)
    pair.send("delete the default database", "DELETE", DATABASE)


# ---- random sequences ----

DIMENSION = 6
WORDS = ["alpha", "beta", "gamma", "delta", "épsilon", "under_score", "100%", "back\\slash"]


class Sequence:
    """Random writes, reads and searches of one collection, by a seed."""

    def __init__(self, pair: Pair, seed: int):
        self.pair, self.random = pair, random.Random(seed)
        self.space = self.random.choice(["l2", "cosine", "ip"])
        self.name = f"seed {seed}"
        self.paths = pair.collection(name=f"random-{seed}", configuration={"hnsw": {"space": self.space}})
        self.ids = [f"id{i}" for i in range(30)]

    def vector(self) -> list[float]:
        return [round(self.random.uniform(-1, 1), 3) for _ in range(DIMENSION)]

    def text(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(0, 5)))

    def metadata(self, merging: bool) -> dict | None:
        r = self.random
        made = {"n": r.randint(-3, 3), "f": r.randint(-6, 6) / 4, "s": r.choice(WORDS), "b": r.random() < 0.5,
                "tags": r.sample(WORDS, r.randint(1, 3)), "years": r.sample(range(2000, 2005), 2)}
        chosen = {k: v for k, v in made.items() if r.random() < 0.6}
        if merging and r.random() < 0.3:
            chosen[r.choice(list(made))] = None
        return chosen or None

    def where(self, depth: int = 2) -> dict:
        r = self.random
        if depth and r.random() < 0.4:
            return {r.choice(["$and", "$or"]): [self.where(depth - 1) for _ in range(r.randint(1, 3))]}
        field = r.choice(["n", "f", "s", "b", "tags", "years", "missing"])
        value = {"n": r.randint(-3, 3), "f": r.randint(-6, 6) / 4, "s": r.choice(WORDS), "b": r.random() < 0.5, "tags": r.choice(WORDS),
                 "years": r.randint(2000, 2005), "missing": "x"}[field]
        if field in ("tags", "years"):
            return {field: {r.choice(["$contains", "$not_contains"]): value}}
        operators = ["$eq", "$ne", "$in", "$nin"] + (["$gt", "$gte", "$lt", "$lte"] if field in ("n", "f") else [])
        operator = r.choice(operators)
        if operator in ("$in", "$nin"):
            return {field: {operator: [value] * r.randint(1, 2)}}
        return {field: value} if operator == "$eq" and r.random() < 0.5 else {field: {operator: value}}

    def where_document(self, depth: int = 1) -> dict:
        r = self.random
        if depth and r.random() < 0.3:
            return {r.choice(["$and", "$or"]): [self.where_document(0) for _ in range(2)]}
        operator = r.choice(["$contains", "$not_contains", "$regex", "$not_regex"])
        text = r.choice(WORDS)[: r.randint(1, 5)]
        if operator.endswith("regex"):
            text = r.choice(["al.ha", "^beta", "gamma$", "(?i)DELTA", "[a-c]{2}", "é", "\\d+%", "a|b"])
        return {operator: text}

    def conditions(self, ids: bool = True) -> dict:
        made = {}
        if self.random.random() < 0.5:
            made["where"] = self.where()
        if self.random.random() < 0.3:
            made["where_document"] = self.where_document()
        if ids and self.random.random() < 0.3:
            made["ids"] = self.random.sample(self.ids, self.random.randint(1, 8))
        return made

    def write(self) -> None:
        r = self.random
        route = r.choice(["add", "add", "upsert", "update"])
        count = r.randint(1, 8)
        ids = r.sample(self.ids, count)
        body = {"ids": ids, "embeddings": [self.vector() for _ in ids]}
        if route == "update":
            # Only of records that exist: Chroma may keep the vector of an update that it ignores, and give it to a record that is
            # added under the id later.
            known = self.send("get", {"ids": ids})[0].body["ids"]
            body["embeddings"] = [v if i in known and r.random() < 0.5 else None for i, v in zip(ids, body["embeddings"])]
        if r.random() < 0.8:
            body["documents"] = [self.text() if r.random() < 0.8 else None for _ in ids]
        if r.random() < 0.8:
            body["metadatas"] = [self.metadata(route != "add") for _ in ids]
        if r.random() < 0.3:
            body["uris"] = [f"file:///{i}" if r.random() < 0.5 else None for i in ids]
        self.send(route, body)

    def read(self) -> None:
        body = {"include": ["documents", "metadatas", "embeddings", "uris"], **self.conditions()}
        if self.random.random() < 0.4:
            body |= {"limit": self.random.randint(0, 6), "offset": self.random.randint(0, 6)}
        self.send("get", body)

    def query(self) -> None:
        body = {"query_embeddings": [self.vector() for _ in range(self.random.randint(1, 2))], "n_results": self.random.randint(1, 12),
                "include": ["documents", "metadatas", "distances", "uris"], **self.conditions()}
        self.send("query", body)

    def delete(self) -> None:
        body = self.conditions()
        if ("where" in body or "where_document" in body) and self.random.random() < 0.4:
            body["limit"] = self.random.randint(0, 3)
        self.send("delete", body)

    def send(self, route: str, body: dict) -> tuple[Answer, Answer]:
        return self.pair.send(self.name, "POST", below(self.paths, "/" + route), body)

    def run(self, steps: int) -> None:
        self.write()
        for _ in range(steps):
            self.random.choices([self.write, self.read, self.query, self.delete], weights=[4, 4, 4, 1])[0]()
        self.pair.send(self.name, "GET", below(self.paths, "/count"))
        self.send("get", {"include": ["documents", "metadatas", "embeddings", "uris"]})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sequences", type=int, default=40)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--strict", action="store_true", help="with kith serve --strict-chroma, which refuses what Chroma refuses")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chroma = start_chroma(pathlib.Path(folder))
        kith = start_kith(pathlib.Path(folder), *(["--strict-chroma"] if options.strict else []))
        try:
            pair = Pair(chroma, kith)
            run_script(pair)
            unused = set(DIFFERENCES) - (NOT_WHEN_STRICT if options.strict else set()) - pair.differed
            if options.strict:
                pair.failures += [f"{name}: still different with --strict-chroma" for name in sorted(pair.differed & NOT_WHEN_STRICT)]
            pair.reset()
            for seed in range(options.seed, options.seed + options.sequences):
                Sequence(pair, seed).run(options.steps)
        finally:
            chroma.close()
            kith.close()
    for failure in pair.failures:
        print(failure)
    for name in sorted(unused):
        print(f"{name}: no longer different, though DIFFERENCES has it")
    print(f"{pair.compared} requests compared, {len(pair.failures)} unexpected differences, {len(pair.differed)} expected ones, "
          f"{pair.missed} queries of which Chroma's graph missed a result (seeds {options.seed}..{options.seed + options.sequences - 1})")
    return 1 if pair.failures or unused or pair.missed * MISSED_SHARE > pair.compared else 0


if __name__ == "__main__":
    sys.exit(main())
