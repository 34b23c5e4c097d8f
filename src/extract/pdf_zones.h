/* pdf_zones.h - which lines of a page are read on, one under the other, before any beside them: the
 * columns of a page, and what stands above, below and beside them. */
#ifndef KITH_EXTRACT_PDF_ZONES_H
#define KITH_EXTRACT_PDF_ZONES_H

#include "extract/pdf_page.h"

/* Gives each line the number of its zone, from 0, ascending in the order in which zones are read,
 * and puts the lines of each page into that order; within a zone it stays as it is. A line that
 * reaches over two zones is cut. A page without columns is one zone, and stays as it is.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_find_zones(pdf_layout *l, kith_error *err);

#endif
