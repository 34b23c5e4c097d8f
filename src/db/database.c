/* database.c - opening and closing a directory, and the collections in use.
 *
 * A collection is in use while somebody holds it or its index is loaded: an entry is made when it
 * is first acquired and stays until database_close, or, once the collection was deleted, until its
 * last holder releases it.
 *
 * Entries are found by the number of their collection, never by its name. A name may be given to
 * another collection at any time, by a deletion or a renaming in whatever thread or process; a
 * number is never given twice. So whoever acquires a name asks the store which collection has it at
 * this moment, and then looks for that number's entry. A deletion needs no more care than that: the
 * store frees the name in the same transaction that hides the collection, so a thread that looks
 * the name up before that commit finds the old number, and its calls then find the collection
 * deleted, as if they had come a moment later; a thread that looks it up after a successful
 * creation finds the new number, and never the old entry.
 *
 * Invariant: an entry that was dropped has a holder. Whoever marks one as dropped holds it, or,
 * where another process deleted the collection, marks it only while it has holders and else frees
 * it at once; the release that takes the last holder unlinks it under the same lock. So the close,
 * which finds no holders, finds nothing dropped either.
 *
 * A view of a directory (database_view) is a `database` of its own that has nothing but the number
 * of the store's database in which it looks names up; all else is its root's. */
#include "db/database.h"

#include "base/size.h"
#include "db/collection_private.h"
#include "db/validate.h"
#include "os/clock.h"
#include "os/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* A collection in use. Guarded by database.mutex, as is the list; the mutex is never held while a
 * collection works (docs/locking.md). */
typedef struct entry {
    struct entry *next;
    collection *collection;
    uint64_t scope; /* the store's database that the collection is in */
    uint32_t holders;
    bool dropped; /* the store has deleted it */
} entry;

struct database {
    database *root; /* itself, or what it is a view of */
    uint64_t scope; /* the store's database in which names are looked up */
    /* What follows is the root's. */
    char *directory;
    store *store;
    pthread_mutex_t mutex;
    entry *entries;
    database_options options;
};

const char *database_directory(const database *d)
{
    return d->root->directory;
}

store *database_store(database *d)
{
    return d->root->store;
}

uint64_t database_scope(const database *d)
{
    return d->scope;
}

static kith_status prepare_directory(const char *directory, const database_options *options,
                                     kith_error *err)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/derived", directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, KITH_ERR_INVALID, "data directory's path is too long: '%.64s...'",
                    directory);
    if (options->must_exist || options->read_only) {
        char catalog[PATH_MAX];
        file_info info;
        (void)snprintf(catalog, sizeof catalog, "%s/kith.db", directory);
        if (file_stat(catalog, &info, err) != KITH_OK)
            return fail(err, KITH_ERR_NOT_FOUND, "no kith data in '%s'", directory);
    }
    return options->read_only ? KITH_OK : directory_create(&file_ops_posix, path, err);
}

static void tell_of_waiting(void *context)
{
    const database *d = context;
    if (d->options.on_notice)
        d->options.on_notice(d->options.context, "waiting for another process that writes");
}

kith_status database_open(const char *directory, const database_options *options, database **out,
                          kith_error *err)
{
    database *d = calloc(1, sizeof *d);
    if (!d) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a database");
    d->root = d;
    d->scope = STORE_DEFAULT_DATABASE;
    if (options) d->options = *options;
    (void)pthread_mutex_init(&d->mutex, NULL);
    d->directory = strdup(directory);
    kith_status status =
        d->directory ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a database");
    if (status == KITH_OK) status = prepare_directory(directory, &d->options, err);
    if (status == KITH_OK) status = leftovers_check(directory, err);
    const store_options how = {.read_only = d->options.read_only,
                               .wait_ms = d->options.wait_ms,
                               .on_wait = tell_of_waiting,
                               .context = d};
    if (status == KITH_OK) status = store_open_with(directory, &how, &d->store, err);
    if (status != KITH_OK) {
        kith_status closed = database_close(d, NULL);
        (void)closed; // the first failure is the one to report
        return status;
    }
    *out = d;
    return KITH_OK;
}

/* What runs beside calls takes no lock of the database. */
static void free_entry(entry *e)
{
    upkeep_stop(e->collection);
    collection_free(e->collection);
    free(e);
}

kith_status database_close(database *d, kith_error *err)
{
    if (!d) return KITH_OK;
    if (d->root != d) {
        free(d);
        return KITH_OK;
    }
    while (d->entries) {
        entry *e = d->entries;
        CHECK(e->holders == 0 && !e->dropped);
        d->entries = e->next;
        upkeep_stop(e->collection);
        upkeep_finish(e->collection);
        free_entry(e);
    }
    kith_status status = store_close(d->store, err);
    (void)pthread_mutex_destroy(&d->mutex);
    free(d->directory);
    free(d);
    return status;
}

kith_status database_view(database *d, view tenant, view name, database **out, kith_error *err)
{
    arena memory;
    store_database found = {0};
    arena_init(&memory, 0);
    kith_status status = store_database_get(d->root->store, tenant, name, &memory, &found, err);
    arena_done(&memory);
    if (status != KITH_OK) return status;
    database *v = calloc(1, sizeof *v);
    if (!v) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a database");
    v->root = d->root;
    v->scope = found.id;
    *out = v;
    return KITH_OK;
}

/* ---- creating ---- */

static kith_status validate_options(const collection_options *o, kith_error *err)
{
    if (o->metric > KITH_INNER_PRODUCT)
        return fail(err, KITH_ERR_INVALID, "unknown metric %d", (int)o->metric);
    if (o->dim > KITH_DIMENSION_MAX)
        return fail(err, KITH_ERR_INVALID, "dimension %u is over the limit of %d", o->dim,
                    KITH_DIMENSION_MAX);
    return KITH_OK;
}

kith_status database_obtain_collection(database *d, view name, const collection_options *options,
                                       arena *a, store_collection *out, bool *created,
                                       kith_error *err)
{
    kith_status status = validate_collection_name(name, err);
    if (status == KITH_OK) status = validate_options(options, err);
    store_collection_spec spec = {.database = d->scope,
                                  .name = name,
                                  .metric = options->metric,
                                  .dim = options->dim,
                                  .now_ms = clock_wall_ms()};
    if (status == KITH_OK) status = validate_settings(options->settings, a, &spec.settings, err);
    if (status != KITH_OK) return status;
    return store_collection_ensure(d->root->store, &spec, a, out, created, err);
}

kith_status database_create_collection(database *d, view name, kith_metric metric, uint32_t dim,
                                       kith_error *err)
{
    const collection_options options = {.metric = metric, .dim = dim};
    store_collection found = {0};
    bool created = false;
    arena memory;
    arena_init(&memory, 0);
    kith_status status =
        database_obtain_collection(d, name, &options, &memory, &found, &created, err);
    if (status == KITH_OK && !created)
        status = fail(err, KITH_ERR_EXISTS, "collection '%.*s' exists", VIEW_ARG(name));
    arena_done(&memory);
    return status;
}

/* ---- the collections in use ---- */

static entry *find_by_id_locked(const database *root, uint64_t id)
{
    for (entry *e = root->entries; e; e = e->next)
        if (!e->dropped && collection_id(e->collection) == id) return e;
    return NULL;
}

static void unlink_locked(database *d, const entry *e)
{
    entry **link = &d->entries;
    while (*link != e)
        link = &(*link)->next;
    *link = e->next;
}

/* The collection of the entry was deleted: by another process, if it was not marked yet. */
static void drop_entry_locked(database *d, entry *e)
{
    e->dropped = true;
    if (e->holders > 0) return; /* the last release does the rest */
    unlink_locked(d, e);
    free_entry(e);
}

/* Adds an entry without holders. */
static kith_status add_entry_locked(database *root, const store_collection *description,
                                    entry **out, kith_error *err)
{
    kith_status status = KITH_OK;
    entry *e = calloc(1, sizeof *e);
    if (!e) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    const collection_home home = {.store = root->store,
                                  .directory = root->directory,
                                  .on_notice = root->options.on_notice,
                                  .notice_context = root->options.context,
                                  .database = root,
                                  .no_threads = root->options.no_threads};
    if (status == KITH_OK) status = collection_new(&home, description, &e->collection, err);
    if (status == KITH_OK) {
        e->scope = description->database;
        e->next = root->entries;
        root->entries = *out = e;
        e = NULL; // the list owns it now
    }
    free(e);
    return status;
}

/* An entry that has the name, but is not of collection `id`, which the store has under it now (0:
 * none): another process deleted the entry's collection, or renamed it. */
static void pass_name_on_locked(database *root, const store_address *address, uint64_t id)
{
    entry *e = root->entries;
    while (e &&
           (e->dropped || e->scope != address->database || collection_id(e->collection) == id ||
            !view_equal(view_of(e->collection->name), address->name)))
        e = e->next;
    if (!e) return;
    arena memory;
    arena_init(&memory, 0);
    store_collection now = {0};
    kith_status status =
        store_collection_read(root->store, collection_id(e->collection), &memory, &now, NULL);
    if (status == KITH_OK)
        collection_rename(e->collection, now.name);
    else if (status == KITH_ERR_NOT_FOUND)
        drop_entry_locked(root, e);
    arena_done(&memory);
}

/* The entry of the collection that is at this address now, made when there is none.
 * KITH_ERR_NOT_FOUND when the store has no such collection. */
static kith_status find_current_locked(database *root, const store_address *address, entry **out,
                                       kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    entry *e = NULL;
    store_collection now = {0};
    kith_status status = store_collection_find(root->store, address, &memory, &now, err);
    if (!address->uuid && (status == KITH_OK || status == KITH_ERR_NOT_FOUND))
        pass_name_on_locked(root, address, now.id);
    if (status == KITH_OK) {
        e = find_by_id_locked(root, now.id);
        if (!e) status = add_entry_locked(root, &now, &e, err);
    }
    if (status == KITH_OK) {
        collection_rename(e->collection, now.name);
        collection_note(e->collection, &now);
        *out = e;
    }
    arena_done(&memory);
    return status;
}

/* Reads a name, or "uuid:" and a uuid, which lives in `storage`. */
static kith_status parse_address(const database *d, view name, uuid *storage, store_address *out,
                                 kith_error *err)
{
    static const view prefix = {"uuid:", sizeof "uuid:" - 1};
    *out = (store_address){.database = d->scope, .name = name};
    if (!view_starts_with(name, prefix)) return validate_collection_name(name, err);
    out->uuid = storage;
    if (uuid_parse(view_slice(name, prefix.size, name.size), storage)) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "'%.*s' is not \"uuid:\" and a uuid",
                (int)size_min(name.size, 64), name.data);
}

kith_status database_acquire_collection(database *d, view name, collection **out, kith_error *err)
{
    entry *e = NULL;
    store_address address;
    uuid storage;
    kith_status status = parse_address(d, name, &storage, &address, err);
    if (status != KITH_OK) return status;
    database *root = d->root;
    (void)pthread_mutex_lock(&root->mutex);
    status = find_current_locked(root, &address, &e, err);
    if (status == KITH_OK) {
        e->holders++;
        *out = e->collection;
    }
    (void)pthread_mutex_unlock(&root->mutex);
    return status;
}

kith_status database_ensure_collection(database *d, view name, collection **out, kith_error *err)
{
    kith_status status = database_acquire_collection(d, name, out, err);
    if (status != KITH_ERR_NOT_FOUND || view_starts_with(name, VIEW("uuid:"))) return status;
    status = database_create_collection(d, name, KITH_COSINE, 0, err);
    if (status != KITH_OK && status != KITH_ERR_EXISTS)
        return status; // another thread may have been faster
    return database_acquire_collection(d, name, out, err);
}

/* The entry of a collection that is held, which is why there is one. */
static entry *find_held_locked(const database *d, const collection *c)
{
    entry *e = d->entries;
    while (e && e->collection != c)
        e = e->next;
    CHECK(e && e->holders > 0);
    return e;
}

void database_release_collection(collection *c)
{
    if (!c) return;
    database *d = collection_database(c);
    (void)pthread_mutex_lock(&d->mutex);
    entry *e = find_held_locked(d, c);
    bool is_last = --e->holders == 0 && e->dropped;
    if (is_last) unlink_locked(d, e);
    (void)pthread_mutex_unlock(&d->mutex);
    if (!is_last) return;       // the index stays loaded for whoever acquires the collection next
    upkeep_stop(e->collection); // it may be writing the file
    if (!store_is_read_only(d->store)) derived_file_remove(c);
    free_entry(e);
}

/* ---- deleting and modifying ---- */

/* The collection, which is held, was deleted: its rows go, and when its last holder releases it,
 * its derived file. */
static void finish_deletion(database *root, collection *c)
{
    (void)pthread_mutex_lock(&root->mutex);
    find_held_locked(root, c)->dropped = true;
    (void)pthread_mutex_unlock(&root->mutex);
    store_collection_purge(root->store, collection_id(c));
}

kith_status database_delete_collection(database *d, view name, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(d, name, &c, err);
    if (status != KITH_OK) return status;
    status = store_collection_drop(d->root->store, collection_id(c), err);
    if (status == KITH_OK) finish_deletion(d->root, c);
    database_release_collection(c);
    return status;
}

kith_status database_modify_collection(database *d, view name, const store_modification *to,
                                       kith_error *err)
{
    collection *c = NULL;
    arena memory;
    arena_init(&memory, 0);
    store_modification valid = {.name = to->name};
    kith_status status = to->name.data ? validate_collection_name(to->name, err) : KITH_OK;
    if (status == KITH_OK) status = validate_modification(to, &memory, &valid, err);
    if (status == KITH_OK) status = database_acquire_collection(d, name, &c, err);
    if (status == KITH_OK)
        status = store_collection_modify(d->root->store, collection_id(c), &valid, err);
    database_release_collection(c);
    arena_done(&memory);
    return status;
}

/* Holds the collection of the number, which need not exist any longer. NULL when out of memory. */
static collection *hold_by_id(database *root, uint64_t id, uint64_t scope)
{
    const store_collection description = {.id = id, .database = scope, .name = VIEW("")};
    (void)pthread_mutex_lock(&root->mutex);
    entry *e = find_by_id_locked(root, id);
    kith_status status = e ? KITH_OK : add_entry_locked(root, &description, &e, NULL);
    if (status == KITH_OK) e->holders++;
    (void)pthread_mutex_unlock(&root->mutex);
    return status == KITH_OK ? e->collection : NULL;
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
