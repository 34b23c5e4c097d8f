/* evidence_fit.h - how well the units that were chosen cover the question, by an embedder's token states or vectors. */
#ifndef KITH_ANSWER_EVIDENCE_FIT_H
#define KITH_ANSWER_EVIDENCE_FIT_H

#include "answer/evidence.h"
#include "answer/evidence_question.h"

/* What is fitted, and by what; all of it borrowed. */
typedef struct evidence_fitting {
    const evidence_input *in;
    const question *question;
    const evidence_question *asked; /* the same question */
    /* [passages][question's words] what the headings of each and its document's name hold */
    const bool *contexts;
    const float *shares; /* [passages] weighted share of the question's words that each holds */
    evidence_sentence *candidates; /* [count]; gets the signals from tokens, and `nearest` */
    uint32_t count;
    float *nearest; /* [question's words] zeros; gets the largest cosine of each, by token states */
} evidence_fitting;

/* Embeds the question and the candidates in one call.
 * out  gets by_tokens, and fit when it is larger than before
 * Errors: those of evidence_weigh that come from the embedder; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status evidence_fit(const evidence_fitting *f, arena *a, evidence *out,
                                      kith_error *err);

#endif
