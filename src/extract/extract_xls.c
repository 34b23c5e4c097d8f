/* extract_xls.c - Excel of 95 to 2003 (xls): what xlsx has, in records (biff.h) of one stream: first
 * the workbook's own (texts, formats, names of sheets), then a part for each sheet. Cells are shown
 * as xlsx's are, and sheet_layout.h makes rows of them.
 * A sheet is read twice: merged cells and notes stand behind the cells that they belong to. Cells are
 * gathered and sorted before they are written, since the format only recommends their order.
 * Source: [MS-XLS]; OpenOffice's documentation of the format for Excel 95. */
#include "base/utf8.h"
#include "extract/biff.h"
#include "extract/code_page.h"
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/ole_summary.h"
#include "extract/raised.h"
#include "extract/sheet_layout.h"
#include "extract/sheet_parts.h"
#include "extract/struck.h"
#include "extract/workbook.h"
#include "extract/xls_tail.h"

#include <kith/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELLS_MAX = 4000000,
    FORMATS_MAX = 65536,
    OBJECTS_MAX = SHEET_MAX_ANNEXES,
    NUMBER_MAX_BYTES = 64,
    VERSION_95 = 0x0500,
    VERSION_97 = 0x0600,
    SUBSTREAM_SHEET = 0x0010,
    SHEET_IS_CHART = 2,
    OBJECT_IS_NOTE = 0x19
};

typedef struct xls_sheet {
    view name;
    uint32_t at; /* of its part in the stream */
    bool hidden, is_chart, is_cells;
} xls_sheet;

typedef struct xls_font {
    int8_t align; /* 1 raised, -1 lowered */
    bool is_struck;
} xls_font;

/* A cell as it stands in the stream. */
typedef struct xls_cell {
    uint32_t row, at; /* at: of its record */
    uint16_t column, style;
    uint32_t part; /* which cell of a record of several */
} xls_cell;

/* A text box, or the text of a note. */
typedef struct xls_object {
    uint32_t id, row, column;
    view text;
} xls_object;

typedef struct xls_reading {
    extract_job *job;
    manuscript *m;
    ole_file file;
    biff stream;
    buffer sheets;  /* elements: xls_sheet */
    buffer strings; /* elements: view */
    buffer codes;   /* elements: view, by the number of the format */
    buffer fonts;   /* elements: xls_font */
    buffer runs;    /* elements: biff_run, of the text that was taken */
    buffer styles;  /* elements: cell_style */
    buffer cells;   /* elements: xls_cell, of the open sheet */
    buffer objects; /* elements: xls_object, of the open sheet */
    buffer merged, annexes;
    buffer text, shown, spare;
    sheet_tail tail; /* of the open sheet */
    sheet_layout layout;
    bool epoch_1904;
    uint32_t hidden_rows, hidden_columns;
    uint32_t object; /* the open one's number */
} xls_reading;

/* Moves the text that was taken into the arena. */
static kith_status keep_text(xls_reading *x, view *out, kith_error *err)
{
    kith_status status = buffer_status(&x->text, "a text of a workbook", err);
    if (status == KITH_OK) *out = arena_copy(x->job->memory, buffer_view(&x->text));
    buffer_reset(&x->text);
    if (status != KITH_OK || out->data) return status;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a text");
}

static kith_status tell(xls_reading *x, view name, const char *what, kith_error *err)
{
    const char *text = arena_printf(x->job->memory, "sheet %.*s: %s", VIEW_ARG(name), what);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(x->job, text, err);
}

/* ---- what all sheets refer to ---- */

/* Fonts are counted as they come, but number 4 is left out. */
static xls_font font_of(const xls_reading *x, uint32_t font)
{
    uint32_t place = font > 4 ? font - 1 : font;
    if (place >= x->fonts.size / sizeof(xls_font)) return (xls_font){0};
    return ((const xls_font *)(const void *)x->fonts.data)[place];
}

static kith_status read_font(xls_reading *x, kith_error *err)
{
    enum { STRUCK = 8 };
    uint32_t set = biff_u16(&x->stream, 8); // 1 raised, 2 lowered
    xls_font font = {set == 1 ? 1 : set == 2 ? -1 : 0, biff_u16(&x->stream, 2) & STRUCK};
    buffer_append(&x->fonts, (view){(const char *)&font, sizeof font});
    return buffer_status(&x->fonts, "the list of fonts", err);
}

/* The place in `text` behind `units` of UTF-16 more. */
static size_t behind_units(view text, size_t at, uint32_t units)
{
    while (units > 0 && at < text.size) {
        uint32_t code_point;
        at += utf8_decode(text.data + at, text.size - at, &code_point);
        units -= code_point > 0xFFFF && units > 1 ? 2 : 1;
    }
    return at;
}

/* Writes the text that was taken anew, where some of its runs are raised, lowered or struck through. */
static void set_runs(xls_reading *x)
{
    const biff_run *runs = (const biff_run *)(const void *)x->runs.data;
    size_t count = x->runs.size / sizeof *runs, at = 0;
    raised last = {0};
    struck line = {0};
    bool is_wanted = false;
    for (size_t i = 0; i < count; i++)
        is_wanted |= font_of(x, runs[i].font).align || font_of(x, runs[i].font).is_struck;
    if (!is_wanted) return;
    view text = buffer_view(&x->text);
    buffer_reset(&x->shown);
    for (size_t i = 0; i <= count; i++) { // what stands before run i
        uint32_t before = i ? runs[i - 1].first : 0;
        bool is_last = i == count || runs[i].first < before;
        size_t end = is_last ? text.size : behind_units(text, at, runs[i].first - before);
        size_t start = x->shown.size;
        buffer_append(&x->shown, view_slice(text, at, end));
        xls_font font = i ? font_of(x, runs[i - 1].font) : (xls_font){0};
        raised_end_run(&last, font.align, &x->shown, 0, start, &x->spare);
        if (font.is_struck) struck_end_run(&line, &x->shown, start);
        at = end;
        if (is_last) break;
    }
    buffer_reset(&x->text);
    buffer_append(&x->text, buffer_view(&x->shown));
    if (x->shown.failed != KITH_OK) x->text.failed = x->shown.failed;
}

static kith_status read_strings(xls_reading *x, kith_error *err)
{
    biff *b = &x->stream;
    uint32_t count = biff_u32(b, 4);
    kith_status status = KITH_OK;
    biff_skip(b, 8);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        view kept;
        if (b->body.size == 0 && !biff_is_next(b, BIFF_CONTINUE)) break;
        buffer_reset(&x->runs);
        biff_text(b, 2, &x->text, &x->runs);
        set_runs(x);
        status = keep_text(x, &kept, err);
        if (status != KITH_OK) break;
        buffer_append(&x->strings, (view){(const char *)&kept, sizeof kept});
        status = buffer_status(&x->strings, "the list of shared strings", err);
    }
    return status;
}

static kith_status read_format(xls_reading *x, kith_error *err)
{
    view none = {0}, code;
    biff *b = &x->stream;
    uint32_t id = biff_u16(b, 0);
    biff_skip(b, 2);
    biff_text(b, b->is_wide ? 2 : 1, &x->text, NULL);
    kith_status status = keep_text(x, &code, err);
    if (status != KITH_OK) return status;
    while (x->codes.size / sizeof none <= id && x->codes.failed == KITH_OK)
        buffer_append(&x->codes, (view){(const char *)&none, sizeof none});
    status = buffer_status(&x->codes, "the list of number formats", err);
    if (status == KITH_OK) ((view *)(void *)x->codes.data)[id] = code;
    return status;
}

static kith_status read_style(xls_reading *x, kith_error *err)
{
    const biff *b = &x->stream;
    if (x->styles.size / sizeof(cell_style) == WORKBOOK_MAX_STYLES) return KITH_OK; // no cell's
    uint32_t font = biff_u16(b, 0), id = biff_u16(b, 2);
    uint32_t fill = b->is_wide ? (biff_u32(b, 14) >> 26) << 14 | (biff_u16(b, 18) & 0x3FFF)
                               : (biff_u16(b, 10) & 0x3F) << 14 | (biff_u16(b, 8) & 0x3FFF);
    const view *codes = (const view *)(const void *)x->codes.data;
    bool is_own = id < x->codes.size / sizeof *codes && codes[id].data;
    cell_style style = {.format = is_own ? sheet_format_of(codes[id]) : sheet_format_builtin(id)};
    style.look = font * 65537 + fill + 1;
    style.is_struck = font_of(x, font).is_struck;
    buffer_append(&x->styles, (view){(const char *)&style, sizeof style});
    return buffer_status(&x->styles, "the list of styles", err);
}

static kith_status read_sheet_name(xls_reading *x, kith_error *err)
{
    biff *b = &x->stream;
    xls_sheet found = {
        .at = biff_u32(b, 0),
        .hidden = biff_u8(b, 4) & 3,
        .is_chart = biff_u8(b, 5) == SHEET_IS_CHART,
        .is_cells = biff_u8(b, 5) == 0,
    };
    biff_skip(b, 6);
    biff_text(b, 1, &x->text, NULL);
    kith_status status = keep_text(x, &found.name, err);
    if (status == KITH_OK) status = extract_job_clean(x->job, found.name, &found.name, err);
    buffer_append(&x->sheets, (view){(const char *)&found, sizeof found});
    return status == KITH_OK ? buffer_status(&x->sheets, "the list of sheets", err) : status;
}

static kith_status read_global(xls_reading *x, kith_error *err)
{
    switch (x->stream.id) {
    case BIFF_FILEPASS:
        return fail(err, KITH_ERR_AUTH, "encrypted");
    case BIFF_CODEPAGE:
        x->stream.bytes = code_page_charset(biff_u16(&x->stream, 0));
        return KITH_OK;
    case BIFF_DATEMODE:
        x->epoch_1904 = biff_u16(&x->stream, 0) == 1;
        return KITH_OK;
    case BIFF_FORMAT:
        return read_format(x, err);
    case BIFF_FONT:
        return read_font(x, err);
    case BIFF_XF:
        return read_style(x, err);
    case BIFF_BOUNDSHEET:
        return read_sheet_name(x, err);
    case BIFF_SST:
        return read_strings(x, err);
    default:
        return KITH_OK;
    }
}

static kith_status read_globals(xls_reading *x, kith_error *err)
{
    biff *b = &x->stream;
    kith_status status = KITH_OK;
    uint32_t version = biff_next(b) && b->id == BIFF_BOF ? biff_u16(b, 0) : 0;
    if (version != VERSION_95 && version != VERSION_97)
        return fail(err, KITH_ERR_FORMAT, "no workbook of Excel 95 or later, or damaged");
    b->is_wide = version == VERSION_97;
    while (status == KITH_OK && biff_next(b) && b->id != BIFF_EOF)
        status = read_global(x, err);
    return status;
}

/* ---- a sheet, first time: where its cells are, and what belongs to it ---- */

static kith_status add_cell(xls_reading *x, uint32_t at, uint32_t column, uint32_t style,
                            uint32_t part, kith_error *err)
{
    xls_cell cell = {biff_u16(&x->stream, 0), at, (uint16_t)column, (uint16_t)style, part};
    if (column >= SHEET_MAX_COLUMNS) return KITH_OK;
    buffer_append(&x->cells, (view){(const char *)&cell, sizeof cell});
    return buffer_status(&x->cells, "the list of a sheet's cells", err);
}

static kith_status add_many(xls_reading *x, uint32_t at, kith_error *err)
{
    kith_status status = KITH_OK;
    const biff *b = &x->stream;
    uint32_t first = biff_u16(b, 2);
    size_t count = b->body.size >= 6 ? (b->body.size - 6) / 6 : 0;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = add_cell(x, at, first + i, biff_u16(b, 4 + 6 * (size_t)i), i, err);
    return status;
}

static kith_status add_merged(xls_reading *x, kith_error *err)
{
    const biff *b = &x->stream;
    for (size_t i = 0; i < biff_u16(b, 0) && 2 + 8 * i + 8 <= b->body.size; i++) {
        sheet_area area = {biff_u16(b, 2 + 8 * i) + 1, biff_u16(b, 6 + 8 * i) + 1,
                           biff_u16(b, 4 + 8 * i) + 1, biff_u16(b, 8 + 8 * i) + 1};
        bool is_area = area.first_row <= area.last_row && area.first_column <= area.last_column &&
                       area.last_column <= SHEET_MAX_COLUMNS;
        if (is_area) buffer_append(&x->merged, (view){(const char *)&area, sizeof area});
    }
    return buffer_status(&x->merged, "the list of merged cells", err);
}

static kith_status add_object(xls_reading *x, kith_error *err)
{
    xls_object object = {.id = x->object, .row = OLE_NONE};
    uint32_t count = biff_u16(&x->stream, 10);
    biff_characters_behind(&x->stream, count, &x->text);
    kith_status status = keep_text(x, &object.text, err);
    if (status == KITH_OK) status = extract_job_clean(x->job, object.text, &object.text, err);
    buffer_append(&x->objects, (view){(const char *)&object, sizeof object});
    return status == KITH_OK ? buffer_status(&x->objects, "the list of notes", err) : status;
}

static kith_status add_annex(xls_reading *x, uint32_t row, uint32_t column, const char *prefix,
                             view text, kith_error *err)
{
    const char *line = arena_printf(x->job->memory, "%s%.*s", prefix, VIEW_ARG(view_trim(text)));
    sheet_annex annex = {row, column, (uint32_t)(x->annexes.size / sizeof annex), view_of(line)};
    if (!line) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a note");
    buffer_append(&x->annexes, (view){(const char *)&annex, sizeof annex});
    return buffer_status(&x->annexes, "the list of notes", err);
}

/* The text of a note stands before it, in an object with its number; Excel 95 has it in the note. */
static kith_status add_note(xls_reading *x, kith_error *err)
{
    biff *b = &x->stream;
    uint32_t row = biff_u16(b, 0) + 1, column = biff_u16(b, 2) + 1, id = biff_u16(b, 6);
    char address[SHEET_CELL_NAME_BYTES], prefix[48];
    xls_object *objects = (xls_object *)(void *)x->objects.data;
    size_t count = x->objects.size / sizeof *objects;
    view text = VIEW("");
    kith_status status = KITH_OK;
    sheet_cell_name(column, row, address);
    (void)snprintf(prefix, sizeof prefix, "Note on %s: ", address);
    if (!b->is_wide) {
        biff_skip(b, 4); // of a long note only the first record
        biff_text(b, 2, &x->text, NULL);
        status = keep_text(x, &text, err);
        if (status == KITH_OK) status = extract_job_clean(x->job, text, &text, err);
    }
    for (size_t i = 0; b->is_wide && i < count; i++)
        if (objects[i].id == id && objects[i].row == OLE_NONE) {
            text = objects[i].text;
            objects[i].row = row;
        }
    if (status != KITH_OK || view_trim(text).size == 0 || column > SHEET_MAX_COLUMNS) return status;
    return add_annex(x, row, column, prefix, text, err);
}

/* Texts of objects that are no notes, behind the last row: where they stand is not read. */
static kith_status add_text_boxes(xls_reading *x, kith_error *err)
{
    kith_status status = KITH_OK;
    const xls_object *objects = (const xls_object *)(const void *)x->objects.data;
    const xls_cell *cells = (const xls_cell *)(const void *)x->cells.data;
    size_t count = x->cells.size / sizeof *cells;
    uint32_t row = count ? cells[count - 1].row + 1 : 1;
    for (size_t i = 0; status == KITH_OK && i < x->objects.size / sizeof *objects; i++)
        if (objects[i].row == OLE_NONE && view_trim(objects[i].text).size)
            status = add_annex(x, row, 1, "", objects[i].text, err);
    return status;
}

static kith_status survey_record(xls_reading *x, uint32_t at, kith_error *err)
{
    const biff *b = &x->stream;
    if (xls_tail_is(b->id)) {
        kith_status status = xls_tail_append(&x->stream, &x->text, &x->spare, &x->tail, err);
        buffer_reset(&x->text);
        return status;
    }
    switch (b->id) {
    case BIFF_LABELSST:
    case BIFF_LABEL:
    case BIFF_RSTRING:
    case BIFF_NUMBER:
    case BIFF_RK:
    case BIFF_BOOLERR:
    case BIFF_FORMULA:
        return add_cell(x, at, biff_u16(b, 2), biff_u16(b, 4), 0, err);
    case BIFF_MULRK:
        return add_many(x, at, err);
    case BIFF_ROW:
        x->hidden_rows += (biff_u32(b, 12) & 0x20) != 0;
        return KITH_OK;
    case BIFF_COLINFO:
        x->hidden_columns += biff_u16(b, 8) & 1;
        return KITH_OK;
    case BIFF_MERGEDCELLS:
        return add_merged(x, err);
    case BIFF_OBJ:
        x->object = biff_u16(b, 6);
        return KITH_OK;
    case BIFF_TXO:
        return add_object(x, err);
    case BIFF_NOTE:
        return add_note(x, err);
    default:
        return KITH_OK;
    }
}

static int compare_cells(const void *a, const void *b)
{
    const xls_cell *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void sort(buffer *list, size_t element, int (*compare)(const void *, const void *))
{
    if (list->size > element) qsort(list->data, list->size / element, element, compare);
}

static kith_status survey(xls_reading *x, const xls_sheet *of, kith_error *err)
{
    biff *b = &x->stream;
    buffer *lists[] = {&x->cells, &x->objects, &x->merged, &x->annexes};
    uint32_t depth = 0; // of substreams: a chart within the sheet is one
    kith_status status = KITH_OK;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        buffer_reset(lists[i]);
    sheet_tail_reset(&x->tail);
    x->hidden_rows = x->hidden_columns = 0;
    b->at = of->at;
    for (size_t at = b->at; status == KITH_OK && biff_next(b); at = b->at) {
        if (b->id == BIFF_BOF && depth++ == 1)
            status = tell(x, of->name, "a chart is not read", err);
        else if (b->id == BIFF_EOF && --depth == 0)
            break;
        else if (depth == 1)
            status = survey_record(x, (uint32_t)at, err);
        else if (depth == 0)
            break; // no sheet begins where the list says
    }
    sort(&x->cells, sizeof(xls_cell), compare_cells);
    if (status == KITH_OK) status = add_text_boxes(x, err);
    sort(&x->annexes, sizeof(sheet_annex), sheet_annex_compare);
    sort(&x->merged, sizeof(sheet_area), sheet_area_compare);
    return status;
}

/* ---- the second time: what its cells show ---- */

static void show_number(xls_reading *x, double number, const cell_style *style, sheet_cell *out)
{
    char raw[NUMBER_MAX_BYTES];
    section_kind kind = style->format.kind;
    (void)snprintf(raw, sizeof raw, "%.15g", number);
    out->kind = kind == SECTION_DATE || kind == SECTION_YEAR || kind == SECTION_TIME ? LABEL_DATE
                                                                                     : LABEL_NUMBER;
    out->number = number;
    sheet_value_append(&x->shown, view_of(raw), number, &style->format, x->epoch_1904);
}

static void show_text(xls_reading *x, view text, const cell_style *style, sheet_cell *out)
{
    out->kind = LABEL_TEXT;
    sheet_text_append(&x->shown, text, &style->format);
}

static void show_truth_or_error(xls_reading *x, uint32_t value, bool is_error, sheet_cell *out)
{
    static const struct {
        uint32_t code;
        const char *name;
    } ERRORS[] = {{0x00, "#NULL!"}, {0x07, "#DIV/0!"}, {0x0F, "#VALUE!"}, {0x17, "#REF!"},
                  {0x1D, "#NAME?"}, {0x24, "#NUM!"},   {0x2A, "#N/A"}};
    out->kind = is_error ? LABEL_OTHER : LABEL_TRUTH;
    if (!is_error) buffer_append_text(&x->shown, value ? "TRUE" : "FALSE");
    for (size_t i = 0; is_error && i < sizeof ERRORS / sizeof ERRORS[0]; i++)
        if (ERRORS[i].code == value) buffer_append_text(&x->shown, ERRORS[i].name);
}

/* A formula's last value: a number, or a mark that it is something else. A text is in a record of its
 * own, behind what other cells share with the formula. */
static void show_formula(xls_reading *x, const cell_style *style, sheet_cell *out)
{
    enum { SHARED = 0x4BC, ARRAY = 0x221, TABLE = 0x236 };
    biff *b = &x->stream;
    uint32_t kind = biff_u8(b, 6), value = biff_u8(b, 8);
    if (biff_u16(b, 12) != 0xFFFF) {
        show_number(x, biff_double(b, 6), style, out);
    } else if (kind == 1 || kind == 2) {
        show_truth_or_error(x, value, kind == 2, out);
    } else if (kind == 0) {
        while (biff_next(b) && (b->id == SHARED || b->id == ARRAY || b->id == TABLE))
            ;
        if (b->id != BIFF_STRING) return;
        biff_text(b, 2, &x->text, NULL);
        show_text(x, view_trim(buffer_view(&x->text)), style, out);
    }
}

static kith_status show_value(xls_reading *x, const xls_cell *cell, const cell_style *style,
                              sheet_cell *out, kith_error *err)
{
    biff *b = &x->stream;
    size_t known = x->strings.size / sizeof(view);
    b->at = cell->at;
    buffer_reset(&x->text);
    buffer_reset(&x->shown);
    if (!biff_next(b)) return KITH_OK;
    uint32_t index = biff_u32(b, 6);
    switch (b->id) {
    case BIFF_LABELSST:
        if (index >= known)
            return fail(err, KITH_ERR_FORMAT, "row %u: no such shared string", cell->row + 1);
        show_text(x, view_trim(((const view *)(const void *)x->strings.data)[index]), style, out);
        break;
    case BIFF_LABEL:
    case BIFF_RSTRING:
        biff_skip(b, 6);
        biff_text(b, 2, &x->text, NULL);
        show_text(x, view_trim(buffer_view(&x->text)), style, out);
        break;
    case BIFF_NUMBER:
        show_number(x, biff_double(b, 6), style, out);
        break;
    case BIFF_RK:
        show_number(x, biff_rk(index), style, out);
        break;
    case BIFF_MULRK:
        show_number(x, biff_rk(biff_u32(b, 6 + 6 * (size_t)cell->part)), style, out);
        break;
    case BIFF_BOOLERR:
        show_truth_or_error(x, biff_u8(b, 6), biff_u8(b, 7), out);
        break;
    default:
        show_formula(x, style, out);
        break;
    }
    return buffer_status(&x->shown, "a cell", err);
}

static kith_status write_cell(xls_reading *x, const xls_cell *cell, kith_error *err)
{
    static const cell_style PLAIN = {0};
    const cell_style *style = &PLAIN;
    if (cell->style < x->styles.size / sizeof *style)
        style = (const cell_style *)(const void *)x->styles.data + cell->style;
    sheet_cell shown = {.column = (uint32_t)cell->column + 1, .look = style->look};
    kith_status status = show_value(x, cell, style, &shown, err);
    if (status != KITH_OK) return status;
    for (size_t i = 0; i < x->shown.size; i++)
        if ((unsigned char)x->shown.data[i] < ' ') x->shown.data[i] = ' ';
    workbook_strike(&x->shown, style->is_struck);
    shown.text = view_trim(buffer_view(&x->shown));
    return sheet_layout_cell(&x->layout, shown, err);
}

static kith_status write_cells(xls_reading *x, kith_error *err)
{
    const xls_cell *cells = (const xls_cell *)(const void *)x->cells.data;
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < x->cells.size / sizeof *cells; i++) {
        bool is_first = i == 0 || cells[i].row != cells[i - 1].row;
        if (!is_first && cells[i].column == cells[i - 1].column) continue; // the same one again
        if (is_first) status = sheet_layout_row(&x->layout, cells[i].row + 1, err);
        if (status == KITH_OK) status = write_cell(x, &cells[i], err);
    }
    // A text box of a sheet without cells.
    if (status == KITH_OK && x->cells.size == 0 && x->annexes.size)
        status = sheet_layout_row(&x->layout, 1, err);
    if (status == KITH_OK) status = sheet_layout_end(&x->layout, err);
    return status == KITH_OK ? sheet_tail_write(&x->tail, x->m, err) : status;
}

static kith_status tell_hidden(xls_reading *x, const xls_sheet *of, kith_error *err)
{
    const char *what = of->hidden          ? "the sheet is hidden, and read like the others"
                       : x->hidden_rows    ? "rows are hidden, and read like the others"
                       : x->hidden_columns ? "columns are hidden, and read like the others"
                                           : NULL;
    return what ? tell(x, of->name, what, err) : KITH_OK;
}

static kith_status read_sheet(xls_reading *x, const xls_sheet *of, kith_error *err)
{
    if (of->is_chart) return tell(x, of->name, "a chart is not read", err);
    if (!of->is_cells) return KITH_OK; // macros
    kith_status status = survey(x, of, err);
    const sheet_surroundings around = {
        .merged = (const sheet_area *)(const void *)x->merged.data,
        .annexes = (const sheet_annex *)(const void *)x->annexes.data,
        .merged_count = x->merged.size / sizeof(sheet_area),
        .annex_count = x->annexes.size / sizeof(sheet_annex),
    };
    size_t before = x->m->text.size;
    if (status == KITH_OK) status = manuscript_end_headings(x->m, err);
    if (status == KITH_OK) status = manuscript_heading(x->m, 1, of->name, err);
    if (status != KITH_OK) return status;
    sheet_layout_begin(&x->layout, of->name, &around);
    status = write_cells(x, err);
    return status == KITH_OK && x->m->text.size > before ? tell_hidden(x, of, err) : status;
}

/* ---- the file ---- */

static kith_status open_stream(xls_reading *x, document *d, kith_error *err)
{
    kith_status status = ole_open(x->job->bytes, x->job->memory, &x->file, err);
    if (status != KITH_OK) return status;
    uint32_t entry = ole_find(&x->file, OLE_ROOT, "Workbook");
    if (entry == OLE_NONE) entry = ole_find(&x->file, OLE_ROOT, "Book");
    if (entry == OLE_NONE && ole_find(&x->file, OLE_ROOT, "EncryptedPackage") != OLE_NONE)
        return fail(err, KITH_ERR_AUTH, "encrypted");
    if (entry == OLE_NONE) return fail(err, KITH_ERR_FORMAT, "no workbook of Excel in it");
    status = ole_read(&x->file, entry, &x->stream.stream, err);
    return status == KITH_OK ? ole_summary_read(&x->file, d, err) : status;
}

static kith_status read_all(xls_reading *x, document *d, kith_error *err)
{
    kith_status status = open_stream(x, d, err);
    if (status == KITH_OK) status = read_globals(x, err);
    for (size_t i = 0; status == KITH_OK && i < x->sheets.size / sizeof(xls_sheet); i++)
        status = read_sheet(x, (const xls_sheet *)(const void *)x->sheets.data + i, err);
    return status;
}

kith_status extract_xls(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    xls_reading x = {.job = job, .m = &m};
    buffer *texts[] = {&x.text, &x.shown, &x.spare, &x.fonts, &x.runs};
    buffer_init(&x.sheets, WORKBOOK_MAX_SHEETS * sizeof(xls_sheet));
    buffer_init(&x.strings, WORKBOOK_MAX_STRINGS * sizeof(view));
    buffer_init(&x.codes, FORMATS_MAX * sizeof(view));
    buffer_init(&x.styles, WORKBOOK_MAX_STYLES * sizeof(cell_style));
    buffer_init(&x.cells, CELLS_MAX * sizeof(xls_cell));
    buffer_init(&x.objects, OBJECTS_MAX * sizeof(xls_object));
    buffer_init(&x.merged, SHEET_MAX_AREAS * sizeof(sheet_area));
    buffer_init(&x.annexes, SHEET_MAX_ANNEXES * sizeof(sheet_annex));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    sheet_tail_init(&x.tail);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "xls", &d, err);
    kith_status began = sheet_layout_init(&x.layout, &m, err);
    if (status == KITH_OK) status = began;
    if (status == KITH_OK) status = read_all(&x, &d, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        if (d.title.size == 0) d.title = job->stem; // not the first heading, a sheet's name
        status = manuscript_finish(&m, &d, err);
    }
    sheet_layout_done(&x.layout);
    manuscript_done(&m);
    sheet_tail_done(&x.tail);
    buffer *all[] = {&x.sheets,  &x.strings, &x.codes, &x.styles, &x.cells, &x.objects, &x.merged,
                     &x.annexes, &x.text,    &x.shown, &x.spare,  &x.fonts, &x.runs};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buffer_done(all[i]);
    return status;
}
