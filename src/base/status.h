/* status.h - failing with a status, and the two assertions.
 * A status is for what the world can do: disks, networks, users, models. An assertion is for what
 * only a bug can do: it ends the process, because a program that is wrong about its own state must
 * not go on to write it to disk. */
#ifndef KITH_BASE_STATUS_H
#define KITH_BASE_STATUS_H

#include <kith/status.h>

#define KITH_CHECKED             __attribute__((warn_unused_result))
#define KITH_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Returns `status`, after writing it and the message to `err`, which may be NULL; a message longer
 * than KITH_ERROR_MESSAGE_BYTES is cut. Used as `return fail(err, KITH_ERR_IO, "cannot ...", ...)`.
 * Any thread. */
kith_status fail(kith_error *err, kith_status status, const char *format, ...) KITH_PRINTF(3, 4);

/* Puts "context: " before the message of a failure that is passed on to the caller, and sets its
 * code to `status`, which it returns. `err` may be NULL; else it must hold a message. */
kith_status fail_context(kith_error *err, kith_status status, const char *format, ...)
    KITH_PRINTF(3, 4);

/* Writes the condition and its place to standard error and aborts. */
__attribute__((noreturn)) void check_failed(const char *condition, const char *file, int line);

/* CHECK is evaluated in every build and so must be O(1); DCHECK only in test builds (KITH_DEBUG,
 * which meson.build sets for the sanitizers). Neither may have a side effect. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))
#ifdef KITH_DEBUG
#define DCHECK(condition) CHECK(condition)
#else
#define DCHECK(condition) ((void)(0 && (condition)))
#endif

#endif
