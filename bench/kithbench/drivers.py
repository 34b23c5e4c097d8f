"""drivers.py - benchmarks in C: a driver is compiled against the build of each tree that is measured."""

import argparse
import pathlib
import subprocess

from kithbench import report
from kithbench.report import ROOT


def parser(description: str, rounds: int) -> argparse.ArgumentParser:
    """Options that each of them has."""
    made = report.parser(description)
    made.add_argument("--rounds", type=int, default=rounds)
    made.add_argument("--base", type=pathlib.Path, metavar="DIRECTORY", help="another tree, built, to measure in the same run")
    return made


def trees(asked: argparse.Namespace) -> dict[str, pathlib.Path]:
    """What is measured: this tree, and the one that --base names."""
    return {"this build": ROOT} | ({"base": asked.base.resolve()} if asked.base else {})


def compile_driver(name: str, tree: pathlib.Path, numbers: dict[str, int], out: pathlib.Path) -> pathlib.Path:
    """Compiles this tree's bench/NAME_driver.c, with these numbers defined, against the header and the library of `tree`."""
    build = tree / "build"
    defined = [f"-D{number}={value}" for number, value in numbers.items()]
    linked = [f"-L{build}", f"-Wl,-rpath,{build}", "-lkith", "-lpthread"]
    source = ROOT / f"bench/{name}_driver.c"
    subprocess.run(["cc", "-std=gnu17", "-O2", *defined, f"-I{tree / 'include'}", source, "-o", out, *linked], check=True)
    return out
