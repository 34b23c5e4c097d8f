/* directory_turn.c - taking turns with flock, fairly.
 *
 * A kernel's lock has no queue: a process that writes one group after another would release the
 * lock and have it again before a waiting one wakes up. So there is a second lock, a turnstile, for
 * which the directory itself serves (flock on its descriptor; no further file). A turn is taken in
 * three steps:
 *   1. lock the turnstile;
 *   2. lock LOCK (directory_lock.c): this is the turn;
 *   3. unlock the turnstile.
 * At most one process is between 1 and 3, and it is the only one that tries to lock LOCK. Whoever
 * has finished a turn and wants the next one is stopped at step 1 while another waits at step 2, so
 * the other gets the turn in between. Nobody waits for the turnstile while having the turn, so the
 * two cannot wait for each other.
 * Both locks die with their process. Both are polled, since flock has no deadline; a hand-over
 * costs up to POLL_LONGEST_MS. Both files stay open between turns: a turn that nobody disputes is
 * six system calls. */
#include "os/directory_turn.h"

#include "os/clock.h"
#include "os/directory_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    POLL_LONGEST_MS = 10,
    ENTERING_MS = 50 /* how long TURN_AT_ONCE waits for a thread of its own process */
};

struct directory_turn {
    char *directory;
    int64_t wait_ms;
    pthread_mutex_t mutex;  /* guards what follows */
    pthread_cond_t changed; /* `entering` became false */
    bool entering;          /* one thread is taking the turn, without the mutex */
    uint32_t inside;        /* threads that share the turn */

    /* Whose `entering` is, or, while that is false, guarded by the mutex. */
    int directory_fd;    /* the turnstile; -1 before the first turn */
    directory_lock lock; /* held while inside > 0, and open from the first turn on */
};

kith_status directory_turn_new(const char *directory, int64_t wait_ms, directory_turn **out,
                               kith_error *err)
{
    directory_turn *t = calloc(1, sizeof *t);
    char *copy = strdup(directory);
    if (!t || !copy) {
        free(t);
        free(copy);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a turn");
    }
    t->directory = copy;
    t->wait_ms = wait_ms;
    t->directory_fd = t->lock.fd = -1;
    (void)pthread_mutex_init(&t->mutex, NULL);
    clock_condition_init(&t->changed);
    *out = t;
    return KITH_OK;
}

void directory_turn_free(directory_turn *t)
{
    if (!t) return;
    CHECK(t->inside == 0 && !t->entering);
    directory_lock_release(&t->lock);
    if (t->directory_fd >= 0) (void)close(t->directory_fd);
    (void)pthread_cond_destroy(&t->changed);
    (void)pthread_mutex_destroy(&t->mutex);
    free(t->directory);
    free(t);
}

/* Step 1. KITH_ERR_BUSY when another process is in the turnstile. */
static kith_status try_turnstile(int fd, const char *directory, kith_error *err)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return KITH_OK;
    if (errno == EWOULDBLOCK)
        return fail(err, KITH_ERR_BUSY,
                    "data directory '%s' is in use: another process waits for its turn to write",
                    directory);
    return fail(err, KITH_ERR_IO, "cannot lock '%s': %s", directory, strerror(errno));
}

/* Step 2. */
static kith_status lock_entering(directory_turn *t, kith_error *err)
{
    if (t->lock.fd >= 0) {
        kith_status status = directory_lock_resume(&t->lock, t->directory_fd, t->directory, err);
        if (status != KITH_ERR_NOT_FOUND) return status;
        directory_lock_release(&t->lock);
    }
    return directory_lock_acquire(t->directory, &t->lock, err);
}

/* Opens the directory, unless it is open. After it was moved or replaced its name leads elsewhere:
 * then it serves as a turnstile no more, but kith.db is not where it was opened either, and the
 * writer writes nothing. */
static kith_status open_entering(directory_turn *t, kith_error *err)
{
    if (t->directory_fd < 0)
        t->directory_fd = open(t->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->directory_fd >= 0) return KITH_OK;
    return fail(err, KITH_ERR_IO, "cannot open '%s': %s", t->directory, strerror(errno));
}

/* The three steps, until `wait_ms` have passed; tries each step once at least. */
static kith_status take_turn_entering(directory_turn *t, int64_t wait_ms, kith_error *err)
{
    int64_t until_ns = clock_monotonic_ns() + wait_ms * 1000000;
    uint32_t pause_ms = 1;
    bool is_first_in_line = false;
    kith_status status = open_entering(t, err);
    if (status != KITH_OK) return status;
    for (;;) {
        status = is_first_in_line ? KITH_OK : try_turnstile(t->directory_fd, t->directory, err);
        is_first_in_line = is_first_in_line || status == KITH_OK;
        if (status == KITH_OK) status = lock_entering(t, err);
        if (status != KITH_ERR_BUSY || clock_monotonic_ns() >= until_ns) {
            if (is_first_in_line) (void)flock(t->directory_fd, LOCK_UN); /* step 3 */
            return status;
        }
        clock_sleep_ms(pause_ms);
        if (pause_ms < POLL_LONGEST_MS) pause_ms++;
    }
}

/* Waits until no thread of this process is entering. False when the patience ran out first. */
static bool wait_for_own_thread_locked(directory_turn *t, directory_turn_patience patience)
{
    const struct timespec until = clock_deadline(ENTERING_MS);
    while (t->entering) {
        if (patience == TURN_WAIT)
            (void)pthread_cond_wait(&t->changed, &t->mutex);
        else if (pthread_cond_timedwait(&t->changed, &t->mutex, &until) != 0)
            return !t->entering;
    }
    return true;
}

kith_status directory_turn_enter(directory_turn *t, directory_turn_patience patience,
                                 kith_error *err)
{
    kith_status status = KITH_OK;
    (void)pthread_mutex_lock(&t->mutex);
    if (!wait_for_own_thread_locked(t, patience)) {
        status = fail(err, KITH_ERR_BUSY, "data directory '%s' is in use", t->directory);
    } else if (t->inside == 0) {
        t->entering = true;
        (void)pthread_mutex_unlock(&t->mutex);
        status = take_turn_entering(t, patience == TURN_WAIT ? t->wait_ms : 0, err);
        (void)pthread_mutex_lock(&t->mutex);
        t->entering = false;
        (void)pthread_cond_broadcast(&t->changed);
    }
    if (status == KITH_OK) t->inside++;
    (void)pthread_mutex_unlock(&t->mutex);
    return status;
}

void directory_turn_leave(directory_turn *t)
{
    (void)pthread_mutex_lock(&t->mutex);
    CHECK(t->inside > 0);
    if (--t->inside == 0) directory_lock_pause(&t->lock);
    (void)pthread_mutex_unlock(&t->mutex);
}

kith_status directory_freeze(const char *directory, int *fd, kith_error *err)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/LOCK", directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, KITH_ERR_LIMIT, "path is too long: '%.64s...'", directory);
    int lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (lock < 0 && errno != ENOENT)
        return fail(err, KITH_ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    if (lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) != 0) {
        bool is_taken = errno == EWOULDBLOCK;
        kith_status status =
            fail(err, is_taken ? KITH_ERR_BUSY : KITH_ERR_IO, "cannot lock '%s': %s", path,
                 is_taken ? "another process writes" : strerror(errno));
        (void)close(lock);
        return status;
    }
    *fd = lock;
    return KITH_OK;
}
