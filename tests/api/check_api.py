"""check_api.py - is the OpenAPI description true, and are the metrics well-formed? Asks a server of its own.

schemathesis makes requests from the description, right and wrong ones, and compares every answer with it: status, content type, body, that
wrong requests are refused, that no request is answered with 500. promtool reads /metrics. Then random requests of all dialects (random_api.py) go to a
server of their own. Ends with 1 when any finds something.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

import random_api

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RANDOM_REQUESTS = 4000
DOCUMENTS = [{"id": "tea", "content": "Green tea is brewed at eighty degrees.", "metadata": {"kind": "drink", "n": 1}},
             {"id": "fox", "content": "A red fox hunts mice at dusk along the hedges.", "metadata": {"kind": "animal", "n": 2.5}}]


def ask(url: str, body: dict | None = None) -> bytes:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method="POST" if data is not None else "GET")
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.read()


def check_description(url: str, examples: int) -> bool:
    command = [pathlib.Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run", f"{url}/openapi.json",
               "--max-examples", str(examples), "--seed", "1"]
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}
    return subprocess.run(command, cwd=tempfile.gettempdir(), env={**os.environ, **hooks}).returncode == 0


def check_metrics(url: str) -> bool:
    promtool = shutil.which("promtool")
    if not promtool:
        print("promtool is not installed (Debian: prometheus): the metrics were not checked")
        return True
    result = subprocess.run([promtool, "check", "metrics"], input=ask(f"{url}/metrics"), capture_output=True)
    print(f"promtool check metrics: {'nothing found' if result.returncode == 0 else result.stderr.decode()}")
    return result.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=100, help="requests for each operation and phase")
    parser.add_argument("--random", type=int, metavar="N", help="nothing but so many random requests of all dialects (else 4,000, after the rest)")
    parser.add_argument("--seed", type=int, default=1, help="of the random requests")
    parser.add_argument("--kith", default=str(ROOT / "build/kith"))
    chosen = parser.parse_args()
    if chosen.random is not None:
        return 0 if random_api.run(chosen.kith, chosen.random, chosen.seed) else 1
    with tempfile.TemporaryDirectory(prefix="kith-api-") as directory:
        server = subprocess.Popen([chosen.kith, "serve", "--dir", f"{directory}/data", "--port", "0", "--json", "--no-llm"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "TMPDIR": directory})
        try:
            url = json.loads(server.stdout.readline())["listening"]
            ask(f"{url}/v1/collections/default/documents", {"documents": DOCUMENTS})
            urllib.request.urlopen(urllib.request.Request(f"{url}/v1/collections/default/conversations", method="POST"))
            found_nothing = check_description(url, chosen.examples)
            found_nothing &= check_metrics(url)
        finally:
            server.send_signal(signal.SIGTERM)
            status = server.wait()
    print(f"the server ended with {status}")
    found_nothing &= random_api.run(chosen.kith, RANDOM_REQUESTS, chosen.seed)
    return 0 if found_nothing and status == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
