/* Markdown: the text stays the file's, headings are where a reader of CommonMark sees them. */
#include "extracted.h"

static void headings_give_paths_and_offsets(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "guide.md",
                     VIEW("# Guide\n\nIntro.\n\n## Install\n\n### Debian ###\ntext\n\n## Use\n"
                          "\nSetext\nheading\n=======\nend\n"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->title, "Guide");
    assert_field(d, "title", "Guide");
    assert_field(d, "type", "markdown");
    assert_true(d->text_is_file);
    assert_int_equal(d->heading_count, 5);
    assert_heading(d, 0, "# Guide\n", "Guide");
    assert_heading(d, 1, "## Install\n", "Guide > Install");
    assert_heading(d, 2, "### Debian ###\n", "Guide > Install > Debian");
    assert_heading(d, 3, "## Use\n", "Guide > Use");
    assert_heading(d, 4, "Setext\nheading\n", "Setext heading");
    extracted_done(&e);
}

static void hashes_in_code_and_comments_are_no_headings(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.md",
        VIEW("```sh\n# a comment\n```\n\n    # indented code\n\n<!--\n# hidden\n-->\n\n"
             "- item\n\n  ~~~\n  # in a list\n  ~~~\n\n#hashtag\n\n# Real\n"),
        1);
    assert_int_equal(e.found.documents[0].heading_count, 1);
    assert_heading(&e.found.documents[0], 0, "# Real\n", "Real");
    extracted_done(&e);
}

static void marks_links_and_entities_are_left_out_of_a_title(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.md",
        VIEW("# The *big* `code` of [Q&amp;A](http://x/y \"t\") &#228;&nope; \\# <b>x</b>\n"), 1);
    assert_heading(&e.found.documents[0], 0, "# The", "The big code of Q&A \xC3\xA4&nope; # x");
    extracted_done(&e);
}

static void front_matter_names_the_title_and_holds_no_heading(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.md",
                     VIEW("---\ntitle: \"My page\"\n# a comment\ntags: x\n---\n\n# First\ntext\n"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->title, "My page");
    assert_int_equal(d->heading_count, 1);
    assert_heading(d, 0, "# First\n", "First");
    extracted_done(&e);
    extracted_expect(&e, "b.md", VIEW("---\nnot closed\n\n# First\n"), 1);
    assert_view(e.found.documents[0].title, "First");
    extracted_done(&e);
}

static void a_heading_without_text_changes_nothing(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.md", VIEW("# One\n\n##\n\ntext\n"), 1);
    assert_int_equal(e.found.documents[0].heading_count, 1);
    extracted_done(&e);
}

static void a_long_heading_is_cut_at_a_code_point(void **state)
{
    (void)state;
    char text[2000] = "# ";
    for (size_t i = 2; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA4", 2);
    extracted e;
    extracted_expect(&e, "a.md", (view){text, sizeof text - 2}, 1);
    view path = e.found.documents[0].headings[0].path;
    assert_int_equal(path.size, 200);
    extracted_done(&e);
}

static void too_many_headings_are_an_error(void **state)
{
    (void)state;
    size_t count = EXTRACT_MAX_HEADINGS + 1;
    char *text = malloc(4 * count);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 4 * i, "# a\n", 4);
    extracted_expect_failure("a.md", (view){text, 4 * count}, KITH_ERR_LIMIT, "200000 headings");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headings_give_paths_and_offsets),
        cmocka_unit_test(hashes_in_code_and_comments_are_no_headings),
        cmocka_unit_test(marks_links_and_entities_are_left_out_of_a_title),
        cmocka_unit_test(front_matter_names_the_title_and_holds_no_heading),
        cmocka_unit_test(a_heading_without_text_changes_nothing),
        cmocka_unit_test(a_long_heading_is_cut_at_a_code_point),
        cmocka_unit_test(too_many_headings_are_an_error),
    };
    return cmocka_run_group_tests_name("markdown", tests, NULL, NULL);
}
