/* pdf_text.h - the text of a PDF from the layout of its pages. */
#ifndef KITH_EXTRACT_PDF_TEXT_H
#define KITH_EXTRACT_PDF_TEXT_H

#include "extract/manuscript.h"
#include "extract/pdf_bookmarks.h"
#include "extract/pdf_notes.h"
#include "extract/pdf_page.h"

/* What the file says beside its words. */
typedef struct pdf_guide {
    buffer bookmarks; /* elements: pdf_bookmark, placed (pdf_bookmarks.h) */
    buffer notes;     /* elements: pdf_note, by page */
} pdf_guide;

/* Writes all pages, each with its place: paragraphs, whole where they go on over a page or a
 * column; words that a line's end cut, joined; tables row by row; running lines once; under the
 * headings that are bookmarks; each page's comments behind its text.
 * Errors: KITH_ERR_LIMIT (too much text), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_write_text(pdf_layout *l, const pdf_guide *guide, manuscript *m,
                                        kith_error *err);

#endif
