/* request.h - what happens to every request around its handler; private to serve/.
 * The functions are those of http_server_options, with the serve_state as their context. */
#ifndef KITH_SERVE_REQUEST_H
#define KITH_SERVE_REQUEST_H

#include "net/http_server.h"

/* Host and Origin, route, key, scope, rate: in this order, each of which may refuse. */
bool request_on_head(void *context, http_exchange *x, uint64_t *max_body);
/* The same for the socket of serve_options.unix_path. A proxy may be behind it and pass on requests
 * of anybody, so that being able to open it says nothing about who asks: a key is needed there too,
 * where the server has keys. */
bool request_on_head_of_proxy(void *context, http_exchange *x, uint64_t *max_body);
/* Query and body are parsed, and the handler is called. */
void request_on_request(void *context, http_exchange *x);
/* Metrics, the log, and what the request held. */
void request_on_end(void *context, http_exchange *x, int status, uint64_t bytes_sent);
/* What the HTTP server refuses by itself is told in the dialect's form too. */
size_t request_on_refusal(void *context, http_exchange *x, int status, const char *message,
                          char *body, size_t capacity, const char **content_type);

#endif
