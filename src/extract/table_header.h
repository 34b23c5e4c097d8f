/* table_header.h - which rows at the top of a table name its columns, judged by their look, for
 * tables whose file does not say it. Spreadsheets, Word, slides and web pages are judged alike.
 * A false name makes a false statement of every row below it, a missing one only a bare value: so
 * what is in doubt has no header. */
#ifndef KITH_EXTRACT_TABLE_HEADER_H
#define KITH_EXTRACT_TABLE_HEADER_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    HEADER_LOOK_ROWS = 64,       /* more rows of a table are not looked at */
    HEADER_LOOK_COLUMNS = 256,   /* nor more columns */
    HEADER_MAX_ROWS = 4,         /* of one header */
    HEADER_NAME_MAX_BYTES = 120, /* of a name that stands before each value; a longer one is cut */
    HEADER_LONGEST_BYTES = 500   /* a longer text is no name of a column */
};

typedef enum label_kind {
    LABEL_EMPTY,
    LABEL_TEXT,
    LABEL_NUMBER,
    LABEL_DATE,
    LABEL_TRUTH,
    LABEL_OTHER /* an error, a formula without a value */
} label_kind;

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
    uint32_t first, count; /* of HEADER_ROWS; rows before `first` belong to no table */
    bool is_sure;          /* of HEADER_ROWS: more than three texts over texts speaks for it */
} header_finding;

/* Judges a table. Pure; O(rows * rows * columns). */
header_finding header_find(const label_grid *g);
/* The kind of a cell of which only the text is known: "12,5 %", "$40", "45 dB" and "9-17" are
 * numbers; *number is set where it is one alone, else NAN. */
label_kind label_kind_of(view text, double *number);
/* The text as the name of a column or the key of a row, without the colon at its end. */
view header_name(view text);
/* The same, cut after the last word within HEADER_NAME_MAX_BYTES; empty when it is longer than
 * HEADER_LONGEST_BYTES. *is_cut tells that it was. */
view header_short_name(view text, bool *is_cut);
/* "mm", "[kg]", "(EUR)": what the second row of many headers holds. */
bool header_is_unit(view text);
/* One without brackets, which a name gets in brackets: "Length (mm)". */
bool header_is_bare_unit(view text);
/* True for a text with a letter that is short enough for a name. */
bool header_is_word(view text);
/* True for words that commonly name an attribute of things, and for names that end with one:
 * "Price", "Unit price", "Datum". */
bool header_names_attribute(view text);

#endif
