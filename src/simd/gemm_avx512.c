/* gemm_avx512.c - the encoder's kernels for AVX-512: 8 rows x 48 columns, 24 of 32 registers sum.
 * 48 divides the widths of the common models (384, 768, 1152, 1536, 3072), and eight rows waste
 * less on short texts than twelve x 32. */
#define TILE_ROWS    8
#define TILE_VECTORS 3
#define GEMM_TABLE   simd_gemm_avx512
#include "simd/vectors_avx512.inc.h"

#include "simd/gemm_kernels.inc.h"
