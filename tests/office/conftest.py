"""What the tests on LibreOffice's files share: the program under test, and LibreOffice with a profile of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "accept"))
from program import Kith  # noqa: E402

CONVERSION_LIMIT_S = 120


class LibreOffice:
    """Makes the files; one process at a time, without a window and without Java."""

    def __init__(self, home: pathlib.Path):
        self.program = shutil.which("soffice")
        assert self.program, "soffice is missing: ./dev test-office installs it (Debian's libreoffice-writer-nogui, -calc-nogui, -impress-nogui)"
        self.home = home

    def convert(self, source: pathlib.Path, extension: str, options: dict | None = None) -> pathlib.Path:
        """The source as a file of that kind beside it; options are those of the export to PDF."""
        target = source.with_suffix(f".{extension}")
        spelled = extension if options is None else f"{extension}:writer_pdf_Export:{json.dumps(options)}"
        command = [self.program, f"-env:UserInstallation={(self.home / 'profile').as_uri()}", "--headless", "--norestore", "--convert-to", spelled,
                   "--outdir", str(source.parent), str(source)]
        done = subprocess.run(command, env={**os.environ, "HOME": str(self.home)}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=CONVERSION_LIMIT_S, check=False)
        assert target.exists(), f"{command}: {done}"
        return target


class Reader:
    """What kith makes of a file that LibreOffice wrote."""

    def __init__(self, kith: Kith):
        self.kith = kith

    def chunks(self, path: pathlib.Path, size: int = 1000) -> list[dict]:
        return self.kith("chunk", "--chunk-size", size, "--chunk-overlap", 0, path).lines

    def text(self, path: pathlib.Path) -> str:
        """The whole of it, as it is stored."""
        kith = Kith(self.kith.home / "whole")
        kith.home.mkdir()
        kith("add", path)
        (document,) = kith("get", "--kind", "document", path.stem).lines
        return document["text"]

    def add(self, path: pathlib.Path, *options) -> None:
        """Into the collection, where nothing fails."""
        summary = self.kith("add", *options, path).lines[-1]["summary"]
        assert summary["files_added"] == 1 and summary["errors"] == 0, summary

    def cited(self, question: str, words: str) -> tuple[str, str]:
        """File and place of the citation that has these words."""
        (answer,) = self.kith("ask", question).lines
        found = [c for c in answer["citations"] if words in c["quote"]]
        assert found, (question, words, answer["answer"], answer["citations"])
        return pathlib.Path(found[0]["source"]).name, found[0]["place"]

    def failure(self, path: pathlib.Path) -> str:
        """Why the file could not be added."""
        result = self.kith("add", path, "--json", status=1)
        (event,) = [line for line in result.lines if line.get("outcome") == "failed"]
        return event["reason"]


@pytest.fixture(scope="session")
def office(tmp_path_factory) -> LibreOffice:
    return LibreOffice(tmp_path_factory.mktemp("libreoffice"))


@pytest.fixture
def reader(tmp_path) -> Reader:
    return Reader(Kith(tmp_path))
