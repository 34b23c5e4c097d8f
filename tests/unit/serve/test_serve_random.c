/* test_serve_random.c - what reads a request's head is given whatever bytes there are: it never
 * crashes, and what it gives keeps its promises. The seed is printed. */
#include "test.h"

#include "base/rng.h"
#include "base/utf8.h"
#include "cli/dialects.h"
#include "serve/guard.h"
#include "serve/key_ring.h"
#include "serve/router.h"

enum { ROUNDS = 20000, TEXT_BYTES = 200 };
static const uint64_t seed = 32033;

/* Mostly of pieces that mean something to the readers. */
static view random_text(rng *r, char out[TEXT_BYTES + 1])
{
    static const char *const pieces[] = {
        "/",       "%",      "%2F",          "%00",       "%c3%a9",      "%ff",
        "v1",      "api",    "v2",           "tenants",   "collections", ":",
        "[",       "]",      "::1",          "127.0.0.1", "localhost",   "8000",
        "Bearer ", "Basic ", "dXNlcjphYmM=", "=",         "http://",     "https://",
        "{",       "}",      "...",          " ",         "+",           "&"};
    size_t size = 0;
    for (uint32_t n = rng_below(r, 16); n > 0; n--) {
        const char *piece = pieces[rng_below(r, sizeof pieces / sizeof pieces[0])];
        char byte[2] = {(char)(1 + rng_below(r, 255)), 0};
        if (rng_below(r, 5) == 0) piece = byte;
        size_t length = strlen(piece);
        if (size + length > TEXT_BYTES) break;
        memcpy(out + size, piece, length);
        size += length;
    }
    out[size] = '\0';
    return (view){out, size};
}

static void check_match(const router_match *m)
{
    assert_non_null(m->dialect);
    for (uint32_t i = 0; m->route && i < ROUTE_MAX_CAPTURES && m->captures[i].data; i++) {
        assert_true(m->captures[i].size > 0);
        assert_int_equal(strlen(m->captures[i].data), m->captures[i].size);
        assert_true(utf8_is_valid(m->captures[i]));
    }
    assert_true(!m->route || !m->allow[0]);
}

static void any_path_is_matched_or_refused(void **state)
{
    (void)state;
    rng r = {seed};
    print_message("seed %llu\n", (unsigned long long)seed);
    router *routes = NULL;
    kith_error err = {0};
    assert_ok(router_new(dialect_table, &routes, &err));
    arena memory;
    arena_init(&memory, 0);
    char text[TEXT_BYTES + 1];
    for (int i = 0; i < ROUNDS; i++) {
        router_match m;
        view path = random_text(&r, text);
        kith_status status = router_find(routes, VIEW("GET"), path, &memory, &m, &err);
        assert_true(status == KITH_OK || status == KITH_ERR_INVALID);
        check_match(&m);
        view decoded = {NULL, 0};
        if (percent_decode(path, true, &memory, &decoded)) {
            assert_true(utf8_is_valid(decoded));
            assert_int_equal(strlen(decoded.data), decoded.size);
        }
        arena_reset(&memory);
    }
    arena_done(&memory);
    router_free(routes);
}

static void any_header_is_read_or_refused(void **state)
{
    (void)state;
    static const char *const allowed[] = {"kith.example", "[::2]:90", "", ":", NULL};
    static const char *const origins[] = {"https://app.example", "", NULL};
    rng r = {seed + 1};
    arena memory;
    arena_init(&memory, 0);
    char one[TEXT_BYTES + 1], two[TEXT_BYTES + 1];
    guard g = {.host = "::", .port = 8000, .allowed = allowed, .origins = origins};
    for (int i = 0; i < ROUNDS; i++) {
        view first = random_text(&r, one), second = random_text(&r, two);
        (void)guard_host(&g, first);
        (void)guard_origin_of(&g, first, second);
        view credential = credential_of(first, second, &memory);
        assert_true(credential.size <= TEXT_BYTES);
        arena_reset(&memory);
    }
    arena_done(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_path_is_matched_or_refused),
        cmocka_unit_test(any_header_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
