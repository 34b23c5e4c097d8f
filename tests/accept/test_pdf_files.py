"""PDF as its writers make it: tables, running lines, hyphens, raised text. Numbers are those of the faults in issue 13."""

import json

import pytest
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table


def lines_of(kith, path) -> str:
    return "\n".join(json.loads(line)["content"] for line in kith("chunk", "--json", path).out.splitlines())


def write_lines(path, pages, size=12) -> None:
    document = canvas.Canvas(str(path))
    for lines in pages:
        document.setFont("Helvetica", size)
        for x, y, text in lines:
            document.drawString(x, y, text)
        document.showPage()
    document.save()


def write_table(path, rows, align="TOP") -> None:
    style = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), align)]
    SimpleDocTemplate(str(path)).build([Table(rows, style=style)])


def test_fault_65_fonts_of_east_asia_are_read_or_the_reason_names_the_package(kith, tmp_path):
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    document = canvas.Canvas(str(tmp_path / "ja.pdf"))
    document.setFont("HeiseiMin-W3", 14)
    document.drawString(72, 700, "非常停止")
    document.save()
    run = kith("chunk", "--json", tmp_path / "ja.pdf", status=None)
    assert "非常停止" in run.out or "poppler-data is missing" in run.err


def test_fault_66_a_row_with_empty_cells_stays_a_row(kith, tmp_path):
    write_table(tmp_path / "t.pdf", [["Depot", "Buses", "Trams", "Since"], ["North", "12", "", "1961"], ["Quay", "", "7", ""], ["Mill", "31", "4", "2002"]])
    text = lines_of(kith, tmp_path / "t.pdf")
    assert "Depot: Quay | Trams: 7\n" in text and "Depot: North | Buses: 12 | Since: 1961" in text


@pytest.mark.parametrize("align", ["TOP", "MIDDLE", "BOTTOM"])
def test_fault_66_a_wrapped_cell_is_one(kith, tmp_path, align):
    remark = Paragraph("tighten in two steps and mark the head with white paint, then check again after a day", getSampleStyleSheet()["Normal"])
    rows = [["Bolt", "Torque", "Remark"], ["M5", "35 Nm", ""], ["M6", "42 Nm", remark], ["M8", "61 Nm", ""], ["M9", "77 Nm", ""]]
    table = Table(rows, colWidths=[70, 70, 150], style=[("VALIGN", (0, 0), (-1, -1), align)])
    SimpleDocTemplate(str(tmp_path / "t.pdf")).build([table])
    text = lines_of(kith, tmp_path / "t.pdf")
    assert "Bolt: M6 | Torque: 42 Nm | Remark: tighten in two steps and mark the head with white paint, then check again after a day" in text
    assert "Bolt: M8 | Torque: 61 Nm\n" in text


def test_fault_66_text_in_columns_stays_text(kith, tmp_path):
    left = ["The ferry leaves the pier at", "noon and reaches the island", "before the shops close, so", "that visitors can buy food."]
    right = ["Bicycles travel free but the", "crew asks riders to wait and", "to push them over the ramp", "when it rains or is windy."]
    write_lines(tmp_path / "c.pdf", [[(72, 700 - 14 * i, a) for i, a in enumerate(left)] + [(320, 700 - 14 * i, b) for i, b in enumerate(right)]])
    text = lines_of(kith, tmp_path / "c.pdf").replace("\n", " ")
    assert " ".join(left) in text and " ".join(right) in text


def test_fault_67_running_lines_are_written_once_and_sentences_go_on(kith, tmp_path):
    body = ["The valve is opened by the guard and", "the key is handed to the porter who", "locks the gate. Nobody enters then."]
    pages = [[(72, 810, "Harbour rules - Edition 4"), (72, 700, text), (280, 30, f"- {n} -")] for n, text in enumerate(body, 1)]
    write_lines(tmp_path / "r.pdf", pages)
    text = lines_of(kith, tmp_path / "r.pdf")
    assert "The valve is opened by the guard and the key is handed to the porter who locks the gate." in text
    assert text.count("Harbour rules") == 1 and "- 2 -" not in text


def test_fault_67_numbered_headings_are_no_running_lines(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "h.pdf"))
    for number, text in enumerate(["Rope is spliced here.", "Sails are mended here.", "Oars are shaped here."], 1):
        document.setFont("Helvetica", 20)
        document.drawString(72, 780, f"Lesson {number}")
        document.setFont("Helvetica", 11)
        document.drawString(72, 700, text)
        document.drawString(72, 686, "Each group has an hour.")
        document.showPage()
    document.save()
    text = lines_of(kith, tmp_path / "h.pdf")
    assert all(f"Lesson {number}" in text for number in (1, 2, 3))


def test_fault_68_only_hyphenation_is_undone(kith, tmp_path):
    lines = ["We offer an up-to-", "date catalogue and e-", "mail support for respon-", "sible owners of COVID-", "19 tests; the pre-", "paid cards, which are pre-paid, and entry-", "and exit doors."]
    write_lines(tmp_path / "y.pdf", [[(72, 700 - 14 * i, text) for i, text in enumerate(lines)]])
    text = lines_of(kith, tmp_path / "y.pdf").replace("\n", " ")
    for words in ("up-to-date catalogue", "e-mail support", "responsible owners", "COVID-19 tests", "the pre-paid cards", "entry- and exit"):
        assert words in text


def test_exponents_and_signs_of_notes_stand_apart(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "s.pdf"))
    text = document.beginText(72, 700)
    text.setFont("Helvetica", 12)
    text.textOut("The revenue")
    for size, rise, words in ((7, 5, "3"), (12, 0, " was 10"), (7, 5, "6"), (12, 0, " euros.")):
        text.setFont("Helvetica", size)
        text.setRise(rise)
        text.textOut(words)
    document.drawText(text)
    document.save()
    assert "10^6 euros" in lines_of(kith, tmp_path / "s.pdf")


def test_a_pdf_that_opens_without_a_password_is_read(kith, tmp_path):
    from reportlab.lib import pdfencrypt

    document = canvas.Canvas(str(tmp_path / "e.pdf"), encrypt=pdfencrypt.StandardEncryption("", "own", strength=128))
    document.drawString(72, 700, "The lighthouse was painted red.")
    document.save()
    assert "painted red" in lines_of(kith, tmp_path / "e.pdf")
