/* html_entity_append: the oracle for names is libxml2's own table, which reads the same entities in
 * HTML. */
#include "test.h"

#include "base/utf8.h"
#include "extract/html_entity.h"

#include <libxml/HTMLparser.h>

enum { CODEPOINT_END = 0x10000, HTML4_NAMES = 253 };

static void assert_text(const char *entity, const char *expected)
{
    buffer out;
    buffer_init(&out, 100);
    html_entity_append(&out, view_of(entity));
    if (!view_equal(buffer_view(&out), view_of(expected)))
        fail_msg("%s gives \"%.*s\", not \"%s\"", entity, VIEW_ARG(buffer_view(&out)), expected);
    buffer_done(&out);
}

static void every_name_that_libxml2_knows_is_the_same_character(void **state)
{
    (void)state;
    uint32_t count = 0;
    for (uint32_t c = 1; c < CODEPOINT_END; c++) {
        const htmlEntityDesc *known = htmlEntityValueLookup(c);
        if (!known) continue;
        char name[40], text[5] = {0};
        (void)snprintf(name, sizeof name, "&%s;", known->name);
        (void)utf8_encode(known->value, text);
        assert_text(name, text);
        count++;
    }
    assert_int_equal(count, HTML4_NAMES);
}

static void a_name_that_is_not_known_stays_as_it_is_written(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"&nothing;", "&AMP;", "&aMp;", "&amp2;", "&am;",
                                        "&bigstar;", "&;",    "&",     "&zzzz;", "&AA;"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        assert_text(NAMES[i], NAMES[i]);
}

static void numbers_are_characters_unless_none_has_them(void **state)
{
    (void)state;
    assert_text("&#228;", "\xC3\xA4");
    assert_text("&#xE4;", "\xC3\xA4");
    assert_text("&#Xe4;", "\xC3\xA4");
    assert_text("&#x10FFFF;", "\xF4\x8F\xBF\xBF");
    static const char *const NONE[] = {"&#0;", "&#xD800;", "&#x110000;", "&#;", "&#x;", "&#12a;"};
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_text(NONE[i], NONE[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_that_libxml2_knows_is_the_same_character),
        cmocka_unit_test(a_name_that_is_not_known_stays_as_it_is_written),
        cmocka_unit_test(numbers_are_characters_unless_none_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
