/* office_text.h - turns paragraphs, runs and tables, which Word and PowerPoint write alike (w:p and
 * a:p, w:t and a:t, w:tbl and a:tbl), into blocks of a manuscript. */
#ifndef KITH_EXTRACT_OFFICE_TEXT_H
#define KITH_EXTRACT_OFFICE_TEXT_H

#include "extract/manuscript.h"
#include "extract/xml.h"

typedef struct office_text {
    manuscript *m;
    const char *gap;           /* between paragraphs: "\n\n" or "\n" */
    buffer paragraph;          /* text of the open paragraph */
    buffer row;                /* the open row of the outermost table */
    uint32_t depth;            /* open elements */
    uint32_t skip_depth;       /* depth of the element that is left out; 0: none */
    uint32_t properties_depth; /* depth of the open w:pPr or a:pPr; 0: none */
    uint32_t table_depth;      /* open tables */
    uint32_t cells;            /* cells begun in the row */
    bool in_text;              /* within w:t or a:t */
    bool row_is_first;         /* of its table */
    bool cell_has_text;
    bool is_entry, after_entry; /* the open paragraph, the one before it, is a list entry */
    uint32_t level;             /* 1..6: the open paragraph is a heading; 0: it is not */
    const char *prefix;         /* goes before the next paragraph ("Notes: "); NULL: none */
    bool muted;                 /* text is left out until the format resets it */
} office_text;

/* m and gap are borrowed. */
void office_text_init(office_text *t, manuscript *m, const char *gap);
void office_text_done(office_text *t);
/* Called by the format's handlers of xml.h's events, for every event: `start` before the format
 * looks at the element, `end` after. `start` sets *skipped for elements that are left out (deleted
 * text, fall-backs) and all within them: the format ignores those.
 * Errors: KITH_ERR_LIMIT (too much text, too many headings), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status office_text_start(office_text *t, view name, bool *skipped,
                                           kith_error *err);
KITH_CHECKED kith_status office_text_end(office_text *t, view name, kith_error *err);
KITH_CHECKED kith_status office_text_append(office_text *t, view text, kith_error *err);

#endif
