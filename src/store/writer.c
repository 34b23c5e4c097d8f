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
 * committer.c keeps (2) to (4): it runs a group as a transaction, and moves the log into the database.
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
 * Checkpoints are the thread's, after the callers have their answer, so that nobody waits for them.
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
#include "store/committer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { TELL_AFTER_MS = 1000 };

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
    committer committer;
};

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
            write_job_fail(job, KITH_ERR_BUSY, why);
        else
            all = false;
    }
    return all;
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
        status = committer_move_log_left(&w->committer, &why);
        if (status == KITH_OK) return true;
        directory_turn_leave(w->turn);
    }
    write_jobs_fail(*group, status, &why);
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
            committer_run_together(&w->committer, group);
        else if (has_turn && group)
            committer_run_alone(&w->committer, group);
        finish_group(w, group);
        if (has_turn) {
            committer_checkpoint_when_due(&w->committer);
            directory_turn_leave(w->turn);
        }
        (void)pthread_mutex_lock(&w->lock);
        w->busy = false; /* and looks itself for what there is to do */
        (void)pthread_mutex_unlock(&w->lock);
    }
    return NULL;
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
    return w->committer.state.id; // never changes, so that the writer's thread need not be asked
}

kith_status writer_start(connection *c, directory_turn *turn, const writer_options *options,
                         writer **out, kith_error *err)
{
    writer *w = calloc(1, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the writer");
    w->turn = turn;
    w->options = *options;
    w->last = &w->first;
    (void)pthread_mutex_init(&w->lock, NULL);
    clock_condition_init(&w->wake);
    kith_status status = committer_init(&w->committer, c, err);
    if (status == KITH_OK && directory_turn_enter(turn, TURN_AT_ONCE, NULL) == KITH_OK) {
        status = committer_move_log_left(&w->committer, err);
        directory_turn_leave(turn);
    }
    if (status == KITH_OK && start_thread(w) != 0)
        status = fail(err, KITH_ERR_NO_MEMORY, "cannot start the writer's thread");
    if (status == KITH_OK) {
        *out = w;
        return KITH_OK;
    }
    committer_done(&w->committer);
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
    if (w->committer.poisoned || directory_turn_enter(w->turn, TURN_AT_ONCE, NULL) != KITH_OK) {
        connection_close(w->committer.state.connection, false);
        return KITH_OK;
    }
    kith_status status = committer_move_log(&w->committer, err);
    connection_close(w->committer.state.connection, status == KITH_OK);
    directory_turn_leave(w->turn);
    return status == KITH_ERR_FULL && !w->committer.poisoned ? KITH_OK : status;
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
    if (w->committer.poisoned)
        status = fail(err, KITH_ERR_IO, "a sync to disk failed while the store was open");
    kith_status closed = close_connection(w, status == KITH_OK ? err : NULL);
    if (status == KITH_OK) status = closed;
    committer_done(&w->committer);
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
            write_job_fail(job, status, &why);
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
    kith_status status = committer_move_log_left(&w->committer, &why);
    if (status == KITH_OK)
        committer_run_alone(&w->committer, job);
    else
        write_job_fail(job, status, &why);
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
        write_job_fail(job, status, &why);
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
        unclaim(w, committer_is_checkpoint_due(&w->committer));
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
