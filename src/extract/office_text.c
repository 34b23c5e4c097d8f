/* office_text.c - a paragraph is collected until it ends, and is then a block, or in a table a part
 * of its cell. Traps of the format: text boxes stand inside the paragraph that they are anchored in,
 * so paragraphs nest: what is within one waits in `held` until the outermost has ended. A table of
 * one column only lays out text, and is no table here; a table within a table is text of the outer
 * cell. mc:Fallback repeats for old programs what mc:Choice says for new ones. */
#include "extract/office_text.h"

#include "extract/word_styles.h"

#include <kith/types.h>

enum { MERGED_MAX_BYTES = 200 }; // of a text that is repeated in the cells below

typedef struct merged_cell {
    uint32_t column;
    view text;
} merged_cell;

// mc:Fallback repeats mc:Choice; the others hold deleted text, old properties, the reading aids of
// ideographs.
static const char *const LEFT_OUT[] = {"Fallback",    "del",          "moveFrom",   "delText",
                                       "pPrChange",   "rPrChange",    "tcPrChange", "trPrChange",
                                       "tblPrChange", "sectPrChange", "rt",         NULL};

/* The lines of a table as blocks of the sink. */
static kith_status on_line(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    (void)row;
    office_text *t = context;
    office_block block = {.kind = is_first ? OFFICE_FIRST_ROW : OFFICE_ROW, .text = line};
    return t->sink.block(t->sink.context, &block, err);
}

void office_text_init(office_text *t, office_sink sink, arena *memory)
{
    static const char *const NAMES[] = {
        "t",      "tab",   "br", "cr", "noBreakHyphen", "pPr",       "p",          "r",
        "fld",    "tbl",   "tr", "tc", "gridCol",       "tblHeader", "gridBefore", "gridSpan",
        "vMerge", "oMath", NULL};
    *t = (office_text){.sink = sink, .memory = memory};
    xml_names_add(&t->names, NAMES);
    xml_names_add(&t->names, LEFT_OUT);
    buffer *texts[] = {&t->text, &t->run, &t->held, &t->cell};
    for (size_t i = 0; i < sizeof texts / sizeof(buffer *); i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&t->label, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&t->merged, TABLE_MAX_COLUMNS * sizeof(merged_cell));
    table_init(&t->table, (table_sink){t, on_line});
}

void office_text_done(office_text *t)
{
    buffer *all[] = {&t->text, &t->run, &t->held, &t->cell, &t->label, &t->merged};
    for (size_t i = 0; i < sizeof all / sizeof(buffer *); i++)
        buffer_done(all[i]);
    table_done(&t->table);
}

office_frame *office_text_paragraph(office_text *t)
{
    return t->frame_count ? &t->frames[t->frame_count - 1] : NULL;
}

static bool is_one_of(view name, const char *const *names)
{
    for (; *names; names++)
        if (view_equal(name, view_of(*names))) return true;
    return false;
}

/* ---- paragraphs ---- */

/* A cell is one line. */
static void append_to_cell(office_text *t, view text)
{
    if (t->cell.size) buffer_append_byte(&t->cell, ' ');
    buffer_append(&t->cell, text);
}

static void hold(office_text *t, view text)
{
    buffer_append_u32(&t->held, (uint32_t)text.size);
    buffer_append(&t->held, text);
}

/* What waited for the outermost paragraph. */
static kith_status release_held(office_text *t, kith_error *err)
{
    kith_status status = buffer_status(&t->held, "the text boxes of a paragraph", err);
    for (size_t at = 0; status == KITH_OK && at < t->held.size;) {
        size_t size = load_u32(t->held.data + at);
        office_block block = {.kind = OFFICE_ASIDE, .text = {t->held.data + at + 4, size}};
        if (t->in_table)
            append_to_cell(t, block.text);
        else
            status = t->sink.block(t->sink.context, &block, err);
        at += 4 + size;
    }
    buffer_reset(&t->held);
    return status;
}

static kith_status end_paragraph(office_text *t, kith_error *err)
{
    if (t->frames_beyond) {
        t->frames_beyond--;
        buffer_append_byte(&t->text, '\n');
        return KITH_OK;
    }
    if (t->frame_count == 0) return KITH_OK;
    office_frame *frame = &t->frames[--t->frame_count];
    kith_status status = buffer_status(&t->text, "a paragraph", err);
    if (status != KITH_OK) return status;
    frame->block.text = view_trim(view_slice(buffer_view(&t->text), frame->start, t->text.size));
    bool is_outermost = t->frame_count == 0;
    if (is_outermost) frame->block.label = buffer_view(&t->label);
    if (frame->block.text.size && !is_outermost) {
        hold(t, frame->block.text);
    } else if (frame->block.text.size && t->in_table) {
        if (frame->block.label.size) append_to_cell(t, frame->block.label);
        append_to_cell(t, frame->block.text);
    } else if (frame->block.text.size) {
        status = t->sink.block(t->sink.context, &frame->block, err);
    }
    t->text.size = frame->start;
    if (!is_outermost) return status;
    buffer_reset(&t->label);
    return status == KITH_OK ? release_held(t, err) : status;
}

static void begin_paragraph(office_text *t)
{
    if (t->frame_count == OFFICE_MAX_FRAMES) {
        t->frames_beyond++;
        return;
    }
    t->frames[t->frame_count++] =
        (office_frame){.start = t->text.size, .raised = {0}, .block = {.kind = OFFICE_PARAGRAPH}};
}

static bool takes_text(const office_text *t)
{
    return !t->muted && !t->is_hidden && t->properties_depth == 0 && t->frame_count > 0;
}

void office_text_insert(office_text *t, view text)
{
    if (takes_text(t)) buffer_append(&t->text, text);
}

kith_status office_text_aside(office_text *t, const char *prefix, view text, kith_error *err)
{
    text = view_trim(text);
    if (text.size == 0 || t->muted) return KITH_OK;
    const char *whole =
        arena_printf(t->memory, "%s%.*s", t->in_table ? "" : prefix, VIEW_ARG(text));
    if (!whole) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a text");
    hold(t, view_of(whole));
    return t->frame_count ? KITH_OK : release_held(t, err);
}

/* ---- tables ---- */

/* A table within a text box stands in an open paragraph, and is text of the box. */
static bool is_boxed(const office_text *t)
{
    return t->frame_count > 0;
}

/* The open row, or cell, is of the table of which rows are made. */
static bool is_own_table(const office_text *t)
{
    return t->in_table && t->table_depth == t->plain_depth + 1 && !is_boxed(t);
}

static kith_status begin_row(office_text *t, kith_error *err)
{
    if (is_boxed(t) || t->table_depth == t->plain_depth) return KITH_OK;
    if (!t->in_table && t->grid_columns == 1) {
        t->plain_depth++;
        return KITH_OK;
    }
    if (t->table_depth != t->plain_depth + 1) return KITH_OK;
    t->in_table = true;
    t->column = 0;
    t->row_is_header = false;
    return table_row(&t->table, err);
}

/* PowerPoint says what a cell spans in attributes, Word in elements within. */
static void begin_cell(office_text *t, xml_attributes attributes)
{
    view covered_rows = xml_attribute(attributes, "vMerge");
    view covered_columns = xml_attribute(attributes, "hMerge");
    t->open_cell = (table_cell){
        .rows = word_number(xml_attribute(attributes, "rowSpan"), 1),
        .columns = word_number(xml_attribute(attributes, "gridSpan"), 1),
    };
    t->cell_is_covered = (covered_rows.size && word_number(covered_rows, 1)) ||
                         (covered_columns.size && word_number(covered_columns, 1));
    t->cell_continues = t->cell_restarts = false;
    buffer_reset(&t->cell);
}

static merged_cell *find_merged(office_text *t, uint32_t column)
{
    merged_cell *cells = (merged_cell *)t->merged.data;
    for (size_t i = 0; i < t->merged.size / sizeof *cells; i++)
        if (cells[i].column == column) return &cells[i];
    return NULL;
}

/* A cell that Word merges with those below holds the text; those below are empty. */
static kith_status merge_cell(office_text *t, table_cell *cell, kith_error *err)
{
    merged_cell *above = find_merged(t, t->column);
    if (t->cell_continues) {
        cell->is_below = cell->text.size == 0;
        if (above && cell->is_below) cell->text = above->text;
        return KITH_OK;
    }
    if (!t->cell_restarts && !above) return KITH_OK;
    merged_cell fresh = {.column = t->column};
    if (t->cell_restarts && cell->text.size <= MERGED_MAX_BYTES)
        fresh.text = arena_copy(t->memory, cell->text);
    if (t->cell_restarts && cell->text.size <= MERGED_MAX_BYTES && !fresh.text.data)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    if (above)
        *above = fresh;
    else
        buffer_append(&t->merged, (view){(const char *)&fresh, sizeof fresh});
    return KITH_OK; // of too many columns the rest is not repeated
}

static kith_status end_cell(office_text *t, kith_error *err)
{
    kith_status status = buffer_status(&t->cell, "a cell", err);
    table_cell cell = t->open_cell;
    if (status != KITH_OK || t->cell_is_covered) return status;
    cell.text = buffer_view(&t->cell);
    cell.is_header = t->row_is_header;
    status = merge_cell(t, &cell, err);
    if (status == KITH_OK) status = table_cell_add(&t->table, cell, err);
    uint32_t columns = cell.columns ? cell.columns : 1;
    t->column = columns < TABLE_MAX_COLUMNS ? t->column + columns : t->column + 1;
    buffer_reset(&t->cell);
    return status;
}

static kith_status end_table(office_text *t, kith_error *err)
{
    if (is_boxed(t) || t->table_depth == 0) return KITH_OK;
    kith_status status = KITH_OK;
    if (t->in_table && t->table_depth == t->plain_depth + 1) {
        t->in_table = false;
        t->merged.size = 0;
        status = table_end(&t->table, err);
    } else if (!t->in_table && t->table_depth == t->plain_depth) {
        t->plain_depth--;
    }
    t->table_depth--;
    t->grid_columns = 0;
    return status;
}

/* What the table's own elements say; Word's properties of rows and cells. */
static kith_status note_table(office_text *t, view name, xml_attributes attributes, kith_error *err)
{
    if (view_equal(name, VIEW("tbl"))) {
        if (!is_boxed(t)) t->table_depth++;
        t->grid_columns = 0;
    } else if (view_equal(name, VIEW("gridCol"))) {
        t->grid_columns++;
    } else if (view_equal(name, VIEW("tr"))) {
        return begin_row(t, err);
    } else if (!is_own_table(t)) {
        return KITH_OK;
    } else if (view_equal(name, VIEW("tc"))) {
        begin_cell(t, attributes);
    } else if (view_equal(name, VIEW("tblHeader"))) {
        t->row_is_header = word_is_on(attributes);
    } else if (view_equal(name, VIEW("gridBefore"))) {
        table_cell before = {.columns = word_number(xml_attribute(attributes, "val"), 1)};
        t->column += before.columns < TABLE_MAX_COLUMNS ? before.columns : 1;
        return table_cell_add(&t->table, before, err);
    } else if (view_equal(name, VIEW("gridSpan"))) {
        t->open_cell.columns = word_number(xml_attribute(attributes, "val"), 1);
    } else if (view_equal(name, VIEW("vMerge"))) {
        t->cell_restarts = view_equal(xml_attribute(attributes, "val"), VIEW("restart"));
        t->cell_continues = !t->cell_restarts;
    }
    return KITH_OK;
}

/* ---- runs ---- */

/* The text of a w:t that is not on the line has ended: now it is whole. */
static void end_run_text(office_text *t)
{
    office_frame *frame = office_text_paragraph(t);
    if (!frame || t->run.size == 0) return;
    if (t->align == OFFICE_RAISED)
        raised_append(&frame->raised, &t->text, frame->start, buffer_view(&t->run));
    else
        lowered_append(&t->text, frame->start, buffer_view(&t->run));
    buffer_reset(&t->run);
}

static void end_run(office_text *t)
{
    office_frame *frame = office_text_paragraph(t);
    if (frame && t->is_struck && t->run.size > 0) struck_reopen(&frame->struck, &t->text);
    end_run_text(t);
    if (frame && t->is_struck && t->math.depth == 0 && t->text_start >= frame->start)
        struck_end_run(&frame->struck, &t->text, t->text_start);
}

kith_status office_text_append(office_text *t, view text, kith_error *err)
{
    if (!t->in_text || t->skip_depth || !takes_text(t)) return KITH_OK;
    bool is_raised = t->align != OFFICE_BASELINE && t->math.depth == 0;
    if (is_raised)
        buffer_append(&t->run, text);
    else if (t->math.written.out)
        formula_text(&t->math.written, text); // also what stands behind a formula
    else
        buffer_append(&t->text, text);
    if (t->math.depth == 0) t->math.written.out = NULL;
    return buffer_status(&t->text, "a paragraph", err);
}

static void note_run(office_text *t, view name)
{
    if (view_equal(name, VIEW("t"))) {
        t->in_text = true;
        t->text_start = t->text.size;
    } else if (view_equal(name, VIEW("tab")))
        office_text_insert(t, VIEW("\t"));
    else if (view_equal(name, VIEW("br")) || view_equal(name, VIEW("cr")))
        office_text_insert(t, VIEW("\n"));
    else if (view_equal(name, VIEW("noBreakHyphen")))
        office_text_insert(t, VIEW("-"));
}

kith_status office_text_start(office_text *t, view name, xml_attributes attributes, bool *skipped,
                              kith_error *err)
{
    t->depth++;
    *skipped = t->skip_depth > 0;
    if (*skipped || (!t->math.depth && !xml_names_may_have(&t->names, name))) return KITH_OK;
    if (is_one_of(name, LEFT_OUT)) {
        t->skip_depth = t->depth;
        *skipped = true;
        return KITH_OK;
    }
    office_math_start(&t->math, name, attributes, &t->text);
    if (view_equal(name, VIEW("pPr")) && t->properties_depth == 0) t->properties_depth = t->depth;
    if (view_equal(name, VIEW("p"))) {
        begin_paragraph(t);
        return KITH_OK;
    }
    bool is_run = view_equal(name, VIEW("r")) || view_equal(name, VIEW("fld"));
    if (is_run && t->math.depth == 0) {
        t->align = OFFICE_BASELINE;
        t->is_hidden = t->is_struck = false;
    }
    note_run(t, name);
    return note_table(t, name, attributes, err);
}

kith_status office_text_end(office_text *t, view name, kith_error *err)
{
    uint32_t depth = t->depth--;
    if (t->skip_depth) {
        if (t->skip_depth == depth) t->skip_depth = 0;
        return KITH_OK;
    }
    office_math_end(&t->math, name);
    if (t->properties_depth == depth) t->properties_depth = 0;
    if (view_equal(name, VIEW("t"))) {
        t->in_text = false;
        end_run(t);
    } else if (view_equal(name, VIEW("r"))) {
        t->is_hidden = false;
    } else if (view_equal(name, VIEW("p"))) {
        if (t->math.depth == 0) t->math.written.out = NULL;
        return end_paragraph(t, err);
    } else if (view_equal(name, VIEW("tc"))) {
        return is_own_table(t) ? end_cell(t, err) : KITH_OK;
    } else if (view_equal(name, VIEW("tbl"))) {
        return end_table(t, err);
    }
    return KITH_OK;
}
