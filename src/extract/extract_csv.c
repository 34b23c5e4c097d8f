/* extract_csv.c - a row is a document. csv_layout.h says where the table begins and which rows name
 * its columns; lines above the header are a document of their own. With a column "content" (or
 * "text", "body") that is the text, behind which the other columns stand as lines "column: value"
 * (record_roles.h says which), and they are metadata; without one the text is such a line for each
 * cell that is not empty, and the short cells are metadata too. A table without a header has values
 * alone, and rows of key and value are one line each. A column is numeric when all its cells are:
 * one postal code with a leading zero makes all of them strings. To know that before the first
 * document is made, the text is read twice; holding its cells in a table would take many times its
 * size. */
#include "extract/extract_job.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/size.h"
#include "extract/csv_layout.h"
#include "extract/header_words.h"
#include "extract/markup_text.h"
#include "extract/record_roles.h"
#include "extract/table_header.h"

#include <kith/types.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    MAX_FIELD_COLUMNS = 128,    // as metadata; later columns are in the text only
    CELL_FIELD_MAX_BYTES = 256, // a longer cell of a table without a content column is text only
    NUMBER_MAX_BYTES = 18,      // so that every integer fits
    BLANK_LINES_MAX = 32        // in front of rows that were no table's: they part all rows
};

typedef struct column {
    view name;
    view label; /* goes before its values: the name, with its unit if there is one */
    record_role role;
    bool is_field;   /* becomes metadata; of columns with the same name only the first */
    bool is_numeric; /* every cell is a number or empty, and some cell is not empty */
    bool has_cells;
} column;

typedef struct table {
    extract_job *job;
    column columns[CSV_MAX_FIELDS];
    view names[CSV_MAX_FIELDS], labels[CSV_MAX_FIELDS]; /* of the columns, while a header is read */
    uint32_t count;
    bool has_content;
    bool is_nameless; /* no row names the columns: values stand alone */
    csv_layout layout;
    csv_layout next; /* of the table that begins at `next_at` */
    size_t next_at;  /* SIZE_MAX: none follows */
    csv_row row;
    view cells
        [CSV_MAX_FIELDS]; // of the row; here and not in a function, which would clear them for each
    buffer text;          // of a row
    bool is_bare;         // the row's values stand alone: a note, or more of them than names
    bool is_sentence;     // of a bare row: it stands as it is written, delimiters included
    bool is_spaced;       // some row of the table has blanks behind its delimiters
    bool header_is_spaced;
    bool is_textless; // nothing stands in the row's content
    bool
        is_behind_gap; // a blank line or an empty row stands before the row, and no longer row since
    uint32_t longer_rows; // than the header
    uint64_t first_longer_line;
    kith_error reason; // the row's failure
} table;

/* As JSON writes numbers, in the range that every reader agrees on. */
static bool is_number(view v)
{
    size_t i = 0, digits = 0;
    if (v.size == 0 || v.size > NUMBER_MAX_BYTES) return false;
    if (v.data[0] == '-') i++;
    bool zero_first = i < v.size && v.data[i] == '0';
    for (; i < v.size && v.data[i] >= '0' && v.data[i] <= '9'; i++)
        digits++;
    if (digits == 0 || (zero_first && digits > 1)) return false;
    if (i == v.size) return true;
    if (v.data[i++] != '.' || i == v.size) return false;
    while (i < v.size && v.data[i] >= '0' && v.data[i] <= '9')
        i++;
    return i == v.size;
}

static bool is_repeated(const table *t, view name)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (view_equal(t->columns[i].name, name)) return true;
    return false;
}

/* Makes the next column of its name, which may be empty. One too long for a field, as the question of a survey,
 * is cut as in other tables. */
static kith_status add_column(table *t, view name, view label, uint32_t *field_count,
                              kith_error *err)
{
    bool is_cut;
    if (name.size > METADATA_MAX_KEY_BYTES) {
        name = header_short_name(name, &is_cut);
        const char *cut =
            arena_printf(t->job->memory, "%.*s%s", VIEW_ARG(name), name.size ? "..." : "");
        if (!cut) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a column");
        label = view_of(cut);
    }
    if (name.size == 0) {
        name = view_of(arena_printf(t->job->memory, "column_%u", t->count + 1));
        if (!name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a column");
    }
    column c = {.name = name, .label = label.size ? label : name, .is_numeric = true};
    c.role = record_role_of(name);
    if (c.role == RECORD_METADATA || (c.role == RECORD_CONTENT && t->has_content))
        c.role = RECORD_FIELD;
    if (c.role == RECORD_CONTENT) t->has_content = true;
    c.is_field =
        c.role == RECORD_FIELD && *field_count < MAX_FIELD_COLUMNS && !is_repeated(t, name);
    *field_count += c.is_field;
    t->columns[t->count++] = c;
    return KITH_OK;
}

/* Puts the cells of the next header row behind the names that the columns have: "2023" above "Plan"
 * makes "2023 Plan". A row of units is for the labels alone: "Length (mm)". */
static kith_status join_names(table *t, view *names, view *labels, uint32_t *count, kith_error *err)
{
    bool is_first = *count == 0;
    arena *a = t->job->memory;
    for (uint32_t i = *count; i < t->row.count; i++)
        names[i] = labels[i] = (view){0};
    bool are_units = true, is_corner = !is_first && t->row.count > 1;
    uint32_t named = 0; // the first columns, one after the other
    while (named < t->row.count && view_trim(t->row.fields[named].raw).size > 0)
        named++;
    if (t->row.count > *count) *count = t->row.count;
    for (uint32_t i = 0; i < t->row.count; i++) {
        view cell = view_trim(t->row.fields[i].raw);
        are_units &= cell.size == 0 || header_is_unit(cell);
        is_corner &= (cell.size > 0) == (i < named);
    }
    if (is_corner && !are_units && named < t->row.count) // table_header.h
        for (uint32_t i = 0; i < named; i++)
            names[i] = labels[i] = (view){0};
    for (uint32_t i = 0; i < t->row.count; i++) {
        view text;
        kith_status status = csv_unescape(t->row.fields[i], a, &text, err);
        if (status != KITH_OK) return status;
        text = view_trim(text);
        bool is_unit = are_units && !is_first && names[i].size;
        if (text.size == 0) continue;
        if (is_first || names[i].size == 0) {
            names[i] = labels[i] = text;
            continue;
        }
        const char *joined =
            is_unit && header_is_bare_unit(text)
                ? arena_printf(a, "%.*s (%.*s)", VIEW_ARG(labels[i]), VIEW_ARG(text))
                : arena_printf(a, "%.*s %.*s", VIEW_ARG(labels[i]), VIEW_ARG(text));
        if (!joined) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a column");
        labels[i] = view_of(joined);
        if (!is_unit && labels[i].size <= METADATA_MAX_KEY_BYTES) names[i] = labels[i];
    }
    return KITH_OK;
}

static bool has_blank_behind_delimiter(const csv_row *row)
{
    for (uint32_t i = 1; i < row->count && i < CSV_MAX_FIELDS; i++)
        if (row->fields[i].raw.size > 1 && row->fields[i].raw.data[0] == ' ') return true;
    return false;
}

static kith_status read_header(table *t, csv_reader *r, bool *more, kith_error *err)
{
    view *names = t->names, *labels = t->labels; // cleared as far as they are used
    uint32_t field_count = 0, count = t->layout.columns;
    kith_status status = KITH_OK;
    *more = true;
    if (t->layout.header_rows) count = 0;
    for (uint32_t i = 0; i < count && i < CSV_MAX_FIELDS; i++)
        names[i] = labels[i] = (view){0};
    for (uint32_t i = 0; i < t->layout.header_rows && status == KITH_OK; i++) {
        status = csv_next(r, &t->row, more, err);
        if (status != KITH_OK || !*more) return status;
        if (t->row.count > CSV_MAX_FIELDS)
            return fail(err, KITH_ERR_LIMIT, "the table has %u columns, the limit is %d",
                        t->row.count, CSV_MAX_FIELDS);
        t->header_is_spaced |= has_blank_behind_delimiter(&t->row);
        status = join_names(t, names, labels, &count, err);
    }
    t->is_nameless = t->layout.header_rows == 0;
    if (t->layout.has_row_names && count < CSV_MAX_FIELDS) {
        memmove(names + 1, names, count * sizeof *names);
        memmove(labels + 1, labels, count++ * sizeof *labels);
        names[0] = labels[0] = VIEW("");
    }
    if (count > CSV_MAX_FIELDS) count = CSV_MAX_FIELDS;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = add_column(t, names[i], labels[i], &field_count, err);
    return status;
}

static kith_status set_field(table *t, const column *c, view cell, metadata *fields,
                             kith_error *err)
{
    metadata_value value = {METADATA_STRING, .string = cell};
    if (c->is_numeric) {
        const json_value *number = NULL;
        kith_status status = json_parse(cell, NUMBER_MAX_BYTES, t->job->memory, &number, err);
        if (status != KITH_OK) return status;
        if (number->kind == JSON_INTEGER)
            value = (metadata_value){METADATA_INTEGER, .integer = number->integer};
        else
            value = (metadata_value){METADATA_DOUBLE, .number = number->number};
    }
    return metadata_set(fields, c->name, value, err);
}

/* The row has a content, which is its text. */
static bool has_text(const table *t)
{
    return t->has_content && !t->is_textless;
}

static kith_status read_cell(table *t, const column *c, view cell, document *d, kith_error *err)
{
    view trimmed = view_trim(cell);
    if (trimmed.size == 0) return KITH_OK;
    switch (c->role) {
    case RECORD_CONTENT:
        d->text = cell;
        return KITH_OK;
    case RECORD_ID:
        d->id = trimmed;
        return KITH_OK;
    case RECORD_TITLE:
        d->title = trimmed;
        d->title_is_prefix = has_text(t); // without a content the text holds it
        return metadata_set_string(&d->fields, "title", trimmed, err);
    case RECORD_METADATA:
    case RECORD_FIELD:
        break;
    }
    if (t->is_nameless || !c->is_field || (!has_text(t) && trimmed.size > CELL_FIELD_MAX_BYTES))
        return KITH_OK;
    return set_field(t, c, trimmed, &d->fields, err);
}

/* True when the cell has a line in the text of its row. Of a row whose content is empty all cells have
 * one but its id. */
static bool is_written(const table *t, uint32_t at, view cell)
{
    if (!t->has_content || t->is_bare) return cell.size > 0;
    if (t->is_textless && t->columns[at].role != RECORD_FIELD)
        return t->columns[at].role != RECORD_ID && cell.size > 0;
    return t->columns[at].role == RECORD_FIELD && record_is_searched(cell);
}

/* Appends "a: b" or, without names, the values. */
static void append_cell(const table *t, uint32_t at, view cell, buffer *out)
{
    if (t->layout.is_keys) {
        bool is_key = out->size == 0;
        buffer_append(out, is_key ? header_name(cell) : cell);
        if (is_key) buffer_append(out, VIEW(": "));
        return;
    }
    bool is_nameless = t->is_nameless || t->is_bare;
    if (out->size) buffer_append(out, is_nameless ? VIEW(" | ") : VIEW("\n"));
    if (!is_nameless) {
        buffer_append(out, t->columns[at].label);
        buffer_append(out, VIEW(": "));
    }
    buffer_append(out, cell);
}

/* The text of a row without content: a line "column: value" for each cell; behind the content of
 * another, such lines for what is searched with it. */
static kith_status write_row(table *t, const view *cells, uint32_t count, view *out,
                             kith_error *err)
{
    buffer *text = &t->text;
    buffer_reset(text);
    for (uint32_t i = 0; i < count; i++)
        if (is_written(t, i, cells[i])) append_cell(t, i, cells[i], text);
    kith_status status = buffer_status(text, "a row", err);
    if (status != KITH_OK) return status;
    view lines = arena_copy(t->job->memory, buffer_view(text));
    if (!lines.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a row");
    if (has_text(t) && out->size) return record_join(*out, lines, t->job->memory, out, err);
    *out = lines;
    return KITH_OK;
}

/* HTML as its text, as shops and forums export it. */
static kith_status read_html(table *t, view *cell, kith_error *err)
{
    buffer text;
    if (!markup_is_html(*cell)) return KITH_OK;
    buffer_init(&text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    markup_append_text(*cell, &text);
    kith_status status = buffer_status(&text, "the text of a cell", err);
    view kept =
        status == KITH_OK ? arena_copy(t->job->memory, view_trim(buffer_view(&text))) : VIEW("");
    buffer_done(&text);
    if (status != KITH_OK) return status;
    if (!kept.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the text of a cell");
    return extract_job_clean(t->job, kept, cell, err);
}

static view field_at(const csv_row *row, uint32_t i)
{
    return view_trim(row->fields[i].raw);
}

/* Nothing, as MySQL and PostgreSQL write it. */
static bool is_null(const csv_field *field)
{
    return !field->is_quoted && view_equal(view_trim(field->raw), VIEW("\\N"));
}

/* True for a remark below the table: one field where the table has more columns, without a delimiter,
 * or behind a gap with nothing in its other fields. */
static bool is_note(const table *t)
{
    if (t->count < 2 || t->is_nameless || t->layout.is_keys || t->row.count > CSV_MAX_FIELDS)
        return false;
    for (uint32_t i = 1; i < t->row.count; i++)
        if (field_at(&t->row, i).size > 0) return false;
    return t->row.count == 1 || t->is_behind_gap;
}

/* True for a remark with delimiters in it ("Prices include VAT, and postage."), in a table whose rows
 * have no blanks behind theirs; and for any row with delimiters of a table of one column. */
static bool is_sentence(const table *t)
{
    view second = t->row.count > 1 ? t->row.fields[1].raw : VIEW("");
    if (second.size == 0 || second.data[0] != ' ') return false; // as nearly all
    if (t->is_nameless || t->layout.is_keys || !csv_is_prose_row(&t->row)) return false;
    view first = view_trim(t->row.fields[0].raw), raw = view_trim(t->row.raw);
    if (t->count == 1) return true;
    bool has_end = strchr(".!?", raw.data[raw.size - 1]) != NULL;
    bool is_whole = t->count > 2 && t->row.count == t->count; // "Bob Lee, Paris, ok.": a row
    if (t->is_spaced || t->header_is_spaced || (is_whole && !t->is_behind_gap)) return false;
    return memchr(first.data, ' ', first.size) && (has_end || t->is_behind_gap);
}

/* Spreadsheets write rows of nothing but commas at the end. */
static bool is_blank_row(const csv_row *row)
{
    uint32_t count = row->count < CSV_MAX_FIELDS ? row->count : CSV_MAX_FIELDS;
    for (uint32_t i = 0; i < count; i++)
        if (field_at(row, i).size > 0) return false;
    return true;
}

/* Fields of the row without the empty ones behind the columns. */
static uint32_t fields_of(const table *t)
{
    uint32_t count = t->row.count;
    while (count > t->count && count <= CSV_MAX_FIELDS && t->row.fields[count - 1].raw.size == 0)
        count--;
    return count;
}

/* Takes up the row that has been read: false when nothing stands in it. */
static bool begin_row(table *t)
{
    bool is_blank = is_blank_row(&t->row);
    t->is_behind_gap |= t->row.is_apart || is_blank;
    if (is_blank) return false;
    t->is_sentence = is_sentence(t);
    t->is_bare = t->is_sentence || fields_of(t) > t->count || is_note(t);
    if (t->is_bare) return true;
    t->is_behind_gap = false;
    t->is_spaced |= has_blank_behind_delimiter(&t->row);
    return true;
}

/* The first pass: where the next table begins, and which columns are numeric, of the rows up to it. The
 * second one reports the rows that cannot be read. */
static kith_status look_ahead(table *t, csv_reader r, kith_error *err)
{
    bool more = true, is_another = false;
    uint32_t blanks = 0;
    t->next_at = SIZE_MAX;
    for (;;) {
        csv_reader before = r;
        if (csv_next(&r, &t->row, &more, NULL) != KITH_OK || !more) break;
        if (t->row.is_apart && blanks++ < BLANK_LINES_MAX) {
            kith_status status =
                csv_find_next_table(before, t->job->memory, &t->next, &is_another, err);
            if (status != KITH_OK) return status;
            if (is_another) t->next_at = before.offset;
            if (is_another) break;
        }
        if (!begin_row(t) || t->is_bare) continue;
        for (uint32_t i = 0; i < t->row.count && i < t->count; i++) {
            column *c = &t->columns[i];
            view cell = field_at(&t->row, i);
            if (!c->is_field || !c->is_numeric || cell.size == 0 || is_null(&t->row.fields[i]))
                continue;
            c->has_cells = true;
            c->is_numeric = !t->row.fields[i].escaped && is_number(cell);
        }
    }
    for (uint32_t i = 0; i < t->count; i++)
        t->columns[i].is_numeric &= t->columns[i].has_cells;
    t->is_behind_gap = t->is_spaced = false;
    return KITH_OK;
}

/* Of a table of one column the sentence is the column's value. */
static kith_status read_sentence(table *t, document *d, kith_error *err)
{
    view raw = view_trim(t->row.raw);
    if (t->count > 1) {
        d->text = raw;
        return KITH_OK;
    }
    t->is_textless = false;
    t->is_bare = false;
    kith_status status = read_cell(t, &t->columns[0], raw, d, err);
    return status == KITH_OK ? write_row(t, &raw, 1, &d->text, err) : status;
}

/* The values of the row, into t->cells; whether there is a content among them, into t->is_textless. */
static kith_status read_values(table *t, uint32_t count, kith_error *err)
{
    kith_status status = KITH_OK;
    t->is_textless = t->has_content;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        status = csv_unescape(t->row.fields[i], t->job->memory, &t->cells[i], err);
        if (is_null(&t->row.fields[i])) t->cells[i] = VIEW("");
        if (status == KITH_OK) status = read_html(t, &t->cells[i], err);
        if (status == KITH_OK && !t->is_bare && t->columns[i].role == RECORD_CONTENT)
            t->is_textless = view_trim(t->cells[i]).size == 0;
    }
    return status;
}

static kith_status read_row(table *t, document *d, kith_error *err)
{
    view *cells = t->cells;
    uint32_t count = fields_of(t);
    if (count > CSV_MAX_FIELDS)
        return fail(err, KITH_ERR_FORMAT, "the row has %u fields, the header %u", count, t->count);
    if (t->is_sentence) return read_sentence(t, d, err);
    if (count > t->count && t->longer_rows++ == 0) t->first_longer_line = t->row.line;
    kith_status status = read_values(t, count, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        if (!t->is_bare) status = read_cell(t, &t->columns[i], cells[i], d, err);
        cells[i] = view_trim(cells[i]);
    }
    if (status == KITH_OK) status = write_row(t, cells, count, &d->text, err);
    if (status == KITH_OK && d->text.size == 0)
        return fail(err, KITH_ERR_FORMAT, "its content is empty");
    return status;
}

static kith_status add_row(table *t, kith_error *err)
{
    document d;
    if (!begin_row(t)) return KITH_OK;
    kith_status status = extract_job_begin(t->job, "csv", &d, err);
    if (status != KITH_OK) return status;
    d.record = t->row.line;
    status = read_row(t, &d, &t->reason);
    if (status == KITH_OK) status = extract_job_line(t->job, d.record, &d, &t->reason);
    if (status == KITH_OK) return extract_job_add(t->job, &d, err);
    if (status == KITH_ERR_NO_MEMORY) return fail(err, status, "%s", t->reason.message);
    return extract_job_report(t->job, d.record, status, t->reason.message, err);
}

/* The lines above the header: a document, of lines "a | b", or "a: b" where there are two cells. */
static kith_status read_titles(table *t, csv_reader *r, kith_error *err)
{
    document d;
    bool more = true;
    uint64_t line = 0;
    kith_status status = extract_job_begin(t->job, "csv", &d, err);
    buffer_reset(&t->text);
    for (uint32_t i = 0; i < t->layout.titles && status == KITH_OK; i++) {
        uint32_t cells = 0, written = 0;
        status = csv_next(r, &t->row, &more, err);
        if (status != KITH_OK || !more) break;
        if (line == 0) line = t->row.line;
        if (t->text.size) buffer_append_byte(&t->text, '\n');
        uint32_t count = t->row.count < CSV_MAX_FIELDS ? t->row.count : CSV_MAX_FIELDS;
        for (uint32_t c = 0; c < count; c++)
            cells += view_trim(t->row.fields[c].raw).size > 0;
        for (uint32_t c = 0; c < count && status == KITH_OK; c++) {
            view text;
            status = csv_unescape(t->row.fields[c], t->job->memory, &text, err);
            text = status == KITH_OK ? view_trim(text) : (view){0};
            if (text.size == 0) continue;
            bool is_key = cells == 2 && written == 0 &&
                          (header_names_attribute(text) || header_ends_with_colon(text)) &&
                          !header_is_aggregate(text);
            buffer_append(&t->text, is_key ? header_name(text) : text);
            if (++written < cells) buffer_append(&t->text, is_key ? VIEW(": ") : VIEW(" | "));
        }
    }
    if (status == KITH_OK) status = buffer_status(&t->text, "the lines above the header", err);
    if (status != KITH_OK) return status;
    view text = view_trim(buffer_view(&t->text));
    if (text.size == 0) return KITH_OK;
    d.text = arena_copy(t->job->memory, text);
    d.record = line;
    if (!d.text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for titles");
    status = extract_job_line(t->job, line, &d, err);
    return status == KITH_OK ? extract_job_add(t->job, &d, err) : status;
}

/* Reads rows up to the end, or to the next table; its layout is then in t->layout and *another is true. */
static kith_status read_rows(table *t, csv_reader r, bool *another, kith_error *err)
{
    bool more = true;
    kith_status status = KITH_OK;
    *another = false;
    while (more && status == KITH_OK) {
        if (r.offset == t->next_at) {
            t->layout = t->next;
            *another = true;
            return KITH_OK;
        }
        if (csv_next(&r, &t->row, &more, &t->reason) != KITH_OK)
            return extract_job_report(t->job, t->row.line, KITH_ERR_FORMAT, t->reason.message, err);
        if (more) status = add_row(t, err);
    }
    return status;
}

/* A delimiter that stands unquoted within a value shifts those behind it, so that no name is sure. */
static kith_status tell_longer_rows(table *t, kith_error *err)
{
    char what[160];
    if (t->longer_rows == 0) return KITH_OK;
    (void)snprintf(
        what, sizeof what,
        "rows with more fields than the header: %u, the first in line %llu; their values "
        "have no names",
        t->longer_rows, (unsigned long long)t->first_longer_line);
    return extract_job_notice(t->job, what, err);
}

static kith_status read_tables(table *t, kith_error *err)
{
    bool another = true;
    kith_status status = KITH_OK;
    while (another && status == KITH_OK) {
        bool more = false;
        csv_reader r = t->layout.first;
        t->count = 0;
        t->has_content = t->is_behind_gap = t->is_bare = false;
        t->is_spaced = t->header_is_spaced = false;
        status = t->layout.titles ? read_titles(t, &r, err) : KITH_OK;
        if (status == KITH_OK) status = read_header(t, &r, &more, err);
        if (status != KITH_OK || !more) return status;
        status = look_ahead(t, r, err);
        if (status == KITH_OK) status = read_rows(t, r, &another, err);
    }
    return status;
}

kith_status extract_csv(extract_job *job, char delimiter, kith_error *err)
{
    table *t = heap_new_array(1, sizeof *t); // too large for a thread's stack
    if (!t) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    t->job = job;
    buffer_init(&t->text, 2 * KITH_DOCUMENT_MAX_BYTES);
    kith_status status = csv_find_layout(job->text, delimiter, job->memory, &t->layout, err);
    bool is_prose = false;
    if (status == KITH_OK && !delimiter)
        status = csv_is_prose(&t->layout, job->memory, &is_prose, err);
    if (status == KITH_OK) status = is_prose ? extract_plain(job, NULL, err) : read_tables(t, err);
    if (status == KITH_OK) status = tell_longer_rows(t, err);
    buffer_done(&t->text);
    free(t);
    return status;
}
