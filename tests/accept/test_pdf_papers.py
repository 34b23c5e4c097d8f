"""PDF of bills, statements, contracts and contents, laid out as their writers lay them out."""

import json

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen import canvas


def text_of(kith, path) -> str:
    return "\n".join(json.loads(line)["content"] for line in kith("chunk", "--json", path).out.splitlines())


def draw(path, lines, size=10, font="Helvetica") -> None:
    """lines: (y, [(x, text)]); an x below 0 is where the text ends."""
    page = canvas.Canvas(str(path), pagesize=A4)
    page.setFont(font, size)
    for y, cells in lines:
        for x, text in cells:
            (page.drawString if x >= 0 else page.drawRightString)(abs(x), y, text)
    page.save()


def write_page(path, page: bytes, font: bytes, rest: bytes) -> None:
    """A page whose font F is object 5; object 6 is the rest."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
               b"<</Length %d>>stream\n%s\nendstream" % (len(page), page), font, rest]
    content, offsets = b"%PDF-1.4\n", []
    for number, made in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, made)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    path.write_bytes(content + b"xref\n0 7\n0000000000 65535 f \n%strailer<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(content)))


@pytest.mark.parametrize("apart", [0, 3])
def test_dots_written_from_the_right_lead_to_a_number_and_do_not_turn_the_page(kith, tmp_path, apart):
    """As weasyprint sets leaders of dots alone, and of dots and blanks."""
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    entries = [("1 Ropes", "2"), ("1.1 Hemp ropes of the north pier", "3"), ("2 Tides", "5"), ("Index", "12")]
    for row, (title, number) in enumerate(entries):
        y, left, right = 700 - 18 * row, 70 + stringWidth(title, "Helvetica", 12), 400 - stringWidth(number, "Helvetica", 12)
        page.setFont("Helvetica", 12)
        page.drawString(70, y, title)
        dot = stringWidth(".", "Helvetica", 12) + apart
        for number_of_dots in range(int((right - left - 6) / dot)):
            page.drawString(right - dot * (number_of_dots + 1), y, ".")
        page.drawString(right, y, number)
    page.save()
    assert text_of(kith, tmp_path / "a.pdf").split("\n") == [f"{title} … {number}" for title, number in entries]


def test_dots_that_go_on_in_the_next_line_stay_there(kith, tmp_path):
    """As in an index of TeX, whose lines overlap."""
    dots = [(x, ".") for x in range(100, 151, 5)]
    draw(tmp_path / "a.pdf", [(708, [(70, "vartriangleright"), (152, ".")]), (700, [*dots, (155, "13, 85")]), (692, [(70, "Vdash"), *dots, (155, "30")])])
    lines = [line.strip() for line in text_of(kith, tmp_path / "a.pdf").split("\n")]
    assert lines == ["vartriangleright .", "… 13, 85", "Vdash … 30"]


STATEMENT = [["01/03/2026", "Balance brought forward", "", "", "1,204.10"], ["02/03/2026", "Card payment GROCER", "54.20", "", "1,149.90"],
             ["03/03/2026", "Salary BRISK TOOLS", "", "2,310.00", "3,459.90"], ["05/03/2026", "Standing order RENT", "850.00", "", "2,609.90"]]


def test_a_line_of_two_pieces_above_a_table_does_not_keep_it_from_being_one(kith, tmp_path):
    rows = [(700, [(70, "Sort code 20-44-71"), (190, "IBAN GB71 BARC 2044 7144 7122 90")])]
    for row, cells in enumerate([["Date", "Details", "Paid out", "Paid in", "Balance"], *STATEMENT]):
        rows.append((678 - 14 * row, [(x, text) for x, text in zip((70, 150, -360, -430, -500), cells) if text]))
    draw(tmp_path / "a.pdf", rows)
    text = text_of(kith, tmp_path / "a.pdf")
    assert "IBAN GB71 BARC 2044 7144 7122 90\n" in text and "Sort code 20-44-71 D" not in text
    assert "Date: 02/03/2026 | Details: Card payment GROCER | Paid out: 54.20 | Balance: 1,149.90" in text
    assert "Date: 03/03/2026 | Details: Salary BRISK TOOLS | Paid in: 2,310.00 | Balance: 3,459.90" in text


def test_sums_below_a_bill_whose_names_reach_over_its_columns(kith, tmp_path):
    """The name of the sum closes the gap between quantity and price; the name of the price stands in two lines."""
    rows = [(706, [(-420, "Unit")]), (700, [(70, "Pos"), (93, "Description"), (-377.5, "Qty"), (-480, "Amount")]), (694, [(-420, "price")]),
            (674, [(93, "Torque wrench 20-100 Nm, with case and certificate of")]), (668, [(70, "1"), (-377.5, "2"), (-420, "149.00"), (-480, "298.00")]),
            (662, [(93, "calibration by an accredited laboratory")]), (645, [(70, "2"), (93, "Bolt M8, galvanised"), (-377.5, "500"), (-420, "0.12"), (-480, "60.00")]),
            (628, [(70, "3"), (93, "Delivery"), (-377.5, "1"), (-420, "14.50"), (-480, "14.50")]), (611, [(-420, "Net"), (-480, "372.50")]),
            (594, [(-420, "VAT"), (-480, "74.50")]), (577, [(-420, "Total due"), (-480, "447.00")])]
    draw(tmp_path / "a.pdf", rows)
    text = text_of(kith, tmp_path / "a.pdf")
    assert ("Pos: 1 | Description: Torque wrench 20-100 Nm, with case and certificate of calibration by an accredited laboratory"
            " | Qty: 2 | Unit price: 149.00 | Amount: 298.00") in text
    assert "Pos: 2 | Description: Bolt M8, galvanised | Qty: 500 | Unit price: 0.12 | Amount: 60.00" in text
    assert "Total due | Amount: 447.00" in text


def test_a_row_of_values_below_a_close_header_is_none_of_names(kith, tmp_path):
    """The names of narrow columns stand as close as words, so that the row of values below has more pieces than theirs."""
    edges = (70, 92.5, -363.5, -402, -442.3)
    table = [(700, ["Pos", "Description", "Qty", "Price", "Amount"]), (686.6, ["", "Torque wrench 20-100 Nm, with case and certificate of"]), (682, ["1", "", "2", "149.00", "298.00"]),
             (677.4, ["", "calibration by an accredited laboratory"]), (664, ["2", "Bolt M8, galvanised", "500", "0.12", "60.00"]), (650.6, ["3", "Delivery", "1", "14.50", "14.50"]),
             (637.2, ["", "", "", "Net", "372.50"]), (623.8, ["", "", "", "VAT 20 %", "74.50"]), (610.4, ["", "", "", "Total due", "447.00"])]
    rows = [(y, [(x, text) for x, text in zip(edges, cells) if text]) for y, cells in table]
    draw(tmp_path / "a.pdf", rows)
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Pos: 2 | Description: Bolt M8, galvanised | Qty: 500 | Price: 0.12 | Amount: 60.00" in text and "Pos 1" not in text


def test_the_name_of_two_rows_in_the_middle_between_them(kith, tmp_path):
    """As multirow of LaTeX sets it."""
    rows = [(700, [(70, "Pier"), (130, "Berth"), (-240, "Low"), (-300, "High")]), (691, [(130, "1"), (-240, "2.5"), (-300, "7.1")]), (687.2, [(70, "North")]),
            (683.4, [(130, "2"), (-240, "3.1"), (-300, "7.9")]), (675.7, [(70, "South"), (130, "3"), (-240, "1.9"), (-300, "6.6")])]
    draw(tmp_path / "a.pdf", rows)
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Pier: North | Berth: 1 | Low: 2.5 | High: 7.1\nBerth: 2 | Low: 3.1 | High: 7.9\nPier: South | Berth: 3 | Low: 1.9 | High: 6.6" in text


def test_numbered_clauses_with_room_behind_their_numbers_are_no_table(kith, tmp_path):
    lines = ["1.1 The hirer is the person who signs the form.", "1.2 The boat is the boat named there, with all gear.", "12.10 No deposit is due from members.",
             "12.11 The deposit is returned within a week."]
    draw(tmp_path / "a.pdf", [(700 - 20 * row, [(70, line.split(" ")[0]), (70 + stringWidth(line.split(" ")[0], "Helvetica", 10) + 8.5, line.split(" ", 1)[1])]) for row, line in enumerate(lines)])
    assert [line for line in text_of(kith, tmp_path / "a.pdf").split("\n") if line] == lines


def test_letters_of_ligatures_with_swapped_bytes(kith, tmp_path):
    """Ghostscript 10.00 writes 'ffi' of a font's ligature as U+6600 U+6600 U+6900; alone the sign is what it is."""
    names = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange 3 beginbfchar " \
            b"<41> <660066006900> <42> <66006600> <43> <6600> endbfchar 2 beginbfrange <20> <40> <0020> <61> <7a> <0061> endbfrange endcmap end"
    page = b"BT /F 12 Tf 72 700 Td (The oAce has a tariB of 12 C pounds) Tj ET"
    write_page(tmp_path / "a.pdf", page, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>", b"<</Length %d>>stream\n%s\nendstream" % (len(names), names))
    text = text_of(kith, tmp_path / "a.pdf")
    assert "office has a tariff of 12 昀 pounds" in text


def test_a_font_that_does_not_say_which_letters_it_shows_is_told(kith, tmp_path):
    page = b"BT /F 12 Tf 72 700 Td <003700520003> Tj 90 0 Td <005A00520055004E> Tj ET"
    font = b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/A" \
           b"/CIDSystemInfo<</Registry(Adobe)/Ordering(%s)/Supplement 0>>/DW 500>>]%s>>"
    names = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange " \
            b"1 beginbfrange <0003> <005F> <0020> endbfrange endcmap end"
    told = {}
    for name, ordering, more in (("mute", b"Identity", b""), ("named", b"Identity", b"/ToUnicode 6 0 R")):
        write_page(tmp_path / f"{name}.pdf", page, font % (ordering, more), b"<</Length %d>>stream\n%s\nendstream" % (len(names), names))
        told[name] = kith("chunk", "--json", tmp_path / f"{name}.pdf")
    assert "the text of page 1 may be wrong: a font of the PDF does not say which letters it shows" in told["mute"].err
    assert not told["named"].err and "To" in told["named"].out and "work" in told["named"].out


def test_blocks_with_lines_at_other_heights_above_a_bill_are_no_header_of_it(kith, tmp_path):
    """As xhtml2pdf sets a sender, a customer and the dates beside each other; the cells of the table are set in the middle."""
    rows = [(765, [(70, "From"), (250, "Bill to")]), (763, [(430, "Date"), (490, "12 May 2026")]), (750, [(70, "Brisk Tools Ltd"), (250, "Kerr & Sons")]),
            (743.5, [(430, "Due"), (490, "11 June 2026")]), (735, [(70, "9 Forge Road"), (250, "4 Mill Lane")]), (724, [(430, "Customer"), (490, "C-8812")]),
            (720, [(70, "Leeds LS1 4AB"), (250, "York YO1 7HH")]), (703, [(72, "Pos"), (160, "Description"), (-380, "Qty"), (-455, "Price"), (-540, "Amount")])]
    for row, (name, cells) in enumerate([(["Torque wrench 20-100", "Nm, with case and", "certificate of calibration"], ["1", "2", "149.00", "298.00"]),
                                         (["Bolt M8, galvanised and", "waxed, delivered in a box", "of twenty"], ["2", "500", "0.12", "60.00"])]):
        top = 683 - 49.5 * row
        rows += [(top - 15 * line, [(160, text)]) for line, text in enumerate(name) if text]
        rows.append((top - 15, list(zip((72, -380, -455, -540), cells))))
    rows.append((584, [(72, "3"), (160, "Delivery"), (-380, "1"), (-455, "14.50"), (-540, "14.50")]))
    draw(tmp_path / "a.pdf", rows)
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Pos: 2 | Description: Bolt M8, galvanised and waxed, delivered in a box of twenty | Qty: 500 | Price: 0.12 | Amount: 60.00" in text
    assert "Leeds LS1 4AB Pos" not in text and "York YO1 7HH D" not in text


def test_two_rows_of_numbers_below_names_set_as_closely(kith, tmp_path):
    """As typst sets a table of large type, whose insets stay as they are."""
    draw(tmp_path / "a.pdf", [(700 - 24 * row, list(zip((70, 123, 188), cells))) for row, cells in
                              enumerate([("Year", "Ropes", "Buoys"), ("2024", "1,200", "800"), ("2025", "1,350", "910")])], size=20)
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Year: 2024 | Ropes: 1,200 | Buoys: 800\nYear: 2025 | Ropes: 1,350 | Buoys: 910" in text


def test_a_list_close_below_a_table_is_none_of_it(kith, tmp_path):
    """As LibreOffice sets what pandoc writes: numbers at the right of their column beside the words of the next one."""
    rows = [(700, [(72, "Berth"), (-345, "Depth"), (353, "Owner")]), (680, [(72, "1"), (-345, "2.5 m"), (353, "Kerr")]), (660, [(72, "2"), (-345, "3.1 m"), (353, "Hale")]),
            (640, [(72, "10"), (-345, "11.9 m"), (353, "Moss")]), (620, [(84, "1."), (108, "First")]), (602, [(84, "2."), (108, "Second")])]
    draw(tmp_path / "a.pdf", rows, size=13)
    text = text_of(kith, tmp_path / "a.pdf")
    assert "Berth: 2 | Depth: 3.1 m | Owner: Hale\nBerth: 10 | Depth: 11.9 m | Owner: Moss" in text and "1. First\n2. Second" in text
