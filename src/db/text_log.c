/* text_log.c - see text_log.h.
 *
 * A place is counted from the beginning of the process and goes on when the log begins anew: the file is
 * then cut to nothing and written on behind its former end, which leaves a hole that takes no room. So
 * whoever reads at a place that was given up, even at the same moment, finds zeros or nothing, and
 * never another text; a checksum that is never that of zeros tells (text_cache.c). So it is with what was
 * forgotten, which is overwritten with zeros. */
#include "db/text_log.h"

#include "base/size.h"
#include "base/status.h"
#include "os/unnamed_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { NOT_OPEN = -1 };

struct text_log {
    text_log_options options;
    pthread_mutex_t lock; /* guards the rest, also while a piece is written */
    /* Set once; released when it is, so that who acquires it can read without the lock. */
    atomic_int fd;
    bool is_memory;
    bool is_closed;      /* it takes no more, for good */
    uint64_t start, end; /* the places that are kept */
    uint64_t dead;       /* of them, bytes that were forgotten */
    uint64_t look_at;    /* where the room on the disk is looked at next */
};

text_log *text_log_new(const text_log_options *options)
{
    text_log *l = heap_new_array(1, sizeof *l);
    if (!l) return NULL;
    l->options = *options;
    if (!l->options.ops) l->options.ops = &file_ops_posix;
    if (!l->options.room_bytes) l->options.room_bytes = TEXT_LOG_ROOM_BYTES;
    atomic_init(&l->fd, NOT_OPEN);
    CHECK(pthread_mutex_init(&l->lock, NULL) == 0);
    return l;
}

void text_log_free(text_log *l)
{
    if (!l) return;
    const int fd = atomic_load_explicit(&l->fd, memory_order_relaxed); // nobody else is left
    if (fd != NOT_OPEN) (void)l->options.ops->close(fd);
    CHECK(pthread_mutex_destroy(&l->lock) == 0);
    free(l);
}

/* All that was kept is given up. */
static void begin_anew_locked(text_log *l)
{
    const int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
    if (fd != NOT_OPEN && l->options.ops->ftruncate(fd, 0) != 0) l->is_closed = true;
    l->start = l->end;
    l->dead = 0;
}

static void close_locked(text_log *l)
{
    begin_anew_locked(l);
    l->is_closed = true;
}

static bool open_locked(text_log *l)
{
    int fd = NOT_OPEN;
    kith_status status = KITH_ERR_NOT_FOUND;
    if (atomic_load_explicit(&l->fd, memory_order_relaxed) != NOT_OPEN) return true;
    if (l->options.directory)
        status = unnamed_file_open(l->options.ops, l->options.directory, &fd, NULL);
    if (status != KITH_OK) {
        l->is_memory = true;
        status = unnamed_file_open(l->options.ops, NULL, &fd, NULL);
    }
    if (status != KITH_OK) return false;
    if (l->options.max_bytes == 0)
        l->options.max_bytes = l->is_memory ? TEXT_LOG_MEMORY_MAX_BYTES : TEXT_LOG_MAX_BYTES;
    atomic_store_explicit(&l->fd, fd, memory_order_release);
    return true;
}

/* Is there room for more, perhaps after giving up what is dead? */
static bool make_room_locked(text_log *l, size_t bytes)
{
    if (bytes > l->options.max_bytes) return false;
    if (l->end - l->start + bytes > l->options.max_bytes) {
        if (l->dead < l->options.max_bytes / 2) return false;
        begin_anew_locked(l);
    }
    if (!l->is_memory && l->end + bytes > l->look_at) {
        l->look_at = l->end + bytes + TEXT_LOG_STEP_BYTES;
        const int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
        if (unnamed_file_room(fd) < l->options.room_bytes) close_locked(l);
    }
    return !l->is_closed;
}

static bool write_locked(text_log *l, view bytes)
{
    const int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
    for (size_t done = 0; done < bytes.size;) {
        int64_t written =
            l->options.ops->pwrite(fd, bytes.data + done, bytes.size - done, l->end + done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        done += (size_t)written;
    }
    return true;
}

bool text_log_append(text_log *l, view bytes, uint64_t *place)
{
    CHECK(pthread_mutex_lock(&l->lock) == 0);
    bool is_kept = !l->is_closed && open_locked(l) && make_room_locked(l, bytes.size);
    if (is_kept && !write_locked(l, bytes)) {
        close_locked(l);
        is_kept = false;
    }
    if (is_kept) {
        *place = l->end;
        l->end += bytes.size;
    }
    CHECK(pthread_mutex_unlock(&l->lock) == 0);
    return is_kept;
}

bool text_log_read(text_log *l, uint64_t place, void *to, size_t bytes)
{
    // Acquire: the file was opened by another thread.
    const int fd = atomic_load_explicit(&l->fd, memory_order_acquire);
    for (size_t done = 0; fd != NOT_OPEN && done < bytes;) {
        int64_t found = l->options.ops->pread(fd, (char *)to + done, bytes - done, place + done);
        if (found < 0 && errno == EINTR) continue;
        if (found <= 0) return false;
        done += (size_t)found;
    }
    return fd != NOT_OPEN;
}

void text_log_forget(text_log *l, uint64_t place, size_t bytes)
{
    CHECK(pthread_mutex_lock(&l->lock) == 0);
    const uint64_t end = place + bytes;
    if (place < l->start) place = l->start; // what is before it went when the log began anew
    if (place < end && !l->is_closed) {
        const int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
        l->dead += end - place;
        if (!unnamed_file_clear(l->options.ops, fd, place, end - place)) close_locked(l);
    }
    CHECK(pthread_mutex_unlock(&l->lock) == 0);
}
