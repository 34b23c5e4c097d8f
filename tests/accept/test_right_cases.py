"""Ordinary situations of documents that kith has read rightly from the beginning; numbers are those of issue 13's cases. Files are made by their
usual writers."""

import email.message
import json

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from ebooklib import epub
from pptx.util import Inches
from reportlab.pdfgen import canvas


def text_of(kith, path, *options) -> str:
    return "\n".join(chunk["content"] for chunk in kith("chunk", "--json", *options, path).lines)


def test_71_text_that_was_moved_stands_at_its_new_place_alone(kith, tmp_path):
    document = docx.Document()
    document.add_paragraph("Clause on water.")
    moved, run = 'w:id="1" w:author="Ann" w:date="2024-05-01T00:00:00Z"', "<w:r><w:t>Clause on noise.</w:t></w:r>"
    for name in ("moveFrom", "moveTo"):
        document.element.body.insert(0 if name == "moveTo" else 1, parse_xml(f"<w:p {nsdecls('w')}><w:{name} {moved}>{run}</w:{name}></w:p>"))
    document.save(tmp_path / "a.docx")
    assert text_of(kith, tmp_path / "a.docx") == "Clause on noise.\n\nClause on water."


def test_72_groups_within_groups_and_merged_cells_of_a_slide(kith, tmp_path):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Who leads"
    inner = slide.shapes.add_group_shape().shapes.add_group_shape()
    for number, name in enumerate(("M. Okafor", "L. Brandt")):
        inner.shapes.add_textbox(Inches(1), Inches(2 + number), Inches(2), Inches(0.5)).text_frame.text = name
    table = slide.shapes.add_table(3, 3, Inches(4), Inches(4), Inches(4), Inches(1)).table
    for y, row in enumerate([("Gate", "Lorries", ""), ("A", "120", "per hour"), ("B", "80", "per hour")]):
        for x, words in enumerate(row):
            table.cell(y, x).text = words
    table.cell(0, 1).merge(table.cell(0, 2))
    deck.save(tmp_path / "a.pptx")
    text = text_of(kith, tmp_path / "a.pptx")
    assert all(words in text for words in ("M. Okafor", "L. Brandt", "Gate: A | Lorries: 120 | Lorries: per hour"))


def test_73_chapters_come_in_the_order_of_the_spine(kith, tmp_path):
    book, chapters = epub.EpubBook(), {}
    book.set_title("The boat")
    for name in ("sold", "bought", "repaired"):
        chapters[name] = epub.EpubHtml(title=name, file_name=f"the {name}.xhtml", content=f"<p>The boat was {name} in that year.</p>")
        book.add_item(chapters[name])
    book.spine = [chapters[name] for name in ("bought", "repaired", "sold")]
    book.add_item(epub.EpubNcx())
    epub.write_epub(str(tmp_path / "a.epub"), book)
    text = text_of(kith, tmp_path / "a.epub")
    assert text.index("was bought") < text.index("was repaired") < text.index("was sold")


@pytest.mark.parametrize("tag", ["title", "script", "iframe", "textarea", "style", "noscript"])
def test_74_an_element_that_closes_itself_swallows_nothing(kith, tmp_path, tag):
    (tmp_path / "a.xhtml").write_text('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Mill</title></head><body>'
                                      f"<p>The old mill.</p><{tag}/><p>Ice broke the wheel.</p></body></html>")
    text = text_of(kith, tmp_path / "a.xhtml")
    assert "The old mill." in text and "Ice broke the wheel." in text


def test_75_a_mail_within_a_mail_and_its_attachment_are_documents(kith, tmp_path):
    inner, outer = email.message.EmailMessage(), email.message.EmailMessage()
    for mail, subject, words in ((inner, "Boiler", "The boiler was at 91 degrees."), (outer, "Fwd: Boiler", "See below.")):
        mail["From"], mail["To"], mail["Subject"] = "ann@example.org", "bob@example.org", subject
        mail.set_content(words)
    inner.add_attachment("The valve is from 1998.\n", filename="valve.txt")
    outer.add_attachment(inner)
    (tmp_path / "a.eml").write_bytes(bytes(outer))
    text = text_of(kith, tmp_path / "a.eml")
    assert all(words in text for words in ("See below.", "91 degrees", "The valve is from 1998."))


@pytest.mark.parametrize("spelled", ["AB1234/5", "AB 1234 5", "AB-1234/5", "XK-7701", "XK7701", "xk 7701"])
def test_76_a_part_number_is_found_in_each_spelling(kith, tmp_path, spelled):
    (tmp_path / "a.txt").write_text("The gasket AB-1234/5 fits the pump XK\u20117701 of the northern mill.\n")
    kith("add", tmp_path / "a.txt")
    assert [hit["document"] for hit in kith("search", "--rank", "words", spelled).lines] == ["a"]


@pytest.mark.parametrize("question", ['"gasket', "NEAR(pump", "gasket*", "^pump", "pump AND NOT", "[pump]", "{pump}", "pump?", "(gasket OR", "pump:1"])
def test_77_signs_in_a_question_are_no_syntax(kith, tmp_path, question):
    (tmp_path / "a.txt").write_text("The gasket fits the pump of the northern mill.\n")
    kith("add", tmp_path / "a.txt")
    assert kith("search", question).lines


def test_78_what_stands_in_fences_is_no_heading(kith, tmp_path):
    (tmp_path / "a.md").write_text("# Guide\n\n````\n# not a heading\n```\n````\n\n~~~sh\n# comment\n~~~\n\n- one\n\n      # indented\n\n<pre>\n# raw\n</pre>\n\nThe end of it.\n")
    headings = {chunk["heading"] for chunk in kith("chunk", "--json", "--chunk-size", 30, "--chunk-overlap", 0, tmp_path / "a.md").lines}
    assert headings == {"Guide"}


def test_79_the_values_of_a_form_are_read(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "a.pdf"))
    document.drawString(72, 700, "Name of the member:")
    document.acroForm.textfield(name="name", x=200, y=690, width=200, height=20, value="Rosalind Achterberg")
    document.drawString(72, 660, "Class:")
    document.acroForm.choice(name="class", x=200, y=650, width=100, height=20, value="Gold", options=["Silver", "Gold"])
    document.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Rosalind Achterberg" in text and "Gold" in text


def test_82_dates_since_1904_and_shares(kith, tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["Part", "Due", "Share"])
    book.active.append(["Valve", openpyxl.utils.datetime.from_excel(44377, openpyxl.utils.datetime.CALENDAR_MAC_1904), 0.075])
    book.active["C2"].number_format = "0.0%"
    book.save(tmp_path / "a.xlsx")
    assert "Part: Valve | Due: 2025-07-01 | Share: 7.5%" in text_of(kith, tmp_path / "a.xlsx")


def test_83_whole_numbers_are_compared_exactly_and_what_is_missing_differs(kith, tmp_path):
    records = [{"id": "a", "content": "a kettle of steel", "big": 2**53 + 1}, {"id": "b", "content": "a kettle of tin", "big": 2**53}, {"id": "c", "content": "a kettle of glass"}]
    (tmp_path / "a.json").write_text(json.dumps(records))
    kith("add", tmp_path / "a.json")
    for condition, found in ((2**53 + 1, {"a"}), ({"$ne": 2**53}, {"a", "c"})):
        assert {hit["document"] for hit in kith("search", "--where", json.dumps({"big": condition}), "kettle").lines} == found


def test_84_a_file_is_one_document_by_whatever_path(kith, tmp_path):
    (tmp_path / "gate.md").write_text("# Gate\n\nThe gate opens at seven.\n")
    outcomes = [kith("add", "--json", path).lines[0]["outcome"] for path in ("gate.md", "./gate.md", f"../{tmp_path.name}/gate.md", tmp_path / "gate.md")]
    assert outcomes == ["added", "unchanged", "unchanged", "unchanged"]
    assert len(kith("files").lines) == 1
