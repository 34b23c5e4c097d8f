/* unit.h - what an answer may quote: the units of a passage's text.
 *
 * A unit is a sentence, or what stands in place of one: an option with its description, an entry of
 * a list with the sentence that leads into it, a row with the names of its columns, a setting with
 * its comment, a line of code with its caption, a change with its version. Headings, titles,
 * questions, synopses, page headers and front matter are no units; neither is a sentence that ends
 * with a colon, since what it announces stands below it. An entry or a description that is longer
 * than UNIT_WHOLE_BYTES is several units, each a sentence said with its term or lead-in. */
#ifndef KITH_ANSWER_UNIT_H
#define KITH_ANSWER_UNIT_H

#include "answer/passage_text.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UNIT_WHOLE_BYTES = 300,
    UNIT_MAX_BYTES = 600,     /* longer: not worth quoting */
    UNIT_HEAD_MAX_BYTES = 400 /* of a heading, a term, a lead-in or a version: the rest is cut */
};

typedef enum unit_kind {
    UNIT_SENTENCE,
    UNIT_ENTRY,      /* of a list */
    UNIT_DEFINITION, /* a term with its explanation, or a sentence of that */
    UNIT_ROW,
    UNIT_SETTING,
    UNIT_CODE
} unit_kind;

#define UNIT_NO_LIST UINT32_MAX

typedef struct unit {
    uint32_t start, end; /* bytes of the passage's text that are quoted */
    view said;           /* how the answer says it, with its term, lead-in or columns */
    uint32_t led;        /* bytes of `said` that are its version, lead-in and term, if not quoted */
    view head;           /* the term, lead-in or version in it, cut; empty: none */
    view heading;        /* the nearest heading, or the question that it answers, cut; or empty */
    uint32_t list;       /* where its list begins; UNIT_NO_LIST: it is in none */
    uint32_t entry;      /* number of its entry in the list, from 0 */
    unit_kind kind;
    bool is_first;  /* of its paragraph, entry or description */
    bool answers;   /* the heading is a question */
    bool is_inside; /* at least partly in the passage's content */
} unit;

/* The units of the text, in order.
 * headings  the document's headings above the passage; lead_in  what the chunk came with; or empty;
 *           of both no more is read than a chunk of kith's own can have
 * out       [*count], in `a`
 * Linear but for tables; any thread. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status units_find(const passage_text *passage, view headings, view lead_in,
                                    arena *a, unit **out, uint32_t *count, kith_error *err);

#endif
