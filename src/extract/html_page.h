/* html_page.h - the text of a page under construction, for the readers of its elements.
 *
 * White space is collapsed as a browser does it, with one rule: no line end, space, separator or
 * list mark is written before it is known that text follows. Elements only add to what is pending
 * (`breaks`, `space`, `marker`, `anchor` ...), more demanding breaks replacing weaker ones, and
 * page_flush writes it in front of the next text. So empty elements, however many and however
 * nested, leave nothing in the text.
 *
 * The text of a table's cell is written at the end of the page's text, handed to the table when the
 * cell ends, and cut off again; the table's rows come as lines (table.h). */
#ifndef KITH_EXTRACT_HTML_PAGE_H
#define KITH_EXTRACT_HTML_PAGE_H

#include "extract/extract_job.h"
#include "extract/formula.h"
#include "extract/numeral.h"
#include "extract/outline.h"
#include "extract/raised.h"
#include "extract/struck.h"
#include "extract/table.h"

enum { PAGE_LISTS = 32 };

typedef struct page_list {
    bool is_ordered;
    char type; /* '1', 'a', 'A', 'i' or 'I' */
    int32_t next, step;
} page_list;

typedef struct html_page {
    buffer text;
    buffer title;
    buffer script;    /* the raised or lowered text that is open */
    buffer cell_text; /* of the cell that ended last */
    buffer marks;     /* elements: place_mark, of PLACE_ANCHOR */
    outline found;
    uint32_t depth; /* open elements */
    /* Depths of open elements, 0: none. */
    uint32_t skip_depth;   /* the one that is being left out */
    uint32_t script_depth; /* sup or sub */
    uint32_t struck_depth; /* del, s or strike; the outermost */
    uint32_t math_depth;   /* math */
    uint32_t table_depth;  /* a table whose cells are named */
    uint32_t cell_depth;   /* a cell of that table */
    uint32_t heading_depth;
    uint32_t question_depth; /* the element that a question stands for; with it its part ends */
    uint32_t pre_depth;      /* open <pre> */
    uint32_t list_depth;     /* open lists */
    page_list lists[PAGE_LISTS];
    uint32_t breaks;       /* line ends pending: 0, 1 or 2 */
    bool space;            /* a space is pending */
    bool after_term;       /* the next text is what a dt means */
    bool after_other_term; /* the next text is a dt that shares it with the one before */
    numeral_kind marker;   /* of a list entry, pending: "- ", "3. "; NUMERAL_NONE: none */
    int32_t marker_number;
    view anchor;                         /* pending; data NULL: none */
    view last_anchor, anchor_before_pre; /* the last one of all, and before the open <pre> */
    uint32_t end_level; /* headings of this level and below end; pending; 0: none */
    size_t line_start;  /* of the text since the last line end that was written */
    size_t term_start;  /* of the text, where the last dt began */
    size_t term_end;    /* of the last dt with a text; SIZE_MAX: none, or what it means was empty */
    bool in_title, in_head;
    bool is_lowered, is_note; /* of the open raised or lowered text */
    bool is_selected;         /* the open list entry */
    raised raise;
    struck struck;
    formula math;
    /* By depth, an empty element at the limit included: 1 + formula_kind, 0: no structure. */
    uint8_t math_kinds[EXTRACT_MAX_DEPTH + 2];
    bool after_math;
    table rows;
    buffer row_anchors;     /* elements: page_row_anchor, of rows whose lines have not come yet */
    table_cell cell;        /* spans and header of the open cell */
    size_t cell_start;      /* of the open cell's text */
    uint32_t heading_level; /* of the open heading; 0: none */
    size_t heading_start;   /* of its text; SIZE_MAX until it has some */
    uint32_t last_level;    /* of the last heading that is no question */
    uint32_t question_level;
    size_t question_end;
    size_t main_start, main_end; /* of the first <main> with text; 0, 0: none */
    bool in_main;
    kith_status status; /* the first failure; what comes then is not read */
    kith_error *err;
} html_page;

typedef struct page_row_anchor {
    view name;
    uint32_t row;
} page_row_anchor;

void page_init(html_page *p, arena *memory, kith_error *err);
void page_done(html_page *p);
void page_fail(html_page *p, kith_status status);
/* `count` line ends come before the next text, in place of a space. */
void page_break(html_page *p, uint32_t count);
/* Writes what is pending in front of text. The first text of a page, or a cell, gets no line ends
 * and no space. */
void page_flush(html_page *p);
/* Appends text as a browser shows it, or as it is within <pre>. */
void page_text(html_page *p, view text);
/* The text from `start` on has just been written: puts marks around it within a struck element. */
void page_strike(html_page *p, size_t start);
/* What comes next goes on with the struck text that ends here, as a raised sign behind it does. */
void page_struck_reopen(html_page *p);
/* What is marked as behind this offset of the text is there: text before it has been taken away, or put behind it. */
void page_move_anchors(html_page *p, size_t at);
/* The text from the next on is at this anchor. id is copied. */
void page_anchor(html_page *p, view id);

/* A <pre> begins or ends. The places within it, its lines, are none of what follows it. */
void page_listing_begin(html_page *p);
void page_listing_end(html_page *p);

/* A list's entry begins: its mark is pending.
 * value  its number as the page gives it; data NULL: the next one */
void page_entry(html_page *p, view value);
/* type  of HTML's list: "a", "I" ..., or empty; start and is_reversed as well */
void page_list_begin(html_page *p, bool is_ordered, view type, view start, bool is_reversed);
void page_list_end(html_page *p);

void page_heading_begin(html_page *p, uint32_t level);
void page_heading_end(html_page *p);

/* A table, its rows and cells. Within a cell of a table that is read, these do nothing for tables
 * in it but put lines between their rows. */
void page_table_begin(html_page *p);
void page_table_end(html_page *p);
void page_row_begin(html_page *p);
void page_cell_begin(html_page *p, view rowspan, view colspan, bool is_header);
void page_cell_end(html_page *p);

/* An element of MathML begins or ends, at p->depth. */
void page_math_begin(html_page *p, view name);
void page_math_end(html_page *p);

#endif
