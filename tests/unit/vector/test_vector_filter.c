/* Filtered searches, by every strategy, held against brute force: filters at random and filters that
 * go with the query or against it, from one row that matches to all, beside removed rows, rows that
 * are not linked yet and views of before. Whatever the strategy: k hits whenever so many match, all
 * of them pass, distances are those of the vectors. And nearly all of the nearest are found. */
#include "test.h"

#include "vectors_for_test.h"

enum { DIM = 96, K = 10, ROWS = 3000 };

static const vector_strategy STRATEGIES_TRIED[] = {VECTOR_PLANNED, VECTOR_SCAN, VECTOR_SCAN_CODES,
                                                   VECTOR_WALK, VECTOR_WALK_TWO_HOPS};
enum { TRIED = sizeof STRATEGIES_TRIED / sizeof *STRATEGIES_TRIED };

typedef struct found {
    uint32_t hits, wanted;
} found;

static void search_and_judge(kith_metric metric, const vector_set *v, const vector_view *seen,
                             const bitset *filter, const float *query, vector_strategy strategy,
                             found *sum)
{
    kith_error err;
    hit hits[K];
    uint32_t count = 0;
    vector_search_plan plan;
    naive_hit *naive = NULL;
    bitset *allowed = bitset_new(v->count);
    for (uint32_t row = 0; row < seen->rows; row++)
        if ((!filter || bitset_has(filter, row)) && (!seen->live || bitset_has(seen->live, row)))
            bitset_set(allowed, row);
    uint32_t matching = naive_search(metric, v, query, allowed, &naive);
    const vector_search search = {.k = K, .filter = filter, .strategy = strategy};
    assert_ok(vector_index_search(seen, query, &search, hits, &count, &plan, &err));
    assert_int_equal(count, matching < K ? matching : K);
    assert_int_equal(plan.matching, matching);
    for (uint32_t i = 0; i < count; i++) {
        double distance = naive_distance(metric, vector_of(v, hits[i].id), query, v->dim);
        assert_true(bitset_has(allowed, hits[i].id));
        assert_true(fabs((double)hits[i].distance - distance) <= 1e-4 * (1 + fabs(distance)));
        if (i > 0) assert_true(hit_before(hits[i - 1], hits[i]));
        sum->hits += distance <= naive[count - 1].distance + 1e-5 * (1 + fabs(distance));
        sum->wanted++;
    }
    if (plan.is_exact && count)
        assert_true(fabs((double)hits[count - 1].distance - naive[count - 1].distance) <=
                    1e-4 * (1 + fabs(naive[count - 1].distance)));
    free(naive);
    bitset_free(allowed);
}

typedef enum filter_kind { AT_RANDOM, NEAR, FAR, FILTER_KINDS } filter_kind;

/* About `share` of the rows: at random, the nearest to the query, or the farthest. */
static bitset *make_filter(filter_kind kind, const vector_set *v, uint32_t rows, const float *query,
                           double share, rng *random)
{
    bitset *filter = bitset_new(rows);
    naive_hit *order = NULL;
    uint32_t wanted = (uint32_t)(share * rows);
    assert_non_null(filter);
    if (kind == AT_RANDOM) {
        for (uint32_t row = 0; row < rows; row++)
            if (rng_unit(random) < share) bitset_set(filter, row);
        return filter;
    }
    const vector_set shown = {rows, v->dim, v->rows};
    (void)naive_search(KITH_SQUARED_L2, &shown, query, NULL, &order);
    for (uint32_t i = 0; i < wanted; i++)
        bitset_set(filter, order[kind == NEAR ? i : rows - 1 - i].row);
    free(order);
    return filter;
}

static void run_metric(kith_metric metric, uint64_t seed)
{
    static const double shares[] = {1, 0.5, 0.1, 0.01, 0.002, 0};
    rng random = {seed};
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, seed);
    vector_index *ix = NULL;
    const vector_index_options options = {
        .metric = metric, .dim = DIM, .flat_below = 300, .coded_above = 300};
    found sums[TRIED] = {{0}};
    assert_ok(vector_index_new(&options, &ix, &err));
    append_all(ix, &v);
    // 2,700 rows are linked and coded, the others wait.
    assert_ok(vector_index_link(ix, ROWS, 2700, NULL, NULL, &err));
    assert_true(vector_index_linked(ix) < ROWS);
    bitset *live = all_live(ROWS);
    for (uint32_t row = 0; row < ROWS; row += 7)
        bitset_clear(live, row);
    const vector_view views[] = {view_of_all(ix, NULL), view_of_all(ix, live)};
    for (uint32_t i = 0; i < 6; i++)
        for (filter_kind kind = 0; kind < FILTER_KINDS; kind++)
            for (uint32_t q = 0; q < 6; q++) {
                const float *query = vector_of(&v, rng_below(&random, ROWS));
                bitset *filter = make_filter(kind, &v, ROWS, query, shares[i], &random);
                for (uint32_t t = 0; t < TRIED; t++)
                    search_and_judge(metric, &v, &views[q % 2], filter, query, STRATEGIES_TRIED[t],
                                     &sums[t]);
                bitset_free(filter);
            }
    for (uint32_t t = 0; t < TRIED; t++) {
        print_message("metric %d, strategy %d: recall@10 %.4f\n", (int)metric,
                      (int)STRATEGIES_TRIED[t], (double)sums[t].hits / sums[t].wanted);
        assert_true(sums[t].hits >= 0.95 * sums[t].wanted);
    }
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
}

static void every_strategy_finds_what_brute_force_finds(void **state)
{
    (void)state;
    run_metric(KITH_COSINE, 1201);
    run_metric(KITH_SQUARED_L2, 1202);
    run_metric(KITH_INNER_PRODUCT, 1203);
}

/* Views of fewer rows than have codes, at every number of rows about the limits of blocks and
 * words. */
static void an_older_view_is_scanned_by_codes_as_far_as_it_goes(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(1000, DIM, 1204);
    vector_index *ix = index_of(
        &v,
        (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = 300, .coded_above = 300});
    rng random = {7};
    for (uint32_t rows = 330; rows < 460; rows++) {
        found sum = {0};
        bitset *filter = bitset_new(rows), *live = all_live(rows);
        for (uint32_t row = 0; row < rows; row++)
            if (rng_below(&random, 3) == 0) bitset_set(filter, row);
        bitset_clear(live, rows - 1);
        const vector_view seen = {ix, rows, live, rows - 1};
        const vector_set shown = {rows, DIM, v.rows};
        for (uint32_t t = 0; t < TRIED; t++)
            search_and_judge(KITH_SQUARED_L2, &shown, &seen, rows % 2 ? filter : NULL,
                             vector_of(&v, rows), STRATEGIES_TRIED[t], &sum);
        bitset_free(filter);
        bitset_free(live);
    }
    vector_index_free(ix);
    free(v.rows);
}

/* Of equal vectors, and of such as are all 0, no sign says anything: their codes leave all open. */
static void equal_vectors_are_all_found(void **state)
{
    (void)state;
    for (uint32_t zero = 0; zero < 2; zero++) {
        vector_set v = vector_set_new(1000, DIM);
        for (size_t i = 0; i < 1000u * DIM && !zero; i++)
            v.rows[i] = (float)(i % DIM) - 40;
        vector_index *ix =
            index_of(&v, (vector_index_options){
                             .metric = KITH_SQUARED_L2, .flat_below = 300, .coded_above = 300});
        const vector_view seen = view_of_all(ix, NULL);
        found sum = {0};
        for (uint32_t t = 0; t < TRIED; t++)
            search_and_judge(KITH_SQUARED_L2, &v, &seen, NULL, vector_of(&v, 3),
                             STRATEGIES_TRIED[t], &sum);
        assert_int_equal(sum.hits, sum.wanted);
        vector_index_free(ix);
        free(v.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_finds_what_brute_force_finds),
        cmocka_unit_test(an_older_view_is_scanned_by_codes_as_far_as_it_goes),
        cmocka_unit_test(equal_vectors_are_all_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
