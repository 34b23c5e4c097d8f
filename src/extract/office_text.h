/* office_text.h - paragraphs, runs and tables, which Word and PowerPoint write alike (w:p and a:p,
 * w:t and a:t, w:tbl and a:tbl), to blocks of a manuscript. */
#ifndef KITH_EXTRACT_OFFICE_TEXT_H
#define KITH_EXTRACT_OFFICE_TEXT_H

#include "extract/manuscript.h"
#include "extract/xml.h"

typedef struct office_text {
    manuscript *m;
    const char *gap;  /* between paragraphs: "\n\n" or "\n" */
    buffer paragraph; /* the open one */
    buffer row;       /* the open row of the outermost table */
    uint32_t depth, skip_depth, properties_depth;
    uint32_t table_depth, cells;
    bool in_text;
    bool row_is_first;
    bool cell_has_text;
    bool is_entry, after_entry; /* of a list: the open paragraph, the one before */
    uint32_t level;             /* 1..6: the open paragraph is a heading */
    const char *prefix;         /* of the next paragraph: "Notes: "; NULL none */
    bool muted;                 /* text is left out */
} office_text;

void office_text_init(office_text *t, manuscript *m, const char *gap);
void office_text_done(office_text *t);
/* To be called from the events of xml.h, after what the format does itself. `start` returns with
 * *skipped true inside elements that are left out (deleted text, fall-backs). */
KITH_CHECKED kith_status office_text_start(office_text *t, view name, bool *skipped,
                                           kith_error *err);
KITH_CHECKED kith_status office_text_end(office_text *t, view name, kith_error *err);
KITH_CHECKED kith_status office_text_append(office_text *t, view text, kith_error *err);

#endif
