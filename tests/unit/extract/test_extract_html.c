/* HTML: what a reader of the page sees, as text with structure. */
#include "extracted.h"

static void expect_text(const char *html, const char *text)
{
    extracted e;
    extracted_expect(&e, "a.html", view_of(html), 1);
    assert_view(e.found.documents[0].text, text);
    extracted_done(&e);
}

static void a_page_gives_title_headings_and_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "page.html",
        VIEW("<!DOCTYPE html><html><head><title> The  page </title><style>p{}</style></head>"
             "<body><h1>Guide</h1><p>First &amp; <b>second</b>\nline.</p>"
             "<h2>Install</h2><p>Then.<script>var x = '<p>no</p>';</script></body></html>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->title, "The  page");
    assert_field(d, "title", "The  page");
    assert_field(d, "type", "html");
    assert_view(d->text, "Guide\n\nFirst & second line.\n\nInstall\n\nThen.");
    assert_false(d->text_is_file);
    assert_int_equal(d->heading_count, 2);
    assert_heading(d, 0, "Guide\n", "Guide");
    assert_heading(d, 1, "Install\n", "Guide > Install");
    extracted_done(&e);
}

static void without_a_title_the_first_h1_is_it(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.htm", VIEW("<h1>One</h1>text"), 1);
    assert_view(e.found.documents[0].title, "One");
    extracted_done(&e);
}

static void headings_in_headings_and_in_entries_begin_at_their_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html",
                     VIEW("<h1>One<h2>Two</h1>text<ul><li><h3>Three</h3></ul><h4></h4>"), 1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "One\n\nTwo\n\ntext\n\n- Three");
    assert_int_equal(d->heading_count, 3);
    assert_heading(d, 0, "One", "One");
    assert_heading(d, 1, "Two", "One > Two");
    assert_heading(d, 2, "Three", "One > Two > Three");
    extracted_done(&e);
}

static void blocks_are_apart_and_inline_marks_are_not(void **state)
{
    (void)state;
    expect_text("<div>one</div><div>two</div>", "one\n\ntwo");
    expect_text("a<i>b</i>c <span>d</span>", "abc d");
    expect_text("line<br>next<br><br>para", "line\nnext\n\npara");
    expect_text("<p>unclosed<p>second", "unclosed\n\nsecond");
}

static void lists_are_lines_with_dashes(void **state)
{
    (void)state;
    expect_text("<p>Buy:</p><ul><li>milk<li>bread<ul><li>rye</ul></ul>end",
                "Buy:\n\n- milk\n- bread\n- rye\n\nend");
}

static void table_rows_are_lines_with_bars(void **state)
{
    (void)state;
    expect_text("<table><tr><th>Name<th>Age</tr><tr><td>Ann</td><td><p>7</p></td></tr>"
                "<tr><td></td><td>8</td></tr></table>after",
                "Name | Age\nAnn | 7\n| 8\n\nafter");
}

static void preformatted_text_keeps_its_lines(void **state)
{
    (void)state;
    expect_text("<p>see</p><pre>\nint  x;\n  y;\n</pre>done", "see\n\nint  x;\n  y;\n\n\ndone");
}

static void scripts_navigation_and_controls_are_left_out(void **state)
{
    (void)state;
    expect_text("<nav><ul><li>Home</ul></nav><p>text</p><noscript>off</noscript>"
                "<svg><text>x</text></svg><button>Go</button><!-- note --><template>t</template>",
                "text");
    expect_text("<SCRIPT>if (a</b) {</SCRIPT >kept", "kept");
    expect_text("kept<script>never closed <p>gone", "kept");
}

static void the_main_part_is_taken_when_the_page_marks_it(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.html",
        VIEW("<header>Site</header><h2>Menu</h2><main><h1>Topic</h1><p>Text.</p></main>"
             "<footer>Imprint</footer>"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "Topic\n\nText.");
    assert_int_equal(d->heading_count, 1);
    assert_heading(d, 0, "Topic", "Topic");
    extracted_done(&e);
    expect_text("<p>all</p><main></main><p>of it</p>", "all\n\nof it");
}

static void entities_are_decoded(void **state)
{
    (void)state;
    expect_text("&lt;b&gt; &auml;&#228;&#xE4; &copy; &unknown; 1 < 2 & 3",
                "<b> \xC3\xA4\xC3\xA4\xC3\xA4 \xC2\xA9 &unknown; 1 < 2 & 3");
}

static void attributes_do_not_leak(void **state)
{
    (void)state;
    expect_text("<p title='a > b' data-x=\"</p>\" onclick=it's>text</p>", "text");
    expect_text("<a href=x/>link</a> <br/>next", "link\nnext");
}

static void other_encodings_are_decoded_before_parsing(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.html", VIEW("<meta charset='iso-8859-1'><p>caf\xE9</p>"), 1);
    assert_view(e.found.documents[0].text, "caf\xC3\xA9");
    extracted_done(&e);
    // A declaration that the bytes contradict is not believed.
    extracted_expect(&e, "a.html", VIEW("<meta charset='iso-8859-1'><p>caf\xC3\xA9</p>"), 1);
    assert_view(e.found.documents[0].text, "caf\xC3\xA9");
    extracted_done(&e);
}

static void elements_nested_too_deep_are_an_error(void **state)
{
    (void)state;
    char text[5 * (EXTRACT_MAX_DEPTH + 1)];
    for (size_t i = 0; i < sizeof text; i += 5)
        memcpy(text + i, "<div>", 5);
    extracted_expect_failure("a.html", (view){text, sizeof text}, KITH_ERR_LIMIT, "256 deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_gives_title_headings_and_text),
        cmocka_unit_test(without_a_title_the_first_h1_is_it),
        cmocka_unit_test(headings_in_headings_and_in_entries_begin_at_their_text),
        cmocka_unit_test(blocks_are_apart_and_inline_marks_are_not),
        cmocka_unit_test(lists_are_lines_with_dashes),
        cmocka_unit_test(table_rows_are_lines_with_bars),
        cmocka_unit_test(preformatted_text_keeps_its_lines),
        cmocka_unit_test(scripts_navigation_and_controls_are_left_out),
        cmocka_unit_test(the_main_part_is_taken_when_the_page_marks_it),
        cmocka_unit_test(entities_are_decoded),
        cmocka_unit_test(attributes_do_not_leak),
        cmocka_unit_test(other_encodings_are_decoded_before_parsing),
        cmocka_unit_test(elements_nested_too_deep_are_an_error),
    };
    return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
