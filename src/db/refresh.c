/* refresh.c - bringing a collection's derived index up to the store, and keeping its file near.
 * Invariant: the store's tombstones go back to the sequence of the file, or the file is rebuilt.
 * The file is written when the changes since the last one exceed a tenth of the rows (and a
 * minimum), so that all writing together costs a small multiple of the final size, and an open
 * after a crash has at most that tenth to catch up. */
#include "db/collection_private.h"
#include "os/file.h"

#include <limits.h>
#include <stdio.h>

enum { SAVE_AFTER_CHANGES = 2048, SAVE_AT_CLOSE_AFTER_CHANGES = 64, NOTICE_BYTES = 256 };

typedef struct application {
    collection *c;
    uint32_t dim;
    uint64_t applied;
    kith_error *err;
} application;

static kith_status apply_change(void *context, const store_change *change)
{
    application *a = context;
    a->applied++;
    return derived_apply(&a->c->derived, a->c->metric, a->dim, change, a->err);
}

bool collection_derived_path(const collection *c, char *out, size_t bytes)
{
    int length = snprintf(out, bytes, "%s/derived/%llu.index", database_directory(c->owner),
                          (unsigned long long)c->id);
    return length > 0 && (size_t)length < bytes;
}

/* Moves a damaged file aside, for whoever wants to look at it; the next save makes a new one. */
static void set_aside(const char *path)
{
    char aside[PATH_MAX];
    int length = snprintf(aside, sizeof aside, "%s.damaged", path);
    if (length > 0 && (size_t)length < sizeof aside) (void)file_ops_posix.rename(path, aside);
}

/* The file cannot be used: everything is read from the store again. */
static void give_up_file_locked(collection *c, kith_status status, uint32_t format,
                                const char *path, char notice[NOTICE_BYTES])
{
    c->rebuilt = true;
    c->must_save = status == KITH_ERR_UNSUPPORTED;
    if (c->must_save) {
        (void)snprintf(notice, NOTICE_BYTES,
                       "collection '%s': index format %u is %s than %d, rebuilt", c->name, format,
                       format < DERIVED_FORMAT ? "older" : "newer", DERIVED_FORMAT);
        return;
    }
    set_aside(path);
    (void)snprintf(
        notice, NOTICE_BYTES,
        "collection '%s': damaged index set aside as derived/%llu.index.damaged, rebuilt", c->name,
        (unsigned long long)c->id);
}

/* From the file, or empty when there is none that can be used; then `notice` says why. */
static kith_status load_locked(collection *c, char notice[NOTICE_BYTES], kith_error *err)
{
    char path[PATH_MAX];
    file_map file = {0};
    if (!collection_derived_path(c, path, sizeof path))
        return fail(err, KITH_ERR_LIMIT, "data directory's path is too long");
    kith_status status = file_map_open(path, &file, NULL);
    bool present = status == KITH_OK;
    if (present) {
        uint32_t format = 0;
        status = derived_read(file.bytes, c->id, &c->derived, &format, NULL);
        file_map_close(&file);
        if (status == KITH_ERR_NO_MEMORY)
            return fail(err, status, "out of memory for the index of '%s'", c->name);
        c->rebuilt = false;
        if (status != KITH_OK) give_up_file_locked(c, status, format, path, notice);
    }
    if (status != KITH_OK) status = derived_init(&c->derived, err);
    if (status != KITH_OK) return status;
    c->loaded = true;
    return KITH_OK;
}

static void unload_locked(collection *c)
{
    derived_done(&c->derived);
    c->loaded = false;
    c->unsaved = 0;
}

static kith_status start_over_locked(collection *c, kith_error *err)
{
    derived_done(&c->derived);
    return derived_init(&c->derived, err);
}

static kith_status apply_changes_locked(collection *c, application *a, uint64_t *sequence,
                                        kith_error *err)
{
    return store_changes(database_store(c->owner), c->id, c->derived.sequence, apply_change, a,
                         sequence, err);
}

/* `notice` says when the file was of no use, which only shows here. */
static kith_status catch_up_locked(collection *c, uint32_t dim, char notice[NOTICE_BYTES],
                                   kith_error *err)
{
    application a = {.c = c, .dim = dim, .err = err};
    uint64_t sequence = 0;
    kith_status status = apply_changes_locked(c, &a, &sequence, err);
    if (status == KITH_ERR_NOT_FOUND && c->derived.sequence > 0) {
        status = start_over_locked(c, err);
        if (status == KITH_OK) status = apply_changes_locked(c, &a, &sequence, err);
        c->rebuilt = c->must_save = status == KITH_OK;
        if (status == KITH_OK)
            (void)snprintf(notice, NOTICE_BYTES,
                           "collection '%s': index file was too old to catch up, rebuilt", c->name);
    }
    if (status != KITH_OK) {
        // Half applied is of no use; the next call starts over from the file.
        unload_locked(c);
        return status;
    }
    c->derived.sequence = sequence;
    c->unsaved += a.applied;
    return KITH_OK;
}

static bool is_behind_locked(const collection *c, uint64_t minimum, uint64_t fraction)
{
    uint64_t rows = c->derived.index ? vector_index_rows(c->derived.index) : 0;
    return c->loaded && c->unsaved >= minimum && c->unsaved >= rows / fraction;
}

/* The sequence that the file is good for now; 0: it could not be written. */
static uint64_t save_locked(collection *c)
{
    uint64_t saved = 0;
    char path[PATH_MAX];
    buffer content;
    buffer_init(&content, SIZE_MAX);
    derived_write(&c->derived, c->id, &content);
    // A failure only costs time at the next open, which then catches up from further back.
    if (content.failed == KITH_OK && collection_derived_path(c, path, sizeof path) &&
        file_replace(&file_ops_posix, path, buffer_view(&content), NULL) == KITH_OK) {
        c->unsaved = 0;
        c->must_save = false;
        saved = c->derived.sequence;
    }
    buffer_done(&content);
    return saved;
}

/* The file, which is on disk, knows what was deleted: nobody else asks the store for it. Not under
 * the lock, since searches need not wait for the store's writer. */
static void forget_deletions(const collection *c, uint64_t sequence)
{
    kith_status status = store_drop_tombstones(database_store(c->owner), c->id, sequence, NULL);
    (void)status; // the next save tries again; until then they take room, no more
}

kith_status collection_refresh(collection *c, kith_error *err)
{
    arena memory;
    char notice[NOTICE_BYTES] = "";
    uint64_t saved = 0;
    arena_init(&memory, 0);
    store_collection description;
    kith_status status = collection_describe(c, &memory, &description, err);
    uint32_t dim = status == KITH_OK ? description.dim : 0;
    arena_done(&memory);
    if (status != KITH_OK) return status;

    (void)pthread_rwlock_wrlock(&c->lock);
    if (!c->loaded) status = load_locked(c, notice, err);
    // Without a dimension no vector had been stored when we asked, so there is nothing that the
    // caller could miss.
    if (status == KITH_OK && dim != 0) status = catch_up_locked(c, dim, notice, err);
    if (status == KITH_OK && derived_is_worn(&c->derived)) {
        status = start_over_locked(c, err);
        if (status == KITH_OK) status = catch_up_locked(c, dim, notice, err);
    }
    if (status == KITH_OK && (c->must_save || is_behind_locked(c, SAVE_AFTER_CHANGES, 10)))
        saved = save_locked(c);
    (void)pthread_rwlock_unlock(&c->lock);
    if (saved) forget_deletions(c, saved);
    if (notice[0]) database_tell(c->owner, notice);
    return status;
}

void collection_save(collection *c)
{
    (void)pthread_rwlock_wrlock(&c->lock);
    uint64_t saved = is_behind_locked(c, SAVE_AT_CLOSE_AFTER_CHANGES, 50) ? save_locked(c) : 0;
    (void)pthread_rwlock_unlock(&c->lock);
    if (saved) forget_deletions(c, saved);
}
