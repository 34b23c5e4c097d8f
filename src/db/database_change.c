/* database_change.c - collections and databases are deleted, copied and modified. */
#include "db/database_private.h"
#include "db/validate.h"
#include "os/clock.h"

/* The collection, which is held, was deleted: its rows go, and when its last holder releases it,
 * its derived file. */
static void finish_deletion(database *root, collection *c)
{
    (void)pthread_mutex_lock(&root->mutex);
    entries_drop_locked(root, entries_find_held_locked(root, c));
    (void)pthread_mutex_unlock(&root->mutex);
    store_collection_purge(root->store, collection_id(c));
}

kith_status database_delete_held(collection *c, kith_error *err)
{
    database *root = collection_database(c);
    kith_status status = store_collection_drop(root->store, collection_id(c), err);
    if (status == KITH_OK) finish_deletion(root, c);
    return status;
}

kith_status database_delete_collection(database *d, view name, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(d, name, &c, err);
    if (status != KITH_OK) return status;
    status = database_delete_held(c, err);
    database_release_collection(c);
    return status;
}

/* Only the last job of the copy decides whether the name is free; this spares it the work. */
static kith_status check_name_is_free(database *d, view name, arena *a, kith_error *err)
{
    store_collection other = {0};
    const store_address address = {.database = d->scope, .name = name};
    kith_status status = store_collection_find(d->root->store, &address, a, &other, err);
    if (status == KITH_OK)
        return fail(err, KITH_ERR_EXISTS, "collection '%.*s' exists", VIEW_ARG(name));
    return status == KITH_ERR_NOT_FOUND ? KITH_OK : status;
}

kith_status database_copy_collection(database *d, view name, view new_name, const call_limit *limit,
                                     kith_error *err)
{
    collection *c = NULL;
    store_collection made = {0};
    arena memory;
    arena_init(&memory, 0);
    store_copy_request request = {
        .database = d->scope, .name = new_name, .now_ms = clock_wall_ms(), .limit = limit};
    kith_status status = validate_collection_name(new_name, err);
    if (status == KITH_OK) status = database_acquire_collection(d, name, &c, err);
    if (status == KITH_OK) status = check_name_is_free(d, new_name, &memory, err);
    if (status == KITH_OK) {
        request.from = collection_id(c);
        status = store_collection_copy(d->root->store, &request, &memory, &made, err);
    }
    database_release_collection(c);
    arena_done(&memory);
    return status;
}

kith_status database_modify_collection(database *d, view name, const store_modification *to,
                                       kith_error *err)
{
    collection *c = NULL;
    arena memory;
    arena_init(&memory, 0);
    store_modification valid = {
        .name = to->name, .index_memory = to->index_memory, .memory = to->memory};
    kith_status status = to->name.data ? validate_collection_name(to->name, err) : KITH_OK;
    if (status == KITH_OK) status = validate_modification(to, &memory, &valid, err);
    if (status == KITH_OK) status = database_acquire_collection(d, name, &c, err);
    if (status == KITH_OK)
        status = store_collection_modify(d->root->store, collection_id(c), &valid, err);
    if (status == KITH_OK && (to->index_memory || to->memory))
        collection_limit_memory(c, to->index_memory, to->memory);
    database_release_collection(c);
    arena_done(&memory);
    return status;
}

static collection *hold_by_id(database *root, uint64_t id, uint64_t scope)
{
    return database_hold_described(
        root, &(store_collection){.id = id, .database = scope, .name = VIEW("")});
}

kith_status database_delete_database(database *d, view tenant, view name, kith_error *err)
{
    database *root = d->root;
    store_database found = {0};
    uint64_t *ids = NULL;
    uint32_t count = 0;
    arena memory;
    arena_init(&memory, 0);
    kith_status status = store_database_get(root->store, tenant, name, &memory, &found, err);
    if (status == KITH_OK)
        status = store_database_drop(root->store, found.id, &memory, &ids, &count, err);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        collection *c = hold_by_id(root, ids[i], found.id);
        if (!c) continue; // its rows are left to the next opening, its derived file lies about
        finish_deletion(root, c);
        database_release_collection(c);
    }
    arena_done(&memory);
    return status;
}
