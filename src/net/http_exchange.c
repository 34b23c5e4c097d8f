/* http_exchange.c - what handlers see of a request, and how they reply. */
#include "net/http_exchange.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/eventfd.h>

enum {
    MAX_REPLY_HEADER_BYTES = 16 << 10,
    MAX_REFUSAL_BYTES = 4 << 10,
    STREAM_BYTES = 1 << 20, /* written and not yet sent */
    /* What libmicrohttpd asks the pipe for at a time. */
    STREAM_BLOCK_BYTES = 32 << 10
};

http_exchange *http_exchange_new(http_service *service, struct MHD_Connection *mhd,
                                 http_connection *connection, const char *target)
{
    http_exchange *x = calloc(1, sizeof *x);
    char *copy = strdup(target);
    if (!x || !copy) {
        free(x);
        free(copy);
        return NULL;
    }
    x->service = service;
    x->mhd = mhd;
    x->connection = connection;
    x->stream_deadline_ns = INT64_MAX;
    atomic_init(&x->references, 1);
    x->target = copy;
    char *mark = strchr(copy, '?');
    if (mark) *mark = '\0';
    x->path = view_of(copy);
    x->query = mark ? view_of(mark + 1) : VIEW("");
    buffer_init(&x->body, 0);
    buffer_init(&x->headers, 2 * (size_t)service->options.max_head_bytes);
    buffer_init(&x->reply_headers, MAX_REPLY_HEADER_BYTES);
    http_connection_acquire(&service->connections, connection);
    return x;
}

void http_exchange_acquire(http_exchange *x)
{
    (void)atomic_fetch_add(&x->references, 1);
}

static void end(http_exchange *x)
{
    http_service *service = x->service;
    bool was_under_way = x->is_under_way;
    // Not for what ended before its head did, unless the client was told why.
    if (service->options.on_end && (was_under_way || x->sent_status != 0))
        service->options.on_end(service->options.context, x, x->sent_status, x->sent_bytes);
    (void)atomic_fetch_sub(&service->body_bytes, x->body.capacity);
    if (x->response) service->mhd.destroy_response(x->response);
    buffer_done(&x->body);
    buffer_done(&x->headers);
    buffer_done(&x->reply_headers);
    http_connection_release(&service->connections, x->connection);
    http_pipe_free(x->pipe);
    free(x->target);
    free(x);
    if (!was_under_way) return;
    (void)atomic_fetch_sub(&service->under_way, 1);
    // Whoever stops the server leads and waits for the last one.
    if (atomic_load(&service->is_draining)) (void)eventfd_write(service->wake, 1);
}

void http_exchange_resume(http_exchange *x)
{
    x->service->mhd.resume_connection(x->mhd);
    atomic_store(&x->service->has_resumed, true);
    if (atomic_load(&x->service->is_waiting)) (void)eventfd_write(x->service->wake, 1);
}

void http_exchange_release(http_exchange *x)
{
    if (atomic_fetch_sub(&x->references, 1) == 1) end(x);
}

void http_exchange_sent(http_exchange *x, int status)
{
    x->sent_status = status;
    if (x->pipe) {
        x->sent_bytes = http_pipe_bytes_read(x->pipe);
        http_pipe_close(x->pipe);
    } else if (status != 0) {
        x->sent_bytes = x->reply_bytes;
    }
}

/* ---- the request ---- */

view http_method(const http_exchange *x)
{
    return view_of(x->method);
}

view http_path(const http_exchange *x)
{
    return x->path;
}

view http_query(const http_exchange *x)
{
    return x->query;
}

view http_header(const http_exchange *x, const char *name)
{
    const char *end = x->headers.data + x->headers.size;
    for (const char *at = x->headers.data; at != end;) {
        const char *value = at + strlen(at) + 1;
        const view text = view_of(value);
        if (strcasecmp(at, name) == 0) return text;
        at = value + text.size + 1;
    }
    return (view){0};
}

view http_body(const http_exchange *x)
{
    return buffer_view(&x->body);
}

const char *http_peer(const http_exchange *x)
{
    return x->connection->peer;
}

bool http_is_unix(const http_exchange *x)
{
    return x->connection->is_unix;
}

void **http_user(http_exchange *x)
{
    return &x->user;
}

/* ---- the reply ---- */

void http_add_header(http_exchange *x, const char *name, const char *value)
{
    CHECK(!x->has_replied);
    CHECK(!strpbrk(name, "\r\n") && !strpbrk(value, "\r\n"));
    buffer_append(&x->reply_headers, (view){name, strlen(name) + 1});
    buffer_append(&x->reply_headers, (view){value, strlen(value) + 1});
    CHECK(x->reply_headers.failed != KITH_ERR_LIMIT);
}

static void add_headers(const http_exchange *x, const char *content_type)
{
    const mhd_library *mhd = &x->service->mhd;
    if (content_type)
        (void)mhd->add_response_header(x->response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    for (size_t at = 0; at < x->reply_headers.size;) {
        const char *name = x->reply_headers.data + at;
        const char *value = name + strlen(name) + 1;
        (void)mhd->add_response_header(x->response, name, value);
        at += strlen(name) + 1 + strlen(value) + 1;
    }
}

void http_reply(http_exchange *x, int status, const char *content_type, view body)
{
    CHECK(!x->has_replied && status >= 200 && status <= 599);
    x->has_replied = true;
    x->status = status;
    x->reply_bytes = body.size;
    // libmicrohttpd takes a pointer without const, and copies from it.
    char *bytes = NULL;
    memcpy(&bytes, &body.data, sizeof bytes);
    x->response =
        x->service->mhd.create_response_from_buffer(body.size, bytes, MHD_RESPMEM_MUST_COPY);
    if (x->response) add_headers(x, content_type);
}

void http_exchange_refuse(http_exchange *x, int status, const char *message)
{
    const http_server_options *options = &x->service->options;
    char body[MAX_REFUSAL_BYTES];
    size_t size = 0;
    const char *content_type = NULL;
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE) http_add_header(x, "Retry-After", "1");
    if (options->on_refusal)
        size = options->on_refusal(options->context, x, status, message, body, sizeof body,
                                   &content_type);
    CHECK(size <= sizeof body);
    http_reply(x, status, content_type, (view){body, size});
}

static ssize_t read_pipe(void *context, uint64_t position, char *out, size_t max)
{
    (void)position;
    http_exchange *x = context;
    ptrdiff_t count = http_pipe_read(x->pipe, out, max);
    if (count == PIPE_PARKED) {
        // It is the handler who lets the client wait now.
        x->stream_deadline_ns = INT64_MAX;
        http_connection_set_deadline(x->connection, 0);
        return 0;
    }
    uint64_t bytes = count == PIPE_ENDED ? 0 : (uint64_t)count;
    x->stream_deadline_ns =
        http_reply_deadline(x->service->options.idle_timeout_ms, bytes, x->stream_deadline_ns);
    http_connection_set_deadline(x->connection, x->stream_deadline_ns);
    return count == PIPE_ENDED ? MHD_CONTENT_READER_END_OF_STREAM : count;
}

static void park(void *context)
{
    http_exchange *x = context;
    x->service->mhd.suspend_connection(x->mhd);
}

static void resume(void *context)
{
    http_exchange_resume(context);
}

void http_stream_begin(http_exchange *x, int status, const char *content_type)
{
    CHECK(!x->has_replied && status >= 200 && status <= 599 && x->phase == PHASE_WORK);
    x->has_replied = x->is_stream = true;
    x->status = status;
    x->pipe = http_pipe_new(STREAM_BYTES, (http_pipe_connection){park, resume, x});
    if (x->pipe)
        x->response = x->service->mhd.create_response_from_callback(
            MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read_pipe, x, NULL);
    if (x->response) add_headers(x, content_type);
    // libmicrohttpd 0.9.75 ends a chunked reply to HEAD with a chunk, which the client would take
    // for the next reply. In this mode there are no chunks; the connection ends.
    if (x->response && x->is_head)
        (void)x->service->mhd.set_response_options(x->response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
                                                   MHD_RO_END);
    // Until now the connection was suspended for the worker; from here the pipe does it.
    http_exchange_resume(x);
    http_crew_need_lead(x->service->crew);
}

bool http_stream_write(http_exchange *x, view bytes)
{
    if (!x->pipe || atomic_load(&x->service->is_cutting)) return false;
    // The reply to HEAD has no body, so nobody would read it.
    if (x->is_head) return !http_pipe_is_closed(x->pipe);
    http_pipe_result result = http_pipe_write(x->pipe, bytes, x->service->options.idle_timeout_ms);
    if (result == PIPE_TOO_SLOW) http_connection_cut(&x->service->connections, x->connection);
    return result == PIPE_WRITTEN;
}

void http_stream_keep_alive(http_exchange *x, view bytes, uint32_t quiet_ms)
{
    // A stream without a pipe, for lack of memory, writes nothing; nor does a reply to HEAD.
    if (x->pipe && !x->is_head) http_pipe_keep_alive(x->pipe, bytes, quiet_ms);
}

void http_stream_end(http_exchange *x)
{
    if (x->pipe) http_pipe_end(x->pipe);
}

bool http_client_left(const http_exchange *x)
{
    if (x->pipe && http_pipe_is_closed(x->pipe)) return true;
    if (atomic_load(&x->service->is_cutting)) return true;
    return http_connection_is_left(&x->service->connections, x->connection);
}
