/* table_names.h - which of the rows that a table holds are its header, and the names that they give its columns. */
#ifndef KITH_EXTRACT_TABLE_NAMES_H
#define KITH_EXTRACT_TABLE_NAMES_H

#include "extract/table_rows.h"

/* An element of t->names. */
typedef struct table_name {
    size_t start, size; /* into texts; size 0: none */
} table_name;

/* Decides what the held rows are, and sets t->state; *first and *count are the rows of the header, those above it are no
 * part of the table. Rows that the file marks are believed, others judged by their look. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status table_names_find(table *t, size_t *first, size_t *count, kith_error *err);
/* Decides which rows belong together (t->groups); `body` is the first one below the header. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status table_names_find_groups(table *t, size_t body, kith_error *err);

/* Adds the texts of a header row to the names of their columns: "2023" above "Plan" makes "2023 Plan". Failure of these
 * two is in the state of t->names and t->texts. */
void table_names_add(table *t, size_t row);
/* Gives the text of a row of groups, in which nothing spans, also to the columns that the row below names and this one
 * leaves: "2023" and a gap over "Ships" and "Tons". */
void table_names_spread(table *t, size_t row);
/* The column's name, borrowed until a text is added; empty: none. */
view table_names_of(const table *t, uint32_t column);

#endif
