/* pdf_bookmarks.h - the outline of a PDF (its bookmarks), as headings of its text. */
#ifndef KITH_EXTRACT_PDF_BOOKMARKS_H
#define KITH_EXTRACT_PDF_BOOKMARKS_H

#include "extract/pdf_page.h"
#include "extract/pdf_tree.h"

enum { PDF_MAX_BOOKMARKS = 50000 };

typedef struct pdf_bookmark {
    view title;     /* valid UTF-8 */
    uint32_t level; /* 1..6 */
    uint32_t page;  /* from 0 */
    uint32_t line;  /* of the layout: the text from it on stands under the title */
    float y;        /* points from the page's upper edge; < 0: it leads to the page as a whole */
} pdf_bookmark;

/* Reads the outline, in its order; what leads to no page is passed over. `line` is not set.
 * leaves  the file's pages
 * out     gets pdf_bookmark elements
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_bookmarks_read(pdf_file *f, const pdf_leaves *leaves, buffer *out,
                                            kith_error *err);
/* Finds the line of each, sets is_heading of the lines that hold their titles, and drops bookmarks
 * that are not in the order of the text (lists of figures, an index).
 * bookmarks  as pdf_bookmarks_read gives them; ascend by line afterwards
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_bookmarks_place(pdf_layout *l, buffer *bookmarks, kith_error *err);

#endif
