/* http_connection.h - the open connections of a server, and when each of them is cut.
 *
 * libmicrohttpd knows one limit of time: how long a connection may be without any byte. A client
 * that sends a byte a second holds a connection for ever under it. Here each connection has one
 * deadline, which whoever takes it into its next phase sets anew (net/http_server.c: head, body,
 * reply, idle), and the sweep shuts down the sockets whose deadline has passed; libmicrohttpd sees
 * them closed and ends the connection as if the client had left.
 *
 * A connection is in the table from libmicrohttpd's first word about it to its last, which comes
 * before it closes the socket. Whoever shuts a socket down holds the table's lock and found the
 * connection in it; so it is never a number that the system gave to another file meanwhile. Its
 * memory stays for as long as an exchange refers to it. */
#ifndef KITH_NET_HTTP_CONNECTION_H
#define KITH_NET_HTTP_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Below this rate a client is cut that reads a reply, after the idle timeout. */
enum { HTTP_MIN_BYTES_PER_S = 8192 };

typedef struct http_connection {
    int fd;         /* libmicrohttpd's */
    bool is_closed; /* no longer in the table, fd is not ours; by the table's lock */
    bool is_unix;
    uint32_t references;             /* the table's and those of exchanges; by the table's lock */
    char peer[48];                   /* "127.0.0.1", "::1", "unix" */
    atomic_int_fast64_t deadline_ns; /* of clock_monotonic_ns(); 0: none */
    atomic_bool is_busy;             /* a request's head is complete, and its reply not yet sent */
    bool is_reading;                 /* its body is read now; the lead's */
    bool has_ended;                  /* the last sweep found no more to read; the lead's */
    struct http_connection *next, *previous;
} http_connection;

typedef struct http_connections {
    pthread_mutex_t lock; /* of the list; nothing else is locked while it is held */
    http_connection *first;
    uint32_t count;
} http_connections;

void http_connections_init(http_connections *all);
/* All must have been removed. */
void http_connections_done(http_connections *all);

/* NULL: out of memory. `deadline_ns` as in http_connection. Any thread. */
http_connection *http_connections_add(http_connections *all, int fd, int64_t deadline_ns);
/* Before its socket closes; lets go of the table's reference. */
void http_connections_remove(http_connections *all, http_connection *c);
uint32_t http_connections_count(http_connections *all);

/* Shuts down those whose deadline is before `now_ns`, and those whose client has closed its side in
 * the middle of a body. libmicrohttpd waits for sockets edge-triggered and takes a read of fewer
 * bytes than it has room for to mean that nothing is left: an end that came together with the last
 * bytes it never sees, and the request would be under way until its deadline. Such an end counts
 * when two sweeps in a row have found it, so what was read before it has been looked at. The
 * lead's. */
void http_connections_sweep(http_connections *all, int64_t now_ns);
/* Lets the server read nothing more from those that are not busy: what they sent before is still
 * answered, then they close. */
void http_connections_close_idle(http_connections *all);
void http_connections_cut_all(http_connections *all);

/* These four are any thread's that holds a reference. */
void http_connection_acquire(http_connections *all, http_connection *c);
void http_connection_release(http_connections *all, http_connection *c);
/* Shuts it down if it is still open. */
void http_connection_cut(http_connections *all, http_connection *c);
/* Is it closed, or has the client closed its side? */
bool http_connection_is_left(http_connections *all, const http_connection *c);

/* `ms` from now. */
int64_t http_deadline(uint64_t ms);
/* For a client that has to take `bytes` more: at HTTP_MIN_BYTES_PER_S, after the idle timeout or,
 * if that is earlier, after `before_ns`, the deadline for what it had to take before. */
int64_t http_reply_deadline(uint64_t idle_ms, uint64_t bytes, int64_t before_ns);
static inline void http_connection_set_deadline(http_connection *c, int64_t deadline_ns)
{
    // Relaxed: the sweep acts on what it happens to see, and looks again 100 ms later.
    atomic_store_explicit(&c->deadline_ns, deadline_ns, memory_order_relaxed);
}

#endif
