/* collection.c - a collection's handle and its write path: validate, store, refresh. */
#include "db/collection.h"

#include "base/size.h"
#include "db/collection_private.h"
#include "db/validate.h"
#include "os/file.h"

#include <limits.h>
#include <stdlib.h>

kith_status collection_new(database *owner, const store_collection *description, collection **out,
                           kith_error *err)
{
    collection *c = calloc(1, sizeof *c);
    if (!c) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    c->owner = owner;
    c->id = description->id;
    c->metric = description->metric;
    memcpy(c->name, description->name.data, description->name.size);
    pthread_rwlockattr_t attributes;
    (void)pthread_rwlockattr_init(&attributes);
    // Without this a steady stream of searches would starve the writers.
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&c->lock, &attributes);
    (void)pthread_rwlockattr_destroy(&attributes);
    *out = c;
    return KITH_OK;
}

void collection_free(collection *c)
{
    derived_done(&c->derived);
    (void)pthread_rwlock_destroy(&c->lock);
    free(c);
}

database *collection_database(const collection *c)
{
    return c->owner;
}

uint64_t collection_id(const collection *c)
{
    return c->id;
}

kith_metric collection_metric(const collection *c)
{
    return c->metric;
}

kith_status collection_describe(collection *c, arena *a, store_collection *out, kith_error *err)
{
    kith_status status =
        store_collection_get(database_store(c->owner), view_of(c->name), a, out, err);
    // The name may have been given to a new collection since.
    if (status == KITH_OK && out->id != c->id)
        return fail(err, KITH_ERR_NOT_FOUND, "collection '%s' was deleted", c->name);
    return status;
}

kith_status collection_index(collection *c, collection_index_state *out, kith_error *err)
{
    kith_status status = collection_refresh(c, err);
    if (status != KITH_OK) return status;
    char path[PATH_MAX];
    file_info info = {0};
    if (collection_derived_path(c, path, sizeof path) && file_stat(path, &info, NULL) != KITH_OK)
        info.bytes = 0;
    (void)pthread_rwlock_rdlock(&c->lock);
    const vector_index *ix = c->derived.index;
    *out = (collection_index_state){
        .kind = !ix                          ? "empty"
                : vector_index_has_graph(ix) ? "graph"
                                             : "flat",
        .state = c->rebuilt ? "rebuilt" : "current",
        .bytes_memory = derived_bytes(&c->derived),
        .bytes_disk = info.bytes,
    };
    (void)pthread_rwlock_unlock(&c->lock);
    return KITH_OK;
}

static kith_status validate_point(const collection *c, const store_point *p, store_mode mode,
                                  uint32_t dim, uint32_t expected_dim, kith_error *err)
{
    kith_status status = validate_key(p->key, "point", err);
    if (status == KITH_OK && p->content.data) status = validate_content(p->content, err);
    if (status == KITH_OK && p->metadata.data) {
        arena memory;
        arena_init(&memory, 0);
        status = metadata_parse(p->metadata, &(metadata){.memory = &memory}, err);
        arena_done(&memory);
    }
    if (status == KITH_OK && !p->vector && mode != STORE_UPDATE)
        status = fail(err, KITH_ERR_INVALID, "a point needs a vector");
    if (status == KITH_OK && p->vector)
        status = validate_vector(p->vector, dim, expected_dim, c->metric, err);
    return status;
}

static kith_status validate_points(const collection *c, store_mode mode, const store_point *points,
                                   uint32_t count, uint32_t dim, uint32_t expected_dim,
                                   kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        kith_status status = validate_point(c, &points[i], mode, dim, expected_dim, err);
        if (status != KITH_OK)
            return fail_context(err, status, "point %u ('%.*s')", i,
                                (int)size_min(points[i].key.size, 64),
                                points[i].key.data ? points[i].key.data : "");
    }
    return KITH_OK;
}

/* Checks against what the collection is pinned to, and gives its dimension (0: none yet). */
static kith_status check_model(collection *c, view model, uint32_t dim, uint32_t *expected_dim,
                               kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    store_collection description;
    kith_status status = collection_describe(c, &memory, &description, err);
    if (status == KITH_OK) {
        *expected_dim = description.dim;
        bool has_vectors = description.points > 0;
        view pinned = store_model_fingerprint(description.model);
        view wanted = store_model_fingerprint(model);
        if (wanted.size && pinned.size && !view_equal(wanted, pinned))
            status = fail(err, KITH_ERR_MODEL,
                          "collection '%s' is pinned to the model '%.*s', not '%.*s': use another "
                          "collection, or delete this one and add its documents again",
                          c->name, VIEW_ARG(pinned), VIEW_ARG(wanted));
        else if (wanted.size && !pinned.size && has_vectors)
            status =
                fail(err, KITH_ERR_MODEL,
                     "collection '%s' holds vectors of the caller's own: text cannot join them",
                     c->name);
        else if (dim != 0 && description.dim != 0 && dim != description.dim)
            status = fail(err, KITH_ERR_DIMENSION,
                          "the model's vectors have %u dimensions, collection '%s' has %u", dim,
                          c->name, description.dim);
    }
    arena_done(&memory);
    return status;
}

kith_status collection_check_model(collection *c, view model, uint32_t dim, kith_error *err)
{
    uint32_t expected_dim = 0;
    return check_model(c, model, dim, &expected_dim, err);
}

kith_status collection_put_points(collection *c, store_mode mode, const store_point *points,
                                  uint32_t count, uint32_t dim, view model, kith_error *err)
{
    if (count == 0 || count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT, "a batch of %u points, allowed are 1 to %d", count,
                    KITH_BATCH_MAX_POINTS);
    uint32_t expected_dim = 0;
    uint64_t sequence = 0;
    kith_status status = check_model(c, model, 0, &expected_dim, err);
    if (status == KITH_OK) status = validate_points(c, mode, points, count, dim, expected_dim, err);
    if (status == KITH_OK && dim != 0)
        status = store_collection_pin(database_store(c->owner), c->id, dim, model, err);
    if (status == KITH_OK)
        status =
            store_put_points(database_store(c->owner), c->id, mode, points, count, &sequence, err);
    return status == KITH_OK ? collection_refresh(c, err) : status;
}

kith_status collection_delete_points(collection *c, const view *keys, uint32_t count,
                                     uint32_t *deleted, kith_error *err)
{
    uint64_t sequence = 0;
    kith_status status =
        store_delete_points(database_store(c->owner), c->id, keys, count, &sequence, deleted, err);
    return status == KITH_OK ? collection_refresh(c, err) : status;
}

static kith_status validate_documents(const collection *c, const store_deposit *deposit,
                                      uint32_t dim, uint32_t expected_dim, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < deposit->count && status == KITH_OK; i++) {
        const store_document *d = &deposit->documents[i];
        status = validate_key(d->key, "document", err);
        if (status == KITH_OK) status = validate_content(d->text, err);
        if (status == KITH_OK)
            status =
                validate_points(c, STORE_ADD, d->points, d->point_count, dim, expected_dim, err);
    }
    return status;
}

kith_status collection_put_sources(collection *c, const store_deposit *deposits, uint32_t count,
                                   uint32_t dim, view model, kith_error *err)
{
    uint32_t expected_dim = 0;
    uint64_t sequence = 0;
    store *s = database_store(c->owner);
    kith_status status = check_model(c, model, dim, &expected_dim, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = validate_documents(c, &deposits[i], dim, expected_dim, err);
    if (status == KITH_OK && dim != 0) status = store_collection_pin(s, c->id, dim, model, err);
    if (status == KITH_OK) status = store_put_sources(s, c->id, deposits, count, &sequence, err);
    return status == KITH_OK ? collection_refresh(c, err) : status;
}

kith_status collection_put_documents(collection *c, const store_source *source,
                                     const store_document *documents, uint32_t count, uint32_t dim,
                                     view model, kith_error *err)
{
    store_deposit deposit = {source, documents, count};
    return collection_put_sources(c, &deposit, 1, dim, model, err);
}

kith_status collection_delete_document(collection *c, view key, kith_error *err)
{
    uint64_t sequence = 0;
    kith_status status =
        store_delete_document(database_store(c->owner), c->id, key, &sequence, err);
    return status == KITH_OK ? collection_refresh(c, err) : status;
}

kith_status collection_delete_source(collection *c, view path, kith_error *err)
{
    uint64_t sequence = 0;
    kith_status status = store_delete_source(database_store(c->owner), c->id, path, &sequence, err);
    return status == KITH_OK ? collection_refresh(c, err) : status;
}
