/* http_linger.h - connections whose last reply is sent while their client still sends.
 *
 * A request may be refused by its head: too large, no key. If its socket were closed at once, the
 * kernel would answer the rest of the body with a reset, which makes the client's kernel drop the
 * reply before the client has read it: instead of "413, at most 40 MiB" a user would see
 * "connection reset". So the server keeps such a socket, with its sending side closed, reads and
 * drops what comes, and closes it when the client has closed, or after a little while. */
#ifndef KITH_NET_HTTP_LINGER_H
#define KITH_NET_HTTP_LINGER_H

#include <stdint.h>

enum {
    LINGER_MAX = 64,  /* sockets at a time; more are closed at once */
    LINGER_MS = 2000, /* at most */
    LINGER_BYTES = 64 << 20
};

/* One thread's at a time, the lead's. */
typedef struct http_linger {
    int epoll;
    uint64_t tag;
    uint32_t count;
    struct {
        int fd;
        int64_t deadline_ns;
        uint64_t bytes;
    } sockets[LINGER_MAX];
} http_linger;

/* `epoll` then reports what the sockets have, under `tag`. */
void http_linger_init(http_linger *l, int epoll, uint64_t tag);
/* Closes what is left. */
void http_linger_done(http_linger *l);
/* Keeps a duplicate of `fd`, unless there are LINGER_MAX or the system gives none. */
void http_linger_add(http_linger *l, int fd);
/* Reads what came and closes what is done. */
void http_linger_sweep(http_linger *l, int64_t now_ns);

#endif
