/* pdf_region.h - which lines of a page may be one table, from the gaps between them and where their pieces
 * stand. What pdf_table.c looks at next; private to it. Rows are those of pdf_tables.rows. */
#ifndef KITH_EXTRACT_PDF_REGION_H
#define KITH_EXTRACT_PDF_REGION_H

#include "extract/pdf_table.h"

enum { PDF_HEAD_ROWS = 6 }; /* lines of the eye of a header */

static const float PDF_ROW_GAP = 2.5F; /* between rows of one table, times the height of a line */

/* Where the table whose first row of several pieces is `first` begins: lines above it may be those of its header
 * cells, of which others have fewer lines and stand in the middle or at the bottom. Lines of a text do not
 * overlap, so one that overlaps the row below it is surely a cell's.
 * floor  no row before it is looked at */
uint32_t pdf_region_start(const pdf_tables *t, uint32_t first, uint32_t floor);
/* The end of the lines from `first` on that may be one table. */
uint32_t pdf_region_end(const pdf_layout *l, const pdf_tables *t, uint32_t first);
/* The first row behind `first` that is one piece and begins where the first one does: a title between
 * what stands beside each other above it and a table below; `end` when there is none. */
uint32_t pdf_region_title(const pdf_tables *t, uint32_t first, uint32_t end);

#endif
