/* table_rows.h - the rows that a table holds, for the files that make it: table.c, table_names.c and table_lines.c.
 * A row is a run of slots, in the order of their columns; a row is named by its place among those that are held. */
#ifndef KITH_EXTRACT_TABLE_ROWS_H
#define KITH_EXTRACT_TABLE_ROWS_H

#include "extract/table.h"

/* What is known of the header (table.state). */
enum { TABLE_GATHERING, TABLE_NAMED, TABLE_KEYS, TABLE_PLAIN };

typedef struct table_slot {
    uint32_t column;
    uint32_t source;    /* of the cell, from 1: the places of one spanning cell share it */
    size_t start, size; /* into texts */
    bool is_header;
    bool is_below; /* a cell from above, in a row that it spans */
} table_slot;

static inline size_t table_held_rows(const table *t)
{
    return t->rows.size / sizeof(size_t);
}

static inline view table_text(const table *t, const table_slot *slot)
{
    return view_slice(buffer_view(&t->texts), slot->start, slot->start + slot->size);
}

/* The slots of a held row; not to be read where *count is 0. */
static inline const table_slot *table_slots(const table *t, size_t row, size_t *count)
{
    const size_t *first = (const size_t *)t->rows.data;
    size_t rows = t->rows.size / sizeof *first;
    size_t end = row + 1 < rows ? first[row + 1] : t->slots.size / sizeof(table_slot);
    *count = end - first[row];
    const table_slot *slots = (const table_slot *)t->slots.data; /* NULL where no row has a cell */
    return *count > 0 ? slots + first[row] : slots;
}

typedef struct table_shape {
    uint32_t cells;   /* with text; a spanning one once */
    uint32_t headers; /* of them */
} table_shape;

static inline table_shape table_row_shape(const table *t, size_t row)
{
    size_t count;
    uint32_t before = 0;
    table_shape shape = {0};
    const table_slot *slots = table_slots(t, row, &count);
    for (size_t i = 0; i < count; i++) {
        if (slots[i].size == 0 || slots[i].source == before) continue;
        before = slots[i].source;
        shape.cells++;
        shape.headers += slots[i].is_header;
    }
    return shape;
}

static inline bool table_is_header_row(table_shape shape)
{
    return shape.cells > 1 && shape.headers == shape.cells;
}

#endif
