/* evaluate.h - asks questions whose answers are known, and measures what comes back.
 * The questions take the same way as every other question (answer.h), without the cache and without
 * counting in the metrics, so that what is measured is what users get. */
#ifndef KITH_EVAL_EVALUATE_H
#define KITH_EVAL_EVALUATE_H

#include "answer/answer.h"
#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"
#include "os/call_limit.h"

#include <kith/evaluate.h>

typedef struct evaluating {
    collection *collection;
    embedder *embedder;
    const answer_reranker *rerank; /* NULL, or without a score: none */
    kith_ask_options ask;          /* how; no_cache, on_event, context and call are not read */
    int (*on_question)(void *context, size_t done, size_t total); /* may be NULL */
    void *context;
    const call_limit *limit; /* of all questions together; NULL: none */
} evaluating;

/* Asks all questions and compares the answers with what is expected. One that is longer than the model
 * reads, under a limit that refuses it (KITH_TRUNCATION_ERROR), is KITH_EVAL_NOT_ASKED, and the rest are asked.
 * questions  [count], 1..KITH_EVAL_MAX_QUESTIONS; all are checked before the first is asked
 * out        in `a`; untouched on failure
 * Any thread.
 * Errors; from a question, the message begins with its number from 1:
 *   KITH_ERR_INVALID    no question; a text is empty or not UTF-8; a refusal together with
 *                       documents or texts; k, ranking, fusion, weight or filter is not acceptable;
 *                       a remote embedder's settings are wrong
 *   KITH_ERR_FORMAT     the filter is not JSON
 *   KITH_ERR_LIMIT      too many questions, documents, texts or different words; a text is too
 *                       long; the derived file's path is too long
 *   KITH_ERR_MODEL, DIMENSION  the collection holds vectors of another model
 *   KITH_ERR_NOT_FOUND  the collection was deleted; a remote embedder does not know its model
 *   KITH_ERR_CANCELLED  on_question returned something else than 0, or the limit's caller asked
 *   KITH_ERR_TIMEOUT    the limit's deadline has passed
 *   KITH_ERR_AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   KITH_ERR_BUSY, CORRUPT, IO, FULL, NO_MEMORY */
KITH_CHECKED kith_status evaluate_questions(const evaluating *with,
                                            const kith_eval_question *questions, size_t count,
                                            arena *a, kith_evaluation *out, kith_error *err);
/* Compares two evaluations of the same questions in one measure, `with` minus `without`, over the
 * questions in which both have a value.
 * seed  of the bootstrap (bootstrap.h): the same seed gives the same figures
 * out   without such a question the difference is NaN, and nothing is clear; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_INVALID (different numbers of questions; no such measure),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status evaluate_difference(const kith_evaluation *without,
                                             const kith_evaluation *with, kith_eval_measure measure,
                                             uint64_t seed, kith_eval_difference *out,
                                             kith_error *err);
/* "hit_1", "recall_k" and so on, as evaluate.h of the public API lists them; NULL for a number that
 * is no measure. Static storage; any thread. */
const char *evaluate_measure_name(kith_eval_measure measure);

#endif
