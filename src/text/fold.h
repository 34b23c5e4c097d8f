/* fold.h - kinds of characters, and the form of a word without case and accents. Pure. */
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
    KIND_MARK, /* on the character before it; or invisible: a soft hyphen, a zero-width space */
    KIND_IDEOGRAPH,
    KIND_GRAM /* of a script whose words are not what stands between spaces: unicode_is_gram */
} character_kind;

character_kind character_kind_of(uint32_t c);
/* ' or U+2019. */
bool is_apostrophe(uint32_t c);

/* Writes the run (valid UTF-8) in NFKD, case folded and without accents, and returns its size in
 * bytes: 0 when nothing is left of it. Marks that are letters in their script (virama, nukta, kana
 * voicing) stay. Of a run that is longer than `out` when folded, the beginning.
 * *is_plain (may be NULL): the result is nothing but ASCII letters and apostrophes. */
size_t fold_word(view run, char out[FOLD_MAX_BYTES], bool *is_plain);
/* Writes the run (valid UTF-8) in NFKC, case folded but with its accents, which is what the
 * stemmers of languages other than English expect, and returns its size in bytes; 0 when it does
 * not fit. Of a run of more than FOLD_MAX_BYTES bytes only the beginning is taken. */
size_t lower_word(view run, char out[FOLD_MAX_BYTES]);

#endif
