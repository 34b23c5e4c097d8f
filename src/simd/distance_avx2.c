/* distance_avx2.c - distances in 8-float registers.
 * Four accumulators hide the latency of the fused multiply-add; the tail is a masked load, which
 * touches no byte outside the mask. */
#include "simd/distance.h"

#include <immintrin.h>

enum { LANES = 8 };

/* A window of LANES that starts at LANES - n has its first n lanes set. */
static const int32_t tail_window[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};

static inline __m256 add_product(const float *a, const float *b, __m256 sum)
{
    return _mm256_fmadd_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b), sum);
}

static inline __m256 add_square(const float *a, const float *b, __m256 sum)
{
    __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b));
    return _mm256_fmadd_ps(difference, difference, sum);
}

static inline __m256 load_tail(const float *a, size_t count)
{
    const int32_t *window = tail_window + LANES - count;
    return _mm256_maskload_ps(a, _mm256_loadu_si256((const __m256i_u *)window));
}

static inline float reduce(__m256 s0, __m256 s1, __m256 s2, __m256 s3)
{
    __m256 sum = _mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3));
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

static inline float dot(const float *a, const float *b, size_t dim)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 * LANES <= dim; i += 4 * LANES) {
        s0 = add_product(a + i, b + i, s0);
        s1 = add_product(a + i + LANES, b + i + LANES, s1);
        s2 = add_product(a + i + 2 * LANES, b + i + 2 * LANES, s2);
        s3 = add_product(a + i + 3 * LANES, b + i + 3 * LANES, s3);
    }
    for (; i + LANES <= dim; i += LANES) {
        __m256 sum = add_product(a + i, b + i, s0);
        s0 = s1;
        s1 = s2;
        s2 = sum;
    }
    if (i < dim) s3 = _mm256_fmadd_ps(load_tail(a + i, dim - i), load_tail(b + i, dim - i), s3);
    return reduce(s0, s1, s2, s3);
}

static inline float squared_l2(const float *a, const float *b, size_t dim)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 * LANES <= dim; i += 4 * LANES) {
        s0 = add_square(a + i, b + i, s0);
        s1 = add_square(a + i + LANES, b + i + LANES, s1);
        s2 = add_square(a + i + 2 * LANES, b + i + 2 * LANES, s2);
        s3 = add_square(a + i + 3 * LANES, b + i + 3 * LANES, s3);
    }
    for (; i + LANES <= dim; i += LANES) {
        __m256 sum = add_square(a + i, b + i, s0);
        s0 = s1;
        s1 = s2;
        s2 = sum;
    }
    if (i < dim) {
        __m256 difference = _mm256_sub_ps(load_tail(a + i, dim - i), load_tail(b + i, dim - i));
        s3 = _mm256_fmadd_ps(difference, difference, s3);
    }
    return reduce(s0, s1, s2, s3);
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

const simd_distance simd_distance_avx2 = {dot, squared_l2, dot_rows, squared_l2_rows};
