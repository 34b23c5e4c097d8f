/* pdf_ocr.h - pages of a PDF that are pictures, read by tesseract where it is installed. */
#ifndef KITH_EXTRACT_PDF_OCR_H
#define KITH_EXTRACT_PDF_OCR_H

#include "extract/extract_job.h"
#include "extract/pdf_page.h"
#include "extract/pdf_tree.h"

enum {
    PDF_OCR_MAX_PAGES = 1000,
    PDF_OCR_PAGE_CPU_S = 20,
    PDF_OCR_LONG_SIDE = 3300 /* of the picture of a page, in pixels: 280 a inch of A4 */
};

typedef struct pdf_ocr {
    extract_job *job;
    pdf_file *file;
    const pdf_leaves *leaves;
    pdf_layout *layout;
    buffer *text;     /* what layout->text points to; grows */
    uint32_t wall_ms; /* for all pages */
} pdf_ocr;

/* Finds the pages without words, or with few beside a large picture, and replaces their words by
 * what tesseract reads on them; sets is_read_by_ocr. Tells which pages were read so, and which were
 * not: no word on them is sure, there are too many, the time is used up, or tesseract is not
 * installed (nothing is told then when no page has words). A page that cannot be read is no error.
 * *pictures  how many pages are pictures, read or not
 * Errors: KITH_ERR_LIMIT (too much text), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_ocr_read(const pdf_ocr *run, uint32_t *pictures, kith_error *err);

#endif
