/* Jupyter notebooks: cells, their output, and one outline over all of them. */
#include "extracted.h"

static void cells_become_places_and_headings_one_outline(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "study.ipynb",
        VIEW("{\"metadata\":{\"kernelspec\":{\"language\":\"python\"}},\"cells\":["
             "{\"cell_type\":\"markdown\",\"source\":[\"# Study\\n\",\"\\n\",\"Intro.\"]},"
             "{\"cell_type\":\"code\",\"source\":\"# no heading\\nprint('```')\",\"outputs\":["
             "{\"text\":[\"42 rows\\n\"]},{\"data\":{\"text/plain\":\"nine\",\"image/png\":"
             "\"iVBO\"}}]},{\"cell_type\":\"markdown\",\"source\":\"\"},"
             "{\"cell_type\":\"markdown\",\"source\":\"## Result\\nDone.\"}]}"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "# Study\n\nIntro.\n\n````python\n# no heading\nprint('```')\n````\n\n"
                         "```\n42 rows\n```\n\n```\nnine\n```\n\n## Result\nDone.");
    assert_view(d->title, "Study");
    assert_field(d, "language", "python");
    assert_int_equal(d->heading_count, 2);
    assert_heading(d, 1, "## Result", "Study > Result");
    assert_int_equal(d->mark_count, 3);
    assert_int_equal(d->marks[1].number, 2);
    assert_int_equal(d->marks[2].number, 4); // the empty cell is counted
    assert_int_equal(d->marks[2].kind, PLACE_CELL);
    assert_false(d->text_is_file);
    extracted_done(&e);
}

static void what_a_cell_shows_is_read(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "study.ipynb",
                     VIEW("{\"cells\":[{\"cell_type\":\"code\",\"source\":\"run()\",\"outputs\":["
                          "{\"output_type\":\"display_data\",\"data\":{\"text/"
                          "plain\":[\"<IPython.core.display.Markdown object>\"],"
                          "\"text/markdown\":[\"**Total**: 5 lamps\"]}},"
                          "{\"output_type\":\"display_data\",\"data\":{\"text/"
                          "plain\":\"<IPython.core.display.HTML object>\","
                          "\"text/html\":\"<p>Nine <b>desks</b></p>\"}},"
                          "{\"output_type\":\"stream\",\"text\":\"\\u001b[1mbold\\u001b[0m rows\"},"
                          "{\"output_type\":\"error\",\"ename\":\"KeyError\",\"evalue\":\"'price'"
                          "\",\"traceback\":[\"...\"]}]}]}"),
                     1);
    assert_view(
        e.found.documents[0].text,
        "```\nrun()\n```\n\n**Total**: 5 lamps\n\n```\nNine desks\n```\n\n```\nbold rows\n```\n\n"
        "```\nKeyError: 'price'\n```");
    assert_int_equal(e.found.notices.count, 0);
    extracted_done(&e);
}

static void what_is_cut_of_an_output_is_told(void **state)
{
    (void)state;
    extracted e;
    buffer json;
    buffer_init(&json, 1 << 16);
    buffer_append_text(
        &json, "{\"cells\":[{\"cell_type\":\"code\",\"source\":\"x\",\"outputs\":[{\"text\":\"");
    for (int i = 0; i < 300; i++)
        buffer_append_text(&json, "lamp ");
    buffer_append_text(&json, "\"}]}]}");
    extracted_expect(&e, "a.ipynb", buffer_view(&json), 1);
    assert_int_equal(e.found.notices.count, 1);
    assert_view(e.found.notices.texts[0],
                "cell 1: of what it printed only the first 1000 bytes are read");
    extracted_done(&e);
    buffer_done(&json);
}

/* A value that JSON's readers cannot hold costs no notebook. */
static void what_a_program_prints_as_json_may_be_none(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.ipynb",
        VIEW("{\"cells\":[{\"cell_type\":\"markdown\",\"source\":\"Cut \\ud83d here\"},"
             "{\"cell_type\":\"code\",\"source\":\"x\",\"outputs\":[{\"data\":"
             "{\"application/json\":{\"a\":NaN,\"b\":184467440737095516160}}}]}]}"),
        1);
    assert_view(e.found.documents[0].text, "Cut \xEF\xBF\xBD here\n\n```\nx\n```");
    assert_int_equal(e.found.replaced, 1);
    extracted_done(&e);
}

static void what_is_no_notebook_is_refused(void **state)
{
    (void)state;
    extracted_expect_failure("a.ipynb", VIEW("{\"cells\": 3}"), KITH_ERR_FORMAT, "no cells");
    extracted_expect_failure("a.ipynb", VIEW("{\"cells\": ["), KITH_ERR_FORMAT, "");
    extracted_expect_failure("a.ipynb", VIEW("[]"), KITH_ERR_FORMAT, "no cells");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_become_places_and_headings_one_outline),
        cmocka_unit_test(what_a_cell_shows_is_read),
        cmocka_unit_test(what_is_cut_of_an_output_is_told),
        cmocka_unit_test(what_a_program_prints_as_json_may_be_none),
        cmocka_unit_test(what_is_no_notebook_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
