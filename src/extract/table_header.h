/* table_header.h - which rows at the top of a table name its columns, judged by their look, for
 * tables whose file does not say it. Spreadsheets, Word, slides and web pages are judged alike.
 * A false name makes a false statement of every row below it, a missing one only a bare value: so
 * what is in doubt has no header. */
#ifndef KITH_EXTRACT_TABLE_HEADER_H
#define KITH_EXTRACT_TABLE_HEADER_H

#include "extract/header_words.h"

#include <stdint.h>

enum {
    HEADER_LOOK_ROWS = 64,     /* more rows of a table are not looked at */
    HEADER_LOOK_COLUMNS = 256, /* nor more columns */
    HEADER_MAX_ROWS = 4        /* of one header */
};

typedef struct label_cell {
    view text;
    label_kind kind;
    uint32_t source; /* the cell of the file; neighbours with one source are one merged cell */
    uint32_t look;   /* a number for its style; 0: not known */
    double number;   /* of LABEL_NUMBER and LABEL_DATE */
} label_cell;

typedef struct label_grid {
    const label_cell *cells; /* [rows][columns] */
    uint32_t rows;           /* at most HEADER_LOOK_ROWS */
    uint32_t columns;        /* at most HEADER_LOOK_COLUMNS */
} label_grid;

typedef enum header_kind {
    HEADER_NONE, /* or not sure */
    HEADER_ROWS,
    HEADER_KEYS /* two columns: each row is a name and its value */
} header_kind;

typedef struct header_finding {
    header_kind kind;
    uint32_t first, count; /* of HEADER_ROWS; rows before `first` belong to no table. A row but the
                              first one that has a cell in the first column alone names this, in the
                              place of what stands above it there */
    bool is_sure;          /* of HEADER_ROWS: more than three texts over texts speaks for it */
} header_finding;

/* Judges a table. Pure; O(rows * rows * columns). */
header_finding header_find(const label_grid *g);

#endif
