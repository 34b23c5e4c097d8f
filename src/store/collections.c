/* collections.c - the rows of collections: creating, pinning, reading; deleting: dropped.c.
 * A row holds the sequence and the counts of its collection, which sequence.c advances with each
 * change. The dimension and the model are set once: by the creation, or by the first vectors. From
 * then on every vector of the collection has this length and comes from this model, so neither ever
 * changes again. */
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

static uint64_t checksum_of(const store_collection *c)
{
    uint64_t numbers[] = {
        c->id,     (uint64_t)c->metric,     c->dim,    c->sequence,    c->documents,
        c->points, (uint64_t)c->created_ms, c->writer, c->writer_since};
    // Rows of before there were the two are not touched by the upgrade.
    size_t count = sizeof numbers / sizeof numbers[0] - (c->writer ? 0 : 2);
    view texts[] = {c->name, view_or_empty(c->model)};
    return row_checksum(ROW_COLLECTION, numbers, count, texts, 2);
}

static kith_status read_row(const query *q, arena *a, store_collection *out, kith_error *err)
{
    /* COLLECTION_COLUMNS */
    enum {
        ID,
        NAME,
        METRIC,
        DIM,
        MODEL,
        SEQUENCE,
        DOCUMENTS,
        POINTS,
        CREATED,
        CHECKSUM,
        WRITER,
        SINCE
    };
    store_collection row = {
        .id = query_u64(q, ID),
        .metric = (kith_metric)query_u64(q, METRIC),
        .dim = (uint32_t)query_u64(q, DIM),
        .sequence = query_u64(q, SEQUENCE),
        .documents = query_u64(q, DOCUMENTS),
        .points = query_u64(q, POINTS),
        .created_ms = query_i64(q, CREATED),
        .writer = query_u64(q, WRITER),
        .writer_since = query_u64(q, SINCE),
    };
    if (!copy_view(a, query_view(q, NAME), &row.name) ||
        !copy_view(a, query_view(q, MODEL), &row.model))
        return fail_no_room(err);
    if (checksum_of(&row) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: collections: row %" PRIu64 " ('%.*s') fails its checksum", row.id,
                    VIEW_ARG(row.name));
    *out = row;
    return KITH_OK;
}

kith_status collection_read(connection *c, uint64_t id, arena *a, store_collection *out,
                            kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, COLLECTION_BY_ID);
    query_bind_u64(&q, id);
    if (query_next(&q))
        status = read_row(&q, a, out, err);
    else if (!query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "collection %" PRIu64 " does not exist", id);
    return query_end(&q, status, err);
}

static kith_status read_by_name(connection *c, view name, arena *a, store_collection *out,
                                kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, COLLECTION_BY_NAME);
    query_bind_text(&q, name);
    if (query_next(&q))
        status = read_row(&q, a, out, err);
    else if (!query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "collection '%.*s' does not exist", VIEW_ARG(name));
    return query_end(&q, status, err);
}

kith_status collection_list(connection *c, arena *a, store_collection **out, uint32_t *out_count,
                            kith_error *err)
{
    uint64_t count = 0;
    kith_status status = connection_number(c, COLLECTION_COUNT, &count, err);
    if (status != KITH_OK) return status;
    store_collection *list = arena_new_array(a, store_collection, count);
    if (!list) return fail_no_room(err);
    uint32_t found = 0;
    query q = query_begin(c, COLLECTION_LIST);
    while (status == KITH_OK && found < count && query_next(&q))
        status = read_row(&q, a, &list[found++], err);
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *out = list;
    *out_count = found;
    return KITH_OK;
}

kith_status collection_replace(writing *w, const store_collection *c, kith_error *err)
{
    query q = query_begin(w->connection, COLLECTION_REPLACE);
    query_bind_u64(&q, c->dim);
    query_bind_text(&q, view_or_empty(c->model));
    query_bind_u64(&q, c->sequence);
    query_bind_u64(&q, c->documents);
    query_bind_u64(&q, c->points);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->writer);
    query_bind_u64(&q, c->writer_since);
    query_bind_u64(&q, c->id);
    return query_run_on_row(&q, err);
}

/* ---- create, pin ---- */

typedef struct create_job {
    store_collection collection;
} create_job;

static kith_status create_work(writing *w, void *context, kith_error *err)
{
    store_collection *c = &((create_job *)context)->collection;
    c->id = w->last_collection + 1;
    query q = query_begin(w->connection, COLLECTION_INSERT);
    query_bind_u64(&q, c->id);
    query_bind_text(&q, c->name);
    query_bind_u64(&q, (uint64_t)c->metric);
    query_bind_u64(&q, c->dim);
    query_bind_text(&q, view_or_empty(c->model));
    query_bind_u64(&q, c->sequence);
    query_bind_u64(&q, c->documents);
    query_bind_u64(&q, c->points);
    query_bind_i64(&q, c->created_ms);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->writer);
    query_bind_u64(&q, c->writer_since);
    (void)query_next(&q);
    kith_status status = KITH_OK;
    if (query_is_taken(&q))
        status = fail(err, KITH_ERR_EXISTS, "collection '%.*s' exists", VIEW_ARG(c->name));
    status = query_end(&q, status, err);
    if (status == KITH_OK) w->last_collection = c->id;
    return status;
}

kith_status store_collection_create(store *s, view name, kith_metric metric, uint32_t dim,
                                    view model, int64_t now_ms, uint64_t *id, kith_error *err)
{
    create_job job = {
        {.name = name, .metric = metric, .dim = dim, .model = model, .created_ms = now_ms}};
    kith_status status = writer_run(s->writer, create_work, &job, err);
    if (status == KITH_OK) *id = job.collection.id;
    return status;
}

typedef struct pin_job {
    uint64_t collection;
    uint32_t dim;
    view model;
} pin_job;

static kith_status pin_work(writing *w, void *context, kith_error *err)
{
    const pin_job *job = context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    if (status != KITH_OK) return status;
    if (job->dim && c.dim && c.dim != job->dim)
        return fail(err, KITH_ERR_DIMENSION, "collection '%.*s' has %u dimensions, not %u",
                    VIEW_ARG(c.name), c.dim, job->dim);
    view pinned = store_model_fingerprint(c.model), wanted = store_model_fingerprint(job->model);
    if (wanted.size && pinned.size && store_model_compare(c.model, job->model) != STORE_MODEL_SAME)
        return fail(err, KITH_ERR_MODEL, "collection '%.*s' is pinned to model '%.*s', not '%.*s'",
                    VIEW_ARG(c.name), VIEW_ARG(pinned), VIEW_ARG(wanted));
    /* Collections of earlier versions were pinned by the fingerprint alone: add the name once. */
    bool is_named = store_model_name(c.model).size || !store_model_name(job->model).size;
    bool is_pinned = (!job->dim || c.dim) && (!wanted.size || (pinned.size && is_named));
    if (is_pinned) return KITH_OK;
    if (job->dim) c.dim = job->dim;
    if (wanted.size && !(pinned.size && is_named)) c.model = job->model;
    return collection_replace(w, &c, err);
}

kith_status store_collection_pin(store *s, uint64_t collection, uint32_t dim, view model,
                                 kith_error *err)
{
    pin_job job = {collection, dim, model};
    return writer_run(s->writer, pin_work, &job, err);
}

/* ---- read ---- */

kith_status store_collection_get(store *s, view name, arena *a, store_collection *out,
                                 kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = read_by_name(c, name, a, out, err);
    readers_release(s->readers, c);
    return status;
}

kith_status store_collection_list(store *s, arena *a, store_collection **out, uint32_t *out_count,
                                  kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = collection_list(c, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}
