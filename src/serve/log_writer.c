/* log_writer.c - see log_writer.h.
 *
 * A write to a pipe, a socket or a terminal can wait for its reader. O_NONBLOCK would be set for
 * every process that has the same end of it. So it is asked by poll first, and no more is written
 * than what a writable pipe takes without waiting. */
#include "serve/log_writer.h"

#include "base/buffer.h"
#include "base/size.h"
#include "os/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    ROOM_BYTES = 2 * LOG_WAITING_BYTES,
    BUFFER_BYTES = ROOM_BYTES + LOG_LAST_BYTES,
    POLL_MS = 100, /* then the thread looks whether it is to end */
    WRITE_BYTES = PIPE_BUF
};

struct log_writer {
    int fd;
    bool is_file;
    atomic_bool is_full; /* a line was dropped since the thread took some */
    pthread_t thread;
    pthread_mutex_t lock;  /* of what follows */
    pthread_cond_t called; /* of the thread: there are lines, or enough of them */
    pthread_cond_t taken;  /* there is room */
    buffer waiting;        /* lines that the thread has not taken */
    uint64_t dropped;
    bool is_idle;      /* the thread waits for lines */
    bool is_gathering; /* it waits for more */
    bool is_stopping;
    int64_t stop_ns; /* of the monotonic clock: when it gives up */
};

static bool may_go_on(log_writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    const bool go_on = !w->is_stopping || clock_monotonic_ns() < w->stop_ns;
    (void)pthread_mutex_unlock(&w->lock);
    return go_on;
}

/* False: the fd takes nothing, and the thread is to end; or it is closed. */
static bool wait_writable(log_writer *w)
{
    if (w->is_file) return true;
    for (;;) {
        struct pollfd one = {.fd = w->fd, .events = POLLOUT};
        const int ready = poll(&one, 1, POLL_MS);
        if (ready > 0 && (one.revents & POLLOUT)) return true;
        if (ready > 0 || (ready < 0 && errno != EINTR) || !may_go_on(w)) return false;
    }
}

/* Whole lines, as many as fit, so that they do not mix with those of another process that writes to
 * the same pipe; of a line that is longer, a part. */
static size_t bytes_at_once(const log_writer *w, view lines)
{
    size_t most = size_min(lines.size, WRITE_BYTES);
    if (w->is_file || most == lines.size) return w->is_file ? lines.size : most;
    while (most > 0 && lines.data[most - 1] != '\n')
        most--;
    return most > 0 ? most : WRITE_BYTES;
}

/* A failure cannot be reported anywhere: the lines are lost. */
static void write_all(log_writer *w, view lines)
{
    while (lines.size > 0) {
        if (!wait_writable(w)) return;
        const ssize_t written = write(w->fd, lines.data, bytes_at_once(w, lines));
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (written <= 0) return;
        lines = view_slice(lines, (size_t)written, lines.size);
    }
}

static void gather_locked(log_writer *w)
{
    const struct timespec end = clock_deadline(LOG_GATHER_MS);
    int rc = 0;
    w->is_gathering = true;
    while (rc == 0 && !w->is_stopping && w->waiting.size < LOG_WAITING_BYTES / 2)
        rc = pthread_cond_timedwait(&w->called, &w->lock, &end);
    w->is_gathering = false;
}

static void *run(void *context)
{
    log_writer *w = context;
    buffer taken;
    buffer_init(&taken, BUFFER_BYTES);
    (void)pthread_mutex_lock(&w->lock);
    while (!w->is_stopping || w->waiting.size > 0) {
        if (w->waiting.size == 0) {
            w->is_idle = true;
            (void)pthread_cond_wait(&w->called, &w->lock);
            w->is_idle = false;
            continue;
        }
        gather_locked(w);
        const buffer lines = w->waiting;
        w->waiting = taken;
        taken = lines;
        atomic_store_explicit(&w->is_full, false, memory_order_relaxed); // a hint
        (void)pthread_cond_broadcast(&w->taken);
        (void)pthread_mutex_unlock(&w->lock);
        write_all(w, buffer_view(&taken));
        buffer_reset(&taken);
        (void)pthread_mutex_lock(&w->lock);
    }
    (void)pthread_mutex_unlock(&w->lock);
    buffer_done(&taken);
    return NULL;
}

static void free_writer(log_writer *w)
{
    buffer_done(&w->waiting);
    (void)pthread_cond_destroy(&w->called);
    (void)pthread_cond_destroy(&w->taken);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

kith_status log_writer_start(int fd, log_writer **out, kith_error *err)
{
    struct stat about;
    log_writer *w = calloc(1, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the log");
    w->fd = fd;
    w->is_file = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    buffer_init(&w->waiting, BUFFER_BYTES);
    CHECK(pthread_mutex_init(&w->lock, NULL) == 0);
    clock_condition_init(&w->called);
    clock_condition_init(&w->taken);
    if (pthread_create(&w->thread, NULL, run, w) == 0) {
        *out = w;
        return KITH_OK;
    }
    free_writer(w);
    return fail(err, KITH_ERR_NO_MEMORY, "the system starts no thread for the log");
}

void log_writer_stop(log_writer *w)
{
    if (!w) return;
    (void)pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    w->stop_ns = clock_monotonic_ns() + (int64_t)LOG_STOP_MS * 1000000;
    (void)pthread_cond_signal(&w->called);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    free_writer(w);
}

static bool fits(const log_writer *w, view line, size_t room)
{
    return line.size <= room && w->waiting.size <= room - line.size;
}

/* Until there is room, but not for long. */
static void wait_for_room_locked(log_writer *w, view line, size_t room)
{
    const struct timespec end = clock_deadline(LOG_PATIENCE_MS);
    int rc = 0;
    while (rc == 0 && !fits(w, line, room))
        rc = pthread_cond_timedwait(&w->taken, &w->lock, &end);
}

bool log_writer_put(log_writer *w, view line, bool must_keep)
{
    const size_t room = must_keep ? ROOM_BYTES : LOG_WAITING_BYTES;
    (void)pthread_mutex_lock(&w->lock);
    if (!fits(w, line, room) && !log_writer_is_full(w)) wait_for_room_locked(w, line, room);
    const bool is_taken = fits(w, line, room);
    if (is_taken) buffer_append(&w->waiting, line);
    if (!is_taken) {
        w->dropped++;
        atomic_store_explicit(&w->is_full, true, memory_order_relaxed);
    }
    if (w->is_idle || (w->is_gathering && w->waiting.size >= LOG_WAITING_BYTES / 2))
        (void)pthread_cond_signal(&w->called);
    (void)pthread_mutex_unlock(&w->lock);
    return is_taken;
}

uint64_t log_writer_take_dropped(log_writer *w)
{
    uint64_t dropped = 0;
    (void)pthread_mutex_lock(&w->lock);
    if (w->dropped > 0 && w->waiting.size < LOG_WAITING_BYTES / 2) {
        dropped = w->dropped;
        w->dropped = 0;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return dropped;
}

uint64_t log_writer_take_last_dropped(log_writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    const uint64_t dropped = w->dropped;
    w->dropped = 0;
    (void)pthread_mutex_unlock(&w->lock);
    return dropped;
}

void log_writer_put_last(log_writer *w, view line)
{
    (void)pthread_mutex_lock(&w->lock);
    CHECK(line.size <= LOG_LAST_BYTES);
    buffer_append(&w->waiting, line);
    (void)pthread_cond_signal(&w->called);
    (void)pthread_mutex_unlock(&w->lock);
}

bool log_writer_is_full(const log_writer *w)
{
    return atomic_load_explicit(&w->is_full, memory_order_relaxed);
}
