/* watch.c - kith_watch: rounds of an ingestion, each of what changed since the last. */
#include "api/handle.h"
#include "api/ingestion.h"
#include "os/clock.h"
#include "rag/folder_watch.h"

/* Each counter of a round is added to the whole. */
static void add_report(kith_ingest_report *sum, const kith_ingest_report *r)
{
    sum->processed += r->processed;
    sum->chunks += r->chunks;
    sum->errors += r->errors;
    sum->files_added += r->files_added;
    sum->files_updated += r->files_updated;
    sum->files_unchanged += r->files_unchanged;
    sum->files_removed += r->files_removed;
    sum->files_skipped += r->files_skipped;
    sum->files_failed += r->files_failed;
    sum->files_duplicate += r->files_duplicate;
    sum->files_renamed += r->files_renamed;
    sum->files_ignored += r->files_ignored;
    sum->bytes += r->bytes;
}

static bool wants_to_stop(void *context)
{
    const kith_ingest_options *o = context;
    const kith_ingest_event event = {
        .outcome = KITH_WATCHING, .source = "", .other = "", .reason = ""};
    return o->on_event(o->context, &event) != 0;
}

static kith_status sync_round(kith *k, collection *c, folder_watch *w,
                              const kith_ingest_options *options, kith_ingest_report *sum,
                              kith_error *err)
{
    ingest_run in = {0};
    kith_status status = ingest_init(&in, c, k->embedder, options, err);
    if (status != KITH_OK) return status;
    status = folder_watch_sync(w, &in, err);
    add_report(sum, &in.report);
    ingestion_count(k, &in);
    ingest_done(&in);
    return status;
}

kith_status kith_watch(kith *k, const char *name, const char *const *paths, size_t count,
                       const kith_ingest_options *options, kith_ingest_report *report,
                       kith_error *err)
{
    collection *c = NULL;
    folder_watch *w = NULL;
    kith_ingest_report sum = {0};
    int64_t start_ns = clock_monotonic_ns();
    if (!options || !options->on_event || options->dry_run)
        return fail(err, KITH_ERR_INVALID, "a watch needs on_event, and cannot be a dry run");
    kith_ingest_options always = *options;
    always.sync = true;
    kith_status status = ingestion_prove_embedder(k, err);
    if (status == KITH_OK) status = folder_watch_open(paths, count, &w, err);
    if (status == KITH_OK) status = database_ensure_collection(k->database, view_of(name), &c, err);
    while (status == KITH_OK) {
        status = sync_round(k, c, w, &always, &sum, err);
        if (status == KITH_OK) status = folder_watch_wait(w, wants_to_stop, &always, err);
    }
    sum.seconds = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    if (report) *report = sum;
    collection_release(c);
    folder_watch_close(w);
    return count_call(k, status);
}
