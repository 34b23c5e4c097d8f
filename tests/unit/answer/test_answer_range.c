/* Numbers of questions in ranges of texts. */
#include "test.h"

#include "answer/range.h"

/* Whether a range of the text holds `name`, which the question has. */
static bool holds(const char *text, const char *question, const char *name)
{
    view q = view_of(question), n = view_of(name);
    size_t at = view_find(q, n);
    assert_true(at < q.size);
    return range_holds(view_of(text), q, view_slice(q, at, at + n.size));
}

static void a_number_is_in_a_range_that_names_things(void **state)
{
    (void)state;
    const char *error = "What does error 407 mean?";
    assert_true(holds("errors 404 to 410", error, "407"));
    assert_true(holds("Known errors: 404-410.", error, "407"));
    assert_true(holds("Code: 404..410 | Meaning: gone", error, "407"));
    assert_true(holds("| 404 \xE2\x80\x93 410 | gone |", error, "407"));
    assert_true(holds("  404 ... 410  gone", error, "407"));
    assert_true(holds("404\xE2\x80\xA6"
                      "410: gone",
                      error, "407"));
    assert_true(holds("errors 407 to 410", error, "407"));
    assert_true(holds("errors 404 to 407", error, "407"));
    assert_false(holds("errors 404 to 406", error, "407"));
    assert_false(holds("errors 408 to 410", error, "407"));
    assert_false(holds("errors 410 to 404", error, "407"));
    assert_false(holds("error 404, error 410", error, "407"));
    assert_true(holds("Fehler 404 bis 410", "Was bedeutet Fehler 407?", "407"));
    assert_true(holds("E03 a E07: Fallo", "\xC2\xBFQu\xC3\xA9 significa E05?", "E05"));
    assert_true(holds("E03-07: Fallo", "\xC2\xBFQu\xC3\xA9 significa E05?", "E05"));
    assert_false(holds("F03 a F07: Fallo", "\xC2\xBFQu\xC3\xA9 significa E05?", "E05"));
}

static void a_range_that_measures_something_else_does_not_count(void **state)
{
    (void)state;
    const char *code = "What does exit code 12 mean?";
    assert_false(holds("It takes 10 to 20 minutes.", code, "12"));
    assert_false(holds("See the notes of 2016-12-16, or of 11-12-13.", code, "12"));
    assert_false(holds("\n10-12-16\n", code, "12"));
    assert_false(holds("Release 1.10-14", code, "12"));
    assert_false(holds("10.5-14.5", code, "12"));
    assert_false(holds("", code, "12"));
    assert_false(holds("10-", code, "12"));
    assert_false(holds("10 to", code, "12"));
    assert_true(holds("exit codes 10 to 20", code, "12"));
}

static void an_option_is_in_a_range_of_options(void **state)
{
    (void)state;
    const char *question = "What does xz -5 do?";
    assert_true(holds("-0 ... -9", question, "-5"));
    assert_true(holds("       \xE2\x80\x90"
                      "1..\xE2\x80\x90"
                      "9",
                      question, "-5"));
    assert_true(holds("-1 to -9", question, "-5"));
    assert_true(holds("-# --fast --best", question, "-5"));
    assert_false(holds("0 ... 9", question, "-5"));
    assert_false(holds("-0 ... -4", question, "-5"));
    assert_false(holds("-#include", question, "-5"));
    assert_false(holds("-0 ... -9", "Which 5 files?", "5"));
}

static void numbers_of_any_length_are_read(void **state)
{
    (void)state;
    const char *question = "What is port 99999999999999999999999 for?";
    assert_false(holds("ports 1 to 99999999999999999999999", question, "99999999999999999999999"));
    assert_true(holds("ports 1 to 65535", "Is port 8080 open?", "8080"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_in_a_range_that_names_things),
        cmocka_unit_test(a_range_that_measures_something_else_does_not_count),
        cmocka_unit_test(an_option_is_in_a_range_of_options),
        cmocka_unit_test(numbers_of_any_length_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
