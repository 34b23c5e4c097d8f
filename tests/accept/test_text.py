"""Words and sentences of many languages, as a person meets them; numbers are those of the faults in issue 13."""

import json

import pytest


def found(kith, *query) -> list[str]:
    """The texts that the words of the query find."""
    return [hit["content"] for hit in kith("search", "--rank", "words", "--", *query, status=None).lines]


def add(kith, tmp_path, *texts: str) -> None:
    lines = [json.dumps({"id": f"t{i}", "content": text}) for i, text in enumerate(texts)]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    kith("add", tmp_path / "texts.jsonl")


# ---- words ----


def test_50_words_of_scripts_without_spaces_and_korean_nouns_are_found(kith, tmp_path):
    texts = {"계약서": "임대인은 계약서를 두 부 작성합니다.", "사무실": "우리 사무실은 서울에 있습니다.", "물": "아침마다 물을 마십니다.",
             "ค่าเช่า": "ผู้เช่าต้องชำระค่าเช่าทุกเดือน", "ສັນຍາ": "ຜູ້ເຊົ່າເຊັນສັນຍາແລ້ວ",
             "កិច្ចសន្យា": "យើងបានចុះហត្ថលេខាលើកិច្ចសន្យានេះ", "စာချုပ်": "ကျွန်တော်တို့စာချုပ်ကိုလက်မှတ်ထိုးသည်"}
    add(kith, tmp_path, *texts.values())
    for word, text in texts.items():
        assert found(kith, word)[0] == text
        assert found(kith, f"+{word}")[:1] == [text] if len(word) > 1 else True
    assert found(kith, '"계약서"') == [texts["계약서"]]


def test_52_invisible_characters_do_not_part_words(kith, tmp_path):
    shy, space, joiner, mark = "\u00ad", "\u200b", "\u2060", "\ufeff"
    add(kith, tmp_path, f"Die Donau{shy}dampf{shy}schiff{shy}fahrt fuhr.", f"Her ver{space}siche{joiner}rung ran out.", f"A {mark}gas{mark}ket leaks.")
    assert len(found(kith, "Donaudampfschifffahrt")) == len(found(kith, "versicherung")) == len(found(kith, "gasket")) == 1
    assert len(found(kith, f"gas{shy}ket")) == 1


@pytest.mark.parametrize("written", ["1,234,567", "1.234.567", "1'234'567", "1’234’567", "7 654 321", "7\u00a0654\u00a0321", "7\u202f654\u202f321"])
def test_54_a_number_is_found_however_it_is_grouped(kith, tmp_path, written):
    add(kith, tmp_path, f"The plant made {written} bottles in three halls.", "Another text.")
    digits = "".join(c for c in written if c.isdigit())
    for query in (digits, f"+{digits}", f"{int(digits):,}", f"{int(digits):,}".replace(",", "."), f"{int(digits):,}".replace(",", " ")):
        assert len(found(kith, query)) == 1, query


@pytest.mark.parametrize("one, other", [
    ("978-3-16-148410-0", "9783161484100"),
    ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ("00:1B:44:11:3A:B7", "001B44113AB7"),
    ("00-1B-44-11-3A-B7", "001b44113ab7"),
    ("+49 30 1234567", "+49301234567"),
    ("(030) 1234-567", "0301234567"),
    ("030/123 45 67", "0301234567"),
    ("555-123-4567", "555 123 4567"),
])
def test_54_identifiers_of_digits_are_found_with_and_without_their_marks(kith, tmp_path, one, other):
    for index, (text, query) in enumerate([(one, other), (other, one), (one, one)]):
        folder = tmp_path / str(index)
        folder.mkdir()
        add(kith, folder, f"Write {text} on the form.", "Nothing of this kind.")
        assert len(found(kith, query)) == 1, (text, query)
        kith("rm", "t0")


def test_a_number_is_one_word_so_its_parts_do_not_find_it(kith, tmp_path):
    add(kith, tmp_path, "Pi is about 3.14 here.", "The bus has 14 seats.")
    assert found(kith, "14") == ["The bus has 14 seats."]
    assert found(kith, "3") == []
    assert found(kith, "3.14") == found(kith, "3,14") == ["Pi is about 3.14 here."]


@pytest.mark.parametrize("query, text, foreign", [
    ("to be or not to be", "To be, or not to be, that is the question.", "Im Falle der Not ist das Tor zu schließen, und die Leute gehen durch den Hof."),
    ("was ist das", "Was ist das, und wer ist er?", "The goods are in the hall and they were counted by the men."),
    ("que sera", "Qui sera là et que sera ce que nous avons dans les mains ?", "The goods are in the hall and they were counted by the men."),
])
def test_55_stop_words_alone_are_found_beside_other_languages(kith, tmp_path, query, text, foreign):
    add(kith, tmp_path, foreign, text, "Ein anderer Text, der mit dem Hof und mit der Halle nicht viel zu tun hat.")
    assert found(kith, *query.split())[0] == text


def test_57_short_rows_of_french_and_italian_are_found_without_their_articles(kith, tmp_path):
    add(kith, tmp_path, "L'assurance habitation", "L’hôtel du port", "Musée d'Orsay", "Qualità dell’acqua", "Nell'ufficio", "The dog's bowl")
    for query, text in [("assurance", "L'assurance habitation"), ("hôtel", "L’hôtel du port"), ("hotel", "L’hôtel du port"), ("l'hotel", "L’hôtel du port"),
                        ("orsay", "Musée d'Orsay"), ("acqua", "Qualità dell’acqua"), ("ufficio", "Nell'ufficio"), ("dog", "The dog's bowl")]:
        assert found(kith, query) == [text], query


def test_words_are_right_after_an_upgrade_of_an_old_directory(kith, tmp_path):
    """Before format 7 of the index its words were others: it is built anew once, from the texts."""
    add(kith, tmp_path, "임대인은 계약서를 두 부 작성합니다.")
    (kith.directory / "derived/1.index").write_bytes(b"KITHDRV6 and whatever that format had")
    first = kith("search", "--rank", "words", "계약서")
    assert "rebuilt" in first.err and len(first.lines) == 1
    (saved,) = (kith.directory / "derived/1").iterdir()
    manifest = (saved / "manifest").read_bytes()
    assert manifest.startswith(b"KITHDRVB")
    (saved / "manifest").write_bytes(b"KITHDRV6" + manifest[8:])
    again = kith("search", "--rank", "words", "계약서")
    assert "older than 11, rebuilt" in again.err and len(again.lines) == 1
    assert kith("search", "--rank", "words", "계약서").err == ""


# ---- sentences ----


def answer(kith, question: str) -> str:
    return kith("ask", "--no-llm", "--json", question).lines[0]["answer"]


@pytest.mark.parametrize("text, question, whole", [
    ("Der Vertrag wurde am 3. Mai 2025 von Dr. Keller unterschrieben. Im Oktober zieht die Firma in die 2. Etage.",
     "Wann wurde der Vertrag unterschrieben?", "Der Vertrag wurde am 3. Mai 2025 von Dr. Keller unterschrieben. ["),
    ("Die Kosten betragen 5 Mio. Euro im Jahr, z. B. Miete und Strom. Der Rest ist frei.",
     "Wie hoch sind die Kosten?", "Die Kosten betragen 5 Mio. Euro im Jahr, z. B. Miete und Strom. ["),
    ("Le contrat fut signé par M. Dupont et Mme. Petit le 3 mai 2025. La maison est grande.",
     "Qui a signé le contrat ?", "Le contrat fut signé par M. Dupont et Mme. Petit le 3 mai 2025. ["),
    ("El contrato fue firmado por el Sr. Pérez y la Dra. Gómez en la Av. Libertad núm. 5. La casa es grande.",
     "¿Quién firmó el contrato?", "El contrato fue firmado por el Sr. Pérez y la Dra. Gómez en la Av. Libertad núm. 5. ["),
])
def test_58_a_quote_is_a_whole_sentence_of_its_language(kith, tmp_path, text, question, whole):
    (tmp_path / "note.txt").write_text(text, encoding="utf-8")
    kith("add", tmp_path / "note.txt")
    assert whole in answer(kith, question)


# ---- what a chunk carries ----


def bolts(bars: str) -> str:
    edge = bars.strip()
    rows = [f"{edge} M{i} | {10 + i} | {20 + i} {edge}".strip() for i in range(1, 61)]
    rule = ["|---|---:|---:|"] if edge else []
    return "\n".join([f"{edge} Bolt | Oiled torque | Dry torque {edge}".strip(), *rule, *rows]) + "\n"


@pytest.mark.parametrize("name, text", [("bolts.md", "# Bolts\n\nIn Nm.\n\n" + bolts("|") + "\nThe end.\n"), ("bolts.txt", bolts(""))])
def test_13_rows_know_their_header_wherever_a_table_is_cut(kith, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    chunks = kith("chunk", "--json", tmp_path / name).lines
    assert len(chunks) > 1
    for chunk in chunks:
        assert "Oiled torque" in chunk["content"] or chunk["lead_in"] == "Bolt | Oiled torque | Dry torque"
        assert text[chunk["start"]:chunk["end"]] == chunk["content"]
    kith("add", tmp_path / name)
    asked = kith("ask", "--no-llm", "--json", "What is the oiled torque of bolt M55?").lines[0]
    assert asked["answer"].startswith("Bolt: M55 | Oiled torque: 65 | Dry torque: 75 [1]")
    cited = asked["citations"][0]
    assert text[cited["start"]:cited["end"]] == cited["quote"] and "M55 | 65 | 75" in cited["quote"]
    first = kith("ask", "--no-llm", "--json", "What is the oiled torque of bolt M2?").lines[0]
    assert first["answer"].startswith("Bolt: M2 | Oiled torque: 12")
    (hit,) = kith("search", "--rank", "words", "-k", 1, "+oiled", "+M55").lines
    assert "M55" in hit["content"] and hit["metadata"]["lead_in"] == "Bolt | Oiled torque | Dry torque"


def test_items_know_what_leads_into_their_list_wherever_it_is_cut(kith, tmp_path):
    items = "\n".join(f"{i}. Turn valve number {i} slowly to the left and wait until it is quiet." for i in range(1, 41))
    (tmp_path / "pump.md").write_text(f"# Pump\n\nRead on. To restart it after a power cut:\n\n{items}\n\nThen go home.\n")
    chunks = kith("chunk", "--json", tmp_path / "pump.md").lines
    for chunk in chunks:
        assert "To restart it" in chunk["content"] or chunk["lead_in"] == "To restart it after a power cut:"
    shown = kith("chunk", "--text", tmp_path / "pump.md").out
    assert shown.count("To restart it after a power cut:") == len(chunks)


def test_an_llm_is_sent_the_header_of_a_cut_table(kith, tmp_path, endpoint):
    (tmp_path / "bolts.md").write_text(bolts("|"))
    kith("add", tmp_path / "bolts.md")
    kith("ask", "oiled torque of M55?", "--llm", "chat-small", **endpoint.variables)
    prompt = endpoint.requests[-1][1]["messages"][-1]["content"]
    assert "Bolt | Oiled torque | Dry torque\n| M" in prompt
