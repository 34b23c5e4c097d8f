/* test_store_upgrade.c - a catalog of an older version is brought up to date where it stands. */
#include "fixture.h"

/* Takes a closed file of today back to version 6. */
#define DOWN_TO_VERSION_6                                                                          \
    "DROP TABLE pending_vectors;"                                                                  \
    "ALTER TABLE catalog DROP COLUMN log;"                                                         \
    "ALTER TABLE catalog DROP COLUMN former_log;"                                                  \
    "ALTER TABLE documents DROP COLUMN chunks;"                                                    \
    "UPDATE collections SET checksum = checksum_without_writer(id, metric, dim, "                  \
    "sequence, documents, points, created_ms, name, model);"                                       \
    "ALTER TABLE collections DROP COLUMN writer;"                                                  \
    "ALTER TABLE collections DROP COLUMN writer_since;"

/* Takes a closed file of today back to what version 1 was. */
static void make_version_1(const fixture *f)
{
    run_sql(f, "BEGIN;"
               "DROP TABLE derived_files;"
               "DROP TABLE dropped;" DOWN_TO_VERSION_6 "ALTER TABLE catalog DROP COLUMN id;"
               "DROP TABLE answers;"
               "DROP TABLE counters;"
               "DROP TABLE conversations;"
               "DROP TABLE turns;"
               "DELETE FROM sqlite_sequence WHERE name = 'conversations';"
               "DROP TABLE files;"
               "DROP INDEX sources_by_hash;"
               "UPDATE catalog SET version = 1;"
               "COMMIT");
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name "
                                "NOT IN ('catalog', 'collections', 'sources', 'documents', "
                                "'points', 'tombstones', 'sqlite_sequence')"),
                     0);
}

/* And to version 2, which had answers and counters, but no conversations and no notes of files. */
static void make_version_2(const fixture *f)
{
    run_sql(f, "BEGIN;"
               "DROP TABLE derived_files;"
               "DROP TABLE dropped;" DOWN_TO_VERSION_6 "ALTER TABLE catalog DROP COLUMN id;"
               "DROP TABLE conversations;"
               "DROP TABLE turns;"
               "DELETE FROM sqlite_sequence WHERE name = 'conversations';"
               "DROP TABLE files;"
               "DROP INDEX sources_by_hash;"
               "UPDATE catalog SET version = 2;"
               "COMMIT");
}

static char *read_schema(const fixture *f)
{
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    fixture_path(f, "", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM "
                                        "sqlite_master ORDER BY type, name)",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    char *schema = strdup((const char *)sqlite3_column_text(statement, 0));
    assert_non_null(schema);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return schema;
}

static void version_1_keeps_its_rows_and_gets_todays_tables(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = add_point(f, "a", 1);
    char *of_new_file = read_schema(f);
    int64_t today = ask_sql(f, "SELECT version FROM catalog");
    fixture_close(f);
    make_version_1(f);
    fixture_open(f);
    char *of_upgraded = read_schema(f);
    assert_string_equal(of_upgraded, of_new_file);
    assert_int_equal(ask_sql(f, "SELECT version FROM catalog"), today);
    assert_view(get_point(f, "a").content, "some content");
    assert_int_equal(get_collection(f).sequence, sequence);
    assert_ok(store_check(f->store, &err));
    assert_int_equal(add_point(f, "b", 2), sequence + 1);
    free(of_new_file);
    free(of_upgraded);
}

static void version_2_keeps_its_counters_and_gets_notes_of_files(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_counter counter = {VIEW("questions"), 7}, *counters = NULL;
    store_file note = {.path = VIEW("/a"), .state = STORE_FILE_FAILED, .reason = VIEW("why")}, got;
    uint32_t count = 0;
    (void)add_point(f, "a", 1);
    assert_ok(store_replace_counters(f->store, &counter, 1, &err));
    char *of_new_file = read_schema(f);
    fixture_close(f);
    make_version_2(f);
    fixture_open(f);
    char *of_upgraded = read_schema(f);
    assert_string_equal(of_upgraded, of_new_file);
    assert_ok(store_list_counters(f->store, &f->arena, &counters, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(counters[0].value, 7);
    assert_ok(store_note_files(f->store, f->collection, &note, 1, &err));
    assert_ok(store_get_file(f->store, f->collection, VIEW("/a"), &f->arena, &got, &err));
    assert_view(got.reason, "why");
    assert_ok(store_check(f->store, &err));
    free(of_new_file);
    free(of_upgraded);
}

static void version_4_keeps_its_notes_and_gets_indexes_with_the_path(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_file note = {.path = VIEW("/a"), .state = STORE_FILE_DUPLICATE, .hash = VIEW("h")};
    store_file *found = NULL;
    uint32_t count = 0;
    (void)add_point(f, "a", 1);
    assert_ok(store_note_files(f->store, f->collection, &note, 1, &err));
    char *of_new_file = read_schema(f);
    fixture_close(f);
    run_sql(f, "BEGIN;"
               "DROP TABLE derived_files;"
               "DROP TABLE dropped;" DOWN_TO_VERSION_6 "ALTER TABLE catalog DROP COLUMN id;"
               "DROP INDEX sources_by_hash;"
               "CREATE INDEX sources_by_hash ON sources (collection, hash);"
               "DROP INDEX files_by_hash;"
               "CREATE INDEX files_by_hash ON files (collection, hash) WHERE hash <> '';"
               "UPDATE catalog SET version = 4;"
               "COMMIT");
    fixture_open(f);
    char *of_upgraded = read_schema(f);
    assert_string_equal(of_upgraded, of_new_file);
    assert_ok(
        store_list_duplicates(f->store, f->collection, VIEW("h"), &f->arena, &found, &count, &err));
    assert_int_equal(count, 1);
    assert_ok(store_check(f->store, &err));
    free(of_new_file);
    free(of_upgraded);
}

static void version_6_gets_its_chunks_counted(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    const float vector[DIM] = {1, 2, 3, 4};
    uint64_t sequence = 0;
    store_point chunks[] = {point_of("d-0", "one", vector), point_of("d-1", "two", vector)};
    store_document d = {.key = VIEW("d"),
                        .title = VIEW("title"),
                        .metadata = VIEW("{}"),
                        .text = VIEW("one two"),
                        .points = chunks,
                        .point_count = 2};
    store_document none = {.key = VIEW("none"), .metadata = VIEW("{}")}, got = {0};
    assert_ok(store_put_documents(f->store, f->collection, NULL, &d, 1, &sequence, &err));
    assert_ok(store_put_documents(f->store, f->collection, NULL, &none, 1, &sequence, &err));
    char *of_new_file = read_schema(f);
    fixture_close(f);
    run_sql(f, "BEGIN;" DOWN_TO_VERSION_6 "UPDATE catalog SET version = 6;"
               "COMMIT");
    fixture_open(f);
    char *of_upgraded = read_schema(f);
    assert_string_equal(of_upgraded, of_new_file);
    assert_ok(store_get_document(f->store, f->collection, VIEW("d"), &f->arena, &got, &err));
    assert_int_equal(got.chunks, 2);
    assert_view(got.text, "one two");
    assert_ok(store_get_document(f->store, f->collection, VIEW("none"), &f->arena, &got, &err));
    assert_int_equal(got.chunks, 0);
    assert_ok(store_check(f->store, &err));
    free(of_new_file);
    free(of_upgraded);
}

static void an_upgrade_that_fails_leaves_version_1_as_it_was(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    fixture_close(f);
    make_version_1(f);
    run_sql(f, "CREATE VIEW answers AS SELECT 1"); /* in the way of the table */
    char *before = read_schema(f);
    assert_status(KITH_ERR_INTERNAL, store_open(f->directory, &f->store, &err));
    assert_non_null(strstr(err.message, "from version 1 to"));
    assert_null(f->store);
    char *after = read_schema(f);
    assert_string_equal(after, before);
    assert_int_equal(ask_sql(f, "SELECT version FROM catalog"), 1);
    run_sql(f, "DROP VIEW answers");
    fixture_open(f);
    assert_view(get_point(f, "a").content, "some content");
    free(before);
    free(after);
}

static void a_version_that_never_was_is_corrupt(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    fixture_close(f);
    run_sql(f, "UPDATE catalog SET version = 0");
    assert_status(KITH_ERR_CORRUPT, store_open(f->directory, &f->store, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(version_1_keeps_its_rows_and_gets_todays_tables),
        with_store(version_2_keeps_its_counters_and_gets_notes_of_files),
        with_store(version_4_keeps_its_notes_and_gets_indexes_with_the_path),
        with_store(version_6_gets_its_chunks_counted),
        with_store(an_upgrade_that_fails_leaves_version_1_as_it_was),
        with_store(a_version_that_never_was_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
