/* distance_scalar.c - distances in plain C, for any CPU.
 * The sums are kept in lanes so that the order of additions is fixed by the source: a compiler may
 * put the lanes into whatever registers the target has, and the result stays the same. */
#include "simd/distance.h"

enum { LANES = 16 };

static inline float reduce(float lanes[LANES])
{
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            lanes[i] += lanes[i + width];
    return lanes[0];
}

static inline float dot(const float *a, const float *b, size_t dim)
{
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += a[i + j] * b[i + j];
    for (size_t j = 0; i + j < dim; j++)
        lanes[j] += a[i + j] * b[i + j];
    return reduce(lanes);
}

static inline float squared_l2(const float *a, const float *b, size_t dim)
{
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += (a[i + j] - b[i + j]) * (a[i + j] - b[i + j]);
    for (size_t j = 0; i + j < dim; j++)
        lanes[j] += (a[i + j] - b[i + j]) * (a[i + j] - b[i + j]);
    return reduce(lanes);
}

static void dot_rows(const float *query, size_t dim, const float *const *rows, size_t count,
                     float *out)
{
    distance_each_row(query, dim, rows, count, out, dot);
}

static void squared_l2_rows(const float *query, size_t dim, const float *const *rows, size_t count,
                            float *out)
{
    distance_each_row(query, dim, rows, count, out, squared_l2);
}

const simd_distance simd_distance_scalar = {dot, squared_l2, dot_rows, squared_l2_rows};
