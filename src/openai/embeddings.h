/* embeddings.h - POST /v1/embeddings. */
#ifndef KITH_OPENAI_EMBEDDINGS_H
#define KITH_OPENAI_EMBEDDINGS_H

#include "serve/call.h"

void embeddings_create(serve_call *call);
extern const route_shapes embeddings_shapes;

#endif
