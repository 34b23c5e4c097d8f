/* bert.h - the BERT encoder stack: token ids in, one hidden state a token out. */
#ifndef KITH_MODEL_BERT_H
#define KITH_MODEL_BERT_H

#include "base/status.h"
#include "model/safetensors.h"
#include "simd/gemm_codes.h"

#include <stddef.h>
#include <stdint.h>

/* The sizes in config.json. All are >= 1, and heads divides hidden. */
typedef struct bert_shape {
    uint32_t hidden;       /* floats of a state */
    uint32_t layers;       /* how often attention and the two dense layers follow each other */
    uint32_t heads;        /* of attention, hidden / heads floats each */
    uint32_t intermediate; /* floats between the two dense layers */
    uint32_t vocabulary;   /* rows of the table of words: ids are below */
    uint32_t positions;    /* the longest text, in tokens with [CLS] and [SEP] */
    uint32_t types;        /* rows of the table of token types, of which two are used */
    float epsilon;         /* of LayerNorm */
} bert_shape;

/* Immutable: any number of threads may run one model at a time. */
typedef struct bert bert;

/* The products of a layer, in the order in which they run. */
typedef enum bert_product {
    BERT_QKV,              /* hidden -> 3 * hidden */
    BERT_ATTENTION_OUTPUT, /* hidden -> hidden */
    BERT_UP,               /* hidden -> intermediate */
    BERT_DOWN,             /* intermediate -> hidden */
    BERT_PRODUCTS
} bert_product;

/* In which precision a network runs; borrowed for the call. States between the products, norms and
 * the softmax are float32 always. */
typedef struct bert_recipe {
    const gemm_precision *precisions; /* [layers * BERT_PRODUCTS], layer after layer */
    gemm_precision attention;         /* of its two products; GEMM_FLOAT32, or GEMM_BF16 */
    const float *energy; /* [bert_energy_count]: mean square of each input of each product, in the
                            same order, which int8 packs by; NULL: not known */
} bert_recipe;

/* Numbers that bert_observe sums up for a model of this shape. */
size_t bert_energy_count(const bert_shape *shape);

/* Loads a model and packs its weights for the kernels that simd() names now.
 * shape    copied
 * weights  borrowed until bert_free: each run reads rows of the word embeddings in its file
 * recipe   NULL: all in float32
 * out      the caller frees with bert_free; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_MODEL when a tensor is missing, has another shape, is not F32, F16 or BF16, or
 * holds a NaN or an infinity (the message names it), when the sizes overflow, and when the file was
 * cut short; KITH_ERR_IO;
 * KITH_ERR_UNSUPPORTED when this CPU does not have a precision; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status bert_new(const bert_shape *shape, const safetensors *weights,
                                  const bert_recipe *recipe, bert **out, kith_error *err);
/* The same over a block that bert_block gave for a model of this shape and recipe with these very
 * weights, on the same kernels: nothing is packed, and no number is read or checked.
 * block  GEMM_ALIGNMENT_BYTES-aligned, borrowed until bert_free
 * Errors: KITH_ERR_MODEL when the block has another size, or the word embeddings are missing or have
 * another shape; KITH_ERR_UNSUPPORTED; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status bert_adopt(const bert_shape *shape, const safetensors *weights,
                                    const bert_recipe *recipe, view block, bert **out,
                                    kith_error *err);
/* Of the kernels that it was packed for. Any thread. */
simd_level bert_level(const bert *b);
/* All packed weights; borrowed from `b`. Any thread. */
view bert_block(const bert *b);
/* NULL is allowed. */
void bert_free(bert *b);

/* Several texts, one after the other, without padding between them. All is borrowed. */
typedef struct bert_batch {
    const uint32_t *const *ids; /* [count] pointers to [length] ids, each below shape.vocabulary */
    const uint32_t *lengths;    /* [count] tokens, 1 <= length <= shape.positions */
    uint32_t count;
    const uint32_t *seconds; /* [count]: from which token on a text is the second of a pair (its
                                type is 1), for shapes of two types; NULL: all is of type 0 */
} bert_batch;

/* The floats of scratch that bert_run needs for texts of `tokens` tokens together, the longest of
 * `longest`; never less for more of either. 0 when the number overflows. Any thread. */
size_t bert_scratch(const bert *b, size_t tokens, size_t longest);
/* Floats from one token's state to the next, >= shape.hidden. Any thread. */
size_t bert_stride(const bert *b);

/* Runs the network over a batch.
 * scratch  [bert_scratch(...)] floats, GEMM_ALIGNMENT_BYTES-aligned; each thread has its own
 * Returns the states after the last layer, [tokens][bert_stride], in the order of the texts and of
 * their tokens; they lie in `scratch` and are good until its next use. NULL when the file of the
 * word embeddings cannot be read, as when it was cut short.
 * A text's states are bit-identical in any batch. Any thread; allocates nothing. */
const float *bert_run(const bert *b, const bert_batch *batch, float *scratch);

/* The same, and adds to squares[bert_energy_count] the square of each product's each input, summed
 * over the tokens. */
const float *bert_observe(const bert *b, const bert_batch *batch, float *scratch, double *squares);

/* NULL when every weight has the shape's size, is aligned and finite, and has zeros in its padding;
 * else what is wrong. Reads all weights: for tests. */
const char *bert_check(const bert *b);

#endif
