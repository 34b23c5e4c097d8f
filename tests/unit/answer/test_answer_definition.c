/* Questions what a thing is, and texts that say it. */
#include "test.h"

#include "answer/definition.h"

static void check_asked(const char *question, const char *thing)
{
    view asked = definition_asked(view_of(question));
    if (!view_equal(asked, view_of(thing))) fail_msg("'%.*s' of '%s'", VIEW_ARG(asked), question);
}

static void the_thing_is_asked_for_in_several_languages(void **state)
{
    (void)state;
    check_asked("What is gzip?", "gzip");
    check_asked("What is a hard link?", "hard link");
    check_asked("what's the booth number", "booth number");
    check_asked("Was ist ein Hard Link?", "Hard Link");
    check_asked("\xC2\xBFQu\xC3\xA9 es una caldera?", "caldera");
    check_asked("Qu'est-ce qu'une carte ?", "carte");
    check_asked("Who was Ada Brook?", "Ada Brook");
    check_asked("What does gzip do?", "");
    check_asked("What is the difference between one thing and the other?", "");
    check_asked("What is", "");
    check_asked("What is ?", "");
    check_asked("", "");
}

static void check_text(const char *text, const char *thing, definition_strength strength)
{
    if (definition_of(view_of(text), view_of(thing)) != strength) fail_msg("'%s'", text);
}

static void a_text_says_what_a_thing_is(void **state)
{
    (void)state;
    check_text("gzip, gunzip, zcat - compress or expand files", "gzip", DEFINITION_IS);
    check_text("df - report file system space usage", "df", DEFINITION_IS);
    check_text("A hard link is another name of a file.", "hard link", DEFINITION_IS);
    check_text("A **hard link** is another name of a file.", "hard link", DEFINITION_IS);
    check_text("The Lempel-Ziv code (LZ77) is old.", "lempel-ziv code", DEFINITION_IS);
    check_text("The gzip command reduces the size.", "gzip", DEFINITION_DOES);
    check_text("The gzip program is old.", "gzip", DEFINITION_IS);
    check_text("bzip2 compresses files.", "bzip2", DEFINITION_DOES);
    check_text("Snapshot: what is kept of a day.", "snapshot", DEFINITION_IS);
    check_text("gzip with an option", "gzip", DEFINITION_NONE);
    check_text("gzipped files are small", "gzip", DEFINITION_NONE);
    check_text("file: not in gzip format", "gzip", DEFINITION_NONE);
    check_text("gzip never runs - it waits", "gzip", DEFINITION_NONE);
    check_text("", "gzip", DEFINITION_NONE);
    check_text("gzip", "gzip", DEFINITION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thing_is_asked_for_in_several_languages),
        cmocka_unit_test(a_text_says_what_a_thing_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
