/* gemm_int16_avx512.c - int16 products with VNNI: as fast as bf16, which VNNI came years before.
 * See gemm_int8_avx512.c for the assembly. */
#define TILE_ROWS    8
#define TILE_VECTORS 3
#define PRECISION_INT16
#define CODE         int16_t
#define ROWS         1
#define VEC_CODES(v) _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(v))
#define GROUP        2
#define SUM          ints
#define DOT(sum, a, w)                                                                             \
    ({                                                                                             \
        ints total = (sum);                                                                        \
        __asm__("vpdpwssd %2, %1, %0" : "+v"(total) : "v"(a), "v"(w));                             \
        total;                                                                                     \
    })
#include "simd/vectors_avx512.inc.h"

#include "simd/gemm_codes.inc.h"

const gemm_format gemm_int16_avx512 = {
    .precision = GEMM_INT16,
    .code_bytes = sizeof(CODE),
    .group = GROUP,
    .step = GROUP,
    .panel = PANEL,
    .rows = ROWS,
    .encode = encode,
    .multiply = multiply,
};
