/* Tests of reading and writing JSON. */
#include "test.h"

#include "base/json.h"

#include <math.h>

static kith_status parse(arena *a, const char *text, const json_value **out, kith_error *err)
{
    return json_parse(view_of(text), 1 << 20, a, out, err);
}

static void kinds_and_values_come_through(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    const json_value *root = NULL;
    int64_t integer = 0;
    double number = 0;
    bool truth = false;
    view text;
    arena_init(&a, 0);
    assert_ok(parse(&a,
                    "{\"i\":-9007199254740993,\"d\":1.5e3,\"t\":true,\"s\":\"a\\u0000\\u00e9\","
                    "\"n\":null,\"l\":[1,[2],{}]}",
                    &root, &err));
    assert_true(json_get_integer(root, "i", &integer));
    assert_true(integer == INT64_C(-9007199254740993));
    assert_true(json_get_number(root, "d", &number));
    assert_true(number == 1500.0);
    assert_true(json_get_bool(root, "t", &truth) && truth);
    assert_true(json_get_string(root, "s", &text));
    assert_true(view_equal(text, VIEW("a\0\u00e9")));
    assert_int_equal(json_get(root, "n")->kind, JSON_NULL);
    assert_int_equal(json_get(root, "l")->count, 3);
    assert_null(json_get(root, "absent"));
    assert_false(json_get_string(root, "i", &text));
    arena_done(&a);
}

static void malformed_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{'a':1}",
        "nul",
        "[1 2]",
        "\"\\ud800\"",
        "1e999",
        "NaN",
        "[1]x",
        "\"\x80\"",
        "\"a\nb\"",
        "01",
        "+1",
        "{\"a\":1,\"a\":2}",
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kith_error err = {0};
        const json_value *root = NULL;
        assert_status(KITH_ERR_FORMAT, parse(&a, bad[i], &root, &err));
        assert_null(root);
        assert_true(err.message[0] != '\0');
    }
    arena_done(&a);
}

static void a_repeated_key_is_found_in_large_objects_too(void **state)
{
    (void)state;
    buffer text;
    buffer_init(&text, 1 << 16);
    buffer_append_byte(&text, '{');
    for (int i = 0; i < 500; i++)
        buffer_printf(&text, "\"k%d\":%d,", i, i);
    buffer_append_text(&text, "\"k17\":0}");
    arena a;
    kith_error err;
    const json_value *root = NULL;
    arena_init(&a, 0);
    assert_status(KITH_ERR_FORMAT, parse(&a, buffer_text(&text), &root, &err));
    assert_non_null(strstr(err.message, "k17"));
    arena_done(&a);
    buffer_done(&text);
}

static void depth_and_size_are_limited(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    const json_value *root = NULL;
    char deep[201];
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    deep[200] = '\0';
    arena_init(&a, 0);
    assert_status(KITH_ERR_LIMIT, parse(&a, deep, &root, &err));
    assert_status(KITH_ERR_LIMIT, json_parse(VIEW("[1,2,3]"), 6, &a, &root, &err));
    assert_ok(json_parse(VIEW("[1,2,3]"), 7, &a, &root, &err));
    arena_done(&a);
}

static void a_small_arena_gives_out_of_memory(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    const json_value *root = NULL;
    arena_init(&a, 64);
    assert_status(KITH_ERR_NO_MEMORY, parse(&a, "[1,2,3,4,5,6,7,8]", &root, &err));
    arena_done(&a);
}

static void writing_what_was_read_gives_the_same_text(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[1,1.0,-2,0.1,1e+300,true,null,\"q\\\"\\\\\\n\\u0001\"],\"b\":{\"c\":[]},\"d\":{}}";
    arena a;
    kith_error err;
    const json_value *root = NULL;
    buffer out;
    buffer_init(&out, 1000);
    arena_init(&a, 0);
    assert_ok(parse(&a, text, &root, &err));
    json_tree(&(json_writer){.out = &out}, root);
    assert_string_equal(buffer_text(&out), text);
    arena_done(&a);
    buffer_done(&out);
}

static void floats_are_written_in_their_shortest_form(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1000);
    json_writer w = {.out = &out};
    json_begin_array(&w);
    json_float(&w, 0.1F);
    json_float(&w, 16777216.0F);
    json_double(&w, 0.1);
    json_double(&w, 0.0 / 0.0);
    json_end_array(&w);
    assert_string_equal(buffer_text(&out), "[0.1,16777216,0.1,null]");
    buffer_done(&out);
}

static void an_array_of_floats_shows_that_they_are_no_integers(void **state)
{
    (void)state;
    static const float few[] = {0.1F, 1.0F, -3.0F, 1e-40F, 1e30F, 0.0F, INFINITY};
    buffer out;
    buffer_init(&out, 1 << 20);
    json_writer w = {.out = &out};
    json_begin_array(&w);
    json_floats(&w, few, sizeof few / sizeof few[0]);
    json_floats(&w, few, 0);
    json_end_array(&w);
    assert_string_equal(buffer_text(&out), "[[0.1,1.0,-3.0,1e-40,1e+30,0.0,null],[]]");
    buffer_done(&out);
}

static void many_floats_are_read_again_bit_for_bit(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    float values[COUNT];
    for (int i = 0; i < COUNT; i++)
        values[i] = (float)(i - 500) / 7.0F;
    buffer out;
    buffer_init(&out, 1 << 20);
    json_floats(&(json_writer){.out = &out}, values, COUNT);
    arena a;
    arena_init(&a, 0);
    const json_value *tree = NULL;
    kith_error err = {0};
    assert_ok(json_parse(buffer_view(&out), 1 << 20, &a, &tree, &err));
    assert_int_equal(tree->count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_true((float)tree->elements[i]->number == values[i]);
    buffer_done(&out);
    // The last that fits is whole: no half of an array is ever seen as a success.
    buffer_init(&out, 1000);
    json_floats(&(json_writer){.out = &out}, values, COUNT);
    assert_status(KITH_ERR_LIMIT, buffer_status(&out, "the floats", &err));
    buffer_done(&out);
    arena_done(&a);
}

static void invalid_utf8_is_written_as_replacement(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1000);
    json_string(&(json_writer){.out = &out}, VIEW("a\x80z"));
    assert_string_equal(buffer_text(&out), "\"a\uFFFDz\"");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_and_values_come_through),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(a_repeated_key_is_found_in_large_objects_too),
        cmocka_unit_test(depth_and_size_are_limited),
        cmocka_unit_test(a_small_arena_gives_out_of_memory),
        cmocka_unit_test(writing_what_was_read_gives_the_same_text),
        cmocka_unit_test(floats_are_written_in_their_shortest_form),
        cmocka_unit_test(an_array_of_floats_shows_that_they_are_no_integers),
        cmocka_unit_test(many_floats_are_read_again_bit_for_bit),
        cmocka_unit_test(invalid_utf8_is_written_as_replacement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
