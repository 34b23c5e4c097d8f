/* test.h - what every unit test includes, in the order that cmocka wants. */
#ifndef KITH_TEST_H
#define KITH_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka's fail() is in the way of ours; fail_msg() is rebuilt without it. */
#undef fail
#undef fail_msg
#define fail_msg(...)                                                                              \
    (print_error("ERROR: " __VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "base/status.h"

/* Fails with the message of `err` when the status is not the one expected. */
#define assert_status(expected, call)                                                              \
    do {                                                                                           \
        kith_status status_ = (call);                                                              \
        if (status_ != (expected))                                                                 \
            fail_msg("%s: got %s, expected %s: %s", #call, kith_status_name(status_),              \
                     kith_status_name(expected), err.message);                                     \
    } while (0)
#define assert_ok(call) assert_status(KITH_OK, call)

/* ThreadSanitizer makes a program twenty times slower, and looks for races alone. Where a test has one thread, or does again what
 * another one does beside other threads, it says so by this and is skipped, or does less. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN true
#else
#define UNDER_TSAN false
#endif

/* cmocka compares floats only. */
#define assert_near(actual, expected, tolerance)                                                   \
    do {                                                                                           \
        double actual_ = (actual), expected_ = (expected);                                         \
        if (!(actual_ - expected_ <= (tolerance) && expected_ - actual_ <= (tolerance)))           \
            fail_msg("%s: got %.17g, expected %.17g", #actual, actual_, expected_);                \
    } while (0)

#endif
