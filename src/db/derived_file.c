/* derived_file.c - where a collection's derived index lies on disk, and when the file is of use.
 *
 * The file is a cache: everything in it can be read from the store again, so no failure of it may
 * fail a search. One that cannot be opened, does not check or does not belong is as good as none;
 * the index then starts empty, at sequence 0, and the next catch-up fills it. The file is replaced
 * whole (temporary name, sync, rename, sync of the directory), so a crash leaves the old one or the
 * new one.
 *
 *   file on disk             | what is loaded | rebuilt, must_save | the file then
 *   -------------------------|----------------|--------------------|----------------------------
 *   sound, and belongs       | its state      | false, unchanged   | stays
 *   sound, does not belong   | nothing        | true               | replaced at the next refresh
 *   of another format        | nothing        | true               | replaced at the next refresh
 *   not readable, or missing | nothing        | true               | replaced at the next refresh
 *   damaged, or no file      | nothing        | true               | renamed to <n>.index.damaged
 *   none, and never was one  | nothing        | as they were       | written once there is enough
 *
 * A new file is written at once even when the collection is small, or each open would rebuild the
 * index and report so again. "Missing" is a file that the store has recorded a token for.
 *
 * Whether a file belongs is what its binding says (store/derived_files.c): the token decides, and
 * was recorded before the file was renamed to its place. The other fields only tell why a file does
 * not belong, and catch one whose head was forged. The bytes themselves are derived.c's. */
#include "db/collection_private.h"
#include "os/file.h"

#include <limits.h>
#include <stdarg.h>
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

static bool is_equal(const store_token *a, const store_token *b)
{
    return a->part[0] == b->part[0] && a->part[1] == b->part[1];
}

static bool is_zero(const store_token *t)
{
    return t->part[0] == 0 && t->part[1] == 0;
}

/* Why a sound file does not belong; NULL when it does. One without vectors may be from before the
 * collection was pinned to a dimension and a model. */
static const char *find_mismatch(const store_binding *file, bool has_vectors,
                                 const store_binding *expected, const store_token *former)
{
    bool is_known = !is_zero(&file->token) &&
                    (is_equal(&file->token, &expected->token) || is_equal(&file->token, former));
    if (!is_equal(&file->store, &expected->store)) return "of another store";
    if (file->collection != expected->collection) return "of another collection";
    if (file->sequence > expected->sequence) return "newer than its store";
    if (!is_known) return "not the last that was written";
    if (!has_vectors) return NULL;
    if (file->metric != expected->metric || file->dim != expected->dim)
        return "of another dimension or metric";
    if (file->model != expected->model) return "of another model";
    return NULL;
}

/* Nothing can be loaded, for the reason that `format` and its arguments give. */
__attribute__((format(printf, 3, 4))) static void
reject_locked(collection *c, char notice[NOTICE_BYTES], const char *format, ...)
{
    va_list arguments;
    char why[NOTICE_BYTES / 2];
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    c->rebuilt = true;
    c->must_save = true;
    (void)snprintf(notice, NOTICE_BYTES, "collection '%s': %s, rebuilt", c->name, why);
}

/* Fills c->derived, or leaves it all zero and writes `notice` when the file is of no use. */
static kith_status read_locked(collection *c, view bytes, const char *path,
                               const store_binding *expected, const store_token *former,
                               char notice[NOTICE_BYTES], kith_error *err)
{
    uint32_t format = 0;
    store_binding binding = {0};
    kith_status status = derived_read(bytes, &c->derived, &binding, &format, NULL);
    // No fault of the file's: it must not be set aside, and rebuilding would take more memory.
    if (status == KITH_ERR_NO_MEMORY)
        return fail(err, status, "out of memory for the index of '%s'", c->name);
    if (status == KITH_ERR_UNSUPPORTED) {
        reject_locked(c, notice, "index format %u is %s than %d", format,
                      format < DERIVED_FORMAT ? "older" : "newer", DERIVED_FORMAT);
        return KITH_OK;
    }
    if (status != KITH_OK) {
        set_aside(path);
        reject_locked(c, notice, "damaged index set aside as derived/%llu.index.damaged",
                      (unsigned long long)c->id);
        return KITH_OK;
    }
    const char *mismatch = find_mismatch(&binding, c->derived.index != NULL, expected, former);
    if (mismatch) {
        derived_done(&c->derived);
        reject_locked(c, notice, "index file is %s", mismatch);
        return KITH_OK;
    }
    c->file = binding.token;
    c->rebuilt = false;
    return KITH_OK;
}

kith_status derived_file_load_locked(collection *c, char notice[NOTICE_BYTES], kith_error *err)
{
    char path[PATH_MAX];
    file_map file = {0};
    file_info info = {0};
    store_binding expected = {0};
    store_token former = {0};
    CHECK(!c->loaded && !c->derived.columns);
    if (!write_path(c, path)) return fail(err, KITH_ERR_LIMIT, "data directory's path is too long");
    kith_status status = store_read_binding(c->home.store, c->id, &expected, &former, err);
    if (status != KITH_OK) return status;
    c->file = (store_token){0};
    bool is_no_file = file_stat(path, &info, NULL) == KITH_OK &&
                      (info.kind == FILE_DIRECTORY || info.kind == FILE_OTHER);
    if (is_no_file) {
        set_aside(path);
        reject_locked(c, notice, "what is no file set aside as derived/%llu.index.damaged",
                      (unsigned long long)c->id);
    } else {
        status = file_map_open(path, &file, NULL);
        if (status == KITH_OK) {
            status = read_locked(c, file.bytes, path, &expected, &former, notice, err);
            file_map_close(&file);
            if (status != KITH_OK) return status;
        } else if (!is_zero(&expected.token)) {
            reject_locked(c, notice, "index file %s",
                          status == KITH_ERR_NOT_FOUND ? "is missing" : "cannot be read");
        }
    }
    status = c->derived.columns ? KITH_OK : derived_init(&c->derived, err);
    if (status != KITH_OK) return status;
    c->loaded = true;
    return KITH_OK;
}

uint64_t derived_file_save_locked(collection *c)
{
    uint64_t saved = 0;
    char path[PATH_MAX];
    buffer content;
    store_binding binding = {0};
    CHECK(c->loaded);
    // Before the rename: the store knows every file that can lie there (store/derived_files.c).
    // A failure only costs time at the next open, which then catches up from further back.
    if (!write_path(c, path) ||
        store_bind_derived_file(c->home.store, c->id, &c->file, &binding, NULL) != KITH_OK)
        return 0;
    buffer_init(&content, SIZE_MAX);
    derived_write(&c->derived, &binding, &content);
    if (content.failed == KITH_OK &&
        file_replace(&file_ops_posix, path, buffer_view(&content), NULL) == KITH_OK) {
        c->unsaved = 0;
        c->must_save = false;
        c->file = binding.token;
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
