/* encoder.h - a sentence encoder from a Hugging Face directory: tokenizer, BERT, pooling,
 * normalisation. Reads config.json, modules.json, the pooling configuration,
 * sentence_bert_config.json (max_seq_length), tokenizer.json and model.safetensors as they are
 * published. */
#ifndef KITH_MODEL_ENCODER_H
#define KITH_MODEL_ENCODER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "model/tokenizer.h"
#include "os/thread.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct encoder encoder;

typedef struct encoder_info {
    uint32_t dim;
    uint32_t max_tokens;   /* with [CLS] and [SEP] */
    char name[64];         /* base name of the directory */
    char fingerprint[160]; /* pins a collection: digest of weights and tokenizer, pooling,
                              normalisation, max_tokens, precision; a copy of the directory under
                              another name has the same one, and so has every instruction set */
} encoder_info;

/* Runs the kernels that simd() names now. The word embeddings stay in the mapped file, which must
 * not be written over while the encoder lives (replacing it by renaming is harmless).
 * Errors: KITH_ERR_NOT_FOUND (the directory or a file), KITH_ERR_MODEL (file and fault),
 * KITH_ERR_UNSUPPORTED (another architecture, activation, module or pooling, named),
 * KITH_ERR_LIMIT (a path too long), KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status encoder_open(const char *directory, encoder **out, kith_error *err);
void encoder_free(encoder *e);
const encoder_info *encoder_describe(const encoder *e);
const tokenizer *encoder_tokenizer(const encoder *e);

/* Embeds `count` texts into out[count][dim], unit length when the model normalises. Texts longer
 * than max_tokens are cut; tokens[i] (may be NULL) receives the untruncated count with specials, so
 * truncated means tokens[i] > max_tokens. The vectors are bit-identical whatever the batch, order
 * and pool. pool may be NULL (this thread alone). Any thread. KITH_ERR_NO_MEMORY: nothing of `out`
 * may be used. */
KITH_CHECKED kith_status encoder_embed(const encoder *e, const view *texts, uint32_t count,
                                       thread_pool *pool, float *out, uint32_t *tokens,
                                       kith_error *err);

/* A text's tokens, each as the network understands it among the others. */
typedef struct encoded_text {
    uint32_t *ids; /* [count]; without [CLS] and [SEP] */
    float *states; /* [count][dim], of unit length */
    uint32_t count;
} encoded_text;

/* The tokens of each text into out[count], in `a`: about 1.5 KB a token. Cut, and bit-identical, as
 * in encoder_embed. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status encoder_encode(const encoder *e, const view *texts, uint32_t count,
                                        thread_pool *pool, arena *a, encoded_text *out,
                                        kith_error *err);

#endif
