/* Exact search: order, ties, metrics, filters and tombstones against a naive search in double. */
#include "test.h"

#include "simd/simd.h"
#include "vector/vector_index.h"
#include "vectors_for_test.h"

#include <float.h>

static const kith_metric METRICS[] = {KITH_COSINE, KITH_SQUARED_L2, KITH_INNER_PRODUCT};

/* k hits of `search` equal the naive ones over the rows of `allowed`: same rows, same order. */
static void assert_exact(const vector_view *seen, const vector_set *v, const float *query,
                         const vector_search *search, const bitset *allowed)
{
    kith_error err;
    naive_hit *naive = NULL;
    hit *hits = calloc(search->k, sizeof *hits);
    uint32_t count = UINT32_MAX;
    assert_non_null(hits);
    uint32_t matching =
        naive_search(vector_index_describe(seen->index)->metric, v, query, allowed, &naive);
    assert_ok(vector_index_search(seen, query, search, hits, &count, NULL, &err));
    assert_int_equal(count, matching < search->k ? matching : search->k);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(hits[i].id, naive[i].row);
        assert_true((double)hits[i].distance == naive[i].distance);
    }
    free(hits);
    free(naive);
}

/* Float rounding may swap near-equal rows: the i-th distance must still be the i-th naive one. */
static void assert_exact_but_for_rounding(const vector_index *ix, const vector_set *v,
                                          const float *query, uint32_t k)
{
    kith_error err;
    kith_metric metric = vector_index_describe(ix)->metric;
    vector_view seen = view_of_all(ix, NULL);
    vector_search search = {.k = k, .exact = true};
    naive_hit *naive = NULL;
    hit hits[64];
    uint32_t count = 0;
    naive_search(metric, v, query, NULL, &naive);
    assert_ok(vector_index_search(&seen, query, &search, hits, &count, NULL, &err));
    assert_int_equal(count, k);
    for (uint32_t i = 0; i < count; i++) {
        double own = naive_distance(metric, vector_of(v, hits[i].id), query, v->dim);
        double tolerance = 1e-5 * (1 + fabs(naive[i].distance));
        assert_true(fabs(own - naive[i].distance) <= tolerance);
        assert_true(fabs((double)hits[i].distance - own) <= tolerance);
        assert_true(i == 0 || hits[i - 1].distance <= hits[i].distance);
    }
    free(naive);
}

static void whole_number_vectors_come_in_exact_order_with_ties_by_row(void **state)
{
    (void)state;
    const uint32_t dims[] = {1, 2, 3, 15, 16, 17, 40};
    for (size_t m = 1; m < 3; m++) {
        for (size_t d = 0; d < sizeof dims / sizeof dims[0]; d++) {
            vector_set v = whole_vectors(500, dims[d], 11),
                       queries = whole_vectors(20, dims[d], 12);
            vector_index *ix = index_of(&v, (vector_index_options){.metric = METRICS[m]});
            vector_view seen = view_of_all(ix, NULL);
            for (uint32_t i = 0; i < queries.count; i++) {
                assert_exact(&seen, &v, vector_of(&queries, i), &(vector_search){.k = 1}, NULL);
                assert_exact(&seen, &v, vector_of(&queries, i), &(vector_search){.k = 100}, NULL);
                assert_exact(&seen, &v, vector_of(&queries, i), &(vector_search){.k = 600}, NULL);
            }
            vector_index_free(ix);
            free(v.rows);
            free(queries.rows);
        }
    }
}

static void real_vectors_come_in_order_under_every_metric_and_instruction_set(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(1000, 100, 1), queries = clustered_vectors(20, 100, 2);
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++) {
        assert_ok(simd_select(level, &err));
        for (size_t m = 0; m < 3; m++) {
            vector_index *ix = index_of(&v, (vector_index_options){.metric = METRICS[m]});
            for (uint32_t i = 0; i < queries.count; i++)
                assert_exact_but_for_rounding(ix, &v, vector_of(&queries, i), 50);
            vector_index_free(ix);
        }
    }
    assert_ok(simd_select(simd_level_best(), &err));
    free(v.rows);
    free(queries.rows);
}

static void filters_and_removed_rows_leave_exactly_the_others(void **state)
{
    (void)state;
    vector_set v = whole_vectors(700, 8, 5), queries = whole_vectors(10, 8, 6);
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2});
    rng random = {99};
    bitset *filter = bitset_new(v.count), *live = all_live(v.count);
    assert_non_null(filter);
    for (uint32_t round = 0; round < 20; round++) {
        bitset_fill(filter, false);
        for (uint32_t row = 0; row < v.count; row++)
            if (rng_below(&random, 20) < round) bitset_set(filter, row);
        bitset_clear(live, rng_below(&random, v.count));
        vector_view seen = view_of_all(ix, live);
        assert_exact(&seen, &v, vector_of(&queries, round % 10), &(vector_search){.k = 30}, live);
        vector_search filtered = {.k = 30, .filter = filter};
        bitset *both = bitset_new(v.count);
        assert_non_null(both);
        bitset_or(both, filter);
        bitset_and(both, live);
        assert_exact(&seen, &v, vector_of(&queries, round % 10), &filtered, both);
        bitset_free(both);
    }
    vector_index_check(ix);
    vector_index_free(ix);
    bitset_free(filter);
    bitset_free(live);
    free(v.rows);
    free(queries.rows);
}

/* A view ends at any row: at the start, in the middle and at the end of a word of 64 bits, and on
 * both sides of the first chunks' ends. */
static void a_view_shows_its_rows_and_no_later_ones(void **state)
{
    (void)state;
    vector_set v = whole_vectors(4200, 6, 15), queries = whole_vectors(4, 6, 16);
    vector_index *ix =
        index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = UINT32_MAX});
    const uint32_t ends[] = {0, 1, 63, 64, 65, 1023, 1024, 1025, 2047, 2048, 2049, 4096, 4200};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        vector_set shown = {ends[i], v.dim, v.rows};
        bitset *live = all_live(ends[i]);
        if (ends[i] > 2) bitset_clear(live, ends[i] - 2);
        vector_view all = {ix, ends[i], NULL, ends[i]},
                    some = {ix, ends[i], live, bitset_popcount(live)};
        for (uint32_t q = 0; q < queries.count; q++) {
            const float *query = vector_of(&queries, q);
            assert_exact(&all, &shown, query, &(vector_search){.k = 50}, NULL);
            assert_exact(&some, &shown, query, &(vector_search){.k = 50}, live);
        }
        bitset_free(live);
    }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void rows_taken_back_are_forgotten_and_their_numbers_used_again(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = whole_vectors(1100, 5, 25), other = whole_vectors(200, 5, 26);
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2});
    // Past the first chunk, back into it, and past it again with other rows.
    vector_index_truncate(ix, 1000);
    assert_int_equal(vector_index_rows(ix), 1000);
    for (uint32_t i = 0, row; i < other.count; i++) {
        assert_ok(vector_index_append(ix, vector_of(&other, i), &row, &err));
        assert_int_equal(row, 1000 + i);
    }
    vector_set both = vector_set_new(1200, 5);
    memcpy(both.rows, v.rows, 1000 * 5 * sizeof(float));
    memcpy(both.rows + 1000 * 5, other.rows, 200 * 5 * sizeof(float));
    vector_view seen = view_of_all(ix, NULL);
    assert_exact(&seen, &both, vector_of(&other, 0), &(vector_search){.k = 1200}, NULL);
    vector_index_check(ix);
    vector_index_free(ix);
    free(v.rows);
    free(other.rows);
    free(both.rows);
}

static void an_empty_index_answers_nothing(void **state)
{
    (void)state;
    kith_error err;
    vector_index *ix = NULL;
    assert_ok(vector_index_new(&(vector_index_options){.dim = 3}, &ix, &err));
    hit hits[5];
    uint32_t count = 77;
    vector_search_plan plan;
    const float query[3] = {1, 2, 3};
    vector_view seen = view_of_all(ix, NULL);
    assert_ok(
        vector_index_search(&seen, query, &(vector_search){.k = 5}, hits, &count, &plan, &err));
    assert_int_equal(count, 0);
    assert_int_equal(plan.matching, 0);
    assert_int_equal(vector_index_rows(ix), 0);
    vector_index_check(ix);
    vector_index_free(ix);
    vector_index_free(NULL);
}

static void the_largest_and_smallest_floats_give_finite_distances_in_order(void **state)
{
    (void)state;
    kith_error err;
    const float values[] = {FLT_MAX, -FLT_MAX, 1, FLT_MIN, 0x1p-149F, 0};
    for (size_t m = 0; m < 3; m++) {
        vector_index *ix = NULL;
        vector_index_options options = {.metric = METRICS[m], .dim = 2};
        assert_ok(vector_index_new(&options, &ix, &err));
        for (size_t i = 0; i < 36; i++) {
            const float row[2] = {values[i / 6], values[i % 6]};
            uint32_t got;
            assert_ok(vector_index_append(ix, row, &got, &err));
        }
        for (size_t i = 0; i < 35; i++) {
            const float query[2] = {values[i / 6], values[i % 6]};
            hit hits[36];
            uint32_t count = 0;
            vector_view seen = view_of_all(ix, NULL);
            assert_ok(vector_index_search(&seen, query, &(vector_search){.k = 36}, hits, &count,
                                          NULL, &err));
            assert_int_equal(count, 36);
            for (uint32_t j = 0; j < count; j++) {
                assert_true(isfinite(hits[j].distance));
                assert_true(j == 0 || hits[j - 1].distance <= hits[j].distance);
            }
        }
        vector_index_free(ix);
    }
}

static void cosine_ignores_length_even_of_tiny_and_huge_vectors(void **state)
{
    (void)state;
    kith_error err;
    vector_index *ix = NULL;
    assert_ok(vector_index_new(&(vector_index_options){.dim = 2}, &ix, &err));
    const float rows[3][2] = {{3e38F, 3e38F}, {1e-40F, 0}, {0, 5}};
    uint32_t row, count;
    for (size_t i = 0; i < 3; i++)
        assert_ok(vector_index_append(ix, rows[i], &row, &err));
    const float query[2] = {1e-44F, 0};
    hit hits[3];
    vector_view seen = view_of_all(ix, NULL);
    assert_ok(
        vector_index_search(&seen, query, &(vector_search){.k = 3}, hits, &count, NULL, &err));
    assert_int_equal(hits[0].id, 1);
    assert_int_equal(hits[1].id, 0);
    assert_int_equal(hits[2].id, 2);
    assert_true(fabsf(hits[0].distance) < 1e-6F);
    assert_true(fabsf(hits[1].distance - (1 - sqrtf(0.5F))) < 1e-6F);
    assert_true(fabsf(hits[2].distance - 1) < 1e-6F);
    vector_index_free(ix);
}

static void the_plan_says_what_was_done(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = whole_vectors(100, 4, 5);
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2});
    vector_search_plan plan;
    hit hits[10];
    uint32_t count;
    bitset *filter = bitset_new(100), *live = all_live(100);
    assert_non_null(filter);
    bitset_set(filter, 3);
    bitset_set(filter, 99);
    bitset_clear(live, 7);
    vector_view seen = view_of_all(ix, live);
    vector_search search = {.k = 10};
    assert_ok(vector_index_search(&seen, vector_of(&v, 0), &search, hits, &count, &plan, &err));
    assert_string_equal(plan.kind, "flat");
    assert_int_equal(plan.distances, 99);
    assert_int_equal(plan.matching, 99);
    search.filter = filter;
    assert_ok(vector_index_search(&seen, vector_of(&v, 0), &search, hits, &count, &plan, &err));
    assert_string_equal(plan.kind, "flat over the filter");
    assert_int_equal(plan.distances, 2);
    assert_int_equal(plan.matching, 2);
    assert_int_equal(count, 2);
    bitset_free(filter);
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
}

static uint32_t group_of_row(const void *context, uint32_t row)
{
    return row % *(const uint32_t *)context;
}

/* The rows of 0, which is no group, and of the other groups up to `most`, nearest first. */
static uint32_t naive_grouped(const naive_hit *all, uint32_t count, const group_limit *limit,
                              uint32_t k, uint32_t *out)
{
    uint32_t used[64] = {0}, kept = 0;
    for (uint32_t i = 0; i < count && kept < k; i++) {
        uint32_t group = limit->group_of(limit->context, all[i].row);
        if (group == 0 || used[group]++ < limit->most) out[kept++] = all[i].row;
    }
    return kept;
}

static void a_scan_gives_the_nearest_with_at_most_so_many_of_a_group(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = whole_vectors(3000, 8, 35), queries = whole_vectors(6, 8, 36);
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2});
    vector_view seen = view_of_all(ix, NULL);
    for (uint32_t groups = 2; groups <= 50; groups += 12)
        for (uint32_t q = 0; q < queries.count; q++) {
            hit hits[80];
            uint32_t expected[80], count = 0;
            naive_hit *naive = NULL;
            const group_limit limit = {group_of_row, &groups, groups, 1 + q, NULL};
            const vector_search search = {.k = 80, .groups = &limit};
            vector_search_plan plan;
            uint32_t all = naive_search(KITH_SQUARED_L2, &v, vector_of(&queries, q), NULL, &naive);
            uint32_t wanted = naive_grouped(naive, all, &limit, 80, expected);
            assert_ok(vector_index_search(&seen, vector_of(&queries, q), &search, hits, &count,
                                          &plan, &err));
            assert_true(plan.is_exact);
            assert_int_equal(count, wanted);
            for (uint32_t i = 0; i < count; i++)
                assert_int_equal(hits[i].id, expected[i]);
            free(naive);
        }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void a_walk_gives_what_it_met_of_each_group_and_says_so(void **state)
{
    (void)state;
    kith_error err;
    enum { ROWS = 6000, K = 60 };
    vector_set v = clustered_vectors(ROWS, 16, 37), queries = clustered_vectors(20, 16, 38);
    vector_index *ix =
        index_of(&v, (vector_index_options){.metric = KITH_COSINE, .flat_below = 1000});
    vector_view seen = view_of_all(ix, NULL);
    const uint32_t groups = 10; // all together allow fewer than K
    const group_limit limit = {group_of_row, &groups, groups, 2, NULL};
    for (uint32_t q = 0; q < queries.count; q++) {
        hit hits[K];
        uint32_t count = 0, used[10] = {0};
        vector_search_plan plan;
        const vector_search search = {.k = K, .groups = &limit};
        assert_ok(
            vector_index_search(&seen, vector_of(&queries, q), &search, hits, &count, &plan, &err));
        assert_string_equal(plan.kind, "graph");
        assert_false(plan.is_exact);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t group = group_of_row(&groups, hits[i].id);
            assert_true(group == 0 || used[group]++ < 2);
            assert_true(i == 0 || hits[i - 1].distance <= hits[i].distance);
        }
    }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

/* The nearest rows by codes may all be of one group, so that others are missing. */
static void codes_are_not_scanned_for_hits_by_group(void **state)
{
    (void)state;
    kith_error err;
    enum { ROWS = 1000, DIM = 64, K = 20 };
    vector_set v = clustered_vectors(ROWS, DIM, 39);
    vector_index *ix = index_of(
        &v, (vector_index_options){.metric = KITH_COSINE, .flat_below = 300, .coded_above = 300});
    const vector_view seen = view_of_all(ix, NULL);
    const uint32_t groups = 50;
    const group_limit limit = {group_of_row, &groups, groups, 1, NULL};
    hit hits[K], exact[K];
    uint32_t count = 0, wanted = 0;
    vector_search_plan plan;
    vector_search search = {.k = K, .groups = &limit, .strategy = VECTOR_SCAN};
    assert_ok(vector_index_search(&seen, vector_of(&v, 7), &search, exact, &wanted, &plan, &err));
    search.strategy = VECTOR_SCAN_CODES;
    assert_ok(vector_index_search(&seen, vector_of(&v, 7), &search, hits, &count, &plan, &err));
    assert_true(plan.is_exact);
    assert_int_equal(count, wanted);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(hits[i].id, exact[i].id);
    vector_index_free(ix);
    free(v.rows);
}

static int stop_at(void *context)
{
    int *left = context;
    return --*left < 0;
}

static void a_scan_asks_its_limit_between_blocks_of_rows(void **state)
{
    (void)state;
    enum { BLOCK = 4096, ROWS = 5 * BLOCK + 7, PLENTY = 1000 };
    kith_error err;
    vector_set v = whole_vectors(ROWS, 4, 45);
    vector_index *ix =
        index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = UINT32_MAX});
    vector_view seen = view_of_all(ix, NULL);
    int left = 0;
    hit hits[3];
    uint32_t count = 77;
    const call_limit limit = {.is_cancelled = stop_at, .context = &left};
    vector_search search = {.k = 3, .limit = &limit};
    for (int checks = 0; checks < 5; checks++) {
        left = checks;
        assert_status(KITH_ERR_CANCELLED, vector_index_search(&seen, vector_of(&v, 0), &search,
                                                              hits, &count, NULL, &err));
        assert_int_equal(count, 77);
    }
    left = PLENTY;
    assert_exact(&seen, &v, vector_of(&v, 0), &search, NULL);
    assert_int_equal(PLENTY - left, 5);
    vector_index_free(ix);
    free(v.rows);
}

static void options_out_of_range_are_refused_by_name(void **state)
{
    (void)state;
    const struct {
        vector_index_options options;
        const char *named;
    } cases[] = {
        {{.dim = 0}, "dimensions"},
        {{.dim = KITH_DIMENSION_MAX + 1}, "dimensions"},
        {{.dim = 4, .neighbors = 1}, "neighbors"},
        {{.dim = 4, .neighbors = 257}, "neighbors"},
        {{.dim = 4, .ef_construction = 5000}, "ef_construction"},
        {{.dim = 4, .metric = (kith_metric)3}, "metric"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err = {0};
        vector_index *ix = NULL;
        assert_status(KITH_ERR_INVALID, vector_index_new(&cases[i].options, &ix, &err));
        assert_non_null(strstr(err.message, cases[i].named));
        assert_null(ix);
    }
}

static void defaults_are_told(void **state)
{
    (void)state;
    kith_error err;
    vector_index *ix = NULL;
    assert_ok(vector_index_new(&(vector_index_options){.dim = 12}, &ix, &err));
    const vector_index_options *o = vector_index_describe(ix);
    assert_int_equal(o->dim, 12);
    assert_int_equal(o->metric, KITH_COSINE);
    assert_int_equal(o->flat_below, 4096);
    assert_int_equal(o->neighbors, 16);
    assert_int_equal(o->ef_construction, 100);
    vector_index_free(ix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_number_vectors_come_in_exact_order_with_ties_by_row),
        cmocka_unit_test(real_vectors_come_in_order_under_every_metric_and_instruction_set),
        cmocka_unit_test(filters_and_removed_rows_leave_exactly_the_others),
        cmocka_unit_test(a_view_shows_its_rows_and_no_later_ones),
        cmocka_unit_test(rows_taken_back_are_forgotten_and_their_numbers_used_again),
        cmocka_unit_test(an_empty_index_answers_nothing),
        cmocka_unit_test(the_largest_and_smallest_floats_give_finite_distances_in_order),
        cmocka_unit_test(cosine_ignores_length_even_of_tiny_and_huge_vectors),
        cmocka_unit_test(the_plan_says_what_was_done),
        cmocka_unit_test(a_scan_gives_the_nearest_with_at_most_so_many_of_a_group),
        cmocka_unit_test(a_walk_gives_what_it_met_of_each_group_and_says_so),
        cmocka_unit_test(codes_are_not_scanned_for_hits_by_group),
        cmocka_unit_test(a_scan_asks_its_limit_between_blocks_of_rows),
        cmocka_unit_test(options_out_of_range_are_refused_by_name),
        cmocka_unit_test(defaults_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
