/* extract_file.h - a file's documents, with the parsers of foreign formats kept apart.
 * HTML, XML, PDF, Office and EPUB are parsed by the program kith-extract, mail by kith-extract-mail, one
 * process a file (which a run over many forks from one that is loaded: os/fork_server.h), without files, network or more memory and time than the limits; a file that
 * breaks its parser costs itself alone. Text formats, which kith reads with its own small readers,
 * are read in this process. Files within files (attachments of mail, members of ZIP and
 * tar archives) are extracted in the same way, each on its own; what gzip packs is read in place of
 * the file. */
#ifndef KITH_EXTRACT_EXTRACT_FILE_H
#define KITH_EXTRACT_EXTRACT_FILE_H

#include "extract/extract.h"
#include "os/fork_server.h"

enum {
    EXTRACT_WORKER_MEMORY_BYTES = 1 << 30,
    EXTRACT_PDF_MEMORY_BYTES = 512 << 20, /* of pdftotext */
    EXTRACT_PDF_FILE_BYTES = 64 << 20,    /* in memory: a PDF, or the picture of a page */
    EXTRACT_CPU_SECONDS = 20,
    EXTRACT_HTML_CPU_SECONDS = 60, /* 64 MiB of the slowest markup take 8 s on a machine of 2023 */
    EXTRACT_OCR_WALL_MS = 600000,  /* beside it, for the pages of a PDF that are pictures */
    EXTRACT_WALL_MS = 120000,      /* more than the CPU limits, for a machine that is busy */
    EXTRACT_MAX_ATTACHMENTS = 1000,
    EXTRACT_MAX_ATTACHED_BYTES = 512 << 20, /* of all archives within archives of one file */
    EXTRACT_MAX_NESTING = 3                 /* a file attached to a mail attached to a mail */
};

typedef struct extract_options {
    const char *worker; /* path of kith-extract, with kith-extract-mail beside it; NULL: where they
                           are installed or built */
    uint32_t cpu_s;     /* 0: the format's limit above */
    const char *ocr_languages; /* as of extract_input (extract_job.h); of PDF alone */
    fork_servers *servers; /* of a run over many files, in one thread; NULL: each file starts its
                              program anew */
} extract_options;

/* Reads a file of any format. An attachment that cannot be read is a problem in *out (one of an
 * unsupported format, a picture say, is left out); any other failure is the call's.
 * name   the file's base name, any bytes without NUL
 * bytes  the file, at most KITH_DOCUMENT_MAX_BYTES, before and after decoding
 * a      owns what *out points to, together with `name` and `bytes`: all three must outlive it
 * out    has no attachments: their documents are among the documents
 * Any thread. On failure *out is untouched; `a` may have grown.
 * Errors: KITH_ERR_UNSUPPORTED  binary, a format that kith knows and does not read, or one whose
 *                               parser (kith-extract, kith-extract-mail or pdftotext) is missing
 *         KITH_ERR_AUTH         encrypted
 *         KITH_ERR_FORMAT       damaged, or no record of it can be read, or its parser crashed
 *         KITH_ERR_LIMIT        too many bytes, documents, problems, headings, places or open
 *                               elements; more text or memory than its parser is allowed
 *         KITH_ERR_TIMEOUT      its parser used up its CPU time or its time
 *         KITH_ERR_IO           its parser could not be started
 *         KITH_ERR_NO_MEMORY    in this process */
KITH_CHECKED kith_status extract_file(view name, view bytes, const extract_options *options,
                                      arena *a, extraction *out, kith_error *err);

#endif
