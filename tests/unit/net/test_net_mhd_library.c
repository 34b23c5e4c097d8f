/* mhd_library_open: what a system without libmicrohttpd, or with another library of its name, is told. */
#include "test.h"

#include "net/mhd_library.h"

static void the_library_that_was_built_against_has_every_function(void **state)
{
    (void)state;
    mhd_library mhd;
    kith_error err = {0};
    assert_ok(mhd_library_open(MHD_LIBRARY_NAME, &mhd, &err));
    assert_non_null(mhd.start_daemon);
    assert_non_null(mhd.destroy_response);
}

static void a_library_that_is_missing_is_named(void **state)
{
    (void)state;
    mhd_library mhd = {0};
    kith_error err = {0};
    assert_status(KITH_ERR_IO, mhd_library_open("libnowhere.so.12", &mhd, &err));
    assert_non_null(strstr(err.message, "a server needs libmicrohttpd, which cannot be loaded: "));
    assert_non_null(strstr(err.message, "libnowhere.so.12"));
    assert_null(mhd.start_daemon);
}

static void a_library_that_lacks_a_function_is_refused_with_its_name(void **state)
{
    (void)state;
    mhd_library mhd = {0};
    kith_error err = {0};
    assert_status(KITH_ERR_IO, mhd_library_open("libm.so.6", &mhd, &err));
    assert_non_null(strstr(err.message, "MHD_start_daemon"));
    assert_null(mhd.start_daemon);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_that_was_built_against_has_every_function),
        cmocka_unit_test(a_library_that_is_missing_is_named),
        cmocka_unit_test(a_library_that_lacks_a_function_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
