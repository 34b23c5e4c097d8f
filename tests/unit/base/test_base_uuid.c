/* test_base_uuid.c - the text of a uuid, and which texts are one. */
#include "test.h"

#include "base/uuid.h"
#include "os/random.h"

static const unsigned char ascending[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                            0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static void random_bytes_become_version_4(void **state)
{
    (void)state;
    char text[UUID_TEXT_BYTES + 1];
    uuid id = uuid_of_random(ascending);
    uuid_format(&id, text);
    assert_string_equal(text, "00112233-4455-4677-8899-aabbccddeeff");
    unsigned char ones[16];
    memset(ones, 0xff, sizeof ones);
    id = uuid_of_random(ones);
    uuid_format(&id, text);
    assert_string_equal(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

static void a_text_is_read_in_either_case(void **state)
{
    (void)state;
    uuid id = {{0}};
    assert_true(uuid_parse(VIEW("00112233-4455-6677-8899-aAbBcCdDeEfF"), &id));
    assert_memory_equal(id.bytes, ascending, sizeof ascending);
}

static void any_other_text_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "00112233-4455-6677-8899-aabbccddeef",
                                      "00112233-4455-6677-8899-aabbccddeefff",
                                      "00112233-4455-6677-8899-aabbccddeefg",
                                      "0011223-34455-6677-8899-aabbccddeeff",
                                      "00112233445566778899aabbccddeeff----",
                                      "{0112233-4455-6677-8899-aabbccddeef}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uuid id = {{7}};
        assert_false(uuid_parse(view_of(bad[i]), &id));
        assert_int_equal(id.bytes[0], 7);
    }
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        unsigned char random[16];
        char text[UUID_TEXT_BYTES + 1];
        kith_error err = {0};
        assert_ok(random_bytes(random, sizeof random, &err));
        uuid id = uuid_of_random(random), again = {{0}};
        uuid_format(&id, text);
        assert_true(uuid_parse(view_of(text), &again));
        assert_memory_equal(id.bytes, again.bytes, sizeof id.bytes);
        assert_int_equal(text[14], '4');
        assert_non_null(strchr("89ab", text[19]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_become_version_4),
        cmocka_unit_test(a_text_is_read_in_either_case),
        cmocka_unit_test(any_other_text_is_refused),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
