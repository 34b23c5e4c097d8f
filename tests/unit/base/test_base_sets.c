/* Tests of map, bitset and top-k against naive models. */
#include "test.h"

#include "base/bitset.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/topk.h"

enum { KEYS = 2000 };

static view key_of(char *out, size_t bytes, uint32_t i)
{
    int length = snprintf(out, bytes, "key %u", i);
    return (view){out, (size_t)length};
}

static void map_agrees_with_an_array_over_random_operations(void **state)
{
    (void)state;
    rng r = {7};
    map *m = map_new();
    bool present[KEYS] = {0};
    uint64_t values[KEYS] = {0};
    uint32_t count = 0;
    for (int step = 0; step < 50000; step++) {
        char text[32];
        uint32_t i = rng_below(&r, KEYS);
        view key = key_of(text, sizeof text, i);
        uint64_t value = 0;
        if (rng_below(&r, 3) == 0) {
            assert_int_equal(map_remove(m, key), present[i]);
            count -= present[i];
            present[i] = false;
        } else {
            assert_int_equal(map_put(m, key, (uint64_t)step), KITH_OK);
            count += !present[i];
            present[i] = true;
            values[i] = (uint64_t)step;
        }
        assert_int_equal(map_count(m), count);
        assert_int_equal(map_get(m, key, &value), present[i]);
        if (present[i]) assert_true(value == values[i]);
        if (step % 100 == 0) assert_null(map_check(m));
    }
    assert_null(map_check(m));
    size_t cursor = 0;
    uint32_t walked = 0;
    view key;
    uint64_t value;
    while (map_next(m, &cursor, &key, &value))
        walked++;
    assert_int_equal(walked, count);
    map_free(m);
}

static void map_entries_may_be_removed_while_it_is_walked(void **state)
{
    (void)state;
    map *m = map_new();
    char text[32];
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(map_put(m, key_of(text, sizeof text, i), i), KITH_OK);
    size_t cursor = 0;
    view key;
    uint64_t value, expected = 0;
    while (map_next(m, &cursor, &key, &value)) {
        assert_true(value == expected++); // in order of insertion
        if (value % 2) assert_true(map_remove(m, key));
    }
    assert_int_equal(expected, 100);
    assert_int_equal(map_count(m), 50);
    assert_null(map_check(m));
    map_free(m);
}

static void map_keys_may_hold_nul_bytes_and_be_empty(void **state)
{
    (void)state;
    map *m = map_new();
    uint64_t value = 0;
    assert_int_equal(map_put(m, (view){"a\0b", 3}, 1), KITH_OK);
    assert_int_equal(map_put(m, (view){"a\0c", 3}, 2), KITH_OK);
    assert_int_equal(map_put(m, (view){NULL, 0}, 3), KITH_OK);
    assert_true(map_get(m, (view){"a\0c", 3}, &value));
    assert_int_equal(value, 2);
    assert_true(map_get(m, (view){"", 0}, &value));
    assert_int_equal(value, 3);
    map_free(m);
}

static void bitset_keeps_the_bits_past_its_count_clear(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 200; count += 7) {
        bitset *b = bitset_new(count);
        bitset_fill(b, true);
        assert_int_equal(bitset_popcount(b), count);
        assert_null(bitset_check(b));
        bitset_not(b);
        assert_int_equal(bitset_popcount(b), 0);
        bitset_not(b);
        assert_null(bitset_check(b));
        assert_int_equal(bitset_popcount(b), count);
        bitset_fill(b, false);
        assert_int_equal(bitset_next(b, 0), count);
        bitset_free(b);
    }
}

static void bitset_check_finds_a_bit_past_the_count(void **state)
{
    (void)state;
    bitset *b = bitset_new(70);
    b->words[1] |= UINT64_C(1) << 6;
    assert_non_null(bitset_check(b));
    bitset_free(b);
}

static void topk_check_finds_a_parent_nearer_than_its_child(void **state)
{
    (void)state;
    hit heap[3] = {{1, 0}, {0.5F, 1}, {2, 2}};
    topk t = {.heap = heap, .k = 3, .count = 3};
    assert_non_null(topk_check(&t));
}

static void bitset_next_walks_exactly_the_set_bits(void **state)
{
    (void)state;
    rng r = {3};
    bitset *b = bitset_new(1000);
    bool expected[1000] = {0};
    for (int i = 0; i < 100; i++) {
        uint32_t bit = rng_below(&r, 1000);
        bitset_set(b, bit);
        expected[bit] = true;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        if (!expected[i]) continue;
        at = bitset_next(b, at);
        assert_int_equal(at++, i);
    }
    assert_int_equal(bitset_next(b, at), 1000);
    bitset_free(b);
}

static int compare(const void *a, const void *b)
{
    const hit *x = a, *y = b;
    return hit_before(*x, *y) ? -1 : hit_before(*y, *x);
}

static void topk_keeps_what_sorting_would_keep_ties_by_id(void **state)
{
    (void)state;
    rng r = {11};
    for (uint32_t k = 0; k <= 40; k += 4) {
        hit all[300], heap[40];
        topk t = {.heap = heap, .k = k};
        for (uint32_t i = 0; i < 300; i++) {
            all[i] = (hit){(float)rng_below(&r, 50), i};
            (void)topk_offer(&t, all[i].distance, all[i].id);
            assert_null(topk_check(&t));
        }
        qsort(all, 300, sizeof *all, compare);
        topk_sort(&t);
        assert_int_equal(t.count, k);
        for (uint32_t i = 0; i < k; i++)
            assert_int_equal(heap[i].id, all[i].id);
    }
}

static uint32_t group_in_test(const void *context, uint32_t id)
{
    return ((const uint32_t *)context)[id];
}

/* The oracle: all candidates, nearest first, each passed over whose group has enough. */
static uint32_t keep_by_sorting(const group_limit *limit, hit *all, uint32_t count, uint32_t k)
{
    uint32_t used[16] = {0}, kept = 0;
    if (limit->taken) memcpy(used, limit->taken, sizeof used);
    qsort(all, count, sizeof *all, compare);
    for (uint32_t i = 0; i < count && kept < k; i++) {
        uint32_t group = group_in_test(limit->context, all[i].id);
        if (group == 0 || used[group]++ < limit->most) all[kept++] = all[i];
    }
    return kept;
}

static void topk_keeps_the_nearest_with_at_most_so_many_of_a_group(void **state)
{
    (void)state;
    enum { COUNT = 300, GROUPS = 15 };
    rng r = {12};
    for (int round = 0; round < 400; round++) {
        hit all[COUNT], heap[60];
        uint32_t of[COUNT], taken[GROUPS + 1];
        const group_limit limit = {.group_of = group_in_test,
                                   .context = of,
                                   .groups = GROUPS,
                                   .most = 1 + rng_below(&r, round % 2 ? 3 : 40),
                                   .taken = round % 3 ? taken : NULL};
        // Half of the rounds have one large group.
        for (uint32_t i = 0; i < COUNT; i++)
            of[i] = round % 4 < 2 && rng_below(&r, 4) ? 1 : rng_below(&r, GROUPS + 1);
        for (uint32_t g = 0; g <= GROUPS; g++)
            taken[g] = g ? rng_below(&r, limit.most + 2) : 0;
        topk t = {.heap = heap, .k = rng_below(&r, 61)};
        t.groups = topk_groups_new(&limit, t.k);
        assert_non_null(t.groups);
        for (uint32_t i = 0; i < COUNT; i++) {
            all[i] = (hit){(float)rng_below(&r, 50), i};
            // What a search does: it skips what the bound excludes.
            if (all[i].distance <= topk_bound(&t)) (void)topk_offer(&t, all[i].distance, i);
            assert_null(topk_check(&t));
        }
        uint32_t expected = keep_by_sorting(&limit, all, COUNT, t.k);
        topk_sort(&t);
        assert_int_equal(t.count, expected);
        for (uint32_t i = 0; i < expected; i++)
            assert_int_equal(heap[i].id, all[i].id);
        topk_groups_free(t.groups);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_agrees_with_an_array_over_random_operations),
        cmocka_unit_test(map_entries_may_be_removed_while_it_is_walked),
        cmocka_unit_test(map_keys_may_hold_nul_bytes_and_be_empty),
        cmocka_unit_test(bitset_keeps_the_bits_past_its_count_clear),
        cmocka_unit_test(bitset_check_finds_a_bit_past_the_count),
        cmocka_unit_test(topk_check_finds_a_parent_nearer_than_its_child),
        cmocka_unit_test(bitset_next_walks_exactly_the_set_bits),
        cmocka_unit_test(topk_keeps_what_sorting_would_keep_ties_by_id),
        cmocka_unit_test(topk_keeps_the_nearest_with_at_most_so_many_of_a_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
