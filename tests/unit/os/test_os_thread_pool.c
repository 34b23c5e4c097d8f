/* Tests of the thread pool; run under TSan by ./dev check. */
#include "test.h"

#include "os/thread_pool.h"

#include <pthread.h>
#include <stdatomic.h>

enum { WORK = 10000 };

typedef struct tally {
    atomic_uint times[WORK];
    uint32_t by_worker[8]; /* not atomic: each worker has its own */
} tally;

static void count_work(void *context, uint32_t i, uint32_t worker)
{
    tally *t = context;
    atomic_fetch_add(&t->times[i], 1);
    t->by_worker[worker]++;
}

static void every_number_is_worked_on_once(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads <= 4; threads++) {
        kith_error err;
        thread_pool *pool = NULL;
        assert_ok(thread_pool_new(threads, &pool, &err));
        for (int round = 0; round < 20; round++) {
            tally *t = calloc(1, sizeof *t);
            thread_pool_run(pool, WORK, count_work, t);
            uint32_t sum = 0;
            for (uint32_t i = 0; i < WORK; i++)
                assert_int_equal(t->times[i], 1);
            for (uint32_t w = 0; w < 8; w++)
                sum += t->by_worker[w];
            assert_int_equal(sum, WORK);
            free(t);
        }
        thread_pool_run(pool, 0, count_work, NULL);
        thread_pool_free(pool);
    }
}

static void *run_in_thread(void *argument)
{
    tally *t = calloc(1, sizeof *t);
    for (int round = 0; round < 10; round++)
        thread_pool_run(argument, WORK, count_work, t);
    for (uint32_t i = 0; i < WORK; i++)
        assert_int_equal(t->times[i], 10);
    free(t);
    return NULL;
}

static void runs_from_several_threads_take_turns(void **state)
{
    (void)state;
    kith_error err;
    thread_pool *pool = NULL;
    pthread_t callers[4];
    assert_ok(thread_pool_new(3, &pool, &err));
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&callers[i], NULL, run_in_thread, pool), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(callers[i], NULL), 0);
    thread_pool_free(pool);
}

static void thread_counts_out_of_range_are_refused(void **state)
{
    (void)state;
    kith_error err;
    thread_pool *pool = NULL;
    assert_status(KITH_ERR_INVALID, thread_pool_new(0, &pool, &err));
    assert_status(KITH_ERR_INVALID, thread_pool_new(THREADS_MAX + 1, &pool, &err));
    assert_null(pool);
    assert_true(thread_count_available() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_worked_on_once),
        cmocka_unit_test(runs_from_several_threads_take_turns),
        cmocka_unit_test(thread_counts_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
