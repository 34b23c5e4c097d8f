/* support.c - the logistic models of a refusal and of an answer's support.
 *   odds    = bias + sum of weight times signal, in the order of the signals
 *   support = 1 / (1 + e^-sum),  sum = bias + the odds, at most odds_most, the form of the passages
 *             (at most form_most) and how sure the reader is of the best unit, weighted
 * A refusal asks whether the passages have an answer, support whether what is quoted is it. */
#include "answer/support.h"

#include <math.h>

typedef struct support_model {
    double bias;
    double weights[SUPPORT_SIGNALS]; /* log odds for one unit of each signal */
} support_model;

/* By support_signals.by_tokens. Those of the first model were fitted by docs/decisions/006, of the
 * second with what the best unit lacks by bench/refusals.py (docs/decisions/101), by logistic
 * regression with all-MiniLM-L6-v2; that of a strict demand is such that nothing outweighs it, and the
 * bias of the second so that 8.5 % of squad-docs' own even questions are refused. The cosines of
 * another model spread differently: check it with `kith eval` before relying on them. */
static const support_model models[2] = {
    {.bias = -8.03,
     .weights = {[SUPPORT_FIT] = 7.85,
                 [SUPPORT_WORDS] = 0.19,
                 [SUPPORT_MEANING] = 6.95,
                 [SUPPORT_LENGTH] = 1.18,
                 [SUPPORT_SIZE] = -0.48,
                 [SUPPORT_STRICT] = -12,
                 [SUPPORT_NAMES] = -1}},
    {.bias = -6.18,
     .weights = {[SUPPORT_FIT] = 7.08,
                 [SUPPORT_WORDS] = 0.30,
                 [SUPPORT_MEANING] = 2.74,
                 [SUPPORT_LENGTH] = 0.74,
                 [SUPPORT_SIZE] = -0.65,
                 [SUPPORT_STRICT] = -12,
                 [SUPPORT_NAMES] = -1.16,
                 [SUPPORT_APART] = -0.5,
                 [SUPPORT_ELSEWHERE] = -0.48,
                 [SUPPORT_FORM_NAMES] = -2.82,
                 [SUPPORT_CERTAINTY] = 1.92,
                 [SUPPORT_UNIT] = 1.03,
                 [SUPPORT_TOGETHER] = 1.36}},
};

/* Fitted by bench/refusals.py on the answers to the even halves of squad-docs and chunking-eval and
 * to the made-up manuals, and to questions that nothing there answers: docs/decisions/101. */
static const struct {
    double bias, odds, form, certainty, odds_most;
    double form_most; // of a manual altogether: real ones have it in the mean
} answer_model = {.bias = -1.59,
                  .odds = 0.64,
                  .form = -4.19,
                  .certainty = 2.42,
                  .odds_most = 6,
                  .form_most = 0.4};

support_signals support_measure(const retrieval *found, const question *q, const evidence *e,
                                const demands *d)
{
    support_signals s = {.by_tokens = e->by_tokens};
    double *at = s.at, meaning = 0;
    for (uint32_t p = 0; p < found->count; p++)
        meaning = fmax(meaning, (double)found->passages[p].relevance);
    at[SUPPORT_FIT] = (double)e->fit;
    at[SUPPORT_WORDS] = (double)e->words;
    at[SUPPORT_MEANING] = meaning;
    at[SUPPORT_LENGTH] = log(fmax(1, q->count));
    at[SUPPORT_SIZE] = log(fmax(1, found->searched));
    at[SUPPORT_CERTAINTY] = evidence_certainty(e);
    if (e->count > 0) at[SUPPORT_UNIT] = (double)e->sentences[0].signals.at[READER_TOKENS];
    at[SUPPORT_TOGETHER] = (double)found->together;
    for (uint32_t i = 0; i < d->count; i++) {
        const demand *one = &d->list[i];
        if (one->is_apart) at[SUPPORT_APART] = 1;
        if (one->is_elsewhere) at[SUPPORT_ELSEWHERE] = 1;
        if (one->is_met) continue;
        if (demand_is_strict(one)) at[SUPPORT_STRICT] = 1;
        at[SUPPORT_NAMES] += one->kind == DEMAND_NAME;
    }
    at[SUPPORT_NAMES] = fmin(at[SUPPORT_NAMES], SUPPORT_MOST);
    at[SUPPORT_FORM_NAMES] = at[SUPPORT_NAMES] * (double)e->form;
    return s;
}

double support_odds(const support_signals *s)
{
    const support_model *m = &models[s->by_tokens];
    double odds = m->bias;
    for (uint32_t i = 0; i < SUPPORT_SIGNALS; i++)
        odds += m->weights[i] * s->at[i];
    return odds;
}

double support_of_answer(const answer_signals *s)
{
    const double sum = answer_model.bias +
                       answer_model.odds * fmin(s->odds, answer_model.odds_most) +
                       answer_model.form * fmin(s->form, answer_model.form_most) +
                       answer_model.certainty * s->certainty;
    return 1 / (1 + exp(-sum));
}
