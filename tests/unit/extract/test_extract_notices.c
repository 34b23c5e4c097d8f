/* notices.h: a short list of different texts, the rest counted, and its lines. */
#include "test.h"

#include "extract/notices.h"

static void the_same_notice_twice_is_one(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    notice_list l = {0};
    arena_init(&a, 0);
    assert_ok(notices_add(&l, VIEW("slide 3: a diagram is not read"), &a, &err));
    assert_ok(notices_add(&l, VIEW(" slide 3: a diagram is not read\n"), &a, &err));
    assert_ok(notices_add(&l, VIEW("  "), &a, &err));
    assert_int_equal(l.count, 1);
    assert_string_equal(notices_lines(&l, &a), "slide 3: a diagram is not read");
    assert_null(notices_check(&l));
    arena_done(&a);
}

static void what_is_beyond_the_limit_is_counted(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    notice_list l = {0}, all = {0};
    size_t count = 0;
    arena_init(&a, 0);
    for (uint32_t i = 0; i < NOTICES_MAX + 3; i++)
        assert_ok(notices_add(&l, view_of(arena_printf(&a, "slide %u", i)), &a, &err));
    assert_int_equal(l.count, NOTICES_MAX);
    assert_int_equal(l.omitted, 3);
    assert_ok(notices_add_all(&all, &l, "attachment 'a': ", &a, &err));
    assert_ok(notices_add_all(&all, &l, "attachment 'b': ", &a, &err));
    assert_int_equal(all.omitted, 3 + NOTICES_MAX + 3);
    assert_null(notices_check(&all));
    const char *const *lines = notices_split(view_of(notices_lines(&all, &a)), &a, &count);
    assert_int_equal(count, NOTICES_MAX + 1);
    assert_string_equal(lines[0], "attachment 'a': slide 0");
    assert_string_equal(lines[NOTICES_MAX], "and 38 more");
    assert_non_null(notices_split(VIEW(""), &a, &count));
    assert_int_equal(count, 0);
    arena_done(&a);
}

static void hostile_text_becomes_one_short_line(void **state)
{
    (void)state;
    arena a;
    char text[3 * NOTICE_MAX_BYTES];
    kith_error err = {0};
    notice_list l = {0};
    arena_init(&a, 0);
    memset(text, '\xC3', sizeof text); // each invalid byte becomes three
    assert_ok(notices_add(&l, (view){text, sizeof text}, &a, &err));
    assert_ok(notices_add(&l, VIEW("part\none\x1B[31m"), &a, &err));
    assert_int_equal(l.count, 2);
    assert_true(l.texts[0].size <= NOTICE_MAX_BYTES);
    assert_true(view_equal(l.texts[1], VIEW("part one [31m")));
    assert_null(notices_check(&l));
    arena_done(&a);
}

static void a_list_that_breaks_its_promises_is_named(void **state)
{
    (void)state;
    notice_list l = {.count = 1};
    assert_non_null(notices_check(&l));
    l.texts[0] = VIEW("a\nb");
    assert_non_null(notices_check(&l));
    l.texts[0] = VIEW("\xFF");
    assert_non_null(notices_check(&l));
    l = (notice_list){.omitted = 1};
    assert_non_null(notices_check(&l));
    l.count = NOTICES_MAX + 1;
    assert_non_null(notices_check(&l));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_notice_twice_is_one),
        cmocka_unit_test(what_is_beyond_the_limit_is_counted),
        cmocka_unit_test(hostile_text_becomes_one_short_line),
        cmocka_unit_test(a_list_that_breaks_its_promises_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
