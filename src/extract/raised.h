/* raised.h - text that is set above or below the line (HTML's sup and sub, Word's vertAlign) on one
 * line: "10^6" and never 106, "H2O" as it is, and the sign of a footnote apart from its word. */
#ifndef KITH_EXTRACT_RAISED_H
#define KITH_EXTRACT_RAISED_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdint.h>

enum {
    RAISED_PIECES_MAX_BYTES =
        24 /* of pieces that are judged together; further ones are only appended */
};

/* Where the last raised text ends, so that one in several pieces is one. Zero-initialised for each
 * paragraph or line. */
typedef struct raised {
    size_t end; /* offset in `out`; 0: none */
    bool is_sign;
    size_t begin; /* offset in `out` of what was written for its pieces */
    char pieces[RAISED_PIECES_MAX_BYTES];
    uint32_t size; /* of the pieces so far, together; more than fit when they were not kept */
} raised;

/* Appends text that is set above the line, judged by what stands before it in `out` from `start`
 * on. Behind a number, a short word (a unit, a variable) or a parenthesis it is an exponent: "^6".
 * Behind a longer word, a year or the end of a sentence digits are the sign of a note: " ³" (before
 * the full stop). Letters behind a word or number ("1st", "Mme") stay as they are. */
void raised_append(raised *r, buffer *out, size_t start, view text);
/* Appends text that is set below the line: as it is, but "_2" where two numbers would touch. */
void lowered_append(buffer *out, size_t start, view text);
/* Writes what `out` holds from `run` on anew, as raised (align > 0) or lowered (align < 0) text behind what it has from
 * `start` on; with 0 it stays. spare is overwritten. */
void raised_end_run(raised *r, int align, buffer *out, size_t start, size_t run, buffer *spare);
/* Appends digits that are known to be the sign of a note. */
void raised_append_sign(raised *r, buffer *out, size_t start, view digits);

#endif
