/* outline.h - the headings of a document as they are met, to the path in force at each: "Guide >
 * Install > Debian". */
#ifndef KITH_EXTRACT_OUTLINE_H
#define KITH_EXTRACT_OUTLINE_H

#include "base/buffer.h"
#include "extract/extract.h"

enum { OUTLINE_LEVELS = 6 };

typedef struct outline {
    arena *memory;
    buffer headings;           /* of heading */
    view open[OUTLINE_LEVELS]; /* the title in force at each level; empty when none */
    view first;                /* title of the first heading of level 1 */
} outline;

void outline_init(outline *o, arena *memory);
void outline_done(outline *o);
/* level 1..6; the title is cleaned (white space runs to one space, cut to some 200 bytes) and
 * copied; a blank one is ignored. KITH_ERR_LIMIT above EXTRACT_MAX_HEADINGS. */
KITH_CHECKED kith_status outline_add(outline *o, uint32_t level, view title, size_t offset,
                                     kith_error *err);
/* No heading is in force from here on. */
KITH_CHECKED kith_status outline_close(outline *o, size_t offset, kith_error *err);
/* Gives the headings to `d`, and the first one as title when it has none. */
KITH_CHECKED kith_status outline_finish(const outline *o, document *d, kith_error *err);

#endif
