/* pdf_slant.h - words that stand neither upright nor on their side: the mark across a page ("DRAFT"), the labels of an
 * axis. pdftotext lists their letters as words that stand between those of the text. */
#ifndef KITH_EXTRACT_PDF_SLANT_H
#define KITH_EXTRACT_PDF_SLANT_H

#include "extract/pdf_page.h"

enum { PDF_MAX_SLANTED = 100 }; /* lines of a page; letters of others stay where they are */

/* Joins the letters of such words, four of a line or more, and puts each line of them below its page, behind all other
 * words. To be called before pdf_turn_pages. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_join_slanted(pdf_layout *l, kith_error *err);

#endif
