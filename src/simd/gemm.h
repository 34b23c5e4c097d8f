/* gemm.h - the encoder's kernels, one table per instruction set. */
#ifndef KITH_SIMD_GEMM_H
#define KITH_SIMD_GEMM_H

#include "simd/simd.h"

struct simd_gemm {
    simd_level level;
};

extern const simd_gemm simd_gemm_scalar, simd_gemm_avx2, simd_gemm_avx512;

#endif
