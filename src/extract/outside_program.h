/* outside_program.h - formats that Debian programs read: PDF by pdftotext (poppler-utils), manual
 * pages by mandoc, Word files of before 1997 by catdoc, DjVu by djvutxt (djvulibre-bin). Not by
 * libraries: linking poppler or DjVuLibre would put kith under the GPL, and a library's crashes would be kith-extract's. A program is started by the
 * confined child, with the file as its standard input, without other files, network, or more memory
 * and time than the limits. */
#ifndef KITH_EXTRACT_OUTSIDE_PROGRAM_H
#define KITH_EXTRACT_OUTSIDE_PROGRAM_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"
#include "extract/format.h"

#include <stdint.h>

enum {
    PDFTOTEXT_MAX_PAGES = 5000,
    OUTSIDE_OCR_PROGRAMS = 2,
    OUTSIDE_MAX_PROGRAMS = 1 + OUTSIDE_OCR_PROGRAMS
};

typedef struct outside_run {
    file_kind kind;
    const char *program; /* its path; NULL: not installed */
    view bytes;          /* the file */
    uint64_t memory_bytes;
    uint32_t cpu_s, wall_ms;
} outside_run;

/* True for formats that are read so. */
bool outside_program_reads(file_kind kind);
/* Absolute path of the format's program, in static storage; NULL when it is not installed. */
const char *outside_program_find(file_kind kind);
/* Sets [0] and [1] to the paths of pdftoppm and tesseract, by which pages that are pictures are read,
 * in static storage; false, with nothing set, when one of them is not installed. */
bool outside_program_find_ocr(const char *out[OUTSIDE_OCR_PROGRAMS]);
/* All programs that reading a file of the format may start, ended by NULL. */
void outside_program_list(file_kind kind, const char *out[OUTSIDE_MAX_PROGRAMS + 1]);
/* Appends what the program writes for the file, not checked: text in UTF-8, or of a PDF the words of
 * its pages, of PDFTOTEXT_MAX_PAGES + 1 at most, as -raw -bbox writes them (pdf_bbox.h).
 * run->kind    one that outside_program_reads
 * exit_status  the program's; what it means is the format's matter
 * Errors: KITH_ERR_UNSUPPORTED (not installed; the message says what to install), KITH_ERR_FORMAT (it
 * crashed), KITH_ERR_TIMEOUT, KITH_ERR_LIMIT (text), KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outside_program_run(const outside_run *run, buffer *out, int *exit_status,
                                             kith_error *err);

#endif
