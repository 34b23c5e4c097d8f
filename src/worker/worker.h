/* worker.h - what kith-extract and kith-extract-mail share: all but the parsers. */
#ifndef KITH_WORKER_WORKER_H
#define KITH_WORKER_WORKER_H

#include "extract/extract.h"

typedef kith_status (*extract_function)(view name, view bytes, arena *a, extraction *out,
                                        kith_error *err);

/* The program's main: arguments[1] is the file's base name, the file is on standard input (at most
 * KITH_DOCUMENT_MAX_BYTES), the answer goes to standard output (extraction_wire.h).
 * needs_converter  may reading the file use what encoding_preload() loads? Called before the rights
 *                  are dropped, for formats whose charset is not in the format
 * parse  called once, after the rights are dropped: it can neither open files nor load libraries
 * Returns the exit status: 0 when an answer was written, be it an error's; 3 when none was (wrong
 * arguments, input unreadable or too large, output not writable, out of memory for the answer). */
int worker_run(int count, char **arguments, extract_function parse, bool (*needs_converter)(view));

#endif
