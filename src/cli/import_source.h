/* import_source.h - where kith import reads from, in the process whose files, standard input and
 * network these are: beside a server that is not the process which stores what comes
 * (handover.h). */
#ifndef KITH_CLI_IMPORT_SOURCE_H
#define KITH_CLI_IMPORT_SOURCE_H

#include "cli/command.h"
#include "transfer/chroma_stream.h"

#include <sys/types.h>

enum { IMPORT_PIECE_BYTES = 256 << 10 };

typedef struct import_source {
    int fd; /* -1: not open */
    bool is_standard_input;
    chroma_stream *chroma; /* whose descriptor `fd` is; NULL: it is a file's */
    chroma_server server;
    const interrupt_source *interrupts;
    int other_fd; /* a read ends when this can be read; -1: none */
} import_source;

/* Whether the arguments name Chroma: "chroma PATH" or "chroma URL". */
bool import_source_is_chroma(const settings *s);
/* The name of the source for messages. */
const char *import_source_name(const settings *s);
/* Opens what the arguments name.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO, KITH_ERR_INVALID, KITH_ERR_LIMIT (of the file with a
 * token), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status import_source_open(invocation *run, import_source *out, kith_error *err);
/* Reads as a byte_source does; the context is the import_source. Also KITH_ERR_CANCELLED: a signal
 * came, or something at other_fd. */
KITH_CHECKED kith_status import_source_read(void *source, char *to, size_t size, size_t *count,
                                            kith_error *err);
void import_source_close(import_source *s);

#endif
