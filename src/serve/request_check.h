/* request_check.h - is a request as its route's shapes say? */
#ifndef KITH_SERVE_REQUEST_CHECK_H
#define KITH_SERVE_REQUEST_CHECK_H

#include "serve/call.h"

/* Checks body and query parameters by call->route->shapes.
 * member  what is wrong, in call->arena ("documents[3].id", "limit"); untouched when all is well
 * Errors: KITH_ERR_INVALID, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status request_check(serve_call *call, const char **member, kith_error *err);

/* A text of a query, form or path as the JSON value that its shape expects: a number, a truth
 * value. One that is neither stays a text, which the shape then refuses.
 * record  with the members that there may be */
json_value request_value(const shape *record, view name, view text);

/* Of a request that was checked: a query parameter as a number, or `otherwise`. */
uint64_t request_number(serve_call *call, const char *name, uint64_t otherwise);
/* The same as a text; NULL: it is not there. */
const char *request_text(serve_call *call, const char *name);
/* Is it there, and true? */
bool request_flag(serve_call *call, const char *name);

/* The members of a body that was checked which the server bounds, as JSON text in call->arena; *out
 * is NULL when the member is absent or null. Errors: LIMIT names the option; NO_MEMORY. */

/* Of a filter: its objects' members, at most limits->filter_nodes. */
KITH_CHECKED kith_status request_filter(serve_call *call, const json_value *object,
                                        const char *name, const char **out, kith_error *err);
/* Of metadata: its bytes, at most limits->metadata_bytes. */
KITH_CHECKED kith_status request_metadata(serve_call *call, const json_value *object,
                                          const char *name, const char **out, kith_error *err);

/* Does the client accept events rather than one JSON object (Accept: text/event-stream)? */
bool request_wants_events(const serve_call *call);

#endif
