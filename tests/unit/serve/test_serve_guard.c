/* test_serve_guard.c - which Host and Origin a request may carry. */
#include "test.h"

#include "serve/guard.h"

static bool allows(const guard *g, const char *host)
{
    return guard_host(g, view_of(host));
}

static void on_loopback_only_loopback_names_with_our_port_are_ours(void **state)
{
    (void)state;
    guard g = {.host = "127.0.0.1", .port = 8000};
    static const char *const ours[] = {"127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000",
                                       "[::1]:8000", "127.0.0.2:8000"};
    static const char *const others[] = {"evil.example:8000",
                                         "localhost:8001",
                                         "localhost",
                                         "127.0.0.1",
                                         "192.168.1.7:8000",
                                         "",
                                         ":8000",
                                         "[::1",
                                         "[::1]x:8000",
                                         "localhost.evil.example:8000",
                                         "127.0.0.1.evil.example:8000",
                                         "localhost:08000",
                                         "localhost:8000:8000",
                                         "[evil.example]:8000"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        assert_true(allows(&g, ours[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (allows(&g, others[i])) fail_msg("'%s' was taken for ours", others[i]);
}

static void without_a_port_in_the_header_the_schemes_port_is_meant(void **state)
{
    (void)state;
    guard g = {.host = "127.0.0.1", .port = 80};
    assert_true(allows(&g, "localhost"));
    g.port = 443;
    assert_true(allows(&g, "localhost"));
}

static void a_server_on_all_addresses_is_called_by_any_address_but_by_no_name(void **state)
{
    (void)state;
    guard g = {.host = "0.0.0.0", .port = 8000};
    assert_true(allows(&g, "192.168.1.7:8000"));
    assert_true(allows(&g, "[fe80::1]:8000"));
    assert_false(allows(&g, "192.168.1.7:8001"));
    assert_false(allows(&g, "kith.example:8000"));
    g.host = "::";
    assert_true(allows(&g, "192.168.1.7:8000"));
}

static void a_named_host_and_those_that_are_allowed_are_ours(void **state)
{
    (void)state;
    static const char *const allowed[] = {"kith.example", "other.example:9000", NULL};
    guard g = {.host = "box.example", .port = 8000, .allowed = allowed};
    assert_true(allows(&g, "box.example:8000"));
    assert_true(allows(&g, "kith.example"));
    assert_true(allows(&g, "Kith.Example:1234"));
    assert_true(allows(&g, "other.example:9000"));
    assert_false(allows(&g, "other.example:9001"));
    assert_false(allows(&g, "other.example"));
    assert_false(allows(&g, "sub.kith.example"));
    assert_false(allows(&g, "192.168.1.7:8000"));
}

static guard_origin origin(const guard *g, const char *from, const char *host)
{
    return guard_origin_of(g, view_of(from), view_of(host));
}

static void an_origin_is_ours_listed_or_foreign(void **state)
{
    (void)state;
    static const char *const listed[] = {"https://app.example", NULL};
    guard g = {.host = "127.0.0.1", .port = 8000, .origins = listed};
    assert_int_equal(origin(&g, NULL, "localhost:8000"), ORIGIN_OURS);
    assert_int_equal(origin(&g, "http://localhost:8000", "localhost:8000"), ORIGIN_OURS);
    assert_int_equal(origin(&g, "https://localhost:8000", "localhost:8000"), ORIGIN_OURS);
    assert_int_equal(origin(&g, "https://app.example", "localhost:8000"), ORIGIN_LISTED);
    assert_int_equal(origin(&g, "http://app.example", "localhost:8000"), ORIGIN_FOREIGN);
    assert_int_equal(origin(&g, "https://app.example.evil", "localhost:8000"), ORIGIN_FOREIGN);
    assert_int_equal(origin(&g, "http://localhost:3000", "localhost:8000"), ORIGIN_FOREIGN);
    assert_int_equal(origin(&g, "null", "localhost:8000"), ORIGIN_FOREIGN);
    assert_int_equal(origin(&g, "", "localhost:8000"), ORIGIN_FOREIGN);
    static const char *const all[] = {"*", NULL};
    g.origins = all;
    assert_int_equal(origin(&g, "null", "localhost:8000"), ORIGIN_LISTED);
}

static void loopback_is_known_by_its_text(void **state)
{
    (void)state;
    assert_true(guard_is_loopback("127.0.0.1") && guard_is_loopback("127.8.9.1"));
    assert_true(guard_is_loopback("::1") && guard_is_loopback("localhost"));
    assert_false(guard_is_loopback("0.0.0.0") || guard_is_loopback("::"));
    assert_false(guard_is_loopback("128.0.0.1") || guard_is_loopback("127.0.0.1.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_loopback_only_loopback_names_with_our_port_are_ours),
        cmocka_unit_test(without_a_port_in_the_header_the_schemes_port_is_meant),
        cmocka_unit_test(a_server_on_all_addresses_is_called_by_any_address_but_by_no_name),
        cmocka_unit_test(a_named_host_and_those_that_are_allowed_are_ours),
        cmocka_unit_test(an_origin_is_ours_listed_or_foreign),
        cmocka_unit_test(loopback_is_known_by_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
