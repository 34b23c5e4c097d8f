/* pdf_turn.h - pages of a PDF whose text does not stand upright: tables that were laid on their side to fit. */
#ifndef KITH_EXTRACT_PDF_TURN_H
#define KITH_EXTRACT_PDF_TURN_H

#include "extract/pdf_page.h"

/* Turns each page on which most words run upwards, downwards or upside down, so that they stand upright:
 * the boxes of its words, of which no lines are made yet, and its size. Single words that stand otherwise (the
 * title of an axis) stay, and so does text that is written downwards (of East Asia). */
void pdf_turn_pages(pdf_layout *l);

#endif
