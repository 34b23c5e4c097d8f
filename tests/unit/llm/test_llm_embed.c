/* test_llm_embed.c - llm_embed against a scripted endpoint: the request as OpenAI's reference
 * describes it, the vectors put back in order, and each fault with its typed error. The scripted
 * vectors are functions of the text's number, so that a vector in a wrong place shows. */
#include "test.h"

#include "base/json.h"
#include "fake_endpoint.h"
#include "llm/endpoint.h"
#include "os/clock.h"
#include "patience.h"
#include "threads_for_test.h"

enum { DIM = 3, SLOW_MS = 3000 };

#define KEY       "sk-hunter2-0123456789"
#define JSON_TYPE "Content-Type: application/json\r\n"

/* Value i of the embedding of text t. */
static float scripted(uint32_t t, uint32_t i)
{
    return (float)t + 0.25F * (float)i;
}

static void append_embedding(buffer *out, uint32_t text, uint32_t index, const char *comma)
{
    buffer_printf(out, "{\"object\":\"embedding\",\"index\":%u,\"embedding\":[%g,%g,%g]}%s", index,
                  (double)scripted(text, 0), (double)scripted(text, 1), (double)scripted(text, 2),
                  comma);
}

/* An answer for texts [first, first + count), in reversed order. */
static fake_answer *reply_vectors(fake_endpoint *f, uint32_t first, uint32_t count)
{
    buffer body;
    buffer_init(&body, 1 << 20);
    buffer_append_text(&body, "{\"object\":\"list\",\"data\":[");
    for (uint32_t i = count; i-- > 0;)
        append_embedding(&body, first + i, i, i ? "," : "");
    buffer_printf(&body, "],\"usage\":{\"prompt_tokens\":%u,\"total_tokens\":%u}}", count, count);
    fake_answer *answer = fake_endpoint_reply(f, 200, JSON_TYPE, buffer_text(&body));
    buffer_done(&body);
    return answer;
}

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

/* Embeds two texts; what it gives and that it took less than SLOW_MS. Outputs must be untouched by
 * a failure, and no message may hold the key. */
static kith_error embed_two(const endpoint *e, kith_status expected)
{
    static const view texts[] = {{"one", 3}, {"two", 3}};
    kith_error err = {0};
    uint32_t dim = 0;
    float untouched = 0, *vectors = &untouched;
    int64_t begun = clock_monotonic_ns();
    assert_status(expected, llm_embed(e, texts, 2, &dim, &vectors, NULL, &err));
    assert_true(clock_monotonic_ns() - begun < (int64_t)patience_ms(SLOW_MS) * 1000000);
    if (expected == KITH_OK) {
        assert_int_equal(dim, DIM);
        for (uint32_t i = 0; i < 2 * DIM; i++)
            assert_true(vectors[i] == scripted(i / DIM, i % DIM));
        free(vectors);
    } else {
        assert_int_equal(err.code, expected);
        assert_int_equal(dim, 0);
        assert_ptr_equal(vectors, &untouched);
        assert_null(strstr(err.message, "hunter2"));
        assert_null(strpbrk(err.message, "\r\n"));
    }
    return err;
}

/* Two texts against one scripted answer; frees the endpoint. */
static kith_error embed_once(fake_endpoint *f, kith_status expected)
{
    endpoint e = client(f);
    fake_endpoint_start(f);
    kith_error err = embed_two(&e, expected);
    fake_endpoint_free(f);
    return err;
}

static kith_error embed_answered(int status, const char *headers, const char *body,
                                 kith_status expected)
{
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, status, headers, body);
    return embed_once(f, expected);
}

static void vectors_come_in_the_order_of_the_texts(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 2);
    (void)embed_once(f, KITH_OK);
}

static void the_request_is_as_the_api_says(void **state)
{
    (void)state;
    const view texts[] = {VIEW("a\nb\r\nc\rd\n\ne"), VIEW("\"q\" \xFF\xC3\xA9")};
    kith_error err;
    uint32_t dim = DIM;
    float *vectors = NULL;
    llm_usage usage;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 2);
    fake_endpoint_start(f);
    char url[128];
    (void)snprintf(url, sizeof url, "%s/v1//", fake_endpoint_url(f));
    endpoint e = client(f);
    e.base_url = url;
    assert_ok(llm_embed(&e, texts, 2, &dim, &vectors, &usage, &err));
    const char *sent = fake_endpoint_request(f, 0);
    assert_memory_equal(sent, "POST /v1/embeddings HTTP/1.1\r\n", 30);
    assert_non_null(strstr(sent, "\r\nAuthorization: Bearer " KEY "\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Type: application/json\r\n"));
    assert_string_equal(strstr(sent, "\r\n\r\n") + 4,
                        "{\"model\":\"m\",\"encoding_format\":\"float\",\"input\":[\"a b c d  e\","
                        "\"\\\"q\\\" \xEF\xBF\xBD\xC3\xA9\"]}");
    assert_int_equal(usage.prompt_tokens, 2);
    free(vectors);
    fake_endpoint_free(f);
}

static void without_a_key_no_authorization_is_sent(void **state)
{
    (void)state;
    static const char *const none[] = {NULL, ""};
    for (size_t i = 0; i < 2; i++) {
        fake_endpoint *f = fake_endpoint_new("127.0.0.1");
        reply_vectors(f, 0, 2);
        fake_endpoint_start(f);
        endpoint e = client(f);
        e.api_key = none[i];
        (void)embed_two(&e, KITH_OK);
        assert_null(strcasestr(fake_endpoint_request(f, 0), "authorization"));
        fake_endpoint_free(f);
    }
}

static void many_texts_go_in_batches(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    view texts[COUNT];
    char names[COUNT][8];
    kith_error err;
    uint32_t dim = 0;
    float *vectors = NULL;
    llm_usage usage;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    for (uint32_t i = 0; i < COUNT; i++)
        texts[i] = (view){names[i], (size_t)snprintf(names[i], sizeof names[i], "<%u>", i)};
    reply_vectors(f, 0, 96);
    reply_vectors(f, 96, 96);
    reply_vectors(f, 192, 8);
    fake_endpoint_start(f);
    endpoint e = client(f);
    assert_ok(llm_embed(&e, texts, COUNT, &dim, &vectors, &usage, &err));
    assert_int_equal(fake_endpoint_request_count(f), 3);
    assert_non_null(strstr(fake_endpoint_request(f, 1), "[\"<96>\""));
    assert_int_equal(usage.prompt_tokens, COUNT);
    for (uint32_t i = 0; i < COUNT * DIM; i++)
        assert_true(vectors[i] == scripted(i / DIM, i % DIM));
    free(vectors);
    fake_endpoint_free(f);
}

static void long_texts_go_in_smaller_batches(void **state)
{
    (void)state;
    enum { BYTES = 150 * 1024 };
    char *text = malloc(BYTES);
    memset(text, 'x', BYTES);
    view texts[] = {{text, BYTES}, {text, 100 * 1024}, {text, 10 * 1024}, {text, BYTES}};
    kith_error err;
    uint32_t dim = 0;
    float *vectors = NULL;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 2); // 250 KiB; with the third it would be 260
    reply_vectors(f, 2, 2);
    fake_endpoint_start(f);
    endpoint e = client(f);
    assert_ok(llm_embed(&e, texts, 4, &dim, &vectors, NULL, &err));
    assert_int_equal(fake_endpoint_request_count(f), 2);
    free(vectors);
    free(text);
    fake_endpoint_free(f);
}

static void a_batch_refused_for_its_size_is_halved(void **state)
{
    (void)state;
    static const view texts[] = {{"one", 3}, {"two", 3}, {"three", 5}};
    kith_error err;
    uint32_t dim = 0;
    float *vectors = NULL;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 422, JSON_TYPE, "{\"error\":\"batch size 3 > 1\"}");
    reply_vectors(f, 0, 1);
    reply_vectors(f, 1, 1);
    reply_vectors(f, 2, 1);
    fake_endpoint_start(f);
    endpoint e = client(f);
    assert_ok(llm_embed(&e, texts, 3, &dim, &vectors, NULL, &err));
    assert_int_equal(fake_endpoint_request_count(f), 4); // the smaller size is remembered
    for (uint32_t i = 0; i < 3 * DIM; i++)
        assert_true(vectors[i] == scripted(i / DIM, i % DIM));
    free(vectors);
    fake_endpoint_free(f);
}

static void a_text_that_is_too_long_is_named(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 413, "", "");
    reply_vectors(f, 0, 1);
    fake_endpoint_reply(f, 413, "", "");
    kith_error err = embed_once(f, KITH_ERR_LIMIT);
    assert_non_null(strstr(err.message, "text 1 of 2: "));
}

static void no_texts_are_no_request(void **state)
{
    (void)state;
    kith_error err;
    uint32_t dim = 7;
    float untouched = 0, *vectors = &untouched;
    endpoint e = {.base_url = "http://127.0.0.1:1", .model = "m"};
    assert_ok(llm_embed(&e, NULL, 0, &dim, &vectors, NULL, &err));
    assert_null(vectors);
    assert_int_equal(dim, 7);
}

static void base64_is_read_as_well(void **state)
{
    (void)state;
    // struct.pack("<3f", 0, .25, .5) and (1, 1.25, 1.5) in base64.
    (void)embed_answered(200, JSON_TYPE,
                         "{\"data\":[{\"index\":0,\"embedding\":\"AAAAAAAAgD4AAAA/\"},"
                         "{\"index\":1,\"embedding\":\"AACAPwAAoD8AAMA/\"}]}",
                         KITH_OK);
    static const char *const bad[] = {
        "AAAAAAAAgD4AAAA",              // no multiple of four
        "AAAAAAAAgD4AAA==",             // ten bytes
        "AAAAAAAAgD4*AAA/",             // no digit
        "AAAA=AAAgD4AAAA/",             // padding inside
        "AAAAAAAAgD4AAAA\\n",           //
        "AADAfwAAgD4AAAA/",             // NaN
        "AACAfwAAgD4AAAA/",             // infinity
        "",                             //
        "====",                         //
        "AAAAAAAAgD4AAAA/AAAAAAAAgD4=", // 20 - 1 bytes
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char body[256];
        (void)snprintf(body, sizeof body,
                       "{\"data\":[{\"index\":0,\"embedding\":\"%s\"},"
                       "{\"index\":1,\"embedding\":\"AACAPwAAoD8AAMA/\"}]}",
                       bad[i]);
        (void)embed_answered(200, JSON_TYPE, body, KITH_ERR_REMOTE);
    }
}

static void bad_settings_are_errors_before_anything_is_sent(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 2);
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.base_url = NULL;
    e.api_key = NULL;
    (void)embed_two(&e, KITH_ERR_AUTH);
    e.api_key = "";
    (void)embed_two(&e, KITH_ERR_AUTH);
    e = client(f);
    e.model = NULL;
    (void)embed_two(&e, KITH_ERR_INVALID);
    e.model = "";
    (void)embed_two(&e, KITH_ERR_INVALID);
    e = client(f);
    static const char *const keys[] = {KEY "\n", KEY "\r\nX-Evil: 1", KEY " x", "\x7F" KEY};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        e.api_key = keys[i];
        kith_error err = embed_two(&e, KITH_ERR_INVALID);
        assert_non_null(strstr(err.message, "the key"));
    }
    static const char *const urls[] = {"http://127.0.0.1:1/v1?key=hunter2",
                                       "http://127.0.0.1:1/v1#hunter2",
                                       "http://hunter2:x@127.0.0.1:1/v1",
                                       "http://127.0.0.1:1/\r\nX-Evil: hunter2",
                                       "ftp://127.0.0.1/hunter2",
                                       "127.0.0.1:1/hunter2",
                                       ""};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        e = client(f);
        e.base_url = urls[i];
        (void)embed_two(&e, KITH_ERR_INVALID);
    }
    const view texts[] = {VIEW("one"), VIEW("")};
    kith_error err;
    uint32_t dim = 0;
    float *vectors = NULL;
    e = client(f);
    assert_status(KITH_ERR_INVALID, llm_embed(&e, texts, 2, &dim, &vectors, NULL, &err));
    assert_int_equal(fake_endpoint_request_count(f), 0);
    fake_endpoint_free(f);
}

static void each_status_has_its_error(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        kith_status expected;
        const char *words;
    } cases[] = {
        {401, "{\"error\":{\"message\":\"Incorrect API key\"}}", KITH_ERR_AUTH,
         "Incorrect API key"},
        {403, "{\"error\":{\"message\":\"Country\"}}", KITH_ERR_AUTH, "Country"},
        {403, "{\"error\":{\"message\":\"x\",\"code\":\"model_not_found\"}}", KITH_ERR_NOT_FOUND,
         "'m'"},
        {404, "{\"error\":{\"message\":\"no such model\"}}", KITH_ERR_NOT_FOUND, "'m'"},
        {404, "{\"error\":\"model \\\"m\\\" not found, try pulling it first\"}", KITH_ERR_NOT_FOUND,
         "pulling"},
        {404, "{\"detail\":\"Not Found\"}", KITH_ERR_NOT_FOUND, "Not Found"},
        {400, "{\"error\":{\"message\":\"bad\"}}", KITH_ERR_REMOTE, "(400): bad"},
        {400, "{\"error\":{\"code\":\"odd_code\"}}", KITH_ERR_REMOTE, "odd_code"},
        {400, "{\"error\":{\"message\":\"This model's maximum context length is 8192\"}}",
         KITH_ERR_LIMIT, "8192"},
        {400, "{\"error\":{\"code\":\"context_length_exceeded\"}}", KITH_ERR_LIMIT, ""},
        {413, "{\"error\":\"too large\"}", KITH_ERR_LIMIT, "too large"},
        {422, "{\"error\":\"`inputs` must have less than 512 tokens\"}", KITH_ERR_LIMIT, "512"},
        {422, "{\"message\":\"unprocessable\"}", KITH_ERR_REMOTE, "unprocessable"},
        {304, "", KITH_ERR_REMOTE, "(304)"},
        {418, "", KITH_ERR_REMOTE, "(418)"},
        {400, "[1,2", KITH_ERR_REMOTE, "(400)"},
        {400, "{\"error\":null}", KITH_ERR_REMOTE, "(400)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err =
            embed_answered(cases[i].status, JSON_TYPE, cases[i].body, cases[i].expected);
        if (!strstr(err.message, cases[i].words)) fail_msg("%s", err.message);
    }
}

static void the_endpoints_words_are_one_line_without_the_key(void **state)
{
    (void)state;
    kith_error err = embed_answered(401, JSON_TYPE,
                                    "{\"error\":{\"message\":\"\\n key " KEY
                                    " is\\r\\n\\t wrong: " KEY "\\u0000\\u001b[31m\"}}",
                                    KITH_ERR_AUTH);
    assert_non_null(strstr(err.message, ": key *** is wrong: *** [31m"));
    err = embed_answered(500, "Content-Type: text/plain\r\n", "upstream " KEY " is\ndown\xFF",
                         KITH_ERR_REMOTE);
    assert_non_null(strstr(err.message, "upstream *** is down\xEF\xBF\xBD"));
    err = embed_answered(502, "Content-Type: text/html\r\n", "<html>Bad Gateway</html>",
                         KITH_ERR_REMOTE);
    assert_null(strstr(err.message, "html>"));
}

static void long_words_are_cut_and_never_within_the_key(void **state)
{
    (void)state;
    for (size_t before = 180; before < 260; before++) {
        char body[600];
        (void)snprintf(body, sizeof body, "{\"error\":\"%0*d" KEY " %0200d\"}", (int)before, 0, 0);
        kith_error err = embed_answered(400, JSON_TYPE, body, KITH_ERR_REMOTE);
        assert_null(strstr(err.message, "sk-"));
        assert_non_null(strstr(err.message, "..."));
    }
}

static void a_429_waits_as_it_is_told_and_succeeds(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 429, "Retry-After: 1\r\n", "");
    reply_vectors(f, 0, 2);
    int64_t begun = clock_monotonic_ns();
    (void)embed_once(f, KITH_OK);
    assert_true(clock_monotonic_ns() - begun >= 1000 * (int64_t)1000000);
}

static void a_429_that_stays_is_rate_limited(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 429, JSON_TYPE, "{\"error\":{\"message\":\"slow down\"}}");
    fake_endpoint_start(f);
    endpoint e = client(f);
    kith_error err = embed_two(&e, KITH_ERR_RATE_LIMITED);
    assert_int_equal(fake_endpoint_request_count(f), 3);
    assert_non_null(strstr(err.message, "after 3 attempts"));
    assert_non_null(strstr(err.message, "slow down"));
    e.retries = 0;
    (void)embed_two(&e, KITH_ERR_RATE_LIMITED);
    assert_int_equal(fake_endpoint_request_count(f), 4);
    e.retries = UINT32_MAX; // the default: 4
    (void)embed_two(&e, KITH_ERR_RATE_LIMITED);
    assert_int_equal(fake_endpoint_request_count(f), 9);
    fake_endpoint_free(f);
}

static void a_spent_quota_is_not_tried_again(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 429, JSON_TYPE, "{\"error\":{\"code\":\"insufficient_quota\"}}");
    fake_endpoint_start(f);
    endpoint e = client(f);
    (void)embed_two(&e, KITH_ERR_RATE_LIMITED);
    assert_int_equal(fake_endpoint_request_count(f), 1);
    fake_endpoint_free(f);
}

static void a_wait_beyond_the_deadline_is_not_begun(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 429, "Retry-After: 3600\r\n", "");
    fake_endpoint_start(f);
    endpoint e = client(f);
    int64_t begun = clock_monotonic_ns();
    kith_error err = embed_two(&e, KITH_ERR_RATE_LIMITED);
    assert_true(clock_monotonic_ns() - begun < patience_ms(1000) * (int64_t)1000000);
    assert_non_null(strstr(err.message, "3600 s"));
    assert_int_equal(fake_endpoint_request_count(f), 1);
    fake_endpoint_free(f);
}

static void failures_of_the_server_are_tried_again(void **state)
{
    (void)state;
    static const int codes[] = {500, 502, 503, 504};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        fake_endpoint *f = fake_endpoint_new("127.0.0.1");
        fake_endpoint_reply(f, codes[i], "", "");
        fake_endpoint_reply(f, codes[i], "", "");
        reply_vectors(f, 0, 2);
        (void)embed_once(f, KITH_OK);
    }
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 500, JSON_TYPE, "{\"error\":\"boom: maximum context length\"}");
    fake_endpoint_start(f);
    endpoint e = client(f);
    (void)embed_two(&e, KITH_ERR_REMOTE);
    assert_int_equal(fake_endpoint_request_count(f), 3);
    fake_endpoint_free(f);
}

static void failures_of_the_client_are_not_tried_again(void **state)
{
    (void)state;
    static const int codes[] = {400, 401, 404, 422};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        static const view text = {"x", 1};
        uint32_t dim = 0;
        float *vectors = NULL;
        fake_endpoint *f = fake_endpoint_new("127.0.0.1");
        fake_endpoint_reply(f, codes[i], "", "");
        fake_endpoint_start(f);
        endpoint e = client(f);
        assert_int_not_equal(llm_embed(&e, &text, 1, &dim, &vectors, NULL, NULL), KITH_OK);
        assert_int_equal(fake_endpoint_request_count(f), 1);
        fake_endpoint_free(f);
    }
}

static void lost_connections_are_tried_again(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, "", 0)->resets = true;
    reply_vectors(f, 0, 2)->size -= 5; // cut off
    reply_vectors(f, 0, 2);
    (void)embed_once(f, KITH_OK);
    f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 2)->size -= 5;
    kith_error err = embed_once(f, KITH_ERR_NETWORK);
    assert_non_null(strstr(err.message, "after 3 attempts"));
}

static void a_refused_connection_is_a_network_error(void **state)
{
    (void)state;
    char url[64];
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    (void)snprintf(url, sizeof url, "%s", fake_endpoint_url(f));
    endpoint e = client(f);
    e.base_url = url;
    fake_endpoint_free(f);
    (void)embed_two(&e, KITH_ERR_NETWORK);
}

static void silence_is_a_timeout_and_not_tried_again(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, "", 0)->hangs = true;
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.timeout_ms = 150;
    (void)embed_two(&e, KITH_ERR_TIMEOUT);
    assert_int_equal(fake_endpoint_request_count(f), 1);
    fake_endpoint_free(f);
}

static void the_deadline_ends_the_attempts(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 500, "", "");
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.retries = 1000000;
    e.backoff_ms = patience_ms(40);
    e.deadline_ms = patience_ms(400);
    static const view texts[] = {{"one", 3}, {"two", 3}};
    uint32_t dim = 0;
    float *vectors = NULL;
    int64_t begun = clock_monotonic_ns();
    kith_status status = llm_embed(&e, texts, 2, &dim, &vectors, NULL, NULL);
    // The deadline falls into a wait, or cuts an attempt off.
    assert_true(status == KITH_ERR_REMOTE || status == KITH_ERR_TIMEOUT);
    int64_t took_ms = (clock_monotonic_ns() - begun) / 1000000;
    assert_in_range((uint64_t)took_ms, 20, patience_ms(1000));
    // Waits of at least 20, 40, 80 and 160 ms: no more than five attempts fit.
    assert_in_range(fake_endpoint_request_count(f), 3, 5);
    fake_endpoint_free(f);
    f = fake_endpoint_new("127.0.0.1");
    fake_answer *slow = reply_vectors(f, 0, 2);
    slow->piece_bytes = 1;
    slow->piece_delay_ms = 20;
    fake_endpoint_start(f);
    e = client(f);
    e.deadline_ms = 300;
    (void)embed_two(&e, KITH_ERR_TIMEOUT);
    fake_endpoint_free(f);
}

static void an_answer_of_a_gigabyte_is_a_remote_error(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\n" JSON_TYPE "\r\n";
    static const view text = {"x", 1};
    kith_error err;
    uint32_t dim = 0;
    float *vectors = NULL;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(f, head, strlen(head))->flood_bytes = UINT64_C(1) << 30;
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.deadline_ms = 20000;
    assert_status(KITH_ERR_REMOTE, llm_embed(&e, &text, 1, &dim, &vectors, NULL, &err));
    assert_non_null(strstr(err.message, "too large"));
    assert_int_equal(fake_endpoint_request_count(f), 1);
    fake_endpoint_free(f);
}

static void answers_that_are_not_embeddings_are_remote_errors(void **state)
{
    (void)state;
    kith_error err =
        embed_answered(200, "Content-Type: text/html\r\n", "<html>login</html>", KITH_ERR_REMOTE);
    assert_non_null(strstr(err.message, "text/html"));
    static const char *const bodies[] = {
        "",
        "{",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2",
        "null",
        "[]",
        "{}",
        "{\"data\":null}",
        "{\"data\":{}}",
        "{\"data\":[]}",
        "{\"data\":[],\"data\":[]}",
        "{\"error\":{\"message\":\"inside 200\"}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        (void)embed_answered(200, JSON_TYPE, bodies[i], KITH_ERR_REMOTE);
}

static void wrong_counts_orders_and_dimensions_are_remote_errors(void **state)
{
    (void)state;
#define ONE "{\"index\":0,\"embedding\":[1,2,3]}"
#define TWO "{\"index\":1,\"embedding\":[4,5,6]}"
    static const struct {
        const char *list, *words;
    } cases[] = {
        {ONE, "1 embeddings for 2 texts"},
        {ONE "," TWO "," TWO, "3 embeddings for 2 texts"},
        {ONE "," ONE, "two embeddings for text 0"},
        {ONE ",{\"index\":2,\"embedding\":[4,5,6]}", "for no text of 2"},
        {ONE ",{\"index\":-1,\"embedding\":[4,5,6]}", "for no text of 2"},
        {ONE ",{\"index\":1.0,\"embedding\":[4,5,6]}", "for no text of 2"},
        {ONE ",{\"index\":\"1\",\"embedding\":[4,5,6]}", "for no text of 2"},
        {ONE ",{\"index\":18446744073709551615,\"embedding\":[4,5,6]}", "for no text of 2"},
        {ONE ",{\"embedding\":[4,5,6]}", "for no text of 2"},
        {ONE ",7", "for no text of 2"},
        {ONE ",{\"index\":1,\"embedding\":[4,5]}", "2 dimensions, not of 3"},
        {ONE ",{\"index\":1,\"embedding\":[4,5,6,7]}", "4 dimensions, not of 3"},
        {ONE ",{\"index\":1,\"embedding\":[]}", "something else"},
        {ONE ",{\"index\":1,\"embedding\":null}", "something else"},
        {ONE ",{\"index\":1,\"embedding\":5}", "something else"},
        {ONE ",{\"index\":1}", "something else"},
        {ONE ",{\"index\":1,\"embedding\":[4,null,6]}", "value 1 is no finite number"},
        {ONE ",{\"index\":1,\"embedding\":[4,5,\"6\"]}", "value 2 is no finite number"},
        {ONE ",{\"index\":1,\"embedding\":[[4],5,6]}", "value 0 is no finite number"},
        {ONE ",{\"index\":1,\"embedding\":[4,true,6]}", "value 1 is no finite number"},
        {ONE ",{\"index\":1,\"embedding\":[4,1e300,6]}", "value 1 is no finite number"},
        {ONE ",{\"index\":1,\"embedding\":[4,NaN,6]}", "JSON"},
        {ONE ",{\"index\":1,\"embedding\":[4,Infinity,6]}", "JSON"},
        {ONE ",{\"index\":1,\"embedding\":[4,1e999,6]}", "JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char body[512];
        (void)snprintf(body, sizeof body, "{\"data\":[%s]}", cases[i].list);
        kith_error err = embed_answered(200, JSON_TYPE, body, KITH_ERR_REMOTE);
        if (!strstr(err.message, cases[i].words)) fail_msg("%s: %s", body, err.message);
    }
}

static void another_dimension_than_expected_is_a_remote_error(void **state)
{
    (void)state;
    static const view text = {"x", 1};
    kith_error err;
    uint32_t dim = 384;
    float *vectors = NULL;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 1);
    fake_endpoint_start(f);
    endpoint e = client(f);
    assert_status(KITH_ERR_REMOTE, llm_embed(&e, &text, 1, &dim, &vectors, NULL, &err));
    assert_non_null(strstr(err.message, "3 dimensions, not of 384"));
    assert_int_equal(dim, 384);
    fake_endpoint_free(f);
}

static void a_failed_batch_gives_nothing_of_the_others(void **state)
{
    (void)state;
    enum { COUNT = 97 };
    view texts[COUNT];
    kith_error err;
    uint32_t dim = 0;
    float *vectors = NULL;
    for (uint32_t i = 0; i < COUNT; i++)
        texts[i] = VIEW("x");
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 96);
    fake_endpoint_reply(f, 400, "", "");
    fake_endpoint_start(f);
    endpoint e = client(f);
    assert_status(KITH_ERR_REMOTE, llm_embed(&e, texts, COUNT, &dim, &vectors, NULL, &err));
    assert_int_equal(dim, 0);
    assert_null(vectors);
    fake_endpoint_free(f);
}

static void *embed_ten_times(void *context)
{
    uintptr_t failures = 0;
    for (int i = 0; i < 10; i++) {
        static const view texts[] = {{"one", 3}, {"two", 3}};
        uint32_t dim = DIM;
        float *vectors = NULL;
        failures += llm_embed(context, texts, 2, &dim, &vectors, NULL, NULL) != KITH_OK;
        free(vectors);
    }
    return (void *)failures;
}

static void an_endpoint_serves_many_threads(void **state)
{
    (void)state;
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    reply_vectors(f, 0, 2);
    fake_endpoint_start(f);
    endpoint e = client(f);
    e.timeout_ms = e.deadline_ms = 20000;
    run_in_threads(4, embed_ten_times, &e);
    fake_endpoint_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_come_in_the_order_of_the_texts),
        cmocka_unit_test(the_request_is_as_the_api_says),
        cmocka_unit_test(without_a_key_no_authorization_is_sent),
        cmocka_unit_test(many_texts_go_in_batches),
        cmocka_unit_test(long_texts_go_in_smaller_batches),
        cmocka_unit_test(a_batch_refused_for_its_size_is_halved),
        cmocka_unit_test(a_text_that_is_too_long_is_named),
        cmocka_unit_test(no_texts_are_no_request),
        cmocka_unit_test(base64_is_read_as_well),
        cmocka_unit_test(bad_settings_are_errors_before_anything_is_sent),
        cmocka_unit_test(each_status_has_its_error),
        cmocka_unit_test(the_endpoints_words_are_one_line_without_the_key),
        cmocka_unit_test(long_words_are_cut_and_never_within_the_key),
        cmocka_unit_test(a_429_waits_as_it_is_told_and_succeeds),
        cmocka_unit_test(a_429_that_stays_is_rate_limited),
        cmocka_unit_test(a_spent_quota_is_not_tried_again),
        cmocka_unit_test(a_wait_beyond_the_deadline_is_not_begun),
        cmocka_unit_test(failures_of_the_server_are_tried_again),
        cmocka_unit_test(failures_of_the_client_are_not_tried_again),
        cmocka_unit_test(lost_connections_are_tried_again),
        cmocka_unit_test(a_refused_connection_is_a_network_error),
        cmocka_unit_test(silence_is_a_timeout_and_not_tried_again),
        cmocka_unit_test(the_deadline_ends_the_attempts),
        cmocka_unit_test(an_answer_of_a_gigabyte_is_a_remote_error),
        cmocka_unit_test(answers_that_are_not_embeddings_are_remote_errors),
        cmocka_unit_test(wrong_counts_orders_and_dimensions_are_remote_errors),
        cmocka_unit_test(another_dimension_than_expected_is_a_remote_error),
        cmocka_unit_test(a_failed_batch_gives_nothing_of_the_others),
        cmocka_unit_test(an_endpoint_serves_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
