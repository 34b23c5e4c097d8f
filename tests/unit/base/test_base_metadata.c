/* Tests of metadata. */
#include "test.h"

#include "base/metadata.h"

static void json_round_trips_with_kinds_kept(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_ok(
        metadata_parse(VIEW("{\"s\":\"x\",\"i\":3,\"d\":3.5,\"b\":false,\"n\":null}"), &m, &err));
    assert_int_equal(m.count, 4);
    assert_int_equal(metadata_get(&m, VIEW("i"))->kind, METADATA_INTEGER);
    assert_null(metadata_get(&m, VIEW("n")));
    buffer out;
    buffer_init(&out, 1000);
    metadata_write(&m, &(json_writer){.out = &out});
    assert_string_equal(buffer_text(&out), "{\"s\":\"x\",\"i\":3,\"d\":3.5,\"b\":false}");
    buffer_done(&out);
    arena_done(&a);
}

static void nested_values_are_refused_by_name(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_status(KITH_ERR_INVALID, metadata_parse(VIEW("{\"tags\":[1]}"), &m, &err));
    assert_non_null(strstr(err.message, "tags"));
    assert_status(KITH_ERR_INVALID, metadata_parse(VIEW("[1]"), &m, &err));
    assert_status(KITH_ERR_INVALID, metadata_parse(VIEW("{\"\":1}"), &m, &err));
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
        cmocka_unit_test(nested_values_are_refused_by_name),
        cmocka_unit_test(entries_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
