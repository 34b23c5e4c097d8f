/* Tests of the row map against an array. */
#include "test.h"

#include "base/rng.h"
#include "db/row_map.h"

enum { ROWS = 5000 };

static void the_newest_row_of_each_key_is_found(void **state)
{
    (void)state;
    kith_error err;
    rng r = {5};
    row_map m = {0};
    assert_ok(row_map_check(&m, &err));
    uint32_t expected[ROWS + 1] = {0}, row = 0;
    assert_false(row_map_get(&m, 1, &row));
    for (uint32_t step = 1; step < 40000; step++) {
        uint64_t key = 1 + rng_below(&r, ROWS);
        assert_int_equal(row_map_put(&m, key * 0x100000001u, step), KITH_OK);
        expected[key] = step;
        if (step % 4000 == 0) assert_ok(row_map_check(&m, &err));
    }
    assert_ok(row_map_check(&m, &err));
    for (uint64_t key = 1; key <= ROWS; key++) {
        assert_int_equal(row_map_get(&m, key * 0x100000001u, &row), expected[key] != 0);
        if (expected[key]) assert_int_equal(row, expected[key]);
    }
    row_map_done(&m);
}

static uint32_t used_slot(const row_map *m)
{
    uint32_t slot = 0;
    while (m->keys[slot] == 0)
        slot++;
    return slot;
}

static void a_check_finds_keys_that_are_lost_doubled_or_miscounted(void **state)
{
    (void)state;
    kith_error err;
    row_map m = {0};
    for (uint64_t key = 1; key <= 100; key++)
        assert_int_equal(row_map_put(&m, key, (uint32_t)key), KITH_OK);
    uint32_t slot = used_slot(&m), next = (slot + 1) & (m.slots - 1);
    uint64_t key = m.keys[slot];

    m.count++;
    assert_status(KITH_ERR_CORRUPT, row_map_check(&m, &err));
    m.count--;

    m.keys[slot] = 0;
    assert_status(KITH_ERR_CORRUPT, row_map_check(&m, &err));
    m.keys[slot] = key;

    uint64_t other = m.keys[next];
    m.keys[next] = key;
    assert_status(KITH_ERR_CORRUPT, row_map_check(&m, &err));
    m.keys[next] = other;

    assert_ok(row_map_check(&m, &err));
    row_map_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_row_of_each_key_is_found),
        cmocka_unit_test(a_check_finds_keys_that_are_lost_doubled_or_miscounted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
