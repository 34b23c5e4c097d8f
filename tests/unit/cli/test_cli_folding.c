/* Text folded into the lines of a terminal, whatever pieces it comes in. */
#include "test.h"

#include "cli/folding.h"

static void expect(uint32_t width, const char *text, const char *expected)
{
    for (size_t piece = 1; piece < 8; piece++) { // of ASCII, or whole characters of three bytes
        folding f;
        buffer out;
        buffer_init(&out, 1 << 16);
        folding_init(&f, width, 2);
        view all = view_of(text);
        size_t step = (unsigned char)text[0] > 0x7F ? 3 * piece : piece;
        for (size_t at = 0; at < all.size; at += step)
            folding_append(&f, &out,
                           view_slice(all, at, at + step < all.size ? at + step : all.size));
        folding_end(&f, &out);
        folding_done(&f);
        assert_string_equal(buffer_text(&out), expected);
        buffer_done(&out);
    }
}

static void lines_end_between_words(void **state)
{
    (void)state;
    expect(20, "The bearings of the bridge wear out.", "The bearings of the\n  bridge wear out.");
    expect(19, "The bearings of the bridge", "The bearings of the\n  bridge");
    expect(80, "The bearings of the bridge", "The bearings of the bridge");
    expect(0, "The bearings of the bridge", "The bearings of the bridge");
}

static void line_ends_and_indents_of_the_text_stay(void **state)
{
    (void)state;
    expect(20, "One:\n  - two  three\n\nfour", "One:\n  - two  three\n\nfour");
}

static void a_word_wider_than_a_line_is_not_broken(void **state)
{
    (void)state;
    expect(20, "see /home/ann/notes/about/bridges.md there",
           "see\n  /home/ann/notes/about/bridges.md\n  there");
}

static void wide_characters_are_broken_anywhere(void **state)
{
    (void)state;
    expect(6, "\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x81\xAE\xE6\xA9\x8B",
           "\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x81\xAE\n  \xE6\xA9\x8B");
}

static void colours_take_no_columns(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1 << 16);
    folding_whole(&out, VIEW("\x1b[31mone two\x1b[0m three"), 13, 0);
    assert_string_equal(buffer_text(&out), "\x1b[31mone two\x1b[0m three");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_between_words),
        cmocka_unit_test(line_ends_and_indents_of_the_text_stay),
        cmocka_unit_test(a_word_wider_than_a_line_is_not_broken),
        cmocka_unit_test(wide_characters_are_broken_anywhere),
        cmocka_unit_test(colours_take_no_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
