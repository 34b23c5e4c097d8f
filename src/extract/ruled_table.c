/* ruled_table.c - the ends of all cells make the grid; ends that differ by less than TOLERANCE are one. */
#include "extract/ruled_table.h"

#include <stdlib.h>

enum { TOLERANCE = 40 /* twips: writers round */ };

typedef struct ruled_text {
    size_t start, size;
} ruled_text;

typedef struct ruled_cell {
    ruled_text text;
    ruled_edge edge;
} ruled_cell;

typedef struct ruled_row {
    uint32_t cells;
    bool has_edges;
} ruled_row;

void ruled_table_init(ruled_table *r, table *t)
{
    *r = (ruled_table){.table = t};
    buffer_init(&r->texts, UINT32_MAX);
    buffer_init(&r->cells, UINT32_MAX);
    buffer_init(&r->rows, UINT32_MAX);
    buffer_init(&r->grid, UINT32_MAX);
    buffer_init(&r->above, UINT32_MAX);
}

static void reset_rows(ruled_table *r)
{
    buffer_reset(&r->texts);
    buffer_reset(&r->cells);
    buffer_reset(&r->rows);
    buffer_reset(&r->above);
}

void ruled_table_done(ruled_table *r)
{
    buffer_done(&r->texts);
    buffer_done(&r->cells);
    buffer_done(&r->rows);
    buffer_done(&r->grid);
    buffer_done(&r->above);
}

static kith_status status_of(const ruled_table *r, kith_error *err)
{
    enum { BUFFERS = 5 };
    const buffer *const all[BUFFERS] = {&r->texts, &r->cells, &r->rows, &r->grid, &r->above};
    kith_status status = KITH_OK;
    for (size_t i = 0; i < BUFFERS && status == KITH_OK; i++)
        status = buffer_status(all[i], "a table", err);
    return status;
}

static size_t held_cells(const ruled_table *r)
{
    return r->cells.size / sizeof(ruled_cell);
}

static size_t columns_of_grid(const ruled_table *r)
{
    return r->grid.size / sizeof(int32_t);
}

/* ---- the grid ---- */

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Makes the grid of the held rows, and judges whether some row has all of its columns. */
static void find_grid(ruled_table *r)
{
    const ruled_row *rows = (const ruled_row *)(const void *)r->rows.data;
    const ruled_cell *cells = (const ruled_cell *)(const void *)r->cells.data;
    uint32_t widest = 0;
    buffer_reset(&r->grid);
    for (size_t i = 0, first = 0; i < r->rows.size / sizeof *rows; first += rows[i++].cells) {
        if (!rows[i].has_edges) continue;
        if (rows[i].cells > widest) widest = rows[i].cells;
        for (uint32_t c = 0; c < rows[i].cells; c++)
            buffer_append(&r->grid,
                          (view){(const char *)&cells[first + c].edge.right, sizeof(int32_t)});
    }
    size_t count = columns_of_grid(r), kept = 0;
    if (count && r->grid.failed == KITH_OK) {
        int32_t *ends = (int32_t *)(void *)r->grid.data;
        qsort(ends, count, sizeof *ends, by_number);
        for (size_t i = 0; i < count; i++)
            if (kept == 0 || (int64_t)ends[i] - ends[kept - 1] >= TOLERANCE) ends[kept++] = ends[i];
        r->grid.size = kept * sizeof *ends;
    }
    r->has_grid = true;
    r->is_ruled = kept > 0 && kept == widest && kept <= RULED_ROW_CELLS;
}

/* Columns of the grid that end at or before this end. */
static uint32_t column_behind(const ruled_table *r, int32_t right)
{
    const int32_t *ends = (const int32_t *)(const void *)r->grid.data;
    size_t low = 0, high = columns_of_grid(r);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((int64_t)ends[middle] < (int64_t)right + TOLERANCE)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* ---- rows ---- */

static ruled_text *above_at(ruled_table *r, uint32_t column)
{
    const ruled_text none = {0, 0};
    while (r->above.failed == KITH_OK && r->above.size / sizeof none <= column)
        buffer_append(&r->above, (view){(const char *)&none, sizeof none});
    return r->above.failed == KITH_OK ? (ruled_text *)(void *)r->above.data + column : NULL;
}

/* Writes a row; *cells are its cells. */
static kith_status write_row(ruled_table *r, const ruled_cell *cells, ruled_row row,
                             kith_error *err)
{
    kith_status status = table_row(r->table, err);
    uint32_t column = 0;
    for (uint32_t i = 0; i < row.cells && status == KITH_OK; i++) {
        const ruled_cell *first = &cells[i];
        uint32_t pieces = 1;
        while (i + 1 < row.cells && cells[i + 1].edge.is_left)
            i++, pieces++;
        uint32_t end = row.has_edges && r->is_ruled ? column_behind(r, cells[i].edge.right) : 0;
        uint32_t columns = end > column ? end - column : pieces;
        ruled_text *above = above_at(r, column);
        if (!above) return status_of(r, err);
        if (!first->edge.is_below) *above = first->text;
        view text = view_slice(buffer_view(&r->texts), above->start, above->start + above->size);
        table_cell cell = {.text = text,
                           .columns = columns,
                           .is_header = first->edge.is_header,
                           .is_below = first->edge.is_below};
        status = table_cell_add(r->table, cell, err);
        column += columns;
    }
    return status;
}

/* Whether two neighbouring rows are of tables that touch: other numbers of cells, and no end within the rows in
 * common. */
static bool are_apart(ruled_row a, const ruled_cell *of_a, ruled_row b, const ruled_cell *of_b)
{
    if (!a.has_edges || !b.has_edges || a.cells < 2 || b.cells < 2 || a.cells == b.cells)
        return false;
    for (uint32_t i = 0, k = 0; i + 1 < a.cells && k + 1 < b.cells;) {
        int64_t apart = (int64_t)of_a[i].edge.right - of_b[k].edge.right;
        if (apart > -TOLERANCE && apart < TOLERANCE) return false;
        if (apart < 0)
            i++;
        else
            k++;
    }
    return true;
}

static kith_status write_rows(ruled_table *r, kith_error *err)
{
    kith_status status = status_of(r, err);
    if (status == KITH_OK && !r->has_grid) find_grid(r);
    if (status == KITH_OK) status = status_of(r, err);
    const ruled_row *rows = (const ruled_row *)(const void *)r->rows.data;
    const ruled_cell *cells = (const ruled_cell *)(const void *)r->cells.data;
    for (size_t i = 0; i < r->rows.size / sizeof *rows && status == KITH_OK; i++) {
        if (i > 0 && !r->is_ruled &&
            are_apart(rows[i - 1], cells - rows[i - 1].cells, rows[i], cells)) {
            buffer_reset(&r->above);
            status = table_end(r->table, err);
        }
        if (status == KITH_OK) status = write_row(r, cells, rows[i], err);
        cells += rows[i].cells;
    }
    reset_rows(r);
    return status;
}

kith_status ruled_table_cell(ruled_table *r, view text, kith_error *err)
{
    if (r->open >= TABLE_MAX_COLUMNS) { // a row that nobody made: the rest is a row below it
        kith_status status = ruled_table_row_end(r, NULL, 0, err);
        if (status != KITH_OK) return status;
    }
    ruled_cell cell = {.text = {r->texts.size, text.size}};
    buffer_append(&r->texts, text);
    buffer_append(&r->cells, (view){(const char *)&cell, sizeof cell});
    r->open++;
    return status_of(r, err);
}

kith_status ruled_table_row_end(ruled_table *r, const ruled_edge *edges, uint32_t count,
                                kith_error *err)
{
    if (r->open == 0) return status_of(r, err);
    ruled_row row = {r->open, count >= r->open};
    size_t first = held_cells(r) - r->open;
    ruled_cell *cells = (ruled_cell *)(void *)r->cells.data + first;
    for (uint32_t i = 0; i < r->open && i < count; i++)
        cells[i].edge = edges[i];
    r->open = 0;
    buffer_append(&r->rows, (view){(const char *)&row, sizeof row});
    kith_status status = status_of(r, err);
    return status == KITH_OK && held_cells(r) >= RULED_HELD_CELLS ? write_rows(r, err) : status;
}

kith_status ruled_table_end(ruled_table *r, kith_error *err)
{
    kith_status status = ruled_table_row_end(r, NULL, 0, err);
    if (status == KITH_OK) status = write_rows(r, err);
    reset_rows(r);
    r->open = 0;
    r->has_grid = false;
    if (status != KITH_OK) return status;
    return table_end(r->table, err);
}
