/* rerank.h - scoring the best candidates again by a slower, better model, such as a
 * cross-encoder. */
#ifndef KITH_DB_RERANK_H
#define KITH_DB_RERANK_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* The callback of kith_reranker (kith.h): fills scores[count] for texts[count], larger is better.
 * Anything but 0 means that it gives up. Runs in the thread of the search, with no lock held. */
typedef int (*rerank_score)(void *context, const char *query, const char *const *texts,
                            size_t count, uint32_t remaining_ms, float *scores);

typedef struct reranker {
    const char *query;
    rerank_score score;
    void *context;
    uint32_t depth;     /* candidates to score, from the best */
    uint32_t budget_ms; /* of wall time; no batch is begun after it, none is interrupted */
} reranker;

/* Scores texts[count], which are ordered best first, a batch at a time while the budget lasts. A
 * batch that gives up, or has a NaN among its scores, is discarded and is the last.
 * order[count]   all indexes: the scored ones by score, equal scores in the order that they had;
 * then
 *                the others in the order that they had
 * scores[count]  NaN where there is none
 * Returns how many were scored. */
uint32_t rerank_order(const reranker *r, const char *const *texts, uint32_t count, uint32_t *order,
                      float *scores);

#endif
