/* sheet_value.h - what a spreadsheet shows for the number in a cell: a date, a time, a share, or
 * the number without the noise of its last digits. */
#ifndef KITH_EXTRACT_SHEET_VALUE_H
#define KITH_EXTRACT_SHEET_VALUE_H

#include "base/buffer.h"

#include <stdint.h>

typedef enum sheet_format {
    SHEET_GENERAL,
    SHEET_DATE,
    SHEET_TIME, /* of a day or a span; a date too when the number has one */
    SHEET_PERCENT
} sheet_format;

/* Of one of the formats that every file has without saying so. */
sheet_format sheet_format_builtin(uint32_t id);
/* Of a format code: "yyyy\-mm\-dd", "0.00%". */
sheet_format sheet_format_of(view code);
/* Appends the value; `raw`, the cell's own text, where it has nothing better to say. epoch_1904
 * days are counted from 1904 instead of 1900. */
void sheet_value_append(buffer *out, view raw, double number, sheet_format format, bool epoch_1904);

#endif
