/* rtf_text.h - what the text of an RTF file becomes: characters gather to paragraphs, cells and notes, and these become
 * blocks of a manuscript. The reader of the file (extract_rtf.c) opens and closes groups, sets what holds in them, and
 * says where a paragraph, a cell or a row ends. */
#ifndef KITH_EXTRACT_RTF_TEXT_H
#define KITH_EXTRACT_RTF_TEXT_H

#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/raised.h"
#include "extract/ruled_table.h"
#include "extract/struck.h"

enum { RTF_GROUPS_MAX = 200, RTF_FONTS_MAX = 1000, RTF_STYLES_MAX = 1000, RTF_CELLS_MAX = 1000 };

/* Where the text of a group goes. */
typedef enum rtf_place {
    RTF_TEXT,
    RTF_SKIPPED,
    RTF_FONTS,
    RTF_STYLES,
    RTF_TITLE,
    RTF_AUTHOR,
    RTF_LABEL,  /* the number of a list's entry */
    RTF_NOTE,   /* footnote or comment: text that waits for its paragraph to end */
    RTF_BOX,    /* a text box, which waits so too */
    RTF_MARGIN, /* header or footer */
    RTF_COMMENT_AUTHOR
} rtf_place;

typedef struct rtf_group {
    rtf_place place;
    bool hidden, deleted, struck;
    bool is_new;      /* no word of it was read yet */
    bool is_optional; /* began with \* */
    int align;        /* 1 raised, -1 lowered */
    uint32_t unicode_skip, font;
} rtf_group;

/* The reader of the file sets the groups and what the second part holds; the third is for rtf_text.c. */
typedef struct rtf_text {
    rtf_group groups[RTF_GROUPS_MAX];
    uint32_t count; /* open groups */

    uint32_t
        skip; /* characters still to be passed over, which stand for older readers behind a \u */
    uint32_t style;                       /* the paragraph's */
    uint32_t level;                       /* its heading level; 0: none */
    uint32_t code_page;                   /* the file's */
    uint16_t font_pages[RTF_FONTS_MAX];   /* code pages; 0: the file's */
    uint8_t style_levels[RTF_STYLES_MAX]; /* heading levels; 0: none */
    bool in_row;
    bool row_is_header;
    ruled_edge edges[RTF_CELLS_MAX]; /* as the row's definition says them so far */
    uint32_t cell_defs;
    buffer name;           /* of the font or the style that is defined */
    buffer title, creator; /* of the file */

    extract_job *job;
    manuscript *m;
    uint32_t high; /* a first half of a surrogate pair; 0: none */
    buffer raw;    /* bytes in a code page that wait */
    uint32_t raw_font;
    buffer text; /* the paragraph */
    buffer label, notes, note, box, margin, author, line;
    raised raised;
    struck struck;
    table table;
    ruled_table ruled;
    bool in_table;
    bool after_entry;
    uint32_t paragraphs, footnotes;
} rtf_text;

/* Allocates nothing; *t is large, and job and m outlive it. No group is open. */
void rtf_text_init(rtf_text *t, extract_job *job, manuscript *m);
void rtf_text_done(rtf_text *t);

/* The innermost group; one must be open here and in all that follows but rtf_text_end. */
static inline rtf_group *rtf_text_top(rtf_text *t)
{
    return &t->groups[t->count - 1];
}

/* Errors of all of these: KITH_ERR_LIMIT (a text beyond 64 MiB), KITH_ERR_NO_MEMORY, those of manuscript_block.
 *
 * Adds a byte in the code page of the group's font, UTF-8, or the number of a \u, whose surrogates come one by one. */
KITH_CHECKED kith_status rtf_text_byte(rtf_text *t, char byte, kith_error *err);
KITH_CHECKED kith_status rtf_text_add(rtf_text *t, const char *text, kith_error *err);
KITH_CHECKED kith_status rtf_text_code(rtf_text *t, int32_t number, kith_error *err);
/* Converts the bytes that wait: before anything changes that they depend on. */
KITH_CHECKED kith_status rtf_text_flush(rtf_text *t, kith_error *err);
KITH_CHECKED kith_status rtf_text_end_paragraph(rtf_text *t, kith_error *err);
KITH_CHECKED kith_status rtf_text_end_cell(rtf_text *t, kith_error *err);
KITH_CHECKED kith_status rtf_text_end_row(rtf_text *t, kith_error *err);
/* Ends a note or a comment, a text box, a header or footer. Failure is seen when the paragraph ends. */
void rtf_text_end_note(rtf_text *t);
void rtf_text_end_box(rtf_text *t);
void rtf_text_end_margin(rtf_text *t);
/* Writes what is left: an open table, and what stands in the margins. */
KITH_CHECKED kith_status rtf_text_end(rtf_text *t, kith_error *err);

#endif
