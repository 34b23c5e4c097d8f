"""From a folder to a cited answer, as the README promises it."""

import pytest

pytestmark = pytest.mark.smoke


def summary_of(result) -> dict:
    return result.lines[-1]["summary"]


def test_a_folder_is_added_found_and_answered_with_a_citation(kith, notes):
    summary = summary_of(kith("add", notes, "--json"))
    assert (summary["files_added"], summary["errors"]) == (6, 0)

    hits = kith("search", "how long do we keep backups", "--k", 3, "--json").lines
    assert len(hits) == 3
    assert set(hits[0]) == {"id", "document", "content", "metadata", "distance", "score"}
    assert "thirty days" in hits[0]["content"]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)

    (answer,) = kith("ask", "How long are backups kept?", "--json").lines
    assert answer["refused"] is False
    assert "thirty days" in answer["answer"] and "[1]" in answer["answer"]
    citation = answer["citations"][0]
    text = (notes / "backup.md").read_text()
    assert citation["source"].endswith("backup.md")
    assert "thirty days" in text.splitlines()[citation["line"] - 1]


def test_a_second_run_touches_only_what_changed(kith, notes):
    kith("add", notes)
    (notes / "garden.txt").write_text("Roses are cut back in March, and watered once a week.\n")
    summary = summary_of(kith("add", notes, "--json"))
    assert (summary["files_updated"], summary["files_unchanged"], summary["files_added"]) == (1, 5, 0)
    assert "Roses" in kith("search", "when are roses cut", "--k", 1, "--json").lines[0]["content"]


def test_sync_removes_the_document_of_a_vanished_file(kith, notes):
    kith("add", notes)
    (notes / "garden.txt").unlink()
    assert summary_of(kith("add", notes, "--json"))["files_removed"] == 0
    assert summary_of(kith("add", notes, "--sync", "--json"))["files_removed"] == 1
    assert not any("tomato" in hit["content"] for hit in kith("search", "tomato plants", "--k", 20, "--json").lines)


def test_a_filter_narrows_the_search_and_k_hits_come_back_while_k_exist(kith, notes):
    kith("add", notes)
    hits = kith("search", "capital", "--where", '{"country": "Italy"}', "--k", 5, "--json").lines
    assert [hit["metadata"]["country"] for hit in hits] == ["Italy"]


def test_a_question_that_nothing_supports_is_refused_and_shows_the_nearest_passages(kith, notes):
    """Complaint 21: off-topic questions are answered with unrelated citations."""
    kith("add", notes)
    (answer,) = kith("ask", "What is the melting point of tungsten?", "--json", status=None).lines
    assert answer["refused"] is True
    assert answer["citations"] == []
    assert answer["passages"]


def test_get_and_rm_work_on_a_document(kith, notes):
    kith("add", notes)
    (found,) = [hit for hit in kith("search", "tomato", "--k", 1, "--json").lines]
    assert kith("get", found["document"], "--json").lines
    kith("rm", found["document"])
    kith("get", found["document"], "--json", status=4)
