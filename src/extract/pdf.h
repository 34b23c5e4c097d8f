/* pdf.h - the text of a PDF file, by pdftotext of poppler-utils: a program of its own, because the
 * library would make kith's licence the GPL's and its crashes kith's. */
#ifndef KITH_EXTRACT_PDF_H
#define KITH_EXTRACT_PDF_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { PDF_MAX_PAGES = 5000 };

typedef struct pdf_limits {
    uint64_t memory_bytes;
    uint32_t cpu_s, wall_ms;
} pdf_limits;

/* Where pdftotext is installed; NULL when it is not. */
const char *pdf_find_program(void);
/* Appends the text of all pages, each closed by a form feed. `program` may be NULL: not installed.
 * Errors: KITH_ERR_UNSUPPORTED (no program; the message says what to install), KITH_ERR_AUTH
 * (encrypted), KITH_ERR_FORMAT (damaged; or the program crashed), KITH_ERR_TIMEOUT, KITH_ERR_LIMIT
 * (pages, text), KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_read(view bytes, const char *program, const pdf_limits *limits,
                                  buffer *out, kith_error *err);

#endif
