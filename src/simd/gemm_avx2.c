/* gemm_avx2.c - the encoder's kernels for AVX2 and FMA: 6 rows x 16 columns, 12 of 16 registers
 * sum. */
#include <immintrin.h>

#define VECTOR_BYTES 32
#define TILE_ROWS    6
#define TILE_VECTORS 2
#define VEC_MAX      _mm256_max_ps
#define GEMM_LEVEL   SIMD_AVX2
#define GEMM_TABLE   simd_gemm_avx2
#include "simd/gemm_kernels.inc.h"
