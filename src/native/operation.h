/* operation.h - what an operator asks: /v1/stats, /healthz, /metrics, /openapi.json. */
#ifndef KITH_NATIVE_OPERATION_H
#define KITH_NATIVE_OPERATION_H

#include "serve/call.h"

void stats_get(serve_call *call);
void health_get(serve_call *call);
void metrics_get(serve_call *call);
void description_get(serve_call *call);
extern const route_shapes stats_shapes, health_shapes, metrics_shapes, description_shapes;

#endif
