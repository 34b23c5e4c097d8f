/* sheet_rows.h - the rows of a sheet that are held until their tables are found: the cells in order of
 * their columns, with those that merged cells cover. Rows come and go at their ends, so that the
 * memory of a sheet does not grow with its length.
 *
 * What a hostile sheet can cost: each place that a merged cell covers is counted, and after
 * TABLE_MAX_REPEATS of them merged cells cover nothing more; a long text is not repeated. */
#ifndef KITH_EXTRACT_SHEET_ROWS_H
#define KITH_EXTRACT_SHEET_ROWS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "extract/table_header.h"

enum { SHEET_MAX_COLUMNS = 16384 };

/* 1-based, inclusive. */
typedef struct sheet_area {
    uint32_t first_row, first_column, last_row, last_column;
} sheet_area;

/* For qsort: by the first row, then by the first column. */
int sheet_area_compare(const void *a, const void *b);

typedef struct sheet_cell {
    uint32_t column; /* 1-based, at most SHEET_MAX_COLUMNS */
    view text;       /* on one line, trimmed; borrowed for the call */
    label_kind kind;
    double number; /* of LABEL_NUMBER and LABEL_DATE */
    uint32_t look; /* its font and fill; 0: not known */
} sheet_cell;

/* A place of a row that holds something. */
typedef struct sheet_slot {
    uint32_t column, look;
    uint32_t source; /* of the cell, from 1; the places that a merged one covers share it */
    label_kind kind;
    bool repeats;       /* a place of a merged cell that is not its first */
    size_t start, size; /* for sheet_rows_text */
    double number;
} sheet_slot;

/* The cells of one row in some columns; good until the rows change. */
typedef struct sheet_span {
    const sheet_slot *slots; /* [count], by column */
    size_t count;
    uint32_t cells; /* a merged one once */
    uint32_t row;   /* its number in the sheet */
} sheet_span;

/* Its members are for sheet_rows.c, but for last_column. */
typedef struct sheet_rows {
    arena *memory;
    const sheet_area *merged;
    size_t merged_count, next_merge;
    size_t begun;         /* the first of `merges` that begins in the open row */
    buffer texts, spare;  /* of the held cells */
    buffer slots;         /* elements: sheet_slot, of the held rows */
    buffer rows;          /* elements: sheet_row; the last may be open */
    buffer merges;        /* elements: sheet_merge, those that reach the open row */
    uint32_t last_column; /* that a row of the sheet has used */
    uint32_t row, sources;
    uint64_t repeats;
    bool is_open;
} sheet_rows;

/* Allocates nothing. memory takes the texts of merged cells, and must outlive the rows. */
void sheet_rows_init(sheet_rows *r, arena *memory);
void sheet_rows_done(sheet_rows *r);
/* Begins a sheet. merged [merged_count] ascends by row and is borrowed until the next sheet. */
void sheet_rows_reset(sheet_rows *r, const sheet_area *merged, size_t merged_count);
/* Errors: KITH_ERR_LIMIT (text, cells), KITH_ERR_NO_MEMORY, of any call since the sheet began. */
KITH_CHECKED kith_status sheet_rows_status(const sheet_rows *r, kith_error *err);

/* Begins the row `number`; rows ascend. The one before it must be closed. */
void sheet_rows_begin(sheet_rows *r, uint32_t number);
/* Adds a cell with text to the open row. */
void sheet_rows_add(sheet_rows *r, sheet_cell cell);
/* Ends the open row, if there is one: its cells in order, each column once. A row of nothing but
 * what merged cells cover is none. */
void sheet_rows_close(sheet_rows *r);

/* Rows that are held, counted from the oldest, and their places. */
size_t sheet_rows_count(const sheet_rows *r);
size_t sheet_rows_slots(const sheet_rows *r);
/* Of the held row `row`, 0-based: its number in the sheet, and its cells from column `first` to
 * `last`. */
uint32_t sheet_rows_number(const sheet_rows *r, size_t row);
sheet_span sheet_rows_span(const sheet_rows *r, size_t row, uint32_t first, uint32_t last);
view sheet_rows_text(const sheet_rows *r, const sheet_slot *slot);
/* Keeps the rows from `row` on alone. */
void sheet_rows_drop(sheet_rows *r, size_t row);

#endif
