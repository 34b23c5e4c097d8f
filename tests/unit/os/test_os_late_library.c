/* curl_library_open and mhd_library_open: what a system without libcurl or libmicrohttpd, or with
 * another library of their names, is told. */
#include "test.h"

#include "net/curl_library.h"
#include "net/mhd_library.h"

static void the_libraries_that_were_built_against_have_every_function(void **state)
{
    (void)state;
    curl_library curl;
    mhd_library mhd;
    kith_error err = {0};
    assert_ok(curl_library_open(CURL_LIBRARY_NAME, &curl, &err));
    assert_non_null(curl.global_init);
    assert_non_null(curl.multi_cleanup);
    assert_string_equal(curl.easy_strerror(CURLE_OK), "No error");
    assert_ok(mhd_library_open(MHD_LIBRARY_NAME, &mhd, &err));
    assert_non_null(mhd.start_daemon);
    assert_non_null(mhd.destroy_response);
}

/* Both are refused with a message that names the library and has the part for each, and nothing is
 * written. */
static void expect_refused(const char *name, const char *of_curl, const char *of_mhd)
{
    curl_library curl = {0};
    mhd_library mhd = {0};
    kith_error err = {0};
    assert_status(KITH_ERR_IO, curl_library_open(name, &curl, &err));
    assert_non_null(strstr(err.message, of_curl));
    assert_non_null(strstr(err.message, name));
    assert_null(curl.global_init);
    assert_status(KITH_ERR_IO, mhd_library_open(name, &mhd, &err));
    assert_non_null(strstr(err.message, of_mhd));
    assert_non_null(strstr(err.message, name));
    assert_null(mhd.start_daemon);
}

static void a_library_that_is_missing_is_named(void **state)
{
    (void)state;
    expect_refused("libnowhere.so.4", "requests need libcurl, which cannot be loaded: ",
                   "a server needs libmicrohttpd, which cannot be loaded: ");
}

static void a_library_that_lacks_a_function_is_refused_with_its_name(void **state)
{
    (void)state;
    expect_refused("libm.so.6", "curl_global_init", "MHD_start_daemon");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_libraries_that_were_built_against_have_every_function),
        cmocka_unit_test(a_library_that_is_missing_is_named),
        cmocka_unit_test(a_library_that_lacks_a_function_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
