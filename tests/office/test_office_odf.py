"""LibreOffice's own formats: OpenDocument."""

import flat_odf as odf

HIDDEN = '<style:style style:name="hide" style:family="text"><style:text-properties text:display="none"/></style:style>'


def test_a_text_has_its_headings_tables_and_notes_and_nothing_hidden(office, reader, tmp_path):
    table = odf.table([[odf.cell("Bolt"), odf.cell("Torque")], [odf.cell("M5"), odf.cell("12 Nm")], [odf.cell("M8"), odf.cell("25 Nm")]], header_rows=1)
    body = (odf.heading(1, "Mill") + odf.paragraph("The wheel" + odf.footnote("Of oak.") + ' turns <text:span text:style-name="hide">secretly </text:span>slowly.')
            + odf.heading(2, "Bolts") + table)
    path = office.convert(odf.text(tmp_path / "mill.fodt", body, HIDDEN, header="Confidential", footer="Sheet <text:page-number/>"), "odt")
    assert reader.text(path) == ("Mill\n\nThe wheel turns slowly.\n\nFootnote 1: Of oak.\n\nBolts\n\nBolt | Torque\nBolt: M5 | Torque: 12 Nm\n"
                                 "Bolt: M8 | Torque: 25 Nm\n\nHeader: Confidential")
    reader.add(path)
    assert reader.cited("What is the torque of an M8 bolt?", "25 Nm") == ("mill.odt", "paragraph 4")


def test_a_spreadsheet_has_each_value_under_its_name(office, reader, tmp_path):
    rows = [[odf.cell("Item"), odf.cell("Price")], [odf.cell("Lamp"), odf.value("float", "20.5")], [odf.cell("Bulb"), odf.value("float", "3")]]
    path = office.convert(odf.write(tmp_path / "shop.fods", "spreadsheet", odf.table(rows, name="Prices")), "ods")
    assert reader.text(path) == "Item | Price\n\nItem: Lamp | Price: 20.5\n\nItem: Bulb | Price: 3"
    reader.add(path)
    assert reader.cited("What is the price of the lamp?", "20.5") == ("shop.ods", "sheet Prices, row 2")
