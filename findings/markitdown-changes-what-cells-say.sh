#!/bin/sh
# markitdown-changes-what-cells-say.sh - a workbook's text cells come out of markitdown as other values, and a slide's table with another number of columns.
#
# markitdown 0.1.9 with its xlsx and pptx extras (PyPI), files made with XlsxWriter 3.2.9 and python-pptx 1.0.2:
#   a column of the texts 00123, 00456 (stored as strings)     123, 456: part numbers, postal codes and accounts lose their zeros
#   a column of the texts 1e5, 2e3                             100000.0, 2000.0
#   the texts NA, None, null, n/a                              NaN, all of them: North America, sodium and "none" are one
#   0.256 shown as 25.6%, 1234.5 shown as EUR 1,234.50         0.256 and 1234.5
#   a name that is merged over two columns                     the second column is called "Unnamed: 1"
#   a slide's table with the cell "a|b" in two columns         a row of three columns, since "|" is not escaped
# No notice is given. kith reads a cell as the sheet shows it (docs/formats.md).
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install 'markitdown[xlsx,pptx]==0.1.9' XlsxWriter==3.2.9 python-pptx==1.0.2
"$folder/venv/bin/python" - "$folder" <<'END'
import importlib.metadata
import sys

import pptx
import xlsxwriter
from markitdown import MarkItDown

EXPECTED_SHEET = [
    "| part | code | region | share | price | merged | Unnamed: 6 |",
    "| 123 | 100000.0 | NaN | 0.256 | 1234.5 | x | NaN |",
    "| 456 | 2000.0 | NaN | 0.256 | 1234.5 | x | null! |",
    "| 789 | 3000.0 | NaN | 0.256 | 1234.5 | x | NaN |",
]
EXPECTED_SLIDE = ["| name | value |", "| a|b | c |"]

with xlsxwriter.Workbook(f"{sys.argv[1]}/made.xlsx") as workbook:
    sheet = workbook.add_worksheet()
    percent = workbook.add_format({"num_format": "0.0%"})
    money = workbook.add_format({"num_format": '"EUR "#,##0.00'})
    for column, name in enumerate(["part", "code", "region", "share", "price"]):
        sheet.write_string(0, column, name)
    sheet.merge_range("F1:G1", "merged")
    for row, texts in enumerate([("00123", "1e5", "NA"), ("00456", "2e3", "None"), ("00789", "3e3", "null")], start=1):
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 3, 0.256, percent)
        sheet.write_number(row, 4, 1234.5, money)
        sheet.write_string(row, 5, "x")
        sheet.write_string(row, 6, ("n/a", "null!", "NA")[row - 1])

presentation = pptx.Presentation()
slide = presentation.slides.add_slide(presentation.slide_layouts[6])
table = slide.shapes.add_table(2, 2, 0, 0, 3_000_000, 1_000_000).table
for place, text in {(0, 0): "name", (0, 1): "value", (1, 0): "a|b", (1, 1): "c"}.items():
    table.cell(*place).text = text
presentation.save(f"{sys.argv[1]}/made.pptx")

print("markitdown", importlib.metadata.version("markitdown"))
changed = False
for name, expected in (("made.xlsx", EXPECTED_SHEET), ("made.pptx", EXPECTED_SLIDE)):
    lines = MarkItDown().convert(f"{sys.argv[1]}/{name}").markdown.splitlines()
    found = [line for line in lines if line.startswith("| ") and not line.startswith("| ---")]
    print(name, *found, sep="\n")
    if found != expected:
        changed = True
        print("was", *expected, sep="\n")
raise SystemExit("the behaviour has changed" if changed else 0)
END
