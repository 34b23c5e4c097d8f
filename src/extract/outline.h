/* outline.h - a document's headings in the order of the text, each turned into its path:
 * "Guide > Install > Debian".
 * Invariant (outline_check): offsets do not descend, and while a title is open, the last path is
 * the open titles joined. */
#ifndef KITH_EXTRACT_OUTLINE_H
#define KITH_EXTRACT_OUTLINE_H

#include "base/buffer.h"
#include "extract/extract.h"

enum { OUTLINE_LEVELS = 6 };

typedef struct outline {
    arena *memory;
    buffer headings;           /* elements: heading */
    view open[OUTLINE_LEVELS]; /* [level - 1] the title that the text here stands under; or empty */
    view first;                /* title of the first heading of level 1 */
} outline;

/* memory  owns titles and paths; outlives the outline and the document that gets the headings */
void outline_init(outline *o, arena *memory);
void outline_done(outline *o);
/* Adds a heading, which ends those of its own level and below. The title is copied, its runs of
 * white space made one space, and cut to 200 bytes; a blank one is ignored.
 * level   1..6
 * offset  into the document's text, not before the last heading's
 * Errors: KITH_ERR_LIMIT (more than EXTRACT_MAX_HEADINGS), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outline_add(outline *o, uint32_t level, view title, size_t offset,
                                     kith_error *err);
/* Ends the headings of `level` and below: the text from `offset` on stands under those above.
 * Errors: as outline_add. */
KITH_CHECKED kith_status outline_end(outline *o, uint32_t level, size_t offset, kith_error *err);
/* Ends all headings: the text from `offset` on stands under none. Errors: KITH_ERR_LIMIT (more than
 * EXTRACT_MAX_HEADINGS), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outline_close(outline *o, size_t offset, kith_error *err);
/* Copies the headings into `d`, and the first title of level 1 when d has no title.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outline_finish(const outline *o, document *d, kith_error *err);
/* NULL when the invariant above holds, else what is broken, in static storage. O(headings). */
const char *outline_check(const outline *o);

#endif
