"""Calc's files: Excel."""

import flat_odf as odf
import pytest

STYLES = ('<number:date-style style:name="N1"><number:day/><number:text>.</number:text><number:month/><number:text>.</number:text>'
          '<number:year number:style="long"/></number:date-style>'
          '<number:percentage-style style:name="N2"><number:number number:decimal-places="1"/><number:text>%</number:text></number:percentage-style>'
          '<style:style style:name="date" style:family="table-cell" style:data-style-name="N1"/>'
          '<style:style style:name="percent" style:family="table-cell" style:data-style-name="N2"/>'
          '<style:style style:name="away" style:family="table"><style:table-properties table:display="false"/></style:style>')


@pytest.mark.parametrize("extension", ["xlsx", "xls"])
def test_excel_rows_carry_their_header_dates_and_computed_values(office, reader, tmp_path, extension):
    rows = [[odf.cell(name) for name in ("Item", "Price", "Pieces", "Worth", "Since", "Share", "Sold out")]]
    for number in range(2, 31):
        rows.append([odf.cell("Copper kettle" if number == 23 else f"Article {number}"), odf.value("float", "41.5"), odf.value("float", str(number)),
                     odf.value("float", str(41.5 * number), formula=f"[.B{number}]*[.C{number}]"), odf.value("date", "2024-02-29", "date"),
                     odf.value("percentage", "0.125", "percent"), odf.value("boolean", "true")])
    stock = [[odf.cell("Item"), odf.cell("Shelf")], [odf.cell("Copper kettle"), odf.cell("Shelf nine")]]
    source = odf.write(tmp_path / "shop.fods", "spreadsheet", odf.table(rows, name="Prices") + odf.table(stock, name="Größen &amp; Stock"), "", STYLES)
    path = office.convert(source, extension)
    assert ("\n\nItem: Copper kettle | Price: 41.5 | Pieces: 23 | Worth: 954.5 | Since: 2024-02-29 | Share: 12.5% | Sold out: TRUE\n\n"
            in reader.text(path))
    reader.add(path)
    assert reader.cited("How much is the copper kettle worth?", "954.5") == (f"shop.{extension}", "sheet Prices, row 23")
    assert reader.cited("On which shelf is the copper kettle?", "nine") == (f"shop.{extension}", "sheet Größen & Stock, row 2")


def test_excel_a_hidden_sheet_is_read_under_its_own_name(office, reader, tmp_path):
    shown = [[odf.cell("Item"), odf.cell("Price")], [odf.cell("Lamp"), odf.value("float", "20")]]
    hidden = [[odf.cell("Person"), odf.cell("Room")], [odf.cell("Gardener Lund"), odf.cell("the orangery")]]
    source = odf.write(tmp_path / "hidden.fods", "spreadsheet",
                       odf.table(shown, name="Shown") + odf.table(hidden, name="Staff").replace("<table:table ", '<table:table table:style-name="away" ', 1),
                       "", STYLES)
    reader.add(office.convert(source, "xlsx"))
    assert reader.cited("Which room has gardener Lund?", "orangery") == ("hidden.xlsx", "sheet Staff, row 2")


def test_excel_merged_cells_stand_in_each_row_and_empty_rows_are_counted(office, reader, tmp_path):
    gap = '<table:table-row table:number-rows-repeated="5"><table:table-cell table:number-columns-repeated="2"/></table:table-row>'
    head = odf.table([[odf.cell("Harvest of the year", 2), odf.COVERED], [odf.cell("Fruit"), odf.cell("Baskets")],
                      [odf.cell("Apple", rows=2), odf.value("float", "30")], [odf.COVERED, odf.value("float", "31")]], name="Fruit")
    pear = f"<table:table-row>{odf.cell('Pear')}{odf.value('float', '12')}</table:table-row>"
    path = office.convert(odf.write(tmp_path / "fruit.fods", "spreadsheet", head.replace("</table:table>", gap + pear + "</table:table>")), "xlsx")
    assert reader.text(path) == ("Harvest of the year\n\nFruit | Baskets\n\nFruit: Apple | Baskets: 30\n\nFruit: Apple | Baskets: 31\n\nFruit: Pear | Baskets: 12")
    reader.add(path)
    assert reader.cited("How many baskets of pear?", "12") == ("fruit.xlsx", "sheet Fruit, row 10")


def test_excel_of_a_long_comma_separated_list_names_the_row(office, reader, tmp_path):
    source = tmp_path / "list.csv"
    source.write_text("Name,Town\n" + "".join(f"Person {n},{'Visby' if n == 701 else 'Oslo'}\n" for n in range(1, 1001)))
    path = office.convert(source, "xlsx")
    reader.add(path)
    (hit,) = reader.kith("search", "Visby", "-k", 1).lines
    assert "Name: Person 701 | Town: Visby" in hit["content"]
    sheet, rows = hit["metadata"]["place"].split(", rows ")
    first, last = map(int, rows.split("-"))
    assert sheet == "sheet list" and first <= 702 <= last
