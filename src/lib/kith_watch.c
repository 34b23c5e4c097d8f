/* kith_watch.c - kith_watch: one ingestion after another, each of what changed since the last.
 *
 * The loop has two states. In step: sync what changed, then wait for the next change. In an outage
 * (`outage` is not KITH_OK: the endpoint that embeds failed): the same, but the wait ends at
 * ask_next_ns at the latest, when the endpoint is asked to embed one short text. Changes go on
 * being synced in an outage, with the outage passed to the ingestion, so that a file which needs
 * embedding fails at once, without a request, and is postponed (folder_watch.c), while deletions
 * and renames are carried out. The first answer ends the outage, and the postponed files are synced
 * in the round that follows. The pauses between two questions double from FIRST_WAIT_NS to
 * LONGEST_WAIT_NS; `failures` is reset only by a round that got through without an outage, so that
 * an endpoint which answers the question and fails the work is not asked every second. */
#include "ingest/folder_watch.h"
#include "lib/handle.h"
#include "lib/ingestion.h"
#include "lib/options.h"
#include "os/clock.h"

/* The pauses between two questions to an endpoint that fails, and two rounds on a full disk. */
static const int64_t FIRST_WAIT_NS = (int64_t)1000 * 1000 * 1000;
static const int64_t LONGEST_WAIT_NS = (int64_t)60 * 1000 * 1000 * 1000;

/* How long what waits for its vectors is embedded before changes are looked at again. */
static const int64_t EMBED_SLICE_NS = (int64_t)10 * 1000 * 1000 * 1000;

/* Adds each counter of a round to the sum; `seconds` is measured over the whole. */
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

/* Something outside has failed, and is tried again. */
typedef struct obstacle {
    kith_error problem; /* KITH_OK: it does not fail, as far as is known */
    uint64_t failures;  /* in a row */
    int64_t next_ns;    /* when to try again, on the monotonic clock */
} obstacle;

typedef struct watch_run {
    kith *k;
    embedder *embedder; /* for the collection, as of this round */
    folder_watch *watch;
    kith_ingest_options options;
    kith_chunk_options chunk; /* what options.chunk points to */
    call_limit room;          /* what `limit` points to */
    const call_limit *limit;  /* of the whole watch, requests to the endpoint too; NULL: none */
    kith_ingest_report sum;
    obstacle outage;  /* of the endpoint */
    obstacle full;    /* the disk with the data directory has no room */
    uint64_t refused; /* chunks that wait for a vector and were refused one, as was last said */
    int64_t
        embed_next_ns; /* when to go on with what waits for its vectors; 0: nothing is known to */
} watch_run;

static bool has_failed(const obstacle *o)
{
    return o->problem.code != KITH_OK;
}

static bool wants_to_stop(void *context)
{
    const watch_run *run = context;
    const obstacle *first = has_failed(&run->full) ? &run->full : &run->outage;
    bool waits = has_failed(first);
    static const kith_notices none = {0};
    const kith_ingest_event event = {
        .outcome = waits ? KITH_WAITING : KITH_WATCHING,
        .source = "",
        .other = "",
        .reason = waits ? first->problem.message : "",
        .status = first->problem.code,
        .done = waits ? first->failures : 0,
        .total = folder_watch_waiting(run->watch),
        .notices = &none,
    };
    return run->options.on_event(run->options.context, &event) != 0;
}

static void note_failure(obstacle *o, const kith_error *problem)
{
    int64_t wait_ns = FIRST_WAIT_NS;
    for (uint64_t i = 0; i < o->failures && wait_ns < LONGEST_WAIT_NS; i++)
        wait_ns *= 2;
    o->problem = *problem;
    o->failures++;
    o->next_ns = clock_monotonic_ns() + (wait_ns < LONGEST_WAIT_NS ? wait_ns : LONGEST_WAIT_NS);
}

/* Asks the endpoint for one short text rather than syncing the postponed files again, each of which
 * would be read, fail and be reported once more. */
static kith_status ask_endpoint(watch_run *run, kith_error *err)
{
    kith_error problem = {0};
    kith_status status = embedder_probe(run->embedder, run->limit, &problem);
    if (status != KITH_OK && !ingest_is_outage(status))
        return fail(err, status, "%s", problem.message);
    if (status != KITH_OK) {
        note_failure(&run->outage, &problem);
        return KITH_OK;
    }
    run->outage.problem = (kith_error){.code = KITH_OK};
    return folder_watch_resume(run->watch, err);
}

typedef struct embedding {
    watch_run *run;
    ingest_run *in;
    int64_t until_ns;
    kith_status status; /* of the events */
    kith_error *err;
} embedding;

static bool embeds_on(void *context, const later_report *so_far)
{
    embedding *e = context;
    e->status = ingest_report_waiting(e->in, so_far, "", e->err);
    return e->status == KITH_OK && clock_monotonic_ns() < e->until_ns;
}

/* Says what a slice cut, and, when it came to the end, what was refused, unless that was said before: all that
 * was refused is tried again, and refused again, whenever something changes. */
static kith_status report_slice(watch_run *run, ingest_run *in, const later_report *done,
                                bool is_end, kith_error *err)
{
    later_report said = *done;
    if (!is_end || done->refused == run->refused) said.refused = 0;
    if (is_end) run->refused = done->refused;
    return ingestion_report_embedded(in, &said, err);
}

/* Embeds what others have stored and left to be embedded, for a while: then what has changed in the
 * folders comes first again. */
static kith_status embed_waiting(watch_run *run, collection *c, ingest_run *in, kith_error *err)
{
    later_report done = {0};
    kith_error problem = {0};
    int64_t now_ns = clock_monotonic_ns();
    embedding e = {.run = run, .in = in, .until_ns = now_ns + EMBED_SLICE_NS, .err = err};
    const later_options options = {.limit = run->limit, .goes_on = embeds_on, .context = &e};
    kith_status status = embed_later(c, run->embedder, &options, &done, &problem);
    run->embed_next_ns = 0;
    if (e.status != KITH_OK) return e.status;
    kith_status stopped = call_limit_check(run->limit, err);
    if (stopped == KITH_OK)
        stopped = report_slice(run, in, &done, status == KITH_OK && !done.is_taken, err);
    if (stopped != KITH_OK) return stopped;
    if (status == KITH_ERR_CANCELLED || done.is_taken) {
        run->embed_next_ns = now_ns + EMBED_SLICE_NS; // which may be past: go on at once
        return KITH_OK;
    }
    if (status != KITH_OK && status != KITH_ERR_NOT_FOUND && ingest_is_outage(status)) {
        note_failure(&run->outage, &problem);
        return KITH_OK;
    }
    return status == KITH_OK ? KITH_OK : fail(err, status, "%s", problem.message);
}

/* Syncs what changed. In an outage no request is made: ingest_run.outage says so. */
static kith_status sync_round(watch_run *run, collection *c, kith_error *err)
{
    ingest_run in = {0};
    bool was_out = has_failed(&run->outage);
    kith_status status = ingest_init(&in, c, run->embedder, &run->options, err);
    if (status != KITH_OK) return status;
    in.outage = run->outage.problem;
    // Behind an endpoint, a file that cannot be embedded is one that is not stored yet, and is said so.
    in.words_first = embedder_counts_tokens(run->embedder);
    in.limit = run->limit;
    status = folder_watch_sync(run->watch, &in, err);
    if (status == KITH_OK && in.outage.code == KITH_OK) status = embed_waiting(run, c, &in, err);
    add_report(&run->sum, &in.report);
    ingestion_count(run->k, &in);
    if (in.outage.code == KITH_OK && !has_failed(&run->outage))
        run->outage.failures = 0;
    else if (!was_out && in.outage.code != KITH_OK)
        note_failure(&run->outage, &in.outage);
    ingest_done(&in);
    return status;
}

/* The collection that the name leads to now, which may have another model than in the round
 * before. */
static kith_status sync_current(watch_run *run, view name, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(run->k->database, name, &c, err);
    if (status == KITH_OK) status = choose_embedder(run->k, c, &run->embedder, err);
    if (status == KITH_OK) status = sync_round(run, c, err);
    while (acquire_successor(run->k, name.data, status, &c)) {
        status = choose_embedder(run->k, c, &run->embedder, err);
        if (status == KITH_OK) status = sync_round(run, c, err);
    }
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return status;
}

/* Waits until something has changed, or one of what failed is to be tried again. */
static kith_status wait_for_work(watch_run *run, kith_error *err)
{
    int64_t until_ns = has_failed(&run->outage) ? run->outage.next_ns : run->embed_next_ns;
    if (!has_failed(&run->full))
        return folder_watch_wait(run->watch, until_ns, wants_to_stop, run, err);
    kith_status status = KITH_OK;
    while (status == KITH_OK && clock_monotonic_ns() < run->full.next_ns)
        status = folder_watch_wait(run->watch, run->full.next_ns, wants_to_stop, run, err);
    return status == KITH_OK ? folder_watch_resume(run->watch, err) : status;
}

static kith_status run_rounds(watch_run *run, view name, kith_error *err)
{
    kith_status status = KITH_OK;
    while (status == KITH_OK) {
        kith_error problem = {0};
        if (has_failed(&run->outage) && clock_monotonic_ns() >= run->outage.next_ns)
            status = ask_endpoint(run, err);
        if (status != KITH_OK) return status;
        status = sync_current(run, name, &problem);
        if (status == KITH_ERR_FULL)
            note_failure(&run->full, &problem);
        else if (status != KITH_OK)
            return fail(err, status, "%s", problem.message);
        else
            run->full = (obstacle){.next_ns = 0};
        status = wait_for_work(run, err);
    }
    return status;
}

/* The embedder answers, and the folders are there, before the collection is made. */
static kith_status open_watched(watch_run *run, view name, const char *const *paths, size_t count,
                                kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(run->k->database, name, &c, err);
    if (status == KITH_OK || status == KITH_ERR_NOT_FOUND)
        status = ingestion_choose_embedder(run->k, c, run->limit, &run->embedder, err);
    if (status == KITH_OK) status = folder_watch_open(paths, count, &run->watch, err);
    if (status == KITH_OK && !c)
        status = database_ensure_collection(run->k->database, name, &c, err);
    database_release_collection(c);
    return status;
}

kith_status kith_watch(kith *k, const char *name, const char *const *paths, size_t count,
                       const kith_ingest_options *options, kith_ingest_report *report,
                       kith_error *err)
{
    int64_t start_ns = clock_monotonic_ns();
    watch_run run = {.k = k};
    kith_status status = options_adopt_ingest(options, &run.options, &run.chunk, err);
    if (status != KITH_OK) return status;
    const kith_ingest_options *o = &run.options;
    if (!o->on_event || o->dry_run || o->named_below)
        return fail(err, KITH_ERR_INVALID,
                    "a watch needs on_event, and takes neither a dry run nor named_below");
    run.options.sync = true;
    status = options_begin_call(o->call, &run.room, &run.limit, err);
    if (status == KITH_OK) status = open_watched(&run, view_of(name), paths, count, err);
    if (status == KITH_OK) status = run_rounds(&run, view_of(name), err);
    run.sum.seconds = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    if (report) *report = run.sum;
    folder_watch_close(run.watch);
    return count_call(k, status);
}
