/* doc_file.h - a Word file of 1997 to 2003 (doc) as characters: the text of each of its parts, by the
 * positions at which the file itself counts, and what it says of paragraphs. The characters stand in
 * pieces anywhere in one stream; a table in another one says which piece is where.
 * Files of before (Word 6 and 95) are not read. Source: [MS-DOC]. */
#ifndef KITH_EXTRACT_DOC_FILE_H
#define KITH_EXTRACT_DOC_FILE_H

#include "base/buffer.h"
#include "extract/ole_file.h"
#include "extract/ruled_table.h"

typedef enum doc_part {
    DOC_MAIN,
    DOC_FOOTNOTES,
    DOC_MARGINS, /* headers and footers */
    DOC_COMMENTS,
    DOC_ENDNOTES,
    DOC_BOXES, /* text boxes */
    DOC_PARTS
} doc_part;

/* Signs among the characters. */
enum {
    DOC_PICTURE = 0x01,
    DOC_NOTE = 0x02,    /* the number of a note */
    DOC_COMMENT = 0x05, /* the sign of a comment */
    DOC_CELL = 0x07,    /* ends a cell, and a row (doc_paragraph.ends_row) */
    DOC_DRAWING = 0x08,
    DOC_LINE = 0x0B,
    DOC_PAGE = 0x0C,
    DOC_PARAGRAPH = 0x0D,
    DOC_FIELD = 0x13, /* a field's instruction, its result, its end */
    DOC_RESULT = 0x14,
    DOC_FIELD_END = 0x15,
    DOC_HARD_HYPHEN = 0x1E,
    DOC_SOFT_HYPHEN = 0x1F
};

typedef struct doc_paragraph {
    uint32_t level; /* of a heading, 1..9; 0: none */
    bool in_table;  /* part of a cell */
    bool ends_row;  /* its mark ends a row of a table, and no cell */
    view row;       /* what the file says of that row's cells: doc_row_edges; empty: nothing */
} doc_paragraph;

/* How a character looks. */
typedef struct doc_look {
    bool is_hidden; /* or its deletion is tracked */
    bool is_struck; /* a line goes through it, or two */
    int align;      /* 1: raised, -1: lowered, 0: on the line */
} doc_look;

/* Where the parts of a kind stand: refs[i] is the position of the sign in DOC_MAIN, texts[i] to
 * texts[i + 1] its text in its own part. */
typedef struct doc_notes {
    const uint32_t *refs, *texts; /* [count], [count + 1]; ascending */
    uint32_t count;
} doc_notes;

typedef struct doc_file {
    view text;                  /* of all parts in UTF-16LE, a sign each position */
    uint32_t starts[DOC_PARTS]; /* positions */
    uint32_t ends[DOC_PARTS];
    doc_notes footnotes, endnotes, comments;
    struct doc_run *runs; /* [run_count] paragraphs by their place in the stream */
    uint32_t run_count;
    struct doc_run
        *looks; /* [look_count] characters that look otherwise than most, in the same way */
    uint32_t look_count;
    struct doc_piece *pieces; /* [piece_count] */
    uint32_t piece_count;
} doc_file;

/* Opens the file.
 * bytes  of a compound file, borrowed
 * a      owns what *out points to
 * Errors: KITH_ERR_UNSUPPORTED (of before 1997), KITH_ERR_AUTH (encrypted), KITH_ERR_FORMAT (damaged,
 * no Word file), KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status doc_open(view bytes, arena *a, doc_file *out, kith_error *err);
/* How the character at the position looks. O(log). */
doc_look doc_look_at(const doc_file *f, uint32_t position);
/* The code unit at a position below ends[DOC_BOXES]. */
uint32_t doc_unit(const doc_file *f, uint32_t position);
/* What the file says of the paragraph whose mark stands at the position. O(log). */
doc_paragraph doc_paragraph_at(const doc_file *f, uint32_t position);

/* Sets out[i] to what the definition of a row (doc_paragraph.row) says of its cell i; returns how many
 * cells, at most `most`. */
uint32_t doc_row_edges(view row, ruled_edge *out, uint32_t most);

#endif
