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
    ("¿Se puede usar con gasóleo?", "gasóleo"),
    ("Was kostet die Sauna?", "Sauna"),
    ("Wann wird das Altpapier abgeholt?", "Altpapier"),
])
def test_what_is_not_there_is_named(office, question, missing):
    answer = ask(office, question)
    assert answer["refused"] and f'"{missing}"' in answer["answer"]


def test_a_second_quote_has_more_in_common_with_a_question_than_articles(office):
    answer = ask(office, "¿Cada cuánto hay que limpiar el filtro?")
    assert answer["answer"].split("\n")[0] == "Los filtros se limpian cada seis meses. [1]"


TOOL = """TOOL(1)                      General Commands Manual                      TOOL(1)

NAME
       tool, untool - pack directories

SYNOPSIS
       tool [-0..-9] [--fast=N] [--quiet] DIRECTORY

DESCRIPTION
       By default, tool keeps the directory. Nobody knows tool before its first run. The list of tool is sorted.

OPTIONS
       -0 ... -9
              Choose the level of packing. The default is -6.

       --fast=N
              Pack at level N of the fast mode.

EXIT STATUS
       0      Successful termination.

       1      Some files differ. If tool was called with an option that compares, this exit status means that some
              files of the directory were changed while tool was reading them.

       2      Fatal error. Nothing was packed.
"""

GATEWAY = """# Gateway

## Exit status

| Status | Meaning |
|---|---|
| 0 | Success |
| 1 | Bad configuration |
| 3-9 | Reserved |
| 10..19 | An upstream failed |

## Ports

| Ports | Used for |
|---|---|
| 8443 | Clients |
| 8000-8010 | Workers |

## Setting it up

1. Unpack the archive below /opt.
2. Copy the sample settings of the gateway.
3. Start the gateway as a service.

## Can I run the gateway in a container?

Yes, from release 2 on. Clusters are not supported.

It restarts by itself after 10 to 20 seconds.
"""


@pytest.fixture
def manuals(kith, tmp_path):
    folder = tmp_path / "manuals"
    folder.mkdir()
    for name, text in (("tool.1.txt", TOOL), ("gateway.md", GATEWAY)):
        (folder / name).write_text(text)
    kith("add", folder)
    return kith


@pytest.mark.parametrize("question, begins", [
    ("What does exit status 13 of the gateway mean?", "Status: 10..19 | Meaning: An upstream failed ["),
    ("What does exit status 5 of the gateway mean?", "Status: 3-9 | Meaning: Reserved ["),
    ("What is port 8005 used for?", "Ports: 8000-8010 | Used for: Workers ["),
    ("What does tool -4 do?", "-0 ... -9: Choose the level of packing. The default is -6. ["),
    ("What does --fast=3 do?", "--fast=N: Pack at level N of the fast mode. ["),
    ("What does exit status 2 of tool mean?", "2: Fatal error. Nothing was packed. ["),
    ("What is tool?", "tool, untool - pack directories ["),
])
def test_what_a_code_or_a_thing_is_comes_first(manuals, question, begins):
    answer = ask(manuals, question)
    assert not answer["refused"] and answer["answer"].startswith(begins)


@pytest.mark.parametrize("question, missing", [
    ("What does exit status 23 of the gateway mean?", "23"),
    ("What is port 8011 used for?", "8011"),
])
def test_what_is_in_no_range_is_refused(manuals, question, missing):
    answer = ask(manuals, question)
    assert answer["refused"] and f'"{missing}"' in answer["answer"]


def test_the_steps_of_what_is_asked_how_are_quoted_in_order(manuals):
    lines = ask(manuals, "How do I set up the gateway as a service?")["answer"].split("\n")
    assert [line[:2] for line in lines] == ["1.", "2.", "3."] and "Unpack" in lines[0] and "service" in lines[2]


def test_a_short_answer_of_a_faq_is_quoted_whole(manuals):
    answer = ask(manuals, "Can I run a cluster in a container?")
    assert answer["answer"].startswith("Yes, from release 2 on. Clusters are not supported. ")
    (citation,) = answer["citations"]
    assert citation["quote"] == GATEWAY[citation["start"]:citation["end"]]


def test_a_row_about_another_thing_is_not_quoted_beside_the_one_asked_for(office):
    assert ask(office, "What does the Model B cost?")["answer"].count("Model") == 1


def manual(name, names, what, description):
    return f"""{name.upper()}(1)                   General Commands Manual                   {name.upper()}(1)

NAME
       {names} - {what}

SYNOPSIS
       {name} [-c] [-d] [-k] FILE

DESCRIPTION
       {description}

OPTIONS
       -k     Keep the file.

       -d     Unpack, as others of the kind do: zap, blip and flup.
"""


@pytest.fixture
def packers(kith, tmp_path):
    folder = tmp_path / "packers"
    folder.mkdir()
    (folder / "zap.1.txt").write_text(manual("zap", "zap, unzap", "pack or unpack files", "The zap command makes files small by its own codes, as blip does."))
    (folder / "blip.1.txt").write_text(manual("blip", "blip", "a packer of blocks", "blip packs blocks of files, other than zap, which reads them as a stream. It keeps dates."))
    (folder / "limits.md").write_text("# Limits\n\nThe flim limit warns, whereas the flam limit stops the write. Both are set for a user.\n")
    kith("add", folder)
    return kith


@pytest.mark.parametrize("question", ["What is the difference between zap and blip?", "zap vs blip", "How does zap differ from blip?",
                                      "Was ist der Unterschied zwischen zap und blip?"])
def test_of_two_things_with_a_document_each_both_are_said(packers, question):
    answer = ask(packers, question)
    assert not answer["refused"] and "zap, unzap - pack or unpack files" in answer["answer"]
    assert [citation["source"].rsplit("/", 1)[1] for citation in answer["citations"]] == ["zap.1.txt", "blip.1.txt"]
    for citation in answer["citations"]:
        passage = answer["passages"][citation["n"] - 1]
        assert passage["source"] == citation["source"] and citation["quote"] in passage["content"]
    assert len(answer["passages"]) <= 5


@pytest.mark.parametrize("question", ["What is the difference between zap and foozip?", "What is the difference between foozip and zap?"])
def test_of_two_things_the_one_that_is_nowhere_is_named(packers, question):
    answer = ask(packers, question)
    assert answer["answer"].startswith('Nothing in the collection mentions "foozip". zap, unzap - pack or unpack files [')
    assert not answer["refused"] and len(answer["citations"]) == 1


def test_two_things_that_are_nowhere_are_both_named(packers):
    answer = ask(packers, "What is the difference between foozip and barzip?")
    assert answer["refused"] and answer["answer"] == 'Nothing in the collection mentions "foozip" or "barzip".'


def test_two_things_that_one_sentence_tells_apart_stay_there(packers):
    answer = ask(packers, "What is the difference between the flim limit and the flam limit?")
    assert answer["answer"].startswith("The flim limit warns, whereas the flam limit stops the write. [")


@pytest.mark.parametrize("k", ["1", "2", "3"])
def test_two_things_keep_to_the_number_of_passages(packers, k):
    answer = ask(packers, "What is the difference between zap and blip?", "-k", k)
    assert len(answer["passages"]) <= int(k) and all(citation["n"] <= int(k) for citation in answer["citations"])


def test_two_rows_are_told_of_each_other(office):
    answer = ask(office, "What is the difference between Model A and Model C?")
    assert not answer["refused"] and "119.00" in answer["answer"] and "229.00" in answer["answer"]


@pytest.mark.parametrize("questions, said", [
    (("Was kostet der Trockner?", "und die Waschmaschine?"), "1,50"),
    (("¿Cuánto cuesta la T20?", "¿y la T30?"), "1.540"),
    (("What does the Model A cost?", "and Model C?"), "229.00"),
    (("What is the noise of the Model A?", "and the weight?"), "4.2 kg"),
])
def test_a_follow_up_asks_the_same_of_another_thing(office, questions, said):
    lines = office("chat", "--no-llm", "--json", stdin="".join(f"{question}\n" for question in questions)).lines
    assert lines[0]["searched"] is None and lines[1]["searched"].startswith(questions[1])
    assert said in lines[1]["answer"].split(" [")[0]


@pytest.mark.parametrize("questions, said", [
    (("How do I set up the gateway as a service?", "the second one?"), "Copy the sample settings of the gateway. ["),
    (("How do I set up the gateway as a service?", "the second one?", "and the last one?"), "Start the gateway as a service. ["),
    (("How do I set up the gateway as a service?", "what is the third step?"), "Start the gateway as a service. ["),
])
def test_a_follow_up_counts_in_the_list_of_the_answer_before(manuals, questions, said):
    lines = manuals("chat", "--no-llm", "--json", stdin="".join(f"{question}\n" for question in questions)).lines
    assert lines[-1]["answer"].startswith(said)


def test_a_follow_up_in_another_language_asks_the_same(things):
    lines = things("chat", "--no-llm", "--json", stdin="How heavy is the Ridgeback 500?\nand in German?\n", status=None).lines
    assert lines[1]["searched"] == "and in German? heavy Ridgeback 500"
    assert lines[1]["refused"] and '"German"' in lines[1]["answer"]


def test_the_entry_of_a_code_is_found_in_a_long_manual(kith, tmp_path):
    filler = [f"Part {'abcdefghi'[i // 10]}{'klmnopqrst'[i % 10]} says what an exit code of pump means to the one who reads what it does when something went wrong, and that a code means an error." for i in range(90)]
    codes = [f"       {i}      Valve {i} was found closed when the pump looked at it, and nothing else was done about it then." for i in range(2, 90)]
    text = "PUMP(1)\n\nNAME\n       pump - move water\n\nDESCRIPTION\n" + "\n\n".join(f"       {line}" for line in filler) + "\n\nEXIT CODES\n" + "\n\n".join(codes) + "\n"
    text += "\nOPTIONS\n\n       -1 ... -9\n              How fast water is moved.\n"
    (tmp_path / "pump.1.txt").write_text(text)
    kith("add", tmp_path / "pump.1.txt")
    answer = ask(kith, "What does exit code 73 of pump mean?")
    assert answer["answer"].startswith("73: Valve 73 was found closed") and len(answer["passages"]) <= 5
    assert ask(kith, "What does pump -4 do?")["answer"].startswith("-1 ... -9: How fast water is moved. [")
    assert ask(kith, "What does exit code 73 of pump mean?", "-k", "1")["answer"].startswith("73: Valve 73")
    assert ask(kith, "What does exit code 173 of pump mean?")["refused"]
    narrowed = ask(kith, "What does exit code 73 of pump mean?", "--where", '{"chunk_index": {"$lt": 2}}')
    assert all("Valve 73" not in passage["content"] for passage in narrowed["passages"])


TRACTOR = """# Ridgeback 500

The Ridgeback 500 is a two-wheel tractor for small farms. It is built in Leeds and has been on sale since March 2019.

## Technical data

The engine has 11 horsepower and runs on petrol. The Ridgeback 500 weighs 148 kg and is 182 cm long. The gearbox is oiled for life.

## Warranty

The warranty lasts three years and covers the gearbox and the engine. Spare parts are sold by the dealers in Leeds and York.
"""

COMPANY = """# Harlow & Finch

Harlow & Finch was founded in 1962 by Edith Harlow and Thomas Finch in a former mill near Bath. The company makes bookbinding machines.

In 1978 the company moved to a larger building. In 1991 it opened a branch in Lyon, and in 2004 one in Turin. Thomas Finch left the company in 1985.

Today the company has 240 employees. Its managing director is Nadia Costa, who joined the company in 2011.
"""

WASHER = """# Lavadora Brisa 7

La Brisa 7 es una lavadora de carga frontal para viviendas pequeñas. Se fabrica en Zaragoza desde 2018.

## Datos técnicos

La lavadora pesa 62 kg y mide 85 cm de alto. El tambor gira a 1200 revoluciones por minuto. Consume 45 litros de agua en cada lavado.

## Uso

La manguera de desagüe se coloca a una altura de 60 a 90 cm. El cajón del detergente se saca tirando hacia fuera. No use lejía en el tambor.
"""

LOADER = """# Laderaupe LR 3

Die Laderaupe LR 3 ist eine kleine Baumaschine für enge Höfe. Sie wird in Kassel gebaut und seit 2016 verkauft.

## Technische Daten

Der Motor leistet 18 kW und läuft mit Diesel. Die Laderaupe wiegt 1.450 kg und ist 98 cm breit. Der Tank fasst 22 Liter.
"""

MUSEUM = """# Museo del Faro

El Museo del Faro está en Punta Alta, en un antiguo faro de 1898. Lo diseñó el ingeniero Tomás Arrieta. El museo abre de martes a domingo, de 10 a 18 horas. El autobús 12 sale cada media hora de Villamar.

## Historia

En 1936 el faro fue alcanzado por un incendio y quedó abandonado hasta 1952. El museo se inauguró en 1994. La torre mide 31 metros y tiene 164 escalones.

## Preguntas frecuentes

### ¿Se permiten perros?

No, salvo perros guía.
"""

LAMP = """# Lampe Vesta

La lampe Vesta est une lampe de bureau. Elle est fabriquée à Nantes depuis 2020. La lampe pèse 1,8 kg et consomme 9 watts. Le pied est en bois, et l'abat-jour est vert.
"""


@pytest.fixture
def things(kith, tmp_path):
    folder = tmp_path / "things"
    folder.mkdir()
    for name, text in (("ridgeback.md", TRACTOR), ("history.md", COMPANY), ("lavadora.md", WASHER), ("laderaupe.md", LOADER), ("museo.md", MUSEUM), ("lampe.md", LAMP)):
        (folder / name).write_text(text)
    kith("add", folder)
    return kith


@pytest.mark.parametrize("question, missing", [
    ("What colour is the Ridgeback 500?", "colour"),
    ("How fast is the Ridgeback 500?", "fast"),
    ("How loud is the Ridgeback 500?", "loud"),
    ("How tall is the Ridgeback 500?", "tall"),
    ("How wide is the Ridgeback 500?", "wide"),
    ("What is the top speed of the Ridgeback 500?", "speed"),
    ("What voltage does the Ridgeback 500 need?", "voltage"),
    ("What material is the Ridgeback 500 made of?", "material"),
    ("What shape is the Ridgeback 500?", "shape"),
    ("How many gears does the Ridgeback 500 have?", "gears"),
    ("Who designed the Ridgeback 500?", "designed"),
    ("When was the company sold?", "sold"),
    ("Who bought the company?", "bought"),
    ("When was Harlow & Finch sold?", "sold"),
    ("When was the company renamed?", "renamed"),
    ("When did Edith Harlow die?", "die"),
    ("Where does Nadia Costa live?", "live"),
    ("When was the branch in Madrid opened?", "Madrid"),
    ("¿De qué color es la Brisa 7?", "color"),
    ("¿Qué ruido hace la lavadora?", "ruido"),
    ("¿Qué voltaje necesita la lavadora?", "voltaje"),
    ("¿Cuándo se vendió el faro?", "vendió"),
    ("¿Cuándo murió Tomás Arrieta?", "murió"),
    ("¿Tiene ascensor la torre?", "ascensor"),
    ("¿Hay cafetería en el museo?", "cafetería"),
    ("Welche Farbe hat die Laderaupe LR 3?", "Farbe"),
    ("Wie laut ist die Laderaupe?", "laut"),
    ("Wie schnell ist die Laderaupe?", "schnell"),
    ("Combien coûte la lampe Vesta ?", "coûte"),
    ("Quelle est la vitesse de la lampe ?", "vitesse"),
])
def test_an_attribute_that_is_not_there_is_named(things, question, missing):
    answer = ask(things, question)
    assert answer["refused"] and f'"{missing}"' in answer["answer"]


@pytest.mark.parametrize("question, said", [
    ("How heavy is the Ridgeback 500?", "148 kg"),
    ("How long is the Ridgeback 500?", "182 cm"),
    ("How powerful is the Ridgeback 500?", "11 horsepower"),
    ("What is the weight of the Rigdeback 500?", "148 kg"),
    ("How heavy is the Ridgback 500?", "148 kg"),
    ("When did Thomas Finch leave the company?", "1985"),
    ("¿Cuánto pesa la lavadora?", "62 kg"),
    ("¿A qué altura se coloca la manguera?", "60 a 90 cm"),
    ("¿Cómo se saca el cajón del detergente?", "tirando hacia fuera"),
    ("¿Se puede usar lejía?", "No use lejía"),
    ("¿Quién diseñó el faro?", "Tomás Arrieta"),
    ("¿Qué altura tiene la torre?", "31 metros"),
    ("¿Cuándo se inaguró el museo?", "1994"),
    ("¿Cuántos escalones tiene la torre?", "164"),
    ("¿Se permiten perros?", "No, salvo perros guía"),
    ("Wie schwer ist die Laderaupe?", "1.450 kg"),
    ("Wie breit ist die Laderaupe?", "98 cm"),
    ("De quelle couleur est la lampe ?", "vert"),
    ("Combien pèse la lampe ?", "1,8 kg"),
])
def test_an_attribute_that_is_there_is_said_first(things, question, said):
    answer = ask(things, question)
    assert not answer["refused"] and said in answer["answer"].split(" [")[0]


SQUEEZE = """SQUEEZE(1)                         Squeeze Utils                        SQUEEZE(1)

NAME
       squeeze, unsqueeze - compress or decompress .sq files

OPTIONS
       -h, --help
              Display the most commonly used options, and exit.

       -H, --long-help
              Display all features of squeeze, and exit.

       -C check, --check=check
              Specify the type of the integrity check.

       --block-size=size
              Split the input into blocks of size bytes.

       -0 ... -9
              Select a compression preset level. The default is -6.

NOTES
       The memory that each of the presets takes was measured on a machine of the year, and is more than that of others of its kind:

              Level        squeeze      others
               -0            3 MiB         N/A
               -1            9 MiB       2 MiB
               -5           94 MiB      26 MiB
"""


@pytest.mark.parametrize("question, begins", [
    ("What does squeeze -0 do?", "-0 ... -9: Select a compression preset level."),
    ("What does squeeze -5 do?", "-0 ... -9: Select a compression preset level."),
    ("squeeze -0", "-0 ... -9: Select a compression preset level."),
    ("What does squeeze -h do?", "-h, --help: Display the most commonly used options"),
    ("What does squeeze -H do?", "-H, --long-help: Display all features"),
    ("What does --block-size do?", "--block-size=size: Split the input"),
    ("How much memory does -5 take?", "-5: 94 MiB 26 MiB ["),
])
def test_an_option_is_explained_by_its_own_entry(kith, tmp_path, question, begins):
    (tmp_path / "squeeze.1.txt").write_text(SQUEEZE)
    kith("add", tmp_path / "squeeze.1.txt")
    answer = ask(kith, question)
    assert not answer["refused"] and answer["answer"].startswith(begins)


@pytest.mark.parametrize("question, missing", [("What does squeeze --block do?", "--block"), ("What does squeeze -c do?", "-c"), ("What does squeeze -x do?", "-x")])
def test_an_option_that_only_begins_like_another_is_refused(kith, tmp_path, question, missing):
    (tmp_path / "squeeze.1.txt").write_text(SQUEEZE)
    kith("add", tmp_path / "squeeze.1.txt")
    answer = ask(kith, question)
    assert answer["refused"] and f'"{missing}"' in answer["answer"]


BICYCLE = """# Marlin C2 cargo bicycle

The Marlin C2 is a cargo bicycle with two wheels and a box in front of the rider. It is assembled in Bristol and has been delivered since May 2021.

## Technical data

The frame is made of steel and weighs 31 kg. The box takes a load of 80 kg and has room for two children. The motor gives 250 watts. The brakes are hydraulic disc brakes.

## Buying

The Marlin C2 costs 4,890 pounds. Delivery takes six weeks. It comes with a lock, a rain cover and a bell.
"""

CHURCH = """# St Aldhelm's Church

St Aldhelm's is a parish church in the village of Thornby. The tower is built of grey limestone and was finished in 1342. The church was founded in 1128 by the monks of Evesk Abbey.

The nave is 23 metres long and 9 metres wide. The roof was renewed in 1904 under the vicar John Pells, who died in 1921. The organ was built in 1868 by Henry Wace and has 1,240 pipes.
"""

PAINTERS = """# The painters of Sandwick

Margaret Holm and her pupil Peter Lund lived in the fishing village of Sandwick. Margaret Holm was born in 1851 in Bergen and came to Sandwick in 1879. Peter Lund was born in 1866.

Holm painted the harbour in winter. She married the pilot Arne Vik in 1883. Arne Vik died in the storm of 1894.

Lund left for Paris in 1890 and taught at an academy there. He came back in 1907. He died in 1932.
"""

WORKS = """# Osmond Pump Works

The Osmond Pump Works makes pumps for mines. The company stands on the river Tare. Its owner, the Calder Group, was founded in 1921.

The main hall is 64 metres long. The gate is 6 metres wide. The chimney is 41 metres high. Colin Marsh, who leads the works, is 58 years old.
"""

CABIN = """# Staying at Heron Cabin

Heron Cabin sleeps four people and stands by Lake Orme. It has a wood stove, a kitchen with a gas cooker, and a bathroom with a shower. There is a rowing boat that guests may use.

The booking number is printed at the top of your confirmation. The telephone number of the warden is 01632 960 114.
"""


@pytest.fixture
def places(kith, tmp_path):
    folder = tmp_path / "places"
    folder.mkdir()
    for name, text in (("marlin.md", BICYCLE), ("church.md", CHURCH), ("painters.md", PAINTERS), ("works.md", WORKS), ("cabin.md", CABIN)):
        (folder / name).write_text(text)
    kith("add", folder)
    return kith


@pytest.mark.parametrize("question, missing", [
    ("Which tyres does the Marlin C2 have?", "tyres"),
    ("Which tyres does it have?", "tyres"),
    ("What saddle does the Marlin C2 come with?", "saddle"),
    ("What is its serial number?", "serial"),
    ("What is the serial number of the Marlin C2?", "serial"),
    ("Does it have a radio?", "radio"),
    ("Does the Marlin C2 have a radio?", "radio"),
    ("Is there a sauna in Heron Cabin?", "sauna"),
    ("What is the licence number of the cabin?", "licence"),
    ("When was Henry Wace born?", "born"),
    ("How high is the nave of St Aldhelm's?", "high"),
])
def test_a_thing_that_is_nowhere_is_named(places, question, missing):
    answer = ask(places, question)
    assert answer["refused"] and f'mention "{missing}"' in answer["answer"]


@pytest.mark.parametrize("question, said", [
    ("When did Margaret Holm die?", "die"),
    ("When did Henry Wace die?", "die"),
    ("When was Arne Vik born?", "born"),
    ("When was the Osmond Pump Works founded?", "founded"),
    ("How wide is the chimney?", "wide"),
    ("How high is the gate?", "high"),
    ("How wide is the tower of St Aldhelm's?", "wide"),
])
def test_what_is_said_of_something_else_is_told_so(places, question, said):
    answer = ask(places, question)
    assert answer["refused"] and f'say "{said}" of something else' in answer["answer"]


@pytest.mark.parametrize("question, said", [
    ("Which brakes does the Marlin C2 have?", "disc brakes"),
    ("Does it have a lock?", "a lock"),
    ("Does the Marlin C2 come with a rain cover?", "rain cover"),
    ("Does the cabin have a stove?", "wood stove"),
    ("Is there a boat at Heron Cabin?", "rowing boat"),
    ("What is the telephone number of the warden?", "01632 960 114"),
    ("When did John Pells die?", "1921"),
    ("When did Peter Lund die?", "He died in 1932"),
    ("When did Arne Vik die?", "1894"),
    ("When was Margaret Holm born?", "1851"),
    ("When was the Calder Group founded?", "1921"),
    ("When was the church founded?", "1128"),
    ("How wide is the gate?", "6 metres"),
    ("How high is the chimney?", "41 metres"),
    ("How wide is the nave?", "9 metres wide"),
    ("How old is Colin Marsh?", "58"),
    ("What is the church made of?", "limestone"),
])
def test_a_thing_that_is_there_is_said_first(places, question, said):
    answer = ask(places, question)
    assert not answer["refused"] and said in answer["answer"].split(" [")[0]


@pytest.mark.parametrize("question, said", [
    ("How wide is the Velox?", None),
    ("How wide is the bicycle?", None),
    ("How wide are its tyres?", "47 mm"),
    ("How wide are the tyres of the Velox?", "47 mm"),
    ("How wide is the Tandem?", "62 cm"),
])
def test_what_a_part_measures_is_not_what_the_thing_does(kith, tmp_path, question, said):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "velox.md").write_text("# Velox\n\nThe Velox has tyres that are 47 mm wide and a frame of aluminium.\n"
                                     "The bicycle costs 849 euros and is sold in red, grey and blue.\n")
    (folder / "tandem.md").write_text("# Tandem\n\nThe Tandem has saddles that are 20 cm wide. The Tandem is 62 cm wide and is sold in red.\n")
    kith("add", folder)
    answer = ask(kith, question)
    if said:
        assert not answer["refused"] and said in answer["answer"].split(" [")[0]
    else:
        assert answer["refused"] and 'say "wide" of something else' in answer["answer"]


MIXED_FOLDER = {
    "solheim.md": "# Ingrid Solheim\n\nIngrid Solheim (12 March 1903 – 4 November 1978) was a Norwegian botanist. She was born in Bergen. Her father, Olav Solheim, was "
                  "a carpenter; her mother Marit ran a bakery.\n\nShe spoke five languages and played the cello. She died in Tromsø of pneumonia.\n",
    "osmond.md": "# Osmond Pump Works\n\nOsmond Pump Works was founded in 1921 by the brothers Walter and Hugh Osmond in Leeds.\n\nWalter Osmond died in 1949. His "
                 "daughter Clara Osmond ran the firm until 1976, when it was sold for 4.1 million pounds.\n",
    "washer.md": "# Klarvik W40 washing machine: user manual\n\nThe Klarvik W40 holds 8 kg of laundry and spins at up to 1400 rpm. It uses 49 litres of water.\n\n"
                 "## Technical data\n\nWidth: 60 cm\nDepth: 55 cm\nHeight: 85 cm\nWeight: 68 kg\nConnection: 230 V, 10 A\n",
    "fastjoin.md": "# fastjoin\n\nfastjoin is a small library for joining CSV files.\n\n## Usage\n\n    fastjoin -k id left.csv right.csv > out.csv\n\n-k names the "
                   "key column, -o the output, -v prints progress. Exit status 0 means success, 1 that a file could not be read, 3 that the key is missing.\n\n"
                   "## FAQ\n\n**Is it free?** Yes.\n\n**How fast is it?** About 120 MB per second on a laptop.\n",
    "bora.md": "# Velara Bora estate car\n\nThe Bora is driven by a 1.2-litre petrol engine with 96 hp and reaches 178 km/h. The tank holds 45 litres.\n",
}


@pytest.fixture
def mixed(kith, tmp_path):
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name, text in MIXED_FOLDER.items():
        (folder / name).write_text(text)
    kith("add", folder)
    return kith


@pytest.mark.parametrize("question, said", [
    ("When did Ingrid Solheim die?", "4 November 1978"),
    ("When did Walter Osmond die?", "1949"),
    ("How heavy is the Klarvik W40?", "68 kg"),
    ("What does fastjoin -v do?", "prints progress"),
    ("What does exit status 3 of fastjoin mean?", "key is missing"),
    ("How fast is fastjoin?", "120 MB per second"),
    ("What engine power does the Bora have?", "96 hp"),
])
def test_what_a_mixed_folder_says_is_quoted(mixed, question, said):
    answer = ask(mixed, question)
    assert not answer["refused"] and said in answer["answer"]


@pytest.mark.parametrize("question", ["When did Hugh Osmond die?", "When did Marit Solheim die?"])
def test_the_death_of_a_namesake_is_told_so(mixed, question):
    answer = ask(mixed, question)
    assert answer["refused"] and 'say "die" of something else' in answer["answer"]


def option_manual(name, levels):
    return f"""{name.upper()}(1)

NAME
       {name} - compress files

DESCRIPTION
       {name} makes files smaller, as packa -1 does.

       -c, --stdout

              write to standard output, and keep the files

       -k, --keep

              keep the files that are read

       {levels}

              how much time {name} takes
"""


@pytest.mark.parametrize("question, begins, file", [
    ("packb -0", "-0 ... -9: how much time packb takes", "packb.1.txt"),
    ("What does packb -0 do?", "-0 ... -9: how much time packb takes", "packb.1.txt"),
    ("What does packa -3 do?", "-1 ... -9: how much time packa takes", "packa.1.txt"),
    ("What does packa -k do?", "-k, --keep: keep the files", "packa.1.txt"),
    ("packb -c", "-c, --stdout: write to standard output", "packb.1.txt"),
])
def test_an_option_is_explained_by_the_manual_of_its_program(kith, tmp_path, question, begins, file):
    for name, levels in (("packa", "-1 ... -9"), ("packb", "-0 ... -9")):
        (tmp_path / f"{name}.1.txt").write_text(option_manual(name, levels))
    kith("add", tmp_path / "packa.1.txt", tmp_path / "packb.1.txt")
    answer = ask(kith, question)
    assert not answer["refused"] and answer["answer"].startswith(begins)
    assert answer["citations"][0]["source"].endswith(file)
