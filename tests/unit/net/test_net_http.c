/* test_net_http.c - http_send against a scripted server: what is sent, what comes back, and each
 * way in which a server can misbehave. Times are short and each test states its upper bound. */
#include "test.h"

#include "fake_endpoint.h"
#include "net/http.h"
#include "os/clock.h"
#include "patience.h"
#include "threads_for_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CAP_BYTES = 1 << 20, SLOW_MS = 3000 };

/* Sends and checks the status and that it took less than SLOW_MS. */
static void expect(kith_status expected, const http_request *request, http_response *response,
                   kith_error *out_err)
{
    kith_error err = {0};
    int64_t begun = clock_monotonic_ns();
    http_response_init(response, CAP_BYTES);
    assert_status(expected, http_send(request, response, &err));
    assert_true(clock_monotonic_ns() - begun < (int64_t)patience_ms(SLOW_MS) * 1000000);
    if (expected != KITH_OK) assert_int_equal(err.code, expected);
    if (out_err) *out_err = err;
}

static http_request get(const char *url)
{
    return (http_request){.method = "GET",
                          .url = url,
                          .connect_timeout_ms = patience_ms(1000),
                          .idle_timeout_ms = patience_ms(1000),
                          .total_timeout_ms = patience_ms(2000)};
}

/* GET of a scripted endpoint whose answer must fail; gives the message. */
static kith_error fail_to_get(fake_endpoint *f, kith_status expected)
{
    kith_error err;
    http_response response;
    http_request request = get(fake_endpoint_url(f));
    fake_endpoint_start(f);
    expect(expected, &request, &response, &err);
    http_response_done(&response);
    fake_endpoint_free(f);
    return err;
}

static kith_error fail_with_url(const char *url, kith_status expected)
{
    kith_error err;
    http_response response;
    http_request request = get(url);
    expect(expected, &request, &response, &err);
    http_response_done(&response);
    return err;
}

static void a_post_carries_headers_and_body_and_brings_the_answer(void **state)
{
    (void)state;
    static const char *const headers[] = {"Content-Type: application/json", "X-Test: a b", NULL};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 201, "Content-Type: text/plain; charset=utf-8\r\n", "made");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    request.method = "POST";
    request.headers = headers;
    request.body = VIEW("{\"x\":1}");
    http_response response;
    expect(KITH_OK, &request, &response, NULL);
    assert_int_equal(response.status, 201);
    assert_string_equal(response.content_type, "text/plain; charset=utf-8");
    assert_true(view_equal(buffer_view(&response.body), VIEW("made")));
    assert_int_equal(response.retry_after_ms, -1);
    const char *sent = fake_endpoint_request(f, 0);
    assert_memory_equal(sent, "POST / HTTP/1.1\r\n", 17);
    assert_non_null(strstr(sent, "\r\nX-Test: a b\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(sent, "\r\n\r\n{\"x\":1}"));
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_large_post_does_not_wait_for_leave_to_continue(void **state)
{
    (void)state;
    enum { BYTES = 2 << 20 };
    char *body = malloc(BYTES);
    memset(body, 'x', BYTES);
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "", "");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    request.method = "POST";
    request.body = (view){body, BYTES};
    http_response response;
    expect(KITH_OK, &request, &response, NULL);
    assert_null(strcasestr(fake_endpoint_request(f, 0), "expect:"));
    assert_int_equal(strlen(strstr(fake_endpoint_request(f, 0), "\r\n\r\n")), 4 + BYTES);
    http_response_done(&response);
    fake_endpoint_free(f);
    free(body);
}

static void an_error_status_is_an_answer_with_its_retry_after(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 503, "Retry-After: 7\r\n", "busy");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    http_response response;
    expect(KITH_OK, &request, &response, NULL);
    assert_int_equal(response.status, 503);
    assert_int_equal(response.retry_after_ms, 7000);
    assert_true(view_equal(buffer_view(&response.body), VIEW("busy")));
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_retry_after_date_becomes_a_time_from_now(void **state)
{
    (void)state;
    char date[64], header[96];
    time_t then = time(NULL) + 100;
    struct tm utc;
    (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &utc));
    (void)snprintf(header, sizeof header, "Retry-After: %s\r\n", date);
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 429, header, "");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    http_response response;
    expect(KITH_OK, &request, &response, NULL);
    assert_in_range((uint64_t)response.retry_after_ms, 90000, 100000);
    http_response_done(&response);
    fake_endpoint_free(f);
}

typedef struct pieces {
    const http_response *response;
    buffer text;
    uint32_t count;
    uint32_t stop_at; /* 0: never */
} pieces;

static kith_status gather(void *context, view bytes)
{
    pieces *p = context;
    p->count++;
    assert_int_equal(p->response->status, 200);
    assert_string_equal(p->response->content_type, "text/event-stream");
    buffer_append(&p->text, bytes);
    return p->count == p->stop_at ? KITH_ERR_CANCELLED : KITH_OK;
}

static void a_stream_is_handed_over_as_it_comes(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_answer *answer =
        fake_endpoint_reply(f, 200, "Content-Type: text/event-stream\r\n", "data: one\n\n");
    answer->piece_bytes = answer->size - 4;
    answer->piece_delay_ms = 50;
    fake_endpoint_start(f);
    http_response response;
    pieces p = {.response = &response};
    buffer_init(&p.text, 100);
    http_request request = get(fake_endpoint_url(f));
    request.on_body = gather;
    request.context = &p;
    expect(KITH_OK, &request, &response, NULL);
    assert_int_equal(p.count, 2);
    assert_true(view_equal(buffer_view(&p.text), VIEW("data: one\n\n")));
    assert_int_equal(response.body.size, 0);
    buffer_done(&p.text);
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void the_stream_callback_ends_the_request_with_its_status(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_answer *answer = fake_endpoint_reply(f, 200, "Content-Type: text/event-stream\r\n", "");
    answer->flood_bytes = 1 << 30;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    free(answer->bytes);
    answer->bytes = strdup(head);
    answer->size = strlen(head);
    fake_endpoint_start(f);
    http_response response;
    pieces p = {.response = &response, .stop_at = 2};
    buffer_init(&p.text, 1 << 20);
    http_request request = get(fake_endpoint_url(f));
    request.on_body = gather;
    request.context = &p;
    kith_error err = {0};
    http_response_init(&response, CAP_BYTES);
    assert_status(KITH_ERR_CANCELLED, http_send(&request, &response, &err));
    assert_int_equal(p.count, 2);
    assert_string_equal(err.message, ""); // the message is the callback's
    buffer_done(&p.text);
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void an_error_answer_is_gathered_even_when_streaming(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 400, "Content-Type: application/json\r\n", "{\"error\":1}");
    fake_endpoint_start(f);
    http_response response;
    pieces p = {.response = &response};
    http_request request = get(fake_endpoint_url(f));
    request.on_body = gather;
    request.context = &p;
    expect(KITH_OK, &request, &response, NULL);
    assert_int_equal(p.count, 0);
    assert_true(view_equal(buffer_view(&response.body), VIEW("{\"error\":1}")));
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void bad_urls_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",
        "localhost:80/v1",
        "/v1",
        "ftp://host/",
        "file:///etc/passwd",
        "http://",
        "http://host/a b",
        "http://host/\r\nX-Evil: 1",
        "http://host/\n",
        "http://host:99999/",
        "http://user:hunter2@host/",
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        kith_error err = fail_with_url(urls[i], KITH_ERR_INVALID);
        assert_null(strstr(err.message, "hunter2"));
    }
    char *endless = malloc(10000);
    memset(endless, 'a', 9999);
    memcpy(endless, "http://h/", 9);
    endless[9999] = '\0';
    (void)fail_with_url(endless, KITH_ERR_INVALID);
    free(endless);
}

static void bad_headers_and_methods_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    static const char *const bad[] = {"Authorization: Bearer hunter2\r\nX-Evil: 1",
                                      "Authorization: Bearer hunter2\n",
                                      "Authorization: Bearer hunter2\x01",
                                      "hunter2",
                                      ": hunter2",
                                      "X Y: hunter2",
                                      "hunter2;"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *const headers[] = {bad[i], NULL};
        kith_error err;
        http_response response;
        http_request request = get("http://127.0.0.1:1/");
        request.headers = headers;
        expect(KITH_ERR_INVALID, &request, &response, &err);
        assert_null(strstr(err.message, "hunter2"));
        http_response_done(&response);
    }
    http_response response;
    http_request request = get("http://127.0.0.1:1/");
    request.method = "DELETE";
    expect(KITH_ERR_INVALID, &request, &response, NULL);
    http_response_done(&response);
}

static void a_refused_connection_is_a_network_error(void **state)
{
    (void)state;
    char url[64];
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    (void)snprintf(url, sizeof url, "%s/v1", fake_endpoint_url(f));
    fake_endpoint_free(f); // nobody listens there now
    kith_error err = fail_with_url(url, KITH_ERR_NETWORK);
    assert_non_null(strstr(err.message, "Connection refused"));
}

static void a_name_that_does_not_resolve_is_a_network_error(void **state)
{
    (void)state;
    // A label of 64 bytes cannot exist, so no name server is asked.
    char url[128];
    (void)snprintf(url, sizeof url, "http://%064d.invalid/", 0);
    (void)fail_with_url(url, KITH_ERR_NETWORK);
}

static void a_server_without_tls_is_a_network_error_over_https(void **state)
{
    (void)state;
    char url[64];
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "", "plain")->unasked = true;
    fake_endpoint_start(f);
    (void)snprintf(url, sizeof url, "https%s", fake_endpoint_url(f) + strlen("http"));
    kith_error err = fail_with_url(url, KITH_ERR_NETWORK);
    assert_non_null(strstr(err.message, "https://127.0.0.1"));
    fake_endpoint_free(f);
}

static void an_empty_reply_and_a_reset_are_network_errors(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, "", 0);
    (void)fail_to_get(f, KITH_ERR_NETWORK);
    f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, "", 0)->resets = true;
    (void)fail_to_get(f, KITH_ERR_NETWORK);
}

static void a_server_that_closes_during_an_upload_is_a_network_error(void **state)
{
    (void)state;
    // Also: no SIGPIPE, which would end the process.
    enum { BYTES = 32 << 20 };
    char *body = calloc(1, BYTES);
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_answer *answer = fake_endpoint_raw(f, "", 0);
    answer->unasked = answer->resets = true;
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    request.method = "POST";
    request.body = (view){body, BYTES};
    http_response response;
    expect(KITH_ERR_NETWORK, &request, &response, NULL);
    http_response_done(&response);
    fake_endpoint_free(f);
    free(body);
}

static void a_body_shorter_than_promised_is_a_network_error(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "", "0123456789")->size -= 3;
    (void)fail_to_get(f, KITH_ERR_NETWORK);
    static const char chunked[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "5\r\nhello\r\n";
    f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, chunked, strlen(chunked));
    (void)fail_to_get(f, KITH_ERR_NETWORK);
}

static void an_answer_that_is_not_http_is_a_remote_error(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, "SSH-2.0-OpenSSH_9.2\r\n", 21);
    (void)fail_to_get(f, KITH_ERR_REMOTE);
}

static void silence_is_a_timeout(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, "", 0)->hangs = true;
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    request.idle_timeout_ms = 150;
    http_response response;
    kith_error err;
    int64_t begun = clock_monotonic_ns();
    expect(KITH_ERR_TIMEOUT, &request, &response, &err);
    int64_t took_ms = (clock_monotonic_ns() - begun) / 1000000;
    assert_in_range((uint64_t)took_ms, 150, patience_ms(900));
    assert_non_null(strstr(err.message, "silent for 150 ms"));
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_slow_answer_is_not_silence_but_meets_the_total_time(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_answer *answer = fake_endpoint_reply(f, 200, "", "0123456789");
    answer->piece_bytes = 10; // 80 bytes and more: 8 pieces and more
    answer->piece_delay_ms = 60;
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    request.idle_timeout_ms = patience_ms(300);
    http_response response;
    expect(KITH_OK, &request, &response, NULL); // longer in all than the idle time
    assert_int_equal(response.body.size, 10);
    http_response_done(&response);
    request.total_timeout_ms = 250;
    kith_error err;
    expect(KITH_ERR_TIMEOUT, &request, &response, &err);
    assert_non_null(strstr(err.message, "within 250 ms"));
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_connection_that_is_never_accepted_is_a_timeout(void **state)
{
    (void)state;
    // A full backlog: the kernel drops further SYN.
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    int fillers[4];
    for (size_t i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], (struct sockaddr *)&at, sizeof at);
    }
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(at.sin_port));
    http_request request = get(url);
    request.connect_timeout_ms = 200;
    http_response response;
    kith_error err;
    expect(KITH_ERR_TIMEOUT, &request, &response, &err);
    assert_non_null(strstr(err.message, "200 ms"));
    http_response_done(&response);
    for (size_t i = 0; i < 4; i++)
        (void)close(fillers[i]);
    (void)close(listener);
}

static void a_body_above_the_limit_ends_early(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, head, strlen(head))->flood_bytes = UINT64_C(1) << 30;
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    request.max_response_bytes = 1000;
    http_response response;
    kith_error err;
    expect(KITH_ERR_LIMIT, &request, &response, &err);
    assert_non_null(strstr(err.message, "1000 bytes"));
    assert_true(response.body.size <= 1000);
    http_response_done(&response);
    request.max_response_bytes = 0; // the buffer's own maximum holds as well
    expect(KITH_ERR_LIMIT, &request, &response, NULL);
    assert_true(response.body.size <= CAP_BYTES);
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_body_of_exactly_the_limit_is_taken(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "", "0123456789");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    http_response response;
    request.max_response_bytes = 10;
    expect(KITH_OK, &request, &response, NULL);
    http_response_done(&response);
    request.max_response_bytes = 9;
    expect(KITH_ERR_LIMIT, &request, &response, NULL);
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_body_announced_above_the_limit_is_not_awaited(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, head, strlen(head))->hangs = true;
    (void)fail_to_get(f, KITH_ERR_LIMIT);
}

static void an_endless_head_is_over_the_limit(void **state)
{
    (void)state;
    buffer head;
    buffer_init(&head, 4 << 20);
    buffer_append_text(&head, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 30000; i++)
        buffer_printf(&head, "X-%d: abcdefgh\r\n", i);
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, head.data, head.size);
    (void)fail_to_get(f, KITH_ERR_LIMIT);
    buffer_done(&head);
}

static void reply_redirect(fake_endpoint *f, int status, const char *location)
{
    char header[512];
    (void)snprintf(header, sizeof header, "Location: %s\r\n", location);
    fake_endpoint_reply(f, status, header, "moved");
}

static void a_redirect_loop_ends_after_five(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_redirect(f, 302, "/again");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    http_response response;
    expect(KITH_ERR_REMOTE, &request, &response, NULL);
    assert_int_equal(fake_endpoint_request_count(f), 6);
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_redirected_post_stays_a_post_on_the_same_host_with_its_key(void **state)
{
    (void)state;
    static const char *const headers[] = {"Authorization: Bearer hunter2", NULL};
    static const int codes[] = {301, 302, 303, 307, 308};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        fake_endpoint *f = fake_endpoint_new("127.0.0.1");
        reply_redirect(f, codes[i], "/v2");
        fake_endpoint_reply(f, 200, "", "there");
        fake_endpoint_start(f);
        http_request request = get(fake_endpoint_url(f));
        request.method = "POST";
        request.body = VIEW("body");
        request.headers = headers;
        http_response response;
        expect(KITH_OK, &request, &response, NULL);
        assert_true(view_equal(buffer_view(&response.body), VIEW("there")));
        const char *second = fake_endpoint_request(f, 1);
        assert_memory_equal(second, "POST /v2 ", 9);
        assert_non_null(strstr(second, "hunter2"));
        assert_non_null(strstr(second, "\r\n\r\nbody"));
        http_response_done(&response);
        fake_endpoint_free(f);
    }
}

static void the_key_does_not_follow_a_redirect_to_another_host_or_port(void **state)
{
    (void)state;
    static const char *const headers[] = {"Authorization: Bearer hunter2", NULL};
    static const char *const others[] = {"127.0.0.2", "127.0.0.1"}; // another host; another port
    for (size_t i = 0; i < 2; i++) {
        fake_endpoint *first = fake_endpoint_new("127.0.0.1");
        fake_endpoint *second = fake_endpoint_new(others[i]);
        reply_redirect(first, 307, fake_endpoint_url(second));
        fake_endpoint_reply(second, 200, "", "there");
        fake_endpoint_start(first);
        fake_endpoint_start(second);
        http_request request = get(fake_endpoint_url(first));
        request.method = "POST";
        request.headers = headers;
        http_response response;
        expect(KITH_OK, &request, &response, NULL);
        assert_int_equal(fake_endpoint_request_count(second), 1);
        assert_null(strstr(fake_endpoint_request(second, 0), "hunter2"));
        assert_null(strcasestr(fake_endpoint_request(second, 0), "authorization"));
        http_response_done(&response);
        fake_endpoint_free(first);
        fake_endpoint_free(second);
    }
}

static void a_post_with_a_body_is_not_repeated_to_another_host_or_port(void **state)
{
    (void)state;
    static const char *const others[] = {"127.0.0.2", "127.0.0.1"}; // another host; another port
    static const int codes[] = {301, 302, 303, 307, 308};
    for (size_t i = 0; i < 2 * sizeof codes / sizeof codes[0]; i++) {
        fake_endpoint *first = fake_endpoint_new("127.0.0.1");
        fake_endpoint *second = fake_endpoint_new(others[i % 2]);
        reply_redirect(first, codes[i / 2], fake_endpoint_url(second));
        fake_endpoint_reply(second, 200, "", "there");
        fake_endpoint_start(first);
        fake_endpoint_start(second);
        http_request request = get(fake_endpoint_url(first));
        request.method = "POST";
        request.body = VIEW("private passages");
        http_response response;
        kith_error err = {0};
        http_response_init(&response, 1 << 20);
        assert_status(KITH_ERR_REMOTE, http_send(&request, &response, &err));
        assert_non_null(strstr(err.message, fake_endpoint_url(first)));
        assert_non_null(strstr(err.message, fake_endpoint_url(second)));
        assert_int_equal(fake_endpoint_request_count(second), 0);
        http_response_done(&response);
        fake_endpoint_free(first);
        fake_endpoint_free(second);
    }
}

static void a_second_hop_may_not_take_the_body_elsewhere_either(void **state)
{
    (void)state;
    fake_endpoint *first = fake_endpoint_new("127.0.0.1");
    fake_endpoint *second = fake_endpoint_new("127.0.0.1");
    reply_redirect(first, 307, "/v2");
    reply_redirect(first, 307, fake_endpoint_url(second));
    fake_endpoint_reply(second, 200, "", "there");
    fake_endpoint_start(first);
    fake_endpoint_start(second);
    http_request request = get(fake_endpoint_url(first));
    request.method = "POST";
    request.body = VIEW("private passages");
    http_response response;
    expect(KITH_ERR_REMOTE, &request, &response, NULL);
    assert_int_equal(fake_endpoint_request_count(first), 2);
    assert_int_equal(fake_endpoint_request_count(second), 0);
    http_response_done(&response);
    fake_endpoint_free(first);
    fake_endpoint_free(second);
}

static void a_post_may_be_redirected_to_its_own_origin_in_other_words(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    char location[256];
    (void)snprintf(location, sizeof location, "HTTP://%s/v2",
                   strstr(fake_endpoint_url(f), "//") + 2);
    reply_redirect(f, 307, location);
    fake_endpoint_reply(f, 200, "", "there");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    request.method = "POST";
    request.body = VIEW("body");
    http_response response;
    expect(KITH_OK, &request, &response, NULL);
    assert_int_equal(fake_endpoint_request_count(f), 2);
    http_response_done(&response);
    fake_endpoint_free(f);
}

static void a_get_follows_a_redirect_to_another_port(void **state)
{
    (void)state;
    fake_endpoint *first = fake_endpoint_new("127.0.0.1");
    fake_endpoint *second = fake_endpoint_new("127.0.0.1");
    reply_redirect(first, 302, fake_endpoint_url(second));
    fake_endpoint_reply(second, 200, "", "there");
    fake_endpoint_start(first);
    fake_endpoint_start(second);
    http_request request = get(fake_endpoint_url(first));
    http_response response;
    expect(KITH_OK, &request, &response, NULL);
    assert_true(view_equal(buffer_view(&response.body), VIEW("there")));
    http_response_done(&response);
    fake_endpoint_free(first);
    fake_endpoint_free(second);
}

static void a_host_longer_than_dns_allows_is_refused(void **state)
{
    (void)state;
    char url[400] = "http://";
    memset(url + 7, 'a', 300);
    http_request request = get(url);
    http_response response;
    expect(KITH_ERR_INVALID, &request, &response, NULL);
    http_response_done(&response);
}

static void redirects_to_where_requests_must_not_go_are_remote_errors(void **state)
{
    (void)state;
    static const char *const places[] = {
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:25/",
        "http://user:hunter2@127.0.0.1/",
        "http://:0:/",
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        fake_endpoint *f = fake_endpoint_new("127.0.0.1");
        reply_redirect(f, 302, places[i]);
        kith_error err = fail_to_get(f, KITH_ERR_REMOTE);
        assert_null(strstr(err.message, "hunter2"));
    }
}

static void the_environment_names_no_proxy(void **state)
{
    (void)state;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "", "direct");
    fake_endpoint_start(f);
    http_request request = get(fake_endpoint_url(f));
    http_response response;
    expect(KITH_OK, &request, &response, NULL);
    http_response_done(&response);
    fake_endpoint_free(f);
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
}

static void *send_twenty(void *context)
{
    const char *url = context;
    uintptr_t failures = 0;
    for (int i = 0; i < 20; i++) {
        http_request request = get(url);
        request.idle_timeout_ms = request.connect_timeout_ms = 20000;
        request.total_timeout_ms = 20000;
        http_response response;
        http_response_init(&response, CAP_BYTES);
        kith_status status = http_send(&request, &response, NULL);
        failures += status != KITH_OK || response.status != 200;
        http_response_done(&response);
    }
    return (void *)failures;
}

static void requests_of_many_threads_do_not_meet(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "", "fine");
    fake_endpoint_start(f);
    char url[64];
    (void)snprintf(url, sizeof url, "%s", fake_endpoint_url(f));
    run_in_threads(8, send_twenty, url);
    fake_endpoint_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        // First, so that libcurl is started by threads that race.
        cmocka_unit_test(requests_of_many_threads_do_not_meet),
        cmocka_unit_test(a_post_carries_headers_and_body_and_brings_the_answer),
        cmocka_unit_test(a_large_post_does_not_wait_for_leave_to_continue),
        cmocka_unit_test(an_error_status_is_an_answer_with_its_retry_after),
        cmocka_unit_test(a_retry_after_date_becomes_a_time_from_now),
        cmocka_unit_test(a_stream_is_handed_over_as_it_comes),
        cmocka_unit_test(the_stream_callback_ends_the_request_with_its_status),
        cmocka_unit_test(an_error_answer_is_gathered_even_when_streaming),
        cmocka_unit_test(bad_urls_are_refused_before_anything_is_sent),
        cmocka_unit_test(bad_headers_and_methods_are_refused_before_anything_is_sent),
        cmocka_unit_test(a_refused_connection_is_a_network_error),
        cmocka_unit_test(a_name_that_does_not_resolve_is_a_network_error),
        cmocka_unit_test(a_server_without_tls_is_a_network_error_over_https),
        cmocka_unit_test(an_empty_reply_and_a_reset_are_network_errors),
        cmocka_unit_test(a_server_that_closes_during_an_upload_is_a_network_error),
        cmocka_unit_test(a_body_shorter_than_promised_is_a_network_error),
        cmocka_unit_test(an_answer_that_is_not_http_is_a_remote_error),
        cmocka_unit_test(silence_is_a_timeout),
        cmocka_unit_test(a_slow_answer_is_not_silence_but_meets_the_total_time),
        cmocka_unit_test(a_connection_that_is_never_accepted_is_a_timeout),
        cmocka_unit_test(a_body_above_the_limit_ends_early),
        cmocka_unit_test(a_body_of_exactly_the_limit_is_taken),
        cmocka_unit_test(a_body_announced_above_the_limit_is_not_awaited),
        cmocka_unit_test(an_endless_head_is_over_the_limit),
        cmocka_unit_test(a_redirect_loop_ends_after_five),
        cmocka_unit_test(a_redirected_post_stays_a_post_on_the_same_host_with_its_key),
        cmocka_unit_test(the_key_does_not_follow_a_redirect_to_another_host_or_port),
        cmocka_unit_test(a_post_with_a_body_is_not_repeated_to_another_host_or_port),
        cmocka_unit_test(a_second_hop_may_not_take_the_body_elsewhere_either),
        cmocka_unit_test(a_post_may_be_redirected_to_its_own_origin_in_other_words),
        cmocka_unit_test(a_get_follows_a_redirect_to_another_port),
        cmocka_unit_test(a_host_longer_than_dns_allows_is_refused),
        cmocka_unit_test(redirects_to_where_requests_must_not_go_are_remote_errors),
        cmocka_unit_test(the_environment_names_no_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
