/* thread_pool.c - a pool that works on numbered jobs, the interactive ones first.
 *
 * A run lies on its caller's stack and is queued in its lane while it has numbers left to hand out.
 * The caller draws numbers of its own run until they are used up, then sleeps until the pool's
 * threads have finished those that they drew. A thread of the pool draws one number of the most
 * urgent run, works on it, and chooses again.
 *
 * So bulk work is interrupted between two numbers, without any of its callers knowing, and a
 * question does not wait for its turn: it is worked on by its own thread from the start, beside the
 * bulk callers, and by every thread of the pool as soon as that has finished a number. For that
 * moment more threads work than the pool has, and the kernel shares the CPUs out. A bulk run cannot
 * starve, since its own caller never works on anything else.
 *
 * Lifetime: a run is read by others only while it is queued or has numbers unfinished, both under
 * `mutex`; its caller returns, and the run's memory ends, only when neither holds. */
#include "os/thread_pool.h"

#include "base/size.h"
#include "os/clock.h"
#include "os/cpu_quota.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct run {
    thread_work work;
    void *context;
    uint32_t count;
    uint32_t next;           /* the number to hand out; queued exactly while next < count */
    uint32_t unfinished;     /* numbers not yet worked on, drawn or not */
    pthread_cond_t finished; /* unfinished became 0 */
    struct run *following;   /* in its lane */
} run;

struct thread_pool {
    pthread_mutex_t mutex;    /* guards what follows up to `workers`, and every run */
    pthread_cond_t wake;      /* a run was queued, or `stop` */
    run *lanes[THREAD_LANES]; /* the first come first */
    bool stop;
    pthread_t *workers;
    uint32_t size; /* with the caller */
};

typedef struct worker_start {
    thread_pool *pool;
    uint32_t number;
} worker_start;

static void queue_locked(thread_pool *pool, thread_lane lane, run *r)
{
    run **end = &pool->lanes[lane];
    while (*end)
        end = &(*end)->following;
    *end = r;
}

static void unqueue_locked(thread_pool *pool, const run *r)
{
    for (int lane = 0; lane < THREAD_LANES; lane++) {
        for (run **at = &pool->lanes[lane]; *at; at = &(*at)->following) {
            if (*at != r) continue;
            *at = r->following;
            return;
        }
    }
}

/* The run that a thread of the pool should work on; NULL when none has numbers left. */
static run *most_urgent_locked(const thread_pool *pool)
{
    for (int lane = 0; lane < THREAD_LANES; lane++)
        if (pool->lanes[lane]) return pool->lanes[lane];
    return NULL;
}

/* Draws one number of r, which has one left, and works on it; the mutex is free meanwhile. */
static void work_once_locked(thread_pool *pool, run *r, uint32_t worker)
{
    DCHECK(r->next < r->count);
    uint32_t i = r->next++;
    if (r->next == r->count) unqueue_locked(pool, r);
    (void)pthread_mutex_unlock(&pool->mutex);
    r->work(r->context, i, worker);
    (void)pthread_mutex_lock(&pool->mutex);
    if (--r->unfinished == 0) (void)pthread_cond_signal(&r->finished);
}

static void *worker_main(void *argument)
{
    worker_start start = *(worker_start *)argument;
    thread_pool *pool = start.pool;
    free(argument);
    (void)pthread_mutex_lock(&pool->mutex);
    while (!pool->stop) {
        run *r = most_urgent_locked(pool);
        if (r)
            work_once_locked(pool, r, start.number);
        else
            (void)pthread_cond_wait(&pool->wake, &pool->mutex);
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static bool start_worker(thread_pool *pool, uint32_t number)
{
    worker_start *start = malloc(sizeof *start);
    if (!start) return false;
    *start = (worker_start){pool, number};
    if (pthread_create(&pool->workers[number - 1], NULL, worker_main, start) == 0) return true;
    free(start);
    return false;
}

kith_status thread_pool_new(uint32_t threads, thread_pool **out, kith_error *err)
{
    if (threads == 0 || threads > THREADS_MAX)
        return fail(err, KITH_ERR_INVALID, "%u threads, allowed are 1 to %d", threads, THREADS_MAX);
    thread_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a thread pool");
    (void)pthread_mutex_init(&pool->mutex, NULL);
    clock_condition_init(&pool->wake);
    pool->size = 1;
    pool->workers = heap_new_array(threads, sizeof *pool->workers);
    while (pool->workers && pool->size < threads && start_worker(pool, pool->size))
        pool->size++;
    if (pool->size < threads) {
        thread_pool_free(pool);
        return fail(err, KITH_ERR_NO_MEMORY, "cannot start %u threads", threads);
    }
    *out = pool;
    return KITH_OK;
}

void thread_pool_free(thread_pool *pool)
{
    if (!pool) return;
    (void)pthread_mutex_lock(&pool->mutex);
    pool->stop = true;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->mutex);
    for (uint32_t i = 1; i < pool->size; i++)
        (void)pthread_join(pool->workers[i - 1], NULL);
    (void)pthread_cond_destroy(&pool->wake);
    (void)pthread_mutex_destroy(&pool->mutex);
    free(pool->workers);
    free(pool);
}

uint32_t thread_pool_size(const thread_pool *pool)
{
    return pool->size;
}

void thread_pool_run(thread_pool *pool, thread_lane lane, uint32_t count, thread_work work,
                     void *context)
{
    if (count == 0) return;
    run r = {.work = work, .context = context, .count = count, .unfinished = count};
    clock_condition_init(&r.finished);
    (void)pthread_mutex_lock(&pool->mutex);
    queue_locked(pool, lane, &r);
    if (count > 1) (void)pthread_cond_broadcast(&pool->wake); // the only number is the caller's
    while (r.next < r.count)
        work_once_locked(pool, &r, 0);
    while (r.unfinished > 0)
        (void)pthread_cond_wait(&r.finished, &pool->mutex);
    (void)pthread_mutex_unlock(&pool->mutex);
    (void)pthread_cond_destroy(&r.finished);
}

void thread_share_run(const thread_share *share, uint32_t count, thread_work work, void *context)
{
    if (share) {
        thread_pool_run(share->pool, share->lane, count, work, context);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        work(context, i, 0);
}

uint32_t thread_count_available(void)
{
    cpu_set_t set;
    uint32_t count = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0) count = (uint32_t)CPU_COUNT(&set);
    uint32_t quota = cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    count = quota < count ? quota : count;
    return count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
}
