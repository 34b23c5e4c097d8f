/* pdf_column.h - where the runs of a page are columns of text; private to pdf_order.c. */
#ifndef KITH_EXTRACT_PDF_COLUMN_H
#define KITH_EXTRACT_PDF_COLUMN_H

#include "extract/pdf_run.h"

/* True when the step up the page to run `next` is one to the next column. Short steps may be within a side of it, from
 * cell to cell of a table there.
 * first  no run before it is looked at */
bool pdf_is_to_column(pdf_run_list *o, uint32_t first, uint32_t next);
/* True when most lines of the runs [first, end) are text. */
bool pdf_is_text(pdf_run_list *o, uint32_t first, uint32_t end);
/* False when the text of `run` surely does not go on in `next`: it ends within a sentence, and `next` begins with a
 * capital. */
bool pdf_may_follow(const pdf_run_list *o, const pdf_run *run, const pdf_run *next);
/* Puts columns of text that are written row by row behind each other. False when memory ran out. */
bool pdf_split_rows(pdf_run_list *o);

#endif
