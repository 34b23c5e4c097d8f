/* boundary_words.h - what boundary.c looks up: abbreviations, and the words beside a number or an
 * abbreviation that tell whether a sentence ends there. Internal to src/text. Pure.
 *
 * The lists of 16 languages are one list. A text's language would have to be guessed for every
 * place, short and mixed texts would be guessed wrongly, and what differs between languages is
 * decided by the word that follows: "Sr. He" ends an English sentence, "Sr. Pérez" no Spanish one.
 * docs/decisions/010 has what that achieves. */
#ifndef KITH_TEXT_BOUNDARY_WORDS_H
#define KITH_TEXT_BOUNDARY_WORDS_H

#include "base/view.h"

#include <stdbool.h>

typedef enum abbreviation_kind {
    ABBREVIATION_NONE = 0,      /* not listed */
    ABBREVIATION_NEVER_ENDS,    /* something always follows: "Mr.", "z.B.", "m.in." */
    ABBREVIATION_BEFORE_NUMBER, /* no end before a number ("No. 5"), else an end ("no.") */
    ABBREVIATION_BEFORE_NAME,   /* a title; the next word decides, "de" and "Van" are of the name */
    ABBREVIATION_MAY_END        /* the next word decides: "Inc.", "etc.", "Mio." */
} abbreviation_kind;

typedef enum neighbor_kind {
    NEIGHBOR_STARTER = 1,         /* begins sentences far more often than it continues a name */
    NEIGHBOR_PARTICLE = 2,        /* a starter that is part of names as well: "La", "Van" */
    NEIGHBOR_FOLLOWS_ORDINAL = 4, /* "Mai", "Jahrhundert": a number before it is an ordinal */
    NEIGHBOR_LEADS_ORDINAL = 8 /* "am", "die": a number with a full stop after it is an ordinal */
} neighbor_kind;

enum { BOUNDARY_WORD_MAX_BYTES = 28 /* of what is looked up; longer words are not in the lists */ };

/* token  as it is written, or in lower case; without its last full stop */
abbreviation_kind boundary_abbreviation(view token);
/* Bits of neighbor_kind; 0 for a word that is not listed. */
unsigned boundary_neighbor(view lower_word);
/* Writes `word`, valid UTF-8, in lower case to `out` and returns its size; 0 when it is longer than
 * any word of the lists. */
size_t boundary_lower(view word, char out[BOUNDARY_WORD_MAX_BYTES]);
/* What is broken, or NULL: both lists ascend and no text is too long. For tests. */
const char *boundary_words_check(void);

#endif
