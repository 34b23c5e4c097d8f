/* points_read.c - points as callers ask for them: by key, by row number, page by page, of a source or
 * of a document. Each call reads one snapshot.
 *
 * What SQLite does not find may be there all the same, behind a damaged page of an index. So an
 * answer that would be short without a word is compared with what else says how long it should be: a
 * key that is missing with the other tree of the table (point_verify_miss), the end of a walk with the
 * collection's count (points_walk_ended), chunks with the number that their documents have. */
#include "store/store_internal.h"

static kith_status copy_out(const point_row *row, unsigned with, arena *a, store_point *out,
                            kith_error *err)
{
    view nothing = {NULL, 0}, vector = {NULL, 0};
    store_point p = {.row = row->row,
                     .sequence = row->sequence,
                     .is_waiting = row->is_waiting,
                     .promise = row->promise,
                     .text = text_key_read(row->text)};
    bool fits = copy_view(a, row->key, &p.key) && copy_view(a, row->document, &p.document) &&
                copy_view(a, row->prefix, &p.prefix) &&
                copy_view(a, with & STORE_WITH_CONTENT ? row->content : nothing, &p.content) &&
                copy_view(a, with & STORE_WITH_METADATA ? row->metadata : nothing, &p.metadata) &&
                copy_view(a, with & STORE_WITH_VECTOR ? row->vector : nothing, &vector);
    if (!fits) return fail_no_room(err);
    DCHECK((uintptr_t)vector.data % _Alignof(float) == 0); /* the arena aligns what it copies */
    if (vector.size > 0) p.vector = (const float *)(const void *)vector.data;
    *out = p;
    return KITH_OK;
}

/* Turns the failure of a damaged row into an entry that says so. */
static kith_status pass_damaged(const kith_error *why, arena *a, store_point *out, kith_error *err)
{
    view message = arena_copy(a, view_of(why->message));
    if (!message.data) return fail_no_room(err);
    *out = (store_point){.damage = message.data};
    return KITH_OK;
}

/* Leaves *out as it is, with row 0, when the query finds no point of this collection. */
static kith_status get_one(query *q, uint64_t collection, unsigned with, arena *a, store_point *out,
                           kith_error *err)
{
    kith_status status = KITH_OK;
    point_row row = {0};
    kith_error why = {0};
    if (query_next(q)) status = point_read(q, &row, &why);
    if (status == KITH_OK && row.row && row.collection == collection)
        status = copy_out(&row, with, a, out, &why);
    else if (status == KITH_ERR_CORRUPT && with & STORE_PASS_DAMAGED)
        status = pass_damaged(&why, a, out, &why);
    if (status != KITH_OK && err) *err = why;
    return query_end(q, status, err);
}

/* The points asked for: by key or by row number, the other is NULL. */
typedef struct point_request {
    uint64_t collection;
    const view *keys;
    const uint64_t *rows;
    uint32_t count;
    unsigned with;
} point_request;

static kith_status get_points(store *s, const point_request *request, arena *a, store_point *out,
                              kith_error *err)
{
    connection *c = NULL;
    store_collection collection = {0};
    store_point *found = arena_new_array(a, store_point, request->count);
    if (!found) return fail_no_room(err);
    kith_status status = reading_begin(s, request->collection, a, &c, &collection, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; status == KITH_OK && i < request->count; i++) {
        query q = query_begin(c, request->keys ? POINT_BY_KEY : POINT_BY_ROW);
        if (request->keys) {
            query_bind_u64(&q, request->collection);
            query_bind_text(&q, request->keys[i]);
        } else {
            query_bind_u64(&q, request->rows[i]);
        }
        status = get_one(&q, request->collection, request->with, a, &found[i], err);
        if (status == KITH_OK && request->keys && found[i].row == 0)
            status = point_verify_miss(c, request->collection, request->keys[i], err);
    }
    readers_release(s->readers, c);
    if (status == KITH_OK && request->count > 0) memcpy(out, found, request->count * sizeof *out);
    return status;
}

kith_status store_get_points(store *s, uint64_t collection, const view *keys, uint32_t count,
                             unsigned with, arena *a, store_point *out, kith_error *err)
{
    point_request request = {.collection = collection, .keys = keys, .count = count, .with = with};
    return get_points(s, &request, a, out, err);
}

kith_status store_get_rows(store *s, uint64_t collection, const uint64_t *rows, uint32_t count,
                           unsigned with, arena *a, store_point *out, kith_error *err)
{
    point_request request = {.collection = collection, .rows = rows, .count = count, .with = with};
    return get_points(s, &request, a, out, err);
}

static kith_status read_listed(const query *q, const row_list *l, void *out, kith_error *err)
{
    point_row row = {0};
    kith_status status = point_read(q, &row, err);
    return status == KITH_OK ? copy_out(&row, l->with, l->memory, out, err) : status;
}

/* Reads the rows of the query into a list in `a`. */
static kith_status read_list(query *q, unsigned with, const call_limit *call, arena *a,
                             store_point **out, uint32_t *out_count, kith_error *err)
{
    row_list l = {
        .memory = a, .call = call, .row_bytes = sizeof **out, .read = read_listed, .with = with};
    kith_status status = row_list_read(&l, q, err);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

/* Reads the part that begins behind `after_row`. */
static kith_status scan_from(connection *c, const store_collection *collection,
                             const store_scan *scan, uint64_t after_row, arena *a,
                             store_point **out, uint32_t *out_count, kith_error *err)
{
    query q = query_begin(c, POINT_SCAN);
    query_bind_u64(&q, collection->id);
    query_bind_u64(&q, after_row);
    query_bind_u64(&q, scan->limit);
    kith_status status = read_list(&q, scan->with, scan->call, a, out, out_count, err);
    if (status == KITH_OK && *out_count < scan->limit) {
        uint64_t met = scan->offset + *out_count;
        status = points_walk_ended(c, collection, scan->after_row == 0 ? &met : NULL, err);
    }
    return status;
}

kith_status store_scan_points(store *s, uint64_t collection, const store_scan *scan, arena *a,
                              store_point **out, uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    store_point *found = NULL;
    uint32_t count = 0;
    uint64_t after_row = scan->after_row;
    CHECK(scan->after_row == 0 || scan->offset == 0);
    kith_status status =
        reading_begin_within(s, &(reading){collection, a, scan->call}, &c, &row, err);
    if (status != KITH_OK) return status;
    bool is_beyond = scan->after_row == 0 && scan->offset >= row.points && scan->offset > 0;
    if (scan->offset > 0 && !is_beyond)
        status = page_marks_find(s->marks, c, &row, scan->offset, scan->call, &after_row, err);
    if (status == KITH_OK && !is_beyond)
        status = scan_from(c, &row, scan, after_row, a, &found, &count, err);
    readers_release(s->readers, c);
    if (status != KITH_OK) return status;
    *out = found;
    *out_count = count;
    return KITH_OK;
}

kith_status store_source_points(store *s, uint64_t collection, view path, unsigned with, arena *a,
                                store_point **out, uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_collection collection_row = {0};
    store_point *found = NULL;
    uint32_t count = 0;
    uint64_t expected = 0;
    kith_status status = reading_begin(s, collection, a, &c, &collection_row, err);
    if (status != KITH_OK) return status;
    query q = query_begin_at(c, POINT_OF_SOURCE, collection, path);
    status = read_list(&q, with, NULL, a, &found, &count, err);
    if (status == KITH_OK) status = document_chunks_of_source(c, collection, path, &expected, err);
    readers_release(s->readers, c);
    if (status == KITH_OK && count != expected)
        status = fail_missing_rows(err, "chunks: source", path, expected, count);
    if (status != KITH_OK) return status;
    *out = found;
    *out_count = count;
    return KITH_OK;
}

kith_status store_get_whole_document(store *s, uint64_t collection, view key, arena *a,
                                     store_document *out, kith_error *err)
{
    connection *c = NULL;
    store_collection collection_row = {0};
    store_document document = {0};
    store_point *found = NULL;
    uint32_t count = 0;
    kith_status status = reading_begin(s, collection, a, &c, &collection_row, err);
    if (status != KITH_OK) return status;
    status = document_get(c, collection, key, a, &document, err);
    if (status == KITH_OK) {
        query q = query_begin_in(c, POINT_OF_DOCUMENT, collection, key);
        status = read_list(&q, STORE_WITH_VECTOR | STORE_WITH_CONTENT | STORE_WITH_METADATA, NULL,
                           a, &found, &count, err);
    }
    readers_release(s->readers, c);
    if (status == KITH_OK && count != document.chunks)
        status = fail_missing_rows(err, "chunks: document", key, document.chunks, count);
    if (status != KITH_OK) return status;
    document.points = found;
    document.point_count = count;
    *out = document;
    return KITH_OK;
}
