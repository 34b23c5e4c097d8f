/* test_serve_requests.c - what happens around a handler, over real connections: routes, bodies,
 * limits, and what browsers may not do. */
#include "served.h"

/* ---- routes, queries and bodies ---- */

static void a_handler_gets_captures_query_and_body(void **state)
{
    (void)state;
    start();
    assert_asked(200, "GET /t/read/a%20b?p=1&q=x+y%26&q=z", "", NULL);
    assert_body("\"captures\":[\"a b\"],\"q\":\"x y&\"");
    assert_asked(200, "POST /t/read", "Content-Type: application/json\r\n", "{\"a\": [1, 2.5]}");
    assert_body("\"body\":{\"a\":[1,2.5]}");
    assert_asked(200, "POST /t/read", "", "7");
    assert_body("\"body\":7");
    assert_asked(200, "POST /t/maybe", "", NULL);
    assert_asked(200, "POST /t/bytes", "Content-Type: text/plain\r\n", "12345");
    assert_body("{\"bytes\":5}");
    assert_asked(200, "HEAD /t/read/x", "", NULL);
    assert_string_equal(last.body, "");
    assert_head("Content-Length:");
}

static void every_answer_has_an_id_of_32_digits_of_its_own(void **state)
{
    (void)state;
    char first[64] = "";
    start();
    static const char *const requests[] = {"GET /t/public", "GET /elsewhere", "PUT /t/public",
                                           "GET /t/%zz"};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        (void)ask(requests[i], "", NULL);
        const char *id = strstr(last.head, "chroma-trace-id: ");
        assert_non_null(id);
        id += strlen("chroma-trace-id: ");
        assert_int_equal(strspn(id, "0123456789abcdef"), 32);
        assert_head("x-request-id: ");
        assert_int_not_equal(strncmp(first, id, 32), 0);
        (void)snprintf(first, sizeof first, "%.32s", id);
    }
}

static void what_reaches_no_handler_is_refused_in_the_dialects_form(void **state)
{
    (void)state;
    start();
    assert_asked(404, "GET /t/unknown", "", NULL);
    assert_body("test_error");
    assert_asked(405, "DELETE /t/read/x", "", NULL);
    assert_head("Allow: GET, HEAD\r\n");
    assert_asked(400, "GET /t/read/%2", "", NULL);
    assert_asked(400, "GET /t/read/x?q=%ff", "", NULL);
    assert_asked(415, "POST /t/read", "Content-Type: text/plain\r\n", "{}");
    assert_asked(400, "POST /t/read", "", "{\"a\":");
    assert_body("test_error");
    assert_asked(400, "POST /t/read", "", "");
    assert_body("empty");
    assert_asked(400, "POST /t/read", "", "{\"a\":1,\"a\":2}");
    assert_asked(409, "GET /t/fail/x", "", NULL);
    assert_body("{\"test_error\":\"'x' is there already\"");
    assert_asked(500, "GET /t/nothing", "", NULL);
    assert_body("test_error");
}

static void a_number_in_the_query_has_a_range(void **state)
{
    (void)state;
    start();
    assert_asked(200, "GET /t/number", "", NULL);
    assert_body("{\"n\":7}");
    assert_asked(200, "GET /t/number?n=100", "", NULL);
    assert_body("{\"n\":100}");
    static const char *const wrong[] = {"101", "", "-1", "1.0", "+1", "99999999999999999999", "x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char request[64];
        (void)snprintf(request, sizeof request, "GET /t/number?n=%s", wrong[i]);
        assert_asked(400, request, "", NULL);
        assert_body("a number from 0 to 100");
    }
}

static void a_query_has_at_most_so_many_parameters(void **state)
{
    (void)state;
    start();
    for (int count = SERVE_QUERY_MAX; count <= SERVE_QUERY_MAX + 1; count++) {
        char request[1024] = "GET /t/read/x?";
        for (int i = 0; i < count; i++)
            (void)strcat(strcat(request, "a=1"), "&"); // allow strcat: 65 times 4 bytes
        assert_int_equal(ask(request, "", NULL), count == SERVE_QUERY_MAX ? 200 : 400);
    }
}

static void events_come_as_events(void **state)
{
    (void)state;
    start();
    assert_asked(200, "GET /t/events", "", NULL);
    assert_head("Content-Type: text/event-stream\r\n");
    assert_head("Cache-Control: no-store\r\n");
    assert_body("event: first\ndata: one\ndata: two\n\n");
    assert_body("data: \n\n");
}

/* ---- limits ---- */

static void a_body_is_as_large_as_the_limit_and_not_larger(void **state)
{
    (void)state;
    f.options.limits.body_bytes = 5;
    start();
    assert_asked(200, "POST /t/bytes", "", "12345");
    assert_asked(413, "POST /t/bytes", "", "123456");
    assert_body("the body is larger than 5 bytes (--max-body)");
    assert_asked(200, "POST /t/few", "", "1234567890");
    assert_asked(413, "POST /t/few", "", "12345678901");
    assert_body("the body is larger than 10 bytes");
    assert_asked(413, "GET /t/read/x", "", "1");
    assert_body("takes no body");
}

static void json_is_as_deep_as_the_limit_and_not_deeper(void **state)
{
    (void)state;
    f.options.limits.json_depth = 3;
    start();
    assert_asked(200, "POST /t/read", "", "[[{\"a\": 1}]]");
    assert_asked(400, "POST /t/read", "", "[[{\"a\": []}]]");
    assert_body("3 levels (--json-depth)");
    assert_asked(200, "POST /t/read", "", "\"[[[[\"");
}

static void a_request_has_so_much_time(void **state)
{
    (void)state;
    f.options.limits.time_ms = 50;
    start();
    timed_out = 0;
    assert_asked(504, "GET /t/wait", "", NULL);
    assert_body("not done in 50 ms");
    assert_int_equal(timed_out, 1);
}

/* A connection whose request runs until it closes. */
static int begin_waiting(void)
{
    char request[128];
    (void)snprintf(request, sizeof request, "GET /t/wait HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
                   serve_port(f.server));
    waiting = cancelled = 0;
    int fd = probe_connect(serve_port(f.server));
    assert_true(probe_send(fd, request));
    while (!waiting)
        clock_sleep_ms(1);
    return fd;
}

static void a_client_that_leaves_ends_its_request(void **state)
{
    (void)state;
    start();
    (void)close(begin_waiting());
    int64_t end_ns = clock_monotonic_ns() + (int64_t)patience_ms(20000) * 1000000;
    while (!cancelled && clock_monotonic_ns() < end_ns)
        clock_sleep_ms(5);
    assert_int_equal(cancelled, 1);
}

static void requests_above_the_rate_are_told_to_come_again(void **state)
{
    (void)state;
    f.options.rate_per_second = 2;
    start();
    int refused = 0;
    for (int i = 0; i < 40; i++)
        refused += ask("GET /t/read/x", "", NULL) == 429;
    assert_true(refused > 0);
    assert_asked(200, "GET /t/public", "", NULL); // needs no key, so has no limit of one
    while (ask("GET /t/read/x", "", NULL) != 429)
        ;
    assert_head("Retry-After: 1\r\n");
    assert_body("--rate");
    // Its owner may always stop it.
    char path[700];
    (void)snprintf(path, sizeof path, "%s/serve.sock", f.data);
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            ask_over(probe_connect_unix(path), "POST /control/stop", "Host: a\r\n", NULL), 202);
}

static void requests_above_the_number_at_a_time_are_told_to_come_again(void **state)
{
    (void)state;
    f.options.concurrent = 1;
    start();
    int fd = begin_waiting();
    assert_asked(429, "GET /t/read/x", "", NULL);
    assert_body("--concurrent");
    (void)close(fd);
    int64_t end_ns = clock_monotonic_ns() + (int64_t)patience_ms(20000) * 1000000;
    while (ask("GET /t/read/x", "", NULL) == 429 && clock_monotonic_ns() < end_ns)
        clock_sleep_ms(5);
    assert_int_equal(last.status, 200);
}

/* ---- browsers ---- */

static void a_foreign_host_or_origin_is_refused(void **state)
{
    (void)state;
    start();
    assert_asked(403, "GET /t/read/x", "Host: evil.example\r\n", NULL);
    assert_asked(403, "GET /t/public", "Host: evil.example\r\n", NULL);
    assert_asked(403, "POST /t/write", "Origin: https://evil.example\r\n", "{}");
    assert_asked(200, "GET /t/read/x", "Origin: https://evil.example\r\n", NULL);
    assert_null(strcasestr(last.head, "Access-Control"));
    assert_asked(403, "OPTIONS /t/write",
                 "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n", NULL);
    char same[64];
    (void)snprintf(same, sizeof same, "Origin: http://localhost:%u\r\n", serve_port(f.server));
    assert_asked(200, "POST /t/write", same, "{}");
}

static void a_listed_origin_gets_the_headers_of_cors(void **state)
{
    (void)state;
    static const char *const origins[] = {"https://app.example", NULL};
    f.options.cors_origins = origins;
    start();
    assert_asked(200, "POST /t/write", "Origin: https://app.example\r\n", "{}");
    assert_head("Access-Control-Allow-Origin: https://app.example\r\n");
    assert_asked(200, "OPTIONS /t/write",
                 "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n", NULL);
    assert_head("Access-Control-Allow-Methods: ");
    assert_head("Access-Control-Allow-Headers: Authorization, Content-Type, X-Chroma-Token, "
                "X-Kith-Truncation\r\n");
    assert_asked(403, "POST /t/write", "Origin: https://other.example\r\n", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_server(a_handler_gets_captures_query_and_body),
        with_server(every_answer_has_an_id_of_32_digits_of_its_own),
        with_server(what_reaches_no_handler_is_refused_in_the_dialects_form),
        with_server(a_number_in_the_query_has_a_range),
        with_server(a_query_has_at_most_so_many_parameters),
        with_server(events_come_as_events),
        with_server(a_body_is_as_large_as_the_limit_and_not_larger),
        with_server(json_is_as_deep_as_the_limit_and_not_deeper),
        with_server(a_request_has_so_much_time),
        with_server(a_client_that_leaves_ends_its_request),
        with_server(requests_above_the_rate_are_told_to_come_again),
        with_server(requests_above_the_number_at_a_time_are_told_to_come_again),
        with_server(a_foreign_host_or_origin_is_refused),
        with_server(a_listed_origin_gets_the_headers_of_cors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
