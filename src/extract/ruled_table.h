/* ruled_table.h - a table of a format that says of a cell where it ends, and not how many columns it
 * spans: RTF and Word before 2007. A cell that reaches over the ends of several cells of other rows spans
 * their columns, and one that goes on with the cell above it has its text.
 *
 * Rows are held until the table ends, or until there are RULED_HELD_CELLS cells: their ends are then
 * the grid, also for the rows that follow. Where the ends of no row are the grid (tables that were set
 * below each other, or drawn by hand), each cell has one column. */
#ifndef KITH_EXTRACT_RULED_TABLE_H
#define KITH_EXTRACT_RULED_TABLE_H

#include "extract/table.h"

enum {
    RULED_ROW_CELLS = 1024, /* that a row may have; further ones are one column each */
    RULED_HELD_CELLS = 65536
};

/* What the file says of a cell beside its text. */
typedef struct ruled_edge {
    int32_t right;  /* where it ends, in twips */
    bool is_left;   /* part of the cell on its left */
    bool is_below;  /* part of the cell above it */
    bool is_header; /* of a row that the file marks as header */
} ruled_edge;

/* Its members are for ruled_table.c. */
typedef struct ruled_table {
    table *table;
    buffer texts, cells, rows; /* held: texts; elements ruled_cell; elements ruled_row */
    buffer grid;               /* elements: int32_t, ends of columns, ascending */
    buffer above;              /* elements: ruled_text, by column */
    uint32_t open;             /* cells of the open row */
    bool is_ruled, has_grid;
} ruled_table;

/* Allocates nothing; *t takes the rows, and must outlive this. */
void ruled_table_init(ruled_table *r, table *t);
void ruled_table_done(ruled_table *r);
/* Adds a cell to the open row; a cell before the first row begins one, and so does one behind
 * TABLE_MAX_COLUMNS others. text is borrowed for the call.
 * Errors of these: as table_row. */
KITH_CHECKED kith_status ruled_table_cell(ruled_table *r, view text, kith_error *err);
/* Ends the open row, if it has cells. edges [count] are those of its cells; count 0: not known. */
KITH_CHECKED kith_status ruled_table_row_end(ruled_table *r, const ruled_edge *edges,
                                             uint32_t count, kith_error *err);
/* Writes what is held and ends the table. */
KITH_CHECKED kith_status ruled_table_end(ruled_table *r, kith_error *err);

#endif
