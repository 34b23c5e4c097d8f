/* cross_encoder.h - a network that reads a question and a text together and says how well the text
 * answers it: BERT with two token types, its pooler and a classifier of one label
 * (BertForSequenceClassification, as the ms-marco cross-encoders are published).
 *
 * Always in float32: what a precision may change is promised for vectors (precision.h), and not for a
 * logit. */
#ifndef KITH_MODEL_CROSS_ENCODER_H
#define KITH_MODEL_CROSS_ENCODER_H

#include "base/status.h"
#include "base/view.h"
#include "os/thread_pool.h"

#include <stdint.h>

/* Immutable but for nothing: any number of threads may score with one at a time. */
typedef struct cross_encoder cross_encoder;

typedef struct cross_encoder_info {
    uint32_t max_tokens;  /* of a pair, with [CLS] and twice [SEP] */
    char name[64];        /* base name of the directory */
    char fingerprint[64]; /* digest of weights, tokenizer and number of heads, and the limit */
} cross_encoder_info;

/* Opens the cross-encoder in `directory`, and reads and packs all of it.
 * out  the caller frees with cross_encoder_free; untouched on failure
 * Any thread.
 * Errors:
 *   KITH_ERR_NOT_FOUND    the directory, config.json, model.safetensors or the tokenizer is missing
 *   KITH_ERR_MODEL        a file is damaged or contradicts another; the message names file and fault
 *   KITH_ERR_UNSUPPORTED  another architecture, or not one label, which the message names
 *   KITH_ERR_LIMIT        the path of a file is too long
 *   KITH_ERR_IO, KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status cross_encoder_open(const char *directory, cross_encoder **out,
                                            kith_error *err);
/* NULL is allowed. No call may be using it. */
void cross_encoder_free(cross_encoder *c);
/* Borrowed from the cross-encoder. Any thread. */
const cross_encoder_info *cross_encoder_describe(const cross_encoder *c);

/* Scores texts against a question. A pair that is too long loses from its longer side, as in the
 * reference (longest_first).
 * question, texts  any bytes; texts [count]; count may be 0
 * threads          the pool to use, and its lane; NULL: the calling thread alone
 * logits           [count]: larger is better
 * tokens           [count], or NULL: each pair's number of tokens before truncation, special ones
 *                  included; above max_tokens exactly when it was cut
 * A pair's logit is bit-identical whatever the batch and the threads, on one instruction set. Any
 * thread. Memory: per thread as encoder_embed, and 4 * max_tokens bytes a text.
 * Errors: KITH_ERR_NO_MEMORY; KITH_ERR_MODEL when model.safetensors was written over or cut short
 * since it was opened. `logits` then holds nothing of use. */
KITH_CHECKED kith_status cross_encoder_score(const cross_encoder *c, view question,
                                             const view *texts, uint32_t count,
                                             const thread_share *threads, float *logits,
                                             uint32_t *tokens, kith_error *err);

#endif
