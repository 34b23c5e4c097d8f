/* pdf_running.h - which lines of a PDF are running headers, footers and page numbers. */
#ifndef KITH_EXTRACT_PDF_RUNNING_H
#define KITH_EXTRACT_PDF_RUNNING_H

#include "extract/pdf_page.h"

/* Sets is_running of the lines that stand at the same place at the edge of pages that follow each
 * other (or of every second one) with the same text, but for numbers that count the pages.
 * kept  gets the numbers (uint32_t) of lines, ascending: the first of each kind, unless it is
 *       nothing but a page number
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_find_running(pdf_layout *l, buffer *kept, kith_error *err);

#endif
