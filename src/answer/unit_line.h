/* unit_line.h - the lines of a passage's text, each with what it is: where units (unit.h) begin and
 * end is decided by them. Pure. */
#ifndef KITH_ANSWER_UNIT_LINE_H
#define KITH_ANSWER_UNIT_LINE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum line_kind {
    LINE_BLANK,
    LINE_TEXT,
    LINE_HEADING, /* announces what follows; says nothing itself */
    LINE_ASKED,   /* a heading that is a question, or "Q: ..." */
    LINE_NOISE,   /* rules, page headers, labels, front matter, fences */
    LINE_ENTRY,   /* begins with a bullet, a number or a letter */
    LINE_TERM,    /* an option, a directive or a word that the lines below it explain */
    LINE_DEFINED, /* a term and, behind it, the beginning of its explanation */
    LINE_ROW,     /* cells between bars */
    LINE_COLUMNS, /* cells in columns, by white space */
    LINE_REST,    /* the rest of the last cell of the row in columns above it */
    LINE_SETTING, /* "#Port 22", "tabsize=8" */
    LINE_FIELD,   /* "release: 2021-08-14" of a record */
    LINE_CODE
} line_kind;

typedef struct unit_line {
    uint32_t start, end;     /* bytes, without the line's end and the blanks around it */
    uint32_t indent;         /* blanks before it, a tab counting 8 */
    uint32_t text;           /* where it begins behind a comment's mark, "> ", a bullet or a term */
    uint32_t term, term_end; /* bytes of the term, or of the bullet's number; equal: none */
    line_kind kind;
    bool has_version; /* LINE_HEADING of a changelog */
    bool is_apart;    /* LINE_TERM with a blank line below it, and what explains it behind that */
    bool is_sentence; /* LINE_HEADING that may as well be a sentence without a full stop */
} unit_line;

/* Splits valid UTF-8 text of less than 4 GiB. *out: [*count], in `a`, in order.
 * headings  the document's headings above the text, "A > B"; a line that is one of them is one
 * Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status unit_lines_find(view text, view headings, arena *a, unit_line **out,
                                         uint32_t *count, kith_error *err);

/* True when the text names a version: "2.34.1", "7.88.1-10+deb12u11", "v3". */
bool unit_names_version(view text);

#endif
