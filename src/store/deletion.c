/* deletion.c - deleting points, documents and sources, with what depends on them.
 *
 * A chunk belongs to a document and a document to a source, by key. Deleting from the top takes all
 * that is below: a source its documents, a document its chunks, each chunk leaving a tombstone.
 * Deleting from below leaves the upper part incomplete: a document lives on with a chunk less, and
 * its source must lose its hash. The hash vouches that everything the file yielded is stored; the
 * next ingestion would otherwise find it equal and pass over a file of which a part is missing. */
#include "base/reserve.h"
#include "os/file_reserve.h"
#include "store/store_internal.h"

#include <stdlib.h>

kith_status document_delete(writing *w, store_collection *c, view key, kith_error *err)
{
    uint32_t chunks = 0, deleted = 0;
    kith_status status = document_chunks(w->connection, c->id, key, &chunks, err);
    if (status == KITH_OK) status = points_delete_of_document(w, c, key, &deleted, err);
    // A chunk that was missed would be found by searches for ever, of a document that is gone.
    if (status == KITH_OK && chunks != deleted)
        status = fail_missing_rows(err, "chunks: document", key, chunks, deleted);
    return status == KITH_OK ? document_delete_row(w, c, key, err) : status;
}

kith_status documents_delete_of_source(writing *w, store_collection *c, view path, kith_error *err)
{
    uint64_t chunks = 0;
    uint32_t deleted = 0;
    kith_status status = document_chunks_of_source(w->connection, c->id, path, &chunks, err);
    if (status == KITH_OK) status = points_delete_of_source(w, c, path, &deleted, err);
    if (status == KITH_OK && chunks != deleted)
        status = fail_missing_rows(err, "chunks: source", path, chunks, deleted);
    return status == KITH_OK ? documents_delete_rows_of_source(w, c, path, err) : status;
}

/* ---- on a full disk ---- */

kith_status store_run_deletion(store *s, write_work work, void *context, const call_limit *limit,
                               kith_error *err)
{
    kith_status status = writer_run_within(s->writer, work, context, limit, err);
    if (status == KITH_ERR_FULL && file_reserve_give_back(s->reserve, RESERVE_BYTES))
        status = writer_run_within(s->writer, work, context, limit, err);
    return status;
}

/* ---- points ---- */

typedef struct delete_points_job {
    uint64_t collection;
    const store_key_list *list;
    uint64_t sequence;
    uint32_t deleted;
} delete_points_job;

static kith_status mark_source_of(writing *w, const store_collection *c, view document,
                                  kith_error *err)
{
    document_place place = {0};
    kith_status status = document_locate(w, c->id, document, &place, err);
    if (status != KITH_OK || !place.source.data) return status;
    return source_mark_incomplete(w, c, place.source, err);
}

/* Asks about the point as it is now, in the very job that would delete it: whatever the caller read
 * before may have changed since. A key that is missing does not match. */
static kith_status match_now(writing *w, uint64_t collection, const store_key_list *list, view key,
                             bool *matches, kith_error *err)
{
    kith_status status = KITH_OK;
    point_row row = {0};
    *matches = !list->match;
    if (!list->match) return KITH_OK;
    query q = query_begin_in(w->connection, POINT_BY_KEY, collection, key);
    if (query_next(&q)) {
        status = point_read(&q, &row, err);
        const store_point point = {
            .key = row.key, .content = row.content, .metadata = row.metadata};
        if (status == KITH_OK) status = list->match(list->context, &point, matches, err);
    }
    return query_end(&q, status, err);
}

/* *last_document saves the work for points of one document that follow each other. */
static kith_status delete_row(writing *w, store_collection *c, uint64_t row, view document,
                              view *last_document, uint32_t *deleted, kith_error *err)
{
    kith_status status = point_delete(w, c, row, err);
    if (status != KITH_OK) return status;
    ++*deleted;
    if (document.data) status = document_lose_chunk(w, c, document, err);
    if (status != KITH_OK || !document.data || view_equal(document, *last_document)) return status;
    *last_document = document;
    return mark_source_of(w, c, document, err);
}

static kith_status delete_point(writing *w, store_collection *c, view key, view *last_document,
                                uint32_t *deleted, kith_error *err)
{
    uint64_t row = 0;
    view document = {NULL, 0};
    kith_status status = point_locate(w, c, key, &row, &document, err);
    if (status != KITH_OK || row == 0) return status;
    return delete_row(w, c, row, document, last_document, deleted, err);
}

kith_status points_delete_keys(writing *w, store_collection *c, const store_key_list *list,
                               uint32_t *deleted, kith_error *err)
{
    view last_document = {NULL, 0};
    kith_status status = KITH_OK;
    *deleted = 0;
    for (uint32_t i = 0; status == KITH_OK && i < list->count; i++) {
        view key = list->keys[i];
        bool matches = false;
        status = check_reading(list->limit, i, 0, err);
        if (status == KITH_OK) status = match_now(w, c->id, list, key, &matches, err);
        if (status == KITH_OK && matches)
            status = delete_point(w, c, key, &last_document, deleted, err);
    }
    return status;
}

/* ---- points that match, within a change ---- */

typedef struct doomed_point {
    uint64_t row;
    view document; /* data == NULL: none */
} doomed_point;

typedef struct doomed_list {
    writing *w; /* whose arena has the list */
    uint64_t collection;
    const store_condition *where;
    const call_limit *limit;
    doomed_point *points; /* [count] */
    uint32_t count, capacity;
} doomed_list;

/* Takes the query's row into the list if it matches. */
static kith_status consider(doomed_list *l, const query *q, kith_error *err)
{
    point_row row = {0};
    bool matches = false;
    kith_status status = point_read(q, &row, err);
    const store_point point = {.key = row.key, .content = row.content, .metadata = row.metadata};
    if (status == KITH_OK) status = l->where->match(l->where->context, &point, &matches, err);
    if (status != KITH_OK || !matches) return status;
    doomed_point *grown =
        arena_reserve(&l->w->arena, l->points, &l->capacity, l->count + 1, sizeof *grown);
    if (!grown) return fail_no_room(err);
    l->points = grown;
    l->points[l->count] = (doomed_point){.row = row.row};
    if (row.document.data) l->points[l->count].document = arena_copy(&l->w->arena, row.document);
    l->count++;
    return l->w->arena.exhausted ? fail_no_room(err) : KITH_OK;
}

static kith_status consider_keys(doomed_list *l, const view *keys, uint32_t count, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        status = check_reading(l->limit, i, 0, err);
        if (status != KITH_OK) break;
        query q = query_begin_in(l->w->connection, POINT_BY_KEY, l->collection, keys[i]);
        if (query_next(&q)) status = consider(l, &q, err);
        status = query_end(&q, status, err);
    }
    return status;
}

/* Every point that matches now is one of where->rows, or has changed after where->sequence, be it
 * by this very change. A row number is never given twice, so that a row that is gone stays so. */
static kith_status consider_rows(doomed_list *l, kith_error *err)
{
    const store_condition *where = l->where;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < where->count; i++) {
        status = check_reading(l->limit, i, 0, err);
        if (status != KITH_OK) break;
        query q = query_begin(l->w->connection, POINT_BY_ROW);
        query_bind_u64(&q, where->rows[i]);
        if (query_next(&q)) status = consider(l, &q, err);
        status = query_end(&q, status, err);
    }
    if (status != KITH_OK) return status;
    query q = query_begin(l->w->connection, POINT_CHANGES);
    query_bind_u64(&q, l->collection);
    query_bind_u64(&q, where->sequence);
    query_bind_u64(&q, INT64_MAX);
    for (uint32_t i = 0; status == KITH_OK && query_next(&q); i++) {
        status = check_reading(l->limit, i, 0, err);
        if (status == KITH_OK) status = consider(l, &q, err);
    }
    return query_end(&q, status, err);
}

static int compare_doomed(const void *a, const void *b)
{
    const doomed_point *x = a, *y = b;
    return x->row < y->row ? -1 : x->row > y->row;
}

kith_status points_delete_matching(writing *w, store_collection *c, const store_operation *op,
                                   const call_limit *limit, uint32_t *deleted, kith_error *err)
{
    doomed_list l = {.w = w, .collection = c->id, .where = op->where, .limit = limit};
    view last_document = {NULL, 0};
    uint64_t last_row = 0;
    *deleted = 0;
    kith_status status =
        op->keys ? consider_keys(&l, op->keys, op->count, err) : consider_rows(&l, err);
    if (status != KITH_OK || l.count == 0) return status;
    qsort(l.points, l.count, sizeof *l.points, compare_doomed);
    for (uint32_t i = 0; status == KITH_OK && i < l.count; i++) {
        if (op->where->limit && *deleted >= op->where->limit) break;
        if (l.points[i].row == last_row) continue; // a key that came twice, or changed since
        last_row = l.points[i].row;
        status = delete_row(w, c, last_row, l.points[i].document, &last_document, deleted, err);
    }
    return status;
}

/* ---- points alone ---- */

/* Keys that are all missing change nothing, so there is no change and no new sequence. */
static kith_status delete_points_work(writing *w, void *context, kith_error *err)
{
    delete_points_job *job = context;
    store_collection c = {0};
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status == KITH_OK) status = points_delete_keys(w, &c, job->list, &job->deleted, err);
    if (status != KITH_OK) return status;
    if (job->deleted == 0) {
        change_cancel(w);
        job->sequence = c.sequence - 1;
        return KITH_OK;
    }
    job->sequence = c.sequence;
    return change_end(w, &c, err);
}

kith_status store_delete_points(store *s, uint64_t collection, const view *keys, uint32_t count,
                                uint64_t *sequence, uint32_t *deleted, kith_error *err)
{
    const store_key_list list = {.keys = keys, .count = count};
    return store_delete_matching(s, collection, &list, sequence, deleted, err);
}

kith_status store_delete_matching(store *s, uint64_t collection, const store_key_list *list,
                                  uint64_t *sequence, uint32_t *deleted, kith_error *err)
{
    delete_points_job job = {.collection = collection, .list = list};
    kith_status status = store_run_deletion(s, delete_points_work, &job, list->limit, err);
    if (status != KITH_OK) return status;
    *sequence = job.sequence;
    *deleted = job.deleted;
    return KITH_OK;
}

/* ---- documents and sources ---- */

typedef struct delete_job {
    uint64_t collection;
    view name; /* key of the document, or path of the source */
    uint64_t sequence;
} delete_job;

static kith_status delete_document_work(writing *w, void *context, kith_error *err)
{
    delete_job *job = context;
    store_collection c = {0};
    document_place place = {0};
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status == KITH_OK) status = document_locate(w, c.id, job->name, &place, err);
    if (status == KITH_OK && !place.found) status = document_fail_missing(job->name, err);
    if (status == KITH_OK) status = document_delete(w, &c, job->name, err);
    if (status == KITH_OK && place.source.data)
        status = source_lose_document(w, &c, place.source, err);
    if (status == KITH_OK) status = change_end(w, &c, err);
    job->sequence = c.sequence;
    return status;
}

kith_status store_delete_document(store *s, uint64_t collection, view key, uint64_t *sequence,
                                  kith_error *err)
{
    delete_job job = {collection, key, 0};
    kith_status status = store_run_deletion(s, delete_document_work, &job, NULL, err);
    if (status == KITH_OK) *sequence = job.sequence;
    return status;
}

static kith_status delete_source_work(writing *w, void *context, kith_error *err)
{
    delete_job *job = context;
    store_collection c = {0};
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status == KITH_OK) status = source_require(w, c.id, job->name, err);
    if (status == KITH_OK) status = documents_delete_of_source(w, &c, job->name, err);
    if (status == KITH_OK) status = source_delete_row(w, c.id, job->name, err);
    if (status == KITH_OK) status = change_end(w, &c, err);
    job->sequence = c.sequence;
    return status;
}

kith_status store_delete_source(store *s, uint64_t collection, view path, uint64_t *sequence,
                                kith_error *err)
{
    delete_job job = {collection, path, 0};
    kith_status status = store_run_deletion(s, delete_source_work, &job, NULL, err);
    if (status == KITH_OK) *sequence = job.sequence;
    return status;
}
