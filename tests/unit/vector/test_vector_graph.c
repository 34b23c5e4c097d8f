/* The graph: recall, invariants, determinism, filters and tombstones. */
#include "test.h"

#include "vector/graph.h"
#include "vector/vector_index.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

enum { K = 10 };

static double recall_of(const hit *hits, uint32_t count, const naive_hit *naive, uint32_t k)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < k; j++)
            found += hits[i].id == naive[j].row;
    return (double)found / k;
}

/* Mean recall@10 over the queries, all of which must return min(K, matching) allowed rows. */
static double mean_recall(const vector_index *ix, const vector_set *v, const vector_set *queries,
                          const bitset *filter, const bitset *allowed, vector_search_plan *plan)
{
    kith_error err;
    double sum = 0;
    for (uint32_t i = 0; i < queries->count; i++) {
        naive_hit *naive = NULL;
        hit hits[K];
        uint32_t count = 0;
        vector_search search = {.k = K, .filter = filter};
        uint32_t matching = naive_search(vector_index_describe(ix)->metric, v,
                                         vector_of(queries, i), allowed, &naive);
        uint32_t wanted = matching < K ? matching : K;
        assert_ok(
            vector_index_search(ix, vector_of(queries, i), &search, hits, &count, plan, &err));
        assert_int_equal(plan->matching, matching);
        assert_int_equal(count, wanted);
        for (uint32_t j = 0; allowed && j < count; j++)
            assert_true(bitset_has(allowed, hits[j].id));
        sum += wanted ? recall_of(hits, count, naive, wanted) : 1;
        free(naive);
    }
    return sum / queries->count;
}

static void the_graph_finds_nearly_all_neighbours_under_every_metric(void **state)
{
    (void)state;
    const kith_metric metrics[] = {KITH_COSINE, KITH_SQUARED_L2, KITH_INNER_PRODUCT};
    vector_set v = clustered_vectors(5000, 24, 1), queries = clustered_vectors(100, 24, 2);
    for (size_t m = 0; m < 3; m++) {
        vector_index *ix = index_of(&v, (vector_index_options){.metric = metrics[m]});
        vector_search_plan plan;
        assert_true(vector_index_has_graph(ix));
        vector_index_check(ix);
        double recall = mean_recall(ix, &v, &queries, NULL, NULL, &plan);
        assert_string_equal(plan.kind, "graph");
        assert_true(plan.distances < v.count / 2);
        assert_true(recall >= (metrics[m] == KITH_INNER_PRODUCT ? 0.9 : 0.97));
        vector_index_free(ix);
    }
    free(v.rows);
    free(queries.rows);
}

static void the_graph_appears_once_there_are_more_rows_than_flat_below(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(101, 8, 3);
    vector_index *ix =
        index_of(&(vector_set){100, 8, v.rows}, (vector_index_options){.flat_below = 100});
    uint32_t row;
    assert_false(vector_index_has_graph(ix));
    vector_index_check(ix);
    assert_ok(vector_index_insert(ix, vector_of(&v, 100), &row, &err));
    assert_true(vector_index_has_graph(ix));
    vector_index_check(ix);
    vector_index_free(ix);
    ix = index_of(&v, (vector_index_options){.flat_below = UINT32_MAX});
    assert_false(vector_index_has_graph(ix));
    vector_index_free(ix);
    free(v.rows);
}

/* Breadth first over level 0, knowing nothing of pins. */
static uint32_t count_reachable(const graph *g, uint32_t from)
{
    uint32_t *queue = calloc(g->count, sizeof *queue), count = 1;
    bool *seen = calloc(g->count, sizeof *seen);
    assert_non_null(queue);
    assert_non_null(seen);
    queue[0] = from;
    seen[from] = true;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *links = graph_links(g, queue[i], 0);
        for (uint32_t j = 0; j < g->base_degree && links[j] != GRAPH_NONE; j++) {
            uint32_t row = link_row(links[j]);
            if (seen[row]) continue;
            seen[row] = true;
            queue[count++] = row;
        }
    }
    free(queue);
    free(seen);
    return count;
}

static void fill_star(vector_set *v)
{
    // Every row is nearest to row 0 and far from every other: one hub wants all the links.
    for (uint32_t row = 1; row < v->count; row++)
        v->rows[(size_t)row * v->dim + row % v->dim] =
            (row / v->dim % 2 ? -1.0F : 1.0F) * (1 + (float)row / 1e6F);
}

static void fill_islands(vector_set *v)
{
    // Two far islands of identical points: no link between them looks useful.
    for (uint32_t row = 0; row < v->count; row++)
        v->rows[(size_t)row * v->dim] = row % 2 ? 1000.0F : 0.0F;
}

static void every_row_stays_reachable_in_awkward_data(void **state)
{
    (void)state;
    void (*const fills[])(vector_set *) = {fill_star, fill_islands};
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t neighbors = 2; neighbors <= 16; neighbors *= 2) {
            vector_set v = vector_set_new(600, 300);
            fills[i](&v);
            vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                                   .flat_below = 1,
                                                                   .neighbors = neighbors,
                                                                   .ef_construction = 20});
            vector_index_check(ix);
            assert_int_equal(count_reachable(&ix->graph, ix->graph.entry), v.count);
            assert_int_equal(count_reachable(&ix->graph, v.count - 1), v.count);
            vector_index_free(ix);
            free(v.rows);
        }
    }
}

static void k_results_come_back_under_any_filter_and_are_the_nearest(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(10000, 16, 7), queries = clustered_vectors(40, 16, 8);
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2});
    bitset *filter = bitset_new(v.count);
    assert_non_null(filter);
    const uint32_t per_million[] = {0, 100, 1000, 10000, 100000, 300000, 500000, 900000, 1000000};
    uint32_t graph_plans = 0;
    for (size_t i = 0; i < sizeof per_million / sizeof per_million[0]; i++) {
        rng random = {i};
        bitset_fill(filter, false);
        for (uint32_t row = 0; row < v.count; row++)
            if (rng_below(&random, 1000000) < per_million[i]) bitset_set(filter, row);
        vector_search_plan plan;
        double recall = mean_recall(ix, &v, &queries, filter, filter, &plan);
        bool by_graph = strcmp(plan.kind, "graph") == 0;
        graph_plans += by_graph;
        assert_true(by_graph ? recall >= 0.97 : recall == 1);
    }
    assert_true(graph_plans >= 3);
    bitset_free(filter);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void a_filter_that_matches_only_far_away_falls_back_to_the_scan(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(9000, 16, 7);
    // The matching half lies far off, so the walk towards the query meets none of it.
    for (uint32_t row = 0; row < v.count; row += 2)
        v.rows[(size_t)row * v.dim] += 100;
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2});
    bitset *filter = bitset_new(v.count);
    assert_non_null(filter);
    for (uint32_t row = 0; row < v.count; row += 2)
        bitset_set(filter, row);
    vector_search search = {.k = K, .filter = filter};
    vector_search_plan plan;
    hit hits[K];
    uint32_t count = 0;
    naive_hit *naive = NULL;
    naive_search(KITH_SQUARED_L2, &v, vector_of(&v, 1), filter, &naive);
    assert_ok(vector_index_search(ix, vector_of(&v, 1), &search, hits, &count, &plan, &err));
    assert_string_equal(plan.kind, "graph, then flat");
    assert_int_equal(count, K);
    assert_true(recall_of(hits, count, naive, K) == 1);
    free(naive);
    bitset_free(filter);
    vector_index_free(ix);
    free(v.rows);
}

/* The planner's rule, with numbers small enough to work out by hand: a walk that keeps c candidates
 * counts as 32 * c rows of a scan, and of 2,000 rows it must keep 10 * 2,000 / matching candidates
 * for 10 that match. 800 matching rows: 25 candidates count as 800 rows, no less than the scan. 801:
 * 25 candidates still, which is less. */
enum { PLANNED_ROWS = 2000, LAST_SCANNED = 800 };

static vector_search_plan plan_of(const vector_index *ix, const vector_set *v, const bitset *filter)
{
    kith_error err;
    vector_search_plan plan;
    vector_search search = {.k = 1, .ef = 10, .filter = filter};
    hit nearest;
    uint32_t count = 0;
    assert_ok(vector_index_search(ix, vector_of(v, 0), &search, &nearest, &count, &plan, &err));
    assert_int_equal(count, 1);
    return plan;
}

static void the_graph_answers_only_where_its_walk_counts_less_than_the_scan(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(PLANNED_ROWS, 8, 61);
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                           .flat_below = 100,
                                                           .neighbors = 8,
                                                           .ef_construction = 40});
    bitset *filter = bitset_new(v.count);
    assert_non_null(filter);
    // 7 has no divisor in common with 2,000: the rows are all different, and spread over the index.
    for (uint32_t matching = 1; matching <= PLANNED_ROWS; matching++) {
        bitset_set(filter, matching * 7 % PLANNED_ROWS);
        vector_search_plan plan = plan_of(ix, &v, filter);
        assert_int_equal(plan.matching, matching);
        assert_string_equal(plan.kind, matching > LAST_SCANNED ? "graph" : "flat over the filter");
        assert_true(plan.distances <= matching); // the walk was worth it, by what it really did
    }
    // Removed rows count as rows that do not match.
    for (uint32_t live = PLANNED_ROWS; live > LAST_SCANNED - 3; live--) {
        vector_search_plan plan = plan_of(ix, &v, NULL);
        assert_int_equal(plan.matching, live);
        assert_string_equal(plan.kind, live > LAST_SCANNED ? "graph" : "flat");
        vector_index_remove(ix, live * 7 % PLANNED_ROWS);
    }
    bitset_free(filter);
    vector_index_free(ix);
    free(v.rows);
}

static void the_checks_name_what_is_broken(void **state)
{
    (void)state;
    kith_error err = {0};
    vector_set v = clustered_vectors(300, 20, 71);
    vector_index *ix = index_of(
        &v, (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = 10, .neighbors = 4});
    graph *g = &ix->graph;
    uint32_t *links = graph_links(g, 9, 0), kept = links[0];
    links[0] = 9;
    assert_status(KITH_ERR_CORRUPT, graph_verify(g, &err));
    assert_non_null(strstr(err.message, "node 9 has a bad link"));
    for (links[0] = kept; !(*links & GRAPH_PINNED);)
        links++;
    kept = *links;
    *links &= ~GRAPH_PINNED;
    assert_status(KITH_ERR_CORRUPT, graph_verify(g, &err));
    assert_non_null(strstr(err.message, "is cut off"));
    *links = kept;
    assert_ok(graph_verify(g, &err));

    assert_ok(vector_rows_check(&ix->rows, &err));
    vector_rows_at(&ix->rows, 7)[ix->rows.dim] = 1;
    assert_status(KITH_ERR_CORRUPT, vector_rows_check(&ix->rows, &err));
    assert_non_null(strstr(err.message, "row 7 "));
    vector_rows_at(&ix->rows, 7)[ix->rows.dim] = 0;
    region odd = ix->rows.memory;
    odd.bytes--;
    assert_status(KITH_ERR_CORRUPT, region_check(&odd, &err));
    assert_non_null(strstr(err.message, "pages"));
    vector_index_free(ix);
    free(v.rows);
}

static void removed_rows_never_come_back_and_recall_holds(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(9000, 16, 21), queries = clustered_vectors(50, 16, 22);
    vector_index *ix = index_of(&v, (vector_index_options){0});
    bitset *live = bitset_new(v.count);
    assert_non_null(live);
    bitset_fill(live, true);
    rng random = {5};
    for (uint32_t removed = 0; removed < v.count / 2;) {
        uint32_t row = rng_below(&random, v.count);
        if (!bitset_has(live, row)) continue;
        bitset_clear(live, row);
        vector_index_remove(ix, row);
        removed++;
    }
    vector_search_plan plan;
    assert_true(mean_recall(ix, &v, &queries, NULL, live, &plan) >= 0.97);
    assert_string_equal(plan.kind, "graph");
    for (uint32_t row = 0; row < v.count; row++) {
        if (!bitset_has(live, row) || row == 17) continue;
        bitset_clear(live, row);
        vector_index_remove(ix, row);
    }
    assert_true(mean_recall(ix, &v, &queries, NULL, live, &plan) == 1);
    vector_index_check(ix);
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void assert_same_graph(const graph *a, const graph *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->entry, b->entry);
    assert_int_equal(a->upper_runs, b->upper_runs);
    assert_memory_equal(a->base_links.base, b->base_links.base,
                        (size_t)a->count * a->base_degree * sizeof(uint32_t));
    if (a->upper_runs)
        assert_memory_equal(a->upper_links.base, b->upper_links.base,
                            (size_t)a->upper_runs * a->neighbors * sizeof(uint32_t));
}

static void one_seed_gives_one_graph_and_another_seed_another(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(3000, 16, 21);
    vector_index_options options = {.flat_below = 500, .seed = 9};
    vector_index *a = index_of(&v, options), *b = index_of(&v, options);
    assert_same_graph(&a->graph, &b->graph);
    options.seed = 10;
    vector_index *c = index_of(&v, options);
    assert_true(memcmp(a->graph.levels.base, c->graph.levels.base, v.count) != 0);
    vector_index_free(a);
    vector_index_free(b);
    vector_index_free(c);
    free(v.rows);
}

static void levels_are_drawn_geometrically(void **state)
{
    (void)state;
    vector_set v = whole_vectors(20000, 1, 3);
    vector_index *ix =
        index_of(&v, (vector_index_options){.ef_construction = 1, .neighbors = 4, .flat_below = 1});
    uint32_t at_least[4] = {0};
    for (uint32_t row = 0; row < v.count; row++)
        for (uint32_t level = 0; level < 4; level++)
            at_least[level] += graph_level(&ix->graph, row) >= level;
    for (uint32_t level = 1; level < 4; level++) {
        double expected = v.count * pow(4, -(double)level);
        assert_true(fabs(at_least[level] - expected) < 5 * sqrt(expected));
    }
    vector_index_free(ix);
    free(v.rows);
}

static void ef_is_raised_to_k_and_more_ef_finds_more(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(7000, 32, 31), queries = clustered_vectors(60, 32, 32);
    vector_index *ix =
        index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2, .neighbors = 6});
    double recalls[2] = {0};
    const uint32_t efs[2] = {1, 200};
    for (uint32_t i = 0; i < queries.count; i++) {
        naive_hit *naive = NULL;
        naive_search(KITH_SQUARED_L2, &v, vector_of(&queries, i), NULL, &naive);
        for (size_t e = 0; e < 2; e++) {
            hit hits[K];
            uint32_t count = 0;
            vector_search search = {.k = K, .ef = efs[e]};
            assert_ok(
                vector_index_search(ix, vector_of(&queries, i), &search, hits, &count, NULL, &err));
            assert_int_equal(count, K);
            recalls[e] += recall_of(hits, count, naive, K) / queries.count;
        }
        free(naive);
    }
    assert_true(recalls[1] > recalls[0] + 0.02);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void the_bytes_told_are_those_of_rows_and_links(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(5000, 20, 1);
    vector_index *ix = index_of(&v, (vector_index_options){0});
    size_t rows = 5000 * 32 * sizeof(float), links = 5000 * 32 * sizeof(uint32_t);
    assert_in_range(vector_index_bytes(ix), rows + links, (rows + links) * 12 / 10);
    vector_index_free(ix);
    free(v.rows);
}

static void a_search_meets_no_stale_tag_after_many_others(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(5000, 8, 1);
    for (uint32_t row = 0; row < v.count; row += 2)
        v.rows[(size_t)row * v.dim] += 100; // two regions that no walk visits together
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2});
    // Tags are one byte and come round after 255 walks: those of the first must be gone by then.
    hit first[K], later[K], other[K];
    uint32_t count;
    vector_search search = {.k = K};
    assert_ok(vector_index_search(ix, vector_of(&v, 4), &search, first, &count, NULL, &err));
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 254; i++)
            assert_ok(
                vector_index_search(ix, vector_of(&v, 5), &search, other, &count, NULL, &err));
        assert_ok(vector_index_search(ix, vector_of(&v, 4), &search, later, &count, NULL, &err));
        assert_memory_equal(first, later, sizeof first);
    }
    vector_index_free(ix);
    free(v.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_graph_finds_nearly_all_neighbours_under_every_metric),
        cmocka_unit_test(the_graph_appears_once_there_are_more_rows_than_flat_below),
        cmocka_unit_test(every_row_stays_reachable_in_awkward_data),
        cmocka_unit_test(k_results_come_back_under_any_filter_and_are_the_nearest),
        cmocka_unit_test(a_filter_that_matches_only_far_away_falls_back_to_the_scan),
        cmocka_unit_test(the_graph_answers_only_where_its_walk_counts_less_than_the_scan),
        cmocka_unit_test(the_checks_name_what_is_broken),
        cmocka_unit_test(removed_rows_never_come_back_and_recall_holds),
        cmocka_unit_test(one_seed_gives_one_graph_and_another_seed_another),
        cmocka_unit_test(levels_are_drawn_geometrically),
        cmocka_unit_test(ef_is_raised_to_k_and_more_ef_finds_more),
        cmocka_unit_test(the_bytes_told_are_those_of_rows_and_links),
        cmocka_unit_test(a_search_meets_no_stale_tag_after_many_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
