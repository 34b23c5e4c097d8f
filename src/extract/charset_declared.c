/* charset_declared.c - a scan for declarations, as the Encoding and HTML Standards have it: not a
 * parser. A page whose scripts talk of <meta> tags within its first bytes could mislead it; the
 * HTML Standard accepts the same (13.2.3.2). */
#include "extract/charset_declared.h"

enum { SCAN_BYTES = 4096, LINES = 2 };

static bool is_label_byte(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c) || is_ascii_digit(c) || c == '-' ||
           c == '_' || c == '.' || c == ':';
}

/* Offset of the first `needle` at or after i without regard to case; text.size: none. */
static size_t find_nocase(view text, size_t i, view needle)
{
    for (; i + needle.size <= text.size; i++)
        if (view_equal_nocase(view_slice(text, i, i + needle.size), needle)) return i;
    return text.size;
}

/* The label behind `key` and one of the signs in `signs`, quoted or not; empty when there is
 * none. */
static view label_behind(view text, view key, const char *signs)
{
    for (size_t at = find_nocase(text, 0, key); at < text.size;
         at = find_nocase(text, at + 1, key)) {
        size_t i = at + key.size;
        while (i < text.size && is_ascii_space(text.data[i]))
            i++;
        if (i == text.size || !strchr(signs, text.data[i]) || text.data[i] == '\0') continue;
        i++;
        while (i < text.size &&
               (is_ascii_space(text.data[i]) || text.data[i] == '"' || text.data[i] == '\''))
            i++;
        size_t start = i;
        while (i < text.size && is_label_byte(text.data[i]))
            i++;
        if (i > start) return view_slice(text, start, i);
    }
    return VIEW("");
}

static view xml_label(view head)
{
    if (!view_starts_with(head, VIEW("<?xml"))) return VIEW("");
    return label_behind(view_slice(head, 0, view_find(head, VIEW("?>"))), VIEW("encoding"), "=");
}

static view meta_label(view head)
{
    for (size_t at = find_nocase(head, 0, VIEW("<meta")); at < head.size;
         at = find_nocase(head, at + 1, VIEW("<meta"))) {
        view rest = view_slice(head, at, head.size);
        view tag = view_slice(rest, 0, view_find(rest, VIEW(">")));
        view label = label_behind(tag, VIEW("charset"), "=");
        if (label.size > 0) return label;
    }
    return VIEW("");
}

/* PEP 263; vim's modeline says fileencoding or fenc. */
static view comment_label(view head)
{
    size_t end = 0;
    for (int line = 0; line < LINES && end < head.size; line++)
        end += view_find(view_slice(head, end, head.size), VIEW("\n")) + 1;
    view lines = view_slice(head, 0, end < head.size ? end : head.size);
    if (view_find(lines, VIEW("#")) == lines.size && view_find(lines, VIEW("-*-")) == lines.size &&
        view_find(lines, VIEW("vim:")) == lines.size)
        return VIEW("");
    view label = label_behind(lines, VIEW("coding"), ":=");
    return label.size ? label : label_behind(lines, VIEW("fenc"), "=");
}

view charset_declared(view bytes)
{
    view head = view_slice(bytes, 0, bytes.size < SCAN_BYTES ? bytes.size : SCAN_BYTES);
    view label = xml_label(head);
    if (label.size == 0) label = meta_label(head);
    return label.size ? label : comment_label(head);
}
