/* test_base_base64.c - base64 by the examples of RFC 4648, and what is none. */
#include "test.h"

#include "base/base64.h"
#include "base/rng.h"

/* RFC 4648, section 10, and two that use all of the alphabet's last characters. */
static const struct {
    const char *bytes, *text;
} known[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static void the_examples_of_the_rfc_hold_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        unsigned char decoded[16];
        size_t size = 99;
        assert_true(base64_decode(view_of(known[i].text), decoded, &size));
        assert_int_equal(size, strlen(known[i].bytes));
        assert_memory_equal(decoded, known[i].bytes, size);
        buffer out;
        buffer_init(&out, 100);
        base64_append(&out, view_of(known[i].bytes));
        assert_string_equal(buffer_text(&out), known[i].text);
        buffer_done(&out);
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",  "Zg==Zg==", "Z===", "====",       "Zm9-",
        "Zm9 ", "Zh==", "Zm9=", "=m9v",     "Z=9v", "\xc3\xa9zz", "Zm9v\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        unsigned char decoded[16];
        size_t size = 99;
        if (base64_decode(view_of(bad[i]), decoded, &size)) fail_msg("took '%s'", bad[i]);
    }
}

static void random_bytes_come_back(void **state)
{
    (void)state;
    unsigned char bytes[300], decoded[300];
    rng random = {20261129};
    for (size_t size = 0; size < sizeof bytes; size++) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)rng_next(&random);
        buffer out;
        buffer_init(&out, 1000);
        base64_append(&out, (view){(const char *)bytes, size});
        size_t again = 0;
        assert_true(base64_decoded_max(out.size) <= size + 2);
        assert_true(base64_decode(buffer_view(&out), decoded, &again));
        assert_int_equal(again, size);
        assert_memory_equal(decoded, bytes, size);
        buffer_done(&out);
    }
}

static void a_full_buffer_fails_whole(void **state)
{
    (void)state;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 7);
    base64_append(&out, VIEW("fooba"));
    assert_int_equal(out.size, 0);
    assert_status(KITH_ERR_LIMIT, buffer_status(&out, "the text", &err));
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfc_hold_both_ways),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(a_full_buffer_fails_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
