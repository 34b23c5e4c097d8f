/* sheet_lines.h - one row of a sheet as a line of text, from what is known of its columns. */
#ifndef KITH_EXTRACT_SHEET_LINES_H
#define KITH_EXTRACT_SHEET_LINES_H

#include "extract/sheet_rows.h"
#include "extract/table_groups.h"

typedef struct sheet_column {
    view name;
    uint32_t table; /* that the name is of; 0: none */
    uint32_t kinds; /* a bit for each label_kind below the name */
    bool used;      /* in the block */
} sheet_column;

typedef struct sheet_lines {
    const sheet_rows *rows;
    sheet_column *columns; /* [SHEET_MAX_COLUMNS + 1], by number */
    buffer line;           /* what is written is appended to it; it fails as buffers do */
    size_t begin;          /* of the row in it, for sheet_lines.c */
} sheet_lines;

/* A row of a table: "Item: Lamp | Price: 20", behind the title and the labels of its group, and notes
 * the kinds of its values. A title, a remark and the header again stand without names.
 * groups  of the table, whose first column is `first` */
void sheet_line_named(sheet_lines *l, table_groups *groups, uint32_t first, sheet_span s);
/* A row of no table: "Key: value | Key: value" where its cells are pairs, else the values, numbers
 * and dates after the address of their cell unless they stand alone.
 * are_keys  of two cells the first is taken for a key, whatever its text */
void sheet_line_loose(sheet_lines *l, sheet_span s, bool are_keys);
/* "a | b", each cell once. */
void sheet_line_texts(sheet_lines *l, sheet_span s);

#endif
