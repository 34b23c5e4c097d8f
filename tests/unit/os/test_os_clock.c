/* test_os_clock.c - how long something waits does not depend on the wall clock, which is set back now and then. A test cannot set it:
 * it compares with the monotonic clock as the system gives it. */
#include "test.h"

#include "os/clock.h"

#include <errno.h>
#include <time.h>

enum { WAIT_MS = 1300 }; /* more than a second, so that both fields carry */

static int64_t monotonic_ns(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void a_deadline_is_a_time_of_the_clock_that_is_never_set_back(void **state)
{
    (void)state;
    const int64_t wait_ns = (int64_t)WAIT_MS * 1000000, before_ns = monotonic_ns();
    const struct timespec until = clock_deadline(WAIT_MS);
    const int64_t after_ns = monotonic_ns();
    assert_in_range(until.tv_nsec, 0, 999999999);
    const int64_t until_ns = (int64_t)until.tv_sec * 1000000000 + until.tv_nsec;
    assert_true(until_ns >= before_ns + wait_ns && until_ns <= after_ns + wait_ns);
}

/* By another clock than the deadline's it would end at once, or after some decades. */
static void a_condition_waits_until_its_deadline(void **state)
{
    (void)state;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never;
    clock_condition_init(&never);
    const int64_t before_ns = monotonic_ns();
    const struct timespec until = clock_deadline(WAIT_MS);
    assert_int_equal(pthread_mutex_lock(&lock), 0);
    int waited = 0;
    while (waited == 0)
        waited = pthread_cond_timedwait(&never, &lock, &until);
    assert_int_equal(pthread_mutex_unlock(&lock), 0);
    assert_int_equal(waited, ETIMEDOUT);
    assert_true(monotonic_ns() - before_ns >= (int64_t)WAIT_MS * 1000000);
    assert_int_equal(pthread_cond_destroy(&never), 0);
}

static void the_wall_clock_is_told_in_utc(void **state)
{
    (void)state;
    char out[21];
    clock_format_utc(1767225599999, out);
    assert_string_equal(out, "2025-12-31T23:59:59Z");
    clock_format_utc(-1000, out);
    assert_string_equal(out, "1969-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_is_a_time_of_the_clock_that_is_never_set_back),
        cmocka_unit_test(a_condition_waits_until_its_deadline),
        cmocka_unit_test(the_wall_clock_is_told_in_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
