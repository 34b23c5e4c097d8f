/* html_scrub.c - bounds the time that libxml2 can take.
 * libxml2 2.9 is quadratic in two ways: it compares each attribute with all those before it in its
 * tag, and its dictionary of names degrades. One tag of a few megabytes, or some megabytes of
 * made-up elements, takes minutes (8 MB of <x1></x1><x2>...: 2.9 s, 60 MB: 224 s). kith reads no
 * attributes and no scripts and knows some sixty elements, so all else is removed before the parser
 * sees it, in one pass, by the rules of the HTML standard's tokenizer (13.2.5). Against memory
 * errors in the parser the process protects, not this file (docs/decisions/008). */
#include "extract/html_scrub.h"

#include "extract/html_element.h"

#include <stdbool.h>

enum {
    NAME_MAX_BYTES = 15
}; // of the longest known element and more; longer ones are cut and not known

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_name_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':';
}

/* Offset after the next `byte` at or after i; html.size when there is none. */
static size_t skip_past(view html, size_t i, char byte)
{
    const char *found = i < html.size ? memchr(html.data + i, byte, html.size - i) : NULL;
    return found ? (size_t)(found - html.data) + 1 : html.size;
}

static size_t skip_comment(view html, size_t i)
{
    view rest = view_slice(html, i, html.size);
    if (view_starts_with(rest, VIEW("<!-->"))) return i + 5;
    size_t end = view_find(rest, VIEW("-->"));
    return end == rest.size ? html.size : i + end + 3;
}

typedef struct tag {
    char name[NAME_MAX_BYTES + 1];
    size_t name_size;
    size_t end;        /* offset after its '>' */
    bool self_closing; /* "/>" */
    bool whole;        /* false when the text ends inside it */
} tag;

/* A quote counts only where a value begins: <a title=it's> is a whole tag. */
static size_t skip_value(view html, size_t i)
{
    while (i < html.size && is_space(html.data[i]))
        i++;
    if (i < html.size && (html.data[i] == '"' || html.data[i] == '\''))
        return skip_past(html, i + 1, html.data[i]);
    while (i < html.size && !is_space(html.data[i]) && html.data[i] != '>')
        i++;
    return i;
}

/* Reads the tag whose name begins at i. */
static tag read_tag(view html, size_t i)
{
    tag t = {0};
    for (; i < html.size && is_name_byte(html.data[i]); i++)
        if (t.name_size < NAME_MAX_BYTES) {
            char c = html.data[i];
            t.name[t.name_size++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        }
    while (i < html.size && html.data[i] != '>') {
        t.self_closing = html.data[i] == '/';
        i = html.data[i] == '=' ? skip_value(html, i + 1) : i + 1;
    }
    t.whole = i < html.size;
    t.end = t.whole ? i + 1 : html.size;
    return t;
}

/* Offset after the end tag of the opaque element `name`, whose content starts at i. */
static size_t skip_opaque(view html, size_t i, view name)
{
    while (i < html.size) {
        i = skip_past(html, i, '<');
        if (html.size - i <= name.size || html.data[i] != '/') continue;
        if (!view_equal_nocase(view_slice(html, i + 1, i + 1 + name.size), name)) continue;
        if (i + 1 + name.size < html.size && is_name_byte(html.data[i + 1 + name.size])) continue;
        return skip_past(html, i, '>');
    }
    return html.size;
}

static void append_tag(buffer *out, view name, bool is_end)
{
    buffer_append(out, is_end ? VIEW("</") : VIEW("<"));
    buffer_append(out, name);
    buffer_append_byte(out, '>');
}

/* Appends what stays of the tag, comment or declaration that begins with the '<' at i, or "&lt;"
 * when none does; returns the offset behind it. */
static size_t scrub_markup(view html, size_t i, buffer *out)
{
    view rest = view_slice(html, i, html.size);
    if (view_starts_with(rest, VIEW("<!--"))) return skip_comment(html, i);
    if (rest.size > 1 && (rest.data[1] == '!' || rest.data[1] == '?'))
        return skip_past(html, i, '>');
    bool is_end = rest.size > 1 && rest.data[1] == '/';
    size_t name_at = is_end ? 2 : 1;
    if (rest.size <= name_at || !is_letter(rest.data[name_at])) {
        buffer_append(out, VIEW("&lt;"));
        return i + 1;
    }
    tag t = read_tag(html, i + name_at);
    view name = {t.name, t.name_size};
    if (!t.whole) return t.end;
    element_kind kind = html_element_kind(name);
    if (kind == ELEMENT_INLINE) return t.end;
    if (kind == ELEMENT_OPAQUE)
        return is_end || t.self_closing ? t.end : skip_opaque(html, t.end, name);
    append_tag(out, name, is_end);
    if (!is_end && t.self_closing) append_tag(out, name, true);
    return t.end;
}

void html_scrub(view html, buffer *out)
{
    for (size_t i = 0; i < html.size && out->failed == KITH_OK;) {
        const char *next = memchr(html.data + i, '<', html.size - i);
        size_t until = next ? (size_t)(next - html.data) : html.size;
        buffer_append(out, view_slice(html, i, until));
        i = next ? scrub_markup(html, until, out) : until;
    }
}
