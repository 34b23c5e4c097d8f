/* test_serve_routes.c - the tables of all dialects together: what every route has to have. */
#include "test.h"

#include "cli/dialects.h"
#include "serve/control.h"
#include "serve/router.h"

#include <ctype.h>

static void the_dialects_make_one_router(void **state)
{
    (void)state;
    const dialect *all[16] = {0};
    size_t count = 0;
    for (; dialect_table[count]; count++)
        all[count] = dialect_table[count];
    all[count] = &control_dialect;
    router *r = NULL;
    kith_error err = {0};
    assert_ok(router_new(all, &r, &err)); // scope, summary, handler; no two are equal
    assert_true(router_count(r) > 0);
    router_free(r);
}

static void check_route(const dialect *d, const route *r)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    bool is_known = false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        is_known |= strcmp(methods[i], r->method) == 0;
    if (!is_known) fail_msg("%s: %s %s has no method of ours", d->name, r->method, r->path);
    if (r->scope < SCOPE_PUBLIC || r->scope > SCOPE_ADMIN)
        fail_msg("%s: %s %s has no scope", d->name, r->method, r->path);
    if (!r->summary || !islower((unsigned char)r->summary[0]))
        fail_msg("%s: %s %s has no summary in lower case", d->name, r->method, r->path);
    // What is gone is told to everybody, by any method, and nothing is changed by it.
    if (strcmp(d->name, "chroma_v1") == 0) return;
    // Whoever may only read may not change anything by a method that is for that.
    bool changes = strcmp(r->method, "PUT") == 0 || strcmp(r->method, "PATCH") == 0 ||
                   strcmp(r->method, "DELETE") == 0;
    if (changes && r->scope < SCOPE_WRITE)
        fail_msg("%s: %s %s changes something by a key for reading", d->name, r->method, r->path);
    if (r->scope == SCOPE_PUBLIC && strcmp(r->method, "GET") != 0)
        fail_msg("%s: %s %s needs no key", d->name, r->method, r->path);
    if (strcmp(r->method, "GET") == 0 && r->body != BODY_NONE)
        fail_msg("%s: GET %s takes a body", d->name, r->path);
    // In the metrics a path stands between quotes.
    if (strpbrk(r->path, "\"\\\n")) fail_msg("%s: '%s' needs escapes", d->name, r->path);
}

static void every_route_says_what_it_needs(void **state)
{
    (void)state;
    for (const dialect *const *d = dialect_table; *d; d++) {
        assert_non_null((*d)->fail);
        assert_int_equal((*d)->prefix[0], '/');
        for (uint32_t i = 0; i < (*d)->route_count; i++)
            check_route(*d, &(*d)->routes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dialects_make_one_router),
        cmocka_unit_test(every_route_says_what_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
