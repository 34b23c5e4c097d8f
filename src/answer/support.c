/* support.c - the logistic model that weighs the signals. */
#include "answer/support.h"

#include <math.h>

/* Log odds: docs/decisions/006 tells the fits. */
typedef struct support_model {
    double bias, fit, words, meaning, length, size;
} support_model;

/* Where the fit is measured by vectors, and where by tokens. */
static const support_model models[2] = {
    {.bias = -8.38, .fit = 7.85, .words = 0.19, .meaning = 6.95, .length = 1.18, .size = -0.48},
    {.bias = -12.48, .fit = 9.60, .words = 2.71, .meaning = 3.93, .length = 1.44, .size = -0.45},
};

support_signals support_measure(const retrieval *found, const question *q, const evidence *e)
{
    float meaning = 0;
    for (uint32_t p = 0; p < found->count; p++)
        meaning = fmaxf(meaning, found->passages[p].relevance);
    return (support_signals){.fit = (double)e->fit,
                             .words = (double)e->words,
                             .meaning = (double)meaning,
                             .length = log(fmax(1, q->count)),
                             .size = log(fmax(1, found->searched)),
                             .by_tokens = e->by_tokens};
}

double support_probability(const support_signals *s)
{
    const support_model *m = &models[s->by_tokens];
    double odds = m->bias + m->fit * s->fit + m->words * s->words + m->meaning * s->meaning +
                  m->length * s->length + m->size * s->size;
    return 1.0 / (1.0 + exp(-odds));
}
