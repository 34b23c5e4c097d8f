/* question.h - a parsed question: its content words with weights, and what kind of answer it asks
 * for. Claims of an answer are parsed the same way (grounding.h), for their words alone. */
#ifndef KITH_ANSWER_QUESTION_H
#define KITH_ANSWER_QUESTION_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "base/view.h"
#include "db/collection.h"
#include "text/language.h"
#include "text/word.h"

typedef enum question_kind {
    QUESTION_OTHER,
    QUESTION_WHEN,  /* a date: "when", "what year" */
    QUESTION_COUNT, /* a number: "how many", "what percentage" */
    QUESTION_NAME   /* a person or a place: "who", "where", "which city" */
} question_kind;

typedef struct question {
    map *
        terms; /* term of a content word (word.h) -> its number, 0..count-1, in order of first use */
    float *weights; /* [count] > 0: idf in the collection, at least 1; evidence_weigh replaces it */
    bool *unknown; /* [count] whether nothing in the collection has the word; NULL: not looked up */
    uint32_t count;
    float total; /* the sum of the weights */
    question_kind kind;
    language language; /* that its words were stemmed in; texts are to be split in it, too */
} question;

/* The language of a question by its words (interrogative.h).
 * text  valid UTF-8
 * Any thread. *out is untouched on failure. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status question_language(view text, arena *a, language *out, kith_error *err);

/* Parses the text and weighs its words by their idf in `c`.
 * text  valid UTF-8
 * l     what it is split in
 * out   zeroed before; weights in `a`, the map on the heap: call question_done, whatever the result
 * Any thread.
 * Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY; and when the index must be loaded
 * KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_LIMIT (the derived file's path is too
 * long), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO. */
KITH_CHECKED kith_status question_read(collection *c, view text, language l, arena *a,
                                       question *out, kith_error *err);
/* Parses the text, of which the first 256 different content words count; the caller fills the
 * weights and their total, which are 0.
 * terms  receives [out->count] terms by their numbers, in `a`; may be NULL
 * Otherwise as question_read. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status question_parse(view text, language l, arena *a, question *out,
                                        view **terms, kith_error *err);
/* Counts what the text has of an unknown word with a typing error as that word: "inauguró" as
 * "inaguró". Without q->unknown nothing is done.
 * a  for what is needed meanwhile
 * Any thread. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status question_add_misspelled(question *q, view text, arena *a, kith_error *err);
void question_done(question *q);

/* Sets present[t], of [q->count], for each of the question's words that is among words[word_count];
 * the others keep their value. */
void question_mark(const question *q, const word *words, uint32_t word_count, bool *present);
/* The share of the question's words that are present, by weight: 0..1; 0 without words. */
float question_share(const question *q, const bool *present);

/* How many of words[count], split from the question, stand before its first question mark: behind it are
 * words that a follow-up carries over from the question before (followup.h). Pure. */
uint32_t question_own_words(view text, const word *words, uint32_t count);

/* Whether a word may be what is asked for: it is not in the question, and is a number (WHEN,
 * COUNT), a capitalised word that is not the first of its text (NAME), or either (OTHER).
 * text  that w is a word of
 * n     the word's place among the words of the text, from 0 */
bool question_asks_for(const question *q, view text, const word *w, uint32_t n);

#endif
