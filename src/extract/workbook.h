/* workbook.h - what a spreadsheet's sheets refer to: their names and parts, the shared strings and
 * the formats of numbers. */
#ifndef KITH_EXTRACT_WORKBOOK_H
#define KITH_EXTRACT_WORKBOOK_H

#include "extract/package.h"
#include "extract/sheet_value.h"

enum { WORKBOOK_MAX_SHEETS = 10000, WORKBOOK_MAX_STRINGS = 10000000, WORKBOOK_MAX_STYLES = 100000 };

typedef struct sheet {
    view name, part;
} sheet;

/* All of it lives in the archive's memory, but for the buffers. */
typedef struct workbook {
    archive *parts;
    buffer sheets;  /* of sheet, in their order */
    buffer strings; /* of view */
    buffer formats; /* of sheet_format, by style */
    bool epoch_1904;
} workbook;

void workbook_init(workbook *w, archive *parts);
void workbook_done(workbook *w);
KITH_CHECKED kith_status workbook_read(workbook *w, view main_part, kith_error *err);
/* Of a digit string, 0 when it is none or too large: for indexes, which the bounds then refuse. */
bool workbook_index(view digits, uint32_t *out);

#endif
