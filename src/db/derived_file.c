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
 *   damaged, or no file      | nothing        | true               | renamed to <n>.index.damaged,
 *                            |                |                    | in this process's turn only,
 *                            |                |                    | or stays where that fails
 *   none, and never was one  | nothing        | as they were       | written once there is enough
 *
 * A new file is written at once even when the collection is small, or each open would rebuild the
 * index and report so again. "Missing" is a file that the store has recorded a token for.
 *
 * Other processes save, too. So the file is read before the tokens: the token of whatever lay there
 * was recorded before. It can only be unknown when two more were recorded in between; so a file that
 * is of no use is looked at again, in this process's turn if it can have one, before it is rejected.
 * A process that only reads rebuilds in memory, and leaves the file as it is.
 *
 * Whether a file belongs is what its binding says (store/derived_files.c): the token decides, and
 * was recorded before the file was renamed to its place. The other fields only tell why a file does
 * not belong, and catch one whose head was forged. The bytes themselves are derived_parts.c's. */
#include "db/collection_private.h"
#include "db/derived_parts.h"
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

/* Keeps a damaged file for whoever wants to examine it; the next save writes a new one. False when
 * it could not be renamed: in a directory that is read-only it stays where it is. */
static bool set_aside(const char *path)
{
    char aside[PATH_MAX];
    int length = snprintf(aside, sizeof aside, "%s.damaged", path);
    return length > 0 && (size_t)length < sizeof aside && file_ops_posix.rename(path, aside) == 0;
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
reject_applying(collection *c, char notice[NOTICE_BYTES], const char *format, ...)
{
    va_list arguments;
    char why[NOTICE_BYTES / 2];
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    (void)pthread_mutex_lock(&c->lock);
    c->rebuilt = c->must_save = true;
    (void)pthread_mutex_unlock(&c->lock);
    (void)snprintf(notice, NOTICE_BYTES, "collection '%s': %s, rebuilt", c->name, why);
}

typedef enum verdict {
    FILE_BELONGS, /* finding.loaded holds its state; else that is NULL */
    FILE_NONE,    /* and never was one */
    /* of no use */
    FILE_MISSING,
    FILE_UNREADABLE,
    FILE_IS_NO_FILE,
    FILE_OF_OTHER_FORMAT,
    FILE_DAMAGED,
    FILE_OF_OTHERS
} verdict;

typedef struct finding {
    verdict verdict;
    uint32_t format;      /* FILE_OF_OTHER_FORMAT */
    const char *mismatch; /* FILE_OF_OTHERS */
    bool is_first;        /* FILE_MISSING: no file before it was recorded either */
    snapshot *loaded;     /* FILE_BELONGS */
} finding;

static verdict judge_missing(kith_status opened, const store_binding *expected)
{
    if (is_zero(&expected->token)) return FILE_NONE;
    return opened == KITH_ERR_NOT_FOUND ? FILE_MISSING : FILE_UNREADABLE;
}

/* Loads a file that belongs. */
static kith_status examine_applying(collection *c, const char *path, finding *out, kith_error *err)
{
    file_map file = {0};
    file_info info = {0};
    store_binding binding = {0}, expected = {0};
    store_token former = {0};
    snapshot *loaded = NULL;
    kith_status read = KITH_OK;
    *out = (finding){.verdict = FILE_IS_NO_FILE};
    bool is_no_file = file_stat(path, &info, NULL) == KITH_OK &&
                      (info.kind == FILE_DIRECTORY || info.kind == FILE_OTHER);
    kith_status opened = is_no_file ? KITH_ERR_IO : file_map_open_own(path, &file, NULL);
    if (opened == KITH_OK) {
        read = derived_read(file.bytes, &loaded, &binding, &out->format, NULL);
        file_map_close(&file);
    }
    // No fault of the file's: it must not be set aside, and rebuilding would take more memory.
    if (read == KITH_ERR_NO_MEMORY)
        return fail(err, read, "out of memory for the index of '%s'", c->name);
    kith_status status = store_read_binding(c->home.store, c->id, &expected, &former, err);
    if (status != KITH_OK) {
        snapshot_release(loaded);
        return status;
    }
    out->is_first = is_zero(&former);
    if (is_no_file) return KITH_OK;
    if (opened != KITH_OK) {
        out->verdict = judge_missing(opened, &expected);
    } else if (read != KITH_OK) {
        out->verdict = read == KITH_ERR_UNSUPPORTED ? FILE_OF_OTHER_FORMAT : FILE_DAMAGED;
    } else {
        out->mismatch = find_mismatch(&binding, loaded->rows > 0, &expected, &former);
        out->verdict = out->mismatch ? FILE_OF_OTHERS : FILE_BELONGS;
        if (out->mismatch)
            snapshot_release(loaded);
        else
            out->loaded = loaded;
    }
    return KITH_OK;
}

/* Why the file is of no use. In turn, what is damaged is set aside. */
static void reject_found_applying(collection *c, const finding *f, const char *path,
                                  bool is_in_turn, char notice[NOTICE_BYTES])
{
    bool is_broken = f->verdict == FILE_DAMAGED || f->verdict == FILE_IS_NO_FILE;
    const char *what = f->verdict == FILE_DAMAGED ? "damaged index" : "what is no file";
    if (is_broken && is_in_turn && set_aside(path)) {
        reject_applying(c, notice, "%s set aside as derived/%llu.index.damaged", what,
                        (unsigned long long)c->id);
    } else if (is_broken && is_in_turn) {
        reject_applying(c, notice, "index derived/%llu.index is damaged and cannot be set aside",
                        (unsigned long long)c->id);
    } else if (is_broken) {
        reject_applying(c, notice, "index file is damaged");
    } else if (f->verdict == FILE_OF_OTHER_FORMAT) {
        reject_applying(c, notice, "index format %u is %s than %d", f->format,
                        f->format < DERIVED_FORMAT ? "older" : "newer", DERIVED_FORMAT);
    } else if (f->verdict == FILE_OF_OTHERS) {
        reject_applying(c, notice, "index file is %s", f->mismatch);
    } else {
        reject_applying(c, notice, "index file %s",
                        f->verdict == FILE_MISSING ? "is missing" : "cannot be read");
    }
}

static kith_status new_empty(const collection *c, snapshot **out, kith_error *err)
{
    derived *rows = derived_new(c->metric);
    snapshot *s = rows ? snapshot_new_empty(rows) : NULL;
    derived_release(rows);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    *out = s;
    return KITH_OK;
}

kith_status derived_file_load_applying(collection *c, char notice[NOTICE_BYTES], snapshot **out,
                                       kith_error *err)
{
    char path[PATH_MAX];
    finding f = {0};
    bool is_in_turn = false;
    if (!write_path(c, path)) return fail(err, KITH_ERR_LIMIT, "data directory's path is too long");
    kith_status status = examine_applying(c, path, &f, err);
    if (status == KITH_OK && f.verdict > FILE_NONE) {
        is_in_turn = store_turn_begin(c->home.store);
        status = examine_applying(c, path, &f, err);
    }
    // Out of turn, another process may be writing the first file, with its token recorded.
    bool is_coming = f.verdict == FILE_MISSING && f.is_first && !is_in_turn;
    if (status == KITH_OK && f.verdict > FILE_NONE && !is_coming)
        reject_found_applying(c, &f, path, is_in_turn, notice);
    if (is_in_turn) store_turn_end(c->home.store);
    if (status != KITH_OK) return status;
    if (f.verdict != FILE_BELONGS) return new_empty(c, out, err);
    *out = f.loaded;
    return KITH_OK;
}

/* The file that lies at `path` now, which another process may have written; all zero when the store
 * does not know it, so that its token must not be recorded. */
static kith_status read_present(const collection *c, const char *path, store_binding *out)
{
    file_map file = {0};
    store_binding found = {0}, expected = {0};
    store_token former = {0};
    *out = found;
    kith_status status = store_read_binding(c->home.store, c->id, &expected, &former, NULL);
    if (status != KITH_OK || file_map_open_own(path, &file, NULL) != KITH_OK) return status;
    bool is_known = derived_read_binding(file.bytes, &found) && !is_zero(&found.token) &&
                    (is_equal(&found.token, &expected.token) || is_equal(&found.token, &former)) &&
                    found.sequence <= expected.sequence;
    file_map_close(&file);
    if (is_known) *out = found;
    return KITH_OK;
}

save_outcome derived_file_save(const collection *c, const snapshot *s)
{
    char path[PATH_MAX];
    buffer content;
    store_binding present = {0}, binding = {0};
    if (!write_path(c, path) || read_present(c, path, &present) != KITH_OK) return SAVE_FAILED;
    if (present.sequence > s->sequence) return SAVE_NOT_NEEDED;
    // Before the rename: the store knows every file that can lie there (store/derived_files.c).
    // A failure only costs time at the next open, which then catches up from further back.
    if (store_bind_derived_file(c->home.store, c->id, &present.token, &binding, NULL) != KITH_OK)
        return SAVE_FAILED;
    buffer_init(&content, SIZE_MAX);
    derived_write(s, &binding, &content);
    bool is_saved = content.failed == KITH_OK &&
                    file_replace(&file_ops_posix, path, buffer_view(&content), NULL) == KITH_OK;
    buffer_done(&content);
    return is_saved ? SAVE_DONE : SAVE_FAILED;
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
