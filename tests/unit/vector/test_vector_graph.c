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

/* Mean recall@10 over the queries, all of which must return min(K, matching) rows of the view that
 * the filter has. Views with live rows are searched without a filter. */
static double mean_recall(const vector_view *seen, const vector_set *v, const vector_set *queries,
                          const bitset *filter, vector_search_plan *plan)
{
    const bitset *allowed = filter ? filter : seen->live;
    kith_error err;
    double sum = 0;
    for (uint32_t i = 0; i < queries->count; i++) {
        naive_hit *naive = NULL;
        hit hits[K];
        uint32_t count = 0;
        vector_search search = {.k = K, .filter = filter};
        uint32_t matching = naive_search(vector_index_describe(seen->index)->metric, v,
                                         vector_of(queries, i), allowed, &naive);
        uint32_t wanted = matching < K ? matching : K;
        assert_ok(
            vector_index_search(seen, vector_of(queries, i), &search, hits, &count, plan, &err));
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
        vector_view seen = view_of_all(ix, NULL);
        double recall = mean_recall(&seen, &v, &queries, NULL, &plan);
        assert_string_equal(plan.kind, "graph");
        assert_true(plan.distances < v.count / 2);
        assert_true(recall >= (metrics[m] == KITH_INNER_PRODUCT ? 0.9 : 0.97));
        vector_index_free(ix);
    }
    free(v.rows);
    free(queries.rows);
}

static void the_graph_appears_once_more_rows_than_flat_below_are_linked(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(101, 8, 3);
    vector_index *ix =
        index_of(&(vector_set){100, 8, v.rows}, (vector_index_options){.flat_below = 100});
    uint32_t row, linked = 77;
    assert_false(vector_index_has_graph(ix));
    assert_int_equal(vector_index_unlinked(ix, 100), 0);
    assert_ok(vector_index_link(ix, 100, 1000, NULL, &linked, &err));
    assert_int_equal(linked, 0);
    assert_ok(vector_index_append(ix, vector_of(&v, 100), &row, &err));
    assert_int_equal(vector_index_unlinked(ix, 100), 0); // row 100 is not published
    assert_int_equal(vector_index_unlinked(ix, 101), 101);
    assert_ok(vector_index_link(ix, 101, 100, NULL, &linked, &err));
    assert_int_equal(linked, 100);
    assert_false(vector_index_has_graph(ix));
    assert_ok(vector_index_link(ix, 101, 100, NULL, &linked, &err));
    assert_int_equal(linked, 101);
    assert_true(vector_index_has_graph(ix));
    assert_int_equal(vector_index_unlinked(ix, 101), 0);
    vector_index_check(ix);
    vector_index_free(ix);
    ix = index_of(&v, (vector_index_options){.flat_below = UINT32_MAX});
    assert_int_equal(vector_index_linked(ix), 0);
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
        const graph_slot *links = graph_links(g, queue[i], 0);
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
    // Two far islands of points that are all but identical: no link between them looks useful.
    for (uint32_t row = 0; row < v->count; row++) {
        v->rows[(size_t)row * v->dim] = row % 2 ? 1000.0F : 0.0F;
        v->rows[(size_t)row * v->dim + 1] = (float)row / 1e6F;
    }
}

static void fill_identical_islands(vector_set *v)
{
    // The same of two nodes, each of many rows.
    for (uint32_t row = 0; row < v->count; row++)
        v->rows[(size_t)row * v->dim] = row % 2 ? 1000.0F : 0.0F;
}

static void every_row_stays_reachable_in_awkward_data(void **state)
{
    (void)state;
    void (*const fills[])(vector_set *) = {fill_star, fill_islands, fill_identical_islands};
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t neighbors = 2; neighbors <= 16; neighbors *= 2) {
            vector_set v = vector_set_new(600, 300);
            fills[i](&v);
            vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                                   .flat_below = 1,
                                                                   .neighbors = neighbors,
                                                                   .ef_construction = 20});
            vector_index_check(ix);
            const uint32_t nodes = i < 2 ? v.count : 2;
            assert_int_equal(graph_linked(&ix->graph), nodes);
            assert_int_equal(count_reachable(&ix->graph, ix->graph.entry), nodes);
            assert_int_equal(count_reachable(&ix->graph, slot_of_row(&ix->slots, v.count - 1)),
                             nodes);
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
        vector_view seen = view_of_all(ix, NULL);
        double recall = mean_recall(&seen, &v, &queries, filter, &plan);
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
    bitset_set(filter, 1); // the walk meets this one, which must not come twice
    vector_search search = {.k = K, .filter = filter};
    vector_search_plan plan;
    hit hits[K];
    uint32_t count = 0;
    naive_hit *naive = NULL;
    naive_search(KITH_SQUARED_L2, &v, vector_of(&v, 1), filter, &naive);
    vector_view seen = view_of_all(ix, NULL);
    assert_ok(vector_index_search(&seen, vector_of(&v, 1), &search, hits, &count, &plan, &err));
    assert_string_equal(plan.kind, "graph, then flat");
    assert_int_equal(count, K);
    for (uint32_t i = 0; i < K; i++)
        assert_int_equal(hits[i].id, naive[i].row);
    free(naive);
    bitset_free(filter);
    vector_index_free(ix);
    free(v.rows);
}

/* The planner's rule: few rows that match are scanned, many are looked for by a walk, and there is one
 * number where that changes. */
enum { PLANNED_ROWS = 2000 };

static vector_search_plan plan_of(const vector_view *seen, const vector_set *v,
                                  const bitset *filter)
{
    kith_error err;
    vector_search_plan plan;
    vector_search search = {.k = 1, .ef = 10, .filter = filter};
    hit nearest;
    uint32_t count = 0;
    assert_ok(vector_index_search(seen, vector_of(v, 0), &search, &nearest, &count, &plan, &err));
    assert_int_equal(count, 1);
    return plan;
}

static void few_rows_are_scanned_and_many_are_walked_to(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(PLANNED_ROWS, 8, 61);
    vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                           .flat_below = 100,
                                                           .neighbors = 8,
                                                           .ef_construction = 40});
    vector_view seen = view_of_all(ix, NULL);
    bitset *filter = bitset_new(v.count), *live = all_live(v.count);
    assert_non_null(filter);
    // 7 has no divisor in common with 2,000: the rows are all different, and spread over the index.
    uint32_t last_scanned = 0;
    for (uint32_t matching = 1; matching <= PLANNED_ROWS; matching++) {
        bitset_set(filter, matching * 7 % PLANNED_ROWS);
        vector_search_plan plan = plan_of(&seen, &v, filter);
        assert_int_equal(plan.matching, matching);
        bool is_scanned = strcmp(plan.kind, "flat over the filter") == 0;
        if (is_scanned) assert_int_equal(last_scanned, matching - 1);
        if (is_scanned) last_scanned = matching;
        bool is_walked = strcmp(plan.kind, "graph") == 0;
        assert_true(is_scanned || is_walked || strcmp(plan.kind, "graph, then flat") == 0);
        if (is_walked) assert_true(plan.distances <= matching); // it was worth it
    }
    assert_true(last_scanned > 100 && last_scanned < PLANNED_ROWS - 100);
    // Removed rows count as rows that do not match.
    for (uint32_t left = PLANNED_ROWS; left > last_scanned - 3; left--) {
        seen = view_of_all(ix, live);
        vector_search_plan plan = plan_of(&seen, &v, NULL);
        assert_int_equal(plan.matching, left);
        bool is_scanned = strcmp(plan.kind, "flat") == 0;
        assert_true(is_scanned == (left <= last_scanned));
        bitset_clear(live, left * 7 % PLANNED_ROWS);
    }
    bitset_free(filter);
    bitset_free(live);
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
    graph_slot *links = graph_links(g, 9, 0);
    uint32_t kept = links[0];
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
    odd.origin[0]++;
    assert_status(KITH_ERR_CORRUPT, region_check(&odd, &err));
    assert_non_null(strstr(err.message, "chunk 0 "));
    odd.chunks = REGION_CHUNKS + 1;
    assert_status(KITH_ERR_CORRUPT, region_check(&odd, &err));
    assert_non_null(strstr(err.message, "23 chunks"));
    vector_index_free(ix);
    free(v.rows);
}

static void removed_rows_never_come_back_and_recall_holds(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(9000, 16, 21), queries = clustered_vectors(50, 16, 22);
    vector_index *ix = index_of(&v, (vector_index_options){0});
    bitset *live = all_live(v.count);
    rng random = {5};
    while (bitset_popcount(live) > v.count / 2)
        bitset_clear(live, rng_below(&random, v.count));
    vector_search_plan plan;
    vector_view seen = view_of_all(ix, live);
    assert_true(mean_recall(&seen, &v, &queries, NULL, &plan) >= 0.97);
    assert_string_equal(plan.kind, "graph");
    bitset_fill(live, false);
    bitset_set(live, 17);
    seen = view_of_all(ix, live);
    assert_true(mean_recall(&seen, &v, &queries, NULL, &plan) == 1);
    vector_index_check(ix);
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void assert_same_elements(const region *a, const region *b, uint32_t count)
{
    assert_int_equal(a->element_bytes, b->element_bytes);
    for (uint32_t i = 0; i < count; i++)
        assert_memory_equal(region_at(a, i), region_at(b, i), a->element_bytes);
}

static void assert_same_graph(const graph *a, const graph *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->entry, b->entry);
    assert_int_equal(a->upper_runs, b->upper_runs);
    assert_true(a->random.state == b->random.state);
    assert_same_elements(&a->levels, &b->levels, a->count);
    assert_same_elements(&a->base_links, &b->base_links, a->count);
    assert_same_elements(&a->upper_links, &b->upper_links, a->upper_runs);
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
    assert_true(memcmp(region_at(&a->graph.levels, 0), region_at(&c->graph.levels, 0), 1024) != 0);
    vector_index_free(a);
    vector_index_free(b);
    vector_index_free(c);
    free(v.rows);
}

static vector_index *new_index_of(const vector_index_options *options, const vector_set *v)
{
    kith_error err;
    vector_index *ix = NULL;
    assert_ok(vector_index_new(options, &ix, &err));
    append_all(ix, v);
    return ix;
}

static void link_in_slices(vector_index *ix, uint32_t rows, uint32_t slice, thread_pool *helpers)
{
    kith_error err;
    for (uint32_t linked = vector_index_linked(ix); linked < rows;) {
        uint32_t before = linked, left = rows - before;
        assert_ok(vector_index_link(ix, rows, slice, helpers, &linked, &err));
        assert_int_equal(linked - before, left < slice ? left : slice);
        assert_int_equal(vector_index_unlinked(ix, rows), rows - linked);
    }
    vector_index_check(ix);
}

/* 2,500 nodes are in three chunks, and most of them in batches. */
static void slices_of_whole_batches_give_the_same_graph(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(2500, 12, 81);
    vector_index_options options = {.dim = 12, .flat_below = 700, .neighbors = 5, .seed = 3};
    vector_index *at_once = new_index_of(&options, &v);
    link_in_slices(at_once, v.count, v.count, NULL);
    const uint32_t slices[] = {GRAPH_BATCH, 2 * GRAPH_BATCH, 1024};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
        vector_index *sliced = new_index_of(&options, &v);
        link_in_slices(sliced, v.count, slices[i], NULL);
        assert_same_graph(&at_once->graph, &sliced->graph);
        vector_index_free(sliced);
    }
    vector_index_free(at_once);
    free(v.rows);
}

/* Rows that come one by one, each linked at once, and rows that were all there before. */
static void the_first_nodes_are_linked_one_by_one(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(GRAPH_BATCH_FROM, 12, 81);
    vector_index_options options = {.dim = 12, .flat_below = 700, .neighbors = 5, .seed = 3};
    vector_index *one_by_one = NULL;
    assert_ok(vector_index_new(&options, &one_by_one, &err));
    for (uint32_t i = 0, row; i < v.count; i++) {
        assert_ok(vector_index_append(one_by_one, vector_of(&v, i), &row, &err));
        link_all(one_by_one);
    }
    const uint32_t slices[] = {1, 7, 64, 5000};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
        vector_index *sliced = new_index_of(&options, &v);
        link_in_slices(sliced, v.count, slices[i], NULL);
        assert_same_graph(&one_by_one->graph, &sliced->graph);
        vector_index_free(sliced);
    }
    vector_index_free(one_by_one);
    free(v.rows);
}

/* Slices that end within batches, and in their last row: another graph, and as good a one. */
static void slices_of_any_size_give_a_sound_graph(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(3500, 16, 83), queries = clustered_vectors(50, 16, 84);
    vector_index_options options = {
        .metric = KITH_SQUARED_L2, .dim = 16, .flat_below = 700, .neighbors = 8, .seed = 3};
    const uint32_t slices[] = {1, 7, GRAPH_BATCH - 1, GRAPH_BATCH + 1, 5000};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
        vector_index *sliced = new_index_of(&options, &v);
        vector_search_plan plan;
        link_in_slices(sliced, v.count, slices[i], NULL);
        vector_view seen = view_of_all(sliced, NULL);
        assert_true(mean_recall(&seen, &v, &queries, NULL, &plan) >= 0.97);
        assert_string_equal(plan.kind, "graph");
        vector_index_free(sliced);
    }
    free(v.rows);
    free(queries.rows);
}

static void the_graph_does_not_depend_on_the_threads(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(2500, 12, 85);
    vector_index_options options = {.dim = 12, .flat_below = 700, .neighbors = 5, .seed = 9};
    vector_index *alone = new_index_of(&options, &v);
    link_in_slices(alone, v.count, 500, NULL);
    const uint32_t threads[] = {1, 2, 5};
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        thread_pool *helpers = NULL;
        assert_ok(thread_pool_new(threads[i], &helpers, &err));
        vector_index *helped = new_index_of(&options, &v);
        link_in_slices(helped, v.count, 500, helpers);
        assert_same_graph(&alone->graph, &helped->graph);
        vector_index_free(helped);
        thread_pool_free(helpers);
    }
    vector_index_free(alone);
    free(v.rows);
}

/* Four copies of each point, side by side: nearly all neighbors of a node are in its own batch. */
static void copies_of_a_point_in_one_batch_are_all_reachable(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(2000, 8, 86);
    for (uint32_t i = 0; i < v.count; i++)
        memcpy(&v.rows[(size_t)i * v.dim], &v.rows[(size_t)(i - i % 4) * v.dim],
               v.dim * sizeof *v.rows);
    vector_index_options options = {.dim = 8, .flat_below = 700, .neighbors = 2, .seed = 5};
    vector_index *ix = new_index_of(&options, &v);
    link_in_slices(ix, v.count, v.count, NULL); // which verifies that every node is reachable
    vector_index_free(ix);
    free(v.rows);
}

/* The tail, the rows that are not linked yet, is scanned: its rows are always found. */
static void rows_that_are_not_linked_yet_are_found_all_the_same(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(6000, 16, 91), queries = clustered_vectors(50, 16, 92);
    vector_index *ix = NULL;
    vector_index_options options = {
        .metric = KITH_SQUARED_L2, .dim = 16, .flat_below = 1000, .neighbors = 8};
    assert_ok(vector_index_new(&options, &ix, &err));
    append_all(ix, &v);
    vector_view seen = view_of_all(ix, NULL);
    const uint32_t linked[] = {500, 1000, 1001, 3000, 4000, 5990, 6000};
    for (size_t i = 0; i < sizeof linked / sizeof linked[0]; i++) {
        uint32_t now = vector_index_linked(ix);
        vector_search_plan plan;
        assert_ok(vector_index_link(ix, v.count, linked[i] - now, NULL, &now, &err));
        assert_int_equal(now, linked[i]);
        double recall = mean_recall(&seen, &v, &queries, NULL, &plan);
        // 64 candidates count as 2,048 rows, and only the linked ones are saved by the walk.
        bool by_graph = now > 2048;
        assert_string_equal(plan.kind, by_graph ? "graph" : "flat");
        if (by_graph)
            assert_in_range(plan.distances, v.count - now + 64, v.count - now + now / 2);
        else
            assert_int_equal(plan.distances, v.count);
        assert_true(by_graph ? recall >= 0.97 : recall == 1);
        // 10 candidates count as 320 rows: the graph answers as soon as there is one.
        plan = plan_of(&seen, &v, NULL);
        assert_string_equal(plan.kind, now > 1000 ? "graph" : "flat");
        for (uint32_t row = 0; row < v.count; row += 61) {
            vector_search search = {.k = 1};
            hit nearest;
            uint32_t count = 0;
            assert_ok(vector_index_search(&seen, vector_of(&v, row), &search, &nearest, &count,
                                          NULL, &err));
            if (row >= now || !by_graph) assert_int_equal(nearest.id, row);
        }
    }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

/* A view from before, of 3,000 of the 6,000 rows that are linked by now. */
static void an_older_view_gets_none_of_the_rows_linked_since(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(6000, 16, 93), queries = clustered_vectors(50, 16, 94);
    vector_index *ix =
        index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = 1000});
    bitset *live = all_live(3000);
    for (uint32_t row = 0; row < 3000; row += 10)
        bitset_clear(live, row);
    vector_view seen = {ix, 3000, live, 2700};
    vector_set shown = {3000, v.dim, v.rows};
    vector_search_plan plan;
    assert_true(mean_recall(&seen, &shown, &queries, NULL, &plan) >= 0.97);
    // With few candidates, and more in proportion to what the view lacks.
    uint32_t found = 0;
    for (uint32_t i = 0; i < queries.count; i++) {
        kith_error err;
        vector_search search = {.k = K, .ef = K, .strategy = VECTOR_WALK};
        hit hits[K];
        uint32_t count = 0;
        naive_hit *naive = NULL;
        naive_search(KITH_SQUARED_L2, &shown, vector_of(&queries, i), live, &naive);
        assert_ok(
            vector_index_search(&seen, vector_of(&queries, i), &search, hits, &count, &plan, &err));
        assert_true(strcmp(plan.kind, "graph") == 0 || strcmp(plan.kind, "graph, then flat") == 0);
        assert_int_equal(count, K);
        for (uint32_t j = 0; j < count; j++)
            assert_true(hits[j].id < 3000 && bitset_has(live, hits[j].id));
        found += (uint32_t)(K * recall_of(hits, count, naive, K) + 0.5);
        free(naive);
    }
    assert_true(found >= K * queries.count * 8 / 10);
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
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
    vector_view seen = view_of_all(ix, NULL);
    double recalls[2] = {0};
    const uint32_t efs[2] = {1, 200};
    for (uint32_t i = 0; i < queries.count; i++) {
        naive_hit *naive = NULL;
        naive_search(KITH_SQUARED_L2, &v, vector_of(&queries, i), NULL, &naive);
        for (size_t e = 0; e < 2; e++) {
            hit hits[K];
            uint32_t count = 0;
            vector_search search = {.k = K, .ef = efs[e]};
            assert_ok(vector_index_search(&seen, vector_of(&queries, i), &search, hits, &count,
                                          NULL, &err));
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
    vector_view seen = view_of_all(ix, NULL);
    vector_search search = {.k = K};
    assert_ok(vector_index_search(&seen, vector_of(&v, 4), &search, first, &count, NULL, &err));
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 254; i++)
            assert_ok(
                vector_index_search(&seen, vector_of(&v, 5), &search, other, &count, NULL, &err));
        assert_ok(vector_index_search(&seen, vector_of(&v, 4), &search, later, &count, NULL, &err));
        assert_memory_equal(first, later, sizeof first);
    }
    vector_index_free(ix);
    free(v.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_graph_finds_nearly_all_neighbours_under_every_metric),
        cmocka_unit_test(the_graph_appears_once_more_rows_than_flat_below_are_linked),
        cmocka_unit_test(every_row_stays_reachable_in_awkward_data),
        cmocka_unit_test(k_results_come_back_under_any_filter_and_are_the_nearest),
        cmocka_unit_test(a_filter_that_matches_only_far_away_falls_back_to_the_scan),
        cmocka_unit_test(few_rows_are_scanned_and_many_are_walked_to),
        cmocka_unit_test(the_checks_name_what_is_broken),
        cmocka_unit_test(removed_rows_never_come_back_and_recall_holds),
        cmocka_unit_test(one_seed_gives_one_graph_and_another_seed_another),
        cmocka_unit_test(slices_of_whole_batches_give_the_same_graph),
        cmocka_unit_test(the_first_nodes_are_linked_one_by_one),
        cmocka_unit_test(slices_of_any_size_give_a_sound_graph),
        cmocka_unit_test(the_graph_does_not_depend_on_the_threads),
        cmocka_unit_test(copies_of_a_point_in_one_batch_are_all_reachable),
        cmocka_unit_test(rows_that_are_not_linked_yet_are_found_all_the_same),
        cmocka_unit_test(an_older_view_gets_none_of_the_rows_linked_since),
        cmocka_unit_test(levels_are_drawn_geometrically),
        cmocka_unit_test(ef_is_raised_to_k_and_more_ef_finds_more),
        cmocka_unit_test(the_bytes_told_are_those_of_rows_and_links),
        cmocka_unit_test(a_search_meets_no_stale_tag_after_many_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
