/* responses.h - POST /v1/responses, whole and as a stream. */
#ifndef KITH_OPENAI_RESPONSES_H
#define KITH_OPENAI_RESPONSES_H

#include "serve/call.h"

void responses_create(serve_call *call);
extern const route_shapes responses_shapes;

#endif
