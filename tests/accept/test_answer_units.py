"""What `kith ask` quotes of manuals: the unit that answers, whole and said so that it stands alone."""

import pathlib

import pytest

WAITS = " ".join(f"Paragraph {i} of this description says at length what nobody asked for, and goes on about it." for i in range(12))

MAN = f"""TOOL(1)                      General Commands Manual                      TOOL(1)

NAME
       tool - copy directories

SYNOPSIS
       tool [--dry-run] [--retries=N] [--timeout=SECONDS] [--quiet] SOURCE DESTINATION

OPTIONS
       -n, --dry-run
              Print what would be changed and change nothing.

       --retries=N
              Try a failed transfer N more times. The default is 7.

       --timeout=SECONDS
              Give up on a connection that stays silent. {WAITS}

EXIT VALUES
       o      11 - Another run holds the lock

       o      23 - A file vanished during the run

       o      24 - The disk is full
"""

MODES = """# Modes

There are advantages and disadvantages to the journal mode. Advantages include:

1. Readers never wait for writers.
2. It is considerably faster.

But there are also disadvantages:

1. It does not work on network drives.
2. An extra file stands beside the data.
3. Old releases cannot open the file.

Nobody has to use it.
"""

CHANGES = """# Changes

## 2.1.0 (2026-05-11)

- Support for zoned disks.

## 2.0.3 (2026-01-02)

- A crash on empty files was fixed.
"""


@pytest.fixture
def manuals(kith, tmp_path):
    folder = tmp_path / "manuals"
    folder.mkdir()
    for name, text in (("tool.1.txt", MAN), ("modes.md", MODES), ("CHANGES.md", CHANGES)):
        (folder / name).write_text(text)
    kith("add", folder)
    return kith


def ask(kith, question, *options):
    return kith("ask", "--no-llm", "--json", *options, question).lines[0]


@pytest.mark.parametrize("question, begins", [
    ("What does --dry-run of tool do?", "-n, --dry-run: Print what would be changed and change nothing. [1]"),
    ("How often does tool try a failed transfer by default?", "--retries=N: Try a failed transfer N more times. The default is 7. ["),
    ("Which version added support for zoned disks?", "2.1.0 (2026-05-11): Support for zoned disks. ["),
])
def test_the_unit_that_answers_is_said_with_its_term(manuals, question, begins):
    answer = ask(manuals, question)
    assert not answer["refused"] and answer["answer"].startswith(begins) or begins in answer["answer"].split("\n")[0]
    assert "SYNOPSIS" not in answer["answer"] and "General Commands" not in answer["answer"]


def test_a_list_is_quoted_whole_and_only_of_the_side_asked_for(manuals):
    answer = ask(manuals, "What are the disadvantages of the journal mode?")
    for text in ("network drives", "extra file", "Old releases"):
        assert text in answer["answer"]
    assert "Readers never wait" not in answer["answer"] and answer["answer"].index("network") < answer["answer"].index("Old releases")
    answer = ask(manuals, "What are the advantages of the journal mode?")
    assert "Readers never wait" in answer["answer"] and "network drives" not in answer["answer"]


def test_quotes_are_the_documents_text_in_their_passages(manuals):
    texts = {"tool.1.txt": MAN, "modes.md": MODES, "CHANGES.md": CHANGES}
    for question in ("What does --dry-run of tool do?", "What are the disadvantages of the journal mode?", "Paragraph 7 of this description"):
        answer = ask(manuals, question)
        for citation in answer["citations"]:
            text = next(text for name, text in texts.items() if citation["source"].endswith(name))
            assert citation["quote"] == text[citation["start"]:citation["end"]]
            assert citation["quote"] in answer["passages"][citation["n"] - 1]["content"]


CHOICES = """# Choices

## Full and quick

lumen has both. A full run reads every file again. It is what most people take. A quick run looks only at times and sizes. Nobody needs to decide at once.

## Sealed and locked

lumen knows sealed and locked stores, and both are in use. What is sealed cannot be changed by anyone. What is locked can be changed by who has the key.

## Workers

lumen knows the worker and the daemon. A worker ends with its job, whereas a daemon stays in memory. Either can be set.
"""


@pytest.mark.parametrize(
    "question, said",
    [
        ("How does a full run of lumen differ from a quick run?", ["A full run reads every file again.", "A quick run looks only at times and sizes."]),
        ("What distinguishes sealed from locked stores in lumen?", ["What is sealed cannot be changed by anyone.", "What is locked can be changed by who has the key."]),
        ("lumen worker vs daemon", ["A worker ends with its job, whereas a daemon stays in memory."]),
    ],
)
def test_of_two_things_what_is_said_of_each_is_quoted(kith, tmp_path, question, said):
    (tmp_path / "choices.md").write_text(CHOICES)
    kith("add", tmp_path)
    answer = ask(kith, question)
    assert not answer["refused"]
    for sentence in said:
        assert sentence in answer["answer"]


def test_a_list_asked_for_by_the_middle_of_its_last_entry(kith, tmp_path):
    """The entries of the list begin and end before the passage that is cited."""
    before, behind = (" ".join(f"In {when} week {i} of counting the weather was noted and nothing else was done there." for i in range(1, 20)) for when in ("early", "late"))
    counting = f"- Counting. {before} The main tools for catching beetles are pitfall traps, nets and lamps. {behind}"
    (tmp_path / "survey.md").write_text("\n".join(["# The survey", "", "The survey has these parts:", "", "- Weighing, daily.", "", "- Drawing, with a pen.", "", counting, ""]))
    kith("add", tmp_path / "survey.md")
    answer = ask(kith, "What are the main tools for catching beetles?")
    assert not answer["refused"]
    for citation in answer["citations"]:
        assert citation["quote"] and citation["quote"] in answer["passages"][citation["n"] - 1]["content"]


def test_a_refusal_does_not_deny_what_a_passage_has(kith, tmp_path):
    (tmp_path / "lumo.md").write_text("# Lamps\n\nThe Lumo lamp uses 9 watts and is white. It was made in 2019.\n")
    (tmp_path / "nox.md").write_text("# Lamps\n\nThe Nox lamp uses 4 watts and is black. It was made in 2021.\n")
    (tmp_path / "models.csv").write_text("Model,Price,Ports\nX100,49,4\nX200,89,4\nX300,179,8\n")
    kith("add", tmp_path)
    for question in ("What is the difference between the Lumo and the Nox?", "What is the difference between the X100 and the X200?"):
        (answer,) = kith("ask", "--no-llm", question, status=None).lines
        denied = answer["answer"].partition("the nearest passages do not mention")[2]
        assert not [word for passage in answer["passages"] for word in passage["content"].split() if f'"{word}"' in denied]
    (answer,) = kith("ask", "--no-llm", "What is the difference between the X200 and the X900?").lines
    assert answer["answer"] == 'Nothing in the collection mentions "X900". Model: X200 | Price: 89 | Ports: 4 [1]'


OPERATIONS = """# Operations

## Keys

The signing key is rotated twice a year, in March and in September.

## Backups

Backups run every night at 02:00 and are kept for 30 days. A second copy is written to the other building.
"""


def test_the_sample_answer_of_the_readme_is_what_is_printed(kith, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "operations.md").write_text(OPERATIONS)
    kith("add", notes)
    printed = kith("ask", "--no-llm", "--text", "How often are backups taken?").out
    readme = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text()
    assert f"```\n{printed.replace(str(tmp_path), '/home/me')}```" in readme
