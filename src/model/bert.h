/* bert.h - the BERT encoder stack in float32: token ids in, hidden states out. */
#ifndef KITH_MODEL_BERT_H
#define KITH_MODEL_BERT_H

#include "base/status.h"
#include "model/safetensors.h"

#include <stddef.h>
#include <stdint.h>

typedef struct bert_shape {
    uint32_t hidden, layers, heads, intermediate;
    uint32_t vocabulary, positions, types;
    float epsilon; /* of LayerNorm */
} bert_shape;

typedef struct bert bert;

/* Packs the weights for the kernels that simd() names now. The word embeddings are read from
 * `weights` at each run: it and its bytes must outlive the model.
 * Errors: KITH_ERR_MODEL (a tensor is missing, or has another shape, type, or an infinite value),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status bert_new(const bert_shape *shape, const safetensors *weights, bert **out,
                                  kith_error *err);
void bert_free(bert *b);

/* Several texts, one after the other; no padding between them. */
typedef struct bert_batch {
    const uint32_t *const *ids; /* [count] pointers; each id < vocabulary */
    const uint32_t *lengths;    /* [count], 1 <= length <= positions */
    uint32_t count;
} bert_batch;

/* Floats of scratch for texts of `tokens` tokens together, the longest of `longest`; it must be
 * GEMM_ALIGNMENT_BYTES-aligned. 0 when the number overflows. */
size_t bert_scratch(const bert *b, size_t tokens, size_t longest);
/* Floats from one token's state to the next. */
size_t bert_stride(const bert *b);

/* The states after the last layer, [tokens][bert_stride] in the order of the texts; they lie in
 * `scratch`. A text's states are bit-identical in any batch. Any thread, each with scratch of its
 * own. */
const float *bert_run(const bert *b, const bert_batch *batch, float *scratch);

#endif
