/* Tests of UTF-8, views and status messages. */
#include "test.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "base/view.h"

static void every_scalar_value_round_trips(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        char bytes[4];
        uint32_t back = 0;
        size_t length = utf8_encode(c, bytes);
        assert_int_equal(utf8_decode(bytes, length, &back), length);
        assert_int_equal(back, c);
    }
}

static void ill_formed_sequences_are_found_where_they_start(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xE0\x80\x80",
        "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF",         "\xE2\x82",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "0123456789%s", bad[i]);
        view v = {text, (size_t)length};
        assert_false(utf8_is_valid(v));
        assert_int_equal(utf8_find_invalid(v), 10);
    }
}

/* The replacement practice of Unicode 15, section 3.9 (its own example). */
static void repair_replaces_each_maximal_subpart_once(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 100);
    size_t replaced =
        utf8_append_repaired(&out, VIEW("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"));
    assert_int_equal(replaced, 6);
    assert_string_equal(buffer_text(&out), "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
    buffer_done(&out);
}

static void counting_and_flooring_respect_code_points(void **state)
{
    (void)state;
    view v = VIEW("a\u00E9\u20AC\U0001F600z");
    assert_int_equal(utf8_count(v), 5);
    assert_int_equal(utf8_floor(v, 2), 1);
    assert_int_equal(utf8_floor(v, 9), 6);
    assert_int_equal(utf8_floor(v, 10), 10);
    assert_int_equal(utf8_floor(v, 99), v.size);
}

static void digits_are_a_number_up_to_a_maximum_or_none(void **state)
{
    (void)state;
    static const char *const NONE[] = {"",
                                       "-1",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1.0",
                                       "0x1",
                                       "101",
                                       "18446744073709551616",
                                       "99999999999999999999999999"};
    uint64_t value = 7;
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        assert_false(view_number(view_of(NONE[i]), 100, &value));
    assert_false(view_number(VIEW("18446744073709551616"), UINT64_MAX, &value));
    assert_int_equal(value, 7); // untouched
    assert_true(view_number(VIEW("0100"), 100, &value));
    assert_int_equal(value, 100);
    assert_true(view_number(VIEW("18446744073709551615"), UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_true(view_is_digits(VIEW("18446744073709551616")));
    assert_false(view_is_digits(VIEW("1a")));
    assert_false(view_is_digits(VIEW("")));
}

static void views_compare_and_search_as_bytes(void **state)
{
    (void)state;
    assert_true(view_compare(VIEW("ab"), VIEW("abc")) < 0);
    assert_true(view_compare(VIEW("b"), VIEW("abc")) > 0);
    assert_true(view_equal_nocase(VIEW("ReadMe"), VIEW("README")));
    assert_true(view_starts_with_nocase(VIEW("<?XML v"), VIEW("<?xml")));
    assert_false(view_starts_with_nocase(VIEW("<?x"), VIEW("<?xml")));
    assert_true(view_ends_with_nocase(VIEW("a.MD"), VIEW(".md")));
    assert_int_equal(view_find(VIEW("hello"), VIEW("ll")), 2);
    assert_int_equal(view_find(VIEW("hello"), VIEW("x")), 5);
    view trimmed = view_trim(VIEW(" \t x y \n"));
    assert_true(view_equal(trimmed, VIEW("x y")));
}

static void lines_of_a_text_follow_one_another(void **state)
{
    (void)state;
    static const char *const LINES[] = {"a", "", "b\r", "c"};
    view text = VIEW("a\n\nb\r\nc");
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_true(at < text.size);
        assert_true(view_equal(view_next_line(text, &at), view_of(LINES[i])));
    }
    assert_int_equal(at, text.size);
    text = VIEW("x\n");
    at = 0;
    assert_true(view_equal(view_next_line(text, &at), VIEW("x")));
    assert_int_equal(at, 2);
    assert_int_equal(view_next_line(text, &at).size, 0);
    assert_int_equal(at, 2);
    at = 0;
    assert_int_equal(view_next_line((view){NULL, 0}, &at).size, 0);
    assert_int_equal(at, 0);
}

static void a_failure_carries_its_code_and_context(void **state)
{
    (void)state;
    kith_error err;
    assert_int_equal(fail(&err, KITH_ERR_LIMIT, "%d is too many", 7), KITH_ERR_LIMIT);
    assert_int_equal(fail_context(&err, KITH_ERR_LIMIT, "point %d", 3), KITH_ERR_LIMIT);
    assert_string_equal(err.message, "point 3: 7 is too many");
    assert_int_equal(fail(NULL, KITH_ERR_IO, "nobody listens"), KITH_ERR_IO);
    assert_string_equal(kith_status_name(KITH_ERR_NOT_FOUND), "not found");
    assert_string_equal(kith_status_name((kith_status)99), "unknown");
}

static void hashes_chain_by_their_seed(void **state)
{
    (void)state;
    // XXH3-64 of the empty input with seed 0, from the xxHash specification.
    assert_true(hash64((view){NULL, 0}, 0) == UINT64_C(0x2d06800538d394c2));
    assert_true(hash64(VIEW("b"), hash64(VIEW("a"), 0)) != hash64(VIEW("a"), hash64(VIEW("b"), 0)));
    char hex[33];
    hash128_hex(hash128_of((view){NULL, 0}, 0), hex);
    assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_are_a_number_up_to_a_maximum_or_none),
        cmocka_unit_test(every_scalar_value_round_trips),
        cmocka_unit_test(ill_formed_sequences_are_found_where_they_start),
        cmocka_unit_test(repair_replaces_each_maximal_subpart_once),
        cmocka_unit_test(counting_and_flooring_respect_code_points),
        cmocka_unit_test(views_compare_and_search_as_bytes),
        cmocka_unit_test(lines_of_a_text_follow_one_another),
        cmocka_unit_test(a_failure_carries_its_code_and_context),
        cmocka_unit_test(hashes_chain_by_their_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
