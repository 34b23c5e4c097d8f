"""The order in which a PDF page is read: columns of all kinds, and files that write a page in another order. What is expected is the text that was written."""

import random
import re

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen import canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table, TableStyle

WIDTH, HEIGHT = A4
STYLES = getSampleStyleSheet()
TITLE = (50, HEIGHT - 70, "Harbour walls in motion, measured over the whole of a year", 16)
WHO = ["The committee", "A gauge on the pier", "One of the keepers", "An old survey", "The new bridge", "Every fisherman"]
SAID = ["agreed that", "showed how", "denied that", "described how"]
WHAT = ["the wall had moved by four centimetres since last winter", "storms pushed the sea into the bay", "the lamps were replaced in spring", "nobody had counted the boats",
        "measurements differ between instruments", "the road stays closed for repairs"]
TAIL = ["", ", although the figures are disputed", ", which surprised everybody in the hall", " (see the minutes of May)"]


def paragraph(rng: random.Random, number: int, most: int = 5) -> str:
    sentences = [f"{rng.choice(WHO)} {rng.choice(SAID)} {rng.choice(WHAT)}{rng.choice(TAIL)}." for _ in range(rng.randrange(1, most))]
    return f"Of matter {number} it was said so. " + " ".join(sentences)


def text_of(kith, path) -> str:
    return "\n".join(chunk["content"] for chunk in kith("chunk", "--json", "--chunk-size", 100000, "--chunk-overlap", 0, path).lines)


def bare(text: str) -> str:
    return "".join(text.replace("-", "").split())


def assert_in_order(text: str, parts) -> None:
    at, found = 0, bare(text)
    for part in parts:
        place = found.find(bare(part), at)
        assert place >= 0, part
        at = place + 1


def wrapped(text: str, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines[-1:] = [longer] if stringWidth(longer, "Helvetica", 9) <= width or not lines[-1] else [lines[-1], word]
    return lines


def columns(count: int, top: float = HEIGHT - 120, bottom: float = 70, seed: int = 1) -> tuple[list[str], list[list[tuple]]]:
    """Paragraphs that flow through columns, and the lines (x, y, text) of each column."""
    rng, width = random.Random(seed), (WIDTH - 100 - 14 * (count - 1)) / count
    paragraphs, lines, y = [], [[] for _ in range(count)], top
    column = 0
    while True:
        text, begun = paragraph(rng, 100 * seed + len(paragraphs)), []
        for line in wrapped(text, width):
            if y < bottom:
                column, y = column + 1, top
            begun.append((column, (50 + column * (width + 14), y, line)))
            y -= 11.25
        if column >= count:
            return paragraphs, lines
        paragraphs.append(text)
        for own, line in begun:
            lines[own].append(line)
        y -= 5


def write(path, lines) -> None:
    page = canvas.Canvas(str(path), pagesize=A4)
    for x, y, text, *size in lines:
        page.setFont("Helvetica", size[0] if size else 9)
        page.drawString(x, y, text)
    page.save()


@pytest.mark.parametrize("gap", [6, 12])
@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("is_justified", [True, False], ids=["justified", "ragged"])
def test_columns_with_tables_in_them(kith, tmp_path, count, gap, is_justified):
    """Justified, narrow columns have gaps as wide as those between cells, and columns closer to each other than words."""
    rng = random.Random(count)
    width = (WIDTH - 100 - gap * (count - 1)) / count
    style = ParagraphStyle("own", parent=STYLES["BodyText"], fontSize=9, leading=11.25, alignment=4 if is_justified else 0)
    close = TableStyle([("FONTSIZE", (0, 0), (-1, -1), 9), ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])
    flow, parts, rows = [], [], []
    for number in range(45):
        parts.append(paragraph(rng, number, 6))
        flow.append(Paragraph(parts[-1], style))
        if number % 6 == 2:
            own = [(place, str(rng.randrange(10, 9999)), str(rng.randrange(10, 9999))) for place in ("Kiel", "Oslo", "Riga", "Turku", "Visby")]
            flow.append(Table([("Site", "Calls", "Tons"), *own], style=close))
            rows += own
    frames = [Frame(50 + k * (width + gap), 50, width, HEIGHT - 100, leftPadding=0, rightPadding=0) for k in range(count)]
    document = BaseDocTemplate(str(tmp_path / "a.pdf"), pagesize=A4)
    document.addPageTemplates([PageTemplate(frames=frames)])
    document.build(flow)
    text = text_of(kith, tmp_path / "a.pdf")
    assert_in_order(text, parts)
    named = sum(f"Site: {a} | Calls: {b} | Tons: {c}" in text for a, b, c in rows)
    assert named >= len(rows) - 5  # a table that is cut by the end of a column has no names behind it


@pytest.mark.parametrize("count", [2, 3, 4])
def test_short_articles_below_each_other_are_no_tables(kith, tmp_path, count):
    rng, width, y, lines, parts = random.Random(count), (WIDTH - 100 - 14 * (count - 1)) / count, HEIGHT - 70, [], []
    for number in range(10):
        parts += [f"Short article {number} of the week", paragraph(rng, number, 4)]
        lines.append((50, y, parts[-2], 14))
        own = wrapped(parts[-1], width)
        each = -(-len(own) // count)
        lines += [(50 + (i // each) * (width + 14), y - 16 - 11.25 * (i % each), line) for i, line in enumerate(own)]
        y -= 34 + 11.25 * each
    write(tmp_path / "a.pdf", lines)
    text = text_of(kith, tmp_path / "a.pdf")
    assert_in_order(text, parts)
    assert " | " not in text


def shuffled(lines: list) -> list:
    return random.Random(3).sample(lines, len(lines))


FOOT, HEAD = (WIDTH / 2 - 20, 30, "Page 7 of it"), (50, HEIGHT - 30, "Yearbook of the harbour")
ORDERS = {
    "as read": lambda text: [TITLE, *sum(text, [])],
    "title last": lambda text: [*sum(text, []), TITLE],
    "foot first": lambda text: [FOOT, HEAD, TITLE, *sum(text, [])],
    "foot last": lambda text: [TITLE, *sum(text, []), FOOT, HEAD],
    "columns from the right": lambda text: [TITLE, *sum(text[::-1], [])],
    "row by row": lambda text: [TITLE, *sorted(sum(text, []), key=lambda line: (-line[1], line[0]))],
    "in no order": lambda text: shuffled([TITLE, *sum(text, [])]),
}


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("order", ORDERS)
def test_a_page_that_is_written_in_another_order(kith, tmp_path, count, order):
    parts, text = columns(count)
    write(tmp_path / "a.pdf", ORDERS[order](text))
    assert_in_order(text_of(kith, tmp_path / "a.pdf"), [TITLE[2], *parts])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_box_that_is_written_last_stands_where_it_is_seen(kith, tmp_path, count):
    above, upper = columns(count, bottom=HEIGHT - 340)
    below, lower = columns(count, top=HEIGHT - 400, seed=2)
    box = [(60, HEIGHT - 366, "A box of words that stands in the middle"), (60, HEIGHT - 377, "and says that the quay is closed.")]
    write(tmp_path / "a.pdf", [TITLE, *sum(upper, []), *sum(lower, []), *box])
    text = text_of(kith, tmp_path / "a.pdf")
    assert_in_order(text, [TITLE[2], *above, *below[1:]])
    assert_in_order(text, [above[0], "A box of words that stands in the middle and says that the quay is closed.", below[0]])


def test_words_of_another_font_that_are_written_behind_all_others(kith, tmp_path):
    parts, text = columns(1)
    plain, bold = [], []
    for x, y, line in text[0]:
        for number, word in enumerate(line.split()):
            (bold if number % 4 == 2 else plain).append((x, y, word))
            x += stringWidth(f"{word} ", "Helvetica", 9)
    write(tmp_path / "a.pdf", plain + bold)
    assert_in_order(text_of(kith, tmp_path / "a.pdf"), parts)


def test_the_values_of_a_form_that_are_written_behind_its_labels(kith, tmp_path):
    labels = ["Name of the applicant:", "Town and street:", "Kind of boat:", "Length in metres:", "Berth that is wanted:", "Date of arrival:", "Insured with:"]
    values = ["Rosalind Achterberg", "Kiel, Harbour Road 12", "Ketch", "11.5", "North quay 14", "1 May 2025", "Lloyd"]
    write(tmp_path / "a.pdf", [TITLE, *((72, 700 - 40 * i, label) for i, label in enumerate(labels)), *((220, 698 - 40 * i, value) for i, value in enumerate(values))])
    assert_in_order(text_of(kith, tmp_path / "a.pdf"), [part for pair in zip(labels, values) for part in pair])


def test_marks_of_a_list_that_are_written_before_its_entries(kith, tmp_path):
    lines = ["Nobody had counted the boats before spring,", "as the keeper wrote.", "The wall had moved by a hand since the winter,", "which is too much.", "The road stays closed."]
    marks = [(50, 700, "\u2022"), (50, 677.5, "\u2022"), (50, 655, "\u2022")]
    write(tmp_path / "a.pdf", [(50, 730, "What was said in the hall that evening:"), *marks, *((62, 700 - 11.25 * i, line) for i, line in enumerate(lines))])
    text = text_of(kith, tmp_path / "a.pdf")
    assert [line[:12] for line in text.split("\n") if line.startswith("\u2022")] == ["\u2022 Nobody had", "\u2022 The wall h", "\u2022 The road s"]


def test_bold_type_that_is_written_twice_and_titles_whose_letters_are_set_apart(kith, tmp_path):
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.setFont("Helvetica", 16)
    page.drawString(50, 760, "HARBOUR WALLS", charSpace=4)
    page.setFont("Helvetica", 10)
    for x in (50, 50.3):
        page.drawString(x, 720, "Mooring is forbidden.")
    page.drawString(50, 700, "The northern quay is closed until the wall has been repaired.")
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "HARBOUR WALLS" in text
    assert text.count("Mooring") == 1 and text.count("forbidden.") == 1


def test_signs_of_notes_that_the_font_raises_itself(kith, tmp_path):
    """As typst writes them: digits of the usual size, whose glyphs are small, with a link to the note and one back."""
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.bookmarkPage("here")

    def write_signed(y: float, words) -> None:
        text = page.beginText(50, y)
        text.setFont("Helvetica", 10)
        for number, (word, digits, rest) in enumerate(words):
            text.textOut(word)
            left = text.getX() if number else 50 + stringWidth(word, "Helvetica", 10)
            width = 0.6 * stringWidth(digits, "Helvetica", 10)
            text.setHorizScale(60)
            text.textOut(digits)
            text.setHorizScale(100)
            page.linkRect("", "here", (left, y - 3, left + width, y + 9), relative=0)
            text.setTextOrigin(left + width, y)
            text.textOut(rest)
        page.drawText(text)

    for y, words in ((700, [("The yard earned in 2024", "1", " more than in any other year.")]), (680, [("The boat weighs 35", "2", " tons at most.")]),
                     (660, [("It is moored in the harbour.", "3", " There it stays.")]), (100, [("", "1", "Audited in May.")]), (88, [("", "2", "Without its rope.")]),
                     (620, [("The crane is old", "4", ". It stays.")]), (76, [("", "3", "Since spring.")]), (64, [("", "4", "Built in 1920.")])):
        write_signed(y, words)
    page.drawString(50, 640, "Part B12 and hall 7 are kept apart.")
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    for line in ("in 2024 ¹ more", "weighs 35 ² tons", "in the harbour ³. There", "is old ⁴. It stays.", "1 Audited in May.", "2 Without its rope.", "Part B12 and hall 7"):
        assert line in text, text


def test_a_number_with_a_link_on_it_and_one_within_it(kith, tmp_path):
    """A word cannot begin with one sign and end with another that are the same digits."""
    page = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    page.bookmarkPage("here")
    page.setFont("Helvetica", 10)
    digit = stringWidth("1", "Helvetica", 10)
    page.drawString(50, 700, "11. The yard earned more than in any other year.")
    page.linkRect("", "here", (50, 697, 50 + 2 * digit, 709), relative=0)
    page.linkRect("", "here", (50 + 1.2 * digit, 697, 50 + 1.9 * digit, 709), relative=0)
    page.drawString(50, 100, "1Audited in May.")
    page.linkRect("", "here", (50, 97, 50 + digit, 109), relative=0)
    page.save()
    text = text_of(kith, tmp_path / "a.pdf")
    assert "11 . The yard earned more" in text and "1 Audited in May." in text, text


def write_text_with_notes(path, columns: int, size: float) -> list[str]:
    """A text of sentences, each with a note at the foot of its column, in columns of lines that end within sentences."""
    page = canvas.Canvas(str(path), pagesize=A4)
    sentences = [f"The keeper of yard {number} decides every evening which of the boats may stay at the quay, and he writes his reasons into the book of the gate." for number in range(60)]
    words, width, note = " ".join(sentences).split(), 480 / columns - 20, 0
    while words:
        for column in range(columns):
            left, y, notes = 60 + column * 480 / columns, 780, []
            while words and y > 130 + 11 * len(notes):
                line = []
                while words and stringWidth(" ".join([*line, words[0]]), "Helvetica", 10) < width:
                    line.append(words.pop(0))
                page.setFont("Helvetica", 10)
                page.drawString(left, y, " ".join(line))
                y -= 13
                if len(notes) < 4:
                    note += 1
                    notes.append(f"{note} Note number {note} of the yard.")
            page.setFont("Helvetica", size)
            for number, text in enumerate(notes):
                page.drawString(left, 100 - 11 * number, text)
        page.showPage()
    page.save()
    return sentences


@pytest.mark.parametrize("columns", [1, 2])
def test_notes_at_the_foot_do_not_cut_the_sentence_that_goes_on(kith, tmp_path, columns):
    sentences = write_text_with_notes(tmp_path / "a.pdf", columns, 8)
    text = text_of(kith, tmp_path / "a.pdf")
    plain = " ".join(text.split())
    assert [sentence for sentence in sentences if sentence not in plain] == []
    notes = [int(number) for number in re.findall(r"(\d+) Note number \1 of the yard\.", text)]
    assert notes == list(range(1, len(notes) + 1)) and len(notes) > 7
