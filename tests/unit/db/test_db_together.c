/* Everything at once on one directory: put, delete, search, save, drop, create, and in every second
 * round unload what nobody uses; meant for TSan. A round takes a second or two; KITH_TOGETHER_ROUNDS
 * asks for more of them. */
#include "test.h"

#include "base/rng.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "index_for_test.h"
#include "os/clock.h"
#include "scratch.h"
#include "store/integrity.h"

#include <pthread.h>
#include <stdatomic.h>

enum { DIM = 4, BATCH = 16, KEYS = 64 /* batches */, PUTS = 150, SEARCHERS = 2, PUTTERS = 2 };
static const char *const names[] = {"steady", "dropped"};

typedef struct shared {
    database *db;
    atomic_bool ended;
    atomic_uint seed;
} shared;

/* Only the second collection is ever missing. */
static collection *acquire(const shared *s, uint32_t which)
{
    kith_error err;
    collection *c = NULL;
    kith_status status = database_acquire_collection(s->db, view_of(names[which]), &c, &err);
    assert_true(status == KITH_OK || (which == 1 && status == KITH_ERR_NOT_FOUND));
    return c;
}

static void put_batch(const shared *s, rng *r, uint32_t which)
{
    kith_error err;
    char keys[BATCH][16], meta[32];
    float vectors[BATCH][DIM];
    store_point points[BATCH];
    uint32_t n = rng_below(r, KEYS);
    collection *c = acquire(s, which);
    if (!c) return;
    (void)snprintf(meta, sizeof meta, "{\"batch\":%u}", n);
    for (uint32_t i = 0; i < BATCH; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "%u_%u", n, i);
        for (uint32_t d = 0; d < DIM; d++)
            vectors[i][d] = (float)rng_unit(r) - 0.5F;
        points[i] = (store_point){.key = view_of(keys[i]),
                                  .content = VIEW("the fox hunts mice"),
                                  .metadata = view_of(meta),
                                  .vector = vectors[i]};
    }
    kith_status status = collection_put_points(c, STORE_UPSERT, points, BATCH, DIM, VIEW(""), &err);
    assert_true(status == KITH_OK || (which == 1 && status == KITH_ERR_NOT_FOUND));
    database_release_collection(c);
}

static void delete_batch(const shared *s, rng *r, uint32_t which)
{
    kith_error err;
    char keys[BATCH][16];
    view views[BATCH];
    uint32_t n = rng_below(r, KEYS), deleted = 0;
    collection *c = acquire(s, which);
    if (!c) return;
    for (uint32_t i = 0; i < BATCH; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "%u_%u", n, i);
        views[i] = view_of(keys[i]);
    }
    kith_status status = collection_delete_points(c, views, BATCH, &deleted, &err);
    assert_true(status == KITH_OK || (which == 1 && status == KITH_ERR_NOT_FOUND));
    if (status == KITH_OK) assert_true(deleted == 0 || deleted == BATCH);
    database_release_collection(c);
}

static void *write_at_random(void *context)
{
    shared *s = context;
    rng r = {atomic_fetch_add(&s->seed, 1)};
    for (uint32_t i = 0; i < PUTS; i++) {
        uint32_t which = rng_below(&r, 2);
        if (rng_below(&r, 4) == 0)
            delete_batch(s, &r, which);
        else
            put_batch(s, &r, which);
    }
    return NULL;
}

/* A batch is found whole, or not at all. */
static void search_batch(const shared *s, rng *r, uint32_t which)
{
    kith_error err;
    arena a;
    collection_hits hits;
    float vector[DIM];
    collection *c = acquire(s, which);
    if (!c) return;
    arena_init(&a, 0);
    for (uint32_t d = 0; d < DIM; d++)
        vector[d] = (float)rng_unit(r) - 0.5F;
    const char *where = arena_printf(&a, "{\"batch\":%u}", rng_below(r, KEYS));
    const collection_query q = {.vector = vector,
                                .dim = DIM,
                                .words = rng_below(r, 2) ? VIEW("fox mice") : VIEW(""),
                                .k = 2 * BATCH,
                                .where = view_of(where),
                                .allow_unknown_fields = true};
    kith_status status = collection_search(c, &q, &a, &hits, &err);
    assert_true(status == KITH_OK || (which == 1 && status == KITH_ERR_NOT_FOUND));
    if (status == KITH_OK && which == 0) assert_true(hits.count == 0 || hits.count == BATCH);
    arena_done(&a);
    database_release_collection(c);
}

static void *search_at_random(void *context)
{
    shared *s = context;
    rng r = {atomic_fetch_add(&s->seed, 1)};
    while (!atomic_load(&s->ended))
        search_batch(s, &r, rng_below(&r, 2));
    return NULL;
}

/* Describes the indexes, and has one of them saved. */
static void *describe_and_save(void *context)
{
    shared *s = context;
    kith_error err;
    while (!atomic_load(&s->ended)) {
        arena a;
        collection_index_state state;
        collection *c = acquire(s, 0);
        arena_init(&a, 0);
        assert_ok(collection_index(c, &a, &state, &err));
        assert_string_equal(state.reason, "");
        (void)pthread_mutex_lock(&c->lock);
        c->must_save = true;
        (void)pthread_mutex_unlock(&c->lock);
        assert_ok(collection_refresh(c, NEWEST_SEQUENCE, &err));
        arena_done(&a);
        database_release_collection(c);
        clock_sleep_ms(20);
    }
    return NULL;
}

static void *drop_and_create(void *context)
{
    shared *s = context;
    kith_error err;
    while (!atomic_load(&s->ended)) {
        assert_ok(database_delete_collection(s->db, view_of(names[1]), &err));
        assert_ok(database_create_collection(s->db, view_of(names[1]), KITH_COSINE, 0, &err));
        clock_sleep_ms(30);
    }
    return NULL;
}

static void run_round(const char *directory, uint32_t round)
{
    kith_error err;
    collection *c = NULL;
    shared s = {.seed = round * 100};
    pthread_t writers[PUTTERS], searchers[SEARCHERS], others[2];
    const database_options how = {.memory_bytes = round % 2}; // 1: nothing fits
    assert_ok(database_open(directory, &how, &s.db, &err));
    for (int i = 0; i < 2; i++) {
        assert_ok(database_ensure_collection(s.db, view_of(names[i]), &c, &err));
        database_release_collection(c);
    }
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&searchers[i], NULL, search_at_random, &s), 0);
    for (int i = 0; i < PUTTERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_at_random, &s), 0);
    assert_int_equal(pthread_create(&others[0], NULL, describe_and_save, &s), 0);
    assert_int_equal(pthread_create(&others[1], NULL, drop_and_create, &s), 0);
    for (int i = 0; i < PUTTERS; i++)
        assert_int_equal(pthread_join(writers[i], NULL), 0);
    atomic_store(&s.ended, true);
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_join(searchers[i], NULL), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(others[i], NULL), 0);
    if (round % 2) assert_true(database_measure(s.db).unloaded > 0);
    c = acquire(&s, 0);
    assert_ok(collection_load(c, &err));
    assert_index_is_sound(c);
    database_release_collection(c);
    assert_ok(store_check(database_store(s.db), &err));
    assert_ok(database_close(s.db, &err));
}

static void everything_at_once_leaves_everything_sound(void **state)
{
    const char *asked = getenv("KITH_TOGETHER_ROUNDS");
    long rounds = asked ? strtol(asked, NULL, 10) : 2;
    for (long i = 0; i < rounds; i++)
        run_round(*state, (uint32_t)i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_at_once_leaves_everything_sound, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
