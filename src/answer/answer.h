/* answer.h - answers one question: from the cache, or by retrieval and then quoted sentences or an
 * LLM. answer.c has the order of the steps and what a failure of each leaves. */
#ifndef KITH_ANSWER_ANSWER_H
#define KITH_ANSWER_ANSWER_H

#include "answer/answer_cache.h"
#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "db/rerank.h"
#include "embed/embedder.h"
#include "metrics/metrics.h"
#include "os/call_limit.h"

#include <kith/kith.h>

/* Reorders the passages that were found (db/rerank.h). */
typedef struct answer_reranker {
    reranker order;          /* its query is filled in for each question; score NULL: none */
    const char *fingerprint; /* borrowed: of its model, for the answers that are kept */
} answer_reranker;

/* What a question is answered with; all borrowed. */
typedef struct answering {
    collection *collection;
    embedder *embedder;
    const answer_cache *cache;     /* not used when the options say no_cache; may then be NULL */
    metrics *metrics;              /* may be NULL */
    const answer_reranker *rerank; /* NULL: as one without a score */
    const call_limit *limit;       /* ends the call, its LLM's part too; NULL: none */
} answering;

/* Answers the question, and calls options->on_event for each event on the way.
 * options  NULL: all defaults
 * out      strings and arrays in `a`; untouched on failure
 * Any thread. An LLM that fails does not fail the call: out->llm_status says why.
 * Errors:
 *   KITH_ERR_INVALID    the question is empty; k, ranking, fusion, weight or filter is not
 *                       acceptable; a remote embedder's settings are wrong
 *   KITH_ERR_FORMAT     the filter is not JSON
 *   KITH_ERR_LIMIT      the question has more than 64 KiB or too many different words; a text is
 *                       too long for a remote embedder; the derived file's path is too long
 *   KITH_ERR_MODEL, DIMENSION  the collection holds vectors of another model
 *   KITH_ERR_NOT_FOUND  the collection was deleted; a remote embedder does not know its model
 *   KITH_ERR_CANCELLED  on_event returned something else than 0; nothing is kept, unless it was one
 *                       of the events behind the text
 *   KITH_ERR_CANCELLED, TIMEOUT  the limit ended the call; nothing is kept
 *   KITH_ERR_LIMIT      also: the answer is larger than the limit's max_bytes
 *   KITH_ERR_AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   KITH_ERR_BUSY, CORRUPT, IO, NO_MEMORY */
KITH_CHECKED kith_status answer_question(const answering *with, const char *question,
                                         const kith_ask_options *options, arena *a,
                                         kith_answer *out, kith_error *err);

#endif
