"""The npm client, which client.mjs drives; installed below build/ by ./dev test-chroma (NODE_PATH is not read by ES modules)."""

import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def test_the_npm_client(server, tmp_path):
    modules = os.environ.get("KITH_NPM_MODULES")
    if not modules or not shutil.which("node"):
        pytest.skip("KITH_NPM_MODULES does not name a node_modules folder with chromadb, or there is no node")
    (tmp_path / "node_modules").symlink_to(modules)
    shutil.copy(HERE / "client.mjs", tmp_path)
    run = subprocess.run(["node", "client.mjs", str(server.port)], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
