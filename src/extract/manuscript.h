/* manuscript.h - a document being written: its text, and the headings and places that come into
 * force as it grows. For formats whose text is put together from parts.
 * Blocks (paragraphs, rows) are kept apart by what the writer asks for; blank ones leave no trace.
 */
#ifndef KITH_EXTRACT_MANUSCRIPT_H
#define KITH_EXTRACT_MANUSCRIPT_H

#include "extract/extract_job.h"
#include "extract/outline.h"

typedef struct manuscript {
    extract_job *job;
    buffer text;
    outline found;
    buffer marks; /* of place_mark */
} manuscript;

void manuscript_init(manuscript *m, extract_job *job);
void manuscript_done(manuscript *m);
/* A place is in force from the next text on; one without any text gives way to the next. `name` is
 * borrowed for as long as the job's memory lives. */
KITH_CHECKED kith_status manuscript_place(manuscript *m, place_kind kind, uint32_t number,
                                          view name, kith_error *err);
/* The same for a heading of level 1..6. */
KITH_CHECKED kith_status manuscript_heading(manuscript *m, uint32_t level, view title,
                                            kith_error *err);
/* No heading is in force from the next text on. */
KITH_CHECKED kith_status manuscript_end_headings(manuscript *m, kith_error *err);
/* Appends the block `text`, trimmed, behind `gap` ("\n\n" or "\n") unless it is the first. */
KITH_CHECKED kith_status manuscript_block(manuscript *m, const char *gap, view text,
                                          kith_error *err);
/* Appends the text of a part that was read as a document, with its headings. */
KITH_CHECKED kith_status manuscript_append(manuscript *m, const document *part, kith_error *err);
/* Gives text, headings and places to `d` and adds it to the job. */
KITH_CHECKED kith_status manuscript_finish(manuscript *m, document *d, kith_error *err);

#endif
