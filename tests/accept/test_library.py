"""The library as a C programmer meets it: installed, found by pkg-config, and the examples compiled against it."""

import os
import pathlib
import re
import subprocess
import textwrap

import pytest
from patience import patience
from program import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.c"))


@pytest.fixture(scope="module")
def prefix(tmp_path_factory) -> pathlib.Path:
    """Kith installed below a prefix of its own."""
    stage = tmp_path_factory.mktemp("stage")
    subprocess.run(["meson", "install", "-C", ROOT / "build", "--no-rebuild", "--destdir", stage], check=True, capture_output=True)
    (pc,) = stage.rglob("kith.pc")
    return pc


def pkg_config(pc: pathlib.Path, *arguments: str, alone: bool = False) -> list[str]:
    """alone: as on a machine without any other -dev package."""
    prefix = pc.parent
    while not (prefix / "include").is_dir():
        prefix = prefix.parent
    done = subprocess.run(["pkg-config", f"--define-variable=prefix={prefix}", *arguments, "kith"], check=True, capture_output=True, text=True,
                          env={**os.environ, "PKG_CONFIG_LIBDIR" if alone else "PKG_CONFIG_PATH": str(pc.parent)})
    return done.stdout.split()


def test_there_is_an_example():
    assert EXAMPLES


def test_the_pkg_config_file_names_the_version(prefix):
    assert pkg_config(prefix, "--modversion") == [(ROOT / "meson.build").read_text().split("version: '", 1)[1].split("'", 1)[0]]


def test_a_program_needs_no_other_development_package(prefix):
    assert pkg_config(prefix, "--libs", alone=True)[-1] == "-lkith"
    (flag,) = pkg_config(prefix, "--cflags", alone=True)
    assert flag.startswith("-I")


@pytest.mark.parametrize("name", ["kith.1", "bash-completion/completions/kith", "site-functions/_kith", "kith.fish", "doc/kith/LICENSE",
                                  "doc/kith/quickstart.c"])
def test_manual_completions_licence_and_examples_are_installed(prefix, name):
    stage = next(p for p in prefix.parents if (p / "usr").is_dir() or (p / "opt").is_dir())
    assert list(stage.rglob(name))


@pytest.mark.parametrize("binary", ["kith", "libkith.so"])
def test_parsers_and_libcurl_are_not_loaded_at_the_start(binary):
    loaded = subprocess.run(["ldd", ROOT / "build" / binary], check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(loaded) <= 46
    assert not [line for line in loaded if re.search("lib(xml2|expat|gmime|glib|curl|icu)", line)]


def has_gmime_archive() -> bool:
    found = subprocess.run(["cc", "-print-file-name=libgmime-3.0.a"], check=True, capture_output=True, text=True).stdout.strip()
    return pathlib.Path(found).is_absolute()


@pytest.mark.parametrize(("program", "readers"), [("kith-extract", "expat|z"), ("kith-extract-mail", "gmime-3.0|z")])
def test_programs_that_parse_load_what_parses_and_nothing_large_beside_it(program, readers):
    """Each library that is loaded is paid for at a run's first file, and its memory at each fork (docs/decisions/091, 107)."""
    linked = subprocess.run(["readelf", "-d", ROOT / "build" / program], check=True, capture_output=True, text=True).stdout
    needed = set(re.findall(r"NEEDED.*\[lib([^\]]+)\.so", linked))
    beside = {"c", "m", "utf8proc", "gobject-2.0", "glib-2.0"}
    if has_gmime_archive():
        readers = readers.replace("gmime-3.0", "idn2")  # which GMime asks about domains
    else:
        beside.add("gio-2.0")
    assert set(readers.split("|")) <= needed
    assert needed <= {*readers.split("|"), *beside}


def compiled(source: pathlib.Path, program: pathlib.Path, prefix: pathlib.Path) -> pathlib.Path:
    subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", source, "-o", program, *pkg_config(prefix, "--cflags", "--libs")], check=True)
    return program


def answer_of(program: pathlib.Path, prefix: pathlib.Path, kith, *arguments: str | pathlib.Path) -> str:
    (library,) = prefix.parent.parent.glob("libkith.so")
    environment = {**kith.environment, "LD_LIBRARY_PATH": str(library.parent)}
    done = subprocess.run([program, os.environ["KITH_MODEL"], *arguments, "How long are backups kept?"], env=environment,
                          capture_output=True, text=True, timeout=patience(120))
    assert done.returncode == 0, done.stderr
    return done.stdout


def program_in_the_manual() -> str:
    """The program in the head comment of kith.h, whose lines stand four spaces deeper than the text around them."""
    head = (ROOT / "include/kith/kith.h").read_text().split("*/", 1)[0]
    lines = [line.removeprefix(" * ").removeprefix(" *") for line in head.splitlines()]
    begin = lines.index("    #include <kith/kith.h>")
    end = lines.index("    }", begin)
    return textwrap.dedent("\n".join(lines[begin:end + 1])) + "\n"


def test_the_program_in_the_manual_compiles_and_answers(prefix, kith, notes, tmp_path):
    source = tmp_path / "manual.c"
    source.write_text(program_in_the_manual())
    program = compiled(source, tmp_path / "manual", prefix)
    assert "thirty days" in answer_of(program, prefix, kith, tmp_path / "data", notes)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_compiles_against_the_installed_library_and_answers(prefix, example, kith, notes, tmp_path):
    program = compiled(example, tmp_path / example.stem, prefix)
    assert "thirty days" in answer_of(program, prefix, kith, tmp_path / "data", notes)
