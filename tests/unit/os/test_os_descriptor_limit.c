/* test_os_descriptor_limit.c - the limit is raised as far as the system allows, and never lowered.
 */
#include "test.h"

#include "os/descriptor_limit.h"

#include <sys/resource.h>

enum { SOFT = 100 };

static struct rlimit limit_now(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit;
}

/* The soft limit is SOFT and the hard one unchanged. */
static int lower(void **state)
{
    (void)state;
    struct rlimit limit = limit_now();
    limit.rlim_cur = SOFT;
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static void it_is_raised_to_what_is_wanted(void **state)
{
    (void)state;
    const rlim_t hard = limit_now().rlim_max;
    assert_true(hard > SOFT + 1);
    assert_int_equal(descriptor_limit_raise(SOFT + 1), SOFT + 1);
    assert_true(limit_now().rlim_cur == SOFT + 1 && limit_now().rlim_max == hard);
}

static void it_is_never_lowered(void **state)
{
    (void)state;
    assert_int_equal(descriptor_limit_raise(SOFT - 1), SOFT);
    assert_true(limit_now().rlim_cur == SOFT);
}

static void it_is_raised_no_further_than_the_hard_limit(void **state)
{
    (void)state;
    const rlim_t hard = limit_now().rlim_max;
    if (hard >= UINT32_MAX) skip();
    assert_int_equal(descriptor_limit_raise(UINT32_MAX), hard);
    assert_true(limit_now().rlim_cur == hard && limit_now().rlim_max == hard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_is_raised_to_what_is_wanted, lower),
        cmocka_unit_test_setup(it_is_never_lowered, lower),
        cmocka_unit_test_setup(it_is_raised_no_further_than_the_hard_limit, lower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
