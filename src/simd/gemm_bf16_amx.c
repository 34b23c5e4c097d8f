/* gemm_bf16_amx.c - bf16 products in tiles. tdpbf16ps takes subnormal numbers as zero, and rounds to
 * nearest whatever the mode is. */
#define TILE_ROWS    8
#define TILE_VECTORS 2
#define PRECISION_BF16
#define CODE         uint16_t
#define ROWS         GEMM_CODE_ROWS_MAX
#define VEC_CODES(v) _mm512_cvtneps_pbh(v)
#define SUM          vec
#define TILE_DOT     TILE_DOT_BF16
#include "simd/vectors_avx512.inc.h"

#include "simd/gemm_amx.inc.h"

const gemm_format gemm_bf16_amx = {
    .precision = GEMM_BF16,
    .code_bytes = sizeof(CODE),
    .group = 2,
    .step = TILE_BYTES / sizeof(CODE),
    .panel = PANEL,
    .rows = ROWS,
    .encode = encode,
    .multiply = multiply,
    .attend = gemm_attend_amx,
};
