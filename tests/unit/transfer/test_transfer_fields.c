/* test_transfer_fields.c - members of a line's object, each held to its kind and range. */
#include "test.h"

#include "base/base64.h"
#include "transfer/line_fields.h"

#include <kith/types.h>

static arena memory;

static int begin(void **state)
{
    (void)state;
    arena_init(&memory, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&memory);
    return 0;
}

static const json_value *parsed(const char *text)
{
    kith_error err = {0};
    const json_value *value = NULL;
    assert_ok(json_parse(view_of(text), 1 << 20, &memory, &value, &err));
    return value;
}

static void unknown_members_and_other_kinds_are_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    static const char *const allowed[] = {"a", "b", NULL};
    assert_ok(fields_check(parsed("{\"b\":1}"), "x", allowed, &err));
    assert_ok(fields_check(parsed("{}"), "x", allowed, &err));
    assert_status(KITH_ERR_FORMAT, fields_check(parsed("{\"c\":1}"), "x", allowed, &err));
    assert_non_null(strstr(err.message, "'c'"));
    assert_status(KITH_ERR_FORMAT, fields_check(parsed("[]"), "x", allowed, &err));
}

static void a_text_is_a_string_without_a_nul(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *text = "before";
    const json_value *o = parsed("{\"t\":\"\",\"n\":null,\"i\":1,\"z\":\"a\\u0000\"}");
    assert_ok(fields_text(o, "t", false, &text, &err));
    assert_string_equal(text, "");
    assert_ok(fields_text(o, "n", true, &text, &err));
    assert_null(text);
    assert_ok(fields_text(o, "absent", true, &text, &err));
    assert_status(KITH_ERR_FORMAT, fields_text(o, "n", false, &text, &err));
    assert_status(KITH_ERR_FORMAT, fields_text(o, "absent", false, &text, &err));
    assert_status(KITH_ERR_FORMAT, fields_text(o, "i", true, &text, &err));
    assert_status(KITH_ERR_FORMAT, fields_text(o, "z", true, &text, &err));
}

static void a_count_is_an_integer_in_its_range(void **state)
{
    (void)state;
    kith_error err = {0};
    uint64_t count = 99;
    const json_value *o = parsed("{\"a\":7,\"b\":8,\"c\":-1,\"d\":1.0,\"e\":\"1\"}");
    assert_ok(fields_count(o, "a", 7, &count, &err));
    assert_int_equal(count, 7);
    assert_status(KITH_ERR_LIMIT, fields_count(o, "b", 7, &count, &err));
    assert_status(KITH_ERR_FORMAT, fields_count(o, "c", 7, &count, &err));
    assert_status(KITH_ERR_FORMAT, fields_count(o, "d", 7, &count, &err));
    assert_status(KITH_ERR_FORMAT, fields_count(o, "e", 7, &count, &err));
    assert_status(KITH_ERR_FORMAT, fields_count(o, "f", 7, &count, &err));
}

static void an_object_keeps_its_order_and_its_kinds_of_numbers(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *json = NULL;
    const json_value *o = parsed("{\"m\":{\"z\":1.0,\"a\":[1,2.5]},\"n\":null,\"l\":[]}");
    assert_ok(fields_object(o, "m", &memory, &json, &err));
    assert_string_equal(json, "{\"z\":1.0,\"a\":[1,2.5]}");
    assert_ok(fields_object(o, "n", &memory, &json, &err));
    assert_null(json);
    assert_status(KITH_ERR_FORMAT, fields_object(o, "l", &memory, &json, &err));
}

static const json_value *vector_of(const void *bytes, size_t size)
{
    buffer text;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, "{\"v\":\"");
    base64_append(&text, (view){bytes, size});
    buffer_append_text(&text, "\"}");
    const json_value *o = parsed(buffer_text(&text));
    buffer_done(&text);
    return o;
}

static void a_vector_keeps_its_bits(void **state)
{
    (void)state;
    kith_error err = {0};
    const float numbers[] = {-0.0F, 1e-45F, 3.4e38F, 0.1F};
    const float *got = NULL;
    uint32_t dimension = 0;
    assert_ok(
        fields_vector(vector_of(numbers, sizeof numbers), "v", &memory, &got, &dimension, &err));
    assert_int_equal(dimension, 4);
    assert_memory_equal(got, numbers, sizeof numbers);
}

static void what_is_no_vector_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    const float *got = NULL;
    uint32_t dimension = 0;
    static const float wide[KITH_DIMENSION_MAX + 1];
    assert_ok(fields_vector(vector_of(wide, sizeof wide - sizeof wide[0]), "v", &memory, &got,
                            &dimension, &err));
    assert_status(KITH_ERR_LIMIT, fields_vector(vector_of(wide, sizeof wide), "v", &memory, &got,
                                                &dimension, &err));
    assert_status(KITH_ERR_FORMAT,
                  fields_vector(vector_of(wide, 3), "v", &memory, &got, &dimension, &err));
    assert_status(KITH_ERR_FORMAT,
                  fields_vector(vector_of(wide, 0), "v", &memory, &got, &dimension, &err));
    assert_status(KITH_ERR_FORMAT,
                  fields_vector(parsed("{\"v\":\"AA\"}"), "v", &memory, &got, &dimension, &err));
    assert_status(KITH_ERR_FORMAT,
                  fields_vector(parsed("{\"v\":[1]}"), "v", &memory, &got, &dimension, &err));
    assert_status(KITH_ERR_FORMAT,
                  fields_vector(parsed("{}"), "v", &memory, &got, &dimension, &err));
}

static void bytes_hold_what_is_no_utf8(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *bytes = NULL;
    assert_ok(fields_bytes(vector_of("a\xff", 2), "v", &memory, &bytes, &err));
    assert_string_equal(bytes, "a\xff");
    assert_status(KITH_ERR_FORMAT, fields_bytes(vector_of("a\0b", 3), "v", &memory, &bytes, &err));
    assert_ok(fields_bytes(parsed("{}"), "v", &memory, &bytes, &err));
    assert_null(bytes);
}

#define with_memory(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_memory(unknown_members_and_other_kinds_are_refused),
        with_memory(a_text_is_a_string_without_a_nul),
        with_memory(a_count_is_an_integer_in_its_range),
        with_memory(an_object_keeps_its_order_and_its_kinds_of_numbers),
        with_memory(a_vector_keeps_its_bits),
        with_memory(what_is_no_vector_is_refused),
        with_memory(bytes_hold_what_is_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
