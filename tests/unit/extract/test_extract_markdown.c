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

static void a_quoted_heading_is_of_another_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.md",
                     VIEW("# Real\n\n> # Quoted\n> > ## Deeper\n>\n> text\n\n- > # In a list\n\n"
                          "## Below\n\ntext\n"),
                     1);
    assert_int_equal(e.found.documents[0].heading_count, 2);
    assert_heading(&e.found.documents[0], 0, "# Real\n", "Real");
    assert_heading(&e.found.documents[0], 1, "## Below\n", "Real > Below");
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

static void assert_strings(const document *d, const char *key, const char *joined)
{
    const metadata_value *list = metadata_get(&d->fields, view_of(key));
    buffer all;
    buffer_init(&all, 1000);
    assert_non_null(list);
    assert_int_equal(list->kind, METADATA_LIST);
    for (uint32_t i = 0; i < list->list.count; i++) {
        assert_int_equal(list->list.elements[i].kind, METADATA_STRING);
        buffer_printf(&all, "%s%.*s", i ? "|" : "", VIEW_ARG(list->list.elements[i].string));
    }
    assert_string_equal(buffer_text(&all), joined);
    buffer_done(&all);
}

static void front_matter_in_yaml_becomes_metadata(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.md",
                     VIEW("---\n"
                          "title: 'It''s: a page' # really\n"
                          "date: 2024-05-01\n"
                          "updated: 2024-05-01T08:30:00+02:00\n"
                          "tags: [kitchen, \"on sale\", 'a, b']\n"
                          "authors:\n  - Ann Mora\n  # not she\n  - \"Ben: the second\"\n"
                          "flat:\n- x\n- y\n"
                          "years: [2024, travel]\n"
                          "sizes:\n  [1,\n   2.5]\n"
                          "draft: false\nweight: 10\nratio: 0.5\ncode: 007\n"
                          "nothing: ~\nempty:\n"
                          "summary: >\n  first line\n  second line\n\n  next\n"
                          "verse: |\n  one\n  two\n"
                          "long: it goes\n  on here\n"
                          "params:\n  deep: 1\n"
                          "url: https://x.org/#top\n"
                          "\"quoted key\": \"caf\\u00e9\"\n"
                          "---\n# First\n"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->title, "It's: a page");
    assert_field(d, "title", "It's: a page");
    assert_field(d, "date", "2024-05-01");
    assert_field(d, "updated", "2024-05-01T08:30:00+02:00");
    assert_strings(d, "tags", "kitchen|on sale|a, b");
    assert_strings(d, "authors", "Ann Mora|Ben: the second");
    assert_strings(d, "flat", "x|y");
    assert_strings(d, "years", "2024|travel");
    assert_int_equal(metadata_get(&d->fields, VIEW("sizes"))->list.count, 2);
    assert_false(metadata_get(&d->fields, VIEW("draft"))->boolean);
    assert_int_equal(metadata_get(&d->fields, VIEW("weight"))->integer, 10);
    assert_true(metadata_get(&d->fields, VIEW("ratio"))->number == 0.5);
    assert_field(d, "code", "007");
    assert_null(metadata_get(&d->fields, VIEW("nothing")));
    assert_null(metadata_get(&d->fields, VIEW("empty")));
    assert_field(d, "summary", "first line second line\nnext");
    assert_field(d, "verse", "one\ntwo");
    assert_field(d, "long", "it goes on here");
    assert_field(d, "url", "https://x.org/#top");
    assert_field(d, "quoted key", "caf\xC3\xA9");
    assert_int_equal(e.found.left_out, 1); // params
    assert_heading(d, 0, "# First", "First");
    extracted_done(&e);
}

static void front_matter_in_toml_and_json_becomes_metadata(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.md",
                     VIEW("+++\ntitle = \"A # page\"\ndate = 2024-05-01T08:30:00Z # then\n"
                          "tags = [\"kitchen\",\n  'sale', # the second\n]\nweight = 1_000\n"
                          "about = \"\"\"\none = 1\ntwo\"\"\"\ndraft = true\nissue = "
                          "12345678901234567890\n[extra]\nx = 1\n+++\n# First\n"),
                     1);
    const document *d = &e.found.documents[0];
    assert_field(d, "title", "A # page");
    assert_field(d, "date", "2024-05-01T08:30:00Z");
    assert_strings(d, "tags", "kitchen|sale");
    assert_int_equal(metadata_get(&d->fields, VIEW("weight"))->integer, 1000);
    assert_field(d, "about", "one = 1\ntwo");
    assert_true(metadata_get(&d->fields, VIEW("draft"))->boolean);
    assert_field(d, "issue", "12345678901234567890");
    assert_null(metadata_get(&d->fields, VIEW("x")));
    assert_int_equal(e.found.left_out, 1);
    assert_int_equal(d->heading_count, 1);
    extracted_done(&e);
    extracted_expect(
        &e, "a.md",
        VIEW("{\n  \"title\": \"A page\",\n  \"tags\": [\"x\"],\n  \"o\": {}\n}\n\n# First\n"), 1);
    d = &e.found.documents[0];
    assert_field(d, "title", "A page");
    assert_strings(d, "tags", "x");
    assert_int_equal(e.found.left_out, 1);
    extracted_done(&e);
    extracted_expect(&e, "a.md", VIEW("{% include x %}\n# First\n"), 1);
    assert_view(e.found.documents[0].title, "First");
    extracted_done(&e);
}

/* Through each limit of the fields, and lines that are no fields. */
static void front_matter_is_bounded(void **state)
{
    (void)state;
    extracted e;
    buffer text;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, "---\n: x\n[\nno field\na: [1, [2]]\nb: [\nc: \"x\n");
    for (int i = 0; i < 200; i++)
        buffer_printf(&text, "f%d: v\n", i);
    buffer_append_text(&text, "big: ");
    for (int i = 0; i < 10000; i++)
        buffer_append_byte(&text, 'x');
    buffer_append_text(&text, "\n---\nText.\n");
    extracted_expect(&e, "a.md", buffer_view(&text), 1);
    assert_field(&e.found.documents[0], "f0", "v");
    assert_null(metadata_get(&e.found.documents[0].fields, VIEW("big")));
    assert_true(e.found.documents[0].fields.count <= 128);
    assert_true(e.found.left_out > 70);
    extracted_done(&e);
    buffer_done(&text);
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
        cmocka_unit_test(a_quoted_heading_is_of_another_text),
        cmocka_unit_test(marks_links_and_entities_are_left_out_of_a_title),
        cmocka_unit_test(front_matter_in_yaml_becomes_metadata),
        cmocka_unit_test(front_matter_in_toml_and_json_becomes_metadata),
        cmocka_unit_test(front_matter_is_bounded),
        cmocka_unit_test(front_matter_names_the_title_and_holds_no_heading),
        cmocka_unit_test(a_heading_without_text_changes_nothing),
        cmocka_unit_test(a_long_heading_is_cut_at_a_code_point),
        cmocka_unit_test(too_many_headings_are_an_error),
    };
    return cmocka_run_group_tests_name("markdown", tests, NULL, NULL);
}
