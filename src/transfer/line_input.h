/* line_input.h - the lines of a stream, with their numbers, each of at most a length. */
#ifndef KITH_TRANSFER_LINE_INPUT_H
#define KITH_TRANSFER_LINE_INPUT_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Where bytes come from. */
typedef struct byte_source {
    void *context;
    /* Reads 1 to `size` bytes to `to`, and waits for the first; *count 0 is the end. */
    kith_status (*read)(void *context, char *to, size_t size, size_t *count, kith_error *err);
} byte_source;

/* Reads a descriptor, which is borrowed, as is the variable. Errors: KITH_ERR_IO. */
byte_source byte_source_of(int *fd);

/* One thread at a time; its members are for line_input.c, but `at_end` and `number` may be read. */
typedef struct line_input {
    byte_source source;
    buffer pending;
    size_t max_bytes;
    size_t taken;    /* bytes of `pending` before the next line */
    size_t next;     /* and before the line behind the one that was looked at */
    size_t searched; /* no line feed is between `taken` and here */
    bool at_end;     /* the stream has no more bytes */
    uint64_t number; /* of the line that was taken last, from 1 */
} line_input;

/* max_bytes  of a line, without its end */
void line_input_init(line_input *in, byte_source source, size_t max_bytes);
void line_input_done(line_input *in);

/* Takes the next line, which is borrowed until the next call and lacks its end; *found is false at
 * the end of the stream. Errors: KITH_ERR_LIMIT (a longer line), KITH_ERR_NO_MEMORY, and those of
 * the source. */
KITH_CHECKED kith_status line_input_next(line_input *in, view *line, bool *found, kith_error *err);

/* The same in steps, for a reader that does not take every line that it looks at. */

/* The next line, which may be longer than max_bytes, borrowed until more is read. False: more must
 * be read, or, at_end, there is none. */
bool line_input_look(line_input *in, view *line);
/* Takes the line that was looked at last. */
void line_input_take(line_input *in);
/* Reads more, once. Errors: as above; a later call tries again. */
KITH_CHECKED kith_status line_input_read(line_input *in, kith_error *err);

#endif
