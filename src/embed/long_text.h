/* long_text.h - texts of which a local model would read the beginning alone, and what becomes of them:
 * kith/truncation.h says what the choices mean. */
#ifndef KITH_EMBED_LONG_TEXT_H
#define KITH_EMBED_LONG_TEXT_H

#include "base/status.h"
#include "base/view.h"
#include "text/chunk.h"

#include <kith/truncation.h>
#include <stdint.h>

/* Embeds texts[count], none of which is too long, to out[count][dim]. Any status but KITH_OK ends the
 * call with it. */
typedef kith_status (*long_text_embed)(void *context, const view *texts, uint32_t count, float *out,
                                       kith_error *err);

/* Texts that were embedded as far as the model reads them. */
typedef struct long_texts {
    const view *texts;      /* [count] */
    const uint32_t *tokens; /* [count] before they were cut, special tokens included */
    float *vectors;         /* [count][dim]; with KITH_SPLIT those of longer texts are replaced */
    uint32_t count, dim;
    uint32_t max_tokens; /* that the model reads, special tokens included */
    uint32_t special;    /* of them, in each text */
    chunk_token_count count_tokens;
    void *count_context;
    long_text_embed embed;
    void *embed_context;
} long_texts;

/* Applies the policy.
 * truncated  grows by the number of texts that stay cut; may be NULL
 * Errors, after which the vectors mean nothing: KITH_ERR_LIMIT (KITH_TRUNCATION_ERROR, and a text is
 * longer: the message names it and the numbers; or it has too many parts), KITH_ERR_INVALID
 * (KITH_SPLIT, and a longer text is no UTF-8), KITH_ERR_NO_MEMORY, those of `embed`. */
KITH_CHECKED kith_status long_texts_apply(const long_texts *t, kith_truncation policy,
                                          uint32_t *truncated, kith_error *err);

#endif
