/* reembed.c - another model's vectors for a collection, while it is read and written.
 *
 * The collection stays what it is until all its points have a vector of the new model. These come in
 * an image: a collection of its own, with rows of its own and an index of its own, that has the same
 * points under other row numbers. No name leads to it, since names of collections never begin with a
 * dot. All of its points wait at first (waiting.c), so that whoever embeds what waits embeds it, in
 * whatever process, and goes on where a kill has cut it off.
 *
 * How the image follows. It begins as a copy of one state (collection_copy.c), `base`. What changes
 * in the collection afterwards carries a sequence above `base`, and is brought over from time to time
 * as one change of the image: changed points wait again there, and what has a key that the
 * collection has not is gone. Deletions are so found by comparing keys, which no tombstone need be
 * kept for. One that is not needed costs nothing: where the numbers of rows agree after what
 * changed was brought over, nothing is gone, since the image then has every row of the collection.
 *
 * How it takes the collection's place. In one transaction what has changed last is brought over, and
 * when that was little, and nothing else waits, the image gets the collection's name and uuid. So
 * no state of the collection is lost, and the vectors of two models never meet. The few points of
 * that last step wait for a moment in a collection that is otherwise whole. The former collection
 * keeps its rows for a while, under a name that leads nowhere, so that a search that began before
 * ends as it began; it takes no more changes (change_begin), and is dropped by the process that
 * did this, or by the next one that opens the store later.
 *
 * Sequences. Those of the image are always above those of the collection that it has: it begins above
 * `base`, with a mark of forgotten deletions (tombstones.c), and every change of it is numbered above
 * the collection's newest. So a commit that rests on a change of the collection (commit.c) never
 * passes for fresh after the image has taken its place: what was changed meanwhile has a later
 * number there. It may be refused for nothing, which costs its caller a repetition. */
#include "store/reembed.h"

#include "base/size.h"
#include "os/clock.h"
#include "os/random.h"
#include "store/catalog.h"
#include "store/store_internal.h"
#include "store/unindexed_files.h"

#include <inttypes.h>

enum { LAST_STEP_POINTS = 64 /* may wait for a moment in the place of the collection */ };

/* ---- bringing over ---- */

/* One step, inside a change of the image. */
typedef struct step {
    writing *w;
    store_collection from, image;
    uint64_t base;    /* of the image before */
    uint64_t changed; /* points that were brought over */
    kith_error *err;
} step;

static query begin_changed(const step *s, statement_id id)
{
    query q = query_begin(s->w->connection, id);
    query_bind_u64(&q, s->from.id);
    query_bind_u64(&q, s->base);
    return q;
}

/* A statement whose parameters are the image and the collection, in this order. */
static kith_status run_on_both(const step *s, statement_id id, uint64_t first, uint64_t second,
                               uint64_t *count)
{
    query q = query_begin(s->w->connection, id);
    query_bind_u64(&q, first);
    query_bind_u64(&q, second);
    return query_run_counted(&q, count, s->err);
}

static kith_status add_point(step *s, const point_row *row)
{
    point_batch batch = {.w = s->w, .c = &s->image};
    const store_point point = {.key = row->key,
                               .content = row->content,
                               .metadata = row->metadata,
                               .is_waiting = true,
                               .promise = row->promise,
                               .prefix = row->prefix};
    kith_status status = point_batch_add(&batch, &point, row->document, s->err);
    return status == KITH_OK ? point_batch_end(&batch, s->err) : status;
}

/* The row of the collection, as one of the image that waits. */
static kith_status bring_point(step *s, const point_row *from)
{
    uint64_t number = 0;
    view document = {NULL, 0};
    point_row row = *from;
    kith_status status = point_wait_again(&row, &s->w->arena, s->err);
    if (status == KITH_OK)
        status = point_locate(s->w, &s->image, row.key, &number, &document, s->err);
    if (status != KITH_OK) return status;
    const bool is_same = number != 0 && (document.data != NULL) == (row.document.data != NULL) &&
                         view_equal(document, row.document);
    s->changed++;
    if (is_same) {
        row.row = number;
        row.collection = s->image.id;
        row.sequence = s->image.sequence;
        return point_replace(s->w, &row, s->err);
    }
    if (number != 0) status = point_delete(s->w, &s->image, number, s->err);
    return status == KITH_OK ? add_point(s, &row) : status;
}

static kith_status bring_points(step *s)
{
    uint64_t count = 0;
    query q = begin_changed(s, POINT_COUNT_CHANGED);
    if (query_next(&q)) count = query_u64(&q, 0);
    kith_status status = query_end(&q, KITH_OK, s->err);
    if (status != KITH_OK || count == 0) return status;
    if (count > UINT32_MAX) return fail(s->err, KITH_ERR_LIMIT, "too many points have changed");
    status = numbers_take_rows(s->w, (uint32_t)count, s->err);
    if (status != KITH_OK) return status;
    q = begin_changed(s, POINT_CHANGES);
    query_bind_u64(&q, INT64_MAX); // after the whole of change `base`
    while (status == KITH_OK && query_next(&q)) {
        point_row row = {0};
        const arena_mark mark = arena_set_mark(&s->w->arena);
        status = point_read(&q, &row, s->err);
        if (status == KITH_OK) status = bring_point(s, &row);
        arena_rewind(&s->w->arena, mark);
    }
    return query_end(&q, status, s->err);
}

/* Deletes the points of the image whose keys the collection has not. */
static kith_status delete_gone_points(step *s)
{
    enum { BATCH = 256 };
    uint64_t rows[BATCH], last = 0; // each batch begins behind the one before
    kith_status status = KITH_OK;
    while (status == KITH_OK && s->image.points > s->from.points) {
        uint32_t count = 0;
        query q = query_begin(s->w->connection, POINT_ROWS_GONE);
        query_bind_u64(&q, s->image.id);
        query_bind_u64(&q, s->from.id);
        query_bind_u64(&q, last);
        while (count < BATCH && query_next(&q))
            rows[count++] = last = query_u64(&q, 0);
        status = query_end(&q, KITH_OK, s->err);
        if (status == KITH_OK && count == 0) break; // the counts disagree, as compared below
        for (uint32_t i = 0; status == KITH_OK && i < count; i++)
            status = point_delete(s->w, &s->image, rows[i], s->err);
    }
    return status;
}

static kith_status bring_documents(step *s)
{
    kith_status status = KITH_OK;
    uint64_t gone = 0;
    query q = begin_changed(s, DOCUMENT_CHANGED);
    while (status == KITH_OK && query_next(&q)) {
        document_row row = {0};
        document_place place = {0};
        status = document_read(&q, true, &row, s->err);
        if (status == KITH_OK) status = document_locate(s->w, s->image.id, row.key, &place, s->err);
        if (status == KITH_OK && place.found)
            status = document_delete_row(s->w, &s->image, row.key, s->err);
        row.collection = s->image.id;
        row.sequence = s->image.sequence;
        if (status == KITH_OK) status = documents_insert(s->w, &s->image, &row, 1, s->err);
    }
    status = query_end(&q, status, s->err);
    if (status == KITH_OK && s->image.documents > s->from.documents)
        status = run_on_both(s, DOCUMENT_DELETE_GONE, s->image.id, s->from.id, &gone);
    if (status != KITH_OK) return status;
    s->image.documents -= size_min(gone, s->image.documents);
    return run_on_both(s, DOCUMENT_CHUNKS_ALIKE, s->from.id, s->image.id, &gone);
}

static kith_status bring_sources(step *s)
{
    kith_status status = KITH_OK;
    uint64_t count = 0;
    query q = begin_changed(s, SOURCE_CHANGED);
    while (status == KITH_OK && query_next(&q)) {
        source_row row = {0};
        status = source_read(&q, &row, s->err);
        row.collection = s->image.id;
        row.sequence = s->image.sequence;
        if (status == KITH_OK) status = source_put(s->w, &row, s->err);
    }
    status = query_end(&q, status, s->err);
    if (status == KITH_OK)
        status = run_on_both(s, SOURCE_DELETE_GONE, s->image.id, s->from.id, &count);
    if (status != KITH_OK) return status;
    return run_on_both(s, SOURCE_DOCUMENTS_ALIKE, s->from.id, s->image.id, &count);
}

/* Notes about files have no sequence, and are few: they are brought over as a whole, at the end. */
static kith_status bring_files(step *s)
{
    kith_status status = KITH_OK;
    query q = query_begin(s->w->connection, FILE_DELETE_ALL);
    query_bind_u64(&q, s->image.id);
    status = query_run(&q, s->err);
    if (status != KITH_OK) return status;
    q = query_begin_at(s->w->connection, FILE_LIST, s->from.id, VIEW(""));
    query_bind_u64(&q, UINT32_MAX);
    while (status == KITH_OK && query_next(&q)) {
        store_file row = {0};
        uint64_t collection = 0;
        status = file_read_row(&q, &collection, &row, s->err);
        if (status == KITH_OK) status = file_put_row(s->w, s->image.id, &row, s->err);
    }
    return query_end(&q, status, s->err);
}

static kith_status bring_all(step *s)
{
    kith_status status = bring_points(s);
    if (status == KITH_OK) status = delete_gone_points(s);
    if (status == KITH_OK) status = bring_sources(s);
    if (status == KITH_OK) status = bring_documents(s);
    if (status != KITH_OK) return status;
    if (s->image.points != s->from.points)
        return fail_missing_rows(s->err, "points: collection", s->from.name, s->from.points,
                                 s->image.points);
    if (s->image.documents != s->from.documents)
        return fail_missing_rows(s->err, "documents: collection", s->from.name, s->from.documents,
                                 s->image.documents);
    return KITH_OK;
}

/* ---- taking the place ---- */

/* The former collection gets a name that leads nowhere, and, for who drops it, the time of now as
 * that of its creation; the image gets what the other had. */
static kith_status exchange_names(step *s, const uuid *fresh)
{
    store_collection former = s->from;
    former.uuid = *fresh;
    former.created_ms = clock_wall_ms();
    former.name =
        view_of(arena_printf(&s->w->arena, COLLECTION_REPLACED_PREFIX "%" PRIu64, former.id));
    if (!former.name.data) return fail_no_room(s->err);
    kith_status status = collection_identify(s->w, &former, s->err);
    s->image.uuid = s->from.uuid;
    s->image.created_ms = s->from.created_ms;
    s->image.name = s->from.name;
    return status == KITH_OK ? collection_identify(s->w, &s->image, s->err) : status;
}

static kith_status take_place(step *s, const uuid *fresh)
{
    store_settings settings = {{NULL, 0}, {NULL, 0}};
    kith_status status = bring_files(s);
    if (status == KITH_OK)
        status = settings_read(s->w->connection, s->from.id, &s->w->arena, &settings, s->err);
    if (status == KITH_OK) status = settings_put(s->w, s->image.id, &settings, s->err);
    if (status == KITH_OK)
        status =
            collection_set_memory(s->w, &s->image, s->from.index_memory, s->from.memory, s->err);
    if (status == KITH_OK) status = answers_delete_of_collection(s->w, s->from.id, s->err);
    if (status == KITH_OK) status = exchange_names(s, fresh);
    return status == KITH_OK ? reembedding_delete(s->w, s->from.id, s->err) : status;
}

typedef struct step_job {
    uint64_t collection;
    uuid fresh; /* for the former collection */
    store_reembed_state state;
} step_job;

static kith_status require(writing *w, uint64_t collection, store_reembedding *out, kith_error *err)
{
    bool found = false;
    kith_status status = reembedding_find(w->connection, collection, out, &found, err);
    if (status == KITH_OK && !found)
        status = fail(err, KITH_ERR_NOT_FOUND, "the collection is not being re-embedded");
    return status;
}

static kith_status step_work(writing *w, void *context, kith_error *err)
{
    step_job *job = context;
    store_reembedding r = {0};
    step s = {.w = w, .err = err};
    job->state = (store_reembed_state){0};
    kith_status status = require(w, job->collection, &r, err);
    if (status == KITH_OK)
        status = collection_read(w->connection, r.collection, &w->arena, &s.from, err);
    if (status == KITH_OK) status = change_begin(w, r.image, &s.image, err);
    if (status != KITH_OK) return status;
    s.base = r.base;
    s.image.sequence = size_max(s.image.sequence, s.from.sequence + 1);
    w->change_sequence = s.image.sequence;
    status = bring_all(&s);
    if (status == KITH_OK) status = waiting_count(w->connection, r.image, &job->state.waiting, err);
    if (status != KITH_OK) return status;
    job->state.changed = s.changed;
    job->state.is_done =
        s.changed <= LAST_STEP_POINTS && job->state.waiting <= s.changed; // and nothing before them
    if (job->state.is_done) status = take_place(&s, &job->fresh);
    r.base = s.from.sequence;
    if (status == KITH_OK && !job->state.is_done) status = reembedding_put(w, &r, err);
    return status == KITH_OK ? change_end(w, &s.image, err) : status;
}

kith_status store_reembed_step(store *s, uint64_t collection, store_reembed_state *out,
                               kith_error *err)
{
    unsigned char random[16];
    step_job job = {.collection = collection};
    kith_status status = random_bytes(random, sizeof random, err);
    if (status != KITH_OK) return status;
    job.fresh = uuid_of_random(random);
    status = writer_run(s->writer, step_work, &job, err);
    if (status == KITH_OK) *out = job.state;
    return status;
}

/* ---- beginning, and giving up ---- */

/* *is_current: there is an image, of the model. */
static kith_status look_at_image(store *s, const store_reembed_request *request,
                                 store_reembedding *out, bool *is_current, kith_error *err)
{
    arena memory;
    store_collection image = {0};
    bool found = false;
    *is_current = false;
    kith_status status = store_reembedding_find(s, request->collection, out, &found, err);
    if (status != KITH_OK || !found) return status;
    arena_init(&memory, 0);
    status = store_collection_read(s, out->image, &memory, &image, err);
    *is_current = status == KITH_OK && image.dim == request->dim &&
                  store_model_compare(image.model, request->model) == STORE_MODEL_SAME;
    arena_done(&memory);
    return status == KITH_OK && !*is_current ? store_reembed_abandon(s, request->collection, err)
                                             : status;
}

kith_status store_reembed_begin(store *s, const store_reembed_request *request,
                                store_reembedding *out, kith_error *err)
{
    arena memory;
    bool is_current = false;
    store_collection from = {0}, made = {0};
    kith_status status = look_at_image(s, request, out, &is_current, err);
    if (status != KITH_OK || is_current) return status;
    arena_init(&memory, 0);
    status = store_collection_read(s, request->collection, &memory, &from, err);
    const char *name =
        arena_printf(&memory, COLLECTION_IMAGE_PREFIX "%" PRIu64, request->collection);
    if (status == KITH_OK && !name) status = fail_no_room(err);
    const store_copy_request copy = {.from = request->collection,
                                     .database = from.database,
                                     .name = view_of(name),
                                     .now_ms = request->now_ms,
                                     .limit = request->limit,
                                     .model = request->model,
                                     .dim = request->dim};
    if (status == KITH_OK) status = store_collection_copy(s, &copy, &memory, &made, err);
    if (status == KITH_ERR_EXISTS)
        status = fail(err, KITH_ERR_BUSY, "somebody else has begun to re-embed the collection");
    arena_done(&memory);
    if (status != KITH_OK) return status;
    bool found = false;
    status = store_reembedding_find(s, request->collection, out, &found, err);
    if (status == KITH_OK && !found)
        status = fail(err, KITH_ERR_NOT_FOUND, "the collection was deleted");
    return status;
}

kith_status store_reembed_abandon(store *s, uint64_t collection, kith_error *err)
{
    store_reembedding r = {0};
    bool found = false;
    kith_status status = store_reembedding_find(s, collection, &r, &found, err);
    if (status != KITH_OK || !found) return status;
    status = store_collection_drop(s, r.image, err);
    if (status == KITH_ERR_NOT_FOUND) return KITH_OK; // another one was faster
    if (status == KITH_OK) store_collection_purge(s, r.image);
    return status;
}
