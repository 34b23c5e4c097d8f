/* test_store_statements.c - the SQL of the store, as SQLite sees it. */
#include "fixture.h"

#include "store/statements.h"

/* Good until the next call. */
static const char *text_of(statement_id id)
{
    static char text[32 << 10];
    buffer out;
    buffer_init(&out, sizeof text);
    statement_write(id, &out);
    (void)snprintf(text, sizeof text, "%.*s", VIEW_ARG(buffer_view(&out)));
    buffer_done(&out);
    assert_true(text[0] != 0);
    return text;
}

static void sqlite_accepts_every_statement(void **state)
{
    const fixture *f = *state;
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    fixture_path(f, "", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (int id = 0; id < STATEMENT_COUNT; id++) {
        sqlite3_stmt *statement = NULL;
        const char *rest = NULL, *text = text_of((statement_id)id);
        if (sqlite3_prepare_v2(db, text, -1, &statement, &rest) != SQLITE_OK)
            fail_msg("%s: %s", text, sqlite3_errmsg(db));
        assert_int_equal(*rest, 0); /* one statement, not two */
        assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Asks SQLite how it would run a statement of the store. */
static void check_plan(const fixture *f, statement_id id, const char *expected, bool is_whole)
{
    char path[PATH_BYTES];
    static char sql[33 << 10];
    sqlite3 *db = NULL;
    sqlite3_stmt *plan = NULL;
    fixture_path(f, "", path);
    (void)snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", text_of(id));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &plan, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(plan), SQLITE_ROW);
    const char *detail = (const char *)sqlite3_column_text(plan, 3);
    if (!strstr(detail, expected)) fail_msg("%s: %s", text_of(id), detail);
    /* one step: no sort, no second scan */
    if (is_whole) assert_int_equal(sqlite3_step(plan), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(plan), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_plan(const fixture *f, statement_id id, const char *expected)
{
    check_plan(f, id, expected, true);
}

static void assert_first_step(const fixture *f, statement_id id, const char *expected)
{
    check_plan(f, id, expected, false);
}

static void the_walks_use_their_indexes_and_sort_nothing(void **state)
{
    const fixture *f = *state;
    assert_plan(f, POINT_CHANGES, "USING INDEX points_by_sequence (collection=? AND sequence>?)");
    assert_plan(f, TOMBSTONE_CHANGES, "USING PRIMARY KEY (collection=? AND (sequence,row)>(?,?))");
    assert_plan(f, POINT_SCAN, "USING INDEX points_by_row (collection=? AND row>?)");
    assert_plan(f, POINT_SKIP, "USING COVERING INDEX points_by_row (collection=? AND row>?)");
    assert_plan(f, TOMBSTONE_LEAST_ROW, "USING PRIMARY KEY (collection=? AND sequence>?)");
    assert_first_step(f, DOCUMENT_LIST, "(collection=? AND key>?)");
    assert_first_step(f, SOURCE_LIST, "(collection=? AND path>?)");
    assert_plan(f, FILE_LIST, "(collection=? AND path>?)");
    assert_plan(f, POINT_BY_KEY, "(collection=? AND key=?)");
    assert_first_step(f, POINT_ROWS_OF_DOCUMENT,
                      "points_by_document (collection=? AND document=?)");
    assert_first_step(f, POINT_ROWS_OF_SOURCE, "documents_by_source (collection=? AND source=?)");
    assert_plan(f, POINT_DELETE_OF_DOCUMENT, "points_by_document (collection=? AND document=?)");
    assert_first_step(f, POINT_DELETE_OF_SOURCE,
                      "points_by_document (collection=? AND document=?)");
    assert_plan(f, DOCUMENT_DELETE_OF_SOURCE, "documents_by_source (collection=? AND source=?)");
    assert_plan(f, COLLECTION_LIST, "(database=?)");
    assert_plan(f, COLLECTION_BY_NAME, "(database=? AND name=?)");
    assert_plan(f, COLLECTION_BY_UUID, "(uuid=?)");
    assert_plan(f, SOURCE_OF_HASH, "sources_by_hash (collection=? AND hash=?)");
    assert_plan(f, FILE_OF_HASH, "files_by_hash (collection=? AND hash=?)");
    assert_first_step(f, POINT_OF_SOURCE, "documents_by_source (collection=? AND source=?)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(sqlite_accepts_every_statement),
        with_store(the_walks_use_their_indexes_and_sort_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
