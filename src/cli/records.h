/* records.h - texts out of a stream of lines, in batches: what kith embed reads.
 * Either a text a line or JSON Lines, whose values are a string or an object with "text". Memory
 * holds one batch and one line. */
#ifndef KITH_CLI_RECORDS_H
#define KITH_CLI_RECORDS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "cli/options.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RECORDS_BATCH_MAX = 256,
    RECORDS_BATCH_BYTES = 1 << 20, /* a batch is full once it holds so much */
    RECORDS_LINE_MAX_BYTES = 64 << 20
};

typedef struct records {
    int fd;            /* borrowed */
    const char *name;  /* for messages */
    input_choice form; /* INPUT_AUTO until the first line decides */
    buffer pending;    /* read and not yet taken */
    size_t taken;      /* of pending */
    size_t searched;   /* no line end between taken and here */
    bool at_end;
    uint64_t line;     /* number of the last line taken */
    uint64_t repaired; /* lines in which invalid UTF-8 was replaced */
    arena batch;       /* texts of the present batch */
} records;

void records_init(records *r, int fd, const char *name, input_choice form);
void records_done(records *r);

/* The next texts, which live until the next call; *count 0 at the end. A batch ends when it is
 * full, at the end, and when the next line would have to be waited for, so that a person or a
 * program at the other end gets answers to what it has sent. Blank lines are texts in the form of
 * lines, and passed over in JSON Lines. Errors: KITH_ERR_FORMAT with name and line (the texts
 * before it have been handed out), KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status records_next(records *r, view out[RECORDS_BATCH_MAX], size_t *count,
                                      kith_error *err);

#endif
