/* documents.c - the rows of documents. Their chunks are points, which deposit.c and deletion.c put
 * and delete with them.
 * The text may be megabytes, and lists do not show it. So it has a checksum of its own, and the
 * row's checksum covers that checksum instead of the text: a list verifies each row without reading
 * a text, and a read of the text verifies both. */
#include "base/size.h"
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
    /* DOCUMENT_COLUMNS, and the text */
    enum {
        COLLECTION,
        KEY,
        SOURCE,
        SEQUENCE,
        TITLE,
        METADATA,
        UPDATED,
        TEXT_SUM,
        SUM,
        CHUNKS,
        CHUNKS_FOUND,
        TEXT
    };
    document_row row = {
        .collection = query_u64(q, COLLECTION),
        .key = query_view(q, KEY),
        .source = query_view(q, SOURCE),
        .sequence = query_u64(q, SEQUENCE),
        .title = query_view(q, TITLE),
        .metadata = query_view(q, METADATA),
        .updated_ms = query_i64(q, UPDATED),
        .text_checksum = query_u64(q, TEXT_SUM),
        .chunks = (uint32_t)query_u64(q, CHUNKS),
        .chunks_found = query_u64(q, CHUNKS_FOUND),
    };
    if (with_text) row.text = query_view(q, TEXT);
    if (checksum_of(&row) != query_u64(q, SUM) ||
        (with_text && text_checksum_of(row.text) != row.text_checksum))
        return fail(err, KITH_ERR_CORRUPT, "kith.db: documents: row '%.*s' fails its checksum",
                    VIEW_ARG(row.key));
    *out = row;
    return KITH_OK;
}

kith_status document_check_chunks(const document_row *row, kith_error *err)
{
    return row->chunks_found == row->chunks ? KITH_OK
                                            : fail_missing_rows(err, "chunks: document", row->key,
                                                                row->chunks, row->chunks_found);
}

static kith_status locate(connection *c, uint64_t collection, view key, arena *a,
                          document_place *out, kith_error *err)
{
    kith_status status = KITH_OK;
    enum { SEQUENCE, SOURCE }; /* what DOCUMENT_LOCATE selects */
    document_place place = {0};
    query q = query_begin_in(c, DOCUMENT_LOCATE, collection, key);
    place.found = query_next(&q);
    if (place.found) {
        place.sequence = query_u64(&q, SEQUENCE);
        if (!copy_view(a, query_view(&q, SOURCE), &place.source)) status = fail_no_room(err);
    }
    status = query_end(&q, status, err);
    if (status == KITH_OK) *out = place;
    return status;
}

kith_status document_locate(writing *w, uint64_t collection, view key, document_place *out,
                            kith_error *err)
{
    return locate(w->connection, collection, key, &w->arena, out, err);
}

kith_status document_fail_missing(view key, kith_error *err)
{
    return fail(err, KITH_ERR_NOT_FOUND, "document '%.*s' does not exist", VIEW_ARG(key));
}

/* ---- writing ---- */

kith_status document_fail_taken(const store_collection *c, view key, const document_place *place,
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

/* Says why an INSERT of these rows was refused, which has written none of them: a document has the
 * key of one, or two of the rows have one key. */
static kith_status fail_taken(writing *w, const store_collection *c, const document_row *rows,
                              uint32_t count, kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        document_place place = {0};
        kith_status status = document_locate(w, c->id, rows[i].key, &place, err);
        if (status != KITH_OK) return status;
        for (uint32_t j = 0; j < i && !place.found; j++)
            if (view_equal(rows[j].key, rows[i].key))
                place = (document_place){.found = true, .sequence = c->sequence};
        if (place.found) return document_fail_taken(c, rows[i].key, &place, err);
    }
    return fail(err, KITH_ERR_CORRUPT,
                "kith.db: documents: an index names a row that is not there");
}

static kith_status insert_rows(writing *w, store_collection *c, statement_id statement,
                               document_row *rows, uint32_t count, kith_error *err)
{
    query q = query_begin(w->connection, statement);
    for (uint32_t i = 0; i < count; i++) {
        document_row *row = &rows[i];
        check_in_change(w, row->sequence);
        row->text_checksum = text_checksum_of(row->text);
        query_bind_u64(&q, row->collection);
        query_bind_text(&q, row->key);
        query_bind_blob(&q, row->source);
        query_bind_u64(&q, row->sequence);
        query_bind_text(&q, row->title);
        query_bind_text(&q, row->metadata);
        query_bind_i64(&q, row->updated_ms);
        query_bind_u64(&q, row->text_checksum);
        query_bind_u64(&q, checksum_of(row));
        query_bind_u64(&q, row->chunks);
        query_bind_text(&q, row->text);
    }
    (void)query_next(&q);
    bool taken = query_is_taken(&q);
    kith_status status = query_end(&q, KITH_OK, taken ? NULL : err);
    if (taken) return fail_taken(w, c, rows, count, err);
    if (status == KITH_OK) c->documents += count;
    return status;
}

kith_status documents_insert(writing *w, store_collection *c, document_row *rows, uint32_t count,
                             kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t taken = 0;
    for (uint32_t i = 0; status == KITH_OK && i < count; i += taken) {
        statement_id statement = statement_for_rows(DOCUMENT_INSERT, count - i, &taken);
        status = insert_rows(w, c, statement, &rows[i], taken, err);
    }
    return status;
}

kith_status document_delete_row(writing *w, store_collection *c, view key, kith_error *err)
{
    check_in_change(w, c->sequence);
    query q = query_begin_in(w->connection, DOCUMENT_DELETE, c->id, key);
    kith_status status = query_run_on_row(&q, err);
    if (status == KITH_OK) c->documents--;
    return status;
}

kith_status document_lose_chunk(writing *w, const store_collection *c, view key, kith_error *err)
{
    query q = query_begin_in(w->connection, DOCUMENT_LOSE_CHUNK, c->id, key);
    return query_run_on_row(&q, err);
}

kith_status document_chunks(connection *c, uint64_t collection, view key, uint32_t *out,
                            kith_error *err)
{
    query q = query_begin_in(c, DOCUMENT_CHUNKS, collection, key);
    uint32_t chunks = query_next(&q) ? (uint32_t)query_u64(&q, 0) : 0;
    kith_status status = query_end(&q, KITH_OK, err);
    if (status == KITH_OK) *out = chunks;
    return status;
}

kith_status document_chunks_of_source(connection *c, uint64_t collection, view path, uint64_t *out,
                                      kith_error *err)
{
    enum { CHUNKS, FOUND, EXPECTED };
    uint64_t chunks = 0, found = 0, expected = 0;
    query q = query_begin_at(c, DOCUMENT_CHUNKS_OF_SOURCE, collection, path);
    if (query_next(&q)) {
        chunks = query_u64(&q, CHUNKS);
        found = query_u64(&q, FOUND);
        expected = query_u64(&q, EXPECTED);
    }
    kith_status status = query_end(&q, KITH_OK, err);
    if (status == KITH_OK && found != expected)
        status = fail_missing_rows(err, "documents: source", path, expected, found);
    if (status == KITH_OK) *out = chunks;
    return status;
}

kith_status documents_delete_rows_of_source(writing *w, store_collection *c, view path,
                                            kith_error *err)
{
    uint64_t deleted = 0;
    check_in_change(w, c->sequence);
    query q = query_begin_at(w->connection, DOCUMENT_DELETE_OF_SOURCE, c->id, path);
    kith_status status = query_run_counted(&q, &deleted, err);
    if (status == KITH_OK) c->documents -= deleted;
    return status;
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

kith_status document_get(connection *c, uint64_t collection, view key, arena *a,
                         store_document *out, kith_error *err)
{
    kith_status status = KITH_OK;
    document_row row = {0};
    query q = query_begin_in(c, DOCUMENT_GET, collection, key);
    if (query_next(&q)) {
        status = document_read(&q, true, &row, err);
        if (status == KITH_OK) status = document_check_chunks(&row, err);
        if (status == KITH_OK) status = copy_out(&row, a, out, err);
    } else if (!query_failed(&q)) {
        status = document_verify_miss(c, collection, key, err);
        if (status == KITH_OK) status = document_fail_missing(key, err);
    }
    return query_end(&q, status, err);
}

kith_status store_find_document(store *s, uint64_t collection, view key, arena *a, view *source,
                                kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    document_place place = {0};
    kith_status status = reading_begin(s, collection, a, &c, &row, err);
    if (status != KITH_OK) return status;
    status = locate(c, collection, key, a, &place, err);
    readers_release(s->readers, c);
    if (status != KITH_OK) return status;
    if (!place.found) return document_fail_missing(key, err);
    *source = place.source;
    return KITH_OK;
}

kith_status store_get_document(store *s, uint64_t collection, view key, arena *a,
                               store_document *out, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    kith_status status = reading_begin(s, collection, a, &c, &row, err);
    if (status != KITH_OK) return status;
    status = document_get(c, collection, key, a, out, err);
    readers_release(s->readers, c);
    return status;
}

static kith_status read_listed(const query *q, const row_list *l, void *out, kith_error *err)
{
    document_row row = {0};
    kith_status status = document_read(q, false, &row, err);
    if (status == KITH_OK) status = document_check_chunks(&row, err);
    return status == KITH_OK ? copy_out(&row, l->memory, out, err) : status;
}

static kith_status list(connection *c, const store_collection *collection, const store_part *page,
                        arena *a, store_document **out, uint32_t *out_count, kith_error *err)
{
    row_list l = {.memory = a, .call = page->call, .row_bytes = sizeof **out, .read = read_listed};
    kith_status status = document_verify_begin(c, collection->id, page->after, err);
    if (status != KITH_OK) return status;
    query q = query_begin_in(c, DOCUMENT_LIST, collection->id, view_or_empty(page->after));
    query_bind_u64(&q, page->limit);
    status = row_list_read(&l, &q, err);
    if (status == KITH_OK && l.count < page->limit)
        status = documents_walk_ended(c, collection, page->after.size == 0 ? &l.count : NULL, err);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

kith_status store_list_documents(store *s, uint64_t collection, const store_part *page, arena *a,
                                 store_document **out, uint32_t *out_count, kith_error *err)
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
