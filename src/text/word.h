/* word.h - words for lexical matching: Unicode letters and digits, case folded, accents stripped,
 * English stems (Snowball). */
#ifndef KITH_TEXT_WORD_H
#define KITH_TEXT_WORD_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct word {
    uint32_t start, end; /* bytes of the surface form */
    view term;           /* normalised and stemmed */
    bool is_stop;        /* one of the commonest function words */
} word;

/* The words of valid UTF-8 text in order. "don't", "3.14" and "v1.2.3" are one word each; Han and
 * kana characters are words by themselves. A term has at most 128 bytes: of longer runs the
 * beginning. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status word_split(view text, arena *a, word **out, uint32_t *out_count,
                                    kith_error *err);

#endif
