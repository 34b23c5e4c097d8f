/* The limits of a server, each just met and just passed, and clients that are slow. */
#include "test.h"

#include "http_fixture.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void a_body_is_taken_up_to_its_limit_and_refused_above(void **state)
{
    (void)state;
    WITH_OPTIONS(f, (void)0);
    char *body = malloc(MAX_BODY + 1);
    assert_non_null(body);
    memset(body, 'x', MAX_BODY + 1);
    int fd = probe_connect(f.port);
    char head[128];
    (void)snprintf(head, sizeof head,
                   "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", MAX_BODY);
    assert_true(probe_send(fd, head) && probe_send_bytes(fd, body, MAX_BODY));
    probe_reply r = probe_read(fd, false);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_size, MAX_BODY);
    probe_reply_free(&r);

    (void)snprintf(head, sizeof head,
                   "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", MAX_BODY + 1);
    assert_true(probe_send(fd, head));
    r = probe_read(fd, false); // before any byte of the body
    assert_int_equal(r.status, 413);
    assert_string_equal(r.body, "{\"status\":413,\"message\":\"the body is too large\"}");
    assert_true(probe_is_closed(fd));
    probe_reply_free(&r);
    (void)close(fd);
    free(body);
    fixture_stop(&f);
}

static void a_chunked_body_is_counted_as_it_comes(void **state)
{
    (void)state;
    WITH_OPTIONS(f, (void)0);
    char chunk[1000 + 16];
    size_t size = (size_t)snprintf(chunk, sizeof chunk, "3e8\r\n");
    memset(chunk + size, 'y', 1000);
    memcpy(chunk + size + 1000, "\r\n", 2);
    size += 1002;
    for (int extra = 0; extra < 2; extra++) {
        int fd = probe_connect(f.port);
        assert_true(
            probe_send(fd, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (int i = 0; i < MAX_BODY / 1000 + extra; i++)
            assert_true(probe_send_bytes(fd, chunk, size));
        assert_true(probe_send(fd, "0\r\n\r\n"));
        probe_reply r = probe_read(fd, false);
        assert_int_equal(r.status, extra ? 413 : 200);
        probe_reply_free(&r);
        expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
        (void)close(fd);
    }
    assert_int_equal(atomic_load(&f.begun), 3);
    fixture_stop(&f);
}

/* A client that sends first and reads then, as most do, must see the refusal. */
static void a_refusal_is_readable_after_a_large_body_was_sent(void **state)
{
    (void)state;
    WITH_OPTIONS(f, (void)0);
    enum { BODY = 20 << 20 };
    char *body = calloc(1, BODY);
    assert_non_null(body);
    static const char *const paths[] = {"/forbidden", "/echo"};
    static const int statuses[] = {401, 413};
    for (int i = 0; i < 2; i++) {
        char head[128];
        (void)snprintf(head, sizeof head,
                       "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", paths[i], BODY);
        int fd = probe_connect(f.port);
        assert_true(probe_send(fd, head) && probe_send_bytes(fd, body, BODY));
        probe_reply r = probe_read(fd, false);
        assert_int_equal(r.status, statuses[i]);
        probe_reply_free(&r);
        (void)close(fd);
    }
    free(body);
    fixture_stop(&f);
}

static void send_head_of(int fd, size_t bytes)
{
    static const char start[] = "GET /x HTTP/1.1\r\nHost: h\r\nX: ", end[] = "\r\n\r\n";
    char *head = malloc(bytes);
    assert_non_null(head);
    memset(head, 'a', bytes);
    memcpy(head, start, sizeof start - 1);
    memcpy(head + bytes - (sizeof end - 1), end, sizeof end - 1);
    (void)probe_send_bytes(fd, head, bytes);
    free(head);
}

static void a_head_is_taken_up_to_its_limit_and_refused_above(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.max_head_bytes = 20000);
    static const size_t sizes[] = {20000, 20001, 100000};
    for (int i = 0; i < 3; i++) {
        int fd = probe_connect(f.port);
        send_head_of(fd, sizes[i]);
        probe_reply r = probe_read(fd, false);
        assert_int_equal(r.status, i == 0 ? 200 : 431);
        probe_reply_free(&r);
        (void)close(fd);
    }
    int fd = probe_connect(f.port); // a target that is too long, with no end
    assert_true(probe_send(fd, "GET /"));
    char piece[1000];
    memset(piece, 'a', sizeof piece);
    for (int i = 0; i < 100 && probe_send_bytes(fd, piece, sizeof piece); i++)
        ;
    probe_reply r = probe_read(fd, false);
    assert_true(r.status == 414 || r.status == 0);
    probe_reply_free(&r);
    (void)close(fd);
    fixture_stop(&f);
}

static void only_so_many_requests_wait_for_a_worker(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.workers = 2, options.max_waiting = 3);
    int fds[6];
    for (int i = 0; i < 5; i++) {
        fds[i] = probe_connect(f.port);
        assert_true(probe_send(fds[i], "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        if (i < 2) wait_for(&f.begun, i + 1);
    }
    // The others have arrived when one of the next is turned away.
    fds[5] = probe_connect(f.port);
    probe_reply r = {0};
    for (int tries = 0; r.status != 503; tries++) {
        assert_true(tries < 1000);
        probe_reply_free(&r);
        assert_true(probe_send(fds[5], "GET /forbidden HTTP/1.1\r\nHost: h\r\n\r\n"));
        r = probe_read(fds[5], false);
        assert_int_equal(r.status, 401);
        probe_reply_free(&r);
        clock_sleep_ms(20);
        assert_true(probe_send(fds[5], "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        r = probe_read(fds[5], false);
    }
    assert_string_equal(probe_header(&r, "Retry-After"), "1");
    assert_string_equal(r.body, "{\"status\":503,\"message\":\"too many requests wait\"}");
    probe_reply_free(&r);
    assert_int_equal(atomic_load(&f.begun), 2);
    atomic_store(&f.may_go_on, true);
    for (int i = 0; i < 5; i++) {
        r = probe_read(fds[i], false);
        assert_int_equal(r.status, 200);
        probe_reply_free(&r);
        (void)close(fds[i]);
    }
    (void)close(fds[5]);
    fixture_stop(&f);
}

static void bodies_take_only_so_much_memory_together(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.max_bodies_bytes = 150000, options.workers = 1);
    char *body = calloc(1, MAX_BODY);
    assert_non_null(body);
    char head[128];
    (void)snprintf(head, sizeof head,
                   "POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", MAX_BODY);
    int first = probe_connect(f.port), second = probe_connect(f.port);
    assert_true(probe_send(first, head) && probe_send_bytes(first, body, MAX_BODY));
    wait_for(&f.begun, 1);
    assert_true(probe_send(second, head) && probe_send_bytes(second, body, MAX_BODY));
    probe_reply r = probe_read(second, false);
    assert_int_equal(r.status, 503);
    probe_reply_free(&r);
    atomic_store(&f.may_go_on, true);
    r = probe_read(first, false);
    assert_int_equal(r.status, 200);
    probe_reply_free(&r);
    wait_for(&f.ended, 2); // then its memory is free again
    assert_true(probe_send(second, head) && probe_send_bytes(second, body, MAX_BODY));
    r = probe_read(second, false);
    assert_int_equal(r.status, 200);
    probe_reply_free(&r);
    (void)close(first);
    (void)close(second);
    free(body);
    fixture_stop(&f);
}

static void only_so_many_connections_are_open(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.max_connections = 3);
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = probe_connect(f.port);
        expect(fds[i], "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    }
    int more = probe_connect(f.port); // is told without having asked, and also when it asks
    for (int asks = 0; asks < 2; asks++) {
        if (asks) assert_true(probe_send(more, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
        probe_reply told = probe_read(more, false);
        assert_int_equal(told.status, 503);
        assert_string_equal(told.body, "all 3 connections are in use: try again later\n");
        probe_reply_free(&told);
        assert_true(probe_is_closed(more));
        (void)close(more);
        more = probe_connect(f.port);
    }
    (void)close(more);
    expect(fds[2], "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 200,
           "GET|/x|||0|127.0.0.1|0");
    assert_true(probe_is_closed(fds[2]));
    (void)close(fds[2]);
    bool is_served = false; // as soon as it has noticed
    for (int tries = 0; !is_served; tries++) {
        assert_true(tries < 1000);
        more = probe_connect(f.port);
        (void)probe_send(more, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        probe_reply r = probe_read(more, false);
        is_served = r.status == 200;
        probe_reply_free(&r);
        (void)close(more);
    }
    (void)close(fds[0]);
    (void)close(fds[1]);
    fixture_stop(&f);
}

/* Sends a byte each 20 ms until the server has closed; false: it never did. */
static bool trickle_until_closed(int fd, const char *text)
{
    for (uint32_t waited = 0; waited < patience_ms(20000); waited += 20) {
        char byte;
        if (*text && !probe_send_bytes(fd, text++, 1)) return true;
        ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) return true;
        clock_sleep_ms(20);
    }
    return false;
}

static void a_client_that_trickles_is_cut_in_each_phase(void **state)
{
    (void)state;
    static char endless[100000];
    memset(endless, 'a', sizeof endless - 1);
    WITH_OPTIONS(f, options.head_timeout_ms = 300, options.idle_timeout_ms = 400,
                 options.body_timeout_ms = 500);
    int fd = probe_connect(f.port);
    assert_true(probe_send(fd, "GET /x HTTP/1.1\r\nHost: h\r\nX: "));
    assert_true(trickle_until_closed(fd, endless)); // its first head
    (void)close(fd);

    fd = probe_connect(f.port);
    expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    assert_true(probe_send(fd, "GET /x HTTP/1.1\r\nHost: h\r\nX: "));
    assert_true(trickle_until_closed(fd, endless)); // a later head
    (void)close(fd);

    fd = probe_connect(f.port);
    assert_true(probe_send(fd, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n"));
    assert_true(trickle_until_closed(fd, endless)); // a body
    (void)close(fd);

    fd = probe_connect(f.port);
    assert_true(trickle_until_closed(fd, "")); // nothing at all
    (void)close(fd);
    assert_int_equal(atomic_load(&f.begun), 1);
    fixture_stop(&f);
}

static void a_client_that_does_not_read_its_stream_is_cut(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.idle_timeout_ms = 300);
    int fd = probe_connect(f.port), small = 4096;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    assert_true(probe_send(fd, "GET /endless HTTP/1.1\r\nHost: h\r\n\r\n"));
    wait_for(&f.ended, 1);
    assert_int_equal(atomic_load(&f.last_status), 0);
    assert_int_equal(atomic_load(&f.begun), 1);
    (void)close(fd);
    fixture_stop(&f);
}

static void a_client_that_waits_for_100_gets_it_after_the_head_was_accepted(void **state)
{
    (void)state;
    WITH_OPTIONS(f, (void)0);
    int fd = probe_connect(f.port);
    expect(fd,
           "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
           100, "");
    expect(fd, "body", 200, "body");
    expect(fd,
           "POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
           "Expect: 100-continue\r\n\r\n",
           401, "no");
    assert_true(probe_is_closed(fd));
    (void)close(fd);
    fd = probe_connect(f.port);
    expect(fd,
           "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n"
           "Expect: 100-continue\r\n\r\n",
           413, "{\"status\":413,\"message\":\"the body is too large\"}");
    (void)close(fd);
    fixture_stop(&f);
}

static void running_out_of_file_descriptors_is_survived(void **state)
{
    (void)state;
    WITH_OPTIONS(f, (void)0);
    int kept = probe_connect(f.port);
    expect(kept, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    int waiting = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(waiting >= 0);
    struct rlimit before, now;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    now = before;
    now.rlim_cur = (rlim_t)waiting + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(f.port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(waiting, (struct sockaddr *)&at, sizeof at), 0);
    expect(kept, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    expect(waiting, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    (void)close(waiting);
    (void)close(kept);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_taken_up_to_its_limit_and_refused_above),
        cmocka_unit_test(a_chunked_body_is_counted_as_it_comes),
        cmocka_unit_test(a_refusal_is_readable_after_a_large_body_was_sent),
        cmocka_unit_test(a_head_is_taken_up_to_its_limit_and_refused_above),
        cmocka_unit_test(only_so_many_requests_wait_for_a_worker),
        cmocka_unit_test(bodies_take_only_so_much_memory_together),
        cmocka_unit_test(only_so_many_connections_are_open),
        cmocka_unit_test(a_client_that_trickles_is_cut_in_each_phase),
        cmocka_unit_test(a_client_that_does_not_read_its_stream_is_cut),
        cmocka_unit_test(a_client_that_waits_for_100_gets_it_after_the_head_was_accepted),
        cmocka_unit_test(running_out_of_file_descriptors_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
