/* support.h - how likely the passages hold an answer: meaning and words together, since the best
 * cosine alone cannot tell a question that the collection answers from one about the same subject.
 * The weights and where they come from: docs/decisions/006. */
#ifndef KITH_RAG_SUPPORT_H
#define KITH_RAG_SUPPORT_H

#include "base/arena.h"
#include "base/status.h"
#include "rag/question.h"
#include "rag/retrieve.h"

typedef struct support_signals {
    double meaning; /* the best passage's cosine */
    double words;   /* share of the question's words, by idf, that the passages hold between them */
} support_signals;

/* KITH_ERR_NO_MEMORY, LIMIT. */
KITH_CHECKED kith_status support_measure(const retrieval *found, const question *q, arena *a,
                                         support_signals *out, kith_error *err);
/* 0..1; below 0.5 an answer is refused. */
double support_probability(const support_signals *s);

#endif
