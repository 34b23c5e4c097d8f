/* static_encoder.h - a text's vector as the mean of its tokens' vectors (static_table.h), which no
 * network computes: model2vec's and wordllama's models. */
#ifndef KITH_MODEL_STATIC_ENCODER_H
#define KITH_MODEL_STATIC_ENCODER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "model/encoded_text.h"
#include "model/static_table.h"
#include "model/tokenizer.h"
#include "os/thread_pool.h"

#include <stdbool.h>
#include <stdint.h>

/* Borrowed; immutable. */
typedef struct static_encoder {
    const static_table *table;
    const tokenizer *tokenizer; /* bare; its ids are those of the table */
    uint32_t max_tokens;        /* of a text; the rest is not read */
    bool normalize;
    bool counts_unknown; /* whether unknown tokens are in the mean */
} static_encoder;

/* Embeds texts[count] to out[count][dim]: the mean of the rows of their first max_tokens tokens, of which
 * unknown ones are left out, as a rule, unless there are no others. A text without tokens, or whose rows
 * add up to nothing, has the unknown token's row, so that every vector has a direction.
 * tokens: [count] before truncation, or NULL.
 * A vector has the same bits whatever the batch and the threads. Any thread.
 * Errors: KITH_ERR_MODEL (the file was cut short, or a vector is not finite), KITH_ERR_NO_MEMORY; the
 * outputs then hold nothing of use.
 * Source: model2vec's StaticModel and wordllama's WordLlamaInference, as observed. */
KITH_CHECKED kith_status static_embed(const static_encoder *s, const view *texts, uint32_t count,
                                      const thread_share *threads, float *out, uint32_t *tokens,
                                      kith_error *err);
/* The tokens of texts[count] that are in their mean, and their vectors. `a` owns ids and states. Any
 * thread. Errors: as above. */
KITH_CHECKED kith_status static_encode(const static_encoder *s, const view *texts, uint32_t count,
                                       arena *a, encoded_text *out, kith_error *err);

#endif
