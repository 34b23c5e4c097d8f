/* database.c - opening and closing a directory, and the collections in use.
 *
 * A collection is in use while somebody holds it or its index is loaded: an entry is made when a
 * name is first acquired and stays until database_close, or, once the collection was deleted, until
 * its last holder releases it. Entries of deleted collections are passed over by name, since the
 * name may already belong to a new collection, with an entry of its own.
 *
 * A deletion keeps its name to itself: the entry is marked before the store is asked, and whoever
 * looks the name up meanwhile waits. Otherwise a thread could find the old entry after another had
 * created the name anew, and write to a collection that no longer exists; or make a second entry
 * for the collection that is being deleted. The store frees the name in the same transaction that
 * hides the collection, so a creation succeeds only after that, and the lookup that follows it
 * waits until the entry is dropped.
 *
 * Invariant: an entry that was dropped has a holder. database_delete_collection holds the entry
 * while it marks it, and an entry whose collection another process deleted is marked only while it
 * has holders, else freed at once; the release that takes the last holder unlinks it under the same
 * lock. So the close, which finds no holders, finds nothing dropped either. */
#include "db/database.h"

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
    uint32_t holders;
    bool dropping; /* the store is being asked to delete the collection */
    bool dropped;  /* the store has deleted it */
} entry;

struct database {
    char *directory;
    store *store;
    pthread_mutex_t mutex;
    pthread_cond_t dropped; /* some entry is no longer `dropping` */
    entry *entries;
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
    (void)pthread_cond_init(&d->dropped, NULL);
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
    while (d->entries) {
        entry *e = d->entries;
        CHECK(e->holders == 0 && !e->dropped);
        d->entries = e->next;
        upkeep_stop(e->collection);
        upkeep_finish(e->collection);
        free_entry(e);
    }
    kith_status status = store_close(d->store, err);
    (void)pthread_cond_destroy(&d->dropped);
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

static entry *find_by_name_locked(const database *d, view name)
{
    for (entry *e = d->entries; e; e = e->next)
        if (!e->dropped && view_equal(view_of(e->collection->name), name)) return e;
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
static kith_status add_entry_locked(database *d, const store_collection *description, entry **out,
                                    kith_error *err)
{
    kith_status status = KITH_OK;
    entry *e = calloc(1, sizeof *e);
    if (!e) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    const collection_home home = {.store = d->store,
                                  .directory = d->directory,
                                  .on_notice = d->options.on_notice,
                                  .notice_context = d->options.context,
                                  .database = d,
                                  .no_threads = d->options.no_threads};
    if (status == KITH_OK) status = collection_new(&home, description, &e->collection, err);
    if (status == KITH_OK) {
        e->next = d->entries;
        d->entries = *out = e;
        e = NULL; // the list owns it now
    }
    free(e);
    return status;
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
        collection_note(e->collection, &description);
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
    for (e = find_by_name_locked(d, name); e && e->dropping; e = find_by_name_locked(d, name))
        (void)pthread_cond_wait(&d->dropped, &d->mutex);
    status = find_current_locked(d, name, &e, err);
    if (status == KITH_OK) {
        e->holders++;
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
    e->dropped = status == KITH_OK;
    (void)pthread_cond_broadcast(&d->dropped);
    (void)pthread_mutex_unlock(&d->mutex);
    if (status == KITH_OK) store_collection_purge(d->store, collection_id(c));
    database_release_collection(c);
    return status;
}
