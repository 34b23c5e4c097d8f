/* writer.c - group commit.
 *
 * A commit costs a sync of the disk, whatever it holds. So callers queue, and the writer's thread
 * takes all that wait into one transaction: while one group is being synced the next one gathers. A
 * caller who finds nobody writing and nothing queued needs no other thread: he runs his job himself
 * (lead). To hand it to the thread and to be woken again costs more than a small job.
 *
 * Whoever has set `busy`, the thread or such a caller, has the connection and all that goes with
 * it, to himself, until he clears it; both under the lock, which also makes what one has written
 * visible to the next. A caller leads only while the queue is empty and no checkpoint is due: else
 * one who puts without a pause could keep the thread from ever getting its turn.
 *
 * Invariants:
 * (1) A job is reported KITH_OK only after a COMMIT that holds its changes has returned.
 * (2) A job that fails leaves nothing, and the others of its group do not suffer from it.
 * (3) After a failed sync nothing is written until the store is opened again.
 * (4) Between groups the connection is in no transaction.
 *
 * On (2): savepoints. A job that is alone in its group has the transaction to itself, which is
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
 * Turns. Other processes have writers of their own. Each writes and checkpoints only while it has
 * its turn (os/directory_turn.h), which it takes for one group and gives back after it. So at any
 * instant at most one connection of all processes writes or checkpoints: two that do can meet in
 * the log-reset race of SQLite before 3.51.3. What a writer remembers from its last turn may be
 * out of date in the next: so the row numbers that it has left are dropped when anybody else has
 * committed (numbers.c), and all other numbers are taken from the database inside each job; pages,
 * schema and statements are SQLite's, which compares them with the file at each BEGIN. A job that
 * is not worth waiting for (writer_try) fails at once when another process has its turn.
 *
 * A caller who leads tries for the turn only once. When another process has it, his job goes into
 * the queue after all: the thread waits for the turn, and he for the thread, so that he can tell
 * his user why.
 *
 * Checkpoints. SQLite's own are off (wal_autocheckpoint, and on close): the writer's thread moves
 * the log into the database after the callers have their answer, so that nobody waits for that. A
 * checkpoint that fails loses nothing, since the log still has all; a failed sync in it poisons.
 * The first turn of a process, at opening if nobody else has it, begins with one, so that what a
 * former process left in the log is in the database, synced, before anything is appended (3). On a
 * full disk there may be no room for it; that is no reason to refuse the group, which may be the
 * deletion that makes room.
 *
 * State of a job: waiting -> running -> (failed | kept) -> finished. A job that is kept when its
 * transaction is rolled back is running again; failed is final.
 *
 * Giving up. A caller whose call may take no longer takes its job back while it waits, in the queue
 * or in the group that waits for the turn of this process. Both lists are then under the lock: the
 * thread that waits for the turn leaves its group to `held` meanwhile, and goes on with what is left
 * of it. A job that is in neither list runs, and its caller waits for the outcome, which may be that
 * it was committed. */
#include "store/writer.h"

#include "os/clock.h"
#include "os/random.h"
#include "store/sqlite_log.h"
#include "store/sqlite_log_verify.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
    CHECKPOINT_PAGES = 4096, /* 32 MiB of log */
    /* A passive checkpoint lets the log start over only when no reader uses it at the next commit.
       Where several read at any time that is rare, so it is tried often: there is little to move. */
    RETRY_PAGES = 256,
    /* With readers that overlap without end there is no such moment: from this size on it is waited
       for, each time that the log has grown by CHECKPOINT_PAGES. */
    RESTART_PAGES = 2 * CHECKPOINT_PAGES,
    RESTART_WAIT_MS = 100,
    TELL_AFTER_MS = 1000
};

typedef struct write_job {
    write_work work;
    void *context;
    kith_error *err;
    kith_status status;
    bool failed;           /* `status` is final; of whoever is busy, until finished */
    bool finished;         /* guarded by writer.lock */
    bool at_once;          /* fails rather than wait for another process */
    write_release release; /* of a posted job, for which nobody waits; else NULL */
    pthread_cond_t done;   /* unless it is posted */
    struct write_job *next;
} write_job;

struct writer {
    pthread_t thread;
    directory_turn *turn; /* borrowed */
    writer_options options;
    pthread_mutex_t lock;     /* guards the queue and what follows it */
    pthread_cond_t wake;      /* the thread has something to do, or is to stop */
    write_job *first, **last; /* the queue; *last is where the next job is linked in */
    bool stopping;
    bool waiting;        /* for the turn of another process to end */
    write_job *held;     /* while it waits: its group, out of which callers may take their jobs */
    bool busy;           /* a thread has what is below */
    bool checkpoint_due; /* the thread is to make one before anybody leads again */

    /* Of the thread that has set `busy`; in writer_start() and writer_stop(), of their caller. */
    writing state;
    uint32_t data_version;  /* of the database after this writer's last commit */
    bool poisoned;          /* a sync failed */
    bool had_turn;          /* what a former process left in the log was looked after */
    int checkpointed_pages; /* length of the log at the last checkpoint */
    int restarted_pages;    /* and when readers were waited for last; 0: not yet */
};

/* Looks whether the statement that has just failed did so in a sync. */
static void poison_after_failed_sync(writer *w)
{
    if (connection_failed_in_sync(w->state.connection)) w->poisoned = true;
}

/* ---- one group ---- */

/* Row numbers that a job has taken are given back with all else that it did, and nobody can tell
 * any more which of them are: so none is kept. */
static void drop_rows(writer *w)
{
    w->state.rows_left = 0;
}

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
    return connection_in_transaction(w->state.connection);
}

static void roll_back(writer *w)
{
    drop_rows(w);
    if (!in_transaction(w)) return;
    kith_status status = connection_execute(w->state.connection, ROLLBACK, NULL);
    CHECK(status == KITH_OK || !in_transaction(w));
}

static kith_status do_work(writer *w, write_job *job)
{
    CHECK(in_transaction(w));
    arena_reset(&w->state.arena);
    w->state.in_change = false; /* a job that failed may have left its change open */
    kith_status status = job->work(&w->state, job->context, job->err);
    CHECK(status != KITH_OK || !w->state.in_change);
    return status;
}

/* Runs the job in its savepoint. False when the whole transaction was rolled back. */
static bool run_job(writer *w, write_job *job)
{
    connection *c = w->state.connection;
    CHECK(in_transaction(w));
    kith_status status = connection_execute(c, JOB_BEGIN, job->err);
    if (status == KITH_OK) status = do_work(w, job);
    if (status == KITH_OK) status = connection_execute(c, JOB_RELEASE, job->err);
    if (status == KITH_OK) return true;
    poison_after_failed_sync(w);
    drop_rows(w);
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
static kith_status check_in_place(const writer *w, kith_error *err)
{
    if (connection_in_place(w->state.connection)) return KITH_OK;
    return fail(err, KITH_ERR_IO,
                "kith.db was deleted, moved or replaced while it was in use: nothing more is "
                "written");
}

static kith_status begin_group(writer *w, kith_error *err)
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
static kith_status commit(writer *w, int64_t changes_before, kith_error *err)
{
    connection *c = w->state.connection;
    kith_status status = KITH_OK;
    if (connection_rows_changed(c) != changes_before) status = log_mark(c, err);
    if (status == KITH_OK) status = connection_execute(c, COMMIT, err);
    w->data_version = connection_data_version(c);
    return status;
}

/* In this process's turn: the job is the whole transaction. */
static void run_alone(writer *w, write_job *job)
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
    if (status != KITH_OK) fail_job(job, status, NULL);
    CHECK(!in_transaction(w));
}

/* In this process's turn: several jobs, a savepoint each. */
static void run_together(writer *w, write_job *group)
{
    kith_error why = {0};
    kith_status status = KITH_OK;
    int64_t changes = 0;
    do {
        CHECK(!in_transaction(w));
        changes = connection_rows_changed(w->state.connection);
        status = begin_group(w, &why);
        if (status != KITH_OK) {
            fail_all(group, status, &why);
            return;
        }
    } while (!run_jobs(w, group)); /* false only when one job more has failed, so this ends */
    status = commit(w, changes, &why);
    if (status != KITH_OK) {
        poison_after_failed_sync(w);
        roll_back(w);
        fail_all(group, status, &why);
    }
    CHECK(!in_transaction(w));
}

/* ---- checkpoints ---- */

/* Waits for readers for RESTART_WAIT_MS at most: KITH_ERR_BUSY says that they kept part of the log
 * in use. */
static kith_status checkpoint(writer *w, checkpoint_mode mode, kith_error *err)
{
    kith_status status = connection_checkpoint(w->state.connection, mode, RESTART_WAIT_MS, err);
    if (status != KITH_OK) poison_after_failed_sync(w);
    return status;
}

static bool is_checkpoint_due(writer *w)
{
    CHECK(!in_transaction(w));
    int pages = connection_log_pages(w->state.connection);
    if (pages < w->checkpointed_pages) w->checkpointed_pages = w->restarted_pages = 0; // anew
    int wanted = w->checkpointed_pages < CHECKPOINT_PAGES ? CHECKPOINT_PAGES : RETRY_PAGES;
    return !w->poisoned && pages - w->checkpointed_pages >= wanted;
}

/* A failure is not reported to anyone, since nothing is lost: the next group tries again, unless a
 * sync failed. KITH_ERR_BUSY counts as done, so that not every group tries. */
static void checkpoint_when_due(writer *w)
{
    if (!is_checkpoint_due(w)) return;
    int pages = connection_log_pages(w->state.connection);
    bool restart = pages >= RESTART_PAGES && pages - w->restarted_pages >= CHECKPOINT_PAGES;
    kith_status status = checkpoint(w, restart ? CHECKPOINT_RESTART : CHECKPOINT_PASSIVE, NULL);
    if (status == KITH_OK || status == KITH_ERR_BUSY) w->checkpointed_pages = pages;
    if (restart && status == KITH_ERR_BUSY) w->restarted_pages = pages;
}

/* The log is emptied, or, while readers use it, has nothing left that is not in the database. */
static kith_status move_log(writer *w, kith_error *err)
{
    kith_status status = checkpoint(w, CHECKPOINT_TRUNCATE, err);
    return status == KITH_ERR_BUSY ? KITH_OK : status;
}

/* ---- turns ---- */

static void begin_waiting(writer *w, write_job *group)
{
    (void)pthread_mutex_lock(&w->lock);
    w->waiting = true;
    w->held = group;
    (void)pthread_mutex_unlock(&w->lock);
}

/* What is left of the group; NULL when all its callers have given up. */
static write_job *end_waiting(writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    write_job *group = w->held;
    w->waiting = false;
    w->held = NULL;
    (void)pthread_mutex_unlock(&w->lock);
    return group;
}

/* Fails the jobs that do not wait; true when none is left that does. */
static bool fail_hasty(write_job *group, const kith_error *why)
{
    bool all = true;
    for (write_job *job = group; job; job = job->next) {
        if (job->at_once)
            fail_job(job, KITH_ERR_BUSY, why);
        else
            all = false;
    }
    return all;
}

/* Verifies what a former process left in the log, and moves it, once, in this process's turn. A log
 * that is damaged is left as it is. */
static kith_status move_log_left(writer *w, kith_error *err)
{
    if (w->had_turn) return KITH_OK;
    const char *path = connection_path(w->state.connection);
    kith_status status = log_verify(path, CONNECTION_READER, err);
    if (status != KITH_OK) return status;
    status = move_log(w, err);
    if (status == KITH_ERR_FULL && !w->poisoned) status = KITH_OK;
    w->had_turn = status == KITH_OK;
    return status;
}

/* Fails every job when it does not get the turn; else directory_turn_leave must follow. Without
 * jobs it does not wait. */
static bool take_turn(writer *w, write_job **group)
{
    kith_error why = {0};
    kith_status status = directory_turn_enter(w->turn, TURN_AT_ONCE, &why);
    if (status == KITH_ERR_BUSY) {
        if (fail_hasty(*group, &why)) return false;
        begin_waiting(w, *group);
        status = directory_turn_enter(w->turn, TURN_WAIT, &why);
        *group = end_waiting(w);
    }
    if (status == KITH_OK) {
        status = move_log_left(w, &why);
        if (status == KITH_OK) return true;
        directory_turn_leave(w->turn);
    }
    fail_all(*group, status, &why);
    return false;
}

/* ---- the thread ---- */

/* Waits until there is something to do and nobody is busy; false when it is to stop and no job is
 * left. *group: all jobs that wait, NULL when only a checkpoint is due. */
static bool take_group(writer *w, write_job **group)
{
    (void)pthread_mutex_lock(&w->lock);
    while (w->busy || (!w->first && !w->checkpoint_due && !w->stopping))
        (void)pthread_cond_wait(&w->wake, &w->lock);
    bool goes_on = w->first || !w->stopping;
    *group = w->first;
    w->first = NULL;
    w->last = &w->first;
    w->busy = goes_on;
    w->checkpoint_due = false;
    (void)pthread_mutex_unlock(&w->lock);
    return goes_on;
}

static void finish_group(writer *w, write_job *group)
{
    (void)pthread_mutex_lock(&w->lock);
    while (group) {
        write_job *next = group->next;
        if (group->release) {
            group->release(group->context, group->status);
            free(group);
        } else {
            group->finished = true; /* its caller may return, and the job cease to exist, any time
                                       after the lock is released */
            (void)pthread_cond_signal(&group->done);
        }
        group = next;
    }
    (void)pthread_mutex_unlock(&w->lock);
}

static void *writer_main(void *context)
{
    writer *w = context;
    for (write_job *group = NULL; take_group(w, &group);) {
        bool has_turn = take_turn(w, &group);
        if (has_turn && group && group->next)
            run_together(w, group);
        else if (has_turn && group)
            run_alone(w, group);
        finish_group(w, group);
        if (has_turn) {
            checkpoint_when_due(w);
            directory_turn_leave(w->turn);
        }
        (void)pthread_mutex_lock(&w->lock);
        w->busy = false; /* and looks itself for what there is to do */
        (void)pthread_mutex_unlock(&w->lock);
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

uint64_t writer_id(const writer *w)
{
    return w->state.id; // never changes, so that the writer's thread need not be asked
}

kith_status writer_start(connection *c, directory_turn *turn, const writer_options *options,
                         writer **out, kith_error *err)
{
    writer *w = calloc(1, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the writer");
    w->state.connection = c;
    w->turn = turn;
    w->options = *options;
    w->last = &w->first;
    arena_init(&w->state.arena, 0);
    (void)pthread_mutex_init(&w->lock, NULL);
    clock_condition_init(&w->wake);
    kith_status status = random_bytes(&w->state.id, sizeof w->state.id, err);
    if (w->state.id == 0) w->state.id = 1; /* 0 means that a writer is not known */
    if (status == KITH_OK) status = prepare_to_undo(c, err);
    if (status == KITH_OK && directory_turn_enter(turn, TURN_AT_ONCE, NULL) == KITH_OK) {
        status = move_log_left(w, err);
        directory_turn_leave(turn);
    }
    if (status == KITH_OK && start_thread(w) != 0)
        status = fail(err, KITH_ERR_NO_MEMORY, "cannot start the writer's thread");
    if (status == KITH_OK) {
        *out = w;
        return KITH_OK;
    }
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
    return status;
}

/* In its turn: moves the log into the database, and removes it when no other process has the
 * database open. Out of turn both are left to the others. A log that has no room to be moved to
 * stays as well: nothing is lost. */
static kith_status close_connection(writer *w, kith_error *err)
{
    if (w->poisoned || directory_turn_enter(w->turn, TURN_AT_ONCE, NULL) != KITH_OK) {
        connection_close(w->state.connection, false);
        return KITH_OK;
    }
    kith_status status = move_log(w, err);
    connection_close(w->state.connection, status == KITH_OK);
    directory_turn_leave(w->turn);
    return status == KITH_ERR_FULL && !w->poisoned ? KITH_OK : status;
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
    kith_status closed = close_connection(w, status == KITH_OK ? err : NULL);
    if (status == KITH_OK) status = closed;
    arena_done(&w->state.arena);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
    return status;
}

/* The lock is held, but not during the call. */
static void tell_of_waiting(writer *w)
{
    (void)pthread_mutex_unlock(&w->lock);
    w->options.on_wait(w->options.context);
    (void)pthread_mutex_lock(&w->lock);
}

/* The lock is held, but not during the check. */
static kith_status check_limit(writer *w, const call_limit *limit, kith_error *err)
{
    (void)pthread_mutex_unlock(&w->lock);
    kith_status status = call_limit_check(limit, err);
    (void)pthread_mutex_lock(&w->lock);
    return status;
}

static bool unlink_job(write_job **list, const write_job *job)
{
    while (*list && *list != job)
        list = &(*list)->next;
    if (!*list) return false;
    *list = job->next;
    return true;
}

/* Takes the job back from whoever would run it. False when it runs, or did. */
static bool take_back_locked(writer *w, write_job *job)
{
    if (!unlink_job(&w->first, job)) return unlink_job(&w->held, job);
    w->last = &w->first;
    while (*w->last)
        w->last = &(*w->last)->next;
    return true;
}

/* Waits with the lock held until the job is finished, or the limit ends the waiting: then its status
 * is the job's. Tells once, from this thread, that another process has its turn. */
static void wait_for_job(writer *w, write_job *job, const call_limit *limit)
{
    const int64_t tell_ns = clock_monotonic_ns() + (int64_t)TELL_AFTER_MS * 1000000;
    bool tells = w->options.on_wait && !job->at_once;
    while (!job->finished && (tells || limit)) {
        const struct timespec until = clock_deadline(limit ? WRITER_CHECK_MS : TELL_AFTER_MS);
        kith_error why = {0};
        if (pthread_cond_timedwait(&job->done, &w->lock, &until) == 0 || job->finished) continue;
        if (tells && w->waiting && clock_monotonic_ns() >= tell_ns) {
            tells = false;
            tell_of_waiting(w);
        }
        kith_status status = limit ? check_limit(w, limit, &why) : KITH_OK;
        if (status == KITH_OK || job->finished) continue;
        if (take_back_locked(w, job)) {
            fail_job(job, status, &why);
            return;
        }
        limit = NULL; // it runs, and what comes of it is the call's outcome
    }
    while (!job->finished)
        (void)pthread_cond_wait(&job->done, &w->lock);
}

static void enqueue_locked(writer *w, write_job *job)
{
    CHECK(!w->stopping);
    *w->last = job;
    w->last = &job->next;
    if (!w->busy) (void)pthread_cond_signal(&w->wake);
}

static kith_status run_through_queue(writer *w, write_job *job, const call_limit *limit)
{
    clock_condition_init(&job->done);
    (void)pthread_mutex_lock(&w->lock);
    enqueue_locked(w, job);
    wait_for_job(w, job, limit);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_cond_destroy(&job->done);
    return job->status;
}

/* ---- a caller who leads ---- */

/* True when the caller is the one who is busy from now on. */
static bool claim(writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    bool is_mine = !w->busy && !w->first && !w->checkpoint_due;
    CHECK(!w->stopping);
    if (is_mine) w->busy = true;
    (void)pthread_mutex_unlock(&w->lock);
    return is_mine;
}

static void unclaim(writer *w, bool checkpoint_due)
{
    (void)pthread_mutex_lock(&w->lock);
    w->checkpoint_due = checkpoint_due;
    w->busy = false;
    if (w->first || checkpoint_due) (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
}

/* In this process's turn. */
static void run_led(writer *w, write_job *job)
{
    kith_error why = {0};
    kith_status status = move_log_left(w, &why);
    if (status == KITH_OK)
        run_alone(w, job);
    else
        fail_job(job, status, &why);
}

/* Runs the job in this thread. False when another process has its turn: then it was not run. */
static bool lead(writer *w, write_job *job)
{
    kith_error why = {0};
    kith_status status = directory_turn_enter(w->turn, TURN_AT_ONCE, &why);
    if (status == KITH_ERR_BUSY) return false;
    if (status == KITH_OK) {
        run_led(w, job);
        directory_turn_leave(w->turn);
    } else {
        fail_job(job, status, &why);
    }
    return true;
}

/* lead(). A write beyond the limit on the size of files (ulimit -f) raises a signal that by default
 * ends the program. The writer's own thread has it blocked for good. A caller's has it blocked for
 * as long as he leads; what has become pending meanwhile is taken back. */
static bool lead_without_signal(writer *w, write_job *job)
{
    sigset_t file_size, before;
    (void)sigemptyset(&file_size);
    (void)sigaddset(&file_size, SIGXFSZ);
    (void)pthread_sigmask(SIG_BLOCK, &file_size, &before);
    bool was_run = lead(w, job);
    if (sigismember(&before, SIGXFSZ)) return was_run;
    (void)sigtimedwait(&file_size, NULL, &(struct timespec){0});
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return was_run;
}

kith_status writer_run_within(writer *w, write_work work, void *context, const call_limit *limit,
                              kith_error *err)
{
    if (!w) return fail(err, KITH_ERR_INVALID, "the data directory was opened for reading only");
    write_job job = {.work = work, .context = context, .err = err, .status = KITH_OK};
    kith_status status = call_limit_check(limit, err);
    if (status != KITH_OK) return status;
    if (claim(w)) {
        bool was_run = lead_without_signal(w, &job);
        unclaim(w, is_checkpoint_due(w));
        if (was_run) return job.status;
    }
    return run_through_queue(w, &job, limit);
}

kith_status writer_run(writer *w, write_work work, void *context, kith_error *err)
{
    return writer_run_within(w, work, context, NULL, err);
}

kith_status writer_try(writer *w, write_work work, void *context, kith_error *err)
{
    if (!w) return fail(err, KITH_ERR_BUSY, "the data directory was opened for reading only");
    write_job job = {
        .work = work, .context = context, .err = err, .status = KITH_OK, .at_once = true};
    return run_through_queue(w, &job, NULL);
}

void writer_post(writer *w, write_work work, void *context, write_release release)
{
    write_job *job = w ? malloc(sizeof *job) : NULL;
    if (!job) {
        release(context, w ? KITH_ERR_NO_MEMORY : KITH_ERR_INVALID);
        return;
    }
    *job = (write_job){.work = work, .context = context, .at_once = true, .release = release};
    (void)pthread_mutex_lock(&w->lock);
    enqueue_locked(w, job);
    (void)pthread_mutex_unlock(&w->lock);
}
