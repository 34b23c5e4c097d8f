/* Encodings: what is detected, what it decodes to, what is lost and counted. Oracle: iconv. */
#include "test.h"

#include "base/rng.h"
#include "base/utf8.h"
#include "extract/encoding.h"

#include <iconv.h>

#define BYTES(literal) ((view){(literal), sizeof(literal) - 1})

static void expect(view bytes, text_encoding encoding, const char *text, size_t replaced)
{
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_encoding found = ENCODING_BINARY;
    size_t lost = 99;
    assert_ok(text_decode(bytes, &out, &found, &lost, &err));
    assert_string_equal(text_encoding_name(found), text_encoding_name(encoding));
    assert_string_equal(buffer_text(&out), text);
    assert_int_equal(out.size, strlen(text));
    assert_int_equal(lost, replaced);
    buffer_done(&out);
}

static void utf8_with_and_without_a_mark_is_utf8(void **state)
{
    (void)state;
    expect(BYTES(""), ENCODING_UTF8, "", 0);
    expect(BYTES("plain"), ENCODING_UTF8, "plain", 0);
    expect(BYTES("\xEF\xBB\xBFgr\xC3\xBC\xC3\x9F"), ENCODING_UTF8, "gr\xC3\xBC\xC3\x9F", 0);
    expect(BYTES("\xE4\xB8\xAD\xF0\x9F\x98\x80"), ENCODING_UTF8, "\xE4\xB8\xAD\xF0\x9F\x98\x80", 0);
}

static void utf16_with_a_mark_is_decoded(void **state)
{
    (void)state;
    expect(BYTES("\xFF\xFEh\0i\0\x2D\x4E"), ENCODING_UTF16LE, "hi\xE4\xB8\xAD", 0);
    expect(BYTES("\xFE\xFF\0h\0i\x4E\x2D"), ENCODING_UTF16BE, "hi\xE4\xB8\xAD", 0);
    expect(BYTES("\xFF\xFE\x3D\xD8\x00\xDE"), ENCODING_UTF16LE, "\xF0\x9F\x98\x80", 0);
}

static void utf16_without_a_mark_is_found_by_its_nul_bytes(void **state)
{
    (void)state;
    expect(BYTES("h\0e\0l\0l\0o\0\n\0"), ENCODING_UTF16LE, "hello\n", 0);
    expect(BYTES("\0h\0e\0l\0l\0o\0\n"), ENCODING_UTF16BE, "hello\n", 0);
}

static void broken_utf16_is_replaced_and_counted(void **state)
{
    (void)state;
    char text[400] = "\xFF\xFE";
    for (size_t i = 2; i < sizeof text; i += 2)
        text[i] = 'a';
    text[100] = 0x00; // a high surrogate alone
    text[101] = (char)0xD8;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_encoding found;
    size_t lost = 0;
    assert_ok(text_decode((view){text, 399}, &out, &found, &lost, &err));
    assert_int_equal(found, ENCODING_UTF16LE);
    assert_int_equal(lost, 2); // and the odd byte at the end
    assert_true(utf8_is_valid(buffer_view(&out)));
    buffer_done(&out);
}

static void latin1_is_read_as_windows_1252(void **state)
{
    (void)state;
    expect(BYTES("caf\xE9"), ENCODING_LATIN1, "caf\xC3\xA9", 0);
    expect(BYTES("\x93quoted\x94 \x80 5"), ENCODING_LATIN1,
           "\xE2\x80\x9Cquoted\xE2\x80\x9D \xE2\x82\xAC 5", 0);
    expect(BYTES("undefined \x81"), ENCODING_LATIN1, "undefined \xEF\xBF\xBD", 1);
}

static void every_windows_1252_byte_is_what_iconv_says(void **state)
{
    (void)state;
    iconv_t converter = iconv_open("UTF-8", "WINDOWS-1252");
    assert_true(converter != (iconv_t)-1);
    for (int byte = 0x80; byte < 0x100; byte++) {
        char in[] = {(char)byte, 0}, expected[8] = {0};
        char *from = in, *to = expected;
        size_t in_size = 1, out_size = sizeof expected;
        bool defined = iconv(converter, &from, &in_size, &to, &out_size) != (size_t)-1;
        expect((view){in, 1}, ENCODING_LATIN1, defined ? expected : "\xEF\xBF\xBD", !defined);
        iconv(converter, NULL, NULL, NULL, NULL);
    }
    iconv_close(converter);
}

static void a_few_invalid_bytes_in_much_utf8_are_replaced_and_counted(void **state)
{
    (void)state;
    expect(BYTES("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F \xFF \xC3\xA9"), ENCODING_UTF8,
           "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F \xEF\xBF\xBD \xC3\xA9", 1);
}

static void a_stray_nul_in_text_is_replaced_and_counted(void **state)
{
    (void)state;
    char text[200];
    memset(text, 'a', sizeof text);
    text[77] = 0;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_encoding found;
    size_t lost = 0;
    assert_ok(text_decode((view){text, sizeof text}, &out, &found, &lost, &err));
    assert_int_equal(found, ENCODING_UTF8);
    assert_int_equal(lost, 1);
    assert_null(memchr(out.data, 0, out.size));
    buffer_done(&out);
}

static void random_bytes_and_programs_are_binary(void **state)
{
    (void)state;
    rng r = {7};
    char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)rng_next(&r);
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_encoding found;
    size_t lost = 0;
    assert_int_equal(text_encoding_detect((view){bytes, sizeof bytes}), ENCODING_BINARY);
    assert_status(KITH_ERR_UNSUPPORTED,
                  text_decode((view){bytes, sizeof bytes}, &out, &found, &lost, &err));
    assert_string_equal(err.message, "binary file");
    memcpy(bytes, "\xFF\xFE", 2); // a mark does not make it text
    assert_int_equal(text_encoding_detect((view){bytes, sizeof bytes}), ENCODING_BINARY);
    assert_int_equal(text_encoding_detect(BYTES("\xFF\xFE\0\0h\0\0\0")), ENCODING_BINARY);
    FILE *program = fopen("/proc/self/exe", "rb");
    size_t size = fread(bytes, 1, sizeof bytes, program);
    fclose(program);
    assert_int_equal(text_encoding_detect((view){bytes, size}), ENCODING_BINARY);
    buffer_done(&out);
}

static void text_that_does_not_fit_the_buffer_is_an_error(void **state)
{
    (void)state;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 4);
    text_encoding found;
    size_t lost = 0;
    assert_status(KITH_ERR_LIMIT,
                  text_decode(BYTES("\xE9\xE9\xE9"), &out, &found, &lost, &err)); // six bytes
    assert_int_equal(out.size, 0);
    buffer_done(&out);
}

static void any_bytes_decode_to_valid_utf8_without_nul(void **state)
{
    (void)state;
    rng r = {11};
    for (int i = 0; i < 3000; i++) {
        char bytes[64];
        size_t size = rng_below(&r, sizeof bytes);
        uint32_t spread = 1 + rng_below(&r, 256);
        for (size_t k = 0; k < size; k++)
            bytes[k] = (char)(rng_below(&r, 4) ? 'a' + rng_below(&r, 26) : rng_below(&r, spread));
        kith_error err = {0};
        buffer out;
        buffer_init(&out, 1 << 20);
        text_encoding found;
        size_t lost = 0;
        if (text_decode((view){bytes, size}, &out, &found, &lost, &err) == KITH_OK) {
            assert_true(utf8_is_valid(buffer_view(&out)));
            assert_true(out.size == 0 || !memchr(out.data, 0, out.size));
        }
        buffer_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_with_and_without_a_mark_is_utf8),
        cmocka_unit_test(utf16_with_a_mark_is_decoded),
        cmocka_unit_test(utf16_without_a_mark_is_found_by_its_nul_bytes),
        cmocka_unit_test(broken_utf16_is_replaced_and_counted),
        cmocka_unit_test(latin1_is_read_as_windows_1252),
        cmocka_unit_test(every_windows_1252_byte_is_what_iconv_says),
        cmocka_unit_test(a_few_invalid_bytes_in_much_utf8_are_replaced_and_counted),
        cmocka_unit_test(a_stray_nul_in_text_is_replaced_and_counted),
        cmocka_unit_test(random_bytes_and_programs_are_binary),
        cmocka_unit_test(text_that_does_not_fit_the_buffer_is_an_error),
        cmocka_unit_test(any_bytes_decode_to_valid_utf8_without_nul),
    };
    return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
