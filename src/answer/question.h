/* question.h - a question as its answer is looked for: its content words with their weights, and
 * the kind of thing that it asks for. */
#ifndef KITH_ANSWER_QUESTION_H
#define KITH_ANSWER_QUESTION_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "base/view.h"
#include "db/collection.h"
#include "text/word.h"

typedef enum question_kind {
    QUESTION_OTHER,
    QUESTION_WHEN,  /* a date: "when", "what year" */
    QUESTION_COUNT, /* a number: "how many", "what percentage" */
    QUESTION_NAME   /* a person or a place: "who", "where", "which city" */
} question_kind;

typedef struct question {
    map *terms;     /* content word as word_split gives it -> its number */
    float *weights; /* [count] idf in the collection, at least 1, until evidence_weigh */
    uint32_t count;
    float total; /* of the weights */
    question_kind kind;
} question;

/* Weights from `c`. In `a`, but for the map: question_done it, whatever the result.
 * KITH_ERR_NO_MEMORY, and collection_idf's. */
KITH_CHECKED kith_status question_read(collection *c, view text, arena *a, question *out,
                                       kith_error *err);
/* Reads the words and the kind alone; the weights are the caller's to fill, then to sum. `terms`
 * (may be NULL) receives the words in the order of their numbers. */
KITH_CHECKED kith_status question_parse(view text, arena *a, question *out, view **terms,
                                        kith_error *err);
void question_done(question *q);

/* Marks in present[count] which of the question's words stand among words[word_count]. */
void question_mark(const question *q, const word *words, uint32_t word_count, bool *present);
/* The share of the question's words that are present, by weight: 0..1. */
float question_share(const question *q, const bool *present);

/* Is the word, the n-th of its text, of the kind that is asked for and not in the question: a
 * number or a year, a capitalised word? Either will do for QUESTION_OTHER. */
bool question_asks_for(const question *q, view text, const word *w, uint32_t n);

#endif
