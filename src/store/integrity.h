/* integrity.h - kith.db as a whole: its log as it lies on disk, whether all that is in it is sound,
 * and copies of it. For `kith check`, `kith backup` and `kith restore`; whoever reads and writes
 * records needs store.h alone.
 *
 * What store.h says of threads, memory and codes holds here too. */
#ifndef KITH_STORE_INTEGRITY_H
#define KITH_STORE_INTEGRITY_H

#include "store/store.h"

/* ---- the log, kith.db-wal, as it lies on disk ---- */

/* A frame is one page of the database; sqlite_log_verify.c argues how damage is told from what a
 * power cut leaves. */
typedef struct store_log {
    uint32_t frames, commits; /* that check, from the first on: what SQLite reads */
    bool is_damaged;          /* acknowledged commits lie behind the first frame that does not */
    uint32_t lost_commits;    /* of them, those that can still be told; at least one */
    bool is_header_damaged;   /* it is the log's header that does not check */
    uint32_t damaged_frame;   /* the first that does not check, from 1 */
    bool is_torn;             /* it ends in a transaction that is not whole, as a kill leaves it */
    bool is_foreign;          /* it is of another time than kith.db */
} store_log;

/* Reads the log of DIRECTORY/kith.db, which need not be open; none is as good as an empty one.
 * Errors: KITH_ERR_BUSY (another process writes at this very moment), KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status store_read_log(const char *directory, store_log *out, kith_error *err);
/* Fails with KITH_ERR_BUSY when any process, or a store of this one, has DIRECTORY/kith.db open, so
 * that it must not be replaced. One that is missing or damaged is in nobody's use.
 * Errors: KITH_ERR_IO (no such directory), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_require_unused(const char *directory, kith_error *err);
/* Gives up what store_open() refuses to: commits behind damage in the log, or a log that is not of
 * its kith.db. The log is kept as kith.db-wal.damaged, in place of one that was kept before. What is
 * sound of a damaged log is moved into kith.db; of a log of another time nothing is. Does nothing
 * when store_open() would have no objection to the log.
 * wait_ms  how long it waits while other processes write
 * Errors: KITH_ERR_BUSY (a process has the directory open, or left no turn), KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_CORRUPT (kith.db itself cannot be opened), KITH_ERR_NO_MEMORY. After an
 * error everything is as it was, but that a copy of the log may have been made. */
KITH_CHECKED kith_status store_set_log_aside(const char *directory, int64_t wait_ms,
                                             kith_error *err);

/* ---- checking ---- */

typedef struct store_finding {
    bool is_damage;     /* else it costs nothing, or kith mends it by itself */
    const char *what;   /* file, table and row, and what is wrong */
    const char *advice; /* what to do */
} store_finding;

typedef struct store_check_visitor {
    /* Called for each finding, which is borrowed for the call. */
    void (*on_finding)(void *context, const store_finding *finding);
    /* Called now and then; false ends the check with KITH_ERR_CANCELLED. May be NULL.
     * step  what is verified now; done, total  rows, of which total is an estimate */
    bool (*on_progress)(void *context, const char *step, uint64_t done, uint64_t total);
    void *context;
} store_check_visitor;

/* What was verified, damaged or not. */
typedef struct store_verified {
    uint64_t collections, documents, points;
    uint64_t rows; /* of collections, and of the tables that check.c lists */
} store_verified;

/* Verifies SQLite's own structure, every row's checksum, the counts and the references; what
 * exactly is at the head of check.c. Reads everything in one snapshot, while others write. Damage is
 * no failure, but a finding. The visitor does not call the store.
 * Errors: KITH_ERR_CANCELLED, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT (a
 * connection could not be opened), KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status store_verify(store *s, const store_check_visitor *visitor,
                                      store_verified *out, kith_error *err);
/* store_verify() of a copy that nobody has open: `path` is a kith.db of this version, without a log.
 * Errors: as store_verify(). */
KITH_CHECKED kith_status store_verify_copy(const char *path, const store_check_visitor *visitor,
                                           store_verified *out, kith_error *err);
/* store_verify() for whoever only asks whether all is well.
 * Errors: KITH_ERR_CORRUPT (names the first damage), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_check(store *s, kith_error *err);

/* ---- copies; sqlite_backup.c ---- */

/* Copies one state of the store into the new file `path`, while others read and write. The copy is
 * not synced.
 * visitor  its on_progress alone is called: "copying", pages
 * Errors: KITH_ERR_CANCELLED, KITH_ERR_IO (also when there is a file of that name), KITH_ERR_FULL,
 * KITH_ERR_NOT_FOUND (the directory), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; `path`
 * is then removed. */
KITH_CHECKED kith_status store_copy(store *s, const char *path, const store_check_visitor *visitor,
                                    kith_error *err);
/* Copies a backup, which lies still and has no log, into the file `path`, replacing what a former
 * try left there, and makes it another store, of the newest version. The copy is not synced.
 * Errors: as store_copy(), KITH_ERR_INVALID (a database that is not kith's), KITH_ERR_UNSUPPORTED
 * (the backup is of a newer kith). */
KITH_CHECKED kith_status store_copy_backup(const char *backup, const char *path,
                                           const store_check_visitor *visitor, kith_error *err);

#endif
