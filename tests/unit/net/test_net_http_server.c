/* A server of net/http_server.h as its clients see it: requests, replies, streams. The client is
 * http_probe.h, which knows nothing of the code under test. */
#include "test.h"

#include "http_fixture.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    const http_server_options options = FIXTURE_OPTIONS(f);
    fixture_start(f, &options);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    fixture_stop(f);
    free(f);
    return 0;
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

/* Its last bytes and their end come at once, so that nothing more happens at the socket. The idle
 * timeout is longer than wait_for waits. */
static void a_client_that_leaves_within_a_body_is_noticed(void **state)
{
    fixture *f = *state;
    enum { CLIENTS = 20 };
    for (int i = 0; i < CLIENTS; i++) {
        int fd = probe_connect(f->port);
        assert_true(
            probe_send(fd, "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nbody"));
        (void)close(fd);
    }
    wait_for(&f->ended, CLIENTS);
    assert_int_equal(atomic_load(&f->begun), 0);
    assert_int_equal(atomic_load(&f->last_status), 0);
}

/* A whole body in the kernel is not an end within it. */
static void a_client_that_closes_its_side_behind_a_large_body_is_read_to_the_end(void **state)
{
    fixture *f = *state;
    static char body[MAX_BODY];
    memset(body, 'x', sizeof body);
    int fd = probe_connect(f->port);
    assert_true(
        probe_send(fd, "PUT /silent HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"));
    assert_int_equal(send(fd, body, sizeof body, MSG_NOSIGNAL), sizeof body);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    wait_for(&f->begun, 1);
    wait_for(&f->ended, 1);
    (void)close(fd);
}

/* ---- the port ---- */

typedef struct early {
    fixture base;
    uint16_t wanted; /* set before any thread starts */
    uint16_t told;
    atomic_uint heads, untold;
} early;

static bool compare_port(void *context, http_exchange *x, uint64_t *max_body)
{
    early *e = context;
    *max_body = 0;
    atomic_fetch_add(&e->heads, 1);
    if (e->told != e->wanted) atomic_fetch_add(&e->untold, 1);
    http_reply(x, 200, NULL, VIEW(""));
    return false;
}

/* Connects as soon as somebody listens, and asks at once. */
static void *ask_early(void *context)
{
    const early *e = context;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(e->wanted),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd;
    for (;;) {
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) break;
        (void)close(fd);
    }
    CHECK(probe_send(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    probe_reply r = probe_read(fd, false);
    probe_reply_free(&r);
    (void)close(fd);
    return NULL;
}

static void the_port_is_known_before_the_first_request_is_read(void **state)
{
    fixture *f = *state;
    early e = {.wanted = f->port};
    fixture_stop(f);
    for (unsigned i = 0; i < 20; i++) {
        pthread_t client;
        e.told = 0;
        assert_int_equal(pthread_create(&client, NULL, ask_early, &e), 0);
        fixture_start(&e.base, &(http_server_options){.host = "127.0.0.1",
                                                      .port = e.wanted,
                                                      .bound_port = &e.told,
                                                      .on_head = compare_port,
                                                      .context = &e});
        assert_int_equal(pthread_join(client, NULL), 0);
        fixture_stop(&e.base);
    }
    assert_int_equal(atomic_load(&e.heads), 20);
    assert_int_equal(atomic_load(&e.untold), 0);
    const http_server_options again = FIXTURE_OPTIONS(f);
    fixture_start(f, &again);
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
        WITH_SERVER(a_client_that_leaves_within_a_body_is_noticed),
        WITH_SERVER(a_client_that_closes_its_side_behind_a_large_body_is_read_to_the_end),
        WITH_SERVER(the_port_is_known_before_the_first_request_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
