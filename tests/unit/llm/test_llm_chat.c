/* test_llm_chat.c - llm_chat against a scripted endpoint: the request, the stream however it is
 * split, and each fault with its typed error and the text that came before it. */
#include "test.h"

#include "fake_endpoint.h"
#include "llm/endpoint.h"
#include "os/clock.h"
#include "patience.h"
#include "threads_for_test.h"

#include <math.h>

enum { SLOW_MS = 3000 };

#define KEY       "sk-hunter2-0123456789"
#define SSE_TYPE  "Content-Type: text/event-stream\r\n"
#define JSON_TYPE "Content-Type: application/json; charset=utf-8\r\n"
#define ROLE                                                                                       \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
#define TEXT(text)                                                                                 \
    "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text                 \
    "\"},\"finish_reason\":null}],\"usage\":null}\n\n"
#define FINISH(reason) "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"" reason "\"}]}\n\n"
#define USAGE          "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\n"
#define DONE           "data: [DONE]\n\n"
#define WHOLE_ANSWER   ROLE TEXT("Hello") TEXT(", w\\u00f6rld") FINISH("stop") USAGE DONE

static endpoint client(const fake_endpoint *f)
{
    return (endpoint){.base_url = fake_endpoint_url(f),
                      .api_key = KEY,
                      .model = "m",
                      .timeout_ms = patience_ms(2000),
                      .deadline_ms = patience_ms(2500),
                      .retries = 2,
                      .backoff_ms = 1};
}

/* What a call gave. */
typedef struct outcome {
    char text[256], pieces[256]; /* pieces: each followed by '|' */
    bool is_truncated;
    llm_usage usage;
    kith_error err;
    uint32_t stop_at, piece_count; /* stop_at 0: never */
} outcome;

static kith_status collect(void *context, view piece)
{
    outcome *o = context;
    size_t used = strlen(o->pieces);
    (void)snprintf(o->pieces + used, sizeof o->pieces - used, "%.*s|", VIEW_ARG(piece));
    return ++o->piece_count == o->stop_at ? KITH_ERR_CANCELLED : KITH_OK;
}

static void ask(const endpoint *e, kith_status expected, outcome *o)
{
    static const chat_message messages[] = {{"system", {"Be brief.", 9}}, {"user", {"Hi", 2}}};
    kith_error err = {0};
    view text = {0};
    arena memory;
    arena_init(&memory, 0);
    chat_options options = {
        .temperature = 0.5, .max_tokens = 100, .on_text = collect, .context = o};
    int64_t begun = clock_monotonic_ns();
    assert_status(expected, llm_chat(e, messages, 2, &options, &memory, &text, &o->is_truncated,
                                     &o->usage, &err));
    assert_true(clock_monotonic_ns() - begun < (int64_t)patience_ms(SLOW_MS) * 1000000);
    assert_null(strstr(err.message, "hunter2"));
    assert_null(strpbrk(err.message, "\r\n"));
    if (expected != KITH_OK) assert_int_equal(err.code, expected);
    (void)snprintf(o->text, sizeof o->text, "%.*s", VIEW_ARG(text));
    o->err = err;
    arena_done(&memory);
}

/* One call against a script of one; frees the endpoint. */
static outcome ask_once(fake_endpoint *f, kith_status expected)
{
    outcome o = {0};
    endpoint e = client(f);
    fake_endpoint_start(f);
    ask(&e, expected, &o);
    fake_endpoint_free(f);
    return o;
}

static outcome ask_answered(int status, const char *headers, const char *body, kith_status expected)
{
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, status, headers, body);
    return ask_once(f, expected);
}

/* An answer without Content-Length: only the connection's end tells the end of the stream. */
static fake_answer *stream_answer(fake_endpoint *f, const char *events)
{
    char text[2048];
    int size = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n" SSE_TYPE "\r\n%s", events);
    return fake_endpoint_raw(f, text, (size_t)size);
}

static void an_answer_is_streamed_and_kept(void **state)
{
    (void)state;
    outcome o = ask_answered(200, SSE_TYPE, WHOLE_ANSWER, KITH_OK);
    assert_string_equal(o.pieces, "Hello|, w\xC3\xB6rld|");
    assert_string_equal(o.text, "Hello, w\xC3\xB6rld");
    assert_false(o.is_truncated);
    assert_int_equal(o.usage.prompt_tokens, 12);
    assert_int_equal(o.usage.completion_tokens, 3);
}

static void the_request_is_as_the_api_says(void **state)
{
    (void)state;
    outcome o = {0};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
    fake_endpoint_start(f);
    endpoint e = client(f);
    ask(&e, KITH_OK, &o);
    const char *sent = fake_endpoint_request(f, 0);
    assert_memory_equal(sent, "POST /chat/completions HTTP/1.1\r\n", 33);
    assert_non_null(strstr(sent, "\r\nAuthorization: Bearer " KEY "\r\n"));
    assert_string_equal(
        strstr(sent, "\r\n\r\n") + 4,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"}"
        ",{\"role\":\"user\",\"content\":\"Hi\"}],\"temperature\":0.5,"
        "\"max_tokens\":100,\"stream\":true,"
        "\"stream_options\":{\"include_usage\":true}}");
    fake_endpoint_free(f);
}

static void pieces_come_while_the_stream_is_open(void **state)
{
    (void)state;
    outcome o = {.stop_at = 1};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, ROLE TEXT("Hello"))->hangs = true; // a reader sees the piece nevertheless
    fake_endpoint_start(f);
    endpoint e = client(f);
    ask(&e, KITH_ERR_CANCELLED, &o);
    assert_string_equal(o.pieces, "Hello|");
    assert_string_equal(o.text, "Hello");
    assert_int_equal(fake_endpoint_request_count(f), 1);
    fake_endpoint_free(f);
}

static void the_readers_status_ends_the_answer(void **state)
{
    (void)state;
    outcome o = {.stop_at = 2};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, SSE_TYPE, ROLE TEXT("a") TEXT("b") TEXT("c") FINISH("stop") DONE);
    fake_endpoint_start(f);
    endpoint e = client(f);
    ask(&e, KITH_ERR_CANCELLED, &o);
    assert_string_equal(o.text, "ab");
    assert_string_equal(o.pieces, "a|b|");
    fake_endpoint_free(f);
}

static void every_split_of_the_stream_gives_the_same_answer(void **state)
{
    (void)state;
    size_t size = strlen(WHOLE_ANSWER) + 150;
    for (size_t piece = 1; piece < size; piece = piece < 8 ? piece + 1 : piece * 5 / 4) {
        fake_endpoint *f = fake_endpoint_new("127.0.0.1");
        fake_answer *answer = fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
        answer->piece_bytes = piece;
        answer->piece_delay_ms = piece < 8 ? 0 : 1;
        outcome o = ask_once(f, KITH_OK);
        assert_string_equal(o.pieces, "Hello|, w\xC3\xB6rld|");
        assert_int_equal(o.usage.prompt_tokens, 12);
    }
}

static void length_as_the_reason_means_truncated(void **state)
{
    (void)state;
    outcome o = ask_answered(200, SSE_TYPE, TEXT("Hel") FINISH("length") DONE, KITH_OK);
    assert_true(o.is_truncated);
    assert_string_equal(o.text, "Hel");
}

static void a_reason_or_done_alone_ends_an_answer_well(void **state)
{
    (void)state;
    outcome o = ask_answered(200, SSE_TYPE, TEXT("Hello") FINISH("stop"), KITH_OK);
    assert_string_equal(o.text, "Hello");
    o = ask_answered(200, SSE_TYPE, TEXT("Hello") DONE, KITH_OK);
    assert_string_equal(o.text, "Hello");
    o = ask_answered(200, SSE_TYPE, TEXT("Hello") FINISH("stop") "data: [DONE]", KITH_OK);
    assert_string_equal(o.text, "Hello");
}

static void done_ends_a_connection_that_stays_open(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, WHOLE_ANSWER)->hangs = true;
    int64_t begun = clock_monotonic_ns();
    (void)ask_once(f, KITH_OK);
    assert_true(clock_monotonic_ns() - begun < (int64_t)patience_ms(1000) * 1000000);
}

static void what_breaks_after_the_reason_is_no_failure(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, TEXT("Hello") FINISH("stop"))->resets = true;
    outcome o = ask_once(f, KITH_OK);
    assert_string_equal(o.text, "Hello");
    f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, TEXT("Hello") FINISH("stop"))->hangs = true;
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.timeout_ms = 150;
    ask(&e, KITH_OK, &o);
    assert_string_equal(o.text, "Hello");
    fake_endpoint_free(f);
}

static void a_stream_cut_off_is_a_network_error_with_what_came(void **state)
{
    (void)state;
    outcome o = {0};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, ROLE TEXT("Hello") "data: {\"choi");
    fake_endpoint_start(f);
    endpoint e = client(f);
    ask(&e, KITH_ERR_NETWORK, &o);
    assert_string_equal(o.text, "Hello");
    assert_non_null(strstr(o.err.message, "cut off"));
    assert_int_equal(fake_endpoint_request_count(f), 1); // text came: not tried again
    fake_endpoint_free(f);
    f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, SSE_TYPE, ROLE TEXT("Hello") TEXT("again"))->size -= 20;
    o = ask_once(f, KITH_ERR_NETWORK);
    assert_string_equal(o.text, "Hello");
    f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, ROLE TEXT("Hello"))->resets = true;
    o = ask_once(f, KITH_ERR_NETWORK);
}

static void a_stream_cut_off_before_any_text_is_tried_again(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, ROLE "data: {\"choi");
    fake_endpoint_raw(f, "", 0)->resets = true;
    fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
    outcome o = ask_once(f, KITH_OK);
    assert_string_equal(o.text, "Hello, w\xC3\xB6rld");
}

static void silence_in_the_stream_is_a_timeout_with_what_came(void **state)
{
    (void)state;
    outcome o = {0};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    stream_answer(f, ROLE TEXT("Hello"))->hangs = true;
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.timeout_ms = 150;
    ask(&e, KITH_ERR_TIMEOUT, &o);
    assert_string_equal(o.text, "Hello");
    assert_int_equal(fake_endpoint_request_count(f), 1);
    fake_endpoint_free(f);
}

static void comments_do_not_outlive_the_deadline(void **state)
{
    (void)state;
    outcome o = {0};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_answer *answer = stream_answer(f, TEXT("x") ": ping\n: ping\n: ping\n: ping\n: ping\n"
                                                     ": ping\n: ping\n: ping\n: ping\n: ping\n");
    answer->piece_bytes = 4;
    answer->piece_delay_ms = 20;
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.deadline_ms = 300;
    ask(&e, KITH_ERR_TIMEOUT, &o);
    fake_endpoint_free(f);
}

static void malformed_events_are_remote_errors_with_what_came(void **state)
{
    (void)state;
    static const char *const events[] = {
        "data: {\n\n",
        "data: hello\n\n",
        "data: []\n\n",
        "data: 7\n\n",
        "data: {}\n\n",
        "data: {\"choices\":null}\n\n",
        "data: {\"choices\":{}}\n\n",
        "data: {\"choices\":[7]}\n\n",
        "data: {\"choices\":[{\"delta\":7}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":7}}]}\n\n",
        "data: {\"choices\":[],\"choices\":[]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}\n\n",
        "event: error\ndata: {\"reason\":\"overloaded\"}\n\n",
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        char body[1024];
        (void)snprintf(body, sizeof body, "%s%s" WHOLE_ANSWER, TEXT("Hello"), events[i]);
        outcome o = ask_answered(200, SSE_TYPE, body, KITH_ERR_REMOTE);
        assert_string_equal(o.text, "Hello");
    }
}

static void an_error_inside_the_stream_has_its_type(void **state)
{
    (void)state;
    outcome o = ask_answered(
        200, SSE_TYPE, TEXT("Hel") "data: {\"error\":{\"message\":\"GPU " KEY " on fire\"}}\n\n",
        KITH_ERR_REMOTE);
    assert_non_null(strstr(o.err.message, "GPU *** on fire"));
    assert_string_equal(o.text, "Hel");
    (void)ask_answered(200, SSE_TYPE,
                       "data: {\"error\":{\"code\":\"context_length_exceeded\"}}\n\n",
                       KITH_ERR_LIMIT);
    (void)ask_answered(200, SSE_TYPE, "data: {\"error\":{\"code\":429,\"message\":\"m\"}}\n\n",
                       KITH_ERR_RATE_LIMITED);
    (void)ask_answered(200, SSE_TYPE, "event: error\ndata: {\"error\":\"boom\"}\n\n",
                       KITH_ERR_REMOTE);
}

static void an_event_above_the_limit_is_a_remote_error(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\n" SSE_TYPE "\r\ndata: ";
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, head, strlen(head))->flood_bytes = UINT64_C(1) << 30;
    outcome o = ask_once(f, KITH_ERR_REMOTE);
    assert_non_null(strstr(o.err.message, "too large"));
}

static void an_answer_that_is_not_streamed_is_taken_whole(void **state)
{
    (void)state;
    outcome o = ask_answered(200, JSON_TYPE,
                             "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                             "\"content\":\"Hello\"},\"finish_reason\":\"length\"}],"
                             "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}",
                             KITH_OK);
    assert_string_equal(o.text, "Hello");
    assert_string_equal(o.pieces, "Hello|");
    assert_true(o.is_truncated);
    assert_int_equal(o.usage.prompt_tokens, 5);
}

static void an_answer_above_the_limit_is_a_remote_error(void **state)
{
    (void)state;
    enum { TEXT_BYTES = 17 << 20 };
    static const char head[] = "HTTP/1.1 200 OK\r\n" JSON_TYPE "\r\n"
                               "{\"choices\":[{\"message\":{\"content\":\"";
    static const char tail[] = "\"}}]}";
    size_t size = strlen(head) + TEXT_BYTES + strlen(tail);
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    memcpy(bytes, head, strlen(head));
    memcpy(bytes + size - strlen(tail), tail, strlen(tail));
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, bytes, size);
    free(bytes);
    outcome o = ask_once(f, KITH_ERR_REMOTE);
    assert_non_null(strstr(o.err.message, "more than 16777216 bytes"));
    f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, head, strlen(head))->flood_bytes = 33 << 20;
    o = ask_once(f, KITH_ERR_REMOTE);
    assert_non_null(strstr(o.err.message, "too large"));
}

static void answers_of_another_kind_are_remote_errors(void **state)
{
    (void)state;
    outcome o = ask_answered(200, "Content-Type: text/html; charset=utf-8\r\n",
                             "<html>login</html>", KITH_ERR_REMOTE);
    assert_non_null(strstr(o.err.message, "text/html"));
    (void)ask_answered(200, "", WHOLE_ANSWER, KITH_ERR_REMOTE);
    (void)ask_answered(200, "Content-Type: text/event-streamer\r\n", WHOLE_ANSWER, KITH_ERR_REMOTE);
    (void)ask_answered(200, JSON_TYPE, "{\"choices\":[{\"message\":{\"content\":\"Hel",
                       KITH_ERR_REMOTE);
    (void)ask_answered(200, JSON_TYPE, "{\"error\":{\"message\":\"x\"}}", KITH_ERR_REMOTE);
    (void)ask_answered(200, JSON_TYPE, "\"Hello\"", KITH_ERR_REMOTE);
}

static void an_empty_answer_is_a_remote_error(void **state)
{
    (void)state;
    (void)ask_answered(200, SSE_TYPE, "", KITH_ERR_REMOTE);
    (void)ask_answered(200, SSE_TYPE, DONE, KITH_ERR_REMOTE);
    (void)ask_answered(200, SSE_TYPE, ROLE FINISH("stop") DONE, KITH_ERR_REMOTE);
    (void)ask_answered(200, JSON_TYPE, "", KITH_ERR_REMOTE);
    (void)ask_answered(204, "", "", KITH_ERR_REMOTE);
    (void)ask_answered(200, JSON_TYPE, "{\"choices\":[]}", KITH_ERR_REMOTE);
    (void)ask_answered(200, JSON_TYPE, "{\"choices\":[{\"message\":{\"content\":null}}]}",
                       KITH_ERR_REMOTE);
    outcome o = ask_answered(200, SSE_TYPE, FINISH("content_filter") DONE, KITH_ERR_REMOTE);
    assert_non_null(strstr(o.err.message, "content_filter"));
}

static void invalid_utf8_is_repaired(void **state)
{
    (void)state;
    outcome o = ask_answered(200, SSE_TYPE,
                             TEXT("a\xFF"
                                  "b") TEXT("\xE2\x82") TEXT("\xC3\xA9") FINISH("stop") DONE,
                             KITH_OK);
    assert_string_equal(o.text, "a\xEF\xBF\xBD"
                                "b\xEF\xBF\xBD\xC3\xA9");
}

static void each_status_has_its_error(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        kith_status expected;
    } cases[] = {
        {401, "{\"error\":{\"message\":\"no\"}}", KITH_ERR_AUTH},
        {404, "{\"error\":{\"message\":\"The model `m` does not exist\"}}", KITH_ERR_NOT_FOUND},
        {400, "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}",
         KITH_ERR_LIMIT},
        {400, "{\"error\":{\"code\":400,\"type\":\"exceed_context_size_error\"}}", KITH_ERR_LIMIT},
        {400, "{\"error\":{\"message\":\"This model's maximum context length is 4096 tokens\"}}",
         KITH_ERR_LIMIT},
        {429, "", KITH_ERR_RATE_LIMITED},
        {500, "", KITH_ERR_REMOTE},
        {400, "", KITH_ERR_REMOTE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        outcome o = ask_answered(cases[i].status, JSON_TYPE, cases[i].body, cases[i].expected);
        assert_string_equal(o.text, "");
    }
}

static void a_busy_endpoint_is_tried_again(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 429, "Retry-After: 1\r\n", "");
    fake_endpoint_reply(f, 503, "", "");
    fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
    outcome o = ask_once(f, KITH_OK);
    assert_string_equal(o.text, "Hello, w\xC3\xB6rld");
}

static void a_setting_that_the_model_refuses_is_given_up(void **state)
{
    (void)state;
    outcome o = {0};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 400, JSON_TYPE, "{\"error\":{\"param\":\"max_tokens\"}}");
    fake_endpoint_reply(f, 400, JSON_TYPE, "{\"error\":{\"param\":\"temperature\"}}");
    fake_endpoint_reply(f, 400, JSON_TYPE, "{\"error\":{\"param\":\"stream_options\"}}");
    fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.retries = 0;
    ask(&e, KITH_OK, &o);
    const char *body = strstr(fake_endpoint_request(f, 3), "\r\n\r\n");
    assert_non_null(strstr(body, "\"max_completion_tokens\":100,\"stream\":true}"));
    assert_null(strstr(body, "temperature"));
    fake_endpoint_free(f);
    f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 400, JSON_TYPE, "{\"error\":{\"param\":\"temperature\"}}");
    fake_endpoint_start(f);
    e = client(f);
    ask(&e, KITH_ERR_REMOTE, &o);
    assert_int_equal(fake_endpoint_request_count(f), 2); // once each
    fake_endpoint_free(f);
}

static void bad_requests_are_errors_before_anything_is_sent(void **state)
{
    (void)state;
    static const chat_message good[] = {{"user", {"Hi", 2}}}, odd[] = {{"root", {"Hi", 2}}};
    static const struct {
        const chat_message *messages;
        uint32_t count;
        double temperature;
        uint32_t max_tokens;
    } cases[] = {{good, 0, 0, 1},           {odd, 1, 0, 1}, {good, 1, -0.1, 1}, {good, 1, 2.1, 1},
                 {good, 1, (double)NAN, 1}, {good, 1, 0, 0}};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
    fake_endpoint_start(f);
    endpoint e = client(f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err;
        arena memory;
        view out;
        bool is_truncated = false;
        chat_options options = {.temperature = cases[i].temperature,
                                .max_tokens = cases[i].max_tokens};
        arena_init(&memory, 0);
        assert_status(KITH_ERR_INVALID, llm_chat(&e, cases[i].messages, cases[i].count, &options,
                                                 &memory, &out, &is_truncated, NULL, &err));
        arena_done(&memory);
    }
    outcome o = {0};
    e.base_url = e.api_key = NULL;
    ask(&e, KITH_ERR_AUTH, &o);
    e = client(f);
    e.model = NULL;
    ask(&e, KITH_ERR_INVALID, &o);
    assert_int_equal(fake_endpoint_request_count(f), 0);
    fake_endpoint_free(f);
}

static void an_arena_without_room_is_out_of_memory(void **state)
{
    (void)state;
    static const chat_message messages[] = {{"user", {"Hi", 2}}};
    kith_error err;
    arena memory;
    view out;
    bool is_truncated = false;
    chat_options options = {.temperature = 0, .max_tokens = 10};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
    fake_endpoint_start(f);
    endpoint e = client(f);
    arena_init(&memory, 8);
    assert_status(KITH_ERR_NO_MEMORY,
                  llm_chat(&e, messages, 1, &options, &memory, &out, &is_truncated, NULL, &err));
    arena_done(&memory);
    fake_endpoint_free(f);
}

static void *ask_ten_times(void *context)
{
    static const chat_message messages[] = {{"user", {"Hi", 2}}};
    uintptr_t failures = 0;
    for (int i = 0; i < 10; i++) {
        view out;
        arena memory;
        bool is_truncated = false;
        chat_options options = {.temperature = 0, .max_tokens = 10};
        arena_init(&memory, 0);
        failures += llm_chat(context, messages, 1, &options, &memory, &out, &is_truncated, NULL,
                             NULL) != KITH_OK ||
                    !view_equal(out, VIEW("Hello, w\xC3\xB6rld"));
        arena_done(&memory);
    }
    return (void *)failures;
}

static void an_endpoint_serves_many_threads(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, SSE_TYPE, WHOLE_ANSWER);
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.timeout_ms = e.deadline_ms = 20000;
    run_in_threads(4, ask_ten_times, &e);
    fake_endpoint_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_streamed_and_kept),
        cmocka_unit_test(the_request_is_as_the_api_says),
        cmocka_unit_test(pieces_come_while_the_stream_is_open),
        cmocka_unit_test(the_readers_status_ends_the_answer),
        cmocka_unit_test(every_split_of_the_stream_gives_the_same_answer),
        cmocka_unit_test(length_as_the_reason_means_truncated),
        cmocka_unit_test(a_reason_or_done_alone_ends_an_answer_well),
        cmocka_unit_test(done_ends_a_connection_that_stays_open),
        cmocka_unit_test(what_breaks_after_the_reason_is_no_failure),
        cmocka_unit_test(a_stream_cut_off_is_a_network_error_with_what_came),
        cmocka_unit_test(a_stream_cut_off_before_any_text_is_tried_again),
        cmocka_unit_test(silence_in_the_stream_is_a_timeout_with_what_came),
        cmocka_unit_test(comments_do_not_outlive_the_deadline),
        cmocka_unit_test(malformed_events_are_remote_errors_with_what_came),
        cmocka_unit_test(an_error_inside_the_stream_has_its_type),
        cmocka_unit_test(an_event_above_the_limit_is_a_remote_error),
        cmocka_unit_test(an_answer_that_is_not_streamed_is_taken_whole),
        cmocka_unit_test(an_answer_above_the_limit_is_a_remote_error),
        cmocka_unit_test(answers_of_another_kind_are_remote_errors),
        cmocka_unit_test(an_empty_answer_is_a_remote_error),
        cmocka_unit_test(invalid_utf8_is_repaired),
        cmocka_unit_test(each_status_has_its_error),
        cmocka_unit_test(a_busy_endpoint_is_tried_again),
        cmocka_unit_test(a_setting_that_the_model_refuses_is_given_up),
        cmocka_unit_test(bad_requests_are_errors_before_anything_is_sent),
        cmocka_unit_test(an_arena_without_room_is_out_of_memory),
        cmocka_unit_test(an_endpoint_serves_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
