/* pdf_order.h - the lines of each page in the order in which they are read, and which of them are read on, one
 * under the other, before any beside them. */
#ifndef KITH_EXTRACT_PDF_ORDER_H
#define KITH_EXTRACT_PDF_ORDER_H

#include "extract/pdf_page.h"

/* Makes lines of the words of all pages, in reading order, with their blocks and zones. A zone is what a table is
 * looked for in: text in columns is a zone a column, cells beside each other are in one. Zones count from 0 and
 * ascend within a page. Moves the words of each page into the order of its lines.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_order_lines(pdf_layout *l, kith_error *err);

#endif
