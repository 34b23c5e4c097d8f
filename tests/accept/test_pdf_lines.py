"""How the lines of a PDF belong together: tables over pages, contents, scripts without blanks, left and right pages."""

import pytest
from reportlab.lib import colors
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from reportlab.platypus import SimpleDocTemplate, Table


def text_of(kith, path) -> str:
    return "\n".join(chunk["content"] for chunk in kith("chunk", "--json", "--chunk-size", 8000, "--chunk-overlap", 0, path).lines)


def write_tables(path, *tables, **options) -> None:
    made = [Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)], **options) for rows in tables]
    SimpleDocTemplate(str(path)).build(made)


DEPOTS = [["Depot", "Buses", "Trams"]] + [[f"Place {number}", str(10 + number), str(number % 7)] for number in range(90)]
KEEPERS = [["Name", "Duty"]] + [[f"Keeper {number}", ("guards the gate", "mends sails", "rings the bell")[number % 3]] for number in range(80)]


def test_rows_on_the_next_page_know_their_header(kith, tmp_path):
    write_tables(tmp_path / "t.pdf", DEPOTS)
    text = text_of(kith, tmp_path / "t.pdf")
    for number in (5, 45, 85):
        assert f"Depot: Place {number} | Buses: {10 + number} | Trams: {number % 7}" in text
    assert "Depot: Depot" not in text


def test_rows_of_words_on_the_next_page_know_their_header(kith, tmp_path):
    write_tables(tmp_path / "t.pdf", KEEPERS)
    assert "Name: Keeper 70 | Duty: mends sails" in text_of(kith, tmp_path / "t.pdf")


def test_another_table_on_the_next_page_has_its_own_header(kith, tmp_path):
    rivers = [["River", "Length", "Bridges"], ["Lachte", "38", "12"], ["Fuhse", "98", "31"], ["Oker", "128", "44"]]
    document = canvas.Canvas(str(tmp_path / "t.pdf"))
    for rows in (DEPOTS[:20], rivers):
        table = Table(rows, colWidths=[80, 60, 60])
        _, height = table.wrapOn(document, 400, 800)
        table.drawOn(document, 72, 780 - height)
        document.showPage()
    document.save()
    text = text_of(kith, tmp_path / "t.pdf")
    assert "River: Fuhse | Length: 98 | Bridges: 31" in text and "Depot: River" not in text


def test_a_header_that_a_writer_repeats_on_each_page_names_the_columns(kith, tmp_path):
    table = Table(DEPOTS + [[f"Yard {number}", str(20 + number), "3"] for number in range(60)], repeatRows=1, style=[("BOTTOMPADDING", (0, 0), (-1, 0), 12)])
    SimpleDocTemplate(str(tmp_path / "t.pdf")).build([table], onFirstPage=write_edges, onLaterPages=write_edges)
    text = text_of(kith, tmp_path / "t.pdf")
    for row in ("Depot: Place 5 | Buses: 15 | Trams: 5", "Depot: Place 85 | Buses: 95 | Trams: 1", "Depot: Yard 59 | Buses: 79 | Trams: 3"):
        assert row in text
    assert text.count("Harbour handbook") == 1 and "Page 2" not in text


def write_edges(document, template) -> None:
    document.drawString(72, 800, "Harbour handbook")
    document.drawRightString(523, 800, "Depots")
    document.drawCentredString(300, 30, f"Page {template.page}")


def test_headers_set_as_close_as_words_are_cells(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "t.pdf"))
    document.setFont("Helvetica", 11)
    columns = [72]
    for word in ("Sailcloth", "Count "):
        columns.append(columns[-1] + document.stringWidth(word) + 3)
    for line, row in enumerate([("Item", "Count", "Shelf"), ("Rope", "12", "A3"), ("Tar", "7", "B1"), ("Oakum", "31", "C2"), ("Sailcloth", "5", "A1")]):
        for left, cell in zip(columns, row):
            document.drawString(left, 700 - 16 * line, cell)
    document.save()
    text = text_of(kith, tmp_path / "t.pdf")
    assert "Item: Oakum | Count: 31 | Shelf: C2" in text and "Item: Sailcloth | Count: 5 | Shelf: A1" in text


def test_chapters_of_a_page_each_keep_their_headings(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "c.pdf"))
    for number in range(1, 6):
        document.drawString(72, 770, f"Chapter {number}")
        document.drawString(72, 720, f"Pier {number} has ropes and bollards.")
        document.drawString(290, 30, f"Page {number}")
        document.showPage()
    document.save()
    text = text_of(kith, tmp_path / "c.pdf")
    assert all(f"Chapter {number}\n" in text for number in range(1, 6)) and "Page" not in text


def test_dots_of_a_contents_page_are_one_sign(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "c.pdf"))
    document.drawString(72, 760, "Contents")
    for line, (title, page) in enumerate([("1 Mooring", 3), ("1.1 Ropes and their care", 4), ("1.2 Buoys", 9), ("2 Lights", 12)]):
        dots = "." * int((400 - document.stringWidth(title)) / 3.4)
        document.drawString(72, 730 - 16 * line, f"{title} {dots} {page}")
    document.drawString(72, 600, "The ship waits... and sails.")
    document.save()
    text = text_of(kith, tmp_path / "c.pdf")
    assert "1.1 Ropes and their care … 4\n1.2 Buoys … 9\n2 Lights … 12" in text and "waits... and" in text


@pytest.mark.parametrize(("font", "lines", "whole"), [
    ("HeiseiMin-W3", ["港の倉庫には麻の縄が保管されている。番人は毎年春", "に縄の数を数え、緑の帳簿に書き込む。"], "毎年春に縄の数を"),
    ("STSong-Light", ["港口的仓库里存放着麻绳。看守人每年春天清点绳子的", "数量，并写进绿色的账簿。"], "绳子的数量"),
    ("HYSMyeongJo-Medium", ["관리인은 매년 봄에 밧줄의 수를 세어 녹색 장부에", "적는다. 돛은 아홉 번째 홀에서 고친다."], "장부에\n적는다"),
])
def test_lines_of_scripts_without_blanks_are_joined(kith, tmp_path, font, lines, whole):
    pdfmetrics.registerFont(UnicodeCIDFont(font))
    document = canvas.Canvas(str(tmp_path / "l.pdf"))
    document.setFont(font, 12)
    for number, line in enumerate(lines):
        document.drawString(72, 760 - 16 * number, line)
    document.save()
    assert whole in text_of(kith, tmp_path / "l.pdf")


def test_running_lines_of_left_and_right_pages_are_written_once(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "a.pdf"))
    for number in range(1, 9):
        if number % 2:
            document.drawRightString(523, 800, f"Harbour handbook   {number}")
        else:
            document.drawString(72, 800, f"{number}   Chapter 2: Mooring")
        for line in range(6):
            document.drawString(72, 720 - 15 * line, f"Line {line} of sheet {number} speaks of ropes and of bollards in detail.")
        document.showPage()
    document.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert text.count("Harbour handbook") == 1 and text.count("Chapter 2: Mooring") == 1
