/* http_linger.c - an array; reads never wait. */
#include "net/http_linger.h"

#include "net/http_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void http_linger_init(http_linger *l, int epoll, uint64_t tag)
{
    *l = (http_linger){.epoll = epoll, .tag = tag};
}

void http_linger_done(http_linger *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        (void)close(l->sockets[i].fd);
    l->count = 0;
}

void http_linger_add(http_linger *l, int fd)
{
    struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = l->tag};
    int copy = l->count < LINGER_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy < 0) return;
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, copy, &wanted) != 0) {
        (void)close(copy);
        return;
    }
    (void)shutdown(copy, SHUT_WR); // after what is still to be sent
    l->sockets[l->count].fd = copy;
    l->sockets[l->count].deadline_ns = http_deadline(LINGER_MS);
    l->sockets[l->count].bytes = 0;
    l->count++;
}

/* Drops what has come on socket i. True: more may come. */
static bool drop(http_linger *l, uint32_t i)
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
    for (uint32_t i = 0; i < l->count;) {
        if (drop(l, i) && l->sockets[i].deadline_ns > now_ns) {
            i++;
            continue;
        }
        (void)close(l->sockets[i].fd);
        l->sockets[i] = l->sockets[--l->count];
    }
}
