/* distance.h - distance kernels, one table per instruction set. */
#ifndef KITH_SIMD_DISTANCE_H
#define KITH_SIMD_DISTANCE_H

#include "simd/simd.h"

extern const simd_distance simd_distance_scalar, simd_distance_avx2, simd_distance_avx512;

#endif
