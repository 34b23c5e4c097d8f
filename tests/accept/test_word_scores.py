"""Ranking by words depends on what is there, not on how it came about."""

import shutil

from program import Kith

QUESTIONS = ("merchant harvest", "old harbour bell", "+winter lantern")
WORDS = ("merchant", "harvest", "harbour", "bell", "winter", "lantern", "orchard", "ferry")


def write_notes(folder, version: int, numbers) -> None:
    folder.mkdir(exist_ok=True)
    for i in numbers:
        words = [WORDS[(i * 3 + version * (k + 1)) % len(WORDS)] for k in range(4 + (i + version) % 5)]
        (folder / f"note{i}.txt").write_text(f"An old note about the {' and the '.join(words)}.\n")


def scores(kith: Kith) -> list[list[tuple[str, float]]]:
    return [sorted((hit["id"], hit["score"]) for hit in kith("search", "--rank", "words", "-k", "30", question).lines)
            for question in QUESTIONS]


def test_scores_are_those_of_the_same_notes_added_once(kith, tmp_path):
    folder = tmp_path / "notes"
    for version in range(4):
        write_notes(folder, version, range(0, 30 if version == 0 else 20))
        kith("add", "--sync", folder)
    (folder / "note29.txt").unlink()
    kith("add", "--sync", folder)
    (tmp_path / "other").mkdir()
    fresh = Kith(tmp_path / "other")
    fresh("add", folder)
    expected = scores(fresh)
    assert all(expected)
    assert scores(kith) == expected
    shutil.rmtree(kith.directory / "derived")
    assert scores(kith) == expected
