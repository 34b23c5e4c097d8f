"""extract.py - how much CPU time does reading a file take, by format?

Read are files as the formats' common writers make them (python-docx, python-pptx, openpyxl, EbookLib and Python's own email, mailbox, csv and
json, of fixed versions, from texts of the reference data), and files of the reference data as they are. "start" is the least file of a kind:
what its confined process costs, in a run over many files, and for the first file of a run, which starts the fork server.

With --base another tree's build (DIRECTORY/build) reads the same files, in rounds that alternate with this one's; "x" is this build's CPU time
over the base's, and "text" what this build finds in it, over what the base finds. A driver (extract_driver.c) is compiled against each tree.
The CPU time of the started processes counts. Of each file the round that took least is taken, since other work on the machine only ever adds.
"""

import csv
import email.message
import html
import json
import mailbox
import pathlib
import random
import subprocess
import sys
import tempfile

from kithbench import data, drivers, report

LEAST_MS = 150
LINKED = ["simdjson", "re2", "libutf8proc", "nettle", "md4c", "sqlite3"]
LINKED_OFFICE = ["libxml-2.0", "expat", "zlib", "gmime-3.0"]  # the base's library holds the readers of these too


def paragraphs(count: int) -> list[str]:
    text = (data.folder("gutenberg") / "sherlock-holmes-1661.txt").read_text(encoding="utf-8-sig")
    found = [" ".join(part.split()) for part in text.replace("\r", "").split("\n\n")]
    return [part for part in found if len(part) > 40][:count]


def rows(count: int) -> list[list]:
    rng = random.Random(7)
    words = sorted({word for part in paragraphs(200) for word in part.split() if word.isalpha() and len(word) > 4})
    made = [["Number", "Name", "Price", "Date", "Remark"]]
    for number in range(1, count + 1):
        day = f"20{rng.randrange(10, 27)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        made.append([number, " ".join(rng.sample(words, 2)), round(rng.uniform(1, 900), 2), day, " ".join(rng.sample(words, 8))])
    return made


def make_docx(path: pathlib.Path) -> None:
    import docx

    document = docx.Document()
    for number, part in enumerate(paragraphs(1200)):
        if number % 40 == 0:
            document.add_heading(f"Chapter {number // 40 + 1}", 1)
        if number % 7 == 0:
            document.add_paragraph(part, style="List Bullet")
        else:
            added = document.add_paragraph(part[:80])
            added.add_run(part[80:200]).bold = True
            added.add_run(part[200:])
    table = document.add_table(rows=0, cols=5)
    for row in rows(60):
        for cell, value in zip(table.add_row().cells, row):
            cell.text = str(value)
    document.save(path)


def make_pptx(path: pathlib.Path) -> None:
    import pptx
    from pptx.util import Inches

    presentation = pptx.Presentation()
    for number, part in enumerate(paragraphs(150)):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number}"
        slide.placeholders[1].text = part
        slide.notes_slide.notes_text_frame.text = part[:100]
        if number % 10 == 0:
            table = slide.shapes.add_table(6, 5, Inches(1), Inches(4), Inches(8), Inches(2)).table
            for y, row in enumerate(rows(5)):
                for x, value in enumerate(row):
                    table.cell(y, x).text = str(value)
    presentation.save(path)


def make_xlsx(path: pathlib.Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows(8000):
        sheet.append(row)
    book.save(path)


def make_epub(path: pathlib.Path) -> None:
    from ebooklib import epub

    book = epub.EpubBook()
    book.set_title("Adventures")
    book.set_language("en")
    parts, chapters = paragraphs(1200), []
    for number in range(24):
        body = "".join(f"<p>{html.escape(part)}</p>\n" for part in parts[number * 50:number * 50 + 50])
        chapter = epub.EpubHtml(title=f"Chapter {number + 1}", file_name=f"c{number}.xhtml")
        chapter.content = f"<h1>Chapter {number + 1}</h1>\n{body}"
        book.add_item(chapter)
        chapters.append(chapter)
    book.toc, book.spine = chapters, ["nav", *chapters]
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    epub.write_epub(str(path), book)


def message(number: int, parts: list[str]) -> email.message.EmailMessage:
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = "ann@example.org", "bob@example.org", f"Case {number}"
    made["Date"] = f"Mon, {number % 28 + 1:02} Jan 2024 10:00:00 +0000"
    made["Message-ID"] = f"<{number}@example.org>"
    made.set_content("\n\n".join(parts))
    made.add_alternative("<html><body>" + "".join(f"<p>{html.escape(part)}</p>" for part in parts) + "</body></html>", subtype="html")
    return made


def make_eml(path: pathlib.Path) -> None:
    path.write_bytes(bytes(message(1, paragraphs(400))))


def make_mbox(path: pathlib.Path) -> None:
    parts, box = paragraphs(1200), mailbox.mbox(path)
    for number in range(120):
        box.add(message(number, parts[number * 10:number * 10 + 10]))
    box.close()


def make_csv(path: pathlib.Path) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows(12000))


def make_jsonl(path: pathlib.Path) -> None:
    lines = [json.dumps({"id": f"p{number}", "text": part, "year": 1890 + number % 9}) for number, part in enumerate(paragraphs(1200))]
    path.write_text("\n".join(lines) + "\n")


def make_notebook(path: pathlib.Path) -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [part]} if number % 2 else
             {"cell_type": "code", "metadata": {}, "source": [f"print({number})"], "outputs": [], "execution_count": number}
             for number, part in enumerate(paragraphs(1200))]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


WRITERS = {"docx": make_docx, "pptx": make_pptx, "xlsx": make_xlsx, "epub": make_epub, "eml": make_eml, "mbox": make_mbox, "csv": make_csv,
           "jsonl": make_jsonl, "ipynb": make_notebook}
KEPT = {"htm, a book": "gutenberg/sherlock-holmes-1661.htm", "html, a reference": "manuals/docs/git-shortlog.html",
        "html, a manual": "manuals/docs/py-zipfile.html", "txt": "gutenberg/sherlock-holmes-1661.txt",
        "txt, latin-1": "gutenberg/sherlock-holmes-1661-latin1.txt", "md, prose": "chunking-eval/corpora/finance.md",
        "md, a manual": "manuals/docs/package-json.md", "json": "docs-qa/anthropic_docs.json", "pdf": "manuals/docs/shared-mime-info-spec.pdf"}
STARTS = {"start: html": ("e.html", "<p>hello world</p>\n"), "start: eml": ("e.eml", "From: a@example.org\nSubject: a\n\nhello\n")}


def make_files(folder: pathlib.Path, wanted: list[str]) -> dict[str, pathlib.Path]:
    files = {}
    for case, write in WRITERS.items():
        if case in wanted or not wanted:
            files[case] = folder / f"made.{case}"
            write(files[case])
    for case, name in KEPT.items():
        if case.split(",")[0] in wanted or not wanted:
            kept, _, rest = name.partition("/")
            files[case] = data.folder(kept) / rest
    for case, (name, content) in STARTS.items():
        if "start" in wanted or not wanted:
            files[case] = folder / name
            files[case].write_text(content)
    return files


def compile_driver(tree: pathlib.Path, out: pathlib.Path) -> pathlib.Path:
    build = tree / "build"
    packages = LINKED + ([] if (build / "libkith-foreign.a").exists() else LINKED_OFFICE)
    flags = subprocess.run(["pkg-config", "--libs", *packages], capture_output=True, text=True, check=True).stdout.split()
    command = ["c++", "-o", out, out.with_suffix(".o"), build / "libkith-objects.a", *flags, "-lstemmer", "-lcurl", "-lm", "-ldl", "-lpthread"]
    source = report.ROOT / "bench/extract_driver.c"
    includes = [f"-I{tree / 'include'}", f"-I{tree / 'src'}"]
    subprocess.run(["cc", "-std=gnu17", "-O2", "-D_GNU_SOURCE", f"-DLEAST_MS={LEAST_MS}", *includes, "-c", source, "-o", out.with_suffix(".o")], check=True)
    subprocess.run(command, check=True)
    return out


def read(driver: pathlib.Path, worker: pathlib.Path, file: pathlib.Path) -> tuple[int, int, int]:
    """Nanoseconds of one read and of the first one of a run, and the bytes of text."""
    with file.open("rb") as content:
        done = subprocess.run([driver, worker, file.name], stdin=content, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"kith: {done.stderr.strip() or f'{driver} ended with status {done.returncode}'}")
    one, first, text = done.stdout.split()
    return int(one), int(first), int(text)


def show(table: report.Report, case: str, size: int, found: dict[str, tuple[int, int, int]]) -> None:
    for system, (nanoseconds, first, _) in found.items():
        table.add(case, system, "CPU", nanoseconds / 1e6, "ms")
        if case.startswith("start"):
            table.add(case, system, "CPU of a run's first", first / 1e6, "ms")
        if not case.startswith("start"):
            table.add(case, system, "CPU per MB", nanoseconds / size, "ms/MB")
    if "base" in found:
        table.add(case, "this build", "CPU / base", found["this build"][0] / found["base"][0], "x")
        table.add(case, "this build", "text / base", found["this build"][2] / max(1, found["base"][2]), "x")


def main() -> None:
    options = drivers.parser(__doc__, rounds=9)
    options.add_argument("--kinds", default="", help="of these only: suffixes, and \"start\"; else all")
    asked = options.parse_args()
    trees = drivers.trees(asked)
    table = report.Report("extract", asked.json)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as name:
        scratch = pathlib.Path(name)
        compiled = {system: compile_driver(tree, scratch / system.replace(" ", "-")) for system, tree in trees.items()}
        for case, file in make_files(scratch, asked.kinds.split(",") if asked.kinds else []).items():
            rounds = {system: [] for system in compiled}
            for _ in range(asked.rounds):
                for system, driver in compiled.items():
                    rounds[system].append(read(driver, trees[system] / "build/kith-extract", file))
            show(table, case, file.stat().st_size, {system: tuple(map(min, zip(*taken))) for system, taken in rounds.items()})


if __name__ == "__main__":
    main()
