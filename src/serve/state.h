/* state.h - what the files of the server share; private to serve/, and no dialect includes it. */
#ifndef KITH_SERVE_STATE_H
#define KITH_SERVE_STATE_H

#include "net/http_server.h"
#include "serve/admission.h"
#include "serve/guard.h"
#include "serve/health.h"
#include "serve/key_ring.h"
#include "serve/parse_room.h"
#include "serve/router.h"
#include "serve/serve_metrics.h"
#include "serve/server.h"

#include <pthread.h>
#include <stdatomic.h>

struct serve_state {
    serve_options options; /* as serve_start got them, limits completed */
    const dialect **dialects;
    router *router;
    guard guard;
    serve_metrics *metrics;
    key_ring *keys;
    admission *admission;
    health *health;
    parse_room parsing;          /* of bodies of more than PARSED_AT_ONCE_BYTES */
    http_server *server, *extra; /* `extra` listens on options.unix_path */
    uint64_t id_high;            /* random: the first half of every request's id */
    atomic_uint_fast64_t id_next;
    int directory_fd; /* see socket_path.h; -1: none */

    pthread_t keeper; /* reads the keys again and again, and keeps streams alive */
    bool has_keeper;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool stop_requested, is_ending;
    struct serve_request *streams; /* those that send events now */
};

enum {
    REQUEST_ID_BYTES = 32,
    AUDIT_MAX_BYTES = 1024,
    PARSED_AT_ONCE_BYTES = 1 << 20, /* a body of so many has no need of the room for large ones */
    PARSING_FACTOR = 20,            /* of its size, what a body may take while it is parsed */
    PARSE_ROOM_BYTES = 1 << 30      /* or what the largest body may take, if that is more */
};

typedef struct query_parameter {
    view name, value;
} query_parameter;

typedef struct open_database {
    const char *tenant, *database; /* in the call's arena */
    kith *handle;
} open_database;

/* From on_head to on_end. One thread at a time: whoever has the exchange. */
typedef struct serve_request {
    serve_call call;
    serve_state *state;
    http_exchange *exchange;
    router_match match;
    char id[REQUEST_ID_BYTES + 1];
    int64_t begun_ns;
    atomic_int_fast64_t looked_ns; /* when it was last asked whether the client has left */
    bool is_of_directory;          /* it came by the socket in the data directory */
    bool is_admitted;              /* counted by the admission */
    bool is_taken;                 /* a worker has it, or had it */
    bool is_replied;               /* or streams */
    bool is_refused;               /* serve_fail was called */
    query_parameter query[SERVE_QUERY_MAX];
    uint32_t query_count;
    open_database databases[SERVE_DATABASES_MAX];
    uint32_t database_count;
    struct serve_request *next_stream, *previous_stream; /* by the state's lock */
    bool is_stream;                                      /* it is among the state's streams */
    buffer audit;
    arena json;          /* of call.body */
    uint64_t parse_room; /* that it has */
    /* Where the reply goes instead of to the exchange, when the HTTP server asks for its body
     * (on_refusal); NULL: to the exchange. */
    char *captured;
    size_t capture_capacity, captured_bytes;
    const char *captured_type;
} serve_request;

#endif
