/* database.c - opening and closing a directory, and the list of collections in use.
 * Invariant: a collection stays in the list while somebody holds it or its index is loaded;
 * database_close frees them all. Locks: `mutex` guards the list and the holders; it is never held
 * while a collection works (docs/locking.md). */
#include "db/database.h"

#include "db/collection_private.h"
#include "db/validate.h"
#include "os/clock.h"
#include "os/directory_lock.h"
#include "os/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct database {
    char *directory;
    directory_lock lock;
    store *store;
    pthread_mutex_t mutex;
    collection *collections;
    database_options options;
};

void database_tell(const database *d, const char *notice)
{
    if (d->options.on_notice) d->options.on_notice(d->options.context, notice);
}

const char *database_directory(const database *d)
{
    return d->directory;
}

store *database_store(database *d)
{
    return d->store;
}

static kith_status prepare_directory(const char *directory, bool must_exist, kith_error *err)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/derived", directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, KITH_ERR_INVALID, "data directory's path is too long: '%.64s...'",
                    directory);
    if (must_exist) {
        char catalog[PATH_MAX];
        file_info info;
        (void)snprintf(catalog, sizeof catalog, "%s/kith.db", directory);
        if (file_stat(catalog, &info, err) != KITH_OK)
            return fail(err, KITH_ERR_NOT_FOUND, "no kith data in '%s'", directory);
    }
    return directory_create(path, err);
}

kith_status database_open(const char *directory, const database_options *options, database **out,
                          kith_error *err)
{
    database *d = calloc(1, sizeof *d);
    if (!d) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a database");
    if (options) d->options = *options;
    d->lock.fd = -1;
    (void)pthread_mutex_init(&d->mutex, NULL);
    d->directory = strdup(directory);
    kith_status status =
        d->directory ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a database");
    if (status == KITH_OK) status = prepare_directory(directory, d->options.must_exist, err);
    if (status == KITH_OK) status = directory_lock_acquire(directory, &d->lock, err);
    if (status == KITH_OK) status = store_open(directory, &d->store, err);
    if (status != KITH_OK) {
        kith_status closed = database_close(d, NULL);
        (void)closed; // the first failure is the one to tell
        return status;
    }
    *out = d;
    return KITH_OK;
}

kith_status database_close(database *d, kith_error *err)
{
    if (!d) return KITH_OK;
    while (d->collections) {
        collection *c = d->collections;
        CHECK(c->holders == 0);
        d->collections = c->next;
        if (!c->dropped) collection_save(c);
        collection_free(c);
    }
    kith_status status = store_close(d->store, err);
    directory_lock_release(&d->lock);
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

/* The list's entry of `name`, or NULL. */
static collection *find_locked(const database *d, view name)
{
    for (collection *c = d->collections; c; c = c->next)
        if (!c->dropped && view_equal(view_of(c->name), name)) return c;
    return NULL;
}

kith_status database_acquire_collection(database *d, view name, collection **out, kith_error *err)
{
    kith_status status = validate_collection_name(name, err);
    if (status != KITH_OK) return status;
    arena memory;
    arena_init(&memory, 0);
    (void)pthread_mutex_lock(&d->mutex);
    collection *c = find_locked(d, name);
    if (!c) {
        store_collection description;
        status = store_collection_get(d->store, name, &memory, &description, err);
        if (status == KITH_OK) status = collection_new(d, &description, &c, err);
        if (status == KITH_OK) {
            c->next = d->collections;
            d->collections = c;
        }
    }
    if (status == KITH_OK) {
        c->holders++;
        *out = c;
    }
    (void)pthread_mutex_unlock(&d->mutex);
    arena_done(&memory);
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

/* Unlinks a dropped collection nobody holds any more; the caller frees it. */
static void unlink_locked(database *d, const collection *c)
{
    for (collection **link = &d->collections; *link; link = &(*link)->next) {
        if (*link != c) continue;
        *link = c->next;
        return;
    }
}

static void free_dropped(collection *c)
{
    char path[PATH_MAX];
    if (collection_derived_path(c, path, sizeof path))
        (void)file_ops_posix.unlink(path); // derived: an orphan does no harm
    collection_free(c);
}

void collection_release(collection *c)
{
    if (!c) return;
    database *d = c->owner;
    (void)pthread_mutex_lock(&d->mutex);
    bool gone = --c->holders == 0 && c->dropped;
    if (gone) unlink_locked(d, c);
    (void)pthread_mutex_unlock(&d->mutex);
    if (gone) free_dropped(c);
}

kith_status database_delete_collection(database *d, view name, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(d, name, &c, err);
    if (status != KITH_OK) return status;
    status = store_collection_delete(d->store, c->id, err);
    if (status == KITH_OK) {
        (void)pthread_mutex_lock(&d->mutex);
        c->dropped = true;
        (void)pthread_mutex_unlock(&d->mutex);
    }
    collection_release(c);
    return status;
}
