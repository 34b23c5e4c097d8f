/* gemm_kernels.inc.h - the encoder's kernels, written once over a vector of LANES floats.
 * An instruction set's file says how wide a vector is and how large the register tile, includes
 * this, and becomes its table:
 *
 *   VECTOR_BYTES              64, 32 or 16
 *   TILE_ROWS, TILE_VECTORS   the tile: its rows * vectors sums and vectors + 1 operands are what
 *                             fills the registers
 *   TILE_PREFETCH             floats ahead at which a tile asks for its panel, or not defined
 *   VEC_MAX                   a > b ? a : b by lane; left out where two bit operations must do
 *   GEMM_LEVEL, GEMM_TABLE    the table's level and name
 *
 * The vectors are GCC's (clang has them too): the compiler picks the instructions, and contracts
 * sum + a * b to one fused multiply-add where the set has it (-ffp-contract=fast, GCC's default).
 * Loops over sums and lanes are unrolled by pragma: GCC 12 and clang 14 else keep the sums in
 * memory, at a third of the speed.
 *
 * Packed panels: columns [0, PANEL) as [depth][PANEL], then columns [PANEL, 2 PANEL), ...; the last
 * panel is as narrow as the padded columns leave it.
 *
 * Invariant: a row of a product is sum = bias, then sum += a[k] * b[k] for k = 0, 1, ..., in that
 * order for each of its columns, in every variant of the tile. */
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
    return -vec_max(-a, -b);
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
    return x * (z * p / q + 0.5f);
}

/* ---- packing ---- */

/* Four rows of weights, four deep, become four depths of four columns. */
INLINE void transpose_4x4(const float *rows, size_t stride, float *out, size_t out_stride)
{
    quad r[4];
    UNROLL
    for (int i = 0; i < 4; i++)
        memcpy(&r[i], rows + (size_t)i * stride, sizeof r[i]);
    quad low01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
    quad high01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
    quad low23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
    quad high23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    quad t[4] = {
        __builtin_shufflevector(low01, low23, 0, 1, 4, 5),
        __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
        __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
        __builtin_shufflevector(high01, high23, 2, 3, 6, 7),
    };
    UNROLL
    for (int i = 0; i < 4; i++)
        memcpy(out + (size_t)i * out_stride, &t[i], sizeof t[i]);
}

/* One panel of `width` columns, `columns` of them real: out[depth][width]. */
static void pack_panel(const float *weights, size_t stride, size_t columns, size_t width,
                       size_t depth, float *out)
{
    size_t whole = depth / 4 * 4;
    for (size_t n = 0; n < width; n += 4) {
        size_t k = 0;
        if (n + 4 <= columns) {
            for (; k < whole; k += 4)
                transpose_4x4(weights + n * stride + k, stride, out + k * width + n, width);
        }
        for (; k < depth; k++) {
            for (size_t i = n; i < n + 4; i++)
                out[k * width + i] = i < columns ? weights[i * stride + k] : 0;
        }
    }
}

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

static void pack(const float *weights, size_t stride, size_t columns, size_t depth, float *packed)
{
    size_t padded = gemm_padded(columns);
    for (size_t n = 0; n < padded; n += PANEL) {
        size_t width = panel_width(padded, n);
        size_t real = real_columns(columns, n, width);
        pack_panel(weights + n * stride, stride, real, width, depth, packed + n * depth);
    }
}

/* ---- the product ---- */

typedef struct tile_call {
    const float *a; /* [rows][depth] */
    size_t a_stride;
    const float *b;    /* [depth][vectors * LANES] */
    const float *bias; /* [vectors * LANES] */
    float *out;        /* [rows][vectors * LANES] */
    size_t out_stride;
    size_t rows, vectors, depth;
} tile_call;

/* `rows` and `vectors` are constants where it is inlined, so that the sums live in registers. */
INLINE void tile(const tile_call *t, const int rows, const int vectors)
{
    const float *a = t->a, *b = t->b;
    const size_t a_stride = t->a_stride, depth = t->depth;
    vec sum[TILE_ROWS][TILE_VECTORS];
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            sum[r][v] = vec_load(t->bias + v * LANES);
    }
    for (size_t k = 0; k < depth; k++) {
        vec column[TILE_VECTORS];
        UNROLL
        for (int v = 0; v < vectors; v++)
            column[v] = vec_load(b + v * LANES);
        UNROLL
        for (int r = 0; r < rows; r++) {
            float x = a[(size_t)r * a_stride + k];
            UNROLL
            for (int v = 0; v < vectors; v++)
                sum[r][v] += x * column[v];
        }
#ifdef TILE_PREFETCH
        __builtin_prefetch(b + TILE_PREFETCH, 0, 2);
#endif
        b += vectors * LANES;
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            vec_store(t->out + (size_t)r * t->out_stride + v * LANES, sum[r][v]);
    }
}

/* Rows of the next tile: what is left in as few tiles as possible, of nearly equal height. A low
 * tile after full ones would wait for its few sums (AVX2, 9 rows: 3.1 ms a pass as 6 + 3, 2.6 as 5
 * + 4). */
INLINE size_t tile_height(size_t left)
{
    size_t tiles = (left + TILE_ROWS - 1) / TILE_ROWS;
    return (left + tiles - 1) / tiles;
}

INLINE void tile_of_vectors(const tile_call *t, const int vectors)
{
    switch (t->rows) {
    case 1:
        tile(t, 1, vectors);
        break;
    case 2:
        tile(t, 2, vectors);
        break;
    case 3:
        tile(t, 3, vectors);
        break;
    case 4:
        tile(t, 4, vectors);
        break;
    case 5:
        tile(t, 5, vectors);
        break;
    case 6:
        tile(t, 6, vectors);
        break;
#if TILE_ROWS > 6
    case 7:
        tile(t, 7, vectors);
        break;
    case 8:
        tile(t, 8, vectors);
        break;
#endif
    }
}

static void tile_run(const tile_call *t)
{
    switch (t->vectors) {
    case 1:
        tile_of_vectors(t, 1);
        break;
    case 2:
        tile_of_vectors(t, 2);
        break;
#if TILE_VECTORS > 2
    case 3:
        tile_of_vectors(t, 3);
        break;
#endif
    }
}

/* While it is in the first cache. */
static void tile_gelu(const tile_call *t)
{
    for (size_t r = 0; r < t->rows; r++) {
        float *out = t->out + r * t->out_stride;
        for (size_t v = 0; v < t->vectors; v++)
            vec_store(out + v * LANES, vec_gelu(vec_load(out + v * LANES)));
    }
}

/* Panel after panel, so that one stays in the second cache while the rows pass by. */
static void multiply(const gemm_call *call)
{
    size_t padded = gemm_padded(call->columns);
    for (size_t n = 0; n < padded; n += PANEL) {
        size_t width = panel_width(padded, n);
        for (size_t m = 0, rows; m < call->rows; m += rows) {
            rows = tile_height(call->rows - m);
            tile_call t = {
                .a = call->a + m * call->a_stride,
                .a_stride = call->a_stride,
                .b = call->packed + n * call->depth,
                .bias = call->bias + n,
                .out = call->out + m * call->out_stride + n,
                .out_stride = call->out_stride,
                .rows = rows,
                .vectors = width / LANES,
                .depth = call->depth,
            };
            tile_run(&t);
            if (call->activation == GEMM_GELU) tile_gelu(&t);
        }
    }
}

/* ---- residual and LayerNorm ---- */

/* Sum of (x - mean)^2 over the real columns. */
static float squared_deviations(const float *x, size_t columns, float mean)
{
    vec sum = {0};
    size_t c = 0;
    for (; c + LANES <= columns; c += LANES) {
        vec d = vec_load(x + c) - mean;
        sum += d * d;
    }
    if (c < columns) {
        vec d = vec_first(columns - c, vec_load(x + c) - mean, (vec){0});
        sum += d * d;
    }
    return vec_sum(sum);
}

static void add_norm(const gemm_norm_call *call)
{
    size_t padded = gemm_padded(call->columns);
    float count = (float)call->columns;
    for (size_t r = 0; r < call->rows; r++) {
        const float *a = call->a + r * call->stride, *b = call->b + r * call->stride;
        float *out = call->out + r * call->stride;
        vec total = {0};
        for (size_t c = 0; c < padded; c += LANES) {
            vec x = vec_load(a + c) + vec_load(b + c);
            vec_store(out + c, x);
            total += x;
        }
        float mean = vec_sum(total) / count;
        float variance = squared_deviations(out, call->columns, mean) / count;
        float scale = 1 / sqrtf(variance + call->epsilon);
        for (size_t c = 0; c < padded; c += LANES) {
            vec normal = (vec_load(out + c) - mean) * scale;
            vec_store(out + c, normal * vec_load(call->gamma + c) + vec_load(call->beta + c));
        }
    }
}

/* ---- attention ---- */

/* scores[keys] becomes 2^((score - largest) * scale); returns the sum. What lies beyond `keys` is
 * left alone: the product with the values reads no further. */
static float soften(float *scores, size_t keys, float scale)
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

/* rows of `a` times a packed matrix, without bias. */
static void multiply_rows(const float *a, size_t a_stride, size_t rows, size_t depth,
                          const float *packed, size_t padded, float *out)
{
    static const float zeros[PANEL];
    for (size_t n = 0; n < padded; n += PANEL) {
        size_t width = panel_width(padded, n);
        tile_run(&(tile_call){.a = a,
                              .a_stride = a_stride,
                              .b = packed + n * depth,
                              .bias = zeros,
                              .out = out + n,
                              .out_stride = padded,
                              .rows = rows,
                              .vectors = width / LANES,
                              .depth = depth});
    }
}

/* The values of one head are in depth order already: rows are cut into panels. */
static void pack_values(const float *values, size_t stride, size_t tokens, size_t head_dim,
                        float *packed)
{
    size_t padded = gemm_padded(head_dim);
    for (size_t n = 0; n < padded; n += PANEL) {
        size_t width = panel_width(padded, n);
        size_t real = real_columns(head_dim, n, width);
        float *out = packed + n * tokens;
        for (size_t k = 0; k < tokens; k++, out += width) {
            const float *row = values + k * stride + n;
            size_t i = 0;
            for (; i + LANES <= real; i += LANES)
                vec_store(out + i, vec_load(row + i));
            for (; i < width; i++)
                out[i] = i < real ? row[i] : 0;
        }
    }
}

typedef struct head_scratch {
    float *keys;    /* packed: tokens are its columns, head_dim its depth */
    float *values;  /* packed: head_dim columns, tokens deep */
    float *scores;  /* [TILE_ROWS][padded tokens] */
    float *context; /* [TILE_ROWS][padded head_dim] */
} head_scratch;

static void attend_head(const gemm_attention_call *call, const head_scratch *s, size_t head)
{
    size_t tokens = call->tokens, dim = call->head_dim, hidden = call->heads * dim;
    size_t keys = gemm_padded(tokens), padded = gemm_padded(dim), stride = call->qkv_stride;
    const float *query = call->qkv + head * dim;
    float scale = 0x1.715476p0f / sqrtf((float)dim); // log2(e) / sqrt(dim)

    pack(query + hidden, stride, tokens, dim, s->keys);
    pack_values(query + 2 * hidden, stride, tokens, dim, s->values);
    for (size_t m = 0, rows; m < tokens; m += rows) {
        rows = tile_height(tokens - m);
        multiply_rows(query + m * stride, stride, rows, dim, s->keys, keys, s->scores);
        float sums[TILE_ROWS];
        for (size_t r = 0; r < rows; r++)
            sums[r] = soften(s->scores + r * keys, tokens, scale);
        multiply_rows(s->scores, keys, rows, tokens, s->values, padded, s->context);
        for (size_t r = 0; r < rows; r++) {
            float *out = call->out + (m + r) * call->out_stride + head * dim;
            float inverse = 1 / sums[r];
            for (size_t i = 0; i < dim; i++)
                out[i] = s->context[r * padded + i] * inverse;
        }
    }
}

static void attend(const gemm_attention_call *call)
{
    size_t keys = gemm_padded(call->tokens), padded = gemm_padded(call->head_dim);
    head_scratch s = {.scores = call->scratch};
    s.context = s.scores + TILE_ROWS * keys;
    s.keys = s.context + TILE_ROWS * padded;
    s.values = s.keys + keys * call->head_dim;
    for (size_t head = 0; head < call->heads; head++)
        attend_head(call, &s, head);
}

const simd_gemm GEMM_TABLE = {
    .level = GEMM_LEVEL,
    .pack = pack,
    .multiply = multiply,
    .add_norm = add_norm,
    .attend = attend,
};
