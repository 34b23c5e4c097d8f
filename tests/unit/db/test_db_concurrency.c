/* Writers and searchers on one collection at once; meant for TSan. Every search sees whole batches
 * and k hits. */
#include "test.h"

#include "base/rng.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "index_for_test.h"
#include "scratch.h"

#include <pthread.h>
#include <stdatomic.h>

enum { DIM = 8, BATCH = 4, WRITES = 60, WRITERS = 2, SEARCHERS = 2 };

typedef struct shared {
    collection *c;
    atomic_bool writing;
    atomic_uint next_seed;
} shared;

/* Batch n is BATCH points "w_n_i" with metadata {"batch": w * 1000 + n}. */
static void *write_batches(void *argument)
{
    shared *s = argument;
    kith_error err;
    uint32_t w = atomic_fetch_add(&s->next_seed, 1);
    rng r = {w};
    for (uint32_t n = 0; n < WRITES; n++) {
        char keys[BATCH][32], meta[32];
        float vectors[BATCH][DIM];
        store_point points[BATCH];
        (void)snprintf(meta, sizeof meta, "{\"batch\":%u}", w * 1000 + n);
        for (uint32_t i = 0; i < BATCH; i++) {
            (void)snprintf(keys[i], sizeof keys[i], "%u_%u_%u", w, n, i);
            for (uint32_t d = 0; d < DIM; d++)
                vectors[i][d] = (float)rng_unit(&r) - 0.5F;
            points[i] = (store_point){
                .key = view_of(keys[i]), .metadata = view_of(meta), .vector = vectors[i]};
        }
        assert_ok(
            collection_put_points(s->c, STORE_UPSERT, points, BATCH, DIM, (view){"", 0}, &err));
        if (n >= 10 && n % 5 == 0) {
            uint32_t deleted = 0;
            view old_keys[BATCH];
            char names[BATCH][32];
            for (uint32_t i = 0; i < BATCH; i++) {
                (void)snprintf(names[i], sizeof names[i], "%u_%u_%u", w, n - 10, i);
                old_keys[i] = view_of(names[i]);
            }
            assert_ok(collection_delete_points(s->c, old_keys, BATCH, &deleted, &err));
            assert_int_equal(deleted, BATCH);
        }
    }
    return NULL;
}

static void *search_all_the_time(void *argument)
{
    shared *s = argument;
    kith_error err;
    rng r = {atomic_fetch_add(&s->next_seed, 1)};
    while (atomic_load(&s->writing)) {
        arena a;
        arena_init(&a, 0);
        float query[DIM];
        for (uint32_t d = 0; d < DIM; d++)
            query[d] = (float)rng_unit(&r) - 0.5F;
        const char *where = arena_printf(&a, "{\"batch\":%u}",
                                         rng_below(&r, WRITERS) * 1000 + rng_below(&r, WRITES));
        collection_query q = {.vector = query, .dim = DIM, .k = 2 * BATCH, .where = view_of(where)};
        collection_hits hits;
        assert_ok(collection_search(s->c, &q, &a, &hits, &err));
        assert_true(hits.count == 0 || hits.count == BATCH); // a batch is there whole or not at all
        arena_done(&a);
    }
    return NULL;
}

static void searches_see_whole_batches_while_writers_write(void **state)
{
    kith_error err;
    database *db = NULL;
    shared s = {.writing = true};
    pthread_t writers[WRITERS], searchers[SEARCHERS];
    assert_ok(database_open(*state, NULL, &db, &err));
    assert_ok(database_ensure_collection(db, VIEW("c"), &s.c, &err));
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_batches, &s), 0);
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&searchers[i], NULL, search_all_the_time, &s), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(writers[i], NULL), 0);
    atomic_store(&s.writing, false);
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_join(searchers[i], NULL), 0);
    assert_index_is_sound(s.c);
    database_release_collection(s.c);
    assert_ok(database_close(db, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(searches_see_whole_batches_while_writers_write,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
