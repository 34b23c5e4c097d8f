/* reader.h - how likely a unit answers a question: a weighted sum of signals; and when a second unit
 * is quoted beside the best one.
 *
 * The weights are in reader_weights.h, which bench/reader.py writes: it fits a conditional logit
 * (which of a question's units holds the answer) on the training halves of the data. They belong to
 * the encoder that they were fitted with. For another one, whose cosines spread differently, and for
 * an embedder without token states there is a second set, fitted without the signals that come from
 * token states: docs/decisions/046. Pure, any thread. */
#ifndef KITH_ANSWER_READER_H
#define KITH_ANSWER_READER_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum reader_signal {
    READER_WORDS,   /* mean cosine of the question's content words to their nearest tokens */
    READER_TOKENS,  /* mean cosine of all the question's tokens to their nearest; or of vectors */
    READER_WEAKEST, /* the least cosine of a content word */
    READER_FAR,     /* share of all the question's tokens that nothing is near */
    READER_ASKS, /* cosine of its question word's token to the nearest, which tells whether there is
                       a person for "who"; READER_TOKENS where it has none, as of the next two */
    READER_ASKED,   /* of the token behind that: "year" of "in what year" */
    READER_MARK,    /* of its question mark, which stands for the whole of it */
    READER_SHARE,   /* of the question's words that the unit holds as they are, by weight */
    READER_JOINT,   /* that the unit, its headings and its document's name hold */
    READER_WHOLE,   /* the square of that: what has nearly all of them counts for more */
    READER_HEAD,    /* that the unit's term or lead-in holds */
    READER_HEADING, /* that the nearest heading holds */
    READER_MISSING, /* share of the question's names (numbers, options, codes) not in the unit */
    READER_ABSENT,  /* share of them that its headings do not hold either */
    READER_FORM_ABSENT, /* READER_ABSENT times evidence.form: of a code a manual's entry is asked for,
                           a story may leave a number unsaid */
    READER_KIND,        /* 1: it holds what the question asks for; 0: not; 0.5: who knows */
    READER_PASSAGE,     /* the passage's score minus the best passage's, 0 or less */
    READER_LENGTH,      /* ln of the bytes said, less ln 100 */
    READER_FIRST,       /* 1: the first of its paragraph, entry or description */
    READER_ANSWERS,     /* 1: it stands below a question */
    READER_KEY,    /* share of the words of the unit's term or first cell that the question has */
    READER_NAMED,  /* 1: a name of the question is its term or begins it */
    READER_SIDE,   /* of a question for advantages or disadvantages: 1: its list or heading is of
                        them; -1: of the others */
    READER_HOW,    /* 1: the question asks how to do it, and the unit is code or a setting */
    READER_AROUND, /* of the question's words that the unit and its neighbors hold, by weight */
    READER_REFERS, /* 1: it begins with a word that stands for something before it */
    READER_OPTION, /* 1: the question asks for an option, and the unit is one with its text */
    READER_ENTRY,  /* 1: of each kind of unit; a sentence has none of them */
    READER_DEFINITION,
    READER_ROW,
    READER_SETTING,
    READER_CODE,
    READER_SIGNALS
} reader_signal;

typedef struct reader_signals {
    float at[READER_SIGNALS];
} reader_signals;

/* When a second unit is quoted: the first one's share of e^score is below `sure`, the second's above
 * `unlikely`, and both have at most max_bytes. */
typedef struct reader_rule {
    double sure, unlikely;
    uint32_t max_bytes;
} reader_rule;

/* The rule for passages of a form (evidence.h): manuals, whose units are short, or articles. */
const reader_rule *reader_second(float form);

/* Whether the weights for token states are of the encoder with this fingerprint. */
bool reader_knows(view fingerprint);
/* Larger is better; comparable between units of one question only. knows_tokens: the first seven
 * signals are measured, with the encoder that the weights belong to. */
float reader_score(const reader_signals *s, bool knows_tokens);

#endif
