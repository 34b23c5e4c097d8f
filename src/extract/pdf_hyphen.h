/* pdf_hyphen.h - whether a hyphen at the end of a line belongs to the word. */
#ifndef KITH_EXTRACT_PDF_HYPHEN_H
#define KITH_EXTRACT_PDF_HYPHEN_H

#include "base/map.h"
#include "extract/pdf_page.h"

typedef enum hyphen_end {
    HYPHEN_NONE,  /* no cut word: the line end stays */
    HYPHEN_CUT,   /* the halves are one word without it */
    HYPHEN_STAYS, /* they are one word with it: "state-of-the-" "art" */
} hyphen_end;

/* Bytes of the hyphen of any kind that the text ends with; 0: none. Pure. */
size_t hyphen_at_end(view tail);
/* Adds the words of all lines to `known`, in ASCII lower case, when a line ends with a hyphen.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status hyphen_learn(const pdf_layout *l, map *known, kith_error *err);
/* Judges a line that ends with `tail`, behind which `head` follows. *bytes is set to the length of
 * the hyphen. U+00AD, and U+2010 before a small letter, are hyphenation. An ASCII hyphen is, unless
 * the word stands elsewhere with one, or has another one, or the halves look like a compound. */
hyphen_end hyphen_judge(const map *known, view tail, view head, size_t *bytes);

#endif
