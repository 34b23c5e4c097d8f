/* manuscript and outline: blocks, gaps, and where headings and places begin. */
#include "extracted.h"

#include "extract/manuscript.h"

typedef struct writing {
    arena memory;
    extract_job job;
    manuscript m;
} writing;

static kith_error err; // which assert_ok prints

static void writing_open(writing *w)
{
    *w = (writing){0};
    arena_init(&w->memory, 0);
    w->job.memory = &w->memory;
    buffer_init(&w->job.documents, 10 * sizeof(document));
    manuscript_init(&w->m, &w->job);
}

static void writing_done(writing *w)
{
    manuscript_done(&w->m);
    buffer_done(&w->job.documents);
    arena_done(&w->memory);
}

static void block(writing *w, const char *gap, const char *text)
{
    assert_ok(manuscript_block(&w->m, gap, view_of(text), &err));
    assert_null(manuscript_check(&w->m));
}

static void place(writing *w, uint32_t page)
{
    assert_ok(manuscript_place(&w->m, PLACE_PAGE, page, VIEW(""), &err));
    assert_null(manuscript_check(&w->m));
}

static void head(writing *w, uint32_t level, const char *title)
{
    assert_ok(manuscript_heading(&w->m, level, view_of(title), &err));
    assert_null(manuscript_check(&w->m));
}

static const document *finish(writing *w, document *d)
{
    assert_ok(extract_job_begin(&w->job, "test", d, &err));
    assert_ok(manuscript_finish(&w->m, d, &err));
    return d;
}

static void headings_and_places_begin_behind_the_gap_of_the_next_block(void **state)
{
    (void)state;
    writing w;
    document d;
    writing_open(&w);
    place(&w, 1);
    head(&w, 1, " One\n\tday ");
    block(&w, "\n\n", "  One\r\nday ");
    block(&w, "\n\n", " \n ");
    place(&w, 2);
    place(&w, 3); // page 2 is blank
    head(&w, 3, "Deep");
    block(&w, "\n", "end");
    finish(&w, &d);
    assert_view(d.text, "One\n\nday\nend");
    assert_int_equal(d.mark_count, 2);
    assert_int_equal(d.marks[1].number, 3);
    assert_int_equal(d.marks[1].offset, 9);
    assert_int_equal(d.heading_count, 2);
    assert_heading(&d, 0, "One", "One day");
    assert_heading(&d, 1, "end", "One day > Deep");
    assert_view(d.title, "One day");
    writing_done(&w);
}

static void headings_end_where_they_are_ended_and_none_is_left_without_text(void **state)
{
    (void)state;
    writing w;
    document d;
    writing_open(&w);
    head(&w, 2, "Two");
    block(&w, "\n", "a");
    assert_ok(manuscript_end_headings(&w.m, &err));
    assert_null(manuscript_check(&w.m));
    block(&w, "\n", "b");
    head(&w, 1, "Last");
    place(&w, 9);
    finish(&w, &d);
    assert_int_equal(d.heading_count, 2);
    assert_heading(&d, 1, "b", "");
    assert_int_equal(d.mark_count, 0);
    writing_done(&w);
}

static void the_check_finds_what_only_a_bug_can_break(void **state)
{
    (void)state;
    writing w;
    writing_open(&w);
    place(&w, 1);
    head(&w, 1, "One");
    block(&w, "\n", "\xC3\xA4");
    place(&w, 2);
    head(&w, 2, "Two");
    block(&w, "\n", "b");
    place_mark *marks = (place_mark *)w.m.marks.data;
    heading *headings = (heading *)w.m.found.headings.data;
    marks[1].offset = 1;
    assert_string_equal(manuscript_check(&w.m),
                        "an offset is out of the text, of order, or in a character");
    marks[1].offset = 0;
    assert_string_equal(manuscript_check(&w.m), "two places are at one offset");
    marks[1].offset = 3;
    headings[0].offset = 4;
    assert_string_equal(manuscript_check(&w.m), "headings descend");
    headings[0].offset = 0;
    w.m.found.open[1] = VIEW("Other");
    assert_string_equal(manuscript_check(&w.m), "an open title is not in the last path");
    w.m.found.open[1] = (view){0};
    assert_string_equal(manuscript_check(&w.m), "the last path is not the open titles joined");
    w.m.found.open[1] = VIEW("Two");
    assert_null(manuscript_check(&w.m));
    writing_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headings_and_places_begin_behind_the_gap_of_the_next_block),
        cmocka_unit_test(headings_end_where_they_are_ended_and_none_is_left_without_text),
        cmocka_unit_test(the_check_finds_what_only_a_bug_can_break),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
