/* extract_file.h - a file's documents, with the parsers of foreign formats kept apart.
 * HTML, PDF, Office and EPUB are parsed by the program kith-extract, mail by kith-extract-mail, one
 * process a file, without files, network or more memory and time than the limits; a file that
 * breaks its parser costs itself alone. Text formats, which kith reads with its own small readers,
 * are read in this process. Files within files (attachments of mail) are extracted in the same way,
 * each on its own. */
#ifndef KITH_EXTRACT_EXTRACT_FILE_H
#define KITH_EXTRACT_EXTRACT_FILE_H

#include "extract/extract.h"

enum {
    EXTRACT_WORKER_MEMORY_BYTES = 1 << 30,
    EXTRACT_PDF_MEMORY_BYTES = 512 << 20,
    EXTRACT_CPU_SECONDS = 20,
    EXTRACT_HTML_CPU_SECONDS = 60, /* 64 MiB of the slowest markup take 8 s on a machine of 2023 */
    EXTRACT_WALL_MS = 120000,      /* for a machine that is busy with other things */
    EXTRACT_MAX_ATTACHMENTS = 1000,
    EXTRACT_MAX_NESTING = 3 /* a file in a mail in a mail */
};

typedef struct extract_options {
    const char *worker; /* path of kith-extract, with kith-extract-mail beside it; NULL: where they
                           are installed or built */
    uint32_t cpu_s;     /* 0: the format's limit above */
} extract_options;

/* As extract(), for any file. Further errors: KITH_ERR_UNSUPPORTED when the format needs the
 * worker and there is none, KITH_ERR_TIMEOUT, KITH_ERR_FORMAT when the parser crashed,
 * KITH_ERR_IO when it cannot be started. Any thread. */
KITH_CHECKED kith_status extract_file(view name, view bytes, const extract_options *options,
                                      arena *a, extraction *out, kith_error *err);

#endif
