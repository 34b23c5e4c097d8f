"""paging.py - is the last page as fast as the first, and what do hits by document cost?

Pages of 10 of 60,000 points of 64 dimensions: the first and the last, with and without a filter that lets half of them through. The end by cursor
is the one page of a walk that is shorter than its limit: there all points are counted once, against what the catalog counts. Then searches for
10 hits in two collections, a document of 10,000 chunks of 384 dimensions beside 3 or beside 200 small documents: plainly, with one hit of a
document, with diversity, and with both. Nearly all of the nearest rows are the large document's, so with one hit of a document most of what ranks
first does not count; beside 3 small documents there are no 10 hits at all.

With --base another tree's build (DIRECTORY/build/libkith.so, DIRECTORY/include) is measured too, in rounds that alternate with this one's. Each
round is a process of its own, of a driver (paging_driver.c) that is compiled against the tree it measures; both have a data directory of their own,
filled once with the same points. Times are medians over the rounds of each round's median: by the clock, and of the thread's CPU, which other
programs do not add to. Ratios are of CPU. The chunks' vectors are random, and come from an endpoint that this program is.
"""

import http.server
import json
import pathlib
import statistics
import subprocess
import tempfile
import threading
import zlib

import numpy

from kithbench import drivers, report

POINTS, CHUNKS, FEW, MANY, DIMENSION = 60000, 10000, 3, 200, 384
PAGES = {"first": "page 1", "last": "page 6,000", "last_by_cursor": "page 5,999 by cursor", "end_by_cursor": "end by cursor",
         "first_of_filter": "page 1, filter", "last_of_filter": "last page, filter", "last_of_filter_by_cursor": "late page, filter, cursor"}
CHOICES = {"per_document": "per_document 1", "diversity": "diversity 0.3", "both_options": "per_document, diversity"}


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Embeds each text as a random vector that depends on the text alone."""

    def do_POST(self):
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        texts = [texts] if isinstance(texts, str) else texts
        vectors = [numpy.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSION).round(4).tolist() for text in texts]
        found = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        body = json.dumps({"object": "list", "model": "random", "data": found}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def compile_driver(tree: pathlib.Path, out: pathlib.Path) -> pathlib.Path:
    numbers = {"POINTS": POINTS, "CHUNKS": CHUNKS, "FEW": FEW, "MANY": MANY}
    if "*cursor;" in (tree / "include/kith/kith.h").read_text():
        numbers["HAS_CURSOR"] = 1
    return drivers.compile_driver("paging", tree, numbers, out)


def fill(driver: pathlib.Path, directory: pathlib.Path) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        subprocess.run([str(driver), "fill", str(directory), f"http://127.0.0.1:{server.server_port}/v1"], check=True)
    finally:
        server.shutdown()
        server.server_close()


def run(driver: pathlib.Path, what: str, directory: pathlib.Path) -> dict:
    return json.loads(subprocess.run([str(driver), what, str(directory)], check=True, stdout=subprocess.PIPE).stdout)


def median(rounds: list[dict], name: str, clock: str) -> float:
    return statistics.median(found[name][clock] for found in rounds)


def show_pages(table: report.Report, system: str, rounds: list[dict]) -> None:
    for name, case in PAGES.items():
        if name not in rounds[0]:
            table.missing(case, system, "it has no cursors")
            continue
        first = "first_of_filter" if "filter" in name else "first"
        table.add(case, system, "median", median(rounds, name, "wall"), "ms")
        table.add(case, system, "CPU, median", median(rounds, name, "cpu"), "ms")
        if name != first:
            table.add(case, system, "CPU / page 1", median(rounds, name, "cpu") / median(rounds, first, "cpu"), "x")


def show_documents(table: report.Report, system: str, rounds: list[dict]) -> None:
    for collection, beside in (("few", FEW), ("many", MANY)):
        for ranking in ("meaning", "words", "both"):
            case = f"{ranking}, beside {beside}"
            plain = f"{collection}_{ranking}_plain"
            table.add(case, system, "plain, median", median(rounds, plain, "wall"), "ms")
            table.add(case, system, "plain, CPU", median(rounds, plain, "cpu"), "ms")
            for choice, shown in CHOICES.items():
                name = f"{collection}_{ranking}_{choice}"
                table.add(case, system, f"{shown}, CPU", median(rounds, name, "cpu"), "ms")
                table.add(case, system, f"{shown} / plain", median(rounds, name, "cpu") / median(rounds, plain, "cpu"), "x")


def main() -> int:
    options = drivers.parser(__doc__, rounds=3)
    options.add_argument("--keep", type=pathlib.Path, metavar="DIRECTORY", help="fill here, or measure what was filled here before")
    asked = options.parse_args()
    trees = drivers.trees(asked)
    table = report.Report("paging", asked.json)
    with tempfile.TemporaryDirectory() as scratch:
        homes = {system: (asked.keep or pathlib.Path(scratch)) / system.replace(" ", "-") for system in trees}
        compiled = {system: compile_driver(tree, pathlib.Path(scratch) / f"driver-{number}") for number, (system, tree) in enumerate(trees.items())}
        for system, driver in compiled.items():
            if not homes[system].exists():
                homes[system].parent.mkdir(parents=True, exist_ok=True)
                fill(driver, homes[system])
        for what, show in (("pages", show_pages), ("documents", show_documents)):
            rounds = {system: [] for system in compiled}
            for _ in range(asked.rounds):
                for system, driver in compiled.items():
                    rounds[system].append(run(driver, what, homes[system]))
            for system, found in rounds.items():
                show(table, system, found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
