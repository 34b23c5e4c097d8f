/* A server of net/http_server.h as its clients see it: requests, replies, streams. The client is
 * http_probe.h, which knows nothing of the code under test. */
#include "test.h"

#include "http_probe.h"
#include "net/http_server.h"
#include "os/clock.h"
#include "patience.h"
#include "scratch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MAX_BODY = 100000 };

typedef struct fixture {
    http_server *server;
    uint16_t port;
    atomic_int begun, ended, last_status;
    atomic_bool saw_leaving, may_go_on;
    atomic_uint_fast64_t last_bytes;
} fixture;

static bool on_head(void *context, http_exchange *x, uint64_t *max_body)
{
    (void)context;
    *max_body = MAX_BODY;
    if (!view_starts_with(http_path(x), VIEW("/forbidden"))) return true;
    http_reply(x, 401, "text/plain", VIEW("no"));
    return false;
}

/* All that a handler can know of a request, as text. */
static void describe(http_exchange *x)
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

static void stream_numbers(http_exchange *x)
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
static void stream_much(http_exchange *x)
{
    static const char piece[64] =
        "0123456789012345678901234567890123456789012345678901234567890\r\n";
    http_stream_begin(x, 200, "text/plain");
    for (int i = 0; i < 65536; i++)
        if (!http_stream_write(x, (view){piece, sizeof piece})) return;
    http_stream_end(x);
}

static void wait_until_left(fixture *f, http_exchange *x)
{
    while (!http_client_left(x))
        clock_sleep_ms(5);
    atomic_store(&f->saw_leaving, true);
    http_reply(x, 200, NULL, VIEW("too late"));
}

static void on_request(void *context, http_exchange *x)
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
    else if (view_equal(path, VIEW("/wait")))
        wait_until_left(f, x);
    else if (!view_equal(path, VIEW("/silent")))
        describe(x);
}

static void on_end(void *context, http_exchange *x, int status, uint64_t bytes_sent)
{
    fixture *f = context;
    assert_true(http_method(x).size > 0 && http_peer(x)[0]);
    atomic_store(&f->last_status, status);
    atomic_store(&f->last_bytes, bytes_sent);
    atomic_fetch_add(&f->ended, 1);
}

static size_t on_refusal(void *context, http_exchange *x, int status, const char *message,
                         char *body, size_t capacity, const char **content_type)
{
    (void)context;
    (void)x;
    *content_type = "application/json";
    int size = snprintf(body, capacity, "{\"status\":%d,\"message\":\"%s\"}", status, message);
    assert_true(size > 0 && (size_t)size < capacity);
    return (size_t)size;
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    kith_error err = {0};
    const http_server_options options = {.host = "127.0.0.1",
                                         .on_head = on_head,
                                         .on_request = on_request,
                                         .on_end = on_end,
                                         .on_refusal = on_refusal,
                                         .context = f};
    assert_ok(http_server_start(&options, &f->server, &err));
    f->port = http_server_port(f->server);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    assert_true(http_server_stop(f->server, patience_ms(10000)));
    free(f);
    return 0;
}

static void wait_for(atomic_int *counter, int value)
{
    for (uint32_t waited = 0; atomic_load(counter) < value; waited += 5) {
        assert_true(waited < patience_ms(20000));
        clock_sleep_ms(5);
    }
}

static void expect(int fd, const char *request, int status, const char *body)
{
    assert_true(probe_send(fd, request));
    probe_reply r = probe_read(fd, strncmp(request, "HEAD ", 5) == 0);
    if (r.status != status || strcmp(r.body, body) != 0)
        fail_msg("'%s': got %d '%s', expected %d '%s'", request, r.status, r.body, status, body);
    probe_reply_free(&r);
}

static void a_request_reaches_its_handler_as_it_was_sent(void **state)
{
    fixture *f = *state;
    int fd = probe_connect(f->port);
    assert_true(probe_send(fd,
                           "POST /a%20b/c?x=%31&y HTTP/1.1\r\nHost: h\r\nUser-Agent: probe 1\r\n"
                           "Content-Length: 3\r\n\r\nabc"));
    probe_reply r = probe_read(fd, false);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "POST|/a%20b/c|x=%31&y|probe 1|3|127.0.0.1|0");
    assert_string_equal(probe_header(&r, "Content-Type"), "text/plain");
    assert_string_equal(probe_header(&r, "X-Described"), "yes");
    assert_non_null(probe_header(&r, "Date"));
    probe_reply_free(&r);
    (void)close(fd);
}

static void one_connection_carries_many_requests(void **state)
{
    fixture *f = *state;
    int fd = probe_connect(f->port);
    for (int i = 0; i < 200; i++)
        expect(fd, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", 200,
               "hello");
    (void)close(fd);
    wait_for(&f->ended, 200);
    assert_int_equal(atomic_load(&f->last_status), 200);
    assert_int_equal(atomic_load(&f->last_bytes), 5);
}

static void a_chunked_body_arrives_whole(void **state)
{
    fixture *f = *state;
    int fd = probe_connect(f->port);
    expect(fd,
           "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
           "3\r\nabc\r\n5;name=value\r\ndefgh\r\n0\r\n\r\n",
           200, "abcdefgh");
    expect(fd, "GET /silent HTTP/1.1\r\nHost: h\r\n\r\n", 500,
           "{\"status\":500,\"message\":\"the request was not answered\"}");
    (void)close(fd);
}

static void a_stream_arrives_in_order_and_the_connection_lives_on(void **state)
{
    fixture *f = *state;
    char expected[8000];
    size_t size = 0;
    for (int i = 0; i < 1000; i++)
        size += (size_t)snprintf(expected + size, sizeof expected - size, "%d\n", i);
    int fd = probe_connect(f->port);
    for (int round = 0; round < 3; round++)
        expect(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n", 200, expected);
    assert_true(probe_send(fd, "GET /much HTTP/1.1\r\nHost: h\r\n\r\n"));
    probe_reply r = probe_read(fd, false);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_size, 65536 * 64);
    for (size_t at = 0; at < r.body_size; at += 64)
        assert_memory_equal(r.body + at, r.body, 64);
    probe_reply_free(&r);
    (void)close(fd);
    wait_for(&f->ended, 4);
    assert_int_equal(atomic_load(&f->last_bytes), 65536 * 64);
}

static void http_1_0_gets_a_reply_that_ends_with_the_connection(void **state)
{
    fixture *f = *state;
    int fd = probe_connect(f->port);
    expect(fd, "GET /x HTTP/1.0\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    assert_true(probe_is_closed(fd));
    (void)close(fd);
    fd = probe_connect(f->port);
    assert_true(probe_send(fd, "GET /stream HTTP/1.0\r\n\r\n"));
    probe_reply r = probe_read(fd, false);
    assert_int_equal(r.status, 200);
    assert_null(probe_header(&r, "Transfer-Encoding"));
    assert_string_equal(r.body + r.body_size - 8, "998\n999\n");
    probe_reply_free(&r);
    (void)close(fd);
}

static void head_is_answered_without_a_body(void **state)
{
    fixture *f = *state;
    int fd = probe_connect(f->port);
    assert_true(probe_send(fd, "HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n"));
    probe_reply r = probe_read(fd, true);
    assert_int_equal(r.status, 200);
    assert_string_equal(probe_header(&r, "Content-Length"), "25");
    probe_reply_free(&r);
    expect(fd, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200, "OPTIONS|*|||0|127.0.0.1|0");
    expect(fd, "HEAD /much HTTP/1.1\r\nHost: h\r\n\r\n", 200, "");
    assert_true(probe_is_closed(fd));
    (void)close(fd);
}

static void a_refusal_by_the_head_leaves_the_connection_usable(void **state)
{
    fixture *f = *state;
    int fd = probe_connect(f->port);
    for (int i = 0; i < 3; i++) {
        expect(fd, "GET /forbidden HTTP/1.1\r\nHost: h\r\n\r\n", 401, "no");
        expect(fd, "PUT /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", 401,
               "no");
    }
    expect(fd, "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/ok|||0|127.0.0.1|0");
    assert_int_equal(atomic_load(&f->begun), 1);
    (void)close(fd);
}

static void a_handler_learns_that_its_client_left(void **state)
{
    fixture *f = *state;
    int fd = probe_connect(f->port);
    assert_true(probe_send(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"));
    wait_for(&f->begun, 1);
    (void)close(fd);
    wait_for(&f->ended, 1);
    assert_true(atomic_load(&f->saw_leaving));
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_request_reaches_its_handler_as_it_was_sent),
        WITH_SERVER(one_connection_carries_many_requests),
        WITH_SERVER(a_chunked_body_arrives_whole),
        WITH_SERVER(a_stream_arrives_in_order_and_the_connection_lives_on),
        WITH_SERVER(http_1_0_gets_a_reply_that_ends_with_the_connection),
        WITH_SERVER(head_is_answered_without_a_body),
        WITH_SERVER(a_refusal_by_the_head_leaves_the_connection_usable),
        WITH_SERVER(a_handler_learns_that_its_client_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
