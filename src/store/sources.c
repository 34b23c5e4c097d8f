/* sources.c - the rows of sources, the files that documents came from.
 * Invariant: a source has its hash only while every document and chunk that the file yielded is
 * there. Ingestion passes over a file whose hash is equal, so an incomplete source has an empty
 * hash, which equals none. A chunk that a caller overwrites by its key is still there: the hash
 * stays, and with it what the caller wrote. */
#include "store/checksum.h"
#include "store/store_internal.h"

static uint64_t checksum_of(const source_row *row)
{
    const store_source *s = &row->source;
    uint64_t numbers[] = {row->collection, row->sequence, s->bytes, (uint64_t)s->modified_ns};
    view texts[] = {s->path, view_or_empty(s->hash), view_or_empty(s->notices)};
    // Without notices as it was before they were stored.
    return row_checksum(ROW_SOURCE, numbers, 4, texts, s->notices.size ? 3 : 2);
}

kith_status source_read(const query *q, source_row *out, kith_error *err)
{
    /* SOURCE_COLUMNS */
    enum { COLLECTION, PATH, SEQUENCE, HASH, BYTES, MODIFIED, CHECKSUM, DOCUMENTS, NOTICES };
    source_row row = {
        .collection = query_u64(q, COLLECTION),
        .sequence = query_u64(q, SEQUENCE),
        .source = {.path = query_view(q, PATH),
                   .hash = query_view(q, HASH),
                   .bytes = query_u64(q, BYTES),
                   .modified_ns = query_i64(q, MODIFIED),
                   .documents = (uint32_t)query_u64(q, DOCUMENTS),
                   .notices = query_view(q, NOTICES)},
    };
    if (checksum_of(&row) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT, "kith.db: sources: row '%.*s' fails its checksum",
                    VIEW_ARG(row.source.path));
    *out = row;
    return KITH_OK;
}

kith_status source_check_documents(const query *q, const source_row *row, kith_error *err)
{
    enum { DOCUMENTS_FOUND = 9 }; /* of SOURCE_COLUMNS_COUNTED */
    uint64_t found = query_u64(q, DOCUMENTS_FOUND);
    return found == row->source.documents
               ? KITH_OK
               : fail_missing_rows(err, "documents: source", row->source.path,
                                   row->source.documents, found);
}

/* What SOURCE_COLUMNS_COUNTED selected. */
static kith_status read_counted(const query *q, source_row *out, kith_error *err)
{
    kith_status status = source_read(q, out, err);
    return status == KITH_OK ? source_check_documents(q, out, err) : status;
}

kith_status source_put(writing *w, const source_row *row, kith_error *err)
{
    check_in_change(w, row->sequence);
    query q = query_begin(w->connection, SOURCE_PUT);
    query_bind_u64(&q, row->collection);
    query_bind_blob(&q, row->source.path);
    query_bind_u64(&q, row->sequence);
    query_bind_text(&q, view_or_empty(row->source.hash));
    query_bind_u64(&q, row->source.bytes);
    query_bind_i64(&q, row->source.modified_ns);
    query_bind_u64(&q, checksum_of(row));
    query_bind_u64(&q, row->source.documents);
    query_bind_text(&q, view_or_empty(row->source.notices));
    return query_run(&q, err);
}

kith_status source_delete_row(writing *w, uint64_t collection, view path, kith_error *err)
{
    query q = query_begin_at(w->connection, SOURCE_DELETE, collection, path);
    return query_run(&q, err);
}

kith_status source_mark_incomplete(writing *w, const store_collection *c, view path,
                                   kith_error *err)
{
    kith_status status = KITH_OK;
    source_row row = {0};
    query q = query_begin_at(w->connection, SOURCE_GET, c->id, path);
    bool found = query_next(&q);
    if (found) status = read_counted(&q, &row, err);
    if (found && status == KITH_OK && row.source.documents > 0) {
        row.sequence = c->sequence;
        row.source.hash = VIEW("");
        status = source_put(w, &row, err);
    }
    status = query_end(&q, status, err);
    if (status == KITH_OK && found && row.source.documents == 0)
        status = source_delete_row(w, c->id, path, err);
    return status;
}

kith_status source_lose_document(writing *w, const store_collection *c, view path, kith_error *err)
{
    query q = query_begin_at(w->connection, SOURCE_LOSE_DOCUMENT, c->id, path);
    kith_status status = query_run(&q, err);
    return status == KITH_OK ? source_mark_incomplete(w, c, path, err) : status;
}

kith_status source_find_joined(writing *w, uint64_t collection, view path, uint32_t *documents,
                               view *notices, kith_error *err)
{
    kith_status status = KITH_OK;
    source_row row = {0};
    query q = query_begin_at(w->connection, SOURCE_GET, collection, path);
    *documents = 0;
    *notices = VIEW("");
    if (query_next(&q)) status = source_read(&q, &row, err);
    if (status == KITH_OK && !copy_view(&w->arena, view_or_empty(row.source.notices), notices))
        status = fail_no_room(err);
    status = query_end(&q, status, err);
    if (status == KITH_OK) *documents = row.source.documents;
    return status;
}

/* Fails with KITH_ERR_NOT_FOUND; with KITH_ERR_CORRUPT when there are documents of this source, so that
 * its row was not found because of damage. */
static kith_status fail_missing(connection *c, uint64_t collection, view path, kith_error *err)
{
    uint64_t chunks = 0;
    kith_status status = document_chunks_of_source(c, collection, path, &chunks, err);
    if (status != KITH_OK) return status;
    return fail(err, KITH_ERR_NOT_FOUND, "source '%.*s' does not exist", VIEW_ARG(path));
}

kith_status source_require(writing *w, uint64_t collection, view path, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin_at(w->connection, SOURCE_GET, collection, path);
    if (!query_next(&q) && !query_failed(&q))
        status = fail_missing(w->connection, collection, path, err);
    return query_end(&q, status, err);
}

/* ---- reading ---- */

static kith_status copy_out(const source_row *row, arena *a, store_source *out, kith_error *err)
{
    store_source s = row->source;
    if (!copy_view(a, row->source.path, &s.path) || !copy_view(a, row->source.hash, &s.hash) ||
        !copy_view(a, row->source.notices, &s.notices))
        return fail_no_room(err);
    *out = s;
    return KITH_OK;
}

kith_status store_get_source(store *s, uint64_t collection, view path, arena *a, store_source *out,
                             kith_error *err)
{
    connection *c = NULL;
    store_collection collection_row = {0};
    source_row row = {0};
    kith_status status = reading_begin(s, collection, a, &c, &collection_row, err);
    if (status != KITH_OK) return status;
    query q = query_begin_at(c, SOURCE_GET, collection, path);
    if (query_next(&q)) {
        status = read_counted(&q, &row, err);
        if (status == KITH_OK) status = copy_out(&row, a, out, err);
    } else if (!query_failed(&q)) {
        status = fail_missing(c, collection, path, err);
    }
    status = query_end(&q, status, err);
    readers_release(s->readers, c);
    return status;
}

kith_status store_find_source(store *s, uint64_t collection, view hash, arena *a,
                              store_source_match match, void *context, store_source *out,
                              kith_error *err)
{
    connection *c = NULL;
    store_collection collection_row = {0};
    bool found = false;
    kith_status status = reading_begin(s, collection, a, &c, &collection_row, err);
    if (status != KITH_OK) return status;
    query q = query_begin_in(c, SOURCE_OF_HASH, collection, hash);
    while (status == KITH_OK && !found && query_next(&q)) {
        source_row row = {0};
        status = source_read(&q, &row, err);
        found = status == KITH_OK && match(context, row.source.path);
        if (found) status = copy_out(&row, a, out, err);
    }
    if (status == KITH_OK && !found && !query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "no source has this content");
    status = query_end(&q, status, err);
    readers_release(s->readers, c);
    return status;
}

static kith_status read_listed(const query *q, const row_list *l, void *out, kith_error *err)
{
    source_row row = {0};
    kith_status status = read_counted(q, &row, err);
    return status == KITH_OK ? copy_out(&row, l->memory, out, err) : status;
}

static kith_status list(connection *c, const store_collection *collection, const store_part *page,
                        arena *a, store_source **out, uint32_t *out_count, kith_error *err)
{
    row_list l = {.memory = a, .call = page->call, .row_bytes = sizeof **out, .read = read_listed};
    kith_status status = source_verify_begin(c, collection->id, page->after, err);
    if (status != KITH_OK) return status;
    query q = query_begin_at(c, SOURCE_LIST, collection->id, view_or_empty(page->after));
    query_bind_u64(&q, page->limit);
    status = row_list_read(&l, &q, err);
    if (status == KITH_OK && l.count < page->limit)
        status = paths_walk_ended(c, collection, &source_walk,
                                  page->after.size == 0 ? &l.count : NULL, err);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

kith_status store_list_sources(store *s, uint64_t collection, const store_part *page, arena *a,
                               store_source **out, uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    const store_part *part = page ? page : &whole_list;
    kith_status status =
        reading_begin_within(s, &(reading){collection, a, part->call}, &c, &row, err);
    if (status != KITH_OK) return status;
    status = list(c, &row, part, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}

typedef struct source_visitor {
    store_source_visit visit;
    void *context;
} source_visitor;

static kith_status visit_source(const query *q, void *context, kith_error *err)
{
    const source_visitor *v = context;
    source_row row = {0};
    kith_status status = source_read(q, &row, err);
    return status == KITH_OK ? v->visit(v->context, &row.source) : status;
}

kith_status store_visit_sources(store *s, uint64_t collection, view top, store_source_visit visit,
                                void *context, kith_error *err)
{
    const path_range range = {SOURCE_BELOW, collection, top};
    source_visitor v = {visit, context};
    return path_range_visit(s, &range, visit_source, &v, err);
}
