/* router.h - which route of which dialect answers a request.
 * Immutable once made; any thread. */
#ifndef KITH_SERVE_ROUTER_H
#define KITH_SERVE_ROUTER_H

#include "base/arena.h"
#include "base/status.h"
#include "serve/route.h"

#include <stdbool.h>

typedef struct router router;

enum { ROUTE_MAX_SEGMENTS = 32, ROUTE_ALLOW_BYTES = 64 };

typedef struct router_match {
    const route *route;     /* NULL: `path` is nobody's, or not by this method */
    const dialect *dialect; /* the route's; without one, the dialect in whose form to refuse */
    uint32_t number;        /* of the route among all routes: < router_count() */
    view captures[ROUTE_MAX_CAPTURES];
    char allow[ROUTE_ALLOW_BYTES]; /* the methods that `path` takes, when it takes not this one:
                                    * "GET, HEAD, POST"; else "" */
} router_match;

/* dialects  NULL ends; they outlive the router
 * Errors: KITH_ERR_INVALID: a table is wrong: a route has no scope, no handler or no summary, a
 * path that does not begin with '/', has more segments or captures than there may be or
 * "{name...}" before its end; or two routes are equal. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status router_new(const dialect *const *dialects, router **out, kith_error *err);
void router_free(router *r);
uint32_t router_count(const router *r);
/* In the order of the dialects and their tables; number < router_count(). */
const route *router_route(const router *r, uint32_t number);

/* Fills *out, whose captures live in `a`, NUL-terminated. HEAD finds the route of GET.
 * path  still percent-encoded, without the query
 * Errors: KITH_ERR_INVALID: an escape in the path is malformed, or stands for a NUL or for bytes
 * that are not UTF-8 (out->dialect is set); KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status router_find(const router *r, view method, view path, arena *a,
                                     router_match *out, kith_error *err);

/* The name of a path's capture by its index, as in router_match.captures: "tenant" for "{tenant}"
 * and "{tenant...}". False: it has no more. */
bool route_capture_name(const char *path, uint32_t index, view *name);
/* The capture of this name, as route_capture_name gives it: its index. False: `path` has none. */
bool route_capture(const char *path, const char *name, uint32_t *index);

/* Decodes %XX, and with plus_is_space '+' as in a query, into `a`, NUL-terminated. False: an escape
 * is malformed, the result holds a NUL or is not UTF-8, or `a` is exhausted. */
bool percent_decode(view text, bool plus_is_space, arena *a, view *out);

#endif
