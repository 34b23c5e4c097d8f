/* ods_range.h - areas of cells as OpenDocument writes them: "Stock.A1:Stock.C9", "$'My sheet'.$A$1:.$C$9". */
#ifndef KITH_EXTRACT_ODS_RANGE_H
#define KITH_EXTRACT_ODS_RANGE_H

#include "extract/sheet_layout.h"

/* The sheet, a view into the address, and the area, of two rows or more; false, with *out untouched,
 * when it is none. */
bool ods_range_parse(view address, view *sheet, sheet_area *out);

#endif
