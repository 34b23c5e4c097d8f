/* gemm_scalar.c - the encoder's kernels for scalar. */
#include "simd/gemm.h"

const simd_gemm simd_gemm_scalar = {.level = SIMD_SCALAR};
