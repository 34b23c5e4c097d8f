/* directory_copy.h - a data directory's backup, one file, and the way back. */
#ifndef KITH_DB_DIRECTORY_COPY_H
#define KITH_DB_DIRECTORY_COPY_H

#include "base/status.h"
#include "db/database.h"
#include "store/integrity.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct copy_options {
    bool replace;    /* backup: the file; restoring: the data that the directory has */
    int64_t wait_ms; /* restoring: how long it waits for its turn */
    /* on_progress alone is called: "copying" pages, then what store_verify() calls with. */
    store_check_visitor visitor;
} copy_options;

typedef struct copy_result {
    uint64_t bytes; /* of the file */
    store_verified verified;
} copy_result;

/* Writes the state of the database as of now into the file `path`, verified and synced, while others
 * read and write. Until it is whole it is called `path`.tmp, which a former try may have left; two
 * backups to one path must not run at a time.
 * Errors: KITH_ERR_EXISTS, KITH_ERR_INVALID (the file would lie in the data directory itself, or the
 * path is too long), KITH_ERR_NOT_FOUND (its directory), KITH_ERR_CORRUPT (the data is damaged; the
 * message names the first damage), KITH_ERR_CANCELLED, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_NO_MEMORY; there is then no new file. */
KITH_CHECKED kith_status database_backup(database *d, const char *path, const copy_options *options,
                                         copy_result *out, kith_error *err);

/* Makes a backup the kith.db of `directory`, which is created when it is missing. The backup stays.
 * Errors: KITH_ERR_NOT_FOUND (no backup), KITH_ERR_EXISTS (the directory has data; without
 * `replace`), KITH_ERR_BUSY (a process has the directory open, or left no turn), KITH_ERR_INVALID
 * (the backup has a log beside it, so that it is a kith.db in use; it is the directory's own; a path
 * is too long), KITH_ERR_UNSUPPORTED (of a newer kith), KITH_ERR_CORRUPT (the backup is damaged),
 * KITH_ERR_CANCELLED, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY; the directory's data is what
 * it was, but where the disk fails at the very end: then the directory does not open until it was
 * restored again. */
KITH_CHECKED kith_status directory_restore(const char *backup, const char *directory,
                                           const copy_options *options, copy_result *out,
                                           kith_error *err);

#endif
