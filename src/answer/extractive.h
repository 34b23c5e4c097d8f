/* extractive.h - an answer without an LLM: the sentences of the passages that fit the question best
 * (evidence.h), quoted and cited, or an honest refusal (support.h). */
#ifndef KITH_ANSWER_EXTRACTIVE_H
#define KITH_ANSWER_EXTRACTIVE_H

#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "embed/embedder.h"

#include <kith/kith.h>

typedef struct extractive_answer {
    const char *text; /* sentences with [n] */
    bool refused;
    double support; /* 0..1 */
    kith_citation *citations;
    uint32_t citation_count;
} extractive_answer;

KITH_CHECKED kith_status answer_from_sentences(collection *c, embedder *e, view question,
                                               const retrieval *found, arena *a,
                                               extractive_answer *out, kith_error *err);

#endif
