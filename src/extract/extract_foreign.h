/* extract_foreign.h - documents of the foreign formats (format_is_foreign), parsed in this process.
 * Called by the programs kith-extract and kith-extract-mail, which hold no rights, and by tests;
 * the library calls extract_file, which starts those programs. */
#ifndef KITH_EXTRACT_EXTRACT_FOREIGN_H
#define KITH_EXTRACT_EXTRACT_FOREIGN_H

#include "extract/extract_job.h"

/* Reads an HTML, XML, PDF, docx, pptx, xlsx or EPUB file. Arguments, memory and thread as of extract()
 * (extract.h).
 * Errors: KITH_ERR_UNSUPPORTED  binary, a format that is not read, an unknown ZIP method,
 *                               PDF without pdftotext
 *         KITH_ERR_AUTH         encrypted
 *         KITH_ERR_FORMAT       damaged
 *         KITH_ERR_LIMIT        too many bytes, headings, places, open elements, ZIP entries
 *         KITH_ERR_TIMEOUT, KITH_ERR_IO  pdftotext was stopped; could not be started
 *         KITH_ERR_NO_MEMORY
 *         KITH_ERR_INTERNAL     another format: a bug of the caller */
KITH_CHECKED kith_status extract_foreign(const extract_input *input, arena *a, extraction *out,
                                         kith_error *err);
/* Reads an eml, mbox or MHTML file; it alone needs GMime. Arguments, memory and thread as of extract()
 * (extract.h). Attachments are listed in *out and not read.
 * Errors: KITH_ERR_UNSUPPORTED  binary, a format that is not read
 *         KITH_ERR_AUTH         encrypted (of an mbox: every message)
 *         KITH_ERR_FORMAT       no message can be read
 *         KITH_ERR_LIMIT        too many bytes, messages, parts, parts within parts, attachments
 *         KITH_ERR_NO_MEMORY
 *         KITH_ERR_INTERNAL     another format: a bug of the caller */
KITH_CHECKED kith_status extract_mail_file(const extract_input *input, arena *a, extraction *out,
                                           kith_error *err);

#endif
