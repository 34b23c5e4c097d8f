/* status.c - the messages of failures, and the end of a process that broke an invariant. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *kith_status_name(kith_status status)
{
    static const char *const names[] = {
        [KITH_OK] = "ok",
        [KITH_ERR_INVALID] = "invalid",
        [KITH_ERR_NOT_FOUND] = "not found",
        [KITH_ERR_EXISTS] = "exists",
        [KITH_ERR_DIMENSION] = "wrong dimension",
        [KITH_ERR_MODEL] = "model",
        [KITH_ERR_LIMIT] = "over a limit",
        [KITH_ERR_FORMAT] = "malformed",
        [KITH_ERR_UNSUPPORTED] = "not supported",
        [KITH_ERR_IO] = "input/output",
        [KITH_ERR_FULL] = "disk full",
        [KITH_ERR_CORRUPT] = "corrupt",
        [KITH_ERR_BUSY] = "busy",
        [KITH_ERR_NO_MEMORY] = "out of memory",
        [KITH_ERR_NETWORK] = "network",
        [KITH_ERR_TIMEOUT] = "timeout",
        [KITH_ERR_AUTH] = "not authorised",
        [KITH_ERR_RATE_LIMITED] = "rate limited",
        [KITH_ERR_REMOTE] = "endpoint",
        [KITH_ERR_CANCELLED] = "cancelled",
        [KITH_ERR_INTERNAL] = "internal",
    };
    size_t count = sizeof names / sizeof names[0];
    return (unsigned)status < count && names[status] ? names[status] : "unknown";
}

kith_status fail(kith_error *err, kith_status status, const char *format, ...)
{
    if (err) {
        err->code = status;
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(err->message, sizeof err->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

kith_status fail_context(kith_error *err, kith_status status, const char *format, ...)
{
    if (!err) return status;
    char inner[KITH_ERROR_MESSAGE_BYTES];
    memcpy(inner, err->message, sizeof inner);
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    if (written >= 0 && (size_t)written < sizeof err->message)
        (void)snprintf(err->message + written, sizeof err->message - (size_t)written, ": %s",
                       inner);
    err->code = status;
    return status;
}

void check_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "kith: broken invariant: %s (%s:%d)\n", condition, file, line);
    abort();
}
