/* status.h - failing with a status, and the two assertions. */
#ifndef KITH_BASE_STATUS_H
#define KITH_BASE_STATUS_H

#include <kith/status.h>

#define KITH_CHECKED             __attribute__((warn_unused_result))
#define KITH_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Writes the message to `err` when it is not NULL and returns `status`: `return fail(err, ...,
 * "...")`. */
kith_status fail(kith_error *err, kith_status status, const char *format, ...) KITH_PRINTF(3, 4);

/* Puts "context: " before the message of a failure that passes through; returns err's code or
 * `status`. */
kith_status fail_context(kith_error *err, kith_status status, const char *format, ...)
    KITH_PRINTF(3, 4);

__attribute__((noreturn)) void check_failed(const char *condition, const char *file, int line);

/* CHECK holds in every build (O(1) conditions that only a bug can break); DCHECK only in test
 * builds. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))
#ifdef KITH_DEBUG
#define DCHECK(condition) CHECK(condition)
#else
#define DCHECK(condition) ((void)(0 && (condition)))
#endif

#endif
