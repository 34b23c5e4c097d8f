/* answer.h - a question to an answer: retrieve, then quote sentences or ask an LLM, then check the
 * citations. */
#ifndef KITH_RAG_ANSWER_H
#define KITH_RAG_ANSWER_H

#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "rag/answer_cache.h"
#include "rag/embedder.h"
#include "rag/metrics.h"

#include <kith/kith.h>

/* What answers. */
typedef struct answering {
    collection *collection;
    embedder *embedder;
    const answer_cache *cache;
    metrics *metrics; /* may be NULL */
} answering;

/* Fills `out`, whose memory is in `a`. options may be NULL. Errors: kith_ask's. */
KITH_CHECKED kith_status answer_question(const answering *with, const char *question,
                                         const kith_ask_options *options, arena *a,
                                         kith_answer *out, kith_error *err);

#endif
