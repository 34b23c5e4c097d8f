/* possession.h - the thing that a question asks another one to have: "radio" of "Does it have a radio?",
 * "tyres" of "Which tyres does it have?", "serial" of "What is its serial number?". Texts name such a
 * thing by itself or by a word near to it: where none does, the question is not answered, however near a
 * text is to the rest of it. English questions alone. Pure. */
#ifndef KITH_ANSWER_POSSESSION_H
#define KITH_ANSWER_POSSESSION_H

#include "base/view.h"
#include "text/word.h"

/* The word, of words[count] of the question, split as English; UINT32_MAX: there is none. */
uint32_t possession_wanted(view text, const word *words, uint32_t count);

#endif
