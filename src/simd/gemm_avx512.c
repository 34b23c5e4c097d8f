/* gemm_avx512.c - the encoder's kernels for avx512. */
#include "simd/gemm.h"

const simd_gemm simd_gemm_avx512 = {.level = SIMD_AVX512};
