/* extract_ods.c - OpenDocument spreadsheets: the cells of each sheet with the text that they show,
 * laid out by sheet_layout.h as those of Excel are. Dates are in ISO 8601, whatever the sheet shows.
 * The file is read twice: merged cells, comments and shapes are found first, because the rows above
 * them need to know. Hidden sheets, rows and columns are read as others are, and a notice says so.
 * Traps of the format: cells and rows carry counts of how often they are repeated, a million times
 * for the empty rest of a sheet; a cell's look may be its column's.
 * Source: OpenDocument 1.3 part 3, section 9. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/odf_package.h"
#include "extract/ods_range.h"
#include "extract/ods_tail.h"
#include "extract/raised.h"
#include "extract/sheet_layout.h"
#include "extract/struck.h"
#include "extract/xml.h"

#include "base/decimal.h"
#include "extract/sheet_value.h"

#include <kith/types.h>

#include <stdlib.h>

enum {
    SHEETS_MAX = 10000,
    ROWS_MAX = 1048576,
    REPEATS_MAX = 1000000, /* cells that repetition adds, in one file */
};

typedef struct ods_sheet {
    size_t merged_start, merged_end, annex_start, annex_end;
} ods_sheet;

typedef struct ods_table {
    view sheet;
    sheet_area area;
} ods_table;

/* A run of cells of the open row that are alike. */
typedef struct ods_cell {
    uint32_t first, count, look;
    label_kind kind;
    double number;
    size_t start, end; // of its text
} ods_cell;

typedef struct ods_column {
    uint32_t last, look;
} ods_column;

typedef struct ods_reading {
    extract_job *job;
    manuscript *m;
    odf_styles styles;
    sheet_layout layout;
    ods_tail tail;
    view page; // that the open sheet is printed on
    uint32_t validations_depth;
    bool surveys;         // the first time
    buffer sheets;        // elements: ods_sheet
    buffer merged;        // elements: sheet_area, of all sheets
    buffer annexes;       // elements: sheet_annex, of all sheets
    buffer tables;        // elements: ods_table
    buffer sheet_tables;  // elements: sheet_area, of the open sheet
    buffer columns;       // elements: ods_column, of the open sheet
    buffer cells, texts;  // of the open row
    buffer annex, author; // of the open comment or shape
    buffer spare;
    raised raised; // in the open cell
    struck struck;
    uint32_t struck_depth; // of the outermost span that is struck through
    size_t struck_start;   // of its text in `texts`
    int align;             // of the open span
    uint32_t span_depth;   // of the outermost one that is raised or lowered
    size_t span;           // where its text begins in `texts`
    map *looks;            // of cell styles by name
    sheet_surroundings around;
    view name;      // of the open sheet
    uint32_t sheet; // sheets so far
    uint32_t row, row_count, column;
    uint32_t hidden_rows, hidden_columns;
    bool is_hidden;
    uint64_t repeats;
    ods_cell cell;      // the open one
    view iso, time;     // of a date, or a time of day or duration, in job memory
    bool has_paragraph; // the open cell
    uint32_t depth, skip_depth, sheet_depth, cell_depth, aside_depth, author_depth;
    uint32_t paragraph_depth;
    bool is_comment;
} ods_reading;

/* ---- cells ---- */

static kith_status look_of(ods_reading *r, view style, uint32_t *out, kith_error *err)
{
    uint64_t known = 0;
    if (style.size == 0) {
        for (size_t i = 0; i < r->columns.size / sizeof(ods_column); i++) {
            const ods_column *c = (const ods_column *)(const void *)r->columns.data + i;
            *out = c->look;
            if (r->column <= c->last) return KITH_OK;
        }
        *out = 0;
        return KITH_OK;
    }
    if (map_get(r->looks, style, &known)) {
        *out = (uint32_t)known;
        return KITH_OK;
    }
    kith_status status = odf_styles_look(&r->styles, style, out, err);
    if (status == KITH_OK && map_put(r->looks, style, *out) != KITH_OK)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a style");
    return status;
}

static label_kind kind_of(view type)
{
    if (view_equal(type, VIEW("float")) || view_equal(type, VIEW("percentage")) ||
        view_equal(type, VIEW("currency")))
        return LABEL_NUMBER;
    if (view_equal(type, VIEW("date")) || view_equal(type, VIEW("time"))) return LABEL_DATE;
    if (view_equal(type, VIEW("boolean"))) return LABEL_TRUTH;
    return type.size ? LABEL_TEXT : LABEL_EMPTY;
}

static uint32_t count_of(xml_attributes attributes, const char *name, uint32_t most)
{
    uint32_t count = odf_number(xml_attribute(attributes, name), 1);
    return count < 1 ? 1 : count > most ? most : count;
}

static kith_status add_merged(ods_reading *r, xml_attributes attributes, kith_error *err)
{
    uint32_t columns = count_of(attributes, "number-columns-spanned", SHEET_MAX_COLUMNS);
    uint32_t rows = count_of(attributes, "number-rows-spanned", ROWS_MAX);
    if (rows == 1 && columns == 1) return KITH_OK;
    sheet_area area = {r->row, r->column, r->row + rows - 1, r->column + columns - 1};
    if (area.last_column > SHEET_MAX_COLUMNS) area.last_column = SHEET_MAX_COLUMNS;
    buffer_append(&r->merged, (view){(const char *)&area, sizeof area});
    return buffer_status(&r->merged, "the list of merged cells", err);
}

static kith_status add_validated(ods_reading *r, xml_attributes attributes, kith_error *err)
{
    view name = xml_attribute(attributes, "content-validation-name");
    uint32_t last_row = r->row + r->row_count - 1, last = r->cell.first + r->cell.count - 1;
    if (name.size == 0 || r->cell.first > SHEET_MAX_COLUMNS) return KITH_OK;
    sheet_area cells = {r->row, r->cell.first, last_row > ROWS_MAX ? ROWS_MAX : last_row,
                        last > SHEET_MAX_COLUMNS ? SHEET_MAX_COLUMNS : last};
    return ods_tail_cells(&r->tail, name, r->sheet, cells, err);
}

static kith_status begin_cell(ods_reading *r, xml_attributes attributes, kith_error *err)
{
    uint32_t first = r->column;
    uint32_t count = count_of(attributes, "number-columns-repeated", SHEET_MAX_COLUMNS);
    r->cell_depth = r->depth;
    r->cell = (ods_cell){.first = first, .count = count, .start = r->texts.size};
    r->iso = r->time = VIEW("");
    r->has_paragraph = false;
    r->raised = (raised){0};
    r->struck = (struck){0};
    r->struck_depth = 0;
    if (r->surveys) return add_merged(r, attributes, err);
    kith_status validated = add_validated(r, attributes, err);
    if (validated != KITH_OK) return validated;
    r->cell.kind = kind_of(xml_attribute(attributes, "value-type"));
    if (r->cell.kind == LABEL_EMPTY) return KITH_OK;
    kith_status status = look_of(r, xml_attribute(attributes, "style-name"), &r->cell.look, err);
    if (status == KITH_OK && r->cell.kind == LABEL_NUMBER)
        (void)decimal_read(xml_attribute(attributes, "value"), &r->cell.number);
    view value = xml_attribute(attributes, r->cell.kind == LABEL_DATE     ? "date-value"
                                           : r->cell.kind == LABEL_NUMBER ? "value"
                                           : r->cell.kind == LABEL_TRUTH  ? "boolean-value"
                                                                          : "string-value");
    if (r->cell.kind == LABEL_DATE) {
        view time = xml_attribute(attributes, "time-value");
        r->cell.number = sheet_iso_order(value.size ? value : time);
        r->time = arena_copy(r->job->memory, time);
    }
    r->iso = arena_copy(r->job->memory, value);
    if (!r->iso.data || !r->time.data)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a cell");
    return status;
}

static kith_status end_cell(ods_reading *r, kith_error *err)
{
    r->cell_depth = 0;
    uint32_t after = r->column + r->cell.count;
    r->column = after > SHEET_MAX_COLUMNS ? SHEET_MAX_COLUMNS + 1 : after;
    if (r->surveys || r->cell.kind == LABEL_EMPTY || r->cell.first > SHEET_MAX_COLUMNS)
        return KITH_OK;
    bool is_date = r->cell.kind == LABEL_DATE && r->iso.size;
    if (is_date) {
        r->texts.size = r->cell.start;
        sheet_iso_append(&r->texts, r->iso);
    } else if (!r->has_paragraph && r->cell.kind == LABEL_DATE) {
        sheet_duration_append(&r->texts, r->time);
    } else if (!r->has_paragraph) {
        buffer_append(&r->texts, r->iso);
    }
    if (r->cell.look & ODF_LOOK_STRUCK) struck_end_run(&r->struck, &r->texts, r->cell.start);
    r->cell.end = r->texts.size;
    view text = view_slice(buffer_view(&r->texts), r->cell.start, r->cell.end);
    if (r->cell.kind == LABEL_TEXT && text.size && text.data[0] == '#') r->cell.kind = LABEL_OTHER;
    buffer_append(&r->cells, (view){(const char *)&r->cell, sizeof r->cell});
    kith_status status = buffer_status(&r->cells, "a row", err);
    return status == KITH_OK ? buffer_status(&r->texts, "a row", err) : status;
}

/* ---- rows ---- */

static void begin_row(ods_reading *r, xml_attributes attributes)
{
    r->row++;
    r->row_count = count_of(attributes, "number-rows-repeated", ROWS_MAX);
    r->column = 1;
    r->texts.size = r->cells.size = 0;
    view visibility = xml_attribute(attributes, "visibility");
    bool is_hidden = visibility.size && !view_equal(visibility, VIEW("visible"));
    if (is_hidden && r->row_count < 10000) r->hidden_rows++; // not the empty rest of the sheet
}

static kith_status write_row(ods_reading *r, kith_error *err)
{
    kith_status status = sheet_layout_row(&r->layout, r->row, err);
    const ods_cell *cells = (const ods_cell *)(const void *)r->cells.data;
    for (size_t i = 0; status == KITH_OK && i < r->cells.size / sizeof *cells; i++)
        for (uint32_t n = 0; status == KITH_OK && n < cells[i].count; n++) {
            uint32_t column = cells[i].first + n;
            if (column > SHEET_MAX_COLUMNS) break;
            if (n && ++r->repeats > REPEATS_MAX) break;
            view text = view_slice(buffer_view(&r->texts), cells[i].start, cells[i].end);
            sheet_cell cell = {column, view_trim(text), cells[i].kind, cells[i].number,
                               cells[i].look};
            status = sheet_layout_cell(&r->layout, cell, err);
        }
    return status;
}

static kith_status end_row(ods_reading *r, kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t last = r->row + r->row_count - 1;
    bool has_cells = !r->surveys && r->cells.size > 0;
    size_t cells = r->cells.size / sizeof(ods_cell);
    for (; has_cells && status == KITH_OK && r->row < last && r->repeats <= REPEATS_MAX; r->row++) {
        status = write_row(r, err);
        r->repeats += cells;
    }
    r->row = last > ROWS_MAX ? ROWS_MAX : last;
    return has_cells && status == KITH_OK ? write_row(r, err) : status;
}

/* ---- beside the cells ---- */

static kith_status notice(ods_reading *r, const char *what, kith_error *err)
{
    const char *text = arena_printf(r->job->memory, "sheet %.*s: %s", VIEW_ARG(r->name), what);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(r->job, text, err);
}

static void begin_aside(ods_reading *r, bool is_comment)
{
    r->aside_depth = r->depth;
    r->is_comment = is_comment;
    buffer_reset(&r->annex);
    buffer_reset(&r->author);
}

static kith_status end_aside(ods_reading *r, kith_error *err)
{
    view text = view_trim(buffer_view(&r->annex)), author = view_trim(buffer_view(&r->author));
    r->aside_depth = 0;
    if (!r->surveys || text.size == 0) return KITH_OK;
    const char *kept =
        !r->is_comment ? arena_printf(r->job->memory, "%.*s", VIEW_ARG(text))
        : author.size
            ? arena_printf(r->job->memory, "Comment (%.*s): %.*s", VIEW_ARG(author), VIEW_ARG(text))
            : arena_printf(r->job->memory, "Comment: %.*s", VIEW_ARG(text));
    if (!kept) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a comment");
    size_t index = r->annexes.size / sizeof(sheet_annex);
    sheet_annex annex = {r->row ? r->row : 1, r->column ? r->column : 1, (uint32_t)index,
                         view_of(kept)};
    buffer_append(&r->annexes, (view){(const char *)&annex, sizeof annex});
    return buffer_status(&r->annexes, "the list of comments", err);
}

static kith_status add_table(ods_reading *r, xml_attributes attributes, kith_error *err)
{
    ods_table table = {0};
    view sheet;
    view address = xml_attribute(attributes, "target-range-address");
    if (!r->surveys || view_equal(xml_attribute(attributes, "contains-header"), VIEW("false")) ||
        !ods_range_parse(address, &sheet, &table.area))
        return KITH_OK;
    table.sheet = arena_copy(r->job->memory, sheet);
    if (!table.sheet.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    buffer_append(&r->tables, (view){(const char *)&table, sizeof table});
    return buffer_status(&r->tables, "the list of tables", err);
}

/* ---- sheets ---- */

static void gather_surroundings(ods_reading *r)
{
    const ods_table *tables = (const ods_table *)(const void *)r->tables.data;
    const ods_sheet *s = (const ods_sheet *)(const void *)r->sheets.data + (r->sheet - 1);
    buffer_reset(&r->sheet_tables);
    for (size_t i = 0; i < r->tables.size / sizeof *tables; i++)
        if (view_equal(tables[i].sheet, r->name))
            buffer_append(&r->sheet_tables,
                          (view){(const char *)&tables[i].area, sizeof tables[i].area});
    r->around = (sheet_surroundings){
        .merged_count = s->merged_end - s->merged_start,
        .annex_count = s->annex_end - s->annex_start,
        .tables = (const sheet_area *)(const void *)r->sheet_tables.data,
        .table_count = r->sheet_tables.size / sizeof(sheet_area),
    };
    if (r->around.merged_count)
        r->around.merged = (const sheet_area *)(const void *)r->merged.data + s->merged_start;
    if (r->around.annex_count)
        r->around.annexes = (const sheet_annex *)(const void *)r->annexes.data + s->annex_start;
    if (r->around.table_count)
        qsort(r->sheet_tables.data, r->around.table_count, sizeof(sheet_area), sheet_area_compare);
}

static kith_status begin_sheet(ods_reading *r, xml_attributes attributes, kith_error *err)
{
    view style = xml_attribute(attributes, "style-name");
    r->sheet_depth = r->depth;
    r->row = r->column = r->hidden_rows = r->hidden_columns = 0;
    r->name = arena_copy(r->job->memory, xml_attribute(attributes, "name"));
    if (!r->name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a sheet");
    if (++r->sheet > SHEETS_MAX)
        return fail(err, KITH_ERR_LIMIT, "the file has more than %d sheets", SHEETS_MAX);
    buffer_reset(&r->columns);
    if (r->surveys) {
        ods_sheet sheet = {r->merged.size / sizeof(sheet_area), 0,
                           r->annexes.size / sizeof(sheet_annex), 0};
        buffer_append(&r->sheets, (view){(const char *)&sheet, sizeof sheet});
        return buffer_status(&r->sheets, "the list of sheets", err);
    }
    odf_style found = odf_styles_find(&r->styles, "table", style);
    r->is_hidden = found.hidden == ODF_YES;
    r->page = found.page;
    gather_surroundings(r);
    kith_status status = buffer_status(&r->sheet_tables, "the list of tables", err);
    if (status == KITH_OK) status = manuscript_end_headings(r->m, err);
    if (status == KITH_OK) status = manuscript_heading(r->m, 1, r->name, err);
    sheet_layout_begin(&r->layout, r->name, &r->around);
    return status;
}

static kith_status end_sheet(ods_reading *r, kith_error *err)
{
    r->sheet_depth = 0;
    if (r->surveys) {
        ods_sheet *sheet = (ods_sheet *)(void *)r->sheets.data + (r->sheet - 1);
        sheet->merged_end = r->merged.size / sizeof(sheet_area);
        sheet->annex_end = r->annexes.size / sizeof(sheet_annex);
        if (sheet->annex_end > sheet->annex_start)
            qsort((sheet_annex *)(void *)r->annexes.data + sheet->annex_start,
                  sheet->annex_end - sheet->annex_start, sizeof(sheet_annex), sheet_annex_compare);
        return KITH_OK;
    }
    kith_status status = sheet_layout_end(&r->layout, err);
    if (status == KITH_OK) status = ods_tail_write(&r->tail, r->sheet, r->page, r->m, err);
    if (status != KITH_OK) return status;
    const char *what = r->is_hidden        ? "the sheet is hidden, and read like the others"
                       : r->hidden_rows    ? "rows are hidden, and read like the others"
                       : r->hidden_columns ? "columns are hidden, and read like the others"
                                           : NULL;
    return what ? notice(r, what, err) : KITH_OK;
}

static kith_status add_column(ods_reading *r, xml_attributes attributes, kith_error *err)
{
    view visibility = xml_attribute(attributes, "visibility");
    view style = xml_attribute(attributes, "default-cell-style-name");
    uint32_t count = count_of(attributes, "number-columns-repeated", SHEET_MAX_COLUMNS);
    ods_column column = {0};
    size_t known = r->columns.size / sizeof column;
    if (r->surveys || known >= SHEET_MAX_COLUMNS) return KITH_OK;
    if (known) column.last = ((const ods_column *)(const void *)r->columns.data)[known - 1].last;
    bool is_hidden = visibility.size && !view_equal(visibility, VIEW("visible"));
    if (is_hidden && count < 500) r->hidden_columns++; // not the empty rest of the sheet
    column.last += count;
    kith_status status = style.size ? look_of(r, style, &column.look, err) : KITH_OK;
    buffer_append(&r->columns, (view){(const char *)&column, sizeof column});
    return status == KITH_OK ? buffer_status(&r->columns, "the columns", err) : status;
}

/* ---- events ---- */

static bool is_shape(view name)
{
    static const char *const SHAPES[] = {"frame", "custom-shape", "rect", "ellipse", "caption",
                                         "g",     "line",         "path", NULL};
    return view_is_one_of_nocase(name, SHAPES);
}

static kith_status in_aside(ods_reading *r, view name, kith_error *err)
{
    if (view_equal(name, VIEW("object")) || view_equal(name, VIEW("object-ole"))) {
        r->skip_depth = r->depth;
        return r->surveys ? notice(r, "a chart or another embedded object is not read", err)
                          : KITH_OK;
    }
    bool is_text = view_equal(name, VIEW("p")) || view_equal(name, VIEW("title")) ||
                   view_equal(name, VIEW("desc"));
    if (is_text && !r->paragraph_depth) {
        r->paragraph_depth = r->depth;
        if (r->annex.size) buffer_append_byte(&r->annex, ' ');
    }
    if (view_equal(name, VIEW("creator"))) r->author_depth = r->depth;
    return KITH_OK;
}

static void begin_span(ods_reading *r, view style)
{
    odf_style found = odf_styles_find(&r->styles, "text", style);
    odf_align align = found.align;
    bool is_all_struck = r->cell.look & ODF_LOOK_STRUCK;
    if (found.struck == ODF_YES && !r->struck_depth && !is_all_struck) {
        r->struck_depth = r->depth;
        r->struck_start = r->texts.size;
    }
    if (r->span_depth || (align != ODF_RAISED && align != ODF_LOWERED)) return;
    r->span_depth = r->depth;
    r->align = align == ODF_RAISED ? 1 : -1;
    r->span = r->texts.size;
}

static void in_cell(ods_reading *r, view name, xml_attributes attributes)
{
    if (view_equal(name, VIEW("span")) && r->paragraph_depth && !r->surveys) {
        begin_span(r, xml_attribute(attributes, "style-name"));
    } else if (view_equal(name, VIEW("p"))) {
        r->paragraph_depth = r->depth;
        if (r->texts.size > r->cell.start) buffer_append_byte(&r->texts, ' ');
        r->has_paragraph = true;
    } else if (r->paragraph_depth &&
               (view_equal(name, VIEW("s")) || view_equal(name, VIEW("tab")) ||
                view_equal(name, VIEW("line-break")))) {
        buffer_append_byte(&r->texts, ' ');
    }
}

static kith_status in_sheet(ods_reading *r, view name, xml_attributes attributes, kith_error *err)
{
    if (view_equal(name, VIEW("table"))) {
        r->skip_depth = r->depth; // within a cell
    } else if (view_equal(name, VIEW("table-column"))) {
        return add_column(r, attributes, err);
    } else if (view_equal(name, VIEW("table-row"))) {
        begin_row(r, attributes);
    } else if (view_equal(name, VIEW("table-cell"))) {
        return begin_cell(r, attributes, err);
    } else if (view_equal(name, VIEW("covered-table-cell"))) {
        r->column += count_of(attributes, "number-columns-repeated", SHEET_MAX_COLUMNS);
        if (r->column > SHEET_MAX_COLUMNS) r->column = SHEET_MAX_COLUMNS + 1;
        r->skip_depth = r->depth;
    }
    return KITH_OK;
}

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    ods_reading *r = context;
    r->depth++;
    if (r->skip_depth) return KITH_OK;
    if (r->validations_depth) return ods_tail_start(&r->tail, name, attributes, err);
    if (r->aside_depth) return in_aside(r, name, err);
    if (view_equal(name, VIEW("annotation")) && r->sheet_depth) {
        begin_aside(r, true);
        return KITH_OK;
    }
    if (r->sheet_depth && is_shape(name)) {
        begin_aside(r, false);
        return KITH_OK;
    }
    if (r->cell_depth) {
        in_cell(r, name, attributes);
        return KITH_OK;
    }
    if (r->sheet_depth) return in_sheet(r, name, attributes, err);
    if (view_equal(name, VIEW("table"))) return begin_sheet(r, attributes, err);
    if (view_equal(name, VIEW("database-range"))) return add_table(r, attributes, err);
    bool are_validations = view_equal(name, VIEW("content-validations"));
    if (are_validations && r->surveys) {
        r->validations_depth = r->depth;
        return KITH_OK;
    }
    if (are_validations || view_equal(name, VIEW("tracked-changes")) ||
        view_equal(name, VIEW("dde-links"))) {
        r->skip_depth = r->depth;
        return KITH_OK;
    }
    return r->surveys ? odf_styles_start(&r->styles, name, attributes, err) : KITH_OK;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    ods_reading *r = context;
    uint32_t depth = r->depth--;
    if (r->skip_depth) {
        if (r->skip_depth == depth) r->skip_depth = 0;
        return KITH_OK;
    }
    if (r->validations_depth == depth) r->validations_depth = 0;
    if (r->validations_depth) return ods_tail_end(&r->tail, name, err);
    if (r->paragraph_depth == depth) r->paragraph_depth = 0;
    if (r->author_depth == depth) r->author_depth = 0;
    if (r->span_depth == depth) {
        raised_end_run(&r->raised, r->align, &r->texts, r->cell.start, r->span, &r->spare);
        r->span_depth = 0;
    }
    if (r->struck_depth && r->struck_depth == depth) {
        struck_end_run(&r->struck, &r->texts, r->struck_start);
        r->struck_depth = 0;
    }
    if (r->aside_depth) return r->aside_depth == depth ? end_aside(r, err) : KITH_OK;
    if (r->cell_depth) return r->cell_depth == depth ? end_cell(r, err) : KITH_OK;
    if (r->sheet_depth == depth) return end_sheet(r, err);
    if (r->sheet_depth && view_equal(name, VIEW("table-row"))) return end_row(r, err);
    if (!r->sheet_depth && r->surveys) odf_styles_end(&r->styles, name);
    return KITH_OK;
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    ods_reading *r = context;
    if (r->skip_depth) return KITH_OK;
    if (r->validations_depth) {
        ods_tail_text(&r->tail, text);
        return buffer_status(&r->tail.text, "a prompt", err);
    }
    buffer *out = r->author_depth                        ? &r->author
                  : r->aside_depth && r->paragraph_depth ? &r->annex
                  : r->cell_depth && r->paragraph_depth  ? &r->texts
                                                         : NULL;
    if (!out) return KITH_OK;
    buffer_append_line(out, text);
    return buffer_status(out, "a cell", err);
}

static kith_status read_twice(ods_reading *r, const odf_package *p, kith_error *err)
{
    xml_events events = {r, on_start, on_end, on_text};
    kith_status status = odf_package_styles(p, &r->styles, err);
    if (status == KITH_OK) status = ods_tail_read_pages(&r->tail, p, err);
    r->surveys = true;
    if (status == KITH_OK) status = xml_read(p->content, VIEW("content.xml"), &events, err);
    r->surveys = false;
    r->sheet = 0;
    if (status == KITH_OK) status = xml_read(p->content, VIEW("content.xml"), &events, err);
    if (status != KITH_OK || r->repeats <= REPEATS_MAX) return status;
    return extract_job_notice(r->job, "cells that are repeated very often are left out", err);
}

kith_status extract_ods(extract_job *job, kith_error *err)
{
    document d;
    odf_package p;
    manuscript m;
    ods_reading r = {.job = job, .m = &m, .looks = map_new()};
    buffer *lists[] = {&r.sheets, &r.merged, &r.annexes, &r.tables, &r.sheet_tables, &r.columns,
                       &r.cells,  &r.texts,  &r.annex,   &r.author, &r.spare};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        buffer_init(lists[i], KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = odf_styles_init(&r.styles, job->memory, err);
    kith_status has_tail = ods_tail_init(&r.tail, job->memory, err);
    if (status == KITH_OK) status = has_tail;
    if (status == KITH_OK && !r.looks) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    kith_status began = sheet_layout_init(&r.layout, &m, err);
    if (status == KITH_OK) status = began;
    if (status == KITH_OK) status = extract_job_begin(job, "ods", &d, err);
    if (status == KITH_OK) status = odf_package_open(job, &p, &d, err);
    if (status == KITH_OK) status = read_twice(&r, &p, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        if (d.title.size == 0) d.title = job->stem; // not the first heading, a sheet's name
        status = manuscript_finish(&m, &d, err);
    }
    sheet_layout_done(&r.layout);
    odf_styles_done(&r.styles);
    ods_tail_done(&r.tail);
    manuscript_done(&m);
    map_free(r.looks);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        buffer_done(lists[i]);
    return status;
}
