/* support.c - the logistic model of a refusal.
 *   support = 1 / (1 + e^-odds),  odds = bias + sum of weight times signal
 * The sum is evaluated in the order of the struct's members. */
#include "answer/support.h"

#include <math.h>

/* Log odds for one unit of each signal of support_signals. */
typedef struct support_model {
    double bias;  /* shifted after the fit so that 8.5 % of squad-docs' own questions are refused */
    double fit;   /* for 1 of fit */
    double words; /* for 1 of BM25 share */
    double meaning; /* for a cosine of 1 */
    double length;  /* for e times as many content words */
    double size;    /* for e times as many points */
} support_model;

/* By support_signals.by_tokens. Both were fitted by logistic regression with all-MiniLM-L6-v2 on
 * even halves of the questions: those that the collection answers against those with the answering
 * article filtered out, foreign ones and small collections (docs/decisions/006). The cosines of
 * another model spread differently: check it with `kith eval` before relying on these weights. */
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
