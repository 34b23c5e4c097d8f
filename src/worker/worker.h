/* worker.h - what kith-extract and kith-extract-mail share: all but the parsers. */
#ifndef KITH_WORKER_WORKER_H
#define KITH_WORKER_WORKER_H

#include "extract/extract_job.h"

typedef kith_status (*extract_function)(const extract_input *input, arena *a, extraction *out,
                                        kith_error *err);

typedef struct worker_parser {
    /* Called after the rights are dropped: it can neither open files nor load libraries. */
    extract_function parse;
    /* May reading the file use what encoding_preload() loads? Called before the rights are dropped, for
     * formats whose charset is not in the format. */
    bool (*needs_converter)(view bytes);
    /* A small file of the program's own, which a fork server parses before its first child, so that
     * whatever libraries set up at their first use is set up once. */
    const char *sample_name, *sample;
} worker_parser;

/* The program's main: arguments[1] is the file's base name, arguments[2], where there is one, the
 * languages of OCR; the file is on standard input (at most
 * KITH_DOCUMENT_MAX_BYTES), the answer goes to standard output (extraction_wire.h). Or it is a fork
 * server, whose children do the same (os/fork_host.h).
 * Returns the exit status: 0 when an answer was written, be it an error's; 3 when none was (wrong
 * arguments, input unreadable or too large, output not writable, out of memory for the answer). */
int worker_run(int count, char **arguments, const worker_parser *parser);

#endif
