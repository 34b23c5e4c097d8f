"""Questions as people ask them: in their own words, in their own language, about things that are called otherwise or not there."""

import pytest

HEATERS = """Product,Price EUR,Power (W),Weight,Noise (dB),Warranty
Model A,119.00,800,4.2 kg,38,24 months
Model B,149.50,1200,5.1 kg,41,24 months
Model C,229.00,2000,7.8 kg,46,36 months
"""

CONTRACT = """# Service agreement

Author: Petra Lind
Valid from: 1 February 2024
Valid until: 31 January 2027

## Duties

The contractor repairs a reported fault within two working days. Spare parts are kept in stock for ten years.
"""

BOILER = """# Manual de la caldera T20

## Datos técnicos

| Modelo | Precio EUR | Potencia (kW) | Peso (kg) |
|---|---|---|---|
| T20 | 1.190 | 20 | 38 |
| T30 | 1.540 | 30 | 46 |

## Uso

La caldera solo puede ser instalada por un técnico autorizado. Los filtros se limpian cada seis meses. No la instale en un dormitorio, porque consume el oxígeno del aire.
"""

HOUSE = """# Hausordnung

## Ruhezeiten

Von 22 bis 6 Uhr und mittags von 13 bis 15 Uhr ist Ruhe zu halten.

## Müll

Der Restmüll wird jeden zweiten Dienstag abgeholt. Für die Reinigung der Tonnen ist Herr Vogt verantwortlich.

| Gerät | Preis | Dauer |
|---|---|---|
| Waschmaschine | 1,50 € | 60 min |
| Trockner | 2,00 € | 90 min |
"""


def ask(kith, question, *options):
    return kith("ask", "--no-llm", "--json", *options, question, status=None).lines[0]


@pytest.fixture
def office(kith, tmp_path):
    folder = tmp_path / "office"
    folder.mkdir()
    for name, text in (("heaters.csv", HEATERS), ("contract.md", CONTRACT), ("caldera.md", BOILER), ("hausordnung.md", HOUSE)):
        (folder / name).write_text(text)
    kith("add", folder)
    return kith


@pytest.mark.parametrize("question, said", [
    ("What does the Model B cost?", "149.50"),
    ("How many watts does Model C have?", "2000"),
    ("When does the service agreement expire?", "31 January 2027"),
    ("¿Cuánto cuesta la T20?", "1.190"),
    ("¿Cuántos kilovatios tiene la T30?", "Potencia (kW): 30"),
    ("¿Cada cuánto hay que limpiar el filtro?", "seis meses"),
    ("Was kostet der Trockner?", "2,00"),
    ("Wer ist für die Reinigung der Tonnen zuständig?", "Herr Vogt"),
])
def test_a_thing_is_found_by_another_word_for_what_is_asked(office, question, said):
    answer = ask(office, question)
    assert not answer["refused"] and said in answer["answer"]


@pytest.mark.parametrize("question, missing", [
    ("What does the Model D cost?", "D"),
    ("How many volts does Model C have?", "volts"),
    ("¿De qué color es la T20?", "color"),
    ("Was kostet die Sauna?", "Sauna"),
    ("Wann wird das Altpapier abgeholt?", "Altpapier"),
])
def test_what_is_not_there_is_named(office, question, missing):
    answer = ask(office, question)
    assert answer["refused"] and f'"{missing}"' in answer["answer"]


def test_a_second_quote_has_more_in_common_with_a_question_than_articles(office):
    answer = ask(office, "¿Cada cuánto hay que limpiar el filtro?")
    assert answer["answer"].split("\n")[0] == "Los filtros se limpian cada seis meses. [1]"
