/* ppt_style.h - which characters of a slide's text (ppt) are raised or lowered: a record behind the text has runs of
 * paragraphs, then runs of characters, each with the properties that its mask names. Source: [MS-PPT] 2.9.44. */
#ifndef KITH_EXTRACT_PPT_STYLE_H
#define KITH_EXTRACT_PPT_STYLE_H

#include "base/view.h"

#include <stdint.h>

typedef struct ppt_style {
    view body;
    size_t at; /* of the next run of characters */
} ppt_style;

/* body   of the record; empty: no run says anything
 * units  of the text, in UTF-16 */
void ppt_style_open(ppt_style *s, view body, uint32_t units);
/* The next run: its number of units, and *align 1 (raised), -1 (lowered) or 0. UINT32_MAX: to the end of the text. */
uint32_t ppt_style_next(ppt_style *s, int *align);

#endif
