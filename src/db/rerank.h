/* rerank.h - the place for a second, slower opinion on the best candidates: a cross-encoder. */
#ifndef KITH_DB_RERANK_H
#define KITH_DB_RERANK_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* As kith_reranker's (kith.h): fills scores[count], larger is better; not 0 gives up. */
typedef int (*rerank_score)(void *context, const char *query, const char *const *texts,
                            size_t count, uint32_t remaining_ms, float *scores);

typedef struct reranker {
    const char *query;
    rerank_score score;
    void *context;
    uint32_t depth;     /* of the best candidates that are scored */
    uint32_t budget_ms; /* no batch is begun after it */
} reranker;

/* Asks for scores of texts[0..count), best first, a batch at a time while the budget lasts.
 * order[count] is filled with all numbers: those that were scored, by score (equals in the order
 * that they had), then the others in the order that they had. scores[count]: NaN where none was
 * given. Returns how many were scored; a batch that gives up or gives NaN ends the asking. */
uint32_t rerank_order(const reranker *r, const char *const *texts, uint32_t count, uint32_t *order,
                      float *scores);

#endif
