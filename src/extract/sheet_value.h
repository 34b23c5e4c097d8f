/* sheet_value.h - what a spreadsheet shows for the value of a cell: dates and times in ISO 8601,
 * durations in hours, and numbers as their number format says, with its currency, separators,
 * decimals and texts; without a format, the number without the noise of its last digits. */
#ifndef KITH_EXTRACT_SHEET_VALUE_H
#define KITH_EXTRACT_SHEET_VALUE_H

#include "extract/number_format.h"

typedef struct sheet_format {
    view code;         /* empty: General */
    section_kind kind; /* of its first section */
} sheet_format;

/* The format with one of the numbers below 164, which files use without defining them. Those of
 * East Asian Excel (27 to 36, 50 to 58) are dates and times in every one of its languages. */
sheet_format sheet_format_builtin(uint32_t id);
/* The format with the code `code`, which it borrows. */
sheet_format sheet_format_of(view code);
/* Appends the value as the sheet shows it; nothing when the format hides it.
 * raw         the cell's own text, appended where it needs no change
 * number      its value
 * epoch_1904  days are counted from 1904 instead of 1900
 * Errors are in out->failed: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
void sheet_value_append(buffer *out, view raw, double number, const sheet_format *format,
                        bool epoch_1904);
/* Appends a text as its format shows it: alone, within other text, or not at all. */
void sheet_text_append(buffer *out, view text, const sheet_format *format);
/* Appends an ISO 8601 date and time (a cell of type "d") as sheet_value_append writes one: without
 * midnight, fractions and zone. What is no date is appended as it is. */
void sheet_iso_append(buffer *out, view iso);
/* Appends a duration of hours, minutes and seconds ("PT08H30M00S") as a sheet shows it, without seconds
 * that are 0: "08:30". What is no such one is appended as it is. */
void sheet_duration_append(buffer *out, view iso);
/* A number that puts such dates, or durations ("PT08H30M00S"), in the order of time; of no other use. */
double sheet_iso_order(view iso);

#endif
