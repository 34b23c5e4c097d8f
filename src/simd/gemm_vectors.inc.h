/* gemm_vectors.inc.h - arithmetic on a vector of LANES floats, for the kernels of one instruction
 * set. The file that includes it says how wide a vector is, and how large the register tile:
 *
 *   VECTOR_BYTES              64, 32 or 16
 *   TILE_ROWS, TILE_VECTORS   the tile: its rows * vectors sums and vectors + 1 operands are what
 *                             fills the registers
 *   VEC_MAX, VEC_MIN          a > b ? a : b by lane, and a < b ? a : b; left out where bit operations must do
 *   VEC_QUOTIENT              a / b for GELU; left out where the division must do
 *
 * The vectors are GCC's (clang has them too): the compiler picks the instructions, and contracts
 * sum + a * b to one fused multiply-add where the set has it (-ffp-contract=fast, GCC's default).
 * Loops over sums and lanes are unrolled by pragma: GCC 12 and clang 14 else keep the sums in
 * memory, at a third of the speed. */
#include "simd/gemm.h"

#include <math.h>
#include <string.h>

typedef float vec __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t bits __attribute__((vector_size(VECTOR_BYTES)));
typedef float quad __attribute__((vector_size(16)));
typedef uint32_t quad_bits __attribute__((vector_size(16)));

enum { LANES = VECTOR_BYTES / sizeof(float), QUADS = LANES / 4, PANEL = TILE_VECTORS * LANES };
_Static_assert(GEMM_PAD % LANES == 0, "padding holds whole vectors");
_Static_assert(TILE_ROWS <= GEMM_ROWS_MAX && TILE_VECTORS <= 3, "a variant for each tile");

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define INLINE static inline __attribute__((always_inline))

/* ---- vectors ---- */

INLINE vec vec_load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void vec_store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

INLINE vec vec_all(float x)
{
    return x - (vec){0};
}

INLINE vec vec_select(bits mask, vec yes, vec no)
{
    return (vec)(((bits)yes & mask) | ((bits)no & ~mask));
}

/* a > b ? a : b by lane, an operator that GCC 12's vectors lack in C. */
INLINE vec vec_max(vec a, vec b)
{
#ifdef VEC_MAX
    return VEC_MAX(a, b);
#else
    return vec_select((bits)(a > b), a, b);
#endif
}

INLINE vec vec_min(vec a, vec b)
{
#ifdef VEC_MIN
    return VEC_MIN(a, b);
#else
    return vec_select((bits)(a < b), a, b);
#endif
}

INLINE vec vec_quotient(vec a, vec b)
{
#ifdef VEC_QUOTIENT
    return VEC_QUOTIENT(a, b);
#else
    return a / b;
#endif
}

/* `v` in the first `count` lanes, `other` in the rest. */
INLINE vec vec_first(size_t count, vec v, vec other)
{
    static const uint32_t window[2 * LANES] = {[0 ... LANES - 1] = UINT32_MAX};
    bits mask;
    memcpy(&mask, window + LANES - count, sizeof mask);
    return vec_select(mask, v, other);
}

/* vec_sum and vec_largest fold halves onto each other: the same tree for every row. */
INLINE float vec_sum(vec v)
{
    quad part[QUADS];
    memcpy(part, &v, sizeof v);
    UNROLL
    for (int half = QUADS / 2; half > 0; half /= 2) {
        UNROLL
        for (int i = 0; i < half; i++)
            part[i] += part[i + half];
    }
    return (part[0][0] + part[0][2]) + (part[0][1] + part[0][3]);
}

INLINE float larger(float a, float b)
{
    return a > b ? a : b;
}

INLINE float vec_largest(vec v)
{
    quad part[QUADS];
    memcpy(part, &v, sizeof v);
    UNROLL
    for (int half = QUADS / 2; half > 0; half /= 2) {
        UNROLL
        for (int i = 0; i < half; i++) {
            quad a = part[i], b = part[i + half];
            quad_bits mask = (quad_bits)(a > b);
            part[i] = (quad)(((quad_bits)a & mask) | ((quad_bits)b & ~mask));
        }
    }
    return larger(larger(part[0][0], part[0][2]), larger(part[0][1], part[0][3]));
}

/* 2^x for x <= 0, relative error below 2e-7; 0 < result even where 2^x underflows.
 * x = n + f with |f| <= 1/2; the polynomial for 2^f is the minimax one with p(0) = 1 (Lawson's
 * iteration), 9.1e-8; n goes straight into its exponent. */
INLINE vec vec_exp2(vec x)
{
    const float magic = 0x1.8p23f; // adding it leaves round(x) in the low bits
    x = vec_max(x, vec_all(-125.0f));
    vec shifted = x + magic;
    vec f = x - (shifted - magic);
    vec p = f * 0x1.5bba14p-10f + 0x1.3cea88p-7f;
    p = p * f + 0x1.c6b752p-5f;
    p = p * f + 0x1.ebf9bcp-3f;
    p = p * f + 0x1.62e42ap-1f;
    p = p * f + 1.0f;
    return (vec)((bits)p + ((bits)shifted << 23));
}

/* x * Phi(x), the exact GELU: Phi(x) - 1/2 is an odd rational function of x on [-5.4, 5.4] (minimax
 * 1.8e-8 by Lawson's iteration; 1.6e-7 in float32) and constant beyond, where Phi is 0 or 1 to
 * 3.4e-8. */
INLINE vec vec_gelu(vec x)
{
    vec z = vec_max(vec_min(x, vec_all(5.4f)), vec_all(-5.4f));
    vec t = z * z;
    vec p = t * 0x1.882414p-26f + 0x1.b0c978p-18f;
    p = p * t + 0x1.6c465ep-13f;
    p = p * t + 0x1.348210p-8f;
    p = p * t + 0x1.18b0b6p-5f;
    p = p * t + 0x1.98844cp-2f;
    vec q = t * 0x1.43f96cp-20f + 0x1.3cdde4p-14f;
    q = q * t + 0x1.f51dc8p-10f;
    q = q * t + 0x1.d967a0p-6f;
    q = q * t + 0x1.029d08p-2f;
    q = q * t + 1.0f;
    return x * (vec_quotient(z * p, q) + 0.5f);
}

/* ---- panels and tiles ---- */

/* How many of the columns [first, first + width) are real: a panel may lie all in the padding. */
INLINE size_t real_columns(size_t columns, size_t first, size_t width)
{
    if (first >= columns) return 0;
    return columns - first < width ? columns - first : width;
}

INLINE size_t panel_width(size_t padded, size_t first)
{
    return padded - first < PANEL ? padded - first : PANEL;
}

/* Rows of the next tile: what is left in as few tiles as possible, of nearly equal height. A low
 * tile after full ones would wait for its few sums (AVX2, 9 rows: 3.1 ms a pass as 6 + 3, 2.6 as 5
 * + 4). */
INLINE size_t tile_height(size_t left)
{
    size_t tiles = (left + TILE_ROWS - 1) / TILE_ROWS;
    return (left + tiles - 1) / tiles;
}

/* ---- softmax ---- */

/* scores[keys] becomes 2^((score - largest) * scale); returns the sum. What lies beyond `keys` is
 * left alone: the product with the values reads no further. */
static inline float soften(float *scores, size_t keys, float scale)
{
    size_t whole = keys / LANES * LANES, rest = keys - whole;
    vec top = vec_all(-INFINITY);
    for (size_t i = 0; i < whole; i += LANES)
        top = vec_max(vec_load(scores + i), top);
    vec tail = top;
    if (rest) {
        tail = vec_first(rest, vec_load(scores + whole), tail);
        top = vec_max(tail, top);
    }
    float largest = vec_largest(top);
    vec sum = {0};
    for (size_t i = 0; i < whole; i += LANES) {
        vec e = vec_exp2((vec_load(scores + i) - largest) * scale);
        vec_store(scores + i, e);
        sum += e;
    }
    if (rest) {
        vec e = vec_exp2((tail - largest) * scale);
        vec_store(scores + whole, e);
        sum += vec_first(rest, e, (vec){0});
    }
    return vec_sum(sum);
}

/* out[i] = row[i] * factor, i < count. Written in vectors: GCC 12 leaves the loop scalar at -O2, which
 * took a third of attention beside its products. */
INLINE void scale_row(const float *row, float factor, size_t count, float *out)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(out + i, vec_load(row + i) * factor);
    for (; i < count; i++)
        out[i] = row[i] * factor;
}
