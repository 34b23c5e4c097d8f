/* fixture.h - a store in a directory of its own, with one collection of four dimensions. */
#ifndef KITH_TEST_STORE_FIXTURE_H
#define KITH_TEST_STORE_FIXTURE_H

#include "store/cached_answers.h"
#include "store/counters.h"
#include "store/documents.h"
#include "store/unindexed_files.h"
#include "test.h"

#include "scratch.h"

#include "base/arena.h"
#include "store/checksum.h"
#include "store/integrity.h"
#include "store/store.h"

#include <sqlite3.h>
#include <unistd.h>

enum { DIM = 4, PATH_BYTES = 640 };

typedef struct fixture {
    char *directory;
    store *store;
    uint64_t collection;
    arena arena;
} fixture;

static inline void fixture_path(const fixture *f, const char *suffix, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/kith.db%s", f->directory, suffix);
}

static inline void fixture_open(fixture *f)
{
    kith_error err = {0};
    assert_ok(store_open(f->directory, &f->store, &err));
}

static inline void fixture_close(fixture *f)
{
    kith_error err = {0};
    assert_ok(store_close(f->store, &err));
    f->store = NULL;
}

static inline int setup(void **state)
{
    kith_error err = {0};
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    void *directory = NULL;
    assert_int_equal(scratch_setup(&directory), 0);
    f->directory = directory;
    arena_init(&f->arena, 0);
    fixture_open(f);
    assert_ok(store_collection_create(f->store, VIEW("c"), KITH_SQUARED_L2, DIM, VIEW(""), 1000,
                                      &f->collection, &err));
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    void *directory = f->directory;
    kith_status status = store_close(f->store, &err);
    (void)status; /* a test may have broken it */
    arena_done(&f->arena);
    free(f);
    return scratch_teardown(&directory);
}

/* Group setup of tests that open and close a thousand times and test nothing about the disk. */
static inline int use_memory_disk(void **state)
{
    (void)state;
    return access("/dev/shm", W_OK) == 0 ? setenv("TMPDIR", "/dev/shm", 0) : 0;
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#define assert_view(v, text)                                                                       \
    do {                                                                                           \
        view view_ = (v);                                                                          \
        assert_int_equal(view_.size, strlen(text));                                                \
        assert_memory_equal(view_.data ? view_.data : "", text, view_.size);                       \
    } while (0)

static inline store_point point_of(const char *key, const char *content, const float *vector)
{
    return (store_point){.key = view_of(key),
                         .content = content ? view_of(content) : (view){NULL, 0},
                         .vector = vector};
}

/* Adds one point and returns the change's sequence. */
static inline uint64_t add_point(const fixture *f, const char *key, float value)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    float vector[DIM] = {value, 0, 0, 1};
    store_point p = point_of(key, "some content", vector);
    p.metadata = VIEW("{\"a\":1}");
    assert_ok(store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, &err));
    return sequence;
}

static inline store_point get_point(fixture *f, const char *key)
{
    kith_error err = {0};
    view k = view_of(key);
    store_point p = {0};
    assert_ok(store_get_points(f->store, f->collection, &k, 1,
                               STORE_WITH_VECTOR | STORE_WITH_CONTENT | STORE_WITH_METADATA,
                               &f->arena, &p, &err));
    return p;
}

static inline store_collection get_collection(fixture *f)
{
    kith_error err = {0};
    store_collection c = {0};
    assert_ok(store_collection_get(f->store, VIEW("c"), &f->arena, &c, &err));
    return c;
}

/* SQL function: the checksum that a collection's row had before it named a writer. */
static inline void checksum_without_writer(sqlite3_context *context, int count, sqlite3_value **v)
{
    enum { NUMBERS = 7, NAME = NUMBERS, MODEL };
    uint64_t numbers[NUMBERS];
    view texts[2];
    assert_int_equal(count, NUMBERS + 2);
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = (uint64_t)sqlite3_value_int64(v[i]);
    texts[0] = view_of((const char *)sqlite3_value_text(v[NAME]));
    texts[1] = view_of((const char *)sqlite3_value_text(v[MODEL]));
    sqlite3_result_int64(context,
                         (int64_t)row_checksum(ROW_COLLECTION, numbers, NUMBERS, texts, 2));
}

/* SQL from outside, as another program would run it. */
static inline void run_sql(const fixture *f, const char *sql)
{
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    fixture_path(f, "", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
    assert_int_equal(sqlite3_create_function(db, "checksum_without_writer", 9, SQLITE_UTF8, NULL,
                                             checksum_without_writer, NULL, NULL),
                     SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The number that a query from outside yields. */
static inline int64_t ask_sql(const fixture *f, const char *sql)
{
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    fixture_path(f, "", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return number;
}

/* store_changes() for whoever needs only the sequence. */
static inline kith_status read_changes(store *s, uint64_t collection, uint64_t after,
                                       store_change_visit visit, void *context, uint64_t *sequence,
                                       kith_error *err)
{
    store_state state = {0};
    store_feed feed = {
        .collection = collection, .sequence = after, .visit = visit, .context = context};
    kith_status status = store_changes(s, &feed, &state, err);
    if (status == KITH_OK) *sequence = state.sequence;
    return status;
}

/* Collects what store_changes() delivers. */
typedef struct change_list {
    store_change changes[4096];
    float vectors[4096][DIM];
    uint32_t count;
    uint32_t damaged;    /* of them */
    char damage[256];    /* the message of the last of those */
    uint32_t stop_after; /* 0: never */
} change_list;

static inline kith_status keep_change(void *context, const store_change *change)
{
    change_list *list = context;
    if (list->stop_after && list->count == list->stop_after) return KITH_ERR_CANCELLED;
    assert_true(list->count < 4096);
    if (list->count > 0) assert_true(list->changes[list->count - 1].sequence <= change->sequence);
    list->changes[list->count] = *change;
    list->changes[list->count].metadata = (view){NULL, 0};
    if (change->vector) memcpy(list->vectors[list->count], change->vector, sizeof list->vectors[0]);
    assert_true((change->deleted || change->damage) == (change->vector == NULL));
    if (change->damage) list->damaged++;
    if (change->damage) (void)snprintf(list->damage, sizeof list->damage, "%s", change->damage);
    list->count++;
    return KITH_OK;
}

#endif
