/* gemm_kernels.inc.h - the encoder's kernels in float32, written once over a vector of LANES
 * floats. An instruction set's file defines what gemm_vectors.inc.h asks for and
 *
 *   TILE_PREFETCH             floats ahead at which a tile asks for its panel, or not defined
 *   GEMM_TABLE                the table's name
 *
 * includes this, and becomes its table.
 *
 * Packed panels: columns [0, PANEL) as [depth][PANEL], then columns [PANEL, 2 PANEL), ...; the last
 * panel is as narrow as the padded columns leave it.
 *
 * Invariant: a row of a product is sum = bias, then sum += a[k] * b[k] for k = 0, 1, ..., in that
 * order for each of its columns, in every variant of the tile. */
#include "simd/gemm_vectors.inc.h"

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

#define TILE_VARIANTS_ARGUMENT tile_call
#include "simd/gemm_tiles.inc.h"

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
            if (call->activation == GEMM_GELU) tile_gelu(t.out, t.out_stride, rows, t.vectors);
        }
    }
}

/* ---- residual and LayerNorm ---- */

/* Sums that do not wait for each other: an addition takes four cycles, of which one could start each. */
enum { CHAINS = 4 };

INLINE float chains_sum(const vec chains[CHAINS])
{
    return vec_sum((chains[0] + chains[1]) + (chains[2] + chains[3]));
}

/* out[padded] = a + b; the sum of all. */
static float add_rows(const float *a, const float *b, size_t padded, float *out)
{
    vec chains[CHAINS] = {0};
    size_t c = 0;
    for (; c + CHAINS * LANES <= padded; c += CHAINS * LANES) {
        UNROLL
        for (size_t i = 0; i < CHAINS; i++) {
            vec x = vec_load(a + c + i * LANES) + vec_load(b + c + i * LANES);
            vec_store(out + c + i * LANES, x);
            chains[i] += x;
        }
    }
    for (; c < padded; c += LANES) {
        vec x = vec_load(a + c) + vec_load(b + c);
        vec_store(out + c, x);
        chains[0] += x;
    }
    return chains_sum(chains);
}

/* Sum of (x - mean)^2 over the real columns. */
static float squared_deviations(const float *x, size_t columns, float mean)
{
    vec chains[CHAINS] = {0};
    size_t c = 0;
    for (; c + CHAINS * LANES <= columns; c += CHAINS * LANES) {
        UNROLL
        for (size_t i = 0; i < CHAINS; i++) {
            vec d = vec_load(x + c + i * LANES) - mean;
            chains[i] += d * d;
        }
    }
    for (; c < columns; c += LANES) {
        vec d = vec_load(x + c) - mean;
        if (columns - c < LANES) d = vec_first(columns - c, d, (vec){0});
        chains[0] += d * d;
    }
    return chains_sum(chains);
}

static void add_norm(const gemm_norm_call *call)
{
    size_t padded = gemm_padded(call->columns);
    float count = (float)call->columns;
    for (size_t r = 0; r < call->rows; r++) {
        float *out = call->out + r * call->stride;
        float mean =
            add_rows(call->a + r * call->stride, call->b + r * call->stride, padded, out) / count;
        float variance = squared_deviations(out, call->columns, mean) / count;
        float scale = 1 / sqrtf(variance + call->epsilon);
        for (size_t c = 0; c < padded; c += LANES) {
            vec normal = (vec_load(out + c) - mean) * scale;
            vec_store(out + c, normal * vec_load(call->gamma + c) + vec_load(call->beta + c));
        }
    }
}

/* ---- attention ---- */

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
        float *out = call->out + m * call->out_stride + head * dim;
        for (size_t r = 0; r < rows; r++)
            scale_row(s->context + r * padded, 1 / sums[r], dim, out + r * call->out_stride);
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
    .pack = pack,
    .multiply = multiply,
    .add_norm = add_norm,
    .attend = attend,
};
