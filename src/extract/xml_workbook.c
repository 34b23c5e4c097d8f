/* xml_workbook.c - the tree of the file is walked sheet by sheet: merged cells and comments first, because
 * the rows above them need to know, then the rows.
 * Traps of the format: rows and cells carry their number only where one before them was left out, which
 * may be behind a merged cell; dates are ISO 8601 whatever the sheet shows, a time of day has the
 * day 1899-12-31; number formats may be named instead of written as a code.
 * Source: Microsoft, XML Spreadsheet Reference (2003). */
#include "extract/xml_workbook.h"

#include "base/decimal.h"
#include "base/hash.h"
#include "base/map.h"
#include "extract/manuscript.h"
#include "extract/raised.h"
#include "extract/sheet_layout.h"
#include "extract/sheet_value.h"
#include "extract/struck.h"
#include "extract/workbook.h"

#include <kith/types.h>

#include <stdlib.h>

enum { ROWS_MAX = 1048576, STYLES_MAX = 65536, TEXT_MAX_DEPTH = 32 };

typedef struct xml_style {
    view format; // a code; empty: General
    uint32_t look;
    bool is_struck;
} xml_style;

typedef struct xml_reading {
    extract_job *job;
    manuscript m;
    sheet_layout layout;
    map *by_id;     // index in `styles`
    buffer styles;  // elements: xml_style
    buffer merged;  // elements: sheet_area, of the open sheet
    buffer annexes; // elements: sheet_annex, of the open sheet
    buffer raw, shown;
    uint32_t row; // that was begun in the open sheet; 0: none
    bool has_more_styles;
    bool has_beyond; // the open sheet has cells that no sheet has room for
    kith_error *err;
} xml_reading;

static bool is_named(const xml_node *node, const char *name)
{
    return node->kind == XML_ELEMENT && strcmp(node->name, name) == 0;
}

static const xml_node *first_named(const xml_node *parent, const char *name)
{
    const xml_node *node = parent ? parent->children : NULL;
    while (node && !is_named(node, name))
        node = node->next;
    return node;
}

static view attribute(const xml_node *element, const char *name)
{
    const char *value = element ? xml_attribute_of(element, name) : NULL;
    return view_of(value ? value : "");
}

/* A number up to `most`, else `otherwise`. */
static uint32_t number_of(const xml_node *element, const char *name, uint32_t most,
                          uint32_t otherwise)
{
    uint32_t number;
    bool is_one = workbook_index(attribute(element, name), &number) && number <= most;
    return is_one ? number : otherwise;
}

bool xml_workbook_is(const xml_node *root)
{
    return is_named(root, "Workbook") && first_named(root, "Worksheet");
}

/* ---- styles ---- */

/* The code of a format that has a name; what has none is a code. Formats of dates do not matter. */
static view code_of(view format)
{
    static const struct {
        const char *name, *code;
    } NAMED[] = {
        {"General", ""},
        {"General Number", ""},
        {"Fixed", "0.00"},
        {"Standard", "#,##0.00"},
        {"Currency", "#,##0.00"},
        {"Euro Currency", "#,##0.00 \"€\""},
        {"Percent", "0.00%"},
        {"Scientific", "0.00E+00"},
        {"Yes/No", "\"Yes\";\"Yes\";\"No\""},
        {"On/Off", "\"On\";\"On\";\"Off\""},
    };
    for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++)
        if (view_equal(format, view_of(NAMED[i].name))) return view_of(NAMED[i].code);
    return format;
}

/* A number for font and fill: not 0, alike where they are alike. */
static uint32_t look_of(const xml_node *style)
{
    static const char *const PARTS[] = {"Font", "Interior"};
    uint64_t hash = 0;
    for (size_t p = 0; p < 2; p++) {
        const xml_node *part = first_named(style, PARTS[p]);
        for (uint32_t i = 0; part && i < part->attribute_count; i++) {
            hash = hash64(view_of(part->attributes[i].name), hash);
            hash = hash64(view_of(part->attributes[i].value), hash);
        }
    }
    return (uint32_t)hash | 1;
}

static kith_status read_styles(xml_reading *r, const xml_node *root)
{
    const xml_node *styles = first_named(root, "Styles");
    for (const xml_node *node = styles ? styles->children : NULL; node; node = node->next) {
        if (!is_named(node, "Style")) continue;
        if (r->styles.size / sizeof(xml_style) == STYLES_MAX) {
            r->has_more_styles = true;
            break;
        }
        xml_style style = {
            code_of(attribute(first_named(node, "NumberFormat"), "Format")), look_of(node),
            view_equal(attribute(first_named(node, "Font"), "StrikeThrough"), VIEW("1"))};
        uint64_t index = r->styles.size / sizeof style;
        if (map_put(r->by_id, attribute(node, "ID"), index) != KITH_OK)
            return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a style");
        buffer_append(&r->styles, (view){(const char *)&style, sizeof style});
        kith_status status = buffer_status(&r->styles, "the styles of a workbook", r->err);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

static xml_style style_of(const xml_reading *r, const xml_node *cell, const xml_node *row)
{
    uint64_t index = 0;
    view id = attribute(cell, "StyleID");
    if (id.size == 0) id = attribute(row, "StyleID");
    if (id.size == 0) id = VIEW("Default");
    if (!map_get(r->by_id, id, &index)) return (xml_style){.format = VIEW("")};
    return ((const xml_style *)(const void *)r->styles.data)[index];
}

/* ---- cells ---- */

/* How the runs of a text are set, by marks of HTML. */
typedef struct xml_runs {
    raised last;
    struck line;
} xml_runs;

/* Appends the text of the element, on one line. */
static void append_text(xml_reading *r, const xml_node *element, xml_runs *runs, int align,
                        uint32_t depth)
{
    for (const xml_node *node = element->children; node; node = node->next) {
        if (node->kind == XML_ELEMENT) {
            int own = is_named(node, "Sup") ? 1 : is_named(node, "Sub") ? -1 : align;
            size_t start = r->raw.size;
            if (depth < TEXT_MAX_DEPTH) append_text(r, node, runs, own, depth + 1);
            if (is_named(node, "S")) struck_end_run(&runs->line, &r->raw, start);
            continue;
        }
        size_t run = r->raw.size;
        buffer_append_line(&r->raw, node->text);
        raised_end_run(&runs->last, align, &r->raw, 0, run, &r->shown);
    }
}

/* Sets the text and the kind of a cell from its data. */
static void show_value(xml_reading *r, const xml_node *data, const xml_style *style,
                       sheet_cell *cell)
{
    view type = attribute(data, "Type");
    xml_runs runs = {0};
    buffer_reset(&r->raw);
    append_text(r, data, &runs, 0, 0);
    buffer_reset(&r->shown);
    view raw = view_trim(buffer_view(&r->raw));
    sheet_format format = sheet_format_of(style->format);
    cell->kind = LABEL_TEXT;
    if (view_equal(type, VIEW("Number")) && decimal_read(raw, &cell->number)) {
        cell->kind = LABEL_NUMBER;
        sheet_value_append(&r->shown, raw, cell->number, &format, false);
    } else if (view_equal(type, VIEW("DateTime"))) {
        view time_alone = VIEW("1899-12-31T"); // 08:30:00.000
        bool is_time = view_starts_with(raw, time_alone) && raw.size >= time_alone.size + 5;
        cell->kind = LABEL_DATE;
        cell->number = sheet_iso_order(raw);
        if (is_time)
            buffer_append(&r->shown,
                          view_slice(raw, time_alone.size, time_alone.size + VIEW("08:30").size));
        else
            sheet_iso_append(&r->shown, raw);
    } else if (view_equal(type, VIEW("Boolean"))) {
        cell->kind = LABEL_TRUTH;
        buffer_append(&r->shown, view_equal(raw, VIEW("1")) ? VIEW("TRUE") : VIEW("FALSE"));
    } else {
        if (view_equal(type, VIEW("Error"))) cell->kind = LABEL_OTHER;
        buffer_append(&r->shown, raw);
    }
    workbook_strike(&r->shown, style->is_struck);
    cell->text = view_trim(buffer_view(&r->shown));
}

/* ---- sheets ---- */

/* Calls `visit` for each cell, with its place. */
static kith_status walk_cells(xml_reading *r, const xml_node *worksheet,
                              kith_status (*visit)(xml_reading *r, const xml_node *row,
                                                   const xml_node *cell, uint32_t number,
                                                   uint32_t column))
{
    const xml_node *rows = first_named(worksheet, "Table");
    uint32_t number = 0;
    kith_status status = KITH_OK;
    for (const xml_node *row = rows ? rows->children : NULL; row && status == KITH_OK;
         row = row->next) {
        if (!is_named(row, "Row")) continue;
        uint32_t given = number_of(row, "Index", ROWS_MAX, 0), column = 0;
        number = given > number ? given : number + 1;
        r->has_beyond |= number > ROWS_MAX;
        if (number > ROWS_MAX) break;
        for (const xml_node *cell = row->children; cell && status == KITH_OK; cell = cell->next) {
            if (!is_named(cell, "Cell")) continue;
            given = number_of(cell, "Index", SHEET_MAX_COLUMNS, 0);
            column = given > column ? given : column + 1;
            r->has_beyond |= column > SHEET_MAX_COLUMNS;
            if (column > SHEET_MAX_COLUMNS) break;
            status = visit(r, row, cell, number, column);
            column += number_of(cell, "MergeAcross", SHEET_MAX_COLUMNS - column, 0);
        }
    }
    return status;
}

static kith_status add_comment(xml_reading *r, const xml_node *comment, uint32_t number,
                               uint32_t column)
{
    char address[SHEET_CELL_NAME_BYTES];
    xml_runs runs = {0};
    const xml_node *data = first_named(comment, "Data");
    buffer_reset(&r->raw);
    if (data) append_text(r, data, &runs, 0, 0);
    view text = view_trim(buffer_view(&r->raw));
    if (text.size == 0) return buffer_status(&r->raw, "a note", r->err);
    sheet_cell_name(column, number, address);
    const char *note = arena_printf(r->job->memory, "Note on %s: %.*s", address, VIEW_ARG(text));
    if (!note) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a note");
    sheet_annex annex = {number, column, (uint32_t)(r->annexes.size / sizeof annex), view_of(note)};
    buffer_append(&r->annexes, (view){(const char *)&annex, sizeof annex});
    return buffer_status(&r->annexes, "the notes of a sheet", r->err);
}

static kith_status survey_cell(xml_reading *r, const xml_node *row, const xml_node *cell,
                               uint32_t number, uint32_t column)
{
    (void)row;
    uint32_t across = number_of(cell, "MergeAcross", SHEET_MAX_COLUMNS - column, 0);
    uint32_t down = number_of(cell, "MergeDown", ROWS_MAX - number, 0);
    if (across || down) {
        sheet_area area = {number, column, number + down, column + across};
        buffer_append(&r->merged, (view){(const char *)&area, sizeof area});
    }
    kith_status status = buffer_status(&r->merged, "the merged cells of a sheet", r->err);
    const xml_node *comment = first_named(cell, "Comment");
    return status == KITH_OK && comment ? add_comment(r, comment, number, column) : status;
}

static kith_status write_cell(xml_reading *r, const xml_node *row, const xml_node *cell,
                              uint32_t number, uint32_t column)
{
    const xml_node *data = first_named(cell, "Data");
    kith_status status = KITH_OK;
    if (!data) return KITH_OK;
    xml_style style = style_of(r, cell, row);
    sheet_cell shown = {.column = column, .look = style.look};
    show_value(r, data, &style, &shown);
    status = buffer_status(&r->raw, "a cell", r->err);
    if (status == KITH_OK) status = buffer_status(&r->shown, "a cell", r->err);
    if (status == KITH_OK && number != r->row)
        status = sheet_layout_row(&r->layout, number, r->err);
    r->row = number;
    return status == KITH_OK ? sheet_layout_cell(&r->layout, shown, r->err) : status;
}

static kith_status tell(xml_reading *r, view name, const char *what)
{
    const char *text = arena_printf(r->job->memory, "sheet %.*s: %s", VIEW_ARG(name), what);
    return text ? extract_job_notice(r->job, text, r->err)
                : fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
}

static bool is_hidden(const xml_node *worksheet)
{
    const xml_node *options = first_named(worksheet, "WorksheetOptions");
    const xml_node *visible = first_named(options, "Visible");
    view state = visible && visible->children ? visible->children->text : VIEW("");
    return view_find(state, VIEW("Hidden")) < state.size;
}

static kith_status read_sheet(xml_reading *r, const xml_node *worksheet)
{
    view name = attribute(worksheet, "Name");
    buffer_reset(&r->merged);
    buffer_reset(&r->annexes);
    kith_status status = walk_cells(r, worksheet, survey_cell);
    if (status == KITH_OK) status = manuscript_end_headings(&r->m, r->err);
    if (status == KITH_OK) status = manuscript_heading(&r->m, 1, name, r->err);
    if (status != KITH_OK) return status;
    const sheet_surroundings around = {
        .merged = (const sheet_area *)(const void *)r->merged.data,
        .annexes = (const sheet_annex *)(const void *)r->annexes.data,
        .merged_count = r->merged.size / sizeof(sheet_area),
        .annex_count = r->annexes.size / sizeof(sheet_annex),
    };
    if (around.merged_count > 1)
        qsort(r->merged.data, around.merged_count, sizeof(sheet_area), sheet_area_compare);
    size_t before = r->m.text.size;
    r->row = 0;
    r->has_beyond = false;
    sheet_layout_begin(&r->layout, name, &around);
    status = walk_cells(r, worksheet, write_cell);
    if (status == KITH_OK) status = sheet_layout_end(&r->layout, r->err);
    if (status == KITH_OK && r->has_beyond)
        status = tell(r, name, "cells beyond row 1,048,576 or column 16,384 are left out");
    bool has_text = r->m.text.size > before;
    if (status == KITH_OK && has_text && is_hidden(worksheet))
        status = tell(r, name, "the sheet is hidden, and read like the others");
    return status;
}

kith_status xml_workbook_read(extract_job *job, const xml_node *root, kith_error *err)
{
    document d;
    xml_reading r = {.job = job, .by_id = map_new(), .err = err};
    buffer *const all[] = {&r.merged, &r.annexes, &r.raw, &r.shown};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buffer_init(all[i], KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&r.styles, STYLES_MAX * sizeof(xml_style));
    manuscript_init(&r.m, job);
    kith_status status = sheet_layout_init(&r.layout, &r.m, err);
    if (status == KITH_OK && !r.by_id) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) status = extract_job_begin(job, "xml", &d, err);
    if (status == KITH_OK) status = read_styles(&r, root);
    for (const xml_node *node = root->children; node && status == KITH_OK; node = node->next)
        if (is_named(node, "Worksheet")) status = read_sheet(&r, node);
    if (status == KITH_OK && r.has_more_styles)
        status = extract_job_notice(job, WORKBOOK_STYLES_NOTICE, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        d.title = job->stem; // not the first heading, a sheet's name
        status = manuscript_finish(&r.m, &d, err);
    }
    sheet_layout_done(&r.layout);
    manuscript_done(&r.m);
    map_free(r.by_id);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buffer_done(all[i]);
    buffer_done(&r.styles);
    return status;
}
