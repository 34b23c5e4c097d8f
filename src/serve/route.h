/* route.h - what a server answers: dialects, and the table of routes of each.
 *
 * A dialect is a folder of handlers that speaks one API (Chroma's, OpenAI's, kith's own). It
 * gives a table of routes and a way to write an error; everything that holds for every request is
 * done around it, once: finding the route, authentication and scope, limits, parsing, the log. */
#ifndef KITH_SERVE_ROUTE_H
#define KITH_SERVE_ROUTE_H

#include "base/view.h"
#include "serve/shape.h"

#include <kith/kith.h>
#include <stdint.h>

typedef struct serve_call serve_call;

/* What a key must allow. There is no zero: a route without a scope is a bug that a test finds. */
typedef enum route_scope {
    SCOPE_UNSET = 0,
    SCOPE_PUBLIC, /* needs no key: liveness, versions */
    SCOPE_READ,
    SCOPE_WRITE,
    SCOPE_ADMIN /* keys, tenants, databases, reset, stopping */
} route_scope;

typedef enum route_body {
    BODY_NONE = 0, /* none is read; one that comes is refused */
    BODY_JSON,     /* parsed: call->body. An empty body is an error */
    BODY_JSON_OR_NONE,
    BODY_BYTES /* as it comes: serve_body() */
} route_body;

enum { ROUTE_MAX_CAPTURES = 6 };

/* What goes in and comes out of a route, for checking requests and for the OpenAPI description. */
typedef struct route_shapes {
    const shape *query;         /* SHAPE_RECORD: its members are query parameters; NULL: none */
    const shape *request;       /* of a JSON body; NULL: there is none */
    const char *other_request;  /* another type of body that is taken: "multipart/form-data" */
    int status;                 /* when all is well; 0: 200 */
    const shape *response;      /* of a JSON body; NULL: there is none */
    const char *other_response; /* another type that may come: "text/event-stream" */
} route_shapes;

/* `path` is literal but for segments of the form {name}, each of which takes one segment, not
 * empty, percent-decoded; and "{name...}" as the last one, which takes the rest. A literal
 * segment is preferred to a captured one. */
typedef struct route {
    const char *method; /* "GET" */
    const char *path;   /* "/api/v2/tenants/{tenant}/databases/{database}" */
    route_scope scope;
    route_body body;
    uint64_t max_body; /* 0: the server's limit */
    void (*handle)(serve_call *call);
    /* For the OpenAPI description and the metrics: "list databases". */
    const char *summary;
    const route_shapes *shapes; /* NULL: the route is left out of the description */
    /* It does not look at call->k, so that it answers a key whose database does not exist too. */
    bool without_database;
} route;

/* A request that does not reach its handler, or whose handler failed. */
typedef struct serve_failure {
    int http_status;     /* >= 400 */
    kith_status status;  /* what kith called it; KITH_OK: it is the server's own */
    const char *message; /* for a person; never a secret */
} serve_failure;

typedef struct dialect {
    const char *name;   /* "chroma" */
    const char *prefix; /* of all its paths: "/api/v2" */
    const route *routes;
    uint32_t route_count;
    /* Writes the reply for a failure, in the dialect's form. */
    void (*fail)(serve_call *call, const serve_failure *failure);
    const shape *error; /* of what `fail` writes; NULL: not described */
    /* What its paths' captures are, by their names, for the description; a member without a name
     * ends them. NULL: texts. */
    const shape_member *captures;
} dialect;

#endif
