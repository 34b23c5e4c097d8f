/* What a safetensors file may say, and what each fault in it gets. */
#include "test.h"

#include "tiny_model.h"

#include <math.h>

/* u64 header size, header, `data_bytes` bytes counting up from 0. */
static buffer file_of(const char *header, size_t data_bytes)
{
    buffer b;
    buffer_init(&b, 1 << 16);
    buffer_append_u64(&b, strlen(header));
    buffer_append_text(&b, header);
    for (size_t i = 0; i < data_bytes; i++)
        buffer_append_byte(&b, (char)i);
    return b;
}

static void assert_refused(view file, const char *word)
{
    kith_error err = {0};
    safetensors *s = NULL;
    assert_status(KITH_ERR_MODEL, open_bytes(file, &s, &err));
    assert_null(s);
    if (!strstr(err.message, word)) fail_msg("'%s' does not say '%s'", err.message, word);
}

#define T(name, dtype, shape, begin, end)                                                          \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end   \
    "]}"

static void tensors_are_found_with_shape_and_bytes(void **state)
{
    (void)state;
    kith_error err;
    safetensors *s = NULL;
    // In no order of position, with an empty tensor, a scalar, metadata and trailing spaces.
    buffer file =
        file_of("{" T("b", "F32", "[2,3]", "8", "32") "," T(
                    "a", "I64", "[1]", "0",
                    "8") ",\"__metadata__\":{\"format\":\"pt\"}," T("e", "F16", "[0,7]", "8",
                                                                    "8") "," T("s", "U8", "[]",
                                                                               "32", "33") "}   ",
                33);
    assert_ok(open_bytes(buffer_view(&file), &s, &err));
    const tensor *b = safetensors_find(s, "b");
    assert_non_null(b);
    assert_int_equal(TENSOR_F32, b->type);
    assert_int_equal(2, b->rank);
    assert_int_equal(2, b->shape[0]);
    assert_int_equal(3, b->shape[1]);
    assert_int_equal(6, b->count);
    assert_int_equal(24, b->bytes);
    assert_int_equal(file.size - 33 + 8, b->offset);
    assert_int_equal(TENSOR_I64, safetensors_find(s, "a")->type);
    assert_int_equal(0, safetensors_find(s, "e")->count);
    assert_int_equal(1, safetensors_find(s, "s")->count);
    assert_null(safetensors_find(s, "c"));
    assert_null(safetensors_find(s, "__metadata__"));
    safetensors_free(s);
    buffer_done(&file);
}

static void each_fault_of_a_header_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data_bytes;
        const char *word;
    } faults[] = {
        {"", 0, "'{'"},
        {"[]", 0, "'{'"},
        {" {}", 0, "'{'"},
        {"{", 0, "the header"},
        {"{} {}", 0, "the header"},
        {"{\"a\":1}", 0, "dtype"},
        {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "no dtype"},
        {"{" T("a", "F33", "[1]", "0", "4") "}", 4, "F33"},
        {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "no shape"},
        {"{" T("a", "F32", "[-1]", "0", "4") "}", 4, "sizes"},
        {"{" T("a", "F32", "[1.0]", "0", "4") "}", 4, "sizes"},
        {"{" T("a", "F32", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 4, "dimensions"},
        {"{" T("a", "F32", "[4294967296,4294967296]", "0", "4") "}", 4, "overflows"},
        {"{" T("a", "F32", "[4611686018427387904]", "0", "0") "}", 0, "asks for"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "data_offsets"},
        {"{" T("a", "F32", "[1]", "4", "0") "}", 4, "lies at"},
        {"{" T("a", "F32", "[1]", "0", "8") "}", 4, "lies at"},
        {"{" T("a", "F32", "[1]", "0", "18446744073709551615") "}", 4, "data_offsets"},
        {"{" T("a", "F32", "[2]", "0", "4") "}", 4, "asks for"},
        {"{" T("a", "F4", "[3]", "0", "1") "}", 1, "asks for"},
        {"{" T("a", "F32", "[1]", "0", "4") "," T("b", "F32", "[1]", "0", "4") "}", 4, "overlaps"},
        {"{" T("a", "F32", "[1]", "0", "4") "," T("b", "F32", "[1]", "8", "12") "}", 12, "hole"},
        {"{" T("a", "F32", "[1]", "0", "4") "}", 5, "follow the last"},
        {"{" T("a", "F32", "[1]", "0", "4") "," T("a", "F32", "[1]", "4", "8") "}", 8, "header"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "__metadata__"},
        {"{\"__metadata__\":[]}", 0, "__metadata__"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        buffer file = file_of(faults[i].header, faults[i].data_bytes);
        assert_refused(buffer_view(&file), faults[i].word);
        buffer_done(&file);
    }
}

static void a_header_longer_than_the_file_or_the_format_is_refused(void **state)
{
    (void)state;
    assert_refused(VIEW(""), "0 bytes");
    assert_refused(VIEW("1234567"), "7 bytes");
    buffer b;
    buffer_init(&b, 64);
    buffer_append_u64(&b, 3);
    buffer_append_text(&b, "{}");
    assert_refused(buffer_view(&b), "claims 3 bytes");
    buffer_reset(&b);
    buffer_append_u64(&b, UINT64_MAX);
    assert_refused(buffer_view(&b), "the format allows");
    buffer_reset(&b);
    buffer_append_u64(&b, 100000001);
    assert_refused(buffer_view(&b), "the format allows");
    buffer_done(&b);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    kith_error err;
    buffer file = file_of("{" T("a", "F32", "[2]", "0", "8") "}", 8);
    for (size_t cut = 0; cut < file.size; cut++) {
        safetensors *s = NULL;
        assert_status(KITH_ERR_MODEL, open_bytes((view){file.data, cut}, &s, &err));
    }
    buffer_done(&file);
}

/* One vector tensor of `type` over these bytes. */
static void read_all(const char *type, const void *bytes, size_t size, uint32_t count, float *out,
                     bool *finite)
{
    kith_error err;
    char header[128];
    buffer b;
    (void)snprintf(header, sizeof header,
                   "{\"a\":{\"dtype\":\"%s\",\"shape\":[%u],\"data_offsets\":[0,%zu]}}", type,
                   count, size);
    buffer_init(&b, 1 << 12);
    buffer_append_u64(&b, strlen(header));
    buffer_append_text(&b, header);
    buffer_append(&b, (view){bytes, size});
    safetensors *s = NULL;
    assert_ok(open_bytes(buffer_view(&b), &s, &err));
    assert_ok(tensor_read(safetensors_find(s, "a"), 0, count, out, &err));
    assert_ok(tensor_scan(safetensors_find(s, "a"), finite, &err));
    if (count > 2) {
        float part[2];
        assert_ok(tensor_read(safetensors_find(s, "a"), 1, 2, part, &err));
        assert_memory_equal(part, out + 1, sizeof part);
    }
    safetensors_free(s);
    buffer_done(&b);
}

static void halves_and_brain_floats_are_read_as_their_values(void **state)
{
    (void)state;
    // 1, -2, 65504 (largest half), 2^-24 (smallest), -0, 2^-14 (smallest normal half), 1/3 rounded
    static const uint16_t halves[] = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x0400, 0x3555};
    static const float values[] = {1, -2, 65504, 0x1p-24f, -0.0f, 0x1p-14f, 0x1.554p-2f};
    static const uint16_t brains[] = {0x3f80, 0xc000, 0x7f7f, 0x0001};
    static const float brain_values[] = {1, -2, 0x1.fep127f, 0x1p-133f};
    float out[7];
    bool finite = false;
    read_all("F16", halves, sizeof halves, 7, out, &finite);
    assert_memory_equal(values, out, sizeof values);
    assert_true(finite);
    read_all("BF16", brains, sizeof brains, 4, out, &finite);
    assert_memory_equal(brain_values, out, sizeof brain_values);
    assert_true(finite);
    read_all("F32", values, sizeof values, 7, out, &finite);
    assert_memory_equal(values, out, sizeof values);
    assert_true(finite);
}

static void nan_and_infinity_are_seen(void **state)
{
    (void)state;
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    static const uint16_t bad_halves[] = {0x7c00, 0xfc00, 0x7e00};
    static const uint16_t bad_brains[] = {0x7f80, 0xff80, 0x7fc0};
    for (size_t i = 0; i < 3; i++) {
        float values[3] = {1, bad[i], 2}, out[3];
        uint16_t halves[3] = {1, bad_halves[i], 2}, brains[3] = {1, bad_brains[i], 2};
        bool finite = true;
        read_all("F32", values, sizeof values, 3, out, &finite);
        assert_false(finite);
        read_all("F16", halves, sizeof halves, 3, out, &finite);
        assert_false(finite);
        assert_true(out[1] - out[1] != 0); // infinite or NaN
        read_all("BF16", brains, sizeof brains, 3, out, &finite);
        assert_false(finite);
        assert_true(out[1] - out[1] != 0); // infinite or NaN
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_found_with_shape_and_bytes),
        cmocka_unit_test(each_fault_of_a_header_is_named),
        cmocka_unit_test(a_header_longer_than_the_file_or_the_format_is_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(halves_and_brain_floats_are_read_as_their_values),
        cmocka_unit_test(nan_and_infinity_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
