/* access_keys.c - see access_keys.h. A key belongs to no tenant, database or collection, only
 * names them: it may be older than they are, and outlive them. */
#include "store/access_keys.h"

#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

static uint64_t checksum_of(const store_access_key *k)
{
    uint64_t numbers[] = {k->scope, (uint64_t)k->created_ms};
    view texts[] = {k->name, k->hash, k->tenant, k->database, k->collection};
    return row_checksum(ROW_ACCESS_KEY, numbers, 2, texts, 5);
}

typedef struct create_job {
    const store_access_key *key;
    uint32_t max;
} create_job;

static kith_status create_work(writing *w, void *context, kith_error *err)
{
    const create_job *job = context;
    const store_access_key *k = job->key;
    uint64_t count = 0;
    kith_status status = connection_number(w->connection, ACCESS_KEY_COUNT, &count, err);
    if (status != KITH_OK) return status;
    if (count >= job->max)
        return fail(err, KITH_ERR_LIMIT, "there are %u keys, and no more are allowed", job->max);
    query q = query_begin(w->connection, ACCESS_KEY_INSERT);
    query_bind_text(&q, k->name);
    query_bind_blob(&q, k->hash);
    query_bind_u64(&q, k->scope);
    query_bind_text(&q, k->tenant);
    query_bind_text(&q, k->database);
    query_bind_text(&q, k->collection);
    query_bind_i64(&q, k->created_ms);
    query_bind_u64(&q, checksum_of(k));
    (void)query_next(&q);
    if (query_is_taken(&q))
        status = fail(err, KITH_ERR_EXISTS, "there is a key '%.*s'", VIEW_ARG(k->name));
    return query_end(&q, status, err);
}

kith_status store_access_key_create(store *s, const store_access_key *key, uint32_t max,
                                    kith_error *err)
{
    create_job job = {key, max};
    return writer_run(s->writer, create_work, &job, err);
}

static kith_status delete_work(writing *w, void *context, kith_error *err)
{
    const view *name = context;
    kith_status status = KITH_OK;
    query q = query_begin(w->connection, ACCESS_KEY_FIND);
    query_bind_text(&q, *name);
    if (!query_next(&q) && !query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "there is no key '%.*s'", VIEW_ARG(*name));
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    q = query_begin(w->connection, ACCESS_KEY_DELETE);
    query_bind_text(&q, *name);
    return query_run(&q, err);
}

kith_status store_access_key_delete(store *s, view name, kith_error *err)
{
    return writer_run(s->writer, delete_work, &name, err);
}

static kith_status read_row(const query *q, arena *a, store_access_key *out, kith_error *err)
{
    enum {
        NAME,
        HASH,
        SCOPE,
        TENANT,
        DATABASE,
        COLLECTION,
        CREATED_MS,
        CHECKSUM
    }; /* ACCESS_KEY_COLUMNS */
    *out = (store_access_key){.scope = query_u64(q, SCOPE), .created_ms = query_i64(q, CREATED_MS)};
    bool fits = copy_view(a, query_view(q, NAME), &out->name) &&
                copy_view(a, query_view(q, HASH), &out->hash) &&
                copy_view(a, query_view(q, TENANT), &out->tenant) &&
                copy_view(a, query_view(q, DATABASE), &out->database) &&
                copy_view(a, query_view(q, COLLECTION), &out->collection);
    if (!fits) return fail_no_room(err);
    if (checksum_of(out) == query_u64(q, CHECKSUM) && out->hash.size == STORE_ACCESS_KEY_HASH_BYTES)
        return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT, "kith.db: access_keys: row '%.*s' fails its checksum",
                VIEW_ARG(out->name));
}

kith_status access_keys_list(connection *c, arena *a, store_access_key **out, uint32_t *out_count,
                             kith_error *err)
{
    uint64_t count = 0;
    uint32_t read = 0;
    kith_status status = connection_number(c, ACCESS_KEY_COUNT, &count, err);
    if (status != KITH_OK) return status;
    store_access_key *list = arena_new_array(a, store_access_key, count);
    if (!list) return fail_no_room(err);
    query q = query_begin(c, ACCESS_KEY_ALL);
    while (status == KITH_OK && read < count && query_next(&q))
        status = read_row(&q, a, &list[read++], err);
    if (status == KITH_OK && read < count && !query_failed(&q))
        status =
            fail(err, KITH_ERR_CORRUPT,
                 "kith.db: access_keys: %" PRIu64 " rows are counted, and %u found", count, read);
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *out = list;
    *out_count = read;
    return KITH_OK;
}

kith_status store_access_key_list(store *s, arena *a, store_access_key **out, uint32_t *out_count,
                                  kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = access_keys_list(c, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}
