/* gemm_avx2.c - the encoder's kernels for AVX2 and FMA: 6 rows x 16 columns, 12 of 16 registers
 * sum. A panel is one cache line wide, and Zen 4's prefetcher alone does not keep up: 8 rows of all
 * layers take 4.6 ms, asking 8 KB ahead 3.1 ms, 130 rows 28.3 and 26.5 ms. (AVX-512's panel of
 * three lines gains nothing.) */
#include <immintrin.h>

#define VECTOR_BYTES  32
#define TILE_ROWS     6
#define TILE_VECTORS  2
#define TILE_PREFETCH 2048
#define VEC_MAX       _mm256_max_ps
#define VEC_MIN       _mm256_min_ps
#define GEMM_TABLE    simd_gemm_avx2
#include "simd/gemm_kernels.inc.h"
