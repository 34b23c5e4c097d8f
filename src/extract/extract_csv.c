/* extract_csv.c - a row is a document. The first row names the columns.
 * With a column "content" (or "text", "body") that is the text, and the other columns are metadata;
 * without one the text is a line "column: value" for each cell that is not empty, and the short
 * cells are metadata too. A column is numeric when all its cells are: one postal code with a
 * leading zero makes all of them strings. To know that before the first document is made, the text
 * is read twice; holding its cells in a table would take many times its size. */
#include "extract/extract_job.h"

#include "base/json.h"
#include "base/size.h"
#include "extract/csv.h"
#include "extract/record_roles.h"

#include <stdlib.h>

enum {
    MAX_FIELD_COLUMNS = 128,    // as metadata; later columns are in the text only
    CELL_FIELD_MAX_BYTES = 256, // a longer cell of a table without a content column is text only
    NUMBER_MAX_BYTES = 18       // so that every integer fits
};

typedef struct column {
    view name;
    record_role role;
    bool is_field;   /* becomes metadata; of columns with the same name only the first */
    bool is_numeric; /* every cell is a number or empty, and some cell is not empty */
    bool has_cells;
} column;

typedef struct table {
    extract_job *job;
    column columns[CSV_MAX_FIELDS];
    uint32_t count;
    bool has_content;
    csv_row row;
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

static kith_status name_column(table *t, csv_field cell, uint32_t *field_count, kith_error *err)
{
    view name;
    kith_status status = csv_unescape(cell, t->job->memory, &name, err);
    if (status != KITH_OK) return status;
    name = view_trim(name);
    if (name.size > METADATA_MAX_KEY_BYTES)
        return fail(err, KITH_ERR_LIMIT, "the name of column %u has %zu bytes, the limit is %d",
                    t->count + 1, name.size, METADATA_MAX_KEY_BYTES);
    if (name.size == 0) {
        name = view_of(arena_printf(t->job->memory, "column_%u", t->count + 1));
        if (!name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a column");
    }
    column c = {.name = name, .role = record_role_of(name), .is_numeric = true};
    if (c.role == RECORD_METADATA || (c.role == RECORD_CONTENT && t->has_content))
        c.role = RECORD_FIELD;
    if (c.role == RECORD_CONTENT) t->has_content = true;
    c.is_field =
        c.role == RECORD_FIELD && *field_count < MAX_FIELD_COLUMNS && !is_repeated(t, name);
    *field_count += c.is_field;
    t->columns[t->count++] = c;
    return KITH_OK;
}

static kith_status read_header(table *t, csv_reader *r, bool *more, kith_error *err)
{
    uint32_t field_count = 0;
    kith_status status = csv_next(r, &t->row, more, err);
    if (status != KITH_OK || !*more) return status;
    if (t->row.count > CSV_MAX_FIELDS)
        return fail(err, KITH_ERR_LIMIT, "the table has %u columns, the limit is %d", t->row.count,
                    CSV_MAX_FIELDS);
    uint32_t count = t->row.count;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = name_column(t, t->row.fields[i], &field_count, err);
    return status;
}

/* The first pass: which columns are numeric. The second reports the rows that cannot be read. */
static void find_numeric_columns(table *t, csv_reader r)
{
    bool more = true;
    while (csv_next(&r, &t->row, &more, NULL) == KITH_OK && more) {
        uint32_t count = t->row.count < t->count ? t->row.count : t->count;
        for (uint32_t i = 0; i < count; i++) {
            column *c = &t->columns[i];
            view cell = view_trim(t->row.fields[i].raw);
            if (!c->is_field || !c->is_numeric || cell.size == 0) continue;
            c->has_cells = true;
            c->is_numeric = !t->row.fields[i].escaped && is_number(cell);
        }
    }
    for (uint32_t i = 0; i < t->count; i++)
        t->columns[i].is_numeric &= t->columns[i].has_cells;
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
        d->title_is_prefix = t->has_content; // without a content column the text holds it
        return metadata_set_string(&d->fields, "title", trimmed, err);
    case RECORD_METADATA:
    case RECORD_FIELD:
        break;
    }
    if (!c->is_field || (!t->has_content && trimmed.size > CELL_FIELD_MAX_BYTES)) return KITH_OK;
    return set_field(t, c, trimmed, &d->fields, err);
}

/* "column: value" lines. */
static kith_status write_row(table *t, const view *cells, uint32_t count, view *out,
                             kith_error *err)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        if (cells[i].size > 0) size += t->columns[i].name.size + cells[i].size + 3;
    char *text = arena_new(t->job->memory, size);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a row");
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        view name = t->columns[i].name, cell = cells[i];
        if (cell.size == 0) continue;
        memcpy(text + at, name.data, name.size);
        memcpy(text + at + name.size, ": ", 2);
        memcpy(text + at + name.size + 2, cell.data, cell.size);
        at += name.size + cell.size + 2;
        text[at++] = '\n';
    }
    *out = (view){text, at ? at - 1 : 0};
    return KITH_OK;
}

static kith_status read_row(table *t, document *d, kith_error *err)
{
    view cells[CSV_MAX_FIELDS];
    uint32_t count = t->row.count;
    while (count > t->count && count <= CSV_MAX_FIELDS && t->row.fields[count - 1].raw.size == 0)
        count--;
    if (count > t->count)
        return fail(err, KITH_ERR_FORMAT, "the row has %u fields, the header %u", count, t->count);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        status = csv_unescape(t->row.fields[i], t->job->memory, &cells[i], err);
        if (status == KITH_OK) status = read_cell(t, &t->columns[i], cells[i], d, err);
        if (status == KITH_OK) cells[i] = view_trim(cells[i]);
    }
    if (status == KITH_OK && !t->has_content) status = write_row(t, cells, count, &d->text, err);
    if (status == KITH_OK && d->text.size == 0)
        return fail(err, KITH_ERR_FORMAT, "its content is empty");
    return status;
}

/* Spreadsheets write rows of nothing but commas at the end. */
static bool is_blank_row(const csv_row *row)
{
    uint32_t count = row->count < CSV_MAX_FIELDS ? row->count : CSV_MAX_FIELDS;
    for (uint32_t i = 0; i < count; i++)
        if (view_trim(row->fields[i].raw).size > 0) return false;
    return true;
}

static kith_status add_row(table *t, kith_error *err)
{
    document d;
    kith_error reason = {0};
    if (is_blank_row(&t->row)) return KITH_OK;
    kith_status status = extract_job_begin(t->job, "csv", &d, err);
    if (status != KITH_OK) return status;
    d.record = t->row.line;
    status = read_row(t, &d, &reason);
    if (status == KITH_OK) return extract_job_add(t->job, &d, err);
    if (status == KITH_ERR_NO_MEMORY) return fail(err, status, "%s", reason.message);
    return extract_job_report(t->job, d.record, status, reason.message, err);
}

static kith_status read_table(table *t, csv_reader r, kith_error *err)
{
    bool more = false;
    kith_status status = read_header(t, &r, &more, err);
    if (status != KITH_OK || !more) return status;
    find_numeric_columns(t, r);
    while (more && status == KITH_OK) {
        kith_error reason = {0};
        if (csv_next(&r, &t->row, &more, &reason) != KITH_OK)
            return extract_job_report(t->job, t->row.line, KITH_ERR_FORMAT, reason.message, err);
        if (more) status = add_row(t, err);
    }
    return status;
}

kith_status extract_csv(extract_job *job, char delimiter, kith_error *err)
{
    table *t = heap_new_array(1, sizeof *t); // too large for a thread's stack
    if (!t) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    t->job = job;
    kith_status status = read_table(t, csv_open(job->text, delimiter), err);
    free(t);
    return status;
}
