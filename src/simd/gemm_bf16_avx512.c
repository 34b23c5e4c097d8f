/* gemm_bf16_avx512.c - bf16 products: 8 rows x 48 columns. vdpbf16ps takes subnormal numbers as
 * zero, and rounds to nearest whatever the mode is. */
#define TILE_ROWS    8
#define TILE_VECTORS 3
#define PRECISION_BF16
#define CODE           uint16_t
#define ROWS           1
#define VEC_CODES(v)   _mm512_cvtneps_pbh(v)
#define GROUP          2
#define SUM            vec
#define DOT(sum, a, w) ((vec)_mm512_dpbf16_ps((sum), (__m512bh)(a), (__m512bh)(w)))
#include "simd/vectors_avx512.inc.h"

#include "simd/gemm_codes.inc.h"

/* ---- attention ----
 *
 * As in float32 (gemm_kernels.inc.h): keys are packed as the right-hand side of the first product,
 * values as that of the second, a tile of queries at a time. What float32 sums in float32 is so
 * here; the softmax between the products is float32's. */

typedef struct head_scratch {
    uint32_t *keys;   /* [padded tokens] columns, ceil(head_dim / 2) pairs deep, in panels */
    uint32_t *values; /* [padded head_dim] columns, ceil(tokens / 2) pairs deep, in panels */
    float *scores;    /* [TILE_ROWS][padded tokens]; then, row by row in place, their codes */
    float *context;   /* [TILE_ROWS][padded head_dim]; before that the queries' codes */
} head_scratch;

/* Up to LANES floats, zeros in the other lanes. */
INLINE vec load_first(const float *p, size_t count)
{
    vec v = {0};
    if (count >= LANES) return vec_load(p);
    memcpy(&v, p, count * sizeof *p);
    return v;
}

/* The upper halves, rounded to nearest even, in the lower 16 bits of each lane. For finite numbers
 * and infinities: a NaN whose mantissa is all ones would come out as -0. */
INLINE bits bf16_bits(vec v)
{
    bits b = (bits)v;
    return (b + 0x7fff + (b >> 16 & 1)) >> 16;
}

/* The codes of row[count], and zeros up to a whole vector. Nothing past the row is read: behind one
 * head's numbers stand another's. */
INLINE void encode_first(const float *row, size_t count, CODE *out)
{
    for (size_t k = 0; k < count; k += LANES) {
        codes_of_vector codes = codes_of(load_first(row + k, count - k));
        memcpy(out + k, &codes, sizeof codes);
    }
}

/* Columns of the panels are tokens: each writes its pairs of dimensions one below the other. */
static void pack_keys(const gemm_attention_call *call, const float *keys, const head_scratch *s)
{
    size_t tokens = call->tokens, padded = gemm_padded(tokens), pairs = (call->head_dim + 1) / 2;
    uint32_t *row = (void *)s->context; // of one token
    if (tokens < padded) memset(s->keys, 0, padded * pairs * sizeof *s->keys);
    for (size_t t = 0; t < tokens; t++) {
        size_t first = t / PANEL * PANEL, width = panel_width(padded, first);
        uint32_t *out = s->keys + first * pairs + (t - first);
        encode_first(keys + t * call->qkv_stride, call->head_dim, (CODE *)row);
        for (size_t i = 0; i < pairs; i++)
            out[i * width] = row[i];
    }
}

/* Columns of the panels are dimensions, and a pair is two tokens. */
static void pack_values(const gemm_attention_call *call, const float *values, uint32_t *packed)
{
    size_t tokens = call->tokens, dim = call->head_dim, padded = gemm_padded(dim);
    size_t pairs = (tokens + 1) / 2;
    for (size_t n = 0; n < padded; n += LANES) {
        size_t first = n / PANEL * PANEL, width = panel_width(padded, first);
        size_t real = real_columns(dim, n, LANES);
        uint32_t *out = packed + first * pairs + (n - first);
        for (size_t t = 0; t < tokens; t += 2, out += width) {
            const float *row = values + t * call->qkv_stride + n;
            bits pair = bf16_bits(load_first(row, real));
            if (t + 1 < tokens) pair |= bf16_bits(load_first(row + call->qkv_stride, real)) << 16;
            memcpy(out, &pair, sizeof pair);
        }
    }
}

/* rows of codes times a packed matrix of `padded` columns, without bias, to out[rows][padded]. */
static void multiply_codes(const void *codes, size_t stride, size_t rows, const uint32_t *packed,
                           size_t padded, size_t pairs, float *out)
{
    static const float zeros[PANEL];
    const gemm_code_call call = {.bias = zeros};
    static const gemm_row scales[TILE_ROWS];
    for (size_t n = 0; n < padded; n += PANEL)
        tile_run(&(code_tile){.a = codes,
                              .a_stride = stride,
                              .b = (const char *)(packed + n * pairs),
                              .rows = rows,
                              .vectors = panel_width(padded, n) / LANES,
                              .groups = pairs,
                              .out = out + n,
                              .out_stride = padded,
                              .scale = scales,
                              .call = &call});
}

/* Queries [first, first + rows) of a head whose keys and values are packed. */
static void attend_rows(const gemm_attention_call *call, const head_scratch *s, const float *query,
                        size_t rows, float *out)
{
    size_t tokens = call->tokens, dim = call->head_dim;
    size_t keys = gemm_padded(tokens), padded = gemm_padded(dim);
    float scale = 0x1.715476p0f / sqrtf((float)dim); // log2(e) / sqrt(dim)
    float sums[TILE_ROWS];
    for (size_t r = 0; r < rows; r++)
        encode_first(query + r * call->qkv_stride, dim, (void *)(s->context + r * padded));
    multiply_codes(s->context, padded * sizeof(float), rows, s->keys, keys, (dim + 1) / 2,
                   s->scores);
    for (size_t r = 0; r < rows; r++) {
        float *scores = s->scores + r * keys;
        sums[r] = soften(scores, tokens, scale);
        if (tokens % 2) scores[tokens] = 0; // the last pair's other half, which has no value
        (void)encode_row(scores, keys, 0, (char *)scores);
    }
    multiply_codes(s->scores, keys * sizeof(float), rows, s->values, padded, (tokens + 1) / 2,
                   s->context);
    for (size_t r = 0; r < rows; r++)
        scale_row(s->context + r * padded, 1 / sums[r], dim, out + r * call->out_stride);
}

static void attend(const gemm_attention_call *call)
{
    size_t keys = gemm_padded(call->tokens), padded = gemm_padded(call->head_dim);
    size_t hidden = call->heads * call->head_dim;
    // Within what float32 takes: codes are half as wide, and padded to pairs at most.
    head_scratch s = {.scores = call->scratch};
    s.context = s.scores + TILE_ROWS * keys;
    s.keys = (void *)(s.context + TILE_ROWS * padded);
    s.values = s.keys + keys * call->head_dim;
    for (size_t head = 0; head < call->heads; head++) {
        const float *query = call->qkv + head * call->head_dim;
        pack_keys(call, query + hidden, &s);
        pack_values(call, query + 2 * hidden, s.values);
        for (size_t m = 0, rows; m < call->tokens; m += rows) {
            rows = tile_height(call->tokens - m);
            attend_rows(call, &s, query + m * call->qkv_stride, rows,
                        call->out + m * call->out_stride + head * call->head_dim);
        }
    }
}

const gemm_format gemm_bf16_avx512 = {
    .precision = GEMM_BF16,
    .code_bytes = sizeof(CODE),
    .group = GROUP,
    .step = GROUP,
    .panel = PANEL,
    .rows = ROWS,
    .encode = encode,
    .multiply = multiply,
    .attend = attend,
};
