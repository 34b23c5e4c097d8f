#include "test.h"

#include "cli/terminal.h"

#include <unistd.h>

static buffer out;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&out, 1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_done(&out);
    return 0;
}

static const char *cleaned(const char *text, bool one_line)
{
    buffer_reset(&out);
    terminal_clean(&out, view_of(text), one_line);
    return buffer_text(&out);
}

static const char *wrapped(const char *text, wrapping w)
{
    buffer_reset(&out);
    terminal_wrap(&out, view_of(text), &w);
    return buffer_text(&out);
}

static void escapes_become_pictures(void **state)
{
    (void)state;
    assert_string_equal(cleaned("a\x1b[31mred\x07\r\x7f", false), "a␛[31mred␇␍␡");
}

static void eight_bit_and_bidirectional_controls_are_replaced(void **state)
{
    (void)state;
    assert_string_equal(cleaned("a\xc2\x9b"
                                "31m",
                                false),
                        "a\xef\xbf\xbd"
                        "31m");
    assert_string_equal(cleaned("x\xe2\x80\xaey\xe2\x81\xa6z", false),
                        "x\xef\xbf\xbdy\xef\xbf\xbdz");
}

static void invalid_bytes_are_replaced(void **state)
{
    (void)state;
    assert_string_equal(cleaned("caf\xe9!", false), "caf\xef\xbf\xbd!");
}

static void text_stays_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(cleaned("naïve 日本\n\t👍", false), "naïve 日本\n\t👍");
    assert_string_equal(cleaned("a\nb\tc", true), "a b c");
}

static void a_nul_byte_does_not_end_the_text(void **state)
{
    (void)state;
    buffer_reset(&out);
    terminal_clean(&out, (view){"a\0b", 3}, false);
    assert_string_equal(buffer_text(&out), "a␀b");
}

static void wide_and_combining_characters_count_their_columns(void **state)
{
    (void)state;
    assert_int_equal(terminal_columns(VIEW("abc")), 3);
    assert_int_equal(terminal_columns(VIEW("日本")), 4);
    assert_int_equal(terminal_columns(VIEW("e\xcc\x81")), 1);
    assert_int_equal(terminal_fit(VIEW("日本"), 3), 3);
    assert_int_equal(terminal_fit(VIEW("abc"), 2), 2);
}

static void words_are_filled_into_lines(void **state)
{
    (void)state;
    assert_string_equal(wrapped("one two  three\nfour", (wrapping){.width = 9, .indent = 2}),
                        "one two\n  three\n  four");
    assert_string_equal(wrapped("", (wrapping){.width = 9}), "");
    assert_string_equal(wrapped("  \n ", (wrapping){.width = 9}), "");
    assert_string_equal(wrapped("ab cd", (wrapping){.width = 9, .first = 6, .indent = 1}),
                        "ab\n cd");
}

static void a_line_may_be_filled_to_the_last_column(void **state)
{
    (void)state;
    assert_string_equal(wrapped("ab cd ef", (wrapping){.width = 5}), "ab cd\nef");
}

static void a_long_word_is_broken(void **state)
{
    (void)state;
    assert_string_equal(wrapped("abcdefgh x", (wrapping){.width = 3}), "abc\ndef\ngh\nx");
    assert_string_equal(wrapped("a 日本語", (wrapping){.width = 5}), "a\n日本\n語");
}

static void a_width_of_nothing_still_ends(void **state)
{
    (void)state;
    assert_string_equal(wrapped("日", (wrapping){.width = 1}), "日");
    assert_string_equal(wrapped("ab", (wrapping){.width = 0, .indent = 3}), "\n   ab");
}

static void what_is_left_over_becomes_dots(void **state)
{
    (void)state;
    assert_string_equal(wrapped("one two three four five", (wrapping){.width = 10, .max_lines = 2}),
                        "one two\nthree ...");
}

static void styles_are_written_only_where_colour_is_taken(void **state)
{
    (void)state;
    terminal plain = {.width = 80}, colored = {.width = 80, .color = true};
    buffer_reset(&out);
    terminal_style(&plain, &out, STYLE_BOLD, VIEW("x"));
    assert_string_equal(buffer_text(&out), "x");
    buffer_reset(&out);
    terminal_style(&colored, &out, STYLE_BOLD, VIEW("x"));
    assert_string_equal(buffer_text(&out), "\x1b[1mx\x1b[0m");
}

static void a_link_needs_colour_and_a_file(void **state)
{
    (void)state;
    terminal plain = {.width = 80}, colored = {.width = 80, .color = true};
    buffer_reset(&out);
    terminal_link(&plain, &out, "/dev/null", VIEW("x"));
    assert_string_equal(buffer_text(&out), "x");
    buffer_reset(&out);
    terminal_link(&colored, &out, "/no/such/file", VIEW("x"));
    assert_string_equal(buffer_text(&out), "x");
    buffer_reset(&out);
    terminal_link(&colored, &out, "/dev/null", VIEW("x"));
    assert_string_equal(buffer_text(&out), "\x1b]8;;file:///dev/null\x1b\\x\x1b]8;;\x1b\\");
}

static void a_pipe_is_no_terminal(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    terminal t = terminal_of(ends[1], false);
    assert_false(t.is_tty);
    assert_false(t.color);
    assert_int_equal(t.width, 80);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_become_pictures),
        cmocka_unit_test(eight_bit_and_bidirectional_controls_are_replaced),
        cmocka_unit_test(invalid_bytes_are_replaced),
        cmocka_unit_test(text_stays_as_it_is),
        cmocka_unit_test(a_nul_byte_does_not_end_the_text),
        cmocka_unit_test(wide_and_combining_characters_count_their_columns),
        cmocka_unit_test(words_are_filled_into_lines),
        cmocka_unit_test(a_line_may_be_filled_to_the_last_column),
        cmocka_unit_test(a_long_word_is_broken),
        cmocka_unit_test(a_width_of_nothing_still_ends),
        cmocka_unit_test(what_is_left_over_becomes_dots),
        cmocka_unit_test(styles_are_written_only_where_colour_is_taken),
        cmocka_unit_test(a_link_needs_colour_and_a_file),
        cmocka_unit_test(a_pipe_is_no_terminal),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
