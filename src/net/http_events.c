/* http_events.c - the phases of an exchange. */
#include "net/http_events.h"

#include "base/size.h"

#include <string.h>
#include <sys/socket.h>

enum {
    /* A body up to this is read to its end although its request is refused, so that the connection
     * lives on. */
    DISCARD_BYTES = 64 << 10,
    /* The same for a chunked body that turned out too large, since libmicrohttpd takes no reply in
     * its middle. Above, the connection ends without a reply. */
    DISCARD_CHUNKED_BYTES = 8 << 20,
    /* Made room for before the first byte has come; more as it comes. */
    FIRST_BODY_BYTES = 1 << 20
};

void *http_on_target(void *context, const char *target, struct MHD_Connection *c)
{
    http_service *service = context;
    const union MHD_ConnectionInfo *info =
        service->mhd.get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    http_connection *connection = info ? info->socket_context : NULL;
    return connection ? http_exchange_new(service, c, connection, target ? target : "") : NULL;
}

size_t http_keep_escaped(void *context, struct MHD_Connection *c, char *text)
{
    (void)context;
    (void)c;
    return strlen(text);
}

/* Hands the reply over. */
static enum MHD_Result send_reply(http_exchange *x)
{
    http_service *service = x->service;
    x->phase = PHASE_REPLY;
    if (!x->response) return MHD_NO; // there was no memory for it: the connection ends
    if (!x->is_read_whole || atomic_load(&service->is_draining))
        (void)service->mhd.add_response_header(x->response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (!x->is_stream)
        http_connection_set_deadline(
            x->connection,
            http_reply_deadline(service->options.idle_timeout_ms, x->reply_bytes, INT64_MAX));
    return service->mhd.queue_response(x->mhd, (unsigned)x->status, x->response);
}

static void set_body_deadline(http_exchange *x)
{
    int64_t idle_ns = http_deadline(x->service->options.idle_timeout_ms);
    http_connection_set_deadline(x->connection,
                                 idle_ns < x->body_deadline_ns ? idle_ns : x->body_deadline_ns);
}

static void begin_body(http_exchange *x, http_phase phase)
{
    x->phase = phase;
    x->connection->is_reading = true;
    x->body_deadline_ns = http_deadline(x->service->options.body_timeout_ms);
    set_body_deadline(x);
}

/* After a refusal that the head alone led to. */
static enum MHD_Result reply_early(http_exchange *x)
{
    bool is_short = !x->framing.is_chunked && x->framing.content_length <= DISCARD_BYTES;
    if (!is_short || x->framing.expects_continue) return send_reply(x);
    begin_body(x, PHASE_DISCARD);
    return MHD_YES;
}

static const char *read_head(http_exchange *x, const char *method, const char *version)
{
    const http_head head = {
        .method = method, .version = version, .path = x->path, .query = x->query};
    size_t length = strlen(method);
    if (length >= sizeof x->method) return "the method is too long";
    memcpy(x->method, method, length + 1);
    x->is_head = strcmp(method, "HEAD") == 0;
    const char *problem = http_guard(&x->service->mhd, x->mhd, &head, &x->headers, &x->framing);
    if (!problem && x->headers.failed != KITH_OK) problem = "out of memory for the head";
    return problem;
}

static enum MHD_Result begin(http_exchange *x, const char *method, const char *version)
{
    http_service *service = x->service;
    const http_server_options *options = &service->options;
    (void)atomic_fetch_add(&service->under_way, 1);
    x->is_under_way = true;
    atomic_store(&x->connection->is_busy, true);

    const char *problem = read_head(x, method, version);
    const union MHD_ConnectionInfo *info =
        service->mhd.get_connection_info(x->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (problem) {
        http_exchange_refuse(x, MHD_HTTP_BAD_REQUEST, problem);
        return send_reply(x);
    }
    if (info && info->header_size > options->max_head_bytes) {
        http_exchange_refuse(x, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                             "the head of the request is too large");
        return send_reply(x);
    }
    if (!options->on_head(options->context, x, &x->max_body)) {
        CHECK(x->has_replied);
        return reply_early(x);
    }
    CHECK(!x->has_replied);
    if (x->framing.content_length > x->max_body) {
        http_exchange_refuse(x, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
        return reply_early(x);
    }
    buffer_init(&x->body, x->max_body > SIZE_MAX ? SIZE_MAX : (size_t)x->max_body);
    begin_body(x, PHASE_BODY);
    return MHD_YES;
}

/* From here the body is dropped as it comes. */
static void refuse_body(http_exchange *x, int status, const char *message)
{
    (void)atomic_fetch_sub(&x->service->body_bytes, x->body.capacity);
    buffer_done(&x->body);
    http_exchange_refuse(x, status, message);
    x->phase = PHASE_DISCARD;
}

static enum MHD_Result gather(http_exchange *x, view piece)
{
    http_service *service = x->service;
    x->body_received += piece.size;
    set_body_deadline(x);
    if (x->phase == PHASE_DISCARD) {
        uint64_t over = x->body_received > x->max_body ? x->body_received - x->max_body : 0;
        return x->framing.is_chunked && over > DISCARD_CHUNKED_BYTES ? MHD_NO : MHD_YES;
    }
    if (x->body_received > x->max_body) {
        refuse_body(x, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
        return MHD_YES;
    }
    size_t before = x->body.capacity;
    uint64_t length = x->framing.content_length; // 0 when chunked
    if (before == 0)
        (void)buffer_reserve(&x->body,
                             length < FIRST_BODY_BYTES ? (size_t)length : FIRST_BODY_BYTES);
    buffer_append(&x->body, piece);
    size_t more = x->body.capacity - before;
    uint64_t held = atomic_fetch_add(&service->body_bytes, more) + more;
    if (x->body.failed != KITH_OK || held > service->options.max_bodies_bytes)
        refuse_body(x, MHD_HTTP_SERVICE_UNAVAILABLE,
                    "the bodies of all requests take too much memory");
    return MHD_YES;
}

static enum MHD_Result finish_body(http_exchange *x)
{
    x->is_read_whole = true;
    x->connection->is_reading = false;
    if (x->phase == PHASE_DISCARD) return send_reply(x);
    x->phase = PHASE_WORK;
    http_connection_set_deadline(x->connection, 0);
    // Suspended first: from the push on, a worker may resume it.
    http_exchange_acquire(x);
    x->service->mhd.suspend_connection(x->mhd);
    if (http_crew_push(x->service->crew, &x->job)) return MHD_YES;
    http_turn_away(&x->job);
    return MHD_YES;
}

enum MHD_Result http_on_access(void *context, struct MHD_Connection *c, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **exchange)
{
    (void)context;
    (void)c;
    (void)url;
    http_exchange *x = *exchange;
    if (!x) return MHD_NO; // there was no memory for it
    switch (x->phase) {
    case PHASE_HEAD:
        return begin(x, method, version);
    case PHASE_BODY:
    case PHASE_DISCARD:
        if (*upload_size > 0) {
            const view piece = {upload, *upload_size};
            *upload_size = 0;
            return gather(x, piece);
        }
        return finish_body(x);
    case PHASE_WORK:
        return x->has_replied ? send_reply(x) : MHD_YES;
    case PHASE_REPLY:
        break;
    }
    return MHD_NO;
}

/* What the client was told; 0: nothing, or not all. */
static int status_of(const http_exchange *x, enum MHD_RequestTerminationCode how)
{
    if (x->phase == PHASE_REPLY) return how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? x->status : 0;
    // It found the request malformed by itself, and said so.
    const union MHD_ConnectionInfo *info =
        x->service->mhd.get_connection_info(x->mhd, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info ? (int)info->http_status : 0;
}

void http_on_completed(void *context, struct MHD_Connection *c, void **exchange,
                       enum MHD_RequestTerminationCode how)
{
    (void)c;
    http_service *service = context;
    http_exchange *x = *exchange;
    *exchange = NULL;
    if (!x) return;
    int status = status_of(x, how);
    if (status != 0 && !x->is_read_whole) http_linger_add(&service->linger, x->connection->fd);
    http_connection_set_deadline(x->connection, http_deadline(service->options.idle_timeout_ms));
    x->connection->is_reading = false;
    atomic_store(&x->connection->is_busy, false);
    // Its reply may have been handed over before the server began to drain.
    if (atomic_load(&service->is_draining)) (void)shutdown(x->connection->fd, SHUT_RD);
    http_exchange_sent(x, status);
    http_exchange_release(x);
}

void http_on_connection(void *context, struct MHD_Connection *c, void **connection,
                        enum MHD_ConnectionNotificationCode what)
{
    http_service *service = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*connection) http_connections_remove(&service->connections, *connection);
        *connection = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        service->mhd.get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!info) return;
    *connection = http_connections_add(&service->connections, info->connect_fd,
                                       http_deadline(service->options.head_timeout_ms));
    if (!*connection) (void)shutdown(info->connect_fd, SHUT_RDWR); // out of memory
    if (atomic_load(&service->is_draining)) (void)shutdown(info->connect_fd, SHUT_RD);
}

void http_work(void *context, http_job *job)
{
    http_exchange *x = (http_exchange *)job;
    http_service *service = x->service;
    (void)context;
    service->options.on_request(service->options.context, x);
    if (!x->has_replied)
        http_exchange_refuse(x, MHD_HTTP_INTERNAL_SERVER_ERROR, "the request was not answered");
    if (x->is_stream)
        http_stream_end(x);
    else
        http_exchange_resume(x);
    http_exchange_release(x);
}

void http_turn_away(http_job *job)
{
    http_exchange *x = (http_exchange *)job;
    http_exchange_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests wait");
    http_exchange_resume(x);
    http_exchange_release(x);
}
