/* gemm_amx.inc.h - products of codes in tiles, written once for both formats. The file that includes it
 * defines what gemm_encode.inc.h asks for and
 *
 *   TILE_DOT(sums, a, b)   of amx_tiles.h
 *
 * and becomes a gemm_format.
 *
 * A block is 32 rows by 32 columns, four tiles of sums, so that each of four loads serves two products.
 * The last rows may be fewer than a tile has: what follows them in their block of codes is multiplied too, and
 * not looked at.
 *
 * Invariant: a sum takes the groups of its row in the order of k; a tile's rows do not meet. */
#include "simd/amx_tiles.h"
#include "simd/gemm_encode.inc.h"

enum {
    BLOCK_TILES = 2,
    BLOCK_ROWS = BLOCK_TILES * TILE_HEIGHT,
    PANEL_BYTES = PANEL * sizeof(uint32_t)
};
_Static_assert((int)ROWS == (int)TILE_HEIGHT && LANES == 16 && TILE_VECTORS == BLOCK_TILES,
               "a vector is a row of a tile");

/* Where the weights of the next panel are read ahead: a share of them with each step of a block. */
typedef struct read_ahead {
    const char *at, *end;
    size_t step_bytes;
} read_ahead;

/* Rows [first, first + rows) of the panel of columns that begins at `column`. */
typedef struct block_call {
    const gemm_code_call *call;
    size_t first, rows, column;
    SUM (*sums)[BLOCK_TILES]; /* [BLOCK_ROWS] */
    read_ahead *ahead;
} block_call;

INLINE void read_some(read_ahead *ahead)
{
    const char *stop = (size_t)(ahead->end - ahead->at) > ahead->step_bytes
                           ? ahead->at + ahead->step_bytes
                           : ahead->end;
    for (; ahead->at < stop; ahead->at += GEMM_CODE_ALIGNMENT)
        __builtin_prefetch(ahead->at, 0, 3);
}

/* sums = the block's products; `tiles` of rows and `vectors` of columns are constants where it is inlined. */
INLINE void block_multiply(const block_call *t, const int tiles, const int vectors)
{
    const size_t width = (size_t)vectors * TILE_BYTES, stride = code_stride(t->call->depth);
    const size_t line = TILE_BYTES;
    const char *a = (const char *)t->call->codes + t->first * stride;
    const char *b = (const char *)t->call->weights->codes + t->column * stride;
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    for (size_t k = 0; k < stride; k += TILE_BYTES) {
        TILE_LOAD(4, a, line);
        TILE_LOAD(6, b, width);
        TILE_DOT(0, 4, 6);
        if (tiles > 1) {
            TILE_LOAD(5, a + stride * TILE_HEIGHT, line);
            TILE_DOT(2, 5, 6);
        }
        if (vectors > 1) {
            TILE_LOAD(7, b + TILE_BYTES, width);
            TILE_DOT(1, 4, 7);
            if (tiles > 1) TILE_DOT(3, 5, 7);
        }
        read_some(t->ahead);
        a += TILE_BYTES * TILE_HEIGHT;
        b += width * TILE_HEIGHT;
    }
    TILE_STORE(0, &t->sums[0][0], sizeof *t->sums);
    if (vectors > 1) TILE_STORE(1, &t->sums[0][1], sizeof *t->sums);
    if (tiles > 1) TILE_STORE(2, &t->sums[TILE_HEIGHT][0], sizeof *t->sums);
    if (tiles > 1 && vectors > 1) TILE_STORE(3, &t->sums[TILE_HEIGHT][1], sizeof *t->sums);
}

/* Writes what the sums stand for. */
INLINE void block_finish(const block_call *t, const int vectors, const bool gelu)
{
    const size_t out_stride = t->call->out_stride;
    const gemm_row *row = t->call->rows + t->first;
    float *out = t->call->out + t->first * out_stride + t->column;
    column_terms terms[BLOCK_TILES];
    UNROLL
    for (int v = 0; v < vectors; v++)
        terms[v] = load_terms(t->call, t->column + (size_t)v * LANES);
    for (size_t r = 0; r < t->rows; r++, out += out_stride) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            vec x = scaled(t->sums[r][v], &terms[v], row[r]);
            vec_store(out + v * LANES, gelu ? vec_gelu(x) : x);
        }
    }
}

INLINE void block_of_vectors(const block_call *t, const int vectors)
{
    if (t->rows > TILE_HEIGHT)
        block_multiply(t, 2, vectors);
    else
        block_multiply(t, 1, vectors);
    if (t->call->activation == GEMM_GELU)
        block_finish(t, vectors, true);
    else
        block_finish(t, vectors, false);
}

static void block_run(const block_call *t, size_t vectors)
{
    if (vectors > 1)
        block_of_vectors(t, 2);
    else
        block_of_vectors(t, 1);
}

/* Panel after panel, so that one stays in the first cache while the rows pass by. */
static void multiply(const gemm_code_call *call)
{
    size_t padded = gemm_padded(call->columns), stride = code_stride(call->depth);
    size_t blocks = (call->count + BLOCK_ROWS - 1) / BLOCK_ROWS;
    const char *weights = call->weights->codes;
    SUM sums[BLOCK_ROWS][BLOCK_TILES];
    // A step of a block takes a step's depth of the panel, so that is what its blocks have to read.
    read_ahead ahead = {.end = weights + padded * stride,
                        .step_bytes = PANEL_BYTES * TILE_HEIGHT / blocks + GEMM_CODE_ALIGNMENT};
    block_call t = {.call = call, .sums = sums, .ahead = &ahead};
    tiles_configure(call->count < TILE_HEIGHT ? call->count : TILE_HEIGHT);
    for (; t.column < padded; t.column += PANEL) {
        size_t width = panel_width(padded, t.column);
        ahead.at = weights + (t.column + width) * stride;
        for (t.first = 0; t.first < call->count; t.first += BLOCK_ROWS) {
            size_t left = call->count - t.first;
            t.rows = left < BLOCK_ROWS ? left : BLOCK_ROWS;
            block_run(&t, width / LANES);
        }
    }
    tiles_release();
}
