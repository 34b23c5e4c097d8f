"""PDF whose pages are pictures: read by tesseract, which `./dev test` installs."""

import json

import shutil

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

pytestmark = pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")

ROPES = ["The warehouse keeps hemp ropes in hall seven.", "The keeper counts them in spring and writes", "the number into the green book."]
SAILS = ["Sails are mended in hall nine by two women", "who learned the craft in Bergen."]


def picture_of(lines: list[str]) -> Image.Image:
    picture = Image.new("L", (1240, 1754), 255)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((120, 160 + 50 * number), line, fill=0, font=ImageFont.load_default(size=36))
    return picture


def write_pages(path, pages) -> None:
    """A page of text for a string, a scanned one for a picture, one with a stamp beside it for a pair."""
    document = canvas.Canvas(str(path))
    for page in pages:
        picture, stamp = page if isinstance(page, tuple) else (page, "")
        if isinstance(picture, str):
            document.drawString(72, 700, picture)
        elif picture:
            document.drawImage(ImageReader(picture), 0, 0, 595, 842)
        document.drawString(20, 12, stamp)
        document.showPage()
    document.save()


def test_a_scanned_pdf_is_read_and_says_so(kith, tmp_path):
    write_pages(tmp_path / "s.pdf", [picture_of(ROPES), picture_of(SAILS)])
    run = kith("chunk", "--json", tmp_path / "s.pdf")
    (chunk,) = run.lines
    assert "\n".join(ROPES) in chunk["content"] and "learned the craft in Bergen" in chunk["content"]
    assert chunk["place"] == "pages 1-2, read by OCR" and "pages 1-2: pictures, read by OCR" in run.err
    kith("add", tmp_path / "s.pdf")
    (hit,) = kith("search", "Bergen", "-k", 1, "--where", '{"ocr": true}').lines
    assert hit["metadata"]["ocr"] is True
    assert "page 2, read by OCR" in kith("ask", "Where did the women learn the craft?", "--text").out
    assert "read by OCR (eng" in json.dumps(kith("files").lines)


def test_of_a_mixed_pdf_only_the_pictures_are_marked(kith, tmp_path):
    write_pages(tmp_path / "m.pdf", ["This page speaks of anchors and of chains.", picture_of(ROPES), "The third page speaks of buoys.", (picture_of(SAILS), "Scanned by Copier 9")])
    kith("add", tmp_path / "m.pdf")
    (hit,) = kith("search", "ropes", "-k", 1).lines
    assert hit["metadata"]["place"] == "pages 1-4, in part read by OCR"
    assert "page 2, read by OCR" in kith("ask", "What does the warehouse keep in hall seven?", "--text").out
    answer = kith("ask", "What does the third page speak of?", "--text").out
    assert "page 3" in answer and "OCR" not in answer


def test_pictures_without_text_and_empty_pages_give_none(kith, tmp_path):
    write_pages(tmp_path / "p.pdf", ["A page of text about ropes.", Image.effect_mandelbrot((800, 800), (-3, -2.5, 2, 2.5), 100), None])
    run = kith("chunk", "--json", tmp_path / "p.pdf")
    (chunk,) = run.lines
    assert "page 2: a picture, in which OCR finds no text of which it is sure" in run.err and "page 3" not in run.err
    assert chunk["content"] == "A page of text about ropes." and chunk["place"] == "page 1"
    write_pages(tmp_path / "q.pdf", [Image.new("L", (800, 800), 255)])
    run = kith("chunk", "--json", tmp_path / "q.pdf", status=None)
    assert "pictures in which no text is found" in run.err


def test_the_languages_of_ocr_are_chosen_and_checked(kith, tmp_path):
    write_pages(tmp_path / "s.pdf", [picture_of(ROPES)])
    (tmp_path / "notes.md").write_text("# Sails\n\nThe sails are made of flax.\n")
    first = kith("add", "--json", tmp_path / "s.pdf", tmp_path / "notes.md", "--ocr-language", "eng+eng").lines
    assert [line["outcome"] for line in first[:2]] == ["added", "added"]
    assert "read by OCR (eng+eng)" in json.dumps(kith("files").lines)
    # Other languages read the pictures again, and nothing else.
    again = kith("add", "--json", tmp_path / "s.pdf", tmp_path / "notes.md", "--ocr-language", "eng").lines
    assert {line["source"].rsplit("/")[-1]: line["outcome"] for line in again[:2]} == {"s.pdf": "updated", "notes.md": "unchanged"}
    assert kith("add", "--json", tmp_path / "s.pdf", "--ocr-language", "eng").lines[0]["outcome"] == "unchanged"
    assert "read by OCR (eng+eng)" in kith("chunk", tmp_path / "s.pdf", "--ocr-language", "eng+eng").err


@pytest.mark.parametrize("names, reason", [
    ("xxx", "no language 'xxx' here; installed: eng"), ("eng+xxx", "no language 'xxx'"), ("eng+", "names no languages"), ("+eng", "names no languages"),
    ("../eng", "names no languages"), ("eng/../eng", "names no languages"), ("osd", "names no languages"), ("-l", "no language '-l'"),
    ("+".join(["eng"] * 9), "at most 8 languages"), ("script/Klingon", "no language 'script/Klingon'"), ("e" * 5000, "names no languages")])
def test_a_language_that_is_not_there_is_told_before_anything_is_read(kith, tmp_path, names, reason):
    write_pages(tmp_path / "s.pdf", [picture_of(ROPES)])
    for command in ("add", "watch", "chunk"):
        result = kith(command, tmp_path / "s.pdf", "--ocr-language=" + names, status=None)
        assert result.status not in (0, None) and reason in result.err and len(result.err) < 1000
    assert kith("files", status=None).lines == []
