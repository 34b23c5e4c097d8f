/* followup.h - questions that lean on the one before: "and how much did it cost?"
 * Searched for as they stand they find nothing, since what they ask about is not in them. Whether
 * one leans is told by its English words here; where they do not tell, followup_weigh.h asks the
 * collection. */
#ifndef KITH_ANSWER_FOLLOWUP_H
#define KITH_ANSWER_FOLLOWUP_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>

typedef enum followup_sign {
    FOLLOWUP_LEANS,
    FOLLOWUP_NAMELESS, /* it may stand alone, but gives no name and no identifier */
    FOLLOWUP_NAMED
} followup_sign;

/* Does the question lean on the one before it? It does when
 * - it begins with "and", "or", "but", "also", "then", or with "what about", "how about";
 * - it holds no word of its own ("why?", "how much?"), or one only, and that is neither a name nor
 *   asked for by "what is";
 * - a pronoun, "this ...", "that" at an end, "the same", "the second one" stands where neither a
 *   name nor three words of the question's own go before, to which it could refer. */
KITH_CHECKED kith_status followup_detect(view question, arena *a, followup_sign *out,
                                         kith_error *err);

/* The question with the content words of the text that was searched for before it, those that it
 * lacks, at most FOLLOWUP_CARRIED; in `a`. */
enum { FOLLOWUP_CARRIED = 12 };
KITH_CHECKED kith_status followup_join(view question, view searched_before, arena *a, view *out,
                                       kith_error *err);

#endif
