/* http.h - one HTTP request at a time over libcurl: deadlines, limits, streaming.
 *
 * Whatever the far side may decide has a bound: the size of head and body, how long it may be
 * silent and take in all, how often and to where it redirects.
 *
 * http and https only; a request that began as https never goes on as http. At most 5 redirects; a
 * POST stays a POST. A request with a body stays at its origin (scheme, host, port): the caller
 * named whom its content is for, and a server does not get to name another. Without a body a
 * redirect may lead elsewhere, but the Authorization header is not sent there. The environment is
 * not read: no proxy, no .netrc, no cookies.
 *
 * Each request has a connection of its own, and the calling thread does the work. Any thread. */
#ifndef KITH_NET_HTTP_H
#define KITH_NET_HTTP_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"
#include "os/call_limit.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct http_request {
    const char *method;          /* "GET" or "POST" */
    const char *url;             /* absolute, without user name and password; at most 8 KiB */
    const char *const *headers;  /* "Name: value" each, NULL ends; or NULL: none */
    view body;                   /* of a POST */
    uint32_t connect_timeout_ms; /* until a connection is made; 0: 10,000 */
    uint32_t idle_timeout_ms;    /* without a byte in either direction; 0: 60,000 */
    uint32_t total_timeout_ms;   /* from the call to the response's end; 0: 300,000 */
    size_t max_response_bytes;   /* of the body; 0: 64 MiB */
    /* Called with body bytes of a 2xx response as they come; the response's status and content_type
     * are set by then. Any status but KITH_OK ends the request with it. NULL: the body is gathered
     * in the response. */
    kith_status (*on_body)(void *context, view bytes);
    void *context;
    bool stays_at_origin;         /* without a body too, because a header holds a secret */
    const char *authorities_file; /* PEM, in place of the system's; NULL: the system's */
    /* Checked while the request runs, several times a second; NULL: none. */
    const call_limit *limit;
} http_request;

typedef struct http_response {
    int status;             /* of the last response, after redirects; 0: none came */
    char content_type[128]; /* cut when longer; "" when there is none */
    int64_t retry_after_ms; /* from now; -1: no such header, or at once */
    bool is_refused;        /* nobody listens there: the connection was refused */
    buffer body;            /* the body, but of a 2xx response that on_body takes */
} http_response;

/* Sends the request and waits for the whole response. KITH_OK whenever one came, whatever its
 * status. `out` must have been initialised by http_response_init; whatever happens, it may be read,
 * handed to a further http_send, which empties it first, and must be handed to http_response_done.
 * Messages name scheme, host and port; nothing else of the URL, and no header's value, because
 * either may hold a secret.
 * KITH_ERR_INVALID   the method, the URL or a header is not acceptable; nothing was sent
 * KITH_ERR_NETWORK   the name does not resolve, the connection is refused or cut off, TLS fails
 * KITH_ERR_TIMEOUT   one of the three times is used up, or the limit's deadline has passed
 * KITH_ERR_CANCELLED the limit's caller asked to stop
 * KITH_ERR_LIMIT     the body is larger than max_response_bytes or than out->body may hold, or the
 *                    heads together than 256 KiB
 * KITH_ERR_REMOTE    what came is not HTTP, or it redirects too often, or to where requests must
 *                    not go: another scheme than http(s), a link-local address, one of this machine or
 *                    its network where the first was none, with a body another
 *                    origin (the message names both)
 * KITH_ERR_IO        libcurl, which is loaded at the first request, is not installed
 * KITH_ERR_INTERNAL  libcurl cannot start
 * KITH_ERR_NO_MEMORY
 * or what on_body returned, with `err` left alone. */
KITH_CHECKED kith_status http_send(const http_request *request, http_response *out,
                                   kith_error *err);
/* Allocates nothing. max_body_bytes bounds what is gathered. */
void http_response_init(http_response *r, size_t max_body_bytes);
void http_response_done(http_response *r);

#endif
