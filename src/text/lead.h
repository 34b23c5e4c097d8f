/* lead.h - what a passage needs that was cut out of the middle of something: the header of the
 * table whose rows it begins with, the sentence that leads into the list whose items it begins
 * with. docs/decisions/038 says who carries it where. Pure.
 *
 * Tables are Markdown's (a header, a row of dashes, rows), reStructuredText's grids (a header above
 * "+====+====+"), and rows of cells between " | " without
 * one, where the first row is a header beyond doubt: at least three rows of as many cells, no digit
 * and no "name: value" in the first, a digit in the second. Rows that name their columns themselves
 * need no header. Lists are lines that begin with a bullet or a number, after a paragraph that ends
 * with a colon. Nothing is looked for between fences. */
#ifndef KITH_TEXT_LEAD_H
#define KITH_TEXT_LEAD_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { LEAD_MAX_BYTES = 400 /* of a lead; a longer header is cut between cells */ };

typedef enum lead_kind { LEAD_TABLE, LEAD_LIST } lead_kind;

typedef struct lead {
    uint32_t start, end;           /* bytes of the rows or items: a cut in there loses the lead */
    uint32_t lead_start, lead_end; /* bytes of the lead, which precedes them; not empty */
    lead_kind kind;
} lead;

/* Appends the leads of valid UTF-8 text of less than UINT32_MAX bytes to `out`, of `lead`: in order,
 * none overlaps another. Linear. Fails as the buffer does. */
void lead_find(view text, buffer *out);
/* The first lead whose rows or items end behind `offset`, or NULL. leads [count], in order. */
const lead *lead_behind(const lead *leads, uint32_t count, uint32_t offset);
/* The lead whose rows or items hold `offset`, or NULL. */
const lead *lead_at(const lead *leads, uint32_t count, uint32_t offset);

/* A lead as it is shown: a header without the bars at its ends; white space trimmed. */
view lead_text(view found);
/* True when the line is a row of a table, as the rules above know them. */
bool lead_is_row(view text);
/* True when the line is the dashes below a Markdown table's header. */
bool lead_is_rule(view text);
/* The row with the names of its columns: "Bolt: M55 | Torque: 65" of the header "Bolt | Torque" and
 * the row "| M55 | 65 |". A cell without a name, and the row of a header with fewer or more cells,
 * have none. *out lives in `a`, or is `row`. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status lead_name_cells(view header, view row, arena *a, view *out,
                                         kith_error *err);

#endif
