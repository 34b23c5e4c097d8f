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
#include "extract/table_header.h"

#include <kith/types.h>

#include <stdio.h>
#include <stdlib.h>

typedef struct table_slot {
    uint32_t column;
    uint32_t source;    // of the cell, from 1: the places of one spanning cell share it
    size_t start, size; // into texts
    bool is_header;
    bool is_below; // a cell from above, in a row that it spans
} table_slot;

typedef struct table_span {
    uint32_t rows; // further rows that the cell spans; 0: the column is free
    table_slot slot;
} table_span;

typedef struct table_name {
    size_t start, size; // into texts; size 0: none
} table_name;

/* What is known of the header. */
enum { TABLE_GATHERING, TABLE_NAMED, TABLE_KEYS, TABLE_PLAIN };

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

static view text_of(const table *t, const table_slot *slot)
{
    return view_slice(buffer_view(&t->texts), slot->start, slot->start + slot->size);
}

/* The slots of a held row. */
static const table_slot *slots_of(const table *t, size_t row, size_t *count)
{
    const size_t *first = (const size_t *)t->rows.data;
    size_t rows = t->rows.size / sizeof *first;
    size_t end = row + 1 < rows ? first[row + 1] : t->slots.size / sizeof(table_slot);
    *count = end - first[row];
    return (const table_slot *)t->slots.data + first[row];
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

/* Appends the text on one line. */
static size_t keep_text(table *t, view text)
{
    size_t start = t->texts.size;
    text = trim_cell(text);
    if (!buffer_reserve(&t->texts, text.size)) return start;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        t->texts.data[start + i] = c == '\n' || c == '\r' || c == '\t' || c == '\0' ? ' ' : c;
    }
    t->texts.size += text.size;
    return start;
}

/* The source of the cell above the open row's next one; 0 when that row is not held. */
static uint32_t source_above(const table *t)
{
    size_t rows = t->rows.size / sizeof(size_t), count;
    if (rows < 2) return 0;
    const table_slot *slots = slots_of(t, rows - 2, &count);
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
    slot.start = keep_text(t, cell.text);
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

/* ---- header ---- */

typedef struct row_shape {
    uint32_t cells;   // with text; a spanning one once
    uint32_t headers; // of them
} row_shape;

static row_shape shape_of(const table *t, size_t row)
{
    size_t count;
    uint32_t before = 0;
    row_shape shape = {0};
    const table_slot *slots = slots_of(t, row, &count);
    for (size_t i = 0; i < count; i++) {
        if (slots[i].size == 0 || slots[i].source == before) continue;
        before = slots[i].source;
        shape.cells++;
        shape.headers += slots[i].is_header;
    }
    return shape;
}

static bool is_header_row(row_shape shape)
{
    return shape.cells > 1 && shape.headers == shape.cells;
}

/* True when the row has a text in its first column alone. */
static bool is_corner_alone(const table *t, size_t row)
{
    size_t count;
    const table_slot *slots = slots_of(t, row, &count);
    for (size_t i = 1; i < count; i++)
        if (slots[i].size) return false;
    return count > 1 && slots[0].size > 0 && !slots[0].is_below;
}

/* True for a row below the marked header that is marked too and names its empty corner, as pandas
 * writes the name of an index. */
static bool names_corner(const table *t, size_t first, size_t row)
{
    size_t count;
    const table_slot *slots = slots_of(t, first, &count);
    if (count == 0 || slots[0].size || !is_corner_alone(t, row)) return false;
    slots = slots_of(t, row, &count);
    for (size_t i = 0; i < count; i++)
        if (!slots[i].is_header) return false;
    return header_names_attribute(text_of(t, &slots[0]));
}

/* Puts the text behind the name that the column has; a unit in brackets. */
static void join_name(table *t, table_name *kept, view text, bool is_unit)
{
    enum { JOINED_MAX_BYTES = HEADER_MAX_ROWS * (HEADER_NAME_MAX_BYTES + 6) };
    bool is_cut;
    char joined[JOINED_MAX_BYTES];
    view name = header_short_name(text, &is_cut);
    view above = view_slice(buffer_view(&t->texts), kept->start, kept->start + kept->size);
    if (name.size == 0 || above.size + name.size + 6 > sizeof joined) return;
    is_unit = is_unit && above.size && header_is_bare_unit(name);
    int size =
        snprintf(joined, sizeof joined, "%.*s%s%s%.*s%s%s", VIEW_ARG(above), above.size ? " " : "",
                 is_unit ? "(" : "", VIEW_ARG(name), is_unit ? ")" : "", is_cut ? "..." : "");
    *kept = (table_name){t->texts.size, (size_t)size};
    buffer_append(&t->texts, (view){joined, (size_t)size});
}

/* The name of a column, below TABLE_MAX_COLUMNS; NULL when memory ran out. */
static table_name *name_at(table *t, uint32_t column)
{
    const table_name none = {0};
    while (t->names.failed == KITH_OK && t->names.size / sizeof none <= column)
        buffer_append(&t->names, (view){(const char *)&none, sizeof none});
    return t->names.failed == KITH_OK ? (table_name *)t->names.data + column : NULL;
}

/* Adds the texts of a header row to the names of their columns: "2023" above "Plan" makes
 * "2023 Plan". */
static void add_names(table *t, size_t row)
{
    size_t count;
    const table_slot *slots = slots_of(t, row, &count);
    bool is_corner = is_corner_alone(t, row) && !header_is_unit(text_of(t, &slots[0]));
    table_name *corner = is_corner ? name_at(t, 0) : NULL;
    if (corner) *corner = (table_name){0}; // in the place of what stands above (table_header.h)
    bool are_units = true;
    for (size_t i = 0; i < count; i++)
        are_units &=
            slots[i].size == 0 || slots[i].is_below || header_is_unit(text_of(t, &slots[i]));
    for (size_t i = 0; i < count; i++) {
        if (slots[i].is_below || slots[i].column >= TABLE_MAX_COLUMNS) continue;
        table_name *name = name_at(t, slots[i].column);
        if (name) join_name(t, name, text_of(t, &slots[i]), are_units);
    }
}

/* The slot with text in the row's column, or else the nearest one on the left of it; NULL: none. */
static const table_slot *slot_over(const table_slot *slots, size_t count, uint32_t column)
{
    const table_slot *found = NULL;
    for (size_t i = 0; i < count && slots[i].column <= column; i++)
        if (slots[i].size) found = &slots[i];
    return found;
}

/* Gives the text of a row of groups, in which nothing spans, also to the columns that the row below
 * names and this one leaves: "2023" and a gap over "Ships" and "Tons". */
static void spread_names(table *t, size_t row)
{
    size_t count, below_count;
    const table_slot *slots = slots_of(t, row, &count);
    const table_slot *below = slots_of(t, row + 1, &below_count);
    for (size_t i = 0; i < count; i++)
        if (slots[i].is_below || slots[i].is_header ||
            (i && slots[i].source == slots[i - 1].source))
            return;
    for (size_t i = 0; i < below_count; i++) {
        uint32_t column = below[i].column;
        const table_slot *over = slot_over(slots, count, column);
        bool is_left_to = over && over->column < column && below[i].size;
        if (!is_left_to || column >= TABLE_MAX_COLUMNS || header_is_unit(text_of(t, &below[i])))
            continue;
        table_name *name = name_at(t, column);
        if (name) join_name(t, name, text_of(t, over), false);
    }
}

/* The rows that are held as a grid, of which *cells is to be freed. */
static kith_status look_at_rows(const table *t, label_cell **cells, label_grid *g, kith_error *err)
{
    size_t rows = t->rows.size / sizeof(size_t), columns = t->column_count, count;
    if (rows > HEADER_LOOK_ROWS) rows = HEADER_LOOK_ROWS;
    if (columns > HEADER_LOOK_COLUMNS) columns = HEADER_LOOK_COLUMNS;
    *cells = heap_new_array(rows * columns, sizeof **cells);
    if (!*cells) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    for (size_t r = 0; r < rows; r++) {
        const table_slot *slots = slots_of(t, r, &count);
        for (size_t i = 0; i < count; i++) {
            if (slots[i].column >= columns) continue;
            label_cell *cell = *cells + r * columns + slots[i].column;
            cell->text = text_of(t, &slots[i]);
            cell->kind = label_kind_of(cell->text, &cell->number);
            cell->source = slots[i].source;
        }
    }
    *g = (label_grid){*cells, (uint32_t)rows, (uint32_t)columns};
    return KITH_OK;
}

/* Judges the rows that are held by their look. */
static kith_status judge(const table *t, header_finding *found, kith_error *err)
{
    label_cell *cells = NULL;
    label_grid g;
    kith_status status = look_at_rows(t, &cells, &g, err);
    if (status == KITH_OK) *found = header_find(&g);
    free(cells);
    return status;
}

/* Judges which rows belong together; `body` is the first one below the header. */
static kith_status find_groups(table *t, size_t body, kith_error *err)
{
    size_t rows = t->rows.size / sizeof(size_t), count;
    bool may_have_groups = false;
    if (rows > HEADER_LOOK_ROWS) rows = HEADER_LOOK_ROWS;
    for (size_t r = body; r < rows && !may_have_groups; r++) {
        const table_slot *slots = slots_of(t, r, &count);
        may_have_groups =
            (r == body && shape_of(t, r).cells == 1) || (count > 0 && slots[0].size == 0);
    }
    if (!may_have_groups) return KITH_OK;
    label_cell *cells = NULL;
    label_grid g;
    kith_status status = look_at_rows(t, &cells, &g, err);
    if (status == KITH_OK) table_groups_find(&t->groups, &g, (uint32_t)body);
    free(cells);
    return status;
}

/* True when each row is a header cell and one value. */
static bool rows_are_keys(const table *t)
{
    size_t rows = t->rows.size / sizeof(size_t), pairs = 0;
    for (size_t r = 0; r < rows; r++) {
        size_t count;
        const table_slot *slots = slots_of(t, r, &count);
        row_shape shape = shape_of(t, r);
        if (shape.cells < 2) continue;
        if (shape.cells > 2 || shape.headers != 1 || !slots[0].is_header) return false;
        pairs++;
    }
    return pairs > 0;
}

/* Decides what the rows are; *first and *count are those of the header. */
static kith_status find_header(table *t, size_t *first, size_t *count, kith_error *err)
{
    size_t rows = t->rows.size / sizeof(size_t);
    bool is_marked = false;
    *first = *count = 0;
    for (size_t r = 0; r < rows; r++)
        is_marked |= shape_of(t, r).headers > 0;
    if (is_marked) {
        while (*first < rows && shape_of(t, *first).cells < 2)
            ++*first; // titles
        while (*first + *count < rows && is_header_row(shape_of(t, *first + *count)))
            ++*count;
        if (*count && *first + *count < rows && names_corner(t, *first, *first + *count)) ++*count;
        if (*count == rows) *count = 0; // nothing but header cells
        t->state = *count ? TABLE_NAMED : rows_are_keys(t) ? TABLE_KEYS : TABLE_PLAIN;
        return KITH_OK;
    }
    header_finding found;
    kith_status status = judge(t, &found, err);
    if (status != KITH_OK) return status;
    *first = found.first;
    *count = found.count;
    t->state = found.kind == HEADER_ROWS   ? TABLE_NAMED
               : found.kind == HEADER_KEYS ? TABLE_KEYS
                                           : TABLE_PLAIN;
    return KITH_OK;
}

/* ---- lines ---- */

static view name_of(const table *t, uint32_t column)
{
    size_t known = t->names.size / sizeof(table_name);
    if (column >= known) return VIEW("");
    const table_name *name = (const table_name *)t->names.data + column;
    return view_slice(buffer_view(&t->texts), name->start, name->start + name->size);
}

/* True when the slot's text stands elsewhere already and is too long to stand here too. */
static bool is_left_out(const table_slot *slot, bool continues)
{
    return (slot->is_below || continues) && slot->size > TABLE_REPEAT_MAX_BYTES;
}

/* "a | b |  | d": empty places count, those at the end do not. */
static void write_plain(table *t, const table_slot *slots, size_t count)
{
    size_t written = 0, last = 0;
    for (size_t i = 0; i < count; i++)
        if (slots[i].size) last = i;
    for (size_t i = 0; i <= last && i < count; i++) {
        bool continues = i > 0 && slots[i].source == slots[i - 1].source;
        if (continues) continue;
        if (written++) buffer_append(&t->line, VIEW(" | "));
        if (!is_left_out(&slots[i], false)) buffer_append(&t->line, text_of(t, &slots[i]));
    }
}

/* Appends "name: text" to the row. */
static void append_part(table *t, view name, view text)
{
    if (t->line.size) buffer_append(&t->line, VIEW(" | "));
    buffer_append(&t->line, name);
    if (name.size) buffer_append(&t->line, VIEW(": "));
    buffer_append(&t->line, text);
}

/* Takes up the labels of the row, and writes those that it leaves to a row above it. */
static void write_group(table *t, const table_slot *slots, size_t count)
{
    size_t first = 0;
    while (first + 1 < count && slots[first].size == 0)
        first++;
    if (header_is_sum(text_of(t, &slots[first]))) return;
    if (table_groups_title(&t->groups).size)
        append_part(t, VIEW(""), table_groups_title(&t->groups));
    uint32_t begin = t->groups.first, blank = slots[first].column - begin;
    for (uint32_t i = 0; i < blank && blank <= t->groups.levels; i++) {
        view label = table_groups_label(&t->groups, i);
        if (label.size) append_part(t, name_of(t, begin + i), label);
    }
    for (size_t i = first; i < count; i++)
        if (slots[i].size && slots[i].column >= begin)
            table_groups_set_label(&t->groups, slots[i].column - begin, text_of(t, &slots[i]));
}

/* True when the rows right above `row` have numbers in the column, and nothing else. */
static bool is_below_numbers(const table *t, size_t row, uint32_t column)
{
    enum { LOOK_ROWS = 16 };
    uint32_t numbers = 0;
    double ignored;
    for (size_t r = row; r > 0 && row - r < LOOK_ROWS; r--) {
        size_t count;
        const table_slot *slots = slots_of(t, r - 1, &count);
        for (size_t i = 0; i < count && slots[i].column <= column; i++) {
            view text = text_of(t, &slots[i]);
            if (slots[i].column != column || text.size == 0 || header_is_sum(text)) continue;
            if (label_kind_of(text, &ignored) != LABEL_NUMBER) return numbers > 0;
            numbers++;
        }
    }
    return numbers > 0;
}

/* Places up to the end of the cell that begins the row and is a value of no column: a spanning one that
 * stands below several names ("Total" of all columns but the last), or the label of a row of sums under
 * numbers ("Net" under "Unit price"); 1 where it is a value. */
static size_t label_places(const table *t, size_t row, const table_slot *slots, size_t count)
{
    size_t places = 1, first = 0;
    while (first + 1 < count && slots[first].size == 0)
        first++;
    bool is_sum = first > 0 && header_is_sum(text_of(t, &slots[first]));
    if (is_sum && is_below_numbers(t, row, slots[first].column)) return first + 1;
    bool differ = false;
    if (slots[0].size == 0 || slots[0].is_below) return 1;
    for (; places < count && slots[places].source == slots[0].source; places++)
        differ |= !view_equal(name_of(t, slots[places].column), name_of(t, slots[0].column));
    return differ ? places : 1;
}

/* "Item: Lamp | Price: 20", behind the title and the labels of its group. */
static void write_named(table *t, size_t row, const table_slot *slots, size_t count)
{
    write_group(t, slots, count);
    size_t places = label_places(t, row, slots, count);
    if (places > 1)
        append_part(t, VIEW(""), text_of(t, slots[0].size ? &slots[0] : &slots[places - 1]));
    for (size_t i = places > 1 ? places : 0; i < count; i++) {
        bool continues = i > 0 && slots[i].source == slots[i - 1].source;
        view name = name_of(t, slots[i].column);
        if (slots[i].size == 0 || is_left_out(&slots[i], continues)) continue;
        if (continues && name.size == 0) continue;
        append_part(t, name, text_of(t, &slots[i]));
    }
}

static void write_pair(table *t, const table_slot *slots, size_t count)
{
    const table_slot *key = NULL;
    for (size_t i = 0; i < count; i++) {
        if (slots[i].size == 0 || (key && slots[i].source == key->source)) continue;
        buffer_append(&t->line, key ? text_of(t, &slots[i]) : header_name(text_of(t, &slots[i])));
        if (!key) buffer_append(&t->line, VIEW(": "));
        key = &slots[i];
    }
}

/* A row that is one cell is a title or a note, unless it has only its own column's value. */
static bool is_remark(const table *t, row_shape shape, const table_slot *slots, size_t count)
{
    if (shape.cells != 1) return false;
    for (size_t i = 0; i < count; i++)
        if (slots[i].size)
            return i == 0 || (i + 1 < count && slots[i + 1].source == slots[i].source) ||
                   name_of(t, slots[i].column).size == 0;
    return true;
}

/* Takes up a row of one cell that heads the rows below it. */
static void take_title(table *t, const table_slot *slots, size_t count)
{
    double number;
    size_t first = 0;
    while (first + 1 < count && slots[first].size == 0)
        first++;
    view text = text_of(t, &slots[first]);
    if (slots[first].column > t->groups.first ||
        !table_groups_is_title(&t->groups, text, label_kind_of(text, &number)))
        return;
    bool has_column = slots[first].column < t->groups.first; // of its own, left of the rows
    table_groups_set_title(&t->groups, has_column ? name_of(t, slots[first].column) : VIEW(""),
                           text);
}

static bool has_own_text(const table_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slots[i].size && !slots[i].is_below) return true;
    return false;
}

/* True for a row that begins another table, which touches this one: all of its texts name attributes, in
 * a place of its own each, and some stand below numbers. */
static bool begins_another(const table *t, size_t row, const table_slot *slots, size_t count)
{
    bool is_below = false;
    for (size_t i = 0; i < count; i++) {
        view text = text_of(t, &slots[i]);
        bool spans = slots[i].is_below || (i > 0 && slots[i].source == slots[i - 1].source);
        if (spans || !header_names_attribute(text) || header_is_sum(text)) return false;
        is_below |= is_below_numbers(t, row, slots[i].column);
    }
    return is_below && count >= 2;
}

static kith_status write_row(table *t, size_t row, bool is_header, kith_error *err)
{
    size_t count;
    const table_slot *slots = slots_of(t, row, &count);
    row_shape shape = shape_of(t, row);
    if (!has_own_text(slots, count)) return KITH_OK;
    buffer_reset(&t->line);
    bool is_new_header = !is_header && t->state == TABLE_NAMED &&
                         (is_header_row(shape) || begins_another(t, row, slots, count));
    if (is_new_header) {
        if (!t->in_header) buffer_reset(&t->names);
        t->groups = (table_groups){0};
        add_names(t, row);
    }
    t->in_header = is_new_header;
    bool is_alone = !is_header && !is_new_header && is_remark(t, shape, slots, count);
    if (is_alone && t->state == TABLE_NAMED) take_title(t, slots, count);
    if (is_header || is_new_header || is_alone)
        write_plain(t, slots, count);
    else if (t->state == TABLE_NAMED)
        write_named(t, row, slots, count);
    else if (t->state == TABLE_KEYS && shape.cells == 2)
        write_pair(t, slots, count);
    else
        write_plain(t, slots, count);
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
    size_t rows = t->rows.size / sizeof(size_t), first = 0, count = 0;
    kith_status status = KITH_OK;
    if (t->state == TABLE_GATHERING && rows > 0) {
        status = find_header(t, &first, &count, err);
        for (size_t r = first; r < first + count && status == KITH_OK; r++) {
            add_names(t, r);
            if (r + 1 < first + count) spread_names(t, r);
        }
        if (status == KITH_OK && count > 0) status = find_groups(t, first + count, err);
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
