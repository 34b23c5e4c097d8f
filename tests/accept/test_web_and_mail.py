"""Web pages, books, mail and encodings as people have them: each test is one fault of issue 13 by its number, or a neighbour of it."""

import pathlib
import zipfile

import pytest

RUSSIAN = "Срок действия договора составляет два года. Арендная плата вносится ежемесячно."
POLISH = "Umowa najmu została podpisana w piątek. Czynsz płatny do dziesiątego każdego miesiąca."
GERMAN = "Die Schlüssel für die große Tür hängen im Büro; bitte nach dem Gebrauch zurückbringen."
FRENCH = "Le conseil s’est réuni à l’hôtel de ville ; la séance a été levée à dix-huit heures."
GREEK = "Η σύμβαση λήγει τον Μάρτιο του επόμενου έτους και ανανεώνεται αυτόματα."
CHINESE = "消防出口在厨房后面。合同有效期为两年，请按时付款。"
TAIWAN = "消防出口在廚房後面。合約有效期為兩年，請按時付款。"
JAPANESE = "非常口は二階の奥にあります。通路に物を置かないでください。"
KOREAN = "비상구는 이층 복도 끝에 있습니다. 통로를 막지 마십시오."

ENCODED = [
    ("gbk", CHINESE), ("gb18030", CHINESE), ("big5", TAIWAN), ("shift_jis", JAPANESE), ("euc_jp", JAPANESE), ("euc_kr", KOREAN),
    ("cp1250", POLISH), ("cp1251", RUSSIAN), ("cp1252", FRENCH), ("cp1253", GREEK), ("koi8-r", RUSSIAN), ("iso8859-2", POLISH),
    ("iso8859-7", GREEK), ("iso8859-15", GERMAN), ("mac_roman", GERMAN), ("cp850", GERMAN), ("utf-16-le", RUSSIAN), ("utf-32-be", CHINESE),
]


@pytest.fixture
def read(kith, tmp_path):
    """The chunks that kith makes of a file, and what it tells."""

    def chunks(name: str, content: bytes | str):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        result = kith("chunk", "--json", path)
        return result.lines, result.err

    return chunks


def text_of(chunks: list[dict]) -> str:
    return "\n".join(chunk["content"] for chunk in chunks)


@pytest.mark.parametrize(("encoding", "text"), ENCODED)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.html", "a.xml"])
def test_33_text_in_another_encoding_is_read(read, encoding, text, name):
    before = {"a.csv": "id,note\n1,", "a.html": "<p>", "a.xml": "<note>"}.get(name, "")
    chunks, _ = read(name, (before + text + "\n").encode(encoding))
    assert text.split("，")[0].split(";")[0].strip() in text_of(chunks)


@pytest.mark.parametrize(("before", "text", "encoding"), [
    ('<meta charset="windows-1251">', "да", "cp1251"),
    ("<META content='text/html; charset=gb2312' http-equiv=Content-Type>", "出口", "gbk"),
    ('<meta charset="shift_jis">', "出口①", "cp932"),
    ('<meta charset="iso-8859-1">', "20 € “now”", "cp1252"),
    ('<?xml version="1.0" encoding="koi8-r"?>', "да", "koi8-r"),
])
def test_34_a_page_is_read_as_it_declares(read, before, text, encoding):
    chunks, told = read("a.html", (before + "<p>" + text).encode(encoding))
    assert text_of(chunks) == text
    assert "encoding" not in told


def test_34_a_false_declaration_is_told(read):
    chunks, told = read("a.html", b"<meta charset=utf-8><p>Caf\xe9 ferm\xe9")
    assert text_of(chunks) == "Café fermé"
    assert "not in the encoding that it declares; windows-1252 was taken" in told


def test_03_readings_are_no_part_of_the_words(read):
    page = "<p><ruby>緊急<rt>きんきゅう</rt></ruby><ruby>停止<rp>(</rp><rt>ていし</rt><rp>)</rp></ruby>ボタン"
    assert text_of(read("a.html", page)[0]) == "緊急停止ボタン"


def test_05_06_raised_text_and_fractions_make_no_other_number(read):
    page = """<p>Above 10<sup>6</sup> ohm, net revenue<sup>3</sup> rose.<p>It is
        <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> by weight, H<sub>2</sub>O"""
    text = text_of(read("a.html", page)[0])
    assert "10^6 ohm" in text and "revenue ³" in text and "1/2 by weight" in text and "H2O" in text


def test_05_signs_of_notes_that_only_a_class_tells(read):
    page = ('<p>The house holds 12 boats.<a href="#fn1" class="footnote-ref" id="fnref1">1</a> No boat leaves.</p><ol><li id="fn1"><p>Counted on 1 May.'
            '<a href="#fnref1" class="footnote-back">↩︎</a></p></li></ol>')
    assert text_of(read("a.html", page)[0]) == "The house holds 12 boats ¹. No boat leaves.\n\n1. Counted on 1 May."


def test_30_a_row_of_a_page_says_which_group_it_is_of(read):
    head, group = "<table><tr><th>Product<th>Units<th>Price", "<tr><th colspan=3>"
    page = f"{head}{group}North<tr><td>Lamp<td>3<td>40{group}South<tr><td>Desk<td>4<td>50<tr><td colspan=2>Grand total<td>90</table>"
    assert text_of(read("a.html", page)[0]) == ("Product | Units | Price\nNorth\nNorth | Product: Lamp | Units: 3 | Price: 40\nSouth\n"
                                                "South | Product: Desk | Units: 4 | Price: 50\nGrand total | Price: 90")
    rows = "<tr><td>North<td>Lamp<td>3<tr><td>&nbsp;<td>Desk<td>4<tr><td>South<td>Lamp<td>5<tr><td><td>Desk<td>6"
    assert text_of(read("b.html", f"<table><tr><th>Region<th>Product<th>Units{rows}</table>")[0]).split("\n")[2::2] == [
        "Region: North | Product: Desk | Units: 4", "Region: South | Product: Desk | Units: 6"]


def test_13_30_rows_of_a_page_name_their_columns(read):
    rows = "".join(f"<tr><td>M{n}<td>{2 * n}<td>{n + 10}" for n in range(60))
    chunks, _ = read("a.html", f"<table><thead><tr><th>Bolt<th>Dry torque<th>Oiled torque</thead>{rows}</table>")
    assert any("Bolt: M55 | Dry torque: 110 | Oiled torque: 65" in chunk["content"] for chunk in chunks[1:])
    page = "<table><tr><th>Branch<th>Day<th>Hours<tr><td rowspan=2>Kiel<td>Monday<td>8-12<tr><td>Tuesday<td>9-17</table>"
    assert "Branch: Kiel | Day: Tuesday | Hours: 9-17" in text_of(read("b.html", page)[0])


def test_29_questions_in_controls_head_their_answers(read):
    filler = "The warehouse needs some days for it. " * 20
    page = f"""<h1>Help</h1><div class=item><button aria-expanded=false>How do I return a kettle?</button>
        <div class=panel style="display:none">Send it back. {filler}</div></div>
        <details><summary>May I pay later?</summary><p>Within 30 days. {filler}</details><p>Call us.
        <select><option>Standard delivery<option>Express</select><textarea>Leave it at the door</textarea><noscript>Fax 555.</noscript>"""
    chunks, _ = read("a.html", page)
    headings = {chunk["heading"] for chunk in chunks}
    assert {"Help > How do I return a kettle?", "Help > May I pay later?"} <= headings
    for words in ("Send it back", "Standard delivery", "Leave it at the door", "Fax 555."):
        assert words in text_of(chunks)


def test_32_what_only_attributes_say_is_read(read):
    page = """<table><tr><th>Feature<th>Basic<tr><td>Sign-on<td><img alt="not included" src=n.svg><tr><td>Backups<td>
        <input type=checkbox checked></table><img alt="Floor plan: the fire exit is behind the kitchen">"""
    text = text_of(read("a.html", page)[0])
    assert "Basic: not included" in text and "Basic: checked" in text and "fire exit" in text


def test_hidden_text_is_left_out_and_frames_are_told(read):
    chunks, told = read("a.html", "<p>seen<p hidden>floor price<p><span aria-hidden=true>icon</span><iframe src=x></iframe>")
    assert text_of(chunks) == "seen"
    assert "iframe" in told


def test_an_answer_from_a_page_names_its_section(kith, tmp_path):
    filler = "<p>" + "Nothing of interest is said about the matter here. " * 30
    (tmp_path / "faq.html").write_text(
        f"<section id=q4><h2>Delivery</h2>{filler}</section><section id=q5><h2>Warranty</h2><p>The warranty lasts two years.</section>")
    kith("add", tmp_path / "faq.html")
    citation = kith("ask", "--no-llm", "--json", "How long does the warranty last?").lines[-1]["citations"][0]
    assert citation["place"] == "#q5"


MAIL = "From: ines@example.org\nTo: tom@example.org\nSubject: {}\nMIME-Version: 1.0\n"


def multipart(kind: str, *parts: str) -> str:
    return f'Content-Type: multipart/{kind}; boundary="b{kind}"\n\n' + "".join(f"--b{kind}\n{part}\n" for part in parts) + f"--b{kind}--\n"


CALENDAR = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:Roof inspection
DTSTART;TZID=Europe/Berlin:20250414T130000
DTEND;TZID=Europe/Berlin:20250414T143000
LOCATION:Hall 7
ATTENDEE;CN=Tom Vale:mailto:tom@example.org
END:VEVENT
END:VCALENDAR
"""


def test_37_the_part_that_carries_the_text_is_taken(read):
    html = "Content-Type: text/html; charset=utf-8\n\n<p>Dear customer,<p>the amount of <b>312.40</b> euro is due."
    stub = "Content-Type: text/plain\n\nThis message needs a program for HTML."
    assert "312.40 euro" in text_of(read("a.eml", MAIL.format("Invoice") + multipart("alternative", stub, html))[0])
    plain = "Content-Type: text/plain\n\nDear customer,\nthe amount of 312.40 euro is due.\n(plain)"
    assert "(plain)" in text_of(read("b.eml", MAIL.format("Invoice") + multipart("alternative", plain, html))[0])


@pytest.mark.parametrize("kind", ["watch-html", "x-amp-html"])
def test_the_same_text_for_some_programs_is_read_once(read, kind):
    forms = [f"Content-Type: text/{form}; charset=utf-8\n\n<p>The invoice of 312.40 euro is due." for form in (kind, "html")]
    plain = "Content-Type: text/plain\n\nThe invoice of 312.40 euro is due."
    text = text_of(read("a.eml", MAIL.format("Invoice") + multipart("alternative", plain, *forms))[0])
    assert text.count("312.40 euro") == 1 and "<p>" not in text


def test_38_an_invitation_is_read_once(read):
    plain = "Content-Type: text/plain\n\nSee the calendar."
    body = multipart("alternative", plain, "Content-Type: text/calendar; charset=utf-8\n\n" + CALENDAR)
    attached = 'Content-Type: application/ics; name="i.ics"\nContent-Disposition: attachment; filename="i.ics"\n\n' + CALENDAR
    text = text_of(read("a.eml", MAIL.format("Roof") + multipart("mixed", body, attached))[0])
    assert text.count("Roof inspection") == 1
    assert "When: 2025-04-14 13:00 to 14:30 (Europe/Berlin)" in text and "Where: Hall 7" in text and "Tom Vale" in text


def test_a_short_attachment_is_noted_and_its_mail_added(kith, tmp_path):
    """docs/decisions/103: a file without a text that is long enough is no failure, wherever it lies."""
    plain = "Content-Type: text/plain\n\nThe valve in the cellar is closed on Fridays."
    short = 'Content-Type: text/csv; name="{0}"\nContent-Disposition: attachment; filename="{0}"\n\n{1}'
    (tmp_path / "a.eml").write_text(MAIL.format("Valves") + multipart("mixed", plain, short.format("t.csv", "a,b\n1,2\n"), short.format("e.csv", "a,b\n")))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("version.txt", "1.2.3")
        archive.writestr("notes/tap.txt", "The tap in the garden drips since May.")
        archive.writestr("notes/table.csv", "a,b\n1,2\n2,The second row is long enough.\n")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("version.txt", "1.2.3")
    added = kith("add", "--json", *(tmp_path / name for name in ("a.eml", "b.zip", "c.zip")), status=None)
    files = {line["source"].rsplit("/", 1)[-1]: line for line in added.lines if "outcome" in line}
    assert files["a.eml"]["outcome"] == "added"
    assert files["a.eml"]["notices"] == ["attachment 't.csv': has 9 characters of text, at least 10 are needed"]
    assert files["b.zip"]["notices"] == ["attachment 'version.txt': has 5 characters of text, at least 10 are needed",
                                         "attachment 'notes/table.csv': rows that are left out: 1, the first in line 2; a row needs at least 10 characters"]
    assert files["c.zip"]["outcome"] == "skipped" and "has 5 characters of text" in files["c.zip"]["reason"]
    kept = {line["source"].rsplit("/", 1)[-1]: line for line in kith("files", "--json").lines}
    assert kept["a.eml"]["notices"] == files["a.eml"]["notices"] and kept["a.eml"]["documents"] == 1


def test_38_what_of_a_mail_is_not_read_is_told(read):
    attached = 'Content-Type: application/ms-tnef; name="winmail.dat"\nContent-Disposition: attachment\n\nxyz'
    _, told = read("a.eml", MAIL.format("Old") + multipart("mixed", "Content-Type: text/plain\n\nHello", attached))
    assert "winmail.dat" in told


def test_a_signed_mail_is_read_and_an_encrypted_one_refused(kith, read, tmp_path):
    """GMime needs no OpenPGP and no S/MIME for that (docs/decisions/107)."""
    plain = "Content-Type: text/plain\n\nThe valve is closed on Fridays."
    for kind in ("pgp-signature", "pkcs7-signature"):
        signature = f'Content-Type: application/{kind}; name="signature"\n\nabc'
        mail = MAIL.format("Signed") + multipart("signed", plain, signature).replace("signed;", f'signed; protocol="application/{kind}"; micalg=sha-256;', 1)
        assert text_of(read("a.eml", mail)[0]).endswith("The valve is closed on Fridays.")
    secret = "Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----"
    control = "Content-Type: application/pgp-encrypted\n\nVersion: 1"
    (tmp_path / "b.eml").write_text(MAIL.format("Secret") + multipart("encrypted", control, secret))
    refused = kith("chunk", tmp_path / "b.eml", status=None)
    assert refused.status != 0 and "encrypted" in refused.err


def test_39_a_mail_in_latin1_may_hold_windows_1252(read):
    mail = (MAIL.format("Quote") + "Content-Type: text/plain; charset=iso-8859-1\n\n").encode() + "It’s 20 €.".encode("cp1252")
    assert "It’s 20 €." in text_of(read("a.eml", mail)[0])


def test_40_a_line_that_begins_with_from_parts_no_messages(read):
    first = "From a@example.org Tue Mar  4 09:15:00 2025\nSubject: 1\n\nThey write:\n\nFrom now on use gate B.\n>From here too.\n\n"
    second = "From b@example.org Wed Mar  5 09:15:00 2025\nSubject: 2\n\nThe crane is inspected.\n"
    chunks, _ = read("a.mbox", first + second)
    assert [chunk["place"] for chunk in chunks] == ["message 1", "message 2"]
    assert "From now on use gate B.\nFrom here too." in chunks[0]["content"]


def write_book(path: pathlib.Path, pages: dict[str, str], guide: str) -> None:
    items = "".join(f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(pages))
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>')
        book.writestr("b.opf", "<package><metadata><title>The Mill</title><creator>Ann Lee</creator></metadata>"
                      f"<manifest>{items}</manifest><spine>{spine}</spine><guide>{guide}</guide></package>")
        for name, body in pages.items():
            book.writestr(name, f"<html><head><title>The Mill</title></head><body>{body}</body></html>")


def test_a_book_whose_style_sheet_raises_and_strikes(kith, tmp_path):
    """As calibre writes it, which keeps no <sup>."""
    pages = {"a.xhtml": '<h1>One</h1><p class="calibre1">It is 10<span class="calibre7">6</span> m<span class="calibre7"><a href="#n">1</a></span> wide and '
                        'cost <span class="t2">5</span> 6 crowns.</p>'}
    write_book(tmp_path / "book.epub", pages, "")
    with zipfile.ZipFile(tmp_path / "book.epub") as plain, zipfile.ZipFile(tmp_path / "styled.epub", "w") as styled:
        for name in plain.namelist():
            styled.writestr(name, plain.read(name).decode().replace("</manifest>", '<item id="s" href="s.css" media-type="text/css"/></manifest>'))
        styled.writestr("s.css", ".calibre7 {\n  font-size: 0.75em;\n  line-height: normal;\n  vertical-align: super\n}\n.t2 { text-decoration: line-through }\n")
    assert "It is 10^6 m \u00b9 wide and cost ~~5~~ 6 crowns." in text_of(kith("chunk", "--json", tmp_path / "styled.epub").lines)


def test_a_book_is_read_without_its_table_of_contents(kith, tmp_path):
    pages = {
        "title.xhtml": "<h1>The Mill</h1><p>Ann Lee</p>",
        "toc.xhtml": '<ul><li><a href="a.xhtml">One</a></li></ul><p>Pages 1 to 90</p>',
        "links.xhtml": '<h2>Contents</h2><p><a href="a.xhtml">One</a><a href="a.xhtml#b">Two</a><a href="a.xhtml#c">Three</a></p>',
        "a.xhtml": '<h1>One</h1><p>The mill<a epub:type="noteref" href="#n1">1</a> has <ruby>輪<rt>わ</rt></ruby>.</p>'
                   '<aside epub:type="footnote" id="n1">Built in 1820.</aside>',
    }
    write_book(tmp_path / "book.epub", pages, '<reference type="toc" href="toc.xhtml"/>')
    chunks = kith("chunk", "--json", tmp_path / "book.epub").lines
    assert {chunk["place"] for chunk in chunks} == {"chapter One"}
    assert text_of(chunks) == "One\n\nThe mill ¹ has 輪.\n\nBuilt in 1820."


def test_a_first_chapter_that_the_guide_calls_contents_is_read(kith, tmp_path):
    pages = {"index.xhtml": '<h1>Boiler manual</h1><ul><li><a href="a.xhtml">Repair</a></li></ul><p>Let the boiler cool down for an hour before any work on it.</p>',
             "a.xhtml": "<h1>Repair</h1><p>Close the valve.</p>"}
    write_book(tmp_path / "book.epub", pages, '<reference type="toc" href="index.xhtml"/>')  # as Sphinx writes it
    assert "Let the boiler cool down" in text_of(kith("chunk", "--json", tmp_path / "book.epub").lines)


def test_tabs_before_their_panels_head_nothing(read):
    page = ('<h1>FAQ</h1><div role=tablist><button role=tab aria-controls=t1>Shipping</button><button role=tab aria-controls=t2>Returns and refunds</button></div>'
            '<div id=t1 role=tabpanel><p>Two days.</p></div><div id=t2 role=tabpanel hidden><p>Within a month.</p></div>')
    (chunk,) = read("a.html", page)[0]
    assert chunk["content"] == "FAQ\n\nShipping\nReturns and refunds\n\nTwo days.\n\nWithin a month." and chunk["heading"] == "FAQ"


def test_names_of_groups_of_options_are_read(read):
    page = '<p>Zone</p><select><optgroup label="North"><option>N1<option>N2</optgroup><optgroup label="South"><option>S1</optgroup></select>'
    assert text_of(read("a.html", page)[0]).split("\n\n")[1] == "- North:\n- N1\n- N2\n- South:\n- S1"


def test_links_for_editing_are_no_part_of_headings(read):
    page = '<h2><span id="G">History</span><span class="mw-editsection">[<a href="/e">edit</a>]</span></h2><p>Founded in 1233.'
    assert read("a.html", page)[0][0]["heading"] == "History"


def test_a_menu_with_a_script_in_it_is_one(read):
    page = ('<h1>Boiler</h1><p>Close the valve.</p><div role="navigation"><h3>Pages</h3><script>document.getElementById("searchbox").style.display = "block"</script>'
            '<ul><li><a href="a.html">Repair</a></li></ul></div>')
    assert text_of(read("a.html", page)[0]) == "Boiler\n\nClose the valve."


def test_ids_of_the_head_are_no_places(read):
    page = '<head><link id="theme" rel="stylesheet" href="a.css"><meta id="m" name="x"></head><body><p>Close the valve.</p></body>'
    assert read("a.html", page)[0][0].get("anchor") is None and "theme" not in str(read("a.html", page)[0])


def test_a_whole_number_before_a_fraction_has_no_exponent(read):
    assert text_of(read("a.html", "<p>It takes 3<sup>1</sup>/<sub>2</sub> hours, 2<sup>1</sup>⁄<sub>4</sub> at night; 10<sup>–3</sup> mol.")[0]) == "It takes 3 1/2 hours, 2 1⁄4 at night; 10^–3 mol."


def test_an_event_that_is_attached_in_other_words_is_read_once(read):
    """Mail programs attach the invitation without its method, with a reply of their own or with more lines: UID and revision tell."""
    event = CALENDAR.replace("SUMMARY", "UID:roof-1@example.org\nSEQUENCE:2\nSUMMARY")
    plain = "Content-Type: text/plain\n\nSee the calendar."
    head = 'Content-Type: text/calendar; name="i.ics"\nContent-Disposition: attachment; filename="i.ics"\n\n'

    def body(attached):
        return text_of(read("a.eml", MAIL.format("Roof") + multipart("mixed", multipart("alternative", plain, "Content-Type: text/calendar\n\n" + event), head + attached))[0])

    assert body(event.replace("METHOD:REQUEST\n", "")).count("Roof inspection") == 1
    assert body(event.replace("CN=Tom Vale:", "CN=Tom Vale;PARTSTAT=ACCEPTED:")).count("Roof inspection") == 1
    other = event.replace("roof-1", "roof-2").replace("Roof inspection", "Roof repair")
    both = body(event.replace("END:VCALENDAR\n", other.split("METHOD:REQUEST\n")[1]))
    assert both.count("Roof inspection") == 1 and both.count("Roof repair") == 1
    for later in (event.replace("SEQUENCE:2", "SEQUENCE:3").replace("Hall 7", "Hall 8"), event.replace("METHOD:REQUEST", "METHOD:CANCEL"), event.replace("T130000", "T133000"),
                  event.replace("SUMMARY", "RECURRENCE-ID:20250421T130000\nSUMMARY")):
        assert body(later).count("Roof inspection") == 2
