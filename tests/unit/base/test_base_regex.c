/* Tests of regular expressions: what matches, what is refused, and that hostile ones end. */
#include "test.h"

#include "base/regex.h"

enum { ROOM = 8 << 20 };

static bool finds(const char *pattern, view text)
{
    kith_error err = {0};
    regex *r = NULL;
    assert_ok(regex_new(view_of(pattern), ROOM, &r, &err));
    bool result = regex_finds(r, text);
    regex_free(r);
    return result;
}

static void a_pattern_is_searched_for_anywhere_in_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool found;
    } cases[] = {
        {"", "", true},
        {"", "x", true},
        {"b.d", "abcde", true},
        {"^b", "abc", false},
        {"^a.*c$", "abc", true},
        {"^b", "a\nb", false},
        {"(?m)^b", "a\nb", true},
        {"a.b", "a\nb", false},
        {"(?s)a.b", "a\nb", true},
        {"HELLO", "hello", false},
        {"(?i)HELLO", "hello", true},
        {"(?i)\xC3\x89T\xC3\x89", "\xC3\xA9t\xC3\xA9", true},
        {"^.$", "\xC3\xA9", true}, // one character, two bytes
        {"\\p{Greek}+", "\xCE\xB1\xCE\xB2", true},
        {"\\bcat\\b", "a cat sat", true},
        {"\\bcat\\b", "concatenate", false},
        {"\\d{3}-\\d{4}", "call 555-1234 now", true},
        {"cat|dog", "hotdog", true},
        {"[^a-z]", "abc", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (finds(cases[i].pattern, view_of(cases[i].text)) != cases[i].found)
            fail_msg("'%s' in '%s'", cases[i].pattern, cases[i].text);
    assert_true(finds("a.b", (view){"a\0b", 3}));
    assert_false(finds("b", (view){"a\0b", 2})); // no further than the view
}

static void what_is_no_pattern_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *reason;
    } cases[] = {
        {"(", "missing )"},
        {"[a", "missing ]"},
        {"a**", "bad repetition"},
        {"*", "repetition"},
        {"\\", "trailing \\"},
        {"(?=a)", "invalid"},
        {"(a)\\1", "invalid escape"},
        {"a{1001}", "invalid repetition size"},
        {"\\p{Nowhere}", "invalid character class"},
        {"\xFF", "invalid UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err = {0};
        regex *r = NULL;
        assert_status(KITH_ERR_INVALID, regex_new(view_of(cases[i].pattern), ROOM, &r, &err));
        assert_null(r);
        if (!strstr(err.message, cases[i].reason))
            fail_msg("'%s' gave '%s'", cases[i].pattern, err.message);
    }
}

static void a_pattern_that_needs_more_memory_than_it_may_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    regex *r = NULL;
    assert_status(KITH_ERR_INVALID, regex_new(VIEW("\\p{L}{900}"), 1 << 16, &r, &err));
    assert_non_null(strstr(err.message, "too large"));
    assert_ok(regex_new(VIEW("[a-z]{9}"), 1 << 16, &r, &err));
    regex_free(r);
}

/* By backtracking each of these takes longer than the universe has lasted. */
static void a_hostile_pattern_ends(void **state)
{
    (void)state;
    enum { BYTES = 100000 };
    char *text = malloc(BYTES);
    assert_non_null(text);
    memset(text, 'a', BYTES);
    view all = {text, BYTES};
    assert_false(finds("(a*)*b", all));
    assert_false(finds("(a|aa)+$b", all));
    assert_false(finds("(x+x+)+y", all));
    assert_false(finds("(?:a?){400}a{400}b", all));
    // Its automaton does not fit the memory that it may have, and is given up for a slower way.
    assert_false(finds("[ab]{0,900}c[ab]{900}d", all));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_is_searched_for_anywhere_in_the_text),
        cmocka_unit_test(what_is_no_pattern_is_refused_with_the_reason),
        cmocka_unit_test(a_pattern_that_needs_more_memory_than_it_may_is_refused),
        cmocka_unit_test(a_hostile_pattern_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
