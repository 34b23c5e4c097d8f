"""One folder with every format, written by the programs' own libraries: each question is answered with a citation that names the right
page, slide, row, chapter, cell, message or line. Then the hostile files: each costs itself alone."""

import datetime
import email.message
import io
import json
import mailbox
import pathlib
import struct
import time
import zipfile
import zlib

import docx
import openpyxl
import pptx
import pytest
from ebooklib import epub
from patience import patience
from reportlab.lib import pdfencrypt
from reportlab.pdfgen import canvas

FILLER = "The committee met in the morning and spoke about the weather, the roads and the harvest of the year."


# ---- writers ----


def write_pdf(path: pathlib.Path, pages: list[list[str]], encrypt=None) -> None:
    document = canvas.Canvas(str(path), encrypt=encrypt, invariant=1)
    for lines in pages:
        text = document.beginText(72, 720)
        for line in lines:
            text.textLine(line)
        document.drawText(text)
        document.showPage()
    document.save()


def write_report(path: pathlib.Path) -> None:
    pages = [[f"Section {n} of the yearly report.", FILLER[:50], FILLER[50:], f"This page closes section {n}."] for n in range(1, 10)]
    pages[6].insert(1, "The wind turbine on the hill delivers 850 kilowatts.")
    write_pdf(path, pages)


def write_word(path: pathlib.Path) -> None:
    document = docx.Document()
    document.add_heading("Handbook of the garden", 0)
    for chapter in ("Tools", "Watering", "Harvest"):
        document.add_heading(chapter, 1)
        for _ in range(6):
            document.add_paragraph(FILLER)
        if chapter == "Watering":
            document.add_heading("Tomatoes", 2)
            document.add_paragraph("Tomato plants are given four litres of rainwater every evening in July.")
            table = document.add_table(2, 2)
            for cell, text in zip(table._cells, ("Plant", "Litres", "Pumpkin", "eleven")):
                cell.text = text
    document.save(str(path))


def write_slides(path: pathlib.Path) -> None:
    show = pptx.Presentation()
    for number, (title, body) in enumerate([
            ("Where we stand", "Sales are level since spring"), ("The bridge", "The bridge over the Aller opens in October"),
            ("Next steps", "Hire two engineers")], 1):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
        if number == 3:
            slide.notes_slide.notes_text_frame.text = "The budget for the new laboratory is ninety thousand euros."
    show.save(str(path))


def write_workbook(path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    prices = book.active
    prices.title = "Prices"
    prices.append(["Item", "Price in euros", "Since"])
    for number in range(2, 40):
        prices.append([f"Article {number}", number * 10, datetime.date(2024, 1, 1)])
    prices["A23"] = "Copper kettle"
    prices["B23"] = 417
    prices["C23"] = datetime.date(2024, 2, 29)
    stock = book.create_sheet("Stock")
    stock.append(["Item", "Pieces left"])
    stock.append(["Copper kettle", 3])
    book.save(str(path))


def write_book(path: pathlib.Path) -> None:
    book = epub.EpubBook()
    book.set_identifier("sea")
    book.set_title("The Sea")
    book.set_language("en")
    book.add_author("A. Writer")
    chapters = []
    for name, text in (("Departure", "The ship left the harbour with forty sailors."), ("The Storm", "The mast broke at midnight near the reef."),
                       ("Home", "Only nine sailors came back.")):
        chapter = epub.EpubHtml(title=name, file_name=f"{name.replace(' ', '%20')}.xhtml".replace("%20", "_"))
        chapter.content = f"<h1>{name}</h1><p>{text}</p><p>{FILLER}</p>"
        book.add_item(chapter)
        chapters.append(chapter)
    book.toc = chapters
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", *chapters]
    epub.write_epub(str(path), book)


def message(subject: str, body: str) -> email.message.EmailMessage:
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "Ann Ämter <ann@example.org>", "bob@example.org"
    mail.set_content(body)
    return mail


def write_mail(path: pathlib.Path) -> None:
    mail = message("Heating", "The boiler in the cellar is repaired on Friday by Mr Novak.\nAnn")
    mail.add_alternative("<p>The boiler, in HTML.</p>", subtype="html")
    attached = path.with_name("attached.pdf")
    write_pdf(attached, [["Cover of the offer."], ["The new radiator weighs seventy kilograms."]])
    mail.add_attachment(attached.read_bytes(), maintype="application", subtype="pdf", filename="offer.pdf")
    attached.unlink()
    path.write_bytes(bytes(mail))


def write_mailbox(path: pathlib.Path) -> None:
    box = mailbox.mbox(path)
    for subject, body in (("Hello", "Just a greeting to you all."), ("Parking", "The parking garage closes at eleven in the evening."),
                          ("Bye", "See you next year.")):
        box.add(message(subject, body))
    box.close()


def write_notebook(path: pathlib.Path) -> None:
    def cell(kind: str, source: str, **more) -> dict:
        return {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True), **more}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"language_info": {"name": "python"}}, "cells": [
        cell("markdown", "# Bird counts\n\n" + FILLER), cell("code", "# not a heading\ncount = 7\n", outputs=[]),
        cell("markdown", "## Result\n\nThe median number of storks per village was seven.")]}))


@pytest.fixture
def everything(tmp_path) -> pathlib.Path:
    folder = tmp_path / "everything"
    folder.mkdir()
    write_report(folder / "report.pdf")
    write_word(folder / "handbook.docx")
    write_slides(folder / "plan.pptx")
    write_workbook(folder / "shop.xlsx")
    write_book(folder / "sea.epub")
    write_mail(folder / "letter.eml")
    write_mailbox(folder / "office.mbox")
    write_notebook(folder / "birds.ipynb")
    (folder / "notes.md").write_text(f"# Notes\n\n{FILLER}\n\n## Clock\n\nThe tower clock was built by Huber in 1893.\n")
    (folder / "diary.txt").write_text(f"{FILLER}\n\nThe lighthouse keeper counted nineteen seals on the sandbank.\n")
    (folder / "rivers.csv").write_text("name,content\nElbe,The ferry over the Elbe runs every ten minutes.\n"
                                       "Weser,The lock on the Weser is closed in winter for repairs.\n")
    (folder / "trees.json").write_text(json.dumps([{"id": "oak", "content": "The old oak at the mill is four hundred years old."},
                                                   {"id": "lime", "content": "The lime tree by the church was struck by lightning."}]))
    (folder / "tools.jsonl").write_text('{"id": "saw", "content": "The band saw in the workshop needs a new blade."}\n'
                                        '{"id": "drill", "content": "The drill press was lent to the neighbour in May."}\n')
    (folder / "pump.c").write_text("#include <stdint.h>\n\n/* Litres that the fire pump moves in a minute. */\n"
                                   "static const uint32_t fire_pump_litres = 2400;\n")
    (folder / "page.html").write_text("<html><body><nav>Home</nav><h1>Museum</h1><p>The museum owns a blue whale skeleton.</p></body></html>")
    return folder


QUESTIONS = [
    ("How many kilowatts does the wind turbine on the hill deliver?", "report.pdf", "report", "850 kilowatts", "page 7", None),
    ("How many litres of rainwater are tomato plants given?", "handbook.docx", "handbook", "four litres", "paragraph 17", None),
    ("When does the bridge over the Aller open?", "plan.pptx", "plan", "October", "slide 2", None),
    ("What is the budget for the new laboratory?", "plan.pptx", "plan", "ninety thousand", "slide 3", None),
    ("What is the price in euros of the copper kettle?", "shop.xlsx", "shop", "417", "sheet Prices, row 23", None),
    ("How many pieces are left of the copper kettle?", "shop.xlsx", "shop", "left: 3", "sheet Stock, row 2", None),
    ("When did the mast of the ship break?", "sea.epub", "sea", "midnight", "chapter The Storm", None),
    ("Who repairs the boiler in the cellar?", "letter.eml", "letter", "Novak", "", None),
    ("How much does the new radiator weigh?", "letter.eml", "letter/offer.pdf", "seventy kilograms", "page 2", None),
    ("When does the parking garage close?", "office.mbox", "office-2", "eleven", "message 2", None),
    ("What was the median number of storks per village?", "birds.ipynb", "birds", "seven", "cell 3", None),
    ("Who built the tower clock?", "notes.md", "notes", "Huber", "", 7),
    ("What skeleton does the museum own?", "page.html", "page", "whale", "", None),
    ("How many seals did the lighthouse keeper count?", "diary.txt", "diary", "nineteen", "", 3),
    ("Why is the lock on the Weser closed?", "rivers.csv", "rivers-2", "repairs", "line 3", None),
    ("Which tree by the church was struck by lightning?", "trees.json", "lime", "lime tree", "/1", None),
    ("To whom was the drill press lent?", "tools.jsonl", "drill", "neighbour", "line 2", None),
    ("How many litres does the fire pump move in a minute?", "pump.c", "pump", "2400", "", 3),
]


def test_a_question_to_each_format_is_answered_with_its_place(kith, everything):
    """Complaint 4: a citation says page 7 and opens page 1; and a "page" is invented for formats that have none."""
    summary = kith("add", everything).lines[-1]["summary"]
    assert summary["files_added"] == 15 and summary["errors"] == 0
    wrong = []
    for question, file, document, words, place, line in QUESTIONS:
        (answer,) = kith("ask", question).lines
        found = [c for c in answer["citations"] if words in c["quote"]]
        if not found or pathlib.Path(found[0]["source"]).name != file or found[0]["document"] != document \
                or found[0]["place"] != place or found[0]["line"] != line:
            wrong.append((question, answer["answer"], answer["citations"]))
    assert not wrong


def test_places_travel_as_metadata_and_can_be_filtered(kith, everything):
    kith("add", everything)
    (hit,) = kith("search", "turbine", "-k", 1, "--where", '{"page_start": {"$lte": 7}, "page_end": {"$gte": 7}}').lines
    assert hit["metadata"]["type"] == "pdf" and hit["metadata"]["place"].startswith("page")
    (hit,) = kith("search", "kettle", "-k", 1, "--where", '{"sheet": "Stock"}').lines
    assert hit["metadata"]["place"] == "sheet Stock, rows 1-2"
    (hit,) = kith("search", "notes", "-k", 1, "--where", '{"slide": 3}').lines
    assert "laboratory" in hit["content"] and hit["metadata"]["heading"] == "Next steps"
    (hit,) = kith("search", "tomato", "-k", 1, "--where", '{"type": "docx"}').lines
    assert not any(key.startswith("page") for key in hit["metadata"])  # Word has no pages
    assert hit["metadata"]["paragraph_start"] <= 17 <= hit["metadata"]["paragraph_end"]


def test_a_person_sees_the_place_beside_the_file(kith, everything):
    kith("add", everything)
    text = kith("ask", "How many kilowatts does the wind turbine on the hill deliver?", "--text").out
    assert "report.pdf, page 7" in text


# ---- hostile files ----

RELATIONS = '<Relationships><Relationship Id="r" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>'


def archive(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in {"_rels/.rels": RELATIONS, **parts}.items():
            z.writestr(name, content)
    return out.getvalue()


def word(xml: str | bytes) -> bytes:
    return archive(**{"word/document.xml": xml})


def overlapping() -> bytes:
    """Fifield's idea in its least form: a thousand names for one run of bytes."""
    packed = zlib.compress(b"<d/>" * 1000)[2:-4]
    data = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(b"<d/>" * 1000), len(packed), 4000, 1, 0) + b"a" + packed
    record = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, zlib.crc32(b"<d/>" * 1000), len(packed), 4000, 1, 0, 0, 0, 0, 0, 0) + b"a"
    return data + record * 1000 + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(record) * 1000, len(data), 0)


def laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(20))
    return f"<!DOCTYPE d [{entities}]><d><p><t>&l19;</t></p></d>"


def locked_pdf() -> bytes:
    out = io.BytesIO()
    document = canvas.Canvas(out, encrypt=pdfencrypt.StandardEncryption("open", "own", strength=128))
    document.drawString(72, 720, "A secret that nobody shall read.")
    document.save()
    return out.getvalue()


def cut_pdf(folder: pathlib.Path) -> bytes:
    write_report(folder / "whole.pdf")
    whole = (folder / "whole.pdf").read_bytes()
    (folder / "whole.pdf").unlink()
    return whole[:300]


def spinning_pdf() -> bytes:
    """Twenty forms, each drawing the next ten times: 10^20 drawings."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 99 99] >>",
               b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
               b"<< /Length 5 >>\nstream\n/X Do\nendstream"]
    drawing = b"/X Do " * 10
    for n in range(20):
        objects.append(b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >> /Length %d >>\nstream\n%s\n"
                       b"endstream" % (min(6 + n, 24), len(drawing), drawing))
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(out))


def test_hostile_files_fail_alone_and_say_why(kith, tmp_path):
    folder = tmp_path / "hostile"
    folder.mkdir()
    secret = tmp_path / "secret.txt"
    secret.write_text("nothing that a document may read")
    hostile = {
        "bomb.docx": (word(b"<d>" + b" " * (300 << 20)), "unpacked, the limit is"),
        "ratio.docx": (word(b"<d>" + b" " * (50 << 20)), "200 times"),
        "overlap.docx": (overlapping(), "overlap"),
        "many.docx": (archive(**{f"p{n}": "" for n in range(10001)}), "10002 entries"),
        "laughs.docx": (word(laughs()), "declares entities"),
        "external.docx": (word(f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]><d><p><t>&x;</t></p></d>'), "declares entities"),
        "deep.docx": (word("<p>" * 200000), "nested more than 256"),
        "cut.docx": (word("<d/>")[:-30], "cut short"),
        "renamed.xlsx": (b"no archive at all, only some text", "not a ZIP file"),
        "locked.pdf": (locked_pdf(), "encrypted"),
        "cut.pdf": (cut_pdf(folder), "damaged PDF"),
        "spin.pdf": (spinning_pdf(), "stopped after"),
        "deep.ipynb": (b'{"cells":' + b"[" * 500000 + b"]" * 500000 + b"}", "deep"),
    }
    for name, (content, _) in hostile.items():
        (folder / name).write_bytes(content)
    (folder / "zz-good.docx").write_bytes(word("<d><p><t>A good document that comes last.</t></p></d>"))
    started = time.monotonic()
    result = kith("add", folder, "--json", status=1)
    events = {pathlib.Path(e["source"]).name: e for e in result.lines if "outcome" in e}
    wrong = {name: events.get(name) for name, (_, reason) in hostile.items()
             if events[name]["outcome"] != "failed" or reason not in events[name]["reason"]}
    assert not wrong
    assert events["zz-good.docx"]["outcome"] == "added"
    assert "nothing that a document may read" not in kith("search", "secret document", "-k", 50).out
    assert time.monotonic() - started < patience(200)


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("stock.slk", "ID;PWXL;N;E\nP;PGeneral\nC;Y1;X1;K\"Item\"\nC;X2;K\"Price\"\nE\n", "SYLK"),
    ("stock.xls", "ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K\"Item\"\r\nE\r\n", "SYLK"),
    ("stock.dif", 'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,2\r\n""\r\nDATA\r\n0,0\r\n""\r\n-1,0\r\nBOT\r\n1,0\r\n"Item"\r\n', "DIF"),
])
def test_sheets_in_formats_that_are_not_read_are_skipped_with_the_reason(kith, tmp_path, name, content, reason):
    (tmp_path / name).write_text(content)
    kith("add", tmp_path / name, status=None)
    (file,) = kith("files", "--json").lines
    assert file["state"] == "skipped" and file["reason"].startswith(reason) and "CSV" in file["reason"]


def test_a_list_that_begins_as_a_sheet_in_sylk_does_is_read(kith, tmp_path):
    (tmp_path / "parts.xls").write_text("ID;Preis\nC;Zwanzig Euro\nP;Neunzig Euro im Mai\n")
    (tmp_path / "notes.dif").write_text("--- a/lamp.txt\n+++ b/lamp.txt\n-The lamp is lit at dusk.\n+The lamp is lit at dawn.\n")
    kith("add", tmp_path / "parts.xls", tmp_path / "notes.dif")
    assert {file["state"] for file in kith("files", "--json").lines} == {"indexed"}


def test_a_workbook_of_more_styles_than_are_read_is_read(kith, tmp_path):
    styles = "".join(f'<Style ss:ID="s{i}"/>' for i in range(65537)) + '<Style ss:ID="late"><NumberFormat ss:Format="0.00"/></Style>'
    row = '<Row><Cell{}><Data ss:Type="{}">{}</Data></Cell><Cell><Data ss:Type="String">{}</Data></Cell></Row>'
    (tmp_path / "a.xml").write_text(
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>{styles}</Styles><Worksheet ss:Name="Stock"><Table>'
        + row.format("", "String", "Price", "Item") + row.format(' ss:StyleID="late"', "Number", "20.125", "Lamp of the gate") + "</Table></Worksheet></Workbook>")
    (line,) = [line for line in kith("add", tmp_path / "a.xml", "--json").lines if "outcome" in line]
    assert line["outcome"] == "added" and "more styles" in line["notices"][0]
    assert "Price: 20.125" in kith("search", "lamp of the gate", "--json").lines[0]["content"]


def test_help_names_both_forms_of_a_short_option(kith):
    assert "-k, --k N" in kith("search", "--help").out
