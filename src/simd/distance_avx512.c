/* distance_avx512.c - distances in 16-float registers.
 * Four accumulators hide the latency of the fused multiply-add; the tail is a masked load, which
 * touches no byte outside the mask. */
#include "simd/distance.h"

#include <immintrin.h>

enum { LANES = 16 };

static inline __m512 add_product(const float *a, const float *b, __m512 sum)
{
    return _mm512_fmadd_ps(_mm512_loadu_ps(a), _mm512_loadu_ps(b), sum);
}

static inline __m512 add_square(const float *a, const float *b, __m512 sum)
{
    __m512 difference = _mm512_sub_ps(_mm512_loadu_ps(a), _mm512_loadu_ps(b));
    return _mm512_fmadd_ps(difference, difference, sum);
}

static inline __m512 load_tail(const float *a, size_t count)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1U << count) - 1), a);
}

static inline float dot(const float *a, const float *b, size_t dim)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 * LANES <= dim; i += 4 * LANES) {
        s0 = add_product(a + i, b + i, s0);
        s1 = add_product(a + i + LANES, b + i + LANES, s1);
        s2 = add_product(a + i + 2 * LANES, b + i + 2 * LANES, s2);
        s3 = add_product(a + i + 3 * LANES, b + i + 3 * LANES, s3);
    }
    for (; i + LANES <= dim; i += LANES) {
        __m512 sum = add_product(a + i, b + i, s0);
        s0 = s1;
        s1 = s2;
        s2 = sum;
    }
    if (i < dim) s3 = _mm512_fmadd_ps(load_tail(a + i, dim - i), load_tail(b + i, dim - i), s3);
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

static inline float squared_l2(const float *a, const float *b, size_t dim)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 * LANES <= dim; i += 4 * LANES) {
        s0 = add_square(a + i, b + i, s0);
        s1 = add_square(a + i + LANES, b + i + LANES, s1);
        s2 = add_square(a + i + 2 * LANES, b + i + 2 * LANES, s2);
        s3 = add_square(a + i + 3 * LANES, b + i + 3 * LANES, s3);
    }
    for (; i + LANES <= dim; i += LANES) {
        __m512 sum = add_square(a + i, b + i, s0);
        s0 = s1;
        s1 = s2;
        s2 = sum;
    }
    if (i < dim) {
        __m512 difference = _mm512_sub_ps(load_tail(a + i, dim - i), load_tail(b + i, dim - i));
        s3 = _mm512_fmadd_ps(difference, difference, s3);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
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

const simd_distance simd_distance_avx512 = {dot, squared_l2, dot_rows, squared_l2_rows};
