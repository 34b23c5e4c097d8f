/* sentence.h - the sentences of a text, by rule: terminators, abbreviations, closing quotes, CJK
 * marks (boundary.h); and where lines end one: blank lines, headings, list items, table rows. */
#ifndef KITH_TEXT_SENTENCE_H
#define KITH_TEXT_SENTENCE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct sentence {
    uint32_t start, end; /* bytes, white space trimmed */
} sentence;

/* Splits valid UTF-8 text. *out is [*out_count] in `a`, in order; none is empty, none overlaps
 * another, and between them is only white space. A single newline inside a paragraph ends no
 * sentence. Linear; any thread.
 * Errors, with the outputs untouched: KITH_ERR_LIMIT above 4 GiB, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sentence_split(view text, arena *a, sentence **out, uint32_t *out_count,
                                        kith_error *err);

#endif
