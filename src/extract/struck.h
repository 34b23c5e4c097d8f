/* struck.h - text that is shown with a line through it (HTML's del and s, Word's strike) stands between
 * "~~" as in Markdown: "~~20 EUR~~ 15 EUR". Without the marks an old price would be quoted as one that
 * holds (docs/decisions/114). */
#ifndef KITH_EXTRACT_STRUCK_H
#define KITH_EXTRACT_STRUCK_H

#include "base/buffer.h"

/* Where the last struck text ends, so that one in several runs has one pair of marks.
 * Zero-initialised for each text that is begun anew. */
typedef struct struck {
    size_t mark;  /* offset in `out` of the mark that ends it */
    size_t end;   /* behind that mark; 0: none */
    bool is_open; /* the mark was taken off */
} struck;

/* Puts the marks around what `out` holds from `run` on, white space at its edges outside of them. What
 * stands behind a struck text and nothing but blanks joins it. Blank text stays as it is. Failure is in
 * the buffer's state. */
void struck_end_run(struck *s, buffer *out, size_t run);

/* Before a struck run that is judged by what stands before it (raised.h): takes off the mark that `out`
 * ends with, which struck_end_run then puts behind the run. */
void struck_reopen(struck *s, buffer *out);

#endif
