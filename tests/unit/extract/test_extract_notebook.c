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
        cmocka_unit_test(what_is_no_notebook_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
