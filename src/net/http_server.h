/* http_server.h - HTTP/1.1 for many clients at a time, over libmicrohttpd.
 *
 * A request passes through these steps:
 *
 *   1. its head is read, bounded in size and time, and refused when two parties could read it
 *      differently (request smuggling): 400, and the connection ends;
 *   2. on_head refuses it, or says how large its body may be;
 *   3. the body is gathered, counted as it comes: 413 as soon as it is too large;
 *   4. on_request answers it: whole (http_reply), or piece by piece (http_stream_begin).
 *
 * Steps 1 to 3 are done by whichever of the server's threads leads, one at a time; nobody's bytes
 * move while it is in on_head. Step 4 may take its time and wait for what it likes: it runs in as
 * many threads as there are workers, and one of the others leads meanwhile (net/http_crew.h).
 *
 * When all workers are busy, requests wait in a queue of bounded length; above it they are refused
 * with 503. A connection carries one request after the other. */
#ifndef KITH_NET_HTTP_SERVER_H
#define KITH_NET_HTTP_SERVER_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct http_server http_server;

/* One request and its reply. Lives until the reply was sent, or the client left. Used by one thread
 * at a time: the lead in on_head, then a worker in on_request. */
typedef struct http_exchange http_exchange;

typedef struct http_server_options {
    const char *host;          /* an address or a name, whose first address is taken; NULL: none */
    uint16_t port;             /* 0: one that the system chooses, see http_server_port() */
    uint16_t *bound_port;      /* the port is written here before the first request is read, for
                                * what on_head compares with it; NULL: nowhere */
    const char *unix_path;     /* of a socket, mode 0600, in place of one that nobody listens on any
                            * longer; NULL: none. At least one of host and unix_path is given */
    view certificate, key;     /* PEM; both or neither: TLS on host and port */
    uint32_t workers;          /* 0: 16 */
    uint32_t max_waiting;      /* requests that wait for a worker; 0: 1,024 */
    uint32_t max_connections;  /* 0: 1,024; above it a client gets a 503 that says so, or, with
                                * TLS, is closed at once */
    uint32_t max_head_bytes;   /* request line and headers; 0: 32 KiB; above it 431 */
    uint64_t max_bodies_bytes; /* in memory for the bodies of all requests under way; 0: 512 MiB;
                                * above it 503 */
    uint32_t head_timeout_ms;  /* from the connection to the end of its first head; 0: 10,000 */
    uint32_t idle_timeout_ms;  /* without a byte of a body, and from a reply to the end of the next
                               * request's head; 0: 60,000. A reply may take as long, and besides
                               * that as long as it takes at 8 KiB a second */
    uint32_t body_timeout_ms;  /* of the whole body; 0: 300,000 */
    /* Decides about a request by its head. True: it goes on, with a body of at most *max_body bytes
     * (0 on entry). False: it replied already (http_reply), and no body is read. Must not block. */
    bool (*on_head)(void *context, http_exchange *x, uint64_t *max_body);
    /* Answers. Must have replied when it returns; else the client gets a 500. */
    void (*on_request)(void *context, http_exchange *x);
    /* Called once an exchange has ended, for what the access log has; any thread. `status` is 0
     * when the client left before it was answered, as far as that was noticed; `bytes_sent` is of
     * the body. May be NULL. */
    void (*on_end)(void *context, http_exchange *x, int status, uint64_t bytes_sent);
    /* Writes the body of a reply that the server gives by itself (400, 413, 431, 503, 500) in place
     * of an empty one: fills `body` [capacity], returns its bytes, and sets *content_type to static
     * storage. May be NULL. */
    size_t (*on_refusal)(void *context, http_exchange *x, int status, const char *message,
                         char *body, size_t capacity, const char **content_type);
    void *context;
} http_server_options;

/* Listens and serves until http_server_stop. `options` is copied, with its strings.
 * Errors:
 *   KITH_ERR_INVALID    neither host nor unix_path; a certificate without a key, or without a
 *                       host; they do not fit; more workers than there may be threads
 *   KITH_ERR_NOT_FOUND  the host's name does not resolve
 *   KITH_ERR_EXISTS     the port, or the socket, is another program's
 *   KITH_ERR_IO         cannot listen there; or libmicrohttpd cannot be loaded
 *   KITH_ERR_LIMIT      unix_path is longer than 107 bytes
 *   KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status http_server_start(const http_server_options *options, http_server **out,
                                           kith_error *err);
/* The port that it listens on; 0 without a host. */
uint16_t http_server_port(const http_server *s);
/* How many connections are open now. Any thread. */
uint32_t http_server_connections(http_server *s);
/* Accepts nothing new, lets what is under way finish for at most `drain_ms` (idle connections are
 * closed at once), closes the rest, frees. Accepts NULL. True: nothing was cut off. */
bool http_server_stop(http_server *s, uint32_t drain_ms);

/* ---- the request ---- */

/* Borrowed until the exchange ends; NUL-terminated too. */
view http_method(const http_exchange *x);
/* Path and query as they came, still percent-encoded; the query without its '?', "" when none. */
view http_path(const http_exchange *x);
view http_query(const http_exchange *x);
/* The value of a header, by its name in any case; the first one of several; data NULL: none. A
 * value is cut at a NUL by libmicrohttpd 0.9.75 (net/http_guard.h). */
view http_header(const http_exchange *x, const char *name);
/* Empty in on_head. */
view http_body(const http_exchange *x);
/* "127.0.0.1", "::1"; "unix" for the socket. */
const char *http_peer(const http_exchange *x);
bool http_is_unix(const http_exchange *x);
/* The caller's, NULL at first; on_end is the place to free it. */
void **http_user(http_exchange *x);

/* ---- the reply ----
 * Once for each exchange: http_reply, or http_stream_begin, any number of http_stream_write, and
 * http_stream_end. */

/* Before the reply: adds a header. Name and value are copied; a value with CR or LF is not sent (a
 * CHECK: the caller builds values of his own making). */
void http_add_header(http_exchange *x, const char *name, const char *value);
/* `body` is copied. content_type NULL: none is sent. */
void http_reply(http_exchange *x, int status, const char *content_type, view body);
/* Begins a body of unknown length (chunked). The worker stays with it. */
void http_stream_begin(http_exchange *x, int status, const char *content_type);
/* Waits while more than 1 MiB is not sent yet. False: the client is gone, or slower than
 * idle_timeout_ms; nothing more need be written. */
KITH_CHECKED bool http_stream_write(http_exchange *x, view bytes);
/* Writes `bytes` when nothing was written for `quiet_ms`, so that whoever is between sees life, and
 * a client that has left is noticed. Never waits. Any thread, from http_stream_begin until
 * http_stream_end. */
void http_stream_keep_alive(http_exchange *x, view bytes, uint32_t quiet_ms);
void http_stream_end(http_exchange *x);
/* Has the client closed its connection? Costs a system call; a worker's, for kith_call. */
bool http_client_left(const http_exchange *x);

#endif
