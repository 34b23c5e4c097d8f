/* followup.h - questions that depend on the one before: "and how much did it cost?"
 * Searched for by itself such a question finds nothing, since it does not name its subject. Here
 * its words decide, of seven languages; where they are not conclusive, followup_weigh.h searches the
 * collection. docs/decisions/007 has the measurements. */
#ifndef KITH_ANSWER_FOLLOWUP_H
#define KITH_ANSWER_FOLLOWUP_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>

typedef enum followup_sign {
    FOLLOWUP_DEPENDENT, /* it depends on the question before */
    FOLLOWUP_NAMELESS,  /* not decided; it has neither a name nor an identifier */
    FOLLOWUP_NAMED      /* not decided; it has one */
} followup_sign;

/* Decides by the question's words. It is dependent when
 * - it begins with "and", "or", "but", "also", "then" ("und", "et", "y", ...), or with "what about",
 *   "how about";
 * - it has no content word ("why?", "how much?"), or a single one that is neither a name nor asked
 *   for by "what is";
 * - it has a pronoun, "this ...", "that" at the end or behind a preposition or verb, "the same" or
 *   "the second one", and before it neither a name nor three content words that it could refer to.
 * question  valid UTF-8
 * Any thread. *out is untouched on failure.
 * Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status followup_detect(view question, arena *a, followup_sign *out,
                                         kith_error *err);

enum { FOLLOWUP_CARRIED = 12 /* words at most */ };

/* Appends to the question the content words that it lacks of what was searched for before: each
 * once, in their order, the first FOLLOWUP_CARRIED. What the question replaces is not carried, a name
 * by a name or a thing by a thing: of "What is the GPA of John Adams?" and "and of Jefferson?" remain
 * "and of Jefferson? GPA".
 * question, searched_before  valid UTF-8
 * out  in `a`; untouched on failure
 * Any thread. Errors: KITH_ERR_LIMIT (the result has more than 128 KiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status followup_join(view question, view searched_before, arena *a, view *out,
                                       kith_error *err);

/* What "the second one?", "the last step?" or "¿y la segunda?" asks for, by the answer before: the entry of
 * its list, or of its quotes, in the place of these words, or by itself when the question has no
 * others.
 * question, answer  valid UTF-8
 * out  in `a`; empty when the question does not count or the answer has not so many; of an entry at
 *      most 200 bytes
 * Any thread. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status followup_pick(view question, view answer, arena *a, view *out,
                                       kith_error *err);

#endif
