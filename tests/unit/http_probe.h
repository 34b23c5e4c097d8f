/* http_probe.h - a client for tests of servers that sends exactly the bytes that it is told to, and
 * takes replies apart by itself. Every function fails the test when something does not come in time
 * (patience.h); used by any thread, a connection by one at a time. */
#ifndef KITH_HTTP_PROBE_H
#define KITH_HTTP_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A socket; close() it. The test fails when there is no connection. */
int probe_connect(uint16_t port);
int probe_connect_unix(const char *path);
/* False: the other side closed before it had taken all. */
bool probe_send(int fd, const char *text);
bool probe_send_bytes(int fd, const char *bytes, size_t size);

typedef struct probe_reply {
    int status; /* 0: the connection was closed instead, or the reply was cut off */
    char *head; /* all lines, NUL-terminated; never NULL */
    char *body; /* decoded when chunked, NUL-terminated; never NULL */
    size_t body_size;
} probe_reply;

/* Reads one reply and nothing behind it; 100 Continue is a reply. `to_head`: the request was HEAD, so
 * no body follows. */
probe_reply probe_read(int fd, bool to_head);
void probe_reply_free(probe_reply *r);
/* The value of a header, up to its line's end; NULL: none. Borrowed until the next call of this
 * thread. */
const char *probe_header(const probe_reply *r, const char *name);
/* Waits until the other side closes; false when a byte comes first. */
bool probe_is_closed(int fd);

#endif
