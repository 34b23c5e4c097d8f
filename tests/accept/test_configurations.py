"""JSON and its kin as people have them: wrapped lists, configurations, one bad record, front matter; and files without text."""

import json

import pytest

GOODS = [{"id": 1, "content": "The kettle boils fast and looks fine."}, {"id": 2, "content": "The lamp is bright enough for a desk."}]


def found(kith, *words: str) -> set[str]:
    return {hit["document"].rsplit("/", 1)[-1] for hit in kith("search", "--rank", "words", "--json", *words, status=None).lines if "document" in hit}


def chunks(kith, path) -> list[dict]:
    return kith("chunk", "--json", path).lines


def test_fault_44_members_beside_the_text_are_searched_and_quoted(kith, tmp_path):
    (tmp_path / "reviews.json").write_text(json.dumps([
        {"id": "kettle", "author": "Ines Mora", "price": 40, "text": "The kettle boils fast and looks fine on the table."},
        {"id": "lamp", "author": "Tom Vale", "price": 55, "tags": ["desk", "office"], "text": "The lamp is bright enough for a desk."}]))
    kith("add", tmp_path / "reviews.json")
    assert found(kith, "Mora") == {"kettle"}
    assert found(kith, "office") == {"lamp"}
    assert "Ines Mora" in json.loads(kith("ask", "--json", "Who is the author of the kettle's review?").out)["answer"]


@pytest.mark.parametrize("wrapped", [{"total": 2, "items": GOODS}, {"data": {"page": 1, "rows": GOODS}}, {"ok": True, "reviews": GOODS}])
def test_fault_45_a_wrapped_list_gives_its_records(kith, tmp_path, wrapped):
    (tmp_path / "export.json").write_text(json.dumps(wrapped))
    rows = chunks(kith, tmp_path / "export.json")
    assert [row["content"].split()[1] for row in rows] == ["kettle", "lamp"]
    assert all(row["place"].startswith("/") and row["place"].endswith(f"/{i}") for i, row in enumerate(rows))


def test_fault_45_a_configuration_is_text_with_its_keys_and_a_pointer(kith, tmp_path):
    (tmp_path / "package.json").write_text(json.dumps(
        {"name": "gatehouse", "scripts": {"test": "node test.js", "build": "webpack --mode production"}, "dependencies": {"express": "^4.18.0"}}, indent=2))
    kith("add", tmp_path / "package.json")
    (answer,) = kith("ask", "--json", "What does the build script run?").lines
    assert "webpack --mode production" in answer["answer"]
    assert "/scripts/build" in [citation["place"] for citation in answer["citations"]]


@pytest.mark.parametrize("name, text, told", [
    ("nan.json", '[{"id": "a", "content": "The kettle boils fast.", "n": NaN}, {"id": "b", "content": "The lamp is bright."}]', "NaN"),
    ("half.json", '[{"id": "a", "content": "The kettle \\ud83d boils."}, {"id": "b", "content": "The lamp is bright."}]', "replaced"),
    ("cut.json", '[{"id": "b", "content": "The lamp is bright."}, {"id": "a", "content": "The ket', "cut.json:2"),
    ("lines.jsonl", '{"id": "b", "content": "The lamp is bright."}\n{"id": "a", "content": "The ket\n', "lines.jsonl:2"),
    ("notes.json", '{"id": "b", // the second\n "content": "The lamp is bright.",}', ""),
])
def test_fault_46_one_bad_record_does_not_stop_the_others(kith, tmp_path, name, text, told):
    (tmp_path / name).write_text(text)
    result = kith("add", tmp_path / name, status=None)
    assert told in result.out + result.err
    assert "b" in found(kith, "lamp")


def test_front_matter_can_be_filtered_by(kith, tmp_path):
    (tmp_path / "yaml.md").write_text("---\ntitle: The gate\ndate: 2024-05-01\ntags:\n  - keys\n  - doors\n---\n# Gate\n\nThe gate opens at seven.\n")
    (tmp_path / "toml.md").write_text('+++\ntitle = "The lamp"\ndate = 2024-11-30T08:00:00Z\ntags = ["light"]\n+++\n\nThe lamp burns all night.\n')
    kith("add", tmp_path / "yaml.md", tmp_path / "toml.md")

    def by(where: dict) -> set[str]:
        return {hit["document"].rsplit("/", 1)[-1] for hit in kith("search", "--json", "--where", json.dumps(where), "gate or lamp").lines}

    assert by({"tags": "keys"}) == {"yaml"}
    assert by({"date": {"$gte": "2024-06"}}) == {"toml"}
    assert by({"title": {"$prefix": "The"}}) == {"yaml", "toml"}


def test_yaml_and_xml_are_found_by_their_keys(kith, tmp_path):
    (tmp_path / "gate.yaml").write_text("gate:\n  opening:\n    hour: seven\n---\nlamp:\n  hours: all night\n")
    (tmp_path / "pump.xml").write_text('<?xml version="1.0" encoding="ISO-8859-1"?><pumps><pump litres="2400"><name>Löschpumpe</name></pump></pumps>', encoding="latin-1")
    kith("add", tmp_path / "gate.yaml", tmp_path / "pump.xml")
    assert found(kith, "Löschpumpe") == {"pump"}
    (row,) = chunks(kith, tmp_path / "pump.xml")
    assert "pump > name: Löschpumpe" in row["content"] and "pump > litres: 2400" in row["content"]
    assert chunks(kith, tmp_path / "gate.yaml")[0]["line_start"] == 1


def test_files_without_text_are_skipped_and_no_failure(kith, tmp_path):
    docx, pptx = pytest.importorskip("docx"), pytest.importorskip("pptx")
    folder = tmp_path / "blank"
    folder.mkdir()
    docx.Document().save(folder / "blank.docx")
    pptx.Presentation().save(folder / "blank.pptx")
    (folder / "blank.ipynb").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    for name in ("empty.txt", "empty.json", "empty.jsonl", "empty.pdf", "empty.xml"):
        (folder / name).write_bytes(b"")
    lines = kith("add", folder, "--json").lines
    assert {line["outcome"] for line in lines[:-1]} == {"skipped"}
    assert {line["reason"] for line in lines[:-1]} == {"has no text"}
    assert lines[-1]["summary"]["errors"] == 0
