"""soak.py - a day of requests to `kith serve` in 20 minutes: is it at the end as it was at the start?

Four clients, each a process with one connection, send what a busy day has: queries with and without filters, reads, batches and single writes, changes, deletions,
and collections made and dropped. PER_DAY says how many of each; the clients spread them evenly over the time. All write into one shared collection, each its own ids, and
replace what they delete, so that its size stays: whatever else grows is a leak.

Each client knows what it wrote. A read after a write, and the count at the end, are compared with that; `kith check` looks at the directory afterwards.
The first tenth of the time fills and warms; of the rest the first quarter and the last are compared: memory, open files, threads, the directory's size, and the latency
of queries. Fails when a request had a status that it should not have had (5xx above all), when a read was wrong, or when the directory is damaged.
Figures about time are for people: the machine may have other work.
"""

import dataclasses
import json
import multiprocessing
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

import numpy

from kithbench import report
from kithbench.servers import Kith, Wire

CLIENTS, DIMENSION, CENTRES = 4, 384, 64
LIVE_OF_CLIENT, BATCH = 2500, 50  # records that each client has in the shared collection; records of a batch
PER_DAY = {"query": 120_000, "query with a filter": 40_000, "get": 40_000, "count": 10_000, "upsert one": 24_000, "update": 12_000,
           "replace a batch": 2_400, "make and drop a collection": 480}
DATABASE = "/api/v2/tenants/default_tenant/databases/default_database"
DAY_S = 1200  # how long a whole day takes here; less time has less of it
DRAIN_S, SAMPLE_S = 60, 2
CHECK_NOTES = 1  # the exit status of `kith check` when nothing is damaged and something is worth a note
CENTRE_VECTORS = numpy.random.default_rng(7).normal(size=(CENTRES, DIMENSION)).astype(numpy.float32)
WORDS = "red fox hunts mice at dusk while the old mill turns slowly over dark water and nobody counts the hours".split()


@dataclasses.dataclass
class Outcome:
    """What one client saw. latencies: (seconds since the start, kind, ms that its requests took)."""

    latencies: list[tuple[float, str, float]] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)
    server_errors: int = 0
    live: int = 0


class Client:
    """Owns the ids that begin with its number."""

    def __init__(self, number: int, port: int, collection: str):
        self.number = number
        self.random = random.Random(number)
        self.numpy_random = numpy.random.default_rng(number)
        self.wire = Wire(port)
        self.path = f"{DATABASE}/collections/{collection}"
        self.live: dict[str, int] = {}  # id -> the version that it was last written with
        self.made = 0
        self.waited_ms = 0.0
        self.outcome = Outcome()
        self.actions = {"query": self.query, "query with a filter": self.filtered, "get": self.get, "count": self.count, "upsert one": self.upsert,
                        "update": self.update, "replace a batch": self.replace, "make and drop a collection": self.passing_collection}

    # ---- requests ----

    def send(self, request: bytes, expected: int) -> dict | None:
        began = time.perf_counter()
        status, body = self.wire.send(request)
        self.waited_ms += (time.perf_counter() - began) * 1000
        if status == expected:
            return json.loads(body)
        self.outcome.server_errors += status >= 500
        self.outcome.failures.append(f"{request.split(b' HTTP', 1)[0].decode()}: {status} {body[:300]!r}")
        return None

    def post(self, action: str, body: dict, expected: int = 200, path: str | None = None) -> dict | None:
        return self.send(self.wire.post((path or self.path) + action, json.dumps(body).encode()), expected)

    def request(self, method: str, path: str) -> dict | None:
        return self.send(self.wire.request(method, path), 200)

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.outcome.failures.append(f"wrong: {what}")

    # ---- records ----

    def vector(self) -> list[float]:
        near = CENTRE_VECTORS[self.random.randrange(CENTRES)]
        return [round(x, 5) for x in (near + self.numpy_random.normal(scale=0.7, size=DIMENSION)).tolist()]

    def records(self, identifiers: list[str]) -> dict:
        for identifier in identifiers:
            self.live[identifier] = self.live.get(identifier, 0) + 1
        return {"ids": identifiers, "embeddings": [self.vector() for _ in identifiers],
                "documents": [" ".join(self.random.choices(WORDS, k=40)) for _ in identifiers],
                "metadatas": [{"owner": self.number, "version": self.live[identifier], "number": self.random.randrange(100)} for identifier in identifiers]}

    def new_ids(self, count: int) -> list[str]:
        self.made += count
        return [f"{self.number}-{i}" for i in range(self.made - count, self.made)]

    def any_id(self) -> str:
        return self.random.choice(tuple(self.live))

    # ---- what it does ----

    def fill(self) -> None:
        while len(self.live) < LIVE_OF_CLIENT:
            self.post("/add", self.records(self.new_ids(BATCH)), 201)

    def query(self, where: dict | None = None) -> None:
        found = self.post("/query", {"query_embeddings": [self.vector()], "n_results": 10, "where": where, "include": ["documents", "metadatas", "distances"]})
        if found:
            self.expect(len(found["ids"][0]) == 10 and sorted(found["distances"][0]) == found["distances"][0], f"query where {where}")

    def filtered(self) -> None:
        self.query({"number": {"$lt": self.random.choice((6, 95))}})

    def get(self) -> None:
        identifier = self.any_id()
        found = self.post("/get", {"ids": [identifier], "include": ["documents", "metadatas"]})
        if found:
            self.expect(found["ids"] == [identifier] and found["metadatas"][0]["version"] == self.live[identifier], f"get {identifier}: {found['metadatas']}")

    def count(self) -> None:
        found = self.request("GET", f"{self.path}/count")
        self.expect(found is None or found >= len(self.live), f"count {found}")

    def upsert(self) -> None:
        self.post("/upsert", self.records([self.any_id()]))

    def update(self) -> None:
        identifier = self.any_id()
        self.live[identifier] += 1
        self.post("/update", {"ids": [identifier], "metadatas": [{"version": self.live[identifier]}]})

    def replace(self) -> None:
        gone = self.random.sample(tuple(self.live), BATCH)
        self.post("/delete", {"ids": gone})
        for identifier in gone:
            del self.live[identifier]
        left = self.post("/get", {"ids": gone, "include": []})
        self.expect(left is None or left["ids"] == [], "deleted records are still there")
        self.post("/add", self.records(self.new_ids(BATCH)), 201)

    def passing_collection(self) -> None:
        name = f"passing-{self.number}"
        made = self.post("/collections", {"name": name}, path=DATABASE)
        if made:
            path = f"{DATABASE}/collections/{made['id']}"
            batch = {"ids": [str(i) for i in range(BATCH)], "embeddings": [self.vector() for _ in range(BATCH)]}
            self.post("/add", batch, 201, path=path)
            found = self.post("/query", {"query_embeddings": batch["embeddings"][:1], "n_results": 1}, path=path)
            self.expect(found is None or found["ids"] == [["0"]], "the nearest of a new collection")
            self.request("DELETE", f"{DATABASE}/collections/{name}")

    def run(self, seconds: float, started: float) -> None:
        """Spreads its part of the day over the time; what a slow machine leaves is done as fast as it can be, for a while more."""
        part = seconds / DAY_S / CLIENTS
        plan = [(self.random.uniform(0, seconds), kind) for kind, count in PER_DAY.items() for _ in range(round(count * part))]
        for at, kind in sorted(plan):
            now = time.monotonic() - started
            if now > seconds + DRAIN_S:
                break
            if at > now:
                time.sleep(at - now)
            self.waited_ms = 0.0
            self.actions[kind]()
            self.outcome.latencies.append((time.monotonic() - started, kind, self.waited_ms))
        self.outcome.live = len(self.live)


def client_main(number: int, port: int, collection: str, seconds: float, outcomes: multiprocessing.Queue) -> None:
    client = Client(number, port, collection)
    started = time.monotonic()
    try:
        client.fill()
        client.run(seconds, started)
    except Exception as failure:
        client.outcome.failures.append(f"client {number} ended: {failure!r}")
    outcomes.put(client.outcome)


# ---- the server meanwhile ----


@dataclasses.dataclass(frozen=True)
class Sample:
    at: float
    figures: dict[str, float]


def sample(server: Kith, started: float) -> Sample:
    process = pathlib.Path(f"/proc/{server.pid}")
    files = [path for path in server.directory.rglob("*") if path.is_file()]
    return Sample(time.monotonic() - started, {
        "resident": server.resident_mib(),
        "open files": len(list((process / "fd").iterdir())),
        "threads": len(list((process / "task").iterdir())),
        "directory": sum(size_of(path) for path in files) / 2**20,
    })


def size_of(path: pathlib.Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # replaced meanwhile
        return 0


def ask(server: Kith, request) -> dict | int:
    """Over a connection of its own: one that idles as long as the clients work is closed."""
    wire = Wire(server.port)
    status, body = wire.send(request(wire))
    wire.close()
    if status != 200:
        raise RuntimeError(f"{status}: {body[:300]!r}")
    return json.loads(body)


def drive(server: Kith, seconds: float) -> tuple[list[Outcome], list[Sample], int]:
    """The clients' outcomes, the samples, and the records that are there in the end."""
    collection = ask(server, lambda wire: wire.post(f"{DATABASE}/collections", b'{"name":"soak"}'))["id"]
    outcomes: multiprocessing.Queue = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=client_main, args=(number, server.port, collection, seconds, outcomes)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    found, samples, started = [], [], time.monotonic()
    while len(found) < CLIENTS:
        samples.append(sample(server, started))
        time.sleep(SAMPLE_S)
        while not outcomes.empty():
            found.append(outcomes.get())
    for client in clients:
        client.join()
    count = ask(server, lambda wire: wire.request("GET", f"{DATABASE}/collections/{collection}/count"))
    return found, samples, count


def show(table: report.Report, case: str, seconds: float, outcomes: list[Outcome], samples: list[Sample]) -> None:
    latencies = [entry for outcome in outcomes for entry in outcome.latencies]
    first, last = (0.1 * seconds, 0.325 * seconds), (0.775 * seconds, 2 * seconds)
    for name, (begin, end) in (("start", first), ("end", last)):
        within = [s.figures for s in samples if begin <= s.at < end] or [samples[-1].figures]
        for key, unit in (("resident", "MiB"), ("directory", "MiB"), ("open files", ""), ("threads", "")):
            table.add(case, "kith", f"{key}, {name}", statistics.median(figures[key] for figures in within), unit)
        for kind in PER_DAY:
            taken = sorted(ms for at, other, ms in latencies if other == kind and begin <= at < end)
            if taken:
                table.add(case, "kith", f"{kind}, p50, {name}", taken[len(taken) // 2], "ms")
                table.add(case, "kith", f"{kind}, p99, {name}", taken[len(taken) * 99 // 100], "ms")
    table.add(case, "kith", "actions", len(latencies), "")


def main() -> int:
    options = report.parser(__doc__)
    options.add_argument("--minutes", type=float, default=20)
    asked = options.parse_args()
    seconds = asked.minutes * 60
    table = report.Report("soak", asked.json)
    case = f"{asked.minutes:g} minutes"
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as name:
        server = Kith("kith", pathlib.Path(name))
        try:
            server.start()
            outcomes, samples, count = drive(server, seconds)
        finally:
            if server.is_running():
                server.stop()
        checked = subprocess.run([report.ROOT / "build/kith", "check", "--dir", server.directory], capture_output=True, text=True)
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    if count != sum(outcome.live for outcome in outcomes):
        failures.append(f"{count} records are there, {sum(outcome.live for outcome in outcomes)} were acknowledged")
    if checked.returncode not in (0, CHECK_NOTES):
        failures.append(f"kith check: {checked.stdout[-1000:]}{checked.stderr[-1000:]}")
    show(table, case, seconds, outcomes, samples)
    table.add(case, "kith", "five-hundreds", sum(outcome.server_errors for outcome in outcomes), "")
    table.add(case, "kith", "failures", len(failures), "")
    print(*failures[:20], sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
