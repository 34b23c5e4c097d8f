/* gemm_avx2.c - the encoder's kernels for avx2. */
#include "simd/gemm.h"

const simd_gemm simd_gemm_avx2 = {.level = SIMD_AVX2};
