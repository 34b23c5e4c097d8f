/* terminal.c - see terminal.h. Documents are untrusted, on the screen too: their text must not move
 * the cursor, set the window's title or reverse the direction of writing, so every text that is not
 * the program's own goes through terminal_clean first. */
#include "cli/terminal.h"

#include "base/size.h"
#include "base/utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 20, WIDTH_MAX = 1000 };

terminal terminal_of(int fd, bool no_color)
{
    terminal t = {.width = WIDTH_DEFAULT, .is_tty = isatty(fd) == 1};
    if (!t.is_tty) return t;
    const char *kind = getenv("TERM");
    t.color = !no_color && kind && *kind && strcmp(kind, "dumb") != 0;
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        t.width = (uint32_t)size_min(size_max(size.ws_col, WIDTH_MIN), WIDTH_MAX);
    return t;
}

void terminal_style(const terminal *t, buffer *out, style s, view text)
{
    static const char *const codes[] = {
        [STYLE_BOLD] = "\x1b[1m",   [STYLE_DIM] = "\x1b[2m",     [STYLE_RED] = "\x1b[31m",
        [STYLE_GREEN] = "\x1b[32m", [STYLE_YELLOW] = "\x1b[33m", [STYLE_CYAN] = "\x1b[36m",
    };
    if (t->color) buffer_append_text(out, codes[s]);
    buffer_append(out, text);
    if (t->color) buffer_append_text(out, "\x1b[0m");
}

static bool is_bidi_control(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
           c == 0x200f || c == 0x061c;
}

static void append_code_point(buffer *out, uint32_t c)
{
    char bytes[4];
    buffer_append(out, (view){bytes, utf8_encode(c, bytes)});
}

void terminal_clean(buffer *out, view text, bool one_line)
{
    enum { REPLACEMENT = 0xfffd, CONTROL_PICTURES = 0x2400, PICTURE_OF_DELETE = 0x2421 };
    for (size_t i = 0; i < text.size;) {
        uint32_t c = REPLACEMENT;
        size_t n = utf8_decode(text.data + i, text.size - i, &c);
        i += n ? n : 1;
        if (n == 0) c = REPLACEMENT;
        if (c == '\n' || c == '\t')
            c = one_line ? ' ' : c;
        else if (c < 0x20)
            c += CONTROL_PICTURES;
        else if (c == 0x7f)
            c = PICTURE_OF_DELETE;
        else if ((c > 0x7f && c < 0xa0) || is_bidi_control(c) || c == 0x2028 || c == 0x2029)
            c = REPLACEMENT;
        append_code_point(out, c);
    }
}

static uint32_t columns_of(uint32_t c)
{
    int columns = utf8proc_charwidth((utf8proc_int32_t)c);
    return columns > 0 ? (uint32_t)columns : 0;
}

size_t terminal_fit(view text, uint32_t columns)
{
    size_t i = 0;
    uint32_t used = 0;
    while (i < text.size) {
        uint32_t c = 0;
        size_t n = utf8_decode(text.data + i, text.size - i, &c);
        uint32_t width = n ? columns_of(c) : 1;
        if (used + width > columns) break;
        used += width;
        i += n ? n : 1;
    }
    return i;
}

uint32_t terminal_columns(view text)
{
    uint32_t columns = 0;
    for (size_t i = 0; i < text.size;) {
        uint32_t c = 0;
        size_t n = utf8_decode(text.data + i, text.size - i, &c);
        columns += n ? columns_of(c) : 1;
        i += n ? n : 1;
    }
    return columns;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

/* Cuts the next word off `rest`; empty when there is none. */
static view next_word(view *rest)
{
    size_t start = 0;
    while (start < rest->size && is_space(rest->data[start]))
        start++;
    size_t end = start;
    while (end < rest->size && !is_space(rest->data[end]))
        end++;
    view word = view_slice(*rest, start, end);
    *rest = view_slice(*rest, end, rest->size);
    return word;
}

typedef struct fill {
    buffer *out;
    const wrapping *w;
    uint32_t column, lines;
    bool line_is_empty;
} fill;

static bool next_line(fill *f)
{
    if (f->w->max_lines && f->lines == f->w->max_lines) {
        buffer_append_text(f->out, " ...");
        return false;
    }
    buffer_append_byte(f->out, '\n');
    for (uint32_t i = 0; i < f->w->indent; i++)
        buffer_append_byte(f->out, ' ');
    f->column = f->w->indent;
    f->line_is_empty = true;
    f->lines++;
    return true;
}

/* Room on the present line; the last line keeps four columns for " ...". */
static uint32_t room(const fill *f)
{
    uint32_t width = f->w->width;
    if (f->w->max_lines && f->lines == f->w->max_lines) width -= (uint32_t)size_min(width, 4);
    return width > f->column ? width - f->column : 0;
}

static bool put_word(fill *f, view word)
{
    uint32_t columns = terminal_columns(word);
    if (!f->line_is_empty && columns + 1 > room(f) && !next_line(f)) return false;
    if (!f->line_is_empty) {
        buffer_append_byte(f->out, ' ');
        f->column++;
    }
    while (columns > room(f)) {
        size_t fits = terminal_fit(word, room(f));
        if (fits == 0 && f->line_is_empty && f->column == f->w->indent) fits = word.size;
        buffer_append(f->out, view_slice(word, 0, fits));
        word = view_slice(word, fits, word.size);
        columns = terminal_columns(word);
        if (word.size == 0) break;
        if (!next_line(f)) return false;
    }
    buffer_append(f->out, word);
    f->column += columns;
    f->line_is_empty = false;
    return true;
}

void terminal_wrap(buffer *out, view text, const wrapping *w)
{
    fill f = {.out = out, .w = w, .column = w->first, .lines = 1, .line_is_empty = true};
    for (view word = next_word(&text); word.size > 0; word = next_word(&text))
        if (!put_word(&f, word)) return;
}

void terminal_link(const terminal *t, buffer *out, const char *path, view label)
{
    terminal_link_to(t, out, path, "", label);
}

void terminal_link_to(const terminal *t, buffer *out, const char *path, const char *place,
                      view label)
{
    char absolute[PATH_MAX];
    if (!t->color || !realpath(path, absolute)) {
        buffer_append(out, label);
        return;
    }
    buffer_append_text(out, "\x1b]8;;file://");
    for (const char *p = absolute; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || strchr("/-_.~", *p);
        if (plain)
            buffer_append_byte(out, *p);
        else
            buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
    }
    if (*place) buffer_printf(out, "#%s", place);
    buffer_append_text(out, "\x1b\\");
    buffer_append(out, label);
    buffer_append_text(out, "\x1b]8;;\x1b\\");
}
