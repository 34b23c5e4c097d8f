/* test_store_changes.c - what a derived index is told. */
#include "fixture.h"

#include "store/statements.h"

static change_list *changes_after(const fixture *f, uint64_t after, uint64_t *sequence)
{
    kith_error err = {0};
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    assert_ok(store_changes(f->store, f->collection, after, keep_change, list, sequence, &err));
    return list;
}

static void delete_point(const fixture *f, const char *key)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view k = view_of(key);
    assert_ok(store_delete_points(f->store, f->collection, &k, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
}

static void upserts_and_deletions_come_in_order_of_sequence(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    (void)add_point(f, "a", 1); /* 1, overtaken by 4 */
    (void)add_point(f, "b", 2); /* 2, deleted by 3 */
    uint64_t a = get_point(f, "a").row, b = get_point(f, "b").row;
    delete_point(f, "b"); /* 3 */
    float v[DIM] = {7};
    store_point p = point_of("a", "again", v);
    assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
    (void)add_point(f, "c", 3); /* 5 */
    change_list *list = changes_after(f, 0, &sequence);
    assert_int_equal(sequence, 5);
    assert_int_equal(list->count, 3);
    assert_true(list->changes[0].deleted && list->changes[0].row == b);
    assert_int_equal(list->changes[0].sequence, 3);
    assert_true(!list->changes[1].deleted && list->changes[1].row == a);
    assert_int_equal(list->changes[1].sequence, 4);
    assert_true(list->vectors[1][0] == 7);
    assert_int_equal(list->changes[2].sequence, 5);
    free(list);
}

static void only_what_came_after_is_told(void **state)
{
    fixture *f = *state;
    uint64_t sequence = 0;
    for (int i = 0; i < 5; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%d", i);
        (void)add_point(f, key, (float)i);
    }
    delete_point(f, "k1");
    change_list *list = changes_after(f, 4, &sequence);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->changes[0].sequence, 5);
    assert_true(list->changes[1].deleted);
    free(list);
    list = changes_after(f, sequence, &sequence);
    assert_int_equal(list->count, 0);
    assert_int_equal(sequence, 6);
    free(list);
}

static void another_collection_is_not_told(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t first = f->collection, sequence = 0;
    (void)add_point(f, "a", 1);
    assert_ok(store_collection_create(f->store, VIEW("o"), KITH_COSINE, DIM, VIEW(""), 0,
                                      &f->collection, &err));
    (void)add_point(f, "b", 1);
    (void)add_point(f, "c", 1);
    f->collection = first;
    change_list *list = changes_after(f, 0, &sequence);
    assert_int_equal(list->count, 1);
    assert_int_equal(sequence, 1);
    free(list);
}

static void a_visitor_can_end_the_walk_with_its_own_status(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 99;
    (void)add_point(f, "a", 1);
    (void)add_point(f, "b", 1);
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    list->stop_after = 1;
    assert_status(KITH_ERR_CANCELLED,
                  store_changes(f->store, f->collection, 0, keep_change, list, &sequence, &err));
    assert_int_equal(list->count, 1);
    assert_int_equal(sequence, 99);
    free(list);
}

typedef struct meddler {
    fixture *fixture;
    uint32_t seen;
} meddler;

static kith_status write_while_walking(void *context, const store_change *change)
{
    meddler *m = context;
    char key[16];
    (void)change;
    (void)snprintf(key, sizeof key, "new%u", m->seen++);
    (void)add_point(m->fixture, key, 1);
    assert_true(get_point(m->fixture, key).row > 0); /* and reads of its own go on */
    return KITH_OK;
}

static void a_walk_sees_one_snapshot_while_others_write(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    meddler m = {f, 0};
    for (int i = 0; i < 3; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%d", i);
        (void)add_point(f, key, 1);
    }
    assert_ok(store_changes(f->store, f->collection, 0, write_while_walking, &m, &sequence, &err));
    assert_int_equal(m.seen, 3);
    assert_int_equal(sequence, 3);
    assert_int_equal(get_collection(f).points, 6);
}

static void tombstones_survive_reopening(void **state)
{
    fixture *f = *state;
    uint64_t sequence = 0;
    (void)add_point(f, "a", 1);
    delete_point(f, "a");
    fixture_close(f);
    fixture_open(f);
    change_list *list = changes_after(f, 1, &sequence);
    assert_int_equal(list->count, 1);
    assert_true(list->changes[0].deleted);
    free(list);
}

static void forgotten_tombstones_are_told_to_whoever_needed_them(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    change_list seen = {0};
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 2); /* 2 */
    (void)add_point(f, "c", 3); /* 3 */
    delete_point(f, "a");       /* 4 */
    delete_point(f, "b");       /* 5 */
    (void)add_point(f, "d", 4); /* 6 */
    assert_ok(store_drop_tombstones(f->store, f->collection, 4, &err));
    assert_int_equal(get_collection(f).sequence, 6);
    fixture_close(f);
    fixture_open(f);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_changes(f->store, f->collection, 3, keep_change, &seen, &sequence, &err));
    assert_int_equal(seen.count, 0);
    change_list *list = changes_after(f, 4, &sequence);
    assert_int_equal(list->count, 2); /* b is gone, d is new */
    assert_true(list->changes[0].deleted && !list->changes[1].deleted);
    free(list);
    list = changes_after(f, 0, &sequence);
    assert_int_equal(list->count, 3); /* c, b is gone, d */
    assert_int_equal(list->changes[0].sequence, 3);
    free(list);
    assert_ok(store_check(f->store, &err));
    assert_ok(store_drop_tombstones(f->store, f->collection, 6, &err));
    assert_ok(store_drop_tombstones(f->store, f->collection, 6, &err));
    list = changes_after(f, 0, &sequence);
    assert_int_equal(list->count, 2);
    free(list);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_changes(f->store, f->collection, 4, keep_change, &seen, &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_drop_tombstones(f->store, 99, 6, &err));
}

/* Asks SQLite how it would run a statement of the store. */
static void check_plan(const fixture *f, statement_id id, const char *expected, bool is_whole)
{
    char path[PATH_BYTES], sql[512];
    sqlite3 *db = NULL;
    sqlite3_stmt *plan = NULL;
    fixture_path(f, "", path);
    (void)snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", statement_text[id]);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &plan, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(plan), SQLITE_ROW);
    const char *detail = (const char *)sqlite3_column_text(plan, 3);
    if (!strstr(detail, expected)) fail_msg("%s: %s", statement_text[id], detail);
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
    assert_plan(f, TOMBSTONE_CHANGES, "USING PRIMARY KEY (collection=? AND sequence>?)");
    assert_plan(f, POINT_SCAN, "USING INDEX points_by_row (collection=? AND row>?)");
    assert_plan(f, POINT_BY_KEY, "(collection=? AND key=?)");
    assert_plan(f, POINT_OF_DOCUMENT, "points_by_document (collection=? AND document=?)");
    assert_plan(f, DOCUMENT_OF_SOURCE, "documents_by_source (collection=? AND source=?)");
    assert_plan(f, SOURCE_OF_HASH, "sources_by_hash (collection=? AND hash=?)");
    assert_plan(f, FILE_OF_HASH, "files_by_hash (collection=? AND hash=?)");
    assert_first_step(f, POINT_OF_SOURCE, "documents_by_source (collection=? AND source=?)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(upserts_and_deletions_come_in_order_of_sequence),
        with_store(only_what_came_after_is_told),
        with_store(another_collection_is_not_told),
        with_store(a_visitor_can_end_the_walk_with_its_own_status),
        with_store(a_walk_sees_one_snapshot_while_others_write),
        with_store(tombstones_survive_reopening),
        with_store(forgotten_tombstones_are_told_to_whoever_needed_them),
        with_store(the_walks_use_their_indexes_and_sort_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
