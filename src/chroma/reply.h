/* reply.h - how this dialect refuses: {"error": NAME, "message": TEXT} with an HTTP status.
 *
 * Chroma's Python client makes its exception from the name, its npm client from the status, so both
 * have to be right. What reads a request replies with the refusal itself and returns false; its
 * caller only has to stop. */
#ifndef KITH_CHROMA_REPLY_H
#define KITH_CHROMA_REPLY_H

#include "serve/call.h"

/* The dialect's `fail`: 404 and 405 of paths that no route has go without a body, as Chroma's do. */
void chroma_fail(serve_call *call, const serve_failure *failure);

/* Refuses. Returns false. */
bool refuse(serve_call *call, int http_status, const char *format, ...) KITH_PRINTF(3, 4);
/* Refuses a body that is JSON of another shape: 422, in the words of Chroma. Returns false. */
bool refuse_shape(serve_call *call, const char *format, ...) KITH_PRINTF(2, 3);
/* Refuses with what a call of kith reported. Returns false. */
bool refuse_error(serve_call *call, const kith_error *err);

/* Replies with an error whose name is not the one that its status has elsewhere. */
void reply_error(serve_call *call, int http_status, const char *name, const char *message);
/* Replies {}. */
void reply_empty_object(serve_call *call, int http_status);
/* Tells in the header X-Kith-Truncated how many texts were embedded without their ends, if any were:
 * Chroma's replies have no member for it, and its clients read no more than they know. Once a call,
 * since a reply has room for so many headers. */
void reply_truncated(serve_call *call, uint64_t count);

#endif
