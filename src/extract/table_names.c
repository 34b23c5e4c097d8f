/* table_names.c - see table_names.h. */
#include "extract/table_names.h"

#include "base/size.h"
#include "extract/table_header.h"

#include <stdio.h>
#include <stdlib.h>

/* True when the row has a text in its first column alone. */
static bool is_corner_alone(const table *t, size_t row)
{
    size_t count;
    const table_slot *slots = table_slots(t, row, &count);
    for (size_t i = 1; i < count; i++)
        if (slots[i].size) return false;
    return count > 1 && slots[0].size > 0 && !slots[0].is_below;
}

/* True for a row below the marked header that is marked too and names its empty corner, as pandas
 * writes the name of an index. */
static bool names_corner(const table *t, size_t first, size_t row)
{
    size_t count;
    const table_slot *slots = table_slots(t, first, &count);
    if (count == 0 || slots[0].size || !is_corner_alone(t, row)) return false;
    slots = table_slots(t, row, &count);
    for (size_t i = 0; i < count; i++)
        if (!slots[i].is_header) return false;
    return header_names_attribute(table_text(t, &slots[0]));
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

void table_names_add(table *t, size_t row)
{
    size_t count;
    const table_slot *slots = table_slots(t, row, &count);
    bool is_corner = is_corner_alone(t, row) && !header_is_unit(table_text(t, &slots[0]));
    table_name *corner = is_corner ? name_at(t, 0) : NULL;
    if (corner) *corner = (table_name){0}; // in the place of what stands above (table_header.h)
    bool are_units = true;
    for (size_t i = 0; i < count; i++)
        are_units &=
            slots[i].size == 0 || slots[i].is_below || header_is_unit(table_text(t, &slots[i]));
    for (size_t i = 0; i < count; i++) {
        if (slots[i].is_below || slots[i].column >= TABLE_MAX_COLUMNS) continue;
        table_name *name = name_at(t, slots[i].column);
        if (name) join_name(t, name, table_text(t, &slots[i]), are_units);
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

void table_names_spread(table *t, size_t row)
{
    size_t count, below_count;
    const table_slot *slots = table_slots(t, row, &count);
    const table_slot *below = table_slots(t, row + 1, &below_count);
    for (size_t i = 0; i < count; i++)
        if (slots[i].is_below || slots[i].is_header ||
            (i && slots[i].source == slots[i - 1].source))
            return;
    for (size_t i = 0; i < below_count; i++) {
        uint32_t column = below[i].column;
        const table_slot *over = slot_over(slots, count, column);
        bool is_left_to = over && over->column < column && below[i].size;
        if (!is_left_to || column >= TABLE_MAX_COLUMNS || header_is_unit(table_text(t, &below[i])))
            continue;
        table_name *name = name_at(t, column);
        if (name) join_name(t, name, table_text(t, over), false);
    }
}

/* The rows that are held as a grid, of which *cells is to be freed. */
static kith_status look_at_rows(const table *t, label_cell **cells, label_grid *g, kith_error *err)
{
    size_t rows = table_held_rows(t), columns = t->column_count, count;
    if (rows > HEADER_LOOK_ROWS) rows = HEADER_LOOK_ROWS;
    if (columns > HEADER_LOOK_COLUMNS) columns = HEADER_LOOK_COLUMNS;
    *cells = heap_new_array(rows * columns, sizeof **cells);
    if (!*cells) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a table");
    for (size_t r = 0; r < rows; r++) {
        const table_slot *slots = table_slots(t, r, &count);
        for (size_t i = 0; i < count; i++) {
            if (slots[i].column >= columns) continue;
            label_cell *cell = *cells + r * columns + slots[i].column;
            cell->text = table_text(t, &slots[i]);
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

kith_status table_names_find_groups(table *t, size_t body, kith_error *err)
{
    size_t rows = table_held_rows(t), count;
    bool may_have_groups = false;
    if (rows > HEADER_LOOK_ROWS) rows = HEADER_LOOK_ROWS;
    for (size_t r = body; r < rows && !may_have_groups; r++) {
        const table_slot *slots = table_slots(t, r, &count);
        may_have_groups =
            (r == body && table_row_shape(t, r).cells == 1) || (count > 0 && slots[0].size == 0);
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
    size_t rows = table_held_rows(t), pairs = 0;
    for (size_t r = 0; r < rows; r++) {
        size_t count;
        const table_slot *slots = table_slots(t, r, &count);
        table_shape shape = table_row_shape(t, r);
        if (shape.cells < 2) continue;
        if (shape.cells > 2 || shape.headers != 1 || !slots[0].is_header) return false;
        pairs++;
    }
    return pairs > 0;
}

kith_status table_names_find(table *t, size_t *first, size_t *count, kith_error *err)
{
    size_t rows = table_held_rows(t);
    bool is_marked = false;
    *first = *count = 0;
    for (size_t r = 0; r < rows; r++)
        is_marked |= table_row_shape(t, r).headers > 0;
    if (is_marked) {
        while (*first < rows && table_row_shape(t, *first).cells < 2)
            ++*first; // titles
        while (*first + *count < rows && table_is_header_row(table_row_shape(t, *first + *count)))
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

view table_names_of(const table *t, uint32_t column)
{
    size_t known = t->names.size / sizeof(table_name);
    if (column >= known) return VIEW("");
    const table_name *name = (const table_name *)t->names.data + column;
    return view_slice(buffer_view(&t->texts), name->start, name->start + name->size);
}
