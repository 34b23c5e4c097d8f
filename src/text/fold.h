/* fold.h - kinds of characters, and the form of a word without case and accents. */
#ifndef KITH_TEXT_FOLD_H
#define KITH_TEXT_FOLD_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { FOLD_MAX_BYTES = 128 /* of a longer run (base64, a gene) the beginning */ };

typedef enum character_kind {
    KIND_OTHER,
    KIND_LETTER,
    KIND_DIGIT,
    KIND_MARK,
    KIND_IDEOGRAPH
} character_kind;

character_kind character_kind_of(uint32_t c);
/* An apostrophe of either shape. */
bool is_apostrophe(uint32_t c);

/* The run, valid UTF-8, in NFKD, case folded, without accents; marks that are letters in their
 * script (virama, nukta, kana voicing) stay. Returns its size. *is_plain (may be NULL): nothing but
 * ASCII letters and apostrophes. */
size_t fold_word(view run, char out[FOLD_MAX_BYTES], bool *is_plain);
/* The run in NFKC, case folded, with its accents: what stemmers of other languages than English
 * want. 0 when it does not fit. */
size_t lower_word(view run, char out[FOLD_MAX_BYTES]);

#endif
