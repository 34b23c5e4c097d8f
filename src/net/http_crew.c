/* http_crew.c - the rules of http_crew.h under one lock. */
#include "net/http_crew.h"

#include "base/size.h"
#include "os/clock.h"
#include "os/thread_pool.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    /* Looks without a job begun, after which the watching thread sleeps. */
    QUIET_LOOKS = 50,
    /* What waking a thread costs, about: of both processors, and until it does something. */
    WAKING_NS = 30000,
    /* A job that took longer says nothing about the next ones. */
    JOB_NS_MAX = 1000000
};

struct http_crew {
    http_crew_work work;
    uint32_t workers, max_waiting, processors;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t called, watched, led;
    http_job *first, *last;
    uint32_t waiting; /* jobs in that list */
    uint32_t running; /* jobs */
    uint32_t idle;    /* threads */
    uint64_t begun;   /* jobs, ever */
    int64_t job_ns;   /* that a job took lately: a moving mean over about 8 */
    bool has_lead;
    bool is_watching; /* the watching thread does not sleep */
    bool is_taken;    /* the lead belongs to another thread */
    bool is_stopping;
    uint32_t threads_started;
    bool has_watcher;
    pthread_t watcher;
    pthread_t threads[];
};

static uint32_t awake_locked(const http_crew *crew)
{
    return crew->threads_started - crew->idle;
}

static void lead_locked(http_crew *crew)
{
    bool may_run = crew->first && crew->running < crew->workers;
    crew->has_lead = true;
    (void)pthread_mutex_unlock(&crew->lock);
    crew->work.lead(crew->work.context, may_run ? 0 : -1);
    (void)pthread_mutex_lock(&crew->lock);
    crew->has_lead = false;
    if (crew->is_taken) (void)pthread_cond_signal(&crew->led);
}

static void run_locked(http_crew *crew)
{
    http_job *job = crew->first;
    crew->first = job->next;
    crew->waiting--;
    crew->running++;
    crew->begun++;
    bool pays = crew->waiting * crew->job_ns > WAKING_NS;
    if (pays && crew->idle > 0 && awake_locked(crew) < crew->processors)
        (void)pthread_cond_signal(&crew->called);
    if (!crew->is_watching) {
        crew->is_watching = true;
        (void)pthread_cond_signal(&crew->watched);
    }
    (void)pthread_mutex_unlock(&crew->lock);
    int64_t start_ns = clock_monotonic_ns();
    crew->work.run(crew->work.context, job);
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    (void)pthread_mutex_lock(&crew->lock);
    crew->running--;
    crew->job_ns += ((took_ns < JOB_NS_MAX ? took_ns : JOB_NS_MAX) - crew->job_ns) / 8;
}

static void *serve(void *context)
{
    http_crew *crew = context;
    (void)pthread_mutex_lock(&crew->lock);
    for (;;) {
        bool could_lead = !crew->has_lead && !crew->is_taken && !crew->is_stopping;
        if (could_lead) lead_locked(crew);
        if (crew->first && crew->running < crew->workers) {
            run_locked(crew);
        } else if (crew->is_stopping) {
            break;
        } else if (!could_lead) {
            crew->idle++;
            (void)pthread_cond_wait(&crew->called, &crew->lock);
            crew->idle--;
        }
    }
    (void)pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static void *watch(void *context)
{
    http_crew *crew = context;
    uint64_t seen = 0;
    uint32_t quiet = 0;
    (void)pthread_mutex_lock(&crew->lock);
    while (!crew->is_stopping) {
        if (!crew->is_watching) {
            (void)pthread_cond_wait(&crew->watched, &crew->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&crew->lock);
        clock_sleep_ms(CREW_WATCH_MS);
        (void)pthread_mutex_lock(&crew->lock);
        bool is_still = crew->begun == seen;
        bool has_lead = crew->has_lead || crew->is_taken;
        seen = crew->begun;
        quiet = is_still && has_lead && !crew->first ? quiet + 1 : 0;
        crew->is_watching = quiet < QUIET_LOOKS;
        bool could_run = crew->first && crew->running < crew->workers;
        if (is_still && crew->idle > 0 && (!has_lead || could_run))
            (void)pthread_cond_signal(&crew->called);
    }
    (void)pthread_mutex_unlock(&crew->lock);
    return NULL;
}

kith_status http_crew_start(uint32_t workers, uint32_t max_waiting, http_crew_work work,
                            http_crew **out, kith_error *err)
{
    CHECK(workers > 0 && workers < THREADS_MAX);
    uint32_t threads = workers + 1; // one more, so that somebody leads while all work
    http_crew *crew = calloc(1, sizeof *crew + threads * sizeof crew->threads[0]);
    if (!crew) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u workers", workers);
    crew->work = work;
    crew->workers = workers;
    crew->max_waiting = max_waiting;
    crew->processors = thread_count_available();
    (void)pthread_mutex_init(&crew->lock, NULL);
    clock_condition_init(&crew->called);
    clock_condition_init(&crew->watched);
    clock_condition_init(&crew->led);
    *out = crew;
    (void)pthread_mutex_lock(&crew->lock);
    crew->has_watcher = pthread_create(&crew->watcher, NULL, watch, crew) == 0;
    while (crew->has_watcher && crew->threads_started < threads &&
           pthread_create(&crew->threads[crew->threads_started], NULL, serve, crew) == 0)
        crew->threads_started++;
    bool is_complete = crew->threads_started == threads;
    (void)pthread_mutex_unlock(&crew->lock);
    if (is_complete) return KITH_OK;
    http_crew_take_lead(crew);
    http_crew_stop(crew);
    *out = NULL;
    return fail(err, KITH_ERR_NO_MEMORY, "the system starts no more threads for workers");
}

bool http_crew_push(http_crew *crew, http_job *job)
{
    (void)pthread_mutex_lock(&crew->lock);
    uint64_t room = (uint64_t)(crew->workers - crew->running) + crew->max_waiting;
    bool is_accepted = !crew->is_stopping && crew->waiting < room;
    if (is_accepted) {
        job->next = NULL;
        if (crew->first)
            crew->last->next = job;
        else
            crew->first = job;
        crew->last = job;
        crew->waiting++;
        // A lead that is none of the crew runs no job.
        if (crew->is_taken) (void)pthread_cond_signal(&crew->called);
    }
    (void)pthread_mutex_unlock(&crew->lock);
    return is_accepted;
}

void http_crew_need_lead(http_crew *crew)
{
    (void)pthread_mutex_lock(&crew->lock);
    if (!crew->has_lead && !crew->is_taken && crew->idle > 0)
        (void)pthread_cond_signal(&crew->called);
    (void)pthread_mutex_unlock(&crew->lock);
}

void http_crew_take_lead(http_crew *crew)
{
    (void)pthread_mutex_lock(&crew->lock);
    crew->is_taken = true;
    while (crew->has_lead) {
        crew->work.wake(crew->work.context);
        (void)pthread_cond_wait(&crew->led, &crew->lock);
    }
    // Those that waited for the lead now wait for jobs; there may be some.
    (void)pthread_cond_broadcast(&crew->called);
    (void)pthread_mutex_unlock(&crew->lock);
}

static void refuse_more_locked(http_crew *crew)
{
    crew->is_stopping = true;
    (void)pthread_cond_broadcast(&crew->called);
    (void)pthread_cond_broadcast(&crew->watched);
}

http_job *http_crew_take_waiting(http_crew *crew)
{
    (void)pthread_mutex_lock(&crew->lock);
    http_job *all = crew->first;
    crew->first = NULL;
    crew->waiting = 0;
    refuse_more_locked(crew);
    (void)pthread_mutex_unlock(&crew->lock);
    return all;
}

void http_crew_stop(http_crew *crew)
{
    if (!crew) return;
    (void)pthread_mutex_lock(&crew->lock);
    CHECK(crew->is_taken);
    refuse_more_locked(crew);
    (void)pthread_mutex_unlock(&crew->lock);
    for (uint32_t i = 0; i < crew->threads_started; i++)
        (void)pthread_join(crew->threads[i], NULL);
    if (crew->has_watcher) (void)pthread_join(crew->watcher, NULL);
    (void)pthread_cond_destroy(&crew->led);
    (void)pthread_cond_destroy(&crew->watched);
    (void)pthread_cond_destroy(&crew->called);
    (void)pthread_mutex_destroy(&crew->lock);
    free(crew);
}
