/* gemm_codes.inc.h - products of codes, written once for every format and instruction set. The file
 * that includes it defines what gemm_vectors.inc.h asks for and
 *
 *   CODE           the C type of an activation's code
 *   GROUP          codes in 32 bits: 4 of 8 bits, 2 of 16
 *   SUM            the vector that sums: of int32_t or of float
 *   DOT(sum, a, w) sum + the products of `a`, one group in every lane, and `w`, a group of another
 *                  column in each lane; both of type bits
 *
 * and one of PRECISION_INT8, PRECISION_INT16 and PRECISION_BF16, which says how rows are encoded and
 * sums scaled, and becomes a gemm_format.
 *
 * Invariant: a sum takes the groups of its row in the order of k, in every variant of the tile. */
#include "simd/gemm_codes.h"
#include "simd/gemm_vectors.inc.h"

typedef int32_t ints __attribute__((vector_size(VECTOR_BYTES)));
typedef CODE codes_of_vector __attribute__((vector_size(LANES * sizeof(CODE))));

/* Bytes from row to row: gemm_code_stride() of this format. */
INLINE size_t code_stride(size_t depth)
{
    size_t bytes = depth * sizeof(CODE);
    return (bytes + GEMM_CODE_ALIGNMENT - 1) / GEMM_CODE_ALIGNMENT * GEMM_CODE_ALIGNMENT;
}

/* ---- rows to codes ---- */

#ifdef PRECISION_INT8

/* Each lane plus its partner, whose index differs in one bit, or the partner minus it where the lane
 * has that bit. Written out: computed in a loop, GCC 12 builds the tables anew for every vector. */
_Static_assert(LANES == 16, "the tables of int8's rotation have a row of lanes");
#define BUTTERFLY(v, signs, ...) (__builtin_shufflevector(v, v, __VA_ARGS__) + (v) * (signs))

INLINE vec rotate_lanes(vec v)
{
    const vec signs1 = {1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1};
    const vec signs2 = {1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1};
    const vec signs4 = {1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1};
    const vec signs8 = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1};
    v = BUTTERFLY(v, signs1, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    v = BUTTERFLY(v, signs2, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    v = BUTTERFLY(v, signs4, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    v = BUTTERFLY(v, signs8, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    return v;
}

enum { ROTATION_VECTORS = GEMM_ROTATION_MAX / LANES };

/* Weighs and rotates GEMM_ROTATION_MAX channels. */
INLINE void rotate_block(const float *in, const float *smooth, float *out)
{
    vec v[ROTATION_VECTORS];
    UNROLL
    for (int i = 0; i < ROTATION_VECTORS; i++)
        v[i] = rotate_lanes(vec_load(in + i * LANES) * vec_load(smooth + i * LANES));
    UNROLL
    for (int half = 1; half < ROTATION_VECTORS; half *= 2) {
        UNROLL
        for (int i = 0; i < ROTATION_VECTORS; i++) {
            if (i & half) continue;
            vec a = v[i], b = v[i + half];
            v[i] = a + b;
            v[i + half] = a - b;
        }
    }
    UNROLL
    for (int i = 0; i < ROTATION_VECTORS; i++)
        vec_store(out + i * LANES, v[i]);
}

/* out[padded depth] = row * smooth rotated, times sqrt(block): the row's scale takes the factor up.
 * Zeros in the padding. */
static void rotate(const float *row, const float *smooth, size_t depth, float *out)
{
    size_t block = gemm_rotation(depth);
    if (block == GEMM_ROTATION_MAX) {
        for (size_t k = 0; k < depth; k += block)
            rotate_block(row + k, smooth + k, out + k);
        return;
    }
    for (size_t k = 0; k < gemm_padded(depth); k++)
        out[k] = k < depth ? row[k] * smooth[k] : 0;
    for (size_t half = 1; half < block; half *= 2) {
        for (size_t k = 0; k < depth; k++) {
            if (k & half) continue;
            float a = out[k], b = out[k + half];
            out[k] = a + b;
            out[k + half] = a - b;
        }
    }
}

#endif

#ifndef PRECISION_BF16

/* round(x) to nearest, for |x| < 2^22. */
INLINE ints vec_round(vec x)
{
    const float magic = 0x1.8p23f;
    return (ints)(bits)(x + magic) - (ints)(bits)vec_all(magic);
}

/* The scale and zero of row[padded depth], and its codes. A row of zeros has the codes 0 of any
 * scale. */
static gemm_row encode_row(const float *row, size_t padded, float levels, CODE *out)
{
    vec above = {0}, below = {0}; // the largest of x and of -x, and 0
    for (size_t k = 0; k < padded; k += LANES) {
        vec v = vec_load(row + k);
        above = vec_max(above, v);
        below = vec_max(below, -v);
    }
    gemm_row scale = {1, 0};
    float largest = vec_largest(above), least = -vec_largest(below);
#ifdef PRECISION_INT8
    if (largest - least > 0) scale.scale = (largest - least) / levels;
    scale.zero = (int32_t)(-least / scale.scale + 0.5f);
    const vec lowest = {0};
#else
    float most = larger(largest, -least);
    if (most > 0) scale.scale = most / levels;
    const vec lowest = vec_all(-levels);
#endif
    const vec highest = vec_all(levels), inverse = vec_all(1 / scale.scale);
    const vec zero = vec_all((float)scale.zero);
    for (size_t k = 0; k < padded; k += LANES) {
        vec v = vec_load(row + k) * inverse + zero;
        v = vec_max(-vec_max(-v, -highest), lowest);
        codes_of_vector codes = __builtin_convertvector(vec_round(v), codes_of_vector);
        memcpy(out + k, &codes, sizeof codes);
    }
    return scale;
}

#else

/* The upper halves, rounded to nearest even, in the lower 16 bits of each lane. For finite numbers
 * and infinities: a NaN whose mantissa is all ones would come out as -0. */
INLINE bits bf16_bits(vec v)
{
    bits b = (bits)v;
    return (b + 0x7fff + (b >> 16 & 1)) >> 16;
}

static gemm_row encode_row(const float *row, size_t padded, float levels, CODE *out)
{
    (void)levels;
    for (size_t k = 0; k < padded; k += LANES) {
        codes_of_vector codes =
            __builtin_convertvector(bf16_bits(vec_load(row + k)), codes_of_vector);
        memcpy(out + k, &codes, sizeof codes);
    }
    return (gemm_row){1, 0};
}

#endif

static void encode(const gemm_encode_call *call)
{
    size_t stride = code_stride(call->depth), padded = gemm_padded(call->depth);
#ifdef PRECISION_INT8
    const float unrotated = 1 / sqrtf((float)gemm_rotation(call->depth));
#endif
    for (size_t r = 0; r < call->count; r++) {
        const float *row = call->a + r * call->a_stride;
        CODE *out = (CODE *)((char *)call->codes + r * stride);
#ifdef PRECISION_INT8
        rotate(row, call->smooth, call->depth, call->scratch);
        row = call->scratch;
#endif
        call->rows[r] = encode_row(row, padded, call->levels, out);
#ifdef PRECISION_INT8
        call->rows[r].scale *= unrotated;
#endif
    }
}

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

/* What a vector of sums stands for, in the columns from `column` on. */
INLINE vec scaled(SUM sum, const gemm_code_call *call, gemm_row row, size_t column)
{
    vec bias = vec_load(call->bias + column);
#ifdef PRECISION_BF16
    (void)row;
    return sum + bias;
#else
#ifdef PRECISION_INT8
    ints sums;
    memcpy(&sums, call->weights->sums + column, sizeof sums);
    sum -= row.zero * sums;
#endif
    vec scale = vec_load(call->weights->scales + column) * row.scale;
    return __builtin_convertvector(sum, vec) * scale + bias;
#endif
}

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
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            vec out = scaled(sum[r][v], t->call, t->scale[r], t->column + (size_t)v * LANES);
            vec_store(t->out + (size_t)r * t->out_stride + v * LANES, out);
        }
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
