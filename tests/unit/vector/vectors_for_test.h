/* vectors_for_test.h - random vectors, and the naive search that the index is held against: every
 * row, sums in double, a sort. */
#ifndef KITH_VECTORS_FOR_TEST_H
#define KITH_VECTORS_FOR_TEST_H

#include "base/rng.h"
#include "vector/vector_index.h"

#include <math.h>

typedef struct naive_hit {
    double distance;
    uint32_t row;
} naive_hit;

typedef struct vector_set {
    uint32_t count, dim;
    float *rows; /* [count][dim] */
} vector_set;

static inline const float *vector_of(const vector_set *v, uint32_t row)
{
    return v->rows + (size_t)row * v->dim;
}

static inline vector_set vector_set_new(uint32_t count, uint32_t dim)
{
    vector_set v = {count, dim, calloc((size_t)count * dim, sizeof(float))};
    assert_non_null(v.rows);
    return v;
}

/* Clustered points: uniform noise alone has no neighbours worth the name. */
static inline vector_set clustered_vectors(uint32_t count, uint32_t dim, uint64_t seed)
{
    rng random = {seed};
    vector_set v = vector_set_new(count, dim), centres = vector_set_new(count / 50 + 1, dim);
    for (size_t i = 0; i < (size_t)centres.count * dim; i++)
        centres.rows[i] = (float)(rng_unit(&random) * 2 - 1);
    for (uint32_t row = 0; row < count; row++) {
        const float *centre = vector_of(&centres, rng_below(&random, centres.count));
        for (uint32_t i = 0; i < dim; i++)
            v.rows[(size_t)row * dim + i] = centre[i] + (float)(rng_unit(&random) - 0.5) * 0.8F;
    }
    free(centres.rows);
    return v;
}

/* Small whole numbers, whose float sums are exact, so that ties are true ties. */
static inline vector_set whole_vectors(uint32_t count, uint32_t dim, uint64_t seed)
{
    rng random = {seed};
    vector_set v = vector_set_new(count, dim);
    for (size_t i = 0; i < (size_t)count * dim; i++)
        v.rows[i] = (float)rng_below(&random, 5) - 2;
    return v;
}

static inline double naive_distance(kith_metric metric, const float *a, const float *b,
                                    uint32_t dim)
{
    double dot = 0, square = 0, aa = 0, bb = 0;
    for (uint32_t i = 0; i < dim; i++) {
        double x = a[i], y = b[i];
        dot += x * y;
        square += (x - y) * (x - y);
        aa += x * x;
        bb += y * y;
    }
    if (metric == KITH_SQUARED_L2) return square;
    if (metric == KITH_INNER_PRODUCT) return 1 - dot;
    return aa > 0 && bb > 0 ? 1 - dot / sqrt(aa * bb) : 1;
}

static inline int compare_naive_hits(const void *a, const void *b)
{
    const naive_hit *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* All rows for which `allowed` (NULL: all) has a bit, nearest first; returns how many. Free *out.
 */
static inline uint32_t naive_search(kith_metric metric, const vector_set *v, const float *query,
                                    const bitset *allowed, naive_hit **out)
{
    naive_hit *hits = calloc(v->count + 1, sizeof *hits);
    assert_non_null(hits);
    uint32_t count = 0;
    for (uint32_t row = 0; row < v->count; row++) {
        if (allowed && !bitset_has(allowed, row)) continue;
        hits[count++] = (naive_hit){naive_distance(metric, vector_of(v, row), query, v->dim), row};
    }
    qsort(hits, count, sizeof *hits, compare_naive_hits);
    *out = hits;
    return count;
}

/* Appends the vectors, and links nothing. */
static inline void append_all(vector_index *ix, const vector_set *v)
{
    kith_error err;
    for (uint32_t i = 0, row; i < v->count; i++)
        assert_ok(vector_index_append(ix, vector_of(v, i), &row, &err));
}

/* Links what there is to link. */
static inline void link_all(vector_index *ix)
{
    kith_error err;
    assert_ok(vector_index_link(ix, vector_index_rows(ix), UINT32_MAX, NULL, NULL, &err));
    assert_int_equal(vector_index_unlinked(ix, vector_index_rows(ix)), 0);
}

/* An index over the vectors, all linked where there are more than flat_below. */
static inline vector_index *index_of(const vector_set *v, vector_index_options options)
{
    kith_error err;
    vector_index *ix = NULL;
    options.dim = v->dim;
    assert_ok(vector_index_new(&options, &ix, &err));
    append_all(ix, v);
    link_all(ix);
    return ix;
}

/* A view of all rows, of which those of `live` are live (NULL: all). */
static inline vector_view view_of_all(const vector_index *ix, const bitset *live)
{
    uint32_t rows = vector_index_rows(ix);
    return (vector_view){ix, rows, live, live ? bitset_popcount(live) : rows};
}

static inline void write_rows_of(const vector_index *ix, buffer *out)
{
    const vector_view all = view_of_all(ix, NULL);
    vector_index_write_rows(&all, out);
}

static inline void write_graph_of(const vector_index *ix, buffer *out)
{
    const vector_view all = view_of_all(ix, NULL);
    vector_index_write_graph(&all, out);
}

/* All bits of `count` rows set; free with bitset_free. */
static inline bitset *all_live(uint32_t count)
{
    bitset *live = bitset_new(count);
    assert_non_null(live);
    bitset_fill(live, true);
    return live;
}

#endif
