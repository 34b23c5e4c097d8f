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

/* The format with one of the numbers below 164, which files use without defining them. */
sheet_format sheet_format_builtin(uint32_t id);
/* The format with the code `code`: "yyyy\-mm\-dd" is a date, "0.00%" a percentage. */
sheet_format sheet_format_of(view code);
/* Appends the value as the sheet shows it: dates and times in ISO 8601, numbers without the digits
 * that binary floating point adds.
 * raw         the cell's own text, appended where it needs no change
 * number      its value
 * epoch_1904  days are counted from 1904 instead of 1900
 * Errors are in out->failed: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
void sheet_value_append(buffer *out, view raw, double number, sheet_format format, bool epoch_1904);

#endif
