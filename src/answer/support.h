/* support.h - how likely the passages hold an answer to the question.
 * The best cosine alone does not separate a question that the collection answers from one about the
 * same subject that it does not. Five signals decide together: how much of the question the
 * passages cover, by tokens and by words; the nearest passage's cosine; the question's length; and
 * the number of points searched. support.c has the model and its weights, docs/decisions/006 their
 * fit. */
#ifndef KITH_ANSWER_SUPPORT_H
#define KITH_ANSWER_SUPPORT_H

#include "answer/evidence.h"
#include "answer/question.h"
#include "answer/retrieve.h"

/* An answer with less support than this is refused. The model's bias is set for 0.5. */
#define SUPPORT_THRESHOLD 0.5

typedef struct support_signals {
    double fit;     /* evidence.fit: of the passage that covers the question best, 0 to about 1.6 */
    double words;   /* evidence.words: the largest BM25 share, 0 to about 2 */
    double meaning; /* the nearest passage's cosine, 0..1 */
    double length;  /* ln of the number of the question's content words, at least 0: the passages
                       never cover a long question completely */
    double size;    /* ln of the number of points searched, at least 0: among more of them something
                       is near to any question */
    bool by_tokens; /* evidence.by_tokens: which of the two models applies */
} support_signals;

/* Pure, any thread. `e` was weighed from `found` and `q`. */
support_signals support_measure(const retrieval *found, const question *q, const evidence *e);
/* 0..1. Pure, any thread. */
double support_probability(const support_signals *s);

#endif
