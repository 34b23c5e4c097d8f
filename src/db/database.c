/* database.c - opening and closing a directory, and the collections in use.
 *
 * A collection is in use while somebody holds it or its index is in memory: an entry is made when a
 * name is acquired. It is found by name, and by number by whoever holds it. When its last holder
 * releases it, the entry stays for the sake of its index (or of why there is none), and goes when
 * there is nothing to keep. Entries of deleted collections are not found by name, since the name may
 * already belong to a new collection, with an entry of its own.
 *
 * A deletion keeps its name to itself: the entry is marked before the store is asked, and whoever
 * looks the name up meanwhile waits. Otherwise a thread could find the old entry after another had
 * created the name anew, and write to a collection that no longer exists; or make a second entry
 * for the collection that is being deleted. The store frees the name in the same transaction that
 * hides the collection, so a creation succeeds only after that, and the lookup that follows it
 * waits until the entry is dropped.
 *
 * Memory. Entries stand in a list, the most recently used first. Each release measures its
 * collection; while the indexes together take more than the budget, the last entry of the list that
 * nobody holds is unloaded: saved when that is worth it, and freed. The first of the list is never,
 * so that a collection that is larger than the budget by itself is not loaded for each search. An
 * entry that is being unloaded is marked, and whoever looks its name up meanwhile waits, as during a
 * deletion: so nobody comes to hold it, and there is never a second index of the collection. The
 * budget may so be exceeded by what is in use, and by what grew since it was last released.
 *
 * Invariant: an entry that was dropped has a holder. database_delete_collection holds the entry
 * while it marks it, and an entry whose collection another process deleted is marked only while it
 * has holders, else freed at once; the release that takes the last holder unlinks it under the same
 * lock. So the close, which finds no holders, finds nothing dropped either. */
#include "db/database.h"

#include "base/map.h"
#include "db/collection_private.h"
#include "db/validate.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* A collection in use. Guarded by database.mutex, as is the list; the mutex is never held while a
 * collection works (docs/locking.md). */
typedef struct entry {
    struct entry *before, *after; /* in the order of use */
    collection *collection;
    uint64_t id;    /* the collection's */
    uint64_t bytes; /* of its index, when it was last released */
    uint32_t holders;
    bool dropping;  /* the store is being asked to delete the collection */
    bool unloading; /* nobody holds it, and it is about to be freed */
    bool dropped;   /* the store has deleted it */
} entry;

struct database {
    char *directory;
    store *store;
    pthread_mutex_t mutex;
    pthread_cond_t settled; /* some entry is no longer `dropping` or `unloading` */
    entry *newest, *oldest; /* the ends of the list */
    map *by_name;           /* name -> entry, but for dropped ones */
    map *by_id;             /* number -> entry */
    uint64_t bytes;         /* the sum of the entries' */
    uint64_t unloaded;      /* entries, since the opening */
    database_options options;
};

const char *database_directory(const database *d)
{
    return d->directory;
}

store *database_store(database *d)
{
    return d->store;
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
    if (options) d->options = *options;
    (void)pthread_mutex_init(&d->mutex, NULL);
    (void)pthread_cond_init(&d->settled, NULL);
    if (d->options.memory_bytes == 0) d->options.memory_bytes = memory_of_machine() / 2;
    d->directory = strdup(directory);
    d->by_name = map_new();
    d->by_id = map_new();
    kith_status status = d->directory && d->by_name && d->by_id
                             ? KITH_OK
                             : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a database");
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

static void free_entry(entry *e)
{
    collection_free(e->collection);
    free(e);
}

/* ---- the entries ---- */

static view id_view(const uint64_t *id)
{
    return (view){(const char *)id, sizeof *id};
}

static entry *find_by_name_locked(const database *d, view name)
{
    uint64_t found = 0;
    return map_get(d->by_name, name, &found) ? (entry *)(uintptr_t)found : NULL;
}

static entry *find_by_id_locked(const database *d, uint64_t id)
{
    uint64_t found = 0;
    return map_get(d->by_id, id_view(&id), &found) ? (entry *)(uintptr_t)found : NULL;
}

/* The entry of a collection that is held, which is why there is one. */
static entry *find_held_locked(const database *d, const collection *c)
{
    entry *e = find_by_id_locked(d, collection_id(c));
    CHECK(e && e->collection == c && e->holders > 0);
    return e;
}

static void leave_list_locked(database *d, const entry *e)
{
    *(e->before ? &e->before->after : &d->newest) = e->after;
    *(e->after ? &e->after->before : &d->oldest) = e->before;
}

static void lead_list_locked(database *d, entry *e)
{
    e->before = NULL;
    e->after = d->newest;
    *(d->newest ? &d->newest->before : &d->oldest) = e;
    d->newest = e;
}

static void forget_name_locked(database *d, const entry *e)
{
    view name = view_of(e->collection->name);
    bool was_there = find_by_name_locked(d, name) == e && map_remove(d->by_name, name);
    (void)was_there; // a dropped one was forgotten before
}

static void unlink_locked(database *d, const entry *e)
{
    forget_name_locked(d, e);
    bool was_there = map_remove(d->by_id, id_view(&e->id));
    CHECK(was_there);
    leave_list_locked(d, e);
    d->bytes -= e->bytes;
}

/* The collection of the entry was deleted. */
static void drop_entry_locked(database *d, entry *e)
{
    e->dropped = true;
    forget_name_locked(d, e);
    if (e->holders > 0) return; /* the last release does the rest */
    unlink_locked(d, e);
    free_entry(e);
}

static collection_home home_of(database *d)
{
    return (collection_home){.store = d->store,
                             .directory = d->directory,
                             .on_notice = d->options.on_notice,
                             .notice_context = d->options.context,
                             .database = d};
}

/* Adds an entry without holders. */
static kith_status add_entry_locked(database *d, const store_collection *description, entry **out,
                                    kith_error *err)
{
    entry *e = calloc(1, sizeof *e);
    if (!e) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    const collection_home home = home_of(d);
    e->id = description->id;
    kith_status status = collection_new(&home, description, &e->collection, err);
    if (status != KITH_OK) {
        free(e);
        return status;
    }
    view name = view_of(e->collection->name);
    if (map_put(d->by_name, name, (uintptr_t)e) != KITH_OK ||
        map_put(d->by_id, id_view(&e->id), (uintptr_t)e) != KITH_OK) {
        forget_name_locked(d, e);
        free_entry(e);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    }
    lead_list_locked(d, e);
    *out = e;
    return KITH_OK;
}

/* ---- closing ---- */

kith_status database_close(database *d, kith_error *err)
{
    if (!d) return KITH_OK;
    while (d->newest) {
        entry *e = d->newest;
        CHECK(e->holders == 0 && !e->dropped && !e->unloading);
        unlink_locked(d, e);
        collection_save(e->collection);
        free_entry(e);
    }
    kith_status status = store_close(d->store, err);
    map_free(d->by_name);
    map_free(d->by_id);
    (void)pthread_cond_destroy(&d->settled);
    (void)pthread_mutex_destroy(&d->mutex);
    free(d->directory);
    free(d);
    return status;
}

kith_status database_create_collection(database *d, view name, kith_metric metric, uint32_t dim,
                                       kith_error *err)
{
    kith_status status = validate_collection_name(name, err);
    if (status != KITH_OK) return status;
    if (metric > KITH_INNER_PRODUCT)
        return fail(err, KITH_ERR_INVALID, "unknown metric %d", (int)metric);
    if (dim > KITH_DIMENSION_MAX)
        return fail(err, KITH_ERR_INVALID, "dimension %u is over the limit of %d", dim,
                    KITH_DIMENSION_MAX);
    uint64_t id = 0;
    return store_collection_create(d->store, name, metric, dim, (view){NULL, 0}, clock_wall_ms(),
                                   &id, err);
}

/* The entry of the collection that has this name now, made when there is none. The store is asked
 * each time, since another process may have deleted or changed the collection.
 * KITH_ERR_NOT_FOUND when the store has none. */
static kith_status find_current_locked(database *d, view name, entry **out, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    store_collection description;
    entry *e = find_by_name_locked(d, name);
    kith_status status = store_collection_get(d->store, name, &memory, &description, err);
    bool is_other = status == KITH_ERR_NOT_FOUND ||
                    (status == KITH_OK && e && collection_id(e->collection) != description.id);
    if (e && is_other) {
        drop_entry_locked(d, e);
        e = NULL;
    }
    if (status == KITH_OK && !e) status = add_entry_locked(d, &description, &e, err);
    if (status == KITH_OK) {
        collection_note_sequence(e->collection, description.sequence);
        *out = e;
    }
    arena_done(&memory);
    return status;
}

kith_status database_acquire_collection(database *d, view name, collection **out, kith_error *err)
{
    entry *e = NULL;
    kith_status status = validate_collection_name(name, err);
    if (status != KITH_OK) return status;
    (void)pthread_mutex_lock(&d->mutex);
    for (e = find_by_name_locked(d, name); e && (e->dropping || e->unloading);
         e = find_by_name_locked(d, name))
        (void)pthread_cond_wait(&d->settled, &d->mutex);
    status = find_current_locked(d, name, &e, err);
    if (status == KITH_OK) {
        e->holders++;
        leave_list_locked(d, e);
        lead_list_locked(d, e);
        *out = e->collection;
    }
    (void)pthread_mutex_unlock(&d->mutex);
    return status;
}

kith_status database_ensure_collection(database *d, view name, collection **out, kith_error *err)
{
    kith_status status = database_acquire_collection(d, name, out, err);
    if (status != KITH_ERR_NOT_FOUND) return status;
    status = database_create_collection(d, name, KITH_COSINE, 0, err);
    if (status != KITH_OK && status != KITH_ERR_EXISTS)
        return status; // another thread may have been faster
    return database_acquire_collection(d, name, out, err);
}

/* An entry to unload, marked; NULL: none is needed, or all others are in use. */
static entry *choose_unloading_locked(const database *d)
{
    if (d->bytes <= d->options.memory_bytes) return NULL;
    for (entry *e = d->oldest; e && e != d->newest; e = e->before)
        if (e->holders == 0 && e->bytes > 0 && !e->unloading) {
            e->unloading = true;
            return e;
        }
    return NULL;
}

/* Saves and frees indexes until the others fit the budget. No lock is held meanwhile but the
 * collection's own. */
static void keep_budget(database *d)
{
    for (;;) {
        (void)pthread_mutex_lock(&d->mutex);
        entry *e = choose_unloading_locked(d);
        (void)pthread_mutex_unlock(&d->mutex);
        if (!e) return;
        collection_save(e->collection);
        (void)pthread_mutex_lock(&d->mutex);
        unlink_locked(d, e);
        d->unloaded++;
        (void)pthread_cond_broadcast(&d->settled);
        (void)pthread_mutex_unlock(&d->mutex);
        free_entry(e);
    }
}

void database_release_collection(collection *c)
{
    if (!c) return;
    database *d = collection_database(c);
    uint64_t bytes = 0;
    bool is_worth_keeping = collection_measure(c, &bytes);
    (void)pthread_mutex_lock(&d->mutex);
    entry *e = find_held_locked(d, c);
    d->bytes += bytes - e->bytes;
    e->bytes = bytes;
    bool is_last = --e->holders == 0, was_dropped = e->dropped;
    bool is_done = is_last && (was_dropped || !is_worth_keeping);
    if (is_done) unlink_locked(d, e);
    (void)pthread_mutex_unlock(&d->mutex);
    if (is_done && was_dropped && !store_is_read_only(d->store)) derived_file_remove(c);
    if (is_done) free_entry(e);
    keep_budget(d);
}

database_memory database_measure(database *d)
{
    (void)pthread_mutex_lock(&d->mutex);
    database_memory m = {.bytes = d->bytes, .unloaded = d->unloaded};
    for (const entry *e = d->newest; e; e = e->after)
        m.loaded += e->bytes > 0;
    (void)pthread_mutex_unlock(&d->mutex);
    return m;
}

kith_status database_describe_index(database *d, const store_collection *stored, arena *a,
                                    collection_index_state *out, kith_error *err)
{
    collection *held = NULL, *unloaded = NULL;
    (void)pthread_mutex_lock(&d->mutex);
    entry *e = find_by_id_locked(d, stored->id);
    if (e && !e->unloading) {
        e->holders++;
        held = e->collection;
    }
    (void)pthread_mutex_unlock(&d->mutex);
    const collection_home home = home_of(d);
    kith_status status = held ? KITH_OK : collection_new(&home, stored, &unloaded, err);
    if (status == KITH_OK) status = collection_index(held ? held : unloaded, a, out, err);
    if (unloaded) collection_free(unloaded);
    database_release_collection(held);
    return status;
}

/* The entry, held and marked as dropping, which only one thread can do. */
static kith_status begin_dropping(database *d, view name, collection **out, kith_error *err)
{
    collection *c = NULL;
    for (;;) {
        kith_status status = database_acquire_collection(d, name, &c, err);
        if (status != KITH_OK) return status;
        (void)pthread_mutex_lock(&d->mutex);
        entry *e = find_held_locked(d, c);
        bool is_ours = !e->dropping && !e->dropped;
        if (is_ours) e->dropping = true;
        (void)pthread_mutex_unlock(&d->mutex);
        if (is_ours) break;
        database_release_collection(c); // another thread was faster: wait for it, and look again
    }
    *out = c;
    return KITH_OK;
}

kith_status database_delete_collection(database *d, view name, kith_error *err)
{
    collection *c = NULL;
    kith_status status = begin_dropping(d, name, &c, err);
    if (status != KITH_OK) return status;
    status = store_collection_drop(d->store, collection_id(c), err);
    (void)pthread_mutex_lock(&d->mutex);
    entry *e = find_held_locked(d, c);
    e->dropping = false;
    if (status == KITH_OK) drop_entry_locked(d, e);
    (void)pthread_cond_broadcast(&d->settled);
    (void)pthread_mutex_unlock(&d->mutex);
    if (status == KITH_OK) store_collection_purge(d->store, collection_id(c));
    database_release_collection(c);
    return status;
}
