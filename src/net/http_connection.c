/* http_connection.c - a doubly linked list under one lock; shutdown(2) is the only way to cut. */
#include "net/http_connection.h"

#include "base/status.h"
#include "os/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void http_connections_init(http_connections *all)
{
    *all = (http_connections){0};
    (void)pthread_mutex_init(&all->lock, NULL);
}

void http_connections_done(http_connections *all)
{
    CHECK(all->count == 0);
    (void)pthread_mutex_destroy(&all->lock);
}

int64_t http_deadline(uint64_t ms)
{
    return clock_monotonic_ns() + (int64_t)ms * 1000000;
}

int64_t http_reply_deadline(uint64_t idle_ms, uint64_t bytes, int64_t before_ns)
{
    int64_t from_ns = http_deadline(idle_ms);
    if (before_ns < from_ns) from_ns = before_ns;
    return from_ns + (int64_t)(bytes * 1000 / HTTP_MIN_BYTES_PER_S) * 1000000;
}

static void name_peer(http_connection *c)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    } at = {0};
    socklen_t size = sizeof at;
    bool is_known = getpeername(c->fd, &at.any, &size) == 0;
    c->is_unix = is_known && at.any.sa_family == AF_UNIX;
    if (c->is_unix)
        memcpy(c->peer, "unix", sizeof "unix");
    else if (!is_known ||
             getnameinfo(&at.any, size, c->peer, sizeof c->peer, NULL, 0, NI_NUMERICHOST) != 0)
        memcpy(c->peer, "unknown", sizeof "unknown"); // it left already
}

http_connection *http_connections_add(http_connections *all, int fd, int64_t deadline_ns)
{
    http_connection *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->fd = fd;
    c->references = 1;
    http_connection_set_deadline(c, deadline_ns);
    name_peer(c);
    (void)pthread_mutex_lock(&all->lock);
    c->next = all->first;
    if (c->next) c->next->previous = c;
    all->first = c;
    all->count++;
    (void)pthread_mutex_unlock(&all->lock);
    return c;
}

void http_connections_remove(http_connections *all, http_connection *c)
{
    (void)pthread_mutex_lock(&all->lock);
    if (c->next) c->next->previous = c->previous;
    if (c->previous)
        c->previous->next = c->next;
    else
        all->first = c->next;
    all->count--;
    c->is_closed = true;
    (void)pthread_mutex_unlock(&all->lock);
    http_connection_release(all, c);
}

void http_connection_acquire(http_connections *all, http_connection *c)
{
    (void)pthread_mutex_lock(&all->lock);
    c->references++;
    (void)pthread_mutex_unlock(&all->lock);
}

void http_connection_release(http_connections *all, http_connection *c)
{
    (void)pthread_mutex_lock(&all->lock);
    bool is_last = --c->references == 0;
    (void)pthread_mutex_unlock(&all->lock);
    if (is_last) free(c);
}

uint32_t http_connections_count(http_connections *all)
{
    (void)pthread_mutex_lock(&all->lock);
    uint32_t count = all->count;
    (void)pthread_mutex_unlock(&all->lock);
    return count;
}

/* Has the client closed its side, and has all been read that came before? */
static bool is_at_end(const http_connection *c)
{
    char next;
    ssize_t got = recv(c->fd, &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void http_connections_sweep(http_connections *all, int64_t now_ns)
{
    (void)pthread_mutex_lock(&all->lock);
    for (http_connection *c = all->first; c; c = c->next) {
        int64_t deadline_ns = atomic_load_explicit(&c->deadline_ns, memory_order_relaxed);
        bool had_ended = c->has_ended;
        c->has_ended = c->is_reading && is_at_end(c);
        if ((deadline_ns != 0 && deadline_ns < now_ns) || (had_ended && c->has_ended))
            (void)shutdown(c->fd, SHUT_RDWR);
    }
    (void)pthread_mutex_unlock(&all->lock);
}

void http_connections_close_idle(http_connections *all)
{
    (void)pthread_mutex_lock(&all->lock);
    for (http_connection *c = all->first; c; c = c->next)
        if (!atomic_load(&c->is_busy)) (void)shutdown(c->fd, SHUT_RD);
    (void)pthread_mutex_unlock(&all->lock);
}

void http_connections_cut_all(http_connections *all)
{
    (void)pthread_mutex_lock(&all->lock);
    for (http_connection *c = all->first; c; c = c->next)
        (void)shutdown(c->fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&all->lock);
}

void http_connection_cut(http_connections *all, http_connection *c)
{
    (void)pthread_mutex_lock(&all->lock);
    if (!c->is_closed) (void)shutdown(c->fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&all->lock);
}

bool http_connection_is_left(http_connections *all, const http_connection *c)
{
    (void)pthread_mutex_lock(&all->lock);
    // POLLRDHUP and not a read of 0 bytes: it is seen behind a pipelined request, too.
    struct pollfd one = {.fd = c->fd, .events = POLLRDHUP};
    bool is_left = c->is_closed || poll(&one, 1, 0) > 0;
    (void)pthread_mutex_unlock(&all->lock);
    return is_left;
}
