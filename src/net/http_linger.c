/* http_linger.c - an array under a lock; reads never wait. */
#include "net/http_linger.h"

#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

void http_linger_init(http_linger *l)
{
    *l = (http_linger){0};
    (void)pthread_mutex_init(&l->lock, NULL);
}

void http_linger_done(http_linger *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        (void)close(l->sockets[i].fd);
    (void)pthread_mutex_destroy(&l->lock);
}

bool http_linger_add(http_linger *l, int fd)
{
    bool is_kept = false;
    (void)pthread_mutex_lock(&l->lock);
    int copy = l->count < LINGER_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0) {
        (void)shutdown(copy, SHUT_WR); // after what is still to be sent
        l->sockets[l->count].fd = copy;
        l->sockets[l->count].deadline_ns = clock_monotonic_ns() + (int64_t)LINGER_MS * 1000000;
        l->sockets[l->count].bytes = 0;
        l->count++;
        is_kept = true;
    }
    (void)pthread_mutex_unlock(&l->lock);
    return is_kept;
}

uint32_t http_linger_fill(http_linger *l, struct pollfd out[LINGER_MAX])
{
    (void)pthread_mutex_lock(&l->lock);
    uint32_t count = l->count;
    for (uint32_t i = 0; i < count; i++)
        out[i] = (struct pollfd){.fd = l->sockets[i].fd, .events = POLLIN};
    (void)pthread_mutex_unlock(&l->lock);
    return count;
}

/* Drops what has come on socket i. True: more may come. */
static bool drop_locked(http_linger *l, uint32_t i)
{
    char dropped[16384];
    for (uint32_t round = 0; round < 16; round++) { // then the others have their turn
        ssize_t got = recv(l->sockets[i].fd, dropped, sizeof dropped, MSG_DONTWAIT);
        if (got < 0) return errno == EAGAIN || errno == EINTR;
        if (got == 0) return false;
        l->sockets[i].bytes += (uint64_t)got;
        if (l->sockets[i].bytes > LINGER_BYTES) return false;
    }
    return true;
}

void http_linger_sweep(http_linger *l, int64_t now_ns)
{
    (void)pthread_mutex_lock(&l->lock);
    for (uint32_t i = 0; i < l->count;) {
        if (drop_locked(l, i) && l->sockets[i].deadline_ns > now_ns) {
            i++;
            continue;
        }
        (void)close(l->sockets[i].fd);
        l->sockets[i] = l->sockets[--l->count];
    }
    (void)pthread_mutex_unlock(&l->lock);
}
