#include "test.h"

#include "cli/snippet.h"

static buffer out;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&out, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_done(&out);
    return 0;
}

static const char *snippet(uint32_t width, bool color, const char *content, const char *query)
{
    terminal t = {.width = width, .color = color, .is_tty = color};
    buffer_reset(&out);
    snippet_append(&t, &out, view_of(content), view_of(query));
    return buffer_text(&out);
}

static void short_content_is_shown_whole(void **state)
{
    (void)state;
    assert_string_equal(snippet(40, false, "Keys rotate daily.", "keys"),
                        "    Keys rotate daily.\n");
    assert_string_equal(snippet(40, false, "", "keys"), "    \n");
}

static void words_of_the_query_are_marked_whatever_their_case(void **state)
{
    (void)state;
    assert_string_equal(snippet(60, true, "Keys rotate, monkeys do not.", "do the KEYS"),
                        "    \x1b[1mKeys\x1b[0m rotate, monkeys do not.\n");
}

static buffer content;

static void repeat(int times, const char *text)
{
    for (int i = 0; i < times; i++)
        buffer_append_text(&content, text);
}

static void long_content_starts_where_the_words_stand_together(void **state)
{
    (void)state;
    buffer_init(&content, 1 << 16);
    repeat(40, "filler words and keys alone. ");
    repeat(1, "The signing keys rotate daily. ");
    repeat(20, "more filler. ");
    const char *got = snippet(60, false, buffer_text(&content), "signing keys rotate");
    assert_non_null(strstr(got, "The signing keys rotate daily."));
    assert_int_equal(strncmp(got, "    ... ", 8), 0);
    buffer_done(&content);
}

static void at_most_three_lines_are_shown(void **state)
{
    (void)state;
    buffer_init(&content, 1 << 16);
    repeat(100, "word ");
    const char *got = snippet(40, false, buffer_text(&content), "nothing");
    int lines = 0;
    for (const char *p = got; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, SNIPPET_LINES);
    assert_non_null(strstr(got, " ...\n"));
    buffer_done(&content);
}

static void content_cannot_command_the_terminal(void **state)
{
    (void)state;
    assert_string_equal(snippet(60, true, "a\x1b]0;title\x07", "x"), "    a␛]0;title␇\n");
}

static void content_of_one_endless_word_ends(void **state)
{
    (void)state;
    char word[5000];
    memset(word, 'x', sizeof word);
    word[4999] = 0;
    const char *got = snippet(20, false, word, "xx");
    assert_true(strlen(got) < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_content_is_shown_whole),
        cmocka_unit_test(words_of_the_query_are_marked_whatever_their_case),
        cmocka_unit_test(long_content_starts_where_the_words_stand_together),
        cmocka_unit_test(at_most_three_lines_are_shown),
        cmocka_unit_test(content_cannot_command_the_terminal),
        cmocka_unit_test(content_of_one_endless_word_ends),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
