/* ingestion.c - see ingestion.h.
 *
 * One caller of all processes embeds what waits in a collection (ingest/embed_later). Others that
 * want it done wait until nothing waits any more, or until the one that did it has ended: then they
 * go on with it. */
#include "lib/ingestion.h"

#include "base/size.h"
#include "os/clock.h"

#include <stdio.h>

enum { LOOK_MS = 200 /* how often somebody who waits for another one looks */ };

kith_status ingestion_choose_embedder(kith *k, collection *c, const call_limit *limit,
                                      embedder **out, kith_error *err)
{
    *out = k->embedder;
    kith_status status = c ? choose_embedder(k, c, out, err) : require_embedder(k, err);
    return status == KITH_OK ? embedder_identify(*out, limit, err) : status;
}

void ingestion_count(kith *k, const ingest_run *in)
{
    metrics_count(k->metrics, METRICS_DOCUMENTS, in->report.processed);
    metrics_count(k->metrics, METRICS_CHUNKS, in->report.chunks);
    for (int i = 0; i < INGEST_STATUS_COUNT; i++)
        metrics_error(k->metrics, (kith_status)i, in->failures[i]);
}

typedef struct following {
    ingest_run *in;
    kith_status status; /* of the events */
    kith_error *err;
} following;

static bool goes_on(void *context, const later_report *so_far)
{
    following *f = context;
    f->status = ingest_report_waiting(f->in, so_far, "", f->err);
    return f->status == KITH_OK;
}

/* Says what was refused, and counts it. */
static kith_status report_refused(ingest_run *in, const later_report *done, kith_error *err)
{
    char reason[KITH_ERROR_MESSAGE_BYTES + 160];
    if (done->refused == 0) return KITH_OK;
    in->report.errors += done->refused;
    in->failures[done->refusal.code] += done->refused;
    (void)snprintf(reason, sizeof reason,
                   "found by words alone, since the model does not take the text: %llu chunks: %s",
                   (unsigned long long)done->refused, done->refusal.message);
    return ingest_report_waiting(in, done, reason, err);
}

static kith_status report_truncated(ingest_run *in, const later_report *done, kith_error *err)
{
    char reason[160];
    if (done->truncated == 0) return KITH_OK;
    (void)snprintf(
        reason, sizeof reason,
        "%llu chunks are longer than the %u tokens that the model reads: their beginnings "
        "were embedded",
        (unsigned long long)done->truncated, embedder_describe(in->embedder).max_tokens);
    return ingest_report_waiting(in, done, reason, err);
}

kith_status ingestion_report_embedded(ingest_run *in, const later_report *done, kith_error *err)
{
    kith_status status = report_truncated(in, done, err);
    return status == KITH_OK ? report_refused(in, done, err) : status;
}

kith_status ingestion_embed_waiting(collection *c, ingest_run *in, uint64_t *embedded,
                                    kith_error *err)
{
    later_report done = {0};
    following f = {.in = in, .err = err};
    const later_options options = {.limit = in->limit, .goes_on = goes_on, .context = &f};
    for (;;) {
        kith_error problem = {0};
        kith_status status = embed_later(c, in->embedder, &options, &done, &problem);
        *embedded = done.embedded;
        if (f.status != KITH_OK) return f.status;
        if (status != KITH_OK) return fail(err, status, "%s", problem.message);
        in->truncated += done.truncated;
        if (!done.is_taken) return ingestion_report_embedded(in, &done, err);
        if (!goes_on(&f, &done)) return f.status;
        status = call_limit_check(in->limit, err);
        if (status != KITH_OK) return status;
        clock_sleep_ms(LOOK_MS);
    }
}
