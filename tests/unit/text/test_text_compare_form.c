/* Folding, on texts whose folded form Unicode's tables give. */
#include "test.h"

#include "text/compare_form.h"

static void check(const char *text, const char *expected)
{
    arena a;
    view folded;
    kith_error err = {0};
    arena_init(&a, 0);
    assert_ok(text_fold(view_of(text), &a, &folded, &err));
    assert_string_equal(folded.data, expected);
    assert_int_equal(folded.size, strlen(expected));
    arena_done(&a);
}

static void case_and_compatibility_forms_are_folded(void **state)
{
    (void)state;
    check("The END", "the end");
    check("Stra\u00dfe", "strasse");
    check("\uff21\u2460\ufb01", "a1fi");
    check("E\u0301", "\u00e9");
    check("\u00c9", "\u00e9");
}

static void white_space_is_one_space_and_none_at_the_ends(void **state)
{
    (void)state;
    check(" a \t\r\n b\u00a0\u2003c\n", "a b c");
    check(" \n ", "");
    check("", "");
}

static void accents_and_punctuation_stay(void **state)
{
    (void)state;
    check("S\u00e3o Paulo, 3.14!", "s\u00e3o paulo, 3.14!");
}

static void more_than_a_gigabyte_is_a_limit(void **state)
{
    (void)state;
    arena a;
    view folded;
    kith_error err = {0};
    arena_init(&a, 0);
    assert_status(KITH_ERR_LIMIT, text_fold((view){"x", ((size_t)1 << 30) + 1}, &a, &folded, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_and_compatibility_forms_are_folded),
        cmocka_unit_test(white_space_is_one_space_and_none_at_the_ends),
        cmocka_unit_test(accents_and_punctuation_stay),
        cmocka_unit_test(more_than_a_gigabyte_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
