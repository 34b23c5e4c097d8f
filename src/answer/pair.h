/* pair.h - which two units are quoted of a question about two things ("soft or hard limits"). */
#ifndef KITH_ANSWER_PAIR_H
#define KITH_ANSWER_PAIR_H

#include "answer/evidence.h"
#include "base/view.h"

/* Indexes into evidence.sentences; equal: one unit alone. */
typedef struct quoted_pair {
    uint32_t first, second;
} quoted_pair;

/* The best unit and the next one. Of a question about two things that it names, one unit for each:
 * with the best unit, when it says one of them, the best that says the other; when it says neither, or
 * both without telling them apart, the best that says the one alone and the best that says the other
 * alone, in the order of their places when they are of one passage. When no unit says one of them
 * alone, the best unit and the next.
 * text  the question, valid UTF-8
 * e     with at least one unit that was embedded
 * Pure, any thread. */
quoted_pair pair_choose(view text, const evidence *e);

#endif
