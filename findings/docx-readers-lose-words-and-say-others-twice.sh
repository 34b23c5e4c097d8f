#!/bin/sh
# docx-readers-lose-words-and-say-others-twice.sh - what four readers of Word files make of ordinary runs.
#
# mammoth 1.13.0 and markitdown 0.1.9 (which stands on it), docx2txt 0.9, docx2python 3.7.1 (PyPI); the file is made with python-docx 1.2.0.
#   a base text with a phonetic guide (w:ruby), as Japanese has it     mammoth and markitdown: the guide and the base text are both missing
#   the result of a simple field (w:fldSimple: a date, an author)      mammoth and markitdown: missing
#   a run with a direction of its own (w:dir, w:bdo)                   mammoth and markitdown: missing
#   a move that is tracked (w:moveFrom, w:moveTo)                      docx2txt and docx2python: both places are read, so the text stands twice
#   a text box with its older form beside it (mc:AlternateContent)     docx2txt and docx2python: twice
#   a non-breaking hyphen (w:noBreakHyphen)                            docx2txt and docx2python: the two words are glued together
# None of them raises or warns. A passage of such a text is not found by its own words, or is found twice.
# kith reads the base text, the field's result, runs of either direction, a moved text at its new place, a box once, and a hyphen.
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install python-docx==1.2.0 mammoth==1.13.0 'markitdown[docx]==0.1.9' docx2txt==0.9 \
    docx2python==3.7.1
"$folder/venv/bin/python" - "$folder/made.docx" <<'END'
import importlib.metadata
import sys

import docx
import docx2txt
import mammoth
from docx.oxml import parse_xml
from docx2python import docx2python
from markitdown import MarkItDown

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)
# How often each reader gives the words of the left column.
READERS = ("mammoth", "markitdown", "docx2txt", "docx2python")
EXPECTED = {
    "plain": (1, 1, 1, 1),
    "base": (0, 0, 1, 1),
    "field": (0, 0, 1, 1),
    "embedded": (0, 0, 1, 1),
    "override": (0, 0, 1, 1),
    "moved": (1, 1, 2, 2),
    "boxed": (1, 1, 2, 2),
    "glued": (0, 0, 1, 1),
}


def run(text):
    return f"<w:r><w:t>{text}</w:t></w:r>"


box = f"<w:txbxContent><w:p>{run('boxed')}</w:p></w:txbxContent>"
paragraphs = [
    run("plain"),
    f"<w:r><w:ruby><w:rt>{run('guide')}</w:rt><w:rubyBase>{run('base')}</w:rubyBase></w:ruby></w:r>",
    f'<w:fldSimple w:instr=" SUBJECT ">{run("field")}</w:fldSimple>',
    f'<w:dir w:val="rtl">{run("embedded")}</w:dir>',
    f'<w:bdo w:val="rtl">{run("override")}</w:bdo>',
    f'<w:moveFrom w:id="1" w:author="a">{run("moved")}</w:moveFrom>',
    f'<w:moveTo w:id="2" w:author="a">{run("moved")}</w:moveTo>',
    '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>'
    f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
    "<w:r><w:t>glu</w:t><w:noBreakHyphen/><w:t>ed</w:t></w:r>",
]
document = docx.Document()
for paragraph in paragraphs:
    document.element.body.insert(len(document.element.body) - 1, parse_xml(f"<w:p {NAMESPACES}>{paragraph}</w:p>"))
document.save(sys.argv[1])

with open(sys.argv[1], "rb") as file:
    read = [mammoth.extract_raw_text(file).value]
read += [MarkItDown().convert(sys.argv[1]).markdown, docx2txt.process(sys.argv[1]), docx2python(sys.argv[1]).text]
print(" " * 10, *(f"{name} {importlib.metadata.version(name)}" for name in READERS))
changed = False
for word, expected in EXPECTED.items():
    found = tuple(text.count(word) for text in read)
    changed |= found != expected
    print(f"{word:10}", *(f"{count:>{len(name)}}" for name, count in zip(READERS, found)), "" if found == expected else f"(was {expected})")
raise SystemExit("the behaviour has changed" if changed else 0)
END
