/* table.c - cells are put into places (slots) of their row as they come: the columns that a cell
 * from above still spans are passed over, and get that cell's text again. Rows are held until the
 * header is judged, at the end of the table or when TABLE_HELD_CELLS slots are full; from then on a
 * row is written when the next one begins.
 *
 * What a hostile table can cost: its slots are bounded while rows are held, every repeat of a
 * spanning cell is counted against TABLE_MAX_REPEATS, and a long text is not repeated. Its text is
 * bounded by the buffer of the texts and by the sink. */
#include "extract/table.h"

#include "base/size.h"
#include "extract/manuscript.h"
#include "extract/table_lines.h"
#include "extract/table_names.h"
#include "extract/table_rows.h"

#include <kith/types.h>

typedef struct table_span {
    uint32_t rows; // further rows that the cell spans; 0: the column is free
    table_slot slot;
} table_span;

void table_init(table *t, table_sink sink)
{
    *t = (table){.sink = sink};
    buffer_init(&t->texts, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&t->line, KITH_DOCUMENT_MAX_BYTES);
    // One row may go beyond what is held: a cell of TABLE_MAX_COLUMNS, behind a full one.
    size_t slots = TABLE_HELD_CELLS + (size_t)KITH_DOCUMENT_MAX_BYTES;
    buffer_init(&t->slots, slots * sizeof(table_slot));
    buffer_init(&t->rows, slots * sizeof(size_t));
    buffer_init(&t->spans, TABLE_MAX_COLUMNS * sizeof(table_span));
    buffer_init(&t->names, TABLE_MAX_COLUMNS * sizeof(table_name));
}

void table_done(table *t)
{
    buffer *all[] = {&t->texts, &t->line, &t->slots, &t->rows, &t->spans, &t->names};
    for (size_t i = 0; i < sizeof all / sizeof(buffer *); i++)
        buffer_done(all[i]);
}

static void empty(table *t)
{
    buffer *all[] = {&t->texts, &t->line, &t->slots, &t->rows, &t->spans, &t->names};
    for (size_t i = 0; i < sizeof all / sizeof(buffer *); i++)
        buffer_reset(all[i]);
    t->row_count = t->column_count = t->first_held = t->next_column = t->sources = 0;
    t->repeats = 0;
    t->state = TABLE_GATHERING;
    t->in_header = t->has_lines = false;
    t->groups = (table_groups){0};
}

static kith_status status_of(const table *t, kith_error *err)
{
    const buffer *all[] = {&t->texts, &t->line, &t->slots, &t->rows, &t->spans, &t->names};
    kith_status status = KITH_OK;
    for (size_t i = 0; i < sizeof all / sizeof(buffer *) && status == KITH_OK; i++)
        status = buffer_status(all[i], "a table", err);
    return status;
}

/* ---- placing ---- */

static table_span *span_at(table *t, uint32_t column)
{
    return column < t->spans.size / sizeof(table_span) ? (table_span *)t->spans.data + column
                                                       : NULL;
}

static void append_slot(table *t, table_slot slot)
{
    buffer_append(&t->slots, (view){(const char *)&slot, sizeof slot});
    if (slot.column >= t->column_count) t->column_count = slot.column + 1;
}

/* Passes over the columns that cells from above span. */
static void pass_spans(table *t)
{
    for (table_span *s; (s = span_at(t, t->next_column)) && s->rows > 0; t->next_column++) {
        if (s->rows != UINT32_MAX) s->rows--;
        if (++t->repeats > TABLE_MAX_REPEATS) s->rows = 0;
        s->slot.is_below = true;
        append_slot(t, s->slot);
    }
}

/* Gives the rest of the row the cells from above. */
static void close_row(table *t)
{
    uint32_t known = (uint32_t)(t->spans.size / sizeof(table_span));
    for (pass_spans(t); t->next_column < known; pass_spans(t))
        t->next_column++;
}

static void set_span(table *t, uint32_t rows, table_slot slot)
{
    const table_span none = {0};
    if (rows == 0 && !span_at(t, slot.column)) return;
    while (t->spans.failed == KITH_OK && !span_at(t, slot.column))
        buffer_append(&t->spans, (view){(const char *)&none, sizeof none});
    if (t->spans.failed == KITH_OK) *span_at(t, slot.column) = (table_span){rows, slot};
}

/* Without white space and no-break spaces, which fill an empty cell, around it. */
static view trim_cell(view text)
{
    const view space = VIEW("\xC2\xA0");
    for (;;) {
        text = view_trim(text);
        if (view_starts_with(text, space))
            text = view_slice(text, space.size, text.size);
        else if (view_ends_with_nocase(text, space))
            text = view_slice(text, 0, text.size - space.size);
        else
            return text;
    }
}

/* The source of the cell above the open row's next one; 0 when that row is not held. */
static uint32_t source_above(const table *t)
{
    size_t rows = table_held_rows(t), count;
    if (rows < 2) return 0;
    const table_slot *slots = table_slots(t, rows - 2, &count);
    for (size_t i = 0; i < count; i++)
        if (slots[i].column == t->next_column) return slots[i].source;
    return 0;
}

static void place_cell(table *t, table_cell cell)
{
    uint32_t above = cell.is_below ? source_above(t) : 0;
    table_slot slot = {.source = above ? above : ++t->sources,
                       .is_header = cell.is_header,
                       .is_below = cell.is_below};
    slot.start = t->texts.size;
    buffer_append_line(&t->texts, trim_cell(cell.text));
    slot.size = t->texts.size - slot.start;
    uint32_t columns = cell.columns ? cell.columns : 1, rows = cell.rows ? cell.rows - 1 : 0;
    if (cell.rows == UINT32_MAX) rows = UINT32_MAX;
    bool is_beyond = t->next_column >= TABLE_MAX_COLUMNS;
    if (is_beyond) columns = 1;
    for (uint32_t i = 0; i < columns; i++) {
        slot.column = is_beyond ? TABLE_MAX_COLUMNS : t->next_column++;
        append_slot(t, slot);
        if (!is_beyond) set_span(t, rows, slot);
        if (t->next_column >= TABLE_MAX_COLUMNS) break;
        if (i > 0 && ++t->repeats > TABLE_MAX_REPEATS) break;
    }
}

/* Passes on the line of a held row, if it has one. */
static kith_status write_row(table *t, size_t row, bool is_header, kith_error *err)
{
    table_lines_write(t, row, is_header);
    kith_status status = status_of(t, err);
    view line = view_trim(buffer_view(&t->line));
    if (status != KITH_OK || line.size == 0) return status;
    bool is_first = !t->has_lines;
    t->has_lines = true;
    return t->sink.line(t->sink.context, line, t->first_held + (uint32_t)row, is_first, err);
}

/* Writes the rows that are held, and holds none. */
static kith_status write_held(table *t, kith_error *err)
{
    size_t rows = table_held_rows(t), first = 0, count = 0;
    kith_status status = KITH_OK;
    if (t->state == TABLE_GATHERING && rows > 0) {
        status = table_names_find(t, &first, &count, err);
        for (size_t r = first; r < first + count && status == KITH_OK; r++) {
            table_names_add(t, r);
            if (r + 1 < first + count) table_names_spread(t, r);
        }
        if (status == KITH_OK && count > 0) status = table_names_find_groups(t, first + count, err);
    }
    for (size_t r = 0; r < rows && status == KITH_OK; r++) {
        // Rows above the header are no part of the table.
        bool is_plain = r < first + count && count > 0;
        status = write_row(t, r, is_plain, err);
    }
    t->first_held += (uint32_t)rows;
    buffer_reset(&t->rows);
    buffer_reset(&t->slots);
    return status;
}

kith_status table_row(table *t, kith_error *err)
{
    if (t->row_count > 0) close_row(t);
    kith_status status = status_of(t, err);
    bool is_full = t->slots.size / sizeof(table_slot) >= TABLE_HELD_CELLS;
    if (status == KITH_OK && (is_full || t->state != TABLE_GATHERING)) status = write_held(t, err);
    size_t first = t->slots.size / sizeof(table_slot);
    buffer_append(&t->rows, (view){(const char *)&first, sizeof first});
    t->row_count++;
    t->next_column = 0;
    return status == KITH_OK ? status_of(t, err) : status;
}

kith_status table_cell_add(table *t, table_cell cell, kith_error *err)
{
    kith_status status = t->row_count == 0 ? table_row(t, err) : KITH_OK;
    if (status != KITH_OK) return status;
    pass_spans(t);
    place_cell(t, cell);
    return status_of(t, err);
}

kith_status table_pause(table *t, kith_error *err)
{
    if (t->row_count > 0) close_row(t);
    kith_status status = status_of(t, err);
    if (status == KITH_OK) status = write_held(t, err);
    buffer_reset(&t->spans);
    t->row_count = 0;
    return status;
}

bool table_is_named(const table *t)
{
    return t->state == TABLE_NAMED;
}

kith_status table_end(table *t, kith_error *err)
{
    if (t->row_count > 0) close_row(t);
    kith_status status = status_of(t, err);
    if (status == KITH_OK) status = write_held(t, err);
    empty(t);
    return status;
}

static kith_status line_to_manuscript(void *context, view line, uint32_t row, bool is_first,
                                      kith_error *err)
{
    (void)row;
    return manuscript_block(context, is_first ? "\n\n" : "\n", line, err);
}

table_sink table_to_manuscript(struct manuscript *m)
{
    return (table_sink){m, line_to_manuscript};
}
