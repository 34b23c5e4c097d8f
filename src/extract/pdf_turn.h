/* pdf_turn.h - pages of a PDF whose text does not stand upright: tables that were laid on their side to fit. */
#ifndef KITH_EXTRACT_PDF_TURN_H
#define KITH_EXTRACT_PDF_TURN_H

#include "extract/pdf_page.h"

/* Turns each page on which most words run upwards, downwards or upside down, so that they stand upright:
 * boxes, the page's size, and the order of its lines, which pdftotext gives in the page's own. Single words
 * that stand otherwise (the title of an axis) stay, and so does text that is written downwards (of East
 * Asia). Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_turn_pages(pdf_layout *l, kith_error *err);

#endif
