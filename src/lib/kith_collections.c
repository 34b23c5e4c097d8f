/* kith_collections.c - creating, changing, deleting and describing collections. */
#include "base/size.h"
#include "db/collection.h"
#include "db/validate.h"
#include "lib/handle.h"
#include "lib/options.h"

#include <kith/budget.h>
#include <stddef.h>

/* 32 vectors at least are in the tail, which is an eighth of the limit (vector/ivf.c). */
kith_status kith_index_memory_check(uint64_t bytes, uint32_t dimension, kith_error *err)
{
    const uint64_t of_dimension = (uint64_t)dimension * KITH_INDEX_MEMORY_OF_DIMENSION;
    const bool is_larger = of_dimension > KITH_INDEX_MEMORY_LEAST;
    const uint64_t least = is_larger ? of_dimension : KITH_INDEX_MEMORY_LEAST;
    if (bytes > INT64_MAX)
        return fail(err, KITH_ERR_INVALID, "index_memory is %llu bytes, allowed are %lld at most",
                    (unsigned long long)bytes, (long long)INT64_MAX);
    if (bytes == 0 || bytes >= least) return KITH_OK;
    if (!is_larger)
        return fail(err, KITH_ERR_INVALID,
                    "index_memory is %llu bytes, allowed are 0 (no limit) and %llu or more",
                    (unsigned long long)bytes, (unsigned long long)least);
    return fail(err, KITH_ERR_INVALID,
                "index_memory is %llu bytes, allowed for vectors of %u dimensions are 0 (no limit) "
                "and %llu or more",
                (unsigned long long)bytes, dimension, (unsigned long long)least);
}

static kith_status read_options(const kith_collection_options *options, collection_options *out,
                                kith_error *err)
{
    static const options_shape shape = {"kith_collection_options",
                                        offsetof(kith_collection_options, index_memory),
                                        sizeof(kith_collection_options)};
    kith_collection_options o;
    kith_status status = options_adopt(&shape, options, &o, err);
    if (status == KITH_OK) status = kith_index_memory_check(o.index_memory, o.dimension, err);
    if (status == KITH_OK) status = check_memory(o.memory, err);
    if (status == KITH_OK)
        *out = (collection_options){
            .metric = o.metric,
            .dim = o.dimension,
            .settings = {optional_view(o.metadata), optional_view(o.configuration)},
            .index_memory = o.index_memory,
            .memory = o.memory,
        };
    return status;
}

static kith_status info_of(const kith *k, const store_collection *stored,
                           const store_settings *settings, arena *a, kith_collection_info *out,
                           kith_error *err)
{
    uint64_t waiting = 0;
    kith_status status =
        store_count_waiting(database_store(k->database), stored->id, &waiting, err);
    if (status != KITH_OK) return status;
    *out = (kith_collection_info){
        .id = result_uuid(a, &stored->uuid),
        .name = arena_copy(a, stored->name).data,
        .tenant = arena_copy_text(a, k->tenant),
        .database = arena_copy_text(a, k->database_name),
        .metric = stored->metric,
        .dimension = stored->dim,
        .model = arena_copy(a, store_model_fingerprint(stored->model)).data,
        .documents = stored->documents,
        .chunks = stored->points,
        .created_ms = stored->created_ms,
        .metadata = settings->metadata.data,
        .configuration = settings->configuration.data,
        .unlinked = size_min(database_unlinked(k->database, stored->id), stored->points),
        .changes = stored->sequence,
        .waiting = size_min(waiting, stored->points),
        .index_memory = stored->index_memory,
        .memory = stored->memory,
    };
    return KITH_OK;
}

/* Creates the collection, or finds the one of its name. */
static kith_status obtain(kith *k, const char *name, const kith_collection_options *options,
                          arena *a, kith_collection_info *out, bool *created, kith_error *err)
{
    collection_options o;
    store_collection stored = {0};
    store_settings settings = {{NULL, 0}, {NULL, 0}};
    kith_status status = read_options(options, &o, err);
    if (status == KITH_OK)
        status =
            database_obtain_collection(k->database, view_of(name), &o, a, &stored, created, err);
    if (status == KITH_OK)
        status =
            store_collection_settings(database_store(k->database), stored.id, a, &settings, err);
    if (status == KITH_OK) status = info_of(k, &stored, &settings, a, out, err);
    if (status == KITH_OK && a->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    return status;
}

kith_status kith_collection_ensure(kith *k, const char *name,
                                   const kith_collection_options *options, bool *created,
                                   kith_collection_info **out, kith_error *err)
{
    arena *memory = NULL;
    bool is_new = false;
    kith_collection_info *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    kith_status status = obtain(k, name, options, memory, result, &is_new, err);
    if (status == KITH_OK && created) *created = is_new;
    return RESULT_END(status, result, out);
}

void kith_collection_info_free(kith_collection_info *info)
{
    result_free(info);
}

kith_status kith_collection_create(kith *k, const char *name,
                                   const kith_collection_options *options, kith_error *err)
{
    collection_options o;
    store_collection stored = {0};
    bool created = false;
    arena memory;
    arena_init(&memory, 0);
    kith_status status = read_options(options, &o, err);
    if (status == KITH_OK)
        status = database_obtain_collection(k->database, view_of(name), &o, &memory, &stored,
                                            &created, err);
    if (status == KITH_OK && !created)
        status = fail(err, KITH_ERR_EXISTS, "collection '%s' exists", name);
    arena_done(&memory);
    return status;
}

/* index_memory  NULL: it is not changed */
static kith_status check_limit(kith *k, const char *name, const uint64_t *index_memory,
                               kith_error *err)
{
    kith_collection_infos *now = NULL;
    if (!index_memory || *index_memory == 0) return KITH_OK;
    kith_status status = kith_index_memory_check(*index_memory, 0, err);
    if (status == KITH_OK) status = kith_collection_describe(k, name, NULL, &now, err);
    if (status == KITH_OK)
        status = kith_index_memory_check(*index_memory, now->collections[0].dimension, err);
    kith_collection_infos_free(now);
    return status;
}

kith_status kith_collection_modify(kith *k, const char *name,
                                   const kith_collection_changes *changes, kith_error *err)
{
    kith_collection_changes c;
    kith_status status =
        options_adopt(&(options_shape){"kith_collection_changes",
                                       offsetof(kith_collection_changes, index_memory), sizeof c},
                      changes, &c, err);
    if (status != KITH_OK) return status;
    status = check_limit(k, name, c.index_memory, err);
    if (status != KITH_OK) return status;
    status = c.memory ? check_memory(*c.memory, err) : KITH_OK;
    if (status != KITH_OK) return status;
    const store_modification to = {.name = optional_view(c.name),
                                   .metadata = optional_view(c.metadata),
                                   .configuration = optional_view(c.configuration),
                                   .index_memory = c.index_memory,
                                   .memory = c.memory};
    return database_modify_collection(k->database, view_of(name), &to, err);
}

kith_status kith_collection_copy(kith *k, const char *name, const char *new_name,
                                 const kith_call *call, kith_error *err)
{
    call_limit room;
    const call_limit *limit = NULL;
    kith_status status = options_begin_call(call, &room, &limit, err);
    if (status != KITH_OK) return status;
    return database_copy_collection(k->database, view_of(name), view_of(new_name), limit, err);
}

kith_status kith_collection_count(kith *k, uint64_t *out, kith_error *err)
{
    return store_collection_count(database_store(k->database), database_scope(k->database), out,
                                  err);
}

static kith_status describe_one(kith *k, const char *name, arena *a, store_collections *out,
                                kith_error *err)
{
    collection *c = NULL;
    store_collection *stored = arena_new_array(a, store_collection, 1);
    store_settings *settings = arena_new_array(a, store_settings, 1);
    if (!stored || !settings)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = collection_describe(c, a, stored, err);
    if (status == KITH_OK)
        status =
            store_collection_settings(database_store(k->database), stored->id, a, settings, err);
    database_release_collection(c);
    *out = (store_collections){stored, settings, 1};
    return status;
}

kith_status kith_collection_describe(kith *k, const char *name, const kith_list_options *options,
                                     kith_collection_infos **out, kith_error *err)
{
    arena *memory = NULL;
    kith_collection_infos *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_page page = {0, 0};
    store_collections found = {0};
    kith_status status = list_page(options, &page, err);
    if (status == KITH_OK)
        status =
            name ? describe_one(k, name, memory, &found, err)
                 : store_collection_list(database_store(k->database), database_scope(k->database),
                                         &page, memory, &found, err);
    kith_collection_info *list = arena_new_array(memory, kith_collection_info, found.count);
    for (uint32_t i = 0; status == KITH_OK && list && i < found.count; i++)
        status = info_of(k, &found.collections[i], &found.settings[i], memory, &list[i], err);
    if (status == KITH_OK && memory->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u collections", found.count);
    if (status == KITH_OK) *result = (kith_collection_infos){found.count, list};
    return RESULT_END(status, result, out);
}

void kith_collection_infos_free(kith_collection_infos *infos)
{
    result_free(infos);
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

static kith_status describe(kith *k, const store_collection *stored, const store_settings *settings,
                            arena *a, kith_collection_stats *out, kith_error *err)
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
        .id = result_uuid(a, &stored->uuid),
        .created_ms = stored->created_ms,
        .metadata = settings->metadata.data,
        .configuration = settings->configuration.data,
    };
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for statistics") : KITH_OK;
}

/* The collection that was asked for, or all. */
static kith_status list_stored(kith *k, const char *name, arena *a, store_collections *out,
                               kith_error *err)
{
    static const store_page whole = {0, 0};
    if (name) return describe_one(k, name, a, out, err);
    return store_collection_list(database_store(k->database), database_scope(k->database), &whole,
                                 a, out, err);
}

kith_status kith_collections(kith *k, const char *name, kith_collection_list **out, kith_error *err)
{
    arena *memory = NULL;
    kith_collection_list *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_collections found = {0};
    kith_status status = list_stored(k, name, memory, &found, err);
    kith_collection_stats *stats = arena_new_array(memory, kith_collection_stats, found.count);
    if (status == KITH_OK && !stats)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for statistics");
    for (uint32_t i = 0; i < found.count && status == KITH_OK; i++) {
        kith_collection_stats *next = &stats[result->count];
        status = describe(k, &found.collections[i], &found.settings[i], memory, next, err);
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
