"""Impress's files: PowerPoint, and PDF of slides."""

import flat_odf as odf
import pytest


@pytest.fixture
def show(tmp_path):
    return odf.presentation(tmp_path / "plan.fodp", [
        odf.slide("one", "Where we stand", "Sales are level since spring"),
        odf.slide("two", "Kept back", "The ferry contract ends in March", style="hidden"),
        odf.slide("three", "The bridge", "The bridge over the Aller opens in October", notes="The budget for the laboratory is ninety thousand euros."),
        odf.slide("four", "הגשר", "Größe: 12 m 🌉")])


def test_powerpoint_slides_are_counted_with_the_hidden_ones_and_have_their_notes(office, reader, show):
    path = office.convert(show, "pptx")
    assert reader.text(path) == ("Where we stand\n\nSales are level since spring\n\nKept back\n\nThe ferry contract ends in March\n\n"
                                 "The bridge\n\nThe bridge over the Aller opens in October\n\n"
                                 "Notes: The budget for the laboratory is ninety thousand euros.\n\nהגשר\n\nGröße: 12 m 🌉")
    reader.add(path)
    assert reader.cited("When does the bridge over the Aller open?", "October") == ("plan.pptx", "slide 3")
    assert reader.cited("What is the budget for the laboratory?", "ninety thousand") == ("plan.pptx", "slide 3")
    assert reader.cited("When does the ferry contract end?", "March") == ("plan.pptx", "slide 2")
    (hit,) = reader.kith("search", "budget", "-k", 1, "--where", '{"slide": 3}').lines
    assert hit["metadata"]["heading"] == "The bridge"


def test_powerpoint_of_before_2007_is_read_as_the_newer_one_is(office, reader, show):
    old, new = (office.convert(show, extension) for extension in ("ppt", "pptx"))
    texts = [[(chunk["content"], chunk["place"]) for chunk in reader.chunks(path)] for path in (old, new)]
    assert texts[0] == texts[1] and "Notes: The budget for the laboratory" in str(texts[0])
    reader.add(old)
    assert reader.cited("When does the bridge over the Aller open?", "October") == ("plan.ppt", "slide 3")


def test_powerpoint_a_text_box_on_the_page_of_notes_is_read_too(office, reader, tmp_path):
    slide = odf.slide("one", "The bridge", "It opens in October", notes="The mayor cuts the ribbon.")
    head, notes = slide.split("<presentation:notes")
    box = notes.replace('presentation:class="notes" presentation:style-name="place"', "")
    path = office.convert(odf.presentation(tmp_path / "box.fodp", [f"{head}<presentation:notes{box}"]), "pptx")
    assert reader.text(path) == "The bridge\n\nIt opens in October\n\nNotes: The mayor cuts the ribbon."


def test_pdf_of_slides_has_a_page_for_each_slide_that_is_shown(office, reader, show):
    path = office.convert(show, "pdf")
    reader.add(path)
    assert reader.cited("When does the bridge over the Aller open?", "October") == ("plan.pdf", "page 2")
    assert "ferry" not in reader.text(path)
