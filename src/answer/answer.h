/* answer.h - a question to an answer: retrieve, then quote sentences or ask an LLM, then check the
 * citations. */
#ifndef KITH_ANSWER_ANSWER_H
#define KITH_ANSWER_ANSWER_H

#include "answer/answer_cache.h"
#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"
#include "metrics/metrics.h"

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
