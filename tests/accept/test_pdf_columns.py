"""PDF pages whose columns are read one after the other, with tables in them, below them and beside them."""

import textwrap

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import Frame, Paragraph, SimpleDocTemplate, Table, TableStyle

STYLES = getSampleStyleSheet()
BODY, HEADING = STYLES["BodyText"], STYLES["Heading3"]
WIDTH, HEIGHT = A4
QUAY = ("The committee met on Tuesday, in the town hall, to speak of the plan for the harbour. Members agreed that the northern quay should be repaired first, "
        "because its wall has moved by four centimetres since last winter. ")
GAUGE = ("Water levels were recorded every hour, by a gauge on the pier. The highest level of the year was reached in January, when a storm from the north-west "
         "pushed the sea into the bay. ")


def text_of(kith, path) -> str:
    return "\n".join(chunk["content"] for chunk in kith("chunk", "--json", "--chunk-size", 100000, path).lines)


def write_page(path, *frames):
    """A page of frames: (left, bottom, width, height, flowables)."""
    page = canvas.Canvas(str(path), pagesize=A4)
    for left, bottom, width, height, flowables in frames:
        Frame(left, bottom, width, height).addFromList(flowables, page)
    page.save()


def test_a_table_in_a_column_of_a_paper(kith, tmp_path):
    small = Table([["Site", "Depth", "Shift"], ["North", "12", "4"], ["South", "9", "1"]], colWidths=[60, 60, 60])
    left = [Paragraph("Introduction", HEADING), Paragraph(QUAY * 4, BODY), small, Paragraph("Table 1: Shift of the walls.", BODY), Paragraph(GAUGE * 2, BODY)]
    right = [Paragraph(GAUGE * 4, BODY), Paragraph("Conclusion", HEADING), Paragraph("The northern quay moves fastest. " + QUAY * 2, BODY)]
    write_page(tmp_path / "a.pdf", (50, 700, 490, 80, [Paragraph("Harbour walls in motion, measured over the whole of a year", STYLES["Title"])]),
               (50, 60, 235, 640, left), (305, 60, 235, 640, right))
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Site: North | Depth: 12 | Shift: 4\nSite: South | Depth: 9 | Shift: 1" in text
    assert "the harbour. |" not in text and "| The" not in text
    places = [text.index(words) for words in ("Harbour walls", "Introduction", "Table 1", "Conclusion", "moves fastest")]
    assert places == sorted(places)


def test_three_columns_of_a_newsletter_and_a_table_below_them(kith, tmp_path):
    columns = [[Paragraph("Bridge closed", HEADING), Paragraph(QUAY * 2, BODY)], [Paragraph("High water", HEADING), Paragraph(GAUGE * 2, BODY)],
               [Paragraph("Market", HEADING), Paragraph(("The market moves to the school yard, where there is more room. Stalls are given out, first come first served, by "
                                                         "the office in the mill. ") * 2, BODY)]]
    hours = [Paragraph("Opening hours", HEADING), Table([["Place", "Mon", "Tue"], ["Library", "9-12", "closed"], ["Pool", "closed", "10-18"]], hAlign="LEFT")]
    write_page(tmp_path / "a.pdf", *((50 + 165 * i, 420, 150, 330, column) for i, column in enumerate(columns)), (50, 200, 490, 180, hours))
    text = text_of(kith, tmp_path / "a.pdf")
    places = [text.index(words) for words in ("Bridge closed", "High water", "pushed", "Market", "in the mill", "Opening hours", "Library")]
    assert places == sorted(places)


def test_columns_whose_lines_stand_at_different_heights(kith, tmp_path):
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Helvetica", 9)
    lines = textwrap.wrap((QUAY + GAUGE) * 5, 48)
    for x, offset, some in ((56, 0, lines[:20]), (311, 5.5, lines[20:40])):  # all lines of the right column between those of the left one but the first five
        for number, line in enumerate(some):
            page.drawString(x, 700 - 11 * number - (offset if number > 4 else 0), line)
    page.save()
    chunks = kith("chunk", "--json", "--chunk-overlap", 0, tmp_path / "a.pdf").lines
    assert " ".join(chunk["content"] for chunk in chunks).split() == " ".join(lines[:40]).split()


def test_narrow_columns_beside_cells_of_several_lines(kith, tmp_path):
    """As web pages are printed: a narrow column of numbers, wrapped cells, amounts whose signs stand apart."""
    rows = [["1", "Kayak, two seats, with spray deck and", "2", "€ 899.00", "€ 1,798.00"], ["2", "Life jacket size M", "4", "€ 45.50", "€ 182.00"], ["3", "Delivery", "1", "€ 60.00", "€ 60.00"]]
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Helvetica-Bold", 12)
    for x, name in ((65.7, "Pos"), (95.2, "Description")):
        page.drawString(x, 660, name)
    for x, name in ((391, "Qty"), (456.6, "Price"), (529.6, "Amount")):
        page.drawRightString(x, 660, name)
    page.setFont("Helvetica", 12)
    heights = (625, 596, 571)
    for y, row in zip(heights, rows):
        page.drawString(65.7, y, row[0])
        page.drawString(95.2, y + (7 if row[0] == "1" else 0), row[1])
        for x, value in zip((391, 456.6, 529.6), row[2:]):
            page.drawRightString(x, y, value)
    page.drawString(95.2, 618, "paddles, colour red")
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Pos: 1 | Description: Kayak, two seats, with spray deck and paddles, colour red | Qty: 2 | Price: € 899.00 | Amount: € 1,798.00" in text
    assert "Pos: 3 | Description: Delivery | Qty: 1 | Price: € 60.00 | Amount: € 60.00" in text


def test_rows_set_as_close_as_lines_below_a_header_are_rows(kith, tmp_path):
    rows = [["Pos", "Description", "Qty", "Unit price", "Amount"], ["1", "Flour type 550, in bags of 25 kg", "4", "18.50", "74.00"], ["2", "Yeast", "10", "2.20", "22.00"],
            ["", "", "", "Net", "96.00"], ["", "", "", "Total", "115.20"]]
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Helvetica-Bold", 14)
    page.drawString(60, 700, "Invoice")
    page.setFont("Helvetica", 10)
    for number, row in enumerate(rows):
        for column, (x, text) in enumerate(zip((62, 92, 330, 400, 470), row)):
            (page.drawString if column < 2 else page.drawRightString)(x, 677 - 12.5 * number + (6 if number == 0 else 0), text)
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Pos: 1 | Description: Flour type 550, in bags of 25 kg | Qty: 4 | Unit price: 18.50 | Amount: 74.00" in text
    assert "Pos: 2 | Description: Yeast | Qty: 10 | Unit price: 2.20 | Amount: 22.00" in text


def test_tables_that_titles_part_and_groups_of_their_names(kith, tmp_path):
    ports = [("Kiel", 120, 4500, 130, 4700), ("Oslo", 90, 3900, 95, 4100), ("Riga", 60, 2100, 66, 2300), ("Turku", 45, 1800, 44, 1750)]
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)

    def table(y, title, *head):
        page.setFont("Helvetica-Bold", 18)
        page.drawString(57, y, title)
        page.setFont("Helvetica", 12)
        for number, row in enumerate([*head, *ports]):
            for x, text in zip((63, 105, 148, 192, 236), row):
                page.drawString(x, y - 32 - 22.5 * number, str(text))

    table(760, "One", ("Port", "Ships", "Tons", "Boats", "Crews"))
    table(570, "Two", ("", "2023", "", "2024", ""), ("Port", "Ships", "Tons", "Ships", "Tons"))
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Port: Kiel | Ships: 120 | Tons: 4500 | Boats: 130 | Crews: 4700\nPort: Oslo | Ships: 90 | Tons: 3900 | Boats: 95 | Crews: 4100" in text
    assert "Port: Turku | 2023 Ships: 45 | 2023 Tons: 1800 | 2024 Ships: 44 | 2024 Tons: 1750" in text


def test_a_table_below_what_stands_beside_each_other_in_a_letterhead(kith, tmp_path):
    rows = [("Date", "Text", "Amount", "Balance"), ("01.03.2024", "Opening balance", "", "1.200,00"), ("04.03.2024", "Direct debit of the works", "-85,20", "1.114,80"),
            ("07.03.2024", "Salary", "2.850,00", "3.964,80"), ("15.03.2024", "Rent", "-850,00", "3.114,80")]
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Helvetica", 12)
    for number, (left, right) in enumerate((("Ann Lee", "Account 4711 0815"), ("12 Harbour Road", "Statement 3/2024"), ("24103 Kiel", "Page 1 of 1"))):
        page.drawString(65, 760 - 14 * number, left)
        page.drawRightString(530, 760 - 14 * number, right)
    page.drawString(65, 700, "Account statement")
    for number, row in enumerate(rows):
        for x, text in zip((65, 150), row):
            page.drawString(x, 670 - 18 * number, text)
        for x, text in zip((462, 530), row[2:]):
            page.drawRightString(x, 670 - 18 * number, text)
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Date: 01.03.2024 | Text: Opening balance | Balance: 1.200,00\nDate: 04.03.2024 | Text: Direct debit of the works | Amount: -85,20 | Balance: 1.114,80" in text


def test_marks_at_the_right_of_some_lines_do_not_join_the_others(kith, tmp_path):
    lines = [["Name:", "Class: 8a"], ["1. Which organ pumps blood?", "(2 points)"], ["a) Liver", ""], ["b) Heart", ""], ["2. Explain photosynthesis in two sentences.", "(6 points)"]]
    style = TableStyle([("ALIGN", (1, 0), (1, -1), "RIGHT"), ("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph("Biology test", HEADING), Table(lines, [380, 70], style=style)])
    text = text_of(kith, tmp_path / "a.pdf")
    assert "1. Which organ pumps blood? | (2 points)\n" in text and "\na) Liver\nb) Heart\n" in text


def test_a_name_over_two_columns_of_a_narrow_table(kith, tmp_path):
    rows = [["Room", "Season", "", "Deposit"], ["", "Low", "High", ""], ["Single", "60", "80", "20"], ["Double", "90", "120", "40"], ["Hut", "40", "55", "10"]]
    style = TableStyle([("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1)), ("SPAN", (3, 0), (3, 1)), ("GRID", (0, 0), (-1, -1), .5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([Paragraph("Price list", HEADING), Table(rows, [42, 29, 34, 50], style=style)])
    assert "Room: Double | Season Low: 90 | Season High: 120 | Deposit: 40" in text_of(kith, tmp_path / "a.pdf")
