/* unit_said.h - what a unit says by itself, on one line: its text behind the version, the lead-in and the term that stand
 * above it in its document. */
#ifndef KITH_ANSWER_UNIT_SAID_H
#define KITH_ANSWER_UNIT_SAID_H

#include "answer/unit.h"
#include "base/buffer.h"
#include "base/utf8.h"

enum { UNIT_HEAD_SAID_BYTES = 160 /* of a term or a version that is said; a longer one is not */ };

/* What a unit of a text stands under; empty: nothing. */
typedef struct unit_saying {
    view text; /* the passage's; the others but for the version may be parts of it */
    view term, lead, version;
    unit_kind kind;
    uint32_t start; /* of its block, behind the bullet or the term */
    bool has_marks; /* lines begin with a comment's or a quotation's mark */
} unit_saying;

/* Sets u->said; u->led, where in it the unit's own text begins; and u->head, what of it is not in the quote but says of
 * what it is. u has its kind and its place.
 * body  the unit's own text
 * Errors: KITH_ERR_LIMIT (beyond 1 MiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status unit_say(const unit_saying *s, view body, arena *a, unit *u,
                                  kith_error *err);

/* Appends the text on one line: without marks, and with words put together that a line's end parts. */
void unit_said_append(buffer *out, view v, bool has_marks);
/* "-f --force" of the lines of a term, without what a heading has around it. */
view unit_said_head(view v);
/* The beginning of the text, at most max_bytes, without a part of a character. */
static inline view unit_said_cut(view v, size_t max_bytes)
{
    return v.size <= max_bytes ? v : view_slice(v, 0, utf8_floor(v, max_bytes));
}

#endif
