/* refusal.h - a failure of a call as this dialect answers it. */
#ifndef KITH_OPENAI_REFUSAL_H
#define KITH_OPENAI_REFUSAL_H

#include "serve/call.h"

/* Replies with what went wrong. Failures of an endpoint that kith asks itself (its embedder's, its
 * LLM's) are 502, and 429 when that endpoint refuses for now: clients then try again.
 * param  the member of the request that is wrong; NULL: none */
void openai_refuse(serve_call *call, const kith_error *err, const char *param);
/* A model that is not there: 404, model_not_found. */
void openai_refuse_model(serve_call *call, const char *model);
/* The HTTP status of openai_refuse. */
int openai_status_of(kith_status status);

#endif
