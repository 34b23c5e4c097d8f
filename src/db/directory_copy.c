/* directory_copy.c - backup and restore: what lies where, in which order.
 *
 * A backup is one file, a kith.db without a log: all that cannot be rebuilt, as one state that there
 * was. Derived files are not in it; a restored directory builds them anew.
 *
 * A copy is made under a name of its own, verified row by row, synced, and then renamed. So a
 * process that is killed, a full disk and a damaged source leave what was there before, and perhaps
 * a file whose name ends in .tmp or .restored, which the next try replaces and `kith check` names.
 *
 * Restoring over data. In this process's turn, and only while nobody has the directory open, since
 * an open connection would go on with the pages of the former file:
 *   1. the copy is renamed to kith.db;
 *   2. the former log and shared memory are removed.
 * A crash between the two leaves the log of the former kith.db beside the new one. It is of another
 * time by its mark (store/log.c), so the directory does not open, and says so, rather than mix the
 * two; restoring once more ends it. */
#include "db/directory_copy.h"

#include "os/directory_turn.h"
#include "os/file.h"
#include "os/file_place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct first_damage {
    const store_check_visitor *visitor; /* the caller's */
    char what[KITH_ERROR_MESSAGE_BYTES / 2];
} first_damage;

static void keep_first(void *context, const store_finding *finding)
{
    first_damage *first = context;
    if (!first->what[0]) (void)snprintf(first->what, sizeof first->what, "%s", finding->what);
}

static bool pass_progress(void *context, const char *step, uint64_t done, uint64_t total)
{
    const store_check_visitor *v = ((first_damage *)context)->visitor;
    return !v->on_progress || v->on_progress(v->context, step, done, total);
}

static kith_status verify_copy(const char *path, const copy_options *options, copy_result *out,
                               kith_error *err)
{
    file_info info = {0};
    first_damage first = {.visitor = &options->visitor};
    const store_check_visitor visitor = {keep_first, pass_progress, &first};
    kith_status status = store_verify_copy(path, &visitor, &out->verified, err);
    if (status == KITH_OK && first.what[0])
        status = fail(err, KITH_ERR_CORRUPT, "the copy is damaged: %s", first.what);
    if (status == KITH_OK) status = file_stat(path, &info, err);
    out->bytes = info.bytes;
    return status;
}

static kith_status append_suffix(const char *path, const char *suffix, char out[PATH_MAX],
                                 kith_error *err)
{
    int length = snprintf(out, PATH_MAX, "%s%s", path, suffix);
    if (length > 0 && length < PATH_MAX) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "path is too long: '%.64s...'", path);
}

static bool is_there(const char *directory, const char *name)
{
    char path[PATH_MAX];
    file_info info;
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    return length > 0 && (size_t)length < sizeof path && file_stat(path, &info, NULL) == KITH_OK;
}

/* ---- backup ---- */

/* A backup that lies in the directory is lost with it. */
static kith_status require_elsewhere(const char *directory, const char *path, kith_error *err)
{
    char folder[PATH_MAX];
    kith_status status = append_suffix(path, "", folder, err);
    if (status != KITH_OK) return status;
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = '\0';
    char *theirs = realpath(slash ? folder : ".", NULL);
    if (!theirs)
        return fail(err, status_of_errno(errno), "cannot open directory '%s': %s",
                    slash ? folder : ".", strerror(errno));
    char *ours = realpath(directory, NULL);
    size_t length = ours ? strlen(ours) : 0;
    if (ours && strncmp(theirs, ours, length) == 0 &&
        (theirs[length] == '\0' || theirs[length] == '/'))
        status = fail(err, KITH_ERR_INVALID,
                      "'%s' lies in the data directory, and would be lost with it", path);
    free(theirs);
    free(ours);
    return status;
}

kith_status database_backup(database *d, const char *path, const copy_options *options,
                            copy_result *out, kith_error *err)
{
    char temporary[PATH_MAX];
    file_info info;
    copy_result result = {0};
    kith_status status = append_suffix(path, ".tmp", temporary, err);
    if (status == KITH_OK) status = require_elsewhere(database_directory(d), path, err);
    if (status == KITH_OK && !options->replace && file_stat(path, &info, NULL) == KITH_OK)
        status = fail(err, KITH_ERR_EXISTS, "'%s' exists", path);
    if (status != KITH_OK) return status;
    (void)file_ops_posix.unlink(temporary);
    status = store_copy(database_store(d), temporary, &options->visitor, err);
    if (status != KITH_OK) return status;
    status = verify_copy(temporary, options, &result, err);
    if (status == KITH_OK)
        status = file_place(&file_ops_posix, temporary, path, options->replace, err);
    if (status == KITH_OK)
        *out = result;
    else
        (void)file_ops_posix.unlink(temporary);
    return status;
}

/* ---- restore ---- */

/* By the first bytes that SQLite gives every database. */
static kith_status require_database(const char *backup, kith_error *err)
{
    static const char magic[16] = "SQLite format 3";
    char first[sizeof magic] = {0};
    file_reader reader = {0};
    kith_status status = file_reader_open(&file_ops_posix, backup, &reader, err);
    if (status == KITH_OK && reader.bytes >= sizeof first)
        status = file_reader_read(&reader, 0, first, sizeof first, err);
    file_reader_close(&reader);
    if (status == KITH_OK && memcmp(first, magic, sizeof magic) != 0)
        return fail(err, KITH_ERR_INVALID,
                    "'%s' is no backup: it does not begin as a file that 'kith backup' writes",
                    backup);
    return status;
}

static kith_status require_backup(const char *backup, const char *directory, kith_error *err)
{
    char log[PATH_MAX], own[PATH_MAX];
    file_info info = {0};
    kith_status status = append_suffix(backup, "-wal", log, err);
    if (status == KITH_OK) status = append_suffix(directory, "/kith.db", own, err);
    if (status == KITH_OK) status = file_stat(backup, &info, err);
    if (status != KITH_OK) return status;
    if (info.kind == FILE_DIRECTORY)
        return fail(err, KITH_ERR_INVALID, "'%s' is a directory: a backup is one file", backup);
    if (info.kind != FILE_REGULAR)
        return fail(err, KITH_ERR_INVALID, "'%s' is not a regular file", backup);
    char *theirs = realpath(backup, NULL), *ours = realpath(own, NULL);
    bool is_own = theirs && ours && strcmp(theirs, ours) == 0;
    free(theirs);
    free(ours);
    if (is_own) return fail(err, KITH_ERR_INVALID, "'%s' is the directory's own", backup);
    if (file_stat(log, &info, NULL) == KITH_OK && info.bytes > 0)
        return fail(err, KITH_ERR_INVALID,
                    "'%s' is no backup: it has a log beside it, so that it is only a part of the "
                    "data ('kith backup' makes a whole file of it)",
                    backup);
    return require_database(backup, err);
}

static kith_status require_empty(const char *directory, kith_error *err)
{
    static const char *const names[] = {"kith.db", "kith.db-wal"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_there(directory, names[i]))
            return fail(err, KITH_ERR_EXISTS, "'%s' has data: '%s'", directory, names[i]);
    return KITH_OK;
}

static void remove_beside(const char *directory, const char *name)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (length > 0 && (size_t)length < sizeof path) (void)file_ops_posix.unlink(path);
}

/* In this process's turn. */
static kith_status take_place(const char *copy, const char *directory, bool replace,
                              kith_error *err)
{
    char catalog[PATH_MAX];
    kith_status status = append_suffix(directory, "/kith.db", catalog, err);
    if (status == KITH_OK)
        status = replace ? store_require_unused(directory, err) : require_empty(directory, err);
    if (status == KITH_OK) status = file_place(&file_ops_posix, copy, catalog, replace, err);
    if (status != KITH_OK) return status;
    remove_beside(directory, "kith.db-wal");
    remove_beside(directory, "kith.db-shm");
    return KITH_OK;
}

kith_status directory_restore(const char *backup, const char *directory,
                              const copy_options *options, copy_result *out, kith_error *err)
{
    char copy[PATH_MAX];
    file_info info;
    copy_result result = {0};
    directory_turn *turn = NULL;
    // A restoration that fails leaves nothing of its own.
    const bool had_directory = file_stat(directory, &info, NULL) == KITH_OK;
    const bool had_lock = is_there(directory, "LOCK");
    kith_status status = require_backup(backup, directory, err);
    if (status == KITH_OK) status = append_suffix(directory, "/kith.db.restored", copy, err);
    if (status == KITH_OK && !options->replace) status = require_empty(directory, err);
    if (status == KITH_OK) status = directory_create(&file_ops_posix, directory, err);
    if (status == KITH_OK) status = directory_turn_new(directory, options->wait_ms, &turn, err);
    if (status == KITH_OK) status = directory_turn_enter(turn, TURN_WAIT, err);
    if (status != KITH_OK) goto done;
    status = store_copy_backup(backup, copy, &options->visitor, err);
    if (status != KITH_OK) {
        (void)fail_context(err, status, "'%s'", backup);
    } else {
        status = verify_copy(copy, options, &result, err);
        if (status == KITH_OK) status = take_place(copy, directory, options->replace, err);
        if (status != KITH_OK) (void)file_ops_posix.unlink(copy);
    }
    // Whoever waits for its turn by this file sees that it is gone, and makes another one.
    if (status != KITH_OK && !had_lock) remove_beside(directory, "LOCK");
    directory_turn_leave(turn);
done:
    directory_turn_free(turn);
    if (status != KITH_OK && !had_directory)
        (void)file_ops_posix.rmdir(directory); // if it is empty
    if (status == KITH_OK) *out = result;
    return status;
}
