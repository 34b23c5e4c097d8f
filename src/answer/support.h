/* support.h - how likely the passages hold an answer. The best cosine alone cannot tell a question
 * that the collection answers from one about the same subject: what the passages cover of the
 * question, its words, meaning and length, and the number of points searched decide together. The weights and where they come from:
 * docs/decisions/006. */
#ifndef KITH_ANSWER_SUPPORT_H
#define KITH_ANSWER_SUPPORT_H

#include "answer/evidence.h"
#include "answer/question.h"
#include "answer/retrieve.h"

typedef struct support_signals {
    double fit;     /* evidence.h: of the passage that covers the question best */
    double words;   /* likewise */
    double meaning; /* the nearest passage's cosine */
    double length;  /* ln of the number of the question's content words: a long question is never
                       covered whole */
    double size;    /* ln of the number of points searched: among more of them something is near to
                       any question */
    bool by_tokens; /* what the fit was measured by */
} support_signals;

support_signals support_measure(const retrieval *found, const question *q, const evidence *e);
/* 0..1; below 0.5 an answer is refused. */
double support_probability(const support_signals *s);

#endif
