/* sheet_edges.h - the headers and footers of a sheet's printed pages, as Excel writes them: parts at
 * the left, in the middle and at the right, with codes for fonts and fields. */
#ifndef KITH_EXTRACT_SHEET_EDGES_H
#define KITH_EXTRACT_SHEET_EDGES_H

#include "base/buffer.h"

/* Appends the text of "&LStock&C&"Arial,Bold"&12May 2024&RPage &P of &N": "Stock | May 2024". Fields
 * (page, date, time, names of sheet and file) are left out, and so is a part with a page's number and
 * less than four words. Failure is in the buffer's state.
 * Source: ECMA-376 part 1, 18.3.1.46. */
void sheet_edge_append(view code, buffer *out);

#endif
