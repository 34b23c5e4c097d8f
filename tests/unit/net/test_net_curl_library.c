/* curl_library_open: what a system without libcurl, or with another library of its name, is told. */
#include "test.h"

#include "net/curl_library.h"

static void the_library_that_was_built_against_has_every_function(void **state)
{
    (void)state;
    curl_library curl;
    kith_error err = {0};
    assert_status(KITH_OK, curl_library_open(CURL_LIBRARY_NAME, &curl, &err));
    assert_non_null(curl.global_init);
    assert_non_null(curl.multi_cleanup);
    assert_string_equal(curl.easy_strerror(CURLE_OK), "No error");
}

static void a_library_that_is_missing_is_named(void **state)
{
    (void)state;
    curl_library curl = {0};
    kith_error err = {0};
    assert_status(KITH_ERR_IO, curl_library_open("libnowhere.so.4", &curl, &err));
    assert_non_null(strstr(err.message, "requests need libcurl, which cannot be loaded: "));
    assert_non_null(strstr(err.message, "libnowhere.so.4"));
    assert_null(curl.global_init);
}

static void a_library_that_lacks_a_function_is_refused_with_its_name(void **state)
{
    (void)state;
    curl_library curl = {0};
    kith_error err = {0};
    assert_status(KITH_ERR_IO, curl_library_open("libm.so.6", &curl, &err));
    assert_non_null(strstr(err.message, "curl_global_init"));
    assert_null(curl.global_init);
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
