/* kith_reembed.c - another model's vectors for a collection.
 *
 * The image of the collection (store/reembed.h) is embedded as whatever waits; then the store brings
 * over what has changed meanwhile, and the two take turns until the image has taken the place of the
 * collection. The former one is dropped when searches that have begun in it have had the time to
 * end; when this process ends before that, by the next one that opens the directory. */
#include "lib/ingestion.h"
#include "lib/options.h"
#include "os/clock.h"
#include "store/reembed.h"

#include <kith/reembed.h>
#include <stdio.h>
#include <string.h>

enum { FORMER_MS = 2000 /* how long searches in the former collection have to end */ };

typedef struct reembedding {
    kith *k;
    embedder *to;
    const kith_ingest_options *options;
    const call_limit *limit;
    kith_reembed_report *report;
} reembedding;

static store *store_of(const reembedding *r)
{
    return database_store(r->k->database);
}

/* ---- the steps ---- */

/* Embeds what waits in the image, or in the collection that it has become. */
static kith_status embed_image(const reembedding *r, uint64_t image, kith_error *err)
{
    collection *c = NULL;
    ingest_run in = {0};
    uint64_t embedded = 0;
    kith_status status = database_acquire_number(r->k->database, image, &c, err);
    if (status == KITH_OK) status = ingest_init(&in, c, r->to, r->options, err);
    if (status == KITH_OK) {
        in.limit = r->limit;
        status = ingestion_embed_waiting(c, &in, &embedded, err);
        r->report->embedded += embedded;
        r->report->truncated += in.truncated;
        // Who waits for a text that is refused would wait for ever.
        if (status == KITH_OK && in.report.errors > 0)
            status = fail(err, KITH_ERR_INVALID, "the model does not take the texts of %llu chunks",
                          (unsigned long long)in.report.errors);
        ingest_done(&in);
    }
    // The index is made while the former one is still asked.
    if (status == KITH_OK) status = collection_load(c, err);
    database_release_collection(c);
    return status;
}

/* Until the image has taken the place of collection `id`. */
static kith_status run_steps(const reembedding *r, const store_reembedding *begun, kith_error *err)
{
    store_reembed_state state = {0};
    kith_status status = KITH_OK;
    while (status == KITH_OK && !state.is_done) {
        status = embed_image(r, begun->image, err);
        if (status == KITH_OK) status = call_limit_check(r->limit, err);
        if (status == KITH_OK)
            status = store_reembed_step(store_of(r), begun->collection, &state, err);
    }
    // The last of the points that came in the last step.
    return status == KITH_OK ? embed_image(r, begun->image, err) : status;
}

static void drop_former(const reembedding *r, collection *former)
{
    const int64_t end_ns = clock_monotonic_ns() + (int64_t)FORMER_MS * 1000 * 1000;
    while (clock_monotonic_ns() < end_ns && call_limit_check(r->limit, NULL) == KITH_OK)
        clock_sleep_ms(50);
    kith_status dropped = database_delete_held(former, NULL);
    (void)dropped; // the next opening does
}

/* ---- the call ---- */

/* *is_same: the collection's vectors are of the model already. */
static kith_status compare(const reembedding *r, const store_collection *c, bool *is_same,
                           kith_error *err)
{
    const view model = view_of(embedder_model(r->to));
    *is_same = false;
    if (c->model.size == 0 && c->points == 0)
        return fail(err, KITH_ERR_MODEL,
                    "collection '%.*s' has no vectors yet: its first ones decide",
                    VIEW_ARG(c->name));
    if (c->model.size == 0)
        return fail(err, KITH_ERR_MODEL,
                    "the vectors of collection '%.*s' come from its clients, not from a model",
                    VIEW_ARG(c->name));
    *is_same = store_model_compare(c->model, model) == STORE_MODEL_SAME;
    return KITH_OK;
}

/* Has another caller done it meanwhile? */
static bool is_done_by_other(const reembedding *r, const char *name)
{
    arena memory;
    collection *c = NULL;
    store_collection now = {0};
    bool is_same = false;
    arena_init(&memory, 0);
    kith_status status = database_acquire_collection(r->k->database, view_of(name), &c, NULL);
    if (status == KITH_OK) status = collection_describe(c, &memory, &now, NULL);
    if (status == KITH_OK) status = compare(r, &now, &is_same, NULL);
    database_release_collection(c);
    arena_done(&memory);
    return status == KITH_OK && is_same;
}

static kith_status reembed_in(const reembedding *r, const char *name, collection *c,
                              const char *directory, kith_error *err)
{
    arena memory;
    store_collection now = {0};
    store_reembedding begun = {0};
    bool is_same = false;
    arena_init(&memory, 0);
    kith_status status = collection_describe(c, &memory, &now, err);
    if (status == KITH_OK) status = compare(r, &now, &is_same, err);
    r->report->chunks = now.points;
    r->report->was_done = is_same;
    // Noted first: whoever meets the new vectors can already make more of them.
    const view fingerprint = view_of(embedder_describe(r->to).fingerprint);
    if (status == KITH_OK && directory)
        status = store_note_model(store_of(r), fingerprint, view_of(directory), err);
    const store_reembed_request request = {.collection = now.id,
                                           .model = view_of(embedder_model(r->to)),
                                           .dim = embedder_describe(r->to).dimension,
                                           .now_ms = clock_wall_ms(),
                                           .limit = r->limit};
    if (status == KITH_OK && !is_same) {
        status = store_reembed_begin(store_of(r), &request, &begun, err);
        if (status == KITH_OK) status = run_steps(r, &begun, err);
        if (status == KITH_OK) drop_former(r, c);
        if (status == KITH_ERR_NOT_FOUND && is_done_by_other(r, name)) status = KITH_OK;
    } else if (status == KITH_OK) {
        // A kill after the exchange leaves the points of its step without a vector.
        status = embed_image(r, now.id, err);
    }
    arena_done(&memory);
    return status;
}

kith_status kith_reembed(kith *k, const char *name, kith_embedder *to,
                         const kith_reembed_options *options, kith_reembed_report *report,
                         kith_error *err)
{
    kith_reembed_options wanted;
    static const options_shape shape = OPTIONS_SHAPE(kith_reembed_report);
    kith_reembed_report done = {0};
    size_t size = 0;
    call_limit room;
    collection *c = NULL;
    int64_t start_ns = clock_monotonic_ns();
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_reembed_options), options, &wanted, err);
    if (status == KITH_OK) status = options_room(&shape, report, &size, err);
    if (status != KITH_OK) return status;
    const kith_ingest_options ingest = {.on_event = wanted.on_event, .context = wanted.context};
    reembedding r = {.k = k, .to = to, .options = &ingest, .report = &done};
    status = options_begin_call(wanted.call, &room, &r.limit, err);
    if (status == KITH_OK && wanted.directory && wanted.directory[0] != '/')
        status = fail(err, KITH_ERR_INVALID, "'%s' is not an absolute path", wanted.directory);
    if (status == KITH_OK) status = embedder_identify(to, r.limit, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = reembed_in(&r, name, c, wanted.directory, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    done.seconds = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    if (report) options_give(&shape, &done, size, report);
    return count_call(k, status);
}

/* ---- what was begun ---- */

/* *image is held, or NULL: nothing was begun. */
static kith_status find_image(kith *k, const char *name, collection **image, kith_error *err)
{
    collection *c = NULL;
    store_reembedding begun = {0};
    bool found = false;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = store_reembedding_find(database_store(k->database), collection_id(c), &begun,
                                        &found, err);
    database_release_collection(c);
    if (status == KITH_OK && found)
        status = database_acquire_number(k->database, begun.image, image, err);
    return status;
}

kith_status kith_reembed_abandon(kith *k, const char *name, kith_error *err)
{
    collection *image = NULL;
    kith_status status = find_image(k, name, &image, err);
    if (status == KITH_OK && image) status = database_delete_held(image, err);
    database_release_collection(image);
    return count_call(k, status);
}

kith_status kith_reembed_state(kith *k, const char *name, kith_reembedding *out, kith_error *err)
{
    arena memory;
    collection *image = NULL;
    store_collection description = {0};
    static const options_shape shape = OPTIONS_SHAPE(kith_reembedding);
    kith_reembedding state = {0};
    size_t size = 0;
    arena_init(&memory, 0);
    kith_status status = options_room(&shape, out, &size, err);
    if (status == KITH_OK) status = find_image(k, name, &image, err);
    if (status == KITH_OK && image) status = collection_describe(image, &memory, &description, err);
    if (status == KITH_OK && image)
        status =
            store_count_waiting(database_store(k->database), description.id, &state.waiting, err);
    if (status == KITH_OK && image) {
        state.is_begun = true;
        state.chunks = description.points;
        (void)snprintf(state.model, sizeof state.model, "%.*s",
                       VIEW_ARG(store_model_fingerprint(description.model)));
    }
    database_release_collection(image);
    arena_done(&memory);
    if (status == KITH_OK) options_give(&shape, &state, size, out);
    return count_call(k, status);
}

kith_status kith_collection_embedder(kith *k, const char *name, kith_embedder **out,
                                     kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = choose_embedder(k, c, out, err);
    database_release_collection(c);
    return status;
}
