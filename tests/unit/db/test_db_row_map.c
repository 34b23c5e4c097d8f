/* Tests of the row map against an array. */
#include "test.h"

#include "base/rng.h"
#include "db/row_map.h"

enum { ROWS = 5000 };

static void the_newest_row_of_each_key_is_found(void **state)
{
    (void)state;
    rng r = {5};
    row_map m = {0};
    uint32_t expected[ROWS + 1] = {0}, row = 0;
    assert_false(row_map_get(&m, 1, &row));
    for (uint32_t step = 1; step < 40000; step++) {
        uint64_t key = 1 + rng_below(&r, ROWS);
        assert_int_equal(row_map_put(&m, key * 0x100000001u, step), KITH_OK);
        expected[key] = step;
    }
    for (uint64_t key = 1; key <= ROWS; key++) {
        assert_int_equal(row_map_get(&m, key * 0x100000001u, &row), expected[key] != 0);
        if (expected[key]) assert_int_equal(row, expected[key]);
    }
    row_map_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_newest_row_of_each_key_is_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
