/* Words: surfaces, normal forms, stems, stop words. */
#include "test.h"

#include "base/buffer.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "text/word.h"

/* The terms joined by spaces; stop words in brackets. */
static void expect(const char *text, const char *terms)
{
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    word *words = NULL;
    uint32_t count = 0;
    assert_ok(word_split(view_of(text), &a, &words, &count, &err));
    buffer got;
    buffer_init(&got, 1 << 16);
    for (uint32_t i = 0; i < count; i++)
        buffer_printf(&got, words[i].is_stop ? "%s[%.*s]" : "%s%.*s", i ? " " : "",
                      VIEW_ARG(words[i].term));
    assert_string_equal(buffer_text(&got), terms);
    buffer_done(&got);
    arena_done(&a);
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
    expect("3.14 1,000 v1.2.3 end.", "3.14 1,000 v1.2.3 end");
    expect("foo_bar a-b x.y 5.", "foo bar [a] b x y 5");
}

static void ideographs_and_kana_are_words_by_themselves(void **state)
{
    (void)state;
    expect("\xE4\xB8\xAD\xE6\x96\x87"
           "abc\xE6\x97\xA5",
           "\xE4\xB8\xAD \xE6\x96\x87 abc \xE6\x97\xA5");
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
        uint32_t count = 0, at = 0;
        assert_ok(word_split(buffer_view(&text), &a, &words, &count, &err));
        for (uint32_t k = 0; k < count; k++) {
            assert_true(words[k].start >= at && words[k].end > words[k].start);
            assert_true(words[k].term.size > 0 && utf8_is_valid(words[k].term));
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
        cmocka_unit_test(ideographs_and_kana_are_words_by_themselves),
        cmocka_unit_test(marks_and_signs_alone_are_no_words),
        cmocka_unit_test(the_surface_is_where_the_word_stands),
        cmocka_unit_test(a_run_of_a_megabyte_is_one_bounded_term),
        cmocka_unit_test(random_text_gives_valid_terms_in_order),
        cmocka_unit_test(an_exhausted_arena_is_an_error),
    };
    return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
