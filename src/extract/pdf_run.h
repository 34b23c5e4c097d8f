/* pdf_run.h - runs: words that the file writes one after the other and that stand beside each other. What
 * pdf_order.c puts into the order of reading; private to it. */
#ifndef KITH_EXTRACT_PDF_RUN_H
#define KITH_EXTRACT_PDF_RUN_H

#include "extract/pdf_page.h"

enum { PDF_MAX_RUNS = 3000 }; /* of a page; those of one with more stay in the order of the file */

typedef struct pdf_run {
    pdf_box box;
    uint32_t first,
        count;        /* words; those that are read from right to left stand as they are seen */
    uint32_t stretch; /* runs of one stretch go down the page */
    bool is_right_to_left; /* has such words */
    bool is_unsorted;      /* while runs are found: its words are still in the order of the file */
} pdf_run;

/* Runs of a page in some order, and how much was looked at to order those of all pages: runs with runs, words. */
typedef struct pdf_run_list {
    const pdf_layout *layout;
    pdf_run *runs;
    uint32_t count;
    uint64_t looked;
} pdf_run_list;

/* Appends the runs of the page, elements: pdf_run, to an empty list. A word that is written twice at one place, as some programs do
 * for bold type, is there once. Words are moved within the page. Fails as the buffer does. */
void pdf_find_runs(const pdf_layout *l, const pdf_page *page, buffer *runs);

/* True when both stand at one height. */
static inline bool pdf_is_same_row(pdf_box a, pdf_box b)
{
    float x = (a.top + a.bottom) / 2, y = (b.top + b.bottom) / 2;
    return (x > b.top && x < b.bottom) || (y > a.top && y < a.bottom);
}

static inline float pdf_middle(pdf_box b)
{
    return (b.top + b.bottom) / 2;
}

/* How much higher up the page than where `run` is `next` begins; 0 when it does not. */
static inline float pdf_step_up(const pdf_run *run, const pdf_run *next)
{
    bool is_higher = pdf_middle(next->box) < run->box.top && !pdf_is_same_row(run->box, next->box);
    return is_higher ? run->box.bottom - next->box.bottom : 0;
}

#endif
