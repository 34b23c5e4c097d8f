/* sheet_tail.h - the lines that stand behind the rows of a sheet, in all formats of sheets: prompts and
 * choices of cells, headers and footers of printed pages. Each line once. */
#ifndef KITH_EXTRACT_SHEET_TAIL_H
#define KITH_EXTRACT_SHEET_TAIL_H

#include "base/buffer.h"
#include "base/map.h"
#include "extract/manuscript.h"

typedef struct sheet_tail {
    buffer lines; /* each with its \n */
    map *known;   /* of the lines; NULL: none yet */
} sheet_tail;

void sheet_tail_init(sheet_tail *t);
void sheet_tail_done(sheet_tail *t);
/* Forgets the lines, for another sheet. */
void sheet_tail_reset(sheet_tail *t);
/* Adds a line, trimmed, unless it is empty or there already. Line ends in it become blanks.
 * Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sheet_tail_add(sheet_tail *t, view text, kith_error *err);
/* Writes each line as a block. Errors: those of manuscript_block(). */
KITH_CHECKED kith_status sheet_tail_write(const sheet_tail *t, manuscript *m, kith_error *err);

#endif
