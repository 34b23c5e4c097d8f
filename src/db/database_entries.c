/* database_entries.c - the collections in use: a list in the order of use, found by number, name and uuid. What an entry is, and
 * how long it stays, is at the head of database.c. */
#include "base/size.h"
#include "db/database_private.h"

#include <stdlib.h>
#include <string.h>

void entries_free(entry *e)
{
    upkeep_stop(e->collection);
    collection_free(e->collection);
    free(e);
}

static view id_view(const uint64_t *id)
{
    return (view){(const char *)id, sizeof *id};
}

/* A name in a database of the store. */
typedef struct name_key {
    char bytes[sizeof(uint64_t) + KITH_NAME_MAX_BYTES];
} name_key;

static view write_name_key(uint64_t scope, view name, name_key *key)
{
    size_t size = size_min(name.size, KITH_NAME_MAX_BYTES);
    memcpy(key->bytes, &scope, sizeof scope);
    if (size) memcpy(key->bytes + sizeof scope, name.data, size);
    return (view){key->bytes, sizeof scope + size};
}

entry *entries_find_by_name_locked(const database *root, uint64_t scope, view name)
{
    name_key key;
    uint64_t found = 0;
    bool is_there = map_get(root->by_name, write_name_key(scope, name, &key), &found);
    return is_there ? (entry *)(uintptr_t)found : NULL;
}

/* Of a dropped one, too. */
entry *entries_find_by_id_locked(const database *root, uint64_t id)
{
    uint64_t found = 0;
    return map_get(root->by_id, id_view(&id), &found) ? (entry *)(uintptr_t)found : NULL;
}

/* The entry of a collection that is held, which is why there is one. */
entry *entries_find_held_locked(const database *root, const collection *c)
{
    entry *e = entries_find_by_id_locked(root, collection_id(c));
    CHECK(e && e->collection == c && e->holders > 0);
    return e;
}

static void leave_list_locked(database *root, const entry *e)
{
    *(e->before ? &e->before->after : &root->newest) = e->after;
    *(e->after ? &e->after->before : &root->oldest) = e->before;
}

static void lead_list_locked(database *root, entry *e)
{
    e->before = NULL;
    e->after = root->newest;
    *(root->newest ? &root->newest->before : &root->oldest) = e;
    root->newest = e;
}

void entries_hold_locked(database *root, entry *e)
{
    e->holders++;
    leave_list_locked(root, e);
    lead_list_locked(root, e);
}

void entries_forget_name_locked(database *root, const entry *e)
{
    name_key key;
    view name = view_of(e->collection->name);
    if (entries_find_by_name_locked(root, e->scope, name) != e) return;
    bool was_there = map_remove(root->by_name, write_name_key(e->scope, name, &key));
    CHECK(was_there);
}

void entries_note_name_locked(database *root, entry *e)
{
    name_key key;
    view name = view_of(e->collection->name);
    kith_status status = map_put(root->by_name, write_name_key(e->scope, name, &key), (uintptr_t)e);
    (void)status; // see the head of this file
}

void entries_rename_locked(database *root, entry *e, view name)
{
    if (entries_find_by_name_locked(root, e->scope, name) == e) return;
    entries_forget_name_locked(root, e);
    collection_rename(e->collection, name);
    entries_note_name_locked(root, e);
}

entry *entries_find_by_uuid_locked(const database *root, const uuid *id)
{
    uint64_t found = 0;
    return map_get(root->by_uuid, uuid_view(id), &found) ? (entry *)(uintptr_t)found : NULL;
}

static void forget_uuid_locked(database *root, const entry *e)
{
    if (entries_find_by_uuid_locked(root, &e->uuid) == e)
        (void)map_remove(root->by_uuid, uuid_view(&e->uuid));
}

/* The uuid of a collection is another one's once that has taken its place (store/reembed.h). */
void entries_note_uuid_locked(database *root, entry *e, const uuid *id)
{
    if (entries_find_by_uuid_locked(root, id) == e) return;
    forget_uuid_locked(root, e);
    e->uuid = *id;
    kith_status status = map_put(root->by_uuid, uuid_view(id), (uintptr_t)e);
    (void)status; // without it the store is asked each time
}

void entries_unlink_locked(database *root, const entry *e)
{
    entries_forget_name_locked(root, e);
    forget_uuid_locked(root, e);
    bool was_there = map_remove(root->by_id, id_view(&e->id));
    CHECK(was_there);
    leave_list_locked(root, e);
    root->bytes -= e->bytes;
}

void entries_drop_locked(database *root, entry *e)
{
    e->dropped = true;
    entries_forget_name_locked(root, e);
    if (e->holders > 0 || e->unloading) return; // the last release, or the unloading, does the rest
    entries_unlink_locked(root, e);
    entries_free(e);
}

collection_home database_home_of(database *root)
{
    return (collection_home){.store = root->store,
                             .directory = root->directory,
                             .on_notice = root->options.on_notice,
                             .notice_context = root->options.context,
                             .database = root,
                             .no_threads = root->options.no_threads,
                             .processors = root->processors,
                             .sample_every = root->options.sample_every,
                             .known_words = &root->known_words,
                             .texts = root->texts,
                             .read_at_once = root->options.read_at_once};
}

kith_status entries_add_locked(database *root, const store_collection *description, entry **out,
                               kith_error *err)
{
    entry *e = calloc(1, sizeof *e);
    if (!e) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    const collection_home home = database_home_of(root);
    e->id = description->id;
    e->scope = description->database;
    kith_status status = collection_new(&home, description, &e->collection, err);
    if (status != KITH_OK) {
        free(e);
        return status;
    }
    if (map_put(root->by_id, id_view(&e->id), (uintptr_t)e) != KITH_OK) {
        entries_free(e);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    }
    entries_note_name_locked(root, e);
    lead_list_locked(root, e);
    *out = e;
    return KITH_OK;
}
