/* Many collections in one directory: which of them are in memory, by counters; and that one which
 * is in use never leaves it. */
#include "test.h"

#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "db/filter_cache.h"
#include "vector/search_scratch.h"

#include <pthread.h>
#include <stdatomic.h>

enum { DIM = 16, COLLECTIONS = 50, POINTS = 100 };

typedef struct fixture {
    char *directory;
    database *db;
} fixture;

static void open_with(fixture *f, uint64_t memory_bytes)
{
    kith_error err = {0};
    const database_options o = {.memory_bytes = memory_bytes};
    assert_ok(database_open(f->directory, &o, &f->db, &err));
}

static void close_it(fixture *f)
{
    kith_error err = {0};
    assert_ok(database_close(f->db, &err));
    f->db = NULL;
}

static view name_of(int i, char out[16])
{
    (void)snprintf(out, 16, "c%02d", i);
    return view_of(out);
}

/* Point pN of collection i lies at (i, N, 0, ...). */
static void fill(fixture *f, int i, uint32_t first, uint32_t count)
{
    kith_error err = {0};
    char name[16], keys[POINTS][16];
    float vectors[POINTS][DIM];
    store_point points[POINTS];
    collection *c = NULL;
    memset(vectors, 0, sizeof vectors);
    assert_ok(database_ensure_collection(f->db, name_of(i, name), &c, &err));
    for (uint32_t n = 0; n < count; n++) {
        (void)snprintf(keys[n], sizeof keys[n], "p%u", first + n);
        vectors[n][0] = 1 + (float)i;
        vectors[n][1] = (float)(first + n);
        points[n] =
            (store_point){.key = view_of(keys[n]), .vector = vectors[n], .content = VIEW("word")};
    }
    assert_ok(collection_put_points(c, STORE_ADD, points, count, DIM, VIEW(""), &err));
    database_release_collection(c);
}

static kith_status count_found(database *db, int i, uint32_t *found)
{
    char name[16];
    collection *c = NULL;
    arena a;
    collection_hits hits = {0};
    const float vector[DIM] = {1};
    const collection_query q = {.vector = vector, .dim = DIM, .k = 2 * POINTS};
    arena_init(&a, 0);
    kith_status status = database_acquire_collection(db, name_of(i, name), &c, NULL);
    if (status == KITH_OK) status = collection_search(c, &q, &a, &hits, NULL);
    database_release_collection(c);
    arena_done(&a);
    *found = hits.count;
    return status;
}

static void search(fixture *f, int i, uint32_t expected)
{
    uint32_t found = 0;
    assert_int_equal(count_found(f->db, i, &found), KITH_OK);
    assert_int_equal(found, expected);
}

/* Each point has a number of its own. */
static void fill_numbered(fixture *f, view name, uint32_t count)
{
    kith_error err = {0};
    collection *c = NULL;
    assert_ok(database_ensure_collection(f->db, name, &c, &err));
    for (uint32_t first = 0; first < count; first += POINTS) {
        char keys[POINTS][16], numbers[POINTS][32];
        float vectors[POINTS][DIM];
        store_point points[POINTS];
        memset(vectors, 0, sizeof vectors);
        for (uint32_t n = 0; n < POINTS; n++) {
            (void)snprintf(keys[n], sizeof keys[n], "p%u", first + n);
            (void)snprintf(numbers[n], sizeof numbers[n], "{\"n\":%u}", first + n);
            vectors[n][0] = 1;
            vectors[n][1] = (float)(first + n);
            points[n] = (store_point){
                .key = view_of(keys[n]), .vector = vectors[n], .metadata = view_of(numbers[n])};
        }
        assert_ok(collection_put_points(c, STORE_ADD, points, POINTS, DIM, VIEW(""), &err));
    }
    upkeep_wait(c);
    database_release_collection(c);
}

static void search_numbered(fixture *f, view name, uint32_t number)
{
    kith_error err = {0};
    collection *c = NULL;
    arena a;
    char where[32];
    collection_hits hits = {0};
    const float vector[DIM] = {1};
    (void)snprintf(where, sizeof where, "{\"n\":%u}", number);
    const collection_query q = {.vector = vector, .dim = DIM, .k = 3, .where = view_of(where)};
    arena_init(&a, 0);
    assert_ok(database_acquire_collection(f->db, name, &c, &err));
    assert_ok(collection_search(c, &q, &a, &hits, &err));
    database_release_collection(c);
    assert_int_equal(hits.count, 1);
    arena_done(&a);
}

/* What the columns of all segments take, with their lists of values. */
static size_t bytes_of_columns(const snapshot *s)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < s->segment_count; i++)
        bytes += columns_bytes(s->segments[i]->fields);
    return bytes;
}

/* Lists of values, bitmaps of filters, and room for the work of a search. */
static void what_searches_keep_is_counted(void **state)
{
    enum { NUMBERED = 4000, OF_A_VALUE = 16 };
    fixture *f = *state;
    kith_error err = {0};
    collection *c = NULL;
    fill_numbered(f, VIEW("numbered"), NUMBERED);
    bool is_listed = false;
    for (int turn = 0; turn < 3; turn++) {
        for (uint32_t i = 0; i < COLLECTION_MEASURE_AFTER + 1; i++)
            search_numbered(f, VIEW("numbered"), i);
        assert_ok(database_acquire_collection(f->db, VIEW("numbered"), &c, &err));
        upkeep_wait(c); // whoever counts while it is at work gets the former count
        const size_t scratch = vector_index_scratch_bytes(c->current->index);
        const size_t bitmaps = filter_cache_bytes(c->current->filters);
        const size_t listed = bytes_of_columns(c->current);
        const size_t bytes = snapshot_bytes(c->current);
        database_release_collection(c);
        assert_true(scratch >= sizeof(search_scratch));
        // Segments that were joined a moment ago have no lists yet; filters that come once there are lists have no bitmaps.
        const bool has_lists = listed >= NUMBERED * (OF_A_VALUE + sizeof(int64_t));
        assert_true(has_lists || bitmaps >= FILTER_CACHE_SLOTS * NUMBERED / 8);
        assert_true(bytes >= bitmaps + listed);
        is_listed = is_listed || has_lists;
        for (uint32_t i = 0; i < COLLECTION_MEASURE_AFTER; i++) {
            assert_ok(database_acquire_collection(f->db, VIEW("numbered"), &c, &err));
            database_release_collection(c);
        }
        assert_true(database_measure(f->db).bytes >= bytes);
    }
    assert_true(is_listed);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    open_with(f, UINT64_MAX);
    for (int i = 0; i < COLLECTIONS; i++)
        fill(f, i, 0, POINTS);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    if (f->db) close_it(f);
    return fixture_free(f);
}

static void without_need_everything_stays_in_memory(void **state)
{
    fixture *f = *state;
    database_memory m = database_measure(f->db);
    assert_int_equal(m.loaded, COLLECTIONS);
    assert_int_equal(m.unloaded, 0);
}

static void within_a_budget_the_least_recently_used_leave(void **state)
{
    fixture *f = *state;
    uint64_t one = database_measure(f->db).bytes / COLLECTIONS;
    close_it(f);
    // A loaded index may be a little larger or smaller than one that grew.
    open_with(f, 12 * one);
    for (int i = 0; i < COLLECTIONS; i++) {
        search(f, i, POINTS);
        database_memory m = database_measure(f->db);
        assert_true(m.bytes <= 12 * one);
        assert_true(m.loaded + m.unloaded == (uint64_t)i + 1);
    }
    database_memory before = database_measure(f->db);
    assert_true(before.loaded >= 6 && before.loaded <= 16);
    // The last ones are there still, the first is not.
    for (int i = COLLECTIONS - 5; i < COLLECTIONS; i++)
        search(f, i, POINTS);
    assert_int_equal(database_measure(f->db).unloaded, before.unloaded);
    search(f, 0, POINTS);
    assert_true(database_measure(f->db).unloaded > before.unloaded);
}

static void what_was_written_is_found_after_its_index_was_unloaded(void **state)
{
    fixture *f = *state;
    close_it(f);
    open_with(f, 1);
    for (int round = 1; round <= 3; round++)
        for (int i = 0; i < 10; i++) {
            fill(f, i, 1000 * (uint32_t)round, 10);
            assert_int_equal(database_measure(f->db).loaded, 1);
        }
    for (int i = 0; i < 10; i++)
        search(f, i, POINTS + 30);
    close_it(f);
    open_with(f, UINT64_MAX);
    for (int i = 0; i < 10; i++)
        search(f, i, POINTS + 30);
}

static void a_collection_in_use_is_never_unloaded(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char name[16];
    collection *held = NULL;
    close_it(f);
    open_with(f, 1);
    assert_ok(database_acquire_collection(f->db, name_of(7, name), &held, &err));
    assert_ok(collection_refresh(held, NEWEST_SEQUENCE, &err));
    for (int i = 20; i < 30; i++)
        search(f, i, POINTS);
    assert_non_null(held->current);
    assert_int_equal(database_measure(f->db).loaded, 1); // as of releases: this one has had none
    database_release_collection(held);
    assert_int_equal(database_measure(f->db).loaded, 1);
    search(f, 7, POINTS);
}

static void describing_loads_nothing(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    arena a;
    store_collections list = {0};
    arena_init(&a, 0);
    close_it(f);
    open_with(f, UINT64_MAX);
    assert_ok(store_collection_list(database_store(f->db), database_scope(f->db),
                                    &(store_page){0, 0}, &a, &list, &err));
    const store_collection *all = list.collections;
    assert_int_equal(list.count, COLLECTIONS);
    search(f, 3, POINTS);
    for (uint32_t i = 0; i < list.count; i++) {
        collection_index_state state_of = {0};
        assert_ok(database_describe_index(f->db, &all[i], &a, &state_of, &err));
        assert_string_equal(state_of.kind, i == 3 ? "flat" : "not loaded");
        assert_string_equal(state_of.state, "current");
        assert_int_equal(state_of.bytes_memory > 0, i == 3);
        assert_true(state_of.bytes_disk > 0);
    }
    assert_int_equal(database_measure(f->db).loaded, 1);
    // A file that is not there, or not this collection's, is told of without a load.
    char from[600], to[600], away[600];
    (void)snprintf(from, sizeof from, "%s/derived/%llu", f->directory,
                   (unsigned long long)all[10].id);
    (void)snprintf(to, sizeof to, "%s/derived/%llu", f->directory, (unsigned long long)all[11].id);
    (void)snprintf(away, sizeof away, "%s/away", f->directory);
    assert_int_equal(rename(to, away), 0);
    assert_int_equal(rename(from, to), 0);
    for (uint32_t i = 10; i < 12; i++) {
        collection_index_state state_of = {0};
        assert_ok(database_describe_index(f->db, &all[i], &a, &state_of, &err));
        assert_string_equal(state_of.state, "missing");
    }
    arena_done(&a);
}

/* Threads that use, drop and create collections while each release unloads others. */
enum { THREADS = 6, TURNS = 40 };
typedef struct user {
    fixture *f;
    int number;
    atomic_uint failures;
} user;

static void *use_many(void *context)
{
    user *u = context;
    for (int i = 0; i < TURNS; i++) {
        uint32_t found = 0;
        kith_status status = count_found(u->f->db, (u->number * 7 + i * 3) % 20, &found);
        if (status != KITH_OK || found != POINTS) atomic_fetch_add(&u->failures, 1);
        // Each thread has one that only it drops and creates.
        char name[16];
        view own = name_of(60 + u->number, name);
        status = database_create_collection(u->f->db, own, KITH_SQUARED_L2, DIM, NULL);
        if (status == KITH_OK) status = count_found(u->f->db, 60 + u->number, &found);
        if (status == KITH_OK) status = database_delete_collection(u->f->db, own, NULL);
        if (status != KITH_OK) atomic_fetch_add(&u->failures, 1);
    }
    return NULL;
}

static void unloading_beside_searches_and_deletions_loses_nothing(void **state)
{
    fixture *f = *state;
    uint64_t one = database_measure(f->db).bytes / COLLECTIONS;
    close_it(f);
    open_with(f, 4 * one);
    user users[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        users[i].f = f;
        users[i].number = i;
        users[i].failures = 0;
        assert_int_equal(pthread_create(&threads[i], NULL, use_many, &users[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(users[i].failures, 0);
    }
    assert_true(database_measure(f->db).unloaded > 0);
    assert_true(database_measure(f->db).bytes <= 4 * one);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(without_need_everything_stays_in_memory),
        with_fixture(within_a_budget_the_least_recently_used_leave),
        with_fixture(what_was_written_is_found_after_its_index_was_unloaded),
        with_fixture(a_collection_in_use_is_never_unloaded),
        with_fixture(what_searches_keep_is_counted),
        with_fixture(describing_loads_nothing),
        with_fixture(unloading_beside_searches_and_deletions_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
