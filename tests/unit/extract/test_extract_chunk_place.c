/* place: marks of a document to a chunk's metadata, and back to the place of a sentence. */
#include "test.h"

#include "extract/chunk_place.h"

static const char TEXT[] = "one\n\ntw\xC3\xB6 here\n\nthree";

static const place_mark PAGES[] = {
    {0, PLACE_PAGE, 6, {"", 0}}, {5, PLACE_PAGE, 7, {"", 0}}, {16, PLACE_PAGE, 9, {"", 0}}};

static void add_fields(const place_mark *marks, uint32_t count, uint32_t start, uint32_t end,
                       arena *a, metadata *out)
{
    kith_error err = {0};
    document d = {.text = VIEW(TEXT), .marks = marks, .mark_count = count};
    chunk c = {.start = start, .end = end};
    *out = (metadata){.memory = a};
    assert_ok(place_add_fields(&d, &c, a, out, &err));
}

static void assert_text(const metadata *m, const char *key, const char *expected)
{
    const metadata_value *value = metadata_get(m, view_of(key));
    assert_true((value != NULL) == (expected != NULL));
    if (value) assert_true(view_equal(value->string, view_of(expected)));
}

static void assert_number(const metadata *m, const char *key, int64_t expected)
{
    const metadata_value *value = metadata_get(m, view_of(key));
    assert_non_null(value);
    assert_int_equal(value->integer, expected);
}

static void a_chunk_over_pages_tells_the_page_of_each_sentence(void **state)
{
    (void)state;
    arena a;
    metadata m;
    arena_init(&a, 0);
    add_fields(PAGES, 3, 0, sizeof TEXT - 1, &a, &m);
    assert_text(&m, "place", "pages 6-9");
    assert_number(&m, "page_start", 6);
    assert_number(&m, "page_end", 9);
    assert_text(&m, "place_marks", "0:6 5:7 15:9"); // characters, not bytes
    assert_string_equal(place_at(&m, 0, &a), "page 6");
    assert_string_equal(place_at(&m, 4, &a), "page 6");
    assert_string_equal(place_at(&m, 5, &a), "page 7");
    assert_string_equal(place_at(&m, 1000, &a), "page 9");
    arena_done(&a);
}

static void a_chunk_over_pointers_has_that_of_the_value_around_them(void **state)
{
    (void)state;
    static const place_mark POINTERS[] = {{0, PLACE_POINTER, 0, {"/a b/x%", 7}},
                                          {5, PLACE_POINTER, 0, {"/a b/xy", 7}},
                                          {16, PLACE_POINTER, 0, {"/c", 2}}};
    arena a;
    metadata m;
    arena_init(&a, 0);
    add_fields(POINTERS, 3, 0, 14, &a, &m);
    assert_text(&m, "place", "/a b");
    assert_text(&m, "pointer", "/a b");
    assert_text(&m, "place_marks", "0:/x%25 5:/xy");
    assert_string_equal(place_at(&m, 4, &a), "/a b/x%");
    assert_string_equal(place_at(&m, 5, &a), "/a b/xy");
    add_fields(POINTERS, 3, 0, sizeof TEXT - 1, &a, &m);
    assert_text(&m, "place", NULL); // the whole file
    assert_string_equal(place_at(&m, 0, &a), "/a b/x%");
    assert_string_equal(place_at(&m, 1000, &a), "/c");
    add_fields(POINTERS, 3, 16, sizeof TEXT - 1, &a, &m);
    assert_text(&m, "place", "/c");
    assert_text(&m, "place_marks", NULL);
    assert_string_equal(place_at(&m, 3, &a), "/c");
    arena_done(&a);
}

static void a_chunk_within_one_place_needs_no_marks(void **state)
{
    (void)state;
    static const place_mark ROWS[] = {{5, PLACE_ROW, 3, {"Prices", 6}}};
    static const place_mark CHAPTERS[] = {{0, PLACE_CHAPTER, 0, {"The Storm", 9}}};
    static const place_mark NAMED[] = {{0, PLACE_CHAPTER, 0, {"Chapter 2", 9}}};
    static const place_mark NONE[] = {{0, PLACE_NONE, 0, {"", 0}}};
    arena a;
    metadata m;
    arena_init(&a, 0);
    add_fields(PAGES, 3, 6, 9, &a, &m);
    assert_text(&m, "place", "page 7");
    assert_text(&m, "place_marks", NULL);
    assert_string_equal(place_at(&m, 2, &a), "page 7");
    add_fields(ROWS, 1, 5, 9, &a, &m);
    assert_text(&m, "place", "sheet Prices, row 3");
    assert_text(&m, "sheet", "Prices");
    add_fields(ROWS, 1, 0, 3, &a, &m); // before the first mark
    assert_int_equal(m.count, 0);
    assert_string_equal(place_at(&m, 0, &a), "");
    add_fields(CHAPTERS, 1, 0, 9, &a, &m);
    assert_text(&m, "place", "chapter The Storm");
    add_fields(NAMED, 1, 0, 9, &a, &m);
    assert_text(&m, "place", "Chapter 2");
    add_fields(NONE, 1, 0, 9, &a, &m);
    assert_int_equal(m.count, 0);
    arena_done(&a);
}

static void marks_that_a_user_wrote_are_not_believed(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"x", "0", "0:", ":3", "0:1 y", "9:1", " "};
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        kith_error err = {0};
        metadata m = {.memory = &a};
        assert_ok(metadata_set_string(&m, "place", VIEW("pages 1-2"), &err));
        assert_ok(metadata_set_string(&m, "place_marks", view_of(WRONG[i]), &err));
        assert_ok(metadata_set_integer(&m, "page_start", 1, &err));
        assert_string_equal(place_at(&m, 5, &a), "pages 1-2");
    }
    arena_done(&a);
}

static void slides_sheets_and_chapters_are_read_apart_pages_and_rows_are_not(void **state)
{
    (void)state;
    static const place_mark MARKS[] = {
        {0, PLACE_ROW, 1, {"A", 1}},     {1, PLACE_ROW, 2, {"A", 1}},
        {2, PLACE_ROW, 1, {"B", 1}},     {3, PLACE_PAGE, 1, {"", 0}},
        {4, PLACE_PAGE, 2, {"", 0}},     {5, PLACE_SLIDE, 1, {"", 0}},
        {6, PLACE_SLIDE, 2, {"", 0}},    {7, PLACE_CHAPTER, 0, {"A", 1}},
        {8, PLACE_CHAPTER, 0, {"B", 1}}, {9, PLACE_NONE, 0, {"", 0}},
    };
    static const bool SEPARATES[] = {true, false, true, true, false, true, true, true, true, true};
    document d = {.marks = MARKS, .mark_count = 10};
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(place_separates(&d, i), SEPARATES[i]);
}

static void a_chunk_of_a_web_page_tells_the_anchor_of_each_sentence(void **state)
{
    (void)state;
    static const place_mark ANCHORS[] = {{0, PLACE_ANCHOR, 0, {"top", 3}},
                                         {5, PLACE_ANCHOR, 0, {"q 1", 3}}};
    arena a;
    metadata m;
    arena_init(&a, 0);
    add_fields(ANCHORS, 2, 0, sizeof TEXT - 1, &a, &m);
    assert_text(&m, "place", "#top");
    assert_text(&m, "anchor", "top");
    assert_text(&m, "place_marks", "0:#top 5:#q");
    assert_string_equal(place_at(&m, 4, &a), "#top");
    assert_string_equal(place_at(&m, 5, &a), "#q");
    add_fields(ANCHORS + 1, 1, 0, sizeof TEXT - 1, &a, &m); // it begins before the first
    assert_text(&m, "place", NULL);
    assert_string_equal(place_at(&m, 4, &a), "");
    assert_string_equal(place_at(&m, 6, &a), "#q");
    add_fields(ANCHORS, 2, 7, sizeof TEXT - 1, &a, &m);
    assert_text(&m, "place_marks", NULL);
    assert_string_equal(place_at(&m, 0, &a), "#q 1");
    document d = {.text = VIEW(TEXT), .marks = ANCHORS, .mark_count = 2};
    assert_false(place_separates(&d, 0));
    assert_false(place_separates(&d, 1));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chunk_of_a_web_page_tells_the_anchor_of_each_sentence),
        cmocka_unit_test(a_chunk_over_pages_tells_the_page_of_each_sentence),
        cmocka_unit_test(a_chunk_over_pointers_has_that_of_the_value_around_them),
        cmocka_unit_test(a_chunk_within_one_place_needs_no_marks),
        cmocka_unit_test(marks_that_a_user_wrote_are_not_believed),
        cmocka_unit_test(slides_sheets_and_chapters_are_read_apart_pages_and_rows_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
