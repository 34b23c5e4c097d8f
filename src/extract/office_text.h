/* office_text.h - turns paragraphs, runs and tables, which Word and PowerPoint write alike (w:p and
 * a:p, w:t and a:t, w:tbl and a:tbl), into blocks: paragraphs and rows. What a run looks like is
 * told by the format before its text: raised, lowered, struck through, hidden. */
#ifndef KITH_EXTRACT_OFFICE_TEXT_H
#define KITH_EXTRACT_OFFICE_TEXT_H

#include "base/arena.h"
#include "extract/office_math.h"
#include "extract/raised.h"
#include "extract/struck.h"
#include "extract/table.h"
#include "extract/xml.h"

enum { OFFICE_MAX_FRAMES = 16 /* paragraphs within text boxes within paragraphs */ };

typedef enum office_block_kind {
    OFFICE_PARAGRAPH,
    OFFICE_ASIDE, /* what is anchored in the paragraph before: a text box, a picture's description */
    OFFICE_FIRST_ROW, /* that has text, of a table */
    OFFICE_ROW
} office_block_kind;

typedef struct office_block {
    office_block_kind kind;
    view text;      /* trimmed, not blank; borrowed for the call */
    view label;     /* number of the list entry or heading that it is; may be empty */
    uint32_t level; /* 1..6: a heading */
    bool is_entry;  /* of a list */
    bool is_title;  /* of the document */
} office_block;

/* Takes the blocks in their order. */
typedef struct office_sink {
    void *context;
    kith_status (*block)(void *context, const office_block *block, kith_error *err);
} office_sink;

/* A paragraph that is open; those within its text boxes are above it. */
typedef struct office_frame {
    size_t start; /* of its text, in office_text.text */
    office_block block;
    raised raised;
    struck struck;
} office_frame;

typedef enum office_align { OFFICE_BASELINE, OFFICE_RAISED, OFFICE_LOWERED } office_align;

typedef struct office_text {
    office_sink sink;
    office_math math;
    buffer text;  /* of the open paragraphs, one behind the other */
    buffer run;   /* of the open w:t, when it is raised */
    buffer label; /* of the outermost paragraph, set by the format before it ends */
    buffer held;  /* blocks that wait for the outermost paragraph to end: u32 bytes | bytes */
    buffer cell;  /* of the open row of the outermost table */
    table table;
    buffer merged; /* elements: merged_cell, by column */
    arena *memory;
    office_frame frames[OFFICE_MAX_FRAMES];
    uint32_t frame_count, frames_beyond;
    uint32_t depth;            /* open elements */
    uint32_t skip_depth;       /* depth of the element that is left out; 0: none */
    uint32_t properties_depth; /* depth of the open w:pPr or a:pPr; 0: none */
    uint32_t table_depth;      /* open tables outside of text boxes */
    uint32_t plain_depth;      /* of them those of one column, which only lay out text */
    uint32_t grid_columns;     /* of the table that was begun last */
    bool in_table;             /* one with columns is open, at plain_depth + 1 */
    uint32_t column;           /* next column of the row */
    table_cell open_cell;      /* of that table, without its text */
    bool row_is_header, cell_continues, cell_restarts, cell_is_covered;
    bool in_text;       /* within w:t or a:t */
    office_align align; /* of the open run */
    bool is_hidden;     /* the open run */
    bool is_struck;     /* the same: shown with a line through it */
    size_t text_start;  /* in `text`, of what the open w:t adds */
    bool muted;         /* text is left out until the format resets it */
    xml_names names;    /* of elements that are looked at */
} office_text;

/* memory  outlives the text. The sink's context must too. */
void office_text_init(office_text *t, office_sink sink, arena *memory);
void office_text_done(office_text *t);
/* Called by the format's handlers of xml.h's events, for every event: `start` before the format
 * looks at the element, `end` after. `start` sets *skipped for elements that are left out (deleted
 * text, fall-backs) and all within them: the format ignores those.
 * Errors: KITH_ERR_LIMIT (too much text), KITH_ERR_NO_MEMORY, the sink's. */
KITH_CHECKED kith_status office_text_start(office_text *t, view name, xml_attributes attributes,
                                           bool *skipped, kith_error *err);
KITH_CHECKED kith_status office_text_end(office_text *t, view name, kith_error *err);
KITH_CHECKED kith_status office_text_append(office_text *t, view text, kith_error *err);

/* The innermost open paragraph; NULL: none. */
office_frame *office_text_paragraph(office_text *t);
/* Text of the open paragraph that is in no w:t: a symbol. Ignored without a paragraph. */
void office_text_insert(office_text *t, view text);
/* A text that stands beside the open paragraph: it follows it as a block, or in a table is text of
 * the cell. `prefix` ("Picture: ") goes before it outside of tables. A blank one is ignored.
 * Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY, the sink's. */
KITH_CHECKED kith_status office_text_aside(office_text *t, const char *prefix, view text,
                                           kith_error *err);
/* True within a table of which rows are made. */
static inline bool office_text_in_table(const office_text *t)
{
    return t->in_table;
}

#endif
