/* records.h - reads texts from a stream of lines, in batches, for kith embed.
 * The stream is either one text a line, or JSON Lines whose values are strings or objects with
 * "text". Memory holds one batch and one line. */
#ifndef KITH_CLI_RECORDS_H
#define KITH_CLI_RECORDS_H

#include "base/arena.h"
#include "base/status.h"
#include "cli/options.h"
#include "transfer/line_input.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RECORDS_BATCH_MAX = 256,
    RECORDS_BATCH_BYTES = 1 << 20, /* a batch is full once it holds so much */
    RECORDS_LINE_MAX_BYTES = 64 << 20
};

typedef struct records {
    line_input input; /* has the address of `fd`, so that this struct is not copied */
    int fd;
    const char *name;  /* for messages */
    input_choice form; /* INPUT_AUTO until the first line decides */
    uint64_t repaired; /* lines in which invalid UTF-8 was replaced */
    arena batch;       /* texts of the present batch */
} records;

/* fd  borrowed */
void records_init(records *r, int fd, const char *name, input_choice form);
void records_done(records *r);

/* Reads the next texts, which live until the next call; *count is 0 at the end of the stream. A
 * batch ends when it is full, at the end of the stream, and where reading on would block, so that a
 * person or a program that waits for an answer before sending more gets it. A blank line is an
 * empty text, but is passed over in JSON Lines.
 * Errors:
 *   KITH_ERR_FORMAT     a malformed line; the message has its number, and all texts before it were
 *                       returned by earlier calls
 *   KITH_ERR_LIMIT      a line is longer than RECORDS_LINE_MAX_BYTES
 *   KITH_ERR_IO, KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status records_next(records *r, view out[RECORDS_BATCH_MAX], size_t *count,
                                      kith_error *err);

#endif
