/* line_reader.h - lines that a person types, edited and remembered, or lines of a pipe as they are.
 * With a terminal at both ends the line is edited by libedit (Emacs keys, arrows for what was typed
 * before); Ctrl-C empties the line, and ends the input when it is empty, as Ctrl-D does. */
#ifndef KITH_CLI_LINE_READER_H
#define KITH_CLI_LINE_READER_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>

typedef struct line_reader line_reader;

enum { LINE_READER_MAX_BYTES = 1 << 20 };

/* interactive: both ends are terminals. */
KITH_CHECKED kith_status line_reader_new(bool interactive, line_reader **out, kith_error *err);
/* Puts the terminal back as it was. Accepts NULL. */
void line_reader_free(line_reader *r);

/* The next line without its end, until the next call; *line NULL at the end of the input.
 * KITH_ERR_LIMIT: the line was too long and is passed over. KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status line_reader_next(line_reader *r, const char **line, kith_error *err);

/* What the arrow up brings back; nothing without a terminal. */
void line_reader_remember(line_reader *r, const char *line);

#endif
