"""The digest by which answers of another build are not found again (tools/source_digest.py)."""

import pathlib
import subprocess
import sys

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools/source_digest.py"


def digest_of(root: pathlib.Path) -> str:
    subprocess.run([sys.executable, TOOL, root, root / "sources.h", root / "sources.d"], check=True)
    assert all(str(path) in (root / "sources.d").read_text() for path in (root / "src").rglob("*.[ch]"))
    return (root / "sources.h").read_text()


@pytest.fixture
def root(tmp_path):
    (tmp_path / "src/answer").mkdir(parents=True)
    (tmp_path / "src/answer/reader.c").write_text("int a;\n")
    (tmp_path / "src/answer/reader_weights.h").write_text("1.0\n")
    return tmp_path


def test_the_same_sources_have_the_same_digest(root):
    assert digest_of(root) == digest_of(root)


@pytest.mark.parametrize("change", [
    lambda folder: (folder / "reader_weights.h").write_text("1.1\n"),
    lambda folder: (folder / "reader_weights.h").rename(folder / "weights.h"),
    lambda folder: (folder / "more.c").write_text(""),
    lambda folder: (folder / "reader.c").unlink(),
])
def test_other_sources_have_another_digest(root, change):
    before = digest_of(root)
    change(root / "src/answer")
    assert digest_of(root) != before
