/* writer.c - group commit.
 *
 * A commit costs a sync of the disk, milliseconds, whatever it holds. So callers queue, and the
 * writer takes all that wait into one transaction: while one group is being synced the next one
 * gathers. A group of one costs what it would cost without the queue.
 *
 * Invariants:
 * (1) A job is reported KITH_OK only after a COMMIT that holds its changes has returned.
 * (2) A job that fails leaves nothing, and the others of its group do not suffer from it.
 * (3) After a failed sync nothing is written until the store is opened again.
 * (4) Between groups the connection is in no transaction.
 *
 * On (2): savepoints. Each job runs in the savepoint `job`. When it fails, ROLLBACK TO undoes what
 * it wrote and RELEASE drops the savepoint, so that the next job starts from what the jobs before
 * it left. Some failures do more: on SQLITE_FULL, SQLITE_IOERR or SQLITE_NOMEM SQLite may roll the
 * whole transaction back, and then the work of the jobs before is lost too, though none
 * of them is to blame. The group is then run again from its first job without the one that failed,
 * which has its status already. Each round takes one job more out, so the rounds end. This is why
 * a job must be able to run twice (write_work). When undoing itself fails, the transaction is
 * rolled back by hand, with the same consequence; the statements for it are prepared beforehand,
 * since memory may be what failed.
 *
 * A COMMIT that fails takes the group with it: its jobs get the status of the COMMIT. Those that
 * had failed before keep their own.
 *
 * On (3): poisoning. When fsync() fails, Linux may mark the pages that it could not write as clean.
 * A second fsync() then finds nothing to do and reports success, while the data never reached the
 * disk (the "fsyncgate" of PostgreSQL, 2018). So a COMMIT that is tried again after a failed sync,
 * and the commits after it, which rest on the same log, would be acknowledged without being there.
 * The writer refuses them all with KITH_ERR_IO. Reading goes on: SQLite publishes a commit to
 * readers only after its sync, so that they see the state before. Whether the failed group is on
 * the disk is unknown until the log is read again from there: opening does that, believes the
 * frames whose checksums hold, and moves them into the database before anything is appended
 * (writer_start). The failed group is then there whole, or not at all.
 *
 * Checkpoints. SQLite's own are off (wal_autocheckpoint, and on close): the writer moves the log
 * into the database after it has woken the callers, so that nobody waits for that, and no second
 * connection ever checkpoints. Two that do can meet in the log-reset race of SQLite before 3.51.3.
 * A checkpoint that fails loses nothing, since the log still has all; a failed sync in it poisons.
 *
 * State of a job: waiting -> running -> (failed | kept) -> finished. A job that is kept when its
 * transaction is rolled back is running again; failed is final. */
#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
    CHECKPOINT_PAGES = 4096, /* 32 MiB of log */
    /* A passive checkpoint lets the log start over only when no reader uses it. With readers
       that overlap without end there is no such moment: from this size on it is waited for. */
    RESTART_PAGES = 8 * CHECKPOINT_PAGES,
    RESTART_WAIT_MS = 100
};

typedef struct write_job {
    write_work work;
    void *context;
    kith_error *err;
    kith_status status;
    bool failed;   /* `status` is final; the writer thread's until finished */
    bool finished; /* guarded by writer.lock */
    pthread_cond_t done;
    struct write_job *next;
} write_job;

struct writer {
    pthread_t thread;
    pthread_mutex_t lock; /* guards the queue and `stopping` */
    pthread_cond_t wake;
    write_job *first, **last; /* the queue; *last is where the next job is linked in */
    bool stopping;

    /* The writer thread's alone; once it was joined, those of the thread in writer_stop(). */
    writing state;
    const directory_lock *ownership; /* of the data directory; NULL: none to check */
    bool poisoned;                   /* a sync failed */
    int log_pages;                   /* length of the log after the newest commit */
    int checkpointed_pages;          /* its length at the last checkpoint */
};

/* SQLite calls this after each commit. */
static int count_log_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((writer *)context)->log_pages = pages;
    return SQLITE_OK;
}

/* Looks whether the statement that has just failed did so in a sync. */
static void poison_after_failed_sync(writer *w)
{
    int rc = sqlite3_extended_errcode(w->state.connection->db);
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC) w->poisoned = true;
}

/* ---- one group ---- */

static void fail_job(write_job *job, kith_status status, const kith_error *why)
{
    CHECK(!job->failed && status != KITH_OK);
    job->failed = true;
    job->status = status;
    if (job->err && why) *job->err = *why;
}

static void fail_all(write_job *group, kith_status status, const kith_error *why)
{
    for (write_job *job = group; job; job = job->next)
        if (!job->failed) fail_job(job, status, why);
}

static bool in_transaction(const writer *w)
{
    return sqlite3_get_autocommit(w->state.connection->db) == 0;
}

static void roll_back(writer *w)
{
    if (!in_transaction(w)) return;
    kith_status status = connection_execute(w->state.connection, ROLLBACK, NULL);
    CHECK(status == KITH_OK || !in_transaction(w));
}

/* Runs the job in its savepoint. False when the whole transaction was rolled back. */
static bool run_job(writer *w, write_job *job)
{
    connection *c = w->state.connection;
    CHECK(in_transaction(w));
    kith_status status = connection_execute(c, JOB_BEGIN, job->err);
    if (status == KITH_OK) {
        arena_reset(&w->state.arena);
        w->state.in_change = false; /* a job that failed may have left its change open */
        status = job->work(&w->state, job->context, job->err);
        CHECK(status != KITH_OK || !w->state.in_change);
        if (status == KITH_OK) status = connection_execute(c, JOB_RELEASE, job->err);
    }
    if (status == KITH_OK) return true;
    poison_after_failed_sync(w);
    fail_job(job, status, NULL);
    if (!in_transaction(w)) return false;
    kith_status undone = connection_execute(c, JOB_ROLL_BACK, NULL);
    if (undone == KITH_OK) undone = connection_execute(c, JOB_RELEASE, NULL);
    if (undone != KITH_OK) roll_back(w);
    return undone == KITH_OK;
}

/* Runs all that have not failed yet. False when the transaction was rolled back under them. */
static bool run_jobs(writer *w, write_job *group)
{
    for (write_job *job = group; job; job = job->next)
        if (!job->failed && !run_job(w, job)) return false;
    return true;
}

/* Whether a commit would be worth anything. */
static kith_status check_writable(const writer *w, kith_error *err)
{
    int has_moved = 0;
    if (w->poisoned)
        return fail(
            err, KITH_ERR_IO,
            "a sync to disk failed before: nothing is written until the store is opened again");
    (void)sqlite3_file_control(w->state.connection->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (has_moved)
        return fail(err, KITH_ERR_IO,
                    "kith.db was deleted, moved or replaced while it was in use: nothing more is "
                    "written");
    return w->ownership ? directory_lock_check(w->ownership, err) : KITH_OK;
}

static void run_group(writer *w, write_job *group)
{
    kith_error why = {0};
    kith_status status = KITH_OK;
    do {
        CHECK(!in_transaction(w));
        status = check_writable(w, &why);
        if (status == KITH_OK)
            status = connection_execute(w->state.connection, BEGIN_WRITING, &why);
        if (status != KITH_OK) {
            fail_all(group, status, &why);
            return;
        }
    } while (!run_jobs(w, group)); /* false only when one job more has failed, so this ends */
    status = connection_execute(w->state.connection, COMMIT, &why);
    if (status != KITH_OK) {
        poison_after_failed_sync(w);
        roll_back(w);
        fail_all(group, status, &why);
    }
    CHECK(!in_transaction(w));
}

/* ---- checkpoints ---- */

static kith_status checkpoint(writer *w, int mode, kith_error *err)
{
    connection *c = w->state.connection;
    int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, NULL, NULL);
    if (rc == SQLITE_OK) return KITH_OK;
    kith_status status = connection_fail(c, rc, err);
    poison_after_failed_sync(w);
    return status;
}

/* A failure is not reported to anyone, since nothing is lost: the next group tries again, unless a
 * sync failed. KITH_ERR_BUSY says that readers kept part of the log in use; it counts as done, so
 * that not every group tries. */
static void checkpoint_when_due(writer *w)
{
    CHECK(!in_transaction(w));
    if (w->log_pages < w->checkpointed_pages) w->checkpointed_pages = 0; /* it started over */
    if (w->poisoned || w->log_pages - w->checkpointed_pages < CHECKPOINT_PAGES) return;
    bool restart = w->log_pages >= RESTART_PAGES;
    sqlite3 *db = w->state.connection->db;
    if (restart) (void)sqlite3_busy_timeout(db, RESTART_WAIT_MS);
    kith_status status =
        checkpoint(w, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL);
    if (restart) (void)sqlite3_busy_timeout(db, CONNECTION_WAIT_MS);
    if (status == KITH_OK || status == KITH_ERR_BUSY) w->checkpointed_pages = w->log_pages;
}

/* ---- the thread ---- */

/* Waits for jobs and takes all; NULL when the writer is to stop and none is left. */
static write_job *take_group(writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    while (!w->first && !w->stopping)
        (void)pthread_cond_wait(&w->wake, &w->lock);
    write_job *group = w->first;
    w->first = NULL;
    w->last = &w->first;
    (void)pthread_mutex_unlock(&w->lock);
    return group;
}

static void finish_group(writer *w, write_job *group)
{
    (void)pthread_mutex_lock(&w->lock);
    while (group) {
        write_job *next = group->next;
        group->finished = true; /* its caller may return, and the job cease to exist, any time
                                   after the lock is released */
        (void)pthread_cond_signal(&group->done);
        group = next;
    }
    (void)pthread_mutex_unlock(&w->lock);
}

static void *writer_main(void *context)
{
    writer *w = context;
    for (write_job *group = take_group(w); group; group = take_group(w)) {
        run_group(w, group);
        finish_group(w, group);
        checkpoint_when_due(w);
    }
    return NULL;
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

/* With all signals blocked: they are delivered to the program's own threads. */
static int start_thread(writer *w)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&w->thread, NULL, writer_main, w);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

kith_status writer_start(connection *c, writer **out, kith_error *err)
{
    writer *w = calloc(1, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the writer");
    w->state.connection = c;
    w->last = &w->first;
    arena_init(&w->state.arena, 0);
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->wake, NULL);
    (void)sqlite3_wal_hook(c->db, count_log_pages, w);
    kith_status status = checkpoint(w, SQLITE_CHECKPOINT_TRUNCATE, err);
    if (status == KITH_OK)
        status = connection_number(c, LAST_COLLECTION, &w->state.last_collection, err);
    if (status == KITH_OK) status = connection_number(c, LAST_POINT, &w->state.last_point, err);
    if (status == KITH_OK) status = prepare_to_undo(c, err);
    if (status == KITH_OK && start_thread(w) != 0)
        status = fail(err, KITH_ERR_NO_MEMORY, "cannot start the writer's thread");
    if (status == KITH_OK) {
        *out = w;
        return KITH_OK;
    }
    (void)sqlite3_wal_hook(c->db, NULL, NULL);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
    return status;
}

void writer_set_lock(writer *w, const directory_lock *lock)
{
    w->ownership = lock;
}

kith_status writer_stop(writer *w, kith_error *err)
{
    if (!w) return KITH_OK;
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    CHECK(!w->first); /* else a caller of writer_run() would wait for ever */

    kith_status status = KITH_OK;
    if (w->poisoned)
        status = fail(err, KITH_ERR_IO, "a sync to disk failed while the store was open");
    else
        status = checkpoint(w, SQLITE_CHECKPOINT_TRUNCATE, err);
    connection_close(w->state.connection, status == KITH_OK);
    arena_done(&w->state.arena);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
    return status;
}

kith_status writer_run(writer *w, write_work work, void *context, kith_error *err)
{
    write_job job = {.work = work, .context = context, .err = err, .status = KITH_OK};
    (void)pthread_cond_init(&job.done, NULL);
    (void)pthread_mutex_lock(&w->lock);
    CHECK(!w->stopping);
    *w->last = &job;
    // cppcheck-suppress autoVariables ; the writer does not touch the job once it is finished
    w->last = &job.next;
    (void)pthread_cond_signal(&w->wake);
    while (!job.finished)
        (void)pthread_cond_wait(&job.done, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_cond_destroy(&job.done);
    return job.status;
}
