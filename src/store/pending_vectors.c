/* pending_vectors.c - vectors of a document that is being embedded and is not stored yet.
 *
 * A document is stored as a whole, and embedding a long one takes minutes. Were its vectors in the
 * memory of the process alone, a kill would cost all of them. So they are put here slice by slice,
 * under the hash of the text that was embedded and of the model; whoever embeds the same text next
 * finds them. They are a cache of work: no search reads them, losing them costs time, and the text
 * is not in them.
 *
 * Rows leave when the document was stored or refused (store_drop_pending_vectors), with their
 * collection, and by age: what was put before AGE_MAX_MS is deleted when others are put, since a
 * document that was interrupted may never come again. `owner` is what they are dropped by, so that
 * two processes that embed two documents do not take each other's. */
#include "store/pending_vectors.h"
#include "store/checksum.h"
#include "store/store_internal.h"

static const int64_t AGE_MAX_MS = INT64_C(7) * 24 * 60 * 60 * 1000;

static view key_view(const store_vector_key *key)
{
    return (view){(const char *)key->hash, sizeof key->hash};
}

static uint64_t checksum_of(uint64_t collection, uint64_t owner, int64_t put_ms, view key,
                            view vector)
{
    uint64_t numbers[] = {collection, owner, (uint64_t)put_ms};
    view texts[] = {key, vector};
    return row_checksum(ROW_PENDING_VECTOR, numbers, 3, texts, 2);
}

/* ---- putting ---- */

typedef struct put_job {
    uint64_t collection;
    const store_pending_vectors *put;
    int64_t now_ms;
} put_job;

static kith_status delete_old(writing *w, const put_job *job, kith_error *err)
{
    query q = query_begin(w->connection, PENDING_VECTOR_DELETE_OLD);
    query_bind_u64(&q, job->collection);
    query_bind_i64(&q, job->now_ms - AGE_MAX_MS);
    return query_run(&q, err);
}

static kith_status put_one(writing *w, const put_job *job, uint32_t i, kith_error *err)
{
    const store_pending_vectors *put = job->put;
    view key = key_view(&put->keys[i]);
    view vector = {(const char *)(put->vectors + (size_t)i * put->dim),
                   (size_t)put->dim * sizeof *put->vectors};
    query q = query_begin(w->connection, PENDING_VECTOR_PUT);
    query_bind_u64(&q, job->collection);
    query_bind_blob(&q, key);
    query_bind_u64(&q, put->owner);
    query_bind_i64(&q, job->now_ms);
    query_bind_u64(&q, checksum_of(job->collection, put->owner, job->now_ms, key, vector));
    query_bind_blob(&q, vector);
    return query_run(&q, err);
}

static kith_status put_work(writing *w, void *context, kith_error *err)
{
    const put_job *job = context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    if (status == KITH_OK) status = delete_old(w, job, err);
    for (uint32_t i = 0; status == KITH_OK && i < job->put->count; i++)
        status = put_one(w, job, i, err);
    return status;
}

kith_status store_put_pending_vectors(store *s, uint64_t collection,
                                      const store_pending_vectors *put, int64_t now_ms,
                                      kith_error *err)
{
    put_job job = {collection, put, now_ms};
    return writer_run(s->writer, put_work, &job, err);
}

/* ---- dropping ---- */

typedef struct drop_job {
    uint64_t collection, owner;
} drop_job;

static kith_status drop_work(writing *w, void *context, kith_error *err)
{
    const drop_job *job = context;
    query q = query_begin(w->connection, PENDING_VECTOR_DELETE_OF_OWNER);
    query_bind_u64(&q, job->collection);
    query_bind_u64(&q, job->owner);
    return query_run(&q, err);
}

kith_status store_drop_pending_vectors(store *s, uint64_t collection, uint64_t owner,
                                       kith_error *err)
{
    drop_job job = {collection, owner};
    return writer_run(s->writer, drop_work, &job, err);
}

/* ---- finding ---- */

/* Copies the vector of `key` to `out` [dim]. A row that is damaged, or of another length, counts as
 * none: the text is then embedded again. */
static kith_status find(connection *c, uint64_t collection, const store_vector_key *key,
                        uint32_t dim, float *out, bool *found, kith_error *err)
{
    enum { OWNER, PUT, CHECKSUM, VECTOR }; /* what PENDING_VECTOR_GET selects */
    view name = key_view(key);
    query q = query_begin(c, PENDING_VECTOR_GET);
    query_bind_u64(&q, collection);
    query_bind_blob(&q, name);
    *found = false;
    if (query_next(&q)) {
        view vector = query_view(&q, VECTOR);
        *found = vector.size == dim * sizeof *out &&
                 query_u64(&q, CHECKSUM) == checksum_of(collection, query_u64(&q, OWNER),
                                                        query_i64(&q, PUT), name, vector);
        if (*found) memcpy(out, vector.data, vector.size);
    }
    return query_end(&q, KITH_OK, err);
}

kith_status store_find_pending_vectors(store *s, uint64_t collection, const store_vector_key *keys,
                                       uint32_t count, uint32_t dim, float *out, bool *found,
                                       kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = find(c, collection, &keys[i], dim, out + (size_t)i * dim, &found[i], err);
    readers_release(s->readers, c);
    return status;
}
