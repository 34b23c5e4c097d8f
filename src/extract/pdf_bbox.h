/* pdf_bbox.h - the words of a PDF as pdftotext -raw -bbox lists them: each with its box, in the order in which
 * the file writes them. */
#ifndef KITH_EXTRACT_PDF_BBOX_H
#define KITH_EXTRACT_PDF_BBOX_H

#include "extract/pdf_page.h"

/* Adds the pages of the listing to *l, with their words and no lines yet (pdf_order.h). What is no page or word
 * of such a listing is passed over.
 * text  gets the words, as valid UTF-8 without control characters; l->text is what it holds, and it must outlive *l
 * Errors: KITH_ERR_LIMIT (more than max_pages, or more text than the buffer takes), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_bbox_read(pdf_layout *l, view listing, uint32_t max_pages,
                                       buffer *text, kith_error *err);

#endif
