/* What the planner reckons with: walks whose filter hits rows at random find what is nearest, and seldom give up; where
 * they would as often as not, codes are scanned at once. */
#include "test.h"

#include "vector/planner.h"
#include "vectors_for_test.h"

enum { COUNT = 12000, QUERIES = 100, DIM = 96, K = 10 };

typedef struct tally {
    uint32_t hits, given_up;
} tally;

/* Embeddings fill far fewer directions than they have dimensions: each is a mixture of a few, and some noise. */
static vector_set mixtures(uint32_t count)
{
    enum { DIRECTIONS = 16 };
    rng random = {2102};
    vector_set v = vector_set_new(count, DIM), directions = vector_set_new(DIRECTIONS, DIM);
    for (size_t i = 0; i < (size_t)DIRECTIONS * DIM; i++)
        directions.rows[i] = (float)(rng_unit(&random) - 0.5);
    for (uint32_t row = 0; row < count; row++) {
        float *to = v.rows + (size_t)row * DIM;
        for (uint32_t i = 0; i < DIM; i++)
            to[i] = (float)(rng_unit(&random) - 0.5) / 4;
        for (uint32_t d = 0; d < DIRECTIONS; d++) {
            const float part = (float)(rng_unit(&random) + rng_unit(&random) - 1);
            for (uint32_t i = 0; i < DIM; i++)
                to[i] += part * vector_of(&directions, d)[i];
        }
    }
    free(directions.rows);
    return v;
}

static bitset *at_random(uint32_t apart, rng *random)
{
    bitset *filter = bitset_new(COUNT);
    assert_non_null(filter);
    for (uint32_t row = 0; row < COUNT; row++)
        if (rng_below(random, apart) == 0) bitset_set(filter, row);
    return filter;
}

static void walk_and_count(const vector_view *seen, const float *query, const bitset *filter,
                           tally *sum)
{
    kith_error err;
    hit exact[K], hits[K];
    uint32_t count = 0;
    vector_search_plan plan;
    vector_search search = {.k = K, .filter = filter, .exact = true};
    assert_ok(vector_index_search(seen, query, &search, exact, &count, NULL, &err));
    search = (vector_search){.k = K, .filter = filter, .strategy = VECTOR_WALK};
    assert_ok(vector_index_search(seen, query, &search, hits, &count, &plan, &err));
    assert_int_equal(count, K);
    for (uint32_t i = 0; i < K; i++)
        sum->hits += hits[i].distance <= exact[K - 1].distance;
    sum->given_up += strcmp(plan.kind, "graph") != 0;
}

static void walks_where_rows_match_at_random_seldom_give_up(void **state)
{
    (void)state;
    rng random = {2101};
    vector_set v = mixtures(COUNT + QUERIES);
    const vector_set shown = {COUNT, DIM, v.rows};
    vector_index *ix = index_of(
        &shown,
        (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = 300, .coded_above = 300});
    const vector_view seen = view_of_all(ix, NULL);
    for (uint32_t apart = 2; apart <= 6; apart++) {
        tally sum = {0};
        bitset *filter = at_random(apart, &random);
        for (uint32_t q = 0; q < QUERIES; q++)
            walk_and_count(&seen, vector_of(&v, COUNT + q), filter, &sum);
        print_message("one of %u matches: recall@10 %.4f, %u of %u gave up\n", apart,
                      (double)sum.hits / (K * QUERIES), sum.given_up, (uint32_t)QUERIES);
        assert_true(sum.hits >= 0.95 * K * QUERIES);
        assert_true(sum.given_up <= QUERIES / 10);
        bitset_free(filter);
    }
    vector_index_free(ix);
    free(v.rows);
}

/* A walk that costs a little less than a scan is no gain if a scan often follows. */
static void a_walk_that_may_give_up_costs_a_part_of_a_scan(void **state)
{
    (void)state;
    planner_history history = {0};
    planner_facts f = {.history = &history,
                       .k = K,
                       .ef = 128,
                       .stride = 128,
                       .signs_stride = 8,
                       .rows = 100000,
                       .matching = 50000,
                       .nodes = 100000,
                       .matching_nodes = 50000,
                       .coded = 100000,
                       .blocks = 3125,
                       .matching_coded = 50000,
                       .walks_codes = true};
    planner_costs all, some;
    assert_int_equal(planner_choose(&f, &some), VECTOR_WALK);
    f.in_groups = true; // what it met is enough: it does not give up
    f.ef = some.walk_ef / 2;
    (void)planner_choose(&f, &all);
    assert_int_equal(all.walk_ef, some.walk_ef);
    assert_true(some.ns[VECTOR_WALK] > all.ns[VECTOR_WALK]);
    assert_true(some.ns[VECTOR_WALK] < all.ns[VECTOR_WALK] + some.ns[VECTOR_SCAN_CODES] / 10);
    f.in_groups = false;
    f.ef = 128;
    f.matching = f.matching_nodes = f.matching_coded = 10000;
    assert_int_equal(planner_choose(&f, &some), VECTOR_SCAN_CODES);
    assert_true(some.ns[VECTOR_WALK] < INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_where_rows_match_at_random_seldom_give_up),
        cmocka_unit_test(a_walk_that_may_give_up_costs_a_part_of_a_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
