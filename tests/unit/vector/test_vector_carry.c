/* An index that is built anew takes the nodes of the one before: what it then finds is what brute force finds, and only rows that
 * are new are linked. */
#include "test.h"

#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

#include <string.h>

enum { K = 10, ROWS = 2000, REMOVED = 300, STALE = 100, CHANGED = 50, ADDED = 150, NONE = -1 };

/* An index, and which vector of the set each row has; NONE: the row is dead. */
typedef struct model {
    vector_index *ix;
    vector_set vectors;
    int32_t has[2 * ROWS];
    uint32_t rows;
} model;

static void model_begin(model *m, uint32_t dim)
{
    kith_error err;
    *m = (model){.vectors = clustered_vectors(3000, dim, 21)};
    const vector_index_options options = {.metric = KITH_SQUARED_L2,
                                          .dim = dim,
                                          .flat_below = 100,
                                          .coded_above = 200,
                                          .neighbors = 8,
                                          .ef_construction = 60};
    assert_ok(vector_index_new(&options, &m->ix, &err));
}

static void model_end(model *m)
{
    vector_index_free(m->ix);
    free(m->vectors.rows);
}

static void append(model *m, uint32_t vector)
{
    kith_error err;
    uint32_t row = 0;
    assert_ok(vector_index_append(m->ix, vector_of(&m->vectors, vector), &row, &err));
    assert_int_equal(row, m->rows);
    m->has[m->rows++] = (int32_t)vector;
}

static void link_rows_of(model *m)
{
    kith_error err;
    while (vector_index_unlinked(m->ix, m->rows) > 0)
        assert_ok(vector_index_link(m->ix, m->rows, 256, NULL, NULL, &err));
    vector_index_check(m->ix);
}

/* A bitset of the live rows, the caller's. */
static bitset *live_rows(const model *m, vector_view *seen)
{
    bitset *live = bitset_new(m->rows);
    assert_non_null(live);
    for (uint32_t row = 0; row < m->rows; row++)
        if (m->has[row] != NONE) bitset_set(live, row);
    *seen = (vector_view){m->ix, m->rows, live, bitset_popcount(live)};
    return live;
}

static void remove_dead(model *m)
{
    kith_error err;
    vector_view seen;
    bitset *live = live_rows(m, &seen);
    assert_ok(vector_index_remove(m->ix, &seen, &err));
    while (!vector_index_reclaim(m->ix))
        ;
    vector_index_check(m->ix);
    bitset_free(live);
}

static void kill_rows(model *m, rng *random, uint32_t count)
{
    while (count > 0) {
        const uint32_t row = (uint32_t)rng_below(random, m->rows);
        if (m->has[row] == NONE) continue;
        m->has[row] = NONE;
        count--;
    }
}

/* The share of the K nearest that walks find; exact searches find all. */
static double judge(const model *m)
{
    vector_view seen;
    bitset *live = live_rows(m, &seen);
    uint32_t found = 0, wanted = 0;
    for (uint32_t q = 0; q < 60; q++) {
        kith_error err;
        const float *query = vector_of(&m->vectors, q * 37 % m->vectors.count);
        hit nearest[K], hits[K];
        uint32_t count = 0;
        topk best = {.heap = nearest, .k = K};
        for (uint32_t row = 0; row < m->rows; row++)
            if (m->has[row] != NONE)
                (void)topk_offer(&best,
                                 (float)naive_distance(
                                     KITH_SQUARED_L2, vector_of(&m->vectors, (uint32_t)m->has[row]),
                                     query, m->vectors.dim),
                                 row);
        topk_sort(&best);
        for (int exact = 0; exact < 2; exact++) {
            const vector_search search = {
                .k = K, .ef = 64, .exact = exact, .strategy = exact ? VECTOR_PLANNED : VECTOR_WALK};
            assert_ok(vector_index_search(&seen, query, &search, hits, &count, NULL, &err));
            assert_int_equal(count, best.count);
            for (uint32_t i = 0; i < count; i++) {
                assert_true(m->has[hits[i].id] != NONE);
                if (exact) assert_float_equal(hits[i].distance, nearest[i].distance, 1e-4);
                found += !exact && hits[i].distance <= nearest[K - 1].distance + 1e-4F;
                wanted += !exact;
            }
        }
    }
    bitset_free(live);
    return (double)found / wanted;
}

/* Different vectors of live rows. */
static uint32_t count_vectors(const model *m)
{
    uint32_t count = 0;
    bitset *seen = bitset_new(m->vectors.count);
    assert_non_null(seen);
    for (uint32_t row = 0; row < m->rows; row++)
        if (m->has[row] != NONE && !bitset_has(seen, (uint32_t)m->has[row])) {
            bitset_set(seen, (uint32_t)m->has[row]);
            count++;
        }
    bitset_free(seen);
    return count;
}

/* Some 30 % are copies of a few; some are removed, and more are dead. */
static void fill(model *m, rng *random)
{
    for (uint32_t i = 0; i < ROWS; i++)
        append(m, i % 10 < 3 ? i % 7 : i);
    link_rows_of(m);
    kill_rows(m, random, REMOVED);
    remove_dead(m);
    kill_rows(m, random, STALE);
}

/* Puts what lives in `m` into `anew` in another order, the last of it with other vectors, and new ones. former [2 * ROWS] */
static void fill_anew(const model *m, model *anew, rng *random, uint32_t *former)
{
    uint32_t order[ROWS], count = 0;
    for (uint32_t row = 0; row < m->rows; row++)
        if (m->has[row] != NONE) order[count++] = row;
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t other = (uint32_t)rng_below(random, i), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t own = (uint32_t)m->has[order[i]];
        former[anew->rows] = order[i];
        append(anew, i < count - CHANGED ? own : ROWS + i % 500);
    }
    for (uint32_t i = 0; i < ADDED; i++) {
        former[anew->rows] = UINT32_MAX;
        append(anew, 2500 + i);
    }
}

static void carry_over(uint32_t dim)
{
    kith_error err;
    rng random = {dim};
    static uint32_t former[2 * ROWS];
    model before, anew;
    bool is_carried = false;
    model_begin(&before, dim);
    model_begin(&anew, dim);
    fill(&before, &random);
    fill_anew(&before, &anew, &random, former);
    const uint32_t nodes = graph_linked(&before.ix->graph);
    assert_ok(vector_index_carry(anew.ix, before.ix, former, &is_carried, &err));
    assert_true(is_carried);
    assert_int_equal(graph_linked(&before.ix->graph), nodes);
    vector_index_check(before.ix);
    assert_true(judge(&before) >= 0.97);
    assert_int_equal(vector_index_unlinked(anew.ix, anew.rows), CHANGED + ADDED);
    assert_true(graph_linked(&anew.ix->graph) >= nodes - STALE - CHANGED);
    vector_index_check(anew.ix);
    // Copies share a slot from now on, and those that they had are no gaps.
    assert_int_equal(vector_index_vectors(anew.ix),
                     graph_linked(&anew.ix->graph) + CHANGED + ADDED);
    assert_int_equal(vector_index_unused_vectors(anew.ix), 0);
    link_rows_of(&anew);
    assert_int_equal(graph_linked(&anew.ix->graph), count_vectors(&anew));
    const double recall = judge(&anew);
    print_message("%u dimensions: %u of %u nodes, recall %.4f\n", dim, nodes,
                  graph_linked(&anew.ix->graph), recall);
    assert_true(recall >= 0.97);
    kill_rows(&anew, &random, 400); // and it goes on as any other
    remove_dead(&anew);
    for (uint32_t i = 0; i < 500; i++)
        append(&anew, i * 5);
    link_rows_of(&anew);
    assert_true(judge(&anew) >= 0.97);
    model_end(&anew);
    model_end(&before);
}

static void nodes_are_carried_over_with_their_links(void **state)
{
    (void)state;
    carry_over(12);
    carry_over(96);
}

/* In each case nothing is done, and linking does it all. */
static void what_cannot_be_carried_is_linked(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) {
        kith_error err;
        static uint32_t former[ROWS];
        model before, anew;
        bool is_carried = true;
        model_begin(&before, 96);
        model_begin(&anew, 96);
        for (uint32_t i = 0; i < ROWS; i++)
            append(&before, i);
        if (what != 0) link_rows_of(&before); // else there is no graph
        const uint32_t kept = what == 1 ? ROWS * 3 / 4 - 1 : what == 2 ? 100 : ROWS;
        for (uint32_t i = 0; i < kept; i++) { // too few of its rows, or too few rows at all
            former[i] = i;
            append(&anew, i);
        }
        assert_ok(vector_index_carry(anew.ix, before.ix, former, &is_carried, &err));
        assert_false(is_carried);
        assert_int_equal(graph_linked(&anew.ix->graph), 0);
        link_rows_of(&anew);
        assert_true(judge(&anew) >= 0.97);
        model_end(&anew);
        model_end(&before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_carried_over_with_their_links),
        cmocka_unit_test(what_cannot_be_carried_is_linked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
