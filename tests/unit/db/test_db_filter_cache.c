/* Tests of the kept filters: what is found is what was kept, as bits and as a list, whichever was asked for longest ago goes
 * first, and only few rows are a list. */
#include "test.h"

#include "base/rng.h"
#include "db/filter_cache.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 1000 };

static bitset *rows_of(uint64_t seed, uint32_t one_in)
{
    rng random = {seed};
    bitset *rows = bitset_new(ROWS);
    assert_non_null(rows);
    for (uint32_t row = 0; row < ROWS; row++)
        if (rng_below(&random, one_in) == 0) bitset_set(rows, row);
    return rows;
}

static view text_of(uint32_t n, char out[16])
{
    (void)snprintf(out, 16, "filter %u", n);
    return view_of(out);
}

static void assert_equal_rows(const bitset *kept, const bitset *found)
{
    assert_non_null(found);
    assert_int_equal(found->count, kept->count);
    for (uint32_t row = 0; row < kept->count; row++)
        assert_int_equal(bitset_has(found, row), bitset_has(kept, row));
}

static void a_filter_is_found_as_bits_and_as_a_list(void **state)
{
    (void)state;
    filter_cache cache;
    filter_cache_init(&cache);
    bitset *kept = rows_of(1, 20);
    filter_cache_keep(&cache, VIEW("a"), kept);
    const size_t before = filter_cache_bytes(&cache);
    for (int time = 0; time < 2; time++) {
        uint32_t count = 0, at = 0;
        uint32_t *listed = filter_cache_find_list(&cache, VIEW("a"), &count);
        assert_non_null(listed);
        for (uint32_t row = 0; row < ROWS; row++)
            if (bitset_has(kept, row)) assert_int_equal(listed[at++], row);
        assert_int_equal(at, count);
        assert_int_equal(filter_cache_bytes(&cache), before);
        free(listed);
    }
    bitset *found = filter_cache_find(&cache, VIEW("a"));
    assert_equal_rows(kept, found);
    bitset_free(found);
    bitset_free(kept);
    filter_cache_done(&cache);
}

static void no_rows_are_an_empty_list(void **state)
{
    (void)state;
    filter_cache cache;
    uint32_t count = 7;
    filter_cache_init(&cache);
    bitset *none = bitset_new(ROWS);
    filter_cache_keep(&cache, VIEW("none"), none);
    uint32_t *listed = filter_cache_find_list(&cache, VIEW("none"), &count);
    assert_non_null(listed);
    assert_int_equal(count, 0);
    free(listed);
    bitset_free(none);
    filter_cache_done(&cache);
}

static void many_rows_are_no_list_and_neither_is_what_was_not_kept(void **state)
{
    (void)state;
    filter_cache cache;
    uint32_t count = 7;
    filter_cache_init(&cache);
    bitset *half = rows_of(2, 2);
    filter_cache_keep(&cache, VIEW("half"), half);
    assert_null(filter_cache_find_list(&cache, VIEW("half"), &count));
    assert_null(filter_cache_find_list(&cache, VIEW("other"), &count));
    assert_null(filter_cache_find(&cache, VIEW("other")));
    assert_int_equal(count, 7);
    bitset_free(half);
    filter_cache_done(&cache);
}

static void what_was_asked_for_longest_ago_goes_first(void **state)
{
    (void)state;
    char text[16];
    filter_cache cache;
    uint32_t count;
    filter_cache_init(&cache);
    bitset *rows = rows_of(3, 50);
    for (uint32_t i = 0; i < FILTER_CACHE_SLOTS; i++)
        filter_cache_keep(&cache, text_of(i, text), rows);
    free(filter_cache_find_list(&cache, text_of(0, text), &count)); // now 1 is the oldest
    filter_cache_keep(&cache, VIEW("new"), rows);
    bitset *first = filter_cache_find(&cache, text_of(0, text));
    assert_equal_rows(rows, first);
    assert_null(filter_cache_find(&cache, text_of(1, text)));
    bitset_free(first);
    bitset_free(rows);
    filter_cache_done(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_is_found_as_bits_and_as_a_list),
        cmocka_unit_test(no_rows_are_an_empty_list),
        cmocka_unit_test(many_rows_are_no_list_and_neither_is_what_was_not_kept),
        cmocka_unit_test(what_was_asked_for_longest_ago_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
