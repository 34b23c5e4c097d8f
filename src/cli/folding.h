/* folding.h - text for people that comes piece by piece, broken between words where a line of the
 * terminal is full. Line ends of the text stay, as do its spaces but those at a break. A word that
 * is wider than a line (a path, an address) is not broken, so that it can be copied; between wide
 * characters (Chinese, Japanese) a line may end anywhere. */
#ifndef KITH_CLI_FOLDING_H
#define KITH_CLI_FOLDING_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdint.h>

typedef struct folding {
    uint32_t width;  /* columns of a line; 0: text is passed on as it is */
    uint32_t indent; /* spaces before a line that goes on */
    uint32_t column; /* taken of the open line */
    uint32_t spaces; /* before the open word */
    uint32_t word_columns;
    buffer word;
} folding;

/* Allocates nothing. */
void folding_init(folding *f, uint32_t width, uint32_t indent);
/* Gives up what folding_end did not write. */
void folding_done(folding *f);
/* Appends what is complete of the text so far; the last word waits for what follows it.
 * text  clean (terminal_clean) and whole code points; colours (ESC [ ... m) take no columns */
void folding_append(folding *f, buffer *out, view text);
/* Appends the word that waits. */
void folding_end(folding *f, buffer *out);
/* All of it at once. */
void folding_whole(buffer *out, view text, uint32_t width, uint32_t indent);

#endif
