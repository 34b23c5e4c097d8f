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

enum { REPLY_MAX_BYTES = 1 << 30, LOGGED_PATH_BYTES = 1024 };

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
        .llm = o->llm,
        .limits = &o->limits,
        .identity = {.key_name = "", .scope = SCOPE_ADMIN},
        .strict_chroma = o->strict_chroma,
        .allow_reset = o->allow_reset,
        .request = r,
    };
    arena_init(&r->call.arena, 0);
    buffer_init(&r->call.reply, REPLY_MAX_BYTES);
    buffer_init(&r->audit, AUDIT_MAX_BYTES);
    serve_metrics_begin(s->metrics);
    *http_user(x) = r;
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

static void request_free(serve_request *r)
{
    close_databases(r);
    buffer_done(&r->audit);
    buffer_done(&r->call.reply);
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
    serve_add_header(&r->call, "Access-Control-Expose-Headers", "x-request-id, chroma-trace-id");
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
                     "Authorization, Content-Type, X-Chroma-Token");
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
    if (!r->match.route) return refuse(r, 404, "there is no such path");
    call->route = r->match.route;
    memcpy(call->captures, r->match.captures, sizeof call->captures);
    return true;
}

static uint64_t body_limit(const serve_request *r)
{
    if (r->call.route->body == BODY_NONE) return 0;
    return r->call.route->max_body ? r->call.route->max_body : r->call.limits->body_bytes;
}

bool request_on_head(void *context, http_exchange *x, uint64_t *max_body)
{
    serve_request *r = request_new(context, x);
    if (!r) {
        http_reply(x, 503, NULL, (view){NULL, 0});
        return false;
    }
    if (!check_browser(r) || !find_route(r)) return false;
    *max_body = body_limit(r);
    return true;
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
                             : json_parse(body, body.size, &call->arena, &call->body, &err);
    uint32_t limit = call->limits->json_depth;
    if (status == KITH_OK && limit < JSON_MAX_DEPTH && depth_of(call->body) > limit)
        status = fail(&err, KITH_ERR_LIMIT, "JSON is nested deeper than %u levels (--json-depth)",
                      limit);
    if (status == KITH_OK) return true;
    serve_fail(call, &err);
    return false;
}

static int client_left(void *context)
{
    return http_client_left(context);
}

/* The database that stands in call->k. */
static bool open_database_of_key(serve_request *r)
{
    const identity *who = &r->call.identity;
    kith_error err = {0};
    kith_status status =
        serve_database(&r->call, who->tenant ? who->tenant : KITH_DEFAULT_TENANT,
                       who->database ? who->database : KITH_DEFAULT_DATABASE, &r->call.k, &err);
    // A key may be older than its tenant or database, which a route that names them may create; it
    // goes by those names, and not by call->k.
    uint32_t index;
    if (status == KITH_ERR_NOT_FOUND && route_capture(r->call.route->path, "tenant", &index)) {
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
    r->call.call = (kith_call){.size = sizeof(kith_call),
                               .timeout_ms = s->options.limits.time_ms,
                               .is_cancelled = client_left,
                               .context = x};
    if (parse_query(r) && parse_body(r) && open_database_of_key(r)) r->call.route->handle(&r->call);
    close_databases(r);
}

/* ---- the end ---- */

static void log_request(const serve_request *r, int status, uint64_t bytes_sent)
{
    log_stream *l = r->state->options.log;
    http_exchange *x = r->exchange;
    view path = http_path(x), method = http_method(x);
    char text[LOGGED_PATH_BYTES + 1];
    (void)snprintf(text, sizeof text, "%.*s", VIEW_ARG(path));
    char verb[24];
    (void)snprintf(verb, sizeof verb, "%.*s", VIEW_ARG(method));
    log_begin(l, status >= 500 ? LOG_ERROR : LOG_INFO, "request");
    log_text(l, "id", r->id);
    log_text(l, "method", verb);
    log_text(l, "path", text);
    log_number(l, "status", (uint64_t)status);
    log_decimal(l, "ms", (double)(clock_monotonic_ns() - r->begun_ns) / 1e6);
    log_number(l, "bytes_in", http_body(x).size);
    log_number(l, "bytes_out", bytes_sent);
    log_text(l, "key", r->call.identity.key_name);
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
    if (!r) return; // refused before there was memory for it
    *http_user(x) = NULL;
    if (status < 0) status = 0;
    serve_metrics_end(s->metrics, &(request_end){.route = r->match.number,
                                                 .was_taken = r->is_taken,
                                                 .status = status,
                                                 .ns = clock_monotonic_ns() - r->begun_ns,
                                                 .bytes_in = http_body(x).size,
                                                 .bytes_out = bytes_sent});
    log_request(r, status, bytes_sent);
    log_audit(r, status);
    request_free(r);
}

size_t request_on_refusal(void *context, http_exchange *x, int status, const char *message,
                          char *body, size_t capacity, const char **content_type)
{
    serve_state *s = context;
    serve_request *r = *http_user(x);
    if (!r) {
        r = request_new(s, x);
        if (!r) return 0;
        kith_error ignored;
        kith_status found = router_find(s->router, http_method(x), http_path(x), &r->call.arena,
                                        &r->match, &ignored);
        (void)found; // without a dialect the refusal has no particular form
        r->match.number = ROUTE_NUMBER_NONE;
        r->call.dialect = r->match.dialect;
    }
    if (r->is_replied) return 0;
    r->captured = body;
    r->capture_capacity = capacity;
    serve_fail_as(&r->call, status, message);
    r->captured = NULL;
    *content_type = r->captured_type;
    return r->captured_bytes;
}
