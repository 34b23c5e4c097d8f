/* committer.c - runs a group of jobs as one transaction. The numbers are those of committer.h.
 *
 * On (1): savepoints. A job that is alone in its group has the transaction to itself, which is
 * rolled back when the job fails; a savepoint would have SQLite copy each page before its first
 * change. In a group of several each job runs in the savepoint `job`. When it fails, ROLLBACK TO
 * undoes what it wrote and RELEASE drops the savepoint, so that the next job starts from what the
 * jobs before it left. Some failures do more: on SQLITE_FULL, SQLITE_IOERR or SQLITE_NOMEM SQLite
 * may roll the whole transaction back, and then the work of the jobs before is lost too, though
 * none of them is to blame. The group is then run again from its first job without the one that
 * failed, which has its status already. Each round takes one job more out, so the rounds end. This
 * is why a job must be able to run twice (write_work). When undoing itself fails, the transaction
 * is rolled back by hand, with the same consequence; the statements for it are prepared beforehand,
 * since memory may be what failed.
 *
 * A COMMIT that fails takes the group with it: its jobs get the status of the COMMIT. Those that
 * had failed before keep their own.
 *
 * On (2): poisoning. When fsync() fails, Linux may mark the pages that it could not write as clean.
 * A second fsync() then finds nothing to do and reports success, while the data never reached the
 * disk (the "fsyncgate" of PostgreSQL, 2018). So a COMMIT that is tried again after a failed sync,
 * and the commits after it, which rest on the same log, would be acknowledged without being there.
 * The writer refuses them all with KITH_ERR_IO. Reading goes on: SQLite publishes a commit to
 * readers only after its sync, so that they see the state before. Whether the failed group is on
 * the disk is unknown until the log is read again from there: opening does that, believes the
 * frames whose checksums hold, and moves them into the database before anything is appended
 * (writer_start). The failed group is then there whole, or not at all.
 *
 * Checkpoints. SQLite's own are off (wal_autocheckpoint, and on close). A checkpoint that fails loses nothing, since
 * the log still has all; a failed sync in it poisons. The first turn of a process begins with one, so that what a
 * former process left in the log is in the database, synced, before anything is appended. On a full disk there may be
 * no room for it; that is no reason to refuse the group, which may be the deletion that makes room. */
#include "store/committer.h"

#include "os/random.h"
#include "store/sqlite_log.h"
#include "store/sqlite_log_verify.h"

enum {
    CHECKPOINT_PAGES = 4096, /* 32 MiB of log */
    /* A passive checkpoint lets the log start over only when no reader uses it at the next commit.
       Where several read at any time that is rare, so it is tried often: there is little to move. */
    RETRY_PAGES = 256,
    /* With readers that overlap without end there is no such moment: from this size on it is waited
       for, each time that the log has grown by CHECKPOINT_PAGES. */
    RESTART_PAGES = 2 * CHECKPOINT_PAGES,
    RESTART_WAIT_MS = 100
};

/* Looks whether the statement that has just failed did so in a sync. */
static void poison_after_failed_sync(committer *w)
{
    if (connection_failed_in_sync(w->state.connection)) w->poisoned = true;
}

/* Row numbers that a job has taken are given back with all else that it did, and nobody can tell
 * any more which of them are: so none is kept. */
static void drop_rows(committer *w)
{
    w->state.rows_left = 0;
}

void write_job_fail(write_job *job, kith_status status, const kith_error *why)
{
    CHECK(!job->failed && status != KITH_OK);
    job->failed = true;
    job->status = status;
    if (job->err && why) *job->err = *why;
}

void write_jobs_fail(write_job *group, kith_status status, const kith_error *why)
{
    for (write_job *job = group; job; job = job->next)
        if (!job->failed) write_job_fail(job, status, why);
}

static bool in_transaction(const committer *w)
{
    return connection_in_transaction(w->state.connection);
}

static void roll_back(committer *w)
{
    drop_rows(w);
    if (!in_transaction(w)) return;
    kith_status status = connection_execute(w->state.connection, ROLLBACK, NULL);
    CHECK(status == KITH_OK || !in_transaction(w));
}

static kith_status do_work(committer *w, write_job *job)
{
    CHECK(in_transaction(w));
    arena_reset(&w->state.arena);
    w->state.in_change = false; /* a job that failed may have left its change open */
    kith_status status = job->work(&w->state, job->context, job->err);
    CHECK(status != KITH_OK || !w->state.in_change);
    return status;
}

/* Runs the job in its savepoint. False when the whole transaction was rolled back. */
static bool run_job(committer *w, write_job *job)
{
    connection *c = w->state.connection;
    CHECK(in_transaction(w));
    kith_status status = connection_execute(c, JOB_BEGIN, job->err);
    if (status == KITH_OK) status = do_work(w, job);
    if (status == KITH_OK) status = connection_execute(c, JOB_RELEASE, job->err);
    if (status == KITH_OK) return true;
    poison_after_failed_sync(w);
    drop_rows(w);
    write_job_fail(job, status, NULL);
    if (!in_transaction(w)) return false;
    kith_status undone = connection_execute(c, JOB_ROLL_BACK, NULL);
    if (undone == KITH_OK) undone = connection_execute(c, JOB_RELEASE, NULL);
    if (undone != KITH_OK) roll_back(w);
    return undone == KITH_OK;
}

/* Runs all that have not failed yet. False when the transaction was rolled back under them. */
static bool run_jobs(committer *w, write_job *group)
{
    for (write_job *job = group; job; job = job->next)
        if (!job->failed && !run_job(w, job)) return false;
    return true;
}

/* Whether a commit would be worth anything. */
static kith_status check_in_place(const committer *w, kith_error *err)
{
    if (connection_in_place(w->state.connection)) return KITH_OK;
    return fail(err, KITH_ERR_IO,
                "kith.db was deleted, moved or replaced while it was in use: nothing more is "
                "written");
}

static kith_status begin_group(committer *w, kith_error *err)
{
    if (w->poisoned)
        return fail(
            err, KITH_ERR_IO,
            "a sync to disk failed before: nothing is written until the store is opened again");
    kith_status status = check_in_place(w, err);
    if (status == KITH_OK) status = connection_execute(w->state.connection, BEGIN_WRITING, err);
    if (status == KITH_OK && connection_data_version(w->state.connection) != w->data_version)
        drop_rows(w); /* somebody else has committed, and may have put points */
    return status;
}

/* A group that has changed no row is no transaction for SQLite, and needs no mark. */
static kith_status commit(committer *w, int64_t changes_before, kith_error *err)
{
    connection *c = w->state.connection;
    kith_status status = KITH_OK;
    if (connection_rows_changed(c) != changes_before) status = log_mark(c, err);
    if (status == KITH_OK) status = connection_execute(c, COMMIT, err);
    w->data_version = connection_data_version(c);
    return status;
}

void committer_run_alone(committer *w, write_job *job)
{
    CHECK(!in_transaction(w) && !job->next);
    int64_t changes = connection_rows_changed(w->state.connection);
    kith_status status = begin_group(w, job->err);
    if (status == KITH_OK) {
        status = do_work(w, job);
        if (status == KITH_OK) status = commit(w, changes, job->err);
        if (status != KITH_OK) poison_after_failed_sync(w);
        if (status != KITH_OK) roll_back(w);
    }
    if (status != KITH_OK) write_job_fail(job, status, NULL);
    CHECK(!in_transaction(w));
}

void committer_run_together(committer *w, write_job *group)
{
    kith_error why = {0};
    kith_status status = KITH_OK;
    int64_t changes = 0;
    do {
        CHECK(!in_transaction(w));
        changes = connection_rows_changed(w->state.connection);
        status = begin_group(w, &why);
        if (status != KITH_OK) {
            write_jobs_fail(group, status, &why);
            return;
        }
    } while (!run_jobs(w, group)); /* false only when one job more has failed, so this ends */
    status = commit(w, changes, &why);
    if (status != KITH_OK) {
        poison_after_failed_sync(w);
        roll_back(w);
        write_jobs_fail(group, status, &why);
    }
    CHECK(!in_transaction(w));
}

/* ---- checkpoints ---- */

/* Waits for readers for RESTART_WAIT_MS at most: KITH_ERR_BUSY says that they kept part of the log
 * in use. */
static kith_status checkpoint(committer *w, checkpoint_mode mode, kith_error *err)
{
    kith_status status = connection_checkpoint(w->state.connection, mode, RESTART_WAIT_MS, err);
    if (status != KITH_OK) poison_after_failed_sync(w);
    return status;
}

bool committer_is_checkpoint_due(committer *w)
{
    CHECK(!in_transaction(w));
    int pages = connection_log_pages(w->state.connection);
    if (pages < w->checkpointed_pages) w->checkpointed_pages = w->restarted_pages = 0; // anew
    int wanted = w->checkpointed_pages < CHECKPOINT_PAGES ? CHECKPOINT_PAGES : RETRY_PAGES;
    return !w->poisoned && pages - w->checkpointed_pages >= wanted;
}

void committer_checkpoint_when_due(committer *w)
{
    if (!committer_is_checkpoint_due(w)) return;
    int pages = connection_log_pages(w->state.connection);
    bool restart = pages >= RESTART_PAGES && pages - w->restarted_pages >= CHECKPOINT_PAGES;
    kith_status status = checkpoint(w, restart ? CHECKPOINT_RESTART : CHECKPOINT_PASSIVE, NULL);
    if (status == KITH_OK || status == KITH_ERR_BUSY) w->checkpointed_pages = pages;
    if (restart && status == KITH_ERR_BUSY) w->restarted_pages = pages;
}

kith_status committer_move_log(committer *w, kith_error *err)
{
    kith_status status = checkpoint(w, CHECKPOINT_TRUNCATE, err);
    return status == KITH_ERR_BUSY ? KITH_OK : status;
}

kith_status committer_move_log_left(committer *w, kith_error *err)
{
    if (w->had_turn) return KITH_OK;
    const char *path = connection_path(w->state.connection);
    kith_status status = log_verify(path, CONNECTION_READER, err);
    if (status != KITH_OK) return status;
    status = committer_move_log(w, err);
    if (status == KITH_ERR_FULL && !w->poisoned) status = KITH_OK;
    w->had_turn = status == KITH_OK;
    return status;
}

/* What undoes a job or a group must not fail for want of memory. */
static kith_status prepare_to_undo(connection *c, kith_error *err)
{
    static const statement_id ids[] = {JOB_ROLL_BACK, JOB_RELEASE, ROLLBACK};
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < sizeof ids / sizeof ids[0]; i++)
        status = connection_prepare(c, ids[i], err);
    return status;
}

kith_status committer_init(committer *w, connection *c, kith_error *err)
{
    *w = (committer){.state = {.connection = c}};
    arena_init(&w->state.arena, 0);
    kith_status status = random_bytes(&w->state.id, sizeof w->state.id, err);
    if (w->state.id == 0) w->state.id = 1; /* 0 means that a writer is not known */
    return status == KITH_OK ? prepare_to_undo(c, err) : status;
}

void committer_done(committer *w)
{
    arena_done(&w->state.arena);
}
