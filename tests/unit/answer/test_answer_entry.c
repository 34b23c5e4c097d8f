/* Lines that are the entry of a code. */
#include "test.h"

#include "answer/entry.h"

static bool begins(const char *text, const char *question, const char *name)
{
    view q = view_of(question), n = view_of(name);
    size_t at = view_find(q, n);
    assert_true(at < q.size);
    return entry_begins_line(view_of(text), q, view_slice(q, at, at + n.size));
}

static void a_line_that_begins_with_the_code_is_its_entry(void **state)
{
    (void)state;
    const char *code = "What does exit code 7 mean?", *option = "What does --force do?";
    assert_true(begins("Codes:\n       7      Failed to connect.\n", code, "7"));
    assert_true(begins("       o      7 - Failed to connect.\n", code, "7"));
    assert_true(begins("| 7 | Failed |\n", code, "7"));
    assert_true(begins("code 7: failed", code, "7"));
    assert_true(begins("3-9: reserved", code, "7"));
    assert_true(begins("       -f, --force\n              Do it.\n", option, "--force"));
    assert_false(begins("It took 7 days.", code, "7"));
    assert_false(begins("70 is another", code, "7"));
    assert_false(begins("7) The last of them", code, "7"));
    assert_false(begins("7-bit text", code, "7"));
    assert_false(begins("Use --force with care.", option, "--force"));
    assert_false(begins("--force-all\n   All.", option, "--force"));
    assert_false(begins("", code, "7"));
}

static void a_question_names_a_document_by_its_file(void **state)
{
    (void)state;
    assert_true(entry_names_document(view_of("What does xz -0 do?"), "/man/xz.1.txt"));
    assert_true(entry_names_document(view_of("XZ -0"), "xz.1"));
    assert_true(entry_names_document(view_of("What does git clean -x do?"), "git-clean.html"));
    assert_true(entry_names_document(view_of("git-clean -x"), "git-clean.html"));
    assert_false(entry_names_document(view_of("What does git -C do?"), "git-clean.html"));
    assert_false(entry_names_document(view_of("What does xzcat -0 do?"), "xz.1"));
    assert_false(entry_names_document(view_of("What does -0 do?"), "xz.1"));
    assert_false(entry_names_document(view_of("what is a b"), "a.txt")); // one letter names nothing
    assert_false(entry_names_document(view_of(""), "xz.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_begins_with_the_code_is_its_entry),
        cmocka_unit_test(a_question_names_a_document_by_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
