/* error_object.h - the body of a failure in the dialects below /v1: OpenAI's form,
 *
 *     {"error": {"message": "k must be an integer from 1 to 10000, not a text",
 *                "type": "invalid_request_error", "param": "k", "code": "invalid"}}
 *
 * which kith's own API shares, so that a client need not know whose a path is. */
#ifndef KITH_SERVE_ERROR_OBJECT_H
#define KITH_SERVE_ERROR_OBJECT_H

#include "serve/call.h"

/* Its shape, for the description. */
extern const shape error_object_shape;

/* Replies with it.
 * param  the member of the request that is wrong; NULL: none, or not known
 * code   what a program may compare; NULL: by the failure's status */
void error_object_reply(serve_call *call, const serve_failure *failure, const char *param,
                        const char *code);
/* A dialect's `fail`: without param, code by the status. */
void error_object_fail(serve_call *call, const serve_failure *failure);
/* Replies to a call of kith that failed. Failures of an endpoint that kith asks itself (its
 * embedder's, its LLM's) are 502, and 429 when that endpoint refuses for now: clients then try
 * again. (A key of ours that may not do this is refused by serve_fail.) */
void error_object_refuse(serve_call *call, const kith_error *err, const char *param);

#endif
