/* http_workers.c - a list, a lock, a condition. */
#include "net/http_workers.h"

#include "base/size.h"
#include "os/thread_pool.h"

#include <pthread.h>
#include <stdlib.h>

struct http_workers {
    void (*run)(void *context, http_job *job);
    void *context;
    uint32_t max_waiting, started;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    http_job *first, *last;
    uint32_t waiting, idle;
    bool is_stopping;
    pthread_t threads[];
};

static http_job *take_first(http_workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->idle++;
    while (!w->first && !w->is_stopping)
        (void)pthread_cond_wait(&w->wake, &w->lock);
    w->idle--;
    http_job *job = w->first;
    if (job) {
        w->first = job->next;
        w->waiting--;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return job;
}

static void *work(void *context)
{
    http_workers *w = context;
    for (http_job *job = take_first(w); job; job = take_first(w))
        w->run(w->context, job);
    return NULL;
}

kith_status http_workers_start(uint32_t threads, uint32_t max_waiting,
                               void (*run)(void *context, http_job *job), void *context,
                               http_workers **out, kith_error *err)
{
    CHECK(threads > 0 && threads <= THREADS_MAX);
    http_workers *w = calloc(1, sizeof *w + threads * sizeof w->threads[0]);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u workers", threads);
    w->run = run;
    w->context = context;
    w->max_waiting = max_waiting;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->wake, NULL);
    while (w->started < threads && pthread_create(&w->threads[w->started], NULL, work, w) == 0)
        w->started++;
    if (w->started < threads) {
        http_workers_stop(w);
        return fail(err, KITH_ERR_NO_MEMORY, "the system starts no more threads for workers");
    }
    *out = w;
    return KITH_OK;
}

bool http_workers_push(http_workers *w, http_job *job)
{
    (void)pthread_mutex_lock(&w->lock);
    bool is_taken = !w->is_stopping && w->waiting < (uint64_t)w->idle + w->max_waiting;
    if (is_taken) {
        job->next = NULL;
        if (w->waiting++ == 0)
            w->first = job;
        else
            w->last->next = job;
        w->last = job;
    }
    (void)pthread_mutex_unlock(&w->lock);
    if (is_taken) (void)pthread_cond_signal(&w->wake);
    return is_taken;
}

static void refuse_more_locked(http_workers *w)
{
    w->is_stopping = true;
    (void)pthread_cond_broadcast(&w->wake);
}

http_job *http_workers_take_waiting(http_workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    http_job *all = w->first;
    w->first = NULL;
    w->waiting = 0;
    refuse_more_locked(w);
    (void)pthread_mutex_unlock(&w->lock);
    return all;
}

void http_workers_stop(http_workers *w)
{
    if (!w) return;
    (void)pthread_mutex_lock(&w->lock);
    refuse_more_locked(w);
    (void)pthread_mutex_unlock(&w->lock);
    for (uint32_t i = 0; i < w->started; i++)
        (void)pthread_join(w->threads[i], NULL);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}
