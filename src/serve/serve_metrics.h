/* serve_metrics.h - how many requests each route had, how they ended and how long they took.
 *
 * Counters are atomics that only grow, so that counting takes no lock; relaxed order suffices, as
 * no other memory depends on them. Figures that are read may disagree by the requests that end
 * meanwhile. */
#ifndef KITH_SERVE_SERVE_METRICS_H
#define KITH_SERVE_SERVE_METRICS_H

#include "base/buffer.h"
#include "serve/router.h"

#include <stdint.h>

typedef struct serve_metrics serve_metrics;

/* A request that reached no route. */
#define ROUTE_NUMBER_NONE UINT32_MAX

/* `routes` outlives it. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status serve_metrics_new(const router *routes, serve_metrics **out,
                                           kith_error *err);
void serve_metrics_free(serve_metrics *m);

/* In this order for one request, any thread: its head was read; a worker took it, which does not
 * happen to all; it ended. */
void serve_metrics_begin(serve_metrics *m);
void serve_metrics_take(serve_metrics *m);
typedef struct request_end {
    uint32_t route; /* its number in the router, or ROUTE_NUMBER_NONE */
    bool was_taken; /* by a worker */
    int status;     /* 0: the client left before it was answered */
    int64_t ns;     /* from its head to the last byte of the answer */
    uint64_t bytes_in, bytes_out;
} request_end;
void serve_metrics_end(serve_metrics *m, const request_end *end);

/* Appends all in the text format of Prometheus 0.0.4, routes without requests left out. */
void serve_metrics_write(const serve_metrics *m, buffer *out);

/* Appends how many connections are open. */
void serve_metrics_connections(uint32_t count, buffer *out);

#endif
