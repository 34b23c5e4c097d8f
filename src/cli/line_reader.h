/* line_reader.h - reads lines: from a person, with editing and history, or from a pipe as they are.
 * When standard input and output are both terminals, libedit edits the line (Emacs keys, arrow keys
 * for earlier lines); Ctrl-C clears the line and, on an empty line, ends the input, as Ctrl-D does.
 */
#ifndef KITH_CLI_LINE_READER_H
#define KITH_CLI_LINE_READER_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>

typedef struct line_reader line_reader;

/* Where lines come from instead of standard input: the process that a command is run for. */
typedef struct line_source {
    void *context;
    /* The next line replaces *line; *is_end: there is none. Errors: those of line_reader_next. */
    kith_status (*next)(void *context, bool interactive, buffer *line, bool *is_end,
                        kith_error *err);
    void (*remember)(void *context, const char *line);
} line_source;

enum { LINE_READER_MAX_BYTES = 1 << 20 };

/* interactive  standard input and output are both terminals
 * source       borrowed; NULL: standard input
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status line_reader_new(bool interactive, const line_source *source,
                                         line_reader **out, kith_error *err);
/* Restores the terminal. Accepts NULL. */
void line_reader_free(line_reader *r);

/* The next line without its end, until the next call; *line NULL at the end of the input.
 * The line is passed over: KITH_ERR_LIMIT (too long), KITH_ERR_INVALID (with a NUL byte).
 * KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status line_reader_next(line_reader *r, const char **line, kith_error *err);

/* Adds a line to the history; does nothing without a terminal. */
void line_reader_remember(line_reader *r, const char *line);

#endif
