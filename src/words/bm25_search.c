/* bm25_search.c - the k best rows, document at a time, with block-max WAND (Ding & Suel 2011).
 *
 * Segments are walked one after the other, upward, and keep their best in one heap: what the rows
 * of earlier segments reached is the threshold that those of later ones must exceed. Within a
 * segment rows are counted from its first row.
 *
 * Each scored term has a cursor in its list, and the cursors are kept in the order of their rows.
 * Invariant: every row before the first cursor's has been scored or could not be among the k best.
 * One step:
 *
 *   1. Add up the terms' bounds in the order of the cursors until the sum exceeds the threshold,
 *      the current k-th best score. The row of that cursor is the pivot. A row before it is held by
 *      the cursors before it only, and the sum of their bounds is not enough: none of these rows
 *      can enter. When all the bounds together are not enough, the search ends.
 *   2. Add up the bounds of the blocks that would hold the pivot. When that sum is not enough, then
 *      no row up to the first of these blocks' ends can enter, nor any before the next cursor's
 *      row, which is where another term may come in. Move on to the nearer of the two.
 *   3. Otherwise, if the first cursor is at the pivot, all are that hold it: score it. If not, move
 *      the cursors before the pivot to it.
 *   4. A pivot that `live` or `filter` excludes is not scored: these cursors move on to the next row
 *      that both let through. Where few rows are wanted, the walk goes from one to the next.
 *
 * Why skipping is exact. A term's score grows with its count and falls with the row's length, so
 * the score with the largest count and the shortest length of a block is at least that of any row
 * in it, and the largest such bound of all blocks is at least that of any row. Sums of bounds are
 * rounded differently from scores, which are summed in the order of the query; bound_slack is far
 * more than those roundings. A row that only equals the threshold may be skipped, since ties go to
 * the smaller row and the rows already kept are smaller: the walk goes upward, through segments too.
 * Rows that `live` or
 * `filter` exclude are never kept and so never raise the threshold; they may be what a block's
 * bound comes from, which makes the bound larger than needed and costs a decoded block, not a hit.
 * With groups the threshold is the k-th best score among rows of which no group has too many, and a
 * row below it cannot enter either (base/topk_groups.c).
 *
 * Scores are summed in the order of the query, not of the walk, so they do not depend on what was
 * skipped, and bm25_rescore gives the same ones bit for bit. */
#include "words/bm25_query.h"

#include "words/bm25_private.h"

/* Bounds are multiplied by this, so that rounding never puts one below a score that it bounds. A
 * sum of n floats errs by a factor of n * 6e-8 at the very worst, so this covers rows that hold up
 * to 80 terms of the query for certain, and in practice any, since roundings cancel. */
static const float bound_slack = 1.00001F;

typedef struct walk {
    const bm25_query *query;
    const bm25_segment *segment; /* that is walked now */
    postings_cursor *cursors;    /* [term_count], in the order of the query; at CURSOR_END when the
                                  * term has no list in the segment */
    float *bounds;               /* [term_count] no row of the segment gets more from the term */
    uint32_t *order;             /* [active] numbers of the scored cursors, ascending by row */
    uint32_t active;             /* those of them that are not at CURSOR_END, after sort_by_row */
    const bm25_search_options *options;
    topk best;
    bm25_counters counters;
    uint32_t steps; /* since the last check of the limit */
} walk;

/* Puts the scored cursors in the order of their rows, those before which little moved in few steps,
 * and forgets the ones at their end. */
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

/* The current k-th best score, which a row must exceed; 0 while there are fewer than k rows. */
static float threshold_of(const walk *w)
{
    return topk_full(&w->best) ? -topk_bound(&w->best) : 0;
}

/* How many cursors, in order, are at the pivot row or before it; 0 when no row can exceed the
 * threshold. */
static uint32_t find_pivot(const walk *w, float threshold)
{
    float sum = 0;
    for (uint32_t i = 0; i < w->active; i++) {
        sum += w->bounds[w->order[i]];
        if (sum <= threshold) continue;
        uint32_t row = w->cursors[w->order[i]].row;
        while (i + 1 < w->active && w->cursors[w->order[i + 1]].row == row)
            i++;
        return i + 1;
    }
    return 0;
}

/* An upper bound of the score of any row from `row`, the pivot, up to *next, which is the first row
 * after the nearest of the blocks' ends, or the row of the first cursor beyond the pivot when that
 * is nearer. pivot: as find_pivot returned it. */
static float block_bound(const walk *w, uint32_t pivot, uint32_t row, uint32_t *next)
{
    float sum = 0;
    *next = pivot < w->active ? w->cursors[w->order[pivot]].row : CURSOR_END;
    for (uint32_t i = 0; i < pivot; i++) {
        const postings_block *block = postings_block_of(&w->cursors[w->order[i]], row);
        if (!block) continue;
        if (block->last_row + 1 < *next) *next = block->last_row + 1;
        sum += bm25_term_score(w->query, w->query->terms[w->order[i]].weight, block->max_count,
                               block->min_length) *
               bound_slack;
    }
    return sum;
}

/* number: of the row in the whole index */
static bool is_wanted(const walk *w, uint32_t number)
{
    const bitset *filter = w->options->filter;
    return bitset_has(w->options->live, number) && (!filter || bitset_has(filter, number));
}

/* The first wanted row of the segment after `row`, or CURSOR_END. */
static uint32_t next_wanted(const walk *w, uint32_t row)
{
    const uint64_t *live = w->options->live->words;
    const uint64_t *filter = w->options->filter ? w->options->filter->words : live;
    uint32_t number = w->segment->first_row + row + 1, end = bm25_end_row(w->segment);
    if (number >= end) return CURSOR_END;
    uint32_t word = number / 64;
    uint64_t bits = live[word] & filter[word] & ~UINT64_C(0) << (number % 64);
    while (bits == 0 && (word + 1) * 64 < end) {
        word++;
        bits = live[word] & filter[word];
    }
    if (bits == 0) return CURSOR_END;
    number = word * 64 + (uint32_t)__builtin_ctzll(bits);
    return number < end ? number - w->segment->first_row : CURSOR_END;
}

/* Scores the row that all cursors before the pivot are at, unless it is not wanted. Returns the row
 * from which on the next one may be. */
static uint32_t score_row(walk *w, uint32_t row)
{
    float score = 0;
    uint32_t number = w->segment->first_row + row; // in the whole index
    w->counters.scored++;
    if (!is_wanted(w, number)) return next_wanted(w, row);
    uint32_t length = w->segment->lengths[row];
    for (uint32_t i = 0; i < w->query->term_count; i++) {
        const query_term *t = &w->query->terms[i];
        if (t->is_scored && w->cursors[i].row == row)
            score += bm25_term_score(w->query, t->weight, w->cursors[i].count, length);
    }
    (void)topk_offer(&w->best, -score, number);
    return row + 1;
}

static void seek_up_to(walk *w, uint32_t cursors, uint32_t row)
{
    for (uint32_t i = 0; i < cursors; i++)
        postings_seek(&w->cursors[w->order[i]], row);
}

static kith_status check_limit(walk *w, kith_error *err)
{
    if (++w->steps < BM25_CHECK_STEPS) return KITH_OK;
    w->steps = 0;
    return call_limit_check(w->options->limit, err);
}

static kith_status walk_segment(walk *w, kith_error *err)
{
    kith_status status = KITH_OK;
    for (; status == KITH_OK; status = check_limit(w, err)) {
        sort_by_row(w);
        float threshold = threshold_of(w);
        uint32_t pivot = find_pivot(w, threshold), next = 0;
        if (pivot == 0) return KITH_OK;
        uint32_t row = w->cursors[w->order[pivot - 1]].row;
        DCHECK(row < w->segment->rows); // a cursor at its end is not active
        if (block_bound(w, pivot, row, &next) <= threshold) {
            w->counters.skipped++;
            if (next == CURSOR_END) next = row + 1;
            seek_up_to(w, pivot, next > row ? next : row + 1);
        } else if (w->cursors[w->order[0]].row == row) {
            seek_up_to(w, pivot, score_row(w, row));
        } else {
            seek_up_to(w, pivot, row);
        }
    }
    return status;
}

static kith_status walk_init(walk *w, arena *a, kith_error *err)
{
    uint32_t terms = w->query->term_count;
    const group_limit *groups = w->options->groups;
    w->cursors = arena_new_array(a, postings_cursor, terms);
    w->bounds = arena_new_array(a, float, terms);
    w->order = arena_new_array(a, uint32_t, terms);
    if (groups) w->best.groups = topk_groups_new(groups, w->best.k);
    if (!w->cursors || !w->bounds || !w->order || (groups && !w->best.groups))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a search");
    return KITH_OK;
}

/* An upper bound of what the term adds to the score of any row in the list: the largest of its
 * blocks' bounds. */
static float bound_of(const bm25_query *q, float weight, const postings *list)
{
    float bound = 0;
    for (uint32_t i = 0; i < list->block_count; i++) {
        const postings_block *block = &list->blocks[i];
        float score = bm25_term_score(q, weight, block->max_count, block->min_length);
        if (score > bound) bound = score;
    }
    return bound * bound_slack;
}

/* Sets the cursors to the beginning of segment `number` of the corpus. */
static void enter_segment(walk *w, uint32_t number)
{
    const bm25_query *q = w->query;
    w->segment = q->corpus.segments[number];
    w->active = 0;
    for (uint32_t i = 0; i < q->term_count; i++) {
        const postings *list = q->terms[i].lists[number];
        w->cursors[i] = list ? postings_begin(list) : (postings_cursor){.row = CURSOR_END};
        if (!q->terms[i].is_scored || !list) continue;
        w->bounds[i] = bound_of(q, q->terms[i].weight, list);
        w->order[w->active++] = i;
    }
}

kith_status bm25_search(const bm25_query *q, const bm25_search_options *options, hit *out,
                        uint32_t *out_count, bm25_counters *counters, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    walk w = {.query = q, .options = options, .best = {.heap = out, .k = options->k}};
    DCHECK(options->live->count >= bm25_corpus_end(&q->corpus));
    kith_status status = walk_init(&w, &memory, err);
    for (uint32_t i = 0; i < q->corpus.count && status == KITH_OK; i++) {
        enter_segment(&w, i);
        status = walk_segment(&w, err);
    }
    if (status == KITH_OK) {
        topk_sort(&w.best);
        *out_count = w.best.count;
        if (counters) *counters = w.counters;
    }
    topk_groups_free(w.best.groups);
    arena_done(&memory);
    return status;
}

/* What the term adds to the score of row r of segment `number`; 0 when the row does not hold it. */
static float score_of(const bm25_query *q, const query_term *t, uint32_t number, uint32_t r)
{
    if (!t->is_scored || !t->lists[number]) return 0;
    postings_cursor c = postings_begin(t->lists[number]);
    postings_seek(&c, r);
    if (c.row != r) return 0;
    return bm25_term_score(q, t->weight, c.count, q->corpus.segments[number]->lengths[r]);
}

bm25_match *bm25_matches(const bm25_query *q, uint32_t row, arena *a, uint32_t *count)
{
    bm25_match *matches = arena_new_array(a, bm25_match, q->term_count);
    uint32_t number = bm25_segment_of(&q->corpus, row, 0);
    uint32_t r = row - q->corpus.segments[number]->first_row;
    *count = 0;
    for (uint32_t i = 0; matches && i < q->term_count; i++) {
        float score = score_of(q, &q->terms[i], number, r);
        if (score > 0) matches[(*count)++] = (bm25_match){q->terms[i].surface, score};
    }
    return matches;
}
