/* csv.c - a field is quoted when its first byte is a quote; inside, two quotes stand for one.
 * Quoted fields hold delimiters and line ends, so a row can be any number of lines and only reading
 * it finds its end. Outside the RFC, but written by spreadsheets, and accepted: text after a
 * closing quote belongs to the field; spaces around a quoted text do not; a quote elsewhere in a
 * field that is not quoted is text. */
#include "extract/csv.h"

static size_t find_either(view text, size_t i, char a, char b)
{
    while (i < text.size && text.data[i] != a && text.data[i] != b)
        i++;
    return i;
}

csv_reader csv_open(view text, char delimiter)
{
    return (csv_reader){.text = text, .line = 1, .delimiter = delimiter, .quote = '"'};
}

/* The offset after the quote that closes the field that opens at `quote`; 0 when none does. */
static size_t find_close(csv_reader *r, size_t quote, bool *escaped)
{
    for (size_t i = quote + 1; i < r->text.size; i++) {
        char c = r->text.data[i];
        if (c == '\n') r->line++;
        if (c == '\\' && r->backslash && i + 1 < r->text.size && r->text.data[i + 1] != '\n') {
            *escaped = true;
            i++;
        }
        if (c != r->quote) continue;
        if (i + 1 == r->text.size || r->text.data[i + 1] != r->quote) return i + 1;
        *escaped = true;
        i++;
    }
    return 0;
}

static size_t skip_spaces(const csv_reader *r, size_t i)
{
    while (i < r->text.size && r->text.data[i] == ' ' && r->delimiter != ' ')
        i++;
    return i;
}

static bool ends_field(const csv_reader *r, size_t i)
{
    return i == r->text.size || r->text.data[i] == r->delimiter || r->text.data[i] == '\n';
}

/* Where the field's quote is: at its first byte, or behind spaces when the quoted text is all of
 * the field; SIZE_MAX when the field is not quoted. */
static size_t find_quote(const csv_reader *r)
{
    size_t quote = skip_spaces(r, r->offset);
    if (quote == r->text.size || r->text.data[quote] != r->quote) return SIZE_MAX;
    if (quote == r->offset) return quote;
    bool ignored;
    csv_reader ahead = *r;
    size_t closed = find_close(&ahead, quote, &ignored);
    return closed && ends_field(r, skip_spaces(r, closed)) ? quote : SIZE_MAX;
}

/* Reads the field at r->offset up to its delimiter, newline or the end of the text. False when its
 * quote is never closed. */
static bool read_field(csv_reader *r, csv_field *field)
{
    size_t start = find_quote(r);
    *field = (csv_field){.backslash = r->backslash, .quote = r->quote};
    if (start == SIZE_MAX) {
        start = r->offset;
        r->offset = find_either(r->text, start, r->delimiter, '\n');
        field->raw = view_slice(r->text, start, r->offset);
        return true;
    }
    size_t closed = find_close(r, start, &field->escaped);
    if (closed == 0) return false;
    field->is_quoted = true;
    if (ends_field(r, skip_spaces(r, closed))) {
        r->offset = skip_spaces(r, closed);
    } else {
        r->offset = find_either(r->text, closed, r->delimiter, '\n');
        field->escaped = field->is_odd = true;
    }
    field->raw = field->escaped ? view_slice(r->text, start, r->offset)
                                : view_slice(r->text, start + 1, closed - 1);
    return true;
}

static void skip_blank_lines(csv_reader *r)
{
    while (r->offset < r->text.size && r->text.data[r->offset] == '\n') {
        r->offset++;
        r->line++;
    }
}

kith_status csv_next(csv_reader *r, csv_row *row, bool *more, kith_error *err)
{
    size_t start = r->offset;
    skip_blank_lines(r);
    row->is_apart = r->offset > start && start > 0;
    row->count = 0;
    row->line = r->line;
    size_t begin = r->offset, end = r->text.size;
    *more = r->offset < r->text.size;
    while (*more) {
        csv_field field;
        if (!read_field(r, &field)) {
            r->offset = r->text.size;
            return fail(err, KITH_ERR_FORMAT, "a quote is opened here and never closed");
        }
        if (row->count < CSV_MAX_FIELDS) row->fields[row->count] = field;
        row->count++;
        if (r->offset == r->text.size) break;
        bool ends = r->text.data[r->offset++] == '\n';
        if (ends) {
            r->line++;
            end = r->offset - 1;
            break;
        }
    }
    row->raw = view_slice(r->text, begin, end);
    return KITH_OK;
}

kith_status csv_unescape(csv_field field, arena *a, view *out, kith_error *err)
{
    if (!field.escaped) {
        *out = field.raw;
        return KITH_OK;
    }
    char *value = arena_new(a, field.raw.size);
    if (!value) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a field");
    view raw = field.raw;
    bool inside = false;
    size_t size = 0;
    for (size_t i = 0; i < raw.size; i++) {
        bool is_quote = raw.data[i] == field.quote, has_next = i + 1 < raw.size;
        bool is_escape = field.backslash && inside && raw.data[i] == '\\' && has_next;
        if (is_escape && (raw.data[i + 1] == field.quote || raw.data[i + 1] == '\\'))
            value[size++] = raw.data[++i];
        else if (is_quote && inside && has_next && raw.data[i + 1] == field.quote)
            value[size++] = raw.data[i++];
        else if (is_quote)
            inside = !inside;
        else
            value[size++] = raw.data[i];
    }
    *out = (view){value, size};
    return KITH_OK;
}
