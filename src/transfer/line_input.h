/* line_input.h - the lines of a stream, with their numbers, each of at most a length. */
#ifndef KITH_TRANSFER_LINE_INPUT_H
#define KITH_TRANSFER_LINE_INPUT_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* One thread at a time; its members are for line_input.c, but `number` may be read. */
typedef struct line_input {
    int fd; /* borrowed */
    buffer pending;
    size_t max_bytes;
    size_t taken;    /* bytes of `pending` before the next line */
    size_t searched; /* bytes of it in which no further line feed is */
    bool at_end;
    uint64_t number; /* of the line that was returned last, from 1 */
} line_input;

/* max_bytes  of a line, without its end */
void line_input_init(line_input *in, int fd, size_t max_bytes);
void line_input_done(line_input *in);

/* The next line without its end, borrowed until the next call; *found is false at the end of the
 * stream. Errors: KITH_ERR_LIMIT (a longer line), KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status line_input_next(line_input *in, view *line, bool *found, kith_error *err);

#endif
