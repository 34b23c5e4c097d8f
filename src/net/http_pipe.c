/* http_pipe.c - a ring under one lock. */
#include "net/http_pipe.h"

#include "base/size.h"
#include "os/clock.h"

#include <errno.h>
#include <stdlib.h>

struct http_pipe {
    http_pipe_connection connection;
    pthread_mutex_t lock; /* of what follows; park and resume are called under it */
    pthread_cond_t room;
    size_t capacity, start, size; /* the bytes are [start, start + size), modulo capacity */
    uint64_t bytes_read;
    int64_t written_ns; /* when something was written last; at first, when the pipe was made */
    bool is_writing;    /* an http_pipe_write waits for room */
    bool is_parked, has_ended, is_closed;
    char ring[];
};

http_pipe *http_pipe_new(size_t capacity, http_pipe_connection connection)
{
    CHECK(capacity > 1);
    size_t bytes;
    http_pipe *p = size_add(sizeof *p, capacity, &bytes) ? malloc(bytes) : NULL;
    if (!p) return NULL;
    *p = (http_pipe){
        .connection = connection, .capacity = capacity, .written_ns = clock_monotonic_ns()};
    (void)pthread_mutex_init(&p->lock, NULL);
    clock_condition_init(&p->room);
    return p;
}

void http_pipe_free(http_pipe *p)
{
    if (!p) return;
    (void)pthread_cond_destroy(&p->room);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

static void resume_locked(http_pipe *p)
{
    if (!p->is_parked || p->is_closed) return;
    p->is_parked = false;
    p->connection.resume(p->connection.context);
}

/* Until half of the ring is free. False: not in time. */
static bool wait_for_room_locked(http_pipe *p, uint32_t wait_ms)
{
    const struct timespec until = clock_deadline(wait_ms);
    while (!p->is_closed && p->size > p->capacity / 2)
        if (pthread_cond_timedwait(&p->room, &p->lock, &until) == ETIMEDOUT)
            return p->is_closed || p->size <= p->capacity / 2;
    return true;
}

static size_t put_locked(http_pipe *p, view bytes)
{
    size_t end = (p->start + p->size) % p->capacity;
    size_t count = size_min(bytes.size, p->capacity - p->size);
    size_t before_wrap = size_min(count, p->capacity - end);
    memcpy(p->ring + end, bytes.data, before_wrap);
    memcpy(p->ring, bytes.data + before_wrap, count - before_wrap);
    p->size += count;
    return count;
}

http_pipe_result http_pipe_write(http_pipe *p, view bytes, uint32_t wait_ms)
{
    http_pipe_result result = PIPE_WRITTEN;
    (void)pthread_mutex_lock(&p->lock);
    p->is_writing = true;
    while (bytes.size > 0 && result == PIPE_WRITTEN) {
        if (p->size == p->capacity && !wait_for_room_locked(p, wait_ms)) result = PIPE_TOO_SLOW;
        if (p->is_closed) result = PIPE_CLOSED;
        if (result != PIPE_WRITTEN) break;
        bytes = view_slice(bytes, put_locked(p, bytes), bytes.size);
        resume_locked(p);
    }
    if (p->is_closed) result = PIPE_CLOSED;
    p->is_writing = false;
    p->written_ns = clock_monotonic_ns();
    (void)pthread_mutex_unlock(&p->lock);
    return result;
}

void http_pipe_keep_alive(http_pipe *p, view bytes, uint32_t quiet_ms)
{
    (void)pthread_mutex_lock(&p->lock);
    const int64_t now_ns = clock_monotonic_ns();
    if (!p->is_closed && !p->is_writing && p->size == 0 &&
        now_ns - p->written_ns >= (int64_t)quiet_ms * 1000000) {
        (void)put_locked(p, bytes);
        p->written_ns = now_ns;
        resume_locked(p);
    }
    (void)pthread_mutex_unlock(&p->lock);
}

void http_pipe_end(http_pipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->has_ended = true;
    resume_locked(p);
    (void)pthread_mutex_unlock(&p->lock);
}

bool http_pipe_is_closed(http_pipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    bool is_closed = p->is_closed;
    (void)pthread_mutex_unlock(&p->lock);
    return is_closed;
}

ptrdiff_t http_pipe_read(http_pipe *p, char *out, size_t max)
{
    ptrdiff_t result;
    (void)pthread_mutex_lock(&p->lock);
    if (p->size > 0) {
        size_t count = size_min(max, p->size);
        size_t before_wrap = size_min(count, p->capacity - p->start);
        memcpy(out, p->ring + p->start, before_wrap);
        memcpy(out + before_wrap, p->ring, count - before_wrap);
        p->start = (p->start + count) % p->capacity;
        p->size -= count;
        p->bytes_read += count;
        if (p->size <= p->capacity / 2) (void)pthread_cond_signal(&p->room);
        result = (ptrdiff_t)count;
    } else if (p->has_ended) {
        result = PIPE_ENDED;
    } else {
        p->is_parked = true;
        p->connection.park(p->connection.context);
        result = PIPE_PARKED;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return result;
}

void http_pipe_close(http_pipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->is_closed = true;
    (void)pthread_cond_broadcast(&p->room);
    (void)pthread_mutex_unlock(&p->lock);
}

uint64_t http_pipe_bytes_read(http_pipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    uint64_t bytes = p->bytes_read;
    (void)pthread_mutex_unlock(&p->lock);
    return bytes;
}
