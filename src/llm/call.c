/* call.c - URL and headers, the deadline over all attempts, and when to try again.
 *
 * Tried again is what may pass by itself and cannot have done anything: a connection that could not
 * be made or was cut off (KITH_ERR_NETWORK), 429, and a status of 500 or more.
 *
 * Not tried again:
 * - A connection that this very machine refuses: nobody listens there, and nobody but its user will
 *   start a server, so waiting keeps a person from the reason.
 * - Silence (KITH_ERR_TIMEOUT). An endpoint that did not answer in time is overloaded or computing,
 *   and a second request adds to its load while the first may still be running.
 * - 429 for a spent quota (code "insufficient_quota"): it does not come back by waiting.
 * - Other statuses, malformed answers, redirects that were refused: the same request gets the same
 *   answer. (The callers may send a different one: chat.c without a field that was refused,
 *   embeddings.c a smaller batch.)
 * - Anything after a first piece of a streamed answer was handed on: chat.c sees to that.
 *
 * The wait doubles with each attempt, with jitter, and is at least what Retry-After asks for. When
 * it would end after the deadline it is not begun, and the failure is returned at once: waiting for
 * an attempt that cannot be made helps nobody. */
#include "llm/call.h"

#include "llm/remote_error.h"
#include "os/clock.h"

#include <stdio.h>

enum {
    TIMEOUT_MS = 60 * 1000,
    DEADLINE_MS = 180 * 1000,
    RETRIES = 4,
    BACKOFF_MS = 500,
    LONGEST_BACKOFF_MS = 30 * 1000,
    MAX_URL_BYTES = 8 << 10,
    MAX_KEY_BYTES = 8 << 10,
    MAX_ANSWER_BYTES = 64 << 20,
    MAX_ERROR_BYTES = 1 << 20,
    LIMIT_CHECK_MS = 50, /* how long a wait goes on after the caller asked to stop */
    NS_PER_MS = 1000 * 1000
};

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static bool has_key(const endpoint *e)
{
    return e->api_key && e->api_key[0];
}

/* True without spaces and control characters; a key that was read from a file often ends in a
 * newline. */
static bool is_word(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || *text == 0x7F) return false;
    return true;
}

static kith_status check_endpoint(const endpoint *e, kith_error *err)
{
    if (!e->model || !e->model[0])
        return fail(err, KITH_ERR_INVALID, "no model is named for the endpoint");
    if (!e->base_url && !has_key(e))
        return fail(err, KITH_ERR_AUTH, "%s wants a key, and none is set", endpoint_name(e));
    if (has_key(e) && !is_word(e->api_key))
        return fail(err, KITH_ERR_INVALID, "the key holds a space or a control character");
    // A path is appended; behind a query it would become part of that.
    if (strpbrk(endpoint_name(e), "?#"))
        return fail(err, KITH_ERR_INVALID, "the endpoint's base URL has a query or a fragment");
    return KITH_OK;
}

kith_status call_init(call *c, const endpoint *e, const char *path, kith_error *err)
{
    *c = (call){.endpoint = e, .jitter.state = (uint64_t)clock_monotonic_ns() ^ (uintptr_t)c};
    buffer_init(&c->url, MAX_URL_BYTES);
    buffer_init(&c->authorization, MAX_KEY_BYTES);
    http_response_init(&c->response, MAX_ANSWER_BYTES);
    kith_status status = check_endpoint(e, err);
    if (status != KITH_OK) return status;
    view base = view_of(endpoint_name(e));
    while (base.size > 0 && base.data[base.size - 1] == '/')
        base = view_slice(base, 0, base.size - 1);
    buffer_append(&c->url, base);
    buffer_append_text(&c->url, path);
    buffer_append_byte(&c->url, '\0');
    c->headers[0] = "Content-Type: application/json";
    c->headers[1] = "Accept: application/json, text/event-stream";
    if (has_key(e)) {
        // Room for all of it first, so that growing leaves no copy of the key behind.
        size_t bytes = strlen("Authorization: Bearer ") + strlen(e->api_key) + 1;
        if (buffer_reserve(&c->authorization, bytes))
            buffer_append_text(&c->authorization, "Authorization: Bearer ");
        buffer_append_text(&c->authorization, e->api_key);
        buffer_append_byte(&c->authorization, '\0');
        c->headers[2] = c->authorization.data;
    }
    c->deadline_ns =
        clock_monotonic_ns() + (int64_t)or_default(e->deadline_ms, DEADLINE_MS) * NS_PER_MS;
    status = buffer_status(&c->url, "the endpoint's URL", err);
    return status == KITH_OK ? buffer_status(&c->authorization, "the endpoint's key", err) : status;
}

void call_done(call *c)
{
    if (c->authorization.data) explicit_bzero(c->authorization.data, c->authorization.size);
    buffer_done(&c->authorization);
    buffer_done(&c->url);
    http_response_done(&c->response);
}

static int64_t left_ms(const call *c)
{
    return (c->deadline_ns - clock_monotonic_ns()) / NS_PER_MS;
}

/* Turns an answer that is not 2xx into a failure, and notes what the endpoint refused. */
static kith_status failure_of_answer(call *c, kith_error *err)
{
    const http_response *response = &c->response;
    view body = buffer_view(&response->body);
    const json_value *answer = NULL;
    remote_error r;
    arena memory;
    arena_init(&memory, 16 * (size_t)MAX_ERROR_BYTES);
    bool is_json = json_parse(body, MAX_ERROR_BYTES, &memory, &answer, NULL) == KITH_OK;
    bool is_text = view_starts_with(view_of(response->content_type), VIEW("text/plain"));
    if (!remote_error_find(answer, response->status, &r) && !is_json && is_text) r.message = body;
    c->may_be_size = remote_error_may_be_size(&r);
    c->is_hopeless = view_equal(r.code, VIEW("insufficient_quota"));
    (void)snprintf(c->refused_param, sizeof c->refused_param, "%.*s", VIEW_ARG(r.param));
    kith_status status = remote_error_fail(c->endpoint, &r, err);
    arena_done(&memory);
    return status;
}

kith_status call_send(call *c, view body, call_body on_body, void *context, kith_error *err)
{
    kith_status status = call_limit_check(c->endpoint->limit, err);
    if (status != KITH_OK) return status;
    int64_t left = left_ms(c);
    if (left <= 0) return fail(err, KITH_ERR_TIMEOUT, "the time for the request is over");
    http_request request = {
        .method = "POST",
        .url = c->url.data,
        .headers = c->headers,
        .body = body,
        .idle_timeout_ms = or_default(c->endpoint->timeout_ms, TIMEOUT_MS),
        .total_timeout_ms = (uint32_t)left,
        .max_response_bytes = MAX_ANSWER_BYTES,
        .on_body = on_body,
        .context = context,
        .limit = c->endpoint->limit,
    };
    c->attempts++;
    c->is_hopeless = c->may_be_size = false;
    c->refused_param[0] = '\0';
    status = http_send(&request, &c->response, err);
    // KITH_ERR_LIMIT is for texts that are too long, about which the caller can do something.
    if (status == KITH_ERR_LIMIT) return fail_context(err, KITH_ERR_REMOTE, "answer too large");
    if (status != KITH_OK) return status;
    return c->response.status / 100 == 2 ? KITH_OK : failure_of_answer(c, err);
}

/* "http://localhost:11434/v1", 127.x.x.x, [::1] */
static bool is_loopback(const char *url)
{
    static const char *const hosts[] = {"localhost", "127.", "[::1]"};
    const char *host = strstr(url, "://");
    for (size_t i = 0; host && i < sizeof hosts / sizeof hosts[0]; i++)
        if (view_starts_with(view_of(host + 3), view_of(hosts[i]))) return true;
    return false;
}

static bool is_transient(const call *c, kith_status status)
{
    if (status == KITH_ERR_NETWORK)
        return !(c->response.is_refused && is_loopback(endpoint_name(c->endpoint)));
    if (status == KITH_ERR_RATE_LIMITED) return !c->is_hopeless;
    return status == KITH_ERR_REMOTE && c->response.status >= 500;
}

/* Exponential, between half and all of the nominal wait, so that clients that failed together do
 * not come back together; longer when the endpoint asks for it. */
static int64_t next_wait_ms(call *c)
{
    uint64_t nominal = or_default(c->endpoint->backoff_ms, BACKOFF_MS);
    for (uint32_t i = 1; i < c->attempts && nominal < LONGEST_BACKOFF_MS; i++)
        nominal *= 2;
    if (nominal > LONGEST_BACKOFF_MS) nominal = LONGEST_BACKOFF_MS;
    double wait = (double)nominal * (0.5 + 0.5 * rng_unit(&c->jitter));
    return (int64_t)wait > c->response.retry_after_ms ? (int64_t)wait : c->response.retry_after_ms;
}

/* Cut short when the endpoint's limit ends the call: the attempt that follows then fails by it. */
static void wait_for(const call *c, int64_t wait_ms)
{
    const call_limit *limit = c->endpoint->limit;
    for (; limit && wait_ms > LIMIT_CHECK_MS; wait_ms -= LIMIT_CHECK_MS) {
        if (call_limit_check(limit, NULL) != KITH_OK) return;
        clock_sleep_ms(LIMIT_CHECK_MS);
    }
    clock_sleep_ms((uint32_t)wait_ms);
}

bool call_again(call *c, kith_status status, kith_error *err)
{
    uint32_t retries = c->endpoint->retries == UINT32_MAX ? RETRIES : c->endpoint->retries;
    if (status == KITH_OK || !is_transient(c, status)) return false;
    if (c->attempts <= retries) {
        int64_t wait = next_wait_ms(c);
        if (wait < left_ms(c)) {
            wait_for(c, wait);
            return true;
        }
        if (c->response.retry_after_ms > 0)
            (void)fail_context(err, status, "the endpoint asks to wait %lld s",
                               (long long)(c->response.retry_after_ms / 1000));
    }
    if (c->attempts > 1) (void)fail_context(err, status, "after %u attempts", c->attempts);
    return false;
}
