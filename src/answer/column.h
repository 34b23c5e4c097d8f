/* column.h - rows whose cells stand in columns, told apart by white space, tabs or a table's drawn
 * bars, as manual pages, reStructuredText and terminal output have them. Pure. */
#ifndef KITH_ANSWER_COLUMN_H
#define KITH_ANSWER_COLUMN_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* A line without the white space around it, and how many columns stand before it. */
typedef struct column_line {
    view text; /* empty: none */
    uint32_t indent;
} column_line;

/* How many cells the line has: at least 1, of an empty line 0. */
uint32_t column_count(view line);
/* Appends the row with the names of its columns: "Tin | Min: 1.5 | Max: 2.5".
 * header  the names; rule  the line of dashes or equals signs that says where columns begin; both
 *         may be empty. A cell belongs to the name that it stands below; it may have none. */
void column_say(const column_line *header, const column_line *rule, const column_line *row,
                buffer *out);

#endif
