"""peers.py - other systems, installed on demand at pinned versions (bench/peers.txt); a missing peer is a result, not an error."""

import importlib
import pathlib
import subprocess
import sys
import types

PINS = pathlib.Path(__file__).resolve().parent.parent / "peers.txt"


class Missing(Exception):
    """The peer cannot be had here; the text says why."""


def need(package: str, module: str | None = None) -> types.ModuleType:
    """The package's module, installed first when it is not there."""
    requirement = next(line.strip() for line in PINS.read_text().splitlines() if line.startswith(f"{package}=="))
    try:
        return importlib.import_module(module or package)
    except ImportError:
        pass
    print(f"kith: installing the peer {requirement}", file=sys.stderr)
    done = subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", requirement],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{requirement} cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
    importlib.invalidate_caches()
    try:
        return importlib.import_module(module or package)
    except ImportError as error:
        raise Missing(f"{requirement} cannot be imported: {error}") from error
