/* call.h - one request as a handler sees it, and how it replies. */
#ifndef KITH_SERVE_CALL_H
#define KITH_SERVE_CALL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/json.h"
#include "serve/route.h"

/* Limits of a server that handlers enforce themselves; each is an option of `kith serve`. */
typedef struct serve_limits {
    uint64_t body_bytes;     /* 41,943,040 */
    uint32_t json_depth;     /* 64 */
    uint32_t batch;          /* records of one write; 5,461 is what Chroma announces */
    uint32_t dimension;      /* KITH_DIMENSION_MAX */
    uint32_t metadata_bytes; /* of one record */
    uint32_t filter_nodes;   /* 1,024 */
    uint32_t k;              /* KITH_K_MAX */
    uint32_t time_ms;        /* of one request; 60,000 */
} serve_limits;

/* Who asks. Without keys on the server everybody is an administrator. */
typedef struct identity {
    const char *key_name;                       /* "" without keys */
    route_scope scope;                          /* the highest that the key allows */
    const char *tenant, *database, *collection; /* the only ones that it may touch; NULL: any */
} identity;

/* Lives until the handler returns, in one worker thread. */
struct serve_call {
    kith *k;                 /* the default database of the default tenant */
    kith_embedder *embedder; /* NULL: none */
    const kith_llm *llm;     /* NULL: none; answers are then quoted */
    const serve_limits *limits;
    const dialect *dialect;
    const route *route;
    view captures[ROUTE_MAX_CAPTURES]; /* of the path's {segments}, in order; NUL-terminated */
    const json_value *body;            /* of BODY_JSON; NULL when there is none */
    arena arena;                       /* dies with the call */
    kith_call call; /* deadline and cancellation: for every call of kith that takes one */
    buffer reply;   /* what serve_reply sends */
    identity identity;
    bool strict_chroma, allow_reset; /* options of the server that dialects read */
    struct serve_state *state;       /* the server's */
};

/* ---- reading ---- */

/* A handle for a database, kept by the server as long as the database exists: not to be closed.
 * Errors: NOT_FOUND, AUTH (the key may not touch it), IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_CHECKED kith_status serve_database(serve_call *call, const char *tenant, const char *database,
                                        kith **out, kith_error *err);
/* May the caller's key touch this collection (its name)? Errors: AUTH. */
KITH_CHECKED kith_status serve_collection_allowed(serve_call *call, const char *name,
                                                  kith_error *err);
/* The decoded value of a query parameter, NUL-terminated; data NULL: it is not there. */
view serve_query(serve_call *call, const char *name);
/* A query parameter as a number; *out is untouched when it is not there. Errors: INVALID, its
 * message names parameter and range. */
KITH_CHECKED kith_status serve_query_number(serve_call *call, const char *name, uint64_t max,
                                            uint64_t *out, kith_error *err);
view serve_header(const serve_call *call, const char *name);
view serve_body(const serve_call *call);
/* Refuses members that are not in `known`, which NULL ends. Errors: INVALID names the member. */
KITH_CHECKED kith_status serve_known_members(const json_value *object, const char *const *known,
                                             const char *where, kith_error *err);

/* ---- replying: one of these, once ---- */

/* Starts writing JSON into call->reply; serve_reply sends it. */
json_writer serve_json(serve_call *call);
void serve_reply(serve_call *call, int http_status);
void serve_reply_bytes(serve_call *call, int http_status, const char *content_type, view body);
/* By the dialect. The first takes the HTTP status that belongs to err->code (serve_status_of). */
void serve_fail(serve_call *call, const kith_error *err);
void serve_fail_as(serve_call *call, int http_status, const char *message);
int serve_status_of(kith_status status);
void serve_add_header(serve_call *call, const char *name, const char *value);

/* Server-sent events. False from serve_event: the client left, so stop. `name` may be NULL. */
void serve_events_begin(serve_call *call);
KITH_CHECKED bool serve_event(serve_call *call, const char *name, view data);
void serve_events_end(serve_call *call);

/* For the audit line of a write: what was written, by numbers and names, never content. */
void serve_audit(serve_call *call, const char *format, ...) KITH_PRINTF(2, 3);

#endif
