/* extract_xlsx.c - Excel: each row of each sheet is a paragraph, every value after the name of its
 * column, so that a row can be understood when it is found alone: "Item: Lamp | Price: 20".
 * The names come from the first row of two or more cells if all of them are text; rows before it
 * are titles. Without such a row values stand alone. A row's place is the number that the file
 * gives it. Traps of the format: empty cells and rows are left out of the file, so positions come
 * from r="B7", not from counting; text is an index into shared strings; dates are numbers whose
 * style says so. Source: ECMA-376 part 1, section 18.3. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/workbook.h"
#include "extract/xml.h"

#include "base/json.h"

#include <kith/types.h>

enum { COLUMNS_MAX = 16384, NUMBER_MAX_BYTES = 64 };

typedef struct cell {
    uint32_t column;
    size_t start, end; // into sheet_reading.texts
    bool is_text;
} cell;

typedef struct sheet_reading {
    const workbook *book;
    manuscript *m;
    view name;
    uint32_t row, column; // of the open cell, 1-based
    view *header;         // [COLUMNS_MAX] names of columns
    arena scratch;        // for formatting one number
    bool has_header, knows_header;
    buffer cells; // elements: cell, of the open row
    buffer texts; // the texts of those cells
    buffer value; // text of the cell's open <v>, <t> or <f>
    buffer formula;
    buffer line;
    char kind; // of the cell: 's' shared, 'i' inline, 't' formula's text, 'b' boolean, 'e' error,
               // 'n'
    sheet_format format;
    bool in_value, in_formula, in_phonetic;
} sheet_reading;

static char kind_of(view type)
{
    if (view_equal(type, VIEW("inlineStr"))) return 'i';
    if (view_equal(type, VIEW("str"))) return 't';
    return type.size == 1 ? type.data[0] : 'n';
}

/* "BC12" gives 55; 0 when it has no letters or too many. */
static uint32_t column_of(view reference)
{
    uint32_t column = 0;
    for (size_t i = 0; i < reference.size && i < 4; i++) {
        char c = reference.data[i];
        if (c < 'A' || c > 'Z') return column;
        column = column * 26 + (uint32_t)(c - 'A') + 1;
    }
    return 0;
}

static kith_status begin_cell(sheet_reading *s, xml_attributes attributes, kith_error *err)
{
    uint32_t column = column_of(xml_attribute(attributes, "r")), style = 0;
    s->column = column ? column : s->column + 1;
    if (s->column > COLUMNS_MAX)
        return fail(err, KITH_ERR_FORMAT, "sheet '%.*s' has a cell beyond column %d",
                    VIEW_ARG(s->name), COLUMNS_MAX);
    s->kind = kind_of(xml_attribute(attributes, "t"));
    s->format = (sheet_format){0};
    size_t known = s->book->formats.size / sizeof(sheet_format);
    if (workbook_index(xml_attribute(attributes, "s"), &style) && style < known)
        s->format = ((const sheet_format *)s->book->formats.data)[style];
    buffer_reset(&s->value);
    buffer_reset(&s->formula);
    return KITH_OK;
}

static void begin_row(sheet_reading *s, xml_attributes attributes)
{
    uint32_t row = 0;
    bool has_number = workbook_index(xml_attribute(attributes, "r"), &row) && row > 0;
    s->row = has_number ? row : s->row + 1;
    s->column = 0;
    buffer_reset(&s->cells);
    buffer_reset(&s->texts);
}

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    sheet_reading *s = context;
    if (view_equal(name, VIEW("row")))
        begin_row(s, attributes);
    else if (view_equal(name, VIEW("c")))
        return begin_cell(s, attributes, err);
    else if (view_equal(name, VIEW("rPh")))
        s->in_phonetic = true;
    else if (view_equal(name, VIEW("f")))
        s->in_formula = true;
    else if (view_equal(name, VIEW("v")) || view_equal(name, VIEW("t")))
        s->in_value = !s->in_phonetic;
    return KITH_OK;
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    sheet_reading *s = context;
    if (s->in_value) buffer_append(&s->value, text);
    if (s->in_formula) buffer_append(&s->formula, text);
    kith_status status = buffer_status(&s->value, "a cell", err);
    return status == KITH_OK ? buffer_status(&s->formula, "a formula", err) : status;
}

/* True when the text is shown as it is: most cells of most sheets. */
static bool is_plain_integer(const sheet_reading *s, view raw)
{
    uint32_t ignored;
    return s->format.code.size == 0 && workbook_index(raw, &ignored);
}

/* A number as the sheet shows it; the text itself when it is not a number. */
static kith_status append_number(sheet_reading *s, view raw, kith_error *err)
{
    const json_value *number = NULL;
    kith_status status = KITH_ERR_FORMAT;
    if (raw.size <= NUMBER_MAX_BYTES && !is_plain_integer(s, raw))
        status = json_parse(raw, NUMBER_MAX_BYTES, &s->scratch, &number, err);
    if (status == KITH_ERR_NO_MEMORY) return status;
    if (status == KITH_OK && number->kind == JSON_INTEGER)
        sheet_value_append(&s->texts, raw, (double)number->integer, &s->format,
                           s->book->epoch_1904);
    else if (status == KITH_OK && number->kind == JSON_DOUBLE)
        sheet_value_append(&s->texts, raw, number->number, &s->format, s->book->epoch_1904);
    else
        buffer_append(&s->texts, raw);
    arena_reset(&s->scratch);
    return KITH_OK;
}

/* The text on one line, as its row must be. */
static void append_line(buffer *out, view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        buffer_append_byte(out, c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
    }
}

static kith_status append_value(sheet_reading *s, kith_error *err)
{
    view raw = view_trim(buffer_view(&s->value));
    uint32_t index = 0;
    size_t strings = s->book->strings.size / sizeof(view);
    if (raw.size == 0 && s->formula.size) {
        // The formula was never computed: it is shown itself.
        buffer_append_byte(&s->texts, '=');
        append_line(&s->texts, buffer_view(&s->formula));
        return KITH_OK;
    }
    switch (s->kind) {
    case 's':
        if (!workbook_index(raw, &index) || index >= strings)
            return fail(err, KITH_ERR_FORMAT, "sheet '%.*s', row %u: no such shared string",
                        VIEW_ARG(s->name), s->row);
        append_line(&s->texts, view_trim(((const view *)s->book->strings.data)[index]));
        return KITH_OK;
    case 'b':
        buffer_append(&s->texts, view_equal(raw, VIEW("1")) ? VIEW("TRUE") : VIEW("FALSE"));
        return KITH_OK;
    case 'n':
        return append_number(s, raw, err);
    default:
        append_line(&s->texts, raw);
        return KITH_OK;
    }
}

static kith_status end_cell(sheet_reading *s, kith_error *err)
{
    if (s->value.size == 0 && s->formula.size == 0) return KITH_OK;
    cell c = {.column = s->column, .start = s->texts.size};
    c.is_text = s->kind == 's' || s->kind == 'i' || s->kind == 't';
    kith_status status = append_value(s, err);
    if (status == KITH_OK) status = buffer_status(&s->texts, "a row", err);
    c.end = s->texts.size;
    if (status != KITH_OK || c.end == c.start) return status;
    buffer_append(&s->cells, (view){(const char *)&c, sizeof c});
    return buffer_status(&s->cells, "the cells of a row", err);
}

/* ---- rows ---- */

static kith_status keep_header(sheet_reading *s, const cell *cells, size_t count, kith_error *err)
{
    for (size_t i = 0; i < count; i++) {
        view name = view_slice(buffer_view(&s->texts), cells[i].start, cells[i].end);
        view kept = arena_copy(s->m->job->memory, name);
        if (!kept.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a header");
        s->header[cells[i].column - 1] = kept;
    }
    return KITH_OK;
}

static void write_line(sheet_reading *s, const cell *cells, size_t count, bool named)
{
    buffer_reset(&s->line);
    for (size_t i = 0; i < count; i++) {
        view name = s->header[cells[i].column - 1];
        if (i) buffer_append(&s->line, VIEW(" | "));
        if (named && name.size) {
            buffer_append(&s->line, name);
            buffer_append(&s->line, VIEW(": "));
        }
        buffer_append(&s->line, view_slice(buffer_view(&s->texts), cells[i].start, cells[i].end));
    }
}

static kith_status end_row(sheet_reading *s, kith_error *err)
{
    const cell *cells = (const cell *)s->cells.data;
    size_t count = s->cells.size / sizeof *cells, texts = 0;
    if (count == 0) return KITH_OK;
    for (size_t i = 0; i < count; i++)
        texts += cells[i].is_text;
    bool is_header = !s->knows_header && count > 1 && texts == count;
    kith_status status = is_header ? keep_header(s, cells, count, err) : KITH_OK;
    if (status != KITH_OK) return status;
    write_line(s, cells, count, s->has_header);
    if (!s->knows_header && count > 1) s->knows_header = true;
    s->has_header |= is_header;
    status = buffer_status(&s->line, "a row", err);
    if (status == KITH_OK) status = manuscript_place(s->m, PLACE_ROW, s->row, s->name, err);
    if (status == KITH_OK) status = manuscript_block(s->m, "\n\n", buffer_view(&s->line), err);
    return status;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    sheet_reading *s = context;
    if (view_equal(name, VIEW("row"))) return end_row(s, err);
    if (view_equal(name, VIEW("c"))) return end_cell(s, err);
    if (view_equal(name, VIEW("rPh"))) s->in_phonetic = false;
    if (view_equal(name, VIEW("f"))) s->in_formula = false;
    if (view_equal(name, VIEW("v")) || view_equal(name, VIEW("t"))) s->in_value = false;
    return KITH_OK;
}

/* header  [COLUMNS_MAX], scratch */
static kith_status read_sheet(const workbook *book, const sheet *from, view *header, manuscript *m,
                              kith_error *err)
{
    view xml;
    sheet_reading s = {.book = book, .m = m, .name = from->name, .header = header};
    xml_events events = {&s, on_start, on_end, on_text};
    if (from->part.size == 0 || !archive_has(book->parts, from->part))
        return KITH_OK; // a chart sheet
    kith_status status = archive_read(book->parts, from->part, &xml, err);
    if (status == KITH_OK) status = manuscript_end_headings(m, err);
    if (status == KITH_OK) status = manuscript_heading(m, 1, from->name, err);
    if (status != KITH_OK) return status;
    buffer_init(&s.cells, COLUMNS_MAX * sizeof(cell));
    buffer *texts[] = {&s.texts, &s.value, &s.formula, &s.line};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    memset(header, 0, COLUMNS_MAX * sizeof *header);
    arena_init(&s.scratch, 0);
    status = xml_read(xml, from->part, &events, err);
    arena_done(&s.scratch);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_done(texts[i]);
    buffer_done(&s.cells);
    return status;
}

kith_status extract_xlsx(extract_job *job, kith_error *err)
{
    document d;
    archive z;
    view main_part;
    workbook book;
    manuscript m;
    workbook_init(&book, &z);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "xlsx", &d, err);
    if (status == KITH_OK) status = package_open(job->bytes, job->memory, &z, &main_part, err);
    if (status == KITH_OK) status = package_properties(&z, &d, err);
    if (status == KITH_OK) status = workbook_read(&book, main_part, err);
    view *header = arena_new_array(job->memory, view, COLUMNS_MAX);
    if (status == KITH_OK && !header)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a header");
    const sheet *sheets = (const sheet *)book.sheets.data;
    for (size_t i = 0; status == KITH_OK && i < book.sheets.size / sizeof *sheets; i++)
        status = read_sheet(&book, &sheets[i], header, &m, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        if (d.title.size == 0)
            d.title = job->stem; // not the first heading, which is a sheet's name
        status = manuscript_finish(&m, &d, err);
    }
    manuscript_done(&m);
    workbook_done(&book);
    return status;
}
