/* vectors.c - storing rows and comparing them under a metric. */
#include "vector/vectors.h"

#include "base/size.h"
#include "simd/simd.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LINE_FLOATS = 16 };

void vectors_init(vectors *v, kith_metric metric, uint32_t dim)
{
    *v = (vectors){.metric = metric, .dim = dim};
    v->stride = (dim + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
}

void vectors_done(vectors *v)
{
    region_done(&v->memory);
}

kith_status vectors_reserve(vectors *v, uint32_t count, kith_error *err)
{
    size_t bytes;
    if (count > VECTORS_MAX_ROWS)
        return fail(err, KITH_ERR_LIMIT, "an index holds at most %d vectors", VECTORS_MAX_ROWS);
    if (!size_mul((size_t)v->stride * sizeof(float), count, &bytes) ||
        !region_reserve(&v->memory, bytes))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors of %u dimensions", count,
                    v->dim);
    return KITH_OK;
}

void vectors_append(vectors *v, const float *vector)
{
    vectors_prepare(v, vector, vectors_row(v, v->count));
    v->count++;
}

void vectors_prepare(const vectors *v, const float *vector, float *out)
{
    size_t dim = v->dim;
    memset(out + dim, 0, (v->stride - dim) * sizeof *out);
    if (v->metric != KITH_COSINE) {
        memcpy(out, vector, dim * sizeof *out);
        return;
    }
    // In double, neither the largest nor the smallest floats leave its range when squared.
    double square = 0;
    for (size_t i = 0; i < dim; i++)
        square += (double)vector[i] * (double)vector[i];
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (size_t i = 0; i < dim; i++)
        out[i] = (float)((double)vector[i] * scale);
}

/* Sums of huge floats overflow to infinity or NaN; an order needs neither. A comparison with NaN is
 * false, so both become the farthest distance. */
static inline float make_finite(float distance)
{
    distance = distance < FLT_MAX ? distance : FLT_MAX;
    return distance > -FLT_MAX ? distance : -FLT_MAX;
}

void vectors_distances(const vectors *v, const float *prepared, const uint32_t *ids, size_t count,
                       float *out)
{
    const simd_rows rows = {v->memory.base, v->stride, v->stride};
    if (v->metric == KITH_SQUARED_L2) {
        simd()->distance->squared_l2_rows(&rows, prepared, ids, count, out);
        for (size_t i = 0; i < count; i++)
            out[i] = make_finite(out[i]);
    } else {
        simd()->distance->dot_rows(&rows, prepared, ids, count, out);
        for (size_t i = 0; i < count; i++)
            out[i] = make_finite(1 - out[i]);
    }
}

float vectors_distance(const vectors *v, const float *prepared, uint32_t row)
{
    float distance;
    vectors_distances(v, prepared, &row, 1, &distance);
    return distance;
}
