#!/bin/sh
# pdf-readers-leave-filled-forms-empty.sh - six readers of PDF give the printed text of a page, but not what was filled in or typed onto it.
#
# pypdf 7.1.1, pdfplumber 0.11.10, pdfminer.six 20260107, pypdfium2 5.15.2, markitdown 0.1.9, kreuzberg 4.10.4 (PyPI), each as it is by default;
# the file is made with PyMuPDF 2.0. On the page stand a printed line, three fields of a form that are filled in (a line, a text of several
# lines, a choice), a text box that was typed onto the page (FreeText) and a stamp. Each has an appearance, so every viewer and every print
# shows it. All six give the printed line alone, without a warning; the line's value is not found by searching for it. PyMuPDF, which made
# the file, gives all of them. (pypdf has get_form_text_fields and get_fields beside extract_text, which a pipeline must know to call; the
# text box and the stamp are in neither.) So an archive of filled forms becomes as many copies of the empty form, equal to each other.
# kith reads them all, in their places on the page.
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install PyMuPDF==2.0 pypdf==7.1.1 pdfplumber==0.11.10 pdfminer.six==20260107 \
    pypdfium2==5.15.2 'markitdown[pdf]==0.1.9' kreuzberg==4.10.4
"$folder/venv/bin/python" - "$folder/made.pdf" <<'END'
import importlib.metadata
import sys

import kreuzberg
import pdfminer.high_level
import pdfplumber
import pymupdf
import pypdf
import pypdfium2
from markitdown import MarkItDown

WORDS = ("printed", "filled", "remark", "chosen", "typed", "APPROVED")
PRINTED_ALONE = ["printed"]

made = pymupdf.open()
page = made.new_page()
page.insert_text((72, 72), "printed")
for row, (kind, value) in enumerate([("TEXT", "filled"), ("TEXT", "remark\nin lines"), ("COMBOBOX", "chosen")]):
    widget = pymupdf.Widget()
    widget.field_name = f"field {row}"
    widget.field_type = getattr(pymupdf, f"PDF_WIDGET_TYPE_{kind}")
    if kind == "COMBOBOX":
        widget.choice_values = ["other", value]
    elif "\n" in value:
        widget.field_flags = pymupdf.PDF_TX_FIELD_IS_MULTILINE
    widget.field_value = value
    widget.rect = pymupdf.Rect(72, 100 + 60 * row, 300, 150 + 60 * row)
    page.add_widget(widget)
page.add_freetext_annot(pymupdf.Rect(72, 300, 300, 330), "typed")
page.add_stamp_annot(pymupdf.Rect(72, 360, 300, 400), stamp=0)
made.save(sys.argv[1])
with pymupdf.open(sys.argv[1]) as again:
    assert all("AP" in again.xref_get_keys(number) for number, *_ in again[0].annot_xrefs()), "each annotation has an appearance"

with pdfplumber.open(sys.argv[1]) as plumbed:
    read = {"pdfplumber": plumbed.pages[0].extract_text()}
read |= {
    "pypdf": pypdf.PdfReader(sys.argv[1]).pages[0].extract_text(),
    "pdfminer.six": pdfminer.high_level.extract_text(sys.argv[1]),
    "pypdfium2": pypdfium2.PdfDocument(sys.argv[1])[0].get_textpage().get_text_range(),
    "markitdown": MarkItDown().convert(sys.argv[1]).markdown,
    "kreuzberg": kreuzberg.extract_file_sync(sys.argv[1]).content,
    "PyMuPDF": pymupdf.open(sys.argv[1])[0].get_text(),
}
changed = False
for name, text in read.items():
    found = [word for word in WORDS if word in text]
    changed |= found != (list(WORDS) if name == "PyMuPDF" else PRINTED_ALONE)
    print(name, importlib.metadata.version(name), "->", found)
raise SystemExit("the behaviour has changed" if changed else 0)
END
