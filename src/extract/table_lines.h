/* table_lines.h - the line of text that a row of a table becomes. */
#ifndef KITH_EXTRACT_TABLE_LINES_H
#define KITH_EXTRACT_TABLE_LINES_H

#include "extract/table_rows.h"

/* Puts the line of the held row into t->line; none, or a blank one, for a row that has no text of its own. A row below
 * the header that is one itself names the columns from there on; a title heads the rows that follow. Failure is in the
 * state of the buffers.
 * is_header  the row is of the header, or above it */
void table_lines_write(table *t, size_t row, bool is_header);

#endif
