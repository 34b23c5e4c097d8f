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


@pytest.mark.parametrize("angle", [30, 45, 55, -45])
@pytest.mark.parametrize("is_first", [True, False], ids=["below", "above"])
def test_a_word_across_the_page_does_not_cut_its_lines(kith, tmp_path, angle, is_first):
    def write_mark(document) -> None:
        document.saveState()
        document.setFont("Helvetica", 60)
        document.translate(300, 400)
        document.rotate(angle)
        document.drawCentredString(0, 0, "DRAFT ONLY")
        document.restoreState()

    document = canvas.Canvas(str(tmp_path / "t.pdf"))
    for page in range(3):
        if is_first:
            write_mark(document)
        for line in range(40):
            document.drawString(72, 760 - 16 * line, f"On page {page} line {line} tells of the harbour and of its cranes in winter.")
        if not is_first:
            write_mark(document)
        document.showPage()
    document.save()
    lines = text_of(kith, tmp_path / "t.pdf").split("\n")
    for page in range(3):
        for line in range(40):
            assert f"On page {page} line {line} tells of the harbour and of its cranes in winter." in lines
    assert sum(line.count("DRAFT ONLY") for line in lines) == 1


def test_a_table_below_a_word_across_the_page(kith, tmp_path):
    def write_mark(document, template) -> None:
        document.saveState()
        document.setFont("Helvetica-Bold", 80)
        document.translate(300, 400)
        document.rotate(45)
        document.drawCentredString(0, 0, "CONFIDENTIAL")
        document.restoreState()

    table = Table(DEPOTS, repeatRows=1, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    SimpleDocTemplate(str(tmp_path / "t.pdf")).build([table], onFirstPage=write_mark, onLaterPages=write_mark)
    text = text_of(kith, tmp_path / "t.pdf")
    for number in range(90):
        assert f"Depot: Place {number} | Buses: {10 + number} | Trams: {number % 7}" in text
    assert text.count("CONFIDENTIAL") == 1


def test_labels_on_the_slant_are_words(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "t.pdf"))
    document.drawString(72, 700, "Ships in each month of the year:")
    for number, name in enumerate(("January", "February", "March", "April")):
        document.saveState()
        document.translate(100 + 40 * number, 500)
        document.rotate(45)
        document.drawString(0, 0, name)
        document.restoreState()
    document.save()
    text = text_of(kith, tmp_path / "t.pdf")
    for word in ("Ships in each month of the year:", "January", "February", "March", "April"):
        assert word in text


def test_raised_type_that_is_hardly_smaller(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "t.pdf"))
    text = document.beginText(72, 700)
    for words, size, rise in (("The limit is 10", 11, 0), ("6", 10.7, 4.6), (" Pa, the area 20 m", 11, 0), ("2", 10.7, 4.6), (" and the bolt H", 11, 0), ("2", 10.7, -3), ("O.", 11, 0)):
        text.setFont("Times-Roman", size)
        text.setRise(rise)
        text.textOut(words)
    document.drawText(text)
    document.save()
    assert "The limit is 10^6 Pa, the area 20 m^2 and the bolt H2O." in text_of(kith, tmp_path / "t.pdf")


def test_raised_type_does_not_part_lines(kith, tmp_path):
    """As weasyprint sets it: a line with raised type is farther from the one above it."""
    document, y = canvas.Canvas(str(tmp_path / "t.pdf")), 700
    for step, parts in ((0, ["The industry brought an extraordinary duty for all the neighbouring"]), (18, ["towns and villages, which have to share the costs", "3"]),
                        (18, ["of the old wheel of 10", "6"]), (14, ["grammes in the mill above the river that the road leads to."])):
        y -= step
        text = document.beginText(72, y)
        for number, words in enumerate(parts):
            text.setFont("Helvetica", 10.7 if number else 12)
            text.setRise(4.8 * number)
            text.textOut(words)
        document.drawText(text)
    document.save()
    assert ("The industry brought an extraordinary duty for all the neighbouring\ntowns and villages, which have to share the costs \u00b3\n"
            "of the old wheel of 10^6\ngrammes in the mill") in text_of(kith, tmp_path / "t.pdf")


@pytest.mark.parametrize("upper,lower", [("1", "2"), ("3", "16"), ("127", "250")])
def test_a_fraction_that_is_built_up_within_a_line(kith, tmp_path, upper, lower):
    document, x = canvas.Canvas(str(tmp_path / "t.pdf")), 72
    for words in ([("The share of the miller is", 12, 0)], [(upper, 8, 4.5), (lower, 8, -3.8)], [("of the flour.", 12, 0)]):  # as typst and LaTeX write them
        width = max(document.stringWidth(text, "Helvetica", size) for text, size, _ in words)
        for text, size, rise in words:
            document.setFont("Helvetica", size)
            document.drawCentredString(x + width / 2, 700 + rise, text)
        x += width + 3.3
    document.save()
    assert f"The share of the miller is {upper}/{lower} of the flour." in text_of(kith, tmp_path / "t.pdf")


def test_letters_that_are_kerned_over_each_other_are_one_line(kith, tmp_path):
    """LaTeX's name, whose A is raised and stands over the L."""
    document, x = canvas.Canvas(str(tmp_path / "t.pdf")), 72.0
    for words, size, rise, kern in (("This is a L", 10, 0, 0), ("A", 7, 2.1, -3.6), ("T", 10, 0, -1.5), ("E", 10, -2.2, -1.7), ("X equation: a", 10, 0, -1.2)):
        x += kern
        document.setFont("Times-Roman", size)
        document.drawString(x, 700 + rise, words)
        x += document.stringWidth(words, "Times-Roman", size)
    document.save()
    text = text_of(kith, tmp_path / "t.pdf")
    assert text.startswith("This is a L") and text.endswith("X equation: a") and "\n" not in text


def write_close_columns(path, rows, edges, right=()) -> None:
    document = canvas.Canvas(str(path))
    document.setFont("Helvetica", 10)
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            draw = document.drawRightString if column in right else document.drawString
            draw(edges[column], 780 - 14 * number, text)
    document.save()


@pytest.mark.parametrize("first", [0, 10], ids=["later", "all"])
def test_columns_that_longer_cells_come_close_to(kith, tmp_path, first):
    rows = [["Zone", "Noise", "Night"]] + [[f"Zone {number}", f"{50 + number} dB", "" if number % 3 else f"{40 + number} dB"] for number in range(first, 40)]
    write_close_columns(tmp_path / "t.pdf", rows, [72, 114, 152])
    text = text_of(kith, tmp_path / "t.pdf")
    for number in range(first, 40):
        night = "" if number % 3 else f" | Night: {40 + number} dB"
        assert f"Zone: Zone {number} | Noise: {50 + number} dB{night}" in text.split("\n")


def test_columns_of_numbers_that_longer_cells_come_close_to(kith, tmp_path):
    rows = [["Part", "Pieces", "Price"]] + [[f"Part {10 ** (number // 10)} of steel", f"{number * 7}", f"{number}.50"] for number in range(40)]
    write_close_columns(tmp_path / "t.pdf", rows, [72, 186, 240], (1, 2))
    text = text_of(kith, tmp_path / "t.pdf")
    for number in range(40):
        assert f"Part: Part {10 ** (number // 10)} of steel | Pieces: {number * 7} | Price: {number}.50" in text.split("\n")


@pytest.mark.parametrize("rise", [-5, -2, 3, 6])
def test_small_type_beside_a_word_is_in_its_line(kith, tmp_path, rise):
    document = canvas.Canvas(str(tmp_path / "t.pdf"))
    for line in range(3):
        text = document.beginText(72, 700 - 12 * line)
        for words, size, height in (("The tank holds CO", 10, 0), ("2", 8, rise), (" and H", 10, 0), ("2", 8, rise), ("SO", 10, 0), ("4", 8, rise), (f" in hall {line}.", 10, 0)):
            text.setFont("Times-Roman", size)
            text.setRise(height)
            text.textOut(words)
        document.drawText(text)
    document.save()
    mark = "" if rise < 0 else "^"
    for line in range(3):
        assert f"The tank holds CO{mark}2 and H{mark}2SO{mark}4 in hall {line}." in text_of(kith, tmp_path / "t.pdf").split("\n")


def test_a_title_as_wide_as_a_row_does_not_make_it_a_line(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "t.pdf"))
    title = "Keepers of yards"
    document.setFont("Helvetica", 16)
    document.drawString(72, 700, title)
    document.setFont("Helvetica", 10)
    right = 72 + document.stringWidth(title, "Helvetica", 16)
    for number, (name, age) in enumerate((("Name", "Age"), ("Ann", "41"), ("Bob", "39"), ("Eve", "52"))):
        document.drawString(72, 640 - 23 * number, name)
        document.drawRightString(right, 640 - 23 * number, age)
    document.save()
    assert "Name: Ann | Age: 41" in text_of(kith, tmp_path / "t.pdf")
