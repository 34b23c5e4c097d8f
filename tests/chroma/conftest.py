"""`kith serve` for the client suites: one server for all, emptied before each test."""

import pathlib

import pytest
from servers import start_kith


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    server = start_kith(pathlib.Path(tmp_path_factory.mktemp("kith")))
    yield server
    server.close()


@pytest.fixture
def server(running):
    assert running.send("POST", "/reset").status == 200
    return running
