/* call.h - one request to an endpoint and its attempts.
 *   do status = call_send(&c, body, ...); while (call_again(&c, status, err)); */
#ifndef KITH_LLM_CALL_H
#define KITH_LLM_CALL_H

#include "base/buffer.h"
#include "base/rng.h"
#include "base/status.h"
#include "llm/endpoint.h"
#include "net/http.h"

#include <stdbool.h>
#include <stdint.h>

typedef kith_status (*call_body)(void *context, view bytes);

typedef struct call {
    const endpoint *endpoint;
    buffer url, authorization;
    const char *headers[4];
    http_response response; /* of the last attempt */
    char refused_param[32]; /* the request's field that the last attempt was refused for, or "" */
    bool is_hopeless;       /* the endpoint says that trying again does not help */
    int64_t deadline_ns;
    uint32_t attempts; /* made */
    rng jitter;
} call;

/* Checks the endpoint's settings and starts the deadline: KITH_ERR_INVALID, KITH_ERR_AUTH (no key
 * for the default URL), KITH_ERR_NO_MEMORY. path: "/embeddings". `c` is safe to hand to call_done
 * whatever the result; `e` must outlive it. One thread at a time. */
KITH_CHECKED kith_status call_init(call *c, const endpoint *e, const char *path, kith_error *err);
void call_done(call *c);

/* One attempt to POST `body`. KITH_OK is an answer of 2xx, gathered in c->response or, when on_body
 * is not NULL, handed to it (see http.h); everything else is one of endpoint.h's errors. When
 * on_body wants to end the attempt it returns KITH_ERR_CANCELLED, and so does this. */
KITH_CHECKED kith_status call_send(call *c, view body, call_body on_body, void *context,
                                   kith_error *err);

/* Whether a failure with `status` is worth another attempt; then it has waited. When it is not and
 * more than one was made, the message says how many. */
bool call_again(call *c, kith_status status, kith_error *err);

#endif
