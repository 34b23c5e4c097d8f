"""What was wrong in files of documentation packages (./dev bench corpus), each rebuilt here by hand."""

import pytest


@pytest.fixture
def read(kith, tmp_path):
    """The chunks that kith makes of a file."""

    def chunks(name: str, content: str):
        path = tmp_path / name
        path.write_text(content)
        return kith("chunk", "--json", path).lines

    return chunks


def text_of(chunks: list[dict]) -> str:
    return "\n".join(chunk["content"] for chunk in chunks)


@pytest.mark.parametrize("link", [
    '<a class="headerlink" href="#pumps" title="Link to this heading">¶</a>',  # Sphinx
    '<a title="permanent link" href="#pumps" class="permalink">&para;</a>',  # Apache's
    '<span><a class="mark" href="#pumps" id="pumps_1">#</a></span>',  # Node's
    '<a href="page.html#pumps" class="doc-anchor"> § </a>',  # rustdoc
    '<a class="anchorjs-link " href="#pumps">&#128279;</a>',
])
def test_the_link_behind_a_heading_is_no_part_of_it(read, link):
    chunks = read("a.html", f"<h2 id=pumps>Two pumps{link}</h2><p>They run at night.")
    assert text_of(chunks) == "Two pumps\n\nThey run at night."
    assert chunks[0]["heading"] == "Two pumps"


@pytest.mark.parametrize("link", ['<a href="#p5">§</a> 5', '<a href="n.html">#</a>', '<a href="#p5">¶ 7</a>', '<a href="#n">§ 5</a>'])
def test_a_link_of_a_sign_that_says_more_stays(read, link):
    assert ("§" in link) == ("§" in text_of(read("a.html", f"<p>By {link} the tenant pays.")))
    assert ("¶" in link) == ("¶" in text_of(read("a.html", f"<p>By {link} the tenant pays.")))
    assert (">#<" in link) == ("#" in text_of(read("a.html", f"<p>By {link} the tenant pays.")))


@pytest.mark.parametrize("menu", [
    '<div class="related" role="navigation" aria-label="related navigation"><h3>Navigation</h3>'
    "<ul><li><a href=i.html>index</a></li><li><a href=n.html>next</a> |</li></ul></div>",
    '<div role="navigation"><div><h3>Table of Contents of the whole manual of these pumps</h3><div><a href=1.html>1. Start</a></div></div></div>',
    '<div class="navheader"><table summary="Navigation header"><tr><th colspan=3>Chapter 2. Getting and installing the pumps<tr><td>'
    "<a href=p>Prev</a><td><td><a href=n>Next</a></table><hr></div>",
    '<ul role="navigation"><li><a href=a>Home</a><ul><li><a href=b>Pumps</a></ul></ul>',
])
def test_what_is_called_navigation_is_left_out(read, menu):
    chunks = read("a.html", f"{menu}<h1>Pumps</h1><p>They run at night.</p>{menu}<p>By day they rest.")
    assert text_of(chunks) == "Pumps\n\nThey run at night.\n\nBy day they rest."


def test_navigation_that_is_all_or_prose_is_read(read):
    assert "index" in text_of(read("a.html", '<div role="navigation"><a href=i.html>index of everything</a></div>'))
    prose = "Turn left behind the church, follow the river for two miles, and cross the second bridge."
    assert prose in text_of(read("b.html", f'<h1>Way</h1><div role="navigation"><p>{prose} <a href=m>Map</a></div>'))


@pytest.mark.parametrize("box", [
    '<input type="checkbox" id="menuToggler" class="toggler__input" aria-controls="navigation" role="button" aria-label="Menu">',  # Python's
    '<input class="md-toggle" data-md-toggle="drawer" type="checkbox" id="__drawer">',  # Material for MkDocs
    '<input type="checkbox" class="sidebar-toggle" name="__navigation">',  # Furo
])
def test_a_box_that_opens_a_menu_has_no_state(read, box):
    text = text_of(read("a.html", f"{box}<p>They run at night.<p><input type=checkbox checked> Pump 1"))
    assert text == "They run at night.\n\nchecked Pump 1"


def test_of_a_drawing_the_labels_are_read(read):
    chunks = read("plan.svg", '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="16"><title>Plan of the cellar</title>'
                  '<style>path { fill: red }</style><g><path d="M7.9 0.1C7.2 0.3"/><text x="1" y="2"><tspan>Boiler</tspan> room</text></g></svg>')
    assert text_of(chunks) == "Plan of the cellar\n\nBoiler room"


def test_a_drawing_without_labels_has_no_text(kith, tmp_path):
    path = tmp_path / "line.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M7.90472 0.00013087C7.24498 0.00316295 6.61493 0.0588153"/></svg>')
    outcome = kith("add", "--json", "--dry-run", "--dir", tmp_path / "data", path).lines[0]
    assert (outcome["outcome"], outcome["reason"]) == ("skipped", "has no text")


def test_a_page_that_bears_the_name_of_a_drawing_is_a_page(read):
    """As gnuplot-doc's list of drawings, index.svg: no XML, since it is HTML."""
    chunks = read("index.svg", '<!DOCTYPE HTML>\n<html><head><title>Demos</title><meta charset="UTF-8"></head><body><h2 align=center>Plot styles<br>in SVG</h2><p>Two axes.')
    assert [(chunk["heading"], chunk["content"]) for chunk in chunks] == [("Plot styles in SVG", "Plot styles\nin SVG\n\nTwo axes.")]


def test_records_of_attributes_are_parted(read):
    chunks = read("codes.xml", '<codes><code letters="AW" name="Aruba"/><code letters="AF" name="Afghanistan"/></codes>')
    assert text_of(chunks) == "code > letters: AW\ncode > name: Aruba\n\ncode > letters: AF\ncode > name: Afghanistan"
