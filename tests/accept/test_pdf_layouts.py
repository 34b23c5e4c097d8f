"""Tables and pages of a PDF as people lay them out: headers of several lines, columns set closely, pages on their side."""

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import Frame, Paragraph, SimpleDocTemplate, Table, TableStyle

BODY = getSampleStyleSheet()["BodyText"]
BOLTS = [["Bolt", "Dry", "Oiled", "Remark"], *([f"M{size}", str(6 + size), str(4 + size), "for steel plates" if size % 3 == 1 else "for wood"] for size in range(4, 16))]
INTRO = "The table below lists what the yard keeps, as it was measured in spring."


def cell(text: str) -> Paragraph:
    return Paragraph(f'<para align="center"><b>{text}</b></para>', BODY)


def table(rows, widths, *styles, repeat=1) -> Table:
    return Table(rows, colWidths=widths, repeatRows=repeat, style=TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *styles]))


def text_of(kith, path) -> str:
    lines = []
    for chunk in kith("chunk", "--json", "--chunk-size", 100000, path).lines:
        lines += chunk["content"].split("\n")
    return "\n".join(lines)


@pytest.mark.parametrize("grid", [[], [("GRID", (0, 0), (-1, -1), .5, colors.black)]], ids=["plain", "ruled"])
def test_header_cells_of_one_two_and_three_lines_set_in_the_middle(kith, tmp_path, grid):
    rows = [[cell("Bolt"), cell("Torque when dry, measured twice (Nm)"), cell("Torque when oiled (Nm)"), cell("Remark")]]
    rows += [[f"M{size}", str(size * 3), str(size * 2), "for wood" if size % 3 else ""] for size in range(4, 16)]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [60, 90, 90, 100], *grid)])
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Bolt: M5 | Torque when dry, measured twice (Nm): 15 | Torque when oiled (Nm): 10 | Remark: for wood" in text
    assert "Bolt: M6 | Torque when dry, measured twice (Nm): 18 | Torque when oiled (Nm): 12" in text
    kith("add", tmp_path / "a.pdf")
    assert "Torque when oiled (Nm): 22" in kith("ask", "What is the torque of bolt M11 when oiled?", "--text").out


def test_headers_of_several_lines_that_are_repeated_on_each_page(kith, tmp_path):
    rows = [[cell("Item"), cell("Price per piece"), cell("Price per hundred pieces"), cell("In stock since")]]
    rows += [[f"Rope {number}", f"{number}.50", f"{number * 90}.00", f"2024-01-{number % 28 + 1:02}"] for number in range(80)]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [80, 70, 80, 80])])
    text = text_of(kith, tmp_path / "a.pdf")
    for number in range(80):
        assert (f"Item: Rope {number} | Price per piece: {number}.50 | Price per hundred pieces: {number * 90}.00 | "
                f"In stock since: 2024-01-{number % 28 + 1:02}") in text, number


def test_a_header_of_groups_over_columns(kith, tmp_path):
    rows = [["Region", "Sales", "", "Costs", ""], ["", "2023", "2024", "2023", "2024"]]
    rows += [[f"Region {number}", *(str(number + add) for add in (100, 200, 50, 70))] for number in range(30)]
    spans = [("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (4, 0)), ("SPAN", (0, 0), (0, 1)), ("ALIGN", (1, 0), (-1, 1), "CENTER")]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [90] * 5, *spans, repeat=2)])
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Region: Region 7 | Sales 2023: 107 | Sales 2024: 207 | Costs 2023: 57 | Costs 2024: 77" in text


def test_columns_of_numbers_as_close_as_words(kith, tmp_path):
    rows = [["Year", "Q1", "Q2", "Q3", "Q4", "Sum"], *([str(2000 + n), *(str(1000 + (n * 37 + k * 91) % 9000) for k in range(5))] for n in range(14))]
    close = [("ALIGN", (1, 0), (-1, -1), "RIGHT"), ("LEFTPADDING", (0, 0), (-1, -1), 1), ("RIGHTPADDING", (0, 0), (-1, -1), 1), ("FONTSIZE", (0, 0), (-1, -1), 9)]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [28, 25, 25, 25, 25, 28], *close)])
    assert "Year: 2003 | Q1: 1111 | Q2: 1202 | Q3: 1293 | Q4: 1384 | Sum: 1475" in text_of(kith, tmp_path / "a.pdf")


@pytest.mark.parametrize("padding", [1.5, 2.5, 4])
@pytest.mark.parametrize("amounts", [["795.00", "95.00", "2,385.00", "7.50"], ["5 %", "12 %", "100 %", "7 %"], ["12 kg €", "7 €", "1.250 €", "3 €"]], ids=["plain", "shares", "signs"])
def test_amounts_at_the_right_of_a_column_nearly_touch_the_words_of_the_next(kith, tmp_path, padding, amounts):
    rows = [["Cost", "Amount", "Due"], *([f"Item {'abcd'[n]}", amount, ["monthly", "at once", "in three parts", "monthly"][n]] for n, amount in enumerate(amounts))]
    close = [("ALIGN", (1, 0), (1, -1), "RIGHT"), ("LEFTPADDING", (0, 0), (-1, -1), padding), ("RIGHTPADDING", (0, 0), (-1, -1), padding)]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [120, 120, 120], *close)])
    text = text_of(kith, tmp_path / "a.pdf")
    for name, amount, due in rows[1:]:
        assert f"Cost: {name} | Amount: {amount} | Due: {due}" in text


def test_lists_within_lists_are_no_table(kith, tmp_path):
    """As groff sets them: marks and texts are pieces, of more than two columns."""
    page, lines = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4), ["1. Press the red button.", "2. Close the valve:", "a. turn it left,", "b. lock it.", "3. Call the leader."]
    page.setFont("Times-Roman", 10)
    for number, (mark, text) in enumerate(line.split(" ", 1) for line in lines):
        page.drawString(92 + 20 * (mark in "a.b."), 700 - 17 * number, mark)
        page.drawString(110 + 20 * (mark in "a.b."), 700 - 17 * number, text)
    page.save()
    assert text_of(kith, tmp_path / "a.pdf").split("\n") == lines


def test_a_list_whose_first_entry_is_a_list(kith, tmp_path):
    """As reportlab's ListFlowable sets it: the marks of both stand in one line."""
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Helvetica", 10)
    for y, cells in ((700, [(72, "1"), (90, "Erstens")]), (682, [(72, "2"), (90, "a"), (108, "ein Unterpunkt")]), (664, [(72, "3"), (90, "Zweitens")])):
        for x, text in cells:
            page.drawString(x, y, text)
    page.save()
    assert text_of(kith, tmp_path / "a.pdf").split("\n") == ["1 Erstens", "2 a ein Unterpunkt", "3 Zweitens"]


def test_entries_with_bullets_beside_another_text_are_no_table(kith, tmp_path):
    """As slides have them."""
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Helvetica", 18)
    for y, cells in ((700, [(40, "\u2022"), (62, "Revenue rose by 5 %")]), (676, [(40, "\u2022"), (62, "Costs fell"), (360, "Right column text")]), (652, [(58, "\u2022"), (80, "in the north")])):
        for x, text in cells:
            page.drawString(x, y, text)
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "|" not in text and "\u2022 Costs fell" in text and "\u2022 in the north" in text


def test_a_line_of_text_with_a_gap_close_below_a_table_is_no_row_of_it(kith, tmp_path):
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Times-Roman", 12)
    for row, cells in enumerate((("Item", "Qty", "Remark"), ("Chair", "4", "oak"), ("Table", "1", ""), ("Sum", "5", ""))):
        for column, text in enumerate(cells):
            page.drawString(90 + 144 * column, 700 - 15.5 * row, text)
    page.drawString(90, 638, "The fee is due before the first of May of each year and")
    page.drawString(380, 638, "is paid in parts.")
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Item: Chair | Qty: 4 | Remark: oak\nItem: Table | Qty: 1\nItem: Sum | Qty: 5" in text


def test_raised_signs_of_another_font_stand_where_they_are_seen(kith, tmp_path):
    """LibreOffice writes a minus that its font has not behind the digits that follow it."""
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for x, y, font, size, text in ((90, 700, "Times-Roman", 12, "It is 10"), (127.4, 704, "Times-Roman", 7, "3"), (123.5, 704, "Symbol", 7, "\u2212"),
                                   (134, 700, "Times-Roman", 12, "m long.")):
        page.setFont(font, size)
        page.drawString(x, y, text)
    page.save()
    assert "It is 10^\u22123" in text_of(kith, tmp_path / "a.pdf")


def test_a_table_of_contents_is_no_table(kith, tmp_path):
    """As LaTeX sets it: only what is below a section has dots; the heading of the first section follows closely."""
    page, dots = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4), ". "
    page.setFont("Times-Roman", 10)
    for y, cells in ((700, [(130, "1"), (145, "Safety"), (470, "1")]), (688, [(145, "1.1"), (168, "Emergency shutdown " + dots * 42), (470, "1")]),
                     (676, [(145, "1.2"), (168, "Formulas " + dots * 51), (470, "2")]), (664, [(130, "2"), (145, "Maintenance"), (470, "2")]),
                     (640, [(130, "1"), (145, "Safety")]), (620, [(130, "Switch off the main breaker before you open the housing.")])):
        for x, text in cells:
            page.drawString(x, y, text)
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "|" not in text and "1.1 Emergency shutdown \u2026 1" in text and "1 Safety\n" in text


def test_lines_that_begin_with_amounts_are_no_table(kith, tmp_path):
    lines = ["Room 112 is open on Mondays", "Room 97 is closed", "Room 1004 is free"]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph("<br/>".join(lines), BODY)])
    assert text_of(kith, tmp_path / "a.pdf").split("\n") == lines


@pytest.mark.parametrize("values", [["1 234 567", "9 876 543", "5 555 000", "7 120 300"], ["030 123 456", "040 555 777", "089 111 222", "0911 234 567"],
                                    ["12 May 2024", "13 May 2024", "14 May 2024", "15 May 2024"]], ids=["thousands", "telephones", "dates"])
def test_numbers_written_with_spaces_stay_one_value(kith, tmp_path, values):
    rows = [["Name", "Value", "Remark"], *([f"Item {number}", value, "is kept"] for number, value in enumerate(values))]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [90, 90, 90], ("ALIGN", (1, 0), (1, -1), "RIGHT"))])
    text = text_of(kith, tmp_path / "a.pdf")
    for number, value in enumerate(values):
        assert f"Name: Item {number} | Value: {value} | Remark: is kept" in text


@pytest.mark.parametrize("angle", [90, 270])
def test_a_page_whose_table_lies_on_its_side(kith, tmp_path, angle):
    width, height = A4
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.drawString(72, 760, "First page: the yard keeps bolts of steel in hall four.")
    page.showPage()
    page.translate(width if angle == 90 else 0, 0 if angle == 90 else height)
    page.rotate(90 if angle == 90 else -90)
    page.drawString(72, 520, "The torque of each bolt is listed for dry and for oiled threads, as measured.")
    lying = table(BOLTS, [80, 60, 60, 160])
    lying.wrapOn(page, 400, 400)
    lying.drawOn(page, 72, 200)
    page.showPage()
    page.drawString(72, 760, "Third page: upright again, about the ropes.")
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Bolt: M7 | Dry: 13 | Oiled: 11 | Remark: for steel plates" in text
    places = [text.index(words) for words in ("First page", "as measured", "Bolt: M4", "Bolt: M15", "Third page")]
    assert places == sorted(places)
    kith("add", tmp_path / "a.pdf")
    assert "page 2" in kith("ask", "What is the oiled torque of bolt M7?", "--text").out


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_pages_that_are_shown_turned(kith, tmp_path, angle):
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=landscape(A4))
    lying = table(BOLTS, [80, 60, 60, 160])
    lying.wrapOn(page, 400, 400)
    lying.drawOn(page, 72, 100)
    page.setPageRotation(angle)
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Bolt: M7 | Dry: 13 | Oiled: 11 | Remark: for steel plates" in text


@pytest.mark.parametrize("angle, columns", [(0, 1), (90, 1), (270, 1), (90, 2), (270, 2)])
def test_text_on_its_side_is_read_in_order(kith, tmp_path, angle, columns):
    parts = ["The first paragraph speaks of anchors and of chains that hold the ship while the tide is running out of the harbour at night.",
             "The second paragraph speaks of ropes, which are made of hemp, and of the women who mend them in the long hall by the river.",
             "The third paragraph speaks of sails that are cut from flax and sewn by hand, and of the needles that are used for the seams.",
             "The fourth paragraph speaks of lamps, of their oil, and of the keeper who lights them when the fog comes in from the sea."]
    width, height = A4
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.translate(width if angle == 90 else 0, height if angle == 270 else 0)
    page.rotate(90 if angle == 90 else -90 if angle == 270 else 0)
    long, short = (width, height) if angle == 0 else (height, width)
    for column in range(columns):
        frame = Frame(50 + column * (long - 100) / columns, 60, (long - 100) / columns - 20, short - 120)
        frame.addFromList([Paragraph(part, BODY) for part in (parts if columns == 1 else parts[2 * column:2 * column + 2])], page)
    page.save()
    text = text_of(kith, tmp_path / "a.pdf").replace("\n", " ")
    places = [text.index(f"The {name} paragraph") for name in ("first", "second", "third", "fourth")]
    assert places == sorted(places) and "comes in from the sea." in text


def test_words_on_their_side_beside_a_text_leave_the_page_as_it_is(kith, tmp_path):
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for number in range(12):
        page.drawString(120, 700 - 14 * number, f"Line {number} of a text about the measuring of tides in the harbour.")
    page.translate(60, 300)
    page.rotate(90)
    page.drawString(0, 0, "Height of the tide above chart datum")
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    places = [text.index(f"Line {number} of") for number in range(12)]
    assert places == sorted(places) and "datum" in text


@pytest.mark.parametrize("align", ["LEFT", "CENTER"])
@pytest.mark.parametrize("groups, names", [(["2023", "2024"], ["Q1", "Q2"]), (["2023", "2024"], ["Q1", "Q2", "Q3", "Q4"]), (["Sales", "Costs", "Gains"], ["North", "South"]),
                                           (["Before the repair", "After the repair"], ["Depth", "Shift"])])
def test_names_of_groups_over_names_of_columns(kith, tmp_path, align, groups, names):
    """The name beside both lines of the header stands between them."""
    width = len(names)
    rows = [["Port", *(name for group in groups for name in [group] + [""] * (width - 1))], ["", *names * len(groups)]]
    rows += [[port, *(str(100 + 37 * line + column) for column in range(width * len(groups)))] for line, port in enumerate(["Kiel", "Oslo", "Riga", "Turku", "Bergen", "Visby"])]
    spans = [("SPAN", (0, 0), (0, 1)), ("ALIGN", (0, 0), (-1, -1), align), *(("SPAN", (1 + at, 0), (at + width, 0)) for at in range(0, width * len(groups), width))]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [50] + [54] * (width * len(groups)), *spans)])
    text = text_of(kith, tmp_path / "a.pdf")
    for port, *values in rows[2:]:
        pairs = zip([f"{group} {name}" for group in groups for name in names], values)
        assert " | ".join([f"Port: {port}", *(f"{name}: {value}" for name, value in pairs)]) in text


def test_a_table_of_short_texts_without_numbers(kith, tmp_path):
    rows = [["Article", "Use", "Place"], *([f"Rope {letter}", "for wood and steel" if letter in "ACD" else "for sails only", f"in hall {letter}"] for letter in "ABCDEFGHIJKL")]
    close = [("LEFTPADDING", (0, 0), (-1, -1), 5), ("RIGHTPADDING", (0, 0), (-1, -1), 5)]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [46, 92, 46], *close)])
    assert "Article: Rope B | Use: for sails only | Place: in hall B\nArticle: Rope C | Use: for wood and steel | Place: in hall C" in text_of(kith, tmp_path / "a.pdf")


def test_rows_of_wrapped_cells_that_are_hardly_farther_apart_than_their_lines(kith, tmp_path):
    page, y = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4), 740
    page.setFont("Helvetica", 11)
    for x, name in ((60, "Article"), (120, "Remark"), (480, "Price")):
        page.drawString(x, y, name)
    for number in range(12):
        y -= 17.2
        page.drawString(60, y, f"Rope {number}")
        for line in range(3):
            page.drawString(120, y - 14.4 * line, f"line {'abc'[line]} of what is said about the rope of number {number} in the yard")
        page.drawString(480, y, f"{number}.20")
        y -= 28.8
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    for number in range(12):
        said = " ".join(f"line {letter} of what is said about the rope of number {number} in the yard" for letter in "abc")
        assert f"Article: Rope {number} | Remark: {said} | Price: {number}.20" in text


@pytest.mark.parametrize("lines", [[1, 3, 1, 4, 2], [2, 2, 2], [3, 1, 5], [1, 4, 4, 1]], ids=str)
@pytest.mark.parametrize("shift", [0, .5], ids=["top", "middle"])
@pytest.mark.parametrize("first", ["No", "Part"])
def test_rows_whose_lines_are_as_far_apart_as_rows(kith, tmp_path, first, shift, lines):
    """As fpdf2 sets tables, by default in the middle of their height."""
    page, y, said = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4), 740, []
    columns = {"No": (60, page.drawString), "Part": (90, page.drawString), "Weight": (420, page.drawRightString), "Count": (470, page.drawRightString)}
    if first == "Part":
        columns |= {"No": (360, page.drawString), "Part": (60, page.drawString)}
    page.setFont("Helvetica", 10)
    for name, (x, draw) in columns.items():
        draw(x, y, name)
    for number, count in enumerate(lines):
        texts = [f"the housing of part {number} is cleaned before it is greased" for _ in range(count - 1)] + [f"and set in {number}"]
        for line, text in enumerate(texts):
            page.drawString(columns["Part"][0], y - 15 * (line + 1), text)
        for name, value in (("No", f"{number + 1}"), ("Weight", f"{number * 37 % 90 + 5}.50"), ("Count", f"{number * 3 + 2}")):
            x, draw = columns[name]
            draw(x, y - 15 - 15 * (count - 1) * shift, value)
        y -= 15 * count
        said.append((number, " ".join(texts)))
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    for number, part in said:
        cells = {"No": number + 1, "Part": part, "Weight": f"{number * 37 % 90 + 5}.50", "Count": number * 3 + 2}
        names = ["No", "Part", "Weight", "Count"] if first == "No" else ["Part", "No", "Weight", "Count"]
        assert " | ".join(f"{name}: {cells[name]}" for name in names) in text


def test_cells_of_many_lines_of_text_beside_a_label(kith, tmp_path):
    said = [f"The keeper of rope {number} wrote that the wall had moved since the winter, which nobody had seen before. He asked for a second opinion, and for lamps." for number in range(8)]
    told = [f"The council of year {number} agreed that the road stays closed until the wall is repaired, and that tickets are sold at the counter in the hall." for number in range(8)]
    rows = [["Article", "Remark", "Advice"], *([f"Rope {number}", Paragraph(said[number], BODY), Paragraph(told[number], BODY)] for number in range(8))]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([table(rows, [60, 150, 120], ("VALIGN", (0, 0), (-1, -1), "TOP"))])
    text = text_of(kith, tmp_path / "a.pdf")
    for number in range(8):
        assert f"Article: Rope {number} | Remark: {said[number]} | Advice: {told[number]}" in text


def test_sums_under_a_column_of_numbers_have_no_name(kith, tmp_path):
    rows = [["Pos", "Description", "Qty", "Unit price", "Amount"], ["1", "Hinge", "4", "2.50", "10.00"], ["2", "Bracket", "2", "7.00", "14.00"],
            ["", "", "", "Net", "24.00"], ["", "", "", "VAT 19 %", "4.56"], ["", "", "", "Total", "28.56"]]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [40, 150, 60, 80, 80])])
    assert text_of(kith, tmp_path / "a.pdf").split("\n")[-3:] == ["Net | Amount: 24.00", "VAT 19 % | Amount: 4.56", "Total | Amount: 28.56"]


def test_a_caption_below_a_table_is_no_row_of_it(kith, tmp_path):
    rows = [["Rope", "Use", "Load"], ["A1", "Lifting by day", "5"], ["B2", "Towing", "3"], ["B3", "Mooring at night", "2"]]
    caption = Paragraph('<para align="center">Table 1: Ropes of the yard</para>', BODY)
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph(INTRO, BODY), table(rows, [60, 120, 60]), caption])
    assert text_of(kith, tmp_path / "a.pdf").split("\n")[-1] == "Table 1: Ropes of the yard"


def test_check_marks_beside_texts_are_no_header(kith, tmp_path):
    page = canvas.Canvas(str(tmp_path / "a.pdf"))
    page.drawString(72, 760, "Registration")
    for n, (mark, text) in enumerate((("4", "I accept the terms"), ("4", "Newsletter"), ("8", "Printed bill"))):
        page.setFont("ZapfDingbats", 12)
        page.drawString(72, 700 - 30 * n, mark)
        page.setFont("Helvetica", 12)
        page.drawString(140, 700 - 30 * n, text)
    page.save()
    assert "terms:" not in text_of(kith, tmp_path / "a.pdf")
