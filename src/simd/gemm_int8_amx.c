/* gemm_int8_amx.c - int8 products in tiles: 16 x 16 sums of 64 products by one instruction of 16 cycles,
 * eight times what VNNI does. Codes and sums are those of gemm_int8_avx512.c, to the bit. */
#define TILE_ROWS    8
#define TILE_VECTORS 2
#define PRECISION_INT8
#define CODE         uint8_t
#define ROWS         GEMM_CODE_ROWS_MAX
#define VEC_CODES(v) _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v))
#define SUM          ints
#define TILE_DOT     TILE_DOT_INT8
#include "simd/vectors_avx512.inc.h"

#include "simd/gemm_amx.inc.h"

const gemm_format gemm_int8_amx = {
    .precision = GEMM_INT8,
    .code_bytes = sizeof(CODE),
    .group = 4,
    .step = TILE_BYTES,
    .panel = PANEL,
    .rows = ROWS,
    .encode = encode,
    .multiply = multiply,
};
