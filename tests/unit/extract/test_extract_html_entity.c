/* Character references of HTML: the oracle is the HTML Standard, from which the names here were copied by
 * hand. */
#include "test.h"

#include "base/utf8.h"
#include "extract/html_entity.h"

static void assert_text(const char *entity, const char *expected)
{
    buffer out;
    buffer_init(&out, 100);
    html_entity_append(&out, view_of(entity));
    if (!view_equal(buffer_view(&out), view_of(expected)))
        fail_msg("%s gives \"%.*s\", not \"%s\"", entity, VIEW_ARG(buffer_view(&out)), expected);
    buffer_done(&out);
}

/* Of the HTML Standard's list (13.5): the first and the last name, the longest, older ones in both
 * cases, and those of two characters. */
static void names_of_the_standard_are_its_characters(void **state)
{
    (void)state;
    assert_text("&AElig;", "\xC3\x86");
    assert_text("&zwnj;", "\xE2\x80\x8C");
    assert_text("&CounterClockwiseContourIntegral;", "\xE2\x88\xB3");
    assert_text("&amp;", "&");
    assert_text("&AMP;", "&");
    assert_text("&lt;", "<");
    assert_text("&quot;", "\"");
    assert_text("&apos;", "'");
    assert_text("&nbsp;", "\xC2\xA0");
    assert_text("&auml;", "\xC3\xA4");
    assert_text("&Auml;", "\xC3\x84");
    assert_text("&hellip;", "\xE2\x80\xA6");
    assert_text("&euro;", "\xE2\x82\xAC");
    assert_text("&rarr;", "\xE2\x86\x92");
    assert_text("&lang;", "\xE2\x9F\xA8");
    assert_text("&bigstar;", "\xE2\x98\x85");
    assert_text("&sup2;", "\xC2\xB2");
    assert_text("&there4;", "\xE2\x88\xB4");
    assert_text("&lbrace;", "{");
    assert_text("&InvisibleTimes;", "\xE2\x81\xA2");
    assert_text("&Afr;", "\xF0\x9D\x94\x84");
    assert_text("&fjlig;", "fj");
    assert_text("&NotEqualTilde;", "\xE2\x89\x82\xCC\xB8");
    assert_text("&nGt;", "\xE2\x89\xAB\xE2\x83\x92");
}

static void a_name_that_is_not_known_stays_as_it_is_written(void **state)
{
    (void)state;
    static const char *const NAMES[] = {
        "&nothing;", "&aMp;", "&amp2;", "&am;",  "&;", "&",
        "&zzzz;",    "&AA;",  "&amp",   "&#228", "x",  "&CounterClockwiseContourIntegralx;"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        assert_text(NAMES[i], NAMES[i]);
}

static void assert_read(const char *text, size_t size, const char *expected)
{
    html_entity e = {0};
    assert_true(html_entity_read(view_of(text), &e));
    assert_int_equal(e.size, size);
    assert_true(view_equal((view){e.text, e.text_size}, view_of(expected)));
}

static void in_a_text_older_names_and_numbers_may_stand_open(void **state)
{
    (void)state;
    html_entity e;
    assert_read("&amp; b", 5, "&");
    assert_read("&copy 2024", 5, "\xC2\xA9");
    assert_read("&nbsp", 5, "\xC2\xA0");
    assert_read("&#228x", 5, "\xC3\xA4");
    assert_read("&#xE4", 5, "\xC3\xA4");
    static const char *const NONE[] = {"&copyright", "&copy=2", "&rarr x", "&", "& ", "&#", "&#x;"};
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_false(html_entity_read(view_of(NONE[i]), &e));
}

static void numbers_are_characters_unless_none_has_them(void **state)
{
    (void)state;
    assert_text("&#228;", "\xC3\xA4");
    assert_text("&#xE4;", "\xC3\xA4");
    assert_text("&#Xe4;", "\xC3\xA4");
    assert_text("&#x10FFFF;", "\xF4\x8F\xBF\xBF");
    // What is meant by the numbers of controls stands in Windows-1252.
    assert_text("&#146;", "\xE2\x80\x99");
    assert_text("&#x80;", "\xE2\x82\xAC");
    assert_text("&#129;", "\xC2\x81");
    static const char *const NONE[] = {"&#0;", "&#xD800;", "&#x110000;", "&#99999999999;",
                                       "&#7;", "&#;",      "&#x;",       "&#12a;"};
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_text(NONE[i], NONE[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_standard_are_its_characters),
        cmocka_unit_test(a_name_that_is_not_known_stays_as_it_is_written),
        cmocka_unit_test(in_a_text_older_names_and_numbers_may_stand_open),
        cmocka_unit_test(numbers_are_characters_unless_none_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
