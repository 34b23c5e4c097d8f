/* pdf_fonts.h - pages whose fonts do not say which letters they show. pdftotext then takes the numbers of the glyphs for
 * those of letters: a page that looks well is read as "7KH URSH". */
#ifndef KITH_EXTRACT_PDF_FONTS_H
#define KITH_EXTRACT_PDF_FONTS_H

#include "extract/extract_job.h"
#include "extract/pdf_page.h"
#include "extract/pdf_tree.h"

/* Adds a notice on the pages with words whose resources name such a font: a composite one with codes that are numbers of
 * glyphs (Identity-H, Identity-V), of no known collection, without ToUnicode (ISO 32000-1, 9.10.2).
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_fonts_tell(pdf_file *f, const pdf_leaves *leaves, const pdf_layout *l,
                                        extract_job *job, kith_error *err);

#endif
