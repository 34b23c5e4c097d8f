/* support.h - how likely the passages hold an answer to the question, and whether one is given.
 * The best cosine alone does not separate a question that the collection answers from one about the
 * same subject that it does not. Four groups of signals decide together: how much of the question
 * the passages cover, by tokens and by words, and the nearest passage's cosine; what it demands and
 * no passage has (demand.h); whether one unit and one document stand out among
 * the others; the question's length and the number of points searched. support.c has the model and
 * its weights, docs/decisions/047, 083, 092 and 056 their fit. */
#ifndef KITH_ANSWER_SUPPORT_H
#define KITH_ANSWER_SUPPORT_H

#include "answer/demand.h"
#include "answer/evidence.h"
#include "answer/question.h"
#include "answer/retrieve.h"

typedef enum support_signal {
    SUPPORT_FIT,   /* evidence.fit: of the passage that covers the question best, 0 to about 1.6 */
    SUPPORT_WORDS, /* evidence.words: the largest BM25 share, 0 to about 2 */
    SUPPORT_MEANING, /* the nearest passage's cosine, 0..1 */
    SUPPORT_LENGTH,  /* ln of the number of the question's content words, at least 0: the passages
                        never cover a long question completely */
    SUPPORT_SIZE,   /* ln of the number of points searched, at least 0: among more of them something
                        is near to any question */
    SUPPORT_STRICT, /* 1: a strict demand is not met (demand_is_strict) */
    SUPPORT_NAMES,  /* names that are not met, at most SUPPORT_MOST */
    SUPPORT_APART,  /* 1: a code is met, but not where the best unit is (demand.is_apart) */
    SUPPORT_ELSEWHERE,  /* 1: the best unit is of a document that does not mention what the question
                          names another by (demand.is_elsewhere) */
    SUPPORT_FORM_NAMES, /* SUPPORT_NAMES times evidence.form: a manual calls things by their names,
                           a speech or a story may not */
    SUPPORT_CERTAINTY,  /* evidence_certainty, 0..1: where nothing answers, no unit stands out */
    SUPPORT_UNIT,       /* READER_TOKENS of the best unit, -1..1: one place has what is asked for */
    SUPPORT_TOGETHER,   /* retrieval.together, -1..1: where a document answers, the other passages
                          are of it, too */
    SUPPORT_SIGNALS
} support_signal;

enum { SUPPORT_MOST = 2 };

typedef struct support_signals {
    double at[SUPPORT_SIGNALS];
    bool by_tokens; /* evidence.by_tokens: which of the two models applies */
} support_signals;

/* Pure, any thread. `e` was weighed from `found` and `q`, `d` read from them. */
support_signals support_measure(const retrieval *found, const question *q, const evidence *e,
                                const demands *d);
/* Log odds that the passages answer; below 0 the answer is refused. Pure, any thread. */
double support_odds(const support_signals *s);
/* What an answer is judged by. */
typedef struct answer_signals {
    double odds;      /* of support_odds */
    double form;      /* evidence.form, 0..1 */
    double certainty; /* evidence_certainty, 0..1; 0: there is no answer */
} answer_signals;

/* How likely an answer is right, 0..1. Pure, any thread. */
double support_of_answer(const answer_signals *s);

#endif
