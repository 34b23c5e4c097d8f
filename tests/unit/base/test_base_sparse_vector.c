/* Sparse vectors as JSON, alone and as a value of metadata. */
#include "test.h"

#include "base/metadata.h"

static const char *round_trip(const char *text, arena *a)
{
    kith_error err = {0};
    metadata m = {.memory = a};
    view out = {0};
    assert_ok(metadata_parse(view_of(text), &m, &err));
    assert_ok(metadata_to_json(&m, a, &out, &err));
    return out.data;
}

static void a_vector_is_written_as_it_was_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"v\":{\"#type\":\"sparse_vector\",\"indices\":[0,7,4294967295],\"values\":[0.1,-2.0,1e-"
        "40]}}",
        "{\"v\":{\"#type\":\"sparse_vector\",\"indices\":[3],\"values\":[1.5],\"tokens\":["
        "\"a\\\"b\"]},"
        "\"n\":1}",
        "{\"v\":{\"#type\":\"sparse_vector\",\"indices\":[],\"values\":[]}}",
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(round_trip(texts[i], &a), texts[i]);
    assert_string_equal(round_trip("{\"v\":{\"values\":[1],\"indices\":[2],\"tokens\":null,"
                                   "\"#type\":\"sparse_vector\"}}",
                                   &a),
                        "{\"v\":{\"#type\":\"sparse_vector\",\"indices\":[2],\"values\":[1.0]}}");
    arena_done(&a);
}

static void a_change_replaces_a_vector_or_removes_it(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_ok(metadata_parse(
        VIEW("{\"v\":{\"#type\":\"sparse_vector\",\"indices\":[1],\"values\":[1]}}"), &m, &err));
    assert_ok(metadata_merge(
        &m, VIEW("{\"v\":{\"#type\":\"sparse_vector\",\"indices\":[2],\"values\":[3]}}"), &err));
    const metadata_value *value = metadata_get(&m, VIEW("v"));
    assert_int_equal(value->kind, METADATA_SPARSE_VECTOR);
    assert_int_equal(value->sparse.count, 1);
    assert_int_equal(value->sparse.indices[0], 2);
    assert_ok(metadata_merge(&m, VIEW("{\"v\":null}"), &err));
    assert_int_equal(m.count, 0);
    arena_done(&a);
}

static void what_is_no_vector_is_refused_by_name(void **state)
{
    (void)state;
#define SPARSE(members) "{\"v\":{\"#type\":\"sparse_vector\"" members "}}"
    static const struct {
        const char *json, *words;
    } bad[] = {
        {"{\"v\":{\"#type\":\"other\"}}", "'v' is not a string"},
        {SPARSE(""), "'indices'"},
        {SPARSE(",\"indices\":1,\"values\":[]"), "'indices'"},
        {SPARSE(",\"indices\":[1]"), "'values'"},
        {SPARSE(",\"indices\":[1],\"values\":[]"), "1 indices and 0 values"},
        {SPARSE(",\"indices\":[2,2],\"values\":[1,1]"), "indices[1] is 2"},
        {SPARSE(",\"indices\":[-1],\"values\":[1]"), "indices[0]"},
        {SPARSE(",\"indices\":[4294967296],\"values\":[1]"), "indices[0]"},
        {SPARSE(",\"indices\":[1],\"values\":[1e39]"), "values[0]"},
        {SPARSE(",\"indices\":[1],\"values\":[null]"), "values[0]"},
        {SPARSE(",\"indices\":[1],\"values\":[1],\"tokens\":[1]"), "tokens[0]"},
        {SPARSE(",\"indices\":[1],\"values\":[1],\"tokens\":[]"), "'tokens'"},
        {SPARSE(",\"indices\":[1],\"values\":[1],\"more\":1"), "'more'"},
    };
#undef SPARSE
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kith_error err = {0};
        metadata m = {.memory = &a};
        assert_status(KITH_ERR_INVALID, metadata_parse(view_of(bad[i].json), &m, &err));
        if (!strstr(err.message, bad[i].words))
            fail_msg("'%s' is not in: %s", bad[i].words, err.message);
    }
    arena_done(&a);
}

static void the_longest_vector_is_read_and_no_longer_one(void **state)
{
    (void)state;
    arena a;
    buffer text;
    arena_init(&a, 0);
    for (uint32_t count = SPARSE_VECTOR_MAX; count <= SPARSE_VECTOR_MAX + 1; count++) {
        kith_error err = {0};
        const json_value *json = NULL;
        sparse_vector v = {0};
        buffer_init(&text, 1 << 20);
        buffer_append_text(&text, "{\"#type\":\"sparse_vector\",\"indices\":[0");
        for (uint32_t i = 1; i < count; i++)
            buffer_printf(&text, ",%u", i);
        buffer_append_text(&text, "],\"values\":[0");
        for (uint32_t i = 1; i < count; i++)
            buffer_append_text(&text, ",1");
        buffer_append_text(&text, "]}");
        assert_ok(json_parse(buffer_view(&text), 1 << 20, &a, &json, &err));
        assert_status(count > SPARSE_VECTOR_MAX ? KITH_ERR_LIMIT : KITH_OK,
                      sparse_vector_from_json(json, &a, &v, &err));
        buffer_done(&text);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector_is_written_as_it_was_read),
        cmocka_unit_test(a_change_replaces_a_vector_or_removes_it),
        cmocka_unit_test(what_is_no_vector_is_refused_by_name),
        cmocka_unit_test(the_longest_vector_is_read_and_no_longer_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
