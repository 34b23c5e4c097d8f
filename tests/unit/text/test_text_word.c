/* Words: surfaces, normal forms, stems, stop words. */
#include "test.h"

#include "base/buffer.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "text/word.h"

/* The terms joined by spaces, "/" before an extra one; stop words in brackets. Positions of all but
 * the extra words count up. */
static void expect_in(language l, const char *text, const char *terms)
{
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    word *words = NULL;
    uint32_t count = 0;
    assert_ok(word_split_in(view_of(text), l, &a, &words, &count, &err));
    buffer got;
    uint32_t position = 0;
    buffer_init(&got, 1 << 16);
    for (uint32_t i = 0; i < count; i++) {
        if (i) buffer_append_byte(&got, ' ');
        if (words[i].is_extra) buffer_printf(&got, "%u/", words[i].position);
        buffer_printf(&got, words[i].is_stop ? "[%.*s]" : "%.*s", VIEW_ARG(words[i].term));
        if (!words[i].is_extra) assert_int_equal(words[i].position, position++);
    }
    assert_string_equal(buffer_text(&got), terms);
    buffer_done(&got);
    arena_done(&a);
}

static void expect(const char *text, const char *terms)
{
    expect_in(LANGUAGE_ENGLISH, text, terms);
}

static void words_are_folded_and_stemmed(void **state)
{
    (void)state;
    expect("Running RUNNERS ran quickly", "run runner ran quick");
    expect("connection connected connecting", "connect connect connect");
    expect("The cat and the dogs", "[the] cat [and] [the] dog");
}

static void accents_are_stripped_and_letters_kept(void **state)
{
    (void)state;
    expect("Caf\xC3\xA9 na\xC3\xAFve Stra\xC3\x9F"
           "e",
           "cafe naiv strass");
    expect("cafe\xCC\x81", "cafe");
    expect("\xC4\xB0stanbul", "istanbul");
    expect("\xCE\x91\xCE\xB8\xCE\xAE\xCE\xBD\xCE\xB1", "\xCE\xB1\xCE\xB8\xCE\xB7\xCE\xBD\xCE\xB1");
    expect("\xEF\xAC\x81nd \xEF\xBC\xA1\xEF\xBC\xA2", "find ab"); // ligature, full width
    expect("\xD0\x81\xD0\xB6", "\xD0\xB5\xD0\xB6");
}

static void vowel_signs_and_voicing_are_no_accents(void **state)
{
    (void)state;
    expect("\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80",
           "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80");
    expect("\xE3\x81\x8C", "\xE3\x81\x8B\xE3\x82\x99"); // ga is not ka
}

static void apostrophes_points_and_commas_inside_belong_to_the_word(void **state)
{
    (void)state;
    expect("don't dog's dog\xE2\x80\x99s 'quoted'", "don't dog dog quot");
    expect("3.14 1,000 v1.2.3 end.", "3.14 1.000 1/1000 1/1,000 v1.2.3 end");
    expect("x.y 5. a -b", "x y 5 [a] b");
}

static void identifiers_are_found_by_their_parts_and_whole(void **state)
{
    (void)state;
    expect("getUserNames now", "getusernam 0/get 0/user 0/name [now]");
    expect("HTTPServer parseXML", "httpserver 0/http 0/server parsexml 1/pars 1/xml");
    expect("user_name = user-name", "user name 0/usernam user name 2/usernam");
    expect("myUser_name", "myuser 0/[my] 0/user name 0/myusernam");
    expect("sha256 utf8 H1N1", "sha256 0/sha 0/256 utf8 1/utf h1n1");
    expect("fine\xE2\x80\x91tuning __init__", "fine tune 0/finetun init");
    expect("2020-01-15 3-4 a--b x_ _y", "2020 01 15 0/20200115 3 4 [a] b x y");
    expect("don't McDonald's", "don't mcdonald");
    expect("PASCAL Word i18n", "pascal word i18n 2/18");
}

static void a_long_compound_is_only_its_parts(void **state)
{
    (void)state;
    expect("how-we-built-a-search-engine-in-one-weekend-without-any-dependencies",
           "[how] [we] built [a] search engin [in] one weekend without [ani] depend");
}

static void other_languages_are_stemmed_with_their_accents_and_then_folded(void **state)
{
    (void)state;
    expect_in(LANGUAGE_GERMAN,
              "Die H\xC3\xA4user, H\xC3\xA4usern und Stra\xC3\x9F"
              "en",
              "[die] haus haus [und] strass");
    expect_in(LANGUAGE_FRENCH, "l'\xC3\xA9l\xC3\xA8ve qu\xE2\x80\x99il aujourd'hui",
              "elev [il] aujourd'hui");
    expect_in(LANGUAGE_ITALIAN, "dell'acqua", "acqua");
    expect_in(LANGUAGE_RUSSIAN, "\xD1\x81\xD0\xBE\xD0\xB1\xD0\xB0\xD0\xBA\xD0\xB8",
              "\xD1\x81\xD0\xBE\xD0\xB1\xD0\xB0\xD0\xBA");
    expect_in(LANGUAGE_GERMAN, "sha256", "sha256 0/sha 0/256");
    // The same letters, composed and not.
    expect_in(LANGUAGE_GERMAN, "Ha\xCC\x88user", "haus");
}

static void ideographs_and_kana_are_words_by_themselves(void **state)
{
    (void)state;
    expect("\xE4\xB8\xAD\xE6\x96\x87"
           "abc\xE6\x97\xA5",
           "\xE4\xB8\xAD \xE6\x96\x87 abc \xE6\x97\xA5");
}

/* Fault 50. */
static void scripts_without_spaces_and_korean_are_cut_by_twos(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"계약서를", "계약서"}, {"사무실은", "사무실"}, {"물을", "물"},
        {"สัญญาเช่าบ้าน", "เช่า"},  {"ສັນຍາເຊົ່າ", "ເຊົ່າ"},     {"កិច្ចសន្យា", "សន្យា"},
        {"စာချုပ်ကို", "စာချုပ်"},    {"2024년", "2024"},     {"API를", "API"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        arena a;
        arena_init(&a, 0);
        kith_error err = {0};
        word *words[2] = {NULL};
        uint32_t counts[2] = {0};
        for (int k = 0; k < 2; k++)
            assert_ok(word_split(view_of(texts[i][k]), &a, &words[k], &counts[k], &err));
        for (uint32_t k = 0; k < counts[1]; k++) { // each word of the query is one of the text
            bool found = false;
            for (uint32_t j = 0; j < counts[0]; j++)
                found |= view_equal(words[0][j].term, words[1][k].term);
            assert_true(found);
        }
        arena_done(&a);
    }
    expect("가나다 라", "가나 나다 라"); // decomposed
    expect("물을 마신다", "물을 0/물 마신 신다");
}

/* Fault 52. */
static void invisible_characters_part_no_word(void **state)
{
    (void)state;
    expect("Donau\u00ADdampf\u00ADschiff ver\u200Bsiche\u2060rung \uFEFFa\u200Db\uFE0F",
           "donaudampfschiff versicherung ab");
    expect_in(LANGUAGE_GERMAN, "H\u00E4u\u00ADser Ha\u0308user", "haus haus");
    expect("\u00AD \u200B", "");
}

/* Fault 54. */
static void a_number_is_found_however_it_is_grouped(void **state)
{
    (void)state;
    expect("1,234,567 1.234.567 1'234'567 1\u2019234\u2019567 12,34,567 1234567",
           "1234567 1234567 1234567 1234567 1234567 1234567");
    expect("1,234,567.89 1.234.567,89 1234567,89", "1234567.89 1234567.89 1234567.89 2/1234567,89");
    expect("1,234 1.234 1'234", "1.234 0/1234 0/1,234 1.234 1/1234 1234");
    expect("7 654 321 cars", "7 654 321 0/7654321 car");
    expect("7\u00A0654\u202F321", "7 654 321 0/7654321");
    expect("10 2000 300 4000 5 2019 2020", "10 2000 300 4000 5 2019 2020");
    expect("3.14 3,14 192.168.1.1", "3.14 3.14 1/3,14 192.168.1.1 2/19216811");
    expect("-3,4-diol", "3.4 0/3,4 diol 0/3,4diol");
}

static void a_number_past_the_limits_stays_as_it_is_written(void **state)
{
    (void)state;
    // 37 bytes and 41, of NUMBER_MAX_BYTES.
    expect("1,000,000,000,000,000,000,000,000,000 1.000.000.000.000.000.000.000.000.000",
           "1000000000000000000000000000 1000000000000000000000000000");
    expect("1,000,000,000,000,000,000,000,000,000,000 1.000.000.000.000.000.000.000.000.000.000",
           "1,000,000,000,000,000,000,000,000,000,000 1.000.000.000.000.000.000.000.000.000.000");
    // 12 groups, of at least seven digits, and 13.
    expect("1.2.3.4.5.6.7.8.9.1.2.3 9,8,7,6,5,4,3,2,1,9,8,7",
           "1.2.3.4.5.6.7.8.9.1.2.3 0/123456789123 9,8,7,6,5,4,3,2,1,9,8,7 1/987654321987");
    expect("1.2.3.4.5.6.7.8.9.1.2.3.4 9,8,7,6,5,4,3,2,1,9,8,7,6",
           "1.2.3.4.5.6.7.8.9.1.2.3.4 9,8,7,6,5,4,3,2,1,9,8,7,6");
}

static void identifiers_of_digits_are_found_with_and_without_their_marks(void **state)
{
    (void)state;
    expect("978-3-16-148410-0", "978 3 16 148410 0 0/9783161484100");
    expect("978 3 16 148410 0", "978 3 16 148410 0 0/9783161484100");
    expect("+49 30 1234567", "49 30 1234567 0/49301234567");
    expect("(030) 123-4567", "030 123 4567 1/1234567 0/0301234567");
    expect("555-123-4567 555.123.4567", "555 123 4567 0/5551234567 555.123.4567 3/5551234567");
    expect("DE89 3704 0044 0532 0130 00",
           "de89 0/de 0/89 3704 0044 0532 0130 00 0/de89370400440532013000");
    expect("00:1B:44:11:3A:B7", "00 1b 44 11 3a b7 0/001b44113ab7");
}

/* Fault 57. */
static void what_is_elided_is_no_part_of_the_word_in_any_language(void **state)
{
    (void)state;
    expect("L'assurance L\u2019h\u00F4tel d'Orsay dell'acqua nell\u2019ora qu'il un'altra",
           "assur hotel orsay acqua ora il altra");
    expect("dog's dogs' o'clock O'Brien don't s'more all's it's rock'n'roll",
           "dog dog o'clock o'brien don't s'more all it rock'n'rol");
    expect_in(LANGUAGE_FRENCH, "aujourd'hui jusqu'ici", "aujourd'hui ici");
}

static void marks_and_signs_alone_are_no_words(void **state)
{
    (void)state;
    expect("\xCC\x81 !? -- \xE2\x82\xAC \xF0\x9F\x98\x80", "");
    expect("", "");
}

static void the_surface_is_where_the_word_stands(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    word *words = NULL;
    uint32_t count = 0;
    assert_ok(word_split(VIEW(" Caf\xC3\xA9s, yes"), &a, &words, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(words[0].start, 1);
    assert_int_equal(words[0].end, 7);
    assert_int_equal(words[1].start, 9);
    assert_int_equal(words[1].end, 12);
    arena_done(&a);
}

static void a_run_of_a_megabyte_is_one_bounded_term(void **state)
{
    (void)state;
    char *text = malloc(1 << 20);
    memset(text, 'x', 1 << 20);
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    word *words = NULL;
    uint32_t count = 0;
    assert_ok(word_split((view){text, 1 << 20}, &a, &words, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(words[0].end, 1 << 20);
    assert_true(words[0].term.size > 0 && words[0].term.size <= 128);
    free(text);
    arena_done(&a);
}

static void random_text_gives_valid_terms_in_order(void **state)
{
    (void)state;
    rng r = {9};
    for (int i = 0; i < 3000; i++) {
        buffer text;
        buffer_init(&text, 1 << 16);
        for (uint32_t k = rng_below(&r, 80); k > 0; k--) {
            char encoded[4];
            uint32_t c = rng_below(&r, rng_below(&r, 2) ? 0x180 : 0x30000);
            if (c >= 0xD800 && c <= 0xDFFF) c = ' ';
            buffer_append(&text, (view){encoded, utf8_encode(c, encoded)});
        }
        arena a;
        arena_init(&a, 0);
        kith_error err = {0};
        word *words = NULL;
        uint32_t count = 0, at = 0, start = 0, position = 0;
        language l = (language)rng_below(&r, LANGUAGE_COUNT);
        assert_ok(word_split_in(buffer_view(&text), l, &a, &words, &count, &err));
        for (uint32_t k = 0; k < count; k++) {
            assert_true(words[k].end > words[k].start && words[k].end <= text.size);
            assert_true(words[k].term.size > 0 && utf8_is_valid(words[k].term));
            if (words[k].is_extra) continue;
            assert_true(words[k].start >= (words[k].is_joined ? start : at));
            assert_true(words[k].position == position++);
            start = words[k].start;
            at = words[k].end;
        }
        assert_true(at <= text.size);
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
    word *words = NULL;
    uint32_t count = 0;
    assert_status(KITH_ERR_NO_MEMORY, word_split(VIEW("one two"), &a, &words, &count, &err));
    assert_null(words);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_folded_and_stemmed),
        cmocka_unit_test(accents_are_stripped_and_letters_kept),
        cmocka_unit_test(vowel_signs_and_voicing_are_no_accents),
        cmocka_unit_test(apostrophes_points_and_commas_inside_belong_to_the_word),
        cmocka_unit_test(identifiers_are_found_by_their_parts_and_whole),
        cmocka_unit_test(a_long_compound_is_only_its_parts),
        cmocka_unit_test(other_languages_are_stemmed_with_their_accents_and_then_folded),
        cmocka_unit_test(ideographs_and_kana_are_words_by_themselves),
        cmocka_unit_test(scripts_without_spaces_and_korean_are_cut_by_twos),
        cmocka_unit_test(invisible_characters_part_no_word),
        cmocka_unit_test(a_number_is_found_however_it_is_grouped),
        cmocka_unit_test(a_number_past_the_limits_stays_as_it_is_written),
        cmocka_unit_test(identifiers_of_digits_are_found_with_and_without_their_marks),
        cmocka_unit_test(what_is_elided_is_no_part_of_the_word_in_any_language),
        cmocka_unit_test(marks_and_signs_alone_are_no_words),
        cmocka_unit_test(the_surface_is_where_the_word_stands),
        cmocka_unit_test(a_run_of_a_megabyte_is_one_bounded_term),
        cmocka_unit_test(random_text_gives_valid_terms_in_order),
        cmocka_unit_test(an_exhausted_arena_is_an_error),
    };
    return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
