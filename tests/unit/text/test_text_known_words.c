/* Words that are kept from text to text: what is found is what was put, and splitting with them
 * gives the same words as without. */
#include "test.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/rng.h"
#include "text/known_words.h"
#include "text/word.h"

enum { SEED = 17 };

static void what_was_put_is_found_by_language_and_bytes(void **state)
{
    (void)state;
    known_words *k = known_words_new();
    known_word found;
    assert_non_null(k);
    assert_false(known_words_find(k, LANGUAGE_ENGLISH, VIEW("houses"), &found));
    uint32_t place =
        known_words_put(k, LANGUAGE_ENGLISH, VIEW("houses"), &(known_word){VIEW("hous"), 7, 0});
    assert_true(place > 0);
    assert_true(known_words_find(k, LANGUAGE_ENGLISH, VIEW("houses"), &found));
    assert_true(view_equal(found.term, VIEW("hous")));
    assert_int_equal(found.stop_word, 7);
    assert_int_equal(found.place, place);
    assert_false(known_words_find(k, LANGUAGE_GERMAN, VIEW("houses"), &found));
    assert_false(known_words_find(k, LANGUAGE_ENGLISH, VIEW("house"), &found));
    assert_false(known_words_find(k, LANGUAGE_ENGLISH, (view){"houses\0", 7}, &found));
    assert_int_equal(known_words_language(k), LANGUAGE_ENGLISH);
    known_words_free(k);
}

static void words_of_any_length_are_told_apart(void **state)
{
    (void)state;
    const char *letters = "abcdefghijklmnopqrstuvwxyz";
    known_word found;
    for (size_t size = 1; size <= KNOWN_WORD_MAX_BYTES; size++) {
        char other[KNOWN_WORD_MAX_BYTES];
        known_words *k = known_words_new();
        assert_non_null(k);
        view whole = {letters, size};
        assert_true(known_words_put(k, LANGUAGE_ENGLISH, whole, &(known_word){whole, 0, 0}) > 0);
        assert_true(known_words_find(k, LANGUAGE_ENGLISH, whole, &found));
        assert_true(view_equal(found.term, whole));
        for (size_t i = 0; i < size; i++) {
            memcpy(other, letters, size);
            other[i] = 'Z';
            assert_false(known_words_find(k, LANGUAGE_ENGLISH, (view){other, size}, &found));
        }
        known_words_free(k);
    }
}

static void what_is_too_long_or_empty_is_not_kept(void **state)
{
    (void)state;
    known_words *k = known_words_new();
    known_word found;
    assert_non_null(k);
    const view longest = VIEW("abcdefghijklmnopqrstuvw"), longer = VIEW("abcdefghijklmnopqrstuvwx");
    assert_int_equal(longest.size, KNOWN_WORD_MAX_BYTES);
    assert_true(known_words_put(k, LANGUAGE_ENGLISH, longest, &(known_word){longest, 0, 0}) > 0);
    assert_int_equal(known_words_put(k, LANGUAGE_ENGLISH, longer, &(known_word){longest, 0, 0}), 0);
    assert_int_equal(known_words_put(k, LANGUAGE_ENGLISH, VIEW("a"), &(known_word){longer, 0, 0}),
                     0);
    assert_int_equal(known_words_put(k, LANGUAGE_ENGLISH, VIEW(""), &(known_word){longest, 0, 0}),
                     0);
    assert_false(known_words_find(k, LANGUAGE_ENGLISH, longer, &found));
    assert_false(known_words_find(k, LANGUAGE_ENGLISH, VIEW(""), &found));
    known_words_free(k);
}

static void a_note_is_of_one_word_and_is_forgotten(void **state)
{
    (void)state;
    known_words *k = known_words_new();
    uint32_t note = 0;
    assert_non_null(k);
    const known_word what = {VIEW("term"), 0, 0};
    uint32_t place = known_words_put(k, LANGUAGE_ENGLISH, VIEW("terms"), &what);
    assert_false(known_words_note(k, place, LANGUAGE_ENGLISH, VIEW("term"), &note));
    known_words_set_note(k, place, LANGUAGE_ENGLISH, VIEW("other"), 5);
    assert_false(known_words_note(k, place, LANGUAGE_ENGLISH, VIEW("term"), &note));
    known_words_set_note(k, place, LANGUAGE_ENGLISH, VIEW("term"), 6);
    assert_true(known_words_note(k, place, LANGUAGE_ENGLISH, VIEW("term"), &note));
    assert_int_equal(note, 6);
    assert_false(known_words_note(k, place, LANGUAGE_GERMAN, VIEW("term"), &note));
    assert_false(known_words_note(k, place, LANGUAGE_ENGLISH, VIEW("other"), &note));
    assert_false(known_words_note(k, 0, LANGUAGE_ENGLISH, VIEW("term"), &note));
    known_words_forget_notes(k);
    assert_false(known_words_note(k, place, LANGUAGE_ENGLISH, VIEW("term"), &note));
    known_words_free(k);
}

/* More words than the table has room for, each with a note. */
static void a_full_table_forgets_and_is_never_wrong(void **state)
{
    (void)state;
    enum { WORDS = 3 * KNOWN_WORDS_SLOTS };
    known_words *k = known_words_new();
    static uint32_t places[WORDS];
    uint32_t kept = 0;
    char text[16];
    assert_non_null(k);
    for (uint32_t i = 0; i < WORDS; i++) {
        (void)snprintf(text, sizeof text, "w%u", i);
        const known_word what = {view_of(text), i % 100, 0};
        places[i] = known_words_put(k, LANGUAGE_FRENCH, view_of(text), &what);
        known_words_set_note(k, places[i], LANGUAGE_FRENCH, view_of(text), i);
    }
    for (uint32_t i = 0; i < WORDS; i++) {
        known_word found;
        uint32_t note = 0;
        (void)snprintf(text, sizeof text, "w%u", i);
        if (known_words_note(k, places[i], LANGUAGE_FRENCH, view_of(text), &note))
            assert_int_equal(note, i);
        if (!known_words_find(k, LANGUAGE_FRENCH, view_of(text), &found)) continue;
        kept++;
        assert_true(view_equal(found.term, view_of(text)));
        assert_int_equal(found.stop_word, i % 100);
    }
    assert_true(kept > KNOWN_WORDS_SLOTS / 2 && kept <= KNOWN_WORDS_SLOTS);
    known_words_free(k);
}

static void splitting_with_them_gives_the_same_words(void **state)
{
    (void)state;
    static const char *const pieces[] = {"The",
                                         "houses",
                                         "and",
                                         "getUserName",
                                         "l'assurance",
                                         "n'est",
                                         "die",
                                         "H\xC3\xA4user",
                                         "running",
                                         "1,234",
                                         "is",
                                         "user_name",
                                         "\xC3\xA9t\xC3\xA9",
                                         "\xE5\xAE\xB6",
                                         "x",
                                         "\xCC\x81",
                                         "quelques",
                                         "des",
                                         "le",
                                         "v1.2.3",
                                         "THE",
                                         "Running"};
    kith_error err;
    rng r = {SEED};
    known_words *k = known_words_new();
    assert_non_null(k);
    for (uint32_t round = 0; round < 300; round++) {
        buffer text;
        buffer_init(&text, 1024);
        for (uint32_t n = rng_below(&r, 30); n > 0; n--) {
            buffer_append_text(&text, pieces[rng_below(&r, sizeof pieces / sizeof pieces[0])]);
            buffer_append_text(&text, rng_below(&r, 4) ? " " : "-");
        }
        const view whole = buffer_view(&text);
        arena a;
        arena_init(&a, 0);
        word *plain = NULL, *knowing = NULL;
        uint32_t plain_count = 0, knowing_count = 0;
        language l = language_of(whole);
        assert_int_equal(language_of_with(whole, k), l);
        const word_splitting how = {rng_below(&r, 2) ? l : LANGUAGE_GERMAN, k};
        assert_ok(word_split_in(whole, how.language, &a, &plain, &plain_count, &err));
        assert_ok(word_split_with(whole, &how, &a, &knowing, &knowing_count, &err));
        assert_int_equal(knowing_count, plain_count);
        for (uint32_t i = 0; i < plain_count; i++) {
            assert_true(view_equal(knowing[i].term, plain[i].term));
            assert_int_equal(knowing[i].is_stop, plain[i].is_stop);
            assert_int_equal(knowing[i].position, plain[i].position);
            assert_int_equal(knowing[i].start, plain[i].start);
            assert_int_equal(knowing[i].end, plain[i].end);
            assert_int_equal(knowing[i].is_extra, plain[i].is_extra);
        }
        arena_done(&a);
        buffer_done(&text);
    }
    known_words_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_by_language_and_bytes),
        cmocka_unit_test(words_of_any_length_are_told_apart),
        cmocka_unit_test(what_is_too_long_or_empty_is_not_kept),
        cmocka_unit_test(a_note_is_of_one_word_and_is_forgotten),
        cmocka_unit_test(a_full_table_forgets_and_is_never_wrong),
        cmocka_unit_test(splitting_with_them_gives_the_same_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
