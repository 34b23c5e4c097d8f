"""server.py - `kith serve` beside Chroma's own server, in one run: the same requests to both.

20,000 sentences of 384 dimensions with document and three metadata fields, sent in batches of 500 by Chroma's Python client (base64); then queries by
questions; at last the same 20,000 into another collection, as bytes that were made before. Both servers run all the time, each step goes to one after the other, and the order turns from round to round. Medians over the rounds are printed,
then kith's part of Chroma's figure beside its target.

What the Python client itself takes (about a millisecond a call, and 27 us a record that it adds) hides what a server takes: so inserts, single adds and
queries are measured through the client, and again on the wire, with the bytes that the client sends (kithbench/servers.py). The targets hold on the wire: a
server that took no time at all would not be 20 times as fast as Chroma's through a client that takes a twentieth of Chroma's time itself.

Inserts are timed to the last acknowledgement, which with both servers means that the records are synced; "caught up" is how long kith's index then still
takes to link what searches meanwhile scan (Chroma's indexes before it acknowledges). "where 6 %" and "where 95 %" are queries with a filter that admits so
many. Throughput is wrk's, with 8 connections, on the same processors. The log of each server goes to a file, as it logs by default.
"""

import base64
import dataclasses
import itertools
import json
import pathlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable

import numpy

from kithbench import peers, report, sentences
from kithbench.servers import Chroma, Kith, Server, Wire

BATCH, K, QUERIES, SINGLES, STARTS = 500, 10, 500, 100, 5
WRK_CONNECTIONS, WRK_SECONDS, WARM_UP = 8, 5, 30
NUMBERS = 100  # values of the metadata field that filters ask for
FILTERS = {"where 6 %": {"number": {"$lt": 6}}, "where 95 %": {"number": {"$lt": 95}}}
COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"

# (metric, unit, how kith's figure is to stand to Chroma's: at least, or at most, so many times as large; None: shown only)
METRICS = (
    ("inserts, wire", "records/s", ("at least", 20)),
    ("inserts, client", "records/s", None),
    ("index caught up after", "s", None),
    ("single add, wire", "ms", ("at most", 0.3)),
    ("single add, client", "ms", None),
    ("query, wire, p50", "ms", ("at most", 0.15)),
    ("query, wire, p99", "ms", None),
    ("query, client, p50", "ms", None),
    ("where 6 %, wire, p50", "ms", ("at most", 0.07)),
    ("where 6 %, client, p50", "ms", None),
    ("where 95 %, wire, p50", "ms", ("at most", 0.07)),
    ("where 95 %, client, p50", "ms", None),
    ("throughput", "queries/s", ("at least", 15)),
    ("CPU of the server", "ms/query", None),
    ("resident", "MiB", ("at most", 0.4)),
    ("start to first answer", "ms", None),
    ("start to first query", "ms", None),
    ("recall@10", "", None),
)
# What kith has to reach whatever Chroma does.
BOUNDS = (("index caught up after", "at most", 2), ("start to first answer", "at most", 50), ("recall@10", "at least", 0.99))


@dataclasses.dataclass
class Run:
    """One server in one round, and what has been found of it."""

    server: Server
    data: sentences.Sentences
    scratch: pathlib.Path
    found: dict[str, float] = dataclasses.field(default_factory=dict)
    client: object = None
    collection: object = None

    @property
    def path(self) -> str:
        return f"{COLLECTIONS}/{self.collection.id}"


def median_ms(work: Callable[[int], None], times: int) -> list[float]:
    taken = []
    for number in range(times):
        start = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken)


def metadata(data: sentences.Sentences, i: int) -> dict:
    return {"article": data.articles[i], "number": i % NUMBERS, "length": len(data.texts[i]) / 10}


def query_body(vector: numpy.ndarray, where: dict | None = None) -> bytes:
    """As Chroma's client writes it."""
    asked = {"ids": None, "query_embeddings": [vector.tolist()], "n_results": K, "where": where, "where_document": None,
             "include": ["metadatas", "documents", "distances"]}
    return json.dumps(asked, separators=(",", ":")).encode()


def expect(answer: tuple[int, bytes], status: int) -> dict:
    if answer[0] != status:
        raise SystemExit(f"kith: the server answered {answer[0]}: {answer[1][:500]!r}")
    return json.loads(answer[1])


# ---- the steps ----


def start(run: Run) -> None:
    import chromadb

    run.server.start()
    run.client = chromadb.HttpClient(host="127.0.0.1", port=run.server.port, settings=chromadb.Settings(anonymized_telemetry=False))
    run.collection = run.client.create_collection("bench", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None)


def insert(run: Run) -> None:
    count = len(run.data.texts)
    batches = [range(at, min(at + BATCH, count)) for at in range(0, count, BATCH)]
    prepared = [{"ids": [f"id{i}" for i in batch], "embeddings": run.data.vectors[batch.start:batch.stop],
                 "documents": run.data.texts[batch.start:batch.stop], "metadatas": [metadata(run.data, i) for i in batch]} for batch in batches]
    began = time.perf_counter()
    for arguments in prepared:
        run.collection.add(**arguments)
    run.found["inserts, client"] = count / (time.perf_counter() - began)
    if isinstance(run.server, Kith):
        run.found["index caught up after"] = seconds_to_catch_up(run)


def insert_by_wire(run: Run) -> None:
    """Last of all, so that what it leaves in memory is in no other figure."""
    wire, requests, count = Wire(run.server.port), [], len(run.data.texts)
    made = wire.post(COLLECTIONS, b'{"name":"wire","configuration":{"hnsw":{"space":"cosine"}}}')
    collection = expect(wire.send(made), 200)["id"]
    for at in range(0, count, BATCH):
        batch = range(at, min(at + BATCH, count))
        body = {"ids": [f"id{i}" for i in batch], "embeddings": [base64.b64encode(run.data.vectors[i].tobytes()).decode() for i in batch],
                "documents": run.data.texts[batch.start:batch.stop], "metadatas": [metadata(run.data, i) for i in batch], "uris": None}
        requests.append(wire.post(f"{COLLECTIONS}/{collection}/add", json.dumps(body, separators=(",", ":")).encode()))
    began = time.perf_counter()
    for request in requests:
        expect(wire.send(request), 201)
    run.found["inserts, wire"] = count / (time.perf_counter() - began)
    wire.close()


def seconds_to_catch_up(run: Run) -> float:
    wire, began = Wire(run.server.port), time.perf_counter()
    request = wire.request("GET", f"{run.path}/indexing_status")
    while expect(wire.send(request), 200)["num_unindexed_ops"] > 0:
        time.sleep(0.01)
    wire.close()
    return time.perf_counter() - began


def add_singles(run: Run) -> None:
    """Far from all questions, and removed again, so that the exact answers stay."""
    wire, vector = Wire(run.server.port), -run.data.query_vectors.mean(axis=0)

    def body(number: int) -> dict:
        return {"ids": [f"single{number}"], "embeddings": [vector.tolist()], "documents": [run.data.texts[number]], "metadatas": [metadata(run.data, number)]}

    requests = [wire.post(run.path + "/add", json.dumps(body(number + SINGLES)).encode()) for number in range(SINGLES)]
    run.found["single add, client"] = statistics.median(median_ms(lambda number: run.collection.add(**body(number)), SINGLES))
    run.found["single add, wire"] = statistics.median(median_ms(lambda number: expect(wire.send(requests[number]), 201), SINGLES))
    wire.close()
    run.collection.delete(ids=[f"single{number}" for number in range(2 * SINGLES)])


def query(run: Run) -> None:
    vectors, wire = run.data.query_vectors, Wire(run.server.port)
    for name, where in {"query": None, **FILTERS}.items():
        requests = [wire.post(run.path + "/query", query_body(vector, where)) for vector in vectors]
        for request in requests[-WARM_UP:]:
            wire.send(request)
        answers = {}
        taken = median_ms(lambda number: answers.__setitem__(number, wire.send(requests[number])), QUERIES)
        run.found[f"{name}, wire, p50"] = statistics.median(taken)
        taken_by_client = median_ms(lambda number: run.collection.query(query_embeddings=vectors[number:number + 1], n_results=K, where=where), QUERIES // 5)
        run.found[f"{name}, client, p50"] = statistics.median(taken_by_client)
        if name == "query":
            run.found["query, wire, p99"] = taken[int(len(taken) * 0.99)]
            run.found["recall@10"] = recall(run.data, [expect(answers[number], 200)["ids"][0] for number in range(QUERIES)])
    wire.close()


def recall(data: sentences.Sentences, found: list[list[str]]) -> float:
    exact = numpy.argsort(-(data.query_vectors[:len(found)] @ data.vectors.T), axis=1)[:, :K]
    wanted = [{f"id{i}" for i in row} for row in exact]
    return sum(len(wanted[i] & set(ids)) for i, ids in enumerate(found)) / (K * len(found))


def load(run: Run) -> None:
    bodies = run.scratch / "queries.jsonl"
    bodies.write_bytes(b"\n".join(query_body(vector) for vector in run.data.query_vectors))
    cpu = run.server.cpu_seconds()
    command = ["wrk", "--threads", "1", "--connections", str(WRK_CONNECTIONS), "--duration", f"{WRK_SECONDS}s", "--script", str(report.ROOT / "bench/server_queries.lua"),
               f"http://127.0.0.1:{run.server.port}", "--", f"{run.path}/query", str(bodies)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    requests, microseconds, errors, _ = next(line.split()[1:] for line in output.splitlines() if line.startswith("kith-bench"))
    if int(errors):
        raise SystemExit(f"kith: {errors} of {requests} queries under load failed at {run.server.name}\n{output}")
    run.found["throughput"] = int(requests) / int(microseconds) * 1e6
    run.found["CPU of the server"] = (run.server.cpu_seconds() - cpu) / int(requests) * 1000
    run.found["resident"] = run.server.resident_mib()


def restart(run: Run) -> None:
    answers, queries = [], []
    for number in range(STARTS):
        run.server.stop()
        answers.append(run.server.start() * 1000)
        began, wire = time.perf_counter(), Wire(run.server.port)
        expect(wire.send(wire.post(run.path + "/query", query_body(run.data.query_vectors[number]))), 200)
        queries.append(answers[-1] + (time.perf_counter() - began) * 1000)
        wire.close()
    run.found["start to first answer"] = statistics.median(answers)
    run.found["start to first query"] = statistics.median(queries)


STEPS = (start, insert, add_singles, query, load, restart, insert_by_wire)


def one_round(number: int, data: sentences.Sentences, systems: list[type[Server]]) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as name:
        scratch = pathlib.Path(name)
        runs = [Run(system(system.__name__.lower(), scratch), data, scratch) for system in systems]
        try:
            for step, run in itertools.product(STEPS, runs[::-1 if number % 2 else 1]):
                step(run)
        finally:
            for run in runs:
                if run.server.is_running():
                    run.server.stop()
    return {run.server.name: run.found for run in runs}


def show(table: report.Report, case: str, names: dict[str, str], rounds: list[dict[str, dict[str, float]]]) -> bool:
    """True: every target is reached."""
    median = {system: {metric: statistics.median(found[system][metric] for found in rounds) for metric in rounds[0][system]} for system in names}
    for (metric, unit, _), (system, shown) in itertools.product(METRICS, names.items()):
        if metric in median[system]:
            table.add(case, shown, metric, median[system][metric], unit)
    reached = True
    judged = [(metric, *target, median["kith"][metric] / median["chroma"][metric], " x") for metric, _, target in METRICS if target and "chroma" in names]
    judged += [(metric, direction, bound, median["kith"][metric], "") for metric, direction, bound in BOUNDS]
    for metric, direction, bound, value, times in judged:
        is_reached = value >= bound if direction == "at least" else value <= bound
        reached = reached and is_reached
        table.add(case, "kith / Chroma" if times else names["kith"], metric, value, f"{times.strip()} ({direction} {bound}: {'reached' if is_reached else 'MISSED'})".strip())
    return reached


def main() -> int:
    options = report.parser(__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--records", type=int, default=20_000)
    options.add_argument("--without-chroma", action="store_true", help="kith alone")
    asked = options.parse_args()
    try:
        version = peers.need("chromadb").__version__
    except peers.Missing as why:
        raise SystemExit(f"kith: kith's side is driven by Chroma's client too: {why}") from why
    data = sentences.load(asked.records, QUERIES + WARM_UP)
    table = report.Report("server", asked.json)
    systems = [Kith] if asked.without_chroma else [Chroma, Kith]
    rounds = [one_round(number, data, systems) for number in range(asked.rounds)]
    names = {Chroma: f"Chroma {version}", Kith: "kith"}
    shown = {system.__name__.lower(): names[system] for system in systems}
    return 0 if show(table, f"{asked.records:,} x 384", shown, rounds) else 1


if __name__ == "__main__":
    raise SystemExit(main())
