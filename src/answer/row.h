/* row.h - the rows of tables in a passage, each with the names of its columns: a quote of
 * "| M55 | 65 |" alone says nothing. The header stands in the passage, or came with it (lead.h).
 * Pure. */
#ifndef KITH_ANSWER_ROW_H
#define KITH_ANSWER_ROW_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "text/lead.h"

#include <stdbool.h>

typedef struct passage_rows {
    view content, lead_in;
    const lead *leads; /* [count] of the content */
    uint32_t count;
    uint32_t led_end; /* rows before this byte have their header in lead_in */
} passage_rows;

/* *out borrows content and lead_in, either may be empty. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status passage_rows_find(view content, view lead_in, arena *a, passage_rows *out,
                                           kith_error *err);
/* True when content[start, end) is a header or the dashes below it, which answer nothing. */
bool passage_rows_is_header(const passage_rows *rows, uint32_t start, uint32_t end);
/* *out: content[start, end), a sentence, as it is; of a row of a table with the names of its
 * columns, "Bolt: M55 | Torque: 65". In `a` or in the content. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status passage_rows_say(const passage_rows *rows, uint32_t start, uint32_t end,
                                          arena *a, view *out, kith_error *err);

#endif
