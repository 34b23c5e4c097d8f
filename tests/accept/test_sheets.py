"""Sheets and CSV files as people lay them out: each value stands after the name of its own column, and no value after a false one.

The numbers are those of the faults in the collection of documents that these tests were made from. Beside each fault stand layouts of
the same kind, written by another program's library.
"""

import datetime
import json
import pathlib
import zipfile

import openpyxl
import openpyxl.comments
import openpyxl.styles
import pytest
import xlsxwriter
import xlwt


def write_sheet(path, rows, merged=(), bold_rows=(), formats={}):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    for row in bold_rows:
        for cell in sheet[row]:
            cell.font = openpyxl.styles.Font(bold=True)
    for cell, code in formats.items():
        sheet[cell].number_format = code
    book.save(path)


@pytest.fixture
def read(kith, tmp_path):
    """The lines that kith makes of a file, without blank ones."""

    def lines_of(path):
        chunks = kith("chunk", "--json", "--chunk-size", 4000, "--chunk-overlap", 0, path).lines
        return [line for chunk in chunks for line in chunk["content"].split("\n") if line]

    def of_sheet(rows, **options):
        path = tmp_path / "sheet.xlsx"
        write_sheet(path, rows, **options)
        return lines_of(path)

    def of_csv(text):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode())
        return lines_of(path)

    lines_of.sheet, lines_of.csv = of_sheet, of_csv
    return lines_of


# ---- 15: names that are no texts ----


def test_fault_15_years_are_names_of_columns(read):
    assert read.sheet([["Branch", 2021, 2022, 2023], ["East", 41, 42, 43], ["West", 51, 52, 53]])[1:] == [
        "Branch: East | 2021: 41 | 2022: 42 | 2023: 43", "Branch: West | 2021: 51 | 2022: 52 | 2023: 53"]


@pytest.mark.parametrize("names, expected", [
    ([datetime.date(2025, 1, 1), datetime.date(2025, 2, 1)], ["2025-01-01", "2025-02-01"]),
    ([True, False], ["TRUE", "FALSE"]),
    (["2024", "2025"], ["2024", "2025"]),
    ([1, 2, 3, 4, 5, 6], ["1", "2", "3", "4", "5", "6"]),
    (["18-25", "65+"], ["18-25", "65+"]),
])
def test_fault_15_dates_truth_values_and_numbers_that_count_are_names(read, names, expected):
    body = [[town, *(100 + 10 * row + column for column in range(len(names)))] for row, town in enumerate(("Kiel", "Ulm"))]
    assert read.sheet([["Town", *names], *body])[1] == " | ".join(["Town: Kiel", *(f"{name}: {100 + i}" for i, name in enumerate(expected))])


def test_dates_that_a_file_has_as_texts_are_names_too(read, tmp_path):
    cell = '<table:table-cell office:value-type="{0}" office:{0}-value="{1}"><text:p>{1}</text:p></table:table-cell>'
    rows = "".join("<table:table-row>" + "".join(row) + "</table:table-row>" for row in [
        ["<table:table-cell office:value-type=\"string\"><text:p>Room</text:p></table:table-cell>", *(cell.format("date", f"2024-05-0{day}") for day in (1, 2, 3))],
        ["<table:table-cell office:value-type=\"string\"><text:p>" + text + "</text:p></table:table-cell>" for text in ("101", "Ann", "Ann", "Bob")]])
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    book = f'<office:document{spaces} office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet><table:table table:name="S">'
    (tmp_path / "rooms.fods").write_text(f'<?xml version="1.0"?>{book}{rows}</table:table></office:spreadsheet></office:body></office:document>')
    assert read(tmp_path / "rooms.fods")[-1] == "Room: 101 | 2024-05-01: Ann | 2024-05-02: Ann | 2024-05-03: Bob"


def test_years_over_years_are_no_names(read):
    assert read.sheet([["Anna", 2019, 2021], ["Bert", 2018, 2020]]) == ["Anna | B1: 2019 | C1: 2021", "Bert | B2: 2018 | C2: 2020"]


def test_values_that_recur_in_a_row_make_it_no_second_header(read):
    assert read.sheet([[None, "Mon", "Tue", "Wed"], ["Ann", "early", "early", "late"], ["Bo", "late", "off", "early"], ["Cy", "off", "late", "off"]])[1:] == [
        "Ann | Mon: early | Tue: early | Wed: late", "Bo | Mon: late | Tue: off | Wed: early", "Cy | Mon: off | Tue: late | Wed: off"]
    assert read.sheet([["Task", "Owner", "KW 10", "KW 11", "KW 12"], ["Design", "Ann", "x", "x", None], ["Build", "Bo", None, "x", "x"]])[1:] == [
        "Task: Design | Owner: Ann | KW 10: x | KW 11: x", "Task: Build | Owner: Bo | KW 11: x | KW 12: x"]


def test_a_row_of_texts_above_numbers_is_no_header_below_another(read):
    assert read.sheet([["Model", "X100", "X200"], ["Weight", "2 kg", "3 kg"], ["Battery", "10 h", "12 h"], ["Price", 199, 249]])[1:] == [
        "Model: Weight | X100: 2 kg | X200: 3 kg", "Model: Battery | X100: 10 h | X200: 12 h", "Model: Price | X100: 199 | X200: 249"]
    assert read.sheet([["Name", "Phone", "Room"], ["Ann", "none", "n/a"], ["Bo", "123-4", 12], ["Cy", "22-1", 14]])[1] == "Name: Ann | Phone: none | Room: n/a"
    assert read.sheet([["Customer", "Blue Barn", "Contact", "Ann"], ["Pos", "Description", "Qty", "Price"], [1, "Flour", 4, 18], [2, "Yeast", 3, 2]])[2] == (
        "Pos: 1 | Description: Flour | Qty: 4 | Price: 18")


def test_a_header_that_is_repeated_is_one(read):
    assert read.sheet([["Team A"], ["Player", "Goals"], ["Ann", 3], ["Bo", 5], ["Team B"], ["Player", "Goals"], ["Cy", 2], ["Di", 7]])[2:4] == ["Player: Ann | Goals: 3", "Player: Bo | Goals: 5"]
    assert read.sheet([["Name", "Team", "Role"], ["Ann", "A", "lead"], ["Bo", "A", "dev"], ["Name", "Team", "Role"], ["Cy", "B", "lead"]])[4] == "Name: Cy | Team: B | Role: lead"


# ---- 16: title blocks, keys and values ----


def test_fault_16_a_block_of_keys_above_a_table(read):
    head, table = [["Report", "Tools"], ["Date", datetime.date(2025, 5, 1)]], [["Tool", "Shelf", "Number"], ["Saw", "C4", 7], ["Axe", "C5", 3]]
    expected = ["Report: Tools", "Date: 2025-05-01", "Tool | Shelf | Number", "Tool: Saw | Shelf: C4 | Number: 7",
                "Tool: Axe | Shelf: C5 | Number: 3"]
    assert read.sheet([*head, [], *table]) == expected
    assert read.sheet([*head, *table]) == expected


def test_fault_16_a_sheet_of_keys_and_values(read):
    assert read.sheet([["Company", "Acme Works"], ["City", "Kiel"], ["Founded", 1987], ["Contact", "Ann Lee"]]) == [
        "Company: Acme Works", "City: Kiel", "Founded: 1987", "Contact: Ann Lee"]
    assert read.sheet([["Name:", "Ann", "Date:", datetime.date(2024, 5, 1)], ["City:", "Kiel", "Phone:", 5550]]) == [
        "Name: Ann | Date: 2024-05-01", "City: Kiel | Phone: 5550"]


def test_fault_16_titles_and_remarks_have_no_names(read):
    rows = [["Harvest 2025"], [], ["Fruit", "Kilos", "Price"], ["Indoor"], ["Fig", 3, 9.5], ["Outdoor"], ["Pear", 80, 2.5],
            ["Source: own count"]]
    assert read.sheet(rows) == ["Harvest 2025", "Fruit | Kilos | Price", "Indoor", "Indoor | Fruit: Fig | Kilos: 3 | Price: 9.5", "Outdoor",
                                "Outdoor | Fruit: Pear | Kilos: 80 | Price: 2.5", "Source: own count"]


def test_an_invoice_has_keys_a_table_and_sums(read):
    assert read.sheet([["INVOICE"], ["No.", 1001], ["Customer", "Acme Ltd"], [], ["Pos", "Article", "Amount"], [1, "Lamp", 40],
                       [2, "Desk", 150], ["", "Total", 190]]) == [
        "INVOICE", "No.: 1001", "Customer: Acme Ltd", "Pos | Article | Amount", "Pos: 1 | Article: Lamp | Amount: 40",
        "Pos: 2 | Article: Desk | Amount: 150", "Article: Total | Amount: 190"]


# ---- rows of groups ----


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_an_address_beside_the_numbers_of_a_bill_names_nothing(read, gap):
    head = [["Acme GmbH", "Invoice"], ["Port Street 1", "No.", "R-2024-17"], ["24103 Kiel", "Date", datetime.date(2024, 5, 2)]]
    rows = [row[:1] + [None] * gap + row[1:] for row in head]
    table = [[], ["Pos", "Description", "Units", "Price"], [1, "Lamp", 2, 19.9], [2, "Chair", 1, 49]]
    lines = read.sheet(rows + table)
    assert not any(word in line for line in lines for word in ("Port Street 1: ", "Acme GmbH: ", "No.: Date", "R-2024-17: "))
    assert lines[-1] == "Pos: 2 | Description: Chair | Units: 1 | Price: 49"
    if gap > 1:
        assert lines[:6] == ["Acme GmbH", "Invoice", "Port Street 1", "No.: R-2024-17", "24103 Kiel", "Date: 2024-05-02"]


def test_a_row_says_which_group_it_is_of(read):
    table = [["Product", "Units", "Revenue"], ["North"], ["Lamp", 3, 40], ["Desk", 4, 50], ["South"], ["Lamp", 5, 60], ["Total", 12, 150]]
    expected = ["Product | Units | Revenue", "North", "North | Product: Lamp | Units: 3 | Revenue: 40", "North | Product: Desk | Units: 4 | Revenue: 50",
                "South", "South | Product: Lamp | Units: 5 | Revenue: 60", "Product: Total | Units: 12 | Revenue: 150"]
    assert read.sheet(table) == expected
    assert read.sheet(table, merged=["A2:C2", "A5:C5"]) == expected
    assert read.sheet([*table[:4], [], *table[4:]]) == expected  # a gap before the second group
    assert read.sheet([table[0], [], *table[1:4], [], *table[4:]]) == expected
    assert read.sheet([["Month", "Sales"], [2023], ["Jan", 3], ["Feb", 4], [2024], ["Jan", 5]])[1:] == [
        "2023", "2023 | Month: Jan | Sales: 3", "2023 | Month: Feb | Sales: 4", "2024", "2024 | Month: Jan | Sales: 5"]
    assert read.sheet([["Dept", "Employee", "Pay"], ["Sales"], [None, "Ann", 30], [None, "Bo", 35], ["IT"], [None, "Cy", 40]])[1:] == [
        "Sales", "Dept: Sales | Employee: Ann | Pay: 30", "Dept: Sales | Employee: Bo | Pay: 35", "IT", "Dept: IT | Employee: Cy | Pay: 40"]
    assert read.sheet([["Fruit", "Price"], ["Citrus"], ["Lemon", "cheap"], ["Stone fruit"], ["Plum", "dear"]], bold_rows=[1])[2:] == [
        "Citrus | Fruit: Lemon | Price: cheap", "Stone fruit", "Stone fruit | Fruit: Plum | Price: dear"]


def test_rows_say_which_of_several_tables_they_are_of(read):
    beside = [["Warehouse A", None, None, "Warehouse B", None], ["Part", "Units", None, "Part", "Units"], ["Bolt", 120, None, "Nut", 80], ["Rod", 7, None, "Bolt", 9]]
    assert read.sheet(beside)[-2:] == ["Warehouse A | Part: Rod | Units: 7", "Warehouse B | Part: Bolt | Units: 9"]
    assert read.sheet([["Stock of 2024"], *beside[1:]])[-2:] == ["Part: Rod | Units: 7", "Part: Bolt | Units: 9"]
    table = [["Part", "Units", "Shelf"], ["Bolt", 120, "A1"], ["Rod", 7, "A2"]]
    below = [["Warehouse A"], *table, [], ["Warehouse B"], *table]
    assert read.sheet(below)[-4:] == ["Warehouse B", "Part | Units | Shelf", "Warehouse B | Part: Bolt | Units: 120 | Shelf: A1",
                                      "Warehouse B | Part: Rod | Units: 7 | Shelf: A2"]
    other = [["Stock"], *table, [], ["Staff"], ["Name", "Room", "Phone"], ["Ann", 3, "555"], ["Bob", 4, "556"]]
    assert read.sheet(other)[-1] == "Name: Bob | Room: 4 | Phone: 556"


def test_a_remark_between_rows_heads_none(read):
    assert read.sheet([["Product", "Units"], ["Lamp", 3], ["discontinued"], ["Desk", 4], ["Shelf", 5]])[1:] == [
        "Product: Lamp | Units: 3", "discontinued", "Product: Desk | Units: 4", "Product: Shelf | Units: 5"]
    rows = [["Product", "Units"], ["North"], ["Lamp", 3], ["* counted in May"], ["Desk", 4], ["Counted by hand."], ["Bed", 1], ["South"], ["Bed", 2]]
    assert read.sheet(rows)[3:] == ["* counted in May", "North | Product: Desk | Units: 4", "Counted by hand.", "North | Product: Bed | Units: 1", "South",
                                    "South | Product: Bed | Units: 2"]


def test_a_label_in_the_first_row_of_its_group_is_of_each_row(read):
    assert read.sheet([["Region", "Product", "Units"], ["North", "Lamp", 3], [None, "Desk", 4], ["South", "Lamp", 5], [None, "Desk", 6],
                       ["Total", None, 18]])[1:] == [
        "Region: North | Product: Lamp | Units: 3", "Region: North | Product: Desk | Units: 4", "Region: South | Product: Lamp | Units: 5",
        "Region: South | Product: Desk | Units: 6", "Region: Total | Units: 18"]
    assert read.sheet([["Region", "City", "Item", "Units"], ["North", "Kiel", "Lamp", 3], [None, None, "Desk", 4], [None, "Husum", "Lamp", 9],
                       ["South", "Ulm", "Lamp", 5], [None, None, "Desk", 6]])[2:] == [
        "Region: North | City: Kiel | Item: Desk | Units: 4", "Region: North | City: Husum | Item: Lamp | Units: 9",
        "Region: South | City: Ulm | Item: Lamp | Units: 5", "Region: South | City: Ulm | Item: Desk | Units: 6"]
    assert read.sheet([["Region", "Product", "Units"], ["North", None, 7], [None, "Lamp", 3], [None, "Desk", 4], ["South", None, 5], [None, "Lamp", 5]])[1:4] == [
        "Region: North | Units: 7", "Region: North | Product: Lamp | Units: 3", "Region: North | Product: Desk | Units: 4"]
    days = [["Date", "Time", "Talk"], [datetime.date(2025, 5, 1), "09:00", "Opening"], [None, "10:00", "Bees"], [datetime.date(2025, 5, 2), "09:00", "Wax"], [None, "11:00", "Hives"]]
    assert read.sheet(days)[2] == "Date: 2025-05-01 | Time: 10:00 | Talk: Bees"


def test_a_mark_in_the_first_column_is_of_its_own_row(read):
    assert read.sheet([["Done", "Task", "Owner"], ["x", "Paint", "Ann"], [None, "Clean", "Ann"], ["x", "Sweep", "Bo"], [None, "Mow", "Bo"]])[2] == "Task: Clean | Owner: Ann"
    done = [["Finished on", "Task", "Hours"], [datetime.date(2025, 5, 1), "Paint", 3], [None, "Clean", 2], [datetime.date(2025, 5, 2), "Mow", 1], [None, "Sweep", 2]]
    assert read.sheet(done)[2] == "Task: Clean | Hours: 2"


def test_a_total_over_several_columns_is_a_value_of_none(read):
    assert read.sheet([["Item", "Qty", "Price", "Sum"], ["Lamp", 2, 3, 6], ["Desk", 1, 5, 5], ["Total", None, None, 11]], merged=["A4:C4"])[-1] == "Total | Sum: 11"
    assert read.sheet([["Date", "Hours"], [datetime.date(2025, 5, 1), 8], [datetime.date(2025, 5, 2), 7], ["Total", 15]])[-1] == "Total | Hours: 15"
    timetable = [["Hour", "Mon", "Tue"], ["8", "Maths", None], ["9", "Art", "Music"]]
    assert read.sheet(timetable, merged=["B2:C2"])[1] == "Hour: 8 | Mon: Maths | Tue: Maths"


def test_groups_of_names_that_nothing_merges(read):
    body = [["North", "Ann", 1, 2, 3, 4], ["South", "Bo", 5, 6, 7, 8]]
    assert read.sheet([[None, None, "First half", None, "Second half"], ["Region", "Manager", "Jan", "Feb", "Jul", "Aug"], *body])[2] == (
        "Region: North | Manager: Ann | First half Jan: 1 | First half Feb: 2 | Second half Jul: 3 | Second half Aug: 4")
    people = [["Name", "Dept", "Mon", "Tue"], ["Ann", "IT", 8, 7], ["Bo", "HR", 6, 5]]
    assert read.sheet([["Employee", None, "Hours"], *people])[2] == "Employee Name: Ann | Employee Dept: IT | Hours Mon: 8 | Hours Tue: 7"
    assert read.sheet([["Employee", None, "Hours", None, "Note"], *([*row, extra] for row, extra in zip(people, (None, "ok", "late")))])[2] == (
        "Employee Name: Ann | Employee Dept: IT | Hours Mon: 8 | Hours Tue: 7 | Note: ok")
    assert read.sheet([["Inside", None, "Outside"], *people], bold_rows=[1, 2])[2] == "Inside Name: Ann | Inside Dept: IT | Outside Mon: 8 | Outside Tue: 7"
    assert read.sheet([["Customer", None, "Blue Barn"], *people])[::2] == ["Customer: Blue Barn", "Name: Ann | Dept: IT | Mon: 8 | Tue: 7"]


def test_what_a_pivot_table_sums_is_no_key(read):
    body = [["North", 10, 20, 30], ["South", 5, 7, 12], ["Grand Total", 15, 27, 42]]
    for value, button in (("Sum of Amount", "Column Labels"), ("Sum - Amount", "Year"), ("Summe von Betrag", "Spaltenbeschriftungen")):
        assert read.sheet([["Year", "(All)"], [], [value, button], ["Row Labels", 2023, 2024, "Grand Total"], *body])[1:4] == [
            f"{value} | {button}", "Row Labels | 2023 | 2024 | Grand Total", "Row Labels: North | 2023: 10 | 2024: 20 | Grand Total: 30"]
    assert read.sheet([["Sum of orders", 4500], ["Region", "Plan", "Actual"], ["North", 10, 20]])[0] == "Sum of orders: 4500"


# ---- 18: several tables ----


def test_fault_18_a_second_table_has_its_own_names(read):
    first, second = [["Item", "Price"], ["Chair", 30], ["Bench", 90]], [["Supplier", "Phone"], ["Holt", 5550300], ["Finn", 5550399]]
    expected = ["Item | Price", "Item: Chair | Price: 30", "Item: Bench | Price: 90", "Supplier | Phone", "Supplier: Holt | Phone: 5550300",
                "Supplier: Finn | Phone: 5550399"]
    assert read.sheet([*first, [], *second]) == expected
    assert read.sheet([*first, *second]) == expected  # without an empty row between


def test_fault_18_a_table_beside_another_is_read_apart(read):
    lines = read.sheet([["Item", "Price", None, "Supplier", "Phone"], ["Chair", 30, None, "Holt", 5550300], ["Bench", 90]])
    assert lines == ["Item | Price", "Supplier | Phone", "Item: Chair | Price: 30", "Supplier: Holt | Phone: 5550300", "Item: Bench | Price: 90"]


def test_a_table_of_two_columns_and_one_row_has_names(read):
    assert read.sheet([["Item", "Pieces left"], ["Kettle", 3]]) == ["Item | Pieces left", "Item: Kettle | Pieces left: 3"]


def test_numbered_things_below_their_name_are_no_keys(read):
    for count in (3, 30):
        rows = [["Room", "Seats"], *([f"Room {number}", number * 7] for number in range(1, count))]
        assert read.sheet(rows)[1:] == [f"Room: Room {number} | Seats: {number * 7}" for number in range(1, count)]
    assert read.sheet([["Company", "Acme"], ["Phone 1", 5550100], ["Phone 2", 5550101]]) == ["Company: Acme", "Phone 1: 5550100", "Phone 2: 5550101"]


def test_fault_18_a_table_goes_on_below_empty_rows(read):
    assert read.sheet([["Item", "Price"], ["Chair", 30], [], ["Bench", 90], [], ["Total", 120]])[-2:] == [
        "Item: Bench | Price: 90", "Item: Total | Price: 120"]


def test_fault_18_keys_below_a_table_are_none_of_its_rows(read):
    assert read.sheet([["Item", "Price"], ["Chair", 30], [], ["Phone", 5550300], ["Fax", 5550301]])[-2:] == ["Phone: 5550300", "Fax: 5550301"]
    assert read.sheet([["Item", "Price"], ["Chair", 30], [], ["Prepared by", "Ann Lee"]])[-1] == "Prepared by | Ann Lee"


def test_what_is_in_doubt_has_addresses_or_stands_alone(read):
    assert read.sheet([["Lamp", 20, 3], ["Desk", 150, 1]]) == ["Lamp | B1: 20 | C1: 3", "Desk | B2: 150 | C2: 1"]
    assert read.sheet([["Alpha", "first"], ["Beta", "second"]]) == ["Alpha | first", "Beta | second"]


def test_a_corner_without_a_name_and_a_table_of_texts(read):
    assert read.sheet([[None, "Mon", "Tue"], ["Kiel", "8-12", "9-17"], ["Ulm", "7-11", "closed"]])[1:] == [
        "Kiel | Mon: 8-12 | Tue: 9-17", "Ulm | Mon: 7-11 | Tue: closed"]
    assert read.sheet([["Animal", "Sound"], ["dog", "woof"]], bold_rows=[1])[1] == "Animal: dog | Sound: woof"


def test_what_the_file_declares_is_a_header(read, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "declared.xlsx")
    sheet = book.add_worksheet()
    sheet.add_table("B3:D5", {"columns": [{"header": name} for name in ("1990", "1995", "2000")], "data": [[1, 2, 3], [2001, 2002, 2003]]})
    other = book.add_worksheet()
    for row, cells in enumerate((("Animal", "Sound"), ("dog", "woof"))):
        other.write_row(row, 0, cells)
    other.autofilter("A1:B2")
    book.close()
    assert read(tmp_path / "declared.xlsx")[1:] == ["1990: 1 | 1995: 2 | 2000: 3", "1990: 2001 | 1995: 2002 | 2000: 2003", "Animal | Sound",
                                                    "Animal: dog | Sound: woof"]


# ---- 30: merged cells ----


def test_fault_30_merged_cells_stand_in_each_of_their_rows(read):
    assert read.sheet([["Branch", "Day", "Hours"], ["Kiel", "Mon", "8-12"], [None, "Tue", "9-17"], ["Ulm", "Mon", "7-11"]],
                      merged=["A2:A3"])[1:] == [
        "Branch: Kiel | Day: Mon | Hours: 8-12", "Branch: Kiel | Day: Tue | Hours: 9-17", "Branch: Ulm | Day: Mon | Hours: 7-11"]


def test_groups_and_units_of_a_header_that_are_not_merged(read):
    assert read.sheet([["Region", "2024", None, "2025", None], [None, "Plan", "Actual", "Plan", "Actual"], ["North", 10, 11, 12, 13], ["South", 20, 21, 22, 23]])[2] == (
        "Region: North | 2024 Plan: 10 | 2024 Actual: 11 | 2025 Plan: 12 | 2025 Actual: 13")
    assert read.sheet([["Station", "Temperature", None, "Rain"], [None, "min", "max", "sum"], [None, "°C", "°C", "mm"], ["Kiel", -3, 31, 720], ["Ulm", -9, 34, 690]],
                      merged=["A1:A3", "B1:C1"])[3] == "Station: Kiel | Temperature min (°C): -3 | Temperature max (°C): 31 | Rain sum (mm): 720"


def test_fault_30_a_header_of_two_rows(read):
    rows = [["Region", "2023", None, "2024", None], [None, "Plan", "Actual", "Plan", "Actual"], ["North", 1, 2, 3, 4], ["South", 5, 6, 7, 8]]
    expected = "Region: North | 2023 Plan: 1 | 2023 Actual: 2 | 2024 Plan: 3 | 2024 Actual: 4"
    assert read.sheet(rows, merged=["A1:A2", "B1:C1", "D1:E1"])[2] == expected
    rows[0][0], rows[1][0] = None, "Region"
    assert read.sheet(rows)[2] == expected  # not merged, the cells on the right left empty
    assert read.sheet([["Pipe", "Length", "Mass"], [None, "mm", "kg"], ["P1", 20, 3]])[2] == "Pipe: P1 | Length (mm): 20 | Mass (kg): 3"


# ---- 19, 21, 22: number formats ----


@pytest.mark.parametrize("value, code, shown", [
    (datetime.timedelta(hours=40, minutes=45), "[h]:mm", "40:45"),
    (datetime.timedelta(hours=7), "[h]:mm", "07:00"),
    (datetime.timedelta(days=2, seconds=5), "[h]:mm:ss", "48:00:05"),
    (1.25, "h:mm", "06:00"),
    (45413, "[$-411]ggge\"年\"m\"月\"d\"日\"", "2024-05-01"),
    (2345.5, '"$"#,##0.00', "$2,345.50"),
    (88, "[$€-407] #,##0.00", "€ 88.00"),
    (-1234.5, "#,##0.00\\ [$zł-415]", "-1,234.50 zł"),
    (-1500, '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "$(1,500.00)"),
    (0.125, "0.0%", "12.5%"),
    (2.5, "# ?/?", "2 1/2"),
    (12345, "0.00E+00", "1.23E+04"),
    (1500, '[<1000]0;0.0,"k"', "1.5k"),
    (42, "00000", "00042"),
    ("Kim", '0;0;0;"Mr "@', "Mr Kim"),
])
def test_faults_19_21_and_22_values_are_shown_as_their_format_says(read, value, code, shown):
    assert read.sheet([["Name", "Size", "Price"], ["x", 1, value]], formats={"C2": code})[1] == f"Name: x | Size: 1 | Price: {shown}"


@pytest.mark.parametrize("number", [*range(27, 37), *range(50, 59)])
def test_fault_21_formats_of_east_asia_are_dates(read, tmp_path, number):
    book = xlsxwriter.Workbook(tmp_path / "asia.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["品名", "数量", "日期"])
    sheet.write_row(1, 0, ["灯", 3])
    sheet.write_number(1, 2, 45413, book.add_format({"num_format": number}))
    book.close()
    assert read(tmp_path / "asia.xlsx")[1] == "品名: 灯 | 数量: 3 | 日期: 2024-05-01"


def test_dates_since_1904_and_midnight_stay_right(read, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "old.xlsx", {"date_1904": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Name", "Built", "Opened"])
    sheet.write(1, 0, "mill")
    sheet.write_datetime(1, 1, datetime.datetime(2025, 6, 30), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
    sheet.write_datetime(1, 2, datetime.datetime(2025, 7, 1, 8, 30), book.add_format({"num_format": "d mmm yyyy h:mm"}))
    book.close()
    assert read(tmp_path / "old.xlsx")[1] == "Name: mill | Built: 2025-06-30 | Opened: 2025-07-01 08:30"


def test_what_excel_adds_behind_the_workbook_does_not_change_how_its_dates_count(read, tmp_path):
    """Excel for the Mac writes date1904, and at the end of the part an extension that is called workbookPr too."""
    book = xlsxwriter.Workbook(tmp_path / "plain.xlsx", {"date_1904": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Name", "Built"])
    sheet.write(1, 0, "mill")
    sheet.write_datetime(1, 1, datetime.datetime(2016, 5, 23), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    extension = b'<extLst><ext uri="{7}" xmlns:x15="urn:x15"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst></workbook>'
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as plain, zipfile.ZipFile(tmp_path / "mac.xlsx", "w") as mac:
        for name in plain.namelist():
            part = plain.read(name)
            mac.writestr(name, part.replace(b"</workbook>", extension) if name == "xl/workbook.xml" else part)
    assert read(tmp_path / "mac.xlsx")[1].endswith(": 2016-05-23")


# ---- 24: what stands beside the cells ----


def test_fault_24_notes_are_read_at_their_row(kith, read, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Item", "Price"])
    book.active.append(["Lamp", 20])
    book.active["B2"].comment = openpyxl.comments.Comment("Agreed by letter", "Kim")
    book.active["D7"].comment = openpyxl.comments.Comment("Beside the table", "Kim")
    book.save(tmp_path / "notes.xlsx")
    assert read(tmp_path / "notes.xlsx") == ["Item | Price", "Item: Lamp | Price: 20", "Note on B2: Agreed by letter",
                                             "Note on D7: Beside the table"]
    (chunk,) = kith("chunk", "--json", tmp_path / "notes.xlsx").lines
    assert chunk["place"].endswith("rows 1-7")


def test_fault_24_comments_with_answers_are_read_once(read, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Item", "Price"])
    book.active["A1"].comment = openpyxl.comments.Comment("[Threaded comment] Your version of Excel ... Comment: Is this net?", "tc")
    book.save(tmp_path / "plain.xlsx")
    threads = ('<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="A1" '
               'id="{1}"><text>Is this net?</text></threadedComment><threadedComment ref="A1" id="{2}" parentId="{1}"><text>No, gross.</text>'
               "</threadedComment></ThreadedComments>")
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as old, zipfile.ZipFile(tmp_path / "threads.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/_rels/sheet1.xml.rels":
                data = data.replace(b"</Relationships>", f'<Relationship Id="t1" Type="{kind}" Target="../threadedComments/t.xml"/></Relationships>'.encode())
            new.writestr(name, data)
        new.writestr("xl/threadedComments/t.xml", threads)
    assert read(tmp_path / "threads.xlsx") == ["Item | Price", "Comment on A1: Is this net?", "Comment on A1: No, gross."]


def test_text_boxes_charts_and_descriptions_of_pictures_are_read(read, tmp_path):
    import PIL.Image

    PIL.Image.new("1", (1, 1)).save(tmp_path / "dot.png")
    book = xlsxwriter.Workbook(tmp_path / "drawn.xlsx")
    sheet = book.add_worksheet("Data")
    for row, cells in enumerate((("Month", "Sales", "Costs"), ("Jan", 5, 3), ("Feb", 7, 4))):
        sheet.write_row(row, 0, cells)
    sheet.insert_textbox("E2", "Spring discount: ten percent")
    sheet.insert_image("E9", tmp_path / "dot.png", {"description": "Plan with the fire exit"})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"name": "Turnover north", "values": "=Data!$B$2:$B$3"})
    chart.set_title({"name": "Sales by month"})
    sheet.insert_chart("E20", chart)
    book.close()
    lines = read(tmp_path / "drawn.xlsx")
    assert "Spring discount: ten percent" in lines and "Picture: Plan with the fire exit" in lines
    assert "Chart: Sales by month | Turnover north" in lines


def test_headers_prompts_and_choices_stand_behind_the_rows(read, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "order.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Order", "Size"])
    sheet.write_row(1, 0, ["A1", "M"])
    sheet.set_header('&L&"Arial,Bold"&14Orders && returns&C&K01+000May 2024&R&D')
    sheet.set_footer("&CPage &P of &N")
    sheet.data_validation("B2:B50", {"validate": "list", "source": ["S", "M", "Extra large"], "input_title": "Size", "input_message": "As on\nthe label"})
    sheet.data_validation("A2", {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 10})
    book.close()
    assert read(tmp_path / "order.xlsx")[1:] == [
        "Order: A1 | Size: M", "Prompt at B2:B50: Size: As on the label", "Choices at B2:B50: S, M, Extra large", "Orders & returns | May 2024"]


def test_hidden_sheets_rows_and_columns_are_read_and_told(kith, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "hidden.xlsx")
    shown, away = book.add_worksheet("Shown"), book.add_worksheet("Away")
    for sheet in (shown, away):
        sheet.write_row(0, 0, ["Item", "Size", "Price"])
        sheet.write_row(1, 0, ["Lamp", 4, 20])
    shown.set_row(1, None, None, {"hidden": True})
    away.hide()
    book.close()
    result = kith("chunk", "--json", tmp_path / "hidden.xlsx")
    assert result.out.count("Item: Lamp | Size: 4 | Price: 20") == 2
    assert "sheet Shown: rows are hidden" in result.err and "sheet Away: the sheet is hidden" in result.err


# ---- facts 2, 5, 6, 25 and 26: how programs write values ----


def test_facts_2_and_5_a_value_that_nobody_computed_is_its_formula(read, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "stale.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Item", "Net", "Gross"])
    sheet.write_row(1, 0, ["Lamp", 20])
    sheet.write_formula("C2", "=B2*1.2")
    sheet.write_row(2, 0, ["Desk", 50])
    sheet.write_formula("C3", "=B3*1.2", None, 60)
    book.close()
    assert read(tmp_path / "stale.xlsx")[1:] == ["Item: Lamp | Net: 20 | Gross: =B2*1.2", "Item: Desk | Net: 50 | Gross: 60"]


def test_facts_5_6_25_and_26_cells_as_other_programs_write_them(read, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["x"])
    book.save(tmp_path / "frame.xlsx")
    text = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    rows = ('<row r="1">' + "".join(text.format(cell, name) for cell, name in (("A1", "Doc"), ("B1", "Signed"), ("C1", "Pages"), ("D1", "Sum")))
            + '</row><row r="2">' + text.format("A2", "A") + '<c r="B2" t="d"><v>2024-01-15T00:00:00.000Z</v></c><c r="C2" t="n"><v>45306.0</v></c>'
            '<c r="D2" t="str"><f>=SUM(C2)</f></c></row><row r="3"><c r="A3" t="str"><v>B</v></c><c r="B3" t="d"><v>2024-01-16T10:30:00</v></c>'
            '<c r="C3"><v>3</v></c><c r="D3"><f>C3</f><v></v></c></row>')
    with zipfile.ZipFile(tmp_path / "frame.xlsx") as old, zipfile.ZipFile(tmp_path / "cells.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = data[:data.index(b"<sheetData>")] + f"<sheetData>{rows}</sheetData></worksheet>".encode()
            new.writestr(name, data)
    assert read(tmp_path / "cells.xlsx")[1:] == ["Doc: A | Signed: 2024-01-15 | Pages: 45306 | Sum: =SUM(C2)",
                                                 "Doc: B | Signed: 2024-01-16 10:30 | Pages: 3 | Sum: =C3"]


# ---- 13: every row knows its names ----


def test_fault_13_each_chunk_of_a_long_sheet_names_its_columns(kith, tmp_path):
    write_sheet(tmp_path / "long.xlsx", [["Bolt", "Dry torque", "Oiled torque"], *([f"M{n}", n * 2, n] for n in range(1, 1000))])
    chunks = kith("chunk", "--json", tmp_path / "long.xlsx").lines
    assert len(chunks) > 20 and all("Oiled torque: " in chunk["content"] for chunk in chunks)
    (chunk,) = [chunk for chunk in chunks if "Bolt: M700 | Dry torque: 1400 | Oiled torque: 700" in chunk["content"].split("\n\n")][:1]
    first, last = map(int, chunk["place"].rsplit(" ", 1)[1].split("-"))
    assert first <= 701 <= last


# ---- 42: where a CSV begins ----


@pytest.mark.parametrize("start", ["sep=;\r\n", '"sep=;"\r\n', "\r\n\r\n", ""])
def test_fault_42_a_line_with_the_separator_is_none_of_the_table(read, start):
    assert read.csv(start + "Product;Left\r\nScrew;12\r\nNail;7\r\n") == ["Product: Screw", "Left: 12", "Product: Nail", "Left: 7"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_fault_42_the_delimiter_is_found(read, delimiter):
    text = "Product,Left,Remark\nScrew,12,long and thin\nNail,7,short\n".replace(",", delimiter)
    assert read.csv(text)[:3] == ["Product: Screw", "Left: 12", "Remark: long and thin"]


def test_fault_42_titles_and_blank_lines_stand_above_the_header(read):
    table = "Product,Left,Shelf\nScrew,12,A1\n"
    expected = ["Product: Screw", "Left: 12", "Shelf: A1"]
    assert read.csv("Stock of the week\n\n" + table) == ["Stock of the week", *expected]
    assert read.csv("Stock of the week,,\n,,\n" + table) == ["Stock of the week", *expected]
    assert read.csv("Report,Stock\nDate,2025-05-01\n\n" + table) == ["Report: Stock", "Date: 2025-05-01", *expected]
    assert read.csv("# made by a scale\n# version 3\n" + table) == ["# made by a scale", "# version 3", *expected]


def test_fault_42_units_quotes_and_groups_of_a_header(read):
    assert read.csv("Pipe,Length,Mass\n,mm,kg\nP1,20,3\n") == ["Pipe: P1", "Length (mm): 20", "Mass (kg): 3"]
    assert read.csv('"Product, long";"Left";"Price; net"\n"Screw";"12";"1,5"\n') == ["Product, long: Screw", "Left: 12", "Price; net: 1,5"]
    assert read.csv('Product, "Remark, long", Left\nScrew, "a, b", 12\n') == ["Product: Screw", "Remark, long: a, b", "Left: 12"]
    assert read.csv(",2023,2023,2024,2024\nRegion,Plan,Actual,Plan,Actual\nNorth,1,2,3,4\n")[1:3] == ["2023 Plan: 1", "2023 Actual: 2"]


def test_a_csv_without_a_header_has_no_false_names(read):
    assert read.csv("Lamp,20,3\nDesk,150,1\n") == ["Lamp | 20 | 3", "Desk | 150 | 1"]
    assert read.csv("Company,Acme Works\nCity,Kiel\nFounded,1987\n") == ["Company: Acme Works", "City: Kiel", "Founded: 1987"]
    assert read.csv("Region,2022,2023\nNorth,110,120\n") == ["Region: North", "2022: 110", "2023: 120"]


def test_fault_18_a_second_table_in_a_csv(read):
    assert read.csv("Item,Price\nChair,30\n\nSupplier,Phone\nHolt,5550300\n") == ["Item: Chair", "Price: 30", "Supplier: Holt", "Phone: 5550300"]


def test_remarks_below_a_table_of_a_csv_have_no_name(read):
    rows = ["Product: Lamp", "Units: 3", "Price: 20"]
    assert read.csv("Product,Units,Price\nLamp,3,20\n\nPrices include tax.\nSource: the shop's list\n") == [*rows, "Prices include tax.", "Source: the shop's list"]
    assert read.csv("Product,Units,Price\nLamp,3,20\nPrices include tax.\n") == [*rows, "Prices include tax."]
    assert read.csv("Product,Units,Price\nLamp,3,20\n,,\nPrices include tax.,,\n") == [*rows, "Prices include tax."]
    assert read.csv("Product,Units,Price\nLamp,3,20\nDesk,,\n") == [*rows, "Product: Desk"]


def test_tables_under_titles_in_a_csv_are_read_apart(read):
    text = "Summary\nRegion,Sales\nNorth,100\nSouth,200\n\nDetails\nSeller,Region,Sales\nAnn,North,60\n"
    assert read.csv(text) == ["Summary", "Region: North", "Sales: 100", "Region: South", "Sales: 200", "Details", "Seller: Ann", "Region: North", "Sales: 60"]
    settings = "Log of the tank\nSensor,TH-17\nRate,10\nGain,3\n\nTime,Level,Flow\n0:10,4.1,80\n"
    assert read.csv(settings)[-3:] == ["Time: 0:10", "Level: 4.1", "Flow: 80"]
    assert not any(line.startswith("Sensor: Rate") for line in read.csv(settings))
    assert read.csv("Account:,DE02\nPeriod:,March\n\nDay,Text,Amount\n4 March,Rent,900\n")[:2] == ["Account: DE02", "Period: March"]


def test_names_of_rows_and_of_an_index_are_their_own(read):
    r = '"mpg","cyl"\n"Mazda RX4",21,6\n"Datsun 710",22.8,4\n'
    assert read.csv(r)[:3] == ["column_1: Mazda RX4", "mpg: 21", "cyl: 6"]
    assert read.csv("a,b\n1,2,\n3,4,\n") == ["a: 1", "b: 2", "a: 3", "b: 4"]
    pandas = ",temp,temp,rain\n,min,max,sum\ncity,,,\nKiel,3,12,40\nBremen,4,13,38\n"
    assert read.csv(pandas)[:4] == ["city: Kiel", "temp min: 3", "temp max: 12", "rain sum: 40"]
    unstacked = ",sales,sales,cost,cost\n{},North,South,North,South\ncity,,,,\nKiel,1.0,,0.5,\nMunich,,3.0,,0.9\n"
    for names in ["", "region"]:
        assert read.csv(unstacked.format(names)) == ["city: Kiel", "sales North: 1.0", "cost North: 0.5", "city: Munich", "sales South: 3.0", "cost South: 0.9"]


def test_an_index_of_several_names_below_groups_of_names(read):
    pandas = "{},,price,price\n{},,min,max\ncity,year,,\nKiel,2023,1.2,3.4\nUlm,2024,1.3,3.5\n"
    for group, name in (("", ""), ("", "stat"), ("kind", "stat")):
        assert read.csv(pandas.format(group, name))[:4] == ["city: Kiel", "year: 2023", "price min: 1.2", "price max: 3.4"]


def test_what_databases_write_for_nothing_is_nothing(read):
    assert read.csv("id|name|amount\n1|Ann Lee|19.90\n2|Bob|\\N\n") == ["id: 1", "name: Ann Lee", "amount: 19.90", "id: 2", "name: Bob"]
    assert read.csv("Name      Age  City\nAnn        41  Kiel\nBob Lee    35  Ulm\n") == ["Name      Age  City", "Ann        41  Kiel", "Bob Lee    35  Ulm"]


def test_sums_that_nobody_computed_have_the_names_of_their_columns(read):
    rows = [["Account", "Plan", "Actual"], ["4000 Rent", 12000, 11800], ["4100 Power", 3000, 3450], [], ["Sum", "=SUM(B2:B3)", "=SUM(C2:C3)"]]
    assert read.sheet(rows)[-1] == "Account: Sum | Plan: =SUM(B2:B3) | Actual: =SUM(C2:C3)"


def test_questions_with_parts_below_them_are_names(read):
    survey = "How old are you?,Where do you live?,Where do you live?\n,Town,Country\n34,Kiel,Germany\n27,Lyon,France\n"
    assert read.csv(survey)[:3] == ["How old are you?: 34", "Where do you live? Town: Kiel", "Where do you live? Country: Germany"]
    assert read.csv("Name,Phone,Phone\nAnn,555,556\nBob,,557\n")[:3] == ["Name: Ann", "Phone: 555", "Phone: 556"]


def test_names_of_an_index_below_groups_of_names(read, tmp_path):
    rows = [[None, "sales", None, "cost", None], ["region", "North", "South", "North", "South"], ["city"], ["Kiel", 1, None, 0.5], ["Munich", None, 3, None, 0.9]]
    expected = ["city: Kiel | sales North: 1 | cost North: 0.5", "city: Munich | sales South: 3 | cost South: 0.9"]
    assert read.sheet(rows, merged=["B1:C1", "D1:E1"], bold_rows=[1, 2, 3])[-2:] == expected
    page = ("<table><thead><tr><th></th><th colspan=2>sales</th><th>cost</th></tr><tr><th>region</th><th>North</th><th>South</th><th>North</th></tr>"
            "<tr><th>city</th><th></th><th></th><th></th></tr></thead><tbody><tr><th>Kiel</th><td>1</td><td>2</td><td>0.5</td></tr></tbody></table>")
    (tmp_path / "table.html").write_text(page)
    assert read(tmp_path / "table.html")[-1] == "city: Kiel | sales North: 1 | sales South: 2 | cost North: 0.5"
    grouped = [["Product", "Units", "Price"], ["Taps"], ["T-100", 3, 20], ["T-200", 4, 30], ["Sinks"], ["S-100", 1, 90], ["S-200", 2, 95]]
    assert read.sheet(grouped)[2] == "Taps | Product: T-100 | Units: 3 | Price: 20"


def test_a_row_of_a_csv_is_cited_by_its_line(kith, tmp_path):
    (tmp_path / "stock.csv").write_text('Item,Price,Note\nLamp,20,"red,\nwith a shade"\nDesk,150,made of oak in Kiel\n')
    (tmp_path / "visits.csv").write_text("who,place,purpose\nAnn,Husum,to buy a boat\n")
    assert [chunk["place"] for chunk in kith("chunk", "--json", tmp_path / "stock.csv").lines] == ["line 2", "line 4"]
    kith("add", tmp_path)
    citations = kith("ask", "What is made of oak?", "--json").lines[0]["citations"]
    assert {(pathlib.Path(c["source"]).name, c["place"]) for c in citations} == {("stock.csv", "line 4")}
    assert kith("search", "--json", "boat").lines[0]["metadata"]["place"] == "Husum"  # the row's own


def test_html_in_a_cell_of_a_csv_is_its_text(read):
    assert read.csv('Item,Details,Price\nLamp,"<p>Bright <b>LED</b> lamp.</p>",20\n') == ["Item: Lamp", "Details: Bright LED lamp.", "Price: 20"]


def test_fault_44_columns_beside_the_text_are_searched(kith, tmp_path):
    (tmp_path / "reviews.csv").write_text("id,author,price,text\n1,Ada Holm,40,The kettle boils fast.\n2,Ben Roth,55,The lamp is bright.\n")
    contents = [json.loads(line)["content"] for line in kith("chunk", "--json", tmp_path / "reviews.csv").out.splitlines()]
    assert contents[0] == "The kettle boils fast.\n\nauthor: Ada Holm\nprice: 40"


# ---- raised text ----

RAISED = ["Room: Hall | Area: 120 m^2 net, revenue ³", "Room: Limit | Area: 10^6 Pa", "Room: Tank 🛢 | Area: CO2 in 5 m^3"]
PARTS = [("Hall", ["120 m", "^2", " net, revenue", "^3"]), ("Limit", ["10", "^6", " Pa"]), ("Tank 🛢", ["CO", "_2", " in 5 m", "^3"])]


@pytest.mark.parametrize("inline", [False, True], ids=["shared", "inline"])
def test_raised_text_in_cells_of_xlsx(read, tmp_path, inline):
    book = xlsxwriter.Workbook(tmp_path / "raised.xlsx", {"constant_memory": inline})
    styles = {"^": book.add_format({"font_script": 1}), "_": book.add_format({"font_script": 2})}
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Room", "Area"])
    for row, (name, parts) in enumerate(PARTS, 1):
        sheet.write(row, 0, name)
        sheet.write_rich_string(row, 1, *[piece for part in parts for piece in ([styles[part[0]], part[1:]] if part[0] in styles else [part])])
    book.close()
    assert read(tmp_path / "raised.xlsx")[1:] == RAISED


def test_raised_text_in_cells_of_xls(read, tmp_path):
    book = xlwt.Workbook(encoding="utf-8")
    fonts = {"^": xlwt.easyfont("escapement superscript"), "_": xlwt.easyfont("escapement subscript"), " ": xlwt.easyfont("")}
    sheet = book.add_sheet("Rooms")
    for column, name in enumerate(["Room", "Area"]):
        sheet.write(0, column, name)
    for row, (name, parts) in enumerate(PARTS, 1):
        sheet.write(row, 0, name)
        parts = ["🛢 " + parts[0], *parts[1:]] if row == 1 else parts  # two units of UTF-16
        sheet.write_rich_text(row, 1, [(part[1:], fonts[part[0]]) if part[0] in fonts and part[0] != " " else (part, fonts[" "]) for part in parts])
    book.save(str(tmp_path / "raised.xls"))
    assert read(tmp_path / "raised.xls")[1:] == [RAISED[0].replace("120", "🛢 120"), *RAISED[1:]]


def test_raised_text_in_cells_of_opendocument(read, tmp_path):
    def span(part):
        return {"^": f'<text:span text:style-name="up">{part[1:]}</text:span>', "_": f'<text:span text:style-name="down"><text:span>{part[1:]}</text:span></text:span>'}.get(part[0], part)

    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = [["Room", "Area"], *([name, "".join(map(span, parts))] for name, parts in PARTS)]
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "style", "table", "text"))
    styles = "".join(f'<style:style style:name="{name}" style:family="text"><style:text-properties style:text-position="{place} 58%"/></style:style>' for name, place in (("up", "super"), ("down", "sub")))
    table = "".join("<table:table-row>" + "".join(cell.format(text) for text in row) + "</table:table-row>" for row in rows)
    (tmp_path / "raised.fods").write_text(
        f'<?xml version="1.0"?><office:document {names} office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>{styles}</office:automatic-styles>'
        f'<office:body><office:spreadsheet><table:table table:name="Rooms">{table}</table:table></office:spreadsheet></office:body></office:document>')
    assert read(tmp_path / "raised.fods")[1:] == RAISED


# ---- labels in the first column ----


@pytest.mark.parametrize("corner", [None, "Feature"])
def test_a_row_of_words_below_a_row_of_numbers_is_no_second_header(read, corner):
    rows = [[corner, "Basic", "Pro", "Max"], ["Users", 1, 5, 50], ["Colour", "red", "blue", "green"], ["Price", "€ 5", "€ 12", "€ 30"], ["Trial", True, True, False]]
    begin = f"{corner}: " if corner else ""
    assert read.sheet(rows)[2:] == [
        f"{begin}Colour | Basic: red | Pro: blue | Max: green", f"{begin}Price | Basic: € 5 | Pro: € 12 | Max: € 30", f"{begin}Trial | Basic: TRUE | Pro: TRUE | Max: FALSE"]


def test_words_that_name_attributes_make_no_header_of_a_row_of_values(read):
    rows = [["Feature", "Basic", "Pro", "Max"], ["Users", 1, 5, 50], ["Support", "mail", "phone", "manager"], ["Price", "€ 5", "€ 12", "€ 30"], ["Trial", True, True, False]]
    assert read.sheet(rows)[2] == "Feature: Support | Basic: mail | Pro: phone | Max: manager"


def test_names_may_leave_a_corner_of_two_columns(read):
    rows = [["Sales by month"], [None, None, "Jan", "Feb"], ["North", "Lamps", 1, 2], [None, "Desks", 3, 4], [None, "Total", 4, 6], ["South", "Lamps", 5, 6], [None, "Desks", 7, 8]]
    assert read.sheet(rows)[2:] == [
        "North | Lamps | Jan: 1 | Feb: 2", "North | Desks | Jan: 3 | Feb: 4", "Total | Jan: 4 | Feb: 6", "South | Lamps | Jan: 5 | Feb: 6", "South | Desks | Jan: 7 | Feb: 8"]


def test_keys_before_values_in_one_row_are_no_header(read):
    rows = [["Time sheet"], ["Employee", "Ann Lee", "Month", "March 2025"], ["Week", 10], [], ["Day", "Start", "Hours", "Remark"], ["Mon", "8:30", 8, "dentist"], ["Tue", "8:00", 7, None]]
    assert read.sheet(rows, bold_rows=[1, 5])[1:3] == ["Employee: Ann Lee | Month: March 2025", "Week | B3: 10"]


def test_a_row_of_units_of_several_parts(read):
    rows = [["Pump", "Flow", "Content", "Cells", "Power"], [None, "m³/h", "mg/dl", "10^9/l", "kW"], ["P-1", 12, 0.8, 5, 2.2], ["P-2", "see note", 0.7, 6, 3]]
    assert read.sheet(rows)[2:] == [
        "Pump: P-1 | Flow (m³/h): 12 | Content (mg/dl): 0.8 | Cells (10^9/l): 5 | Power (kW): 2.2", "Pump: P-2 | Flow (m³/h): see note | Content (mg/dl): 0.7 | Cells (10^9/l): 6 | Power (kW): 3"]


def test_months_and_years_are_names_and_no_units(read):
    rows = [["Plan", "Price", None], [None, "Month", "Year"], ["Basic", 5, 50], ["Pro", 12, 120]]
    assert read.sheet(rows, merged=["B1:C1", "A1:A2"])[2:] == ["Plan: Basic | Price Month: 5 | Price Year: 50", "Plan: Pro | Price Month: 12 | Price Year: 120"]


def test_one_name_over_two_names_is_their_group(read):
    rows = [["Article", "Price", None], [None, "Net", "Gross"], ["Hinge", 2.5, 2.98], ["Bracket", 7, 8.33]]
    assert read.sheet(rows)[2:] == ["Article: Hinge | Price Net: 2.5 | Price Gross: 2.98", "Article: Bracket | Price Net: 7 | Price Gross: 8.33"]
    rows = [["Report", "Sales", None], [None, 2023, 2024], ["North", 2, 3], ["South", 7, 8]]
    assert read.sheet(rows)[2:] == ["North | 2023: 2 | 2024: 3", "South | 2023: 7 | 2024: 8"]


def test_sums_take_no_number_of_a_position(read):
    rows = [["Pos.", "Bezeichnung", "Menge", "EP", "GP"], ["1", "Erdarbeiten"], ["1.1", "Aushub", 100, 12.5, 1250], ["1.2", "Abfuhr", 80, 8, 640],
            [None, "Nettosumme", None, None, 1890], [None, "MwSt. 19 %", None, None, 359.1], [None, "Rechnungsbetrag", None, None, 2249.1]]
    assert read.sheet(rows)[-3:] == ["Bezeichnung: Nettosumme | GP: 1890", "Bezeichnung: MwSt. 19 % | GP: 359.1", "Bezeichnung: Rechnungsbetrag | GP: 2249.1"]


def test_sums_under_a_column_of_numbers_have_no_name(read):
    rows = [["Pos", "Article", "Unit price", "Amount"], [1, "Hinge", 2.5, 10], [2, "Bracket", 7, 14], [None, None, "Net", 24], [None, None, "VAT 19 %", 4.56]]
    assert read.sheet(rows)[-2:] == ["Net | Amount: 24", "VAT 19 % | Amount: 4.56"]


def test_sums_behind_a_gap_have_the_names_above(read):
    rows = [["No.", "Name", "Maths", "English"], [1, "Berg", 2, 1], [2, "Conti", 4, 2], [], ["Average", None, 3, 1.5]]
    assert read.sheet(rows)[-1] == "Average | Maths: 3 | English: 1.5"


# ---- Excel's XML of 2003 ----

XML_WORKBOOK = """<?xml version="1.0" encoding="windows-1252"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40">
 <DocumentProperties xmlns="urn:schemas-microsoft-com:office:office"><Author>Ann</Author></DocumentProperties>
 <Styles>
  <Style ss:ID="Default" ss:Name="Normal"><Font ss:Size="11"/></Style>
  <Style ss:ID="s1"><Font ss:Size="11" ss:Bold="1"/></Style>
  <Style ss:ID="s2"><NumberFormat ss:Format="Short Date"/></Style>
  <Style ss:ID="s3"><NumberFormat ss:Format="#,##0.00\\ &quot;&#8364;&quot;"/></Style>
  <Style ss:ID="s4"><NumberFormat ss:Format="Percent"/></Style>
 </Styles>
 <Worksheet ss:Name="Räume"><Table>
  <Row><Cell ss:MergeAcross="4" ss:StyleID="s1"><Data ss:Type="String">Rooms 2025</Data></Cell></Row>
  <Row ss:Index="3" ss:StyleID="s1"><Cell><Data ss:Type="String">Room</Data></Cell><Cell><Data ss:Type="String">Area</Data></Cell><Cell><Data ss:Type="String">Since</Data></Cell><Cell><Data ss:Type="String">Rent</Data></Cell><Cell><Data ss:Type="String">Opens</Data></Cell><Cell><Data ss:Type="String">Share</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">Hall</Data></Cell><Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>120</B> m<Sup>2</Sup></ss:Data><Comment ss:Author="Ann"><ss:Data xmlns="http://www.w3.org/TR/REC-html40"><B>Ann:</B>&#10;measured</ss:Data></Comment></Cell><Cell ss:StyleID="s2"><Data ss:Type="DateTime">2024-03-05T00:00:00.000</Data></Cell><Cell ss:StyleID="s3"><Data ss:Type="Number">1234.5</Data></Cell><Cell><Data ss:Type="DateTime">1899-12-31T08:30:00.000</Data></Cell><Cell ss:StyleID="s4"><Data ss:Type="Number">0.25</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">Shed</Data></Cell><Cell ss:Index="4" ss:StyleID="s3"><Data ss:Type="Number">80</Data></Cell></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="Old"><Table><Row><Cell><Data ss:Type="String">Nothing is rented.</Data></Cell></Row></Table><WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
</Workbook>
"""


@pytest.mark.parametrize("name", ["rooms.xml", "rooms.xls"])
def test_a_workbook_in_xml_is_a_spreadsheet(kith, read, tmp_path, name):
    (tmp_path / name).write_bytes(XML_WORKBOOK.encode("cp1252"))
    assert read(tmp_path / name) == [
        "Rooms 2025", "Room | Area | Since | Rent | Opens | Share", "Room: Hall | Area: 120 m^2 | Since: 2024-03-05 | Rent: 1,234.50 € | Opens: 08:30 | Share: 25%",
        "Note on B4: Ann: measured", "Room: Shed | Rent: 80.00 €", "Nothing is rented."]
    result = kith("chunk", "--json", tmp_path / name)
    assert result.lines[0]["place"] == "sheet Räume, rows 1-5" and "sheet Old: the sheet is hidden, and read like the others" in result.err



@pytest.mark.parametrize("shown, value, text", [
    ("", "PT08H30M00S", "08:30"), ("", "PT36H05M07S", "36:05:07"), ("", "PT8H30M", "08:30"), ("", "PT8H30M00.250S", "08:30"), ("", "P1DT2H", "P1DT2H"),
    ("<text:p>8:30 h</text:p>", "PT08H30M00S", "8:30 h")])
def test_a_time_that_shows_no_text_is_read_by_its_value(read, tmp_path, shown, value, text):
    """Writers of spreadsheets leave the text out: LibreOffice makes it anew by the value."""
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    book = f'<office:document{spaces} office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet><table:table table:name="S">'
    words = "<table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>".format
    rows = [words("Train") + words("Leaves") + words("Day"), words("RE 7") + f'<table:table-cell office:value-type="time" office:time-value="{value}">{shown}</table:table-cell>' + words("daily")]
    rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    (tmp_path / "trains.fods").write_text(f'<?xml version="1.0"?>{book}{rows}</table:table></office:spreadsheet></office:body></office:document>')
    assert read(tmp_path / "trains.fods")[-1] == f"Train: RE 7 | Leaves: {text} | Day: daily"
