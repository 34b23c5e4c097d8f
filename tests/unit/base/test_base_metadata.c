/* Tests of metadata. */
#include "test.h"

#include "base/metadata.h"

#include <math.h>

/* What metadata_write makes of what metadata_parse read. */
static void assert_stored(const char *json, const char *stored)
{
    arena a;
    kith_error err;
    view text = {0};
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_ok(metadata_parse(view_of(json), &m, &err));
    assert_ok(metadata_to_json(&m, &a, &text, &err));
    if (!view_equal(text, view_of(stored)))
        fail_msg("%s is stored as %.*s, not as %s", json, VIEW_ARG(text), stored);
    arena_done(&a);
}

static void json_round_trips_with_kinds_kept(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_ok(metadata_parse(
        VIEW("{\"s\":\"x\",\"i\":3,\"d\":3.5,\"b\":false,\"n\":null,\"l\":[1,2.5]}"), &m, &err));
    assert_int_equal(m.count, 5);
    assert_int_equal(metadata_get(&m, VIEW("i"))->kind, METADATA_INTEGER);
    assert_null(metadata_get(&m, VIEW("n")));
    const metadata_value *list = metadata_get(&m, VIEW("l"));
    assert_int_equal(list->kind, METADATA_LIST);
    assert_int_equal(list->list.count, 2);
    assert_int_equal(list->list.elements[0].integer, 1);
    assert_int_equal(list->list.elements[1].kind, METADATA_DOUBLE);
    buffer out;
    buffer_init(&out, 1000);
    metadata_write(&m, &(json_writer){.out = &out});
    assert_string_equal(buffer_text(&out),
                        "{\"s\":\"x\",\"i\":3,\"d\":3.5,\"b\":false,\"l\":[1,2.5]}");
    buffer_done(&out);
    arena_done(&a);
}

static void what_is_stored_has_one_form(void **state)
{
    (void)state;
    assert_stored(" { } ", "{}");
    assert_stored("{\"a\" : null, \"b\" : [ ], \"c\" : 1}", "{\"c\":1}");
    assert_stored("{\"tags\": [\"x\", \"\", \"\\u00e9\\u000a\"]}",
                  "{\"tags\":[\"x\",\"\",\"\xC3\xA9\\n\"]}");
    assert_stored("{\"a\": [true, false], \"b\": [0.5], \"c\": [-7]}",
                  "{\"a\":[true,false],\"b\":[0.5],\"c\":[-7]}");
    // A double stays one, in a list as outside.
    assert_stored("{\"a\": 1.0, \"b\": [2.0, 2], \"c\": -0.0, \"d\": 1e300, \"e\": 1e2}",
                  "{\"a\":1.0,\"b\":[2.0,2],\"c\":-0.0,\"d\":1e+300,\"e\":100.0}");
    assert_stored("{\"a\": 9223372036854775808, \"b\": 9223372036854775807}",
                  "{\"a\":9223372036854775808.0,\"b\":9223372036854775807}");
}

static void assert_refused(const char *json, kith_status expected, const char *named)
{
    arena a;
    kith_error err = {0};
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_status(expected, metadata_parse(view_of(json), &m, &err));
    if (!strstr(err.message, named))
        fail_msg("'%s' gave '%s', which lacks '%s'", json, err.message, named);
    arena_done(&a);
}

/* What metadata_merge makes of `stored` and `changes`. */
static void assert_merged(const char *stored, const char *changes, const char *merged)
{
    arena a;
    kith_error err;
    view text = {0};
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_ok(metadata_parse(view_of(stored), &m, &err));
    assert_ok(metadata_merge(&m, view_of(changes), &err));
    assert_ok(metadata_to_json(&m, &a, &text, &err));
    if (!view_equal(text, view_of(merged)))
        fail_msg("%s and %s make %.*s, not %s", stored, changes, VIEW_ARG(text), merged);
    arena_done(&a);
}

static void changes_set_and_remove_keys_and_leave_the_others(void **state)
{
    (void)state;
    assert_merged("{\"a\":1,\"b\":2}", "{}", "{\"a\":1,\"b\":2}");
    assert_merged("{\"a\":1,\"b\":2}", "{\"c\":3,\"a\":\"x\"}", "{\"a\":\"x\",\"b\":2,\"c\":3}");
    assert_merged("{\"a\":1,\"b\":2}", "{\"a\":null,\"x\":null}", "{\"b\":2}");
    assert_merged("{\"a\":[1]}", "{\"a\":[]}", "{}");
    assert_merged("{}", "{\"a\":null,\"b\":[0.5]}", "{\"b\":[0.5]}");
}

static void what_metadata_cannot_hold_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused("[1]", KITH_ERR_INVALID, "object");
    assert_refused("{\"\":1}", KITH_ERR_INVALID, "key");
    assert_refused("{\"place\":{\"x\":1}}", KITH_ERR_INVALID, "'place'");
    assert_refused("{\"tags\":[1,\"x\"]}", KITH_ERR_INVALID, "'tags' holds values of different");
    assert_refused("{\"tags\":[1.5,true]}", KITH_ERR_INVALID, "'tags' holds values of different");
    assert_refused("{\"tags\":[null]}", KITH_ERR_INVALID, "'tags' holds what is not");
    assert_refused("{\"tags\":[\"x\",[\"y\"]]}", KITH_ERR_INVALID, "'tags' holds what is not");
    assert_refused("{\"tags\":[{}]}", KITH_ERR_INVALID, "'tags' holds what is not");
}

static void elements_are_limited(void **state)
{
    (void)state;
    buffer json;
    buffer_init(&json, 1 << 16);
    buffer_append_text(&json, "{\"tags\":[0");
    for (int i = 1; i < METADATA_MAX_ELEMENTS; i++)
        buffer_printf(&json, ",%d", i);
    size_t end = json.size;
    buffer_append_text(&json, "]}");
    assert_stored(buffer_text(&json), buffer_text(&json));
    json.size = end;
    buffer_append_text(&json, ",0]}");
    assert_refused(buffer_text(&json), KITH_ERR_LIMIT, "'tags' has 257 values, the limit is 256");
    buffer_done(&json);
}

/* A list that no JSON gives, as from a parser that a hostile file has taken over. */
static void a_list_is_checked_where_it_is_set(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    metadata_value element = {METADATA_DOUBLE, .number = NAN};
    metadata_value list = {METADATA_LIST, .list = {&element, 1}};
    assert_status(KITH_ERR_INVALID, metadata_set(&m, VIEW("a"), list, &err));
    element.number = -INFINITY;
    assert_status(KITH_ERR_INVALID, metadata_set(&m, VIEW("a"), list, &err));
    element = list;
    assert_status(KITH_ERR_INVALID, metadata_set(&m, VIEW("a"), list, &err));
    list.list.count = 0;
    assert_status(KITH_ERR_INVALID, metadata_set(&m, VIEW("a"), list, &err));
    assert_int_equal(m.count, 0);
    arena_done(&a);
}

static void json_above_the_limit_is_refused_with_its_size(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    view out = {0};
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    char *text = arena_new(&a, METADATA_MAX_BYTES);
    memset(text, 'x', METADATA_MAX_BYTES);
    assert_ok(metadata_set_string(&m, "a", (view){text, METADATA_MAX_BYTES - 8}, &err));
    assert_ok(metadata_to_json(&m, &a, &out, &err));
    assert_int_equal(out.size, METADATA_MAX_BYTES);
    assert_ok(metadata_set_string(&m, "a", (view){text, METADATA_MAX_BYTES - 7}, &err));
    out = (view){0};
    assert_status(KITH_ERR_LIMIT, metadata_to_json(&m, &a, &out, &err));
    assert_non_null(strstr(err.message, "65537 bytes"));
    assert_null(out.data);
    arena_done(&a);
}

static void entries_are_limited(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    for (int i = 0; i < METADATA_MAX_ENTRIES; i++)
        assert_ok(metadata_set_integer(&m, arena_printf(&a, "k%d", i), i, &err));
    assert_ok(metadata_set_integer(&m, "k7", 70, &err)); // replacing is no growth
    assert_int_equal(metadata_get(&m, VIEW("k7"))->integer, 70);
    assert_status(KITH_ERR_LIMIT, metadata_set_integer(&m, "one more", 1, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_round_trips_with_kinds_kept),
        cmocka_unit_test(what_is_stored_has_one_form),
        cmocka_unit_test(changes_set_and_remove_keys_and_leave_the_others),
        cmocka_unit_test(what_metadata_cannot_hold_is_refused_by_name),
        cmocka_unit_test(elements_are_limited),
        cmocka_unit_test(a_list_is_checked_where_it_is_set),
        cmocka_unit_test(json_above_the_limit_is_refused_with_its_size),
        cmocka_unit_test(entries_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
