/* Tests of reading and writing JSON. */
#include "test.h"

#include "base/json.h"
#include "base/json_place.h"

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

static void what_is_wrong_with_a_text_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"{\"a\":", "line 1, column 6, where the text ends: a value is expected"},
        {"{\"a\":1,}", "line 1, column 8: a key in double quotes is expected"},
        {"{\"a\":1 \"b\":2}", "line 1, column 8: ',' or '}' is expected"},
        {"{\n  \"\u00e9\": tru}", "line 2, column 8: a value is expected"},
        {"[1, 2\n 3]", "line 2, column 2: ',' or ']' is expected"},
        {"{\"a\"}", "line 1, column 5: ':' is expected"},
        {"{\"a\":1}x", "line 1, column 8: nothing may follow the value"},
        {"[\"a\nb\"]", "line 1, column 4: a control character"},
        {"[1, \"abc", "line 1, column 5: a string begins that does not end"},
        {"[\"\\x\"]", "line 1, column 4: no such escape"},
        {"[\"\\u12g4\"]", "line 1, column 7: four hexadecimal digits"},
        {"[\"\\ud800\"]", "half of a surrogate pair"},
        {"[01]", "line 1, column 2: a number is malformed"},
        {"[1.]", "line 1, column 2: a number is malformed"},
        {"[1e]", "line 1, column 2: a number is malformed"},
        {"[-]", "line 1, column 2: a number is malformed"},
        {"[ 1e999]", "line 1, column 3: a number is too large"},
        {"[\"a\", \"\x80\"]", "line 1, column 8: this is no UTF-8"},
        {"[[[]]", "line 1, column 6, where the text ends: ',' or ']' is expected"},
        {"{{}}", "line 1, column 2: a key in double quotes is expected"},
        {"[}", "line 1, column 2: a value is expected"},
        {"", "the text is empty"},
        {"  ", "line 1, column 3, where the text ends: a value is expected"},
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kith_error err = {0};
        const json_value *root = NULL;
        assert_status(KITH_ERR_FORMAT, parse(&a, bad[i].text, &root, &err));
        if (!strstr(err.message, bad[i].says))
            fail_msg("'%s': '%s' does not say '%s'", bad[i].text, err.message, bad[i].says);
    }
    arena_done(&a);
}

/* simdjson judges, and the place is looked for only then: the two must agree. */
static void every_text_that_is_refused_has_a_place(void **state)
{
    (void)state;
    enum { LENGTH = 5, SYMBOLS = 13 };
    static const char *const symbols[SYMBOLS] = {"{", "}", "[",    "]", ",", ":", "\"a\"",
                                                 "1", "-", "true", "0", " ", "\\"};
    arena a;
    arena_init(&a, 0);
    int total = 1, refused = 0;
    for (int i = 0; i < LENGTH; i++)
        total *= SYMBOLS;
    for (int n = 0; n < total; n++) {
        const char *parts[LENGTH];
        char text[64];
        for (int i = 0, rest = n; i < LENGTH; i++, rest /= SYMBOLS)
            parts[i] = symbols[rest % SYMBOLS];
        (void)snprintf(text, sizeof text, "%s%s%s%s%s", parts[0], parts[1], parts[2], parts[3],
                       parts[4]);
        kith_error err = {0};
        json_place place;
        const json_value *root = NULL;
        kith_status status = parse(&a, text, &root, &err);
        bool is_repeated = strstr(err.message, "twice") != NULL;
        if ((status != KITH_OK && !is_repeated) != json_find_mistake(view_of(text), &place))
            fail_msg("'%s': %s", text, err.message);
        refused += status != KITH_OK;
        arena_reset(&a);
    }
    assert_true(refused > 0 && refused < total);
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

static void decimals_are_told_as_they_are_written(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    const json_value *v = NULL;
    arena_init(&a, 0);
    view text =
        VIEW("[19.90, 3, {\"1.23\": -0.500, \"s\": \"\\\"4.56\"}, 1.5e3, 12345678901234.50, "
             "12345678901234567890, 2.0]");
    assert_ok(json_parse_written(text, SIZE_MAX, &a, &v, &err));
    assert_int_equal(v->count, 7);
    assert_int_equal(v->elements[0]->count, 2);
    assert_int_equal(v->elements[2]->members[0].value->count, 3);
    assert_int_equal(v->elements[3]->count, 0);
    assert_int_equal(v->elements[4]->count, 0); // 16 digits
    assert_int_equal(v->elements[5]->count, 0);
    assert_int_equal(v->elements[6]->count, 1);
    assert_ok(json_parse(text, SIZE_MAX, &a, &v, &err));
    assert_int_equal(v->elements[0]->count, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_told_as_they_are_written),
        cmocka_unit_test(kinds_and_values_come_through),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(what_is_wrong_with_a_text_is_said_with_its_place),
        cmocka_unit_test(every_text_that_is_refused_has_a_place),
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
