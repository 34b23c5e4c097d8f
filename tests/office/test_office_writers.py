"""Files of other writers than LibreOffice: npm's (docx, exceljs, SheetJS, pptxgenjs, nodemailer, epub-gen-memory), Python's (weasyprint, fpdf2,
jupytext), excelize, pandoc and typst, of fixed versions (writers/). What the files say stands in the programs that write them."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

WRITERS = pathlib.Path(__file__).resolve().parent / "writers"
MANUAL = ("Mill\n\nThe wheel is 10^6 mm wide and made of H2O proof oak.\n\nFootnote 1: Measured in May.\n\nBolts\n\nBolt | Torque\nBolt: M5 | Torque: 12 Nm\n"
          "Bolt: M8 | Torque: 25 Nm\n\n3. Lift the stone\n4. Dress the stone\n\nSack\n\nA measure of flour.\n\nGrain is stored dry.\n\nBakery\n\n"
          "The oven holds seventy eighty loaves. It costs 1/2 of a crown.")


def written(command: list[str], folder: pathlib.Path, **more: str) -> pathlib.Path:
    done = subprocess.run([*command, str(folder)], cwd=WRITERS, env={**os.environ, **more}, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return folder


@pytest.fixture(scope="session")
def npm(tmp_path_factory) -> pathlib.Path:
    modules = os.environ.get("KITH_WRITERS_NPM")
    if not modules:
        pytest.skip("KITH_WRITERS_NPM names no folder with npm's writers: ./dev test-office installs them where there is npm")
    return written(["node", "write.mjs"], tmp_path_factory.mktemp("npm"))


@pytest.fixture(scope="session")
def python(tmp_path_factory) -> pathlib.Path:
    return written([sys.executable, "write.py"], tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="session")
def excelize(tmp_path_factory) -> pathlib.Path:
    version = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True).stdout if shutil.which("go") else ""
    if not (found := re.match(r"go1\.(\d+)", version)) or int(found[1]) < 21:
        pytest.skip("go 1.21 or later, which builds excelize, is not installed")
    return written(["go", "run", "."], tmp_path_factory.mktemp("go"))


def notices(reader, path: pathlib.Path) -> list[str]:
    """What kith tells of a file that it adds."""
    event = json.loads(reader.kith("add", "--json", path).out.splitlines()[0])
    assert event["outcome"] == "added", event
    return event.get("notices", [])


# ---- Word ----


def test_npm_docx(reader, npm):
    assert reader.text(npm / "npm-docx.docx") == (
        "Service\n\n1. Delivery at the gate\n2. Payment within thirty days\n\nThe pump holds 10^6 ohm.\n\nComment (Ann): Ask the owner first.\n\n"
        "Footnote 1: Measured in May.\n\nBolts\n\nBolt | Dry | Oiled\nBolt: M5 | Dry: 12 Nm | Oiled: 9 Nm\nBolt: M5 | Dry: 13 Nm | Oiled: 10 Nm\n"
        "Bolt: M8 | Dry: 25 Nm | Oiled: 19 Nm\n\nLeft of the gate.\n\nHeader: Confidential")
    (chunk,) = [chunk for chunk in reader.chunks(npm / "npm-docx.docx", 120) if "M8" in chunk["content"]]
    assert chunk["heading"] == "Service > Bolts"


@pytest.mark.parametrize("name", ["pandoc.docx", "pandoc.odt"])
def test_pandoc_of_texts(reader, python, name):
    assert reader.text(python / name).endswith(MANUAL)


def test_pandoc_of_rtf_keeps_formulas_as_it_writes_them(reader, python):
    text = reader.text(python / "pandoc.rtf").replace("\u00a0", "").replace("$\\frac{1}{2}$", "1/2")
    assert text.endswith(MANUAL)


# ---- sheets ----


def test_exceljs(reader, npm):
    assert reader.text(npm / "exceljs.xlsx") == (
        "Report | Stock of May\n\nPart | Price | Since | Share | Worked | Sum\n\n"
        "Part: Gasket | Price: \u20ac 1,234.50 | Since: 2024-04-01 | Share: 7.5% | Worked: 36:30 | Sum: =B4*2\n\n"
        "Part: Valve big | Price: \u20ac 99.00 | Since: 2024-05-02 | Share: 50% | Worked: 06:00 | Sum: 198\n\nNote on A5: agreed by phone\n\n"
        "Region | 2023 | 2024\n\nRegion: North | 2023: 110 | 2024: 120\n\nRegion: South | 2023: 90 | 2024: 95\n\nPerson | Room\n\nPerson: Lund | Room: orangery")
    assert notices(reader, npm / "exceljs.xlsx") == ["sheet Staff: the sheet is hidden, and read like the others"]


def test_excelize(reader, excelize):
    assert reader.text(excelize / "excelize.xlsx") == (
        "Stock of the mill\n\nHall | Part | Count | Since\n\nHall: North | Part: Gasket | Count: 17 | Since: 2024-04-01\n\nNote on B4: agreed by phone\n\n"
        "Hall: North | Part: Valve | Count: 4 | Since: 2024-05-02\n\nHall: Sum | Count: =SUM(C4:C5)\n\nSupplier | Town\n\nSupplier: Acme | Town: Kiel")


def test_excelize_row_by_row(reader, excelize):
    assert reader.text(excelize / "excelize-stream.xlsx") == (
        "Bolt | Torque | Worked\n\nBolt: M5 | Torque: 12 | Worked: 36:30\n\nBolt: M8 | Torque: 24 | Worked: 36:30")


@pytest.mark.parametrize("extension", ["xlsx", "xls", "ods", "fods"])
def test_sheetjs(reader, npm, extension):
    path = npm / f"sheetjs.{extension}"
    assert reader.text(path) == ("Item | Date | Sold out\n\nItem: Lamp | Date: 2024-01-15 | Sold out: TRUE\n\n"
                                 "Item: Bulb | Date: 2024-02-29 | Sold out: FALSE")
    assert {chunk["place"] for chunk in reader.chunks(path)} == {"sheet Gr\u00f6\u00dfen, rows 1-3"}


# ---- slides ----


def test_pptxgenjs(reader, npm):
    assert reader.text(npm / "pptxgenjs.pptx") == (
        "Rollout plan\n\nstep one\n\nstep two\n\nNotes: Ask the mayor.\n\nRegion | Sales\nRegion: North | Sales: 120\nRegion: South | Sales: 95\n\n"
        "Chart: Visitors a month\nVisitors: May 31, June 47")


def test_pandoc_of_slides(reader, python):
    chunks = reader.chunks(python / "pandoc.pptx")
    assert [chunk["place"] for chunk in chunks] == [f"slide {number}" for number in range(1, 6)]
    assert chunks[1]["heading"] == "Mill" and "Bolt: M8 | Torque: 25 Nm" in chunks[1]["content"]
    assert "costs 1/2 of a crown" in chunks[3]["content"]


# ---- mail ----


def test_nodemailer_an_invitation_is_read_once(reader, npm):
    assert reader.text(npm / "nodemailer-invitation.eml") == (
        "Subject: Pr\u00fcfung am Dach\nFrom: Ann <ann@example.org>\nTo: bob@example.org\nDate: Wed, 01 May 2024 10:00:00 +0000\n\nPlease come.\n\n"
        "Invitation: Roof inspection\nWhen: 2024-06-03 13:00 to 14:00 UTC\nWhere: Hall 7")


def test_nodemailer_html_says_more_than_its_stub_and_a_long_name_is_whole(reader, npm):
    chunks = reader.chunks(npm / "nodemailer-bill.eml")
    assert "312.40 euro" in chunks[0]["content"] and "HTML reader" not in chunks[0]["content"]
    assert [chunk["content"] for chunk in chunks[1:]] == ["Part: Gasket\nCount: 17", "Part: Valve\nCount: 4"]
    assert "Gr\u00f6\u00dfe und sehr langer Name der Anlage, der umbrochen werden muss.csv" in chunks[1]["id"]


# ---- books, pages, notebooks and light markup ----


@pytest.mark.parametrize("version", [2, 3])
def test_epub_gen(reader, npm, version):
    path = npm / f"epub-gen-{version}.epub"
    assert reader.text(path) == "Buying\n\nThe boat was bought in spring.\n\nSelling\n\nThe boat was sold in autumn."
    assert [chunk["place"] for chunk in reader.chunks(path)] == ["chapter Buying", "chapter Selling"]


@pytest.mark.parametrize("version", [2, 3])
def test_pandoc_of_books(reader, python, version):
    text = reader.text(python / f"pandoc-{version}.epub")
    assert text.startswith("Mill\n\nThe wheel is 10^6 mm wide \u00b9 and made of H2O proof oak.\n\nBolts\n\nBolt | Torque\nBolt: M5 | Torque: 12 Nm\n")
    assert text.count("Bakery") == 1  # not in a table of contents


def test_pandoc_of_a_page(reader, python):
    text = reader.text(python / "pandoc.html")
    assert ("The wheel is 10^6 mm wide \u00b9 and made of H2O proof oak.\n\nBolts\n\nBolt | Torque\nBolt: M5 | Torque: 12 Nm\nBolt: M8 | Torque: 25 Nm\n\n"
            "3. Lift the stone\n4. Dress the stone\n\nSack: A measure of flour.") in text
    assert text.count("Bakery") == 1


def test_pandoc_of_docbook(reader, python):
    assert ("Mill\n\nThe wheel is 10^6 mm wide and made of H2O proof oak.\n\nFootnote 1: Measured in May.\n\nBolts\n\nBolt | Torque\nBolt: M5 | Torque: 12 Nm\n"
            "Bolt: M8 | Torque: 25 Nm\n\n3. Lift the stone\n\n4. Dress the stone\n\nSack\n\n- A measure of flour.") in reader.text(python / "pandoc.xml")


def test_pandoc_of_a_manual_page(reader, python):
    (chunk,) = [chunk for chunk in reader.chunks(python / "pandoc.1", 60) if "eighty" in chunk["content"]]
    assert chunk["heading"] == "Bakery"


@pytest.mark.parametrize("extension", ["rst", "org", "adoc", "tex"])
def test_pandoc_of_light_markup_has_its_headings(reader, python, extension):
    headings = {chunk["heading"].removeprefix("The mill > ") for chunk in reader.chunks(python / f"pandoc.{extension}", 60) if "25 Nm" in chunk["content"]}
    assert headings == {"Mill > Bolts"}


def test_jupytext(reader, python):
    (chunk,) = reader.chunks(python / "jupytext.ipynb")
    assert chunk["content"] == "# Mill\nThe mill grinds forty sacks a day.\n\n```\nsacks = 40\nprint(sacks)\n```" and chunk["place"] == "cells 1-2"


# ---- PDF ----


def test_typst(reader, python):
    text = reader.text(python / "typst.pdf").replace("\n", " ")
    sentence = "The internationalization of the milling industry brought an extraordinary responsibility for all the neighbouring municipalities."
    assert text.startswith(f"1 Mill  {sentence} {sentence} The wheel is made of oak \u00b9. {sentence}  1 Measured in May.")
    assert "Bolt | Dry | Oiled Bolt: M5 | Dry: 12 Nm | Oiled: 9 Nm Bolt: M8 | Oiled: 19 Nm" in text
    assert "The oven holds eighty loaves and 1/2 a sack." in text
    reader.add(python / "typst.pdf")
    assert reader.cited("How many loaves does the oven hold?", "eighty") == ("typst.pdf", "page 3 (1)")


def test_weasyprint(reader, python):
    text = reader.text(python / "weasyprint.pdf")
    flat = text.replace("\n", " ")
    assert ("The internationalization of the milling industry brought an extraordinary responsibility for all the neighbouring municipalities, "
            "which share the costs \u00b3 of the state-of-the-art wheel of 10^6 grammes.") in flat
    for number in range(1, 31):
        town = "" if number % 3 else " | Town: Visby"
        assert f"Article: Article {number}{town} | Price: {number * 7} crowns" in text.split("\n")
    assert text.count("Price list of the mill") == 1 and " of 5" not in text


def test_fpdf2_text_in_two_justified_columns(reader, python):
    words = reader.text(python / "fpdf2.pdf").split()
    numbers = [int(number) for word, number in zip(words, words[1:]) if word == "Sentence"]
    assert numbers == list(range(40))
