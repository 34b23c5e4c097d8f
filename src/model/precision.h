/* precision.h - in which precision a model runs: the fastest that this CPU has whose vectors are
 * still those of float32. */
#ifndef KITH_MODEL_PRECISION_H
#define KITH_MODEL_PRECISION_H

#include "base/status.h"
#include "model/bert.h"
#include "model/pooling.h"
#include "model/tokenizer.h"

/* What a choice promises: no text's vector has a smaller cosine to float32's. A promise that is
 * tested on a sample needs a margin, so each of the built-in texts must have PRECISION_TARGET. */
#define PRECISION_COSINE 0.999
#define PRECISION_TARGET 0.9992

/* A loaded model; all is borrowed. */
typedef struct precision_model {
    const bert_shape *shape;
    const safetensors *weights;
    const tokenizer *tokenizer;
    pooling_mode pooling;
    uint32_t max_tokens;
} precision_model;

typedef struct precision_choice {
    gemm_precision *precisions; /* [layers * BERT_PRODUCTS], on the heap; NULL: all float32 */
    gemm_precision attention;
    double cosine; /* the smallest of a built-in text to float32 */
} precision_choice;

/* Frees the array; a zeroed choice is allowed. */
void precision_choice_done(precision_choice *c);

/* Chooses for the kernels of `reference`: int8 everywhere; or with some products in bf16 (int16
 * where bf16 is not faster than float32), first each layer's last, which sees what GELU leaves, then that of
 * attention; or all in float32. Runs `reference` and up to 2 + log2(products) other networks over
 * the built-in texts: seconds for a small model.
 * reference  the model in float32
 * network    receives the model in that precision, to be freed with bert_free; NULL when it is
 *            float32, that is `reference`
 * out        to be ended with precision_choice_done
 * Any thread. Outputs are untouched on failure.
 * Errors: KITH_ERR_NO_MEMORY; KITH_ERR_MODEL as of bert_new. */
KITH_CHECKED kith_status precision_choose(const precision_model *m, const bert *reference,
                                          precision_choice *out, bert **network, kith_error *err);

/* Writes what people read: "f32", "int8", "int8, 6 of 24 products bf16". */
void precision_describe(const precision_choice *c, uint32_t layers, char *out, size_t size);

#endif
