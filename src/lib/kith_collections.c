/* kith_collections.c - creating, deleting and describing collections. */
#include "db/collection.h"
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

static kith_status describe(kith *k, view name, arena *a, kith_collection_stats *out,
                            kith_error *err)
{
    collection *c = NULL;
    store_collection stored = {0};
    collection_index_state index = {0};
    kith_status status = database_acquire_collection(k->database, name, &c, err);
    if (status == KITH_OK) status = collection_describe(c, a, &stored, err);
    if (status == KITH_OK) status = collection_index(c, a, &index, err);
    if (status == KITH_OK)
        *out = (kith_collection_stats){
            .name = arena_copy(a, stored.name).data,
            .metric = stored.metric,
            .dimension = stored.dim,
            .model = arena_copy(a, store_model_fingerprint(stored.model)).data,
            .model_name = arena_copy(a, store_model_name(stored.model)).data,
            .documents = stored.documents,
            .chunks = stored.points,
            .bytes_disk = store_bytes(database_store(k->database)) + index.bytes_disk,
            .bytes_memory = index.bytes_memory,
            .index = index.kind,
            .index_state = index.state,
            .index_reason = index.reason,
        };
    if (status == KITH_OK && a->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for statistics");
    database_release_collection(c);
    return status;
}

/* The name that was asked for, or all names. */
static kith_status list_names(kith *k, const char *name, arena *a, view **out, uint32_t *out_count,
                              kith_error *err)
{
    store_collection *all = NULL;
    uint32_t count = 1;
    if (!name) {
        kith_status status =
            store_collection_list(database_store(k->database), a, &all, &count, err);
        if (status != KITH_OK) return status;
    }
    view *names = arena_new_array(a, view, count);
    if (!names) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u collections", count);
    for (uint32_t i = 0; i < count; i++)
        names[i] = name ? view_of(name) : all[i].name;
    *out = names;
    *out_count = count;
    return KITH_OK;
}

kith_status kith_collections(kith *k, const char *name, kith_collection_list **out, kith_error *err)
{
    arena *memory = NULL;
    kith_collection_list *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    view *names = NULL;
    uint32_t count = 0;
    kith_status status = list_names(k, name, memory, &names, &count, err);
    kith_collection_stats *stats = arena_new_array(memory, kith_collection_stats, count);
    if (status == KITH_OK && !stats)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for statistics");
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        kith_collection_stats *next = &stats[result->count];
        status = describe(k, names[i], memory, next, err);
        if (status == KITH_OK) result->count++;
        // The collection was deleted after the names were listed.
        if (status == KITH_ERR_NOT_FOUND && !name) status = KITH_OK;
    }
    result->collections = stats;
    return RESULT_END(status, result, out);
}

void kith_collection_list_free(kith_collection_list *list)
{
    result_free(list);
}
