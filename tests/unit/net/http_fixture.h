/* http_fixture.h - a server of net/http_server.h whose handlers the tests of it share. */
#ifndef KITH_HTTP_FIXTURE_H
#define KITH_HTTP_FIXTURE_H

#include "http_probe.h"
#include "net/http_server.h"
#include "os/clock.h"
#include "patience.h"

#include <stdatomic.h>

enum { MAX_BODY = 100000 };

typedef struct fixture {
    http_server *server;
    uint16_t port;
    atomic_int begun, ended, last_status;
    atomic_bool saw_leaving, may_go_on;
    atomic_uint_fast64_t last_bytes;
} fixture;

/* What every server of these tests has; a test changes what it is about. */
#define FIXTURE_OPTIONS(f)                                                                         \
    {                                                                                              \
        .host = "127.0.0.1", .on_head = on_head, .on_request = on_request, .on_end = on_end,       \
        .on_refusal = on_refusal, .context = (f)                                                   \
    }

static inline bool on_head(void *context, http_exchange *x, uint64_t *max_body)
{
    (void)context;
    *max_body = MAX_BODY;
    if (!view_starts_with(http_path(x), VIEW("/forbidden"))) return true;
    http_reply(x, 401, "text/plain", VIEW("no"));
    return false;
}

/* All that a handler can know of a request, as text. */
static inline void describe(http_exchange *x)
{
    char text[2048];
    const view agent = http_header(x, "user-AGENT");
    int size = snprintf(text, sizeof text, "%.*s|%.*s|%.*s|%.*s|%zu|%s|%d",
                        VIEW_ARG(http_method(x)), VIEW_ARG(http_path(x)), VIEW_ARG(http_query(x)),
                        VIEW_ARG(agent), http_body(x).size, http_peer(x), http_is_unix(x));
    assert_true(size > 0 && (size_t)size < sizeof text);
    http_add_header(x, "X-Described", "yes");
    http_reply(x, 200, "text/plain", (view){text, (size_t)size});
}

static inline void stream_numbers(http_exchange *x)
{
    http_stream_begin(x, 200, "text/event-stream");
    for (int i = 0; i < 1000; i++) {
        char line[32];
        int size = snprintf(line, sizeof line, "%d\n", i);
        if (!http_stream_write(x, (view){line, (size_t)size})) return;
    }
    http_stream_end(x);
}

/* 64 bytes at a time, many times more than what may be unsent. */
static inline void stream_much(http_exchange *x)
{
    static const char piece[64] =
        "0123456789012345678901234567890123456789012345678901234567890\r\n";
    http_stream_begin(x, 200, "text/plain");
    for (int i = 0; i < 65536; i++)
        if (!http_stream_write(x, (view){piece, sizeof piece})) return;
    http_stream_end(x);
}

static inline void stream_without_end(http_exchange *x)
{
    static const char piece[10000];
    http_stream_begin(x, 200, "text/plain");
    while (http_stream_write(x, (view){piece, sizeof piece}))
        ;
}

static inline void wait_until_left(fixture *f, http_exchange *x)
{
    while (!http_client_left(x))
        clock_sleep_ms(5);
    atomic_store(&f->saw_leaving, true);
    http_reply(x, 200, NULL, VIEW("too late"));
}

static inline void hold(fixture *f, http_exchange *x)
{
    while (!atomic_load(&f->may_go_on))
        clock_sleep_ms(1);
    http_reply(x, 200, "text/plain", VIEW("held"));
}

static inline void on_request(void *context, http_exchange *x)
{
    fixture *f = context;
    atomic_fetch_add(&f->begun, 1);
    const view path = http_path(x);
    if (view_equal(path, VIEW("/echo")))
        http_reply(x, 200, "application/octet-stream", http_body(x));
    else if (view_equal(path, VIEW("/stream")))
        stream_numbers(x);
    else if (view_equal(path, VIEW("/much")))
        stream_much(x);
    else if (view_equal(path, VIEW("/endless")))
        stream_without_end(x);
    else if (view_equal(path, VIEW("/wait")))
        wait_until_left(f, x);
    else if (view_equal(path, VIEW("/hold")))
        hold(f, x);
    else if (!view_equal(path, VIEW("/silent")))
        describe(x);
}

static inline void on_end(void *context, http_exchange *x, int status, uint64_t bytes_sent)
{
    fixture *f = context;
    assert_true(http_peer(x)[0]);
    atomic_store(&f->last_status, status);
    atomic_store(&f->last_bytes, bytes_sent);
    atomic_fetch_add(&f->ended, 1);
}

static inline size_t on_refusal(void *context, http_exchange *x, int status, const char *message,
                                char *body, size_t capacity, const char **content_type)
{
    (void)context;
    (void)x;
    *content_type = "application/json";
    int size = snprintf(body, capacity, "{\"status\":%d,\"message\":\"%s\"}", status, message);
    assert_true(size > 0 && (size_t)size < capacity);
    return (size_t)size;
}

static inline void wait_for(atomic_int *counter, int value)
{
    for (uint32_t waited = 0; atomic_load(counter) < value; waited += 5) {
        assert_true(waited < patience_ms(20000));
        clock_sleep_ms(5);
    }
}

static inline void expect(int fd, const char *request, int status, const char *body)
{
    assert_true(probe_send(fd, request));
    probe_reply r = probe_read(fd, strncmp(request, "HEAD ", 5) == 0);
    if (r.status != status || strcmp(r.body, body) != 0)
        fail_msg("'%s': got %d '%s', expected %d '%s'", request, r.status, r.body, status, body);
    probe_reply_free(&r);
}

static inline void fixture_start(fixture *f, const http_server_options *options)
{
    kith_error err = {0};
    assert_ok(http_server_start(options, &f->server, &err));
    f->port = http_server_port(f->server);
}

/* Starts a server with some options changed. */
#define WITH_OPTIONS(f, ...)                                                                       \
    fixture f = {0};                                                                               \
    http_server_options options = FIXTURE_OPTIONS(&f);                                             \
    __VA_ARGS__;                                                                                   \
    fixture_start(&f, &options)

/* Nothing may be cut off. */
static inline void fixture_stop(fixture *f)
{
    assert_true(http_server_stop(f->server, patience_ms(10000)));
    f->server = NULL;
}

#endif
