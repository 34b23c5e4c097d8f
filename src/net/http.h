/* http.h - one HTTP request at a time over libcurl: deadlines, limits, streaming.
 * https and http only; at most 5 redirects, never to another scheme's host with the authorisation header. */
#ifndef KITH_NET_HTTP_H
#define KITH_NET_HTTP_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct http_request {
    const char *method; /* "GET" or "POST" */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    view body;
    uint32_t connect_timeout_ms; /* 0: 10,000 */
    uint32_t idle_timeout_ms;    /* without a byte; 0: 60,000 */
    uint32_t total_timeout_ms;   /* 0: 300,000 */
    size_t max_response_bytes;   /* 0: 64 MiB */
    /* Streaming: called with body bytes of a 2xx response as they come; anything but KITH_OK ends the request with that status. NULL: gather. */
    kith_status (*on_body)(void *context, view bytes);
    void *context;
} http_request;

typedef struct http_response {
    int status;
    char content_type[128];
    int64_t retry_after_ms; /* -1: none */
    buffer body;            /* what was gathered; of an error response also when streaming */
} http_response;

/* KITH_OK whenever a whole response came, whatever its status. KITH_ERR_NETWORK (cannot resolve, refused, TLS, cut off), KITH_ERR_TIMEOUT, KITH_ERR_LIMIT,
 * KITH_ERR_INVALID (the URL), or what on_body returned. `out` must be initialised by http_response_init and is always safe to hand to http_response_done. Any thread. */
KITH_CHECKED kith_status http_send(const http_request *request, http_response *out, kith_error *err);
void http_response_init(http_response *r, size_t max_body_bytes);
void http_response_done(http_response *r);

#endif
