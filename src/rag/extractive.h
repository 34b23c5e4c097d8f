/* extractive.h - an answer without an LLM: the sentences of the passages that best answer, quoted
 * and cited, or an honest refusal. A sentence's score is its cosine to the question, plus the share
 * of the question's words that it holds (rarer words weigh more), plus its passage's relevance.
 * Refusal rests on meaning and words together: see extractive.c for the weights and where they come
 * from. */
#ifndef KITH_RAG_EXTRACTIVE_H
#define KITH_RAG_EXTRACTIVE_H

#include "base/arena.h"
#include "base/status.h"
#include "rag/embedder.h"
#include "rag/retrieve.h"

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
