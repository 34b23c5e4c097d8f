"""Word and PowerPoint files as people have them: each test is one fault of issue 13 by its number, or a neighbour of it."""

import io
import pathlib
import re
import zipfile

import docx
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml import etree
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


def run_of(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def append(document, xml: str) -> None:
    document.element.body.insert(-1, parse_xml(re.sub(r"^<[\w:]+", rf"\g<0> {WORD} {MATH}", xml)))


def with_part(path: pathlib.Path, part: str, content: bytes, relations: str, relation: str, types: str = "") -> None:
    """Adds a part that the library cannot write, and a relationship to it."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = content
    parts[relations] = parts[relations].replace(b"</Relationships>", relation.encode() + b"</Relationships>")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", types.encode() + b"</Types>")
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)


def relation(id: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>'


@pytest.fixture
def read(kith, tmp_path):
    """The chunks of a document that is saved first."""
    def chunks(document, name: str, *options):
        path = tmp_path / name
        if document is not None:
            document.save(str(path))
        return kith("chunk", *options, path)
    return chunks


def text_of(result) -> str:
    return "\n\n".join(chunk["content"] for chunk in result.lines)


# ---- Word ----


def test_01_a_text_box_in_a_heading_follows_it(read):
    document = docx.Document()
    document.add_paragraph("Preface of the manual.")
    box = "<w:txbxContent><w:p><w:r><w:t>Call the engineer.</w:t></w:r></w:p></w:txbxContent>"
    append(document, '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/'
                     f'markup-compatibility/2006"><mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict>'
                     "</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>Emergency</w:t></w:r></w:p>")
    document.add_paragraph("Close the valve first.")
    first, second = read(document, "box.docx").lines
    assert first["content"] == "Preface of the manual."
    assert second["content"] == "Emergency\n\nCall the engineer.\n\nClose the valve first."
    assert (second["heading"], second["place"]) == ("Emergency", "Emergency, paragraphs 2-3")


@pytest.mark.parametrize("formula, line", [
    ("<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>", "1/2"),
    ("<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:sSup>", "10^6"),
    ("<m:rad><m:radPr><m:degHide m:val='1'/></m:radPr><m:deg/><m:e><m:r><m:t>16</m:t></m:r></m:e></m:rad>", "sqrt(16)"),
    ("<m:m><m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>0</m:t></m:r></m:e></m:mr></m:m>", "[1, 0]"),
    ("<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub><m:r><m:t>i=1</m:t></m:r></m:sub><m:sup><m:r><m:t>9</m:t></m:r></m:sup>"
     "<m:e><m:r><m:t>i</m:t></m:r></m:e></m:nary>", "∑_(i=1)^9 i"),
    ("<m:d><m:e><m:r><m:t>x</m:t></m:r></m:e></m:d>", "(x)"),
])
def test_06_formulas_are_written_on_one_line(read, formula, line):
    document = docx.Document()
    append(document, f'<w:p>{run_of("It is ")}<m:oMath>{formula}</m:oMath>{run_of(" by weight.")}</w:p>')
    assert text_of(read(document, "formula.docx")) == f"It is {line} by weight."


def test_08_paragraphs_have_the_numbers_that_word_shows(read):
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
                     for i, (kind, text) in enumerate([("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"), ("upperRoman", "%4")]))
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'))
    for id, restart in ((77, ""), (78, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>')):
        numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{id}"><w:abstractNumId w:val="77"/>{restart}</w:num>'))
    for list_id, level, text in ((77, 0, "Scope"), (77, 1, "Place"), (77, 1, "Time"), (77, 2, "Day"), (77, 2, "Hour"), (77, 0, "Payment"),
                                 (77, 1, "Rates"), (77, 2, "Late"), (77, 3, "Very"), (78, 0, "Five"), (78, 0, "Six")):
        append(document, f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr></w:pPr>{run_of(text)}</w:p>')
    assert text_of(read(document, "numbers.docx")).split("\n") == [
        "1. Scope", "1.1 Place", "1.2 Time", "(a) Day", "(b) Hour", "2. Payment", "2.1 Rates", "(a) Late", "I Very", "5. Five", "6. Six"]


def test_08_styles_and_headings_count_and_bullets_do_not(read):
    document = docx.Document()
    document.styles["Heading 1"].element.get_or_add_pPr().insert(0, parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="77"/></w:numPr>'))
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/>'
                                  '<w:lvlText w:val="Part %1"/></w:lvl></w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    document.add_heading("Sea", 1)
    document.add_paragraph("Fish", style="List Bullet")
    document.add_paragraph("Salt", style="List Bullet")
    document.add_heading("Land", 1)
    document.add_paragraph("Stone", style="List Number")
    result = read(document, "styles.docx")
    assert text_of(result) == "Part I Sea\n\n- Fish\n- Salt\n\nPart II Land\n\n1. Stone"
    assert result.lines[0]["heading"] == "Part I Sea"


def test_09_hidden_text_is_left_out_by_run_and_by_style(read):
    document = docx.Document()
    document.styles.add_style("Secret", 2).font.hidden = True
    document.styles.add_style("Secret paragraph", 1).font.hidden = True
    paragraph = document.add_paragraph("The list price is 400 euro. ")
    paragraph.add_run("Floor price 250 euro.").font.hidden = True
    paragraph.add_run("Never below 240.", style="Secret")
    document.add_paragraph("Margin nine percent.", style="Secret paragraph")
    assert text_of(read(document, "hidden.docx")) == "The list price is 400 euro."


@pytest.mark.parametrize("name, content, words, notices", [
    ("chunk.html", b"<html><body><h2>Findings</h2><p>The bridge needs new bearings.</p></body></html>", "new bearings", 0),
    ("chunk.txt", b"The bridge needs new bearings.", "new bearings", 0),
    ("chunk.rtf", rb"{\rtf1 The bridge needs new bearings.}", "", 1),
])
def test_11_a_part_of_another_format_is_read_or_told(kith, tmp_path, name, content, words, notices):
    document = docx.Document()
    document.add_paragraph("Cover page.")
    append(document, '<w:altChunk xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="alt"/>')
    path = tmp_path / "merged.docx"
    document.save(str(path))
    with_part(path, f"word/{name}", content, "word/_rels/document.xml.rels", relation("alt", "aFChunk", name),
              f'<Override PartName="/word/{name}" ContentType="text/plain"/>')
    text = text_of(kith("chunk", path))
    assert "Cover page." in text and words in text
    event, _ = kith("add", path).lines
    (file,) = kith("files").lines
    assert len(event.get("notices", [])) == len(file.get("notices", [])) == notices
    if notices:
        assert event["notices"] == file["notices"] == ["paragraph 1: an embedded part is not read"]
        assert "paragraph 1: an embedded part is not read" in kith("chunk", path).err


def test_11_a_document_within_a_document_is_read(kith, tmp_path):
    inner, outer = docx.Document(), docx.Document()
    inner.add_heading("Annex", 1)
    inner.add_paragraph("The annex counts forty pages.")
    stored = io.BytesIO()
    inner.save(stored)
    append(outer, '<w:altChunk xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="alt"/>')
    path = tmp_path / "outer.docx"
    outer.save(str(path))
    with_part(path, "word/annex.docx", stored.getvalue(), "word/_rels/document.xml.rels", relation("alt", "aFChunk", "annex.docx"),
              '<Override PartName="/word/annex.docx" ContentType="application/octet-stream"/>')
    (chunk,) = kith("chunk", path).lines
    assert chunk["content"] == "Annex\n\nThe annex counts forty pages." and chunk["heading"] == "Annex"


def add_table(document, rows: list[list[str]]):
    table = document.add_table(len(rows), len(rows[0]))
    for row, values in zip(table.rows, rows):
        for cell, value in zip(row.cells, values):
            cell.text = value
    return table


def test_13_each_part_of_a_long_table_names_its_columns(read):
    document = docx.Document()
    add_table(document, [["Bolt", "Dry torque", "Oiled torque"]] + [[f"M{n}", str(n + 20), str(n + 10)] for n in range(1, 61)])
    chunks = read(document, "long.docx", "--chunk-size", 300, "--chunk-overlap", 0).lines
    assert len(chunks) > 5 and all("Oiled torque" in chunk["content"] for chunk in chunks)
    assert "Bolt: M55 | Dry torque: 75 | Oiled torque: 65" in "\n".join(chunk["content"] for chunk in chunks)


def test_30_merged_cells_stand_in_the_rows_and_columns_that_they_span(read):
    document = docx.Document()
    table = add_table(document, [["Branch", "Day", "Hours"], ["Kiel", "Monday", "8-17"], ["", "Tuesday", "9-17"], ["Bonn", "closed", ""]])
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 1).merge(table.cell(3, 2))
    assert text_of(read(document, "merged.docx")).split("\n")[2:] == [
        "Branch: Kiel | Day: Tuesday | Hours: 9-17", "Branch: Bonn | Day: closed | Hours: closed"]


def test_30_a_name_that_spans_the_rows_of_a_marked_header_stands_once(read):
    document = docx.Document()
    table = add_table(document, [["Service", "Price", "", "Note"], ["", "Monthly", "Yearly", ""], ["Basic", "5 EUR", "50 EUR", "none"],
                                 ["Pro", "9 EUR", "90 EUR", "mail"], ["", "8 EUR", "80 EUR", "staff"]])
    for first, last in (((0, 0), (1, 0)), ((0, 3), (1, 3)), ((0, 1), (0, 2)), ((3, 0), (4, 0))):
        table.cell(*first).merge(table.cell(*last))
        table.cell(*first).text = table.cell(*first).text.strip()
    for row in table.rows[:2]:
        row._tr.get_or_add_trPr().append(parse_xml(f'<w:tblHeader {nsdecls("w")}/>'))
    rows = ["Service: Basic | Price Monthly: 5 EUR | Price Yearly: 50 EUR | Note: none", "Service: Pro | Price Monthly: 9 EUR | Price Yearly: 90 EUR | Note: mail",
            "Service: Pro | Price Monthly: 8 EUR | Price Yearly: 80 EUR | Note: staff"]
    assert "\n".join(rows) in text_of(read(document, "groups.docx"))


def test_a_row_of_word_says_which_group_it_is_of(read):
    document = docx.Document()
    table = add_table(document, [["Product", "Units", "Price"], ["North", "", ""], ["Lamp", "3", "40"], ["South", "", ""], ["Desk", "4", "50"], ["Total", "", "90"]])
    table.cell(5, 0).merge(table.cell(5, 1))
    table.cell(5, 0).text = "Total"
    assert "North\nNorth | Product: Lamp | Units: 3 | Price: 40\nSouth\nSouth | Product: Desk | Units: 4 | Price: 50\nTotal | Price: 90" in text_of(read(document, "groups.docx"))
    document = docx.Document()
    add_table(document, [["Region", "Product", "Units"], ["North", "Lamp", "3"], ["", "Desk", "4"], ["South", "Lamp", "5"], ["", "Desk", "6"]])
    assert "Region: North | Product: Desk | Units: 4\nRegion: South | Product: Lamp | Units: 5\nRegion: South | Product: Desk | Units: 6" in text_of(read(document, "groups.docx"))


def test_05_raised_text_of_word_and_powerpoint(read):
    document = docx.Document()
    paragraph = document.add_paragraph("At 10")
    for text, raised in (("6", True), (" ohm H", None), ("2", False), ("O boils; revenue", None), ("3", True), (" rose on the 1", None), ("st", True), (".", None)):
        run = paragraph.add_run(text)
        if raised is not None:
            setattr(run.font, "superscript" if raised else "subscript", True)
    assert text_of(read(document, "raised.docx")) == "At 10^6 ohm H2O boils; revenue ³ rose on the 1st."
    show = pptx.Presentation()
    frame = show.slides.add_slide(show.slide_layouts[6]).shapes.add_textbox(0, 0, 99, 99).text_frame
    for text, baseline in (("10", None), ("6", "30000"), (" ohm CO", None), ("2", "-25000")):
        run = frame.paragraphs[0].add_run()
        run.text = text
        if baseline:
            run._r.get_or_add_rPr().set("baseline", baseline)
    assert text_of(read(show, "raised.pptx")) == "10^6 ohm CO2"


def test_text_that_word_places_higher_or_lower_is_raised_or_lowered(read):
    def placed(text, by):
        return run_of(text, f'<w:position w:val="{by}"/><w:sz w:val="14"/>')

    document = docx.Document()
    append(document, "<w:p>" + run_of("At 10") + placed("-", 6) + placed("6", 6) + run_of(" Pa 10") + placed("2", -6) + run_of(" of 5") + placed("0", 1) + run_of(" kg, ")
           + placed("20", 6) + run_of(" in x") + placed("n", 6) + placed("+1", 6) + run_of(".") + "</w:p>")
    append(document, "<w:p>" + placed("Room 20", 8) + "</w:p>")
    append(document, "<w:p>" + placed("21 rooms", -8) + "</w:p>")
    assert text_of(read(document, "placed.docx")) == "At 10^-6 Pa 10_2 of 50 kg, 20 in x^(n+1).\n\nRoom 20\n\n21 rooms"


def picture() -> io.BytesIO:
    stored = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stored, "PNG")
    stored.seek(0)
    return stored


def test_32_descriptions_of_pictures_are_read(read):
    document = docx.Document()
    document.add_picture(picture())._inline.docPr.set("descr", "Plan with the fire exit")
    table = add_table(document, [["Feature", "Basic"], ["Sign-on", ""]])
    table.cell(1, 1).paragraphs[0].add_run().add_picture(picture())._inline.docPr.set("descr", "not included")
    assert text_of(read(document, "pictures.docx")) == "Picture: Plan with the fire exit\n\nFeature | Basic\nSign-on | not included"
    show = pptx.Presentation()
    shapes = show.slides.add_slide(show.slide_layouts[6]).shapes
    shapes.add_picture(picture(), 0, 0)._element.nvPicPr.cNvPr.set("descr", "Seal of the town")
    assert text_of(read(show, "pictures.pptx")) == "Picture: Seal of the town"


def test_notes_comments_and_headers_of_word_stand_in_their_place(read):
    document = docx.Document()
    document.add_heading("Figures", 1)
    document.add_comment(document.add_paragraph("Total is 400.").runs, text="Checked in May.", author="Ann")
    document.add_heading("End", 1)
    document.add_paragraph("The rest follows.")
    section = document.sections[0]
    section.header.paragraphs[0].text = "Confidential"
    section.footer.paragraphs[0].text = "Page "
    section.footer.paragraphs[0]._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:t>7</w:t></w:r></w:fldSimple>'))
    assert text_of(read(document, "notes.docx")) == (
        "Figures\n\nTotal is 400.\n\nComment (Ann): Checked in May.\n\nEnd\n\nThe rest follows.\n\nHeader: Confidential")


def test_fields_controls_and_check_boxes_of_word(read):
    def mark(kind, within=""):
        return f'<w:r><w:fldChar w:fldCharType="{kind}">{within}</w:fldChar></w:r>'

    document = docx.Document()
    append(document, f'<w:p>{run_of("Pay ")}{mark("begin")}<w:r><w:instrText> IF </w:instrText></w:r>{mark("begin")}<w:r><w:instrText>MERGEFIELD a</w:instrText></w:r>'
                     f'{mark("separate")}{run_of("inner")}{mark("end")}<w:r><w:instrText> = 1</w:instrText></w:r>{mark("separate")}{run_of("in May")}{mark("end")}{run_of(".")}</w:p>')
    append(document, f'<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:p>{run_of("Click to enter text.")}</w:p></w:sdtContent></w:sdt>')
    append(document, f'<w:sdt><w:sdtPr/><w:sdtContent><w:p>{run_of("Filled in.")}</w:p></w:sdtContent></w:sdt>')
    box = '<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'
    append(document, f'<w:p>{run_of("Agreed: ")}{mark("begin", box)}<w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r>{mark("end")}</w:p>')
    assert text_of(read(document, "fields.docx")) == "Pay in May.\n\nFilled in.\n\nAgreed: ☒"


@pytest.mark.parametrize("has_end", [True, False], ids=["whole", "cut"])
def test_a_table_of_contents_is_left_out(read, has_end):
    def mark(kind):
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def instruction(text):
        return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'

    document = docx.Document()
    document.add_paragraph("Preface.")
    number = mark("begin") + instruction(" PAGEREF _Toc2 ") + mark("separate") + run_of("2") + mark("end")
    append(document, "<w:p>" + mark("begin") + instruction(' TOC \\o "1-3" ') + mark("separate") + run_of("Pumps of the yard") + run_of("1") + "</w:p>")
    append(document, "<w:p>" + run_of("Valves of the yard") + number + "</w:p>")
    if has_end:
        append(document, "<w:p>" + mark("end") + "</w:p>")
    document.add_heading("Pumps of the yard", 1)
    document.add_paragraph("They are blue.")
    document.add_heading("Valves of the yard", 1)
    text = text_of(read(document, "a.docx"))
    assert text.count("Pumps of the yard") == text.count("Valves of the yard") == 1
    assert "Preface." in text and "They are blue." in text


@pytest.mark.parametrize("gallery", ["Table of Contents", "Cover Pages"])
def test_the_words_above_a_table_of_contents_are_left_out_with_it(read, gallery):
    document = docx.Document()
    field = "".join(f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>{text}' for kind, text in (
        ("begin", "<w:r><w:instrText> TOC </w:instrText></w:r>"), ("separate", run_of("Pumps 1")), ("end", "")))
    title = f'<w:p><w:pPr><w:pStyle w:val="TOCHeading"/></w:pPr>{run_of("What is in it")}</w:p>'
    append(document, f'<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="{gallery}"/></w:docPartObj></w:sdtPr><w:sdtContent>{title}<w:p>{field}</w:p></w:sdtContent></w:sdt>')
    append(document, title.replace("What is in it", "Parts"))
    document.add_paragraph("They are blue.")
    text = text_of(read(document, "contents.docx"))
    assert text == ("" if gallery == "Table of Contents" else "What is in it\n\n") + "Parts\n\nThey are blue."


@pytest.mark.parametrize("name", ["Heading 2", "heading2", "Überschrift 2", "Titre 2", "Título 2", "Заголовок 2", "标题 2", "Nagłówek 2"])
def test_fact_22_headings_are_known_by_the_names_of_their_styles(read, name):
    document = docx.Document()
    style = document.styles.add_style("Custom", 1)
    style.element.set(docx.oxml.ns.qn("w:styleId"), "X9")
    style.element.find(docx.oxml.ns.qn("w:name")).set(docx.oxml.ns.qn("w:val"), name)
    based = document.styles.add_style("Chapter of ours", 1)
    based.base_style = style
    document.add_paragraph("Tools", style=based)
    document.add_paragraph("A spade.")
    assert [chunk["heading"] for chunk in read(document, "names.docx").lines] == ["Tools"]


def test_a_citation_of_word_names_heading_and_paragraph(kith, tmp_path):
    document = docx.Document()
    document.add_heading("Garden", 1)
    document.add_heading("Tomatoes", 2)
    document.add_paragraph("Tomato plants stand against the southern wall of the old house.")
    document.add_paragraph("Each of the tomato plants is given four litres of rainwater every evening.")
    document.save(str(tmp_path / "garden.docx"))
    kith("add", tmp_path / "garden.docx")
    (answer,) = kith("ask", "How many litres of rainwater is each tomato plant given?").lines
    (place,) = {c["place"] for c in answer["citations"] if "four litres" in c["quote"]}
    assert place == "Garden, paragraph 4" or place == "paragraph 4"


# ---- PowerPoint ----


def diagram(texts: list[str]) -> bytes:
    """Data of a diagram whose points are stored in another order than they are read."""
    points = "".join(f'<dgm:pt modelId="{i}"><dgm:t><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>' for i, text in enumerate(texts))
    order = "".join(f'<dgm:cxn modelId="c{i}" srcId="doc" destId="{i}" srcOrd="{len(texts) - 1 - i}" destOrd="0"/>' for i in range(len(texts)))
    return (f'<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:a="{DRAWING}"><dgm:ptLst>'
            f'<dgm:pt modelId="doc" type="doc"/>{points}</dgm:ptLst><dgm:cxnLst>{order}</dgm:cxnLst></dgm:dataModel>').encode()


def test_26_a_diagram_is_read_in_the_order_of_its_drawing(kith, tmp_path):
    show = pptx.Presentation()
    for title in ("Approval", "Lost"):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = title
        frame = ('<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="http://schemas.openxmlformats.org/'
                 f'officeDocument/2006/relationships" xmlns:a="{DRAWING}"><p:nvGraphicFramePr><p:cNvPr id="9" name="D"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
                 '<p:xfrm><a:off x="0" y="9"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic><a:graphicData><dgm:relIds xmlns:dgm="http://schemas.openxmlformats.org/'
                 'drawingml/2006/diagram" r:dm="dm"/></a:graphicData></a:graphic></p:graphicFrame>')
        slide.shapes._spTree.append(etree.fromstring(frame))
    path = tmp_path / "smart.pptx"
    show.save(str(path))
    types = '<Override PartName="/ppt/diagrams/data1.xml" ContentType="application/xml"/>'
    with_part(path, "ppt/diagrams/data1.xml", diagram(["Signature", "Check", "Draft"]), "ppt/slides/_rels/slide1.xml.rels",
              relation("dm", "diagramData", "../diagrams/data1.xml"), types)
    with_part(path, "docProps/none.xml", b"<x/>", "ppt/slides/_rels/slide2.xml.rels", relation("dm", "diagramData", "../diagrams/gone.xml"))
    result = kith("chunk", path)
    assert result.lines[0]["content"] == "Approval\n\nDraft\nCheck\nSignature"
    assert "slide 2: a diagram is not read" in result.err


def test_28_shapes_are_read_as_they_are_seen_and_the_title_first(read):
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Rollout"
    title = slide.shapes.title._element
    for text, x, y in (("three", 1, 5), ("right below", 6, 3.2), ("one", 1, 2), ("right", 6, 2.1), ("two", 1, 3)):
        slide.shapes.add_textbox(Inches(x), Inches(y), Inches(2), Inches(0.8)).text_frame.text = text
    title.getparent().append(title)  # last in the file
    (chunk,) = read(show, "order.pptx").lines
    assert chunk["content"] == "Rollout\n\none\n\ntwo\n\nthree\n\nright\n\nright below" and chunk["heading"] == "Rollout"


def test_the_title_of_a_slide_may_be_a_mere_text_box(read):
    def box(slide, text, top, size):
        frame = slide.shapes.add_textbox(Inches(1), Inches(top), Inches(8), Inches(0.8)).text_frame
        frame.text = text
        frame.paragraphs[0].runs[0].font.size = Pt(size)

    show = pptx.Presentation()
    for texts in ([("Rise of 4 %.", 3, 18), ("Results", 1, 32)],  # the title is last in the file
                  [("Outlook", 1, 28), ("Two shops open.", 3, 24)],  # hardly larger
                  [("Two shops open.", 1, 18), ("LARGE", 3, 40)]):  # below
        slide = show.slides.add_slide(show.slide_layouts[6])
        for text, top, size in texts:
            box(slide, text, top, size)
    slide = show.slides.add_slide(show.slide_layouts[5])  # whose placeholder is left empty
    box(slide, "Costs", 1, 32)
    box(slide, "They fell.", 3, 18)
    chunks = read(show, "boxes.pptx").lines
    assert [(chunk["place"], chunk["heading"]) for chunk in chunks] == [
        ("slide 1", "Results"), ("slide 2", ""), ("slide 3", ""), ("slide 4", "Costs")]
    assert chunks[0]["content"] == "Results\n\nRise of 4 %."


def test_28_a_grid_is_read_row_by_row_and_a_group_as_one(read):
    show = pptx.Presentation()
    shapes = show.slides.add_slide(show.slide_layouts[6]).shapes
    for n, (x, y) in enumerate([(6, 4), (1, 1), (3.5, 1), (6, 1), (1, 4), (3.5, 4)]):
        shapes.add_textbox(Inches(x), Inches(y), Inches(2), Inches(1)).text_frame.text = ["six", "one", "two", "three", "four", "five"][n]
    assert text_of(read(show, "grid.pptx")).split("\n\n") == ["one", "two", "three", "four", "five", "six"]
    show = pptx.Presentation()
    shapes = show.slides.add_slide(show.slide_layouts[6]).shapes
    group = shapes.add_group_shape()
    for text, y in (("lower", 3), ("upper", 1)):
        group.shapes.add_textbox(Inches(5), Inches(y), Inches(2), Inches(1)).text_frame.text = text
    shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1)).text_frame.text = "beside"
    assert text_of(read(show, "group.pptx")).split("\n\n") == ["beside", "upper", "lower"]


def test_slides_give_charts_tables_numbers_notes_and_notices(kith, tmp_path):
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Sales"
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("North", (1.5, 2.25))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(4), Inches(2), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Sales by region"
    slide.notes_slide.notes_text_frame.text = ""  # fact 4: pptxgenjs gives each slide a page of notes
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Steps"
    frame = slide.placeholders[1].text_frame
    for n, text in enumerate(("copy", "test")):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        paragraph.text = text
        etree.SubElement(paragraph._p.get_or_add_pPr(), f"{{{DRAWING}}}buAutoNum").set("type", "arabicParenR")
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    slide._element.set("show", "0")
    path = tmp_path / "slides.pptx"
    show.save(str(path))
    result = kith("chunk", path)
    assert [chunk["content"] for chunk in result.lines] == [
        "Sales\n\nChart: Sales by region\nNorth: Q1 1.5, Q2 2.25", "Steps\n\n1) copy\n2) test\n\nNotes: Say it slowly."]
    assert "slide 2 is hidden in the show; its text is read" in result.err
