/* thread_pool.c - a pool that runs one job of numbered calls at a time.
 *
 * Who works: the caller and every worker. A worker sleeps on `wake` until `generation` moves,
 * copies the job, and draws numbers from `next` until there are none left; the caller draws along
 * with them and then waits on `finished` until `running` is 0. Numbers are drawn, not dealt out
 * beforehand, so a slow call or a late thread holds back only itself.
 *
 * One run at a time: the caller holds `turn` from beginning to end. Two runs side by side would
 * each have fewer threads at a given moment and take no less time together, and a worker number
 * would no longer name one thread's scratch memory.
 *
 * What it does not give is fairness. `turn` is a plain mutex: a caller that runs again and again
 * may overtake one that waits, and a run is never interrupted. Whoever has long work and must let
 * others in between hands it over in slices, and must not count on the others being let in.
 *
 * Why no worker is left over from the run before: `running` reaches 0 only after each worker has
 * seen this generation, drawn its last number and come back to the mutex, and only then can the
 * caller leave and another run begin. So a worker never draws a number of another job than the one
 * that it copied.
 *
 * Lock order: `turn` before `mutex`. */
#include "os/thread_pool.h"

#include "base/size.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct thread_pool {
    pthread_mutex_t turn;  /* one run at a time */
    pthread_mutex_t mutex; /* guards what follows, up to `workers`, but `next` */
    pthread_cond_t wake, finished;
    uint64_t generation;
    uint32_t running; /* workers that have not finished this generation */
    bool stop;
    thread_work work;
    void *context;
    uint32_t count;
    atomic_uint next;   /* relaxed: only uniqueness matters; `mutex` orders what the calls wrote */
    pthread_t *workers; /* [size - 1], constant once the pool is made, like `size` */
    uint32_t size;      /* with the caller */
};

typedef struct worker_start {
    thread_pool *pool;
    uint32_t number;
} worker_start;

static void draw(thread_pool *pool, thread_work work, void *context, uint32_t count,
                 uint32_t worker)
{
    for (;;) {
        uint32_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= count) return;
        work(context, i, worker);
    }
}

static void *worker_main(void *argument)
{
    worker_start start = *(worker_start *)argument;
    thread_pool *pool = start.pool;
    free(argument);
    uint64_t seen = 0;
    (void)pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->stop && pool->generation == seen)
            (void)pthread_cond_wait(&pool->wake, &pool->mutex);
        if (pool->stop) break;
        seen = pool->generation;
        thread_work work = pool->work;
        void *context = pool->context;
        uint32_t count = pool->count;
        (void)pthread_mutex_unlock(&pool->mutex);
        draw(pool, work, context, count, start.number);
        (void)pthread_mutex_lock(&pool->mutex);
        CHECK(pool->running > 0);
        if (--pool->running == 0) (void)pthread_cond_signal(&pool->finished);
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
    (void)pthread_mutex_init(&pool->turn, NULL);
    (void)pthread_mutex_init(&pool->mutex, NULL);
    (void)pthread_cond_init(&pool->wake, NULL);
    (void)pthread_cond_init(&pool->finished, NULL);
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
    (void)pthread_cond_destroy(&pool->finished);
    (void)pthread_cond_destroy(&pool->wake);
    (void)pthread_mutex_destroy(&pool->mutex);
    (void)pthread_mutex_destroy(&pool->turn);
    free(pool->workers);
    free(pool);
}

uint32_t thread_pool_size(const thread_pool *pool)
{
    return pool->size;
}

void thread_pool_run(thread_pool *pool, uint32_t count, thread_work work, void *context)
{
    (void)pthread_mutex_lock(&pool->turn);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->work = work;
    pool->context = context;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    CHECK(pool->running == 0);
    pool->running = pool->size - 1;
    pool->generation++;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->mutex);
    draw(pool, work, context, count, 0);
    (void)pthread_mutex_lock(&pool->mutex);
    while (pool->running > 0)
        (void)pthread_cond_wait(&pool->finished, &pool->mutex);
    (void)pthread_mutex_unlock(&pool->mutex);
    (void)pthread_mutex_unlock(&pool->turn);
}

/* The quota of cgroup version 2, or of version 1, in whole CPUs rounded up; UINT32_MAX: none. */
static uint32_t cgroup_quota(void)
{
    long long quota = -1, period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file) {
        if (fscanf(file, "%lld %lld", &quota, &period) != 2) quota = -1;
        (void)fclose(file);
    } else if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re"))) {
        if (fscanf(file, "%lld", &quota) != 1) quota = -1;
        (void)fclose(file);
        file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
        if (file && fscanf(file, "%lld", &period) != 1) period = 0;
        if (file) (void)fclose(file);
    }
    if (quota <= 0 || period <= 0) return UINT32_MAX;
    long long cpus = (quota + period - 1) / period;
    return cpus < THREADS_MAX ? (uint32_t)cpus : THREADS_MAX;
}

uint32_t thread_count_available(void)
{
    cpu_set_t set;
    uint32_t count = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0) count = (uint32_t)CPU_COUNT(&set);
    uint32_t quota = cgroup_quota();
    count = quota < count ? quota : count;
    return count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
}
