/* gemm_codes.inc.h - products of codes in vectors, written once for every format and instruction set.
 * The file that includes it defines what gemm_encode.inc.h asks for and
 *
 *   GROUP          codes in 32 bits: 4 of 8 bits, 2 of 16
 *   DOT(sum, a, w) sum + the products of `a`, one group in every lane, and `w`, a group of another
 *                  column in each lane; both of type bits
 *
 * and becomes a gemm_format.
 *
 * Invariant: a sum takes the groups of its row in the order of k, in every variant of the tile. */
#include "simd/gemm_encode.inc.h"

/* ---- the product ---- */

typedef struct code_tile {
    const char *a; /* rows of codes */
    size_t a_stride;
    const char *b; /* [groups][vectors * LANES] groups */
    size_t rows, vectors, groups;
    size_t column; /* of the product, at which the panel begins */
    float *out;
    size_t out_stride;
    const gemm_row *scale; /* [rows] */
    const gemm_code_call *call;
} code_tile;

/* `rows` and `vectors` are constants where it is inlined, so that the sums live in registers. */
INLINE void tile(const code_tile *t, const int rows, const int vectors)
{
    const char *a = t->a, *b = t->b;
    const size_t a_stride = t->a_stride, groups = t->groups;
    SUM sum[TILE_ROWS][TILE_VECTORS];
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            sum[r][v] = (SUM){0};
    }
    for (size_t k = 0; k < groups; k++) {
        bits column[TILE_VECTORS];
        UNROLL
        for (int v = 0; v < vectors; v++)
            memcpy(&column[v], b + v * VECTOR_BYTES, VECTOR_BYTES);
        UNROLL
        for (int r = 0; r < rows; r++) {
            uint32_t group;
            memcpy(&group, a + (size_t)r * a_stride + k * sizeof group, sizeof group);
            bits all = group - (bits){0};
            UNROLL
            for (int v = 0; v < vectors; v++)
                sum[r][v] = DOT(sum[r][v], all, column[v]);
        }
#ifdef TILE_PREFETCH
        __builtin_prefetch(b + TILE_PREFETCH, 0, 2);
#endif
        b += vectors * VECTOR_BYTES;
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const column_terms terms = load_terms(t->call, t->column + (size_t)v * LANES);
        UNROLL
        for (int r = 0; r < rows; r++)
            vec_store(t->out + (size_t)r * t->out_stride + v * LANES,
                      scaled(sum[r][v], &terms, t->scale[r]));
    }
}

#define TILE_VARIANTS_ARGUMENT code_tile
#include "simd/gemm_tiles.inc.h"

static void multiply(const gemm_code_call *call)
{
    size_t padded = gemm_padded(call->columns), groups = (call->depth + GROUP - 1) / GROUP;
    size_t stride = code_stride(call->depth);
    for (size_t n = 0; n < padded; n += PANEL) {
        size_t width = panel_width(padded, n);
        for (size_t m = 0, rows; m < call->count; m += rows) {
            rows = tile_height(call->count - m);
            code_tile t = {
                .a = (const char *)call->codes + m * stride,
                .a_stride = stride,
                .b = (const char *)call->weights->codes + n * groups * sizeof(uint32_t),
                .rows = rows,
                .vectors = width / LANES,
                .groups = groups,
                .column = n,
                .out = call->out + m * call->out_stride + n,
                .out_stride = call->out_stride,
                .scale = call->rows + m,
                .call = call,
            };
            tile_run(&t);
            if (call->activation == GEMM_GELU) tile_gelu(t.out, t.out_stride, rows, t.vectors);
        }
    }
}
