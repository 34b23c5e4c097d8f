/* csv_layout.h - where in a text the table begins: which delimiter it has, which lines above its
 * header are titles, how many rows the header has, and how quotes within quotes are written. Programs
 * write more above a header than the RFC knows: Excel a line "sep=;", reports a title and a date,
 * instruments a second row with units, pandas one with the name of its index.
 * The first row names the columns, unless the look of the first rows (table_header.h) says
 * otherwise. */
#ifndef KITH_EXTRACT_CSV_LAYOUT_H
#define KITH_EXTRACT_CSV_LAYOUT_H

#include "extract/csv.h"

typedef struct csv_layout {
    csv_reader first;     /* at the first row, behind a line "sep=;" */
    uint32_t titles;      /* rows before the header */
    uint32_t header_rows; /* 0: no row names the columns */
    uint32_t columns;     /* of the widest of the first rows */
    bool is_keys;         /* two columns, each row a name and its value; no header then */
    bool has_row_names;   /* the header has one name less than the rows have values: R's write.table
                             writes none for the names of the rows, which come first */
} csv_layout;

/* True for a row as sentences are written: no quotes, and a blank behind each of its delimiters, which
 * no number follows. Pure. */
bool csv_is_prose_row(const csv_row *row);
/* True for a text of sentences or notes that only bears the name of a table: such rows alone, which end
 * as sentences do, or are of several words and of different numbers of fields; or rows of one field, set
 * in columns with blanks.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status csv_is_prose(const csv_layout *layout, arena *a, bool *is_prose,
                                      kith_error *err);
/* delimiter  0: looked for among , ; tab | ^ and ~: the one that gives most of the first rows the
 *            same number of columns
 * a          scratch, until *out is set
 * Errors: KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status csv_find_layout(view text, char delimiter, arena *a, csv_layout *out,
                                         kith_error *err);
/* Judges whether the rows from `at` on are a table with a header of their own; *found is false
 * where that is not sure, and *out then untouched. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status csv_find_next_table(csv_reader at, arena *a, csv_layout *out, bool *found,
                                             kith_error *err);

#endif
