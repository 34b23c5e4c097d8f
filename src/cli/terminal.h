/* terminal.h - prepares text for a screen: colour, width, wrapping, links, and the removal of
 * control characters from documents. */
#ifndef KITH_CLI_TERMINAL_H
#define KITH_CLI_TERMINAL_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct terminal {
    bool is_tty;
    bool color; /* escapes may be written: a terminal that is not dumb, and NO_COLOR is not set */
    uint32_t width; /* columns; 80 when it is no terminal */
} terminal;

/* Looks at the file descriptor. no_color: the user asked for none. */
terminal terminal_of(int fd, bool no_color);

typedef enum style {
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_RED,
    STYLE_GREEN,
    STYLE_YELLOW,
    STYLE_CYAN
} style;

/* Appends `text` in a style, plain where the terminal takes no colour. The text is trusted: clean
 * it first. */
void terminal_style(const terminal *t, buffer *out, style s, view text);

/* Appends text that came from elsewhere so that it cannot command the terminal: C0 controls but
 * line feed and tab become their pictures (U+2400 and on), C1 and bidirectional controls and
 * invalid bytes U+FFFD. With one_line also line feed and tab become a space. */
void terminal_clean(buffer *out, view text, bool one_line);

/* Columns that the text takes; wide characters two, combining ones none. Text without escapes. */
uint32_t terminal_columns(view text);

/* The longest beginning of at most `columns` columns, at a code point. */
size_t terminal_fit(view text, uint32_t columns);

typedef struct wrapping {
    uint32_t width;     /* columns of a line in all */
    uint32_t first;     /* columns taken already on the first line */
    uint32_t indent;    /* spaces before each further line */
    uint32_t max_lines; /* 0: no limit; what is left over becomes " ..." */
} wrapping;

/* Appends clean text filled into lines, broken at spaces; a longer word is broken where it must.
 * Runs of white space count as one space. The last line gets no line feed. */
void terminal_wrap(buffer *out, view text, const wrapping *w);

/* Appends `label`, as a link to the file (OSC 8) where escapes may be written and `path` exists. */
void terminal_link(const terminal *t, buffer *out, const char *path, view label);
/* The same to a place in the file, such as "page=7", which stands behind '#'; it is trusted. */
void terminal_link_to(const terminal *t, buffer *out, const char *path, const char *place,
                      view label);

#endif
