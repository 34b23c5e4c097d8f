/* pdf_unpack.h - a PDF whose streams are inflated already, for pdftotext.
 * poppler inflates with a decoder of its own, which builds large tables for each block of each stream:
 * that was a third of all that reading a PDF took, and zlib needs a tenth of it (docs/decisions/129). */
#ifndef KITH_EXTRACT_PDF_UNPACK_H
#define KITH_EXTRACT_PDF_UNPACK_H

#include "extract/pdf_file.h"

/* Appends the file as it is and, behind it, as a change of the file (ISO 32000-1, 7.5.6), its streams
 * that Flate alone packed, inflated: whoever reads both finds the same objects. Not those that hold no text
 * (pictures, files within, the file's table), are damaged, or do not fit.
 * f    opened; nothing is appended when it has no table, is encrypted, or has no such stream
 * out  its maximum bounds the file that is made; left empty when memory is short */
void pdf_unpack(pdf_file *f, buffer *out);

#endif
