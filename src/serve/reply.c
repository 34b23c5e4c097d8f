/* reply.c - how handlers answer, and what an answer is when they cannot. */
#include "serve/call.h"
#include "serve/state.h"

#include <stdarg.h>
#include <stdio.h>

void serve_add_header(serve_call *call, const char *name, const char *value)
{
    http_add_header(call->request->exchange, name, value);
}

json_writer serve_json(serve_call *call)
{
    buffer_reset(&call->reply);
    return (json_writer){.out = &call->reply};
}

void serve_reply_bytes(serve_call *call, int http_status, const char *content_type, view body)
{
    serve_request *r = call->request;
    CHECK(!r->is_replied);
    r->is_replied = true;
    if (!r->captured) {
        http_reply(r->exchange, http_status, content_type, body);
        return;
    }
    if (body.size > r->capture_capacity) return;
    if (body.size) memcpy(r->captured, body.data, body.size);
    r->captured_bytes = body.size;
    r->captured_type = content_type;
}

void serve_reply(serve_call *call, int http_status)
{
    kith_error err = {0};
    kith_status status = buffer_status(&call->reply, "the answer", &err);
    if (status == KITH_OK) {
        serve_reply_bytes(call, http_status, "application/json", buffer_view(&call->reply));
    } else if (call->request->is_refused) {
        serve_reply_bytes(call, 500, NULL, (view){NULL, 0}); // not even the refusal fits
    } else {
        serve_fail(call, &err);
    }
}

/* ---- failures ---- */

int serve_status_of(kith_status status)
{
    switch (status) {
    case KITH_OK:
        return 200;
    case KITH_ERR_INVALID:
    case KITH_ERR_DIMENSION:
    case KITH_ERR_LIMIT:
    case KITH_ERR_FORMAT:
    case KITH_ERR_UNSUPPORTED:
    case KITH_ERR_MODEL:
        return 400;
    case KITH_ERR_AUTH:
        return 403;
    case KITH_ERR_NOT_FOUND:
        return 404;
    case KITH_ERR_EXISTS:
        return 409;
    case KITH_ERR_IO:
    case KITH_ERR_CORRUPT:
    case KITH_ERR_INTERNAL:
        return 500;
    case KITH_ERR_NETWORK:
    case KITH_ERR_REMOTE:
        return 502;
    case KITH_ERR_BUSY:
    case KITH_ERR_NO_MEMORY:
    case KITH_ERR_RATE_LIMITED:
    case KITH_ERR_CANCELLED:
        return 503;
    case KITH_ERR_TIMEOUT:
        return 504;
    case KITH_ERR_FULL:
        return 507;
    }
    return 500;
}

static void fail_without_dialect(serve_call *call, const serve_failure *failure)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "error", failure->message);
    json_end_object(&w);
    serve_reply(call, failure->http_status);
}

static void refuse(serve_call *call, const serve_failure *failure)
{
    call->request->is_refused = true;
    buffer_reset(&call->reply);
    if (call->dialect && call->dialect->fail)
        call->dialect->fail(call, failure);
    else
        fail_without_dialect(call, failure);
}

void serve_fail(serve_call *call, const kith_error *err)
{
    refuse(call, &(serve_failure){serve_status_of(err->code), err->code, err->message});
}

void serve_fail_as(serve_call *call, int http_status, const char *message)
{
    refuse(call, &(serve_failure){http_status, KITH_OK, message});
}

/* ---- events ---- */

void serve_events_begin(serve_call *call)
{
    serve_request *r = call->request;
    CHECK(!r->is_replied);
    r->is_replied = true;
    serve_add_header(call, "Cache-Control", "no-store");
    serve_add_header(call, "X-Accel-Buffering", "no"); // nginx would gather the events
    http_stream_begin(r->exchange, 200, "text/event-stream");
    serve_state *s = r->state;
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    r->next_stream = s->streams;
    if (s->streams) s->streams->previous_stream = r;
    s->streams = r;
    r->is_stream = true;
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
}

/* From here on nothing but the end is written to it. */
static void leave_streams(serve_request *r)
{
    serve_state *s = r->state;
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    if (r->next_stream) r->next_stream->previous_stream = r->previous_stream;
    if (r->previous_stream)
        r->previous_stream->next_stream = r->next_stream;
    else
        s->streams = r->next_stream;
    r->is_stream = false;
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
}

bool serve_event(serve_call *call, const char *name, view data)
{
    buffer *out = &call->reply;
    buffer_reset(out);
    if (name) {
        buffer_append_text(out, "event: ");
        buffer_append_text(out, name);
        buffer_append_byte(out, '\n');
    }
    // A line feed in the data would end the field: each line is a field of its own, and the client
    // joins them again.
    for (view rest = data;;) {
        size_t end = view_find(rest, VIEW("\n"));
        buffer_append_text(out, "data: ");
        buffer_append(out, view_slice(rest, 0, end));
        buffer_append_byte(out, '\n');
        if (end == rest.size) break;
        rest = view_slice(rest, end + 1, rest.size);
    }
    buffer_append_byte(out, '\n');
    return out->failed == KITH_OK && http_stream_write(call->request->exchange, buffer_view(out));
}

void serve_events_end(serve_call *call)
{
    if (call->request->is_stream) leave_streams(call->request);
    http_stream_end(call->request->exchange);
}

void serve_audit(serve_call *call, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    buffer *audit = &call->request->audit;
    if (audit->size) buffer_append_text(audit, "; ");
    buffer_append_text(audit, text);
}
