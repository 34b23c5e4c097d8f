/* manuscript.h - a document under construction, for formats whose text is put together from parts:
 * text is appended block by block (a paragraph, a row), and headings and places are set for the
 * text that follows. Blank blocks leave no trace.
 * Invariant (manuscript_check): the offsets of marks ascend strictly, those of headings do not
 * descend, all are at a code point, and one at the end of the text is for the next block. */
#ifndef KITH_EXTRACT_MANUSCRIPT_H
#define KITH_EXTRACT_MANUSCRIPT_H

#include "extract/extract_job.h"
#include "extract/outline.h"

typedef struct manuscript {
    extract_job *job;
    buffer text;
    outline found;
    buffer marks; /* elements: place_mark */
} manuscript;

/* job  borrowed; its memory owns what the document will point to */
void manuscript_init(manuscript *m, extract_job *job);
void manuscript_done(manuscript *m);
/* The text from the next block on is at this place; a place without text is replaced by the next.
 * name  as place_mark.name; must live as long as the job's memory
 * Errors: KITH_ERR_LIMIT (more than EXTRACT_MAX_MARKS), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status manuscript_place(manuscript *m, place_kind kind, uint32_t number,
                                          view name, kith_error *err);
/* The text at the last place was read off a picture. */
void manuscript_place_is_by_ocr(manuscript *m);
/* The text from the next block on stands under this heading.
 * level  1..6
 * Errors: KITH_ERR_LIMIT (more than EXTRACT_MAX_HEADINGS), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status manuscript_heading(manuscript *m, uint32_t level, view title,
                                            kith_error *err);
/* The text from the next block on stands under no heading. Errors: KITH_ERR_LIMIT (more than
 * EXTRACT_MAX_HEADINGS), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status manuscript_end_headings(manuscript *m, kith_error *err);
/* Appends `text`, trimmed, with \n for \r and a space for NUL, as a block of its own; a blank one
 * is ignored.
 * gap  goes before it unless it is the first block: "\n\n" or "\n"
 * Errors: KITH_ERR_LIMIT (more than KITH_DOCUMENT_MAX_BYTES of text), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status manuscript_block(manuscript *m, const char *gap, view text,
                                          kith_error *err);
/* Appends the text of a part that was read as a document (a chapter in HTML), with its headings;
 * the part's memory must live as long as the job's. Errors: KITH_ERR_LIMIT (text or headings),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status manuscript_append(manuscript *m, const document *part, kith_error *err);
/* Moves text, headings and places into `d`, makes the first heading its title when it has none, and
 * adds d to the job. Call it once, last. Errors: KITH_ERR_LIMIT (the job's documents or text),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status manuscript_finish(manuscript *m, document *d, kith_error *err);
/* NULL when the invariant above holds, else what is broken, in static storage.
 * O(headings + marks). */
const char *manuscript_check(const manuscript *m);

#endif
