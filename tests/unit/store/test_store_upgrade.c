/* test_store_upgrade.c - a catalog of an older version is brought up to date where it stands. */
#include "fixture.h"

#include "former_catalog.h"

#include "store/catalog.h"
#include "store/conversations.h"
#include "store/waiting.h"

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

/* Closes the fixture's store, and opens a former catalog of this version in its place. */
static void open_former(fixture *f, int version)
{
    fixture_close(f);
    write_former_catalog(f, version);
    fixture_open(f);
}

static void every_former_version_gets_todays_schema(void **state)
{
    fixture *f = *state;
    char *of_new_file = read_schema(f);
    int64_t today = ask_sql(f, "SELECT version FROM catalog");
    for (int version = 1; version <= FORMER_NEWEST; version++) {
        kith_error err = {0};
        open_former(f, version);
        char *of_upgraded = read_schema(f);
        assert_string_equal(of_upgraded, of_new_file);
        assert_int_equal(ask_sql(f, "SELECT version FROM catalog"), today);
        assert_ok(store_check(f->store, &err));
        free(of_upgraded);
    }
    free(of_new_file);
}

static void every_former_version_keeps_its_collections_points_and_documents(void **state)
{
    fixture *f = *state;
    for (int version = 1; version <= FORMER_NEWEST; version++) {
        kith_error err = {0};
        store_document document = {0};
        store_source source = {0};
        open_former(f, version);
        store_collection c = get_collection(f);
        assert_int_equal(c.id, 1);
        assert_view(c.model, "print\nname");
        assert_int_equal(c.metric, KITH_SQUARED_L2);
        assert_int_equal(c.sequence, 4);
        assert_int_equal(c.documents, 1);
        assert_int_equal(c.points, 3);
        store_point a = get_point(f, "a"), chunk = get_point(f, "d#1");
        assert_int_equal(a.row, 1);
        assert_view(a.content, "some content");
        assert_view(a.metadata, "{\"a\":1}");
        assert_true(a.vector[0] == 1 && a.vector[3] == 1);
        assert_view(chunk.document, "d");
        assert_ok(store_get_document(f->store, 1, VIEW("d"), &f->arena, &document, &err));
        assert_view(document.text, "first chunk second chunk");
        assert_view(document.source, "/home/\xff/a.md");
        assert_int_equal(document.chunks, 2);
        assert_ok(store_get_source(f->store, 1, VIEW("/home/\xff/a.md"), &f->arena, &source, &err));
        assert_view(source.hash, "h1");
        assert_int_equal(source.documents, 1);
        assert_int_equal(source.notices.size, 0);
        arena_reset(&f->arena);
    }
}

static void numbers_go_on_where_a_former_version_stopped(void **state)
{
    fixture *f = *state;
    for (int version = 1; version <= FORMER_NEWEST; version++) {
        kith_error err = {0};
        uint64_t collection = 0, conversation = 0;
        open_former(f, version);
        assert_ok(store_collection_create(f->store, VIEW("new"), KITH_COSINE, DIM, VIEW(""), 1,
                                          &collection, &err));
        assert_int_equal(collection, 4); /* 3 was deleted */
        f->collection = 1;
        assert_int_equal(add_point(f, "z", 2), 5);
        assert_int_equal(get_point(f, "z").row, 6);
        assert_ok(store_conversation_create(f->store, 1, VIEW("c"), 1, &conversation, &err));
        assert_int_equal(conversation, version >= 3 ? 2 : 1);
        assert_ok(store_check(f->store, &err));
        arena_reset(&f->arena);
    }
}

static void a_former_collection_is_in_the_default_database_with_a_uuid_of_its_own(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collections all = {0};
    open_former(f, FORMER_NEWEST);
    assert_ok(store_collection_list(f->store, STORE_DEFAULT_DATABASE, &(store_page){0, 0},
                                    &f->arena, &all, &err));
    assert_int_equal(all.count, 2);
    for (uint32_t i = 0; i < all.count; i++) {
        store_collection found = {0};
        store_address by_uuid = {.database = STORE_DEFAULT_DATABASE,
                                 .uuid = &all.collections[i].uuid};
        assert_ok(store_collection_find(f->store, &by_uuid, &f->arena, &found, &err));
        assert_int_equal(found.id, all.collections[i].id);
        assert_int_equal(found.uuid.bytes[6] >> 4, 4);
        assert_null(all.settings[i].metadata.data);
        assert_null(all.settings[i].configuration.data);
    }
    assert_memory_not_equal(&all.collections[0].uuid, &all.collections[1].uuid, sizeof(uuid));
}

static void version_2_keeps_its_counters_and_answers(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_counter *counters = NULL;
    const store_answer_limits limits = {1 << 20, 1000000};
    uint32_t count = 0;
    view answer = {NULL, 0};
    open_former(f, 2);
    assert_ok(store_list_counters(f->store, &f->arena, &counters, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(counters[0].value, 7);
    assert_ok(store_get_answer(f->store, 1, VIEW("q"), &limits, 20, &f->arena, &answer, &err));
    assert_view(answer, "because");
}

static void version_3_keeps_its_conversations(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_conversation c = {0};
    store_turn *turns = NULL;
    uint32_t count = 0;
    open_former(f, 3);
    assert_ok(store_conversation_get(f->store, 1, &f->arena, &c, &err));
    assert_view(c.collection, "c");
    assert_int_equal(c.database, STORE_DEFAULT_DATABASE);
    assert_ok(store_conversation_turns(f->store, 1, 0, &f->arena, &turns, &count, &err));
    assert_int_equal(count, 1);
    assert_view(turns[0].question, "why?");
}

static void version_4_keeps_its_notes_of_files(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_file *found = NULL, one;
    uint32_t count = 0;
    open_former(f, 4);
    assert_ok(store_list_duplicates(f->store, 1, VIEW("h1"), &f->arena, &found, &count, &err));
    assert_int_equal(count, 1);
    assert_view(found[0].path, "/home/\xff/b.md");
    assert_view(found[0].original, "/home/\xff/a.md");
    assert_ok(store_get_file(f->store, 1, VIEW("/x.bin"), &f->arena, &one, &err));
    assert_view(one.reason, "binary");
}

/* The checksum of a row is written anew by an upgrade, which must not make a damaged row sound. */
static void damage_of_a_former_version_is_found_after_the_upgrade(void **state)
{
    static const char *const damages[] = {"UPDATE collections SET dim = 5 WHERE id = 2",
                                          "UPDATE conversations SET title = 'because?'"};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        kith_error err = {0};
        fixture_close(f);
        write_former_catalog(f, FORMER_NEWEST);
        run_sql(f, damages[i]);
        fixture_open(f);
        assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
        assert_non_null(strstr(err.message, "fails its checksum"));
    }
}

static void make_version_17(const fixture *f)
{
    run_sql(f, "ALTER TABLE collections DROP COLUMN memory; UPDATE catalog SET version = 17");
}

static void make_version_16(const fixture *f)
{
    make_version_17(f);
    run_sql(f, "ALTER TABLE collections DROP COLUMN index_memory; UPDATE catalog SET version = 16");
}

static void make_version_15(const fixture *f)
{
    make_version_16(f);
    run_sql(f, "DROP TABLE reembeddings; DROP TABLE models; UPDATE catalog SET version = 15");
}

/* Takes a catalog of today back to version 14, from before points could wait for their vectors. */
static void make_version_14(const fixture *f)
{
    make_version_15(f);
    run_sql(f, "DROP INDEX points_waiting; DROP INDEX points_by_text;"
               "ALTER TABLE points DROP COLUMN promise; ALTER TABLE points DROP COLUMN prefix;"
               "ALTER TABLE points DROP COLUMN text;"
               "UPDATE catalog SET version = 14");
}

/* Version 11 is what today's is without the tables and columns that came after it. */
static void make_version_11(const fixture *f)
{
    make_version_14(f);
    run_sql(f, "DROP TABLE access_keys; ALTER TABLE sources DROP COLUMN notices;"
               "ALTER TABLE sources DROP COLUMN documents;"
               "UPDATE catalog SET version = 11");
}

/* The checksum of a collection without a limit is what it was in version 16; one with a limit keeps it. */
static void version_16_keeps_its_collections(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection c = {0};
    const uint64_t limit = 5000000, none = 0;
    char *today = read_schema(f);
    fixture_close(f);
    make_version_16(f);
    fixture_open(f);
    char *upgraded = read_schema(f);
    assert_string_equal(upgraded, today);
    assert_ok(store_collection_read(f->store, f->collection, &f->arena, &c, &err));
    assert_int_equal(c.index_memory, 0);
    assert_ok(store_collection_modify(f->store, f->collection,
                                      &(store_modification){.index_memory = &limit}, &err));
    fixture_close(f);
    fixture_open(f);
    assert_ok(store_collection_read(f->store, f->collection, &f->arena, &c, &err));
    assert_int_equal(c.index_memory, limit);
    assert_ok(store_check(f->store, &err));
    assert_ok(store_collection_modify(f->store, f->collection,
                                      &(store_modification){.index_memory = &none}, &err));
    assert_ok(store_collection_read(f->store, f->collection, &f->arena, &c, &err));
    assert_int_equal(c.index_memory, 0);
    assert_ok(store_check(f->store, &err));
    fixture_close(f);
    run_sql(f, "UPDATE collections SET index_memory = 7");
    fixture_open(f);
    assert_int_equal(store_collection_read(f->store, f->collection, &f->arena, &c, &err),
                     KITH_ERR_CORRUPT);
    free(upgraded);
    free(today);
}

/* The same of what of the vectors is in memory. */
static void version_17_keeps_its_collections(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection c = {0};
    const uint64_t limit = 5000000;
    const kith_memory compact = KITH_MEMORY_COMPACT, full = KITH_MEMORY_FULL;
    char *today = read_schema(f);
    assert_ok(store_collection_modify(f->store, f->collection,
                                      &(store_modification){.index_memory = &limit}, &err));
    fixture_close(f);
    make_version_17(f);
    fixture_open(f);
    char *upgraded = read_schema(f);
    assert_string_equal(upgraded, today);
    assert_ok(store_collection_read(f->store, f->collection, &f->arena, &c, &err));
    assert_int_equal(c.index_memory, limit);
    assert_int_equal(c.memory, KITH_MEMORY_FULL);
    assert_ok(store_collection_modify(f->store, f->collection,
                                      &(store_modification){.memory = &compact}, &err));
    fixture_close(f);
    fixture_open(f);
    assert_ok(store_collection_read(f->store, f->collection, &f->arena, &c, &err));
    assert_int_equal(c.index_memory, limit);
    assert_int_equal(c.memory, KITH_MEMORY_COMPACT);
    assert_ok(store_check(f->store, &err));
    assert_ok(store_collection_modify(f->store, f->collection,
                                      &(store_modification){.memory = &full}, &err));
    assert_ok(store_collection_read(f->store, f->collection, &f->arena, &c, &err));
    assert_int_equal(c.memory, KITH_MEMORY_FULL);
    assert_ok(store_check(f->store, &err));
    fixture_close(f);
    run_sql(f, "UPDATE collections SET memory = 1");
    fixture_open(f);
    assert_int_equal(store_collection_read(f->store, f->collection, &f->arena, &c, &err),
                     KITH_ERR_CORRUPT);
    free(upgraded);
    free(today);
}

/* A point that waits, and one that has the key of its text, are as they were in version 15. */
static void version_15_keeps_what_waits(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0, waiting = 0;
    const float vector[DIM] = {1, 2, 3, 4};
    store_point points[] = {point_of("d#0", "one", NULL), point_of("d#1", "two", vector)};
    points[0].is_waiting = true;
    points[0].prefix = VIEW("Title\n");
    points[1].text = store_text_key_of(1, VIEW("print"), VIEW("two"));
    const store_document d = {.key = VIEW("d"),
                              .title = VIEW("T"),
                              .text = VIEW("t"),
                              .points = points,
                              .point_count = 2};
    assert_ok(store_put_documents(f->store, f->collection, NULL, &d, 1, &sequence, &err));
    char *today = read_schema(f);
    fixture_close(f);
    make_version_15(f);
    fixture_open(f);
    char *upgraded = read_schema(f);
    assert_string_equal(upgraded, today);
    assert_ok(store_count_waiting(f->store, f->collection, &waiting, &err));
    assert_int_equal(waiting, 1);
    assert_null(get_point(f, "d#1").prefix.data);
    assert_true(get_point(f, "d#1").vector[3] == 4);
    assert_ok(store_check(f->store, &err));
    free(upgraded);
    free(today);
}

/* The checksum of a point that neither waits nor has a key is what it was in version 14. */
static void version_14_keeps_its_points(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t waiting = 1;
    open_former(f, FORMER_NEWEST);
    char *today = read_schema(f);
    fixture_close(f);
    make_version_14(f);
    fixture_open(f);
    char *upgraded = read_schema(f);
    assert_string_equal(upgraded, today);
    assert_view(get_point(f, "a").content, "some content");
    assert_false(get_point(f, "a").is_waiting);
    assert_ok(store_count_waiting(f->store, 1, &waiting, &err));
    assert_int_equal(waiting, 0);
    assert_ok(store_check(f->store, &err));
    free(upgraded);
    free(today);
}

/* The checksum of a source without notices is what it was in version 13. */
static void version_13_keeps_its_sources(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_source source = {0};
    open_former(f, FORMER_NEWEST);
    char *today = read_schema(f);
    fixture_close(f);
    make_version_14(f);
    run_sql(f, "ALTER TABLE sources DROP COLUMN notices; UPDATE catalog SET version = 13");
    fixture_open(f);
    char *upgraded = read_schema(f);
    assert_string_equal(upgraded, today);
    assert_ok(store_get_source(f->store, 1, VIEW("/home/\xff/a.md"), &f->arena, &source, &err));
    assert_view(source.hash, "h1");
    assert_int_equal(source.notices.size, 0);
    assert_ok(store_check(f->store, &err));
    free(upgraded);
    free(today);
}

/* The entry of the document is missing, as when a branch of the tree is. */
static void damage_documents_by_source(const fixture *f)
{
    run_sql(f,
            "DROP INDEX documents_by_source;"
            "CREATE INDEX documents_by_source ON documents (collection, source)"
            " WHERE source IS NOT NULL AND key <> 'd';"
            "PRAGMA writable_schema = 1;"
            "UPDATE sqlite_master SET sql = 'CREATE INDEX documents_by_source ON documents"
            " (collection, source) WHERE source IS NOT NULL' WHERE name = 'documents_by_source'");
}

/* A count that is made from the damaged index would agree with it for ever. */
static void an_upgrade_counts_the_documents_of_sources_without_their_index(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_source source = {0};
    uint64_t sequence = 0;
    const view path = VIEW("/home/\xff/a.md");
    open_former(f, FORMER_NEWEST);
    char *today = read_schema(f);
    fixture_close(f);
    make_version_11(f);
    damage_documents_by_source(f);
    fixture_open(f);
    char *upgraded = read_schema(f);
    assert_string_equal(upgraded, today);
    assert_int_equal(ask_sql(f, "SELECT documents FROM sources"), 1);
    assert_status(KITH_ERR_CORRUPT, store_get_source(f->store, 1, path, &f->arena, &source, &err));
    assert_non_null(strstr(err.message, "should have 1 rows, 0 were found"));
    assert_status(KITH_ERR_CORRUPT, store_delete_source(f->store, 1, path, &sequence, &err));
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    free(upgraded);
    free(today);
}

static void an_upgrade_that_fails_leaves_the_former_version_as_it_was(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    fixture_close(f);
    write_former_catalog(f, 1);
    run_sql(f, "CREATE VIEW tenants AS SELECT 1"); /* in the way of the table */
    char *before = read_schema(f);
    assert_status(KITH_ERR_INTERNAL, store_open(f->directory, &f->store, &err));
    assert_non_null(strstr(err.message, "from version 1 to"));
    assert_null(f->store);
    char *after = read_schema(f);
    assert_string_equal(after, before);
    assert_int_equal(ask_sql(f, "SELECT version FROM catalog"), 1);
    run_sql(f, "DROP VIEW tenants");
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
        with_store(every_former_version_gets_todays_schema),
        with_store(every_former_version_keeps_its_collections_points_and_documents),
        with_store(numbers_go_on_where_a_former_version_stopped),
        with_store(a_former_collection_is_in_the_default_database_with_a_uuid_of_its_own),
        with_store(version_2_keeps_its_counters_and_answers),
        with_store(version_3_keeps_its_conversations),
        with_store(version_4_keeps_its_notes_of_files),
        with_store(version_16_keeps_its_collections),
        with_store(version_17_keeps_its_collections),
        with_store(version_15_keeps_what_waits),
        with_store(version_14_keeps_its_points),
        with_store(version_13_keeps_its_sources),
        with_store(damage_of_a_former_version_is_found_after_the_upgrade),
        with_store(an_upgrade_counts_the_documents_of_sources_without_their_index),
        with_store(an_upgrade_that_fails_leaves_the_former_version_as_it_was),
        with_store(a_version_that_never_was_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
