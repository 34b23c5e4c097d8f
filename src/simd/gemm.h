/* gemm.h - the encoder's kernels: one table per instruction set, one template behind them all.
 * Matrices are row-major float32. The right-hand side of a product is packed once: its columns,
 * filled up with zeros to a multiple of GEMM_PAD, are cut into panels that a micro-kernel reads
 * from front to back. Rows of activations are GEMM_PAD-padded too, so that kernels store whole
 * vectors; a kernel that writes a row leaves zeros in its padding.
 *
 * Every output row is computed by the same operations in the same order, whatever the other rows
 * are: a text's vector does not depend on its batch. Levels differ in rounding. */
#ifndef KITH_SIMD_GEMM_H
#define KITH_SIMD_GEMM_H

#include "simd/simd.h"

#include <stddef.h>
#include <stdint.h>

/* Floats in the widest vector; also the alignment, in floats, that packed panels ask for. */
enum { GEMM_PAD = 16, GEMM_ALIGNMENT_BYTES = 64 };

static inline size_t gemm_padded(size_t columns)
{
    return (columns + GEMM_PAD - 1) / GEMM_PAD * GEMM_PAD;
}

typedef enum gemm_activation { GEMM_IDENTITY, GEMM_GELU } gemm_activation;

/* out[rows][columns] = activation(a[rows][depth] * packed + bias) */
typedef struct gemm_call {
    const float *a;
    size_t a_stride; /* floats from row to row, >= depth */
    const float *packed;
    const float *bias; /* [padded columns], zeros in the padding */
    float *out;
    size_t out_stride; /* >= padded columns */
    size_t rows, columns, depth;
    gemm_activation activation; /* GELU is the exact one, x * Phi(x), within 2e-7 of x */
} gemm_call;

/* out[row] = LayerNorm(a[row] + b[row]) * gamma + beta, biased variance; out may be a or b. */
typedef struct gemm_norm_call {
    const float *a, *b;
    float *out;
    size_t stride; /* of all three */
    size_t rows, columns;
    const float *gamma, *beta; /* [padded columns], zeros in the padding */
    float epsilon;
} gemm_norm_call;

/* Self-attention of one sequence, head after head: out = softmax(q k' / sqrt(head_dim)) v. */
typedef struct gemm_attention_call {
    const float
        *qkv; /* a token's query, key and value at columns 0, 1 and 2 times heads*head_dim */
    size_t qkv_stride;
    float *out; /* [tokens][heads * head_dim]; its padding is left alone */
    size_t out_stride;
    size_t tokens, heads, head_dim;
    float *scratch; /* gemm_attention_scratch(tokens, head_dim) floats, aligned */
} gemm_attention_call;

struct simd_gemm {
    /* columns of the product are rows of `weights` ([columns][depth], as published);
     * packed [padded columns * depth], aligned */
    void (*pack)(const float *weights, size_t stride, size_t columns, size_t depth, float *packed);
    void (*multiply)(const gemm_call *call);
    void (*add_norm)(const gemm_norm_call *call);
    void (*attend)(const gemm_attention_call *call);
};

/* Rows of the tallest tile; a block of queries has as many. */
enum { GEMM_ROWS_MAX = 16 };

/* Floats that gemm_attention_call.scratch needs; monotonic in both. */
static inline size_t gemm_attention_scratch(size_t tokens, size_t head_dim)
{
    // Tiles of bf16 are filled up to 32 tokens and 32 dimensions.
    size_t keys = (tokens + 31) / 32 * 32, values = (head_dim + 31) / 32 * 32;
    return 2 * keys * values + 2 * GEMM_ROWS_MAX * (keys + values) + 3 * GEMM_PAD;
}

extern const simd_gemm simd_gemm_scalar, simd_gemm_avx2, simd_gemm_avx512;

#endif
