/* gemm_int8_avx512.c - int8 products with VNNI: 8 rows x 48 columns, as float32 has them.
 * vpdpbusd is written as assembly: GCC 12 copies and spills around its intrinsic when 24 of them
 * sum, which halves the speed. */
#define TILE_ROWS    8
#define TILE_VECTORS 3
#define PRECISION_INT8
#define CODE         uint8_t
#define ROWS         1
#define VEC_CODES(v) _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v))
#define GROUP        4
#define SUM          ints
#define DOT(sum, a, w)                                                                             \
    ({                                                                                             \
        ints total = (sum);                                                                        \
        __asm__("vpdpbusd %2, %1, %0" : "+v"(total) : "v"(a), "v"(w));                             \
        total;                                                                                     \
    })
#include "simd/vectors_avx512.inc.h"

#include "simd/gemm_codes.inc.h"

const gemm_format gemm_int8_avx512 = {
    .precision = GEMM_INT8,
    .code_bytes = sizeof(CODE),
    .group = GROUP,
    .step = GROUP,
    .panel = PANEL,
    .rows = ROWS,
    .encode = encode,
    .multiply = multiply,
};
