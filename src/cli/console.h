/* console.h - the streams of the program: results on standard output, notices and progress on
 * standard error. Results are text for people on a terminal and JSON lines elsewhere; what is
 * written is checked, because a full disk or a closed pipe must not look like success. */
#ifndef KITH_CLI_CONSOLE_H
#define KITH_CLI_CONSOLE_H

#include "base/buffer.h"
#include "base/json.h"
#include "base/status.h"
#include "base/view.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "cli/terminal.h"
#include "transfer/line_input.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct console {
    FILE *out, *err;
    terminal out_terminal, err_terminal;
    bool in_is_tty; /* a person types what standard input gives */
    /* What a command of another process has instead of the signals and the standard input of this
     * one (owner.h), and instead of what import_source.h opens; all NULL: it is a command of this
     * process. */
    interrupt_source *interrupts;
    const line_source *lines;
    const byte_source *input; /* a read of 0 bytes opens it; others: up to IMPORT_PIECE_BYTES */
    bool json;                /* results are JSON lines */
    buffer line;              /* the result being built */
    buffer notice;            /* the notice being built */
    int failed;               /* errno of the first write of results that failed, else 0 */
    bool bar_shown;           /* a progress bar stands on the last line of `err` */
} console;

/* Takes stdout and stderr; texts for people until `json` is set. */
void console_init(console *c, bool no_color);
void console_done(console *c);

/* A result as JSON: begin, write with the writer, end, which adds the line feed, writes the line
 * and empties it. */
json_writer console_begin_json(console *c);
void console_end_json(console *c);
/* A result that the library has written as JSON, as a line of its own. A status other than KITH_OK
 * says that it could not be written (`json` is not read then); that counts as a failed write. */
void console_json_line(console *c, kith_status status, const char *json);

/* Results as text: append to c->line, then flush. The line feed is the caller's. */
void console_flush_line(console *c);
/* Writes `bytes` without going through c->line. */
void console_write(console *c, view bytes);
/* Flushes stdio's buffer, for a program at the other end of a pipe that waits for the line. (Output
 * to a terminal is flushed with every write.) */
void console_flush(console *c);
void console_printf(console *c, const char *format, ...) KITH_PRINTF(2, 3);

/* True after a write has failed: long commands check this and stop. */
static inline bool console_failed(const console *c)
{
    return c->failed != 0;
}

/* Prints "kith: ..." on standard error, without control characters. Erases the bar first. */
void console_notice(console *c, const char *format, ...) KITH_PRINTF(2, 3);
/* Prints the message of a failed call, and returns the exit status that stands for it. */
exit_status console_fail(console *c, kith_status status, const kith_error *err);

/* Draws the bar over the previous one; empty text erases it. Does nothing unless standard error is
 * a terminal. */
void console_bar(console *c, view text);

/* Flushes standard output at the end of the program. Returns `so_far` unless a write has failed:
 * then EXIT_PIPE, silently, when the reader closed the pipe, else EXIT_SYSTEM with a notice. */
exit_status console_finish(console *c, exit_status so_far);

#endif
