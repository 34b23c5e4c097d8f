/* encoder.h - a sentence encoder from a Hugging Face directory: tokenizer, BERT, pooling,
 * normalisation. Reads config.json, modules.json, the pooling configuration,
 * sentence_bert_config.json (max_seq_length), tokenizer.json and model.safetensors as they are
 * published. */
#ifndef KITH_MODEL_ENCODER_H
#define KITH_MODEL_ENCODER_H

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
    char name[64];         /* base name of the directory, or _name_or_path of the configuration */
    char fingerprint[160]; /* pins a collection: model digest, pooling, normalisation, max_tokens,
                              precision */
} encoder_info;

/* KITH_ERR_NOT_FOUND when the directory or a file is missing, KITH_ERR_MODEL when it cannot be used
 * (what and where), NO_MEMORY. */
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

#endif
