/* distance.h - distance kernels, one table per instruction set; for the files of this module.
 * Each file writes its kernel for one pair of rows; what goes around it is the same for all and is
 * inlined from here. */
#ifndef KITH_SIMD_DISTANCE_H
#define KITH_SIMD_DISTANCE_H

#include "simd/simd.h"

extern const simd_distance simd_distance_scalar, simd_distance_avx2, simd_distance_avx512;

typedef float (*distance_kernel)(const float *a, const float *b, size_t dim);

/* Rows are scattered, and the start of a row waits longest: for its page, and until the hardware
 * prefetcher has seen where it leads. So as many of the next rows as fill DISTANCE_AHEAD_FLOATS are asked for, one at least, into
 * the second level of the cache: into the first, which waits for fewer lines at a time, the prefetches would crowd out the loads
 * (784 dimensions). */
enum {
    DISTANCE_LINE_FLOATS = 16,
    DISTANCE_SECOND_LEVEL = 2,
    DISTANCE_AHEAD_FLOATS = 1536 // 12 rows of 128 dimensions, one of 784
};

static inline __attribute__((always_inline)) void distance_prefetch(const float *row, size_t dim)
{
    for (size_t at = 0; at < dim; at += DISTANCE_LINE_FLOATS)
        __builtin_prefetch(row + at, 0, DISTANCE_SECOND_LEVEL);
}

static inline __attribute__((always_inline)) void distance_each_row(const float *query, size_t dim,
                                                                    const float *const *rows,
                                                                    size_t count, float *out,
                                                                    distance_kernel kernel)
{
    const size_t ahead = dim < DISTANCE_AHEAD_FLOATS ? DISTANCE_AHEAD_FLOATS / dim : 1;
    for (size_t i = 1; i < count && i < ahead; i++)
        distance_prefetch(rows[i], dim);
    for (size_t i = 0; i < count; i++) {
        if (i + ahead < count) distance_prefetch(rows[i + ahead], dim);
        out[i] = kernel(query, rows[i], dim);
    }
}

#endif
