/* served.h - a server with a small dialect of the tests' own, and its client (http_probe.h). */
#ifndef KITH_TEST_SERVE_SERVED_H
#define KITH_TEST_SERVE_SERVED_H

#include "test.h"

#include "base/base64.h"
#include "http_probe.h"
#include "os/clock.h"
#include "os/file.h"
#include "patience.h"
#include "scratch.h"
#include "serve/control.h"
#include "serve/server.h"
#include "serve/socket_path.h"

#include <kith/catalog.h>
#include <kith/keys.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a dialect ---- */

/* Tells what the handler was given: captures, query "q", body, database, key. */
static inline void echo(serve_call *call)
{
    view q = serve_query(call, "q");
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "captures");
    json_begin_array(&w);
    for (uint32_t i = 0; i < ROUTE_MAX_CAPTURES && call->captures[i].data; i++)
        json_string(&w, call->captures[i]);
    json_end_array(&w);
    if (q.data) json_key(&w, "q");
    if (q.data) json_string(&w, q);
    if (call->body) json_key(&w, "body");
    if (call->body) json_tree(&w, call->body);
    json_member_text(&w, "key", call->identity.key_name);
    json_member_unsigned(&w, "scope", call->identity.scope);
    json_end_object(&w);
    serve_audit(call, "%u captures", call->captures[0].data ? 1u : 0u);
    serve_reply(call, 200);
}

static inline void count_bytes(serve_call *call)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "bytes", serve_body(call).size);
    json_end_object(&w);
    serve_reply(call, 200);
}

static inline void number(serve_call *call)
{
    kith_error err = {0};
    uint64_t n = 7;
    if (serve_query_number(call, "n", 100, &n, &err) != KITH_OK) {
        serve_fail(call, &err);
        return;
    }
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "n", n);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* Says how many collections a database has. */
static inline void count_collections(serve_call *call, kith *k)
{
    kith_error err = {0};
    kith_collection_infos *infos = NULL;
    if (kith_collection_describe(k, NULL, NULL, &infos, &err) != KITH_OK) {
        serve_fail(call, &err);
        return;
    }
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "collections", infos->count);
    json_end_object(&w);
    kith_collection_infos_free(infos);
    serve_reply(call, 200);
}

/* Fails unless the database of the path may be used and exists. */
static inline void use_database(serve_call *call)
{
    kith_error err = {0};
    kith *k = NULL, *again = NULL;
    kith_status status =
        serve_database(call, call->captures[0].data, call->captures[1].data, &k, &err);
    if (status == KITH_OK)
        status = serve_database(call, call->captures[0].data, call->captures[1].data, &again, &err);
    if (status == KITH_OK && k != again) status = fail(&err, KITH_ERR_INTERNAL, "another handle");
    if (status == KITH_OK)
        count_collections(call, k);
    else
        serve_fail(call, &err);
}

/* The collections of the key's own database. */
static inline void count_own(serve_call *call)
{
    count_collections(call, call->k);
}

static inline void touch_collection(serve_call *call)
{
    kith_error err = {0};
    if (serve_collection_allowed(call, call->captures[0].data, &err) != KITH_OK)
        serve_fail(call, &err);
    else
        echo(call);
}

static inline void stream(serve_call *call)
{
    serve_events_begin(call);
    if (serve_event(call, "first", VIEW("one\ntwo"))) (void)!serve_event(call, NULL, VIEW(""));
    serve_events_end(call);
}

static inline void fail_as_asked(serve_call *call)
{
    kith_error err = {0};
    (void)fail(&err, KITH_ERR_EXISTS, "'%s' is there already", call->captures[0].data);
    json_string(&(json_writer){.out = serve_json(call).out}, VIEW("what is dropped"));
    serve_fail(call, &err);
}

static inline void tell_metrics(serve_call *call)
{
    buffer text;
    buffer_init(&text, 1 << 20);
    serve_write_metrics(call, &text);
    serve_reply_bytes(call, 200, "text/plain; version=0.0.4", buffer_view(&text));
    buffer_done(&text);
}

static inline void say_nothing(serve_call *call)
{
    (void)call;
}

/* Runs until its deadline, or until the client has left. */
static _Atomic int waiting, cancelled, timed_out;
static inline void wait_long(serve_call *call)
{
    int64_t end_ns = clock_monotonic_ns() + (int64_t)call->call.timeout_ms * 1000000;
    waiting++;
    while (!call->call.is_cancelled(call->call.context) && clock_monotonic_ns() < end_ns)
        clock_sleep_ms(5);
    if (clock_monotonic_ns() < end_ns)
        cancelled++;
    else
        timed_out++;
    kith_error err = {0};
    (void)fail(&err, KITH_ERR_TIMEOUT, "not done in %u ms", call->call.timeout_ms);
    serve_fail(call, &err);
}

static inline void fail_in_test_form(serve_call *call, const serve_failure *failure)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "test_error", failure->message);
    json_member_text(&w, "kith", kith_status_name(failure->status));
    json_end_object(&w);
    serve_reply(call, failure->http_status);
}

static const route test_routes[] = {
    {"GET", "/t/public", SCOPE_PUBLIC, BODY_NONE, 0, echo, "be public"},
    {"GET", "/t/read/{x}", SCOPE_READ, BODY_NONE, 0, echo, "read"},
    {"POST", "/t/read", SCOPE_READ, BODY_JSON, 0, echo, "read by a body"},
    {"POST", "/t/maybe", SCOPE_READ, BODY_JSON_OR_NONE, 0, echo, "read by a body or none"},
    {"POST", "/t/write", SCOPE_WRITE, BODY_JSON, 0, echo, "write"},
    {"POST", "/t/bytes", SCOPE_WRITE, BODY_BYTES, 0, count_bytes, "count bytes"},
    {"POST", "/t/few", SCOPE_WRITE, BODY_BYTES, 10, count_bytes, "count few bytes"},
    {"POST", "/t/admin", SCOPE_ADMIN, BODY_NONE, 0, echo, "administer"},
    {"GET", "/t/number", SCOPE_READ, BODY_NONE, 0, number, "read a number"},
    {"GET", "/t/own", SCOPE_READ, BODY_NONE, 0, count_own, "count the own"},
    {"GET", "/t/of/{tenant}/{database}", SCOPE_READ, BODY_NONE, 0, use_database, "use one"},
    {"POST", "/t/of/{tenant}", SCOPE_ADMIN, BODY_NONE, 0, echo, "administer a tenant"},
    {"POST", "/t/of/{tenant}/{database}", SCOPE_ADMIN, BODY_NONE, 0, echo, "administer one"},
    {"GET", "/t/collection/{c}", SCOPE_READ, BODY_NONE, 0, touch_collection, "touch"},
    {"GET", "/t/events", SCOPE_READ, BODY_NONE, 0, stream, "stream"},
    {"GET", "/t/fail/{x}", SCOPE_READ, BODY_NONE, 0, fail_as_asked, "fail"},
    {"GET", "/t/nothing", SCOPE_READ, BODY_NONE, 0, say_nothing, "say nothing"},
    {"GET", "/t/metrics", SCOPE_PUBLIC, BODY_NONE, 0, tell_metrics, "tell metrics"},
    {"GET", "/t/wait", SCOPE_READ, BODY_NONE, 0, wait_long, "wait"},
};
static const dialect test_dialect = {.name = "test",
                                     .prefix = "/t",
                                     .routes = test_routes,
                                     .route_count = sizeof test_routes / sizeof test_routes[0],
                                     .fail = fail_in_test_form};
static const dialect *const dialects[] = {&test_dialect, NULL};

/* ---- a server ---- */

typedef struct fixture {
    char *directory, data[600];
    kith *k;
    serve_options options;
    serve_state *server;
    log_stream log;
    FILE *log_file;
    char *log_text;
    size_t log_bytes;
} fixture;

static fixture f;
static probe_reply last; /* what `ask` got */

static inline int set_up(void **state)
{
    kith_error err = {0};
    void *directory = NULL;
    f = (fixture){0};
    if (scratch_setup(&directory) != 0) return -1;
    f.directory = directory;
    (void)snprintf(f.data, sizeof f.data, "%s/data", f.directory);
    assert_ok(kith_open(f.data, NULL, &f.k, &err));
    f.log_file = open_memstream(&f.log_text, &f.log_bytes);
    log_init(&f.log, f.log_file, LOG_DEBUG, false);
    f.options = (serve_options){
        .k = f.k, .directory = f.data, .host = "127.0.0.1", .dialects = dialects, .log = &f.log};
    *state = f.directory;
    return 0;
}

static inline int tear_down(void **state)
{
    kith_error err = {0};
    (void)serve_stop(f.server, patience_ms(5000));
    log_done(&f.log);
    (void)fclose(f.log_file);
    free(f.log_text);
    assert_ok(kith_close(f.k, &err));
    probe_reply_free(&last);
    return scratch_teardown(state);
}

static inline void start(void)
{
    kith_error err = {0};
    assert_ok(serve_start(&f.options, &f.server, &err));
}

/* Stops the server, after which all of its log is there. */
static inline const char *stop_and_read_log(void)
{
    assert_true(serve_stop(f.server, patience_ms(5000)));
    f.server = NULL;
    (void)fflush(f.log_file);
    return f.log_text ? f.log_text : "";
}

/* ---- a client ---- */

/* One request on a connection of its own. `headers` end with CRLF each; body NULL: none. */
static inline int ask_over(int fd, const char *request, const char *headers, const char *body)
{
    char head[8192];
    int n = snprintf(head, sizeof head, "%s HTTP/1.1\r\nConnection: close\r\n%s", request, headers);
    if (!strstr(headers, "Host:"))
        n += snprintf(head + n, sizeof head - (size_t)n, "Host: localhost:%u\r\n",
                      serve_port(f.server));
    if (body)
        n += snprintf(head + n, sizeof head - (size_t)n, "Content-Length: %zu\r\n", strlen(body));
    n += snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    assert_true(n > 0 && (size_t)n < sizeof head);
    // A server that refuses closes before it has taken all: what it said is still to be read.
    if (probe_send(fd, head) && body) (void)probe_send(fd, body);
    probe_reply_free(&last);
    last = probe_read(fd, strncmp(request, "HEAD ", 5) == 0);
    assert_true(probe_is_closed(fd));
    (void)close(fd);
    return last.status;
}

static inline int ask(const char *request, const char *headers, const char *body)
{
    return ask_over(probe_connect(serve_port(f.server)), request, headers, body);
}

#define assert_asked(expected, request_, headers_, body_)                                          \
    do {                                                                                           \
        int status_ = ask(request_, headers_, body_);                                              \
        if (status_ != (expected))                                                                 \
            fail_msg("%s: got %d, expected %d: %s", request_, status_, expected, last.body);       \
    } while (0)
#define assert_body(part)                                                                          \
    do {                                                                                           \
        if (!strstr(last.body, part)) fail_msg("'%s' is not in '%s'", part, last.body);            \
    } while (0)
#define assert_head(part)                                                                          \
    do {                                                                                           \
        if (!strstr(last.head, part)) fail_msg("'%s' is not in '%s'", part, last.head);            \
    } while (0)

#define with_server(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
