/* embed_later.c - see embed_later.h.
 *
 * A pass goes through those that wait in their order, once, behind the place where the slice before
 * ended: so a text that is refused is not met again. Chunks can change, or come to wait before that
 * place, while it runs; a pass after which some were passed over for that reason, or came, is
 * followed by another one, as long as passes get anything done. */
#include "ingest/embed_later.h"

#include "base/size.h"
#include "db/database.h"
#include "ingest/known.h"
#include "os/clock.h"
#include "os/directory_claim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_SLICE = 128 };

typedef struct later_run {
    collection *collection;
    store *store;
    embedder *embedder;
    const later_options *options;
    later_report *report;
    known known;
    arena memory; /* of one slice */
    double seconds;
    kith_error *err;
} later_run;

/* ---- one slice ---- */

static kith_status make_texts(later_run *r, const store_point *points, uint32_t count, view **out)
{
    view *texts = arena_new_array(&r->memory, view, count);
    for (uint32_t i = 0; texts && i < count; i++) {
        const view prefix = points[i].prefix, content = points[i].content;
        char *text = arena_new(&r->memory, prefix.size + content.size + 1);
        if (!text) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for texts to embed");
        if (prefix.size) memcpy(text, prefix.data, prefix.size);
        if (content.size) memcpy(text + prefix.size, content.data, content.size);
        texts[i] = (view){text, prefix.size + content.size};
    }
    if (!texts) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for texts to embed");
    *out = texts;
    return KITH_OK;
}

/* Embeds texts[count], and gives points[count] their vectors. */
static kith_status embed_and_put(later_run *r, const store_point *points, const view *texts,
                                 uint32_t count, kith_error *err)
{
    float *vectors = NULL;
    store_text_key *keys = arena_new_array(&r->memory, store_text_key, count);
    store_vectors what = {
        .points = points, .keys = keys, .count = count, .limit = r->options->limit};
    uint64_t known_before = r->known.found;
    r->known.truncated = 0;
    int64_t start = clock_monotonic_ns();
    if (!keys) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for texts to embed");
    kith_status status = known_embed(&r->known, texts, count, keys, &vectors, &what.dim, err);
    r->seconds += (double)(clock_monotonic_ns() - start) / 1e9;
    what.vectors = vectors;
    if (status == KITH_OK) status = collection_put_vectors(r->collection, &what, err);
    free(vectors);
    if (status != KITH_OK) return status;
    r->report->embedded += what.put;
    r->report->known += r->known.found - known_before;
    r->report->truncated += r->known.truncated;
    return KITH_OK;
}

/* True when one text may be the cause, so that the others can be embedded without it. What an
 * endpoint uses for both cases is told apart by asking it for one short text. */
static bool may_be_one_text(const later_run *r, kith_status status)
{
    switch (status) {
    case KITH_ERR_LIMIT:
    case KITH_ERR_INVALID:
        return true;
    case KITH_ERR_REMOTE:
    case KITH_ERR_TIMEOUT:
        return embedder_probe(r->embedder, r->options->limit, NULL) == KITH_OK;
    default:
        return false;
    }
}

/* Recursion halves `count`, so it is as deep as that has bits. */
static kith_status embed_part(later_run *r, const store_point *points, const view *texts,
                              uint32_t count)
{
    kith_error problem = {0};
    kith_status status = embed_and_put(r, points, texts, count, &problem);
    if (status == KITH_OK) return KITH_OK;
    kith_status stopped = call_limit_check(r->options->limit, r->err);
    if (stopped != KITH_OK) return stopped;
    if (!may_be_one_text(r, status)) return fail(r->err, status, "%s", problem.message);
    if (count == 1) {
        if (r->report->refused++ == 0) r->report->refusal = problem;
        return KITH_OK;
    }
    uint32_t half = count / 2;
    status = embed_part(r, points, texts, half);
    return status == KITH_OK ? embed_part(r, points + half, texts + half, count - half) : status;
}

static kith_status tell(later_run *r)
{
    later_report *report = r->report;
    kith_status status =
        store_count_waiting(r->store, collection_id(r->collection), &report->waiting, r->err);
    if (status != KITH_OK) return status;
    uint64_t made = report->embedded - size_min(report->known, report->embedded);
    report->seconds_left = made ? r->seconds / (double)made * (double)report->waiting : -1;
    if (r->options->goes_on && !r->options->goes_on(r->options->context, report))
        return fail(r->err, KITH_ERR_CANCELLED, "stopped by the caller, %llu chunks are waiting",
                    (unsigned long long)report->waiting);
    return call_limit_check(r->options->limit, r->err);
}

/* ---- passes over all that wait ---- */

/* Embeds what searches have just found by its words alone. What is refused of it is met again, and
 * counted, in its own place. */
static kith_status embed_asked(later_run *r)
{
    uint64_t rows[COLLECTION_ASKED_MAX];
    store_point points[COLLECTION_ASKED_MAX] = {0};
    view *texts = NULL;
    uint32_t waiting = 0;
    const uint64_t refused = r->report->refused;
    const uint32_t count = collection_take_asked(r->collection, rows);
    if (count == 0) return KITH_OK;
    kith_status status =
        store_get_rows(r->store, collection_id(r->collection), rows, count,
                       STORE_WITH_CONTENT | STORE_PASS_DAMAGED, &r->memory, points, r->err);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        if (points[i].row != 0 && points[i].is_waiting) points[waiting++] = points[i];
    if (status == KITH_OK && waiting > 0) status = make_texts(r, points, waiting, &texts);
    if (status == KITH_OK && waiting > 0) status = embed_part(r, points, texts, waiting);
    r->report->refused = refused;
    return status;
}

static kith_status pass(later_run *r)
{
    store_waiting_place place = {0};
    const uint32_t slice = r->options->slice ? r->options->slice : DEFAULT_SLICE;
    kith_status status = KITH_OK;
    r->report->refused = 0;
    while (status == KITH_OK) {
        store_waiting_place before = place;
        store_point *points = NULL;
        view *texts = NULL;
        uint32_t count = 0;
        arena_reset(&r->memory);
        status = embed_asked(r);
        if (status != KITH_OK) return status;
        status = store_list_waiting(r->store, collection_id(r->collection), &place, slice,
                                    &r->memory, &points, &count, r->err);
        bool is_end = place.promise == before.promise && place.row == before.row;
        if (status != KITH_OK || is_end) return status;
        if (count > 0) status = make_texts(r, points, count, &texts);
        if (status == KITH_OK && count > 0) status = embed_part(r, points, texts, count);
        if (status == KITH_OK) status = tell(r);
    }
    return status;
}

static kith_status run_passes(later_run *r)
{
    kith_status status = tell(r);
    for (bool goes_on = r->report->waiting > 0; status == KITH_OK && goes_on;) {
        uint64_t before = r->report->embedded;
        status = pass(r);
        goes_on = r->report->waiting > r->report->refused && r->report->embedded > before;
    }
    return status;
}

kith_status embed_later(collection *c, embedder *e, const later_options *options,
                        later_report *report, kith_error *err)
{
    const kith_embedder_info model = embedder_describe(e);
    database *d = collection_database(c);
    int claim = -1;
    *report = (later_report){.seconds_left = -1};
    later_run r = {.collection = c,
                   .store = database_store(d),
                   .embedder = e,
                   .options = options,
                   .report = report,
                   .err = err};
    kith_status status = store_count_waiting(r.store, collection_id(c), &report->waiting, err);
    if (status != KITH_OK || report->waiting == 0) return status;
    status = collection_check_model(c, view_of(model.fingerprint), model.dimension, err);
    if (status != KITH_OK) return status;
    kith_error busy = {0};
    status = directory_claim_work(database_directory(d), collection_id(c), &claim, &busy);
    report->is_taken = status == KITH_ERR_BUSY;
    if (report->is_taken) return KITH_OK;
    if (status != KITH_OK) return fail(err, status, "%s", busy.message);
    status = known_init(&r.known, c, e, err);
    if (status == KITH_OK) {
        arena_init(&r.memory, 0);
        r.known.limit = options->limit;
        status = run_passes(&r);
        arena_done(&r.memory);
        known_done(&r.known);
    }
    (void)close(claim); // nothing was written through it
    return status;
}
