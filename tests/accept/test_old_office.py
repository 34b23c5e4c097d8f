"""What Office and Outlook of before 2007 wrote, through the confined readers: xls by xlwt, doc, msg and winmail.dat by hand."""

import datetime
import email.message
import io
import struct

import pytest
import xlwt

from ole_file import fixed, ole_file, texts
from word_file import DELETED, ENDS_ROW, HEADING_1, HIDDEN, IN_TABLE, word_file

SENT = 133855560000000000  # 2025-03-04 10:00 UTC


@pytest.fixture
def read(kith, tmp_path):
    """The texts of a file by their ids, and what was told of it."""

    def of(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        result = kith("chunk", "--json", path)
        return {chunk["id"]: chunk["content"] for chunk in result.lines}, result.err

    return of


def workbook():
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Übersicht")
    bold = xlwt.easyxf("font: bold on")
    for column, name in enumerate(["Artikel", "Preis", "Geliefert", "Ok"]):
        sheet.write(0, column, name, bold)
    money = xlwt.easyxf(num_format_str="#,##0.00 [$€-407]")
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for row, (name, price) in enumerate([("Lampe Ω", 1234.5), ("Dichtung", -3.25)], 1):
        sheet.write(row, 0, name)
        sheet.write(row, 1, price, money)
        sheet.write(row, 2, datetime.date(2025, row, 9), day)
        sheet.write(row, 3, row == 1)
    sheet.row(2).hidden = True
    many = book.add_sheet("Many")
    for row in range(600):  # texts of more than one record
        many.write(row, 0, f"Part {row}")
        many.write(row, 1, "die Größe " * (row % 40) + "東京" * (row % 3))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_xls_is_read_as_xlsx_is(read):
    chunks, told = read("lager.xls", workbook())
    text = "\n".join(chunks.values())
    assert "Artikel: Lampe Ω | Preis: 1,234.50 € | Geliefert: 2025-01-09 | Ok: TRUE" in text
    assert "Preis: -3.25 €" in text and "Part 599" in text and "die Größe " * 38 + "die Größe" in text
    assert "sheet Übersicht: rows are hidden" in told


def test_what_only_bears_the_name_xls_is_read_as_what_it_is(read):
    assert "Item: Lamp" in str(read("web.xls", b"<html><table><tr><th>Item<th>Price<tr><td>Lamp<td>20<tr><td>Nut<td>3</table>")[0])
    assert "Item: Lamp" in str(read("list.xls", b"Item\tPrice\nLamp\t20\nNut\t3\n")[0])


def message(**more):
    inner = {"__properties_version1.0": fixed(24, p00390040=SENT), **texts(p0037="Old news", p1000="It was raining in the valley.")}
    return ole_file({
        "__properties_version1.0": fixed(32, p00390040=SENT),
        **texts(p0037="Bridge bearings", p0042="Zoë", p5D02="zoe@example.org", p1000="The bearings wear out.\r\n東京."),
        "__recip_version1.0_#00000000": {"__properties_version1.0": fixed(8, p0C150003=1), **texts(p3001="Ann", p39FE="ann@example.org")},
        "__attach_version1.0_#00000000": {**texts(p3707="plan.csv"), "__substg1.0_37010102": b"Item,Price\nLamp,20\nNut,3\n"},
        "__attach_version1.0_#00000001": {**texts(p3001="Old news"), "__substg1.0_3701000D": inner},
        **more,
    })


@pytest.mark.parametrize("page", [{}, {"p3FFD0003": 1252}], ids=["untold", "1252"])
def test_texts_of_a_message_in_utf8_where_a_code_page_is_meant(read, page):
    """As a writer for Python leaves them."""
    chunks, _ = read("a.msg", ole_file({"__properties_version1.0": fixed(32, **page), "__substg1.0_0037001E": "Angebot – Prüfung".encode(),
                                        "__substg1.0_1000001E": "Es kostet 1.250 €.\r\nGrüße".encode()}))
    assert "Angebot – Prüfung" in chunks["a_0"] and "Es kostet 1.250 €.\nGrüße" in chunks["a_0"]
    chunks, _ = read("b.msg", ole_file({"__properties_version1.0": fixed(32, **page), "__substg1.0_0037001E": "Prüfung Ä".encode("cp1252"),
                                        "__substg1.0_1000001E": "Es kostet 1.250 €.".encode("cp1252")}))
    assert "Prüfung Ä" in chunks["b_0"] and "1.250 €" in chunks["b_0"]


def test_a_message_of_outlook_is_read_as_mail_is(kith, read, tmp_path):
    chunks, told = read("letter.msg", message())
    assert chunks["letter_0"].startswith("Subject: Bridge bearings\nFrom: Zoë <zoe@example.org>\nTo: Ann <ann@example.org>\nDate: 2025-03-04T10:00:00Z")
    assert "東京." in chunks["letter_0"] and "raining" in chunks["letter/Old news.msg_0"]
    assert any(id.startswith("letter/plan.csv") for id in chunks) and told == ""
    kith("add", tmp_path / "letter.msg")
    found = kith("search", "--rank", "words", "bearings", "--where", '{"dated": {"$gte": "2025-03-01"}}').lines
    assert [hit["document"] for hit in found] == ["letter"]


APPOINTMENTS, TASKS, CONTACTS = (struct.pack("<I", number) + bytes.fromhex("00000000c000000000000046") for number in (0x62002, 0x62003, 0x62004))


def names(*named, more=b""):
    """The storage that says which named property (its set, its number) has which number: 0x8000, 0x8001 and so on, as they stand here."""
    sets = sorted({of for of, _ in named})
    entries = b"".join(struct.pack("<IHH", number, (sets.index(of) + 3) << 1, i) for i, (of, number) in enumerate(named))
    return {"__nameid_version1.0": {"__substg1.0_00020102": b"".join(sets), "__substg1.0_00030102": entries + more, "__substg1.0_00040102": b""}}


def test_an_appointment_of_outlook_has_its_place(read):
    hour = 36_000_000_000
    chunks, told = read("visit.msg", ole_file({
        # A name that is a text, one of a set that is not there, and one of no set.
        **names((APPOINTMENTS, 0x820D), (APPOINTMENTS, 0x820E), (APPOINTMENTS, 0x8208), (APPOINTMENTS, 0x8232), (TASKS, 0x8208),
                more=struct.pack("<IHHIHHIHH", 0, 9, 5, 0x8208, 900, 6, 0x8208, 0, 7) + b"cut"),
        "__properties_version1.0": fixed(32, p80000040=SENT, p80010040=SENT + hour),
        **texts(p001A="IPM.Appointment", p0037="Roof inspection", p8002="Hall 7, second floor", p8003="every Monday", p8004="no place", p8006="nor this"),
    }))
    assert chunks == {"visit_0": "Subject: Roof inspection\nWhen: 2025-03-04T10:00:00Z to 2025-03-04T11:00:00Z\nRepeats: every Monday\nWhere: Hall 7, second floor"}
    assert told == ""


def test_a_message_has_its_categories(kith, read, tmp_path):
    words = "Keywords".encode("utf-16-le")
    letter = ole_file({
        # The place of an appointment, and before it the name of a text, in the set that needs no place in the list.
        "__nameid_version1.0": {"__substg1.0_00020102": APPOINTMENTS, "__substg1.0_00030102": struct.pack("<IHHIHH", 0, 2 << 1 | 1, 0, 0x8208, 3 << 1, 1),
                                "__substg1.0_00040102": struct.pack("<I", len(words)) + words},
        "__properties_version1.0": fixed(32, p00390040=SENT), **texts(p0037="Bridge", p1000="The bearings wear out."),
        "__substg1.0_8000101F": struct.pack("<II", 8, 22), "__substg1.0_8000101F-00000000": "Red\0".encode("utf-16-le"),
        "__substg1.0_8000101F-00000001": "Projekt Süd\0".encode("utf-16-le"),
    })
    chunks, told = read("letter.msg", letter)
    assert told == "" and chunks["letter_0"] == "Subject: Bridge\nDate: 2025-03-04T10:00:00Z\nCategories: Red, Projekt Süd\n\nThe bearings wear out."
    kith("add", tmp_path / "letter.msg")
    found = kith("search", "--rank", "words", "bearings", "--where", '{"categories": {"$contains": "Projekt Süd"}}').lines
    assert [hit["document"] for hit in found] == ["letter"]


def test_a_contact_and_a_task_have_what_is_named(read):
    chunks, _ = read("ann.msg", ole_file({
        **names((CONTACTS, 0x8083), (CONTACTS, 0x801B), (CONTACTS, 0x802B)), "__properties_version1.0": fixed(32),
        **texts(p001A="IPM.Contact", p3001="Ann Mora", p3A18="Bridges", p8000="ann@example.org", p8001="Quay 4\r\nKiel", p8002="https://example.org"),
    }))
    assert chunks["ann_0"].split("\n")[-5:] == [
        "Name: Ann Mora", "Department: Bridges", "Email: ann@example.org", "Work address: Quay 4 Kiel", "Web page: https://example.org"]
    chunks, _ = read("task.msg", ole_file({
        **names((TASKS, 0x8105)), "__properties_version1.0": fixed(32, p80000040=SENT), **texts(p001A="IPM.Task", p0037="Grease the bearings")}))
    assert chunks == {"task_0": "Subject: Grease the bearings\nDue: 2025-03-04"}


def test_what_a_message_only_links_to_or_lists_is_told(read):
    _, told = read("link.msg", message(**{"__attach_version1.0_#00000002": texts(p3707="minutes.docx", p370D="\\\\server\\minutes.docx")}))
    assert "an attached file is a link, and not in the message: 'minutes.docx'" in told
    _, told = read("list.msg", ole_file({"__properties_version1.0": fixed(32), **texts(p001A="IPM.DistList", p0037="Crew")}))
    assert "the members of a distribution list are not read" in told


def tnef():
    def attribute(level, number, content):
        return struct.pack("<BII", level, number, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)

    def value(tag, content):
        return struct.pack("<III", tag, 1, len(content)) + content + bytes(-len(content) % 4)

    html = "<p>Die Lager verschleißen: Größe 7.</p>".encode("cp1252")
    properties = struct.pack("<I", 2) + value(0x10130102, html) + struct.pack("<II", 0x3FDE0003, 1252)
    return struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00069003, properties) + attribute(2, 0x00069002, bytes(14)) + \
        attribute(2, 0x00018010, b"plan.txt\0") + attribute(2, 0x0006800F, "Die Brücke am Fluss.".encode("cp1252"))


@pytest.mark.parametrize("body", ["The plan is attached.", ""])
def test_winmail_dat_gives_a_mail_its_files(read, body):
    mail = email.message.EmailMessage()
    mail["Subject"] = "Plans"
    mail.set_content(body)
    mail.add_attachment(tnef(), maintype="application", subtype="ms-tnef", filename="winmail.dat")
    chunks, told = read("a.eml", mail.as_bytes())
    assert chunks["a/plan.txt_0"] == "Die Brücke am Fluss."
    assert (body or "Die Lager verschleißen: Größe 7.") in chunks["a_0"]
    assert told == ""


def test_a_saved_winmail_dat_is_read(read):
    chunks, _ = read("winmail.dat", tnef())
    assert set(chunks.values()) == {"Die Lager verschleißen: Größe 7.", "Die Brücke am Fluss."}


@pytest.mark.parametrize("name", ["a.xls", "a.ppt", "a.msg"])
def test_damaged_files_fail_with_a_reason(kith, tmp_path, name):
    whole = message()
    for size in (9, 600, len(whole) // 2, len(whole) - 512):
        (tmp_path / name).write_bytes(whole[:size])
        event = kith("add", tmp_path / name, status=None).lines[0]
        assert event["outcome"] == "failed" and event["reason"]


LETTER = [("Rules of the House\r", HEADING_1), ("Open the lid \x08and take out the pot\x02.\r", None),
          ("See \x13 REF \x13 PAGE \x14 7\x15 x \x14the guide\x15 of “2024”, secret gone.\r", None),
          ("Room\x07", IN_TABLE), ("Area\x07", IN_TABLE), ("\x07", ENDS_ROW), ("Kitchen\r", IN_TABLE), ("below\x07", IN_TABLE), ("12 m\x07", IN_TABLE), ("\x07", ENDS_ROW),
          ("Hall\x07", IN_TABLE), ("\x07", IN_TABLE), ("\x07", ENDS_ROW), ("The end.\r", None)]
LETTER_TEXT = ("Rules of the House\n\nOpen the lid and take out the pot.\n\nFootnote 1: Hot at 3 o’clock.\n\nSee the guide of “2024”,.\n\nRoom | Area\n"
               "Room: Kitchen below | Area: 12 m\nHall\n\nThe end.")


@pytest.mark.parametrize("wide", [False, True])
def test_word_of_before_2007_has_raised_lowered_and_struck_text(read, wide):
    raised, lowered, struck = struct.pack("<HB", 0x2A48, 1), struct.pack("<HB", 0x2A48, 2), struct.pack("<HB", 0x0837, 1)
    content = word_file([("It is 10-6 m of H2O, born in 1980x, the fee is 20 EUR 15 EUR.\r", None)], wide=wide,
                        characters=[("-6", raised), ("2", lowered), ("x", raised), ("20 EUR", struck)])
    chunks, _ = read("a.doc", content)
    assert list(chunks.values()) == ["It is 10^-6 m of H2O, born in 1980^x, the fee is ~~20 EUR~~ 15 EUR."]


@pytest.mark.parametrize("wide", [False, True])
def test_word_of_before_2007_keeps_what_stands_around_drawings(kith, read, tmp_path, wide):
    content = word_file(LETTER, ["Hot at 3 o’clock."], "Warning: hot\r\r", "Lease\r", [(" secret", HIDDEN), (" gone", DELETED)], wide=wide)
    chunks, told = read("rules.doc", content)
    assert list(chunks.values()) == [LETTER_TEXT, "Warning: hot\n\nHeader and footer: Lease"]
    assert told.strip().endswith("Word (doc): numbers of lists are not told apart")
    kith("add", tmp_path / "rules.doc")
    (hit,) = kith("search", "--rank", "words", "kitchen").lines
    assert hit["metadata"]["place"] == "Rules of the House, paragraphs 1-5" and "Kitchen" in hit["content"]


def test_cells_of_old_word_span_the_columns_that_they_reach_over(read):
    def row(*cells, ends, below=()):
        flags = b"".join(struct.pack("<H", 0x20 if i in below else 0) + bytes(18) for i in range(max(below, default=-1) + 1))
        what = struct.pack(f"<B{len(ends) + 1}h", len(ends), 0, *ends) + flags
        return [(cell + "\x07", IN_TABLE) for cell in cells] + [("\x07", ENDS_ROW + struct.pack("<HH", 0xD608, len(what) + 1) + what)]

    paragraphs = [*row("Region", "2023", "2024", ends=(100, 300, 500)), *row("", "Plan", "Actual", "Plan", "Actual", ends=(100, 200, 300, 400, 500), below=(0,)),
                  *row("North", "1", "2", "3", "4", ends=(100, 200, 300, 400, 500)), ("End of it.\r", None)]
    chunks, _ = read("a.doc", word_file(paragraphs))
    (text,) = chunks.values()
    assert text == ("Region | 2023 | 2024\nRegion | Plan | Actual | Plan | Actual\n"
                    "Region: North | 2023 Plan: 1 | 2023 Actual: 2 | 2024 Plan: 3 | 2024 Actual: 4\n\nEnd of it.")


def test_a_word_file_that_is_encrypted_or_damaged_is_refused(kith, tmp_path):
    content = word_file(LETTER)
    (tmp_path / "a.doc").write_bytes(word_file(LETTER, flags=0x100))
    assert "encrypted" in kith("chunk", tmp_path / "a.doc", status=None).err
    for at in range(1600, len(content), 97):  # of which no byte is to be trusted
        (tmp_path / "b.doc").write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1:] if at % 2 else content[:at])
        result = kith("chunk", tmp_path / "b.doc", status=None)
        assert result.status in (0, 1, 2) or "damaged" in result.err or "catdoc" in result.err, result
