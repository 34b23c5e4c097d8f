/* http.h - one HTTP request at a time over libcurl: deadlines, limits, streaming.
 * https and http only; an https request never falls back to http. At most 5 redirects, a POST stays
 * a POST. A request with a body stays at its origin (scheme, host, port): the caller named whom its
 * content is for, and a server does not get to name another. Without a body a redirect may lead
 * elsewhere, but the Authorization header is not sent there. Proxies, netrc and cookies are not
 * used: the environment is not read. */
#ifndef KITH_NET_HTTP_H
#define KITH_NET_HTTP_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct http_request {
    const char *method;         /* "GET" or "POST" */
    const char *url;            /* absolute, without user name and password */
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    view body;
    uint32_t connect_timeout_ms; /* 0: 10,000 */
    uint32_t idle_timeout_ms;    /* without a byte; 0: 60,000 */
    uint32_t total_timeout_ms;   /* 0: 300,000 */
    size_t max_response_bytes;   /* 0: 64 MiB */
    /* Streaming: called with body bytes of a 2xx response as they come; the response's status and
     * content_type are set by then. Anything but KITH_OK ends the request with that status.
     * NULL: gather. */
    kith_status (*on_body)(void *context, view bytes);
    void *context;
} http_request;

typedef struct http_response {
    int status;
    char content_type[128];
    int64_t retry_after_ms; /* from now; -1: none, or at once */
    buffer body;            /* what was gathered; of an error response also when streaming */
} http_response;

/* KITH_OK whenever a whole response came, whatever its status. Otherwise
 * KITH_ERR_INVALID   the method, the URL or a header is not acceptable; nothing was sent
 * KITH_ERR_NETWORK   cannot resolve, refused, TLS, cut off
 * KITH_ERR_TIMEOUT   one of the three times is over
 * KITH_ERR_LIMIT     the response is larger than max_response_bytes, or its head than 256 KiB
 * KITH_ERR_REMOTE    not HTTP, or redirected too often or to where requests must not go: another
 *                    scheme than http(s), a link-local address, with a body another origin (the
 *                    message names both)
 * KITH_ERR_NO_MEMORY
 * or what on_body returned, with `err` left alone. No message holds a header's value or more of the
 * URL than scheme, host and port. `out` must be initialised by http_response_init and is always
 * safe to hand to http_response_done and to a further http_send. Any thread. */
KITH_CHECKED kith_status http_send(const http_request *request, http_response *out,
                                   kith_error *err);
void http_response_init(http_response *r, size_t max_body_bytes);
void http_response_done(http_response *r);

#endif
