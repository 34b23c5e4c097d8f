/* keywords.h - the keywords that a file says it has, as a list that filters can ask for one of. */
#ifndef KITH_EXTRACT_KEYWORDS_H
#define KITH_EXTRACT_KEYWORDS_H

#include "base/metadata.h"

enum { KEYWORDS_MAX = 64, KEYWORDS_MAX_BYTES = 4096 };

/* Adds what the file says in another place to *all, a text for keywords_set; nothing where that would be too long.
 * more  lives as long as `a`
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status keywords_add(arena *a, view *all, view more, kith_error *err);
/* Sets the field "keywords", a list of strings, from a text such as "rent; Kiel": parted by semicolons, and
 * where there is none by commas (also those of Arabic, Chinese and Japanese). Sets nothing when there are none;
 * of more than KEYWORDS_MAX the first. A text of more than KEYWORDS_MAX_BYTES is left out.
 * text  lives as long as `fields`
 * Errors: KITH_ERR_NO_MEMORY, and those of metadata_set. */
KITH_CHECKED kith_status keywords_set(metadata *fields, view text, kith_error *err);

#endif
