/* bert_weights.h - the weights of a BERT model as bert_weights.c loads them, for bert.c, which runs them.
 *
 * All numbers but the word embeddings lie in one block, written while loading, then only read, and
 * shared by all threads. Shape and recipe say where each of them is in it, so a block that was kept
 * in a file serves as it is (bert_adopt). */
#ifndef KITH_MODEL_BERT_WEIGHTS_H
#define KITH_MODEL_BERT_WEIGHTS_H

#include "model/bert.h"
#include "model/linear.h"
#include "simd/gemm.h"

/* The learnt part of a LayerNorm: both [gemm_padded(hidden)], zeros in the padding. */
typedef struct bert_norm {
    float *gamma, *beta;
} bert_norm;

typedef struct bert_layer {
    linear qkv;              /* hidden -> 3 * hidden */
    linear attention_output; /* hidden -> hidden */
    linear up;               /* hidden -> intermediate */
    linear down;             /* intermediate -> hidden */
    bert_norm attention_norm, output_norm;
} bert_layer;

struct bert {
    bert_shape shape;
    simd_level level;
    const simd_gemm *kernels; /* of the level */
    void (*attend)(const gemm_attention_call *call);
    const tensor *word_embeddings; /* [vocabulary][hidden], borrowed from the file */
    float *position_embeddings;    /* [positions][padded hidden], token type 0 added */
    float *second_type; /* [hidden] token type 1 less type 0, on the heap; NULL: one type */
    bert_norm embedding_norm;
    bert_layer *layers; /* [shape.layers] */
    float *block;  /* holds all numbers above but the word embeddings, aligned; zeros where none was
                      loaded */
    size_t floats; /* of the block */
    void *memory;  /* of which the block is a part; NULL: it is borrowed */
    bool is_coded; /* some product is not in float32 */
};

/* Product i of all, in the order of bert_product, layer after layer. */
static inline linear *bert_product_at(const bert *b, uint32_t i)
{
    bert_layer *l = &b->layers[i / BERT_PRODUCTS];
    linear *const products[] = {&l->qkv, &l->attention_output, &l->up, &l->down};
    return products[i % BERT_PRODUCTS];
}

/* Where the inputs of product i begin in what bert_observe sums up. */
static inline size_t bert_energy_offset(const bert_shape *s, uint32_t i)
{
    return i / BERT_PRODUCTS * (3 * (size_t)s->hidden + s->intermediate) +
           i % BERT_PRODUCTS * (size_t)s->hidden;
}

#endif
