/* database.c - opening and closing a directory, and the collections in use.
 *
 * A collection is in use while somebody holds it or its index is in memory: an entry is made when
 * it is acquired. When its last holder releases it, the entry stays for the sake of its index (or
 * of why there is none), and goes when there is nothing to keep, or the collection was deleted.
 *
 * Entries are found by the number of their collection, never by its name alone. A name may be given
 * to another collection at any time, by a deletion or a renaming in whatever thread or process; a
 * number is never given twice. So whoever acquires a name asks the store which collection has it at
 * this moment, and then looks for that number's entry. A deletion needs no more care than that: the
 * store frees the name in the same transaction that hides the collection, so a thread that looks
 * the name up before that commit finds the old number, and its calls then find the collection
 * deleted, as if they had come a moment later; a thread that looks it up after a successful
 * creation finds the new number, and never the old entry.
 *
 * Asking costs some microseconds, and is spared while nothing was committed to the store since it was last asked
 * for the entry's name or uuid (store_read_stamp): the answer would be the same. It tells both, so that one
 * stamp is for both.
 *
 * The names of entries otherwise only serve to notice, when a name turns out to be another collection's, that
 * an entry was renamed or deleted by another process (pass_name_on_locked). An entry that is not
 * found by its name, for want of memory, does no harm.
 *
 * Memory. Entries stand in a list, the most recently used first. Each release measures its
 * collection; while the indexes together take more than the budget, the last entry of the list that
 * nobody holds is unloaded: its upkeep is stopped, its index saved when that is worth it, and it is
 * freed. The first of the list never is, so that a collection that is larger than the budget by
 * itself is not loaded for each search. All that is done without database.mutex. Meanwhile the
 * entry is marked as unloading, and whoever looks its collection up waits until it is gone: so
 * nobody comes to hold it, and there is never a second index of the collection. The budget may so
 * be exceeded by what is in use, and by what grew since it was last released.
 *
 * Invariant: an entry that was dropped has a holder, or is unloading. Whoever marks one as dropped
 * holds it, or, where another process deleted the collection, marks it only while it has holders or
 * is unloading, and else frees it at once. The release that takes the last holder, and the
 * unloading when it ends, unlink it under the same lock. So the close, which finds no holders and
 * runs beside no call, finds nothing dropped either.
 *
 * A view of a directory (database_view) is a `database` of its own that has nothing but the number
 * of the store's database in which it looks names up; all else is its root's. */
#include "db/database.h"

#include "base/size.h"
#include "db/database_private.h"
#include "db/validate.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/thread_pool.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a close may take to measure recall, unless options.closing_ms says. */
enum { CLOSING_MS = 1000 };

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
        kith_status status = file_stat(catalog, &info, err);
        if (status == KITH_ERR_NOT_FOUND)
            return fail(err, status, "no kith data in '%s'", directory);
        if (status != KITH_OK) return status; // it may be there, for others
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
    d->processors = thread_count_available();
    (void)pthread_mutex_init(&d->mutex, NULL);
    clock_condition_init(&d->settled);
    if (d->options.memory_bytes == 0) d->options.memory_bytes = memory_of_machine() / 2;
    d->directory = strdup(directory);
    const text_log_options log = {.directory = d->options.read_only ? NULL : d->directory,
                                  .max_bytes = d->options.text_log_bytes};
    d->texts = text_log_new(&log);
    d->by_name = map_new();
    d->by_id = map_new();
    d->by_uuid = map_new();
    kith_status status = d->directory && d->by_name && d->by_id && d->by_uuid
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

/* What runs beside calls takes no lock of the database. */
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
                                  .now_ms = clock_wall_ms(),
                                  .index_memory = options->index_memory,
                                  .memory = options->memory};
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

/* An entry that has the name, but is not of collection `id`, which the store has under it now (0:
 * none): another process deleted the entry's collection, or renamed it. */
static void pass_name_on_locked(database *root, const store_address *address, uint64_t id)
{
    entry *e = entries_find_by_name_locked(root, address->database, address->name);
    if (!e || e->id == id) return;
    arena memory;
    arena_init(&memory, 0);
    store_collection now = {0};
    kith_status status = store_collection_read(root->store, e->id, &memory, &now, NULL);
    if (status == KITH_OK)
        entries_rename_locked(root, e, now.name);
    else if (status == KITH_ERR_NOT_FOUND)
        entries_drop_locked(root, e);
    arena_done(&memory);
}

/* The entry of the collection that is at this address now, made when there is none. It may be
 * unloading.
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
        e = entries_find_by_id_locked(root, now.id);
        if (!e) status = entries_add_locked(root, &now, &e, err);
    }
    if (status == KITH_OK && e->dropped) // since the store was asked
        status =
            fail(err, KITH_ERR_NOT_FOUND, "collection '%.*s' does not exist", VIEW_ARG(now.name));
    if (status == KITH_OK) {
        entries_rename_locked(root, e, now.name);
        entries_note_uuid_locked(root, e, &now.uuid);
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

/* The entry at the address, where the store was asked since the last commit to it; NULL: it is to be asked. */
static entry *find_stamped_locked(const database *root, const store_address *address,
                                  const store_stamp *stamp)
{
    entry *e = address->uuid ? entries_find_by_uuid_locked(root, address->uuid)
                             : entries_find_by_name_locked(root, address->database, address->name);
    bool is_current = e && e->scope == address->database && e->is_stamped && !e->dropped &&
                      !e->unloading && store_stamp_equal(&e->stamp, stamp);
    return is_current ? e : NULL;
}

kith_status database_acquire_collection(database *d, view name, collection **out, kith_error *err)
{
    entry *e = NULL;
    store_address address;
    uuid storage;
    kith_status status = parse_address(d, name, &storage, &address, err);
    if (status != KITH_OK) return status;
    database *root = d->root;
    store_stamp stamp;
    const bool is_stamped = store_read_stamp(root->store, &stamp);
    (void)pthread_mutex_lock(&root->mutex);
    if (is_stamped) e = find_stamped_locked(root, &address, &stamp);
    if (!e) status = find_current_locked(root, &address, &e, err);
    while (status == KITH_OK && e->unloading) {
        (void)pthread_cond_wait(&root->settled, &root->mutex);
        status = find_current_locked(root, &address, &e, err);
    }
    if (status == KITH_OK) {
        e->stamp = stamp;
        e->is_stamped = is_stamped;
        entries_hold_locked(root, e);
        *out = e->collection;
    }
    (void)pthread_mutex_unlock(&root->mutex);
    return status;
}

collection *database_hold_known(database *d, view name)
{
    database *root = d->root;
    if (name.size > KITH_NAME_MAX_BYTES) return NULL; // its key would be that of a shorter name
    (void)pthread_mutex_lock(&root->mutex);
    entry *e = entries_find_by_name_locked(root, d->scope, name);
    if (e && (e->unloading || e->dropped)) e = NULL;
    if (e) entries_hold_locked(root, e);
    (void)pthread_mutex_unlock(&root->mutex);
    return e ? e->collection : NULL;
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

collection *database_hold_described(database *root, const store_collection *description)
{
    (void)pthread_mutex_lock(&root->mutex);
    entry *e = entries_find_by_id_locked(root, description->id);
    while (e && e->unloading) {
        (void)pthread_cond_wait(&root->settled, &root->mutex);
        e = entries_find_by_id_locked(root, description->id);
    }
    kith_status status = e ? KITH_OK : entries_add_locked(root, description, &e, NULL);
    if (status == KITH_OK) entries_hold_locked(root, e);
    (void)pthread_mutex_unlock(&root->mutex);
    return status == KITH_OK ? e->collection : NULL;
}

kith_status database_acquire_number(database *d, uint64_t id, collection **out, kith_error *err)
{
    arena memory;
    store_collection now = {0};
    collection *c = NULL;
    arena_init(&memory, 0);
    kith_status status = store_collection_read(d->root->store, id, &memory, &now, err);
    if (status == KITH_OK) c = database_hold_described(d->root, &now);
    if (status == KITH_OK && !c)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    if (status == KITH_OK) collection_note(c, &now);
    if (status == KITH_OK) *out = c;
    arena_done(&memory);
    return status;
}

/* An entry to unload, marked; NULL: none is needed, or all others are in use. */
static entry *choose_unloading_locked(const database *root)
{
    if (root->bytes <= root->options.memory_bytes) return NULL;
    for (entry *e = root->oldest; e && e != root->newest; e = e->before)
        if (e->holders == 0 && e->bytes > 0 && !e->unloading) {
            e->unloading = true;
            return e;
        }
    return NULL;
}

/* Ends an entry that nobody holds and that was unlinked; of a dropped one, its files, too. */
static void forget_collection(database *root, entry *e, bool was_dropped)
{
    upkeep_stop(e->collection); // it may be writing the file
    if (was_dropped && !store_is_read_only(root->store)) derived_file_remove(e->collection);
    entries_free(e);
}

/* Saves and frees indexes until the others fit the budget. The caller holds no lock. */
static void keep_budget(database *root)
{
    for (;;) {
        (void)pthread_mutex_lock(&root->mutex);
        entry *e = choose_unloading_locked(root);
        (void)pthread_mutex_unlock(&root->mutex);
        if (!e) return;
        upkeep_stop(e->collection);
        upkeep_finish(e->collection, 0); // the caller waits: it is measured when it is open again
        (void)pthread_mutex_lock(&root->mutex);
        bool was_dropped = e->dropped;
        entries_unlink_locked(root, e);
        root->unloaded++;
        (void)pthread_cond_broadcast(&root->settled);
        (void)pthread_mutex_unlock(&root->mutex);
        forget_collection(root, e, was_dropped);
    }
}

void database_release_collection(collection *c)
{
    if (!c) return;
    database *root = collection_database(c);
    uint64_t bytes = 0;
    bool is_worth_keeping = collection_measure(c, &bytes);
    (void)pthread_mutex_lock(&root->mutex);
    entry *e = entries_find_held_locked(root, c);
    root->bytes += bytes - e->bytes;
    e->bytes = bytes;
    bool is_last = --e->holders == 0, was_dropped = e->dropped;
    bool is_done = is_last && (was_dropped || !is_worth_keeping);
    if (is_done) entries_unlink_locked(root, e);
    (void)pthread_mutex_unlock(&root->mutex);
    if (is_done) forget_collection(root, e, was_dropped);
    keep_budget(root);
}

/* ---- closing ---- */

kith_status database_close(database *d, kith_error *err)
{
    if (!d) return KITH_OK;
    if (d->root != d) {
        free(d);
        return KITH_OK;
    }
    const int64_t closing_ms = d->options.closing_ms ? d->options.closing_ms : CLOSING_MS;
    const int64_t measure_until_ns = clock_monotonic_ns() + closing_ms * 1000000;
    while (d->newest) {
        entry *e = d->newest;
        CHECK(e->holders == 0 && !e->dropped && !e->unloading);
        entries_unlink_locked(d, e);
        upkeep_stop(e->collection);
        upkeep_finish(e->collection, measure_until_ns);
        entries_free(e);
    }
    kith_status status = store_close(d->store, err);
    text_log_free(d->texts);
    map_free(d->by_name);
    map_free(d->by_id);
    map_free(d->by_uuid);
    known_words_free(atomic_load(&d->known_words)); // no draft runs any more
    (void)pthread_cond_destroy(&d->settled);
    (void)pthread_mutex_destroy(&d->mutex);
    free(d->directory);
    free(d);
    return status;
}
