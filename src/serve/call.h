/* call.h - one request as a handler sees it, and how it replies. */
#ifndef KITH_SERVE_CALL_H
#define KITH_SERVE_CALL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/json.h"
#include "serve/health.h"
#include "serve/route.h"

#include <kith/rerank.h>

/* SERVE_DATABASES_MAX: handles of one call; SERVE_QUERY_MAX: parameters of one query string. */
enum { SERVE_DATABASES_MAX = 8, SERVE_QUERY_MAX = 64 };

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

/* Who asks. Without keys on the server, and over its Unix socket, everybody is an administrator;
 * with keys, who asks for a public route without one has SCOPE_PUBLIC.
 *
 * What a key may touch is enforced before the handler as far as the path says it: a {tenant} or
 * {database} in it must be the key's. A key for one tenant, database or collection reaches a
 * route of SCOPE_ADMIN only if the path names the tenant, and for one database the database too;
 * a key for one collection reaches none. What the path does not say, or says by a uuid, is left
 * to the handler: serve_database and serve_collection_allowed. */
typedef struct identity {
    const char *key_name;                       /* "" without a key */
    route_scope scope;                          /* the highest that the key allows */
    const char *tenant, *database, *collection; /* the only ones that it may touch; NULL: any */
} identity;

/* Lives until the handler returns, in one worker thread. */
struct serve_call {
    /* The database of the caller's key; of a key for any, or for a whole tenant, the one called
     * KITH_DEFAULT_DATABASE, of KITH_DEFAULT_TENANT or of that tenant. So a route whose path names
     * no tenant serves the caller's own. */
    kith *k;
    kith_embedder *embedder;      /* NULL: none */
    kith_cross_encoder *reranker; /* NULL: none */
    const kith_llm *llm;          /* NULL: none; answers are then quoted */
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
    const char *temporary;           /* a directory for files that live as long as a call */
    struct serve_request *request;   /* the server's */
};

/* ---- reading ---- */

/* A handle for a database, which the server closes after the handler. Asking for the same one again
 * gives the same handle.
 * Errors: AUTH (the key may not touch it, whether it exists or not), NOT_FOUND, IO, CORRUPT, BUSY,
 * NO_MEMORY; LIMIT: more than SERVE_DATABASES_MAX in one call. */
KITH_CHECKED kith_status serve_database(serve_call *call, const char *tenant, const char *database,
                                        kith **out, kith_error *err);
/* May the caller's key touch this collection (its name, never its uuid)? A list of collections
 * shows only those for which it may. Errors: AUTH. */
KITH_CHECKED kith_status serve_collection_allowed(serve_call *call, const char *name,
                                                  kith_error *err);
/* The decoded value of a query parameter, the first one of several, NUL-terminated; data NULL: it
 * is not there. */
view serve_query(serve_call *call, const char *name);
/* A query parameter as a number; *out is untouched when it is not there. Errors: INVALID, its
 * message names parameter and range. */
KITH_CHECKED kith_status serve_query_number(serve_call *call, const char *name, uint64_t max,
                                            uint64_t *out, kith_error *err);
view serve_header(const serve_call *call, const char *name);
view serve_body(const serve_call *call);

/* ---- replying: one of these, once ---- */

/* Starts writing JSON into call->reply; serve_reply sends it. */
json_writer serve_json(serve_call *call);
void serve_reply(serve_call *call, int http_status);
void serve_reply_bytes(serve_call *call, int http_status, const char *content_type, view body);
/* By the dialect. The first takes the HTTP status that belongs to err->code (serve_status_of); of a
 * failure of an LLM's or embedder's endpoint a handler says 502 by the second, since KITH_ERR_AUTH
 * means a key of ours elsewhere. What was written by serve_json is dropped. */
void serve_fail(serve_call *call, const kith_error *err);
void serve_fail_as(serve_call *call, int http_status, const char *message);
int serve_status_of(kith_status status);
void serve_add_header(serve_call *call, const char *name, const char *value);

/* Server-sent events, status 200. False from serve_event: the client left, so stop. `name` may be
 * NULL. `data` may have several lines. */
void serve_events_begin(serve_call *call);
KITH_CHECKED bool serve_event(serve_call *call, const char *name, view data);
void serve_events_end(serve_call *call);

/* Appends the server's own metrics, in the text format of Prometheus 0.0.4: requests and latencies
 * of each route, what is under way. */
void serve_write_metrics(const serve_call *call, buffer *out);
/* Writes the OpenAPI description of all its routes that have shapes. */
void serve_write_description(const serve_call *call, json_writer *w);
/* Whether it can do what it is for; and, for a key of an administrator for everything, the newest
 * notices of the library as an array, which is empty for all others. */
void serve_health(const serve_call *call, health_report *out);
void serve_write_notices(const serve_call *call, json_writer *w);
/* Asks the server to stop, as a signal does: the program that called serve_start then ends it. */
void serve_request_stop(serve_call *call);
/* True once the server was asked to stop and finishes what is under way. */
bool serve_is_stopping(const serve_call *call);

/* For the audit line of a write: what was written, by numbers and names, never content. */
void serve_audit(serve_call *call, const char *format, ...) KITH_PRINTF(2, 3);

#endif
