/* Languages: what is clear is told, and what is not is English. The sentences are the test's own. */
#include "test.h"

#include "text/language.h"

#include "text/stop_words_table.h"

static void expect(language l, const char *text)
{
    language told = language_of(view_of(text));
    if (told != l) fail_msg("%s, not %s: %s", language_stemmer(told), language_stemmer(l), text);
}

static void prose_is_told_by_its_function_words(void **state)
{
    (void)state;
    expect(LANGUAGE_ENGLISH, "The capital of France is Paris, and it lies on the river Seine.");
    expect(LANGUAGE_GERMAN, "Die Hauptstadt von Frankreich ist Paris, und sie liegt an der Seine.");
    expect(LANGUAGE_FRENCH, "La capitale de la France est Paris, et elle se trouve sur la Seine.");
    expect(LANGUAGE_SPANISH,
           "La capital de Francia es Par\xC3\xADs, y se encuentra en el r\xC3\xADo Sena, "
           "que pasa por la ciudad.");
    expect(LANGUAGE_ITALIAN,
           "La capitale della Francia \xC3\xA8 Parigi, che si trova sul fiume Senna.");
    expect(LANGUAGE_PORTUGUESE, "A capital da Fran\xC3\xA7"
                                "a n\xC3\xA3o \xC3\xA9 Lyon, mas uma cidade que fica em um rio.");
    expect(LANGUAGE_DUTCH, "De hoofdstad van Frankrijk is Parijs, en het ligt aan een rivier.");
    expect(LANGUAGE_SWEDISH,
           "Huvudstaden i Frankrike \xC3\xA4r Paris, och den ligger vid en flod.");
    expect(LANGUAGE_FINNISH,
           "Ranskan p\xC3\xA4\xC3\xA4kaupunki on Pariisi, mutta se ei ole kovin suuri.");
}

static void scripts_tell_their_languages(void **state)
{
    (void)state;
    expect(
        LANGUAGE_RUSSIAN,
        "\xD0\x9F\xD0\xB0\xD1\x80\xD0\xB8\xD0\xB6 Paris \xD0\xB3\xD0\xBE\xD1\x80\xD0\xBE\xD0\xB4");
    expect(LANGUAGE_GREEK, "\xCE\xA0\xCE\xB1\xCF\x81\xCE\xAF\xCF\x83\xCE\xB9");
    expect(LANGUAGE_ARABIC, "\xD8\xA8\xD8\xA7\xD8\xB1\xD9\x8A\xD8\xB3");
}

static void what_is_not_clear_is_english(void **state)
{
    (void)state;
    expect(LANGUAGE_ENGLISH, "");
    expect(LANGUAGE_ENGLISH, "Die Hard");
    expect(LANGUAGE_ENGLISH,
           "La La Land and El Ni\xC3\xB1o de la Luna were shown at the festival.");
    expect(LANGUAGE_ENGLISH,
           "for (const el of list) { if (el.is_no) return os.do_as(me, e, a, o); } // se en");
    expect(LANGUAGE_ENGLISH, "2020-01-15 12:00:01 ERR 0xdeadbeef e o a y i");
    expect(LANGUAGE_ENGLISH, "\xE4\xB8\xAD\xE6\x96\x87");
}

static void the_table_is_sorted_and_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof STOP_WORDS / sizeof *STOP_WORDS; i++) {
        assert_true(strlen(STOP_WORDS[i].word) <= STOP_WORD_MAX_BYTES);
        assert_true(STOP_WORDS[i].languages != 0);
        if (i) assert_true(strcmp(STOP_WORDS[i - 1].word, STOP_WORDS[i].word) < 0);
        assert_int_equal(language_stop_word(view_of(STOP_WORDS[i].word)), i + 1);
    }
    assert_true(language_has_stop_word(LANGUAGE_ENGLISH, language_stop_word(VIEW("the"))));
    assert_true(language_has_stop_word(LANGUAGE_GERMAN, language_stop_word(VIEW("die"))));
    assert_false(language_has_stop_word(LANGUAGE_ENGLISH, language_stop_word(VIEW("die"))));
    assert_false(language_has_stop_word(LANGUAGE_GREEK, language_stop_word(VIEW("the"))));
    // The beginning of one, one with more behind it, and with a NUL behind it.
    assert_false(language_has_stop_word(LANGUAGE_ENGLISH, language_stop_word(VIEW("th"))));
    assert_false(language_has_stop_word(LANGUAGE_ENGLISH, language_stop_word(VIEW("thex"))));
    assert_false(language_has_stop_word(LANGUAGE_ENGLISH, language_stop_word((view){"the", 4})));
    assert_false(language_has_stop_word(LANGUAGE_ENGLISH, language_stop_word(VIEW(""))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prose_is_told_by_its_function_words),
        cmocka_unit_test(scripts_tell_their_languages),
        cmocka_unit_test(what_is_not_clear_is_english),
        cmocka_unit_test(the_table_is_sorted_and_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
