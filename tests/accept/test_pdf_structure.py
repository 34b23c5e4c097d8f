"""What a PDF says of its pages beside their words: labels, bookmarks, comments, files."""

import json
import struct
import zlib

from pypdf import PdfWriter
from pypdf.annotations import Highlight, Text
from pypdf.generic import ArrayObject, FloatObject, NameObject, TextStringObject
from reportlab.pdfgen import canvas


def chunks_of(kith, path) -> list[dict]:
    return [json.loads(line) for line in kith("chunk", "--json", path).out.splitlines()]


def write_handbook(path, size=11) -> None:
    """Two pages of a preface, i and ii, and three of chapters, 1 to 3, with their folios."""
    document = canvas.Canvas(str(path))
    for number, folio in enumerate(["i", "ii", "1", "2", "3"]):
        document.setFont("Helvetica", size)
        if number in (0, 2):
            document.addPageLabel(number, "ROMAN_LOWER" if number == 0 else "ARABIC", 1)
        title = "Preface" if number == 0 else f"Chapter {folio}"
        if number != 1:
            document.bookmarkHorizontal(f"t{number}", 0, 770)
            document.addOutlineEntry(title, f"t{number}", level=0)
            document.drawString(72, 760, title)
        for line in range(3):
            document.drawString(72, 715 - 14 * line, f"Sheet {number + 1} tells how the ropes of pier {number + 1} are kept dry, part {line}.")
        if number == 3:
            document.bookmarkHorizontal("knots", 0, 650)
            document.addOutlineEntry("Knots", "knots", level=1)
            document.drawString(72, 640, "2.1 Knots")
            document.drawString(72, 600, "The bowline holds under load. It is tied with a loop that never slips.")
            document.drawString(72, 586, "The reef knot joins two ropes. It is tied left over right and right over left.")
        document.drawString(280, 30, f"- {folio} -")
        document.showPage()
    document.save()


def test_a_citation_names_the_page_by_number_and_label(kith, tmp_path):
    write_handbook(tmp_path / "h.pdf")
    kith("add", "--chunk-size", 150, "--chunk-overlap", 0, tmp_path / "h.pdf")
    (hit,) = kith("search", "bowline", "-k", 1, "--where", '{"page_label": "2"}').lines
    assert hit["metadata"]["place"] == "page 4 (2)" and hit["metadata"]["page_start"] == 4
    (answer,) = kith("ask", "What holds under load?").lines
    assert "page 4 (2)" in json.dumps(answer["citations"])
    assert "page 4 (2)" in kith("ask", "What holds under load?", "--text").out


def test_a_sentence_of_a_chunk_over_pages_has_its_own_label(kith, tmp_path):
    write_handbook(tmp_path / "h.pdf")
    kith("add", tmp_path / "h.pdf")
    (hit,) = kith("search", "bowline", "-k", 1).lines
    assert hit["metadata"]["place"] == "pages 4-5 (2-3)" and hit["metadata"]["page_label"] == "2-3"
    assert "page 4 (2)" in kith("ask", "What holds under load?", "--text").out


def test_printed_folios_that_are_labels_leave_the_text(kith, tmp_path):
    write_handbook(tmp_path / "h.pdf")
    text = "\n".join(chunk["content"] for chunk in chunks_of(kith, tmp_path / "h.pdf"))
    assert "- ii -" not in text and "- 2 -" not in text


def test_a_folio_close_below_many_lines_of_small_type_leaves_the_text(kith, tmp_path):
    """As typst sets notes at the foot of a small page: less than half a line above the folio."""
    document = canvas.Canvas(str(tmp_path / "h.pdf"), pagesize=(340, 420))
    document.addPageLabel(0, "ROMAN_LOWER", 1)
    for number, folio in enumerate(["i", "ii", "iii"], 1):
        document.setFont("Helvetica", 9)
        for line in range(34):
            document.drawString(30, 390 - 10.4 * line, f"Line {line} of sheet {number} tells how the ropes of the pier are kept dry.")
        document.setFont("Helvetica", 11)
        document.drawString(165, 32, folio)
        document.showPage()
    document.save()
    text = "\n".join(chunk["content"] for chunk in chunks_of(kith, tmp_path / "h.pdf"))
    assert "Line 33 of sheet 2" in text and not [line for line in text.split("\n") if line in ("i", "ii", "iii")]


def test_bookmarks_are_headings(kith, tmp_path):
    write_handbook(tmp_path / "h.pdf")
    kith("add", "--chunk-size", 150, "--chunk-overlap", 0, tmp_path / "h.pdf")
    (hit,) = kith("search", "bowline", "-k", 1).lines
    assert hit["metadata"]["heading"] == "Chapter 2 > Knots"


def test_a_heading_at_the_edge_of_each_page_is_no_running_line(kith, tmp_path):
    write_handbook(tmp_path / "h.pdf")
    text = "\n".join(chunk["content"] for chunk in chunks_of(kith, tmp_path / "h.pdf"))
    assert all(f"Chapter {number}\n" in text for number in (1, 2, 3))


def test_bookmarks_out_of_order_are_no_headings(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "f.pdf"))
    for number in (1, 2, 3):
        document.bookmarkPage(f"p{number}")
        document.drawString(72, 700, f"Plate {number} shows a lock.")
        document.showPage()
    for title, page in (("Index", 3), ("Locks", 1), ("Gates", 2), ("Weirs", 3)):
        document.addOutlineEntry(title, f"p{page}")
    document.save()
    headings = {chunk["heading"] for chunk in chunks_of(kith, tmp_path / "f.pdf")}
    assert not any("Index" in heading for heading in headings)


def annotate(path, *, comments=(), files=()) -> None:
    """Adds (page, text, author, box of the marked words or None) and (name, bytes) to a PDF."""
    writer = PdfWriter(clone_from=str(path))
    for page, text, author, box in comments:
        corners = [] if box is None else [box[0], box[3], box[2], box[3], box[0], box[1], box[2], box[1]]
        made = Text(rect=(50, 550, 70, 570), text=text) if box is None else Highlight(rect=box, quad_points=ArrayObject(map(FloatObject, corners)))
        made[NameObject("/Contents")] = TextStringObject(text)
        if author:
            made[NameObject("/T")] = TextStringObject(author)
        writer.add_annotation(page, made)
    for name, content in files:
        writer.add_attachment(name, content)
    writer.write(str(path))


def test_comments_are_read_with_their_page(kith, tmp_path):
    write_handbook(tmp_path / "h.pdf")
    annotate(tmp_path / "h.pdf", comments=[(0, "Ask Zoë\nfor the key", "", None), (2, "Still true?", "Ann", (72, 700, 142, 728))])
    run = kith("chunk", "--json", tmp_path / "h.pdf")
    text = "\n".join(chunk["content"] for chunk in run.lines)
    assert "Comment: Ask Zoë\nfor the key" in text and 'Comment (Ann) on "Sheet 3 tells' in text and "Still true?" in text
    assert run.err == ""
    kith("add", tmp_path / "h.pdf")
    assert "page 1 (i)" in kith("ask", "Whom to ask for the key?", "--text").out


def test_files_within_a_pdf_are_documents(kith, tmp_path):
    write_handbook(tmp_path / "h.pdf")
    annotate(tmp_path / "h.pdf", files=[("rates.csv", b"Berth,Rate\nNorth,20\nQuay,35\n"), ("key.txt", b"The key hangs in the lighthouse."), ("logo.png", b"\x89PNG\r\n\x1a\n")])
    documents = {chunk["id"]: chunk["content"] for chunk in kith("chunk", "--json", tmp_path / "h.pdf").lines}
    assert documents["h/key.txt_0"] == "The key hangs in the lighthouse."
    assert "Berth: Quay\nRate: 35" in documents.values()
    kith("add", tmp_path / "h.pdf")
    (hit,) = kith("search", "lighthouse", "-k", 1).lines
    assert hit["metadata"]["attachment"] == "key.txt"


def test_a_cover_without_text_does_not_hide_the_files_within(kith, tmp_path):
    document = canvas.Canvas(str(tmp_path / "c.pdf"))
    document.rect(72, 600, 100, 100)
    document.save()
    annotate(tmp_path / "c.pdf", files=[("key.txt", b"The key hangs in the lighthouse.")])
    (chunk,) = chunks_of(kith, tmp_path / "c.pdf")
    assert chunk["id"] == "c/key.txt_0"


def test_a_packed_file_changed_or_damaged_reads_as_one_that_is_not_packed(kith, tmp_path):
    """Streams that are inflated for pdftotext stand behind the file as a change of it (docs/decisions/129)."""
    write_handbook(tmp_path / "h.pdf")
    packed = PdfWriter(clone_from=tmp_path / "h.pdf")
    for page in packed.pages:
        page.compress_content_streams()
    packed.write(tmp_path / "packed.pdf")
    changed = PdfWriter(tmp_path / "packed.pdf", incremental=True)
    changed.add_metadata({"/Producer": "somebody else"})
    changed.write(tmp_path / "changed.pdf")
    content = (tmp_path / "packed.pdf").read_bytes()
    (tmp_path / "damaged.pdf").write_bytes(content[:content.rindex(b"startxref")])
    read = {name: [chunk["content"] for chunk in chunks_of(kith, tmp_path / f"{name}.pdf")] for name in ("h", "packed", "changed", "damaged")}
    assert b"FlateDecode" in content and b"ropes of pier" not in content
    assert "ropes of pier 5 are kept dry" in "\n".join(read["h"])
    assert read["packed"] == read["h"] and read["changed"] == read["h"]
    assert "ropes of pier 5 are kept dry" in "\n".join(read["damaged"])


def test_a_packed_file_whose_table_is_a_stream_keeps_the_pages_behind_a_missing_object(kith, tmp_path):
    """pdftotext searches the whole file for a missing object unless the newest section of the table is a stream,
    and then finds no page that is within an object stream."""
    within = [b"<</Pages 2 0 R/Type/Catalog>>", b"<</Kids[3 0 R 4 0 R]/Count 2/Type/Pages>>"]
    within += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Annots[10 0 R]/Contents %d 0 R/Resources<</Font<</F 5 0 R>>>>>>" % number
               for number in (6, 7)]
    within += [b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    starts = [sum(len(other) + 1 for other in within[:i]) for i in range(len(within))]
    head = b" ".join(b"%d %d" % (i + 1, start) for i, start in enumerate(starts)) + b" "
    pages = [b"BT /F 12 Tf 72 700 Td (%s) Tj ET " % line + b" " * 200 for line in (b"The ropes are dry.", b"The knots hold.")]
    content, offsets = b"%PDF-1.5\n", []
    for number, entries, stream in ((6, b"", pages[0]), (7, b"", pages[1]), (8, b"/Type/ObjStm/N 5/First %d" % len(head), head + b" ".join(within))):
        offsets.append(len(content))
        packed = zlib.compress(stream)
        content += b"%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, entries, len(packed), packed)
    offsets.append(len(content))
    rows = [(0, 0, 255)] + [(2, 8, i) for i in range(5)] + [(1, offset, 0) for offset in offsets] + [(0, 0, 255)]
    table = b"".join(struct.pack(">BHB", *row) for row in rows)
    content += b"9 0 obj\n<</Type/XRef/Size 11/W[1 2 1]/Root 1 0 R/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (len(table), table)
    (tmp_path / "a.pdf").write_bytes(content + b"startxref\n%d\n%%%%EOF\n" % offsets[3])
    text = "\n".join(chunk["content"] for chunk in chunks_of(kith, tmp_path / "a.pdf"))
    assert "The ropes are dry." in text and "The knots hold." in text
