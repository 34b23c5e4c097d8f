/* outside_program.h - formats that Debian programs read: manual pages by mandoc, Word files of before
 * 2007 by catdoc. Each is started as pdftotext is: by the confined child, with the file as its
 * standard input, without other files, network, or more memory and time than the limits. */
#ifndef KITH_EXTRACT_OUTSIDE_PROGRAM_H
#define KITH_EXTRACT_OUTSIDE_PROGRAM_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"
#include "extract/format.h"

#include <stdint.h>

typedef struct outside_limits {
    uint64_t memory_bytes;
    uint32_t cpu_s, wall_ms;
} outside_limits;

/* True for formats that are read so. */
bool outside_program_reads(file_kind kind);
/* Absolute path of the format's program, in static storage; NULL when it is not installed. */
const char *outside_program_find(file_kind kind);
/* Appends what the program writes for the file: UTF-8 text, not checked.
 * Errors: KITH_ERR_UNSUPPORTED (not installed; the message says what to install), KITH_ERR_FORMAT (it
 * refused the file, or crashed), KITH_ERR_TIMEOUT, KITH_ERR_LIMIT (text), KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status outside_program_run(file_kind kind, view bytes,
                                             const outside_limits *limits, buffer *out,
                                             kith_error *err);

#endif
