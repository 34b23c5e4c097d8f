/* CSV: the rows of RFC 4180 and of spreadsheets, as documents. */
#include "extracted.h"

#include "base/rng.h"
#include "extract/csv.h"

static void rows_without_a_content_column_are_lines(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "people.csv", VIEW("name,age,note\nAnn,7,\"says \"\"hi\"\"\"\nBob,,\n"),
                     2);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "name: Ann\nage: 7\nnote: says \"hi\"");
    assert_int_equal(d->id.size, 0);
    assert_int_equal(d->record, 2);
    assert_int_equal(d->mark_count, 1);
    assert_int_equal(d->marks[0].kind, PLACE_LINE);
    assert_int_equal(d->marks[0].number, 2);
    assert_field(d, "type", "csv");
    assert_field(d, "name", "Ann");
    assert_int_equal(metadata_get(&d->fields, VIEW("age"))->integer, 7);
    assert_view(e.found.documents[1].text, "name: Bob");
    assert_null(metadata_get(&e.found.documents[1].fields, VIEW("age")));
    extracted_done(&e);
}

static void a_content_column_is_the_text_and_the_others_are_fields(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "faq.csv",
                     VIEW("id,Title,Content,category,score\n1,Hello,\"Two\nlines\",greet,0.5\n"
                          "2,None,\" \",x,1.5\n3,,Plain,y,-2.0\n4,,,,\n"),
                     3);
    const document *d = &e.found.documents[0];
    assert_view(d->id, "1");
    assert_view(d->title, "Hello");
    assert_true(d->title_is_prefix);
    assert_view(d->text, "Two\nlines\n\ncategory: greet\nscore: 0.5");
    assert_field(d, "category", "greet");
    assert_true(metadata_get(&d->fields, VIEW("score"))->number == 0.5);
    d = &e.found.documents[1]; // without a content it is what its other columns say
    assert_view(d->text, "Title: None\ncategory: x\nscore: 1.5");
    assert_view(d->title, "None");
    assert_false(d->title_is_prefix);
    assert_int_equal(e.found.problem_count, 1);
    assert_int_equal(e.found.problems[0].record, 6);
    assert_false(e.found.documents[2].title_is_prefix);
    extracted_done(&e);
}

static void a_column_is_numeric_only_when_all_its_cells_are(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv",
                     VIEW("zip,n,big,mixed\n04109,1,123456789012345678,1\n10115,-2,,x\n"), 2);
    const metadata *fields = &e.found.documents[0].fields;
    assert_field(&e.found.documents[0], "zip", "04109");
    assert_field(&e.found.documents[1], "zip", "10115");
    assert_int_equal(metadata_get(fields, VIEW("n"))->kind, METADATA_INTEGER);
    assert_int_equal(metadata_get(fields, VIEW("big"))->integer, 123456789012345678);
    assert_field(&e.found.documents[0], "mixed", "1");
    extracted_done(&e);
}

static void semicolons_and_tabs_are_found(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv", VIEW("a;b\n1,5;x\n"), 1);
    assert_view(e.found.documents[0].text, "a: 1,5\nb: x");
    extracted_done(&e);
    extracted_expect(&e, "a.tsv", VIEW("a\tb,c\n1\t2,3\n"), 1);
    assert_view(e.found.documents[0].text, "a: 1\nb,c: 2,3");
    extracted_done(&e);
}

static void spreadsheet_leftovers_are_taken_mildly(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv",
                     VIEW("\xEF\xBB\xBF"
                          "a,,a\r\n\r\n1,2,3,,\r\n,,\r\n\"x\"y,4,5"),
                     2);
    assert_view(e.found.documents[0].text, "a: 1\ncolumn_2: 2\na: 3");
    assert_view(e.found.documents[1].text, "a: xy\ncolumn_2: 4\na: 5");
    assert_int_equal(e.found.problem_count, 0);
    extracted_done(&e);
}

static void a_row_with_too_many_cells_has_values_alone(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv", VIEW("a,b\n1,2\n1,2,3\n4,5\n6,7,8\n"), 4);
    assert_int_equal(e.found.problem_count, 0);
    assert_view(e.found.documents[1].text, "1 | 2 | 3");
    assert_null(metadata_get(&e.found.documents[1].fields, VIEW("a")));
    assert_view(e.found.documents[2].text, "a: 4\nb: 5");
    assert_int_equal(e.found.notices.count, 1);
    assert_view(e.found.notices.texts[0],
                "rows with more fields than the header: 2, the first in line 3; their "
                "values have no names");
    extracted_done(&e);
    extracted_expect(&e, "a.csv", VIEW("id,text\n1,The gate\n2,The hedge,is cut\n"), 2);
    assert_view(e.found.documents[1].text, "2 | The hedge | is cut");
    extracted_done(&e);
}

static void a_column_is_judged_in_its_own_table(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv",
                     VIEW("n,Sales,Unit\n1,100,t\n2,200,t\n\nRep,Region,Sales,Year\nAnn,North,60,"
                          "2024\n\nAll without tax.\n"),
                     4);
    assert_int_equal(metadata_get(&e.found.documents[0].fields, VIEW("Sales"))->integer, 100);
    assert_int_equal(metadata_get(&e.found.documents[0].fields, VIEW("n"))->integer, 1);
    assert_field(&e.found.documents[2], "Region", "North");
    assert_view(e.found.documents[3].text, "All without tax.");
    extracted_done(&e);
}

/* MySQL, Spark and Python's escapechar; a path that ends with a backslash is none of them. */
static void backslashes_before_quotes_are_found(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv",
                     VIEW("name,quote\nAnn,\"She said \\\"no\\\", then left\"\nBob,\"C:\\\\x\"\n"),
                     2);
    assert_view(e.found.documents[0].text, "name: Ann\nquote: She said \"no\", then left");
    assert_view(e.found.documents[1].text, "name: Bob\nquote: C:\\x");
    extracted_done(&e);
    extracted_expect(&e, "a.csv", VIEW("folder,size\n\"C:\\tools\\\",7\n\"D:\\\",\"8\"\n"), 2);
    assert_view(e.found.documents[0].text, "folder: C:\\tools\\\nsize: 7");
    assert_view(e.found.documents[1].text, "folder: D:\\\nsize: 8");
    extracted_done(&e);
}

/* As Python's csv writes with quotechar="'", and phpMyAdmin. */
static void values_may_be_quoted_with_apostrophes(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv",
                     VIEW("'name','note','size'\n'Ann','red, or ''pink''',5\n"
                          "'Bob','a \"b\"\nc',7\n"),
                     2);
    assert_view(e.found.documents[0].text, "name: Ann\nnote: red, or 'pink'\nsize: 5");
    assert_view(e.found.documents[1].text, "name: Bob\nnote: a \"b\"\nc\nsize: 7");
    extracted_done(&e);
    extracted_expect(&e, "a.csv", VIEW("code,word\n'007,'tis\n'008,'twas\n'009,it's\n"), 3);
    assert_view(e.found.documents[0].text, "code: '007\nword: 'tis");
    extracted_done(&e);
    extracted_expect(&e, "a.csv", VIEW("id,q\n'a',\"b, c\"\n'd',\"e\"\n'f',g\n"), 3);
    assert_view(e.found.documents[0].text, "id: 'a'\nq: b, c");
    extracted_done(&e);
}

static void sentences_are_no_rows(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "Hello, world of bees.\nBring milk, eggs and bread.\nCall Ann, then Bob, about it.\n",
        "Hello, world of bees.\n",
        "first line of the notes\nthe second one, with a comma\nand the third of them\n", NULL};
    static const char *const TABLES[] = {
        "date, note\n2024-01-01, Met Ann.\n2024-01-02, Called Bob.\n",
        "Please rate the service., Your comment\nAll good, Thank you.\n",
        "a long name of a column,b\nthis is a cell,5\n", NULL};
    extracted e;
    for (size_t i = 0; TEXTS[i]; i++) {
        extracted_expect(&e, "a.csv", view_of(TEXTS[i]), 1);
        assert_view(view_trim(e.found.documents[0].text),
                    arena_printf(&e.memory, "%.*s", VIEW_ARG(view_trim(view_of(TEXTS[i])))));
        extracted_done(&e);
    }
    for (size_t i = 0; TABLES[i]; i++) {
        assert_int_equal(extracted_open(&e, "a.csv", view_of(TABLES[i])), KITH_OK);
        assert_true(view_find(e.found.documents[0].text, VIEW(": ")) <
                    e.found.documents[0].text.size);
        extracted_done(&e);
    }
}

static void remarks_with_delimiters_have_no_names(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv",
                     VIEW("Item,Price\nLamp,20\nDesk,150\nPrices include VAT, and postage.\n\n"
                          "Source: Office of Trade, own count\n"),
                     4);
    assert_int_equal(metadata_get(&e.found.documents[1].fields, VIEW("Price"))->integer, 150);
    assert_view(e.found.documents[2].text, "Prices include VAT, and postage.");
    assert_view(e.found.documents[3].text, "Source: Office of Trade, own count");
    assert_int_equal(e.found.notices.count, 0);
    extracted_done(&e);
    extracted_expect(&e, "a.csv", VIEW("Item, Note\nRed lamp, very bright\nOld desk, it creaks.\n"),
                     2);
    assert_view(e.found.documents[1].text, "Item: Old desk\nNote: it creaks.");
    extracted_done(&e);
    // A row whose blanks a person typed has all columns.
    extracted_expect(&e, "a.csv", VIEW("Name,City,Note\nAnn Berg,Bonn,fine\nBob Lee, Paris, ok.\n"),
                     2);
    assert_view(e.found.documents[1].text, "Name: Bob Lee\nCity: Paris\nNote: ok.");
    extracted_done(&e);
    extracted_expect(&e, "a.csv",
                     VIEW("Name,City,Note\nAnn Berg,Bonn,fine\nBob Lee,Paris,ok\n\n"
                          "Counted by hand, not by machine, in May.\n"),
                     3);
    assert_view(e.found.documents[2].text, "Counted by hand, not by machine, in May.");
    extracted_done(&e);
    // Of one column, whose values nobody quoted.
    extracted_expect(&e, "a.csv", VIEW("Note\nThe lamp is red, says Ann.\nThe desk is old\n"), 2);
    assert_view(e.found.documents[0].text, "Note: The lamp is red, says Ann.");
    assert_field(&e.found.documents[0], "Note", "The lamp is red, says Ann.");
    extracted_done(&e);
}

static void an_open_quote_is_a_problem_at_its_line(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv", VIEW("a,b\n1,2\n3,\"open\n4,5\n"), 1);
    assert_int_equal(e.found.problem_count, 1);
    assert_int_equal(e.found.problems[0].record, 3);
    extracted_done(&e);
    extracted_expect_failure("a.csv", VIEW("\"a,b\n1,2\n"), KITH_ERR_FORMAT, "never closed");
}

static void a_header_beyond_the_limits_is_an_error(void **state)
{
    (void)state;
    char wide[CSV_MAX_FIELDS + 1];
    memset(wide, ',', sizeof wide);
    extracted_expect_failure("a.csv", (view){wide, sizeof wide}, KITH_ERR_LIMIT, "1026 columns");
}

/* The questions of a survey, and what is no name any more. */
static void names_too_long_for_a_field_are_cut_after_a_word(void **state)
{
    (void)state;
    static const char QUESTION[] =
        "How much do you agree with each of these statements about the lamps ";
    buffer text;
    buffer_init(&text, SIZE_MAX);
    buffer_append_text(&text, "id,");
    for (int i = 0; i < 5; i++)
        buffer_append_text(&text, QUESTION);
    buffer_append_text(&text, ",");
    for (int i = 0; i < 50; i++)
        buffer_append_text(&text, QUESTION);
    buffer_append_text(&text, "\n1,\"Rather, yes\",No\n2,No,Yes\n");
    extracted e;
    extracted_expect(&e, "a.csv", buffer_view(&text), 2);
    const document *d = &e.found.documents[0];
    assert_true(view_find(d->text, VIEW("statements...: Rather, yes\ncolumn_3: No")) <
                d->text.size);
    assert_true(view_starts_with(d->text, VIEW("id: 1\nHow much do you agree")));
    extracted_done(&e);
    buffer_done(&text);
}

static void a_header_alone_gives_nothing(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.csv", VIEW("a,b\n"), 0);
    extracted_done(&e);
    extracted_expect(&e, "a.csv", (view){0}, 0);
    extracted_done(&e);
}

/* Writes random cells as the RFC says and reads them back. */
static void what_is_written_by_the_rfc_is_read_back(void **state)
{
    (void)state;
    rng r = {3};
    static const char letters[] = "ab,\"\n ;";
    for (int i = 0; i < 2000; i++) {
        char cells[4][8] = {{0}};
        buffer csv;
        buffer_init(&csv, 1 << 16);
        for (size_t k = 0; k < 4; k++) {
            uint32_t size = rng_below(&r, 7);
            for (uint32_t j = 0; j < size; j++)
                cells[k][j] = letters[rng_below(&r, sizeof letters - 1)];
            buffer_append_text(&csv, k ? ",\"" : "\"");
            for (uint32_t j = 0; j < size; j++) {
                if (cells[k][j] == '"') buffer_append_byte(&csv, '"');
                buffer_append_byte(&csv, cells[k][j]);
            }
            buffer_append_byte(&csv, '"');
        }
        arena a;
        arena_init(&a, 0);
        kith_error err = {0};
        csv_row *row = calloc(1, sizeof *row);
        bool more = false;
        csv_reader reader = csv_open(buffer_view(&csv), ',');
        assert_ok(csv_next(&reader, row, &more, &err));
        assert_true(more);
        assert_int_equal(row->count, 4);
        for (size_t k = 0; k < 4; k++) {
            view value;
            assert_ok(csv_unescape(row->fields[k], &a, &value, &err));
            assert_view(value, cells[k]);
        }
        free(row);
        arena_done(&a);
        buffer_done(&csv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_without_a_content_column_are_lines),
        cmocka_unit_test(a_content_column_is_the_text_and_the_others_are_fields),
        cmocka_unit_test(a_column_is_numeric_only_when_all_its_cells_are),
        cmocka_unit_test(semicolons_and_tabs_are_found),
        cmocka_unit_test(spreadsheet_leftovers_are_taken_mildly),
        cmocka_unit_test(a_row_with_too_many_cells_has_values_alone),
        cmocka_unit_test(a_column_is_judged_in_its_own_table),
        cmocka_unit_test(backslashes_before_quotes_are_found),
        cmocka_unit_test(values_may_be_quoted_with_apostrophes),
        cmocka_unit_test(sentences_are_no_rows),
        cmocka_unit_test(remarks_with_delimiters_have_no_names),
        cmocka_unit_test(an_open_quote_is_a_problem_at_its_line),
        cmocka_unit_test(a_header_beyond_the_limits_is_an_error),
        cmocka_unit_test(names_too_long_for_a_field_are_cut_after_a_word),
        cmocka_unit_test(a_header_alone_gives_nothing),
        cmocka_unit_test(what_is_written_by_the_rfc_is_read_back),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
