/* sheet_layout: what outlives the rows that are held, and the limits. */
#include "extracted.h"

#include "extract/sheet_layout.h"
#include "extract/table.h"
#include "extract/workbook.h"

static kith_error err; // which assert_ok prints

typedef struct laid_out {
    arena memory;
    extract_job job;
    manuscript m;
    sheet_layout l;
    sheet_surroundings around;
} laid_out;

static void open_sheet(laid_out *s)
{
    arena_init(&s->memory, 0);
    s->job.memory = &s->memory;
    manuscript_init(&s->m, &s->job);
    assert_ok(sheet_layout_init(&s->l, &s->m, &err));
    sheet_layout_begin(&s->l, VIEW("S"), &s->around);
}

static void done_sheet(laid_out *s)
{
    sheet_layout_done(&s->l);
    manuscript_done(&s->m);
    arena_done(&s->memory);
}

static void begin(laid_out *s, uint32_t row)
{
    assert_ok(sheet_layout_row(&s->l, row, &err));
}

static void text(laid_out *s, uint32_t column, const char *value)
{
    sheet_cell cell = {.column = column, .text = view_of(value), .kind = LABEL_TEXT};
    assert_ok(sheet_layout_cell(&s->l, cell, &err));
}

static void number(laid_out *s, uint32_t column, uint32_t value)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%u", value);
    sheet_cell cell = {column, view_of(digits), LABEL_NUMBER, value, 0};
    assert_ok(sheet_layout_cell(&s->l, cell, &err));
}

static view end_sheet(laid_out *s)
{
    assert_ok(sheet_layout_end(&s->l, &err));
    assert_null(manuscript_check(&s->m));
    return buffer_view(&s->m.text);
}

static bool holds(view all, const char *part)
{
    return view_find(all, view_of(part)) < all.size;
}

static void names_outlive_the_rows_that_are_held(void **state)
{
    (void)state;
    laid_out s = {0};
    open_sheet(&s);
    begin(&s, 1);
    text(&s, 1, "Item");
    text(&s, 2, "Price");
    uint32_t rows = 3 * SHEET_HELD_ROWS;
    for (uint32_t r = 2; r <= rows; r++) {
        begin(&s, r);
        text(&s, 1, "Lamp");
        number(&s, 2, r);
    }
    begin(&s, rows + 1); // a second table, right below
    text(&s, 1, "Supplier");
    text(&s, 2, "Phone");
    begin(&s, rows + 2);
    text(&s, 1, "Acme");
    number(&s, 2, 555);
    view all = end_sheet(&s);
    assert_true(holds(all, "Item: Lamp | Price: 255\n\nItem: Lamp | Price: 256\n\n"));
    assert_true(holds(all, "Item: Lamp | Price: 768\n\nSupplier | Phone\n\nSupplier: Acme"));
    done_sheet(&s);
}

static void wide_rows_are_written_before_many_are_held(void **state)
{
    (void)state;
    laid_out s = {0};
    open_sheet(&s);
    for (uint32_t r = 1; r <= 3 * SHEET_HELD_CELLS / SHEET_MAX_COLUMNS; r++) {
        begin(&s, r);
        for (uint32_t c = 1; c <= SHEET_MAX_COLUMNS; c++)
            number(&s, c, r);
    }
    assert_true(s.m.text.size > 0); // before the end
    view all = end_sheet(&s);
    assert_true(holds(all, "A1: 1 | B1: 1 | "));
    assert_true(holds(all, "XFC12: 12 | XFD12: 12"));
    done_sheet(&s);
}

static void each_sheet_begins_without_names(void **state)
{
    (void)state;
    laid_out s = {0};
    open_sheet(&s);
    begin(&s, 1);
    text(&s, 1, "Item");
    text(&s, 2, "Price");
    begin(&s, 2);
    text(&s, 1, "Lamp");
    number(&s, 2, 20);
    end_sheet(&s);
    sheet_layout_begin(&s.l, VIEW("T"), &s.around);
    begin(&s, 5);
    text(&s, 1, "Desk");
    number(&s, 2, 150);
    assert_true(holds(end_sheet(&s), "\n\nDesk | B5: 150"));
    done_sheet(&s);
}

static void hostile_merged_cells_are_bounded(void **state)
{
    (void)state;
    enum { MERGES = 2000, ROWS = 400 };
    static sheet_area merged[MERGES];
    for (uint32_t i = 0; i < MERGES; i++)
        merged[i] = (sheet_area){1, 1, 1048576, SHEET_MAX_COLUMNS};
    laid_out s = {.around = {.merged = merged, .merged_count = MERGES}};
    open_sheet(&s);
    for (uint32_t r = 1; r <= ROWS; r++) {
        begin(&s, r);
        text(&s, 1, "x");
        number(&s, 3, r);
        // One of them has a text: the others must not cost time in each row.
        assert_true(r == 1 || s.l.held.begun <= 1);
    }
    view all = end_sheet(&s);
    assert_true(s.l.held.repeats <= TABLE_MAX_REPEATS + 257);
    assert_true(holds(all, "C400: 400"));
    done_sheet(&s);
}

static void more_bands_than_are_kept_apart_lose_nothing(void **state)
{
    (void)state;
    laid_out s = {0};
    open_sheet(&s);
    begin(&s, 1);
    for (uint32_t c = 1; c < 1200; c += 3) {
        text(&s, c, "left");
        text(&s, c + 1, "right");
    }
    view all = end_sheet(&s);
    size_t count = 0;
    for (size_t at = 0; (at += view_find(view_slice(all, at, all.size), VIEW("right"))) < all.size;
         at++)
        count++;
    assert_int_equal(count, 400);
    done_sheet(&s);
}

static void annexes_stand_in_the_order_of_rows(void **state)
{
    (void)state;
    static const sheet_annex annexes[] = {{1, 1, 0, {"first", 5}},
                                          {2, 2, 1, {"on the row", 10}},
                                          {3, 1, 2, {"between", 7}},
                                          {9, 1, 3, {"last", 4}}};
    laid_out s = {.around = {.annexes = annexes, .annex_count = 4}};
    open_sheet(&s);
    begin(&s, 2);
    text(&s, 1, "two");
    begin(&s, 5);
    text(&s, 1, "five");
    assert_view(end_sheet(&s), "first\n\ntwo\n\non the row\n\nbetween\n\nfive\n\nlast");
    done_sheet(&s);
}

static void rows_out_of_order_lose_nothing(void **state)
{
    (void)state;
    laid_out s = {0};
    open_sheet(&s);
    static const uint32_t ORDER[] = {5, 3, 3, 4, 1048576, 1};
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        begin(&s, ORDER[i]);
        text(&s, 2, "b");
        text(&s, 1, "a"); // columns too
    }
    assert_view(end_sheet(&s), "a | b\n\na | b\n\na | b\n\na | b\n\na | b\n\na | b");
    done_sheet(&s);
}

static void cells_are_named_as_in_excel(void **state)
{
    (void)state;
    static const struct {
        uint32_t column;
        const char *name;
    } CASES[] = {{1, "A7"}, {26, "Z7"}, {27, "AA7"}, {702, "ZZ7"}, {703, "AAA7"}, {16384, "XFD7"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char name[SHEET_CELL_NAME_BYTES];
        sheet_cell_name(CASES[i].column, 7, name);
        assert_string_equal(name, CASES[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_outlive_the_rows_that_are_held),
        cmocka_unit_test(wide_rows_are_written_before_many_are_held),
        cmocka_unit_test(each_sheet_begins_without_names),
        cmocka_unit_test(hostile_merged_cells_are_bounded),
        cmocka_unit_test(more_bands_than_are_kept_apart_lose_nothing),
        cmocka_unit_test(annexes_stand_in_the_order_of_rows),
        cmocka_unit_test(rows_out_of_order_lose_nothing),
        cmocka_unit_test(cells_are_named_as_in_excel),
    };
    return cmocka_run_group_tests_name("sheet layout", tests, NULL, NULL);
}
