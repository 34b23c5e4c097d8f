/* gemm_attention_amx.c - attention with its two products in bf16 tiles: 16 queries of a head at a time.
 *
 *   scores  [16][keys]      = queries [16][dim] * keys'      tiles of 16 keys, steps of 32 dimensions
 *   context [16][dim]       = 2^(scores - largest) * values  tiles of 16 dimensions, steps of 32 tokens
 *
 * Keys and values of a head are packed once as the right-hand sides (amx_tiles.h): a pair of bf16 is two
 * dimensions of a key, and two tokens of a dimension. What fills a tile up is zero, and the scores of tokens that
 * are none are so low that their weight is zero. The last queries may be fewer than 16: the rows below are
 * what an earlier tile left there, which no other row meets, and are not looked at.
 *
 * Sums are of float32, as is the softmax between the products. Its exponential is right to 1e-4, a
 * twentieth of what rounding its result to bf16 costs. */
#define TILE_ROWS    8
#define TILE_VECTORS 2
#include "simd/vectors_avx512.inc.h"

#include "simd/amx_tiles.h"
#include "simd/gemm_codes.h"
#include "simd/gemm_vectors.inc.h"

enum {
    STEP = TILE_BYTES / sizeof(uint16_t), /* codes that a product of tiles sums */
    TILE_DWORDS = TILE_HEIGHT * TILE_BYTES / sizeof(uint32_t) /* of a whole tile */
};

/* Everything but scores and context is tiles, one after the other. */
typedef struct head_scratch {
    uint32_t *keys;    /* [tiles of keys][steps of dimensions] */
    uint32_t *values;  /* [tiles of dimensions][steps of tokens] */
    uint32_t *queries; /* [steps of dimensions] */
    uint32_t *weights; /* [steps of tokens] */
    float *scores;     /* [16][steps of tokens * 32] */
    float *context;    /* [16][tiles of dimensions * 16] */
    size_t key_tiles, token_steps, dim_tiles, dim_steps;
} head_scratch;

static size_t whole(size_t count, size_t unit)
{
    return (count + unit - 1) / unit;
}

/* Up to LANES floats, zeros in the other lanes; nothing past them is read. */
INLINE __m512 load_first(const float *p, size_t count)
{
    if (count >= LANES) return _mm512_loadu_ps(p);
    return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}

/* 32 codes of row[count], zeros beyond. */
INLINE __m512i encode_step(const float *row, size_t count)
{
    __m512 low = load_first(row, count);
    __m512 high = count > LANES ? load_first(row + LANES, count - LANES) : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

#define UNPACK(kind, from, to, near)                                                               \
    UNROLL                                                                                         \
    for (int i = 0; i < 16; i++) {                                                                 \
        if (i & (near)) continue;                                                                  \
        __m512i a = (from)[i], b = (from)[i + (near)];                                             \
        (to)[i] = _mm512_unpacklo_##kind(a, b);                                                    \
        (to)[i + (near)] = _mm512_unpackhi_##kind(a, b);                                           \
    }
#define SHUFFLE(from, to, near)                                                                    \
    UNROLL                                                                                         \
    for (int i = 0; i < 16; i++) {                                                                 \
        if (i & (near)) continue;                                                                  \
        __m512i a = (from)[i], b = (from)[i + (near)];                                             \
        (to)[i] = _mm512_shuffle_i32x4(a, b, 0x88);                                                \
        (to)[i + (near)] = _mm512_shuffle_i32x4(a, b, 0xdd);                                       \
    }

/* out[16][16] of 32 bits = the transpose of rows[16]. */
INLINE void transpose(__m512i rows[16], uint32_t *out)
{
    // Lane 4q + l of row 4g + h. Exchanged are first h and l, by bits, within each group of rows.
    __m512i half[16];
    UNPACK(epi32, rows, half, 1)
    UNPACK(epi64, half, rows, 2)
    // Row 4g + l now has lane 4q + l with its two bits exchanged. Exchanged are then g and q.
    SHUFFLE(rows, half, 4)
    SHUFFLE(half, rows, 8)
    static const uint8_t place[16] = {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15};
    UNROLL
    for (int i = 0; i < 16; i++)
        _mm512_store_si512(out + place[i] * 16, rows[i]);
}

static void pack_keys(const gemm_attention_call *call, const float *keys, const head_scratch *s)
{
    uint32_t *out = s->keys;
    for (size_t first = 0; first < call->tokens; first += TILE_HEIGHT) {
        size_t tokens = call->tokens - first < TILE_HEIGHT ? call->tokens - first : TILE_HEIGHT;
        for (size_t d = 0; d < call->head_dim; d += STEP, out += TILE_DWORDS) {
            __m512i rows[TILE_HEIGHT];
            const float *row = keys + first * call->qkv_stride + d;
            for (size_t t = 0; t < TILE_HEIGHT; t++, row += call->qkv_stride)
                rows[t] =
                    t < tokens ? encode_step(row, call->head_dim - d) : _mm512_setzero_si512();
            transpose(rows, out);
        }
    }
}

static void pack_values(const gemm_attention_call *call, const float *values, const head_scratch *s)
{
    static const uint16_t pairs[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                       21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                       11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i order = _mm512_loadu_si512(pairs);
    uint32_t *out = s->values;
    for (size_t d = 0; d < call->head_dim; d += LANES) {
        const float *row = values + d;
        for (size_t t = 0; t < s->token_steps * STEP; t += 2, out += LANES) {
            __m512 two[2];
            for (size_t i = 0; i < 2; i++, row += call->qkv_stride)
                two[i] = t + i < call->tokens ? load_first(row, call->head_dim - d)
                                              : _mm512_setzero_ps();
            __m512i codes = (__m512i)_mm512_cvtne2ps_pbh(two[1], two[0]);
            _mm512_store_si512(out, _mm512_permutexvar_epi16(order, codes));
        }
    }
}

static void encode_queries(const gemm_attention_call *call, const float *query, size_t rows,
                           uint32_t *out)
{
    for (size_t d = 0; d < call->head_dim; d += STEP, out += TILE_DWORDS)
        for (size_t r = 0; r < rows; r++)
            _mm512_store_si512(out + r * LANES,
                               encode_step(query + r * call->qkv_stride + d, call->head_dim - d));
}

/* The tiles of scores, one after the other. */
static void multiply_keys(const head_scratch *s)
{
    const size_t line = TILE_BYTES, stride = s->token_steps * STEP * sizeof(float);
    const uint32_t *key = s->keys;
    for (size_t j = 0; j < s->key_tiles; j++) {
        TILE_ZERO(0);
        for (size_t d = 0; d < s->dim_steps; d++, key += TILE_DWORDS) {
            TILE_LOAD(4, s->queries + d * TILE_DWORDS, line);
            TILE_LOAD(6, key, line);
            TILE_DOT_BF16(0, 4, 6);
        }
        TILE_STORE(0, s->scores + j * LANES, stride);
    }
}

/* Two tiles of dimensions at a time, so that the weights are loaded once for both. */
static void multiply_values(const head_scratch *s)
{
    const size_t line = TILE_BYTES, stride = s->dim_tiles * TILE_BYTES;
    for (size_t c = 0; c < s->dim_tiles; c += 2) {
        const uint32_t *value = s->values + c * s->token_steps * TILE_DWORDS;
        const uint32_t *next = value + s->token_steps * TILE_DWORDS;
        bool both = c + 1 < s->dim_tiles;
        TILE_ZERO(0);
        TILE_ZERO(1);
        for (size_t k = 0; k < s->token_steps; k++) {
            TILE_LOAD(4, s->weights + k * TILE_DWORDS, line);
            TILE_LOAD(6, value + k * TILE_DWORDS, line);
            TILE_DOT_BF16(0, 4, 6);
            if (!both) continue;
            TILE_LOAD(7, next + k * TILE_DWORDS, line);
            TILE_DOT_BF16(1, 4, 7);
        }
        TILE_STORE(0, s->context + c * LANES, stride);
        if (both) TILE_STORE(1, s->context + (c + 1) * LANES, stride);
    }
}

/* 2^x for x <= 0, relative error below 1e-4: x = n + f with 0 <= f < 1, and the cubic polynomial with
 * p(0) = 1 that is closest to 2^f (Lawson's iteration). 0 where it underflows. */
INLINE __m512 weight_of(__m512 x)
{
    __m512 f = _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    __m512 p = _mm512_fmadd_ps(f, _mm512_set1_ps(0x1.3baacap-4f), _mm512_set1_ps(0x1.d23776p-3f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.63e65ap-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(p, x);
}

/* A row of scores becomes its weights' codes, at `out` and each next tile; returns the sum of the weights. */
static float soften_row(float *scores, size_t tokens, size_t steps, float scale, uint32_t *out)
{
    // Above every -score that counts, and far from an overflow when scaled.
    const vec none = vec_all(-0x1p100f);
    vec top = none;
    for (size_t t = tokens / LANES * LANES; t < steps * STEP; t += LANES) {
        vec v = t < tokens ? vec_load(scores + t) : none;
        vec_store(scores + t, vec_first(t < tokens ? tokens - t : 0, v, none));
    }
    for (size_t t = 0; t < steps * STEP; t += LANES)
        top = vec_max(vec_load(scores + t), top);
    const __m512 by = _mm512_set1_ps(scale), from = _mm512_set1_ps(-vec_largest(top) * scale);
    __m512 sum = _mm512_setzero_ps();
    for (size_t k = 0; k < steps; k++, scores += STEP, out += TILE_DWORDS) {
        __m512 low = weight_of(_mm512_fmadd_ps(_mm512_load_ps(scores), by, from));
        __m512 high = weight_of(_mm512_fmadd_ps(_mm512_load_ps(scores + LANES), by, from));
        sum = _mm512_add_ps(sum, _mm512_add_ps(low, high));
        _mm512_store_si512(out, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
    return vec_sum((vec)sum);
}

/* Queries [first, first + rows) of a head whose keys and values are packed. */
static void attend_rows(const gemm_attention_call *call, const head_scratch *s, const float *query,
                        size_t rows, float *out)
{
    float scale = 0x1.715476p0f / sqrtf((float)call->head_dim); // log2(e) / sqrt(dim)
    float sums[TILE_HEIGHT];
    encode_queries(call, query, rows, s->queries);
    multiply_keys(s);
    for (size_t r = 0; r < rows; r++)
        sums[r] = soften_row(s->scores + r * s->token_steps * STEP, call->tokens, s->token_steps,
                             scale, s->weights + r * LANES);
    multiply_values(s);
    for (size_t r = 0; r < rows; r++)
        scale_row(s->context + r * s->dim_tiles * LANES, 1 / sums[r], call->head_dim,
                  out + r * call->out_stride);
}

/* Within gemm_attention_scratch(). */
static head_scratch place_scratch(const gemm_attention_call *call)
{
    head_scratch s = {.key_tiles = whole(call->tokens, TILE_HEIGHT),
                      .token_steps = whole(call->tokens, STEP),
                      .dim_tiles = whole(call->head_dim, LANES),
                      .dim_steps = whole(call->head_dim, STEP)};
    s.scores = call->scratch;
    s.context = s.scores + TILE_HEIGHT * s.token_steps * STEP;
    s.keys = (void *)(s.context + TILE_HEIGHT * s.dim_tiles * LANES);
    s.values = s.keys + s.key_tiles * s.dim_steps * TILE_DWORDS;
    s.queries = s.values + s.dim_tiles * s.token_steps * TILE_DWORDS;
    s.weights = s.queries + s.dim_steps * TILE_DWORDS;
    return s;
}

void gemm_attend_amx(const gemm_attention_call *call)
{
    size_t hidden = call->heads * call->head_dim;
    head_scratch s = place_scratch(call);
    tiles_configure(call->tokens < TILE_HEIGHT ? call->tokens : TILE_HEIGHT);
    for (size_t head = 0; head < call->heads; head++) {
        const float *query = call->qkv + head * call->head_dim;
        pack_keys(call, query + hidden, &s);
        pack_values(call, query + 2 * hidden, &s);
        for (size_t m = 0; m < call->tokens; m += TILE_HEIGHT) {
            size_t left = call->tokens - m;
            attend_rows(call, &s, query + m * call->qkv_stride,
                        left < TILE_HEIGHT ? left : TILE_HEIGHT,
                        call->out + m * call->out_stride + head * call->head_dim);
        }
    }
    tiles_release();
}
