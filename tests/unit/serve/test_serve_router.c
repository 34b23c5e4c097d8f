/* test_serve_router.c - which route a path finds, what it captures, and what is refused. */
#include "test.h"

#include "serve/router.h"

static void handle(serve_call *call)
{
    (void)call;
}

#define ROUTE(method, path)                                                                        \
    {                                                                                              \
        method, path, SCOPE_READ, BODY_NONE, 0, handle, path                                       \
    }

static const route first_routes[] = {
    ROUTE("GET", "/api"),
    ROUTE("GET", "/api/tenants/{tenant}"),
    ROUTE("GET", "/api/tenants/{tenant}/databases/{database}"),
    ROUTE("POST", "/api/tenants/{tenant}/databases/{database}"),
    ROUTE("DELETE", "/api/tenants/{tenant}/databases/{database}"),
    ROUTE("GET", "/api/tenants/special"),
    ROUTE("GET", "/api/files/{path...}"),
    ROUTE("GET", "/api/files/{name}/size"),
};
static const route second_routes[] = {
    ROUTE("GET", "/"),
    ROUTE("POST", "/api/deep/thing"),
};
static const dialect first = {.name = "first",
                              .prefix = "/api",
                              .routes = first_routes,
                              .route_count = sizeof first_routes / sizeof first_routes[0]};
static const dialect second = {.name = "second",
                               .prefix = "/api/deep",
                               .routes = second_routes,
                               .route_count = sizeof second_routes / sizeof second_routes[0]};
static const dialect *const both[] = {&first, &second, NULL};

typedef struct found {
    router *router;
    arena memory;
    router_match match;
} found;

static int set_up(void **state)
{
    static found f;
    kith_error err = {0};
    f = (found){0};
    arena_init(&f.memory, 0);
    assert_ok(router_new(both, &f.router, &err));
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    found *f = *state;
    router_free(f->router);
    arena_done(&f->memory);
    return 0;
}

static const char *find(found *f, const char *method, const char *path)
{
    kith_error err = {0};
    assert_ok(router_find(f->router, view_of(method), view_of(path), &f->memory, &f->match, &err));
    return f->match.route ? f->match.route->path : NULL;
}

static void a_path_finds_its_route_and_the_segments_are_captured_decoded(void **state)
{
    found *f = *state;
    assert_string_equal(find(f, "GET", "/api"), "/api");
    assert_string_equal(find(f, "POST", "/api/tenants/a%20b/databases/c%2Fd%C3%A9"),
                        "/api/tenants/{tenant}/databases/{database}");
    assert_string_equal(f->match.captures[0].data, "a b");
    assert_string_equal(f->match.captures[1].data, "c/d\xc3\xa9");
    assert_string_equal(f->match.route->method, "POST");
    assert_ptr_equal(f->match.dialect, &first);
    assert_string_equal(find(f, "GET", "/"), "/");
    assert_ptr_equal(f->match.dialect, &second);
    assert_string_equal(find(f, "GET", "/%61pi"), "/api");
}

static void a_literal_is_preferred_to_a_capture_wherever_it_stands(void **state)
{
    found *f = *state;
    assert_string_equal(find(f, "GET", "/api/tenants/special"), "/api/tenants/special");
    assert_string_equal(find(f, "GET", "/api/tenants/other"), "/api/tenants/{tenant}");
    assert_string_equal(find(f, "GET", "/api/files/a/size"), "/api/files/{name}/size");
    assert_string_equal(find(f, "GET", "/api/files/a/b/c%20d"), "/api/files/{path...}");
    assert_string_equal(f->match.captures[0].data, "a/b/c d");
}

static void what_is_nobodys_finds_nothing(void **state)
{
    found *f = *state;
    static const char *const paths[] = {"/apis",
                                        "/api/",
                                        "//api",
                                        "/api/tenants/",
                                        "/api/files/",
                                        "/api/tenants/a/databases",
                                        "/a/b/c",
                                        "/API",
                                        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/a/b/"
                                        "c/d/e/f/g/h/i/j/k"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_null(find(f, "GET", paths[i]));
        assert_string_equal(f->match.allow, "");
    }
}

static void a_failure_belongs_to_the_dialect_with_the_longest_prefix(void **state)
{
    found *f = *state;
    assert_null(find(f, "GET", "/api/deep/other"));
    assert_ptr_equal(f->match.dialect, &second);
    assert_null(find(f, "GET", "/api/deeper"));
    assert_ptr_equal(f->match.dialect, &first);
    assert_null(find(f, "GET", "/elsewhere"));
    assert_ptr_equal(f->match.dialect, &first);
}

static void another_method_is_told_which_there_are(void **state)
{
    found *f = *state;
    assert_null(find(f, "PUT", "/api/tenants/a/databases/b"));
    assert_string_equal(f->match.allow, "GET, HEAD, POST, DELETE");
    assert_null(find(f, "get", "/api"));
    assert_string_equal(f->match.allow, "GET, HEAD");
}

static void head_finds_the_route_of_get(void **state)
{
    found *f = *state;
    assert_string_equal(find(f, "HEAD", "/api"), "/api");
    assert_null(find(f, "HEAD", "/api/deep/thing"));
    assert_string_equal(f->match.allow, "POST");
}

static void a_malformed_escape_is_refused(void **state)
{
    found *f = *state;
    static const char *const paths[] = {"/api/tenants/%",
                                        "/api/tenants/%4",
                                        "/api/tenants/%zz",
                                        "/api/tenants/%00",
                                        "/api/tenants/%ff",
                                        "/api/tenants/%c3%28",
                                        "api",
                                        "*",
                                        ""};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        kith_error err = {0};
        assert_status(KITH_ERR_INVALID, router_find(f->router, VIEW("GET"), view_of(paths[i]),
                                                    &f->memory, &f->match, &err));
        assert_non_null(f->match.dialect);
    }
}

static void captures_are_found_by_name(void **state)
{
    (void)state;
    uint32_t index = 9;
    assert_true(route_capture("/api/tenants/{tenant}/databases/{database}", "database", &index));
    assert_int_equal(index, 1);
    assert_true(route_capture("/x/{path...}", "path", &index));
    assert_int_equal(index, 0);
    assert_false(route_capture("/api/tenant/database", "tenant", &index));
}

static void a_wrong_table_is_refused(void **state)
{
    (void)state;
    static const route wrong[][2] = {
        {ROUTE("GET", "/a/{x}/b"), ROUTE("GET", "/a/{y}/b")},
        {ROUTE("GET", "/a"), {"GET", "/b", SCOPE_UNSET, BODY_NONE, 0, handle, "b"}},
        {ROUTE("GET", "/a"), {"GET", "/b", SCOPE_READ, BODY_NONE, 0, NULL, "b"}},
        {ROUTE("GET", "/a"), {"GET", "/b", SCOPE_READ, BODY_NONE, 0, handle, ""}},
        {ROUTE("GET", "/a"), ROUTE("GET", "b")},
        {ROUTE("GET", "/a"), ROUTE("GET", "/{a...}/b")},
        {ROUTE("GET", "/a"), ROUTE("GET", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}")},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        dialect d = {.name = "d", .prefix = "/", .routes = wrong[i], .route_count = 2};
        const dialect *const dialects[] = {&d, NULL};
        router *r = NULL;
        kith_error err = {0};
        assert_status(KITH_ERR_INVALID, router_new(dialects, &r, &err));
        assert_null(r);
    }
    // The same path by another method, and paths that differ in a literal, are two routes.
    static const route right[] = {ROUTE("GET", "/a/{x}"), ROUTE("PUT", "/a/{x}"),
                                  ROUTE("GET", "/b/{x}"), ROUTE("GET", "/a/{x}/{y}")};
    dialect d = {.name = "d", .prefix = "/", .routes = right, .route_count = 4};
    const dialect *const dialects[] = {&d, NULL};
    router *r = NULL;
    kith_error err = {0};
    assert_ok(router_new(dialects, &r, &err));
    assert_int_equal(router_count(r), 4);
    router_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_path_finds_its_route_and_the_segments_are_captured_decoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_literal_is_preferred_to_a_capture_wherever_it_stands,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_nobodys_finds_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_belongs_to_the_dialect_with_the_longest_prefix,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_method_is_told_which_there_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(head_finds_the_route_of_get, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_malformed_escape_is_refused, set_up, tear_down),
        cmocka_unit_test(captures_are_found_by_name),
        cmocka_unit_test(a_wrong_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
