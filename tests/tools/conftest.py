"""Lets the tests of the tools import what they test."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / name) for name in ("tools", "tests", "bench")]
