/* mbox.c - mboxo, mboxrd and mboxcl differ in how a body's "From " is kept apart; a separator that is
 * judged by all that surrounds it needs not know which one it reads. */
#include "extract/mbox.h"

/* Offset behind the line that begins at i. */
static size_t line_end(view v, size_t i)
{
    const char *found = i < v.size ? memchr(v.data + i, '\n', v.size - i) : NULL;
    return found ? (size_t)(found - v.data) + 1 : v.size;
}

/* A year of four digits and a time: "Tue Mar  4 09:15:00 2025". */
static bool has_date(view line)
{
    bool has_time = false, has_year = false;
    for (size_t i = 0; i + 2 < line.size; i++) {
        const char *c = line.data + i;
        has_time = has_time || (is_ascii_digit(c[0]) && c[1] == ':' && is_ascii_digit(c[2]));
        bool is_four = i + 4 <= line.size && is_ascii_digit(c[0]) && is_ascii_digit(c[1]) &&
                       is_ascii_digit(c[2]) && is_ascii_digit(c[3]);
        has_year = has_year || (is_four && (view_starts_with((view){c, 2}, VIEW("19")) ||
                                            view_starts_with((view){c, 2}, VIEW("20"))));
    }
    return has_time && has_year;
}

/* "Name: value", or a quoted separator, with which some programs begin a header. */
static bool is_header(view line)
{
    size_t i = 0;
    if (view_starts_with(line, VIEW(">From "))) return true;
    while (i < line.size && line.data[i] > ' ' && line.data[i] != ':' && line.data[i] != 127)
        i++;
    return i > 0 && i < line.size && line.data[i] == ':';
}

static bool is_separator(view mailbox, size_t i)
{
    size_t end = line_end(mailbox, i);
    view line = view_slice(mailbox, i, end);
    if (!view_starts_with(line, VIEW("From ")) || !has_date(line)) return false;
    bool is_behind_blank = i == 0 || (i >= 2 && mailbox.data[i - 2] == '\n') ||
                           (i >= 3 && mailbox.data[i - 2] == '\r' && mailbox.data[i - 3] == '\n');
    return is_behind_blank && is_header(view_slice(mailbox, end, line_end(mailbox, end)));
}

/* Offset of the first separator at or after the line that begins at i; mailbox.size: none. */
static size_t find_separator(view mailbox, size_t i)
{
    while (i < mailbox.size && !is_separator(mailbox, i)) {
        view rest = view_slice(mailbox, i, mailbox.size);
        size_t next = view_find(rest, VIEW("\nFrom "));
        i = next < rest.size ? i + next + 1 : mailbox.size;
    }
    return i;
}

bool mbox_next(view mailbox, size_t *at, view *out)
{
    bool is_first = *at == 0;
    size_t start = *at;
    if (is_first) { // whatever its line says, a file of this kind begins with one
        while (start < mailbox.size && (mailbox.data[start] == '\n' || mailbox.data[start] == '\r'))
            start++;
        if (!view_starts_with(view_slice(mailbox, start, mailbox.size), VIEW("From ")))
            start = find_separator(mailbox, start);
    }
    if (start >= mailbox.size) return false;
    start = line_end(mailbox, start);
    size_t end = find_separator(mailbox, start);
    *out = view_slice(mailbox, start, end);
    *at = end;
    return true;
}

static bool is_quoted_line(view rest)
{
    size_t i = 0;
    while (i < rest.size && rest.data[i] == '>')
        i++;
    return i > 0 && view_starts_with(view_slice(rest, i, rest.size), VIEW("From "));
}

bool mbox_is_quoted(view message)
{
    return view_find(message, VIEW("\n>From ")) < message.size ||
           view_find(message, VIEW("\n>>From ")) < message.size;
}

void mbox_append_unquoted(view message, buffer *out)
{
    for (size_t i = 0, end; i < message.size; i = end) {
        end = line_end(message, i);
        view line = view_slice(message, i, end);
        buffer_append(out, is_quoted_line(line) ? view_slice(line, 1, line.size) : line);
    }
}
