/* json_prose.c - a walk over the pieces; the recursion is as deep as JSON_MAX_DEPTH allows. */
#include "extract/json_prose.h"

#include "extract/markup_text.h"

static bool is_piece_name(view key)
{
    static const char *const NAMES[] = {"text",  "value",    "rendered", "content",
                                        "parts", "children", NULL};
    return view_is_one_of_nocase(key, NAMES);
}

static bool is_tree(const json_value *v)
{
    return v->kind == JSON_ARRAY || v->kind == JSON_OBJECT;
}

/* Some string that is not blank is among the pieces, and all else in the lists are pieces too. */
static bool has_text(const json_value *v, bool *is_other)
{
    bool found = false;
    if (v->kind == JSON_STRING) return view_trim(v->string).size > 0;
    if (v->kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < v->count; i++)
            found = has_text(v->elements[i], is_other) || found;
    } else if (v->kind == JSON_OBJECT) {
        for (uint32_t i = 0; i < v->count; i++)
            if (is_piece_name(v->members[i].key))
                found = has_text(v->members[i].value, is_other) || found;
    } else if (v->kind != JSON_NULL) {
        *is_other = true;
    }
    return found;
}

bool json_prose_is(const json_value *value)
{
    bool is_other = false;
    return is_tree(value) && has_text(value, &is_other) && !is_other;
}

/* Behind the end of a sentence another piece begins that no blank parts from it. */
static bool needs_line(const buffer *out, size_t start, view piece)
{
    char last = out->size > start ? out->data[out->size - 1] : ' ';
    return strchr(".!?", last) && piece.size && is_ascii_capital(piece.data[0]);
}

static void append_string(view text, buffer *out, size_t start)
{
    if (needs_line(out, start, text)) buffer_append_byte(out, '\n');
    if (markup_is_html(text))
        markup_append_text(text, out);
    else
        buffer_append(out, text);
}

/* Does the object hold pieces, rather than one text? */
static bool is_block(const json_value *v)
{
    if (v->kind != JSON_OBJECT) return false;
    for (uint32_t i = 0; i < v->count; i++)
        if (is_piece_name(v->members[i].key) && is_tree(v->members[i].value)) return true;
    return false;
}

static void end_line(buffer *out, size_t start)
{
    if (out->size > start && out->data[out->size - 1] != '\n') buffer_append_byte(out, '\n');
}

static void append_pieces(const json_value *v, buffer *out, size_t start)
{
    if (v->kind == JSON_STRING) {
        append_string(v->string, out, start);
    } else if (v->kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < v->count; i++)
            append_pieces(v->elements[i], out, start);
    } else if (v->kind == JSON_OBJECT) {
        bool is_line = is_block(v);
        if (is_line) end_line(out, start);
        for (uint32_t i = 0; i < v->count; i++)
            if (is_piece_name(v->members[i].key)) append_pieces(v->members[i].value, out, start);
        if (is_line) end_line(out, start);
    }
}

void json_prose_append(const json_value *value, buffer *out)
{
    size_t start = out->size;
    append_pieces(value, out, start);
    while (out->size > start && is_ascii_space(out->data[out->size - 1]))
        out->size--;
}

/* ---- a text that is there once more ---- */

enum { REPEATED_MAX_BYTES = 64 << 10, REPEATED_MAX_STRINGS = 1000 };

typedef struct repetition {
    view text;
    uint32_t strings;
    bool has_typed; // a piece with a type and a text
} repetition;

static bool is_form(view key)
{
    static const char *const NAMES[] = {"type",    "style",  "id",      "offset", "length",
                                        "indices", "border", "unicode", NULL};
    return view_is_one_of_nocase(key, NAMES) || view_ends_with_nocase(key, VIEW("_id"));
}

static bool repeats(repetition *r, const json_value *v)
{
    if (v->kind == JSON_STRING) {
        view piece = view_trim(v->string);
        return ++r->strings <= REPEATED_MAX_STRINGS &&
               (piece.size == 0 || view_find(r->text, piece) < r->text.size);
    }
    if (v->kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < v->count; i++)
            if (!repeats(r, v->elements[i])) return false;
        return true;
    }
    if (v->kind != JSON_OBJECT) return v->kind == JSON_NULL || v->kind == JSON_BOOL;
    const json_value *type = json_get(v, "type"), *text = json_get(v, "text");
    r->has_typed |= type && text && type->kind == JSON_STRING && text->kind == JSON_STRING;
    for (uint32_t i = 0; i < v->count; i++)
        if (!is_form(v->members[i].key) && !repeats(r, v->members[i].value)) return false;
    return true;
}

bool json_prose_repeats(const json_value *value, view text)
{
    repetition r = {.text = text};
    return is_tree(value) && text.size <= REPEATED_MAX_BYTES && repeats(&r, value) && r.has_typed;
}
