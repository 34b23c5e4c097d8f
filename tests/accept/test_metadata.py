"""Metadata as a user brings it in files and asks for it: lists, null, and what metadata cannot hold."""

import io
import json
import pathlib

import pytest
from ebooklib import epub
from reportlab.pdfgen import canvas

TRIPS = [
    {"id": "alps", "content": "The path over the pass is open from June to October.", "tags": ["travel", "mountains"], "years": [2019, 2021.5],
     "stars": 5},
    {"id": "coast", "content": "The ferry to the island leaves twice a day in summer.", "metadata": {"tags": ["travel"], "open": [True], "stars": 4}},
    {"id": "bread", "content": "The dough rests for twelve hours before it is baked.", "tags": [], "years": None, "kind": "travel"},
]


@pytest.fixture
def trips(kith, tmp_path) -> pathlib.Path:
    path = tmp_path / "trips.json"
    path.write_text(json.dumps(TRIPS))
    return path


def found(kith, where: dict) -> set[str]:
    hits = kith("search", "--json", "--rank", "meaning", "--where", json.dumps(where), "when is it open", status=None).lines
    return {hit["document"].rsplit("/", 1)[-1] for hit in hits}


def test_lists_of_a_file_are_stored_given_back_and_found(kith, trips):
    kith("add", trips)
    assert found(kith, {"tags": {"$contains": "travel"}}) == {"alps", "coast"}
    assert found(kith, {"years": {"$contains": 2019.0}}) == {"alps"}
    assert found(kith, {"open": {"$contains": True}, "stars": {"$gte": 4}}) == {"coast"}
    assert found(kith, {"tags": {"$not_contains": "mountains"}}) == {"coast", "bread"}
    assert found(kith, {"tags": "travel"}) == {"alps", "coast"}
    assert found(kith, {"tags": {"$ne": "travel"}}) == {"bread"}
    assert found(kith, {"$strict": {"tags": "travel"}}) == set()
    (alps,) = kith("search", "--json", "--where", '{"stars": 5}', "the pass").lines
    assert alps["metadata"]["tags"] == ["travel", "mountains"] and alps["metadata"]["years"] == [2019, 2021.5]
    shown = json.loads(kith("get", alps["id"], "--json").out)
    assert shown["metadata"] == alps["metadata"]


def test_fault_47_a_tag_among_a_list_is_found_by_equality(kith, tmp_path):
    (tmp_path / "goods.json").write_text(json.dumps([
        {"id": "kettle", "content": "The kettle whistles when the water boils.", "tags": ["kitchen", "sale"], "stock": None},
        {"id": "lamp", "content": "The lamp stands on the desk in the study.", "tags": ["office"]}]))
    kith("add", tmp_path / "goods.json")
    assert found(kith, {"tags": "kitchen"}) == {"kettle"}
    assert found(kith, {"tags": {"$in": ["office", "garden"]}}) == {"lamp"}
    assert found(kith, {"tags": {"$glob": "k*"}}) == {"kettle"}


def test_fault_48_a_period_can_be_asked_for(kith, tmp_path):
    dates = {"may": "2024-05-01", "june": "2024-06-30", "late": "2024-11-30T23:30:00+02:00", "next": "2025", "never": "when it is ready"}
    (tmp_path / "log.json").write_text(json.dumps([
        {"id": name, "content": f"The lamp of gate {name} was open that day.", "date": date} for name, date in dates.items()]))
    kith("add", tmp_path / "log.json")
    assert found(kith, {"date": {"$gte": "2024-06-01"}}) == {"june", "late", "next"}
    assert found(kith, {"date": {"$gte": "2024-06", "$lte": "2024-06"}}) == {"june"}
    assert found(kith, {"date": {"$lt": "2024-11-30T22:00Z"}}) == {"may", "june", "late"}
    assert found(kith, {"date": {"$gt": "2024"}}) == {"next"}
    assert found(kith, {"date": {"$prefix": "2024-"}}) == {"may", "june", "late"}
    assert "or a date" in kith("search", "--where", '{"date": {"$gte": "last week"}}', "lamp", status=2).err


def test_null_and_empty_lists_are_as_if_they_were_not_there(kith, trips):
    assert "left out" not in (added := kith("add", trips)).out + added.err
    (bread,) = kith("search", "--json", "--where", '{"kind": "travel"}', "dough").lines
    assert not {"tags", "years"} & set(bread["metadata"])
    refused = kith("search", "--where", '{"nothing": {"$contains": 1}}', "dough", status=2)
    assert "no point of" in refused.err and "'nothing'" in refused.err


def test_what_metadata_cannot_hold_is_left_out_and_told(kith, tmp_path):
    path = tmp_path / "export.jsonl"
    records = [{"content": "The harbour lies to the east of the old town.", "embedding": [0.5] * 384, "author": {"name": "Ann"}, "year": 2020},
               {"content": "The market is held on Wednesdays and Saturdays.", "mixed": [1, "x"], "year": 2021}]
    path.write_text("\n".join(map(json.dumps, records)))
    added = kith("add", path)
    assert "3 values left out of the metadata" in added.out + added.err
    hits = kith("search", "--json", "--where", '{"year": {"$gte": 2020}}', "harbour").lines
    assert sorted(hit["metadata"]["year"] for hit in hits) == [2020, 2021]
    assert not any({"embedding", "author", "mixed"} & set(hit["metadata"]) for hit in hits)


@pytest.mark.parametrize("where", ['{"tags": {"$contains": ["travel"]}}', '{"tags": {"$contains": null}}', '{"tags": {"$has": "travel"}}'])
def test_a_condition_on_a_list_that_cannot_be_is_refused(kith, trips, where):
    kith("add", trips)
    assert "tags" in kith("search", "--where", where, "travel", status=2).err


def test_a_filter_tests_a_chunks_own_text_and_id(kith, trips):
    kith("add", trips)
    assert found(kith, {"#document": {"$contains": "twelve hours"}}) == {"bread"}
    assert found(kith, {"#document": {"$not_contains": "the"}}) == {"bread"}
    assert found(kith, {"#document": {"$regex": "(?i)^THE (path|ferry)"}}) == {"alps", "coast"}
    assert found(kith, {"$or": [{"#document": {"$contains": "ferry"}}, {"stars": 5}]}) == {"alps", "coast"}
    (alps,) = kith("search", "--json", "--where", '{"stars": 5}', "the pass").lines
    assert found(kith, {"#id": {"$nin": [alps["id"], "absent"]}}) == {"coast", "bread"}
    kith("rm", "--yes", "--where", json.dumps({"#document": {"$contains": "dough"}}))
    assert found(kith, {"#id": {"$ne": "absent"}}) == {"alps", "coast"}
    asked = json.loads(kith("ask", "--json", "--where", json.dumps({"#document": {"$contains": "ferry"}}), "When does the ferry leave?").out)
    assert {passage["document"].rsplit("/", 1)[-1] for passage in asked["passages"]} == {"coast"}


def test_a_condition_on_a_text_that_cannot_be_is_refused(kith, trips):
    kith("add", trips)
    assert "missing )" in kith("search", "--where", '{"#document": {"$regex": "("}}', "travel", status=2).err
    assert "#document has no operator $eq" in kith("search", "--where", '{"#document": "dough"}', "travel", status=2).err


def fields_of(kith, path, content: str | bytes | None = None) -> dict:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    kith("add", path)
    (hit,) = kith("search", "--json", "--where", json.dumps({"source": str(path)}), "lamp").lines
    return hit["metadata"]


@pytest.mark.parametrize(("head", "expected"), [
    ('<meta name="author" content="Ann Lee"><meta name="keywords" content="rent, Kiel &amp; harbour"><meta name="date" content="2024-05-03">',
     {"author": "Ann Lee", "keywords": ["rent", "Kiel & harbour"], "date": "2024-05-03", "dated": "2024-05-03"}),
    ('<META CONTENT="A; B, C" NAME=Keywords><meta property="article:published_time" content="2024-05-03T08:30:00+02:00"/>',
     {"keywords": ["A", "B, C"], "date": "2024-05-03T08:30:00+02:00"}),
    ('<meta property="article:modified_time" content="2025-01-01"><meta name="citation_publication_date" content="2024/05/03">'
     '<meta name="citation_author" content="Lee, Ann"><meta name="citation_author" content="Vale, Tom"><meta property="article:tag" content="rent"><meta property="article:tag" content="Kiel">',
     {"author": "Lee, Ann; Vale, Tom", "keywords": ["rent", "Kiel"], "date": "2024-05-03"}),
    ('<meta name="DC.creator" content="Ann Lee"><meta name="author" content="Ann Lee"><meta name="dcterms.date" content="20240503">', {"author": "Ann Lee", "date": "2024-05-03"}),
    ('<!-- <meta name="author" content="Nobody"> --><script>"<meta name=author content=None>"</script><meta name="date" content="May 3"><meta name="author" content=" ">', {}),
])
def test_what_a_page_says_of_itself_is_metadata(kith, tmp_path, head, expected):
    page = f"<!DOCTYPE html><html><head><title>Lamps</title>{head}</head><body><p>The lamp of the gate is lit at dusk.</p></body></html>"
    fields = fields_of(kith, tmp_path / "a.html", page)
    for name in ("author", "keywords", "date"):
        assert fields.get(name) == expected.get(name)
    if "dated" in expected:
        assert fields["dated"] == expected["dated"]


def test_keywords_of_pdf_and_epub_are_a_list(kith, tmp_path):
    made = io.BytesIO()
    page = canvas.Canvas(made)
    page.setAuthor("Änn Lee")
    page.setKeywords("rent; Kiel")
    page.drawString(72, 700, "The lamp of the gate is lit at dusk.")
    page.save()
    fields = fields_of(kith, tmp_path / "a.pdf", made.getvalue())
    assert (fields["author"], fields["keywords"]) == ("Änn Lee", ["rent", "Kiel"])
    book = epub.EpubBook()
    book.set_title("Lamps")
    book.add_author("Tom Vale")
    for subject in ("rent", "harbour"):
        book.add_metadata("DC", "subject", subject)
    book.add_metadata("DC", "date", "2021-03-04")
    chapter = epub.EpubHtml(title="Dusk", file_name="dusk.xhtml")
    chapter.content = "<h1>Dusk</h1><p>The lamp of the pier is lit at dusk.</p>"
    book.add_item(chapter)
    book.spine = [chapter]
    epub.write_epub(str(tmp_path / "b.epub"), book)
    fields = fields_of(kith, tmp_path / "b.epub")
    assert (fields["author"], fields["keywords"], fields["dated"]) == ("Tom Vale", ["rent", "harbour"], "2021-03-04")
    assert kith("search", "--json", "--until", "2021", "lamp").lines
    hits = kith("search", "--json", "--where", '{"keywords": {"$contains": "rent"}, "author": "Tom Vale"}', "lamp").lines
    assert {pathlib.Path(hit["metadata"]["source"]).name for hit in hits} == {"b.epub"}
