/* documents.c - the table of documents, whose chunks are points.
 * A document is replaced by deleting it with its chunks and inserting anew, in one change: what
 * remains of the old chunks are their tombstones. The text has a checksum of its own, which the
 * row's checksum covers, so that a list need not read texts. */
#include "store/checksum.h"
#include "store/store_internal.h"

static uint64_t checksum_of(const document_row *d)
{
    uint64_t numbers[] = {d->collection, d->sequence, (uint64_t)d->updated_ms, d->text_checksum};
    view texts[] = {d->key, d->source, d->title, d->metadata};
    return row_checksum(ROW_DOCUMENT, numbers, 4, texts, 4);
}

static uint64_t text_checksum_of(view text)
{
    return hash64(text, ROW_DOCUMENT);
}

kith_status document_read(const query *q, bool with_text, document_row *out, kith_error *err)
{
    document_row row = {
        .collection = query_u64(q, 0),
        .key = query_view(q, 1),
        .source = query_view(q, 2),
        .sequence = query_u64(q, 3),
        .title = query_view(q, 4),
        .metadata = query_view(q, 5),
        .updated_ms = query_i64(q, 6),
        .text_checksum = query_u64(q, 7),
        .chunks = (uint32_t)query_u64(q, 9),
    };
    if (with_text) row.text = query_view(q, 10);
    if (checksum_of(&row) != query_u64(q, 8) ||
        (with_text && text_checksum_of(row.text) != row.text_checksum))
        return fail(err, KITH_ERR_CORRUPT, "kith.db: documents: row '%.*s' fails its checksum",
                    VIEW_ARG(row.key));
    *out = row;
    return KITH_OK;
}

kith_status document_locate(writing *w, uint64_t collection, view key, document_place *out,
                            kith_error *err)
{
    kith_status status = KITH_OK;
    document_place place = {0};
    query q = query_begin(w->connection, DOCUMENT_LOCATE);
    query_bind_u64(&q, collection);
    query_bind_text(&q, key);
    place.found = query_next(&q);
    if (place.found) {
        place.sequence = query_u64(&q, 0);
        if (!copy_view(&w->arena, query_view(&q, 1), &place.source)) status = fail_no_room(err);
    }
    status = query_end(&q, status, err);
    if (status == KITH_OK) *out = place;
    return status;
}

static kith_status fail_missing(view key, kith_error *err)
{
    return fail(err, KITH_ERR_NOT_FOUND, "document '%.*s' does not exist", VIEW_ARG(key));
}

/* ---- deleting ---- */

static kith_status delete_row(writing *w, store_collection *c, view key, kith_error *err)
{
    kith_status status = points_delete_of_document(w, c, key, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, DOCUMENT_DELETE);
    query_bind_u64(&q, c->id);
    query_bind_text(&q, key);
    status = query_run_on_row(&q, err);
    if (status == KITH_OK) c->documents--;
    return status;
}

kith_status documents_delete_of_source(writing *w, store_collection *c, view path, kith_error *err)
{
    for (;;) {
        view key = {NULL, 0};
        kith_status status = KITH_OK;
        query q = query_begin(w->connection, DOCUMENT_OF_SOURCE);
        query_bind_u64(&q, c->id);
        query_bind_text(&q, path);
        bool found = query_next(&q);
        if (found && !copy_view(&w->arena, query_view(&q, 0), &key)) status = fail_no_room(err);
        status = query_end(&q, status, err);
        if (status != KITH_OK || !found) return status;
        status = delete_row(w, c, key, err);
        if (status != KITH_OK) return status;
    }
}

typedef struct key_job {
    uint64_t collection;
    view key;
    uint64_t sequence;
} key_job;

static kith_status delete_work(writing *w, void *context, kith_error *err)
{
    key_job *job = context;
    store_collection c = {0};
    document_place place = {0};
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status == KITH_OK) status = document_locate(w, c.id, job->key, &place, err);
    if (status == KITH_OK && !place.found) status = fail_missing(job->key, err);
    if (status == KITH_OK) status = delete_row(w, &c, job->key, err);
    if (status == KITH_OK && place.source.data) status = source_forget(w, &c, place.source, err);
    if (status == KITH_OK) status = change_end(w, &c, err);
    job->sequence = c.sequence;
    return status;
}

kith_status store_delete_document(store *s, uint64_t collection, view key, uint64_t *sequence,
                                  kith_error *err)
{
    key_job job = {collection, key, 0};
    kith_status status = writer_run(s->writer, delete_work, &job, err);
    if (status == KITH_OK) *sequence = job.sequence;
    return status;
}

/* ---- putting ---- */

typedef struct put_job {
    uint64_t collection;
    const store_deposit *deposits; /* the source may be NULL */
    uint32_t count;
    uint64_t sequence;
} put_job;

/* Says why the key is refused: it came earlier in the same call, or belongs to someone else. */
static kith_status fail_taken(const store_collection *c, view key, const document_place *place,
                              kith_error *err)
{
    if (place->sequence == c->sequence)
        return fail(err, KITH_ERR_INVALID, "document '%.*s' comes twice in one call",
                    VIEW_ARG(key));
    if (place->source.data)
        return fail(err, KITH_ERR_EXISTS, "document '%.*s' belongs to source '%.*s'", VIEW_ARG(key),
                    VIEW_ARG(place->source));
    return fail(err, KITH_ERR_EXISTS, "document '%.*s' exists and came from no source",
                VIEW_ARG(key));
}

static kith_status insert_row(writing *w, store_collection *c, const document_row *row,
                              kith_error *err)
{
    query q = query_begin(w->connection, DOCUMENT_INSERT);
    query_bind_u64(&q, row->collection);
    query_bind_text(&q, row->key);
    query_bind_text(&q, row->source);
    query_bind_u64(&q, row->sequence);
    query_bind_text(&q, row->title);
    query_bind_text(&q, row->metadata);
    query_bind_i64(&q, row->updated_ms);
    query_bind_u64(&q, row->text_checksum);
    query_bind_u64(&q, checksum_of(row));
    query_bind_text(&q, row->text);
    (void)query_next(&q);
    bool taken = query_is_taken(&q);
    kith_status status = query_end(&q, KITH_OK, taken ? NULL : err);
    if (taken) {
        document_place place = {0};
        status = document_locate(w, c->id, row->key, &place, err);
        return status == KITH_OK ? fail_taken(c, row->key, &place, err) : status;
    }
    if (status == KITH_OK) c->documents++;
    return status;
}

static kith_status insert_document(writing *w, store_collection *c, view source,
                                   const store_document *d, kith_error *err)
{
    document_row row = {
        .collection = c->id,
        .sequence = c->sequence,
        .key = d->key,
        .source = source,
        .title = view_or_empty(d->title),
        .metadata = d->metadata,
        .text = view_or_empty(d->text),
        .updated_ms = d->updated_ms,
        .text_checksum = text_checksum_of(view_or_empty(d->text)),
    };
    kith_status status = insert_row(w, c, &row, err);
    for (uint32_t i = 0; status == KITH_OK && i < d->point_count; i++)
        status = point_insert(w, c, &d->points[i], d->key, err);
    return status;
}

/* Without a source: each document makes way for its successor, unless it belongs to a source. */
static kith_status delete_named(writing *w, store_collection *c, const store_deposit *from,
                                kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < from->count; i++) {
        view key = from->documents[i].key;
        document_place place = {0};
        status = document_locate(w, c->id, key, &place, err);
        if (status != KITH_OK || !place.found) continue;
        status = place.source.data ? fail_taken(c, key, &place, err) : delete_row(w, c, key, err);
    }
    return status;
}

static bool has_chunks(const store_deposit *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        if (from->documents[i].point_count > 0) return true;
    return false;
}

/* Makes way for what is to come: the source's old generation, and that of its former path. */
static kith_status delete_generation(writing *w, store_collection *c, const store_source *source,
                                     kith_error *err)
{
    kith_status status = documents_delete_of_source(w, c, source->path, err);
    if (status != KITH_OK || source->former.size == 0) return status;
    status = documents_delete_of_source(w, c, source->former, err);
    return status == KITH_OK ? source_delete_row(w, c->id, source->former, err) : status;
}

static kith_status put_source(writing *w, const store_collection *c, const store_source *source,
                              kith_error *err)
{
    source_row row = {.collection = c->id, .sequence = c->sequence, .source = *source};
    kith_status status = source_put(w, &row, err);
    return status == KITH_OK ? file_forget(w, c->id, source->path, err) : status;
}

static kith_status put_deposit(writing *w, put_job *job, const store_deposit *from, kith_error *err)
{
    const store_source *source = from->source;
    view path = source ? source->path : (view){NULL, 0};
    store_collection c = {0};
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status != KITH_OK) return status;
    if (c.dim == 0 && has_chunks(from))
        return fail(err, KITH_ERR_INVALID, "collection '%.*s' has no dimension yet",
                    VIEW_ARG(c.name));
    status = source ? delete_generation(w, &c, source, err) : delete_named(w, &c, from, err);
    for (uint32_t i = 0; status == KITH_OK && i < from->count; i++)
        status = insert_document(w, &c, path, &from->documents[i], err);
    if (status == KITH_OK && source) status = put_source(w, &c, source, err);
    if (status == KITH_OK) status = change_end(w, &c, err);
    job->sequence = c.sequence;
    return status;
}

static kith_status put_work(writing *w, void *context, kith_error *err)
{
    put_job *job = context;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < job->count; i++)
        status = put_deposit(w, job, &job->deposits[i], err);
    return status;
}

kith_status store_put_sources(store *s, uint64_t collection, const store_deposit *deposits,
                              uint32_t count, uint64_t *sequence, kith_error *err)
{
    put_job job = {collection, deposits, count, 0};
    kith_status status = writer_run(s->writer, put_work, &job, err);
    if (status == KITH_OK) *sequence = job.sequence;
    return status;
}

kith_status store_put_documents(store *s, uint64_t collection, const store_source *source,
                                const store_document *documents, uint32_t count, uint64_t *sequence,
                                kith_error *err)
{
    store_deposit deposit = {source, documents, count};
    return store_put_sources(s, collection, &deposit, 1, sequence, err);
}

/* ---- reading ---- */

static kith_status copy_out(const document_row *row, arena *a, store_document *out, kith_error *err)
{
    store_document d = {.chunks = row->chunks, .updated_ms = row->updated_ms};
    bool fits = copy_view(a, row->key, &d.key) && copy_view(a, row->title, &d.title) &&
                copy_view(a, row->metadata, &d.metadata) && copy_view(a, row->text, &d.text) &&
                copy_view(a, row->source, &d.source);
    if (!fits) return fail_no_room(err);
    *out = d;
    return KITH_OK;
}

static kith_status get(connection *c, uint64_t collection, view key, arena *a, store_document *out,
                       kith_error *err)
{
    kith_status status = KITH_OK;
    document_row row = {0};
    query q = query_begin(c, DOCUMENT_GET);
    query_bind_u64(&q, collection);
    query_bind_text(&q, key);
    if (query_next(&q)) {
        status = document_read(&q, true, &row, err);
        if (status == KITH_OK) status = copy_out(&row, a, out, err);
    } else if (!query_failed(&q)) {
        status = fail_missing(key, err);
    }
    return query_end(&q, status, err);
}

kith_status store_get_document(store *s, uint64_t collection, view key, arena *a,
                               store_document *out, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    kith_status status = reading_begin(s, collection, a, &c, &row, err);
    if (status != KITH_OK) return status;
    status = get(c, collection, key, a, out, err);
    readers_release(s->readers, c);
    return status;
}

static kith_status list(connection *c, const store_collection *collection, arena *a,
                        store_document **out, uint32_t *out_count, kith_error *err)
{
    kith_status status = KITH_OK;
    uint64_t count = collection->documents;
    store_document *found = arena_new_array(a, store_document, count);
    if (!found) return fail_no_room(err);
    uint32_t read = 0;
    query q = query_begin(c, DOCUMENT_LIST);
    query_bind_u64(&q, collection->id);
    while (status == KITH_OK && read < count && query_next(&q)) {
        document_row row = {0};
        status = document_read(&q, false, &row, err);
        if (status == KITH_OK) status = copy_out(&row, a, &found[read++], err);
    }
    bool is_complete = read == count && !query_next(&q);
    status = query_end(&q, status, err);
    if (status == KITH_OK && !is_complete)
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: documents: collection '%.*s' should have %llu rows",
                      VIEW_ARG(collection->name), (unsigned long long)count);
    if (status != KITH_OK) return status;
    *out = found;
    *out_count = read;
    return KITH_OK;
}

kith_status store_list_documents(store *s, uint64_t collection, arena *a, store_document **out,
                                 uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    kith_status status = reading_begin(s, collection, a, &c, &row, err);
    if (status != KITH_OK) return status;
    status = list(c, &row, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}
