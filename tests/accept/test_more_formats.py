"""Formats that people have beside the usual ones: archives, gzip, RTF, subtitles, calendars, contacts, flat OpenDocument."""

import bz2
import email.mime.multipart
import email.mime.text
import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
import zipfile

import docx
import pytest

BRIDGE = "The bridge needs new bearings, the engineer said.\n"


def letter():
    stream = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("The mill has a wheel of oak.")
    document.save(stream)
    return stream.getvalue()


@pytest.fixture
def ids(kith, tmp_path):
    """The ids and texts of the chunks of a file with these bytes."""

    def of(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return {chunk["id"]: chunk["content"] for chunk in kith("chunk", "--json", path).lines}

    return of


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files, mode):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def zstd(content):
    return subprocess.run(["zstd", "-19", "--quiet", "--stdout"], input=content, stdout=subprocess.PIPE, check=True).stdout


FILES = {"docs/bridge.txt": BRIDGE.encode(), "letter.docx": letter(), ".hidden/x.txt": BRIDGE.encode(), "picture.png": b"\x89PNG\r\n\x1a\n"}


@pytest.mark.parametrize("name, content", [("all.zip", zipped(FILES)), ("all.tar", tarred(FILES, "w")), ("all.tar.gz", tarred(FILES, "w:gz")),
                                           ("all.tgz", tarred(FILES, "w:gz")), ("all.tar.bz2", tarred(FILES, "w:bz2")),
                                           ("all.tar.xz", tarred(FILES, "w:xz")), ("all.tzst", zstd(tarred(FILES, "w")))])
def test_an_archive_is_a_folder_of_documents(ids, name, content):
    assert ids(name, content) == {"all/docs/bridge.txt_0": BRIDGE.strip(), "all/letter.docx_0": "The mill has a wheel of oak."}


def test_an_archive_within_an_archive_is_read(ids):
    assert list(ids("all.zip", zipped({"old/inner.zip": zipped({"a.txt": BRIDGE})}))) == ["all/old/inner.zip/a.txt_0"]


def test_gzip_is_read_as_what_it_packs(kith, ids, tmp_path):
    assert ids("bridge.txt.gz", gzip.compress(BRIDGE.encode())) == {"bridge_0": BRIDGE.strip()}
    (tmp_path / "letter.docx.gz").write_bytes(gzip.compress(letter()))
    (tmp_path / "bomb.txt.gz").write_bytes(gzip.compress(bytes(65 << 20)))
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(BRIDGE.encode())[:-9])
    events = {line["source"].rsplit("/", 1)[-1]: line for line in kith("add", tmp_path, status=None).lines[:-1]}
    assert events["letter.docx.gz"]["outcome"] == "added"
    assert events["bomb.txt.gz"]["outcome"] == events["cut.txt.gz"]["outcome"] == "failed"
    assert "unpacked" in events["bomb.txt.gz"]["reason"] and "cut short" in events["cut.txt.gz"]["reason"]


PACKERS = {"bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


@pytest.mark.parametrize("extension", PACKERS)
def test_bzip2_xz_and_zstd_are_read_as_what_they_pack(kith, ids, tmp_path, extension):
    pack = PACKERS[extension]
    half = len(BRIDGE) // 2
    assert ids(f"bridge.txt.{extension}", pack(BRIDGE[:half].encode()) + pack(BRIDGE[half:].encode())) == {"bridge_0": BRIDGE.strip()}
    for name, content in {"letter.docx": pack(letter()), "bomb.txt": pack(bytes(65 << 20)), "cut.txt": pack(BRIDGE.encode())[:-9], "none.txt": b"text"}.items():
        (tmp_path / f"{name}.{extension}").write_bytes(content)
    events = {line["source"].rsplit("/", 1)[-1]: line for line in kith("add", tmp_path, status=None).lines[:-1]}
    assert events[f"letter.docx.{extension}"]["outcome"] == "added"
    reasons = {name: events[f"{name}.txt.{extension}"]["reason"] for name in ("bomb", "cut", "none")}
    assert "unpacked" in reasons["bomb"] and "cut short" in reasons["cut"] and "as no packed file does" in reasons["none"]


def test_rtf_of_word_and_textedit(ids):
    word = rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset0 Arial;}}{\*\generator Riched20;}\f0 The \'93mill\'94 costs 5 \u8364?{\v secretly}.\par}"
    assert ids("word.rtf", word) == {"word_0": "The “mill” costs 5 €."}
    russian = rb"{\rtf1\ansi\ansicpg1251\cocoartf2639" b"\n" rb"\f0\fs24 \cf0 \'cc\'ee\'f1\'ea\'e2\'e0 \uc0\u8212  the city.\
}"
    assert ids("textedit.rtf", russian) == {"textedit_0": "Москва — the city."}


def test_subtitles_are_cited_by_their_time(kith, tmp_path):
    path = tmp_path / "talk.srt"
    path.write_text("1\n00:00:02,000 --> 00:00:04,000\n<i>Welcome</i> to the mill.\n\n2\n01:02:03,500 --> 01:02:06,000\nThe wheel is\nmade of oak.\n")
    (chunk,) = kith("chunk", "--json", path).lines
    assert chunk["content"] == "Welcome to the mill.\nThe wheel is made of oak."
    assert chunk["place"] == "0:00:02-1:02:03"
    kith("add", path)
    citations = kith("ask", "What is the wheel made of?", "--json").lines[0]["citations"]
    assert next(c["place"] for c in citations if "oak" in c["quote"]) == "1:02:03"
    web = tmp_path / "talk.vtt"
    web.write_text("WEBVTT\n\nNOTE nothing\n\n00:05.000 --> 00:07.000 align:start\n<v Ann>Hello &amp; good morning, it&#39;s &eacute;t&eacute;.</v>\n")
    (chunk,) = kith("chunk", "--json", web).lines
    assert (chunk["content"], chunk["place"]) == ("Ann: Hello & good morning, it's été.", "0:00:05")


def test_calendars_and_contacts(ids):
    event = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Roof inspection\r\nDTSTART:20250703T140000\r\nLOCATION:Hall 7\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    (text,) = ids("work.ics", event.encode()).values()
    assert "Roof inspection" in text and "2025-07-03 14:00" in text and "Hall 7" in text
    (text,) = ids("diary.ics", event.replace("VEVENT", "VJOURNAL").encode()).values()
    assert text.startswith("Journal: Roof inspection")
    cards = ("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Miller\r\nN:Miller;Ann;;;\r\nORG:Mill Ltd.;Wheels\r\nTEL;TYPE=WORK:+49 30 123\r\nPHOTO:AAAA\r\n"
             "BDAY:19800503\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=B6rg=\r\n Wolf\r\nitem1.EMAIL:j@x.org\r\nEND:VCARD\r\n")
    text = "\n\n".join(ids("people.vcf", cards.encode()).values())
    assert text == "Ann Miller\nOrganisation: Mill Ltd., Wheels\nPhone: +49 30 123\nBirthday: 1980-05-03\n\nJörg Wolf\nMail: j@x.org"


def test_json_and_xml_by_other_names(ids):
    places = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Pier of Kiel"}, "geometry": null}]}'
    text, = ids("places.geojson", places.encode()).values()
    assert "properties > name: Pier of Kiel" in text
    text, = ids("tool.jsonc", b'{\n  // the version\n  "target": "ES2020",\n  "strict": true,\n}').values()
    assert "target: ES2020" in text and "{" not in text
    text, = ids("shop.csproj", b'<Project Sdk="Web"><ItemGroup><PackageReference Include="Serilog" Version="3.1.1" /></ItemGroup></Project>').values()
    assert "PackageReference > Include: Serilog" in text
    text, = ids("de.xlf", b'<xliff version="1.2"><file><body><trans-unit id="a"><source>Hello to all</source><target>Hallo an alle</target></trans-unit></body></file></xliff>').values()
    assert "target: Hallo an alle" in text


@pytest.mark.parametrize("line, shown", [
    ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-05", "Birthday: 04-05"), ("BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-04-05", "Birthday: 04-05"),
    ("BDAY:--0405", "Birthday: 04-05"), ("BDAY:--04-05", "Birthday: 04-05"), ("BDAY:1604-04-05", "Birthday: 1604-04-05"),
    ("ANNIVERSARY:20090808", "Anniversary: 2009-08-08"), ("BDAY;VALUE=text:circa 1800", "Birthday: circa 1800")])
def test_a_birthday_without_a_year_has_none(ids, line, shown):
    text, = ids("people.vcf", f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Miller\r\n{line}\r\nEND:VCARD\r\n".encode()).values()
    assert text == f"Ann Miller\n{shown}"


def test_a_name_of_a_calendar_ends_with_its_quotes(ids):
    """Found by fuzz_extract: of what stood behind the quotes the last byte was cut, within a character."""
    event = ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Roof inspection\r\nDTSTART:20250703T140000\r\n"
             'ATTENDEE;CN="Ann; Lund" J\u00e4:mailto:ann@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n')
    (text,) = ids("work.ics", event.encode()).values()
    assert "Ann; Lund <ann@example.org>" in text


def test_flat_opendocument(ids):
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table"))
    text = (f'<office:document {names} office:version="1.3"><office:body><office:text><text:h text:outline-level="1">Mill</text:h>'
            "<text:p>The wheel is made of oak.</text:p></office:text></office:body></office:document>")
    assert ids("mill.fodt", text.encode()) == {"mill_0": "Mill\n\nThe wheel is made of oak."}


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_a_manual_page_has_its_sections(kith, tmp_path):
    source = '.\\" a page\n.TH MILL 1 2024-01-01\n.SH NAME\nmill \\- grinds \\fIcorn\\fR\n.SH OPTIONS\n.TP\n.B \\-v\nSays more.\n'
    path = tmp_path / "mill.1.gz"
    path.write_bytes(gzip.compress(source.encode()))
    chunks = kith("chunk", "--json", path).lines
    assert "\n".join(chunk["content"] for chunk in chunks).startswith("NAME\nmill - grinds corn")
    assert "OPTIONS" in "".join(chunk["content"] for chunk in chunks)


def test_a_word_file_of_before_2007_says_what_reads_it(kith, tmp_path):
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    event = kith("add", tmp_path, status=None).lines[0]
    assert event["outcome"] in ("skipped", "failed") and "catdoc" in event["reason"]


# ---- pages in one file, scanned books, and what is not read ----

PAGE = "<html><head><title>Gate</title></head><body><h1>Opening</h1><p id=k>The gate opens at <b>siebenÜ</b>.</p></body></html>"


def saved_page(charset="utf-8", page=PAGE):
    """As Chrome saves a page in one file: the page first, styles and pictures behind it, each with its address."""
    parts = email.mime.multipart.MIMEMultipart("related", type="text/html")
    parts["From"] = "<Saved by Blink>"
    parts["Snapshot-Content-Location"] = "https://example.org/gate"
    parts["Subject"] = "Gate"
    style = email.mime.text.MIMEText("p { color: red }", "css")
    for part in [email.mime.text.MIMEText(page, "html", charset), style]:
        part["Content-Location"] = "https://example.org/gate" + (".css" if part is style else "")
        parts.attach(part)
    return parts.as_bytes()


@pytest.mark.parametrize(("name", "charset"), [("gate.mhtml", "utf-8"), ("gate.MHT", "iso-8859-1")])
def test_a_page_in_one_file_is_the_page(kith, tmp_path, name, charset):
    (tmp_path / name).write_bytes(saved_page(charset))
    result = kith("chunk", "--json", tmp_path / name)
    assert [chunk["content"] for chunk in result.lines] == ["Opening\n\nThe gate opens at siebenÜ."]
    assert result.lines[0]["heading"] == "Opening"
    assert result.err == ""
    kith("add", tmp_path / name)
    found = kith("search", "--rank", "words", "--json", "opens").lines[0]
    assert found["metadata"]["type"] == "html" and found["metadata"]["url"] == "https://example.org/gate"


def test_the_page_of_a_saved_message_is_its_root(kith, tmp_path):
    parts = "".join(f"--Y\nContent-Type: text/html\nContent-ID: <{name}@x>\n\n<p>This is the {name}.</p>\n" for name in ("frame", "root"))
    for start, text in (("<root@x>", "This is the root."), ("<frame@x>", "This is the frame."), ("<none@x>", "This is the frame.")):
        head = f'MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; start="{start}"; boundary=Y\n\n'
        (tmp_path / "saved.mht").write_text(f"{head}{parts}--Y--\n")
        assert [chunk["content"] for chunk in kith("chunk", "--json", tmp_path / "saved.mht").lines] == [text]


def test_a_message_without_a_page_is_no_saved_page(kith, tmp_path):
    (tmp_path / "a.mht").write_text("Subject: a\n\nno page\n")
    result = kith("chunk", tmp_path / "a.mht", status=None)
    assert result.status != 0 and "no page can be found in it" in result.err


@pytest.fixture(scope="module")
def scanned_book(tmp_path_factory):
    """Two pages of DjVuLibre's own programs, of which the second has no text when `texts` has one."""
    place = tmp_path_factory.mktemp("djvu")

    def of(*texts):
        (place / "page.pbm").write_bytes(b"P4\n80 100\n" + bytes(10 * 100))
        subprocess.run(["cjb2", "page.pbm", "page.djvu"], cwd=place, check=True)
        shutil.copy(place / "page.djvu", place / "second.djvu")
        subprocess.run(["djvm", "-c", "book.djvu", "page.djvu", "second.djvu"], cwd=place, check=True)
        script = "".join(f'select {number}\nset-txt\n(page 0 0 80 100 (line 5 70 50 75 "{text}"))\n.\n' for number, text in enumerate(texts, 1))
        (place / "script").write_text(script, encoding="utf-8")
        subprocess.run(["djvused", "book.djvu", "-f", "script", "-s"], cwd=place, check=True)
        return (place / "book.djvu").read_bytes()

    return of


@pytest.mark.parametrize("name", ["book.djvu", "book.dat"])
def test_the_text_of_a_scanned_book_has_its_pages(kith, tmp_path, scanned_book, name):
    (tmp_path / name).write_bytes(scanned_book("The gate opens at seven.", "Zweite Seite, ä."))
    chunks = kith("chunk", "--json", "--chunk-size", "64", "--chunk-overlap", "0", tmp_path / name).lines
    assert "\n\n".join(chunk["content"] for chunk in chunks) == "The gate opens at seven.\n\nZweite Seite, ä."
    assert chunks[0]["place"] in ("page 1", "pages 1-2")


def test_a_scanned_book_without_text_says_what_to_do(kith, tmp_path, scanned_book):
    (tmp_path / "book.djvu").write_bytes(scanned_book())
    result = kith("add", "--json", tmp_path)
    file = next(line for line in result.lines if "outcome" in line)
    assert file["outcome"] == "skipped" and "make a PDF of it" in file["reason"]


def test_what_is_not_read_is_told_in_archives_too(kith, tmp_path):
    """A picture is left out without a word; a document that somebody would look for is not."""
    files = {"a.txt": b"The gate opens at seven.", "p.png": b"\x89PNG\r\n\x1a\n", "q.xlsb": b"PK\x03\x04", "books/r.mobi": b"BOOKMOBI\0",
             "s.bin": bytes(range(256)) * 4}
    (tmp_path / "files.zip").write_bytes(zipped(files))
    result = kith("add", "--json", tmp_path)
    file = next(line for line in result.lines if line.get("outcome") == "added")
    assert len(file["notices"]) == 2
    assert any("'q.xlsb'" in notice and "save it as xlsx" in notice for notice in file["notices"])
    assert any("'books/r.mobi'" in notice and "EPUB" in notice for notice in file["notices"])


@pytest.mark.parametrize("lines, text", [
    ("greeting=Gr\\u00fc\\u00dfe aus K\\u00f6ln\nsmile=\\uD83D\\uDE00 done\n", "greeting=Grüße aus Köln\nsmile=😀 done"),
    ("# M\\u00fcller\nnote = The roof \\\n       is made of \\\n    slate.\npath=C:\\\\roof\\ttiles\n", "# M\\u00fcller\nnote = The roof is made of slate.\npath=C:\\roof tiles"),
    ("with\\ blank\\:s=one\\=two\nlast.line=Stop here\\", "with blank:s=one=two\nlast.line=Stop here"),
    ("broken=\\u00zz stays, \\uD83D too\n", "broken=\\u00zz stays, \ufffd too"),
])
def test_properties_are_read_without_their_escapes(kith, tmp_path, lines, text):
    (tmp_path / "messages.properties").write_text(lines)
    (chunk,) = kith("chunk", "--json", tmp_path / "messages.properties").lines
    assert chunk["content"] == text


def test_an_entry_of_properties_has_its_line(kith, tmp_path):
    """The text is not as the file has it, so its place is told by the record."""
    entries = "".join(f"entry.{i}=Slate \\\n   roof \\u00fc number {i} of the long street by the harbour wall\n" for i in range(60))
    (tmp_path / "roofs.properties").write_text(entries)
    chunks = kith("chunk", "--json", tmp_path / "roofs.properties").lines
    assert len(chunks) > 1
    for chunk in chunks:
        assert "roof ü number" in chunk["content"] and "\\" not in chunk["content"]
        numbers = [int(part.split("=")[0]) for part in chunk["content"].split("entry.")[1:]]
        assert chunk["place"] == f"lines {2 * numbers[0] + 1}-{2 * numbers[-1] + 1}"


def test_properties_without_escapes_are_as_they_stand(kith, tmp_path):
    (tmp_path / "plain.properties").write_text("# A remark\nroof = slate\n\nwall = brick\n")
    (chunk,) = kith("chunk", "--json", tmp_path / "plain.properties").lines
    assert (chunk["content"], chunk["line_start"], chunk["line_end"]) == ("# A remark\nroof = slate\n\nwall = brick", 1, 4)


BOOKMARKS = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
    <DT><H3 ADD_DATE="1700000000">Roofing</H3>
    <DL><p>
        <DT><A HREF="https://slate.example/a?b=1&amp;c=2" ADD_DATE="1700000001" ICON="data:image/png;base64,AAAA">Slate and tiles</A>
        <DD>Prices of slate
        <DT><A HREF="https://tiles.example/">https://tiles.example/</A>
        <DT><A HREF="javascript:void(0)">Print the page</A>
    </DL><p>
    <DT><A HREF="https://late.example/">Late &amp; found</A>
</DL><p>
"""


def test_bookmarks_keep_their_addresses(ids):
    text = "\n\n".join(ids("bookmarks.html", BOOKMARKS.encode()).values())
    assert text == ("Bookmarks\n\nRoofing\n\nSlate and tiles (https://slate.example/a?b=1&c=2): Prices of slate\n"
                    "https://tiles.example/\nPrint the page\n\nLate & found (https://late.example/)")


def test_a_bookmark_behind_a_folder_is_not_of_it(kith, tmp_path):
    many = "".join(f'<DT><A HREF="https://roofs.example/{i}">Roofs of the long street by the harbour, part {i}</A>\n' for i in range(40))
    (tmp_path / "bookmarks.html").write_text(BOOKMARKS.replace("<DT><A HREF=\"javascript", many + "<DT><A HREF=\"javascript"))
    last = kith("chunk", "--json", tmp_path / "bookmarks.html").lines
    assert last[1]["heading"] == "Bookmarks > Roofing" and "Late & found" in last[-1]["content"]


def test_links_of_other_pages_are_their_texts(ids):
    (text,) = ids("page.html", b'<!DOCTYPE html><p>See <a href="https://slate.example/">slate and tiles</a>.').values()
    assert text == "See slate and tiles."


def test_strings_of_android_are_read_without_their_escapes(ids):
    strings = (r"""<resources><string name="tip">Don\'t press \"Stop\".\nPress "  Go " \u00fc\@home</string>"""
               r"""<string-array name="days"><item>Monday\'s roof</item><item>Tuesday</item></string-array>"""
               r"""<plurals name="nails"><item quantity="one">%d nail\nleft</item></plurals></resources>""")
    text = "\n".join(ids("strings.xml", strings.encode()).values())
    assert """Don't press "Stop". Press Go ü@home""" in text
    assert "Monday's roof" in text and "%d nail left" in text
    (text,) = ids("other.xml", rb"<config><path>C:\new\'s folder</path></config>").values()
    assert r"path: C:\new\'s folder" in text


def test_a_cell_that_a_text_repeats_is_there_as_often(ids):
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table"))
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>".format
    rows = [[cell("", text) for text in ("Roof", "2023", "2024", "2025")], [cell("", "Slate"), cell(' table:number-columns-repeated="2"', "sold"), cell("", "none")],
            [cell(' table:number-columns-repeated="3"', "n/a"), cell("", "few")]]
    head, *body = ("<table:table-row>" + "".join(row) + "</table:table-row>" for row in rows)
    table = f"<table:table-header-rows>{head}</table:table-header-rows>" + "".join(body)
    text = f"<office:document {names}><office:body><office:text><table:table>{table}</table:table></office:text></office:body></office:document>"
    (text,) = ids("roofs.fodt", text.encode()).values()
    assert text.splitlines()[1:] == ["Roof: Slate | 2023: sold | 2024: sold | 2025: none", "Roof: n/a | 2023: n/a | 2024: n/a | 2025: few"]


def test_cells_that_a_text_repeats_without_end_are_told(kith, tmp_path):
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table"))
    row = '<table:table-row><table:table-cell table:number-columns-repeated="{}"><text:p>slate</text:p></table:table-cell></table:table-row>'.format
    text = f"<office:document {names}><office:body><office:text><table:table>{{}}</table:table></office:text></office:body></office:document>".format
    (tmp_path / "wide.fodt").write_text(text(row(99999999)))
    (tmp_path / "long.fodt").write_text(text(row(16384) * 62))
    (tmp_path / "fair.fodt").write_text(text(row(100) * 60))
    added = kith("add", "--json", "--no-wait", *(tmp_path / f"{name}.fodt" for name in ("wide", "long", "fair")))
    told = {line["source"].rsplit("/", 1)[-1]: line.get("notices", []) for line in added.lines if "outcome" in line}
    often = "cells that are repeated very often are left out"
    assert [often in told[f"{name}.fodt"] for name in ("wide", "long", "fair")] == [True, True, False]


def test_cards_and_events_are_read_under_each_others_names(ids):
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Miller\r\nTEL:+49 30 123\r\nEND:VCARD\r\n"
    event = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Roof inspection\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert list(ids("people.ics", card.encode()).values()) == ["Ann Miller\nPhone: +49 30 123"]
    assert list(ids("work.vcf", b"\xef\xbb\xbf\r\n" + event.encode()).values()) == ["Event: Roof inspection"]
