/* number_format.h - number formats of spreadsheets ("#,##0.00 [$€-407];[Red]-0"): which of a
 * code's sections is for a value, and a number written as the section says.
 * Source: ECMA-376 part 1, 18.8.31. What the code leaves to the reader's country (separators,
 * currency) is written as in its own letters: a point and commas. */
#ifndef KITH_EXTRACT_NUMBER_FORMAT_H
#define KITH_EXTRACT_NUMBER_FORMAT_H

#include "base/buffer.h"

#include <stdint.h>

enum { FORMAT_MAX_BYTES = 512, FORMAT_MAX_SECTIONS = 4, FORMAT_MAX_PARTS = 96 };

typedef enum section_kind {
    SECTION_GENERAL, /* the value as it is */
    SECTION_NUMBER,
    SECTION_PERCENT,
    SECTION_DATE,     /* has a day, a month or a year, and perhaps a time */
    SECTION_YEAR,     /* nothing but a year */
    SECTION_TIME,     /* of a day */
    SECTION_DURATION, /* [h], [mm] or [ss]: hours, minutes or seconds beyond a day count on */
    SECTION_TEXT      /* has @ */
} section_kind;

/* The code's section for a number, and in *absolute whether the section shows a negative one
 * without its sign. An empty view when the code has none for it; views into `code`. */
view format_section(view code, double number, bool *absolute);
/* The section for a text; an empty view when texts are shown as they are. *hides is set when the
 * code shows no text at all (";;;"). */
view format_text_section(view code, bool *hides);
section_kind format_section_kind(view section);
/* Appends the number as a section of kind SECTION_NUMBER, SECTION_PERCENT or SECTION_TEXT says.
 * False, with nothing appended, when the section is beyond the limits above: show the number then.
 * Errors are in out->failed. */
bool format_number(buffer *out, view section, double number, bool absolute);
/* Appends the section with `text` in the place of each @. */
void format_text(buffer *out, view section, view text);
/* Digits behind the point of the seconds: 1 for "mm:ss.0". */
uint32_t format_second_digits(view section);

#endif
