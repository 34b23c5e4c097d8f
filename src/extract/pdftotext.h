/* pdftotext.h - the text of a PDF file, by the program pdftotext of poppler-utils. Not by the
 * poppler library: linking it would put kith under the GPL, and its crashes would be
 * kith-extract's. */
#ifndef KITH_EXTRACT_PDFTOTEXT_H
#define KITH_EXTRACT_PDFTOTEXT_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { PDFTOTEXT_MAX_PAGES = 5000 };

typedef struct pdftotext_limits {
    uint64_t memory_bytes;
    uint32_t cpu_s, wall_ms;
} pdftotext_limits;

/* Absolute path of pdftotext, in static storage; NULL when it is not installed. */
const char *pdftotext_find(void);
/* Appends the words of all pages, as -tsv writes them (pdf_page.h). `program` may be NULL: not installed.
 * Errors: KITH_ERR_UNSUPPORTED (no program; the message says what to install), KITH_ERR_AUTH
 * (encrypted), KITH_ERR_FORMAT (damaged; or the program crashed), KITH_ERR_TIMEOUT, KITH_ERR_LIMIT
 * (pages, text), KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdftotext_run(view bytes, const char *program,
                                       const pdftotext_limits *limits, buffer *out,
                                       kith_error *err);

#endif
