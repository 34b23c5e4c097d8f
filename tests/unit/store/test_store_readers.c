/* test_store_readers.c - the pool of reading connections: never more than its limit, and nobody
 * waits for ever. */
#include "fixture.h"

#include "store/readers.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4 * READERS_MAX, ROUNDS = 50 };

static readers *open_readers(const fixture *f)
{
    kith_error err = {0};
    char path[PATH_BYTES];
    readers *r = NULL;
    fixture_path(f, "", path);
    assert_ok(readers_new(path, CONNECTION_READER, &r, &err));
    return r;
}

typedef struct crowd {
    readers *readers;
    atomic_uint reading, most, failures;
} crowd;

static void *read_often(void *context)
{
    crowd *c = context;
    for (int i = 0; i < ROUNDS; i++) {
        connection *reader = NULL;
        uint64_t collections = 0;
        if (readers_acquire(c->readers, &reader, NULL) != KITH_OK) {
            atomic_fetch_add(&c->failures, 1);
            continue;
        }
        unsigned reading = atomic_fetch_add(&c->reading, 1) + 1, most = atomic_load(&c->most);
        while (most < reading && !atomic_compare_exchange_weak(&c->most, &most, reading))
            ;
        if (connection_number(reader, DATABASE_COUNT, &collections, NULL) != KITH_OK ||
            collections != 1)
            atomic_fetch_add(&c->failures, 1);
        atomic_fetch_sub(&c->reading, 1);
        readers_release(c->readers, reader);
    }
    return NULL;
}

static void many_threads_share_a_few_connections(void **state)
{
    crowd c = {.readers = open_readers(*state)};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, &c), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(c.failures, 0);
    assert_true(c.most <= READERS_MAX);
    assert_true(readers_opened(c.readers) <= READERS_MAX);
    readers_free(c.readers);
}

static void connections_are_used_again(void **state)
{
    kith_error err = {0};
    readers *r = open_readers(*state);
    for (int i = 0; i < ROUNDS; i++) {
        connection *c = NULL;
        assert_ok(readers_acquire(r, &c, &err));
        readers_release(r, c);
    }
    assert_int_equal(readers_opened(r), 1);
    readers_free(r);
}

/* Holds a connection until all threads of its group do, and then asks for a second: with as many
 * threads as connections each would wait for the others' first. */
typedef struct nesting {
    readers *readers;
    pthread_barrier_t all_hold_one;
    atomic_uint failures;
} nesting;

static void *read_within_reading(void *context)
{
    nesting *n = context;
    connection *outer = NULL, *inner = NULL;
    kith_status status = readers_acquire(n->readers, &outer, NULL);
    (void)pthread_barrier_wait(&n->all_hold_one);
    if (status == KITH_OK) status = readers_acquire(n->readers, &inner, NULL);
    if (status != KITH_OK) {
        atomic_fetch_add(&n->failures, 1);
        return NULL;
    }
    readers_release(n->readers, inner);
    readers_release(n->readers, outer);
    return NULL;
}

static void a_thread_that_reads_gets_a_second_connection_without_waiting(void **state)
{
    nesting n = {.readers = open_readers(*state)};
    pthread_t threads[READERS_MAX];
    assert_int_equal(pthread_barrier_init(&n.all_hold_one, NULL, READERS_MAX), 0);
    for (int i = 0; i < READERS_MAX; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_within_reading, &n), 0);
    for (int i = 0; i < READERS_MAX; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(n.failures, 0);
    // Those beside the limit were closed again.
    for (int i = 0; i < READERS_MAX; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_within_reading, &n), 0);
    for (int i = 0; i < READERS_MAX; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(n.failures, 0);
    (void)pthread_barrier_destroy(&n.all_hold_one);
    readers_free(n.readers);
}

static void a_connection_that_cannot_be_opened_leaves_its_place_free(void **state)
{
    (void)state;
    kith_error err = {0};
    readers *r = NULL;
    connection *c = NULL;
    assert_ok(readers_new("/nonexistent/kith.db", CONNECTION_READER, &r, &err));
    for (int i = 0; i < 2 * READERS_MAX; i++)
        assert_status(KITH_ERR_IO, readers_acquire(r, &c, &err));
    assert_int_equal(readers_opened(r), 0);
    readers_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(many_threads_share_a_few_connections),
        with_store(connections_are_used_again),
        with_store(a_thread_that_reads_gets_a_second_connection_without_waiting),
        with_store(a_connection_that_cannot_be_opened_leaves_its_place_free),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
