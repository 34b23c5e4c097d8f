/* committer.h - jobs as transactions over the one connection that writes, and the checkpoints of its log. One thread at
 * a time has it (writer.busy), and calls all of this between transactions; what writes to the database or its log only in
 * its process's turn (os/directory_turn.h).
 *
 * Invariants:
 * (1) A job that fails leaves nothing, and the others of its group do not suffer from it.
 * (2) After a failed sync nothing is written until the store is opened again.
 * (3) Between groups the connection is in no transaction.
 * committer.c argues for the first two. */
#ifndef KITH_STORE_COMMITTER_H
#define KITH_STORE_COMMITTER_H

#include "store/writer.h"

#include <pthread.h>

typedef struct write_job {
    write_work work;
    void *context;
    kith_error *err;
    kith_status status;
    bool failed; /* `status` is final; of whoever is busy, until finished */
    struct write_job *next;

    /* For writer.c. */
    bool finished;         /* guarded by writer.lock */
    bool at_once;          /* fails rather than wait for another process */
    write_release release; /* of a posted job, for which nobody waits; else NULL */
    pthread_cond_t done;   /* unless it is posted */
} write_job;

typedef struct committer {
    writing state;
    uint32_t data_version;  /* of the database after the last commit */
    bool poisoned;          /* a sync failed */
    bool had_turn;          /* what a former process left in the log was looked after */
    int checkpointed_pages; /* length of the log at the last checkpoint */
    int restarted_pages;    /* and when readers were waited for last; 0: not yet */
} committer;

/* Waits for nobody and writes nothing; the connection stays the caller's. committer_done follows, also after a failure.
 * Errors: KITH_ERR_IO (no random bytes), KITH_ERR_NO_MEMORY, KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status committer_init(committer *w, connection *c, kith_error *err);
void committer_done(committer *w);

/* Ends a job that has not failed yet; why NULL: job->err has the message. */
void write_job_fail(write_job *job, kith_status status, const kith_error *why);
/* The same for all of a group that have not failed yet. */
void write_jobs_fail(write_job *group, kith_status status, const kith_error *why);

/* Runs the job, whose next is NULL, as the whole transaction. It has failed then, or its changes are on disk. */
void committer_run_alone(committer *w, write_job *job);
/* Runs several jobs, a savepoint each; each has failed then, or its changes are on disk. */
void committer_run_together(committer *w, write_job *group);

/* The log has grown enough since the last checkpoint. Writes nothing: it needs no turn. */
bool committer_is_checkpoint_due(committer *w);
/* Moves the log into the database then, waiting for readers for 100 ms at most. A failure is not reported to anyone,
 * since nothing is lost: the next group tries again, unless a sync failed. */
void committer_checkpoint_when_due(committer *w);
/* The log is emptied, or, while readers use it, has nothing left that is not in the database.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status committer_move_log(committer *w, kith_error *err);
/* Verifies what a former process left in the log, and moves it, once. A log that is damaged is left as it is.
 * Errors: those of committer_move_log but a disk that is full. */
KITH_CHECKED kith_status committer_move_log_left(committer *w, kith_error *err);

#endif
