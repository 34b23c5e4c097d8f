#!/bin/sh
# html-readers-make-other-numbers.sh - six readers of HTML turn powers, fractions and the numbers of list items into other numbers.
#
# html2text 2025.4.15, markdownify 1.2.3, markitdown 0.1.9, inscriptis 2.7.6, trafilatura 2.3.1, kreuzberg 4.10.4 (PyPI), each as it is by default.
#   10<sup>24</sup> kg                    all six: 1024 kg
#   in 2019<sup>3</sup> (a footnote)      all six: in 20193
#   MathML's fraction 1 over 2            five: 12, so "2 1/2" reads "2 12"; trafilatura: nothing, so it reads "2"
#   MathML's root of 16                   five: 16; trafilatura: nothing
#   5 with its TeX beside it (annotation) five: 55; trafilatura: \(5\)
#   a list that starts at 4               inscriptis: 1; trafilatura and kreuzberg: no number
#   an item with value="9", the second    html2text, markdownify, markitdown: 2; trafilatura and kreuzberg: no number
#   a list that counts down from 2        html2text, markdownify, markitdown, inscriptis: 1, 2; trafilatura and kreuzberg: no number
#   a choice of 10 and 20, 20 chosen      html2text, markdownify, markitdown, inscriptis: 1020; trafilatura: nothing
# No reader warns. What a passage then says is wrong by powers of ten, a clause is cited by another's number, and 10^24 or 1/2 is not found.
# kith reads 10^24, 2019 ³, 2 1/2, sqrt(16), 5, 4., 9., 2. and 1., and the choice as a list of which one is marked.
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install html2text==2025.4.15 markdownify==1.2.3 markitdown==0.1.9 inscriptis==2.7.6 \
    trafilatura==2.3.1 lxml_html_clean==0.4.6 kreuzberg==4.10.4
"$folder/venv/bin/python" - "$folder/made.html" <<'END'
import importlib.metadata
import re
import sys

import html2text
import inscriptis
import kreuzberg
import markdownify
import trafilatura
from markitdown import MarkItDown

HALF = "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
FIVE = '<math><semantics><mn>5</mn><annotation encoding="application/x-tex">5</annotation></semantics></math>'
# Each part of the page stands between two words of its own; what the readers give between them, in the order of READERS.
PARTS = {
    "power": "<p>powera 10<sup>24</sup> kg powerz</p>",
    "footnote": "<p>footnotea in 2019<sup>3</sup> footnotez</p>",
    "fraction": f"<p>fractiona 2 {HALF} litres fractionz</p>",
    "root": "<p>roota <math><msqrt><mn>16</mn></msqrt></math> cm rootz</p>",
    "annotated": f"<p>annotateda {FIVE} cm annotatedz</p>",
    "start": '<p>starta</p><ol start="4"><li>clause</li></ol><p>startz</p>',
    "value": '<p>valuea</p><ol><li>clause</li><li value="9">clause</li></ol><p>valuez</p>',
    "down": "<p>downa</p><ol reversed><li>clause</li><li>clause</li></ol><p>downz</p>",
    "choice": "<p>choicea <select><option>10</option><option selected>20</option></select> choicez</p>",
}
READERS = ("html2text", "markdownify", "markitdown", "inscriptis", "trafilatura", "kreuzberg")
EXPECTED = {
    "power": ("1024 kg",) * 6,
    "footnote": ("in 20193",) * 6,
    "fraction": ("2 12 litres",) * 4 + ("2 litres", "2 12 litres"),
    "root": ("16 cm",) * 4 + ("cm", "16 cm"),
    "annotated": ("55 cm",) * 4 + (r"\(5\) cm", "55 cm"),
    "start": ("4. clause", "4. clause", "4. clause", "1. clause", "- clause", "clause"),
    "value": ("1. clause 2. clause",) * 3 + ("1. clause 9. clause", "- clause - clause", "clause clause"),
    "down": ("1. clause 2. clause",) * 4 + ("- clause - clause", "clause clause"),
    "choice": ("1020",) * 4 + ("", "10 * 20"),
}

filler = "<p>" + "This page is long enough for a reader that judges pages by their length. " * 5 + "</p>"
html = f"<!DOCTYPE html><html><head><title>Page</title></head><body><article><h1>Page</h1>{filler}{''.join(PARTS.values())}{filler}</article></body></html>"
with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write(html)
read = (
    html2text.html2text(html),
    markdownify.markdownify(html),
    MarkItDown().convert(sys.argv[1]).markdown,
    inscriptis.get_text(html),
    trafilatura.extract(html) or "",
    re.sub("<!--.*?-->", "", kreuzberg.extract_file_sync(sys.argv[1]).content),  # it keeps the source of MathML as a comment
)
print(" | ".join(f"{name} {importlib.metadata.version(name)}" for name in READERS))
changed = False
for part, expected in EXPECTED.items():
    found = tuple(" ".join(text.partition(f"{part}a")[2].partition(f"{part}z")[0].split()) for text in read)
    changed |= found != expected
    print(f"{part:9}", " | ".join(found), "" if found == expected else f"(was {' | '.join(expected)})")
raise SystemExit("the behaviour has changed" if changed else 0)
END
