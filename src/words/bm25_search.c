/* bm25_search.c - the k best rows, document at a time, with block-max skipping.
 * Cursors stand each at a row of its word. In order of rows, bounds are added up until they could
 * beat the k-th best so far: that cursor's row, the pivot, is the first that can. If the blocks
 * around the pivot cannot beat it after all, everything up to the nearest block end is passed over.
 * Scores are summed in the order of the query, so that they do not depend on the walk. */
#include "words/bm25.h"
#include "words/bm25_private.h"

#include <stdlib.h>

/* Sums in another order may round differently: a bound must not fall below a score that it bounds.
 */
static const float bound_slack = 1.00001F;

typedef struct walk {
    const bm25 *index;
    const bm25_query *query;
    postings_cursor
        *cursors;    /* [term_count], in the order of the query; without a list: at CURSOR_END */
    uint32_t *order; /* [active] numbers of the scored cursors, by row */
    uint32_t active;
    const bitset *live, *filter;
    topk best;
    bm25_counters counters;
} walk;

static void sort_by_row(walk *w)
{
    for (uint32_t i = 1; i < w->active; i++) {
        uint32_t moving = w->order[i], j = i;
        uint32_t row = w->cursors[moving].row;
        for (; j > 0 && w->cursors[w->order[j - 1]].row > row; j--)
            w->order[j] = w->order[j - 1];
        w->order[j] = moving;
    }
    while (w->active && w->cursors[w->order[w->active - 1]].row == CURSOR_END)
        w->active--;
}

/* What a row must beat. */
static float threshold_of(const walk *w)
{
    return topk_full(&w->best) ? -topk_bound(&w->best) : 0;
}

/* Number of cursors in order up to and with the pivot, or 0: no row can beat the threshold. */
static uint32_t find_pivot(const walk *w, float threshold)
{
    float sum = 0;
    for (uint32_t i = 0; i < w->active; i++) {
        sum += w->query->terms[w->order[i]].bound * bound_slack;
        if (sum <= threshold) continue;
        uint32_t row = w->cursors[w->order[i]].row;
        while (i + 1 < w->active && w->cursors[w->order[i + 1]].row == row)
            i++;
        return i + 1;
    }
    return 0;
}

/* The bound of the blocks around `row`; *next is the first row that they do not cover. */
static float block_bound(const walk *w, uint32_t pivot, uint32_t row, uint32_t *next)
{
    float sum = 0;
    *next = pivot < w->active ? w->cursors[w->order[pivot]].row : CURSOR_END;
    for (uint32_t i = 0; i < pivot; i++) {
        const postings_block *block = postings_block_of(&w->cursors[w->order[i]], row);
        if (!block) continue;
        if (block->last_row + 1 < *next) *next = block->last_row + 1;
        sum += bm25_term_score(w->index, w->query->terms[w->order[i]].idf, block->max_count,
                               block->min_length) *
               bound_slack;
    }
    return sum;
}

static bool is_wanted(const walk *w, uint32_t row)
{
    return bitset_has(w->live, row) && (!w->filter || bitset_has(w->filter, row));
}

static void score_row(walk *w, uint32_t row)
{
    float score = 0;
    w->counters.scored++;
    if (!is_wanted(w, row)) return;
    for (uint32_t i = 0; i < w->query->term_count; i++) {
        const query_term *t = &w->query->terms[i];
        if (t->is_scored && w->cursors[i].row == row)
            score += bm25_term_score(w->index, t->idf, w->cursors[i].count, w->index->lengths[row]);
    }
    (void)topk_offer(&w->best, -score, row);
}

static void seek_up_to(walk *w, uint32_t cursors, uint32_t row)
{
    for (uint32_t i = 0; i < cursors; i++)
        postings_seek(&w->cursors[w->order[i]], row);
}

static void run(walk *w)
{
    for (;;) {
        sort_by_row(w);
        float threshold = threshold_of(w);
        uint32_t pivot = find_pivot(w, threshold), next = 0;
        if (pivot == 0) return;
        uint32_t row = w->cursors[w->order[pivot - 1]].row;
        if (block_bound(w, pivot, row, &next) <= threshold) {
            w->counters.skipped++;
            if (next == CURSOR_END) next = row + 1;
            seek_up_to(w, pivot, next > row ? next : row + 1);
        } else if (w->cursors[w->order[0]].row == row) {
            score_row(w, row);
            seek_up_to(w, pivot, row + 1);
        } else {
            seek_up_to(w, pivot, row);
        }
    }
}

static kith_status walk_init(walk *w, arena *a, kith_error *err)
{
    const bm25_query *q = w->query;
    w->cursors = arena_new_array(a, postings_cursor, q->term_count);
    w->order = arena_new_array(a, uint32_t, q->term_count);
    if (!w->cursors || !w->order)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a search");
    for (uint32_t i = 0; i < q->term_count; i++) {
        w->cursors[i] = q->terms[i].list ? postings_begin(q->terms[i].list)
                                         : (postings_cursor){.row = CURSOR_END};
        if (q->terms[i].is_scored) w->order[w->active++] = i;
    }
    return KITH_OK;
}

kith_status bm25_search(const bm25 *b, const bm25_query *q, uint32_t k, const bitset *live,
                        const bitset *filter, hit *out, uint32_t *out_count,
                        bm25_counters *counters, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    walk w = {
        .index = b, .query = q, .live = live, .filter = filter, .best = {.heap = out, .k = k}};
    kith_status status = walk_init(&w, &memory, err);
    if (status == KITH_OK) run(&w);
    if (status == KITH_OK) {
        topk_sort(&w.best);
        *out_count = w.best.count;
        if (counters) *counters = w.counters;
    }
    arena_done(&memory);
    return status;
}

/* What the term adds to the row's score; 0 when it is not there. */
static float score_of(const bm25 *b, const query_term *t, uint32_t row)
{
    if (!t->is_scored || !t->list) return 0;
    postings_cursor c = postings_begin(t->list);
    postings_seek(&c, row);
    return c.row == row ? bm25_term_score(b, t->idf, c.count, b->lengths[row]) : 0;
}

bm25_match *bm25_matches(const bm25 *b, const bm25_query *q, uint32_t row, arena *a,
                         uint32_t *count)
{
    bm25_match *matches = arena_new_array(a, bm25_match, q->term_count);
    *count = 0;
    for (uint32_t i = 0; matches && i < q->term_count; i++) {
        float score = score_of(b, &q->terms[i], row);
        if (score > 0) matches[(*count)++] = (bm25_match){q->terms[i].surface, score};
    }
    return matches;
}
