/* health.c - see health.h. */
#include "serve/health.h"

#include "os/clock.h"

#include <kith/catalog.h>
#include <kith/operation.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum { KEPT_FACTOR = 10 /* looking takes at most a tenth of the time */ };

struct health {
    health_options options;
    atomic_bool is_disk_full; /* a write has failed for it, and none has succeeded since */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool is_looking, has_found;
    int64_t due_ns;
    health_report found;
};

health *health_new(const health_options *options)
{
    health *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    h->options = *options;
    CHECK(pthread_mutex_init(&h->lock, NULL) == 0);
    clock_condition_init(&h->changed);
    return h;
}

void health_free(health *h)
{
    if (!h) return;
    CHECK(pthread_cond_destroy(&h->changed) == 0 && pthread_mutex_destroy(&h->lock) == 0);
    free(h);
}

void health_note_write(health *h, int http_status)
{
    if (http_status == 507) atomic_store(&h->is_disk_full, true);
    if (http_status / 100 == 2) atomic_store(&h->is_disk_full, false);
}

/* ---- looking ---- */

static void add_reason(health_report *r, const char *format, ...) KITH_PRINTF(2, 3);
static void add_reason(health_report *r, const char *format, ...)
{
    va_list arguments;
    if (r->reason_count == HEALTH_REASONS_MAX) return;
    va_start(arguments, format);
    (void)vsnprintf(r->reasons[r->reason_count++], HEALTH_REASON_BYTES, format, arguments);
    va_end(arguments);
}

/* Collections by what is wrong with their index. */
typedef struct index_counts {
    uint64_t behind, building, incomplete;
} index_counts;

static void count_indexes(const kith_collection_list *list, index_counts *counts)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *state = list->collections[i].index_state;
        counts->behind += strcmp(state, "behind") == 0;
        counts->building += strcmp(state, "building") == 0;
        counts->incomplete += strcmp(state, "incomplete") == 0;
    }
}

static kith_status look_at_database(kith *k, const char *tenant, const char *database,
                                    index_counts *counts)
{
    kith *scoped = NULL;
    kith_collection_list *list = NULL;
    kith_status status = kith_use_database(k, tenant, database, &scoped, NULL);
    if (status == KITH_OK) status = kith_collections(scoped, NULL, &list, NULL);
    if (status == KITH_OK) count_indexes(list, counts);
    kith_collection_list_free(list);
    kith_status closed = kith_close(scoped, NULL);
    (void)closed; // closing a view cannot fail

    // It was deleted meanwhile.
    return status == KITH_ERR_NOT_FOUND ? KITH_OK : status;
}

static kith_status look_at_all(kith *k, index_counts *counts)
{
    kith_tenants *tenants = NULL;
    kith_status status = kith_tenants_list(k, NULL, &tenants, NULL);
    for (size_t t = 0; status == KITH_OK && t < tenants->count; t++) {
        kith_databases *databases = NULL;
        const char *tenant = tenants->names[t];
        status = kith_databases_list(k, tenant, NULL, NULL, &databases, NULL);
        for (size_t d = 0; status == KITH_OK && d < databases->count; d++)
            status = look_at_database(k, tenant, databases->databases[d].name, counts);
        kith_databases_free(databases);
        if (status == KITH_ERR_NOT_FOUND) status = KITH_OK;
    }
    kith_tenants_free(tenants);
    return status;
}

static void look_at_disk(const health *h, health_report *out)
{
    struct statvfs disk;
    if (atomic_load(&h->is_disk_full)) add_reason(out, "the last write failed: the disk is full");
    if (statvfs(h->options.directory, &disk) != 0) return;
    const double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    if (free_bytes < HEALTH_FREE_MIN_BYTES)
        add_reason(out, "the disk has %.0f KiB left, of the %d that it should have",
                   free_bytes / 1024, HEALTH_FREE_MIN_BYTES / 1024);
}

static void look(const health *h, health_report *out)
{
    index_counts counts = {0};
    kith_status status = look_at_all(h->options.k, &counts);
    out->is_ready = status == KITH_OK;
    if (status != KITH_OK)
        add_reason(out, "the data directory cannot be read: %s", kith_status_name(status));
    if (counts.behind)
        add_reason(out, "%llu collections are behind what was written",
                   (unsigned long long)counts.behind);
    if (counts.building)
        add_reason(out, "%llu indexes are being built; searches in them wait",
                   (unsigned long long)counts.building);
    if (counts.incomplete)
        add_reason(out,
                   "%llu indexes lack damaged records: 'kith check' names them, and what to do",
                   (unsigned long long)counts.incomplete);
    look_at_disk(h, out);
    status = h->options.embedder ? kith_embedder_last(h->options.embedder) : KITH_OK;
    if (status != KITH_OK)
        add_reason(out, "the last request to the embedding endpoint failed: %s",
                   kith_status_name(status));
}

/* ---- telling ---- */

void health_check(health *h, health_report *out)
{
    CHECK(pthread_mutex_lock(&h->lock) == 0);
    while (h->is_looking && !h->has_found)
        CHECK(pthread_cond_wait(&h->changed, &h->lock) == 0);
    const int64_t begun_ns = clock_monotonic_ns();
    if (!h->is_looking && begun_ns >= h->due_ns) {
        health_report found = {0};
        h->is_looking = true;
        CHECK(pthread_mutex_unlock(&h->lock) == 0);
        look(h, &found);
        const int64_t took_ns = clock_monotonic_ns() - begun_ns;
        const int64_t kept_ns = (int64_t)HEALTH_KEPT_MS * 1000000;
        CHECK(pthread_mutex_lock(&h->lock) == 0);
        h->found = found;
        h->due_ns = begun_ns + took_ns +
                    (took_ns * KEPT_FACTOR > kept_ns ? took_ns * KEPT_FACTOR : kept_ns);
        h->is_looking = false;
        h->has_found = true;
        CHECK(pthread_cond_broadcast(&h->changed) == 0);
    }
    *out = h->found;
    CHECK(pthread_mutex_unlock(&h->lock) == 0);
}
