/* table_groups.h - rows that belong together: what a table says once for several rows, each of them
 * has to say for itself.
 *
 * Titles: a row of one cell below the header ("North") heads the rows below it, until the next one.
 * Only in a table whose first row below the header is such a title, with two rows or titles below it:
 * elsewhere a row of one cell may be a remark. Labels: a first column that is filled in the first row of each group alone; then the next
 * column may be so within it. When in doubt nothing is carried on, and a row of sums never takes what
 * stands above it. */
#ifndef KITH_EXTRACT_TABLE_GROUPS_H
#define KITH_EXTRACT_TABLE_GROUPS_H

#include "extract/table_header.h"

enum { TABLE_GROUP_LEVELS = 3, TABLE_GROUP_MAX_BYTES = 80 /* of a title or label */ };

typedef struct table_label {
    uint32_t size; /* 0: none */
    char text[2 * TABLE_GROUP_MAX_BYTES + 2];
} table_label;

/* Zero: nothing is carried on. */
typedef struct table_groups {
    uint32_t first;        /* column of the grid that the rows begin in */
    uint32_t levels;       /* first columns whose labels are carried on */
    label_kind title_kind; /* LABEL_EMPTY: there are no titles */
    table_label title;
    table_label labels[TABLE_GROUP_LEVELS];
} table_groups;

/* Judges the rows from `body` on, the first one below the header, and forgets what was carried on.
 * Where body is 0 the columns have no names here. */
void table_groups_find(table_groups *t, const label_grid *g, uint32_t body);
/* True when the text of a row's only cell, in the first column, can head rows. */
bool table_groups_is_title(const table_groups *t, view text, label_kind kind);
/* Carries on this title, "name: text" where it has a name, and no label. */
void table_groups_set_title(table_groups *t, view name, view text);
/* Carries on this label, of the column `level` from the first one, and none of a lower level. */
void table_groups_set_label(table_groups *t, uint32_t level, view text);
/* Carries on neither title nor label, behind a row of sums or a gap. */
void table_groups_clear(table_groups *t);
/* Empty where nothing is carried on. */
view table_groups_title(const table_groups *t);
view table_groups_label(const table_groups *t, uint32_t level);

#endif
