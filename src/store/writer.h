/* writer.h - whoever writes, one after the other, over the one connection that writes.
 * A caller brings a job. If nobody writes, he runs it himself, as a transaction. Else he queues it
 * and waits; the writer's thread takes all jobs that wait, runs each in a savepoint of one
 * transaction, commits once, and wakes the callers. The job borrows the caller's memory meanwhile.
 * Why this is safe is argued in writer.c and committer.c, and how processes take turns in the former. */
#ifndef KITH_STORE_WRITER_H
#define KITH_STORE_WRITER_H

#include "base/arena.h"
#include "os/call_limit.h"
#include "os/directory_turn.h"
#include "store/sql.h"

typedef struct writer writer;

enum { WRITER_CHECK_MS = 10 };

/* What a job works with; the job's alone while it runs. */
typedef struct writing {
    connection *connection;
    arena arena; /* empty at the start of each job */
    /* Row numbers that were taken for points and not used yet, by this job or by one before it
       (numbers.c). */
    uint64_t next_row;
    uint32_t rows_left;
    /* Set between change_begin() and change_end(), to assert that rows are written in between. */
    bool in_change;
    uint64_t change_sequence; /* of that change */
    uint64_t id;              /* random, not 0: which store makes these changes (sequence.c) */
} writing;

/* Runs inside a transaction, in the thread of its caller or in the writer's, one job at a time. It
 * may run more than once, when the failure of another job of its group rolled the whole transaction
 * back: it must keep nothing in `context` that a second run would not write again. A status other
 * than KITH_OK undoes all that it wrote. It calls no function of the store that waits for the
 * writer. */
typedef kith_status (*write_work)(writing *w, void *context, kith_error *err);

typedef struct writer_options {
    /* Called once a job, in the thread of its call, when it has waited for a second for another
     * process; NULL: nobody is told. */
    void (*on_wait)(void *context);
    void *context;
} writer_options;

/* Takes ownership of `c` on success only; `turn` is borrowed until writer_stop(). Waits for no
 * other process. Before the first job runs, all that a former process left in the log is moved into
 * the database.
 * Errors: KITH_ERR_NO_MEMORY (or no thread could be started), KITH_ERR_IO, KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status writer_start(connection *c, directory_turn *turn,
                                      const writer_options *options, writer **out, kith_error *err);
/* Runs what is queued, checkpoints, closes the connection and frees; accepts NULL. No thread may
 * call writer_run() any more. The log is removed when the checkpoint succeeded and no other process
 * has the database open; when another process has its turn, the log is left to it.
 * Errors: KITH_ERR_IO (a sync failed, now or earlier), KITH_ERR_CORRUPT: the database is closed,
 * and the log that stays holds what the checkpoint did not move. */
KITH_CHECKED kith_status writer_stop(writer *w, kith_error *err);

/* writing.id. Any thread. */
uint64_t writer_id(const writer *w);

/* Any thread, but not inside a job. Runs the job, or queues it and waits until it is committed or
 * has failed.
 * KITH_OK: the job's changes are on disk, and every snapshot taken from now on has them.
 * Errors: KITH_ERR_INVALID when `w` is NULL, that of a store opened for reading only;
 * KITH_ERR_BUSY when other processes left this one no turn; what `work` returned; what BEGIN or
 * COMMIT failed with (KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_NO_MEMORY,
 * KITH_ERR_CORRUPT); KITH_ERR_IO for every job after a failed sync, and while kith.db or the lock is
 * not where it was opened: what is written then would be lost with the last process that has the
 * file open. Nothing of the job is visible then; only after a failed sync may it be, once the store
 * was opened again. */
KITH_CHECKED kith_status writer_run(writer *w, write_work work, void *context, kith_error *err);
/* writer_run() that waits for others no longer than the call may take: the limit is checked in this
 * thread, before the job and each WRITER_CHECK_MS while it waits. A job that has begun is not ended.
 * limit  NULL: none
 * Errors: also KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT; the job was not run then, and never will be. */
KITH_CHECKED kith_status writer_run_within(writer *w, write_work work, void *context,
                                           const call_limit *limit, kith_error *err);
/* writer_run() for what may be left undone, always by the writer's thread: KITH_ERR_BUSY at once
 * when another process has its turn, and when `w` is NULL. */
KITH_CHECKED kith_status writer_try(writer *w, write_work work, void *context, kith_error *err);

/* What becomes of a posted job's context, and how the job ended. */
typedef void (*write_release)(void *context, kith_status status);
/* writer_try() without waiting for the outcome, which nobody learns: for what may be lost. `context`
 * is given to `release` once the job has run, failed or could not be queued, in any thread;
 * `release` does not call the store. */
void writer_post(writer *w, write_work work, void *context, write_release release);

#endif
