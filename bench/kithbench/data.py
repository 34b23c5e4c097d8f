"""data.py - the reference data that the benchmarks read, and the clear word when it is not there."""

import gzip
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def folder(name: str) -> pathlib.Path:
    """$KITH_SHARED/data/NAME; ends the program when it is missing."""
    found = pathlib.Path(os.environ.get("KITH_SHARED", ROOT.parent / "shared")) / "data" / name
    if not found.is_dir():
        sys.exit(f"kith: the reference data {found} is not there; set KITH_SHARED to the directory that holds data/{name}")
    return found


def model_directory() -> pathlib.Path:
    return pathlib.Path(os.environ["KITH_MODEL"])


def json_lines(path: pathlib.Path) -> list[dict]:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as file:
        return [json.loads(line) for line in file]
