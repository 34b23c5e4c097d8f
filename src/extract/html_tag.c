/* html_tag.c - one pass over a tag; views into the page, nothing copied but the name. */
#include "extract/html_tag.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c);
}

static bool is_name_byte(char c)
{
    return is_letter(c) || is_ascii_digit(c) || c == '-' || c == '_' || c == ':';
}

/* Offset after the next `byte` at or after i; html.size when there is none. */
static size_t skip_past(view html, size_t i, char byte)
{
    const char *found = i < html.size ? memchr(html.data + i, byte, html.size - i) : NULL;
    return found ? (size_t)(found - html.data) + 1 : html.size;
}

/* A quote counts only where a value begins: <a title=it's> is a whole tag. */
static size_t read_value(view html, size_t i, view *out)
{
    while (i < html.size && is_ascii_space(html.data[i]))
        i++;
    if (i < html.size && (html.data[i] == '"' || html.data[i] == '\'')) {
        size_t end = skip_past(html, i + 1, html.data[i]);
        bool is_closed = end > i + 1 && html.data[end - 1] == html.data[i];
        *out = view_slice(html, i + 1, is_closed ? end - 1 : end);
        return end;
    }
    size_t start = i;
    while (i < html.size && !is_ascii_space(html.data[i]) && html.data[i] != '>')
        i++;
    *out = view_slice(html, start, i);
    return i;
}

/* All of them come before the letters, which most of a name's bytes are. */
static bool ends_attribute_name(char c)
{
    return (unsigned char)c <= '>' && (c == '=' || c == '>' || c == '/' || is_ascii_space(c));
}

/* Reads the attribute whose name begins at i, or passes over one byte that begins none. */
static size_t read_attribute(view html, size_t i, html_tag *t)
{
    size_t start = i;
    tag_attribute a = {{"", 0}, {"", 0}};
    while (i < html.size && !ends_attribute_name(html.data[i]))
        i++;
    a.name = view_slice(html, start, i);
    size_t next = i;
    while (next < html.size && is_ascii_space(html.data[next]))
        next++;
    if (next < html.size && html.data[next] == '=') i = read_value(html, next + 1, &a.value);
    if (a.name.size > 0 && t->attribute_count < TAG_MAX_ATTRIBUTES) {
        t->attributes[t->attribute_count++] = a;
        t->attribute_marks |= html_name_mark(a.name);
    }
    t->self_closing = false;
    return i > start ? i : i + 1;
}

static void read_name(view html, size_t *i, html_tag *t)
{
    size_t at = *i;
    while (at < html.size && t->name_size < TAG_NAME_MAX_BYTES && html.data[at] >= 'a' &&
           html.data[at] <= 'z')
        t->name[t->name_size++] = html.data[at++];
    for (*i = at; *i < html.size && is_name_byte(html.data[*i]); ++*i) {
        char c = html.data[*i];
        if (c == ':' && (view_equal(html_tag_name(t), VIEW("m")) ||
                         view_equal(html_tag_name(t), VIEW("mml")))) {
            t->name_size = 0;
            continue;
        }
        if (t->name_size < TAG_NAME_MAX_BYTES)
            t->name[t->name_size++] = (char)(is_ascii_capital(c) ? c + ('a' - 'A') : c);
    }
}

bool html_tag_read(view html, size_t i, html_tag *out)
{
    bool is_end = i + 1 < html.size && html.data[i + 1] == '/';
    i += is_end ? 2 : 1;
    if (i >= html.size || !is_letter(html.data[i])) return false;
    out->name_size = out->attribute_count = 0;
    out->attribute_marks = 0;
    out->is_end = is_end;
    out->self_closing = false;
    read_name(html, &i, out);
    while (i < html.size && html.data[i] != '>') {
        if (html.data[i] == '/') {
            out->self_closing = true;
            i++;
        } else if (is_ascii_space(html.data[i])) {
            i++;
        } else {
            i = read_attribute(html, i, out);
        }
    }
    out->is_whole = i < html.size;
    out->end = out->is_whole ? i + 1 : html.size;
    return true;
}

view html_tag_find_attribute(const html_tag *t, view name)
{
    for (unsigned i = 0; i < t->attribute_count; i++)
        if (view_equal(t->attributes[i].name, name) || // as nearly all are written
            view_equal_nocase(t->attributes[i].name, name))
            return t->attributes[i].value;
    return (view){NULL, 0};
}

bool html_value_says(view value, view word)
{
    if (value.size < word.size) return false;
    for (size_t i = 0, start; i < value.size; i++) {
        start = i;
        while (i < value.size && !is_ascii_space(value.data[i]))
            i++;
        if (i - start == word.size && view_equal_nocase(view_slice(value, start, i), word))
            return true;
    }
    return false;
}

size_t html_skip_declaration(view html, size_t i)
{
    view rest = view_slice(html, i, html.size);
    if (!view_starts_with(rest, VIEW("<!--"))) return skip_past(html, i, '>');
    if (view_starts_with(rest, VIEW("<!-->"))) return i + 5;
    size_t end = view_find(rest, VIEW("-->"));
    size_t odd = view_find(view_slice(rest, 0, end), VIEW("--!>")); // ends a comment as well
    if (odd < end) return i + odd + 4;
    return end == rest.size ? html.size : i + end + 3;
}

size_t html_find_end(view html, size_t i, view name)
{
    while (i < html.size) {
        i = skip_past(html, i, '<');
        if (html.size - i <= name.size || html.data[i] != '/') continue;
        if (!view_equal_nocase(view_slice(html, i + 1, i + 1 + name.size), name)) continue;
        if (i + 1 + name.size < html.size && is_name_byte(html.data[i + 1 + name.size])) continue;
        return i - 1;
    }
    return html.size;
}
