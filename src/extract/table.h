/* table.h - a table of a document, from the cells that its file lists to a line of text a row, in
 * which each value stands after the name of its column: "Bolt: M55 | Oiled torque: 120". So a row
 * can be understood wherever chunks cut the table.
 *
 * The names are those of the rows that the file marks as header (is_header); where it marks none,
 * table_header.h judges the first rows by their look. A table without header gives "a | b | c",
 * with empty places for empty cells, and one of two columns whose rows are key and value gives
 * "Weight: 5 kg". A cell that spans rows stands in each of them, and one that spans columns under
 * each name, unless it begins the row ("Total" of all columns but the last); a row that is one cell
 * only (a title, a note) is a line without a name. Rows of a group carry what heads them
 * (table_groups.h): "North | Bolt: M55 | Oiled torque: 120".
 *
 * A reader calls table_row and table_cell as it meets them, and table_end when the table ends;
 * lines come out then, or earlier, when the table grows beyond TABLE_HELD_CELLS. So the memory of a
 * table is bounded by its text. A table within a table is the reader's to handle: as text of the
 * outer cell, or with a second `table`. */
#ifndef KITH_EXTRACT_TABLE_H
#define KITH_EXTRACT_TABLE_H

#include "base/buffer.h"
#include "extract/table_groups.h"

#include <stdint.h>

enum {
    TABLE_MAX_COLUMNS = 16384,    /* cells beyond have no name and span nothing */
    TABLE_HELD_CELLS = 65536,     /* held before the header is judged */
    TABLE_MAX_REPEATS = 10000000, /* places that spanning cells fill in one table; then they span
                                     nothing more */
    TABLE_REPEAT_MAX_BYTES = 200 /* of a spanning text that is repeated; a longer one stands once */
};

typedef struct table_cell {
    view text;        /* borrowed for the call; becomes one line, trimmed; may be blank */
    uint32_t rows;    /* that it spans; 0 and 1: one; UINT32_MAX: to the end of the table */
    uint32_t columns; /* that it spans; 0 and 1: one */
    bool is_header;   /* the file says so (HTML's th, Word's header rows) */
    bool is_below;    /* goes on with the cell above it, whose text the reader gives once more */
} table_cell;

typedef struct table_sink {
    void *context;
    /* Takes the line of one row, borrowed for the call; never blank, without \n.
     * row       0-based, among all rows that were begun
     * is_first  no line of this table came before
     * Any status but KITH_OK ends the table with it. */
    kith_status (*line)(void *context, view line, uint32_t row, bool is_first, kith_error *err);
} table_sink;

/* Its members are for the files that table_rows.h names, but for the two counts. */
typedef struct table {
    table_sink sink;
    uint32_t row_count;    /* rows begun since table_end */
    uint32_t column_count; /* of the widest row */
    buffer texts;          /* of all cells */
    buffer slots;          /* elements: table_slot, of the rows that are held, row after row */
    buffer rows;           /* elements: size_t, the first slot of each held row */
    buffer spans;          /* elements: table_span, by column */
    buffer names;          /* elements: table_name, by column */
    buffer line;
    table_groups groups;
    uint32_t first_held;  /* number of the first row that is held */
    uint32_t next_column; /* of the open row */
    uint32_t sources;     /* cells so far */
    uint64_t repeats;
    uint8_t state;
    bool in_header, has_lines;
} table;

/* Allocates nothing. sink.context must outlive the table. */
void table_init(table *t, table_sink sink);
void table_done(table *t);
/* Begins the next row, which ends the one before.
 * Errors: KITH_ERR_LIMIT (more than 64 MiB of text), KITH_ERR_NO_MEMORY, the sink's. */
KITH_CHECKED kith_status table_row(table *t, kith_error *err);
/* Adds the next cell of the row, in the first column that no cell from above spans; a cell before
 * the first row begins one. Errors: as table_row. */
KITH_CHECKED kith_status table_cell_add(table *t, table_cell cell, kith_error *err);
/* Writes what is left, and keeps the names for rows that follow, as where a page parts a table.
 * Nothing spans from one part to the next. Errors: as table_row. */
KITH_CHECKED kith_status table_pause(table *t, kith_error *err);
/* True when rows that follow have names; known after table_pause. */
bool table_is_named(const table *t);
/* Writes what is left; the table is then empty, for the next one. Errors: as table_row; it is empty
 * all the same. */
KITH_CHECKED kith_status table_end(table *t, kith_error *err);

/* The sink that writes each line as a block of the manuscript `context`: a blank line before the
 * first row, a line end before the others. */
struct manuscript;
table_sink table_to_manuscript(struct manuscript *m);

#endif
