/* pdf_signs.h - the signs of notes that a file sets in type of the usual size: the digits are raised in the font itself,
 * so that no box shows it, but a link leads from each to its note and back. */
#ifndef KITH_EXTRACT_PDF_SIGNS_H
#define KITH_EXTRACT_PDF_SIGNS_H

#include "extract/pdf_page.h"
#include "extract/pdf_tree.h"

/* Marks the signs in the words of *l. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_signs_find(pdf_file *f, const pdf_leaves *leaves, pdf_layout *l,
                                        kith_error *err);

#endif
