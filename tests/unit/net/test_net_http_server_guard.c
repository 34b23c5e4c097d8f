/* What a server refuses because two parties could read it differently, and that nothing behind a
 * refused request is executed. The cases are those of RFC 9112, 3, 5 and 6, and of known attacks by
 * smuggled requests; each is sent with a second request behind it. */
#include "test.h"

#include "base/rng.h"
#include "http_fixture.h"

#include <unistd.h>

static fixture shared;

static int start(void **state)
{
    (void)state;
    const http_server_options options = FIXTURE_OPTIONS(&shared);
    fixture_start(&shared, &options);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fixture_stop(&shared);
    return 0;
}

#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

/* At most one reply, which is `status`, and then the end; nothing was executed. status 0: the
 * connection may end without a reply. */
static void expect_refused(const char *request, size_t size, int status)
{
    int begun = atomic_load(&shared.begun);
    int fd = probe_connect(shared.port);
    assert_true(probe_send_bytes(fd, request, size));
    probe_reply r = probe_read(fd, false);
    if (r.status != status && !(status == 0 && r.status == 400))
        fail_msg("'%s': got %d, expected %d", request, r.status, status);
    if (r.status != 0) {
        assert_string_equal(probe_header(&r, "Connection"), "close");
        if (!probe_is_closed(fd)) fail_msg("'%s': got two replies", request);
    }
    probe_reply_free(&r);
    (void)close(fd);
    assert_int_equal(atomic_load(&shared.begun), begun);
}

static void a_request_that_can_be_read_in_two_ways_is_refused_once(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\ncontent-length: 5\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
        "chunked\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0b"
        "chunked\r\n",
        "POST /echo HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length\t: 5\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nX Y: 5\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nX\x01: 5\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nX: a\x01\r\n",
        "GET /x HTTP/1.1\r\n",
        "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
        "GET /x HTTP/1.0\r\nHost: a\r\nHost: b\r\n",
        "GET /x HTTP/1.1\r\nHost: a b\r\n",
        "GET /x HTTP/1.1\r\nHost: a@b\r\n",
        "GET /x HTTP/1.1\r\nHost: a/b\r\n",
        "GET /x HTTP/1.1\r\nHost:\r\n",
        "GET http://h/x HTTP/1.1\r\nHost: h\r\n",
        "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n",
        "GET * HTTP/1.1\r\nHost: h\r\n",
        "GET x HTTP/1.1\r\nHost: h\r\n",
        "GET /a b HTTP/1.1\r\nHost: h\r\n",
        "GET /a\x01 HTTP/1.1\r\nHost: h\r\n",
        "GET /a?\x7f HTTP/1.1\r\nHost: h\r\n",
        "G(T /a HTTP/1.1\r\nHost: h\r\n",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\nHost: h\r\n",
        "GET /a HTTP/1.1\r\nHost h\r\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char request[1024];
        int size = snprintf(request, sizeof request, "%s\r\n0\r\n\r\n" SMUGGLED, heads[i]);
        expect_refused(request, (size_t)size, 400);
    }
}

static void what_is_no_request_of_http_1_ends_the_connection(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "GET\r\n\r\n" SMUGGLED,
        " / HTTP/1.1\r\nHost: h\r\n\r\n" SMUGGLED,
        "GET / HTTP/1.1x\r\nHost: h\r\n\r\n" SMUGGLED,
        "GET / http/1.1\r\nHost: h\r\n\r\n" SMUGGLED,
        "GET /\r\nHost: h\r\n\r\n" SMUGGLED,
        "\x16\x03\x01\x02\x01\x01\x01\x01\xfc\x03\x03\r\n\r\n" SMUGGLED,
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        expect_refused(heads[i], strlen(heads[i]), 0);
    static const char http_2[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    expect_refused(http_2, sizeof http_2 - 1, 505);
}

static void a_malformed_chunk_is_refused_once(void **state)
{
    (void)state;
    static const char *const bodies[] = {"0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n",
                                         "5 \r\nhello\r\n0\r\n\r\n",  "g\r\nhello\r\n0\r\n\r\n",
                                         "5\r\nhelloX\r\n0\r\n\r\n",  "\r\nhello\r\n0\r\n\r\n"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char request[1024];
        int size = snprintf(request, sizeof request,
                            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "%s" SMUGGLED,
                            bodies[i]);
        expect_refused(request, (size_t)size, 400);
    }
    static const char huge[] =
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n" SMUGGLED;
    expect_refused(huge, sizeof huge - 1, 413);
}

/* libmicrohttpd 0.9.75 refuses these by itself, and sends the head of its 400 twice; the second one
 * is a part of the body by the first one's Content-Length. */
static void a_malformed_length_is_refused_and_nothing_behind_it_is_executed(void **state)
{
    (void)state;
    static const char *const lengths[] = {" +5",  " -5",    " 0x5", " 5, 5",
                                          " 5 5", " 5\x0b", "",     " 99999999999999999999999"};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int begun = atomic_load(&shared.begun);
        int fd = probe_connect(shared.port);
        char request[512];
        (void)snprintf(request, sizeof request,
                       "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length:%s\r\n\r\n" SMUGGLED,
                       lengths[i]);
        assert_true(probe_send(fd, request));
        probe_reply r = probe_read(fd, false);
        if (r.status != 400 && r.status != 413)
            fail_msg("Content-Length:%s: got %d", lengths[i], r.status);
        probe_reply_free(&r);
        while (!probe_is_closed(fd))
            ;
        (void)close(fd);
        assert_int_equal(atomic_load(&shared.begun), begun);
    }
    static const char nineteen[] = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: "
                                   "9223372036854775807\r\n\r\n" SMUGGLED;
    expect_refused(nineteen, sizeof nineteen - 1, 400);
}

static void pipelined_requests_are_answered_in_order_and_once(void **state)
{
    (void)state;
    int fd = probe_connect(shared.port);
    enum { REQUESTS = 300 };
    char *all = calloc(REQUESTS, 128);
    assert_non_null(all);
    for (int i = 0; i < REQUESTS; i++)
        (void)snprintf(all + strlen(all), 128,
                       "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n%04d", i);
    assert_true(probe_send(fd, all));
    for (int i = 0; i < REQUESTS; i++) {
        char expected[8];
        (void)snprintf(expected, sizeof expected, "%04d", i);
        probe_reply r = probe_read(fd, false);
        assert_int_equal(r.status, 200);
        assert_string_equal(r.body, expected);
        probe_reply_free(&r);
    }
    free(all);
    expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 200,
           "GET|/x|||0|127.0.0.1|0");
    assert_true(probe_is_closed(fd));
    (void)close(fd);
}

/* Pieces of requests, good and bad, in any order and cut anywhere. */
static const char *const fragments[] = {"GET /x HTTP/1.1\r\n",
                                        "POST /echo HTTP/1.1\r\n",
                                        "Host: h\r\n",
                                        "Content-Length: 5\r\n",
                                        "Content-Length: 0\r\n",
                                        "Transfer-Encoding: chunked\r\n",
                                        "\r\n",
                                        "\n",
                                        "hello",
                                        "5\r\nhello\r\n",
                                        "0\r\n\r\n",
                                        "Expect: 100-continue\r\n",
                                        "Connection: close\r\n",
                                        ": x\r\n",
                                        " folded\r\n",
                                        "X: y\r\n",
                                        "Cookie: a=b; c=\"d\r\n",
                                        "GET /stream HTTP/1.1\r\n",
                                        "\r",
                                        " ",
                                        "HEAD /much HTTP/1.0\r\n",
                                        "ffffffff\r\n",
                                        "PUT /forbidden HTTP/1.1\r\n",
                                        "?a=b&c&&=%\r\n"};

static void random_bytes_neither_crash_nor_hang_it(void **state)
{
    (void)state;
    rng r = {20261129};
    print_message("seed %llu\n", (unsigned long long)r.state);
    for (int round = 0; round < 2000; round++) {
        char request[2048];
        size_t size = 0;
        uint32_t pieces = 1 + rng_below(&r, 12);
        for (uint32_t i = 0; i < pieces; i++) {
            const char *piece = fragments[rng_below(&r, sizeof fragments / sizeof *fragments)];
            size += (size_t)snprintf(request + size, sizeof request - size, "%s", piece);
        }
        if (rng_below(&r, 2)) request[rng_below(&r, (uint32_t)size)] = (char)rng_below(&r, 256);
        int fd = probe_connect(shared.port);
        size_t cut = rng_below(&r, (uint32_t)size + 1);
        if (probe_send_bytes(fd, request, cut))
            (void)probe_send_bytes(fd, request + cut, size - cut);
        (void)close(fd);
    }
    int fd = probe_connect(shared.port);
    expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_can_be_read_in_two_ways_is_refused_once),
        cmocka_unit_test(what_is_no_request_of_http_1_ends_the_connection),
        cmocka_unit_test(a_malformed_chunk_is_refused_once),
        cmocka_unit_test(a_malformed_length_is_refused_and_nothing_behind_it_is_executed),
        cmocka_unit_test(pipelined_requests_are_answered_in_order_and_once),
        cmocka_unit_test(random_bytes_neither_crash_nor_hang_it),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
