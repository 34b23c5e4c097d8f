/* deposit.c - putting documents with their chunks, and the sources (files) that they came from.
 *
 * A file is replaced as a whole. What its source had before is deleted first, then what it yields
 * now is inserted, in one change: no reader sees the source with half of its documents, and a
 * document that the file no longer yields disappears without anyone having to name it. A document
 * is never updated in place, since its chunks are cut anew and nothing says which new chunk
 * continues which old one: new chunks get new row numbers, and the old rows leave tombstones.
 *
 * Deleting comes before inserting so that the keys are free. A key that is still taken then belongs
 * to another source, to a document put without one, or to an earlier document of this very call;
 * each is refused, and with the refusal the whole job is rolled back, deletions included.
 *
 * Each source of store_put_sources() is a change of its own, with a sequence of its own, but all
 * are one job: committed together, or not at all. */
#include "store/store_internal.h"

typedef struct put_job {
    uint64_t collection;
    const store_deposit *deposits; /* the source may be NULL */
    uint32_t count;
    uint64_t sequence;
} put_job;

/* All documents, then all chunks, so that each is one statement for many rows. */
static kith_status insert_all(writing *w, store_collection *c, view source,
                              const store_deposit *from, kith_error *err)
{
    document_row *rows = arena_new_array(&w->arena, document_row, from->count);
    if (!rows) return fail_no_room(err);
    for (uint32_t i = 0; i < from->count; i++) {
        const store_document *d = &from->documents[i];
        rows[i] = (document_row){
            .collection = c->id,
            .sequence = c->sequence,
            .key = d->key,
            .source = source,
            .title = view_or_empty(d->title),
            .metadata = d->metadata,
            .text = view_or_empty(d->text),
            .updated_ms = d->updated_ms,
            .chunks = d->point_count,
        };
    }
    kith_status status = documents_insert(w, c, rows, from->count, err);
    point_batch batch = {.w = w, .c = c};
    for (uint32_t i = 0; status == KITH_OK && i < from->count; i++)
        for (uint32_t j = 0; status == KITH_OK && j < from->documents[i].point_count; j++)
            status =
                point_batch_add(&batch, &from->documents[i].points[j], from->documents[i].key, err);
    return status == KITH_OK ? point_batch_end(&batch, err) : status;
}

/* Deletes the documents that the call replaces by key, all of which must have come without a
 * source: one that belongs to a file is the file's to replace. */
static kith_status delete_by_key(writing *w, store_collection *c, const store_deposit *from,
                                 kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < from->count; i++) {
        view key = from->documents[i].key;
        document_place place = {0};
        status = document_locate(w, c->id, key, &place, err);
        if (status != KITH_OK || !place.found) continue;
        status = place.source.data ? document_fail_taken(c, key, &place, err)
                                   : document_delete(w, c, key, err);
    }
    return status;
}

/* Deletes all documents that the source had, and the source of the path that the file had before it
 * was renamed. */
static kith_status delete_by_source(writing *w, store_collection *c, const store_source *source,
                                    kith_error *err)
{
    kith_status status = documents_delete_of_source(w, c, source->path, err);
    if (status != KITH_OK || source->former.size == 0) return status;
    status = documents_delete_of_source(w, c, source->former, err);
    return status == KITH_OK ? source_delete_row(w, c->id, source->former, err) : status;
}

/* Fails when there are more than row numbers can be taken for at once. */
static kith_status count_chunks(const store_deposit *from, uint32_t *out, kith_error *err)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < from->count; i++)
        count += from->documents[i].point_count;
    if (count > UINT32_MAX)
        return fail(err, KITH_ERR_LIMIT, "%llu chunks in one call, the limit is %u",
                    (unsigned long long)count, UINT32_MAX);
    *out = (uint32_t)count;
    return KITH_OK;
}

/* A file that yields documents is no longer noted as unindexed. */
static kith_status put_source(writing *w, const store_collection *c, const store_deposit *from,
                              kith_error *err)
{
    const store_source *source = from->source;
    source_row row = {.collection = c->id, .sequence = c->sequence, .source = *source};
    uint32_t before = 0;
    kith_status status = KITH_OK;
    if (source->joins)
        status = source_find_joined(w, c->id, source->path, &before, &row.source.notices, err);
    row.source.documents = before + from->count;
    if (source->joins) row.source.hash = VIEW("");
    if (status == KITH_OK) status = source_put(w, &row, err);
    return status == KITH_OK ? file_delete_row(w, c->id, source->path, err) : status;
}

static kith_status put_deposit(writing *w, put_job *job, const store_deposit *from, kith_error *err)
{
    const store_source *source = from->source;
    view path = source ? source->path : (view){NULL, 0};
    store_collection c = {0};
    uint32_t chunks = 0;
    kith_status status = count_chunks(from, &chunks, err);
    if (status == KITH_OK) status = change_begin(w, job->collection, &c, err);
    if (status != KITH_OK) return status;
    if (c.dim == 0 && chunks > 0)
        return fail(err, KITH_ERR_INVALID, "collection '%.*s' has no dimension yet",
                    VIEW_ARG(c.name));
    if (!source)
        status = delete_by_key(w, &c, from, err);
    else if (!source->joins)
        status = delete_by_source(w, &c, source, err);
    if (status == KITH_OK) status = numbers_take_rows(w, chunks, err);
    if (status == KITH_OK) status = insert_all(w, &c, path, from, err);
    if (status == KITH_OK && source) status = put_source(w, &c, from, err);
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

kith_status store_put_sources(store *s, uint64_t collection, const store_deposits *what,
                              uint64_t *sequence, kith_error *err)
{
    put_job job = {collection, what->deposits, what->count, 0};
    kith_status status = writer_run_within(s->writer, put_work, &job, what->limit, err);
    if (status == KITH_OK) *sequence = job.sequence;
    return status;
}

kith_status store_put_documents(store *s, uint64_t collection, const store_source *source,
                                const store_document *documents, uint32_t count, uint64_t *sequence,
                                kith_error *err)
{
    const store_deposit deposit = {source, documents, count};
    const store_deposits what = {.deposits = &deposit, .count = 1};
    return store_put_sources(s, collection, &what, sequence, err);
}
