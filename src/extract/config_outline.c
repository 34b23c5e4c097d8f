/* config_outline.c - a walk over lines. In YAML indentation says what belongs to what: `open` are the keys
 * that the line at hand may belong to, by their indentation. A key is a heading when the next line that
 * is neither blank nor a comment stands further in, or is a list item below it. */
#include "extract/config_outline.h"

#include <stdio.h>

typedef struct open_key {
    size_t indent;
    view title;
} open_key;

typedef struct yaml_walk {
    view text;
    size_t at;
    outline *found;
    open_key open[OUTLINE_LEVELS]; // [depth]
    uint32_t depth;
    uint32_t base; // 1 when documents are headings: keys stand below them
    kith_error *err;
} yaml_walk;

static size_t indent_of(view line)
{
    size_t i = 0;
    while (i < line.size && line.data[i] == ' ')
        i++;
    return i;
}

static bool is_passed_over(view line)
{
    view trimmed = view_trim(line);
    return trimmed.size == 0 || trimmed.data[0] == '#';
}

static bool is_separator(view line)
{
    return view_starts_with(line, VIEW("---")) && (line.size == 3 || line.data[3] == ' ');
}

static bool is_full(const outline *o)
{
    return o->headings.size / sizeof(heading) >= CONFIG_MAX_HEADINGS;
}

/* The key of a line whose value stands on the lines below: nothing follows its colon but an anchor, a
 * tag, a mark of a block or a comment. */
static bool read_open_key(view line, view *key, bool *is_block)
{
    view rest = view_trim(line);
    while (view_starts_with(rest, VIEW("- ")))
        rest = view_trim(view_slice(rest, 2, rest.size));
    size_t end = 0;
    char quote = rest.size && (rest.data[0] == '"' || rest.data[0] == '\'') ? rest.data[0] : '\0';
    if (quote) {
        for (end = 1; end < rest.size && rest.data[end] != quote; end++)
            continue;
        if (end == rest.size) return false;
        *key = view_slice(rest, 1, end++);
    } else {
        while (end < rest.size &&
               !(rest.data[end] == ':' && (end + 1 == rest.size || rest.data[end + 1] == ' ')))
            end++;
        *key = view_trim(view_slice(rest, 0, end));
    }
    if (end >= rest.size || rest.data[end] != ':' || key->size == 0) return false;
    view behind = view_trim(view_slice(rest, end + 1, rest.size));
    *is_block = behind.size && (behind.data[0] == '|' || behind.data[0] == '>');
    if (*is_block || behind.size == 0 || behind.data[0] == '#') return true;
    bool is_mark = behind.data[0] == '&' || behind.data[0] == '!';
    return is_mark && view_find(behind, VIEW(" ")) == behind.size;
}

/* Do the lines below belong to the key at this indentation? */
static bool has_lines_below(const yaml_walk *w, size_t indent)
{
    for (size_t at = w->at; at < w->text.size;) {
        view line = view_next_line(w->text, &at);
        if (is_passed_over(line)) continue;
        size_t inner = indent_of(line);
        return inner > indent ||
               (inner == indent && line.data[inner] == '-' && !is_separator(line));
    }
    return false;
}

/* Ends the keys that the line at this indentation does not belong to. The text goes on under the last
 * one that is left, or its document. */
static kith_status close_keys(yaml_walk *w, size_t indent, size_t offset, view name)
{
    uint32_t before = w->depth;
    while (w->depth && w->open[w->depth - 1].indent >= indent)
        w->depth--;
    if (w->depth == before || is_full(w->found)) return KITH_OK;
    if (w->depth)
        return outline_add(w->found, w->base + w->depth, w->open[w->depth - 1].title, offset,
                           w->err);
    return w->base ? outline_add(w->found, 1, name, offset, w->err)
                   : outline_close(w->found, offset, w->err);
}

static kith_status open_key_at(yaml_walk *w, view key, size_t indent, size_t offset)
{
    if (w->base + w->depth == OUTLINE_LEVELS || is_full(w->found)) return KITH_OK;
    w->open[w->depth++] = (open_key){indent, key};
    return outline_add(w->found, w->base + w->depth, key, offset, w->err);
}

/* A block scalar's lines are no keys. */
static void skip_block(yaml_walk *w, size_t indent)
{
    while (w->at < w->text.size) {
        size_t before = w->at;
        view line = view_next_line(w->text, &w->at);
        if (view_trim(line).size == 0 || indent_of(line) > indent) continue;
        w->at = before;
        return;
    }
}

/* Indentation of a line's key, behind the marks of list items that it stands in. */
static size_t key_indent(view line)
{
    size_t i = indent_of(line);
    while (i + 1 < line.size && line.data[i] == '-' && line.data[i + 1] == ' ') {
        i++;
        while (i < line.size && line.data[i] == ' ')
            i++;
    }
    return i;
}

static kith_status read_line(yaml_walk *w, view line, size_t offset, view name)
{
    view key;
    bool is_block = false;
    // The items of a list may stand right below their key.
    bool is_item = line.data[indent_of(line)] == '-';
    size_t indent = key_indent(line), line_indent = indent_of(line) + is_item;
    kith_status status = close_keys(w, line_indent, offset, name);
    if (status != KITH_OK || !read_open_key(line, &key, &is_block)) return status;
    if (is_block)
        skip_block(w, indent);
    else if (has_lines_below(w, indent))
        status = open_key_at(w, key, indent, offset);
    return status;
}

/* How many documents have a line that is not passed over. */
static uint32_t count_documents(view text)
{
    uint32_t count = 0;
    bool has_lines = false;
    for (size_t at = 0; at < text.size;) {
        view line = view_next_line(text, &at);
        if (is_separator(line)) has_lines = line.size > 4;
        if (is_separator(line) || has_lines || is_passed_over(line)) continue;
        has_lines = true;
        count++;
    }
    return count;
}

kith_status config_outline_yaml(view text, outline *found, kith_error *err)
{
    yaml_walk w = {.text = text, .found = found, .err = err, .base = count_documents(text) > 1};
    kith_status status = KITH_OK;
    char name[32] = "";
    uint32_t number = 0;
    bool begins = true; // a document: its first line makes it one
    while (w.at < text.size && status == KITH_OK) {
        size_t offset = w.at;
        view line = view_next_line(text, &w.at);
        if (is_separator(line)) begins = true;
        if (is_passed_over(line) || is_separator(line) || view_starts_with(line, VIEW("%")))
            continue;
        if (begins && w.base && !is_full(found)) {
            (void)snprintf(name, sizeof name, "document %u", ++number);
            status = outline_add(found, 1, view_of(name), offset, err);
        } else if (begins && w.depth) {
            status = outline_close(found, offset, err);
        }
        if (begins) w.depth = 0;
        begins = false;
        if (status == KITH_OK) status = read_line(&w, line, offset, view_of(name));
    }
    return status;
}

/* ---- TOML and INI ---- */

/* Adds "a.b" as two headings, one below the other. Quoted parts keep their dots. */
static kith_status add_table(view name, size_t offset, outline *found, kith_error *err)
{
    uint32_t level = 0;
    size_t start = 0;
    bool is_quoted = false;
    kith_status status = KITH_OK;
    for (size_t i = 0; i <= name.size && status == KITH_OK; i++) {
        if (i < name.size && (name.data[i] == '"' || name.data[i] == '\'')) is_quoted = !is_quoted;
        if (i < name.size && (name.data[i] != '.' || is_quoted)) continue;
        view part = view_trim(view_slice(name, start, i));
        if (part.size > 2 && (part.data[0] == '"' || part.data[0] == '\''))
            part = view_slice(part, 1, part.size - 1);
        start = i + 1;
        if (part.size == 0 || level == OUTLINE_LEVELS) continue;
        status = outline_add(found, ++level, part, offset, err);
    }
    return status;
}

/* Does the line begin or end a string of several lines ("""...""" or '''...''')? */
static bool toggles_string(view line, const char *quotes)
{
    bool toggles = false;
    view wanted = view_of(quotes);
    for (size_t at = view_find(line, wanted); at < line.size; at = view_find(line, wanted)) {
        toggles = !toggles;
        line = view_slice(line, at + 3, line.size);
    }
    return toggles;
}

kith_status config_outline_tables(view text, outline *found, kith_error *err)
{
    kith_status status = KITH_OK;
    bool in_string = false;
    for (size_t at = 0; at < text.size && status == KITH_OK && !is_full(found);) {
        size_t offset = at;
        view line = view_trim(view_next_line(text, &at));
        bool was_in_string = in_string;
        if (toggles_string(line, "\"\"\"") != toggles_string(line, "'''")) in_string = !in_string;
        if (was_in_string || line.size < 3 || line.data[0] != '[') continue;
        size_t start = line.data[1] == '[' ? 2 : 1;
        view name = view_slice(line, start, line.size);
        name = view_slice(name, 0, view_find(name, VIEW("]")));
        size_t behind = start + name.size + start;
        bool is_table = behind <= line.size;
        if (is_table) {
            view rest = view_trim(view_slice(line, behind, line.size));
            is_table = rest.size == 0 || rest.data[0] == '#' || rest.data[0] == ';';
        }
        if (is_table) status = add_table(name, offset, found, err);
    }
    return status;
}
