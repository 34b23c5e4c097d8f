/* test_store_access_keys.c - the rows of keys: how many, in which order, and damage. */
#include "fixture.h"

#include "store/access_keys.h"

static const char hashes[] = "0123456789abcdef0123456789abcdefghij";

/* Each letter of the name makes another hash. */
static store_access_key key_of(const char *name)
{
    return (store_access_key){.name = view_of(name),
                              .hash = {hashes + (name[0] - 'a'), STORE_ACCESS_KEY_HASH_BYTES},
                              .scope = 1,
                              .tenant = VIEW("t"),
                              .created_ms = 5};
}

static kith_status create(fixture *f, const char *name, uint32_t max, kith_error *err)
{
    store_access_key key = key_of(name);
    return store_access_key_create(f->store, &key, max, err);
}

static void keys_are_listed_in_order_of_name_as_they_were_given(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_access_key *list = NULL;
    uint32_t count = 0;
    assert_ok(create(f, "b", 10, &err));
    assert_ok(create(f, "a", 10, &err));
    assert_ok(store_access_key_list(f->store, &f->arena, &list, &count, &err));
    assert_int_equal(count, 2);
    assert_true(view_equal(list[0].name, VIEW("a")) && view_equal(list[1].name, VIEW("b")));
    assert_true(view_equal(list[1].hash, key_of("b").hash));
    assert_true(view_equal(list[1].tenant, VIEW("t")));
    assert_null(list[1].database.data);
    assert_int_equal(list[1].scope, 1);
    assert_int_equal(list[1].created_ms, 5);
}

static void there_are_at_most_so_many(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    assert_ok(create(f, "a", 2, &err));
    assert_ok(create(f, "b", 2, &err));
    assert_status(KITH_ERR_LIMIT, create(f, "c", 2, &err));
    assert_non_null(strstr(err.message, "2 keys"));
    assert_ok(store_access_key_delete(f->store, VIEW("a"), &err));
    assert_ok(create(f, "c", 2, &err));
    assert_status(KITH_ERR_LIMIT, create(f, "d", 2, &err));
}

static void a_name_is_taken_once(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    assert_ok(create(f, "a", 10, &err));
    assert_status(KITH_ERR_EXISTS, create(f, "a", 10, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_access_key_delete(f->store, VIEW("b"), &err));
}

/* Whoever can write to the file, but knows nothing of checksums, gives himself no right. */
static void a_row_that_was_changed_is_damage(void **state)
{
    static const char *const changes[] = {
        "UPDATE access_keys SET scope = 2",
        "UPDATE access_keys SET tenant = NULL",
        "UPDATE access_keys SET hash = x'00'",
        "UPDATE access_keys SET collection = 'c'",
    };
    fixture *f = *state;
    kith_error err = {0};
    store_access_key *list = NULL;
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_ok(create(f, "a", 10, &err));
        assert_ok(store_check(f->store, &err));
        run_sql(f, changes[i]);
        assert_status(KITH_ERR_CORRUPT,
                      store_access_key_list(f->store, &f->arena, &list, &count, &err));
        assert_non_null(strstr(err.message, "access_keys: row 'a'"));
        assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
        assert_ok(store_access_key_delete(f->store, VIEW("a"), &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(keys_are_listed_in_order_of_name_as_they_were_given),
        with_store(there_are_at_most_so_many),
        with_store(a_name_is_taken_once),
        with_store(a_row_that_was_changed_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
