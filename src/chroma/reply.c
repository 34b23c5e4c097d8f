/* reply.c - refusals in Chroma's form. */
#include "chroma/reply.h"

#include <stdarg.h>
#include <stdio.h>

/* Chroma's server gives a name of its own to these statuses only, and ChromaError to all others;
 * those of a server with keys come from the client's table. */
static const char *error_name(int http_status)
{
    switch (http_status) {
    case 400:
        return "InvalidArgumentError";
    case 401:
    case 403:
        return "AuthError";
    case 404:
        return "NotFoundError";
    case 410:
        return "Unimplemented";
    case 429:
        return "RateLimitError";
    case 500:
        return "InternalError";
    default:
        return "ChromaError";
    }
}

void chroma_fail(serve_call *call, const serve_failure *failure)
{
    if (!call->route && (failure->http_status == 404 || failure->http_status == 405)) {
        serve_reply_bytes(call, failure->http_status, "application/json", VIEW(""));
        return;
    }
    reply_error(call, failure->http_status, error_name(failure->http_status), failure->message);
}

void reply_error(serve_call *call, int http_status, const char *name, const char *message)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "error", name);
    json_member_text(&w, "message", message);
    json_end_object(&w);
    serve_reply(call, http_status);
}

bool refuse(serve_call *call, int http_status, const char *format, ...)
{
    char message[KITH_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    serve_fail_as(call, http_status, message);
    return false;
}

bool refuse_shape(serve_call *call, const char *format, ...)
{
    char what[KITH_ERROR_MESSAGE_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return refuse(call, 422, "Failed to deserialize the JSON body into the target type: %s", what);
}

bool refuse_error(serve_call *call, const kith_error *err)
{
    serve_fail(call, err);
    return false;
}

void reply_empty_object(serve_call *call, int http_status)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_end_object(&w);
    serve_reply(call, http_status);
}

void reply_truncated(serve_call *call, uint64_t count)
{
    char text[24];
    if (count == 0) return;
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    serve_add_header(call, "X-Kith-Truncated", text);
}
