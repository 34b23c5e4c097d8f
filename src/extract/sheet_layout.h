/* sheet_layout.h - finds the tables of a sheet by where its cells stand, and writes each row as a
 * block in which every value stands after the name of its column: "Item: Lamp | Price: 20".
 *
 * Rows without a gap are a block; columns that hold nothing part a block into bands, so that tables
 * beside each other are read apart. In each band a table begins where the file says so (a table of
 * Excel's, a filter), or where table_header.h finds a header; rows above it are titles, or pairs of
 * key and value. It ends at an empty row. What follows has a header of its own, or goes on with the
 * names above when its columns and the kinds of its values are the same, or has no names: its
 * numbers and dates then get the address of their cell ("B4: 17"), so that they say no more than
 * they know. Merged cells stand in every row and column that they cover. */
#ifndef KITH_EXTRACT_SHEET_LAYOUT_H
#define KITH_EXTRACT_SHEET_LAYOUT_H

#include "extract/manuscript.h"
#include "extract/sheet_lines.h"

enum {
    SHEET_LOOK_AHEAD_ROWS = HEADER_LOOK_ROWS,
    SHEET_HELD_ROWS = 256,   /* before the oldest are written */
    SHEET_HELD_CELLS = 65536 /* as well */
};

/* A text that is no cell's: a note, a text box. It is written behind the row. */
typedef struct sheet_annex {
    uint32_t row, column; /* 1-based */
    uint32_t order;       /* among those of one cell */
    view text;
} sheet_annex;

/* For qsort: by row, then by column, then in the order in which they were found. */
int sheet_annex_compare(const void *a, const void *b);

/* What the file says of a sheet beside its cells; each list ascends by row. */
typedef struct sheet_surroundings {
    const sheet_area *merged, *tables; /* a table's first row names its columns */
    const sheet_annex *annexes;
    size_t merged_count, table_count, annex_count;
} sheet_surroundings;

/* Its members are for sheet_layout.c. */
typedef struct sheet_layout {
    manuscript *m;
    view name; /* of the sheet */
    const sheet_surroundings *around;
    sheet_rows held;
    buffer bands;          /* elements: layout_band, of the open block */
    sheet_lines lines;     /* of the row that is written */
    sheet_column *columns; /* [SHEET_MAX_COLUMNS + 1] */
    label_cell *grid;      /* [HEADER_LOOK_ROWS][HEADER_LOOK_COLUMNS] */
    size_t next_table, next_annex;
    uint32_t tables;
    bool in_block;
} sheet_layout;

/* Errors: KITH_ERR_NO_MEMORY; call sheet_layout_done all the same. */
KITH_CHECKED kith_status sheet_layout_init(sheet_layout *l, manuscript *m, kith_error *err);
void sheet_layout_done(sheet_layout *l);
/* Begins a sheet; name and *around are borrowed until its end. */
void sheet_layout_begin(sheet_layout *l, view name, const sheet_surroundings *around);
/* Begins the row `number`, 1-based; rows ascend, and rows without cells may be left out.
 * Errors of these three: KITH_ERR_LIMIT (text, places), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sheet_layout_row(sheet_layout *l, uint32_t number, kith_error *err);
/* Adds a cell of the row. One without text counts as empty. */
KITH_CHECKED kith_status sheet_layout_cell(sheet_layout *l, sheet_cell cell, kith_error *err);
/* Writes what is left of the sheet. */
KITH_CHECKED kith_status sheet_layout_end(sheet_layout *l, kith_error *err);

#endif
