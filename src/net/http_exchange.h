/* http_exchange.h - one request and its reply, as the server's threads share it.
 *
 * It is worked on by the lead (net/http_crew.h) until the request is complete, by the thread that
 * runs it as a job then, called a worker here, and by the lead again to send. Each holds a
 * reference while it may touch it, and the last one to let go ends it. They overlap in one case:
 * while a worker writes a stream, the lead sends it; what both touch then is in the pipe, under its
 * lock. */
#ifndef KITH_NET_HTTP_EXCHANGE_H
#define KITH_NET_HTTP_EXCHANGE_H

#include "base/buffer.h"
#include "net/http_connection.h"
#include "net/http_crew.h"
#include "net/http_guard.h"
#include "net/http_linger.h"
#include "net/http_pipe.h"
#include "net/http_server.h"
#include "net/mhd_library.h"

/* What all exchanges of a server have in common. */
typedef struct http_service {
    mhd_library mhd;
    http_server_options options; /* no zero where a zero means a default */
    http_connections connections;
    http_linger linger;
    http_crew *crew;
    int wake; /* eventfd: makes the lead look */
    /* A resumed connection is seen when the lead next looks. Who resumes one sets has_resumed, then
     * reads is_waiting; the lead sets is_waiting before it waits, then reads has_resumed. All four
     * are sequentially consistent, so that one of the two sees the other: the lead does not wait,
     * or is woken. */
    atomic_bool has_resumed, is_waiting;
    atomic_bool is_draining;         /* replies end their connections */
    atomic_bool is_cutting;          /* streams end at once */
    atomic_uint_fast64_t body_bytes; /* held for the bodies of all requests under way */
    atomic_uint under_way;           /* exchanges whose head is complete */
} http_service;

typedef enum http_phase {
    PHASE_HEAD,    /* being read */
    PHASE_BODY,    /* being gathered */
    PHASE_DISCARD, /* replied already; the rest of the body is read and dropped */
    PHASE_WORK,    /* a worker's, or about to be */
    PHASE_REPLY    /* handed to libmicrohttpd */
} http_phase;

struct http_exchange {
    http_job job; /* first */
    http_service *service;
    struct MHD_Connection *mhd;
    http_connection *connection;
    atomic_uint references;

    http_phase phase;   /* the lead's */
    bool is_under_way;  /* counted in service->under_way */
    bool is_read_whole; /* no byte of the request is left on the connection */
    int64_t body_deadline_ns, stream_deadline_ns;
    uint64_t max_body, body_received;
    http_framing framing;

    /* Copies: libmicrohttpd's own end with the connection, and a worker may outlive that. */
    char *target; /* path, NUL, query, NUL */
    char method[24];
    bool is_head; /* its reply has no body */
    view path, query;
    buffer headers; /* name, NUL, value, NUL, ... */
    buffer body;

    buffer reply_headers; /* as headers */
    struct MHD_Response *response;
    bool has_replied, is_stream;
    int status;
    uint64_t reply_bytes;
    http_pipe *pipe; /* of a stream; NULL: there was no memory for it */
    int sent_status; /* for on_end */
    uint64_t sent_bytes;
    void *user;
};

/* `target` as it came. One reference, the caller's. NULL: out of memory. */
http_exchange *http_exchange_new(http_service *service, struct MHD_Connection *mhd,
                                 http_connection *connection, const char *target);
void http_exchange_acquire(http_exchange *x);
/* The last one calls on_end and frees. */
void http_exchange_release(http_exchange *x);
/* Lets the lead go on with its connection, which is suspended. Any thread. */
void http_exchange_resume(http_exchange *x);
/* Replies for the server itself, by on_refusal. 503 carries Retry-After. */
void http_exchange_refuse(http_exchange *x, int status, const char *message);
/* libmicrohttpd has ended it, having told the client `status` (0: nothing, or not all). The
 * lead's last call before its release. */
void http_exchange_sent(http_exchange *x, int status);

#endif
