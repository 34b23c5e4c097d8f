/* call.h - one request to an endpoint, over as many attempts as its settings allow.
 *     status = call_init(&c, ...);
 *     if (status == KITH_OK)
 *         do status = call_send(&c, body, ...);
 *         while (call_again(&c, status, err));
 *     call_done(&c);
 * call.c says what is tried again and what is not. One thread at a time. */
#ifndef KITH_LLM_CALL_H
#define KITH_LLM_CALL_H

#include "base/buffer.h"
#include "base/rng.h"
#include "base/status.h"
#include "llm/endpoint.h"
#include "net/http.h"

#include <stdbool.h>
#include <stdint.h>

/* As http_request.on_body. */
typedef kith_status (*call_body)(void *context, view bytes);

typedef struct call {
    const endpoint *endpoint;
    buffer url, authorization;
    const char *headers[4];
    http_response response; /* of the last attempt */
    char refused_param[32]; /* the field of the request that the endpoint refused last, or "" */
    bool may_be_size;       /* the last refusal may be for the request's size (remote_error.h) */
    bool is_hopeless;       /* the quota is spent, so another attempt cannot succeed */
    int64_t deadline_ns;    /* of all attempts, on the monotonic clock */
    uint32_t attempts;      /* made so far */
    rng jitter;
} call;

/* Checks the endpoint's settings and starts the deadline; sends nothing.
 * e     must outlive `c`
 * path  appended to the base URL: "/embeddings"
 * Whatever the result, `c` must be handed to call_done.
 * Errors: KITH_ERR_INVALID for no model, a key with a space or a control character, or a base URL
 * with a query or a fragment; KITH_ERR_AUTH for no key at the default URL; KITH_ERR_LIMIT for a URL
 * or a key of more than 8 KiB; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status call_init(call *c, const endpoint *e, const char *path, kith_error *err);
/* Overwrites the key before it frees it. */
void call_done(call *c);

/* One attempt to POST `body`. KITH_OK: a 2xx answer came, gathered in c->response, or handed to
 * on_body when that is not NULL. To end the attempt on_body returns KITH_ERR_CANCELLED, and so does
 * this.
 * KITH_ERR_AUTH          401, 403
 * KITH_ERR_NOT_FOUND     404, or the model is unknown
 * KITH_ERR_RATE_LIMITED  429
 * KITH_ERR_LIMIT         the text is longer than the model takes (a status below 500 that says so)
 * KITH_ERR_REMOTE        any other status; what came is not HTTP, is too large, or redirects to
 *                        where requests must not go
 * KITH_ERR_TIMEOUT       silence, no connection in time, or the deadline is over
 * KITH_ERR_NETWORK       the connection cannot be made, or is cut off
 * KITH_ERR_INVALID       the base URL is not acceptable
 * KITH_ERR_IO, KITH_ERR_INTERNAL  libcurl is missing or cannot start
 * KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status call_send(call *c, view body, call_body on_body, void *context,
                                   kith_error *err);

/* True when another attempt is worth making after `status`, the result of the one before: it has
 * then waited as long as it must, up to 30 s or what the endpoint asked for. False for KITH_OK, and
 * for a failure that is final; its message then says how many attempts there were, if more than
 * one. */
bool call_again(call *c, kith_status status, kith_error *err);

#endif
