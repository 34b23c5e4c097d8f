/* batch_writer.c - see batch_writer.h. */
#include "transfer/batch_writer.h"

#include "base/map.h"

void batch_writer_init(batch_writer *b, kith *k, transfer_collection *to)
{
    b->k = k;
    b->to = to;
    b->point_count = b->document_count = b->chunk_count = 0;
    b->origin = b->refused = 0;
    b->on_refused = NULL;
    b->refused_context = NULL;
    arena_init(&b->memory, (size_t)BATCH_MEMORY << 20);
}

void batch_writer_done(batch_writer *b)
{
    arena_done(&b->memory);
}

/* ---- points ---- */

/* How many of the ids, each counted once, are not in the collection. */
static kith_status count_new(batch_writer *b, const kith_point *points, size_t count, uint64_t *out,
                             kith_error *err)
{
    const char *ids[BATCH_POINTS];
    size_t distinct = 0;
    kith_records *found = NULL;
    map *seen = map_new();
    kith_status status = seen ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for ids");
    for (size_t i = 0; status == KITH_OK && i < count; i++) {
        uint64_t ignored = 0;
        view id = view_of(points[i].id);
        if (map_get(seen, id, &ignored)) continue;
        ids[distinct++] = points[i].id;
        status = map_put(seen, id, 1);
        if (status != KITH_OK) status = fail(err, status, "out of memory for ids");
    }
    map_free(seen);
    const kith_selection s = {.size = sizeof s,
                              .ids = ids,
                              .id_count = distinct,
                              .without_content = true,
                              .without_metadata = true};
    if (status == KITH_OK) status = kith_get(b->k, b->to->name, &s, &found, err);
    if (status == KITH_OK) *out = distinct - found->count;
    kith_records_free(found);
    return status;
}

/* What is there already is checked all the same: a damaged record is not passed over in silence. */
static kith_status put_points(batch_writer *b, size_t first, size_t count, kith_error *err)
{
    static const kith_put_options keeping = {
        .size = sizeof keeping, .mode = KITH_ADD, .keep_existing = true};
    const kith_point *points = b->points + first;
    uint64_t new_points = 0;
    kith_status status = count_new(b, points, count, &new_points, err);
    if (status == KITH_OK) status = kith_put_with(b->k, b->to->name, &keeping, points, count, err);
    if (status != KITH_OK) return status;
    b->to->points += new_points;
    b->to->points_kept += count - new_points;
    return KITH_OK;
}

/* ---- documents ---- */

static kith_status is_there(batch_writer *b, const char *id, bool *out, kith_error *err)
{
    kith_stored_document *stored = NULL;
    kith_status status = kith_document_get(b->k, b->to->name, id, &stored, err);
    kith_stored_document_free(stored);
    *out = status == KITH_OK;
    return status == KITH_ERR_NOT_FOUND ? KITH_OK : status;
}

static kith_status put_documents(batch_writer *b, size_t first, size_t count, kith_error *err)
{
    kith_status status =
        kith_whole_documents_put(b->k, b->to->name, b->documents + first, count, err);
    if (status != KITH_OK) return status;
    b->to->documents += count;
    for (size_t i = 0; i < count; i++)
        b->to->points += b->documents[first + i].chunk_count;
    return KITH_OK;
}

/* ---- both ---- */

/* Is the failure that of a record, so that others may be written without it? */
static bool is_refusal(kith_status status)
{
    return status == KITH_ERR_INVALID || status == KITH_ERR_FORMAT || status == KITH_ERR_LIMIT ||
           status == KITH_ERR_DIMENSION || status == KITH_ERR_EXISTS;
}

typedef kith_status (*put_some)(batch_writer *b, size_t first, size_t count, kith_error *err);

static kith_status put_batch(batch_writer *b, put_some put, size_t count, kith_error *err)
{
    kith_status status = put(b, 0, count, err);
    if (!is_refusal(status)) return status;
    for (size_t i = 0; i < count; i++) {
        status = put(b, i, 1, err);
        if (status == KITH_OK) continue;
        if (!b->on_refused || !is_refusal(status)) {
            b->refused = b->origins[i];
            return status;
        }
        b->on_refused(b->refused_context, b->origins[i], err);
        status = KITH_OK;
    }
    return status;
}

/* Writes what is in the batch, and forgets it whatever came of it; its memory stays. */
static kith_status write_batch(batch_writer *b, kith_error *err)
{
    kith_status status = KITH_OK;
    if (b->point_count) status = put_batch(b, put_points, b->point_count, err);
    if (b->document_count) status = put_batch(b, put_documents, b->document_count, err);
    b->point_count = b->document_count = b->chunk_count = 0;
    return status;
}

kith_status batch_writer_flush(batch_writer *b, kith_error *err)
{
    kith_status status = write_batch(b, err);
    if (status == KITH_OK) arena_reset(&b->memory);
    return status;
}

static bool is_full(const batch_writer *b)
{
    return b->point_count == BATCH_POINTS || b->document_count == BATCH_POINTS ||
           b->chunk_count >= BATCH_POINTS || b->memory.used >= BATCH_BYTES;
}

kith_status batch_writer_add_point(batch_writer *b, const kith_point *point, kith_error *err)
{
    // The point lies in the memory that a flush would empty.
    kith_status status = b->document_count ? write_batch(b, err) : KITH_OK;
    if (status != KITH_OK) return status;
    b->origins[b->point_count] = b->origin;
    b->points[b->point_count++] = *point;
    return is_full(b) ? batch_writer_flush(b, err) : KITH_OK;
}

kith_status batch_writer_add_document(batch_writer *b, const kith_whole_document *d,
                                      kith_error *err)
{
    bool exists = false;
    kith_status status = b->point_count ? write_batch(b, err) : KITH_OK;
    if (status == KITH_OK) status = is_there(b, d->id, &exists, err);
    if (status != KITH_OK) return status;
    if (exists) {
        b->to->documents_kept++;
        b->to->points_kept += d->chunk_count;
    } else {
        b->origins[b->document_count] = b->origin;
        b->documents[b->document_count++] = *d;
        b->chunk_count += d->chunk_count;
    }
    return is_full(b) ? batch_writer_flush(b, err) : KITH_OK;
}
