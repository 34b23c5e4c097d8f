/* Tests of the thread pool; run under TSan by ./dev check. */
#include "test.h"

#include "os/thread_pool.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

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
            thread_pool_run(pool, THREAD_LANE_INTERACTIVE, WORK, count_work, t);
            uint32_t sum = 0;
            for (uint32_t i = 0; i < WORK; i++)
                assert_int_equal(t->times[i], 1);
            for (uint32_t w = 0; w < 8; w++)
                sum += t->by_worker[w];
            assert_int_equal(sum, WORK);
            free(t);
        }
        thread_pool_run(pool, THREAD_LANE_BULK, 0, count_work, NULL);
        thread_pool_free(pool);
    }
}

static void *run_in_thread(void *argument)
{
    tally *t = calloc(1, sizeof *t);
    for (int round = 0; round < 10; round++)
        thread_pool_run(argument, round % THREAD_LANES, WORK, count_work, t);
    for (uint32_t i = 0; i < WORK; i++)
        assert_int_equal(t->times[i], 10);
    free(t);
    return NULL;
}

static void runs_from_several_threads_go_on_at_once(void **state)
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

/* What the two tests below watch: numbers are handed to threads in an order that semaphores fix, so
 * that nothing depends on time. */
typedef struct lanes {
    thread_pool *pool;
    sem_t begun;           /* posted by each bulk number that begins and holds its thread */
    sem_t release;         /* lets one such number end */
    atomic_bool holds;     /* whether bulk numbers hold their threads */
    atomic_uint of_worker; /* bulk numbers that thread 1 has begun */
    atomic_uint bulk, questions;
    atomic_uint overtaken; /* of_worker when thread 1 came to the question */
    sem_t helped;          /* thread 1 came to the question */
} lanes;

static void lanes_init(lanes *l, uint32_t threads)
{
    kith_error err;
    *l = (lanes){.holds = true};
    assert_ok(thread_pool_new(threads, &l->pool, &err));
    assert_int_equal(sem_init(&l->begun, 0, 0), 0);
    assert_int_equal(sem_init(&l->release, 0, 0), 0);
    assert_int_equal(sem_init(&l->helped, 0, 0), 0);
}

static void bulk_work(void *context, uint32_t i, uint32_t worker)
{
    (void)i;
    lanes *l = context;
    atomic_fetch_add(&l->bulk, 1);
    if (worker == 1) atomic_fetch_add(&l->of_worker, 1);
    if (!atomic_load(&l->holds)) return;
    (void)sem_post(&l->begun);
    (void)sem_wait(&l->release);
}

static void *run_bulk(void *argument)
{
    lanes *l = argument;
    thread_pool_run(l->pool, THREAD_LANE_BULK, WORK, bulk_work, l);
    return NULL;
}

static void question_alone(void *context, uint32_t i, uint32_t worker)
{
    (void)i;
    lanes *l = context;
    assert_int_equal(worker, 0);
    atomic_fetch_add(&l->questions, 1);
}

static void lanes_end(lanes *l, pthread_t caller)
{
    atomic_store(&l->holds, false);
    for (int i = 0; i < 2; i++)
        (void)sem_post(&l->release);
    assert_int_equal(pthread_join(caller, NULL), 0);
    assert_int_equal(l->bulk, WORK);
    thread_pool_free(l->pool);
    (void)sem_destroy(&l->begun);
    (void)sem_destroy(&l->release);
    (void)sem_destroy(&l->helped);
}

static void a_question_is_answered_while_bulk_work_holds_every_thread(void **state)
{
    (void)state;
    lanes l;
    pthread_t caller;
    lanes_init(&l, 2);
    assert_int_equal(pthread_create(&caller, NULL, run_bulk, &l), 0);
    (void)sem_wait(&l.begun);
    (void)sem_wait(&l.begun); // the bulk caller and thread 1
    for (int i = 0; i < 3; i++)
        thread_pool_run(l.pool, THREAD_LANE_INTERACTIVE, 1, question_alone, &l);
    assert_int_equal(l.questions, 3);
    assert_int_equal(l.bulk, 2); // the others are still queued
    lanes_end(&l, caller);
}

/* Number 0, the caller's, lasts until thread 1 has come to number 1. */
static void question_work(void *context, uint32_t i, uint32_t worker)
{
    (void)i;
    lanes *l = context;
    atomic_fetch_add(&l->questions, 1);
    if (worker == 0) {
        (void)sem_post(&l->release);
        (void)sem_post(&l->release);
        (void)sem_wait(&l->helped);
    } else {
        atomic_store(&l->overtaken, atomic_load(&l->of_worker));
        (void)sem_post(&l->helped);
    }
}

static void a_thread_of_the_pool_takes_a_question_before_queued_bulk_work(void **state)
{
    (void)state;
    lanes l;
    pthread_t caller;
    lanes_init(&l, 2);
    assert_int_equal(pthread_create(&caller, NULL, run_bulk, &l), 0);
    (void)sem_wait(&l.begun);
    (void)sem_wait(&l.begun);
    atomic_store(&l.holds, false); // whoever is let go may do all that is queued
    thread_pool_run(l.pool, THREAD_LANE_INTERACTIVE, 2, question_work, &l);
    assert_int_equal(l.questions, 2);
    assert_int_equal(l.overtaken, 1); // the bulk number that thread 1 was held in, and none since
    lanes_end(&l, caller);
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
        cmocka_unit_test(runs_from_several_threads_go_on_at_once),
        cmocka_unit_test(a_question_is_answered_while_bulk_work_holds_every_thread),
        cmocka_unit_test(a_thread_of_the_pool_takes_a_question_before_queued_bulk_work),
        cmocka_unit_test(thread_counts_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
