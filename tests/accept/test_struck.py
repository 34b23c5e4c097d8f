"""Text with a line through it stands between "~~", whatever the format, and a tracked deletion is left out (docs/decisions/114)."""

import datetime
import struct
import zipfile

import docx
import openpyxl
import pptx
import pytest
import xlsxwriter
import xlwt
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from word_file import word_file

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture
def read(kith, tmp_path):
    """The text of a file as kith reads it."""

    def text(name: str, content: bytes | str | None = None) -> str:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return "\n".join(line["content"] for line in kith("chunk", "--json", path).lines)

    return text


@pytest.mark.parametrize(("html", "text"), [
    ("The fee is <del>20 EUR</del> <ins>15 EUR</ins>.", "The fee is ~~20 EUR~~ 15 EUR."),
    ("Was <s>20</s>, is <strike>17</strike> 15.", "Was ~~20~~, is ~~17~~ 15."),
    ("<s>The <b>old</b> fee</s> and<s> more </s>of it", "~~The old fee~~ and ~~more~~ of it"),
    ("<s>20</s> <s>EUR</s> now", "~~20 EUR~~ now"),
    ("<s> </s>Nothing <del></del>is struck", "Nothing is struck"),
    ('<span style="text-decoration: line-through">Old <span>one</span></span> new', "~~Old one~~ new"),
    ('Still <span>plain</span> <span style="color:red">red</span>', "Still plain red"),
    ("<del>x<sup>2</sup></del> y", "~~x^2~~ y"),
    ("<del><p>One.<p>Two.</del><p>Three.", "~~One.~~\n\n~~Two.~~\n\nThree."),
    ("<ul><li><s>Milk</s><li>Bread</ul>", "- ~~Milk~~\n- Bread"),
    ('<ul><li style="text-decoration:line-through">Milk</li><li>Bread</ul>', "- ~~Milk~~\n- Bread"),
    ("<table><tr><th>Item<th>Price<tr><td>Lamp<td><s>20</s> 15<tr><td>Desk<td>90</table>", "Item | Price\nItem: Lamp | Price: ~~20~~ 15\nItem: Desk | Price: 90"),
    ("<pre>a <s>b</s> c</pre>", "a ~~b~~ c"),
    ("<h1>Sale <s>May</s> June</h1><p>All of it.", "Sale ~~May~~ June\n\nAll of it."),
])
def test_html(read, html, text):
    assert read("a.html", "<!DOCTYPE html>" + html) == text


def test_html_in_a_record(read):
    assert "The fee is ~~20 EUR~~ 15 EUR." in read("a.json", '[{"content": "<p>The fee is <del>20 EUR</del> <ins>15 EUR</ins>.</p>"}]')


def rows(text: str) -> list[str]:
    """The rows of a sheet or table without its header."""
    return [line for line in text.splitlines() if ": " in line]


def test_xml(read):
    docbook = '<article><title>Fees</title><para>It is <emphasis role="strikethrough">20 EUR</emphasis> 15 EUR.</para></article>'
    assert "It is ~~20 EUR~~ 15 EUR." in read("a.xml", docbook)
    assert "Nun ~~zwanzig~~ fünfzehn." in read("b.xml", '<TEI><text><body><p>Nun <hi rend="strikethrough">zwanzig</hi> fünfzehn.</p></body></text></TEI>')
    assert "is ~~late~~ here" in read("c.xml", "<book><p>She is <strikethrough>late</strikethrough> here.</p></book>")


def test_word(read, tmp_path):
    document = docx.Document()
    style = document.styles.add_style("Gone", WD_STYLE_TYPE.CHARACTER)
    style.font.strike = True
    p = document.add_paragraph("The fee is ")
    p.add_run("20").font.strike = True
    p.add_run(" EUR").font.double_strike = True
    p.add_run(" 15 EUR, ")
    p.add_run("never", style="Gone").bold = True
    off = p.add_run(" off", style="Gone")
    off.font.strike = False
    whole = document.add_paragraph()
    whole.add_run("All of it is struck.").font.strike = True
    tracked = document.add_paragraph("Due in ")
    tracked._p.append(parse_xml(f'<w:del {W} w:id="1" w:author="A"><w:r><w:delText>March</w:delText></w:r></w:del>'))
    tracked._p.append(parse_xml(f'<w:ins {W} w:id="2" w:author="A"><w:r><w:t>April</w:t></w:r></w:ins>'))
    table = document.add_table(2, 2)
    for cell, value in zip((c for row in table.rows for c in row.cells), ("Item", "Price", "Lamp", "")):
        cell.text = value
    table.cell(1, 1).paragraphs[0].add_run("20").font.strike = True
    table.cell(1, 1).paragraphs[0].add_run(" 15")
    document.save(tmp_path / "a.docx")
    assert read("a.docx") == "The fee is ~~20 EUR~~ 15 EUR, ~~never~~ off\n\n~~All of it is struck.~~\n\nDue in April\n\nItem | Price\nItem: Lamp | Price: ~~20~~ 15"


def test_word_of_1997(read):
    struck, twice = struct.pack("<HB", 0x0837, 1), struct.pack("<HB", 0x2A53, 1)
    text = "The fee is 20 EUR 15 EUR, or twice more.\r"
    assert read("a.doc", word_file([(text, None)], characters=[("20 EUR", struck), (" 15 EUR, or ", b""), ("twice", twice)])) == "The fee is ~~20 EUR~~ 15 EUR, or ~~twice~~ more."


def test_powerpoint(read, tmp_path):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Fees"
    frame = slide.shapes.add_textbox(0, 2000000, 4000000, 500000).text_frame.paragraphs[0]
    frame.add_run().text = "It is "
    for value, kind in (("20 EUR", "sngStrike"), (" 15 EUR", "noStrike")):
        run = frame.add_run()
        run.text = value
        run.font._element.set("strike", kind)
    deck.save(tmp_path / "a.pptx")
    assert "It is ~~20 EUR~~ 15 EUR" in read("a.pptx")


def test_excel(read, tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    line, money = book.add_format({"font_strikeout": True}), book.add_format({"font_strikeout": True, "num_format": '#,##0.00 "EUR"'})
    sheet = book.add_worksheet("Fees")
    sheet.write_row(0, 0, ["Item", "Price", "Note"])
    sheet.write(1, 0, "Lamp")
    sheet.write(1, 1, 20, money)
    sheet.write_rich_string(1, 2, "was ", line, "low", " high")
    sheet.write(2, 0, "Desk", line)
    sheet.write(2, 1, 90)
    sheet.write(2, 2, "kept")
    book.close()
    assert rows(read("a.xlsx")) == ["Item: Lamp | Price: ~~20.00 EUR~~ | Note: was ~~low~~ high", "Item: ~~Desk~~ | Price: 90 | Note: kept"]
    inline = openpyxl.Workbook()
    inline.active.append(["Item", "Since"])
    inline.active.append(["Lamp", datetime.date(2024, 5, 3)])
    inline.active["B2"].font = openpyxl.styles.Font(strike=True)
    inline.active.append(["Desk", datetime.date(2024, 5, 4)])
    inline.save(tmp_path / "b.xlsx")
    assert rows(read("b.xlsx")) == ["Item: Lamp | Since: ~~2024-05-03~~", "Item: Desk | Since: 2024-05-04"]


def test_excel_of_before_2007(read, tmp_path):
    book = xlwt.Workbook()
    sheet, line = book.add_sheet("Fees"), xlwt.easyxf("font: struck_out on")
    font = xlwt.Font()
    font.struck_out = True
    for row, values in enumerate([("Item", "Price", "Note"), ("Lamp", 20, None), ("Desk", 90, "kept")]):
        for column, value in enumerate(values):
            if value is not None:
                sheet.write(row, column, value, *([line] if value == 20 else []))
    sheet.write_rich_text(1, 2, ["was ", ("low", font), " high"])
    book.save(str(tmp_path / "a.xls"))
    assert rows(read("a.xls")) == ["Item: Lamp | Price: ~~20~~ | Note: was ~~low~~ high", "Item: Desk | Price: 90 | Note: kept"]


def test_excel_as_xml(read):
    cells = "".join("<Row>" + "".join(row) + "</Row>" for row in [
        ('<Cell><Data ss:Type="String">Item</Data></Cell>', '<Cell><Data ss:Type="String">Price</Data></Cell>'),
        ('<Cell><Data ss:Type="String">Lamp</Data></Cell>', '<Cell ss:StyleID="s1"><Data ss:Type="Number">20</Data></Cell>'),
        ('<Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40">Old <S>desk</S></ss:Data></Cell>', '<Cell><Data ss:Type="Number">9</Data></Cell>')])
    book = ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
            'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="s1"><Font ss:StrikeThrough="1"/></Style></Styles>'
            f'<Worksheet ss:Name="Fees"><Table>{cells}</Table></Worksheet></Workbook>')
    assert rows(read("a.xml", book)) == ["Item: Lamp | Price: ~~20~~", "Item: Old ~~desk~~ | Price: 9"]


ODF = ('<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
       'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
       'office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.{0}"><office:automatic-styles>{1}</office:automatic-styles>'
       "<office:body><office:{0}>{2}</office:{0}></office:body></office:document>")


def odf_style(name: str, family: str, line: str, parent: str = "") -> str:
    return (f'<style:style style:name="{name}" style:family="{family}"{parent and f" style:parent-style-name={parent!r}"}>'
            f'<style:text-properties style:text-line-through-style="{line}"/></style:style>')


def test_opendocument_text(read):
    styles = odf_style("T1", "text", "solid") + odf_style("T2", "text", "none") + odf_style("P1", "paragraph", "wave")
    body = ('<text:p>The fee is <text:span text:style-name="T1">20 EUR</text:span> <text:span text:style-name="T2">15 EUR</text:span>.</text:p>'
            '<text:p text:style-name="P1">All <text:span text:style-name="T1">of</text:span> it.</text:p>'
            '<text:p>Both <text:span text:style-name="T1"><text:span text:style-name="T1">of</text:span> us</text:span> here.</text:p>')
    assert read("a.fodt", ODF.format("text", styles, body)) == "The fee is ~~20 EUR~~ 15 EUR.\n\n~~All of it.~~\n\nBoth ~~of us~~ here."


def test_opendocument_sheet(read):
    styles = odf_style("c1", "table-cell", "solid") + odf_style("T1", "text", "solid")
    row = "<table:table-row>{}</table:table-row>"
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell{1} office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    lines = (row.format(text.format("Item") + text.format("Price")) + row.format(text.format("Lamp") + number.format(20, ' table:style-name="c1"'))
             + row.format(text.format('<text:span text:style-name="T1">Old</text:span> desk') + number.format(90, "")))
    sheet = ODF.format("spreadsheet", styles, f'<table:table table:name="Fees">{lines}</table:table>')
    assert rows(read("a.fods", sheet)) == ["Item: Lamp | Price: ~~20~~", "Item: ~~Old~~ desk | Price: 90"]


def test_rtf(read):
    assert read("a.rtf", r"{\rtf1\ansi The fee is {\strike 20 EUR} 15 EUR, {\striked1 or\striked0  not}. {\strike\plain Off.}\par {\strike All\par of it.}\par}") == \
        "The fee is ~~20 EUR~~ 15 EUR, ~~or~~ not. Off.\n\n~~All~~\n\n~~of it.~~"


def test_an_old_price_is_quoted_as_struck(kith, tmp_path):
    (tmp_path / "fee.html").write_text("<p>The yearly fee of the rowing club is <del>20 EUR</del> <ins>15 EUR</ins>.</p>")
    kith("add", tmp_path / "fee.html")
    answer = kith("ask", "What is the yearly fee of the rowing club?", "--json").lines[0]
    assert "~~20 EUR~~ 15 EUR" in answer["answer"]
    assert kith("search", "fee 20", "--k", 1, "--json").lines


def test_book(read, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>')
        book.writestr("b.opf", '<package><manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>')
        book.writestr("c.xhtml", "<html><body><h1>Fees</h1><p>The fee is <del>20</del> 15 EUR a year.</p></body></html>")
    assert "The fee is ~~20~~ 15 EUR a year." in read("a.epub")
