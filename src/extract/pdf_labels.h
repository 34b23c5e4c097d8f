/* pdf_labels.h - what a PDF calls its pages: "iii", "A-2", "7". */
#ifndef KITH_EXTRACT_PDF_LABELS_H
#define KITH_EXTRACT_PDF_LABELS_H

#include "extract/pdf_file.h"

enum { PDF_LABEL_MAX_BYTES = 40 };

/* The labels of the first `pages` pages, in f's arena, trimmed; "" for a page without one, or whose
 * label is longer than PDF_LABEL_MAX_BYTES.
 * *out  [pages]; NULL when the file does not name its pages
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_labels_read(pdf_file *f, uint32_t pages, const view **out,
                                         kith_error *err);

#endif
