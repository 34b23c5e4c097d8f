/* latin_guess.h - which encoding makes the best words of a text in Latin letters. */
#ifndef KITH_EXTRACT_LATIN_GUESS_H
#define KITH_EXTRACT_LATIN_GUESS_H

#include "base/charset.h"

/* True when most of the bytes above ASCII stand alone or in pairs among ASCII letters, as accented
 * letters do. Typographic marks of windows-1252 do not count. Pure. */
bool latin_is_likely(view text);
/* The encoding of the text: windows-1252 unless another is clearly better.
 * said  what a detector thinks, which tips the scales; NULL: nothing
 * sure  set: false when a person should be told
 * Any thread. */
const charset *latin_guess(view text, const charset *said, bool *sure);

#endif
