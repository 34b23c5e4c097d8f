/* derived_file.c - where a collection's derived index lies on disk, and when the file is of use.
 *
 * The file is a cache: everything in it can be read from the store again, so no failure of it may
 * fail a search. One that cannot be opened or does not check is as good as none; the index then
 * starts empty, at sequence 0, and the next catch-up fills it. The file is replaced whole
 * (temporary name, sync, rename, sync of the directory), so a crash leaves the old one or the new
 * one.
 *
 *   file on disk           | what is loaded | rebuilt | must_save | the file then
 *   -----------------------|----------------|---------|-----------|------------------------------
 *   sound, of this format  | its state      | false   | unchanged | stays
 *   of another format      | nothing        | true    | true      | replaced at the next refresh
 *   damaged                | nothing        | true    | false     | renamed to <n>.index.damaged,
 *                          |                |         |           | in this process's turn only
 *   none, or not readable  | nothing        | as was  | unchanged | written once there is enough
 *
 * A file of another format is replaced at once even when the collection is small, or each open
 * would rebuild it and report so again. A damaged one needs no such hurry: it is no longer in the
 * way.
 *
 * What is not checked: whether the file belongs to this kith.db. Only the collection's number is
 * compared, so a file that is ahead of the store (kith.db alone was restored from a backup) passes
 * for current. The bytes themselves are derived.c's. */
#include "db/collection_private.h"
#include "os/file.h"

#include <limits.h>
#include <stdio.h>

/* DIRECTORY/derived/<collection>.index; false when that is longer than PATH_MAX. */
static bool write_path(const collection *c, char out[PATH_MAX])
{
    int length = snprintf(out, PATH_MAX, "%s/derived/%llu.index", c->home.directory,
                          (unsigned long long)c->id);
    return length > 0 && length < PATH_MAX;
}

/* Keeps a damaged file for whoever wants to examine it; the next save writes a new one. */
static void set_aside(const char *path)
{
    char aside[PATH_MAX];
    int length = snprintf(aside, sizeof aside, "%s.damaged", path);
    if (length > 0 && (size_t)length < sizeof aside) (void)file_ops_posix.rename(path, aside);
}

/* `status` and `format` are derived_read's: why the file at `path` is of no use. */
static void reject_locked(collection *c, kith_status status, uint32_t format, const char *path,
                          char notice[NOTICE_BYTES])
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

/* Reads the file at `path` into c->derived. *present: there is one, of whatever content. */
static kith_status read_file_locked(collection *c, const char *path, bool *present,
                                    uint32_t *format)
{
    file_map file = {0};
    kith_status status = file_map_open(path, &file, NULL);
    *present = status == KITH_OK;
    if (!*present) return status;
    status = derived_read(file.bytes, c->id, &c->derived, format, NULL);
    file_map_close(&file);
    return status;
}

/* Sets a file of no use aside. First it is read once more, in this process's turn: another process
 * may have replaced it by a sound one meanwhile. Out of turn it stays where it is. */
static kith_status reject_in_turn_locked(collection *c, kith_status status, uint32_t format,
                                         const char *path, char notice[NOTICE_BYTES])
{
    bool present = true;
    if (!store_turn_begin(c->home.store)) {
        c->rebuilt = true;
        return status;
    }
    kith_status again = read_file_locked(c, path, &present, &format);
    if (again != KITH_OK && present) reject_locked(c, status, format, path, notice);
    store_turn_end(c->home.store);
    return again;
}

kith_status derived_file_load_locked(collection *c, char notice[NOTICE_BYTES], kith_error *err)
{
    char path[PATH_MAX];
    bool present = false;
    uint32_t format = 0;
    CHECK(!c->loaded && !c->derived.columns);
    if (!write_path(c, path)) return fail(err, KITH_ERR_LIMIT, "data directory's path is too long");
    kith_status status = read_file_locked(c, path, &present, &format);
    if (present) {
        // No fault of the file's: it must not be set aside, and rebuilding would take more memory.
        if (status == KITH_ERR_NO_MEMORY)
            return fail(err, status, "out of memory for the index of '%s'", c->name);
        c->rebuilt = false;
        if (status != KITH_OK) status = reject_in_turn_locked(c, status, format, path, notice);
    }
    if (status != KITH_OK) status = derived_init(&c->derived, err);
    if (status != KITH_OK) return status;
    c->loaded = true;
    return KITH_OK;
}

uint64_t derived_file_save_locked(collection *c)
{
    uint64_t saved = 0;
    char path[PATH_MAX];
    buffer content;
    CHECK(c->loaded);
    buffer_init(&content, SIZE_MAX);
    derived_write(&c->derived, c->id, &content);
    // A failure only costs time at the next open, which then catches up from further back.
    if (content.failed == KITH_OK && write_path(c, path) &&
        file_replace(&file_ops_posix, path, buffer_view(&content), NULL) == KITH_OK) {
        c->unsaved = 0;
        c->must_save = false;
        saved = c->derived.sequence;
    }
    buffer_done(&content);
    return saved;
}

uint64_t derived_file_bytes(const collection *c)
{
    char path[PATH_MAX];
    file_info info = {0};
    if (!write_path(c, path) || file_stat(path, &info, NULL) != KITH_OK) return 0;
    return info.bytes;
}

void derived_file_remove(const collection *c)
{
    char path[PATH_MAX];
    if (write_path(c, path)) (void)file_ops_posix.unlink(path);
}
