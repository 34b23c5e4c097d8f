"""Writer's files: Word, PDF, EPUB and HTML."""

import subprocess

import flat_odf as odf

TWO_COLUMNS = '<style:style style:name="Columns" style:family="section"><style:section-properties><style:columns fo:column-count="2" fo:column-gap="1cm"/></style:section-properties></style:style>'


def test_word_headings_lists_and_tables_keep_their_order_and_path(office, reader, tmp_path):
    stones = [[odf.cell("Stone", 2), odf.COVERED, odf.cell("Weight")], [odf.cell("Upper"), odf.cell("granite"), odf.cell("900 kg")],
              [odf.cell("Lower"), odf.cell("basalt"), odf.cell("1100 kg")]]
    steps = "<text:list><text:list-item><text:p>Lift it</text:p></text:list-item><text:list-item><text:p>Dress it</text:p></text:list-item></text:list>"
    body = (odf.heading(1, "Mill") + odf.paragraph("The mill stands on a hill.") + odf.heading(2, "Stones")
            + odf.paragraph("Each stone is dressed in spring.") + steps + odf.table(stones)
            + odf.heading(1, "Bakery") + odf.paragraph("The oven holds eighty loaves."))
    path = office.convert(odf.text(tmp_path / "mill.fodt", body), "docx")
    assert reader.text(path) == ("Mill\n\nThe mill stands on a hill.\n\nStones\n\nEach stone is dressed in spring.\n\n- Lift it\n- Dress it\n\n"
                                 "Stone | Weight\nStone: Upper | Stone: granite | Weight: 900 kg\nStone: Lower | Stone: basalt | Weight: 1100 kg\n\nBakery\n\nThe oven holds eighty loaves.")
    headings = {chunk["content"]: chunk["heading"] for chunk in reader.chunks(path, 50)}
    assert {heading for content, heading in headings.items() if "basalt" in content} == {"Mill > Stones"}
    places = {chunk["content"]: chunk["place"] for chunk in reader.chunks(path, 50)}  # Word has no pages
    assert {place for content, place in places.items() if "basalt" in content} == {"Mill > Stones, paragraph 7"}
    reader.add(path)
    assert reader.cited("How many loaves does the oven hold?", "eighty") == ("mill.docx", "paragraph 9")


def test_word_deleted_text_is_left_out_and_comments_and_headers_come_once(office, reader, tmp_path):
    change = "<office:change-info><dc:creator>Ann</dc:creator><dc:date>2024-01-01T00:00:00</dc:date></office:change-info>"
    body = (f'<text:tracked-changes><text:changed-region text:id="d"><text:deletion>{change}<text:p>seventeen </text:p></text:deletion></text:changed-region>'
            f'<text:changed-region text:id="i"><text:insertion>{change}</text:insertion></text:changed-region></text:tracked-changes>'
            '<text:p>The mill grinds <text:change text:change-id="d"/><text:change-start text:change-id="i"/>forty<text:change-end text:change-id="i"/> '
            "sacks a day<office:annotation><dc:creator>Bob</dc:creator><text:p>Is that so?</text:p></office:annotation>.</text:p>")
    path = office.convert(odf.text(tmp_path / "change.fodt", body, header="Confidential", footer="Sheet <text:page-number/>"), "docx")
    assert reader.text(path) == "The mill grinds forty sacks a day.\n\nComment (Bob): Is that so?\n\nHeader: Confidential"


def test_word_footnotes_stand_behind_the_paragraph_that_refers_to_them(office, reader, tmp_path):
    body = (odf.heading(1, "Mill") + odf.paragraph("The mill grinds forty sacks" + odf.footnote("Measured by the miller in 1911.") + " a day.")
            + odf.heading(1, "Bakery") + odf.paragraph("The oven holds eighty loaves of rye bread every morning."))
    path = office.convert(odf.text(tmp_path / "note.fodt", body), "docx")
    assert reader.text(path).startswith("Mill\n\nThe mill grinds forty sacks a day.\n\nFootnote 1: Measured by the miller in 1911.\n\nBakery")
    (note,) = [chunk for chunk in reader.chunks(path, 70) if "1911" in chunk["content"]]
    assert note["heading"] == "Mill"


def test_word_of_before_2007_is_read_as_its_successor(office, reader, tmp_path):
    box = ('<draw:frame draw:name="F" text:anchor-type="char" svg:width="6cm" svg:height="1cm"><draw:text-box><text:p>Warning: hot surface</text:p>'
           "</draw:text-box></draw:frame>")
    body = (odf.heading(1, "Mill") + odf.paragraph(f"The mill {box}grinds forty sacks" + odf.footnote("Measured by the miller in 1911.") + " a day.")
            + odf.table([[odf.cell("Stone"), odf.cell("Weight")], [odf.cell("Upper"), odf.cell("900 kg")], [odf.cell("Lower"), odf.cell("1100 kg")]])
            + odf.heading(2, "Ofen „Öl“") + odf.paragraph("The oven holds 80 loaves – 東京."))
    path = office.convert(odf.text(tmp_path / "mill.fodt", body, header="Confidential"), "doc")
    assert reader.text(path) == ("Mill\n\nThe mill grinds forty sacks a day.\n\nFootnote 1: Measured by the miller in 1911.\n\nStone | Weight\n"
                                 "Stone: Upper | Weight: 900 kg\nStone: Lower | Weight: 1100 kg\n\nOfen „Öl“\n\nThe oven holds 80 loaves – 東京.\n\n"
                                 "Warning: hot surface\n\nHeader and footer: Confidential")
    headings = {chunk["content"]: chunk["heading"] for chunk in reader.chunks(path, 50)}
    assert {heading for content, heading in headings.items() if "loaves" in content} == {"Mill > Ofen „Öl“"}


def test_word_a_style_without_numbering_is_no_list(office, reader, tmp_path):
    """LibreOffice says "numbering 0" where a style takes back the one of its parent."""
    own = '<style:style style:name="Own" style:family="paragraph" style:parent-style-name="Heading_20_2"/>'
    body = odf.heading(1, "Mill") + odf.paragraph("First paragraph.", "Own") + odf.paragraph("Second paragraph.", "Own")
    path = office.convert(odf.write(tmp_path / "plain.fodt", "text", body, odf.HEADING_STYLES + own), "docx")
    assert reader.text(path) == "Mill\n\nFirst paragraph.\n\nSecond paragraph."


def test_stops_behind_numbers_stay_there_from_right_to_left(office, reader, tmp_path):
    lines = ["המחיר הוא 120. התאריך נקבע ליום 3 במאי 2024. העלות היא 3.14 שקל, ובסך הכל", "1,250.", "הפגישה בשעה 10:30, בחדר (12). גרסה kith 2.5 יצאה בשנת 2023!"]
    right = '<style:style style:name="Right" style:family="paragraph"><style:paragraph-properties style:writing-mode="rl-tb"/></style:style>'
    source = odf.text(tmp_path / "right.fodt", "".join(odf.paragraph(line, "Right") for line in lines), right)
    assert reader.text(office.convert(source, "pdf")) == "\n".join(lines)


def test_a_text_box_follows_the_paragraph_that_it_stands_in(office, reader, tmp_path):
    box = ('<draw:frame draw:name="F" text:anchor-type="char" svg:width="6cm" svg:height="1cm"><draw:text-box><text:p>Warning: hot surface</text:p>'
           "</draw:text-box></draw:frame>")
    source = odf.text(tmp_path / "box.fodt", odf.paragraph(f"Open the lid {box}and take out the pot.") + odf.paragraph("Pour the milk in."))
    for extension in ("odt", "docx", "rtf"):
        (chunk,) = reader.chunks(office.convert(source, extension))
        assert chunk["content"] == "Open the lid and take out the pot.\n\nWarning: hot surface\n\nPour the milk in."


def test_text_of_any_script_is_read_and_found_by_its_words(office, reader, tmp_path):
    lines = ["הטחנה נבנתה על הגבעה", "الطاحونة القديمة فوق التل", "東京の水車は大きい。", "Größe und Füße, naïve café 🌊"]
    source = odf.text(tmp_path / "scripts.fodt", "".join(map(odf.paragraph, lines)))
    assert reader.text(office.convert(source, "docx")) == "\n\n".join(lines)
    for extension in ("docx", "pdf", "html", "epub"):
        reader.add(office.convert(source, extension))
        for word in ("הטחנה", "القديمة", "café"):
            (hit,) = reader.kith("search", f'"{word}"', "-k", 1, "--where", f'{{"type": "{extension}"}}').lines
            assert word in hit["content"], (extension, word)


# ---- PDF ----


def test_pdf_pages_are_named_as_the_file_counts_them(office, reader, tmp_path):
    pages = [f"Chapter {n}. {odf.FILLER}" for n in range(1, 8)]
    pages[4] += " The wind turbine on the hill delivers 850 kilowatts."
    body = odf.paragraph(pages[0]) + "".join(odf.paragraph(page, "NewPage") for page in pages[1:])
    path = office.convert(odf.text(tmp_path / "pages.fodt", body, header="Report", footer="<text:page-number/>"), "pdf")
    reader.add(path)
    assert reader.cited("How many kilowatts does the wind turbine on the hill deliver?", "850") == ("pages.pdf", "page 5")


def test_pdf_of_two_columns_is_read_one_column_after_the_other(office, reader, tmp_path):
    left = "".join(odf.paragraph(f"Left {n} tells of the river and of the boats upon it and of the men.") for n in range(40))
    right = "".join(odf.paragraph(f"Right {n} tells of the hills and of the sheep upon them and of the dogs.") for n in range(20))
    body = f'<text:section text:style-name="Columns" text:name="Two">{left}{right}</text:section>'
    text = reader.text(office.convert(odf.text(tmp_path / "columns.fodt", body, TWO_COLUMNS), "pdf"))
    numbers = [int(word) for before, word in zip(text.split(), text.split()[1:]) if before in ("Left", "Right") and word.isdigit()]
    assert numbers == [*range(40), *range(20)]


def test_pdf_a_row_of_a_table_over_pages_is_found_on_its_page(office, reader, tmp_path):
    rows = [[odf.cell("Number"), odf.cell("Tree")]] + [[odf.cell(f"Lot {n}"), odf.cell("copper beech" if n == 120 else "oak")] for n in range(1, 161)]
    path = office.convert(odf.text(tmp_path / "lots.fodt", odf.table(rows, header_rows=1)), "pdf")
    reader.add(path, "--chunk-size", 200)
    (hit,) = reader.kith("search", '"copper beech"', "-k", 1).lines
    pages = subprocess.check_output(["pdftotext", path, "-"], text=True).split("\f")
    (page,) = [n for n, text in enumerate(pages, 1) if "copper beech" in text]
    assert page >= 3 and hit["metadata"]["page_start"] <= page <= hit["metadata"]["page_end"]


def test_pdf_under_a_password_is_refused_as_encrypted(office, reader, tmp_path):
    source = odf.text(tmp_path / "locked.fodt", odf.paragraph("A secret that nobody shall read."))
    locked = office.convert(source, "pdf", {"EncryptFile": {"type": "boolean", "value": "true"},
                                            "DocumentOpenPassword": {"type": "string", "value": "open sesame"}})
    assert reader.failure(locked) == "encrypted"


# ---- EPUB and HTML ----


def test_epub_the_writers_stop_gaps_are_no_title_and_no_author(office, reader, tmp_path):
    path = office.convert(odf.text(tmp_path / "sea.fodt", odf.heading(1, "The Sea") + odf.paragraph("The ship left with forty sailors.")), "epub")
    reader.add(path)
    (hit,) = reader.kith("search", "ship", "-k", 1).lines
    assert "forty sailors" in hit["content"]
    assert "author" not in hit["metadata"] and hit["metadata"].get("title") != "Unknown Title"


def test_html_headings_are_the_path_and_rows_stay_rows(office, reader, tmp_path):
    rows = [[odf.cell("Plant"), odf.cell("Litres")], [odf.cell("Pumpkin"), odf.cell("eleven")]]
    body = odf.heading(1, "Garden") + odf.paragraph(odf.FILLER) + odf.heading(2, "Watering") + odf.paragraph(odf.FILLER) + odf.table(rows)
    path = office.convert(odf.text(tmp_path / "garden.fodt", body), "html")
    (found,) = [chunk for chunk in reader.chunks(path, 80) if "Pumpkin" in chunk["content"]]
    assert "Pumpkin | eleven" in found["content"] and found["heading"] == "Garden > Watering"
