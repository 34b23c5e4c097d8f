/* support.c - measuring the two signals, and the logistic model that weighs them. */
#include "rag/support.h"

#include <math.h>

/* Log odds: docs/decisions/006 tells the fit. */
static const double bias = -14.12, meaning_weight = 18.96, words_weight = 8.18;

kith_status support_measure(const retrieval *found, const question *q, arena *a,
                            support_signals *out, kith_error *err)
{
    float meaning = 0;
    bool *present = arena_new_array(a, bool, q->count);
    if (!present) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    for (uint32_t p = 0; p < found->count; p++) {
        word *words = NULL;
        uint32_t count = 0;
        kith_status status =
            word_split(view_of(found->passages[p].content), a, &words, &count, err);
        if (status != KITH_OK) return status;
        question_mark(q, words, count, present);
        meaning = fmaxf(meaning, found->passages[p].relevance);
    }
    // A question of stop words alone has nothing to find: meaning decides.
    *out = (support_signals){.meaning = (double)meaning,
                             .words = q->count ? (double)question_share(q, present) : 0.5};
    return KITH_OK;
}

double support_probability(const support_signals *s)
{
    return 1.0 / (1.0 + exp(-(bias + meaning_weight * s->meaning + words_weight * s->words)));
}
