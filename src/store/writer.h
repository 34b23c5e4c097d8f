/* writer.h - the thread that owns the one connection that writes.
 * Callers queue a job and wait; the job borrows their memory meanwhile. The writer takes all that
 * wait, runs each in a savepoint of one transaction, commits once, and wakes them. */
#ifndef KITH_STORE_WRITER_H
#define KITH_STORE_WRITER_H

#include "base/arena.h"
#include "os/directory_lock.h"
#include "store/connection.h"

typedef struct writer writer;

/* What a job works with; the writer thread's alone. */
typedef struct writing {
    connection *connection;
    arena arena;                          /* empty at the start of each job */
    uint64_t last_collection, last_point; /* the highest numbers given so far; gaps are fine */
} writing;

/* May run more than once, when another job of its group sank the transaction: it keeps no state
 * from one run to the next. */
typedef kith_status (*write_work)(writing *w, void *context, kith_error *err);

/* Takes the connection over, on success only. First moves what a former process left in the log
 * into the database. */
KITH_CHECKED kith_status writer_start(connection *c, writer **out, kith_error *err);
/* Has the lock checked before each group; borrowed until writer_stop(). Call it before the first
 * job. */
void writer_set_lock(writer *w, const directory_lock *lock);
/* Runs what is queued, checkpoints, closes the connection, frees. Accepts NULL. */
KITH_CHECKED kith_status writer_stop(writer *w, kith_error *err);

/* Any thread. KITH_OK: the job's changes are on disk. Otherwise they are not visible: the job's own
 * status, or that of the commit. After a failed sync every later job fails with KITH_ERR_IO, and so
 * does each while kith.db or the lock is not where it was opened: what is written then would be
 * lost with the last process that has the file open. */
KITH_CHECKED kith_status writer_run(writer *w, write_work work, void *context, kith_error *err);

#endif
