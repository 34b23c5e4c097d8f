/* distance.h - distance kernels, one table per instruction set; for the files of this module.
 * Each file writes its kernel for one pair of rows; what goes around it is the same for all and is
 * inlined from here. */
#ifndef KITH_SIMD_DISTANCE_H
#define KITH_SIMD_DISTANCE_H

#include "simd/simd.h"

extern const simd_distance simd_distance_scalar, simd_distance_avx2, simd_distance_avx512;

typedef float (*distance_kernel)(const float *a, const float *b, size_t dim);

/* Rows are scattered, and the start of a row waits longest: for its page, and until the hardware
 * prefetcher has seen where it leads. So the first lines of a row are asked for two rows ahead.
 * Whole rows ahead were no faster (784 dimensions): the prefetches crowd out the loads. */
enum { DISTANCE_ROWS_AHEAD = 2, DISTANCE_LINE_FLOATS = 16 };

static inline __attribute__((always_inline)) void distance_each_row(const float *query, size_t dim,
                                                                    const float *const *rows,
                                                                    size_t count, float *out,
                                                                    distance_kernel kernel)
{
    for (size_t i = 0; i < count; i++) {
        if (i + DISTANCE_ROWS_AHEAD < count) {
            const float *ahead = rows[i + DISTANCE_ROWS_AHEAD];
            __builtin_prefetch(ahead);
            __builtin_prefetch(ahead + DISTANCE_LINE_FLOATS);
        }
        out[i] = kernel(query, rows[i], dim);
    }
}

#endif
