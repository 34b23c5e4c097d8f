/* pdf_eye.h - the words of a page as the eye sees them: pieces, which wide gaps part, in rows at one height.
 * What pdf_table.c finds tables in; private to it. */
#ifndef KITH_EXTRACT_PDF_EYE_H
#define KITH_EXTRACT_PDF_EYE_H

#include "extract/pdf_page.h"

#include <math.h>

static const float EYE_EDGE = 2.0F, /* within which edges are in line */
    EYE_LEAST_STRIP = 2.0F;         /* between columns */

typedef struct piece {
    pdf_box box;
    uint32_t first, count; /* words */
    uint32_t line, row, column, columns;
} piece;

typedef struct eye_row {
    float top, bottom;
    uint32_t first, count; /* pieces */
    uint32_t band;         /* rows of one band are one row of the table */
    bool is_justified;     /* a line of text whose words were pieces */
} eye_row;

/* Appends the pieces of a line, elements: piece. */
void eye_add_pieces(const pdf_layout *l, uint32_t line, buffer *pieces);
/* Sorts the pieces into rows, elements: eye_row, from top to bottom, each from left to right. */
void eye_find_rows(buffer *pieces, buffer *rows);
/* Parts the numbers of a row that stand under those of rows nearby: columns of numbers may be set as
 * closely as words. At most max_pieces. */
void eye_split_numbers(const pdf_layout *l, buffer *pieces, buffer *rows, uint32_t max_pieces);
/* Parts the cells of a row that nearly touch, where rows nearby have cells at the same places. At most max_pieces. */
void eye_split_cells(const pdf_layout *l, buffer *pieces, buffer *rows, uint32_t max_pieces);
/* Marks the rows that are lines of justified text. */
void eye_find_justified(const buffer *pieces, buffer *rows);
/* Makes the piece end before the word, and adds what follows as the next one of its row.
 * row, at  their numbers. False when memory ran out. */
bool eye_split(const pdf_layout *l, buffer *pieces, buffer *rows, uint32_t row, uint32_t at,
               uint32_t word);
/* The box of the words [first, end). */
pdf_box eye_box(const pdf_layout *l, uint32_t first, uint32_t end);
/* True when any piece of the row stands under, over or in the middle of `p`. */
bool eye_row_aligns(const piece *pieces, const eye_row *row, const piece *p);

/* By their left or right edges or their middles. */
static inline bool eye_is_aligned(const piece *a, const piece *b)
{
    float middles = a->box.left + a->box.right - b->box.left - b->box.right;
    return fabsf(a->box.left - b->box.left) < EYE_EDGE ||
           fabsf(a->box.right - b->box.right) < EYE_EDGE || fabsf(middles) < 2 * EYE_EDGE;
}

static inline bool eye_overlap(const piece *a, const piece *b)
{
    return a->box.right > b->box.left + EYE_LEAST_STRIP &&
           b->box.right > a->box.left + EYE_LEAST_STRIP;
}

#endif
