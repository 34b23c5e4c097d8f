/* pdf_notes.h - what was added to the pages of a PDF: comments, and files within the file. */
#ifndef KITH_EXTRACT_PDF_NOTES_H
#define KITH_EXTRACT_PDF_NOTES_H

#include "extract/extract_job.h"
#include "extract/pdf_page.h"
#include "extract/pdf_tree.h"

enum { PDF_MAX_NOTES = 100000, PDF_MAX_FILES = 1000 };

typedef struct pdf_note {
    uint32_t page; /* from 0 */
    view intro;    /* `Comment (Ann) on "the marked words"` */
    view text;     /* what it says */
} pdf_note;

/* Reads the comments on the pages: sticky notes, and what highlights and drawings say. Text that
 * shows on the page (free text, values of forms) is the page's own, and is not read here.
 * out  gets pdf_note elements, by page
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_notes_read(pdf_file *f, const pdf_leaves *leaves, const pdf_layout *l,
                                        buffer *out, kith_error *err);
/* Looks at one; false ends the walk. The annotation ends with the call. */
typedef bool (*pdf_annotation_function)(void *context, const pdf_object *annotation);
/* Visits the annotations of a page. */
void pdf_walk_annotations(pdf_file *f, const pdf_object *page, pdf_annotation_function visit,
                          void *context);
/* Makes the files within the file attachments of the job, each once. One that cannot be unpacked is
 * told. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_files_read(pdf_file *f, const pdf_leaves *leaves, extract_job *job,
                                        kith_error *err);

#endif
