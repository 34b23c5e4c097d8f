/* table and table_header: spans, headers that the file marks or that are judged, and limits. */
#include "test.h"

#include "base/arena.h"
#include "extract/table.h"
#include "extract/table_header.h"

#include <stdarg.h>

static kith_error err; // which assert_ok prints

typedef struct written {
    table t;
    buffer text; // the lines, each with its \n
    uint32_t rows[64];
    uint32_t lines;
} written;

static kith_status keep_line(void *context, view line, uint32_t row, bool is_first, kith_error *e)
{
    (void)e;
    written *w = context;
    assert_int_equal(is_first, w->lines == 0);
    if (w->lines < 64) w->rows[w->lines] = row;
    w->lines++;
    buffer_append(&w->text, line);
    buffer_append_byte(&w->text, '\n');
    return KITH_OK;
}

static void open_table(written *w)
{
    *w = (written){0};
    buffer_init(&w->text, 1 << 28);
    table_init(&w->t, (table_sink){w, keep_line});
}

static void done_table(written *w)
{
    table_done(&w->t);
    buffer_done(&w->text);
}

static void add(written *w, table_cell cell)
{
    assert_ok(table_cell_add(&w->t, cell, &err));
}

/* A row as "a|b|c"; "^" marks a header cell, "<2" and "v2" that it spans columns or rows. */
static void row(written *w, const char *cells)
{
    assert_ok(table_row(&w->t, &err));
    for (const char *p = cells; *p;) {
        const char *end = strchr(p, '|');
        size_t size = end ? (size_t)(end - p) : strlen(p);
        table_cell cell = {0};
        for (; size > 0; p++, size--) {
            if (*p == '^')
                cell.is_header = true;
            else if (*p == '<')
                cell.columns = (uint32_t)(p[1] - '0'), p++, size--;
            else if (*p == 'v' && is_ascii_digit(p[1]))
                cell.rows = (uint32_t)(p[1] - '0'), p++, size--;
            else
                break;
        }
        cell.text = (view){p, size};
        add(w, cell);
        p += size;
        if (*p == '|' && *++p == '\0') add(w, (table_cell){0});
    }
}

static void assert_view_ends(view text, view end)
{
    assert_true(text.size >= end.size);
    view found = view_slice(text, text.size - end.size, text.size);
    if (!view_equal(found, end)) fail_msg("ends with \"%.*s\"", VIEW_ARG(found));
}

static void expect_rows(const char *expected, ...)
{
    written w;
    open_table(&w);
    va_list rows;
    va_start(rows, expected);
    for (const char *cells; (cells = va_arg(rows, const char *));)
        row(&w, cells);
    va_end(rows);
    assert_ok(table_end(&w.t, &err));
    if (!view_equal(buffer_view(&w.text), view_of(expected)))
        fail_msg("got\n%.*sexpected\n%s", VIEW_ARG(buffer_view(&w.text)), expected);
    done_table(&w);
}

static void values_stand_after_the_names_of_a_marked_header(void **state)
{
    (void)state;
    expect_rows("Bolt | Dry torque | Oiled torque:\n"
                "Bolt: M55 | Dry torque: 120 | Oiled torque: 90\n"
                "Bolt: M60 | Oiled torque: 95\n",
                "^Bolt|^Dry torque|^Oiled torque:", "M55|120|90", "M60||95", NULL);
}

static void a_spanning_cell_stands_in_each_of_its_rows_and_columns(void **state)
{
    (void)state;
    expect_rows("Branch | Mon | Tue\n"
                "Branch: Kiel | Mon: 8-12 | Tue: 9-17\n"
                "Branch: Kiel | Mon: closed | Tue: closed\n"
                "Branch: Ulm | Mon: 7-11\n",
                "^Branch|^Mon|^Tue", "v2Kiel|8-12|9-17", "<2closed", "Ulm|7-11", NULL);
    expect_rows("a |  | c\n| e\n", "a||c", "|e|", NULL);
}

static void rows_without_a_cell_give_no_line(void **state)
{
    (void)state;
    expect_rows("", "", "", NULL);
}

static void a_span_to_the_end_and_one_within_others_keep_the_columns(void **state)
{
    (void)state;
    written w;
    open_table(&w);
    row(&w, "^A|^B|^C");
    assert_ok(table_row(&w.t, &err));
    add(&w, (table_cell){.text = VIEW("1")});
    add(&w, (table_cell){.text = VIEW("all"), .rows = UINT32_MAX});
    add(&w, (table_cell){.text = VIEW("2")});
    row(&w, "3|4");
    row(&w, "5|6");
    assert_ok(table_end(&w.t, &err));
    assert_string_equal(buffer_text(&w.text), "A | B | C\nA: 1 | B: all | C: 2\n"
                                              "A: 3 | B: all | C: 4\nA: 5 | B: all | C: 6\n");
    done_table(&w);
}

static void two_header_rows_make_one_name(void **state)
{
    (void)state;
    expect_rows("Region | 2023 | 2024\n"
                "Region | Plan | Actual | Plan | Actual\n"
                "Region: North | 2023 Plan: 1 | 2023 Actual: 2 | 2024 Plan: 3 | 2024 Actual: 4\n",
                "^v2Region|^<22023|^<22024", "^Plan|^Actual|^Plan|^Actual", "North|1|2|3|4", NULL);
    expect_rows("Region | 2023 | 2024\n"
                "Region | Plan | Actual | Plan | Actual\n"
                "Region: North | 2023 Plan: 1 | 2023 Actual: 2 | 2024 Plan: 3 | 2024 Actual: 4\n",
                "v2Region|<22023|<22024", "Plan|Actual|Plan|Actual", "North|1|2|3|4", NULL);
    expect_rows("Pipe | Length | Mass\n| mm | kg\nPipe: P1 | Length (mm): 20 | Mass (kg): 3\n",
                "Pipe|Length|Mass", "|mm|kg", "P1|20|3", NULL);
}

static void titles_and_notes_have_no_name(void **state)
{
    (void)state;
    expect_rows("Prices 2025\nItem | Price | Stock\nItem: Lamp | Price: 20 | Stock: 4\n"
                "Item: Desk | Price: 150 | Stock: 1\nwithout tax\n",
                "<3Prices 2025", "Item|Price|Stock", "Lamp|20|4", "Desk|150|1", "without tax||",
                NULL);
}

static void a_new_marked_header_takes_the_place_of_the_old(void **state)
{
    (void)state;
    expect_rows("Item | Price\nItem: Lamp | Price: 20\nSupplier | Phone\n"
                "Supplier: Acme | Phone: 555\n",
                "^Item|^Price", "Lamp|20", "^Supplier|^Phone", "Acme|555", NULL);
}

static void a_table_that_touches_another_has_its_own_names(void **state)
{
    (void)state;
    expect_rows("Item | Price\nItem: Lamp | Price: 20\nItem: Desk | Price: 150\nSupplier | Phone\n"
                "Supplier: Holt | Phone: 555\n",
                "Item|Price", "Lamp|20", "Desk|150", "Supplier|Phone", "Holt|555", NULL);
    expect_rows("Item | Price\nItem: Lamp | Price: 20\nItem: Desk | Price: 150\n"
                "Item: Total | Price: 170\nItem: Stool | Price: on request\n",
                "Item|Price", "Lamp|20", "Desk|150", "Total|170", "Stool|on request", NULL);
}

static void rows_of_key_and_value_are_pairs(void **state)
{
    (void)state;
    expect_rows("Weight: 5 kg\nHeight: 2 m\n", "^Weight|5 kg", "^Height|2 m", NULL);
    expect_rows("Company: Acme Works\nCity: Kiel\nFounded: 1987\n", "Company|Acme Works",
                "City|Kiel", "Founded|1987", NULL);
    expect_rows("Alpha: x\nBeta: y\n", "Alpha:|x", "Beta:|y", NULL);
}

/* Expects the `expected` lines of `first` and then of "Person 1|Oslo" and so on, each fourth of
 * Visby; all of different towns if they `differ`. */
static void expect_persons(const char *first, uint32_t count, bool differ, const char *expected)
{
    written w;
    open_table(&w);
    row(&w, first);
    for (uint32_t i = 1; i <= count; i++) {
        char cells[64];
        snprintf(cells, sizeof cells, "Person %u|%s", i, i % 4 ? "Oslo" : "Visby");
        if (differ) snprintf(cells, sizeof cells, "Person %u|Town of %u houses", i, i);
        row(&w, cells);
    }
    assert_ok(table_end(&w.t, &err));
    assert_int_equal(w.lines, count + 1);
    if (!view_starts_with(buffer_view(&w.text), view_of(expected)))
        fail_msg("got\n%.*sexpected\n%s", VIEW_ARG(buffer_view(&w.text)), expected);
    done_table(&w);
}

static void a_long_list_of_numbered_things_is_a_table(void **state)
{
    (void)state;
    expect_persons("Name|Town", 100, false,
                   "Name | Town\nName: Person 1 | Town: Oslo\nName: Person 2 | Town: Oslo\n"
                   "Name: Person 3 | Town: Oslo\nName: Person 4 | Town: Visby\n");
    // What is no header stands as it did: a name and its value, and pairs below them.
    expect_persons("Name|Acme Works", 100, false, "Name: Acme Works\nPerson 1: Oslo\n");
    expect_persons("Person 0|Town", 100, false, "Person 0: Town\nPerson 1: Oslo\n");
    expect_persons("Name|Town", 100, true, "Name: Town\nPerson 1: Town of 1 houses\n");
    expect_persons("Name|Town", 4, false, "Name: Town\nPerson 1: Oslo\n"); // few rows
}

static void a_long_sheet_of_keys_of_different_kinds_is_no_table(void **state)
{
    (void)state;
    expect_rows("Type: Order\nName: required\nCity: required\nDate: optional\nPhone: optional\n"
                "Fax: optional\nEmail: required\nAmount: required\nCurrency: required\n"
                "Address 1: required\nAddress 2: optional\nStreet: required\n"
                "Country: required\nOwner: optional\n",
                "Type|Order", "Name|required", "City|required", "Date|optional", "Phone|optional",
                "Fax|optional", "Email|required", "Amount|required", "Currency|required",
                "Address 1|required", "Address 2|optional", "Street|required", "Country|required",
                "Owner|optional", NULL);
}

static void what_is_in_doubt_has_no_names(void **state)
{
    (void)state;
    expect_rows("Lisa | blue\nTom | red\n", "Lisa|blue", "Tom|red", NULL);
    expect_rows("1 | 2 | 3\n4 | 5 | 6\n", "1|2|3", "4|5|6", NULL);
    expect_rows("Anna | Oslo | open\nBert | Kiel | open\n", "Anna|Oslo|open", "Bert|Kiel|open",
                NULL);
    expect_rows("alone | here\n", "alone|here", NULL);
}

static void years_are_names_over_other_numbers_alone(void **state)
{
    (void)state;
    expect_rows("Region | 2022 | 2023\nRegion: North | 2022: 110 | 2023: 120\n", "Region|2022|2023",
                "North|110|120", NULL);
    expect_rows("Anna | 2019 | 2021\nBert | 2018 | 2020\n", "Anna|2019|2021", "Bert|2018|2020",
                NULL);
}

static void a_long_spanning_text_stands_once(void **state)
{
    (void)state;
    char text[TABLE_REPEAT_MAX_BYTES + 2];
    memset(text, 'x', sizeof text);
    written w;
    open_table(&w);
    row(&w, "^A|^B");
    assert_ok(table_row(&w.t, &err));
    add(&w, (table_cell){.text = {text, sizeof text}, .rows = 3});
    add(&w, (table_cell){.text = VIEW("1")});
    row(&w, "2");
    row(&w, "3");
    assert_ok(table_end(&w.t, &err));
    assert_non_null(strstr(buffer_text(&w.text), "xx | B: 1\nB: 2\nB: 3\n"));
    done_table(&w);
}

static void a_table_larger_than_what_is_held_keeps_its_names_and_row_numbers(void **state)
{
    (void)state;
    written w;
    open_table(&w);
    row(&w, "^Key|^Value");
    uint32_t rows = TABLE_HELD_CELLS + 10; // two cells each: the limit is passed twice
    for (uint32_t i = 0; i < rows; i++)
        row(&w, i % 2 ? "b" : "v2a|1");
    assert_ok(table_end(&w.t, &err));
    assert_int_equal(w.lines, rows + 1);
    view text = buffer_view(&w.text), last = VIEW("Key: a | Value: 1\nKey: a | Value: b\n");
    assert_view_ends(text, last);
    assert_int_equal(w.t.row_count, 0);
    w.lines = 0;
    row(&w, "next|table");
    assert_ok(table_end(&w.t, &err));
    done_table(&w);
}

static void hostile_spans_are_bounded(void **state)
{
    (void)state;
    written w;
    open_table(&w);
    for (int r = 0; r < 2000; r++) {
        assert_ok(table_row(&w.t, &err));
        for (int c = 0; c < 3; c++)
            add(&w, (table_cell){.text = VIEW("x"), .rows = UINT32_MAX, .columns = UINT32_MAX});
    }
    assert_ok(table_end(&w.t, &err));
    assert_true(w.t.column_count == 0);
    assert_true(w.text.size < (size_t)64 << 20);
    done_table(&w);
}

static kith_status refuse(void *context, view line, uint32_t r, bool is_first, kith_error *e)
{
    (void)context, (void)line, (void)r, (void)is_first;
    return fail(e, KITH_ERR_LIMIT, "no more");
}

static void the_failure_of_the_sink_ends_the_table(void **state)
{
    (void)state;
    table t;
    table_init(&t, (table_sink){NULL, refuse});
    assert_ok(table_row(&t, &err));
    assert_ok(table_cell_add(&t, (table_cell){.text = VIEW("a")}, &err));
    assert_status(KITH_ERR_LIMIT, table_end(&t, &err));
    assert_int_equal(t.row_count, 0);
    table_done(&t);
}

static void numbers_are_told_from_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        label_kind kind;
    } cases[] = {
        {"120", LABEL_NUMBER},
        {"1,234.50", LABEL_NUMBER},
        {"$40", LABEL_NUMBER},
        {"-12,5 %", LABEL_NUMBER},
        {"45 dB", LABEL_NUMBER},
        {"9-17", LABEL_NUMBER},
        {"\xE2\x82\xAC 9", LABEL_NUMBER},
        {"M55", LABEL_TEXT},
        {"Plan", LABEL_TEXT},
        {"30 minutes", LABEL_TEXT},
        {" ", LABEL_EMPTY},
        {"-", LABEL_TEXT},
        {"1st quarter", LABEL_TEXT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double number;
        if (label_kind_of(view_of(cases[i].text), &number) != cases[i].kind)
            fail_msg("'%s' is taken for %d", cases[i].text,
                     label_kind_of(view_of(cases[i].text), &number));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_after_the_names_of_a_marked_header),
        cmocka_unit_test(a_spanning_cell_stands_in_each_of_its_rows_and_columns),
        cmocka_unit_test(rows_without_a_cell_give_no_line),
        cmocka_unit_test(a_span_to_the_end_and_one_within_others_keep_the_columns),
        cmocka_unit_test(two_header_rows_make_one_name),
        cmocka_unit_test(titles_and_notes_have_no_name),
        cmocka_unit_test(a_new_marked_header_takes_the_place_of_the_old),
        cmocka_unit_test(a_table_that_touches_another_has_its_own_names),
        cmocka_unit_test(rows_of_key_and_value_are_pairs),
        cmocka_unit_test(a_long_list_of_numbered_things_is_a_table),
        cmocka_unit_test(a_long_sheet_of_keys_of_different_kinds_is_no_table),
        cmocka_unit_test(what_is_in_doubt_has_no_names),
        cmocka_unit_test(years_are_names_over_other_numbers_alone),
        cmocka_unit_test(a_long_spanning_text_stands_once),
        cmocka_unit_test(a_table_larger_than_what_is_held_keeps_its_names_and_row_numbers),
        cmocka_unit_test(hostile_spans_are_bounded),
        cmocka_unit_test(the_failure_of_the_sink_ends_the_table),
        cmocka_unit_test(numbers_are_told_from_texts),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
