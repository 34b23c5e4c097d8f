/* writer.c - group commit.
 * Invariants: (1) a job is reported KITH_OK only after a COMMIT with its changes returned; (2) a
 * job that fails leaves nothing: its savepoint is undone, and when its failure took the whole
 * transaction with it (a full disk does), the others are run again without it; (3) after a failed
 * sync nothing is written any more, since the kernel may have dropped the pages and called them
 * clean: what a second sync says is worth nothing. Reopening reads the log again and moves it into
 * the database before anything is appended to it.
 *
 * Checkpoints are the writer's too, after the callers were woken: the log-reset race of SQLite
 * before 3.51.3 needs two connections.
 *
 * State of a job: waiting -> (settled with its own failure | kept) -> finished. */
#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
    CHECKPOINT_PAGES = 4096, /* 32 MiB of log */
    /* Readers that overlap without end keep a passive checkpoint from starting the log over; then
       wait for them, a little. */
    RESTART_PAGES = 8 * CHECKPOINT_PAGES,
    RESTART_WAIT_MS = 100
};

typedef struct write_job {
    write_work work;
    void *context;
    kith_error *err;
    kith_status status;
    bool settled;  /* failed on its own; the writer's until finished */
    bool finished; /* guarded by writer.lock */
    pthread_cond_t done;
    struct write_job *next;
} write_job;

struct writer {
    pthread_t thread;
    pthread_mutex_t lock; /* guards the four fields that follow */
    pthread_cond_t wake;
    write_job *first, **last;
    bool stopping;

    /* The writer thread's alone; after the join, the caller's of writer_stop(). */
    writing state;
    const directory_lock *ownership; /* of the data directory; NULL: none to check */
    bool poisoned;
    int log_pages;     /* after the newest commit */
    int settled_pages; /* of them, at the last checkpoint */
};

static int count_log_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((writer *)context)->log_pages = pages;
    return SQLITE_OK;
}

static void note_failure(writer *w)
{
    int rc = sqlite3_extended_errcode(w->state.connection->db);
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC) w->poisoned = true;
}

/* ---- one group ---- */

static void settle(write_job *job, kith_status status, const kith_error *why)
{
    job->settled = true;
    job->status = status;
    if (job->err && why) *job->err = *why;
}

static void settle_all(write_job *group, kith_status status, const kith_error *why)
{
    for (write_job *job = group; job; job = job->next)
        if (!job->settled) settle(job, status, why);
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

/* Runs the job in its savepoint. False when the transaction is gone. */
static bool run_job(writer *w, write_job *job)
{
    connection *c = w->state.connection;
    kith_status status = connection_execute(c, JOB_BEGIN, job->err);
    if (status == KITH_OK) {
        arena_reset(&w->state.arena);
        status = job->work(&w->state, job->context, job->err);
        if (status == KITH_OK) status = connection_execute(c, JOB_KEEP, job->err);
    }
    if (status == KITH_OK) return true;
    note_failure(w);
    settle(job, status, NULL);
    if (!in_transaction(w)) return false;
    kith_status undone = connection_execute(c, JOB_UNDO, NULL);
    if (undone == KITH_OK) undone = connection_execute(c, JOB_KEEP, NULL);
    if (undone != KITH_OK) roll_back(w);
    return undone == KITH_OK;
}

/* True when every job ran and the transaction stands. */
static bool run_jobs(writer *w, write_job *group)
{
    for (write_job *job = group; job; job = job->next)
        if (!job->settled && !run_job(w, job)) return false;
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
        status = check_writable(w, &why);
        if (status == KITH_OK)
            status = connection_execute(w->state.connection, BEGIN_WRITING, &why);
        if (status != KITH_OK) {
            settle_all(group, status, &why);
            return;
        }
    } while (!run_jobs(w, group)); /* each round settles one job more */
    status = connection_execute(w->state.connection, COMMIT, &why);
    if (status == KITH_OK) return;
    note_failure(w);
    roll_back(w);
    settle_all(group, status, &why);
}

/* ---- checkpoints ---- */

static kith_status checkpoint(writer *w, int mode, kith_error *err)
{
    connection *c = w->state.connection;
    int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, NULL, NULL);
    if (rc == SQLITE_OK) return KITH_OK;
    kith_status status = connection_fail(c, rc, err);
    note_failure(w);
    return status;
}

/* A failure here loses nothing, since the log still has all: the next round tries again, unless a
 * sync failed. */
static void checkpoint_when_due(writer *w)
{
    if (w->log_pages < w->settled_pages) w->settled_pages = 0; /* the log was started over */
    if (w->poisoned || w->log_pages - w->settled_pages < CHECKPOINT_PAGES) return;
    bool restart = w->log_pages >= RESTART_PAGES;
    sqlite3 *db = w->state.connection->db;
    if (restart) (void)sqlite3_busy_timeout(db, RESTART_WAIT_MS);
    kith_status status =
        checkpoint(w, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL);
    if (restart) (void)sqlite3_busy_timeout(db, CONNECTION_WAIT_MS);
    if (status == KITH_OK || status == KITH_ERR_BUSY) w->settled_pages = w->log_pages;
}

/* ---- the thread ---- */

/* Waits for jobs; NULL when the writer is to stop and none is left. */
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
        write_job *next =
            group->next; /* once finished, the job may be gone as soon as the lock is */
        group->finished = true;
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

/* Undoing must not fail for want of memory: its statements are made beforehand. */
static kith_status prepare_to_undo(connection *c, kith_error *err)
{
    static const statement_id ids[] = {JOB_UNDO, JOB_KEEP, ROLLBACK};
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < sizeof ids / sizeof ids[0]; i++)
        status = connection_prepare(c, ids[i], err);
    return status;
}

/* Signals are for the program's own threads. */
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
    // cppcheck-suppress autoVariables ; the writer lets go of the job before it is finished
    w->last = &job.next;
    (void)pthread_cond_signal(&w->wake);
    while (!job.finished)
        (void)pthread_cond_wait(&job.done, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_cond_destroy(&job.done);
    return job.status;
}
