/* kith_collections.c - creating, deleting and describing collections. */
#include "db/collection.h"
#include "db/validate.h"
#include "lib/handle.h"

kith_status kith_collection_create(kith *k, const char *name,
                                   const kith_collection_options *options, kith_error *err)
{
    static const kith_collection_options defaults;
    const kith_collection_options *o = options ? options : &defaults;
    return database_create_collection(k->database, view_of(name), o->metric, o->dimension, err);
}

kith_status kith_collection_delete(kith *k, const char *name, kith_error *err)
{
    return database_delete_collection(k->database, view_of(name), err);
}

kith_status kith_collection_load(kith *k, const char *name, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = collection_load(c, err);
    database_release_collection(c);
    return status;
}

static kith_status describe(kith *k, const store_collection *stored, arena *a,
                            kith_collection_stats *out, kith_error *err)
{
    collection_index_state index = {0};
    kith_status status = database_describe_index(k->database, stored, a, &index, err);
    if (status != KITH_OK) return status;
    *out = (kith_collection_stats){
        .name = stored->name.data,
        .metric = stored->metric,
        .dimension = stored->dim,
        .model = arena_copy(a, store_model_fingerprint(stored->model)).data,
        .model_name = arena_copy(a, store_model_name(stored->model)).data,
        .documents = stored->documents,
        .chunks = stored->points,
        .bytes_disk = store_bytes(database_store(k->database)) + index.bytes_disk,
        .bytes_memory = index.bytes_memory,
        .index = index.kind,
        .index_state = index.state,
        .index_reason = index.reason,
    };
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for statistics") : KITH_OK;
}

/* The collection that was asked for, or all. */
static kith_status list_stored(kith *k, const char *name, arena *a, store_collection **out,
                               uint32_t *out_count, kith_error *err)
{
    store *s = database_store(k->database);
    if (!name) return store_collection_list(s, a, out, out_count, err);
    *out_count = 1;
    *out = arena_new_array(a, store_collection, 1);
    if (!*out) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for statistics");
    kith_status status = validate_collection_name(view_of(name), err);
    return status == KITH_OK ? store_collection_get(s, view_of(name), a, *out, err) : status;
}

kith_status kith_collections(kith *k, const char *name, kith_collection_list **out, kith_error *err)
{
    arena *memory = NULL;
    kith_collection_list *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_collection *stored = NULL;
    uint32_t count = 0;
    kith_status status = list_stored(k, name, memory, &stored, &count, err);
    kith_collection_stats *stats = arena_new_array(memory, kith_collection_stats, count);
    if (status == KITH_OK && !stats)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for statistics");
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        kith_collection_stats *next = &stats[result->count];
        status = describe(k, &stored[i], memory, next, err);
        if (status == KITH_OK) result->count++;
        // The collection was deleted after the list was read.
        if (status == KITH_ERR_NOT_FOUND && !name) status = KITH_OK;
    }
    result->collections = stats;
    return RESULT_END(status, result, out);
}

void kith_collection_list_free(kith_collection_list *list)
{
    result_free(list);
}
