/* pdf_page.h - the pages of a PDF: words with their boxes, in lines, in blocks, in reading order. Points, from
 * the upper left corner of the page. */
#ifndef KITH_EXTRACT_PDF_PAGE_H
#define KITH_EXTRACT_PDF_PAGE_H

#include "base/buffer.h"

#include <stdint.h>

typedef struct pdf_box {
    float left, top, right, bottom;
} pdf_box;

typedef struct pdf_word {
    pdf_box box;
    uint32_t at, size;                /* bytes of pdf_layout.text */
    uint8_t sign_before, sign_behind; /* of them, those of the sign of a note (pdf_signs.h) */
    uint8_t sign_tail;                /* marks of the sentence behind that */
} pdf_word;

typedef struct pdf_line {
    pdf_box box;
    uint32_t first, count; /* words; count > 0 */
    uint32_t block;        /* lines of one block have one number */
    uint32_t zone;         /* of its page (pdf_order.h) */
    bool is_stretched;     /* justified text, however wide its gaps are */
    bool is_running;       /* a running header or footer, or a page number */
    bool is_cell;          /* part of a table */
    bool is_heading;       /* the title of a bookmark */
} pdf_line;

typedef struct pdf_page {
    float width, height;
    uint32_t first, count;           /* lines */
    uint32_t first_word, word_count; /* in the order of the file, until lines are made of them */
    view label;                      /* what the file calls it; "" when it does not say */
    bool is_read_by_ocr;
} pdf_page;

typedef struct pdf_layout {
    view text;    /* borrowed */
    buffer words; /* elements: pdf_word */
    buffer lines; /* elements: pdf_line */
    buffer pages; /* elements: pdf_page */
} pdf_layout;

/* Allocates nothing. */
void pdf_layout_init(pdf_layout *l);
void pdf_layout_done(pdf_layout *l);
/* Reads what tesseract writes as tsv; rows that are none are passed over.
 * tsv  valid UTF-8, at most 4 GiB; must outlive *l
 * Errors: KITH_ERR_LIMIT (more than max_pages), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_layout_read(pdf_layout *l, view tsv, uint32_t max_pages,
                                         kith_error *err);

static inline pdf_word *pdf_words(const pdf_layout *l)
{
    return (pdf_word *)(void *)l->words.data;
}

static inline pdf_line *pdf_lines(const pdf_layout *l)
{
    return (pdf_line *)(void *)l->lines.data;
}

static inline pdf_page *pdf_pages(const pdf_layout *l)
{
    return (pdf_page *)(void *)l->pages.data;
}

static inline uint32_t pdf_page_count(const pdf_layout *l)
{
    return (uint32_t)(l->pages.size / sizeof(pdf_page));
}

static inline view pdf_word_text(const pdf_layout *l, const pdf_word *w)
{
    return view_slice(l->text, w->at, (size_t)w->at + w->size);
}

static inline float pdf_height(pdf_box b)
{
    return b.bottom - b.top;
}

/* True when `below` stands under `above`, in type as large and in its middle: the lower half of a fraction. */
bool pdf_is_stacked(pdf_box above, pdf_box below);

/* The box around both. Without fminf, which is a call for each number. */
static inline pdf_box pdf_box_around(pdf_box a, pdf_box b)
{
    if (b.left < a.left) a.left = b.left;
    if (b.top < a.top) a.top = b.top;
    if (b.right > a.right) a.right = b.right;
    if (b.bottom > a.bottom) a.bottom = b.bottom;
    return a;
}

/* False when no letter is of a script that is read from right to left: none of these is below U+0590, which UTF-8
 * begins with 0xD6. Spares nearly all words a closer look. */
static inline bool pdf_may_be_right_to_left(view text)
{
    bool may_be = false;
    for (size_t i = 0; i < text.size; i++)
        may_be |= (unsigned char)text.data[i] >= 0xD6;
    return may_be;
}

/* A number as printf's %f writes it, of at most a million or so; what is none is 0. */
float pdf_number(view v);

/* Appends the words [first, first + count) as one line of text: a space where there is a gap, and
 * raised or lowered text as raised.h writes it, dots that lead to a number as one "…". Words that are read from right to left, and a line
 * of them, come in the order in which they are read (visual_order.h). Fails as the buffer does. */
void pdf_append_words(const pdf_layout *l, uint32_t first, uint32_t count, buffer *out);

#endif
