/* extract_xlsx.c - Excel: the cells of each sheet with the values that it shows; sheet_layout.h makes
 * rows of them, sheet_parts.h has what belongs to a sheet beside its cells. Hidden sheets, rows and
 * columns are read as others are, and a notice says so. Traps of the format: empty cells and rows
 * are left out of the file, so positions come from r="B7", not from counting; text is an index into
 * shared strings; dates are numbers whose style says so; a formula may have no value, an empty one,
 * or a 0 that nobody computed. Source: ECMA-376 part 1, section 18.3. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/raised.h"
#include "extract/sheet_edges.h"
#include "extract/sheet_layout.h"
#include "extract/sheet_parts.h"
#include "extract/sheet_tail.h"
#include "extract/struck.h"
#include "extract/workbook.h"
#include "extract/xml.h"

#include "base/decimal.h"
#include "base/size.h"
#include "base/utf8.h"

#include <kith/types.h>

enum { SHEET_VALIDATED_MAX_BYTES = 63 };

typedef struct sheet_reading {
    const workbook *book;
    sheet_layout *layout;
    view name;
    uint32_t row, column; // of the open cell, 1-based
    uint32_t hidden_rows, hidden_columns;
    buffer value; // text of the cell's open <v>, <t> or <f>
    buffer formula;
    buffer shown; // the cell's text
    buffer spare;
    raised raised;
    struck struck;
    int align; // of the open run of an inline text
    bool is_struck;
    size_t run; // where its text begins in `value`
    char kind;  // of the cell: 's' shared, 'i' inline, 't' formula's text, 'b' boolean, 'e' error,
                // 'd' date in ISO 8601, 'n'
    const cell_style *style;
    bool in_value, in_formula, in_phonetic;
    bool in_edge, in_choices;                      // a header or footer; the list of a validation
    char validated[SHEET_VALIDATED_MAX_BYTES + 1]; // cells that the open validation is of
    sheet_tail tail;
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
    static const cell_style PLAIN = {0};
    uint32_t column = column_of(xml_attribute(attributes, "r")), style = 0;
    s->column = column ? column : s->column + 1;
    if (s->column > SHEET_MAX_COLUMNS)
        return fail(err, KITH_ERR_FORMAT, "sheet '%.*s' has a cell beyond column %d",
                    VIEW_ARG(s->name), SHEET_MAX_COLUMNS);
    s->kind = kind_of(xml_attribute(attributes, "t"));
    s->style = &PLAIN;
    size_t known = s->book->styles.size / sizeof(cell_style);
    if (!workbook_index(xml_attribute(attributes, "s"), &style)) style = 0;
    if (style < known) s->style = (const cell_style *)s->book->styles.data + style;
    s->raised = (raised){0};
    s->struck = (struck){0};
    s->is_struck = false;
    s->align = 0;
    s->run = 0; // of a text that a hostile file has around this cell
    buffer_reset(&s->value);
    buffer_reset(&s->formula);
    return KITH_OK;
}

static bool is_hidden(xml_attributes attributes)
{
    view flag = xml_attribute(attributes, "hidden");
    return view_equal(flag, VIEW("1")) || view_equal(flag, VIEW("true"));
}

static kith_status begin_row(sheet_reading *s, xml_attributes attributes, kith_error *err)
{
    uint32_t row = 0;
    bool has_number = workbook_index(xml_attribute(attributes, "r"), &row) && row > 0;
    s->row = has_number ? row : s->row + 1;
    s->column = 0;
    s->hidden_rows += is_hidden(attributes);
    return sheet_layout_row(s->layout, s->row, err);
}

static bool is_edge(view name)
{
    static const char *const NAMES[] = {"oddHeader",   "oddFooter",   "evenHeader", "evenFooter",
                                        "firstHeader", "firstFooter", NULL};
    return view_is_one_of_nocase(name, NAMES);
}

/* Adds what `shown` holds as a line behind the rows. */
static kith_status add_tail(sheet_reading *s, kith_error *err)
{
    kith_status status = buffer_status(&s->shown, "what stands behind the rows", err);
    return status == KITH_OK ? sheet_tail_add(&s->tail, buffer_view(&s->shown), err) : status;
}

/* What a person is told who fills in the cells. */
static kith_status begin_validation(sheet_reading *s, xml_attributes attributes, kith_error *err)
{
    view cells = xml_attribute(attributes, "sqref"), text = xml_attribute(attributes, "prompt");
    view title = xml_attribute(attributes, "promptTitle");
    size_t size = utf8_floor(cells, size_min(cells.size, SHEET_VALIDATED_MAX_BYTES));
    if (size) memcpy(s->validated, cells.data, size);
    s->validated[size] = '\0';
    buffer_reset(&s->shown);
    if (view_trim(text).size == 0) return KITH_OK;
    buffer_printf(&s->shown, "Prompt%s%s: ", size ? " at " : "", s->validated);
    buffer_append_line(&s->shown, title);
    if (view_trim(title).size) buffer_append(&s->shown, VIEW(": "));
    buffer_append_line(&s->shown, text);
    return add_tail(s, err);
}

/* The choices that a validation lists itself: "Low,High" in quotes. */
static kith_status end_choices(sheet_reading *s, kith_error *err)
{
    view list = view_trim(buffer_view(&s->value));
    s->in_choices = false;
    buffer_reset(&s->shown);
    if (list.size < 3 || list.data[0] != '"' || list.data[list.size - 1] != '"') return KITH_OK;
    buffer_printf(&s->shown, "Choices%s%s: ", s->validated[0] ? " at " : "", s->validated);
    for (size_t i = 1; i + 1 < list.size; i++) {
        buffer_append_line(&s->shown, view_slice(list, i, i + 1));
        bool is_end = list.data[i] == ',' && list.data[i + 1] != ' ';
        if (is_end) buffer_append_byte(&s->shown, ' ');
    }
    return add_tail(s, err);
}

static kith_status end_edge(sheet_reading *s, kith_error *err)
{
    s->in_edge = false;
    buffer_reset(&s->shown);
    sheet_edge_append(buffer_view(&s->value), &s->shown);
    return add_tail(s, err);
}

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    sheet_reading *s = context;
    if (view_equal(name, VIEW("row")))
        return begin_row(s, attributes, err);
    else if (view_equal(name, VIEW("c")))
        return begin_cell(s, attributes, err);
    else if (view_equal(name, VIEW("col")))
        s->hidden_columns += is_hidden(attributes);
    else if (view_equal(name, VIEW("rPh")))
        s->in_phonetic = true;
    else if (view_equal(name, VIEW("f")))
        s->in_formula = !s->in_choices; // there it is a formula of choices, by a prefix
    else if (view_equal(name, VIEW("v")) || view_equal(name, VIEW("t"))) {
        s->in_value = !s->in_phonetic;
        s->run = s->value.size;
    } else if (view_equal(name, VIEW("r"))) {
        s->align = 0;
        s->is_struck = false;
    } else if (view_equal(name, VIEW("strike"))) {
        s->is_struck = workbook_is_on(attributes);
    } else if (view_equal(name, VIEW("vertAlign"))) {
        s->align = workbook_align(xml_attribute(attributes, "val"));
    } else if (is_edge(name)) {
        s->in_edge = true;
        buffer_reset(&s->value);
    } else if (view_equal(name, VIEW("dataValidation"))) {
        return begin_validation(s, attributes, err);
    } else if (view_equal(name, VIEW("formula1"))) {
        s->in_choices = true;
        buffer_reset(&s->value);
    }
    return KITH_OK;
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    sheet_reading *s = context;
    if (s->in_value || s->in_edge || s->in_choices) buffer_append(&s->value, text);
    if (s->in_formula) buffer_append(&s->formula, text);
    kith_status status = buffer_status(&s->value, "a cell", err);
    return status == KITH_OK ? buffer_status(&s->formula, "a formula", err) : status;
}

/* True when the text is shown as it is: most cells of most sheets. */
static bool is_plain_integer(const sheet_reading *s, view raw, double *number)
{
    uint32_t value = 0;
    if (s->style->format.code.size || !workbook_index(raw, &value)) return false;
    *number = value;
    return true;
}

/* A number as the sheet shows it; the text itself when it is not a number. */
static void show_number(sheet_reading *s, view raw, sheet_cell *cell)
{
    section_kind kind = s->style->format.kind;
    cell->kind = kind == SECTION_DATE || kind == SECTION_YEAR || kind == SECTION_TIME
                     ? LABEL_DATE
                     : LABEL_NUMBER;
    if (is_plain_integer(s, raw, &cell->number)) {
        buffer_append(&s->shown, raw);
    } else if (decimal_read(raw, &cell->number)) {
        sheet_value_append(&s->shown, raw, cell->number, &s->style->format, s->book->epoch_1904);
    } else {
        buffer_append(&s->shown, raw);
        cell->kind = LABEL_OTHER;
    }
}

static void show_text(sheet_reading *s, view text)
{
    size_t start = s->shown.size;
    if (s->style->format.code.size) {
        sheet_text_append(&s->shown, text, &s->style->format);
        for (size_t i = start; i < s->shown.size; i++)
            if (strchr("\n\r\t", s->shown.data[i])) s->shown.data[i] = ' ';
    } else {
        buffer_append_line(&s->shown, text);
    }
}

/* True for a formula without a value, or with the 0 that some writers put there while they tell the
 * program to compute it. */
static bool is_not_computed(const sheet_reading *s, view raw)
{
    if (s->formula.size == 0) return false;
    return raw.size == 0 || (s->book->is_stale && view_equal(raw, VIEW("0")));
}

static kith_status show_value(sheet_reading *s, sheet_cell *cell, kith_error *err)
{
    view raw = view_trim(buffer_view(&s->value));
    uint32_t index = 0;
    size_t strings = s->book->strings.size / sizeof(view);
    cell->kind = LABEL_OTHER;
    if (is_not_computed(s, raw)) {
        view formula = view_trim(buffer_view(&s->formula));
        if (formula.data[0] != '=') buffer_append_byte(&s->shown, '=');
        buffer_append_line(&s->shown, formula);
        return KITH_OK;
    }
    switch (s->kind) {
    case 's':
        cell->kind = LABEL_TEXT;
        if (!workbook_index(raw, &index) || index >= strings)
            return fail(err, KITH_ERR_FORMAT, "sheet '%.*s', row %u: no such shared string",
                        VIEW_ARG(s->name), s->row);
        show_text(s, view_trim(((const view *)s->book->strings.data)[index]));
        return KITH_OK;
    case 'b':
        cell->kind = LABEL_TRUTH;
        buffer_append(&s->shown, view_equal(raw, VIEW("1")) ? VIEW("TRUE") : VIEW("FALSE"));
        return KITH_OK;
    case 'd':
        cell->kind = LABEL_DATE;
        cell->number = sheet_iso_order(raw);
        sheet_iso_append(&s->shown, raw);
        return KITH_OK;
    case 'n':
        show_number(s, raw, cell);
        return KITH_OK;
    case 'i':
    case 't':
        cell->kind = LABEL_TEXT;
        show_text(s, raw);
        return KITH_OK;
    default:
        buffer_append_line(&s->shown, raw);
        return KITH_OK;
    }
}

static kith_status end_cell(sheet_reading *s, kith_error *err)
{
    if (s->value.size == 0 && s->formula.size == 0) return KITH_OK;
    sheet_cell cell = {.column = s->column, .look = s->style->look};
    buffer_reset(&s->shown);
    kith_status status = buffer_status(&s->value, "a cell", err);
    if (status == KITH_OK) status = show_value(s, &cell, err);
    if (status == KITH_OK) status = buffer_status(&s->shown, "a cell", err);
    workbook_strike(&s->shown, s->style->is_struck);
    cell.text = view_trim(buffer_view(&s->shown));
    return status == KITH_OK ? sheet_layout_cell(s->layout, cell, err) : status;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    sheet_reading *s = context;
    if (view_equal(name, VIEW("c"))) return end_cell(s, err);
    if (s->in_edge) return end_edge(s, err);
    if (s->in_choices) return end_choices(s, err);
    if (view_equal(name, VIEW("rPh"))) s->in_phonetic = false;
    if (view_equal(name, VIEW("f"))) s->in_formula = false;
    if (view_equal(name, VIEW("v")) || view_equal(name, VIEW("t"))) {
        if (s->in_value && s->align)
            raised_end_run(&s->raised, s->align, &s->value, 0, s->run, &s->spare);
        if (s->in_value && s->is_struck) struck_end_run(&s->struck, &s->value, s->run);
        s->in_value = false;
    }
    return KITH_OK;
}

static kith_status notice_hidden(const sheet *from, const sheet_reading *s, extract_job *job,
                                 kith_error *err)
{
    bool has_rows = s->hidden_rows > 0, has_columns = s->hidden_columns > 0;
    if (!from->hidden && !has_rows && !has_columns) return KITH_OK;
    const char *what = from->hidden              ? "the sheet is hidden"
                       : has_rows && has_columns ? "rows and columns are hidden"
                       : has_rows                ? "rows are hidden"
                                                 : "columns are hidden";
    const char *text = arena_printf(job->memory, "sheet %.*s: %s, and read like the others",
                                    VIEW_ARG(from->name), what);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(job, text, err);
}

static kith_status read_cells(sheet_reading *s, view xml, view part, kith_error *err)
{
    xml_events events = {s, on_start, on_end, on_text};
    buffer *texts[] = {&s->value, &s->formula, &s->shown, &s->spare};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    sheet_tail_init(&s->tail);
    kith_status status = xml_read(xml, part, &events, err);
    if (status == KITH_OK) status = sheet_layout_end(s->layout, err);
    if (status == KITH_OK) status = sheet_tail_write(&s->tail, s->layout->m, err);
    sheet_tail_done(&s->tail);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_done(texts[i]);
    return status;
}

static kith_status read_sheet(const workbook *book, const sheet *from, sheet_layout *layout,
                              sheet_parts *parts, kith_error *err)
{
    view xml;
    manuscript *m = layout->m;
    sheet_reading s = {.book = book, .layout = layout, .name = from->name};
    if (from->part.size == 0 || !archive_has(book->parts, from->part)) return KITH_OK;
    kith_status status = archive_read(book->parts, from->part, &xml, err);
    if (status == KITH_OK) status = manuscript_end_headings(m, err);
    if (status == KITH_OK) status = manuscript_heading(m, 1, from->name, err);
    if (status == KITH_OK) status = sheet_parts_read(parts, book, from, xml, m->job, err);
    if (status != KITH_OK) return status;
    size_t before = m->text.size;
    sheet_layout_begin(layout, from->name, &parts->all);
    status = read_cells(&s, xml, from->part, err);
    if (status == KITH_OK && m->text.size > before) status = notice_hidden(from, &s, m->job, err);
    return status;
}

static kith_status read_sheets(const workbook *book, manuscript *m, kith_error *err)
{
    sheet_layout layout;
    sheet_parts parts;
    sheet_parts_init(&parts);
    kith_status status = sheet_layout_init(&layout, m, err);
    const sheet *sheets = (const sheet *)book->sheets.data;
    for (size_t i = 0; status == KITH_OK && i < book->sheets.size / sizeof *sheets; i++)
        status = read_sheet(book, &sheets[i], &layout, &parts, err);
    sheet_parts_done(&parts);
    sheet_layout_done(&layout);
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
    if (status == KITH_OK && book.has_more_styles)
        status = extract_job_notice(job, WORKBOOK_STYLES_NOTICE, err);
    if (status == KITH_OK) status = read_sheets(&book, &m, err);
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
