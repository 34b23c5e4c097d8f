/* support.h - how likely the passages hold an answer: meaning and words together.
 * The best cosine alone cannot tell a question that the collection answers from one about the same
 * subject; what tells is whether one passage means the same and one place of it holds the words,
 * names above all. The weights and where they come from: support.c, docs/decisions/006. */
#ifndef KITH_RAG_SUPPORT_H
#define KITH_RAG_SUPPORT_H

#include "base/arena.h"
#include "base/status.h"
#include "rag/question.h"
#include "rag/retrieve.h"

/* All but `length` rest on the best SUPPORT_PASSAGES; shares are of the question's words by idf. */
enum { SUPPORT_PASSAGES = 5 };

typedef struct support_signals {
    double joint;  /* the best sum of a passage's cosine and half the share of a sentence of it */
    double near;   /* the best share of two sentences that follow one another */
    double words;  /* the best BM25 over the sum of the question's idf */
    double names;  /* share of the names that the passage holds which holds most words; 1: none */
    double length; /* ln of the number of content words */
} support_signals;

/* A question without content words gives signals of meaning alone. KITH_ERR_NO_MEMORY, LIMIT. */
KITH_CHECKED kith_status support_measure(const retrieval *found, const question *q, arena *a,
                                         support_signals *out, kith_error *err);
/* 0..1; below 0.5 an answer is refused. */
double support_probability(const support_signals *s);

#endif
