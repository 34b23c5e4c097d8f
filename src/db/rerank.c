/* rerank.c - batches against the clock, then a stable sort of what came back.
 * The best are scored first, so that those left out when the budget ends are the least likely
 * ones. */
#include "db/rerank.h"

#include "base/size.h"
#include "os/clock.h"

#include <math.h>

enum { BATCH = 8 /* texts between two checks of the budget */ };

static bool all_numbers(const float *scores, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (isnan(scores[i])) return false;
    return true;
}

/* Insertion sort: it is stable, and a reranker scores few texts. */
static void sort_by_score(uint32_t *order, uint32_t count, const float *scores)
{
    for (uint32_t i = 1; i < count; i++) {
        uint32_t moving = order[i], j = i;
        for (; j > 0 && scores[order[j - 1]] < scores[moving]; j--)
            order[j] = order[j - 1];
        order[j] = moving;
    }
}

uint32_t rerank_order(const reranker *r, const char *const *texts, uint32_t count, uint32_t *order,
                      float *scores)
{
    int64_t start = clock_monotonic_ns();
    uint32_t wanted = (uint32_t)size_min(count, r->depth), scored = 0;
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
        scores[i] = NAN;
    }
    while (scored < wanted) {
        int64_t spent_ms = (clock_monotonic_ns() - start) / 1000000;
        if (spent_ms >= r->budget_ms) break;
        float batch_scores[BATCH] = {0};
        uint32_t batch = (uint32_t)size_min(BATCH, wanted - scored);
        if (r->score(r->context, r->query, texts + scored, batch, r->budget_ms - (uint32_t)spent_ms,
                     batch_scores) != 0 ||
            !all_numbers(batch_scores, batch))
            break;
        memcpy(scores + scored, batch_scores, batch * sizeof *batch_scores);
        scored += batch;
    }
    sort_by_score(order, scored, scores);
    return scored;
}
