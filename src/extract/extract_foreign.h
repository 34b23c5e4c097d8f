/* extract_foreign.h - documents of the foreign formats (format_is_foreign), parsed in this process.
 * Called by the programs kith-extract and kith-extract-mail, which hold no rights, and by tests;
 * the library calls extract_file, which starts those programs. */
#ifndef KITH_EXTRACT_EXTRACT_FOREIGN_H
#define KITH_EXTRACT_EXTRACT_FOREIGN_H

#include "extract/extract.h"

/* As extract(), for HTML, PDF, docx, pptx, xlsx and EPUB. Further errors: KITH_ERR_AUTH (encrypted),
 * KITH_ERR_TIMEOUT and KITH_ERR_IO (of pdftotext), KITH_ERR_INTERNAL when the format is another. */
KITH_CHECKED kith_status extract_foreign(view name, view bytes, arena *a, extraction *out,
                                         kith_error *err);
/* As extract(), for eml and mbox; it alone needs GMime. Attachments are in *out, not followed.
 * Further errors: KITH_ERR_AUTH (encrypted), KITH_ERR_INTERNAL when the format is another. */
KITH_CHECKED kith_status extract_mail_file(view name, view bytes, arena *a, extraction *out,
                                           kith_error *err);

#endif
