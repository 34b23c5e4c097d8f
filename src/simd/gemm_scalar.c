/* gemm_scalar.c - the encoder's kernels without any instruction set asked for: the compiler maps
 * four lanes to what every machine of the target has (SSE2, NEON) or to plain scalar code. */
#define VECTOR_BYTES 16
#define TILE_ROWS    6
#define TILE_VECTORS 2
#define GEMM_TABLE   simd_gemm_scalar
#include "simd/gemm_kernels.inc.h"
