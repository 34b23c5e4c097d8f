/* test_serve_key_ring.c - keys in memory, and what a request gives as its key. */
#include "test.h"

#include "base/base64.h"
#include "scratch.h"
#include "serve/key_ring.h"

static char key[KITH_KEY_TEXT_BYTES];

static bool finds(key_ring *r, const char *text)
{
    arena memory;
    kith_key found;
    arena_init(&memory, 0);
    bool is_there = key_ring_find(r, view_of(text), &memory, &found);
    arena_done(&memory);
    return is_there;
}

static void keys_are_read_again_and_a_ring_that_had_one_stays_closed(void **state)
{
    kith *k = NULL;
    key_ring *r = NULL;
    kith_error err = {0};
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_ok(key_ring_new(k, &r, &err));
    assert_false(key_ring_is_closed(r));
    assert_ok(kith_key_create(k, "one", NULL, key, &err));
    assert_false(finds(r, key));
    assert_ok(key_ring_refresh(r, &err));
    assert_true(key_ring_is_closed(r));
    assert_true(finds(r, key));
    assert_false(finds(r, "kith_"));
    assert_ok(kith_key_delete(k, "one", &err));
    assert_ok(key_ring_refresh(r, &err));
    assert_false(finds(r, key));
    assert_true(key_ring_is_closed(r));
    key_ring_free(r);
    assert_ok(kith_close(k, &err));
}

static void what_is_found_is_copied(void **state)
{
    kith *k = NULL;
    key_ring *r = NULL;
    kith_error err = {0};
    arena memory;
    arena_init(&memory, 0);
    const kith_key_options options = {.scope = KITH_KEY_WRITE, .collection = "notes"};
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_ok(kith_key_create(k, "one", &options, key, &err));
    assert_ok(key_ring_new(k, &r, &err));
    kith_key found = {0};
    assert_true(key_ring_find(r, view_of(key), &memory, &found));
    key_ring_free(r);
    assert_string_equal(found.name, "one");
    assert_int_equal(found.scope, KITH_KEY_WRITE);
    assert_string_equal(found.tenant, "default_tenant");
    assert_string_equal(found.collection, "notes");
    arena_done(&memory);
    assert_ok(kith_close(k, &err));
}

typedef struct credential_case {
    const char *token, *authorization, *expected;
} credential_case;

static void a_credential_is_read_from_either_header(void **state)
{
    (void)state;
    static const credential_case cases[] = {
        {NULL, NULL, ""},
        {"abc", NULL, "abc"},
        {"Bearer abc", NULL, "abc"},
        {NULL, "Bearer abc", "abc"},
        {NULL, "bearer  abc ", "abc"},
        {"abc", "Bearer def", "abc"},
        {"", "Bearer def", "def"},
        {NULL, "Basic dXNlcjphYmM=", "abc"},       // user:abc
        {NULL, "BASIC OmFiYw==", "abc"},           // :abc
        {NULL, "Basic dXNlcjphOmI6Yw==", "a:b:c"}, // user:a:b:c
        {NULL, "Basic dXNlcg==", ""},              // user
        {NULL, "Basic dXNlcjo=", ""},              // user:
        {NULL, "Basic !!!!", ""},
        {NULL, "Basic", ""},
        {NULL, "Bearer", ""},
        {NULL, "Bearerabc", ""},
        {NULL, "Digest abc", ""},
        {NULL, "abc", ""},
    };
    arena memory;
    arena_init(&memory, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        view found =
            credential_of(view_of(cases[i].token), view_of(cases[i].authorization), &memory);
        if (!view_equal(found, view_of(cases[i].expected)))
            fail_msg("case %zu: got '%.*s'", i, VIEW_ARG(found));
    }
    arena_done(&memory);
}

static void a_credential_that_is_too_long_is_none(void **state)
{
    (void)state;
    arena memory;
    arena_init(&memory, 0);
    char *text = malloc(4097);
    assert_non_null(text);
    memset(text, 'a', 4097);
    assert_int_equal(credential_of((view){text, 4096}, (view){NULL, 0}, &memory).size, 4096);
    assert_int_equal(credential_of((view){text, 4097}, (view){NULL, 0}, &memory).size, 0);
    free(text);
    arena_done(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_read_again_and_a_ring_that_had_one_stays_closed,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_found_is_copied, scratch_setup, scratch_teardown),
        cmocka_unit_test(a_credential_is_read_from_either_header),
        cmocka_unit_test(a_credential_that_is_too_long_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
