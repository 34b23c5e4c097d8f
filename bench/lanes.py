"""lanes.py - does a question wait for the batch? The time to embed a short text, alone and while a folder is ingested.

One process, one embedder: a thread adds articles of squad-docs (some 600 chunks) while another embeds one short question every PERIOD_S.
Each round measures three things in this order: questions alone, the ingestion alone, and both at once. With --beside another build of
libkith.so is measured too, in rounds that alternate with this one's; each round is a process of its own. p50 and p99 are over the questions of
all rounds, throughput is the median of the rounds.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

import numpy

from kithbench import data, report
from kithbench.library import ROOT, Database, Embedder, Library

COLLECTION = "default"
QUESTION = "which wall keeps the harbour quiet in winter?"
PERIOD_S = 0.25
ALONE = 40  # questions of a round that are asked while nothing else runs


def ask(embedder: Embedder) -> float:
    start = time.perf_counter()
    embedder.embed([QUESTION])
    return (time.perf_counter() - start) * 1e3


def ingest(library: Library, embedder: Embedder, folder: str) -> tuple[int, float, float]:
    """Chunks stored, and the seconds and CPU seconds that it took."""
    with tempfile.TemporaryDirectory() as scratch, Database(library, pathlib.Path(scratch) / "kith", embedder=embedder) as database:
        start, cpu = time.perf_counter(), time.process_time()
        database.ingest(COLLECTION, [folder])
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
        return database.stats(COLLECTION)["chunks"], seconds, cpu_seconds


def measure_round(library_path: str, model: str, folder: str) -> dict:
    library = Library(pathlib.Path(library_path))
    embedder = Embedder(library, model)
    ask(embedder)
    idle = []
    for _ in range(ALONE):
        idle.append(ask(embedder))
        time.sleep(0.02)
    chunks, alone_s, alone_cpu_s = ingest(library, embedder, folder)
    beside, together = [], []
    adding = threading.Thread(target=lambda: together.append(ingest(library, embedder, folder)))
    adding.start()
    while adding.is_alive():
        beside.append(ask(embedder))
        time.sleep(PERIOD_S)
    adding.join()
    return {"idle": idle, "beside": beside, "alone": chunks / alone_s, "together": chunks / together[0][1],
            "cpu": chunks / alone_cpu_s, "cpu together": chunks / together[0][2], "chunks": chunks}


def show(table: report.Report, system: str, rounds: list[dict]) -> None:
    idle, beside = (numpy.concatenate([found[name] for found in rounds]) for name in ("idle", "beside"))
    case = f"{rounds[0]['chunks']} chunks, {len(rounds)} rounds"
    for name, times in (("idle", idle), ("beside ingestion", beside)):
        for quantile in (50, 99):
            table.add(case, system, f"question {name}, p{quantile}", float(numpy.percentile(times, quantile)), "ms")
    table.add(case, system, "question beside, worst", float(beside.max()), "ms")
    table.add(case, system, "questions beside", len(beside), "questions")
    alone, together = (statistics.median(found[name] for found in rounds) for name in ("alone", "together"))
    table.add(case, system, "ingestion alone", alone, "chunks/s")
    table.add(case, system, "ingestion, questions", together, "chunks/s")
    # On a machine that others use too, only these two compare: the second includes what the questions themselves took.
    for name, key in (("CPU alone", "cpu"), ("CPU, questions", "cpu together")):
        table.add(case, system, f"ingestion, {name}", statistics.median(found[key] for found in rounds), "chunks/CPU-s")
    table.add(case, system, "questions cost", statistics.median(1 - found["together"] / found["alone"] for found in rounds) * 100, "%")


def main() -> int:
    if sys.argv[1:2] == ["--round"]:
        print(json.dumps(measure_round(*sys.argv[2:5])))
        return 0
    options = report.parser(__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--files", type=int, default=14, help="articles to ingest; 14 make some 600 chunks")
    options.add_argument("--beside", type=pathlib.Path, metavar="LIBRARY", help="another build's libkith.so to measure in the same run")
    options.add_argument("--model", type=pathlib.Path, default=data.model_directory())
    asked = options.parse_args()
    systems = {"this build": ROOT / "build/libkith.so"} | ({"beside": asked.beside} if asked.beside else {})
    rounds = {system: [] for system in systems}
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
            members = sorted((member for member in archive.getmembers() if member.isfile()), key=lambda member: member.name)
            for member in members[:asked.files]:
                (pathlib.Path(folder) / pathlib.Path(member.name).name).write_bytes(archive.extractfile(member).read())
        table = report.Report("lanes", asked.json)
        for _ in range(asked.rounds):
            for system, path in systems.items():
                command = [sys.executable, __file__, "--round", str(path), str(asked.model), folder]
                rounds[system].append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        for system, found in rounds.items():
            show(table, system, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
