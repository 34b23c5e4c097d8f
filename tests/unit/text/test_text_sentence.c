/* Sentences: a bar in the expected text stands at each boundary. */
#include "test.h"

#include "base/buffer.h"
#include "base/rng.h"
#include "text/boundary_words.h"
#include "text/sentence.h"

/* `marked` is the text with '|' between its sentences, in place of nothing. */
static void expect(const char *marked)
{
    buffer text, got;
    buffer_init(&text, 1 << 16);
    buffer_init(&got, 1 << 16);
    for (const char *p = marked; *p; p++)
        if (*p != '|') buffer_append_byte(&text, *p);
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    sentence *sentences = NULL;
    uint32_t count = 0;
    assert_ok(sentence_split(buffer_view(&text), &a, &sentences, &count, &err));
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) buffer_append_byte(&got, '|');
        // White space between two sentences is shown before the second.
        buffer_append(&got, view_slice(buffer_view(&text), at, sentences[i].end));
        at = sentences[i].end;
    }
    buffer_append(&got, view_slice(buffer_view(&text), at, text.size));
    assert_string_equal(buffer_text(&got), marked);
    arena_done(&a);
    buffer_done(&text);
    buffer_done(&got);
}

static void terminators_before_a_capital_end_sentences(void **state)
{
    (void)state;
    expect("It rains.| We stay!| Do you?| Yes.");
    expect("What?!| No way...| Really?");
    expect("He waited... and waited.| Then he left.");
    expect("Wait\xE2\x80\xA6| Now.");
    expect("Version 2.| 5 more follow.");
}

static void abbreviations_do_not(void **state)
{
    (void)state;
    expect("Mr. Smith met Dr. Jones.| They spoke.");
    expect("Prof. A. B. Miller and Mrs. Hall came.");
    expect("Use a tool, e.g. Docker, i.e. a container.");
    expect("See Fig. 3 and No. 5.| The answer was no.| It stayed.");
    expect("On Jan. 5 it began.");
    expect("Smith et al. 2020 say so.");
    expect("J. R. R. Tolkien wrote it.| The end.");
    expect("Made by Acme Inc. in Ohio.| Sold by Acme Inc.| The price is high.");
}

static void initials_end_a_sentence_only_before_a_starter(void **state)
{
    (void)state;
    expect("The U.S. Army is in the U.S.| The war ended.");
    expect("At 5 p.m. Eastern time.| It was 5 p.m.| He left.");
    expect("We chose plan B.| It worked.");
}

static void rows_of_a_table_stand_alone(void **state)
{
    (void)state;
    buffer row;
    sentence *sentences = NULL;
    uint32_t count = 0;
    arena a;
    kith_error err = {0};
    view text = VIEW("Item | Price\nLamp | 20\nChair | 50\nand what follows\nthe table");
    arena_init(&a, 0);
    assert_ok(sentence_split(text, &a, &sentences, &count, &err));
    assert_int_equal(count, 4);
    buffer_init(&row, 100);
    buffer_append(&row, view_slice(text, sentences[1].start, sentences[1].end));
    assert_string_equal(buffer_text(&row), "Lamp | 20");
    buffer_done(&row);
    arena_done(&a);
}

static void numbers_and_versions_stay_whole(void **state)
{
    (void)state;
    expect("Pi is 3.14 and v1.2.3 is out.| Get it at example.com/a.b today.");
}

static void closing_quotes_and_brackets_belong_to_the_sentence(void **state)
{
    (void)state;
    expect("He said \"Stop.\"| She did.");
    expect("\xE2\x80\x9CStop!\xE2\x80\x9D he said.| \xE2\x80\x9CWhy?\xE2\x80\x9D| "
           "\xE2\x80\x9C"
           "Because.\xE2\x80\x9D");
    expect("(It was late.)| We slept.");
    expect("**Bold.**| Next.");
}

static void cjk_marks_need_no_space(void **state)
{
    (void)state;
    expect("\xE4\xBB\x8A\xE6\x97\xA5\xE3\x80\x82|\xE6\x98\x8E\xE5\xA4\xA9\xEF\xBC\x81|"
           "\xE5\x97\x8E\xEF\xBC\x9F");
    expect("\xE3\x80\x8C\xE3\x81\xAF\xE3\x81\x84\xE3\x80\x82\xE3\x80\x8D|\xE6\xAC\xA1");
    expect("\xE4\xBB\x80\xE4\xB9\x88\xEF\xBC\x9F\xEF\xBC\x81|\xE5\xA5\xBD");
}

static void other_scripts_have_their_marks(void **state)
{
    (void)state;
    expect("\xE0\xA4\x95\xE0\xA4\xB5\xE0\xA4\xBF\xE0\xA5\xA4| \xE0\xA4\xAF\xE0\xA4\xB9"); // danda
    expect("\xD9\x84\xD9\x85\xD8\xA7\xD8\xB0\xD8\xA7\xD8\x9F| \xD9\x86\xD8\xB9\xD9\x85"); // ؟
    expect("\xC2\xBFQu\xC3\xA9?| \xC2\xA1No!| \xC3\x89l.");
}

static void blank_lines_headings_and_entries_are_boundaries(void **state)
{
    (void)state;
    expect("A title|\n\nwrapped text\ngoes on|\n\n \nend");
    expect("# Head|\ntext here|\n## Next|\nmore");
    expect("Buy:|\n- milk|\n- bread|\n1. first|\n2) second|\n* star\nwrapped");
}

static void a_list_number_is_not_a_sentence(void **state)
{
    (void)state;
    expect("1. First thing.|\n2. Second thing.");
}

/* Fault 58: each language's abbreviations, ordinals and dates; in each the last sentence shows that
 * an end is still an end. */
static void sentences_end_in_sixteen_languages(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "He met Mrs. Hall at 5 p.m. on Jan. 3.| It was No. 7, cf. Fig. 2, approx. 3 km.| Dr. Who?| "
        "Yes.",
        "Der Vertrag wurde am 3. Mai 2025 von Dr. Keller unterschrieben.| Im 19. Jahrhundert, z. "
        "B. in "
        "Ulm, d. h. dort.| Die Kosten betragen 5 Mio. Euro bzw. Dollar.| Er wohnt in der 2. Etage, "
        "Tel. 0731, Hauptstr. 5.| Sie kam 1990.| Am 5. 6. 2024 ging sie.",
        "M. Dupont et Mme Petit, cf. p. 12, p. ex. Paris.| Mlle. Claire voit J.-C. Bach.| « Oui. "
        "»| Elle part.| J'ai du pain, etc.| C'est tout.",
        "Lo dijo el Sr. Pérez y la Dra. Gómez, núm. 5, p.ej. Madrid.| Av. Libertad, "
        "pág. 3.| Vive en EE.UU. con ella.| En EE.UU.| La casa.",
        "Il sig. Rossi e la dott.ssa Bianchi, art. 5, n. 3.| Vedi pag. 12, ecc.| Poi parte.",
        "O Sr. Silva e a Dra. Costa, p. ex. em n.º 5.| Foi à Av. Paulista, pág. 3.| "
        "Ela veio.",
        "Dhr. Jansen en mevr. De Vries, o.a. Utrecht, bijv. Amsterdam.| Zie blz. 12, enz.| Het is "
        "zo.",
        "Mieszka przy ul. Długiej, m.in. Warszawa, np. Wola, tzw. Praga.| Zob. art. 5 ust. 2.| "
        "Jest "
        "dom itd.| To koniec.",
        "Dne 2. září 2020 přijel např. Novák, tzv. Honza.| Bydlí na "
        "nám. Míru, č. 5.| Je to tak.",
        "Han bor i t.ex. Uppsala, bl.a. Stockholm, kl. 14.| Det är dvs. Karl, osv.| Hon kom.",
        "Den 1. oktober kl. 14 kom f.eks. Hansen, bl.a. Per.| Det Kgl. Teater, nr. 5, osv.| Det er "
        "slut.",
        "Hän asuu esim. Turussa, ks. Kuva, klo 15.| Maksaa n. 5 euroa jne.| Se on näin.",
        "В г. Москва жил А. С. "
        "Пушкин и т.д.| Он "
        "умер.",
        "Ο κ. Παππάς, π.χ. Αθή"
        "να;| Ναι.| Τέλος.",
        "Doç. Dr. Yılmaz, örn. Ankara, bkz. Ek.| 19. Yüzyıl vb.| Bu son.",
        "GmbH & Co. KG, Dipl.-Kfm. Klaus, 300 v. Chr. Rom, S. 12 ff.| Im 2. OG, am 31. 12. 2024.| "
        "Der TSV e. V. Ulm.",
        "Elle habite 5 av. Foch, puis 12 bis, pl. Bellecour et 3, imp. Voltaire.| Le 7 all. "
        "Pasteur "
        "aussi.| Vad den består av.| Det är allt.",
        "MM. Dupont et Durand, 52 av. J.-C. César, n° 5, séc. XIX.| C'est le 1er mai.",
        "En EE. UU. de hoy, 52 a. C. César, Excmo. Sr. Ministro, Ntra. Sra. del Mar, Vol. II.| El "
        "fin.",
        "L'On. Conte, l'Avv. Neri.| Han kom.| Hr. Jensen.| Den 1. maj.| Kr. 500.| Sen.| Hän tuli.",
        "डॉ. शर्मा आए।| वे बैठे।| क्यों?| हाँ।",
        "Die Gebühr beträgt mind. 3 Mio. Euro.| Le 1er janv. 2025 il part.| Het is 3 mrt. 2025.| "
        "Az ár kb. 300 euró.| Fiyat yakl. 300 avrodur.| Se bil. 2.| Klart.",
        "جاء د. أحمد.| ثم ذهب.| لماذا؟| نعم.",
        "그는 갔다.| 왜?| 집이다.",
        "彼は行った。|なぜ？|「はい。」|家だ。",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect(texts[i]);
}

static void abbreviations_of_addresses_and_opening_hours_end_none(void **state)
{
    (void)state;
    expect("Fa. Müller, z. Hd. Herrn Schmidt.| Sa. 10–14 Uhr.| So. geschlossen.");
    expect("Le Pr. Blanc.| Tél. : 01 23 45.| Fax : 02.");
    expect("Pagó la empresa.| Fdo. José Ruiz.| Ref. No. 5.| Cap. I. Del objeto.");
    expect(
        "Il D.Lgs. 81/2008.| Str. Lungă nr. 5, et. 2, ap. 3.| Conform art. 5 alin. (2) din lege.");
    expect("A 12. § (2) bek. szerint.| Ld. a mellékletet.| Viz obr. 3.| Hotovo.");
    expect("Ο κ. Παπαδόπουλος μένει στην οδ. Ερμού αρ. 5.| Τέλος.");
    expect("R. Augusta, n.º 5, apto. 3.| Fim.| Thuốc này được Bs. Nguyễn kê.| Hết.");
    expect("พบ ดร. สมชาย ที่ อ. เมือง จ. เชียงใหม่ เวลา 14.30 น. ค่าใช้จ่าย 300 บาท");
    expect("「はい。」と言った。|「はい。」|ところが彼は来た。|「はい。」って言った。");
    expect("It is so.| 10 came.| He did.| 9 came."); // the capital makes the weekday
}

static void numbers_of_a_list_within_a_line_stand_with_their_entries(void **state)
{
    (void)state;
    expect("Do this: 1. Open the lid.| 2. Close it.| 3. Go home.| Then rest.");
    expect("Padişah geldi.| 3. Selim tahta çıktı.| Is it so?| 2. Yes.");
    expect("We won by 3.| The end.| See p. 5.| Then go.| Score: 5.| The rest is lost.");
}

static void a_year_behind_its_preposition_ends_no_sentence(void **state)
{
    (void)state;
    expect("W 2020 r. Rada przyjęła uchwałę.| Od 1 stycznia 2021 r. Sejm obraduje.");
    expect("В 2020 г. Совет принял закон.| С 1 января 2021 г. Дума заседает.");
    expect("У 2020 р. Рада ухвалила закон.| През 2020 г. Съветът прие закона.");
    expect("Zmarł w 2020 r.| Rada nadal obraduje.| Он умер в 2020 г.| Совет принял закон.");
}

static void abbreviations_of_more_languages_end_none(void **state)
{
    (void)state;
    expect("Съветът прие чл. 5, ал. 2.| Живее на бл. 3, ет. 2, ап. 7.| Край.");
    expect("Він жив на вул. Шевченка, буд. 5, кв. 3.| Viu al c. Major núm. 5, pàg. 3.| Fi.");
    expect("Stanuje v ul. Dolga št. 5.| Žr. 12 p.| Herr ordf. Lars Ek kom.| Βλ. άρθρ. 3 παρ. 2.");
    expect("Tinggal di Kec. Menteng.| Menurut Ps. 5 ayat 2.| Xem tr. 12.| श्री. कुमार आए।");
}

static void a_number_may_end_a_sentence(void **state)
{
    (void)state;
    expect("It cost 3.| Then we left.| In 1990.| Men came.");
    expect("Es waren 12.| Danach ging er.| Es kam 1990.| Niemand blieb.");
    expect("Chapter 3.| Results follow.");
}

/* In Croatian, Bosnian and Serbian a year has a full stop. */
static void a_year_behind_the_word_that_begins_its_sentence_ends_nothing(void **state)
{
    (void)state;
    expect("Bio je rat.| Godine 1990. Vlada je pala.| Kraj.");
    expect("Године 1990. Влада је пала.| Крај.");
    expect("Vlada je pala godine 1990.| Kraj je bio blizu.| To je bilo 1990.| Vlada je nova.");
    expect("Godine 19901.| Kraj.");
}

static void a_line_of_running_text_may_begin_with_a_number(void **state)
{
    (void)state;
    expect("the total was\n323.| The next day\nhe came");
    expect("Er kam am\n3. Mai 2025 an.| Dann ging er.");
    expect("to buy|\n1. Milk|\n2. Bread\nand so on|\n3) Tea");
    expect("Steps:|\n12. Turn it.|\n13. Stop it.");
    expect("2.1. Scope of this text|\n\nA. The tenant pays.");
}

static void quotes_of_other_languages_belong_to_the_sentence(void **state)
{
    (void)state;
    expect("„Ja.“| Sie ging.| »Komm.«| Er kam.| »Nein«, "
           "rief er.");
    expect("”Ja.”| Hon gick.| « Non. »| Il part.| « Si », dit-il.");
    expect("\"Co?\" - spytał.| \"Nie!\" – rzekł.| Poszedł.");
    expect("He said (...) Then.| End.");
}

static void the_lists_of_words_ascend(void **state)
{
    (void)state;
    assert_null(boundary_words_check());
}

static void blank_text_has_no_sentence(void **state)
{
    (void)state;
    expect("");
    expect(" \n\t ");
}

static void random_text_is_covered_in_order(void **state)
{
    (void)state;
    rng r = {5};
    static const char *const pieces[] = {"a",
                                         "B",
                                         ".",
                                         "!",
                                         "?",
                                         "\"",
                                         "'",
                                         ")",
                                         " ",
                                         " ",
                                         "\n",
                                         "\n\n",
                                         "- ",
                                         "# ",
                                         "|",
                                         "1",
                                         "Mr",
                                         "\xE3\x80\x82",
                                         "\xE3\x80\x8D",
                                         "\xC2\xA0",
                                         "\xE2\x80\x99",
                                         "\xC3\xA9"};
    for (int i = 0; i < 3000; i++) {
        buffer text;
        buffer_init(&text, 1 << 16);
        for (uint32_t k = rng_below(&r, 60); k > 0; k--)
            buffer_append_text(&text, pieces[rng_below(&r, sizeof pieces / sizeof *pieces)]);
        arena a;
        arena_init(&a, 0);
        kith_error err = {0};
        sentence *s = NULL;
        uint32_t count = 0;
        assert_ok(sentence_split(buffer_view(&text), &a, &s, &count, &err));
        uint32_t at = 0;
        for (uint32_t k = 0; k <= count; k++) {
            uint32_t until = k < count ? s[k].start : (uint32_t)text.size;
            view gap = view_slice(buffer_view(&text), at, until);
            for (size_t j = 0; j < gap.size; j++)
                assert_true(gap.data[j] == ' ' || gap.data[j] == '\n' || gap.data[j] == '\xC2' ||
                            gap.data[j] == '\xA0');
            if (k == count) break;
            assert_true(s[k].start < s[k].end && s[k].end <= text.size);
            at = s[k].end;
        }
        arena_done(&a);
        buffer_done(&text);
    }
}

static void an_exhausted_arena_is_an_error(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 1);
    kith_error err = {0};
    sentence *s = NULL;
    uint32_t count = 0;
    assert_status(KITH_ERR_NO_MEMORY, sentence_split(VIEW("One. Two."), &a, &s, &count, &err));
    assert_null(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminators_before_a_capital_end_sentences),
        cmocka_unit_test(abbreviations_do_not),
        cmocka_unit_test(initials_end_a_sentence_only_before_a_starter),
        cmocka_unit_test(rows_of_a_table_stand_alone),
        cmocka_unit_test(numbers_and_versions_stay_whole),
        cmocka_unit_test(closing_quotes_and_brackets_belong_to_the_sentence),
        cmocka_unit_test(cjk_marks_need_no_space),
        cmocka_unit_test(other_scripts_have_their_marks),
        cmocka_unit_test(blank_lines_headings_and_entries_are_boundaries),
        cmocka_unit_test(a_list_number_is_not_a_sentence),
        cmocka_unit_test(sentences_end_in_sixteen_languages),
        cmocka_unit_test(abbreviations_of_addresses_and_opening_hours_end_none),
        cmocka_unit_test(numbers_of_a_list_within_a_line_stand_with_their_entries),
        cmocka_unit_test(a_year_behind_its_preposition_ends_no_sentence),
        cmocka_unit_test(abbreviations_of_more_languages_end_none),
        cmocka_unit_test(a_number_may_end_a_sentence),
        cmocka_unit_test(a_year_behind_the_word_that_begins_its_sentence_ends_nothing),
        cmocka_unit_test(a_line_of_running_text_may_begin_with_a_number),
        cmocka_unit_test(quotes_of_other_languages_belong_to_the_sentence),
        cmocka_unit_test(the_lists_of_words_ascend),
        cmocka_unit_test(blank_text_has_no_sentence),
        cmocka_unit_test(random_text_is_covered_in_order),
        cmocka_unit_test(an_exhausted_arena_is_an_error),
    };
    return cmocka_run_group_tests_name("sentence", tests, NULL, NULL);
}
