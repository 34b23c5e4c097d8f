/* test_lib_keys.c - keys through the public interface: made once, found by their text, removed. */
#include "test.h"

#include "scratch.h"

#include <kith/catalog.h>
#include <kith/keys.h>

static kith *open_at(const char *directory)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(directory, NULL, &k, &err));
    return k;
}

static void close_all(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

static kith_keys *list(kith *k)
{
    kith_error err = {0};
    kith_keys *keys = NULL;
    assert_ok(kith_keys_list(k, &keys, &err));
    return keys;
}

static void a_key_is_found_by_its_text_and_by_no_other(void **state)
{
    kith *k = open_at(*state);
    kith_error err = {0};
    char first[KITH_KEY_TEXT_BYTES], second[KITH_KEY_TEXT_BYTES];
    kith_key_options options = {.size = sizeof options, .scope = KITH_KEY_WRITE};
    assert_ok(kith_key_create(k, "one", &options, first, &err));
    assert_ok(kith_key_create(k, "two", NULL, second, &err));
    assert_int_equal(strlen(first), KITH_KEY_TEXT_BYTES - 1);
    assert_memory_equal(first, "kith_", 5);
    assert_string_not_equal(first, second);

    kith_keys *keys = list(k);
    assert_int_equal(keys->count, 2);
    const kith_key *found = kith_keys_find(keys, first, strlen(first));
    assert_non_null(found);
    assert_string_equal(found->name, "one");
    assert_int_equal(found->scope, KITH_KEY_WRITE);
    assert_null(found->tenant);
    found = kith_keys_find(keys, second, strlen(second));
    assert_string_equal(found->name, "two");
    assert_int_equal(found->scope, KITH_KEY_READ);
    first[20] ^= 1;
    assert_null(kith_keys_find(keys, first, strlen(first)));
    assert_null(kith_keys_find(keys, second, strlen(second) - 1));
    assert_null(kith_keys_find(keys, "", 0));
    assert_null(kith_keys_find(keys, (const char *)keys->keys[0].hash, KITH_KEY_HASH_BYTES));
    kith_keys_free(keys);
    close_all(k);
}

static void what_is_stored_is_the_sha256_of_the_text(void **state)
{
    kith *k = open_at(*state);
    kith_error err = {0};
    char key[KITH_KEY_TEXT_BYTES], command[256], expected[65] = "", actual[65];
    assert_ok(kith_key_create(k, "one", NULL, key, &err));
    (void)snprintf(command, sizeof command, "printf %%s %s | sha256sum", key);
    FILE *tool = popen(command, "r");
    assert_non_null(tool);
    assert_int_equal(fread(expected, 1, 64, tool), 64);
    assert_int_equal(pclose(tool), 0);
    kith_keys *keys = list(k);
    for (size_t i = 0; i < KITH_KEY_HASH_BYTES; i++)
        (void)snprintf(actual + 2 * i, 3, "%02x", keys->keys[0].hash[i]);
    assert_string_equal(actual, expected);
    kith_keys_free(keys);
    close_all(k);
}

static void what_a_key_is_for_is_completed_and_kept(void **state)
{
    kith *k = open_at(*state);
    kith_error err = {0};
    char key[KITH_KEY_TEXT_BYTES];
    kith_key_options options = {.collection = "notes"};
    assert_ok(kith_key_create(k, "a", &options, key, &err));
    options = (kith_key_options){.database = "prod"};
    assert_ok(kith_key_create(k, "b", &options, key, &err));
    options = (kith_key_options){.tenant = "acme", .scope = KITH_KEY_ADMIN};
    assert_ok(kith_key_create(k, "c", &options, key, &err));
    close_all(k);

    k = open_at(*state);
    kith_keys *keys = list(k);
    assert_int_equal(keys->count, 3);
    assert_string_equal(keys->keys[0].tenant, KITH_DEFAULT_TENANT);
    assert_string_equal(keys->keys[0].database, KITH_DEFAULT_DATABASE);
    assert_string_equal(keys->keys[0].collection, "notes");
    assert_string_equal(keys->keys[1].tenant, KITH_DEFAULT_TENANT);
    assert_string_equal(keys->keys[1].database, "prod");
    assert_null(keys->keys[1].collection);
    assert_string_equal(keys->keys[2].tenant, "acme");
    assert_null(keys->keys[2].database);
    assert_true(keys->keys[2].created_ms > 1700000000000);
    kith_keys_free(keys);
    close_all(k);
}

static void a_removed_key_is_gone_and_its_name_free(void **state)
{
    kith *k = open_at(*state);
    kith_error err = {0};
    char first[KITH_KEY_TEXT_BYTES], again[KITH_KEY_TEXT_BYTES];
    assert_ok(kith_key_create(k, "one", NULL, first, &err));
    assert_status(KITH_ERR_EXISTS, kith_key_create(k, "one", NULL, again, &err));
    assert_ok(kith_key_delete(k, "one", &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_key_delete(k, "one", &err));
    assert_ok(kith_key_create(k, "one", NULL, again, &err));
    kith_keys *keys = list(k);
    assert_null(kith_keys_find(keys, first, strlen(first)));
    assert_non_null(kith_keys_find(keys, again, strlen(again)));
    kith_keys_free(keys);
    close_all(k);
}

static void what_is_not_allowed_is_refused(void **state)
{
    kith *k = open_at(*state);
    kith_error err = {0};
    char key[KITH_KEY_TEXT_BYTES] = "as it was";
    static const char *const names[] = {"", ".a", "a b", "a/b", "\xff"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_status(KITH_ERR_INVALID, kith_key_create(k, names[i], NULL, key, &err));
    const kith_key_options wrong[] = {
        {.scope = (kith_key_scope)3},
        {.scope = KITH_KEY_ADMIN, .collection = "notes"},
        {.tenant = ""},
        {.tenant = "a/b"},
        {.database = "a\nb"},
        {.collection = "not allowed"},
        {.size = 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_status(KITH_ERR_INVALID, kith_key_create(k, "one", &wrong[i], key, &err));
    assert_string_equal(key, "as it was");
    kith_keys *keys = list(k);
    assert_int_equal(keys->count, 0);
    kith_keys_free(keys);
    close_all(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_found_by_its_text_and_by_no_other, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_stored_is_the_sha256_of_the_text, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(what_a_key_is_for_is_completed_and_kept, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_removed_key_is_gone_and_its_name_free, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_allowed_is_refused, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
