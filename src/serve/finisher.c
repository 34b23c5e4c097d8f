/* finisher.c - see finisher.h.
 * What cannot be embedded (the endpoint is down, a collection is of another model) is tried again
 * after a longer pause, and logged once for each try. */
#include "serve/finisher.h"

#include "base/size.h"
#include "os/clock.h"

#include <kith/catalog.h>
#include <kith/meaning.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 2000,       /* between two looks */
    FAILED_MS = 60 * 1000 /* after something could not be embedded */
};

struct finisher {
    kith *k;
    log_stream *log;
    pthread_t thread;
    pthread_mutex_t lock; /* of the end, for which `changed` wakes the thread */
    pthread_cond_t changed;
    atomic_bool is_ending;
};

static bool is_ending(const finisher *f)
{
    return atomic_load_explicit(&f->is_ending, memory_order_relaxed);
}

static int wants_to_end(void *context)
{
    return is_ending(context);
}

/* ---- embedding ---- */

typedef struct finishing {
    finisher *finisher;
    const kith_collection_info *info;
} finishing;

static void log_place(const finisher *f, const kith_collection_info *info)
{
    log_text(f->log, "tenant", info->tenant);
    log_text(f->log, "database", info->database);
    log_text(f->log, "collection", info->name);
}

/* Chunks that were cut, or refused, are told by the reason of an event. */
static int tell(void *context, const kith_ingest_event *event)
{
    const finishing *told = context;
    if (!event->reason || !event->reason[0]) return 0;
    log_begin(told->finisher->log, LOG_WARN, "embedding");
    log_place(told->finisher, told->info);
    log_text(told->finisher->log, "reason", event->reason);
    log_end(told->finisher->log);
    return 0;
}

/* False when something of the collection could not be embedded. */
static bool finish_collection(finisher *f, kith *database, const kith_collection_info *info)
{
    kith_error err = {0};
    uint64_t embedded = 0;
    const kith_call call = {.is_cancelled = wants_to_end, .context = f};
    finishing told = {f, info};
    const kith_ingest_options options = {.call = &call, .on_event = tell, .context = &told};
    kith_status status = kith_embed_waiting(database, info->name, &options, &embedded, &err);
    bool failed = status != KITH_OK && status != KITH_ERR_CANCELLED;
    bool is_others = status == KITH_ERR_MODEL; // whoever has its model embeds it
    log_level level = is_others ? LOG_DEBUG : failed ? LOG_WARN : LOG_INFO;
    if (embedded == 0 && !failed) return true;
    log_begin(f->log, level, failed ? "embedding_failed" : "embedded");
    log_place(f, info);
    log_number(f->log, "chunks", embedded);
    if (failed) log_text(f->log, "status", kith_status_name(status));
    if (failed) log_text(f->log, "reason", err.message);
    log_end(f->log);
    return !failed || is_others;
}

static bool finish_database(finisher *f, const kith_database *which)
{
    kith *database = NULL;
    kith_collection_infos *infos = NULL;
    bool is_done = true;
    kith_status status = kith_use_database(f->k, which->tenant, which->name, &database, NULL);
    if (status == KITH_OK) status = kith_collection_describe(database, NULL, NULL, &infos, NULL);
    for (size_t i = 0; status == KITH_OK && i < infos->count && !is_ending(f); i++)
        if (infos->collections[i].waiting > 0)
            is_done = finish_collection(f, database, &infos->collections[i]) && is_done;
    kith_collection_infos_free(infos);
    kith_status closed = database ? kith_close(database, NULL) : KITH_OK;
    (void)closed;   // it holds nothing of its own
    return is_done; // what cannot be read now is looked at again
}

static bool finish_all(finisher *f)
{
    kith_tenants *tenants = NULL;
    bool is_done = true;
    kith_status status = kith_tenants_list(f->k, NULL, &tenants, NULL);
    for (size_t t = 0; status == KITH_OK && t < tenants->count && !is_ending(f); t++) {
        kith_databases *list = NULL;
        kith_status listed = kith_databases_list(f->k, tenants->names[t], NULL, NULL, &list, NULL);
        for (size_t i = 0; listed == KITH_OK && i < list->count && !is_ending(f); i++)
            is_done = finish_database(f, &list->databases[i]) && is_done;
        kith_databases_free(list);
    }
    kith_tenants_free(tenants);
    return is_done;
}

/* ---- the thread ---- */

static void pause_for(finisher *f, uint32_t ms)
{
    struct timespec end = clock_deadline(ms);
    int waited = 0;
    CHECK(pthread_mutex_lock(&f->lock) == 0);
    while (!is_ending(f) && waited == 0)
        waited = pthread_cond_timedwait(&f->changed, &f->lock, &end);
    CHECK(pthread_mutex_unlock(&f->lock) == 0);
}

static void *run(void *context)
{
    finisher *f = context;
    while (!is_ending(f))
        pause_for(f, finish_all(f) ? LOOK_MS : FAILED_MS);
    return NULL;
}

/* Signals are for the threads of the program: none is handled in this one. */
static int start_thread(finisher *f)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&f->thread, NULL, run, f);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

kith_status finisher_start(kith *k, log_stream *log, finisher **out, kith_error *err)
{
    finisher *f = heap_new_array(1, sizeof *f);
    if (!f) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a thread");
    f->k = k;
    f->log = log;
    CHECK(pthread_mutex_init(&f->lock, NULL) == 0);
    clock_condition_init(&f->changed);
    int failed = start_thread(f);
    if (failed) {
        (void)pthread_cond_destroy(&f->changed);
        (void)pthread_mutex_destroy(&f->lock);
        free(f);
        return fail(err, KITH_ERR_IO, "no thread can be started: %s", strerror(failed));
    }
    *out = f;
    return KITH_OK;
}

void finisher_stop(finisher *f)
{
    if (!f) return;
    CHECK(pthread_mutex_lock(&f->lock) == 0);
    atomic_store(&f->is_ending, true);
    CHECK(pthread_cond_broadcast(&f->changed) == 0);
    CHECK(pthread_mutex_unlock(&f->lock) == 0);
    CHECK(pthread_join(f->thread, NULL) == 0);
    (void)pthread_cond_destroy(&f->changed);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}
