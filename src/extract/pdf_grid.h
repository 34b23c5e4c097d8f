/* pdf_grid.h - the columns of what may be a table, and which of its pieces stand in which. What pdf_table.c looks at
 * next; private to it. */
#ifndef KITH_EXTRACT_PDF_GRID_H
#define KITH_EXTRACT_PDF_GRID_H

#include "extract/pdf_eye.h"
#include "extract/pdf_table.h"

enum {
    PDF_MAX_PIECES = 4000, /* of a page; one with more is read without tables */
    PDF_MAX_COLUMNS = 64
};

typedef struct region {
    const pdf_layout *layout;
    piece *pieces;
    eye_row *rows; /* [row_count] */
    uint32_t row_count, column_count;
    uint32_t skipped;     /* rows at the top that make no columns */
    uint32_t least;       /* pieces of a row that makes columns */
    uint32_t header_rows; /* at the top, of names of groups and those below; 0: there are none */
    float left, right;
    float edges[PDF_MAX_COLUMNS][2];
} region;

/* Finds the columns of the region, whose pieces, rows, left and right are set, and gives each piece its columns.
 * Pieces that are cells of several columns are split, in *t. False when there are fewer than two columns, or too many.
 * first_row  the number of the region's first row in *t */
bool pdf_grid_make(region *r, pdf_tables *t, uint32_t first_row);
/* The same of a region whose first row names groups of columns, each between these; false when it does not. */
bool pdf_grid_make_below_groups(region *r);

#endif
