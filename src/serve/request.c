/* request.c - see request.h.
 *
 * A serve_request is made with the head and lives until on_end, which the HTTP server calls for
 * every exchange. Whatever refuses before the handler does so by serve_fail_as, so in the form of
 * the dialect that the path belongs to, once a path is known.
 *
 * Nothing on the head's path waits for a disk or a lock that is held for long, as its thread serves
 * all connections: keys are compared with a list in memory (key_ring.h). */
#include "serve/request.h"

#include "base/size.h"
#include "os/clock.h"
#include "serve/state.h"

#include <inttypes.h>
#include <kith/catalog.h>
#include <stdio.h>
#include <stdlib.h>

/* JSON_MEMORY_FACTOR: a parsed body may take so many times the largest body. A number takes 32
 * bytes in memory: as the clients write vectors, 10 to 20 bytes each, they take 2 to 3 times their
 * text. */
enum {
    REPLY_MAX_BYTES = 1 << 30,
    LOGGED_PATH_BYTES = 1024,
    JSON_MEMORY_FACTOR = 8,
    JSON_MEMORY_LEAST = 1 << 20,
    LOOK_NS = 1000000
};

static serve_request *request_new(serve_state *s, http_exchange *x)
{
    serve_request *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->state = s;
    r->exchange = x;
    r->begun_ns = clock_monotonic_ns();
    r->match.number = ROUTE_NUMBER_NONE;
    uint64_t number = atomic_fetch_add_explicit(&s->id_next, 1, memory_order_relaxed);
    int n = snprintf(r->id, sizeof r->id, "%016" PRIx64 "%016" PRIx64, s->id_high, number);
    CHECK(n == REQUEST_ID_BYTES);
    const serve_options *o = &s->options;
    r->call = (serve_call){
        .embedder = o->embedder,
        .reranker = o->reranker,
        .llm = o->llm,
        .limits = &o->limits,
        .identity = {.key_name = "", .scope = SCOPE_PUBLIC},
        .strict_chroma = o->strict_chroma,
        .allow_reset = o->allow_reset,
        .temporary = o->temporary ? o->temporary : "/tmp",
        .request = r,
    };
    arena_init(&r->call.arena, 0);
    arena_init(&r->json, 0);
    buffer_init(&r->call.reply, REPLY_MAX_BYTES);
    buffer_init(&r->audit, AUDIT_MAX_BYTES);
    http_add_header(x, "x-request-id", r->id);
    http_add_header(x, "chroma-trace-id", r->id);
    return r;
}

static void close_databases(serve_request *r)
{
    for (uint32_t i = 0; i < r->database_count; i++) {
        kith_status status = kith_close(r->databases[i].handle, NULL);
        (void)status; // closing a view of a directory cannot fail
    }
    r->database_count = 0;
}

/* Of the room for large bodies. */
static void leave_room_beyond(serve_request *r, uint64_t bytes)
{
    if (r->parse_room <= bytes) return;
    parse_room_leave(&r->state->parsing, r->parse_room - bytes);
    r->parse_room = bytes;
}

/* What was parsed is of no use once there is an answer, which a client may read as slowly as it
 * likes: it takes none of the room with it. */
static void forget_json(serve_request *r)
{
    r->call.body = NULL;
    arena_done(&r->json);
    leave_room_beyond(r, 0);
}

static void request_free(serve_request *r)
{
    close_databases(r);
    buffer_done(&r->audit);
    buffer_done(&r->call.reply);
    forget_json(r);
    arena_done(&r->call.arena);
    free(r);
}

/* ---- the head ---- */

static bool refuse(serve_request *r, int status, const char *message)
{
    serve_fail_as(&r->call, status, message);
    return false;
}

static void add_cors_headers(serve_request *r, view origin)
{
    char *copy = arena_printf(&r->call.arena, "%.*s", VIEW_ARG(origin));
    if (!copy) return;
    serve_add_header(&r->call, "Access-Control-Allow-Origin", copy);
    serve_add_header(&r->call, "Access-Control-Expose-Headers",
                     "x-request-id, chroma-trace-id, x-kith-truncated");
    serve_add_header(&r->call, "Vary", "Origin");
}

static bool reads_only(view method)
{
    return view_equal(method, VIEW("GET")) || view_equal(method, VIEW("HEAD"));
}

/* A browser asks whether it may send a request of another site: it carries no key. */
static bool answer_preflight(serve_request *r, guard_origin origin)
{
    if (origin != ORIGIN_LISTED)
        return refuse(r, 403, "this origin is not allowed: --cors lists those that are");
    serve_add_header(&r->call, "Access-Control-Allow-Methods",
                     "GET, HEAD, POST, PUT, PATCH, DELETE");
    serve_add_header(&r->call, "Access-Control-Allow-Headers",
                     "Authorization, Content-Type, X-Chroma-Token, X-Kith-Truncation");
    serve_add_header(&r->call, "Access-Control-Max-Age", "600");
    serve_reply_bytes(&r->call, 200, NULL, (view){NULL, 0});
    return false;
}

static bool check_browser(serve_request *r)
{
    http_exchange *x = r->exchange;
    const guard *g = &r->state->guard;
    view method = http_method(x), host = http_header(x, "Host");
    view origin = http_header(x, "Origin");
    // Neither a browser nor a name leads to a Unix socket.
    if (!http_is_unix(x) && host.data && !guard_host(g, host))
        return refuse(r, 403,
                      "the Host of this request is not one of this server: --allow-host "
                      "names those that it has");
    guard_origin from = guard_origin_of(g, origin, host);
    if (from == ORIGIN_LISTED) add_cors_headers(r, origin);
    if (view_equal(method, VIEW("OPTIONS")) && origin.data &&
        http_header(x, "Access-Control-Request-Method").data)
        return answer_preflight(r, from);
    if (from == ORIGIN_FOREIGN && !reads_only(method))
        return refuse(r, 403, "this origin is not allowed: --cors lists those that are");
    return true;
}

static bool find_route(serve_request *r)
{
    serve_call *call = &r->call;
    kith_error err = {0};
    kith_status status = router_find(r->state->router, http_method(r->exchange),
                                     http_path(r->exchange), &call->arena, &r->match, &err);
    call->dialect = r->match.dialect;
    if (!r->match.route) r->match.number = ROUTE_NUMBER_NONE;
    if (status != KITH_OK) {
        serve_fail(call, &err);
        return false;
    }
    if (!r->match.route && r->match.allow[0]) {
        serve_add_header(call, "Allow", r->match.allow);
        return refuse(r, 405, "this path does not take this method");
    }
    if (!r->match.route)
        return refuse(r, 404,
                      "there is no such path; GET /openapi.json describes all that there are");
    call->route = r->match.route;
    memcpy(call->captures, r->match.captures, sizeof call->captures);
    return true;
}

/* ---- the key ---- */

static route_scope scope_of(kith_key_scope scope)
{
    static const route_scope scopes[] = {[KITH_KEY_READ] = SCOPE_READ,
                                         [KITH_KEY_WRITE] = SCOPE_WRITE,
                                         [KITH_KEY_ADMIN] = SCOPE_ADMIN};
    return scopes[scope];
}

/* Who asks. Whoever may open the socket in the data directory may open the directory too. */
static bool authenticate(serve_request *r)
{
    serve_call *call = &r->call;
    http_exchange *x = r->exchange;
    key_ring *keys = r->state->keys;
    view given = credential_of(http_header(x, "X-Chroma-Token"), http_header(x, "Authorization"),
                               &call->arena);
    kith_key key;
    bool is_open = !key_ring_is_closed(keys) || (given.size == 0 && r->is_of_directory);
    if (is_open) {
        call->identity.scope = SCOPE_ADMIN;
        return true;
    }
    if (given.size > 0 && key_ring_find(keys, given, &call->arena, &key)) {
        call->identity = (identity){.key_name = key.name,
                                    .scope = scope_of(key.scope),
                                    .tenant = key.tenant,
                                    .database = key.database,
                                    .collection = key.collection};
        return true;
    }
    if (call->route->scope == SCOPE_PUBLIC) return true;
    serve_add_header(call, "WWW-Authenticate", "Bearer realm=\"kith\"");
    return refuse(r, 401, given.size == 0 ? "a key is needed" : "the key is not known");
}

/* Is the part of the path that is called `name` the key's, where it has both? */
static bool names_only(const serve_call *call, const char *name, const char *only)
{
    uint32_t index = 0;
    if (!only || !route_capture(call->route->path, name, &index)) return true;
    return view_equal(call->captures[index], view_of(only));
}

static bool path_names(const serve_call *call, const char *name)
{
    uint32_t index = 0;
    return route_capture(call->route->path, name, &index);
}

/* What the key may do, as far as the path tells (call.h, identity). */
static bool authorize(serve_request *r)
{
    const serve_call *call = &r->call;
    const identity *who = &call->identity;
    route_scope needed = call->route->scope;
    if (needed == SCOPE_PUBLIC) return true;
    if (needed > who->scope) {
        return refuse(r, 403,
                      needed == SCOPE_ADMIN ? "the key is not an administrator's"
                                            : "the key is for reading only");
    }
    bool is_its_own =
        names_only(call, "tenant", who->tenant) && names_only(call, "database", who->database);
    bool administers_more =
        needed == SCOPE_ADMIN && (who->collection || (who->tenant && !path_names(call, "tenant")) ||
                                  (who->database && !path_names(call, "database")));
    if (is_its_own && !administers_more) return true;
    return refuse(r, 403, "the key is for another tenant or database");
}

static bool admit(serve_request *r)
{
    const char *key = r->call.identity.key_name;
    bool is_owner = r->is_of_directory && !*key; // who may stop it even when it is flooded
    if (r->call.route->scope == SCOPE_PUBLIC || is_owner) return true;
    // What changes something has a line in the log, or is not done.
    if (r->call.route->scope >= SCOPE_WRITE && log_is_full(r->state->options.log)) {
        serve_add_header(&r->call, "Retry-After", "1");
        return refuse(r, 503,
                      "the server's log is not being read and has no room for another line, "
                      "without which nothing is written: read its standard error");
    }
    switch (admission_enter(r->state->admission, key, r->begun_ns)) {
    case ADMITTED:
        r->is_admitted = true;
        return true;
    case REFUSED_RATE:
        serve_add_header(&r->call, "Retry-After", "1");
        return refuse(r, 429, "too many requests a second with this key (--rate)");
    case REFUSED_CONCURRENT:
        serve_add_header(&r->call, "Retry-After", "1");
        return refuse(r, 429, "too many requests at a time with this key (--concurrent)");
    }
    return false;
}

static uint64_t body_limit(const serve_request *r)
{
    if (r->call.route->body == BODY_NONE) return 0;
    return r->call.route->max_body ? r->call.route->max_body : r->call.limits->body_bytes;
}

static bool judge_head(serve_state *s, http_exchange *x, bool is_of_directory, uint64_t *max_body)
{
    serve_request *r = request_new(s, x);
    if (!r) {
        http_reply(x, 503, NULL, (view){NULL, 0});
        return false;
    }
    r->is_of_directory = is_of_directory;
    *http_user(x) = r;
    serve_metrics_begin(s->metrics);
    if (!check_browser(r) || !find_route(r) || !authenticate(r) || !authorize(r) || !admit(r))
        return false;
    *max_body = body_limit(r);
    return true;
}

bool request_on_head(void *context, http_exchange *x, uint64_t *max_body)
{
    return judge_head(context, x, http_is_unix(x), max_body);
}

bool request_on_head_of_proxy(void *context, http_exchange *x, uint64_t *max_body)
{
    return judge_head(context, x, false, max_body);
}

/* ---- the request ---- */

static bool parse_query(serve_request *r)
{
    view rest = http_query(r->exchange);
    while (rest.size > 0) {
        size_t end = view_find(rest, VIEW("&"));
        view part = view_slice(rest, 0, end);
        rest = view_slice(rest, end + (end < rest.size), rest.size);
        if (part.size == 0) continue;
        if (r->query_count == SERVE_QUERY_MAX) return refuse(r, 400, "more than 64 parameters");
        query_parameter *p = &r->query[r->query_count++];
        size_t equals = view_find(part, VIEW("="));
        view value = view_slice(part, equals + (equals < part.size), part.size);
        if (!percent_decode(view_slice(part, 0, equals), true, &r->call.arena, &p->name) ||
            !percent_decode(value, true, &r->call.arena, &p->value))
            return refuse(r, 400, "the query holds a malformed escape");
    }
    return true;
}

/* Levels of arrays and objects. */
static uint32_t depth_of(const json_value *value)
{
    if (value->kind != JSON_ARRAY && value->kind != JSON_OBJECT) return 0;
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < value->count; i++) {
        const json_value *inner =
            value->kind == JSON_ARRAY ? value->elements[i] : value->members[i].value;
        uint32_t depth = depth_of(inner);
        if (depth > deepest) deepest = depth;
    }
    return deepest + 1;
}

/* "application/json", "application/x+json", with parameters or without; none is taken for it. */
static bool is_json_type(view type)
{
    if (!type.data) return true;
    view name = view_trim(view_slice(type, 0, view_find(type, VIEW(";"))));
    return view_equal_nocase(name, VIEW("application/json")) ||
           view_ends_with_nocase(name, VIEW("+json"));
}

/* Asking costs a system call under a lock that all connections have in common, and a search asks
 * between its steps: so nobody asks who took less than LOOK_NS. */
static int client_left(void *context)
{
    serve_request *r = *http_user(context);
    const int64_t now_ns = clock_monotonic_ns();
    if (now_ns - atomic_load_explicit(&r->looked_ns, memory_order_relaxed) < LOOK_NS) return 0;
    if (http_client_left(context)) return 1; // and so for whoever asks next
    atomic_store_explicit(&r->looked_ns, now_ns, memory_order_relaxed);
    return 0;
}

/* Of its time, from now on; 0: none. */
static int64_t deadline_of(const serve_request *r)
{
    const int64_t ms = r->call.call.timeout_ms;
    return ms ? clock_monotonic_ns() + ms * 1000000 : 0;
}

/* Parses the body into memory of its own, which is bounded by the largest body that the route
 * takes. */
static kith_status parse_json(serve_request *r, view body, kith_error *err)
{
    const uint64_t bound = body_limit(r) * JSON_MEMORY_FACTOR;
    const size_t max_bytes = bound < JSON_MEMORY_LEAST ? JSON_MEMORY_LEAST : (size_t)bound;
    arena_init(&r->json, max_bytes);
    kith_status status = KITH_OK;
    if (body.size > PARSED_AT_ONCE_BYTES)
        status = parse_room_enter(&r->state->parsing, body.size * PARSING_FACTOR,
                                  &(call_limit){.deadline_ns = deadline_of(r),
                                                .timeout_ms = r->call.call.timeout_ms,
                                                .is_cancelled = client_left,
                                                .context = r->exchange},
                                  &r->parse_room, err);
    if (status == KITH_OK) status = json_parse(body, body.size, &r->json, &r->call.body, err);
    leave_room_beyond(r, r->json.used);
    if (status == KITH_ERR_NO_MEMORY && r->json.exhausted)
        status = fail(err, KITH_ERR_LIMIT,
                      "the body's JSON takes more than %zu bytes of memory, %d times the largest "
                      "body (--max-body)",
                      max_bytes, JSON_MEMORY_FACTOR);
    return status;
}

static bool parse_body(serve_request *r)
{
    serve_call *call = &r->call;
    route_body kind = call->route->body;
    if (kind != BODY_JSON && kind != BODY_JSON_OR_NONE) return true;
    view body = http_body(r->exchange);
    if (body.size == 0 && kind == BODY_JSON_OR_NONE) return true;
    if (!is_json_type(http_header(r->exchange, "Content-Type")))
        return refuse(r, 415, "Expected request with `Content-Type: application/json`");
    kith_error err = {0};
    kith_status status = body.size == 0
                             ? fail(&err, KITH_ERR_FORMAT, "the body is empty; it must be JSON")
                             : parse_json(r, body, &err);
    uint32_t limit = call->limits->json_depth;
    if (status == KITH_OK && limit < JSON_MAX_DEPTH && depth_of(call->body) > limit)
        status = fail(&err, KITH_ERR_LIMIT, "JSON is nested deeper than %u levels (--json-depth)",
                      limit);
    if (status == KITH_OK) return true;
    serve_fail(call, &err);
    return false;
}

/* Every dialect has texts that are embedded, and not every one a word for what becomes of those that are
 * too long: so a header says it. */
static bool parse_truncation(serve_request *r)
{
    static const char *const names[] = {"truncate", "error", "split"}; // by kith_truncation
    const view wanted = http_header(r->exchange, "X-Kith-Truncation");
    kith_error err = {0};
    if (!wanted.data) return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (view_equal(wanted, view_of(names[i]))) {
            r->call.call.truncation = i;
            return true;
        }
    (void)fail(&err, KITH_ERR_INVALID, "X-Kith-Truncation: '%.*s' is not truncate, error or split",
               (int)size_min(wanted.size, 40), wanted.data);
    serve_fail(&r->call, &err);
    return false;
}

/* The database that stands in call->k: the key's. A public route answers the same with any key and
 * without one, so it has the default database, also where the key's does not exist; and so has a
 * route that does not look at it. */
static bool open_database_of_key(serve_request *r)
{
    if (r->call.route->scope == SCOPE_PUBLIC || r->call.route->without_database) {
        r->call.k = r->state->options.k;
        return true;
    }
    const identity *who = &r->call.identity;
    kith_error err = {0};
    kith_status status =
        serve_database(&r->call, who->tenant ? who->tenant : KITH_DEFAULT_TENANT,
                       who->database ? who->database : KITH_DEFAULT_DATABASE, &r->call.k, &err);
    // A key may be older than its tenant or database, which a route that names them may create; it
    // goes by those names, and not by call->k.
    if (status == KITH_ERR_NOT_FOUND && path_names(&r->call, "tenant")) {
        r->call.k = r->state->options.k;
        return true;
    }
    if (status != KITH_OK) serve_fail(&r->call, &err);
    return status == KITH_OK;
}

void request_on_request(void *context, http_exchange *x)
{
    serve_state *s = context;
    serve_request *r = *http_user(x);
    serve_metrics_take(s->metrics);
    r->is_taken = true;
    atomic_store_explicit(&r->looked_ns, clock_monotonic_ns(), memory_order_relaxed);
    r->call.call = (kith_call){.size = sizeof(kith_call),
                               .timeout_ms = s->options.limits.time_ms,
                               .max_bytes = REPLY_MAX_BYTES, // what has more fits no reply
                               .truncation = s->options.truncation,
                               .is_cancelled = client_left,
                               .context = x};
    if (parse_truncation(r) && parse_query(r) && parse_body(r) && open_database_of_key(r))
        r->call.route->handle(&r->call);
    CHECK(!r->is_stream); // whoever began events has ended them
    forget_json(r);
    close_databases(r);
}

/* ---- the end ---- */

typedef struct answer {
    int status;
    uint64_t bytes;
    int64_t ns;
} answer;

/* `r` is NULL for what was refused before on_head. */
static void log_request(log_stream *l, const serve_request *r, const http_exchange *x,
                        const answer *to)
{
    view path = http_path(x), method = http_method(x);
    char text[LOGGED_PATH_BYTES + 1];
    (void)snprintf(text, sizeof text, "%.*s", VIEW_ARG(path));
    char verb[24];
    (void)snprintf(verb, sizeof verb, "%.*s", VIEW_ARG(method));
    log_begin(l, to->status >= 500 ? LOG_ERROR : LOG_INFO, "request");
    log_text(l, "id", r ? r->id : "");
    log_text(l, "method", verb);
    log_text(l, "path", text);
    log_number(l, "status", (uint64_t)to->status);
    log_decimal(l, "ms", (double)to->ns / 1e6);
    log_number(l, "bytes_in", http_body(x).size);
    log_number(l, "bytes_out", to->bytes);
    log_text(l, "key", r ? r->call.identity.key_name : "");
    log_text(l, "peer", http_peer(x));
    log_end(l);
}

/* Writes, administration, and refused keys. */
static void log_audit(serve_request *r, int status)
{
    bool refused = status == 401 || status == 403;
    bool changes = r->is_taken && r->call.route->scope >= SCOPE_WRITE;
    if (!refused && !changes) return;
    log_stream *l = r->state->options.log;
    log_begin(l, refused ? LOG_WARN : LOG_INFO, "audit");
    if (changes) log_keep(l);
    log_text(l, "id", r->id);
    log_text(l, "key", r->call.identity.key_name);
    log_text(l, "peer", http_peer(r->exchange));
    log_text(l, "action", r->call.route ? r->call.route->summary : "");
    log_number(l, "status", (uint64_t)status);
    const char *what = buffer_text(&r->audit);
    if (what && *what) log_text(l, "what", what);
    log_end(l);
}

void request_on_end(void *context, http_exchange *x, int status, uint64_t bytes_sent)
{
    serve_state *s = context;
    serve_request *r = *http_user(x);
    if (!r) serve_metrics_begin(s->metrics); // it was refused before on_head
    int64_t ns = r ? clock_monotonic_ns() - r->begun_ns : 0;
    serve_metrics_end(s->metrics, &(request_end){.route = r ? r->match.number : ROUTE_NUMBER_NONE,
                                                 .was_taken = r && r->is_taken,
                                                 .status = status,
                                                 .ns = ns,
                                                 .bytes_in = http_body(x).size,
                                                 .bytes_out = bytes_sent});
    log_request(s->options.log, r, x, &(answer){status, bytes_sent, ns});
    if (!r) return;
    if (r->is_taken && r->call.route->scope >= SCOPE_WRITE) health_note_write(s->health, status);
    log_audit(r, status);
    if (r->is_admitted) admission_leave(s->admission, r->call.identity.key_name);
    request_free(r);
}

/* What the HTTP server says, or more where more is known. */
static const char *refusal_text(serve_request *r, int status, const char *message)
{
    if (status != 413 || !r->call.route) return message;
    if (r->call.route->body == BODY_NONE) return "this path takes no body";
    const char *text = arena_printf(&r->call.arena, "the body is larger than %" PRIu64 " bytes%s",
                                    body_limit(r), r->call.route->max_body ? "" : " (--max-body)");
    return text ? text : message;
}

size_t request_on_refusal(void *context, http_exchange *x, int status, const char *message,
                          char *body, size_t capacity, const char **content_type)
{
    serve_state *s = context;
    serve_request *known = *http_user(x);
    if (known && known->is_replied) return 0;
    serve_request *r = known ? known : request_new(s, x);
    if (!r) return 0;
    if (!known) {
        kith_error ignored;
        kith_status found = router_find(s->router, http_method(x), http_path(x), &r->call.arena,
                                        &r->match, &ignored);
        (void)found; // without a dialect the refusal has no particular form
        r->call.dialect = r->match.dialect;
    }
    r->captured = body;
    r->capture_capacity = capacity;
    serve_fail_as(&r->call, status, refusal_text(r, status, message));
    r->captured = NULL;
    *content_type = r->captured_type;
    size_t bytes = r->captured_bytes;
    if (!known) request_free(r);
    return bytes;
}
