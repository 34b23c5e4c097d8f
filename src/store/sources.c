/* sources.c - the files that documents came from.
 * The hash vouches that everything the file gave is there; when a part is deleted by itself, it
 * goes. */
#include "store/checksum.h"
#include "store/store_internal.h"

static uint64_t checksum_of(const source_row *row)
{
    const store_source *s = &row->source;
    uint64_t numbers[] = {row->collection, row->sequence, s->bytes, (uint64_t)s->modified_ns};
    view texts[] = {s->path, view_or_empty(s->hash)};
    return row_checksum(ROW_SOURCE, numbers, 4, texts, 2);
}

kith_status source_read(const query *q, source_row *out, kith_error *err)
{
    source_row row = {
        .collection = query_u64(q, 0),
        .sequence = query_u64(q, 2),
        .source = {.path = query_view(q, 1),
                   .hash = query_view(q, 3),
                   .bytes = query_u64(q, 4),
                   .modified_ns = query_i64(q, 5),
                   .documents = (uint32_t)query_u64(q, 7)},
    };
    if (checksum_of(&row) != query_u64(q, 6))
        return fail(err, KITH_ERR_CORRUPT, "kith.db: sources: row '%.*s' fails its checksum",
                    VIEW_ARG(row.source.path));
    *out = row;
    return KITH_OK;
}

kith_status source_put(writing *w, const source_row *row, kith_error *err)
{
    query q = query_begin(w->connection, SOURCE_PUT);
    query_bind_u64(&q, row->collection);
    query_bind_text(&q, row->source.path);
    query_bind_u64(&q, row->sequence);
    query_bind_text(&q, view_or_empty(row->source.hash));
    query_bind_u64(&q, row->source.bytes);
    query_bind_i64(&q, row->source.modified_ns);
    query_bind_u64(&q, checksum_of(row));
    return query_run(&q, err);
}

static query get_begin(connection *c, statement_id id, uint64_t collection, view path)
{
    query q = query_begin(c, id);
    query_bind_u64(&q, collection);
    query_bind_text(&q, path);
    return q;
}

kith_status source_delete_row(writing *w, uint64_t collection, view path, kith_error *err)
{
    query q = get_begin(w->connection, SOURCE_DELETE, collection, path);
    return query_run(&q, err);
}

kith_status source_forget(writing *w, const store_collection *c, view path, kith_error *err)
{
    kith_status status = KITH_OK;
    source_row row = {0};
    query q = get_begin(w->connection, SOURCE_GET, c->id, path);
    bool found = query_next(&q);
    if (found) status = source_read(&q, &row, err);
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

typedef struct delete_job {
    uint64_t collection;
    view path;
    uint64_t sequence;
} delete_job;

static kith_status require(writing *w, uint64_t collection, view path, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = get_begin(w->connection, SOURCE_GET, collection, path);
    if (!query_next(&q) && !query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "source '%.*s' does not exist", VIEW_ARG(path));
    return query_end(&q, status, err);
}

static kith_status delete_work(writing *w, void *context, kith_error *err)
{
    delete_job *job = context;
    store_collection c = {0};
    kith_status status = change_begin(w, job->collection, &c, err);
    if (status == KITH_OK) status = require(w, c.id, job->path, err);
    if (status == KITH_OK) status = documents_delete_of_source(w, &c, job->path, err);
    if (status == KITH_OK) status = source_delete_row(w, c.id, job->path, err);
    if (status == KITH_OK) status = change_end(w, &c, err);
    job->sequence = c.sequence;
    return status;
}

kith_status store_delete_source(store *s, uint64_t collection, view path, uint64_t *sequence,
                                kith_error *err)
{
    delete_job job = {collection, path, 0};
    kith_status status = writer_run(s->writer, delete_work, &job, err);
    if (status == KITH_OK) *sequence = job.sequence;
    return status;
}

/* ---- reading ---- */

static kith_status copy_out(const source_row *row, arena *a, store_source *out, kith_error *err)
{
    store_source s = row->source;
    if (!copy_view(a, row->source.path, &s.path) || !copy_view(a, row->source.hash, &s.hash))
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
    query q = get_begin(c, SOURCE_GET, collection, path);
    if (query_next(&q)) {
        status = source_read(&q, &row, err);
        if (status == KITH_OK) status = copy_out(&row, a, out, err);
    } else if (!query_failed(&q)) {
        status = fail(err, KITH_ERR_NOT_FOUND, "source '%.*s' does not exist", VIEW_ARG(path));
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
    query q = query_begin(c, SOURCE_OF_HASH);
    query_bind_u64(&q, collection);
    query_bind_text(&q, hash);
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

static kith_status count_sources(connection *c, uint64_t collection, uint32_t *out, kith_error *err)
{
    query q = query_begin(c, SOURCE_COUNT);
    query_bind_u64(&q, collection);
    *out = query_next(&q) ? (uint32_t)query_u64(&q, 0) : 0;
    return query_end(&q, KITH_OK, err);
}

static kith_status list(connection *c, uint64_t collection, arena *a, store_source **out,
                        uint32_t *out_count, kith_error *err)
{
    uint32_t count = 0, read = 0;
    kith_status status = count_sources(c, collection, &count, err);
    if (status != KITH_OK) return status;
    store_source *found = arena_new_array(a, store_source, count);
    if (!found) return fail_no_room(err);
    query q = query_begin(c, SOURCE_LIST);
    query_bind_u64(&q, collection);
    while (status == KITH_OK && read < count && query_next(&q)) {
        source_row row = {0};
        status = source_read(&q, &row, err);
        if (status == KITH_OK) status = copy_out(&row, a, &found[read++], err);
    }
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *out = found;
    *out_count = read;
    return KITH_OK;
}

kith_status store_list_sources(store *s, uint64_t collection, arena *a, store_source **out,
                               uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    kith_status status = reading_begin(s, collection, a, &c, &row, err);
    if (status != KITH_OK) return status;
    status = list(c, collection, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}

/* '0' follows '/': what lies below "/a" stands between "/a/" and "/a0", "/a-b" before that. */
kith_status visit_below(store *s, const below *b, row_visit visit, void *context, kith_error *err)
{
    connection *c = NULL;
    store_collection collection_row = {0};
    arena scratch;
    arena_init(&scratch, 0);
    view prefix = view_equal(b->top, VIEW("/")) ? VIEW("") : b->top;
    const char *low = arena_printf(&scratch, "%.*s/", VIEW_ARG(prefix));
    const char *high = arena_printf(&scratch, "%.*s0", VIEW_ARG(prefix));
    kith_status status = low && high ? KITH_OK : fail_no_room(err);
    if (status == KITH_OK)
        status = reading_begin(s, b->collection, &scratch, &c, &collection_row, err);
    if (status != KITH_OK) goto done;
    query q = get_begin(c, b->statement, b->collection, b->top);
    query_bind_text(&q, view_of(low));
    query_bind_text(&q, view_of(high));
    while (status == KITH_OK && query_next(&q))
        status = visit(&q, context, err);
    status = query_end(&q, status, err);
    readers_release(s->readers, c);
done:
    arena_done(&scratch);
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
    const below b = {SOURCE_BELOW, collection, top};
    source_visitor v = {visit, context};
    return visit_below(s, &b, visit_source, &v, err);
}
