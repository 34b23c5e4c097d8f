"""What is installed beside the program: completions and the manual page."""

import re

import pytest

from program import ROOT


@pytest.mark.parametrize("name", ["kith.1", "kith.bash", "kith.fish", "_kith"])
def test_every_command_is_in_the_completions_and_the_manual(kith, name):
    listed = kith("--help").out.split("\nCommands\n")[1].split("\n\n")[0]
    commands = re.findall(r"^  (\w+)", listed, re.MULTILINE)
    assert "add" in commands and len(commands) > 20
    words = set(re.findall(r"[a-z]+", (ROOT / "packaging" / name).read_text()))
    assert not set(commands) - words
