/* gemm_int16_avx2.c - int16 products without VNNI: vpmaddwd adds two products exactly, 16 of them
 * in the time of 8 of float32. The 8-bit way (vpmaddubsw) is no faster: its sums of two products
 * have 16 bits, so it needs vpmaddwd too before anything can be added up, and it saturates unless a
 * bit of the weights is given up. */
#include <immintrin.h>

#define VECTOR_BYTES  32
#define TILE_ROWS     6
#define TILE_VECTORS  2
#define TILE_PREFETCH 2048
#define VEC_MAX       _mm256_max_ps
#define VEC_MIN       _mm256_min_ps
#define PRECISION_INT16
#define CODE           int16_t
#define ROWS           1
#define GROUP          2
#define SUM            ints
#define DOT(sum, a, w) ((sum) + (ints)_mm256_madd_epi16((__m256i)(a), (__m256i)(w)))
#include "simd/gemm_codes.inc.h"

const gemm_format gemm_int16_avx2 = {
    .precision = GEMM_INT16,
    .code_bytes = sizeof(CODE),
    .group = GROUP,
    .step = GROUP,
    .panel = PANEL,
    .rows = ROWS,
    .encode = encode,
    .multiply = multiply,
};
