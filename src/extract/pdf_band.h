/* pdf_band.h - which lines of a table are one row: lines of a wrapped cell stand closer than rows do, or had no room in
 * the line above, or stand around the other cells, which are set in the middle of their height. What pdf_table.c looks
 * at next; private to it. */
#ifndef KITH_EXTRACT_PDF_BAND_H
#define KITH_EXTRACT_PDF_BAND_H

#include "extract/pdf_grid.h"

/* Numbers the bands of the region, whose pieces have their columns. False when all gaps are alike: then each line is a
 * row, unless it goes on with the one above. */
bool pdf_bands_find(region *r);
/* The gap between the row, which is not the first one, and the line above it; 0 where they overlap. */
float pdf_gap_above(const region *r, uint32_t row);

#endif
