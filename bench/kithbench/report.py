"""report.py - the figures of one run: a table for people, and with --json one object a line for keeping."""

import argparse
import json
import pathlib
import platform
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def cpu_name() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown CPU"


def commit() -> str:
    done = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "no commit"


def parser(description: str) -> argparse.ArgumentParser:
    """Options that every benchmark has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also append the figures here, one object a line")
    return made


class Report:
    """Collects rows (case, system, metric, value, unit) of one benchmark and shows each as soon as it is known."""

    def __init__(self, bench: str, json_file: pathlib.Path | None):
        self._bench = bench
        self._json_file = json_file
        self._run = {"date": time.strftime("%Y-%m-%d"), "cpu": cpu_name(), "commit": commit(), "command": " ".join(sys.argv)}
        print(f"{bench} on {self._run['cpu']}, {self._run['commit']}, {self._run['date']}")
        print(f"{'case':<26} {'system':<34} {'metric':<24} {'value':>12} unit")

    def add(self, case: str, system: str, metric: str, value: float, unit: str) -> None:
        shown = f"{value:.7f}" if unit == "cosine" else f"{value:,.2f}"
        print(f"{case:<26} {system:<34} {metric:<24} {shown:>12} {unit}", flush=True)
        if self._json_file:
            row = {"bench": self._bench, "case": case, "system": system, "metric": metric, "value": value, "unit": unit, **self._run}
            with self._json_file.open("a") as file:
                file.write(json.dumps(row) + "\n")

    def missing(self, case: str, system: str, why: str) -> None:
        print(f"{case:<26} {system:<34} missing: {why}", flush=True)
