/* gemm_int16_scalar.c - int16 products without any instruction set asked for: pmaddwd where the
 * target is known to have it, else plain arithmetic. */
#define VECTOR_BYTES 16
#define TILE_ROWS    6
#define TILE_VECTORS 2
#define PRECISION_INT16
#define CODE  int16_t
#define ROWS  1
#define GROUP 2
#define SUM   ints

#ifdef __SSE2__
#include <emmintrin.h>
#define DOT(sum, a, w) ((sum) + (ints)_mm_madd_epi16((__m128i)(a), (__m128i)(w)))
#else
#define DOT(sum, a, w)                                                                             \
    ((sum) + ((ints)((a) << 16) >> 16) * ((ints)((w) << 16) >> 16) +                               \
     ((ints)(a) >> 16) * ((ints)(w) >> 16))
#endif
#include "simd/gemm_codes.inc.h"

const gemm_format gemm_int16_scalar = {
    .precision = GEMM_INT16,
    .code_bytes = sizeof(CODE),
    .group = GROUP,
    .step = GROUP,
    .panel = PANEL,
    .rows = ROWS,
    .encode = encode,
    .multiply = multiply,
};
