/* doc_text.h - what a Word file of 1997 to 2003 says: paragraphs, headings, tables, notes, comments, text
 * boxes, headers and footers. Fields give their result; hidden and deleted text is left out. */
#ifndef KITH_EXTRACT_DOC_TEXT_H
#define KITH_EXTRACT_DOC_TEXT_H

#include "extract/doc_file.h"
#include "extract/manuscript.h"

/* Writes all of it. Errors: KITH_ERR_LIMIT (too much text), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status doc_write_text(const doc_file *f, manuscript *m, kith_error *err);

#endif
