/* model_for_test.h - an index beside what is known of its rows: rows come, die, are linked and removed, and what searches find is
 * held against brute force. */
#ifndef KITH_TESTS_VECTOR_MODEL_FOR_TEST_H
#define KITH_TESTS_VECTOR_MODEL_FOR_TEST_H

#include "test.h"

#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

enum { K = 10 }; /* hits of a search that is judged */

/* An index, the vectors of all rows that it ever had, and which of them are live. */
typedef struct model {
    vector_index *ix;
    vector_set vectors; /* row n is vector n % count */
    bitset *live;       /* room for `most` rows */
    uint32_t rows, live_count;
} model;

static inline model new_model(const vector_index_options *options, uint32_t most, uint64_t seed)
{
    kith_error err;
    model m = {.vectors = clustered_vectors(3000, options->dim, seed), .live = bitset_new(most)};
    assert_non_null(m.live);
    assert_ok(vector_index_new(options, &m.ix, &err));
    return m;
}

static inline void free_model(model *m)
{
    vector_index_free(m->ix);
    bitset_free(m->live);
    free(m->vectors.rows);
}

static inline const float *vector_of_row(const model *m, uint32_t row)
{
    return vector_of(&m->vectors, row % m->vectors.count);
}

static inline vector_view seen_by(const model *m, bitset *live)
{
    *live = (bitset){m->live->words, m->rows};
    return (vector_view){m->ix, m->rows, live, m->live_count};
}

static inline void append(model *m, uint32_t count)
{
    kith_error err;
    uint32_t row = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert_ok(vector_index_append(m->ix, vector_of_row(m, m->rows), &row, &err));
        assert_int_equal(row, m->rows);
        bitset_set(m->live, m->rows++);
        m->live_count++;
    }
}

static inline void kill_row(model *m, uint32_t row)
{
    if (!bitset_has(m->live, row)) return;
    bitset_clear(m->live, row);
    m->live_count--;
}

static inline void link_some(model *m, uint32_t most)
{
    kith_error err;
    assert_ok(vector_index_link(m->ix, m->rows, most, NULL, NULL, &err));
}

static inline void link_all_rows(model *m)
{
    while (vector_index_unlinked(m->ix, m->rows) > 0)
        link_some(m, 256);
}

static inline void remove_dead_rows(model *m)
{
    kith_error err;
    bitset live;
    const vector_view seen = seen_by(m, &live);
    assert_ok(vector_index_remove(m->ix, &seen, &err));
    vector_index_check(m->ix);
}

static inline void reclaim(model *m)
{
    for (int i = 0; i < 3 && !vector_index_reclaim(m->ix); i++)
        ;
    assert_true(vector_index_reclaim(m->ix));
    vector_index_check(m->ix);
}

/* The share of the K nearest that searches of some vectors of the set find. Every hit is live, with its
 * distance; exact searches find all. */
static inline double judge(const model *m, uint32_t queries, uint32_t ef)
{
    uint32_t wanted = 0, found = 0;
    kith_error err;
    bitset live;
    const vector_view seen = seen_by(m, &live);
    const kith_metric metric = vector_index_describe(m->ix)->metric;
    for (uint32_t q = 0; q < queries; q++) {
        const float *query = vector_of(&m->vectors, q * 37 % m->vectors.count);
        hit exact[K], hits[K], nearest[K];
        uint32_t exact_count = 0, count = 0;
        topk best = {.heap = nearest, .k = K};
        for (uint32_t row = 0; row < m->rows; row++)
            if (bitset_has(m->live, row))
                (void)topk_offer(
                    &best,
                    (float)naive_distance(metric, vector_of_row(m, row), query, m->vectors.dim),
                    row);
        topk_sort(&best);
        vector_search search = {.k = K, .exact = true};
        assert_ok(vector_index_search(&seen, query, &search, exact, &exact_count, NULL, &err));
        search = (vector_search){.k = K, .ef = ef};
        assert_ok(vector_index_search(&seen, query, &search, hits, &count, NULL, &err));
        assert_int_equal(exact_count, best.count);
        assert_int_equal(count, best.count);
        for (uint32_t i = 0; i < count; i++) {
            const double own =
                naive_distance(metric, vector_of_row(m, hits[i].id), query, m->vectors.dim);
            assert_true(bitset_has(m->live, hits[i].id));
            assert_float_equal(hits[i].distance, own, 1e-4);
            assert_float_equal(exact[i].distance, nearest[i].distance, 1e-4);
            found += hits[i].distance <= exact[count - 1].distance;
            wanted++;
        }
    }
    return wanted ? (double)found / wanted : 1;
}

#endif
