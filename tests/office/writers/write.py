"""write.py - the files of Python's writers, and of pandoc and typst, for test_office_writers.py: python write.py DIRECTORY."""

import pathlib
import sys

import fpdf
import jupytext
import pypandoc
import typst
import weasyprint

MANUAL = """---
title: The mill
author: Ann Lund
---

# Mill

The wheel is 10^6^ mm wide[^1] and made of H~2~O proof oak.

[^1]: Measured in May.

## Bolts

| Bolt | Torque |
|------|--------|
| M5   | 12 Nm  |
| M8   | 25 Nm  |

3. Lift the stone
4. Dress the stone

Sack
:   A measure of flour.

> Grain is stored dry.

# Bakery

The oven holds ~~seventy~~ eighty loaves. It costs $\\frac{1}{2}$ of a crown.
"""

TYPST = """
#set page(width: 12cm, height: 9cm, numbering: "i")
#set text(hyphenate: true, lang: "en")
#set par(justify: true)
#set heading(numbering: "1.1")
= Mill
#let long = [The internationalization of the milling industry brought an extraordinary responsibility for all the neighbouring municipalities. ]
#long #long The wheel is made of oak#footnote[Measured in May.]. #long
== Bolts
#table(columns: 3, table.header([Bolt], [Dry], [Oiled]), [M5], [12 Nm], [9 Nm], [M8], [], [19 Nm])
#pagebreak()
#set page(numbering: "1")
#counter(page).update(1)
= Bakery
The oven holds eighty loaves and $1/2$ a sack. The area is 40#super[2] metres.
"""

PAGE = """<html lang="en"><head><title>Prices</title><style>
@page { size: 12cm 9cm; margin: 1.5cm; @top-center { content: "Price list of the mill" } @bottom-center { content: counter(page) " of " counter(pages) } }
p { hyphens: auto; text-align: justify } table { width: 100% } td, th { text-align: left }
</style></head><body><h1>Prices</h1>
<p>The internationalization of the milling industry brought an extraordinary responsibility for all the neighbouring municipalities,
which share the costs<sup>3</sup> of the state-of-the-art wheel of 10<sup>6</sup> grammes.</p>
<table><thead><tr><th>Article</th><th>Town</th><th>Price</th></tr></thead><tbody>ROWS</tbody></table></body></html>"""


def with_pandoc(folder: pathlib.Path) -> None:
    for kind, name in (("docx", "pandoc.docx"), ("odt", "pandoc.odt"), ("pptx", "pandoc.pptx"), ("epub2", "pandoc-2.epub"), ("epub3", "pandoc-3.epub"),
                       ("rtf", "pandoc.rtf"), ("html", "pandoc.html"), ("ipynb", "pandoc.ipynb"), ("man", "pandoc.1"), ("rst", "pandoc.rst"),
                       ("org", "pandoc.org"), ("asciidoc", "pandoc.adoc"), ("latex", "pandoc.tex"), ("docbook", "pandoc.xml")):
        extra = ["--standalone", *(["--toc"] if kind not in ("ipynb", "pptx", "man") else [])]
        pypandoc.convert_text(MANUAL, kind, format="markdown", outputfile=str(folder / name), extra_args=extra)


def with_typst(folder: pathlib.Path) -> None:
    (folder / "typst.typ").write_text(TYPST)
    typst.compile(folder / "typst.typ", output=folder / "typst.pdf")


def with_weasyprint(folder: pathlib.Path) -> None:
    rows = "".join(f"<tr><td>Article {n}</td><td>{'' if n % 3 else 'Visby'}</td><td>{n * 7} crowns</td></tr>" for n in range(1, 31))
    weasyprint.HTML(string=PAGE.replace("ROWS", rows)).write_pdf(folder / "weasyprint.pdf")


def with_fpdf2(folder: pathlib.Path) -> None:
    pdf = fpdf.FPDF()
    pdf.set_font("Helvetica", size=11)
    pdf.add_page()
    pdf.start_section("Rivers")
    pdf.cell(text="Rivers", new_x="LMARGIN", new_y="NEXT")
    with pdf.text_columns(ncols=2, gutter=8, text_align="J") as columns:
        for n in range(40):
            columns.write(f"Sentence {n} tells of the river and of the boats upon it and of the men. ")
    pdf.add_page()
    with pdf.table() as table:
        for cells in (("River", "Length", "Remark"), ("Aller", "215 km", "Flows into the Weser near Verden, and is navigable up to Celle"), ("Oker", "128 km", "")):
            table.row(cells)
    pdf.output(str(folder / "fpdf2.pdf"))


def with_jupytext(folder: pathlib.Path) -> None:
    notebook = jupytext.reads("# %% [markdown]\n# # Mill\n# The mill grinds forty sacks a day.\n\n# %%\nsacks = 40\nprint(sacks)\n", fmt="py:percent")
    jupytext.write(notebook, folder / "jupytext.ipynb")


if __name__ == "__main__":
    for write in (with_pandoc, with_typst, with_weasyprint, with_fpdf2, with_jupytext):
        write(pathlib.Path(sys.argv[1]))
