/* sentence.h - sentence boundaries by rule: terminators, abbreviations, closing quotes, CJK marks,
 * blank lines, list items. */
#ifndef KITH_TEXT_SENTENCE_H
#define KITH_TEXT_SENTENCE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct sentence {
    uint32_t start, end; /* bytes, white space trimmed */
} sentence;

/* Valid UTF-8 in; sentences in order, none empty. A single newline inside a paragraph is not a
 * boundary. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status sentence_split(view text, arena *a, sentence **out, uint32_t *out_count,
                                        kith_error *err);

#endif
