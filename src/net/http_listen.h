/* http_listen.h - the sockets that a server listens on: a TCP port, and a Unix socket in the file
 * system that only its owner may open. */
#ifndef KITH_NET_HTTP_LISTEN_H
#define KITH_NET_HTTP_LISTEN_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* The longest path that a socket address takes, without its NUL. */
enum { UNIX_PATH_MAX_BYTES = 107 };

typedef struct http_listener {
    int fd;        /* non-blocking; -1: closed */
    uint16_t port; /* TCP: the one that it has */
    bool is_unix;
    char path[UNIX_PATH_MAX_BYTES + 1]; /* Unix: to be removed when it closes */
    dev_t device;                       /* of the socket file, so that another's is not removed */
    ino_t inode;
} http_listener;

/* host  an address or a name, whose first address is taken
 * port  0: the system chooses
 * A port is free again as soon as its last listener closed (SO_REUSEADDR).
 * Errors: KITH_ERR_NOT_FOUND (the name has no address), KITH_ERR_EXISTS (another program listens
 * there), KITH_ERR_IO; each names host and port; out->fd is then -1. */
KITH_CHECKED kith_status http_listen_tcp(const char *host, uint16_t port, http_listener *out,
                                         kith_error *err);
/* Mode 0600 from its first moment. A socket file that nobody listens on any longer (its process was
 * killed) is replaced; nothing else is, and a symbolic link is not followed. Two servers that start
 * on one abandoned file at the same moment are not kept apart: the caller has a lock for that.
 * Errors: KITH_ERR_LIMIT (longer than UNIX_PATH_MAX_BYTES), KITH_ERR_EXISTS (in use, or no socket),
 * KITH_ERR_IO; each names the path; out->fd is then -1. */
KITH_CHECKED kith_status http_listen_unix(const char *path, http_listener *out, kith_error *err);
/* Stops listening and removes the socket file if it still is this listener's. */
void http_listener_close(http_listener *l);

#endif
