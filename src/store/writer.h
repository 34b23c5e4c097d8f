/* writer.h - the thread that owns the one connection that writes.
 * Callers queue a job and wait; the job borrows their memory meanwhile. The writer takes all jobs
 * that wait, runs each in a savepoint of one transaction, commits once, and wakes the callers. Why
 * this is safe is argued in writer.c. */
#ifndef KITH_STORE_WRITER_H
#define KITH_STORE_WRITER_H

#include "base/arena.h"
#include "os/directory_lock.h"
#include "store/connection.h"

typedef struct writer writer;

/* What a job works with; the writer thread's alone. */
typedef struct writing {
    connection *connection;
    arena arena; /* empty at the start of each job */
    /* The highest numbers taken so far. A rollback does not take them back, so that a number may
       never be used; it is never used twice. */
    uint64_t last_collection, last_point;
    /* Set between change_begin() and change_end(), to assert that rows are written in between. */
    bool in_change;
    uint64_t change_sequence; /* of that change */
} writing;

/* Runs on the writer's thread, inside a savepoint. It may run more than once, when the failure of
 * another job of its group rolled the whole transaction back: it must keep nothing in `context`
 * that a second run would not write again. A status other than KITH_OK undoes all that it wrote. It
 * calls no function of the store that waits for the writer. */
typedef kith_status (*write_work)(writing *w, void *context, kith_error *err);

/* Takes ownership of `c` on success only. Before the thread starts, all that a former process left
 * in the log is moved into the database.
 * Errors: KITH_ERR_NO_MEMORY (or no thread could be started), and of the checkpoint KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status writer_start(connection *c, writer **out, kith_error *err);
/* Has the lock checked before each group; borrowed until writer_stop(). Call it before the first
 * job. */
void writer_set_lock(writer *w, const directory_lock *lock);
/* Runs what is queued, checkpoints, closes the connection and frees; accepts NULL. No thread may
 * call writer_run() any more. The log is removed when the checkpoint succeeded.
 * Errors: KITH_ERR_IO (a sync failed, now or earlier), KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT: the database is closed, and the log that stays holds what the checkpoint did
 * not move. */
KITH_CHECKED kith_status writer_stop(writer *w, kith_error *err);

/* Any thread but the writer's. Queues the job and waits until it is committed or has failed.
 * KITH_OK: the job's changes are on disk, and every snapshot taken from now on has them.
 * Errors: what `work` returned; what BEGIN or COMMIT failed with (KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_NO_MEMORY, KITH_ERR_CORRUPT); KITH_ERR_IO for every job after a failed
 * sync, and while kith.db or the lock is not where it was opened: what is written then would be lost
 * with the last process that has the file open. Nothing of the job is visible then; only after a failed sync may it be, once the store was
 * opened again. */
KITH_CHECKED kith_status writer_run(writer *w, write_work work, void *context, kith_error *err);

#endif
