/* pdf_table.h - tables of a page of a PDF, which marks none: found by how its words stand. */
#ifndef KITH_EXTRACT_PDF_TABLE_H
#define KITH_EXTRACT_PDF_TABLE_H

#include "extract/pdf_page.h"

typedef struct pdf_cell {
    uint32_t row, column, columns; /* columns: that it spans, > 0 */
    size_t at, size;               /* bytes of pdf_tables.texts; its lines end with \n */
} pdf_cell;

typedef struct pdf_table {
    uint32_t line;          /* the first in reading order of those that it took */
    uint32_t first, count;  /* cells, by row and column */
    uint32_t header;        /* rows that name groups of columns and their columns; 0: not known */
    uint32_t edge, columns; /* the first column's of pdf_tables.edges, and how many there are */
} pdf_table;

typedef struct pdf_tables {
    buffer texts;
    buffer cells;        /* elements: pdf_cell */
    buffer tables;       /* elements: pdf_table, from top to bottom */
    buffer edges;        /* elements: float[2], left and right, by column */
    buffer pieces, rows; /* for pdf_table.c */
} pdf_tables;

/* Allocates nothing. */
void pdf_tables_init(pdf_tables *t);
void pdf_tables_done(pdf_tables *t);
/* KITH_ERR_NO_MEMORY when memory ran out in what used *t. */
KITH_CHECKED kith_status pdf_tables_status(const pdf_tables *t, kith_error *err);
/* True when the line belongs to the header of a table below it: the texts of its row, two or more, are
 * in line with cells of the rows that follow closely. The table's other lines are not judged.
 * t  is overwritten; see pdf_tables_status */
bool pdf_heads_table(const pdf_layout *l, const pdf_page *page, uint32_t line, pdf_tables *t);
/* Replaces *t by the tables of the page, and sets is_cell of the lines that stand in them. Running
 * lines belong to none. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_find_tables(pdf_layout *l, const pdf_page *page, pdf_tables *t,
                                         kith_error *err);

#endif
